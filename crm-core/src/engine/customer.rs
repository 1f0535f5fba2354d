//! The question `customer`: everything that is known of a customer in one answer.

use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::payments::waiting;
use super::tickets::{Queued, is_open};
use super::{Crm, permit};
use crate::command::{Ctx, Verb, each_row, override_of, terms_of};
use crate::kernel::customer::IdeaState;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::fact::Fact;
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{MOST_VALUES, Operator, Predicate};
use crate::kernel::service::SlaState;
use crate::lang::Lang;
use crate::model::{Account, AnyRecord, Key, Kind, Record as _, Renewal, Row, Subscription};
use crate::rules::check;
use crate::rules::health::points_text;
use crate::rules::read::Object;
use crate::rules::subscription::{By, revenue_json};
use crate::store::{MOST_ROWS, Order, Query, Read, Store};
use crate::view::customer::{Asked, Freshness, OPEN_IDEAS, finds, is};

/// Most records of one block.
const MOST_SHOWN: i64 = 50;
/// Those where nobody says how many.
const USUAL_SHOWN: i64 = 5;

impl<S: Store> Crm<S> {
    /// The question `customer`: `{"account": "...", "limit": 5, "lang": "fr"}`, one customer with contacts, deals, support,
    /// payments, learning, subscriptions, health, files, segments, onboarding, renewals, ideas, quotes and what happened
    /// last. Of each block at most `limit` records are shown; numbers are over all that the reader sees, and `query` finds
    /// the records behind them. What a host feeds says of when it is (`as_of`, `age_days`) and where it came from.
    pub(super) fn customer_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "customer")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, &["account", "limit", "lang"])?;
        let lang = lang_of(body)?;
        let account = o.required("account").and_then(|id| Id::from_json(id).map_err(|e| e.at("account")))?;
        let limit = o.optional_integer("limit")?.unwrap_or(USUAL_SHOWN);
        check::between(limit, 1, MOST_SHOWN).map_err(|e| e.at("limit"))?;
        let read = self.reading(ctx)?;
        let missing = || {
            let id = account.to_string();
            Error::from(Problem::NotFound { record: Account::NAME.into(), id }).at("account")
        };
        let row = read.get(Key { kind: Kind::Account, id: account })?.ok_or_else(missing)?;
        let today = self.rules.tasks().days.zone.day(ctx.at);
        let limit = usize::try_from(limit).unwrap_or(1);
        let asked = Asked { account, at: ctx.at, today, limit };
        Hub { crm: self, ctx, read: &*read, asked, lang }.answer(&row)
    }
}

/// A customer being looked at.
struct Hub<'h, S> {
    crm: &'h Crm<S>,
    ctx: &'h Ctx,
    read: &'h dyn Read,
    asked: Asked,
    lang: Option<Lang>,
}

impl<S: Store> Hub<'_, S> {
    fn answer(&self, account: &Row) -> Result<Json> {
        let mut map = Map::new();
        map.insert("account".into(), account.to_json());
        map.insert("contacts".into(), self.listed(Kind::Contact, Vec::new(), &[("last_name", false)])?);
        let open = Predicate::test("state", Operator::Equal, "open");
        map.insert("deals".into(), self.asked.deals(&self.of(Kind::Deal, vec![open], &[("close_date", false)])?)?);
        map.insert("support".into(), self.support()?);
        map.insert("payments".into(), self.payments()?);
        let courses = self.of(Kind::LearningProgress, Vec::new(), &[("course", false)])?;
        map.insert("learning".into(), self.asked.learning(&courses));
        map.insert("subscriptions".into(), self.subscriptions()?);
        map.insert("health".into(), self.health()?);
        map.insert("attachments".into(), self.attachments()?);
        let segments = self.crm.segments_of(self.ctx, self.read, account, self.lang)?;
        let asks = json!({"segments_of": {"record": "account", "id": account.id.to_string()}});
        map.insert("segments".into(), self.told(segments, asks));
        map.insert("onboarding".into(), self.onboarding()?);
        let unsettled = Predicate::test("closed_at", Operator::IsNull, Json::Null);
        let renewals = self.of(Kind::Renewal, vec![unsettled], &[("due_on", false)])?;
        map.insert("renewals".into(), self.asked.renewals(&renewals)?);
        let states = Predicate::test("state", Operator::In, OPEN_IDEAS.map(IdeaState::code).map(Json::from).to_vec());
        let ideas = self.of(Kind::ExpansionIdea, vec![states], &[("title", false)])?;
        map.insert("expansion".into(), self.asked.expansion(&ideas)?);
        map.insert("quotes".into(), self.listed(Kind::Quote, Vec::new(), &[("issued_on", true)])?);
        map.insert("timeline".into(), self.timeline()?);
        Ok(Json::Object(map))
    }

    fn query(&self, kind: Kind, filter: Vec<Predicate>, order: &[(&str, bool)]) -> Result<Query> {
        let schema = self.crm.rules.schema(kind);
        let mut query = Query::all(kind, schema.clone(), self.ctx.at);
        (query.filter, query.limit) = (Some(Predicate::All(filter).compile(&schema)?), MOST_ROWS);
        for (field, descending) in order {
            let (field, _) = schema.resolve(field)?;
            query.order.push(Order { field, descending: *descending });
        }
        Ok(query)
    }

    fn all(&self, query: Query) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        each_row(&mut |query| self.read.find(query), query, |row| {
            rows.push(row);
            Ok(())
        })?;
        Ok(rows)
    }

    /// All rows of the account of a kind.
    fn of(&self, kind: Kind, more: Vec<Predicate>, order: &[(&str, bool)]) -> Result<Vec<Row>> {
        self.all(self.query(kind, self.parts(more), order)?)
    }

    fn parts(&self, more: Vec<Predicate>) -> Vec<Predicate> {
        let own = Predicate::test("account", Operator::Equal, self.asked.account.to_string());
        [own].into_iter().chain(more).collect()
    }

    /// The first row of the account in an order.
    fn first(&self, kind: Kind, more: Vec<Predicate>, order: &[(&str, bool)]) -> Result<Option<Row>> {
        let mut query = self.query(kind, self.parts(more), order)?;
        query.limit = 1;
        Ok(self.read.find(&query)?.rows.pop())
    }

    /// The rows whose reference is one of some ids.
    fn linked(&self, kind: Kind, field: &str, ids: &[Id]) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        for some in ids.chunks(MOST_VALUES) {
            let ids: Vec<Json> = some.iter().map(|id| id.to_string().into()).collect();
            rows.extend(self.all(self.query(kind, vec![Predicate::test(field, Operator::In, ids)], &[])?)?);
        }
        Ok(rows)
    }

    /// A block of rows of the library's own.
    fn listed(&self, kind: Kind, more: Vec<Predicate>, order: &[(&str, bool)]) -> Result<Json> {
        let rows = self.of(kind, more, order)?;
        let query = finds(kind, &[is("account", self.asked.account.to_string())]);
        Ok(Json::Object(self.asked.block(&rows, query, &Freshness::Own)))
    }

    /// A block of what another question tells.
    fn told(&self, rows: Vec<Json>, query: Json) -> Json {
        let mut map = Map::new();
        map.insert("count".into(), json::length(rows.len()).into());
        map.insert("rows".into(), rows.into_iter().take(self.asked.limit).collect());
        map.insert("query".into(), query);
        Freshness::Own.put(&mut map, self.ctx.at);
        Json::Object(map)
    }

    /// Open tickets by how their promises stand, and the last ticket of all.
    fn support(&self) -> Result<Json> {
        let mut open = Vec::new();
        for row in self.of(Kind::Ticket, vec![is_open(true)], &[])? {
            open.extend(Queued::new(&self.crm.rules, row, self.ctx.at)?);
        }
        open.sort_by_key(|ticket| ticket.urgency);
        let counted = |state: SlaState| open.iter().filter(|t| t.standing.open_state == Some(state)).count();
        let (breached, due_soon) = (counted(SlaState::Breached), counted(SlaState::DueSoon));
        let of = is("account", self.asked.account.to_string());
        let shown = open.iter().map(|ticket| ticket.to_json(&self.crm.rules, self.lang)).collect();
        let mut answer = self.told(shown, finds(Kind::Ticket, &[of, is_open(true).to_json()]));
        let last = self.first(Kind::Ticket, Vec::new(), &[("opened_at", true)])?;
        if let Some(map) = answer.as_object_mut() {
            map.insert("breached".into(), json::length(breached).into());
            map.insert("due_soon".into(), json::length(due_soon).into());
            map.insert("last".into(), last.as_ref().map(Row::to_json).into());
        }
        Ok(answer)
    }

    fn payments(&self) -> Result<Json> {
        let waiting = self.of(Kind::Payment, vec![waiting()], &[("due_on", false)])?;
        let paid = vec![
            Predicate::test("status", Operator::Equal, "paid"),
            Predicate::test("paid_on", Operator::IsKnown, Json::Null),
        ];
        let last = self.first(Kind::Payment, paid, &[("paid_on", true)])?;
        let newest = self.first(Kind::Payment, Vec::new(), &[("as_of", true)])?;
        self.asked.payments(&waiting, last.as_ref(), newest.as_slice())
    }

    fn subscriptions(&self) -> Result<Json> {
        let rows = self.of(Kind::Subscription, Vec::new(), &[("starts_on", true)])?;
        let today = self.asked.today;
        let contracts: Vec<_> = self.crm.contracts(self.ctx, self.read, &rows)?.into_values().collect();
        let revenue = revenue_json(&contracts, today, By::Subscription, None, None)?;
        let due = vec![
            Predicate::test("closed_at", Operator::IsNull, Json::Null),
            Predicate::test("due_on", Operator::AtLeast, today.to_string()),
        ];
        let next = self.first(Kind::Renewal, due, &[("due_on", false)])?;
        // Without rows of renewals the terms tell.
        let next = match next {
            Some(row) => row.typed::<Renewal>().map(|row| {
                let (day, id) = (row.body.due_on.map(|day| day.to_string()), row.body.subscription);
                json!({"due_on": day, "subscription": id.map(|id| id.to_string()), "renewal": row.id.to_string()})
            }),
            None => rows
                .iter()
                .filter_map(Row::typed::<Subscription>)
                .filter(|row| row.body.cancelled_on.is_none())
                .filter_map(|row| {
                    // What a host stored may make no sense; then nothing is known.
                    let terms = terms_of(&row.body).ok().flatten()?;
                    let term = terms.term(terms.cycle_at(today)).ok()??;
                    (term.end >= today).then_some((term.end, row.id))
                })
                .min()
                .map(|(day, id)| json!({"due_on": day.to_string(), "subscription": id.to_string()})),
        };
        Ok(self.asked.subscriptions(&rows, revenue, next))
    }

    /// The last health that was worked out, what came before, and what somebody says instead.
    fn health(&self) -> Result<Json> {
        let entries = self.of(Kind::HealthEntry, Vec::new(), &[("happened_at", true)])?;
        let said = override_of(&self.crm.rules, self.asked.account, self.ctx.at)?;
        let said = self.read.find(&said)?.rows.into_iter().next();
        let when = |row: &Row| match row.body.kind().place("happened_at").map(|place| row.body.fact(place)) {
            Some(Fact::Instant(at)) => Some(at),
            _ => None,
        };
        let fed = Freshness::Fed(entries.first().map(|row| (when(row), "")).into_iter().collect());
        let query = finds(Kind::HealthEntry, &[is("account", self.asked.account.to_string())]);
        let mut map = self.asked.block(&entries, query, &fed);
        map.insert("source".into(), "computed".into());
        // The score as the question `health` writes it; rows keep it in hundredths.
        let score = entries.first().and_then(|row| match &row.body {
            AnyRecord::HealthEntry(entry) => entry.score.map(points_text),
            _ => None,
        });
        map.insert("score".into(), score.into());
        map.insert("last".into(), entries.first().map(Row::to_json).into());
        map.insert("override".into(), said.as_ref().map(Row::to_json).into());
        Ok(Json::Object(map))
    }

    fn attachments(&self) -> Result<Json> {
        let links = self.of(Kind::AttachmentLink, Vec::new(), &[("created_at", true)])?;
        let file = |link: &Row| match link.body.kind().place("attachment").map(|place| link.body.fact(place)) {
            Some(Fact::Reference(id)) => Some(id),
            _ => None,
        };
        let mut shown = Vec::new();
        for link in &links {
            let Some(id) = file(link) else { continue };
            if let Some(row) = self.read.get(Key { kind: Kind::Attachment, id })? {
                shown.push(row.to_json());
            }
        }
        let query = finds(Kind::AttachmentLink, &[is("account", self.asked.account.to_string())]);
        Ok(self.told(shown, query))
    }

    fn onboarding(&self) -> Result<Json> {
        let runs = self.of(Kind::PlaybookRun, Vec::new(), &[("started_at", true)])?;
        let ids: Vec<Id> = runs.iter().map(|row| row.id).collect();
        let steps = self.linked(Kind::PlaybookStep, "playbook_run", &ids)?;
        Ok(self.asked.onboarding(&runs, &steps))
    }

    fn timeline(&self) -> Result<Json> {
        let mut body = Map::new();
        body.insert("record".into(), "account".into());
        body.insert("id".into(), self.asked.account.to_string().into());
        body.insert("include".into(), "related".into());
        body.insert("limit".into(), json::length(self.asked.limit).into());
        if let Some(lang) = self.lang {
            body.insert("lang".into(), lang.code().into());
        }
        let mut answer = self.crm.timeline_json(self.ctx, &body)?;
        if let Some(map) = answer.as_object_mut() {
            map.insert("query".into(), json!({"timeline": body}));
            Freshness::Own.put(map, self.ctx.at);
        }
        Ok(answer)
    }
}
