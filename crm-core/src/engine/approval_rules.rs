//! Questions about approval rules: how they stand, and what one would have decided.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::{Control, Crm, Find, Progress, Ran, permit};
use crate::Id;
use crate::command::{
    Counted, Ctx, Cx, DisableApprovalRule, SwitchedRule, Verb, allowed, preview, record_from_json, rule_of, rules_of,
    sound_rule,
};
use crate::kernel::approval::RuleEffect;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json;
use crate::kernel::reason::Reason;
use crate::kernel::time::{format_instant, plus_days};
use crate::model::{AnyRecord, ApprovalRule, Draft, Key, Kind, Record as _};
use crate::rules::approval::PolicyRule;
use crate::rules::check;
use crate::store::Store;

/// Most drafts of one page of a preview: each takes a few look-ups.
const MOST_PREVIEWED: i64 = 200;

impl<S: Store> Crm<S> {
    /// The question `approval_rules`: every rule that is not put away, with how it stands.
    pub(super) fn approval_rules_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "approval_rules")?;
        json::only_keys(body, &["lang"])?;
        let lang = lang_of(body)?;
        let snapshot = self.reading(ctx)?;
        let mut cx = Cx::new(&*snapshot, &self.rules, ctx);
        // How many drafts there were in all is told to those who make rules.
        let counts = allowed(ctx.actor.role(), Verb::Connect);
        let counted = if counts { Counted::Today } else { Counted::Never };
        let mut rules = cx.by_itself(|cx| rules_of(cx, counted))?;
        rules.sort_by(|a, b| (a.name(), &a.id).cmp(&(b.name(), &b.id)));
        let shown = rules.iter().map(|rule| {
            let id = Id::from_json(&Json::from(rule.id.as_str()))?;
            let row = cx.existing(Key { kind: Kind::ApprovalRule, id })?;
            let mut map = Map::new();
            map.insert("row".into(), row.to_json());
            let over = rule.over(ctx.at);
            map.insert("stands".into(), over.is_none().into());
            if let Some(why) = over {
                map.insert("reason".into(), Json::Object(Reason::Approval(why).to_json(lang)));
            }
            if let Some(used) = rule.used_today {
                map.insert("used_today".into(), used.into());
            }
            Ok(Json::Object(map))
        });
        Ok(json!({"rules": shown.collect::<Result<Vec<_>>>()?}))
    }

    /// The question `approval_preview`: what a rule would decide about a page of drafts as they are now, beside the rules
    /// that the workspace has. How many a day it may approve is left aside; `days` counts them.
    pub(super) fn approval_preview_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "approval_preview")?;
        json::only_keys(body, &["id", "fields", "where", "order", "limit", "after", "lang"])?;
        let lang = lang_of(body)?;
        let mut question = body.clone();
        question.retain(|key, _| !["id", "fields", "lang"].contains(&key.as_str()));
        question.insert("record".into(), Draft::NAME.into());
        question.entry("limit").or_insert_with(|| 100.into());
        let find = Find::from_json(&question)?;
        check::between(i64::try_from(find.limit).unwrap_or(i64::MAX), 1, MOST_PREVIEWED).map_err(|e| e.at("limit"))?;
        let snapshot = self.reading(ctx)?;
        let mut cx = Cx::new(&*snapshot, &self.rules, ctx);
        let (id, record) = self.rule_in_question(&mut cx, ctx, body)?;
        let mut rules = cx.by_itself(|cx| rules_of(cx, Counted::Never))?;
        // Rules that approve are left aside: it is this one that is asked.
        rules.retain(|rule| rule.id != id && !rule.is_auto());
        rules.push(PolicyRule::new(&id, record, Some(0), &self.rules.schema(Kind::Draft)));
        let page = self.query(ctx, &find)?;
        let (mut drafts, mut days) = (Vec::new(), BTreeMap::<String, u64>::new());
        let mut counts = BTreeMap::<&'static str, u64>::new();
        for row in &page.rows {
            let AnyRecord::Draft(draft) = &row.body else { continue };
            let subject = draft.subject.as_str();
            let Some(verdict) = preview(&mut cx, row, &rules)? else { continue };
            let word = verdict.decision.code();
            let count = counts.entry(word).or_insert(0);
            *count = count.saturating_add(1);
            if word == "auto" {
                let day = days.entry(self.rules.tasks().days.day(row.created_at).to_string()).or_insert(0);
                *day = day.saturating_add(1);
            }
            let reasons: Vec<Json> = verdict.reasons.iter().map(|why| Json::Object(why.to_json(lang))).collect();
            drafts.push(json!({
                "id": row.id.to_string(), "subject": subject, "created_at": format_instant(row.created_at), "decision": word,
                "reasons": reasons,
            }));
        }
        let next = page.next.map(|cursor| cursor.to_text());
        Ok(json!({"drafts": drafts, "counts": counts, "days": days, "next": next}))
    }

    /// The rule that a preview is about, as if it were on now.
    fn rule_in_question(&self, cx: &mut Cx<'_>, ctx: &Ctx, body: &Map<String, Json>) -> Result<(String, ApprovalRule)> {
        let (id, mut record) = match (body.get("id"), body.get("fields")) {
            (Some(id), None) => {
                let id = Id::from_json(id).map_err(|e| e.at("id"))?;
                let row = cx.existing(Key { kind: Kind::ApprovalRule, id })?;
                (id.to_string(), rule_of(&row).cloned().unwrap_or_default())
            }
            (None, Some(fields)) => {
                let mut record: ApprovalRule = record_from_json(fields, &self.rules).map_err(|e| e.at("fields"))?;
                let drafts = self.rules.schema(Kind::Draft);
                sound_rule(&mut record, &drafts, ctx.at).map_err(|e: Error| e.at("fields"))?;
                (String::new(), record)
            }
            _ => {
                let found = json::shown(&Json::Object(body.clone()));
                return Err(Problem::WrongShape { expected: "either `id` or `fields`", found }.into());
            }
        };
        (record.enabled, record.valid_from) = (Some(true), None);
        // An end that is over would only say so of every draft.
        if record.effect == Some(RuleEffect::Auto) || record.valid_until.is_some() {
            record.valid_until = plus_days(ctx.at, 1);
        }
        record.revision = record.revision.or(Some(1));
        if record.made_by.is_empty() {
            (record.made_by, record.made_by_role) = (ctx.actor.name().to_owned(), "admin".to_owned());
        }
        Ok((id, record))
    }

    /// Switches a rule off and takes back all that it approved and that has not left, two hundred drafts in one commit.
    ///
    /// # Errors
    /// As [`Crm::run`], and [`Problem::Cancelled`] when `progress` stops the job. The rule stays off.
    pub fn withdraw_all(
        &self,
        ctx: &Ctx,
        rule: Id,
        progress: &mut dyn FnMut(Progress) -> Control,
    ) -> Result<SwitchedRule> {
        let (mut step, mut withdrawn): (u64, u64) = (0, 0);
        loop {
            let command = DisableApprovalRule { id: rule, version: None };
            let done: SwitchedRule = self.run(&ctx.step(step), &command).and_then(Ran::done)?;
            withdrawn = withdrawn.saturating_add(done.withdrawn);
            if !done.more {
                return Ok(SwitchedRule { withdrawn, ..done });
            }
            if progress(Progress { done: withdrawn, total: withdrawn }).is_break() {
                return Err(Problem::Cancelled.into());
            }
            step = step.saturating_add(1);
        }
    }
}
