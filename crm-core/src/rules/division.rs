//! Fair division: an amount in parts that add up to it.
//!
//! # Formula
//! Hamilton's method of largest remainders, see [`allocate`]: every part is its exact
//! share rounded down or up by less than one unit.
//!
//! # Example
//! ```
//! use crm_core::kernel::json;
//! use crm_core::rules::Rules;
//!
//! let input = json::parse(br#"{"amount": "100.00", "currency": "EUR", "weights": ["1/3", "2/3"]}"#)?;
//! let answer = Rules::default().eval("allocate", &input)?;
//! assert_eq!(answer["amounts"], serde_json::json!(["33.33", "66.67"]));
//! assert_eq!(answer["shares"], serde_json::json!([3333, 6667]));
//! # Ok::<(), crm_core::Error>(())
//! ```

use serde_json::{Map, Value as Json};

use super::check;
use super::read::{Object, integer, list, text, wrong};
use crate::kernel::allocate::allocate;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::field::FieldType;
use crate::kernel::json::shown;
use crate::kernel::money::{Currency, Money};
use crate::kernel::number;
use crate::kernel::rational::common_divisor;
use crate::kernel::text::shortened;

/// Most parts.
const MOST_PARTS: usize = 100_000;

/// A weight: an exact fraction, zero or more.
#[derive(Clone, Copy)]
struct Weight {
    numerator: u128,
    denominator: u128,
}

/// Divides an amount: `{"amount_minor": 100, "weights": [1, "0.5", "1/3"]}`, or `"amount": "12.50"` with its
/// `currency`.
///
/// A weight is a whole number, a decimal or a fraction as text. A JSON number with decimal places counts as the shortest
/// decimal that stands for it, which is the written one up to 15 digits; longer ones are better given as text.
///
/// The answer has `shares` in minor units, and with a currency `amounts`.
///
/// # Errors
/// Weights that are negative, all zero or none at all; an amount that is not a whole number of minor units;
/// [`Problem::AmountTooLarge`] where the exact arithmetic leaves 128 bits.
pub fn eval_json(input: &Json) -> Result<Json> {
    let o = Object::new(input, &["amount_minor", "amount", "currency", "weights"])?;
    let currency: Option<Currency> = o.optional("currency", |v| text(v)?.parse())?;
    let amount = match (o.get("amount_minor"), o.get("amount"), currency) {
        (Some(_), Some(_), _) => {
            let expected = "either `amount_minor` or `amount`";
            return Err(Problem::WrongShape { expected, found: "both".into() }.into());
        }
        (Some(minor), None, _) => integer(minor).map_err(|e| e.at("amount_minor"))?,
        (None, Some(amount), Some(currency)) => {
            let money = text(amount).and_then(|t| Money::parse(&t, currency));
            money.map_err(|e| e.at("amount"))?.minor_units()
        }
        (None, Some(_), None) => return Err(Problem::Missing { name: "currency".into() }.into()),
        (None, None, _) => return Err(Problem::MissingOneOf { names: &["amount_minor", "amount"] }.into()),
    };
    let weights = list(o.required("weights")?, weight).and_then(|w| {
        check::most("values", w.len(), MOST_PARTS)?;
        allocate(i128::from(amount), &common(&w)?)
    });
    let shares = weights.map_err(|e| e.at("weights"))?;
    let mut map = Map::new();
    // A part is never larger than the whole.
    let minor = |share: &i128| i64::try_from(*share).map_or(Json::Null, Json::from);
    map.insert("shares".into(), shares.iter().map(minor).collect());
    if let Some(currency) = currency {
        let digits = currency.minor_digits();
        map.insert("amounts".into(), shares.iter().map(|s| Json::from(number::plain(*s, digits))).collect());
        map.insert("currency".into(), currency.code().into());
    }
    Ok(Json::Object(map))
}

fn weight(json: &Json) -> Result<Weight> {
    let written = match json {
        Json::String(t) => t.clone(),
        Json::Number(n) => n.to_string(),
        other => return Err(wrong(FieldType::Number, other)),
    };
    let (above, below) = written.split_once('/').map_or((written.as_str(), None), |(a, b)| (a, Some(b)));
    let not_a_number = || Error::from(Problem::NotANumber { found: shortened(&shown(json), 60) });
    let fraction = |part: &str| {
        let (units, places) = number::scaled(part).ok_or_else(not_a_number)?;
        let units = u128::try_from(units).map_err(|_| {
            Error::from(Problem::OutOfRange { found: shortened(&written, 60), least: "0".into(), most: "10^32".into() })
        })?;
        Ok::<_, Error>((units, 10u128.checked_pow(places).ok_or(Problem::AmountTooLarge)?))
    };
    let (numerator, denominator) = fraction(above)?;
    let (up, down) = below.map_or(Ok((1, 1)), fraction)?;
    if up == 0 {
        return Err(not_a_number());
    }
    let product = |a: u128, b: u128| a.checked_mul(b).ok_or(Problem::AmountTooLarge);
    let (numerator, denominator) = (product(numerator, down)?, product(denominator, up)?);
    let divisor = common_divisor(numerator, denominator);
    let reduced = |n: u128| n.checked_div(divisor).unwrap_or(n);
    Ok(Weight { numerator: reduced(numerator), denominator: reduced(denominator) })
}

/// The weights as whole numbers over their least common denominator.
fn common(weights: &[Weight]) -> Result<Vec<u128>> {
    let too_large = || Problem::AmountTooLarge;
    let mut least = 1u128;
    for weight in weights {
        let step = weight.denominator.checked_div(common_divisor(least, weight.denominator)).ok_or_else(too_large)?;
        least = least.checked_mul(step).ok_or_else(too_large)?;
    }
    let whole = |weight: &Weight| {
        let times = least.checked_div(weight.denominator).ok_or_else(too_large)?;
        Ok(weight.numerator.checked_mul(times).ok_or_else(too_large)?)
    };
    weights.iter().map(whole).collect()
}
