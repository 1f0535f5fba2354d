//! Keeping how the deals stand, to compare with later.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::book::Book;
use super::exchange_rate::at_most;
use super::{Command, Cx, Verb};
use crate::kernel::error::{Problem, Result};
use crate::kernel::forecast_reason::Total;
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::money::Currency;
use crate::kernel::rate::{Quote, RateTable};
use crate::kernel::sales::Category;
use crate::kernel::text;
use crate::kernel::time::format_instant;
use crate::model::Snapshot;
use crate::rules::Rules;
use crate::rules::rates::{converted, currency_of};
use crate::rules::read::Object;
use crate::rules::waterfall::SnapshotRow;
use crate::store::{LogQuery, hex};

/// Most characters of a snapshot's name.
const MOST_NAME: usize = 200;

/// Notes how all deals stand: the instant, the place in the trail, the totals, and digests that prove that what is
/// replayed later is the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakeSnapshot {
    /// What people call it.
    pub name: String,
    /// The currency of its totals.
    pub currency: Currency,
    /// The snapshot's id, where the host has its own; else it is derived from the command's.
    pub id: Option<Id>,
}

/// A snapshot that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// The snapshot.
    pub id: Id,
    /// The instant whose state it is.
    pub as_of: String,
    /// The place in the trail up to which changes count.
    pub known_seq: u64,
    /// How many deals it has, archived ones aside.
    pub deals: u64,
    /// SHA-256 of its rows, in hexadecimal.
    pub rows_digest: String,
    /// SHA-256 of its exchange rates, in hexadecimal.
    pub rates_digest: String,
    /// By category, how many deals there are and what they come to; and what cannot be valued.
    pub totals: Json,
}

impl Command for TakeSnapshot {
    type Output = Taken;
    const VERB: Verb = Verb::Compute;

    fn name() -> Cow<'static, str> {
        "snapshot.take".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        if let Some(id) = self.id {
            map.insert("id".into(), id.to_string().into());
        }
        map.insert("name".into(), self.name.as_str().into());
        map.insert("currency".into(), self.currency.code().into());
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let o = Object::new(body, &["id", "name", "currency"])?;
        let currency = currency_of(o.required("currency")?).map_err(|e| e.at("currency"))?;
        Ok(Self { name: o.text("name")?, currency, id: o.optional("id", Id::from_json)? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Taken> {
        let name = text::check(&self.name).and_then(|name| at_most(name, MOST_NAME).map(|()| name));
        let name = name.map_err(|e| e.at("name"))?;
        if name.is_empty() {
            return Err(Problem::Missing { name: "name".into() }.into());
        }
        let known_seq = cx.log(&LogQuery::Last)?.first().map_or(0, |entry| entry.seq);
        let book = Book::read(&cx.past()?)?;
        let (rows_digest, rates_digest) = digests(&book);
        let deals = json::length(book.deals.iter().filter(|deal| !deal.row.archived).count());
        let totals = totals(&book, self.currency)?;
        let body = Snapshot {
            name: name.to_owned(),
            as_of: Some(cx.at()),
            known_seq: i64::try_from(known_seq).ok(),
            currency: self.currency.code().to_owned(),
            rows_digest: rows_digest.clone(),
            rates_digest: rates_digest.clone(),
            deals: i64::try_from(deals).ok(),
            rates: json::canonical(&rates_json(&book.rates, Some(self.currency))),
            totals: json::canonical(&totals),
            ..Snapshot::default()
        };
        let id = self.id.unwrap_or_else(|| cx.new_id());
        cx.insert(id, body.into())?;
        let as_of = format_instant(cx.at());
        Ok(Taken { id, as_of, known_seq, deals, rows_digest, rates_digest, totals })
    }
}

/// What proves that two books have the same deals and the same rates.
pub(crate) fn digests(book: &Book) -> (String, String) {
    let rows: Vec<SnapshotRow> = book.deals.iter().map(|deal| deal.row.clone()).collect();
    (hex(&SnapshotRow::digest(&rows)), hex(&book.rates.digest()))
}

/// Rates in order; with a currency, only those from and to it.
pub(crate) fn rates_json(table: &RateTable, only: Option<Currency>) -> Json {
    let is_meant = |currency: Currency| only.is_none_or(|only| only == currency);
    let rates = table.iter().filter(|(from, to, ..)| is_meant(*from) || is_meant(*to));
    let one = |(from, to, valid_from, rate)| {
        let quote = Quote { from, to, valid_from, rate, inverse: false };
        serde_json::json!({
            "from": from.code(),
            "to": to.code(),
            "valid_from": valid_from.to_string(),
            "rate": quote.text(),
        })
    };
    rates.map(one).collect()
}

/// By category, what the deals that are not archived come to; and how many cannot be valued.
fn totals(book: &Book, currency: Currency) -> Result<Json> {
    let mut sums: BTreeMap<Category, (u64, i128)> = BTreeMap::new();
    let mut excluded: u64 = 0;
    for row in book.deals.iter().map(|deal| &deal.row).filter(|row| !row.archived) {
        let value = row.amount.and_then(|amount| converted(&book.rates, amount, currency, row.close_date).ok());
        let (Some(category), Some((value, _))) = (row.category, value) else {
            excluded = excluded.saturating_add(1);
            continue;
        };
        let (deals, sum) = sums.entry(category).or_default();
        *deals = deals.saturating_add(1);
        *sum = sum.checked_add(value).ok_or(Problem::AmountTooLarge)?;
    }
    let mut categories = Map::new();
    for category in Category::ALL {
        let (deals, minor_units) = sums.get(category).copied().unwrap_or_default();
        let amount = Total { minor_units, currency }.amount_text();
        categories.insert(category.code().into(), serde_json::json!({"deals": deals, "amount": amount}));
    }
    Ok(serde_json::json!({"categories": categories, "excluded": excluded}))
}
