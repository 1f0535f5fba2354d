//! Routing any number of leads, and telling where one would go.

use serde_json::{Map, Value as Json};

use super::door::lang_of;
use super::{Control, Crm, Find, Progress, permit};
use crate::Id;
use crate::command::{Ctx, Cx, Desk, MOST_ROUTED, RouteLeads, Verb};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::model::{AnyRecord, Key, Kind, Lead, Record as _, Row, set_fields};
use crate::rules::routing::{Counts, Decision, InSegments, Request};
use crate::store::Store;

impl<S: Store> Crm<S> {
    /// Routes every active lead without an owner that a condition finds (all of them without one), oldest first, five
    /// hundred in one commit. Leads that wait in a queue are looked at again, so that a host may call this whenever
    /// somebody is back or has room.
    ///
    /// # Errors
    /// As [`Crm::run`], and [`Problem::Cancelled`] when `progress` stops the job. What was routed stays.
    pub fn route_all(
        &self,
        ctx: &Ctx,
        filter: Option<Predicate>,
        progress: &mut dyn FnMut(Progress) -> Control,
    ) -> Result<Counts> {
        let free = Predicate::test("owner", Operator::IsNull, Json::Null);
        let filter = Some(filter.into_iter().fold(free, |free, filter| Predicate::All(vec![free, filter])));
        let find = Find { filter, limit: MOST_ROUTED, ..Find::all(Kind::Lead) };
        let mut counts = Counts::default();
        let mut done: u64 = 0;
        self.in_batches(ctx, find, progress, |ids| {
            done = done.saturating_add(json::length(ids.len()));
            // The id follows from the leads, so that a repeated job answers for the same leads only.
            let text: String = ids.iter().map(Id::to_string).collect();
            let batch = ctx.with_id(Id::from_text(&format!("{} {text}", ctx.id)));
            let command = RouteLeads { ids, ..RouteLeads::default() };
            counts.join(&self.run(&batch, &command)?.done()?.counts);
            Ok(done)
        })?;
        Ok(counts)
    }

    /// Where a stored lead would go at an instant, with every reason; nothing is written.
    ///
    /// # Errors
    /// [`Problem::NotFound`], [`Problem::Forbidden`], and the store's own.
    pub fn explain_route(&self, ctx: &Ctx, id: Id, force: bool, refused: &[String]) -> Result<Decision> {
        permit(ctx, Verb::Read, "route")?;
        let snapshot = self.whole(ctx)?;
        let mut cx = Cx::new(&*snapshot, &self.rules, ctx);
        let row = cx.existing(Key { kind: Kind::Lead, id })?;
        self.explain(&mut cx, &row, force, refused)
    }

    /// The question `route`.
    pub(super) fn route_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        json::only_keys(body, &["id", "lead", "force", "refused", "lang"])?;
        let lang = lang_of(body)?;
        // The command's own reader knows the options.
        let mut options: Map<String, Json> = body.clone();
        options.retain(|key, _| key == "force" || key == "refused");
        options.insert("ids".into(), Json::Array(Vec::new()));
        let options = <RouteLeads as crate::command::Command>::from_json(&Json::Object(options), &self.rules)?;
        let decision = match (body.get("id"), body.get("lead")) {
            (Some(Json::String(id)), None) => {
                let id = id.parse().map_err(|e: Error| e.at("id"))?;
                self.explain_route(ctx, id, options.force, &options.refused)?
            }
            (None, Some(fields)) => {
                permit(ctx, Verb::Read, "route")?;
                let fields = json::object(fields, "an object of fields").map_err(|e| e.at("lead"))?;
                let mut lead = Lead::default().into_any();
                set_fields(&mut lead, &self.rules.schema(Kind::Lead), fields).map_err(|e| e.at("lead"))?;
                let snapshot = self.whole(ctx)?;
                let mut cx = Cx::new(&*snapshot, &self.rules, ctx);
                // As the row would be that this lead would make.
                let id = cx.new_id();
                let row = cx.insert(id, lead)?;
                self.explain(&mut cx, &row, options.force, &options.refused)?
            }
            _ => {
                let expected = "either `id` or `lead`";
                let found = json::shown(&Json::Object(body.clone()));
                return Err(Problem::WrongShape { expected, found }.into());
            }
        };
        Ok(decision.to_json(lang))
    }

    fn explain(&self, cx: &mut Cx<'_>, row: &Row, force: bool, refused: &[String]) -> Result<Decision> {
        let schema = self.rules.schema(Kind::Lead);
        let facts = row.facts(&schema);
        let AnyRecord::Lead(lead) = &row.body else {
            return Err(Problem::NotFound { record: Lead::NAME.into(), id: row.id.to_string() }.into());
        };
        let mut router = self.rules.routing().router(cx.at());
        let mut desk = Desk::default();
        let segments = cx.by_itself(|cx| desk.segments_of(cx, row))?;
        let facts = InSegments { facts: &facts, segments: &segments };
        let account_owner = cx.by_itself(|cx| desk.account_owner(cx, &mut router, &facts, lead))?;
        cx.by_itself(|cx| desk.load(cx))?;
        let request = Request { facts: &facts, account_owner: account_owner.as_deref(), refused, force };
        Ok(router.explain(&mut desk.state, &request))
    }
}
