//! Recording exchange rates.

use std::borrow::Cow;
use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::{Command, Cx, Verb};
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::money::Currency;
use crate::kernel::rate::Rate;
use crate::kernel::text;
use crate::kernel::time::{Instant, format_instant};
use crate::model::{AnyRecord, ExchangeRate, Key, Kind, Row};
use crate::rules::Rules;
use crate::rules::check;
use crate::rules::rates::currency_of;
use crate::rules::read::{Object, date, list, text as text_of};

/// Most rates of one command.
const MOST_RATES: usize = 1_000;
/// Most characters of where a rate comes from.
const MOST_SOURCE: usize = 200;

/// Records exchange rates. Nothing is overwritten: a later rate for the same pair and day stands instead of the earlier
/// from the instant on at which it is recorded, so that a forecast of a past day still has the rates of then.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetExchangeRates {
    /// The rates.
    pub rates: Vec<GivenRate>,
}

/// A rate as somebody gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenRate {
    /// The currency of one unit.
    pub from: Currency,
    /// The currency that it is worth something in.
    pub to: Currency,
    /// The first day on which the rate holds.
    pub valid_from: NaiveDate,
    /// The rate: a positive decimal with at most nine places.
    pub rate: String,
    /// Where it comes from; may be empty.
    pub source: String,
}

/// The rows of recorded rates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Their ids, in the order given.
    pub ids: Vec<Id>,
}

impl GivenRate {
    fn from_json(json: &Json) -> Result<Self> {
        let o = Object::new(json, &["from", "to", "valid_from", "rate", "source"])?;
        let currency = |key| currency_of(o.required(key)?).map_err(|e| e.at(key));
        Ok(Self {
            from: currency("from")?,
            to: currency("to")?,
            valid_from: date(o.required("valid_from")?).map_err(|e| e.at("valid_from"))?,
            rate: o.text("rate")?,
            source: o.optional("source", text_of)?.unwrap_or_default(),
        })
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("from".into(), self.from.code().into());
        map.insert("to".into(), self.to.code().into());
        map.insert("valid_from".into(), self.valid_from.to_string().into());
        map.insert("rate".into(), self.rate.as_str().into());
        if !self.source.is_empty() {
            map.insert("source".into(), self.source.as_str().into());
        }
        Json::Object(map)
    }

    fn check(&self) -> Result<()> {
        if self.from == self.to {
            return Err(Error::from(RulesProblem::DuplicateId { id: self.to.code().into() }).at("to"));
        }
        Rate::parse(&self.rate).map_err(|e| e.at("rate"))?;
        text::check(&self.source).and_then(|source| at_most(source, MOST_SOURCE)).map_err(|e| e.at("source"))
    }
}

/// Refuses a text of more characters.
pub(super) fn at_most(text: &str, most: usize) -> Result<()> {
    if text.chars().count() <= most {
        return Ok(());
    }
    Err(Problem::TooLong { bytes: json::length(text.len()), most: json::length(most) }.into())
}

/// Stages a row that is only ever added; one that was recorded at the very same instant is said anew.
pub(super) fn record(cx: &mut Cx<'_>, id: Id, body: AnyRecord) -> Result<Id> {
    let key = Key { kind: body.kind(), id };
    match cx.row(key)? {
        None => cx.insert(id, body)?,
        Some(row) => cx.update(Row { body, ..row })?,
    };
    Ok(id)
}

/// The id of what was said of something at an instant.
pub(super) fn id_at(kind: Kind, of: &str, at: Instant) -> Id {
    // Names have no control characters, so the parts cannot run into each other.
    Id::from_text(&format!("{}\n{of}\n{}", kind.name(), format_instant(at)))
}

impl Command for SetExchangeRates {
    type Output = Recorded;
    const VERB: Verb = Verb::Target;

    fn name() -> Cow<'static, str> {
        "exchange_rate.set".into()
    }

    fn to_json(&self) -> Json {
        serde_json::json!({"rates": self.rates.iter().map(GivenRate::to_json).collect::<Vec<_>>()})
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let o = Object::new(body, &["rates"])?;
        Ok(Self { rates: list(o.required("rates")?, GivenRate::from_json).map_err(|e| e.at("rates"))? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Recorded> {
        check::most("rates", self.rates.len(), MOST_RATES).map_err(|e| e.at("rates"))?;
        let mut recorded = Recorded::default();
        let mut given = BTreeSet::new();
        for (i, rate) in self.rates.iter().enumerate() {
            let place = |e: Error| e.at_index(i).at("rates");
            rate.check().map_err(place)?;
            let (from, to) = (rate.from.code(), rate.to.code());
            let of = format!("{from} {to} {}", rate.valid_from);
            if !given.insert(of.clone()) {
                return Err(place(RulesProblem::DuplicateId { id: of }.into()));
            }
            let body = ExchangeRate {
                from: from.into(),
                to: to.into(),
                valid_from: Some(rate.valid_from),
                rate: rate.rate.clone(),
                source: rate.source.trim().to_owned(),
                recorded_at: Some(cx.at()),
                ..ExchangeRate::default()
            };
            let id = id_at(Kind::ExchangeRate, &of, cx.at());
            recorded.ids.push(record(cx, id, body.into())?);
        }
        Ok(recorded)
    }
}
