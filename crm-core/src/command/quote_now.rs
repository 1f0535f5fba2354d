//! How a quote stands once a command has written it.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::quote_primary::DealValue;
use super::quote_state::revision_of;
use crate::kernel::id::Id;
use crate::kernel::money::Money;
use crate::kernel::quotes::QuoteState;
use crate::model::{Quote, Row};

/// A quote as a command left it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuoteNow {
    /// Its row.
    pub id: Id,
    /// The row's version now.
    pub version: u64,
    /// Which version of the quote it is, from 1.
    pub revision: u64,
    /// Where it stands.
    pub state: QuoteState,
    /// Its number, once it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The hash that an acceptance names, once it was issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// What it comes to without VAT.
    pub net: Json,
    /// The VAT.
    pub vat: Json,
    /// What is paid.
    pub gross: Json,
    /// Whether the deal's value is to be that of this quote.
    pub primary: bool,
    /// What became of the deal's value, where this command had something to say about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deal_value: Option<DealValue>,
    /// The versions in whose place it stands since this command.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub superseded: Vec<Id>,
    /// The messages that this command took back: drafts that were to bring a quote that is over now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken_back: Vec<Id>,
}

impl QuoteNow {
    pub(super) fn of(row: &Row, quote: &Quote) -> Self {
        let known = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let money = |money: Option<Money>| money.map_or(Json::Null, Money::to_json);
        Self {
            id: row.id,
            version: row.version,
            revision: revision_of(quote),
            state: quote.state.unwrap_or(QuoteState::Draft),
            number: known(&quote.number),
            hash: known(&quote.hash),
            net: money(quote.net),
            vat: money(quote.vat),
            gross: money(quote.gross),
            primary: quote.primary == Some(true),
            deal_value: None,
            superseded: Vec::new(),
            taken_back: Vec::new(),
        }
    }
}
