//! What a row of a table says of a deal's risk: one column for each fact.

use std::borrow::Cow;
use std::sync::OnceLock;

use crm_core::kernel::sales::StageKind;
use crm_core::rules::deal_risk::{DealFacts, Known, Mark, Pushes, QuoteFacts, Reached};
use crm_core::rules::pipeline::Pipelines;
use crm_core::{Error, FieldType, Instant, Money, Problem};

use super::deals::{Declared, Found, Row};

/// What deal risk reads of a table. A column that is not there is a fact that nobody knows; an empty cell says that there
/// is none.
pub(super) const DECLARED: &[Declared] = &[
    ("pipeline", FieldType::Text),
    ("stage", FieldType::Text),
    ("state", FieldType::Text),
    ("archived", FieldType::Boolean),
    ("opened_at", FieldType::Instant),
    ("stage_entered_at", FieldType::Instant),
    ("amount", FieldType::Money),
    ("stage_amount", FieldType::Number),
    ("close_date", FieldType::Date),
    ("pushes", FieldType::Integer),
    ("moved_back_at", FieldType::Instant),
    ("probability_bp", FieldType::Integer),
    ("probability", FieldType::Number),
    ("category", FieldType::Text),
    ("last_touch_at", FieldType::Instant),
    ("last_inbound_at", FieldType::Instant),
    ("last_outbound_at", FieldType::Instant),
    ("open_tasks", FieldType::Integer),
    ("next_activity_at", FieldType::Instant),
    ("contacts_reached", FieldType::Integer),
    ("decision_maker", FieldType::Boolean),
    ("quote_sent_at", FieldType::Instant),
    ("quote_expires_on", FieldType::Date),
    ("quote_answered", FieldType::Boolean),
    ("hot_ticket_at", FieldType::Instant),
];

/// The standard pipelines, read once.
static STANDARD: OnceLock<Pipelines> = OnceLock::new();

/// The facts of a row. Cells that cannot be read are listed, and their facts unknown. Without pipelines of the caller a
/// deal stands where its `state` says, or else in the standard ones, as at the rule's own door.
pub(super) fn facts(row: &Row<'_, '_>, given: Option<&Pipelines>, problems: &mut Vec<Error>) -> DealFacts {
    let text = |found: Found<Cow<'_, str>>| found.flatten().map_or_else(String::new, Cow::into_owned);
    let pipeline = text(row.label("pipeline", problems));
    let stage = text(row.label("stage", problems));
    // Where no column says what a deal means, it is open.
    let silent = given.is_none() && !row.has("stage") && !row.has("state");
    let state = row.state(problems).flatten().or(silent.then_some(StageKind::Open));
    let amount = row.amount("amount", problems);
    let at = |found: Found<Instant>| known(found, Mark::at);
    let pushes = count(row, "pushes", problems);
    let tasks = count(row, "open_tasks", problems);
    let reached = count(row, "contacts_reached", problems);
    let mut facts = DealFacts {
        state,
        is_archived: row.flag("archived", problems).flatten().unwrap_or(false),
        pipeline,
        stage,
        began_at: row.instant("opened_at", problems).flatten(),
        stage_entered: at(row.instant("stage_entered_at", problems)),
        amount: known(amount, |amount| amount),
        stage_amount: stage_amount(row, amount, problems),
        close_date: known(row.day("close_date", problems), |day| day),
        pushes: known(pushes, |number| Pushes { any: number, across_period: number, ..Pushes::default() }),
        moved_back: at(row.instant("moved_back_at", problems)),
        probability: known(row.probability(problems), |own| own),
        category: known(row.category(problems), |own| own),
        last_touch: at(row.instant("last_touch_at", problems)),
        last_inbound: at(row.instant("last_inbound_at", problems)),
        last_outbound: at(row.instant("last_outbound_at", problems)),
        open_tasks: known(tasks, |number| vec![String::new(); usize::from(number > 0)]),
        next_activity: at(row.instant("next_activity_at", problems)),
        reached: known(reached, Reached::Count),
        decision_maker: match row.flag("decision_maker", problems) {
            None => Known::Unknown,
            Some(Some(true)) => Known::Is(String::new()),
            Some(_) => Known::Absent,
        },
        quote: quote(row, problems),
        hot_ticket: at(row.instant("hot_ticket_at", problems)),
        ..DealFacts::default()
    };
    match given {
        Some(pipelines) => facts.place(pipelines),
        None if facts.state.is_some() => {}
        None => facts.place(STANDARD.get_or_init(Pipelines::standard)),
    }
    facts
}

/// How many there are of something.
fn count(row: &Row<'_, '_>, name: &'static str, problems: &mut Vec<Error>) -> Found<u32> {
    let number = row.whole(name, problems)?;
    let Some(number) = number else { return Some(None) };
    if let Ok(count) = u32::try_from(number) {
        return Some(Some(count));
    }
    let (found, least, most) = (number.to_string(), "0".to_owned(), u32::MAX.to_string());
    problems.push(Error::from(Problem::OutOfRange { found, least, most }).at(name));
    None
}

/// The latest quote; of one that cannot be read in full nobody can tell.
fn quote(row: &Row<'_, '_>, problems: &mut Vec<Error>) -> Known<QuoteFacts> {
    let before = problems.len();
    let sent = row.instant("quote_sent_at", problems);
    let expires = row.day("quote_expires_on", problems);
    let answered = row.flag("quote_answered", problems);
    if problems.len() > before || (sent.is_none() && expires.is_none()) {
        return Known::Unknown;
    }
    let (sent_at, expires_on) = (sent.flatten(), expires.flatten());
    if sent_at.is_none() && expires_on.is_none() {
        return Known::Absent;
    }
    let is_answered = answered.flatten().unwrap_or(false);
    Known::Is(QuoteFacts { id: String::new(), sent_at, expires_on, is_answered })
}

fn known<T, U>(found: Found<T>, of: impl FnOnce(T) -> U) -> Known<U> {
    match found {
        None => Known::Unknown,
        Some(None) => Known::Absent,
        Some(Some(value)) => Known::Is(of(value)),
    }
}

/// What the deal was worth when it entered its stage, in the currency of what it is worth.
fn stage_amount(row: &Row<'_, '_>, amount: Found<Money>, problems: &mut Vec<Error>) -> Known<Money> {
    let (Some(found), Some(Some(amount))) = (row.number("stage_amount", problems), amount) else {
        return Known::Unknown;
    };
    let Some(number) = found else { return Known::Absent };
    match Money::parse(&number.to_string(), amount.currency()) {
        Ok(money) => Known::Is(money),
        Err(error) => {
            problems.push(error.at("stage_amount"));
            Known::Unknown
        }
    }
}
