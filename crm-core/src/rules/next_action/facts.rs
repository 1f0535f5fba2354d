//! What is known of a record, as far as next actions go by it. What nobody told is unknown, and nothing follows from it.

use chrono::NaiveDate;
use serde_json::{Value as Json, json};

use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::reason::Name;
use crate::kernel::risk_reason::RiskSignal;
use crate::kernel::time::{Instant, format_instant};
use crate::rules::check;
use crate::rules::read::{Object, coded, date, instant, labels, list, text};

/// A row that speaks: a message, a quote, with its id where it has one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    /// When.
    pub at: Instant,
    /// Its id.
    pub id: String,
}

/// The risk of a deal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RiskFact {
    /// From 0 to 100.
    pub score: i64,
    /// The signals that count.
    pub signals: Vec<RiskSignal>,
}

/// What is known of one record. The order in which it was told decides nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NextFacts {
    /// The lead's band, and its score.
    pub score: Option<(String, Option<i64>)>,
    /// What is missing of the lead.
    pub gaps: Vec<Name>,
    /// Who is responsible; `Some(None)` is known to be nobody.
    pub owner: Option<Option<String>>,
    /// When it came in.
    pub received: Option<Instant>,
    /// When the team was last in touch; `Some(None)` is known to be never.
    pub touched: Option<Option<Instant>>,
    /// Messages that came in, of which those after the last touch wait.
    pub replies: Vec<Seen>,
    /// How many tasks are open.
    pub open_tasks: Option<i64>,
    /// The deal's risk.
    pub risk: Option<RiskFact>,
    /// The deal's close date.
    pub close_date: Option<NaiveDate>,
    /// Since when the deal is in its stage.
    pub stage_since: Option<Instant>,
    /// Quotes without an answer.
    pub quotes: Vec<Seen>,
    /// When the contract ends.
    pub renewals: Vec<NaiveDate>,
    /// From 0 to 100.
    pub health: Option<i64>,
    /// How many open tickets have a broken promise.
    pub breached_tickets: Option<i64>,
    /// Whether the person asked not to be contacted.
    pub has_objection: bool,
}

/// What facts are called.
const FACTS: &[&str] = &[
    "score",
    "gap",
    "owner",
    "received",
    "touched",
    "reply",
    "tasks",
    "risk",
    "close_date",
    "stage",
    "quote",
    "renewal",
    "health",
    "tickets",
    "objection",
];
/// Most facts of one record.
const MOST_FACTS: usize = 500;

impl NextFacts {
    /// Reads `[{"fact": "touched", "at": "..."}, ...]`, in any order.
    ///
    /// # Errors
    /// An unknown fact, one that can only be told once and is told twice, and values that do not fit, with their place.
    pub fn from_json(json: &Json) -> Result<Self> {
        let all = list(json, Ok)?;
        check::most("facts", all.len(), MOST_FACTS)?;
        let mut facts = Self::default();
        for (i, one) in all.into_iter().enumerate() {
            facts.add(one).map_err(|e| e.at_index(i))?;
        }
        facts.settle();
        Ok(facts)
    }

    /// Adds one fact.
    ///
    /// # Errors
    /// As [`NextFacts::from_json`].
    pub fn add(&mut self, json: &Json) -> Result<()> {
        const KEYS: &[&str] = &[
            "fact", "band", "score", "item", "labels", "user", "at", "id", "open", "signals", "date", "since",
            "sent_at", "breached",
        ];
        let name = Object::new(json, KEYS)?.text("fact")?;
        let of = |keys: &'static [&'static str]| Object::new(json, keys);
        let between = |o: &Object<'_>, key: &'static str, most: i64| {
            let found = o.optional_integer(key)?;
            found.map(|n| check::between(n, 0, most).map(|()| n).map_err(|e| e.at(key))).transpose()
        };
        let required = |o: &Object<'_>, key: &'static str, most: i64| {
            between(o, key, most)?.ok_or_else(|| Error::from(Problem::Missing { name: key.into() }))
        };
        let at = |o: &Object<'_>, key: &'static str| o.required(key).and_then(|v| instant(v).map_err(|e| e.at(key)));
        let day = |o: &Object<'_>| o.required("date").and_then(|v| date(v).map_err(|e| e.at("date")));
        let seen = |o: &Object<'_>, key: &'static str| -> Result<Seen> {
            Ok(Seen { at: at(o, key)?, id: o.optional("id", text)?.unwrap_or_default() })
        };
        match name.as_str() {
            "score" => {
                let o = of(&["fact", "band", "score"])?;
                let band = o.text("band")?;
                check::id(&band).map_err(|e| e.at("band"))?;
                once(&mut self.score, (band, between(&o, "score", 1_000)?), "score")
            }
            "gap" => {
                let o = of(&["fact", "item", "labels"])?;
                let id = o.text("item")?;
                check::id(&id).map_err(|e| e.at("item"))?;
                let labels = o.optional("labels", labels)?;
                check::labels(labels.as_ref())?;
                self.gaps.push(Name { id, labels });
                Ok(())
            }
            "owner" => {
                let user = of(&["fact", "user"])?.optional("user", text)?.filter(|user| !user.is_empty());
                once(&mut self.owner, user, "owner")
            }
            "received" => once(&mut self.received, at(&of(&["fact", "at"])?, "at")?, "received"),
            "touched" => once(&mut self.touched, of(&["fact", "at"])?.optional("at", instant)?, "touched"),
            "reply" => {
                self.replies.push(seen(&of(&["fact", "at", "id"])?, "at")?);
                Ok(())
            }
            "tasks" => once(&mut self.open_tasks, required(&of(&["fact", "open"])?, "open", i64::MAX)?, "tasks"),
            "risk" => {
                let o = of(&["fact", "score", "signals"])?;
                let signals = o.list("signals", |v| coded(v, RiskSignal::from_code, RiskSignal::CODES))?;
                once(&mut self.risk, RiskFact { score: required(&o, "score", 100)?, signals }, "risk")
            }
            "close_date" => once(&mut self.close_date, day(&of(&["fact", "date"])?)?, "close_date"),
            "stage" => once(&mut self.stage_since, at(&of(&["fact", "since"])?, "since")?, "stage"),
            "quote" => {
                self.quotes.push(seen(&of(&["fact", "sent_at", "id"])?, "sent_at")?);
                Ok(())
            }
            "renewal" => {
                self.renewals.push(day(&of(&["fact", "date"])?)?);
                Ok(())
            }
            "health" => once(&mut self.health, required(&of(&["fact", "score"])?, "score", 100)?, "health"),
            "tickets" => {
                let o = of(&["fact", "breached"])?;
                once(&mut self.breached_tickets, required(&o, "breached", i64::MAX)?, "tickets")
            }
            "objection" => {
                of(&["fact"])?;
                self.has_objection = true;
                Ok(())
            }
            _ => {
                let found = crate::kernel::text::shortened(&name, 60);
                Err(Error::from(Problem::NotOneOf { found, expected: FACTS }).at("fact"))
            }
        }
    }

    /// Puts what may be told several times in an order of its own, each once.
    pub fn settle(&mut self) {
        self.gaps.sort_by(|a, b| a.id.cmp(&b.id));
        self.gaps.dedup_by(|a, b| a.id == b.id);
        self.replies.sort();
        self.replies.dedup();
        self.quotes.sort();
        self.quotes.dedup();
        self.renewals.sort();
        self.renewals.dedup();
        if let Some(risk) = &mut self.risk {
            risk.signals.sort();
            risk.signals.dedup();
        }
    }
}

fn once<T>(place: &mut Option<T>, value: T, fact: &str) -> Result<()> {
    if place.is_some() {
        return Err(Error::from(RulesProblem::DuplicateId { id: fact.to_owned() }).at("fact"));
    }
    *place = Some(value);
    Ok(())
}

/// The fact of a row that speaks, as evidence.
pub(super) fn seen_json(fact: &str, key: &str, seen: &Seen) -> Json {
    let mut map = serde_json::Map::new();
    map.insert("fact".into(), fact.into());
    map.insert(key.into(), format_instant(seen.at).into());
    if !seen.id.is_empty() {
        map.insert("id".into(), seen.id.as_str().into());
    }
    Json::Object(map)
}

/// A fact with one value, as evidence.
pub(super) fn fact_json(fact: &str, key: &str, value: impl Into<Json>) -> Json {
    json!({"fact": fact, key: value.into()})
}
