//! The question `ticket_board`: tickets in columns, the most urgent first.

use std::collections::BTreeMap;

use chrono::Weekday;
use serde_json::{Map, Value as Json};

use super::door::lang_of;
use super::reader::Days;
use super::tickets::{Queued, each_ticket, is_open, place_of, place_text, status_name};
use super::{Crm, permit};
use crate::command::{Ctx, Verb};
use crate::kernel::error::Result;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::service::SlaState;
use crate::kernel::time::{Instant, format_instant};
use crate::kernel::zone::Zone;
use crate::lang::Lang;
use crate::model::Kind;
use crate::rules::check;
use crate::rules::read::{Object, instant};
use crate::rules::report::weekday;
use crate::store::{Archived, Store};
use crate::view::{TicketColumns, Urgency};

/// Cards of a column where nobody says how many, and the most.
const USUAL_CARDS: i64 = 50;
const MOST_CARDS: i64 = 500;

/// How many tickets, by how their open promises stand.
#[derive(Clone, Debug, Default)]
struct Tally {
    count: u64,
    by_state: BTreeMap<Option<SlaState>, u64>,
}

impl Tally {
    fn add(&mut self, state: Option<SlaState>) {
        self.count = self.count.saturating_add(1);
        let count = self.by_state.entry(state).or_default();
        *count = count.saturating_add(1);
    }

    fn put(&self, map: &mut Map<String, Json>) {
        let count = |state: Option<SlaState>| self.by_state.get(&state).copied().unwrap_or(0);
        let mut states: Map<String, Json> =
            SlaState::ALL.iter().rev().map(|state| (state.code().to_owned(), count(Some(*state)).into())).collect();
        states.insert("none".into(), count(None).into());
        map.insert("count".into(), self.count.into());
        map.insert("sla".into(), Json::Object(states));
    }
}

/// What a board is asked for.
struct Spec {
    by: TicketColumns,
    filter: Option<Predicate>,
    resolved_since: Option<Instant>,
    zone: Option<Zone>,
    week_start: Option<Weekday>,
    cards: usize,
    /// The column that goes on, the instant of its first page, and the last card that was shown of it.
    after: Option<(String, Instant, Urgency)>,
}

impl Spec {
    fn read(whole: &Json) -> Result<Self> {
        let o = Object::new(whole, &["by", "where", "resolved_since", "cards", "after", "zone", "week_start", "lang"])?;
        let cards = o.optional_integer("cards")?.unwrap_or(USUAL_CARDS);
        check::between(cards, 0, MOST_CARDS).map_err(|e| e.at("cards"))?;
        let by = |json: &Json| {
            json.as_str().and_then(TicketColumns::from_code).ok_or_else(|| json::not_one_of(json, TicketColumns::CODES))
        };
        let after = |json| {
            let o = Object::new(json, &["column", "card"])?;
            let (at, last) = place_of(&o.text("card")?).map_err(|e| e.at("card"))?;
            Ok((o.text("column")?, at, last))
        };
        Ok(Self {
            by: o.optional("by", by)?.unwrap_or(TicketColumns::Status),
            filter: o.optional("where", Predicate::from_json)?,
            resolved_since: o.optional("resolved_since", instant)?,
            zone: o.zone()?,
            week_start: o.optional("week_start", weekday)?,
            cards: usize::try_from(cards).unwrap_or(0),
            after: o.optional("after", after)?,
        })
    }

    /// Which tickets the board shows: the open ones, and those that were resolved since an instant.
    fn parts(&self) -> Vec<Predicate> {
        let open = is_open(true);
        let shown = match self.resolved_since {
            None => open,
            Some(since) => Predicate::Any(vec![
                open,
                Predicate::All(vec![
                    is_open(false),
                    Predicate::test("resolved_at", Operator::AtLeast, format_instant(since)),
                ]),
            ]),
        };
        std::iter::once(shown).chain(self.filter.clone()).collect()
    }
}

impl<S: Store> Crm<S> {
    /// The question `ticket_board`: `{"by": "status", "where": {...}, "resolved_since": "...", "cards": 50, "after":
    /// {"column": "open", "card": "..."}, "lang": "fr"}`, the open tickets in columns, each with how many there are, how
    /// their open promises stand at `at`, and its most urgent cards. The columns' counts add up to `total`.
    ///
    /// With `resolved_since` it also shows the tickets that were resolved from then on. A column that has more cards says
    /// so under `next`, which `after` takes; the other columns then show no cards, and all are as at the first page.
    pub(super) fn ticket_board_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "ticket_board")?;
        let lang = lang_of(body)?;
        let mut spec = Spec::read(&Json::Object(body.clone()))?;
        let mut columns: BTreeMap<String, Vec<Queued>> = BTreeMap::new();
        let names = self.column_names(spec.by, spec.resolved_since.is_some());
        for name in &names {
            columns.entry(name.clone()).or_default();
        }
        let read = self.reading(ctx)?;
        let mut answer = Map::new();
        if let Some(filter) = &spec.filter {
            let days = Days { zone: spec.zone.as_ref(), week_start: spec.week_start };
            let resolved = self.plain(ctx, &*read, Kind::Ticket, filter, days).map_err(|e| e.at("where"))?;
            answer.extend(resolved.told(lang));
            spec.filter = Some(resolved.predicate);
        }
        // How urgent tickets are changes with time alone: all cards of a column are of the instant of the first.
        let at = spec.after.as_ref().map_or(ctx.at, |(_, at, _)| *at);
        let mut total = Tally::default();
        each_ticket(&*read, &self.rules, at, spec.parts(), Archived::Exclude, |row| {
            if let Some(queued) = Queued::new(&self.rules, row, at)? {
                total.add(queued.standing.open_state);
                columns.entry(spec.by.of(&queued.ticket).to_owned()).or_default().push(queued);
            }
            Ok(())
        })?;
        drop(read);
        // Those that the configuration knows in its order, then the others by name, and those without a value last.
        let order =
            |name: &String| (name.is_empty(), names.iter().position(|known| known == name).unwrap_or(names.len()));
        let mut columns: Vec<(String, Vec<Queued>)> = columns.into_iter().collect();
        columns.sort_by_key(|(name, _)| order(name));
        let shown = columns.into_iter().map(|(name, tickets)| self.column(&spec, at, name, tickets, lang));
        answer.insert("by".into(), spec.by.code().into());
        answer.insert("columns".into(), shown.collect());
        let mut sums = Map::new();
        total.put(&mut sums);
        answer.insert("total".into(), Json::Object(sums));
        Ok(Json::Object(answer))
    }

    fn column(&self, spec: &Spec, at: Instant, name: String, mut tickets: Vec<Queued>, lang: Option<Lang>) -> Json {
        let mut tally = Tally::default();
        for queued in &tickets {
            tally.add(queued.standing.open_state);
        }
        tickets.sort_by_key(|queued| queued.urgency);
        let cards: Vec<&Queued> = match &spec.after {
            None => tickets.iter().collect(),
            Some((column, _, last)) => tickets.iter().filter(|q| *column == name && q.urgency > *last).collect(),
        };
        let more = cards.len() > spec.cards && spec.cards > 0;
        let next = cards.get(spec.cards.saturating_sub(1)).filter(|_| more).map(|last| place_text(at, last.urgency));
        let cards: Vec<Json> = cards.into_iter().take(spec.cards).map(|q| q.to_json(&self.rules, lang)).collect();
        let mut map = Map::new();
        let code = Some(name.as_str()).filter(|name| !name.is_empty());
        map.insert(spec.by.code().into(), code.into());
        if let (TicketColumns::Status, Some(code), Some(lang)) = (spec.by, code, lang) {
            map.insert("name".into(), status_name(&self.rules, code, lang).into());
        }
        tally.put(&mut map);
        map.insert("cards".into(), cards.into());
        map.insert("next".into(), next.into());
        Json::Object(map)
    }

    /// The columns that are there without a ticket.
    fn column_names(&self, by: TicketColumns, with_resolved: bool) -> Vec<String> {
        let support = self.rules.support();
        match by {
            TicketColumns::Status => {
                let shown = support.statuses().iter().filter(|status| with_resolved || status.state.is_open());
                shown.map(|status| status.name.id.clone()).collect()
            }
            TicketColumns::Priority => support.priorities().codes().iter().rev().cloned().collect(),
            TicketColumns::Owner | TicketColumns::Team | TicketColumns::Category => Vec::new(),
        }
    }
}
