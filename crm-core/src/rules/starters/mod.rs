//! Starter packs: templates and a suggested sequence for a trade, in French and English, as a configuration that loads.
//!
//! A pack is data (`renovation.json`, `accounting.json`, `real_estate.json`). Its templates say what they are for
//! (`purpose`), what they are about (`topic`) and what of what the law asks for stands in them (`mentions`); its sequence
//! is a `draft`, so that nothing runs before somebody has read it and made it active. Warnings come first wherever a pack
//! is shown. None of this is legal advice.
//!
//! # The rule `starters`
//!
//! | `ask` | with | answer |
//! |---|---|---|
//! | `list` | `lang` | `packs`, each with `label`, `warnings`, `templates` and `sequences` |
//! | `configuration` | `packs`: their ids; `sender`, `zone`, `language` as [`templates`](super::templates) has them; `lang` | `configuration` with the parts `templates` and `sequence`, and the `warnings` |
//!
//! # Example
//! ```
//! use crm_core::rules::Rules;
//! use serde_json::json;
//!
//! let sender = json!({"organization": "Rénov’Ouest", "address": "1 rue du Port, 29200 Brest",
//!     "opt_out": "https://renov-ouest.example/stop"});
//! let ask = json!({"ask": "configuration", "packs": ["renovation"], "zone": "Europe/Paris", "language": "fr",
//!     "sender": sender, "lang": "fr"});
//! let answer = Rules::default().eval("starters", &ask)?;
//! assert_eq!(answer["warnings"][0]["id"], "consumers_banned");
//! let rules = Rules::from_json(&answer["configuration"])?;
//! assert!(rules.templates().find("renovation_quote_reminder", None).is_ok());
//! # Ok::<(), crm_core::Error>(())
//! ```

use serde_json::{Map, Value as Json, json};

use super::read::{Object, list, text};
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::json;
use crate::kernel::text::shortened;
use crate::lang::Lang;

/// The packs, by id.
pub const PACKS: &[(&str, &str)] = &[
    ("accounting", include_str!("accounting.json")),
    ("real_estate", include_str!("real_estate.json")),
    ("renovation", include_str!("renovation.json")),
];
const IDS: &[&str] = &["accounting", "real_estate", "renovation"];
const ASKS: &[&str] = &["list", "configuration"];
const KEYS: &[&str] = &["ask", "packs", "sender", "zone", "language", "lang"];

/// Takes `{"ask": "list"}` or `{"ask": "configuration", ...}`, see [the module](self). `loads` says whether a
/// configuration does.
///
/// # Errors
/// An unknown pack or option, and what a configuration with these values would be refused for.
pub fn eval_json(loads: impl Fn(&Json) -> Result<()>, input: &Json) -> Result<Json> {
    let o = Object::new(input, KEYS)?;
    let lang: Option<Lang> = o.lang()?;
    let ask = o.text("ask")?;
    match ask.as_str() {
        "list" => {
            if let Some(key) = KEYS.iter().skip(1).find(|key| **key != "lang" && o.get(key).is_some()) {
                return Err(Error::from(RulesProblem::Requires { option: key, needs: "ask: configuration" }).at(key));
            }
            let shown = PACKS.iter().map(|(_, source)| Ok(told(&json::parse(source.as_bytes())?, lang)));
            Ok(json!({"packs": shown.collect::<Result<Vec<_>>>()?}))
        }
        "configuration" => {
            let mut ids = list(o.required("packs")?, pack).map_err(|e| e.at("packs"))?;
            if ids.is_empty() {
                return Err(Error::from(RulesProblem::Empty { what: "packs" }).at("packs"));
            }
            ids.sort_unstable();
            ids.dedup();
            let (mut items, mut sequences, mut warnings) = (Vec::new(), Vec::new(), Vec::new());
            for (_, source) in PACKS.iter().filter(|(id, _)| ids.contains(id)) {
                let pack = json::parse(source.as_bytes())?;
                items.extend(each(&pack, "templates").cloned());
                sequences.extend(each(&pack, "sequences").cloned());
                warnings.extend(each(&pack, "warnings").map(|warning| warned(warning, lang)));
            }
            let (mut templates, mut sequence) = (Map::new(), Map::new());
            for key in ["zone", "language", "sender"] {
                if let Some(said) = o.get(key) {
                    templates.insert(key.to_owned(), said.clone());
                }
            }
            if let Some(zone) = o.get("zone") {
                sequence.insert("zone".into(), zone.clone());
            }
            templates.insert("items".into(), items.into());
            sequence.insert("sequences".into(), sequences.into());
            let configuration = json!({"templates": templates, "sequence": sequence});
            loads(&configuration)?;
            Ok(json!({"configuration": configuration, "warnings": warnings}))
        }
        _ => Err(Error::from(Problem::NotOneOf { found: shortened(&ask, 60), expected: ASKS }).at("ask")),
    }
}

fn pack(json: &Json) -> Result<&'static str> {
    let found = text(json)?;
    let known = IDS.iter().find(|id| **id == found);
    Ok(*known.ok_or_else(|| Problem::NotOneOf { found: shortened(&found, 60), expected: IDS })?)
}

fn each<'a>(pack: &'a Json, key: &str) -> impl Iterator<Item = &'a Json> {
    pack.get(key).and_then(Json::as_array).into_iter().flatten()
}

/// One language of a text that is there in both, or both.
fn said(both: &Json, lang: Option<Lang>) -> Json {
    match lang {
        Some(lang) => both.get(lang.code()).cloned().unwrap_or_default(),
        None => json!({"en": both.get("en"), "fr": both.get("fr")}),
    }
}

fn warned(warning: &Json, lang: Option<Lang>) -> Json {
    json!({"id": warning.get("id"), "text": said(warning, lang)})
}

fn told(pack: &Json, lang: Option<Lang>) -> Json {
    let label = |of: &Json| of.get("labels").map(|labels| said(labels, lang));
    let template = |t: &Json| {
        json!({
            "id": t.get("id"), "version": t.get("version"), "draft": t.get("draft"), "label": label(t),
            "purpose": t.get("purpose"), "topic": t.get("topic"), "mentions": t.get("mentions"),
            "inputs": t.get("inputs"),
        })
    };
    json!({
        "id": pack.get("id"), "version": pack.get("version"), "label": label(pack),
        "warnings": each(pack, "warnings").map(|warning| warned(warning, lang)).collect::<Json>(),
        "templates": each(pack, "templates").map(template).collect::<Json>(),
        "sequences": each(pack, "sequences").cloned().collect::<Json>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ids_are_those_of_the_packs() {
        assert_eq!(PACKS.iter().map(|(id, _)| *id).collect::<Vec<_>>(), IDS);
        for (id, source) in PACKS {
            assert_eq!(json::parse(source.as_bytes()).unwrap()["id"], *id);
        }
    }
}
