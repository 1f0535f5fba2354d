//! Questions about money to come, of any instant: the forecast, what changed in between, and the snapshots taken.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};
use sha2::{Digest as _, Sha256};

use super::door::lang_of;
use super::gather::active_deals;
use super::named::name_deals;
use super::reader::Days;
use super::{Crm, permit};
use crate::Id;
use crate::command::{Book, Ctx, Past, Role, Verb, adjustments, digests, people, quotas, rates_json};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json;
use crate::kernel::money::Currency;
use crate::kernel::predicate::Predicate;
use crate::kernel::time::{Instant, format_instant, parse_instant};
use crate::kernel::zone::Zone;
use crate::model::{AnyRecord, Key, Kind, Record as _, Row, Snapshot as SnapshotRecord, body_to_json};
use crate::rules::rates::currency_of;
use crate::rules::read::{Object, text};
use crate::rules::report::weekday;
use crate::rules::waterfall::{Filter, compare, top_of};
use crate::store::{MOST_ROWS, Order, Query, Read, Store, hex};

/// Deals told of each bucket where nobody says how many.
const TOP: usize = 5;

/// A moment that a question names: an instant, or a snapshot that was taken.
struct Moment {
    as_of: Instant,
    known_seq: Option<u64>,
    snapshot: Option<Row<SnapshotRecord>>,
}

impl Moment {
    /// Of an instant: everything that is known of it today.
    const fn at(as_of: Instant) -> Self {
        Moment { as_of, known_seq: None, snapshot: None }
    }

    fn of_snapshot(row: Row<SnapshotRecord>) -> Result<Self> {
        let corrupt = || Problem::Corrupt { detail: format!("snapshot {} has no instant", row.id) };
        let as_of = row.body.as_of.ok_or_else(corrupt)?;
        let known_seq = row.body.known_seq.and_then(|seq| u64::try_from(seq).ok());
        Ok(Moment { as_of, known_seq, snapshot: Some(row) })
    }

    /// Reads an instant or a snapshot's id.
    fn read(read: &dyn Read, json: &Json) -> Result<Self> {
        let wrong =
            || Error::from(Problem::WrongShape { expected: "an instant or a snapshot's id", found: json::shown(json) });
        let text = json.as_str().ok_or_else(wrong)?;
        match text.parse::<Id>() {
            Ok(id) => Self::of_snapshot(snapshot(read, id)?),
            Err(_) => Ok(Self::at(parse_instant(text).map_err(|_| wrong())?)),
        }
    }
}

fn snapshot(read: &dyn Read, id: Id) -> Result<Row<SnapshotRecord>> {
    let missing = || Problem::NotFound { record: SnapshotRecord::NAME.into(), id: id.to_string() };
    let row = read.get(Key { kind: Kind::Snapshot, id })?;
    Ok(row.and_then(|row| row.typed()).ok_or_else(missing)?)
}

/// What a snapshot says of itself.
fn snapshot_json(row: &Row<SnapshotRecord>) -> Map<String, Json> {
    let of = &row.body;
    let parsed = |text: &str| json::parse(text.as_bytes()).unwrap_or(Json::Null);
    let mut map = Map::new();
    map.insert("id".into(), row.id.to_string().into());
    map.insert("name".into(), of.name.as_str().into());
    map.insert("as_of".into(), of.as_of.map_or(Json::Null, |at| format_instant(at).into()));
    map.insert("known_seq".into(), of.known_seq.into());
    map.insert("currency".into(), of.currency.as_str().into());
    map.insert("deals".into(), of.deals.into());
    map.insert("totals".into(), parsed(&of.totals));
    map.insert("rows_digest".into(), of.rows_digest.as_str().into());
    map.insert("rates_digest".into(), of.rates_digest.as_str().into());
    map
}

/// What of the question `forecast` the rule of the same name answers as it stands.
const ASKED: &[&str] =
    &["currency", "periods", "filters", "view", "presentation", "rate_basis", "rounding", "viewer", "history", "lang"];

impl<S: Store> Crm<S> {
    /// The question `forecast`: what the stored deals come to, as they were at an instant.
    ///
    /// ```json
    /// {"as_of": "2026-11-22T09:00:00Z", "currency": "EUR", "view": "manager", "viewer": "anne",
    ///  "periods": {"unit": "quarter", "from": "2026-10-01", "to": "2027-01-01"}, "filters": {"pipelines": ["sales"]},
    ///  "where": {"field": "owner", "op": "eq", "value": {"actor": "me"}}, "tree": "now", "zone": "Europe/Paris", "lang": "fr"}
    /// ```
    ///
    /// Only `periods` and a currency are required. `as_of` is an instant (`at` where it is absent) or a snapshot's id;
    /// with `known_seq`, or of a snapshot, commands count up to that place in the trail, and those that came in later for
    /// an instant that was over are listed under `restated_since`. People are those of `as_of`, or with `tree` those of
    /// `now`. The day of the forecast is that of `zone`. `where` leaves the deals that a condition found then, and says
    /// nothing about quotas and adjustments; its days are those of `zone` and `week_start`. Other keys and the answer are
    /// those of [the rule](crate::rules::forecast).
    ///
    /// Who is a member, a viewer or an agent sees what they may as `viewer`, and as nobody else.
    pub(super) fn forecast_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        const KEYS: &[&str] = &[
            "as_of",
            "known_seq",
            "tree",
            "zone",
            "where",
            "week_start",
            "currency",
            "periods",
            "filters",
            "view",
            "presentation",
            "rate_basis",
            "rounding",
            "viewer",
            "history",
            "lang",
        ];
        permit(ctx, Verb::Read, "forecast")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, KEYS)?;
        let read = self.reading(ctx)?;
        let Footing { book, told, zone, past, resolved, asked: mut input } = self.footing(ctx, &*read, &o, body)?;
        input.extend(body.iter().filter(|(key, _)| ASKED.contains(&key.as_str())).map(|(k, v)| (k.clone(), v.clone())));
        let mut put = |key: &str, value: Json| input.insert(key.into(), value);
        if let Some(viewer) = viewer(ctx, o.optional("viewer", text)?)? {
            put("viewer", viewer.into());
        }
        put("at", format_instant(book.as_of).into());
        let deals = book.deals.iter().filter(|deal| !deal.row.archived);
        put("deals", deals.map(|deal| deal.to_json(&zone)).collect());
        put("adjustments", adjustments(&past)?.into_iter().map(|said| said_json(said.into())).collect());
        put("quotas", quotas(&past)?.into_iter().map(|quota| said_json(quota.into())).collect());
        let mut answer = self.rules.eval("forecast", &Json::Object(input))?;
        name_deals(&*read, &past, &mut answer)?;
        if let Json::Object(map) = &mut answer {
            map.extend(resolved);
            map.insert("moment".into(), told);
            map.insert("zone".into(), zone.name().into());
            map.insert("rules_digest".into(), hex(&Sha256::digest(json::canonical(self.rules.to_json()))).into());
        }
        Ok(answer)
    }

    /// What a question about money to come rests on: `as_of`, `known_seq`, `zone` and `tree` say of when, `where` of which
    /// deals.
    pub(super) fn footing<'r>(
        &'r self,
        ctx: &Ctx,
        read: &'r dyn Read,
        o: &Object<'_>,
        body: &Map<String, Json>,
    ) -> Result<Footing<'r>> {
        let mut moment = o.optional("as_of", |v| Moment::read(read, v))?.unwrap_or(Moment::at(ctx.at));
        moment.known_seq = json::count_of(body, "known_seq")?.or(moment.known_seq);
        let zone: Zone = o.zone()?.unwrap_or(Zone::UTC);
        let (mut book, told) = self.replay(read, &moment)?;
        let past = Past::new(read, &self.rules, moment.as_of, moment.known_seq)?;
        let (mut resolved, lang) = (Map::new(), lang_of(body)?);
        if let Some(filter) = o.optional("where", Predicate::from_json)? {
            let days = Days { zone: Some(&zone), week_start: o.optional("week_start", weekday)? };
            let plain = self.plain_then(ctx, (read, &past), Kind::Deal, &filter, days).map_err(|e| e.at("where"))?;
            let found = active_deals(&past, Some(&plain.predicate)).map_err(|e| e.at("where"))?;
            let found: BTreeSet<String> = found.iter().map(|row| row.id.to_string()).collect();
            book.deals.retain(|deal| found.contains(&deal.row.deal));
            resolved = plain.told(lang);
        }
        let people = match o.optional("tree", tree_of)? {
            Some("now") => people(&Past::new(read, &self.rules, ctx.at, None)?)?,
            _ => people(&past)?,
        };
        let people = people.iter().map(|(user, manager)| serde_json::json!({"user": user, "manager": manager}));
        let mut asked = Map::new();
        let mut put = |key: &str, value: Json| asked.insert(key.into(), value);
        if let Some(row) = &moment.snapshot {
            put("currency", row.body.currency.as_str().into());
        }
        put("as_of", zone.day(moment.as_of).to_string().into());
        if !book.pipelines.is_empty() {
            put("pipelines", book.pipelines.to_json());
        }
        put("owners", people.collect());
        put("rates", rates_json(&book.rates, None));
        Ok(Footing { book, told, zone, past, resolved, asked })
    }
}

/// What a question about money to come rests on.
pub(super) struct Footing<'r> {
    /// The deals as they were, with pipelines and rates.
    pub(super) book: Book,
    /// The moment, as the answer tells it.
    pub(super) told: Json,
    /// Whose days count.
    pub(super) zone: Zone,
    /// The store as it was.
    pub(super) past: Past<'r>,
    /// What `where` came to for the reader, as the answer tells it.
    pub(super) resolved: Map<String, Json>,
    /// What the store says to the rule `forecast`, single deals aside.
    pub(super) asked: Map<String, Json>,
}

/// Whose people are meant.
fn tree_of(json: &Json) -> Result<&'static str> {
    const TREES: &[&str] = &["as_of", "now"];
    let found = json.as_str().and_then(|text| TREES.iter().find(|tree| **tree == text));
    found.copied().ok_or_else(|| json::not_one_of(json, TREES))
}

/// As whom somebody may look: who leads the workspace as anybody, everybody else as themselves.
fn viewer(ctx: &Ctx, asked: Option<String>) -> Result<Option<String>> {
    let name = ctx.actor.name();
    match (ctx.actor.role(), asked) {
        (Role::Owner | Role::Admin | Role::Manager, asked) => Ok(asked),
        (_, None) => Ok(Some(name.to_owned())),
        (_, Some(asked)) if asked == name => Ok(Some(asked)),
        (role, Some(_)) => {
            let (role, command) = (role.name().into(), "forecast: viewer".into());
            Err(Error::from(Problem::Forbidden { role, command }).at("viewer"))
        }
    }
}

/// A quota or an adjustment as the rule `forecast` reads it: its known fields, host-defined ones aside.
fn said_json(record: AnyRecord) -> Json {
    let mut map = body_to_json(&record);
    map.remove("custom");
    Json::Object(map)
}

impl<S: Store> Crm<S> {
    /// The question `waterfall`: what changed between two moments, each an instant or a snapshot's id.
    ///
    /// ```json
    /// {"from": "2026-10-01T00:00:00Z", "to": "2026-11-01T00:00:00Z", "currency": "EUR",
    ///  "filter": {"period": {"start": "2026-10-01", "end": "2027-01-01"}}, "top": 5, "lang": "fr"}
    /// ```
    ///
    /// `to` may be absent (`at`), `currency` too where `from` is a snapshot.
    pub(super) fn waterfall_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "waterfall")?;
        let lang = lang_of(body)?;
        let body = Json::Object(body.clone());
        let o = Object::new(&body, &["from", "to", "currency", "filter", "top", "lang"])?;
        let read = self.reading(ctx)?;
        let from = Moment::read(&*read, o.required("from")?).map_err(|e| e.at("from"))?;
        let to = o.optional("to", |v| Moment::read(&*read, v))?.unwrap_or(Moment::at(ctx.at));
        let filter = o.optional("filter", Filter::from_json)?.unwrap_or_default();
        let top = o.optional("top", top_of)?.unwrap_or(TOP);
        let currency = match (o.optional("currency", currency_of)?, &from.snapshot) {
            (Some(currency), _) => currency,
            (None, Some(row)) => row.body.currency.parse::<Currency>()?,
            (None, None) => return Err(Problem::Missing { name: "currency".into() }.into()),
        };
        let (start, told_start) = self.replay(&*read, &from)?;
        let (end, told_end) = self.replay(&*read, &to)?;
        let mut answer = compare(&start.snapshot(), &end.snapshot(), currency, &filter)?.to_json(lang, top)?;
        name_deals(&*read, &Past::new(&*read, &self.rules, to.as_of, to.known_seq)?, &mut answer)?;
        if let Json::Object(map) = &mut answer {
            map.insert("moments".into(), serde_json::json!({"from": told_start, "to": told_end}));
        }
        Ok(answer)
    }

    /// The question `snapshots`: those that were taken, newest first; with `id`, one of them replayed and compared with
    /// its digests.
    pub(super) fn snapshots_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "snapshots")?;
        let body = Json::Object(body.clone());
        let o = Object::new(&body, &["id", "limit"])?;
        let read = self.reading(ctx)?;
        if let Some(id) = o.optional("id", Id::from_json)? {
            let row = snapshot(&*read, id)?;
            let mut map = snapshot_json(&row);
            let (_, told) = self.replay(&*read, &Moment::of_snapshot(row)?)?;
            map.insert("replayed".into(), told);
            return Ok(Json::Object(map));
        }
        let schema = self.rules.schema(Kind::Snapshot);
        let mut query = Query::all(Kind::Snapshot, schema.clone(), ctx.at);
        let (field, _) = schema.resolve("as_of")?;
        query.order = vec![Order { field, descending: true }];
        query.limit = match o.optional_integer("limit")? {
            None => MOST_ROWS,
            Some(limit) => {
                let limit = usize::try_from(limit).unwrap_or(0);
                query.limit = limit;
                query.check()?;
                limit
            }
        };
        let rows = read.find(&query)?.rows;
        let told = rows.iter().filter_map(Row::typed).map(|row| Json::Object(snapshot_json(&row)));
        Ok(serde_json::json!({"snapshots": told.collect::<Vec<_>>()}))
    }

    /// The book of a moment, and what there is to say of it: whether a snapshot's digests are still the same, and which
    /// commands came in since for an instant that was over.
    fn replay(&self, read: &dyn Read, moment: &Moment) -> Result<(Book, Json)> {
        let past = Past::new(read, &self.rules, moment.as_of, moment.known_seq)?;
        let book = Book::read(&past)?;
        let (rows_digest, rates_digest) = digests(&book);
        let mut map = Map::new();
        map.insert("as_of".into(), format_instant(moment.as_of).into());
        map.insert("known_seq".into(), moment.known_seq.into());
        map.insert("rows_digest".into(), rows_digest.as_str().into());
        map.insert("rates_digest".into(), rates_digest.as_str().into());
        if let Some(row) = &moment.snapshot {
            let same = row.body.rows_digest == rows_digest && row.body.rates_digest == rates_digest;
            map.insert("snapshot".into(), row.id.to_string().into());
            map.insert("verified".into(), same.into());
        }
        if moment.known_seq.is_some() {
            let restated: Json = past.restated().iter().map(|late| late.to_json()).collect();
            map.insert("restated_since".into(), restated);
        }
        Ok((book, Json::Object(map)))
    }
}
