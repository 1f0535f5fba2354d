//! The risk of stored deals: of one, and of a page of open ones.

use serde_json::{Map, Value as Json};

use super::door::lang_of;
use super::reader::Days;
use super::{Crm, Find, permit};
use crate::Id;
use crate::command::{Ctx, Verb, pipelines_of};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::probability::Probability;
use crate::lang::Lang;
use crate::model::{AnyRecord, DealRevision, Key, Kind, Row};
use crate::rules::check;
use crate::rules::deal_risk::{Circumstances, DealFacts, Direction, History, Part, Revision, Risk, Todo, Touch};
use crate::rules::pipeline::Pipelines;
use crate::store::{Archived, Cursor, MOST_ROWS, Order, Query, Read, Store};

/// Most deals of one page: each takes four look-ups by index.
const MOST_DEALS: usize = 200;
/// Most rows of one kind that are read of a deal; of activities the latest.
const MOST_KEPT: usize = 5_000;

/// A deal with its risk.
#[derive(Clone, Debug, PartialEq)]
pub struct DealAtRisk {
    /// The deal's row.
    pub deal: Row,
    /// Its risk.
    pub risk: Risk,
}

/// A page of deals with their risk.
#[derive(Clone, Debug, PartialEq)]
pub struct DealsAtRisk {
    /// The deals of this page, the riskiest first; of equal ones the lower id.
    pub deals: Vec<DealAtRisk>,
    /// Where the next page begins.
    pub next: Option<Cursor>,
}

impl<S: Store> Crm<S> {
    /// A stored deal's risk at an instant, from what was written down by then: the risk of a past day is that day's.
    ///
    /// # Errors
    /// [`Problem::NotFound`], [`Problem::Forbidden`], and the store's own.
    pub fn deal_risk(&self, ctx: &Ctx, id: Id) -> Result<Risk> {
        permit(ctx, Verb::Read, "deal_risk")?;
        let snapshot = self.reading(ctx)?;
        let pipelines = pipelines_of(&*snapshot, &self.rules, ctx.at)?;
        let missing = || Problem::NotFound { record: "deal".into(), id: id.to_string() };
        let row = snapshot.get(Key { kind: Kind::Deal, id })?.ok_or_else(missing)?;
        self.risk_of(&*snapshot, &pipelines, ctx, &row)
    }

    /// The risk of the open deals that a condition finds, a page at a time in the question's order; each page has its
    /// riskiest deals first. Deals are found as they are now, so this is for boards; the past is asked deal by deal.
    ///
    /// # Errors
    /// [`Problem::Forbidden`], more than 200 deals a page, what the question gets wrong, and the store's own.
    pub fn deal_risks(&self, ctx: &Ctx, find: &Find) -> Result<DealsAtRisk> {
        permit(ctx, Verb::Read, "deal_risks")?;
        check::most("rows", find.limit, MOST_DEALS).map_err(|e| e.at("limit"))?;
        let snapshot = self.reading(ctx)?;
        let pipelines = pipelines_of(&*snapshot, &self.rules, ctx.at)?;
        let page = snapshot.find(&self.asked(ctx, &*snapshot, find)?.0)?;
        let at_risk = |deal: Row| {
            let risk = self.risk_of(&*snapshot, &pipelines, ctx, &deal)?;
            Ok(DealAtRisk { deal, risk })
        };
        let mut deals = page.rows.into_iter().map(at_risk).collect::<Result<Vec<_>>>()?;
        deals.sort_by_key(|at_risk| (std::cmp::Reverse(at_risk.risk.score()), at_risk.deal.id));
        Ok(DealsAtRisk { deals, next: page.next })
    }

    /// The question `deal_risk`.
    pub(super) fn deal_risk_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        json::only_keys(body, &["id", "lang"])?;
        let lang = lang_of(body)?;
        let id = body.get("id").and_then(Json::as_str).ok_or_else(|| Problem::Missing { name: "id".into() })?;
        Ok(self.deal_risk(ctx, id.parse().map_err(|e: Error| e.at("id"))?)?.to_json(lang))
    }

    /// The question `deal_risks`.
    pub(super) fn deal_risks_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        json::only_keys(body, &["where", "order", "limit", "after", "zone", "week_start", "lang"])?;
        let lang = lang_of(body)?;
        let mut options = body.clone();
        options.remove("lang");
        options.insert("record".into(), "deal".into());
        let mut find = Find::from_json(&options)?;
        let mut told = Map::new();
        if let Some(filter) = &find.filter {
            let days = Days { zone: find.zone.as_ref(), week_start: find.week_start };
            let resolved = self.plain(ctx, &*self.reading(ctx)?, Kind::Deal, filter, days);
            let resolved = resolved.map_err(|e| e.at("where"))?;
            told = resolved.told(lang);
            find.filter = Some(resolved.predicate);
        }
        let open = Predicate::test("state", Operator::Equal, "open");
        find.filter = Some(find.filter.into_iter().fold(open, |open, filter| Predicate::All(vec![open, filter])));
        let page = self.deal_risks(ctx, &find)?;
        let shown: Vec<Json> = page.deals.iter().map(|at_risk| at_risk.to_json(lang)).collect();
        told.insert("deals".into(), shown.into());
        told.insert("next".into(), page.next.map(|next| next.to_text()).into());
        Ok(Json::Object(told))
    }

    /// The risk of a deal at an instant, from what a store has of it.
    pub(super) fn risk_of(&self, read: &dyn Read, pipelines: &Pipelines, ctx: &Ctx, row: &Row) -> Result<Risk> {
        let (rule, schema, at) = (self.rules.deal_risk(), self.rules.schema(Kind::Deal), ctx.at);
        let deal = row.facts(&schema);
        // A stored probability that no rule takes is unknown; commands refuse to store one.
        let mut facts = DealFacts::of_deal(&deal, &schema, at, &mut |_| {});
        self.history(read, ctx, row.id)?.fill(&mut facts, pipelines, rule, at);
        let around = Circumstances { deal: Some(row.id.to_string()), ..Circumstances::default() };
        Ok(rule.risk(&facts, &deal, &around, at))
    }

    /// Everything of a deal that its risk goes by; archived rows, too, since they counted once.
    fn history(&self, read: &dyn Read, ctx: &Ctx, deal: Id) -> Result<History> {
        let rows = |kind, order| self.rows_of(read, ctx, kind, deal, order);
        let revisions = rows(Kind::DealRevision, "number")?.into_iter().filter_map(|row| match row.body {
            AnyRecord::DealRevision(revision) => Some(revision_of(row.id, *revision)),
            _ => None,
        });
        let touches = rows(Kind::Activity, "happened_at")?.into_iter().filter_map(|row| match row.body {
            AnyRecord::Activity(activity) => Some(Touch {
                id: row.id.to_string(),
                at: activity.happened_at.unwrap_or(row.created_at),
                logged_at: Some(row.created_at),
                removed_at: row.archived_at,
                direction: Direction::of(&activity.direction),
                is_automatic: activity.automatic == Some(true),
                contact: activity.contact.map(|contact| contact.to_string()),
                kind: activity.kind,
            }),
            _ => None,
        });
        let tasks = rows(Kind::Task, "created_at")?.into_iter().filter_map(|row| match row.body {
            AnyRecord::Task(task) => Some(Todo {
                id: row.id.to_string(),
                created_at: Some(row.created_at),
                completed_at: task.completed_at,
                removed_at: row.archived_at,
            }),
            _ => None,
        });
        let mut people = Vec::new();
        for row in rows(Kind::DealContact, "created_at")? {
            let AnyRecord::DealContact(part) = row.body else { continue };
            let Some(contact) = part.contact else { continue };
            // Without a part in this deal, the person's usual one.
            let role = if part.role.is_empty() { role_of(read, contact)? } else { part.role };
            people.push(Part {
                contact: contact.to_string(),
                role,
                added_at: Some(row.created_at),
                removed_at: row.archived_at,
            });
        }
        Ok(History {
            revisions: Some(revisions.collect()),
            touches: Some(touches.collect()),
            tasks: Some(tasks.collect()),
            people: Some(people),
        })
    }

    /// The rows of one kind that belong to a deal, the last ones by a field first.
    fn rows_of(&self, read: &dyn Read, ctx: &Ctx, kind: Kind, deal: Id, order: &str) -> Result<Vec<Row>> {
        let schema = self.rules.schema(kind);
        let (field, _) = schema.resolve(order)?;
        let mut query = Query::all(kind, schema.clone(), ctx.at);
        query.filter = Some(Predicate::test("deal", Operator::Equal, deal.to_string()).compile(&schema)?);
        query.archived = Archived::Include;
        query.order = vec![Order { field, descending: true }];
        query.limit = MOST_ROWS;
        let mut rows = Vec::new();
        while rows.len() < MOST_KEPT {
            let page = read.find(&query)?;
            rows.extend(page.rows);
            match page.next {
                Some(next) => query.after = Some(next),
                None => break,
            }
        }
        Ok(rows)
    }
}

/// A contact's usual part.
fn role_of(read: &dyn Read, id: Id) -> Result<String> {
    let row = read.get(Key { kind: Kind::Contact, id })?;
    Ok(match row.map(|row| row.body) {
        Some(AnyRecord::Contact(contact)) => contact.role,
        _ => String::new(),
    })
}

fn revision_of(id: Id, revision: DealRevision) -> Revision {
    Revision {
        id: id.to_string(),
        number: revision.number,
        at: revision.changed_at.unwrap_or_default(),
        actor: revision.actor,
        cause: revision.cause,
        pipeline: revision.pipeline,
        stage: revision.stage,
        entered_at: revision.stage_entered_at,
        state: revision.state,
        amount: revision.value,
        close_date: revision.close_date,
        probability: revision.probability_bp.and_then(|bp| Probability::from_bp(bp).ok()),
        category: revision.category,
        is_archived: revision.archived == Some(true),
    }
}

impl DealAtRisk {
    /// The deal's id, name, owner and stage beside its risk.
    pub fn to_json(&self, lang: Option<Lang>) -> Json {
        let mut map = Map::new();
        map.insert("id".into(), self.deal.id.to_string().into());
        if let AnyRecord::Deal(deal) = &self.deal.body {
            for (key, value) in
                [("name", &deal.name), ("owner", &deal.owner), ("pipeline", &deal.pipeline), ("stage", &deal.stage)]
            {
                map.insert(key.into(), value.as_str().into());
            }
            map.insert("value".into(), deal.value.map_or(Json::Null, |value| value.to_json()));
            map.insert("close_date".into(), deal.close_date.map(|day| day.to_string()).into());
        }
        map.insert("risk".into(), self.risk.to_json(lang));
        Json::Object(map)
    }
}
