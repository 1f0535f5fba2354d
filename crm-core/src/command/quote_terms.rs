//! The terms of a stored quote: what somebody wrote, with what the configuration and the records say where nobody did.

use serde_json::{Map, Value as Json};

use super::Cx;
use crate::kernel::consent_reason::PersonType;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json;
use crate::kernel::money::{Currency, Money};
use crate::model::{AnyRecord, Key, Kind, Quote};
use crate::rules::identity::french;
use crate::rules::offer::QuoteSettings;
use crate::rules::quote::{QuoteTerms, Totals, totals};

/// Most bytes of what a quote says.
const MOST_BYTES: usize = 1_048_576;

/// What somebody wrote of the terms, with what the configuration says of all quotes.
///
/// # Errors
/// What is wrong with them, with its path.
pub(super) fn read_terms(given: &Map<String, Json>, settings: &QuoteSettings) -> Result<QuoteTerms> {
    let mut whole: Map<String, Json> =
        given.iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| (key.clone(), value.clone())).collect();
    let usual = [
        ("currency", settings.currency.map(Currency::code)),
        ("price_mode", Some(settings.price_mode.code())),
        ("rounding", Some(settings.rounding.code())),
    ];
    for (key, value) in usual.into_iter().filter_map(|(key, value)| Some((key, value?))) {
        whole.entry(key).or_insert_with(|| value.into());
    }
    whole.entry("lines").or_insert_with(|| Json::Array(Vec::new()));
    QuoteTerms::from_json(&Json::Object(whole))
}

/// The terms under `terms` of a body.
///
/// # Errors
/// What is no object.
pub(super) fn terms_of(map: &Map<String, Json>) -> Result<Map<String, Json>> {
    match map.get("terms").filter(|terms| !terms.is_null()) {
        None => Ok(Map::new()),
        Some(terms) => Ok(json::object(terms, "an object of terms").map_err(|e| e.at("terms"))?.clone()),
    }
}

/// The terms that a quote keeps.
///
/// # Errors
/// [`Problem::Corrupt`] of what the library did not write.
pub(crate) fn stored_terms(quote: &Quote) -> Result<QuoteTerms> {
    let broken = |e: Error| Error::from(Problem::Corrupt { detail: format!("terms of a quote: {e}") });
    json::parse(quote.definition.as_bytes()).and_then(|json| QuoteTerms::from_json(&json)).map_err(broken)
}

/// The same as somebody wrote them, to be changed.
///
/// # Errors
/// [`Problem::Corrupt`].
pub(super) fn written_terms(quote: &Quote) -> Result<Map<String, Json>> {
    match json::parse(quote.definition.as_bytes())? {
        Json::Object(map) => Ok(map),
        other => Err(Problem::Corrupt { detail: json::shown(&other) }.into()),
    }
}

/// Writes terms into a quote, with what they come to.
///
/// # Errors
/// What they cannot come to, and [`Problem::TooLong`].
pub(super) fn keep_terms(quote: &mut Quote, terms: &QuoteTerms) -> Result<Totals> {
    let sums = totals(terms)?;
    quote.definition = json::canonical(&terms.to_json());
    quote.totals = json::canonical(&sums.to_json());
    for text in [&quote.definition, &quote.totals] {
        if text.len() > MOST_BYTES {
            return Err(Problem::TooLong { bytes: json::length(text.len()), most: json::length(MOST_BYTES) }.into());
        }
    }
    quote.currency = terms.currency.code().to_owned();
    quote.price_mode = Some(terms.price_mode);
    quote.rounding = Some(terms.rounding);
    let money = |minor: i64| Money::new(minor, terms.currency).map(Some);
    quote.net = money(sums.sums.net)?;
    quote.vat = money(sums.sums.vat)?;
    quote.gross = money(sums.payable)?;
    Ok(sums)
}

/// The terms as they would be issued: with the seller of the configuration and the customer of the records that the actor sees,
/// where the quote names none.
///
/// # Errors
/// The store's own.
pub(crate) fn whole_terms(cx: &mut Cx<'_>, quote: &Quote) -> Result<QuoteTerms> {
    let mut written = written_terms(quote)?;
    let settings = cx.rules().quotes().clone();
    if !written.contains_key("seller")
        && let Some(seller) = &settings.seller
    {
        written.insert("seller".into(), seller.clone());
    }
    if !written.contains_key("customer") {
        written.extend(customer(cx, quote)?.map(|customer| ("customer".to_owned(), customer)));
    }
    if let Some(legal) = &settings.legal {
        let own = written.entry("legal").or_insert_with(|| Json::Object(Map::new()));
        if let (Some(own), Some(usual)) = (own.as_object_mut(), legal.as_object()) {
            for (key, value) in usual {
                own.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
    }
    read_terms(&written, &settings)
}

/// The customer as the records have it: the account, or the person.
fn customer(cx: &mut Cx<'_>, quote: &Quote) -> Result<Option<Json>> {
    let mut map = Map::new();
    let mut put = |key: &str, text: &str| {
        if !text.trim().is_empty() {
            map.insert(key.into(), text.trim().into());
        }
    };
    let place = |street: &str, postal_code: &str, city: &str, country: &str| {
        let town = format!("{postal_code} {city}");
        let lines = [street.trim(), town.trim(), country.trim()];
        lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
    };
    let account = quote.account.map(|id| Key { kind: Kind::Account, id });
    let contact = quote.contact.map(|id| Key { kind: Kind::Contact, id });
    let account = account.map(|key| cx.row(key)).transpose()?.flatten();
    let contact = contact.map(|key| cx.row(key)).transpose()?.flatten();
    match (account.map(|row| row.body), contact.map(|row| row.body)) {
        (Some(AnyRecord::Account(a)), _) => {
            put("kind", "business");
            put("name", &a.name);
            put("address", &place(&a.street, &a.postal_code, &a.city, &a.country));
            put("siren", &french(&a.registration_number).siren.unwrap_or_default());
            put("vat_number", &a.vat_number);
        }
        (_, Some(AnyRecord::Contact(c))) => {
            put("name", &format!("{} {}", c.first_name, c.last_name));
            put("address", &place(&c.street, &c.postal_code, &c.city, &c.country));
            match c.person_type {
                Some(PersonType::Consumer) => put("kind", "consumer"),
                Some(_) => put("kind", "business"),
                None => {}
            }
        }
        _ => {}
    }
    Ok((!map.is_empty()).then_some(Json::Object(map)))
}
