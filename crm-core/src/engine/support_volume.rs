//! The question `support_volume`: what came, what went, what is still to be worked on.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::reader::Days;
use super::{Crm, permit};
use crate::command::{Ctx, Past, Verb, clocks_of, open_states, ticket_of};
use crate::kernel::error::Result;
use crate::kernel::fact::Fact;
use crate::kernel::id::Id;
use crate::kernel::predicate::{Compiled, Operator, Predicate, Truth};
use crate::kernel::service::TicketFlow;
use crate::kernel::time::{Instant, format_instant};
use crate::model::{AnyRecord, Key, Kind, Row, TicketEvent};
use crate::rules::read::{Object, instant};
use crate::rules::report::ResolvedWindow;
use crate::rules::support_volume::{Attainment, FlowEvent, Volume, VolumeGroup, VolumeSpec, Volumes};
use crate::store::{Archived, MOST_ROWS, Query, Read, Store};

/// Most periods of one report.
const MOST_PERIODS: usize = 1_000;

/// What a ticket is grouped under; `None` where it does not say.
type Group = Option<String>;

impl<S: Store> Crm<S> {
    /// The question `support_volume`: `{"window": {...}, "by": "week", "group": "priority", "where": {...}, "as_of": "..."}`
    /// (see [`VolumeSpec`]), with the promises of the tickets that came in within the window.
    ///
    /// What is counted also has the question that finds it, where a condition can say it.
    pub(super) fn support_volume_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "support_volume")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, &["window", "by", "group", "where", "as_of", "lang"])?;
        let (mut spec, lang) = (VolumeSpec::read(&o)?, lang_of(body)?);
        let as_of = o.optional("as_of", instant)?.unwrap_or(ctx.at);
        let window = spec.window.resolve(as_of).map_err(|e| e.at("window"))?;
        let periods = match spec.by {
            None => vec![window.clone()],
            Some(unit) => spec.window.cut(&window, unit, MOST_PERIODS).map_err(|e| e.at("by"))?,
        };
        let read = self.reading(ctx)?;
        let mut told = None;
        if let Some(filter) = &spec.filter {
            let days = Days { zone: Some(&spec.window.zone), week_start: Some(spec.window.week_start) };
            let resolved = self.plain(ctx, &*read, Kind::Ticket, filter, days).map_err(|e| e.at("where"))?;
            told = Some(resolved.told(lang));
            spec.filter = Some(resolved.predicate);
        }
        let schema = self.rules.schema(Kind::Ticket);
        let filter = spec.filter.as_ref().map(|f| f.compile(&schema).map_err(|e| e.at("where"))).transpose()?;
        let gather = Gather { read: &*read, ctx, as_of, spec: &spec, filter: filter.as_ref(), periods: &periods };
        let (all, groups) = gather.volumes(self)?;
        let asked = Asked { spec: &spec, as_of };
        let mut answer = json!({
            "window": window.to_json(),
            "as_of": format_instant(as_of),
            "total": asked.volume(&all.total(), &window, None),
            "periods": asked.periods(&all, &periods, None),
        });
        if let Some(map) = answer.as_object_mut() {
            let kept = gather.attainment(self, &window)?;
            map.extend(told.into_iter().flatten());
            map.insert("attainment".into(), kept.to_json(self.rules.support().priorities()));
        }
        if let (Some(map), Some(group)) = (answer.as_object_mut(), spec.group) {
            let shown = groups.iter().map(|(key, volumes)| {
                let total = asked.volume(&volumes.total(), &window, Some(key));
                json!({group.code(): key, "total": total, "periods": asked.periods(volumes, &periods, Some(key))})
            });
            map.insert("groups".into(), shown.collect());
        }
        Ok(answer)
    }
}

/// Reads what a report adds up.
struct Gather<'a> {
    read: &'a dyn Read,
    ctx: &'a Ctx,
    as_of: Instant,
    spec: &'a VolumeSpec,
    filter: Option<&'a Compiled>,
    periods: &'a [ResolvedWindow],
}

impl Gather<'_> {
    fn volumes<S: Store>(&self, crm: &Crm<S>) -> Result<(Volumes, BTreeMap<Group, Volumes>)> {
        let mut all = Volumes::new(self.periods, 0);
        let mut groups: BTreeMap<Group, Volumes> = BTreeMap::new();
        let none = || Volumes::new(self.periods, 0);
        let open: Vec<Json> = open_states().map(Json::from).collect();
        let mut parts = vec![Predicate::test("state", Operator::In, open)];
        parts.extend(self.spec.filter.clone());
        self.each(crm, Kind::Ticket, Predicate::All(parts), Archived::Exclude, |row| {
            all.add_open();
            groups.entry(self.group(&row)).or_insert_with(none).add_open();
            Ok(())
        })?;
        let since = self.periods.first().map_or(self.as_of, |period| period.starts_at);
        let mut recent = Predicate::test("happened_at", Operator::AtLeast, format_instant(since));
        if self.as_of < self.ctx.at {
            let later = Predicate::test("created_at", Operator::Greater, format_instant(self.as_of));
            recent = Predicate::Any(vec![recent, later]);
        }
        let mut tickets: BTreeMap<Id, Option<Group>> = BTreeMap::new();
        self.each(crm, Kind::TicketEvent, recent, Archived::Include, |row| {
            let created_at = row.created_at;
            let Some((ticket, at, flow)) = flow_of(&row) else { return Ok(()) };
            let known = match tickets.get(&ticket) {
                Some(known) => known.clone(),
                None => {
                    let found = self.found(crm, ticket)?;
                    tickets.entry(ticket).or_insert(found).clone()
                }
            };
            let Some(group) = known else { return Ok(()) };
            let event = FlowEvent { at, flow, is_known: at <= self.as_of && created_at <= self.as_of };
            all.add(event);
            groups.entry(group).or_insert_with(none).add(event);
            Ok(())
        })?;
        Ok((all, groups))
    }

    /// The group of a ticket that the report counts; `None` where it does not.
    fn found<S: Store>(&self, crm: &Crm<S>, id: Id) -> Result<Option<Group>> {
        if self.filter.is_none() && self.spec.group.is_none() {
            return Ok(Some(None));
        }
        let Some(row) = self.read.get(Key { kind: Kind::Ticket, id })? else { return Ok(None) };
        let schema = crm.rules.schema(Kind::Ticket);
        let counts = self.filter.is_none_or(|f| f.eval(&row.facts(&schema), self.ctx.at) == Truth::True);
        Ok(counts.then(|| self.group(&row)))
    }

    /// How the promises stand of the tickets that came in within the window.
    fn attainment<S: Store>(&self, crm: &Crm<S>, window: &ResolvedWindow) -> Result<Attainment> {
        let mut kept = Attainment::default();
        let asked = Asked { spec: self.spec, as_of: self.as_of };
        let parts = [asked.of_tickets(None), asked.within("opened_at", window)].concat();
        let past = Past::new(self.read, &crm.rules, self.as_of, None)?;
        self.each(crm, Kind::Ticket, Predicate::All(parts), Archived::Include, |row| {
            let Some(row) = past.row(row)? else { return Ok(()) };
            let Some(ticket) = ticket_of(&row) else { return Ok(()) };
            let state = clocks_of(row.id, ticket)?;
            let now = state.last_at().map_or(self.as_of, |last| last.max(self.as_of));
            kept.add(&ticket.priority, &state, &state.standing(crm.rules.sla(), now));
            Ok(())
        })?;
        Ok(kept)
    }

    fn group(&self, row: &Row) -> Group {
        let place = self.spec.group.and_then(|group| Kind::Ticket.place(group.code()))?;
        match row.body.fact(place) {
            Fact::Text(text) => Some(text.to_owned()),
            Fact::Reference(id) => Some(id.to_string()),
            _ => None,
        }
    }

    fn each<S: Store>(
        &self,
        crm: &Crm<S>,
        kind: Kind,
        filter: Predicate,
        archived: Archived,
        mut see: impl FnMut(Row) -> Result<()>,
    ) -> Result<()> {
        let schema = crm.rules.schema(kind);
        let mut query = Query::all(kind, schema.clone(), self.ctx.at);
        query.filter = Some(filter.compile(&schema)?);
        (query.archived, query.limit) = (archived, MOST_ROWS);
        loop {
            let page = self.read.find(&query)?;
            page.rows.into_iter().try_for_each(&mut see)?;
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(()),
            }
        }
    }
}

fn flow_of(row: &Row) -> Option<(Id, Instant, TicketFlow)> {
    match &row.body {
        AnyRecord::TicketEvent(event) => {
            let TicketEvent { ticket, happened_at, flow, .. } = &**event;
            Some(((*ticket)?, (*happened_at)?, (*flow)?))
        }
        _ => None,
    }
}

/// The numbers with the questions that find what they count.
struct Asked<'a> {
    spec: &'a VolumeSpec,
    as_of: Instant,
}

impl Asked<'_> {
    fn periods(&self, volumes: &Volumes, periods: &[ResolvedWindow], group: Option<&Group>) -> Json {
        let shown = volumes.periods().into_iter().zip(periods).map(|(volume, period)| {
            let mut map = self.volume(&volume, period, group);
            for (key, value) in [("from", period.from), ("to", period.to)] {
                map.insert(key.into(), value.to_string().into());
            }
            map.insert("starts_at".into(), format_instant(period.starts_at).into());
            map.insert("ends_at".into(), format_instant(period.ends_at).into());
            Json::Object(map)
        });
        shown.collect()
    }

    fn volume(&self, volume: &Volume, period: &ResolvedWindow, group: Option<&Group>) -> Map<String, Json> {
        let mut map = volume.to_json();
        let mut finds = Map::new();
        let opened = [self.of_tickets(group), self.within("opened_at", period)].concat();
        finds.insert("opened".into(), find(Kind::Ticket, opened));
        // An event does not know what its ticket says.
        if self.spec.filter.is_none() && group.is_none() {
            for flow in TicketFlow::ALL.iter().filter(|flow| **flow != TicketFlow::Opened) {
                let mut parts = vec![Predicate::test("flow", Operator::Equal, flow.code())];
                parts.extend(self.within("happened_at", period));
                finds.insert(flow.code().into(), find(Kind::TicketEvent, parts));
            }
        }
        map.insert("find".into(), Json::Object(finds));
        map
    }

    /// The conditions of the report and of one group.
    fn of_tickets(&self, group: Option<&Group>) -> Vec<Predicate> {
        let mut parts: Vec<Predicate> = self.spec.filter.iter().cloned().collect();
        if let (Some(key), Some(field)) = (group, self.spec.group.map(VolumeGroup::code)) {
            parts.push(match key {
                Some(text) => Predicate::test(field, Operator::Equal, text.as_str()),
                None => Predicate::test(field, Operator::IsNull, Json::Null),
            });
        }
        parts
    }

    fn within(&self, field: &str, period: &ResolvedWindow) -> Vec<Predicate> {
        let mut parts = vec![
            Predicate::test(field, Operator::AtLeast, format_instant(period.starts_at)),
            Predicate::test(field, Operator::Less, format_instant(period.ends_at)),
        ];
        if self.as_of < period.ends_at {
            parts.push(Predicate::test(field, Operator::AtMost, format_instant(self.as_of)));
        }
        parts
    }
}

fn find(kind: Kind, parts: Vec<Predicate>) -> Json {
    json!({"record": kind.name(), "where": Predicate::All(parts).to_json(), "archived": "include"})
}
