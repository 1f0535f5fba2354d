//! What a row of a table says of a deal's risk: one column for each fact.

use std::borrow::Cow;

use crm_core::kernel::sales::StageKind;
use crm_core::rules::deal_risk::{DealFacts, Known, Mark, Pushes, QuoteFacts, Reached, StageFacts};
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

/// Most open tasks that are counted.
const MOST_TASKS: i64 = 1_000;

/// The facts of a row. Cells that cannot be read are listed, and their facts unknown.
pub(super) fn facts(row: &Row<'_, '_>, pipelines: &Pipelines, problems: &mut Vec<Error>) -> DealFacts {
    let text = |found: Found<Cow<'_, str>>| found.flatten().map_or_else(String::new, Cow::into_owned);
    let pipeline = text(row.label("pipeline", problems));
    let code = text(row.label("stage", problems));
    let stage = pipelines.stage(&pipeline, &code);
    let place = stage.and_then(|stage| {
        let all = pipelines.pipeline(&pipeline)?.stages();
        let open = all.iter().filter(|one| one.kind == StageKind::Open);
        let place = open.zip(1_u32..).find(|(one, _)| one.code == stage.code)?;
        Some(place.1)
    });
    let stage_facts = stage.map(|stage| StageFacts {
        place,
        probability: Some(stage.probability),
        category: Some(stage.category),
        max_age_days: stage.max_age_days.map(u32::from),
    });
    let state = row.state(problems).flatten().or(stage.map(|stage| stage.kind)).or(Some(StageKind::Open));
    let amount = row.amount("amount", problems);
    let at = |found: Found<Instant>| known(found, Mark::at);
    let quote_sent = row.instant("quote_sent_at", problems);
    let quote_expires = row.day("quote_expires_on", problems);
    let quote_answered = row.flag("quote_answered", problems);
    let quote = match (quote_sent, quote_expires) {
        (None, None) => Known::Unknown,
        (sent, expires) if sent.flatten().is_none() && expires.flatten().is_none() => Known::Absent,
        (sent, expires) => Known::Is(QuoteFacts {
            id: String::new(),
            sent_at: sent.flatten(),
            expires_on: expires.flatten(),
            is_answered: quote_answered.flatten().unwrap_or(false),
        }),
    };
    let stage_amount = stage_amount(row, amount, problems);
    let count = |found: Found<i64>, name: &'static str, problems: &mut Vec<Error>| match found {
        Some(Some(number)) if !(0..=i64::from(u32::MAX)).contains(&number) => {
            let (found, least, most) = (number.to_string(), "0".to_owned(), u32::MAX.to_string());
            problems.push(Error::from(Problem::OutOfRange { found, least, most }).at(name));
            None
        }
        other => other,
    };
    let small = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
    let pushes = count(row.whole("pushes", problems), "pushes", problems);
    let tasks = count(row.whole("open_tasks", problems), "open_tasks", problems);
    let reached = count(row.whole("contacts_reached", problems), "contacts_reached", problems);
    let tasks = known(tasks, |number| {
        let number = usize::try_from(number.min(MOST_TASKS)).unwrap_or(0);
        vec![String::new(); number]
    });
    DealFacts {
        state,
        is_archived: row.flag("archived", problems).flatten().unwrap_or(false),
        stage_facts,
        began_at: row.instant("opened_at", problems).flatten(),
        stage_entered: at(row.instant("stage_entered_at", problems)),
        amount: known(amount, |amount| amount),
        stage_amount,
        close_date: known(row.day("close_date", problems), |day| day),
        pushes: known(pushes, |number| Pushes {
            any: small(number),
            across_period: small(number),
            ..Pushes::default()
        }),
        moved_back: at(row.instant("moved_back_at", problems)),
        probability: known(row.probability(problems), |own| own),
        category: known(row.category(problems), |own| own),
        last_touch: at(row.instant("last_touch_at", problems)),
        last_inbound: at(row.instant("last_inbound_at", problems)),
        last_outbound: at(row.instant("last_outbound_at", problems)),
        open_tasks: tasks,
        next_activity: at(row.instant("next_activity_at", problems)),
        reached: known(reached, |number| Reached::Count(small(number))),
        decision_maker: match row.flag("decision_maker", problems) {
            None => Known::Unknown,
            Some(Some(true)) => Known::Is(String::new()),
            Some(_) => Known::Absent,
        },
        quote,
        hot_ticket: at(row.instant("hot_ticket_at", problems)),
        pipeline,
        stage: code,
        ..DealFacts::default()
    }
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
