//! What an edit of pipelines would do to the deals, asked before it is done.

use serde_json::{Map, Value as Json};

use super::door::lang_of;
use super::{Crm, permit};
use crate::command::{
    Command, Ctx, Cx, DeletePipeline, DeleteStage, EditStage, Impact, MergeStages, MoveDeals, PipelineEdit, Verb,
};
use crate::kernel::error::{Problem, Result};
use crate::kernel::json;
use crate::lang::Lang;
use crate::store::Store;

/// The edits that touch deals.
const EDITS: &[&str] = &["pipeline.delete", "pipeline.move_deals", "stage.delete", "stage.edit", "stage.merge"];

impl<S: Store> Crm<S> {
    /// The question `pipeline_impact`: `{"command": "stage.merge", "body": {...}, "lang": "fr"}`, the command as it would be
    /// given.
    ///
    /// The answer has the deals that it touches (`open_deals`, `closed_deals`, `archived_deals`, `without_amount`), the
    /// value of the open ones weighted before and after in `totals` by currency, `by_owner` and `by_month` of the close
    /// date (rounded, exact to the last place, and with `lang` in words), the token `plan` for the command, and `refused`: the error that the
    /// command would give, or null.
    ///
    /// # Errors
    /// [`Problem::Forbidden`], what the question gets wrong, and the store's own.
    pub(super) fn pipeline_impact_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        json::only_keys(body, &["command", "body", "lang"])?;
        let lang = lang_of(body)?;
        let missing = |name: &str| Problem::Missing { name: name.into() };
        let name = body.get("command").ok_or_else(|| missing("command"))?;
        let edit = body.get("body").ok_or_else(|| missing("body"))?;
        match name.as_str() {
            Some("pipeline.delete") => self.impact_of::<DeletePipeline>(ctx, edit, lang),
            Some("pipeline.move_deals") => self.impact_of::<MoveDeals>(ctx, edit, lang),
            Some("stage.delete") => self.impact_of::<DeleteStage>(ctx, edit, lang),
            Some("stage.edit") => self.impact_of::<EditStage>(ctx, edit, lang),
            Some("stage.merge") => self.impact_of::<MergeStages>(ctx, edit, lang),
            _ => Err(json::not_one_of(name, EDITS).at("command")),
        }
    }

    fn impact_of<E: PipelineEdit>(&self, ctx: &Ctx, body: &Json, lang: Option<Lang>) -> Result<Json> {
        permit(ctx, Verb::Read, "pipeline_impact")?;
        let edit = E::from_json(body, &self.rules).map_err(|e| e.at("body"))?;
        let snapshot = self.whole(ctx)?;
        // As the command decides, which is the workspace's: with the deals of all.
        let mut cx = Cx::new(&*snapshot, &self.rules, ctx);
        let refused = cx.by_itself(|cx| Command::decide(&edit, cx)).err();
        let mut cx = Cx::new(&*snapshot, &self.rules, ctx);
        let mut answer = match (cx.by_itself(|cx| Impact::of(cx, &edit)), &refused) {
            (Ok(impact), _) => impact.to_json(lang),
            // Nothing can be counted of an edit that makes no sense.
            (Err(_), Some(_)) => Map::new(),
            (Err(error), None) => return Err(error),
        };
        answer.insert("refused".into(), refused.map_or(Json::Null, |e| e.to_json()));
        Ok(Json::Object(answer))
    }
}
