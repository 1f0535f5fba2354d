//! What a merge or a conversion would say and why, in sentences; their commands keep codes only.

use serde_json::{Map, Value as Json};

use super::door::lang_of;
use super::{Crm, permit};
use crate::command::{Command, ConvertLead, Ctx, Cx, MergeLeads, Verb};
use crate::kernel::error::Result;
use crate::model::{Key, Kind};
use crate::rules::conversion::ConvertPlan;
use crate::rules::merge::MergePlan;
use crate::store::Store;

impl<S: Store> Crm<S> {
    /// What a conversion would make of a stored lead, with every reason; nothing is written. Where somebody has to
    /// decide, the plan says between which records.
    ///
    /// # Errors
    /// [`Problem::Archived`](crate::Problem::Archived) and [`Problem::MergedAway`](crate::Problem::MergedAway) for a
    /// lead that is never converted, and as [`Crm::run`] of the command.
    pub fn explain_conversion(&self, ctx: &Ctx, command: &ConvertLead) -> Result<ConvertPlan> {
        permit(ctx, Verb::Read, "conversion")?;
        let snapshot = self.whole(ctx)?;
        let mut cx = Cx::new(&*snapshot, &self.rules, ctx);
        cx.active(Key { kind: Kind::Lead, id: command.id })?;
        command.explain(&mut cx)
    }

    /// Which lead a merge would keep and what that one would say, with every reason; nothing is written. What hangs on
    /// the leads is what [`Crm::plan`] of the command shows.
    ///
    /// # Errors
    /// As [`Crm::run`] of the command.
    pub fn explain_merge(&self, ctx: &Ctx, command: &MergeLeads) -> Result<MergePlan> {
        permit(ctx, Verb::Read, "merge")?;
        let snapshot = self.whole(ctx)?;
        command.explain(&mut Cx::new(&*snapshot, &self.rules, ctx))
    }

    /// The question `conversion`: the body of the command, and `lang`.
    pub(super) fn conversion_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        let (lang, body) = (lang_of(body)?, without_lang(body));
        let command = <ConvertLead as Command>::from_json(&body, &self.rules)?;
        Ok(self.explain_conversion(ctx, &command)?.to_json(lang))
    }

    /// The question `merge`: the body of the command, and `lang`.
    pub(super) fn merge_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        let (lang, body) = (lang_of(body)?, without_lang(body));
        let command = <MergeLeads as Command>::from_json(&body, &self.rules)?;
        let plan = self.explain_merge(ctx, &command)?;
        let fields: Json = plan.choices.iter().map(|choice| choice.to_json(lang)).collect();
        Ok(serde_json::json!({"primary": plan.primary.to_string(), "order": plan.order_json(lang), "fields": fields}))
    }
}

fn without_lang(body: &Map<String, Json>) -> Json {
    let others = body.iter().filter(|(key, _)| *key != "lang");
    Json::Object(others.map(|(key, value)| (key.clone(), value.clone())).collect())
}
