//! Questions about quotes as JSON.

use serde_json::{Value as Json, json};

use super::terms::QuoteTerms;
use super::totals::totals;
use crate::kernel::error::{Problem, Result};
use crate::kernel::json;
use crate::lang::Lang;
use crate::rules::check;
use crate::rules::read::{Object, list, text};

/// Most questions of one input.
const MOST_ASKS: usize = 10_000;

const ASKS: &[&str] = &["totals"];

/// Answers questions given as JSON; see the [module](super) for their form.
///
/// # Errors
/// What the input gets wrong, with its path.
pub(in crate::rules) fn eval_json(input: &Json) -> Result<Json> {
    let o = Object::new(input, &["asks", "lang"])?;
    let lang = o.optional("lang", |v| text(v)?.parse())?;
    let asks = o.required("asks")?;
    check::most("questions", asks.as_array().map_or(0, Vec::len), MOST_ASKS).map_err(|e| e.at("asks"))?;
    let answers = list(asks, |ask| answer(ask, lang)).map_err(|e| e.at("asks"))?;
    Ok(json!({"answers": answers}))
}

fn answer(json: &Json, lang: Option<Lang>) -> Result<Json> {
    let ask = json.get("ask").ok_or_else(|| Problem::Missing { name: "ask".into() })?;
    match ask.as_str() {
        Some("totals") => {
            let o = Object::new(json, &["ask", "quote"])?;
            Ok(totals(&terms(&o, "quote")?).map_err(|e| e.at("quote"))?.told(lang))
        }
        _ => Err(json::not_one_of(ask, ASKS).at("ask")),
    }
}

fn terms(o: &Object<'_>, key: &str) -> Result<QuoteTerms> {
    QuoteTerms::from_json(o.required(key)?).map_err(|e| e.at(key))
}
