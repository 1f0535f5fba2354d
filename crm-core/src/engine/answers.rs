//! The list of questions: the name in JSON of each, and who answers it.

use serde_json::{Map, Value as Json};

use super::door::{key_of, lang_of, text_of};
use super::{Crm, Find, FindDuplicates, SimilarTo, permit};
use crate::command::{Ctx, Verb, record_from_json};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::reason::Reason;
use crate::model::Row;
use crate::store::{LogQuery, Store, hex};

/// The keys of a question's envelope, and every question.
pub(super) const QUESTIONS: &[&str] = &[
    "workspace",
    "actor",
    "at",
    "activity",
    "approval_preview",
    "approval_rules",
    "assignment_ranking",
    "attention",
    "attribution",
    "bands",
    "board",
    "campaign",
    "campaigns",
    "can",
    "channels",
    "consent",
    "conversation",
    "conversations",
    "conversion",
    "customer",
    "dashboard",
    "deal",
    "deal_risk",
    "deal_risks",
    "deals",
    "draft",
    "duplicates",
    "employee",
    "employees",
    "enrolment",
    "enrolments",
    "expansion",
    "find",
    "forecast",
    "get",
    "handover",
    "health",
    "health_history",
    "healths",
    "history",
    "inbox",
    "leave_impact",
    "library",
    "may_contact",
    "merge",
    "mrr",
    "narrative",
    "onboarding_suggestion",
    "outbox",
    "outbox_next",
    "page",
    "payments",
    "pipeline_impact",
    "playbook",
    "playbook_migration",
    "playbook_run",
    "playbook_runs",
    "playbooks",
    "quote",
    "quotes",
    "renewals",
    "replan",
    "report",
    "reports",
    "resolve",
    "retention",
    "revenue_retention",
    "route",
    "routing_lint",
    "saved_view",
    "score",
    "segment",
    "segment_preview",
    "segment_why",
    "segments",
    "segments_of",
    "sequence",
    "sequences",
    "similar",
    "sla_next",
    "sla_reapply",
    "snapshots",
    "subscription",
    "subscriptions",
    "suggestions",
    "support_volume",
    "task",
    "tasks",
    "templates",
    "ticket",
    "ticket_board",
    "tickets",
    "timeline",
    "verify",
    "views",
    "waterfall",
];

impl<S: Store> Crm<S> {
    /// Answers the question of a name, which is one of [`QUESTIONS`].
    pub(super) fn answer(&self, ctx: &Ctx, name: &str, body: &Map<String, Json>) -> Result<Json> {
        match name {
            "activity" => self.activity_json(ctx, body),
            "approval_preview" => self.approval_preview_json(ctx, body),
            "approval_rules" => self.approval_rules_json(ctx, body),
            "assignment_ranking" => self.assignment_ranking_json(ctx, body),
            "attention" => self.attention_json(ctx, body),
            "attribution" => self.attribution_json(ctx, body),
            "bands" => self.bands_json(ctx, body),
            "library" => self.library_json(ctx, body),
            "suggestions" => self.suggestions_json(ctx, body),
            "board" => self.board_json(ctx, body),
            "campaign" => self.campaign_json(ctx, body),
            "campaigns" => self.campaigns_json(ctx, body),
            "can" => self.can_json(ctx, body),
            "channels" => self.channels_json(ctx, body),
            "customer" => self.customer_json(ctx, body),
            "dashboard" => self.dashboard_json(ctx, body),
            "page" => self.page_json(ctx, body),
            "deal" => self.deal_json(ctx, body),
            "deals" => self.deals_json(ctx, body),
            "quote" => self.quote_json(ctx, body),
            "quotes" => self.quotes_json(ctx, body),
            "report" => self.report_json(ctx, body),
            "reports" => self.reports_json(ctx, body),
            "saved_view" => self.saved_view_json(ctx, body),
            "views" => self.views_json(ctx, body),
            "consent" => self.consent_json(ctx, body),
            "conversation" => self.conversation_json(ctx, body),
            "conversations" => self.conversations_json(ctx, body),
            "conversion" => self.conversion_json(ctx, body),
            "deal_risk" => self.deal_risk_json(ctx, body),
            "deal_risks" => self.deal_risks_json(ctx, body),
            "draft" => self.draft_json(ctx, body),
            "duplicates" => {
                let find = FindDuplicates::from_json(body)?;
                Ok(self.duplicates(ctx, &find)?.to_json(lang_of(body)?))
            }
            "employee" => self.employee_json(ctx, body),
            "employees" => self.employees_json(ctx, body),
            "enrolment" => self.enrolment_json(ctx, body),
            "enrolments" => self.enrolments_json(ctx, body),
            "segment" => self.segment_json(ctx, body),
            "segment_preview" => self.segment_preview_json(ctx, body),
            "segment_why" => self.segment_why_json(ctx, body),
            "segments" => self.segments_json(ctx, body),
            "segments_of" => self.segments_of_json(ctx, body),
            "sequence" => self.sequence_json(ctx, body),
            "sequences" => self.sequences_json(ctx, body),
            "find" => {
                let lang = lang_of(body)?;
                let mut question = body.clone();
                question.remove("lang");
                let find = Find::from_json(&question)?;
                let (mut answer, resolved) = match body.get("count") {
                    Some(Json::Bool(true)) => {
                        let (count, resolved) = self.count_told(ctx, &find)?;
                        (serde_json::json!({"count": count}), resolved)
                    }
                    None | Some(Json::Bool(false)) => {
                        let (page, resolved) = self.query_told(ctx, &find)?;
                        let rows: Vec<Json> = page.rows.iter().map(Row::to_json).collect();
                        (serde_json::json!({"rows": rows, "next": page.next.map(|c| c.to_text())}), resolved)
                    }
                    Some(other) => {
                        return Err(Error::from(Problem::NotABoolean { found: json::shown(other) }).at("count"));
                    }
                };
                if let (Some(map), Some(resolved)) = (answer.as_object_mut(), resolved) {
                    map.extend(resolved.told(lang));
                }
                Ok(answer)
            }
            "get" => {
                permit(ctx, Verb::Read, name)?;
                json::only_keys(body, &["record", "id"])?;
                let row = self.row(ctx, key_of(body)?)?;
                Ok(serde_json::json!({"row": row.map(|r| r.to_json())}))
            }
            "handover" => self.handover_json(ctx, body),
            "health" => self.health_json(ctx, body),
            "health_history" => self.health_history_json(ctx, body),
            "healths" => self.healths_json(ctx, body),
            "history" => {
                permit(ctx, Verb::Audit, name)?;
                json::only_keys(body, &["record", "id", "after_version"])?;
                let after_version = json::count_of(body, "after_version")?.unwrap_or(0);
                let key = key_of(body)?;
                // Of a row that is not seen, or not there, there is no history.
                if self.row(ctx, key)?.is_none() {
                    return Ok(serde_json::json!({"entries": []}));
                }
                let query = LogQuery::Record { key, after_version };
                let entries = self.reading(ctx)?.log(&query)?;
                let shown = entries.iter().map(|entry| {
                    let mut content = entry.json()?;
                    if let Some(map) = content.as_object_mut() {
                        map.insert("seq".into(), entry.seq.into());
                        map.insert("id".into(), entry.command_id.to_string().into());
                        map.insert("hash".into(), hex(&entry.hash).into());
                    }
                    Ok(content)
                });
                Ok(serde_json::json!({"entries": shown.collect::<Result<Vec<_>>>()?}))
            }
            "leave_impact" => self.leave_impact_json(ctx, body),
            "may_contact" => self.may_contact_json(ctx, body),
            "merge" => self.merge_json(ctx, body),
            "narrative" => self.narrative_json(ctx, body),
            "outbox" => self.outbox_json(ctx, body),
            "outbox_next" => self.outbox_next_json(ctx, body),
            "onboarding_suggestion" => self.onboarding_suggestion_json(ctx, body),
            "pipeline_impact" => self.pipeline_impact_json(ctx, body),
            "playbook" => self.playbook_json(ctx, body),
            "playbook_migration" => self.playbook_migration_json(ctx, body),
            "playbook_run" => self.playbook_run_json(ctx, body),
            "playbook_runs" => self.playbook_runs_json(ctx, body),
            "playbooks" => self.playbooks_json(ctx, body),
            "replan" => self.replan_json(ctx, body),
            "resolve" => {
                permit(ctx, Verb::Read, name)?;
                json::only_keys(body, &["record", "id"])?;
                let path = self.resolve(ctx, key_of(body)?)?;
                let ids: Vec<String> = path.iter().map(Id::to_string).collect();
                Ok(serde_json::json!({"id": ids.last(), "path": ids}))
            }
            "retention" => self.retention_json(ctx, body),
            "route" => self.route_json(ctx, body),
            "routing_lint" => {
                permit(ctx, Verb::Read, name)?;
                json::only_keys(body, &["lang"])?;
                let lang = lang_of(body)?;
                let lints = self.rules.routing().lint(ctx.at);
                let lints = lints.into_iter().map(|lint| Json::Object(Reason::Routing(lint).to_json(lang)));
                Ok(serde_json::json!({"lints": lints.collect::<Vec<_>>()}))
            }
            "forecast" => self.forecast_json(ctx, body),
            "snapshots" => self.snapshots_json(ctx, body),
            "timeline" => self.timeline_json(ctx, body),
            "inbox" => self.inbox_json(ctx, body),
            "task" => self.task_json(ctx, body),
            "tasks" => self.tasks_json(ctx, body),
            "templates" => self.templates_json(ctx, body),
            "sla_next" => self.sla_next_json(ctx, body),
            "sla_reapply" => self.sla_reapply_json(ctx, body),
            "support_volume" => self.support_volume_json(ctx, body),
            "ticket" => self.ticket_json(ctx, body),
            "ticket_board" => self.ticket_board_json(ctx, body),
            "tickets" => self.tickets_json(ctx, body),
            "expansion" => self.expansion_json(ctx, body),
            "mrr" => self.mrr_json(ctx, body),
            "payments" => self.payments_json(ctx, body),
            "renewals" => self.renewals_json(ctx, body),
            "revenue_retention" => self.revenue_retention_json(ctx, body),
            "subscription" => self.subscription_json(ctx, body),
            "subscriptions" => self.subscriptions_json(ctx, body),
            "waterfall" => self.waterfall_json(ctx, body),
            "score" => {
                json::only_keys(body, &["id", "lang"])?;
                let lang = lang_of(body)?;
                let id = text_of(body, "id")?.parse().map_err(|e: Error| e.at("id"))?;
                Ok(self.explain_score(ctx, id)?.to_json(lang))
            }
            "similar" => {
                json::only_keys(body, &["id", "lead", "lang"])?;
                let to = match (body.get("id"), body.get("lead")) {
                    (Some(_), None) => SimilarTo::Stored(text_of(body, "id")?.parse().map_err(|e: Error| e.at("id"))?),
                    (None, Some(lead)) => {
                        SimilarTo::New(Box::new(record_from_json(lead, &self.rules).map_err(|e| e.at("lead"))?))
                    }
                    _ => {
                        let found = json::shown(&Json::Object(body.clone()));
                        return Err(Problem::WrongShape { expected: "either `id` or `lead`", found }.into());
                    }
                };
                Ok(self.similar(ctx, &to)?.to_json(lang_of(body)?))
            }
            _ => {
                json::only_keys(body, &[])?;
                Ok(self.verify(ctx)?.to_json())
            }
        }
    }
}
