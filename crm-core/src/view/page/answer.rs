//! What the page reads of the questions' answers. What an answer does not have is not on the page, and nothing is guessed.

use chrono::NaiveDate;
use serde_json::Value as Json;

use crate::kernel::money::{Currency, Money};
use crate::lang::{Lang, amount, day_in_full};

/// A text of an answer, empty where there is none.
pub(super) fn text<'a>(json: &'a Json, pointer: &str) -> &'a str {
    json.pointer(pointer).and_then(Json::as_str).unwrap_or_default()
}

/// A whole number of an answer.
pub(super) fn whole(json: &Json, pointer: &str) -> Option<i64> {
    json.pointer(pointer).and_then(Json::as_i64)
}

/// A list of an answer.
pub(super) fn list<'a>(json: &'a Json, pointer: &str) -> &'a [Json] {
    json.pointer(pointer).and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

/// An amount that stands as text, in a currency.
pub(super) fn money(json: &Json, pointer: &str, currency: Option<Currency>) -> Option<Money> {
    Money::parse(text(json, pointer), currency?).ok()
}

/// An amount with its currency beside it, as records have it.
pub(super) fn own_money(json: &Json, pointer: &str) -> Option<Money> {
    let money = json.pointer(pointer)?;
    Money::parse(text(money, "/amount"), text(money, "/currency").parse().ok()?).ok()
}

/// An amount as people write it, or a dash where there is none.
pub(super) fn shown_amount(money: Option<Money>, lang: Lang) -> String {
    money.map_or_else(|| "–".to_owned(), |money| amount(money, lang))
}

/// A day as people write it.
pub(super) fn shown_day(text: &str, lang: Lang) -> String {
    text.parse::<NaiveDate>().map_or_else(|_| text.to_owned(), |day| day_in_full(day, lang))
}
