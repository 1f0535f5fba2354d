//! Reading a deal and what happened around it from JSON.

use serde_json::Value as Json;

use super::facts::{DealFacts, Known, Mark, Pushes, QuoteFacts, Reached};
use super::history::{Direction, History, Part, Revision, Todo, Touch};
use super::read::count;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::fact::{Fact, Facts};
use crate::kernel::field::Schema;
use crate::kernel::json;
use crate::kernel::probability::Probability;
use crate::kernel::sales::{Category, StageKind};
use crate::kernel::text::shortened;
use crate::kernel::time::Instant;
use crate::rules::check;
use crate::rules::read::{Object, date, instant, integer, list, money, text};

/// Most revisions, activities, tasks or contacts of one deal.
const MOST_ROWS: usize = 10_000;

impl DealFacts {
    /// A deal's own fields as facts: a stored row, a JSON document, a row of a table with all of the record's columns.
    /// An empty field is absent, not unknown. What no rule takes (a probability of -5) is unknown and goes to `refused`.
    pub fn of_deal(deal: &(impl Facts + ?Sized), schema: &Schema, at: Instant, refused: &mut dyn FnMut(Error)) -> Self {
        let fact = |name: &str| schema.position(name).map_or(Fact::Unknown, |place| deal.fact(place));
        let words = |name: &str| match fact(name) {
            Fact::Text(text) => text.to_owned(),
            _ => String::new(),
        };
        let instant = |name: &str| match fact(name) {
            Fact::Instant(at) => Some(at),
            _ => None,
        };
        let created_at = instant("created_at");
        let probability = match fact("probability_bp") {
            Fact::Integer(bp) => match Probability::from_bp(bp) {
                Ok(probability) => Known::Is(probability),
                Err(e) => {
                    refused(e.at("probability_bp"));
                    Known::Unknown
                }
            },
            _ => Known::Absent,
        };
        DealFacts {
            state: StageKind::from_code(&words("state")),
            is_archived: instant("archived_at").is_some_and(|archived| archived <= at),
            pipeline: words("pipeline"),
            stage: words("stage"),
            created_at,
            began_at: instant("opened_at").or(created_at),
            stage_entered: instant("stage_entered_at").map_or(Known::Unknown, |at| Known::Is(Mark::at(at))),
            amount: match fact("value") {
                Fact::Money(money) => Known::Is(money),
                _ => Known::Absent,
            },
            close_date: match fact("close_date") {
                Fact::Date(date) => Known::Is(date),
                _ => Known::Absent,
            },
            probability,
            category: Known::of(Category::from_code(&words("category"))),
            ..DealFacts::default()
        }
    }
}

impl History {
    /// Reads the lists `revisions`, `activities`, `tasks` and `contacts` of an input; a row that cannot be read is left
    /// out and told.
    pub(super) fn read(input: &Object<'_>, refused: &mut dyn FnMut(Error)) -> Result<Self> {
        Ok(Self {
            revisions: rows(input, "revisions", revision, refused)?,
            touches: rows(input, "activities", touch, refused)?,
            tasks: rows(input, "tasks", todo, refused)?,
            people: rows(input, "contacts", part, refused)?,
        })
    }
}

fn rows<T>(
    input: &Object<'_>,
    key: &str,
    read: impl Fn(&Json) -> Result<T>,
    refused: &mut dyn FnMut(Error),
) -> Result<Option<Vec<T>>> {
    let Some(items) = input.optional(key, |v| list(v, Ok))? else { return Ok(None) };
    check::most("rows", items.len(), MOST_ROWS).map_err(|e| e.at(key))?;
    let mut out = Vec::with_capacity(items.len());
    for (i, item) in items.into_iter().enumerate() {
        match read(item) {
            Ok(row) => out.push(row),
            Err(e) => refused(e.at_index(i).at(key)),
        }
    }
    Ok(Some(out))
}

fn chosen<T>(json: &Json, from_code: fn(&str) -> Option<T>, expected: &'static [&'static str]) -> Result<T> {
    let found = text(json)?;
    let unknown = || Problem::NotOneOf { found: shortened(&found, 60), expected };
    Ok(from_code(&found).ok_or_else(unknown)?)
}

fn some_text(o: &Object<'_>, key: &str) -> Result<String> {
    Ok(o.optional(key, text)?.unwrap_or_default())
}

fn revision(json: &Json) -> Result<Revision> {
    const KEYS: &[&str] = &[
        "id",
        "number",
        "changed_at",
        "actor",
        "cause",
        "pipeline",
        "stage",
        "stage_entered_at",
        "state",
        "value",
        "close_date",
        "probability_bp",
        "category",
        "archived",
    ];
    let o = Object::new(json, KEYS)?;
    Ok(Revision {
        id: some_text(&o, "id")?,
        number: o.optional_integer("number")?,
        at: instant(o.required("changed_at")?).map_err(|e| e.at("changed_at"))?,
        actor: some_text(&o, "actor")?,
        cause: some_text(&o, "cause")?,
        pipeline: some_text(&o, "pipeline")?,
        stage: some_text(&o, "stage")?,
        entered_at: o.optional("stage_entered_at", instant)?,
        state: o.optional("state", |v| chosen(v, StageKind::from_code, StageKind::CODES))?,
        amount: o.optional("value", money)?,
        close_date: o.optional("close_date", date)?,
        probability: o.optional("probability_bp", |v| Probability::from_bp(integer(v)?))?,
        category: o.optional("category", |v| chosen(v, Category::from_code, Category::CODES))?,
        is_archived: o.flag("archived", false)?,
    })
}

fn touch(json: &Json) -> Result<Touch> {
    const KEYS: &[&str] = &["id", "at", "logged_at", "removed_at", "direction", "automatic", "contact", "kind"];
    let o = Object::new(json, KEYS)?;
    Ok(Touch {
        id: some_text(&o, "id")?,
        at: instant(o.required("at")?).map_err(|e| e.at("at"))?,
        logged_at: o.optional("logged_at", instant)?,
        removed_at: o.optional("removed_at", instant)?,
        direction: Direction::of(&some_text(&o, "direction")?),
        is_automatic: o.flag("automatic", false)?,
        contact: o.optional("contact", text)?.filter(|contact| !contact.is_empty()),
        kind: some_text(&o, "kind")?,
    })
}

fn todo(json: &Json) -> Result<Todo> {
    let o = Object::new(json, &["id", "created_at", "completed_at", "removed_at"])?;
    Ok(Todo {
        id: some_text(&o, "id")?,
        created_at: o.optional("created_at", instant)?,
        completed_at: o.optional("completed_at", instant)?,
        removed_at: o.optional("removed_at", instant)?,
    })
}

fn part(json: &Json) -> Result<Part> {
    let o = Object::new(json, &["contact", "role", "added_at", "removed_at"])?;
    Ok(Part {
        contact: some_text(&o, "contact")?,
        role: some_text(&o, "role")?,
        added_at: o.optional("added_at", instant)?,
        removed_at: o.optional("removed_at", instant)?,
    })
}

/// The keys of `facts`: what a host knows without the rows behind it. A key that is missing is unknown, null is that
/// there is none.
const FACTS: &[&str] = &[
    "began_at",
    "stage_entered_at",
    "stage_value",
    "last_activity_at",
    "last_inbound_at",
    "last_outbound_at",
    "waiting_since",
    "next_activity_at",
    "open_tasks",
    "push_count",
    "moved_back_at",
    "contact_count",
    "has_decision_maker",
    "quote",
    "hot_ticket",
];

/// Reads summary facts into those that no list told; they are what a table's columns are at its door.
pub(super) fn summary(json: &Json, facts: &mut DealFacts) -> Result<()> {
    json::object(json, "an object of facts")?;
    Object::new(json, FACTS)?;
    let told = |key: &str| json.get(key);
    let mark = |v: &Json| instant(v).map(Mark::at);
    if let Some(at) = told("began_at").filter(|v| !v.is_null()) {
        facts.began_at = Some(instant(at).map_err(|e| e.at("began_at"))?);
    }
    put(told("stage_entered_at"), "stage_entered_at", mark, &mut facts.stage_entered)?;
    put(told("stage_value"), "stage_value", money, &mut facts.stage_amount)?;
    put(told("last_activity_at"), "last_activity_at", mark, &mut facts.last_touch)?;
    put(told("last_inbound_at"), "last_inbound_at", mark, &mut facts.last_inbound)?;
    put(told("last_outbound_at"), "last_outbound_at", mark, &mut facts.last_outbound)?;
    put(told("waiting_since"), "waiting_since", mark, &mut facts.waiting_since)?;
    put(told("next_activity_at"), "next_activity_at", mark, &mut facts.next_activity)?;
    put(told("moved_back_at"), "moved_back_at", mark, &mut facts.moved_back)?;
    let tasks = |v: &Json| Ok(vec![String::new(); usize::from(count(v)? > 0)]);
    put(told("open_tasks"), "open_tasks", tasks, &mut facts.open_tasks)?;
    let pushed = |v: &Json| {
        let across_period = count(v)?;
        Ok(Pushes { any: across_period, across_period, ..Pushes::default() })
    };
    put(told("push_count"), "push_count", pushed, &mut facts.pushes)?;
    put(told("contact_count"), "contact_count", |v| Ok(Reached::Count(count(v)?)), &mut facts.reached)?;
    let decides = |v: &Json| v.as_bool().ok_or_else(|| Problem::NotABoolean { found: json::shown(v) }.into());
    if let (Some(told), Known::Unknown) = (told("has_decision_maker"), &facts.decision_maker) {
        let has = !told.is_null() && decides(told).map_err(|e: Error| e.at("has_decision_maker"))?;
        facts.decision_maker = Known::of(has.then(String::new));
    }
    put(told("quote"), "quote", quote, &mut facts.quote)?;
    put(told("hot_ticket"), "hot_ticket", ticket, &mut facts.hot_ticket)
}

/// Reads a fact where there is a key and nothing told it before; null is that there is none.
fn put<T>(told: Option<&Json>, key: &str, read: impl Fn(&Json) -> Result<T>, fact: &mut Known<T>) -> Result<()> {
    if let (Some(told), Known::Unknown) = (told, &*fact) {
        *fact = if told.is_null() { Known::Absent } else { Known::Is(read(told).map_err(|e| e.at(key))?) };
    }
    Ok(())
}

fn quote(json: &Json) -> Result<QuoteFacts> {
    let o = Object::new(json, &["id", "sent_at", "expires_on", "answered"])?;
    Ok(QuoteFacts {
        id: some_text(&o, "id")?,
        sent_at: o.optional("sent_at", instant)?,
        expires_on: o.optional("expires_on", date)?,
        is_answered: o.flag("answered", false)?,
    })
}

fn ticket(json: &Json) -> Result<Mark> {
    let o = Object::new(json, &["id", "since"])?;
    Ok(Mark { at: instant(o.required("since")?).map_err(|e| e.at("since"))?, id: some_text(&o, "id")? })
}
