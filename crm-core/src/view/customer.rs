//! The blocks of a customer's page, from rows that were gathered: each with its numbers, the question that finds the
//! records behind them, and of what day they are.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::{Map, Value as Json, json};

use crate::kernel::customer::{IdeaState, PaymentStatus, RenewalState, StepState, SubscriptionStatus};
use crate::kernel::error::{Problem, Result};
use crate::kernel::forecast_reason::Total;
use crate::kernel::id::Id;
use crate::kernel::json::length;
use crate::kernel::money::{Currency, Money};
use crate::kernel::time::{Instant, format_instant};
use crate::model::{
    AnyRecord, ExpansionIdea, Kind, LearningProgress, Payment, PlaybookRun, PlaybookStep, Record, Renewal, Row,
    Subscription,
};
use crate::rules::payments::{Arrears, WAITING, days_late, payment_of};

/// The question that finds some records.
pub(crate) fn finds(kind: Kind, parts: &[Json]) -> Json {
    json!({"find": {"record": kind.name(), "where": {"all": parts}}})
}

/// A comparison with one value, as conditions have it.
pub(crate) fn is(field: &str, value: impl Into<Json>) -> Json {
    json!({"field": field, "op": "eq", "value": value.into()})
}

/// The rows of a record, typed.
fn typed<R: Record>(rows: &[Row]) -> impl Iterator<Item = Row<R>> + '_ {
    rows.iter().filter_map(Row::typed::<R>)
}

/// Amounts by currency; nothing is converted.
#[derive(Default)]
pub(crate) struct Sums(BTreeMap<Currency, i128>);

impl Sums {
    pub(crate) fn add(&mut self, money: Option<Money>) -> Result<()> {
        if let Some(money) = money {
            let sum = self.0.entry(money.currency()).or_default();
            *sum = sum.checked_add(i128::from(money.minor_units())).ok_or(Problem::AmountTooLarge)?;
        }
        Ok(())
    }

    pub(crate) fn to_json(&self) -> Json {
        let one = |(currency, minor_units): (&Currency, &i128)| {
            let amount = Total { minor_units: *minor_units, currency: *currency }.amount_text();
            json!({"amount": amount, "currency": currency.code()})
        };
        self.0.iter().map(one).collect()
    }
}

/// Of what instant a block is: what the library keeps is of now, what a host feeds is as old as its newest row says.
pub(crate) enum Freshness<'r> {
    Own,
    /// The rows, each with the instant that it names and where it came from.
    Fed(Vec<(Option<Instant>, &'r str)>),
}

impl Freshness<'_> {
    pub(crate) fn put(&self, map: &mut Map<String, Json>, at: Instant) {
        match self {
            Freshness::Own => {
                map.insert("source".into(), "own".into());
                map.insert("as_of".into(), format_instant(at).into());
            }
            Freshness::Fed(rows) => {
                let newest = rows.iter().filter_map(|(as_of, _)| *as_of).max();
                let mut sources: Vec<&str> = rows.iter().map(|(_, source)| *source).filter(|s| !s.is_empty()).collect();
                sources.sort_unstable();
                sources.dedup();
                map.insert("source".into(), "fed".into());
                map.insert("sources".into(), sources.into());
                map.insert("as_of".into(), newest.map(format_instant).into());
                let age = newest.map(|newest| at.signed_duration_since(newest).num_days().max(0));
                map.insert("age_days".into(), age.into());
            }
        }
    }
}

/// Who a customer's numbers are asked for, and when.
pub(crate) struct Asked {
    pub(crate) account: Id,
    pub(crate) at: Instant,
    /// The local day.
    pub(crate) today: NaiveDate,
    /// Most records of one block that are shown.
    pub(crate) limit: usize,
}

impl Asked {
    fn of(&self) -> Json {
        is("account", self.account.to_string())
    }

    /// Some rows as they are, and the rest of a block.
    pub(crate) fn block(&self, rows: &[Row], query: Json, fresh: &Freshness<'_>) -> Map<String, Json> {
        let mut map = Map::new();
        map.insert("count".into(), length(rows.len()).into());
        map.insert("rows".into(), rows.iter().take(self.limit).map(Row::to_json).collect());
        map.insert("query".into(), query);
        fresh.put(&mut map, self.at);
        map
    }

    /// Payments: of those that wait what is overdue, the credit notes that lower it, and the last one that came in.
    pub(crate) fn payments(&self, waiting: &[Row], last: Option<&Row>, newest: &[Row]) -> Result<Json> {
        let today = self.today.to_string();
        let late = |row: &&Row| payment_of(row).is_some_and(|payment| days_late(payment, self.today).is_some());
        let overdue: Vec<Row> = waiting.iter().filter(late).cloned().collect();
        let arrears = Arrears::of(waiting.iter().filter_map(payment_of), self.today)?;
        let mut parts = vec![
            self.of(),
            json!({"field": "status", "op": "in", "value": WAITING.map(PaymentStatus::code)}),
            json!({"field": "due_on", "op": "lt", "value": today}),
        ];
        // Amounts compare within a currency only.
        if !arrears.credits.is_empty() {
            let mut owed = vec![json!({"field": "amount", "op": "is_null"})];
            owed.extend(arrears.amounts.keys().map(|currency| {
                let nothing = Total { minor_units: 0, currency: *currency }.amount_text();
                let nothing = json!({"amount": nothing, "currency": currency.code()});
                json!({"field": "amount", "op": "ge", "value": nothing})
            }));
            parts.push(json!({"any": owed}));
        }
        let overdue = overdue.as_slice();
        let all: Vec<Row<Payment>> = typed::<Payment>(newest).chain(typed::<Payment>(overdue)).collect();
        let fed = all.iter().map(|row| (row.body.as_of.or(Some(row.updated_at)), row.body.external_source.as_str()));
        let mut map = self.block(overdue, finds(Kind::Payment, &parts), &Freshness::Fed(fed.collect()));
        rename(&mut map, &[("count", "overdue"), ("rows", "overdue_rows")]);
        map.insert("overdue_amount".into(), Sums(arrears.amounts).to_json());
        map.insert("oldest_overdue_days".into(), arrears.oldest_days.into());
        map.insert("credits".into(), Sums(arrears.credits).to_json());
        map.insert("last_payment".into(), last.map(Row::to_json).into());
        Ok(Json::Object(map))
    }

    /// Lessons done of all, over the courses.
    pub(crate) fn learning(&self, rows: &[Row]) -> Json {
        let all: Vec<Row<LearningProgress>> = typed(rows).collect();
        let fed = all.iter().map(|row| (row.body.as_of.or(Some(row.updated_at)), row.body.external_source.as_str()));
        let mut map = self.block(rows, finds(Kind::LearningProgress, &[self.of()]), &Freshness::Fed(fed.collect()));
        let sum = |of: fn(&LearningProgress) -> Option<i64>| {
            all.iter().filter_map(|row| of(&row.body)).fold(0_i64, i64::saturating_add)
        };
        let (done, lessons) = (sum(|row| row.completed), sum(|row| row.lessons));
        let share = done.saturating_mul(10_000).checked_div(lessons).filter(|_| lessons > 0);
        map.insert("completed".into(), done.into());
        map.insert("lessons".into(), lessons.into());
        map.insert("completion_bp".into(), share.into());
        Json::Object(map)
    }

    /// Subscriptions with what they bring, as the rule says, and the next end of a term.
    pub(crate) fn subscriptions(&self, rows: &[Row], revenue: Json, next: Option<Json>) -> Json {
        let all: Vec<Row<Subscription>> = typed(rows).collect();
        let fed = all.iter().map(|row| (row.body.as_of.or(Some(row.updated_at)), row.body.external_source.as_str()));
        let mut map = self.block(rows, finds(Kind::Subscription, &[self.of()]), &Freshness::Fed(fed.collect()));
        let active = all.iter().filter(|row| row.body.status == Some(SubscriptionStatus::Active)).count();
        map.insert("active".into(), length(active).into());
        map.insert("revenue".into(), revenue);
        map.insert("next_renewal".into(), next.into());
        Json::Object(map)
    }

    /// Runs of playbooks with how far they are and how many steps are late.
    pub(crate) fn onboarding(&self, runs: &[Row], steps: &[Row]) -> Json {
        let mut map = self.block(runs, finds(Kind::PlaybookRun, &[self.of()]), &Freshness::Own);
        let shown = typed::<PlaybookRun>(runs).take(self.limit).map(|run| {
            let own: Vec<Row<PlaybookStep>> =
                typed::<PlaybookStep>(steps).filter(|step| step.body.playbook_run == Some(run.id)).collect();
            let required: Vec<&Row<PlaybookStep>> = own
                .iter()
                .filter(|s| s.body.required != Some(false) && s.body.state != Some(StepState::NotNeeded))
                .collect();
            let is_settled =
                |step: &&&Row<PlaybookStep>| matches!(step.body.state, Some(StepState::Done | StepState::Skipped));
            let done = required.iter().filter(is_settled).count();
            let late = own.iter().filter(|step| self.is_late(&step.body)).count();
            let query = [
                is("playbook_run", run.id.to_string()),
                is("state", "open"),
                json!({"field": "due_on", "op": "lt", "value": self.today.to_string()}),
            ];
            let progress = length(done).saturating_mul(10_000).checked_div(length(required.len()));
            json!({
                "id": run.id.to_string(), "playbook": run.body.playbook, "owner": run.body.owner,
                "state": run.body.state.map(crate::kernel::customer::RunState::code),
                "required": length(required.len()), "done": length(done), "progress_bp": progress,
                "late": length(late), "query": finds(Kind::PlaybookStep, &query),
            })
        });
        let shown: Vec<Json> = shown.collect();
        map.insert("rows".into(), shown.into());
        Json::Object(map)
    }

    fn is_late(&self, step: &PlaybookStep) -> bool {
        step.state.unwrap_or(StepState::Open) == StepState::Open && step.due_on.is_some_and(|due| due < self.today)
    }

    /// Terms that end and are not settled.
    pub(crate) fn renewals(&self, rows: &[Row]) -> Result<Json> {
        let open = json!({"field": "closed_at", "op": "is_null"});
        let mut map = self.block(rows, finds(Kind::Renewal, &[self.of(), open]), &Freshness::Own);
        let mut sums = Sums::default();
        typed::<Renewal>(rows).try_for_each(|row| sums.add(row.body.amount))?;
        let missed = typed::<Renewal>(rows).filter(|row| row.body.state == Some(RenewalState::NoticeMissed)).count();
        map.insert("amount".into(), sums.to_json());
        map.insert("notice_missed".into(), length(missed).into());
        Ok(Json::Object(map))
    }

    /// Ideas that nobody gave up and of which no deal was made.
    pub(crate) fn expansion(&self, rows: &[Row]) -> Result<Json> {
        let states = json!({"field": "state", "op": "in", "value": OPEN_IDEAS.map(IdeaState::code)});
        let mut map = self.block(rows, finds(Kind::ExpansionIdea, &[self.of(), states]), &Freshness::Own);
        let mut sums = Sums::default();
        typed::<ExpansionIdea>(rows).try_for_each(|row| sums.add(row.body.value))?;
        map.insert("value".into(), sums.to_json());
        Ok(Json::Object(map))
    }

    /// Deals in play with their values.
    pub(crate) fn deals(&self, rows: &[Row]) -> Result<Json> {
        let mut map = self.block(rows, finds(Kind::Deal, &[self.of(), is("state", "open")]), &Freshness::Own);
        let mut sums = Sums::default();
        rows.iter().try_for_each(|row| match &row.body {
            AnyRecord::Deal(deal) => sums.add(deal.value),
            _ => Ok(()),
        })?;
        map.insert("value".into(), sums.to_json());
        Ok(Json::Object(map))
    }
}

/// The ideas that are looked at.
pub(crate) const OPEN_IDEAS: [IdeaState; 2] = [IdeaState::Idea, IdeaState::Qualified];

fn rename(map: &mut Map<String, Json>, pairs: &[(&str, &str)]) {
    for (from, to) in pairs {
        if let Some(value) = map.remove(*from) {
            map.insert((*to).into(), value);
        }
    }
}
