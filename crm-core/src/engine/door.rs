//! JSON at the door: any command, plan or question as one document in and one out. Python and C carry only this.

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

use super::answers::QUESTIONS;
use super::tickets::tell_alert;
use super::{Crm, Done, Plan, Ran};
use crate::command::{self, Actor, AnyCommand, Command, Ctx, TickTickets};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::time::parse_instant;
use crate::lang::Lang;
use crate::model::Key;
use crate::rules::kind;
use crate::store::{Change, Store, Workspace};

impl<S: Store> Crm<S> {
    /// Carries out a command given as JSON:
    ///
    /// ```json
    /// {"command": "lead.create", "id": "0192f0c1-2f6a-7c3e-8a55-4d0c9b1e7a10", "workspace": "acme",
    ///  "actor": {"name": "marie", "role": "member"}, "at": "2026-11-22T09:00:00Z",
    ///  "body": {"fields": {"company": "Rénov'Ouest"}}}
    /// ```
    ///
    /// and gives `{"status": "done", "seq": 1, "replayed": false, "output": {...}}`. What an agent may only propose is held
    /// for somebody's OK: `{"status": "held", "draft": "...", "state": "waiting", "revision": 1, "content_hash": "...",
    /// "reasons": [...], "seq": 1, "replayed": false}`, and nothing of it is done.
    ///
    /// # Errors
    /// As [`Crm::run`], and what the document gets wrong, with its path.
    pub fn run_json(&self, document: &[u8]) -> Result<Json> {
        let (ctx, command, lang) = self.envelope(document)?;
        match self.run_any(&ctx, &*command)? {
            Ran::Done(Done { mut output, seq, replayed }) => {
                tell_alerts(&mut output, lang);
                Ok(serde_json::json!({"status": "done", "seq": seq, "replayed": replayed, "output": output}))
            }
            Ran::Held(held) => Ok(serde_json::json!({
                "status": "held",
                "draft": held.draft.to_string(),
                "state": held.state.code(),
                "revision": held.revision,
                "content_hash": held.content_hash,
                "reasons": held.reasons,
                "seq": held.seq,
                "replayed": held.replayed,
            })),
        }
    }

    /// What a command given as JSON would do: `{"status": "planned", "changes": [...], "output": {...}}`; with `"held": true`
    /// where it would wait for somebody's OK, and what is planned is the draft.
    ///
    /// # Errors
    /// As [`Crm::run_json`].
    pub fn plan_json(&self, document: &[u8]) -> Result<Json> {
        let (ctx, command, lang) = self.envelope(document)?;
        let Plan { mut output, changes, is_held, .. } = self.plan(&ctx, &*command)?;
        tell_alerts(&mut output, lang);
        let changes: Vec<Json> = changes.iter().map(Change::to_json).collect();
        let mut answer = serde_json::json!({"status": "planned", "changes": changes, "output": output});
        if let (true, Some(map)) = (is_held, answer.as_object_mut()) {
            map.insert("held".into(), true.into());
        }
        Ok(answer)
    }

    /// Answers a question given as JSON, from what the actor sees: `workspace`, `actor` and `at` as for a command, and one of
    ///
    /// - `activity`: `{"id": "..."}`, one activity with its links and revisions; of a removed one only that it was there,
    /// - `approval_preview`: `{"fields": {...}}` or `{"id": "..."}`, with `where`, `limit`, `after` and `lang`: what an
    ///   approval rule would decide about a page of drafts as they are now, with the reasons, and how many of which day
    ///   it would approve; how many a day it may is left aside,
    /// - `approval_rules`: `{"lang": "fr"}`, the approval rules with whether each stands, and how many drafts it
    ///   approved today,
    /// - `assignment_ranking`: `{"record": "ticket", "id": "...", "wanted": {...}, "from": "...", "to": "..."}`, who
    ///   may get a ticket, task, lead or deal, everybody ranked or left out with the reasons (see the rule
    ///   [`assignment`](crate::rules::staff)); without `wanted` a ticket asks for its team, without a window it ends
    ///   when the record is due,
    /// - `attention`: `{"limit": 20, "lang": "fr"}`, what of drafts and hand-offs somebody should look at: what waits
    ///   long or expires, what is unknown, failed or held back and why, and whether everything is stopped,
    /// - `attribution`: `{"lead": "...", "models": ["linear"], "lang": "fr"}`, or a `contact`, `account` or `deal`:
    ///   first and last touch, campaigns, the latest touches and what the models say (see the rule
    ///   [`attribution`](crate::rules::attribution)); of a deal also the `influence` of campaigns,
    /// - `bands`: `{"periods": {...}, "currency": "EUR", "undated": true}`, the distribution of what the deals of a
    ///   forecast will bring, with the other keys of the rule [`bands`](crate::rules::bands),
    /// - `board`: `{"pipeline": "sales", "where": {...}, "currency": "EUR", "cards": 50, "lang": "fr"}`, a pipeline's
    ///   stages with their figures and deals (see [`BoardSpec`](crate::view::BoardSpec)),
    /// - `campaign`: `{"id": "...", "model": "even", "lang": "fr"}`, one campaign with its members, touches and deals,
    ///   and what it had to do with their value,
    /// - `campaigns`: `{"limit": 20, "after": "..."}`, a page of campaigns with the same in sums,
    /// - `can`: `{"command": "lead.patch", "id": "...", "lang": "fr"}` or `{"action": "write", "record": "lead", "id":
    ///   "..."}`, whether the actor may, and which rule decides (see the rule [`access`](crate::rules::access)),
    /// - `channels`: `{}`, every kind of channel with what was sent today and what its limits leave, and whether
    ///   everything is stopped,
    /// - `consent`: `{"lead": "...", "lang": "fr"}`, or a `contact` or an `address`: how the consent ledger stands for
    ///   each address and channel, with objections and the events,
    /// - `conversation`: `{"id": "...", "limit": 50, "lang": "fr"}`, one conversation with its messages, the latest first,
    ///   what each is and what waits,
    /// - `conversations`: `{"owner": "marie", "record": "lead", "id": "...", "unanswered": true}`, those in which somebody
    ///   waits first, the longest first,
    /// - `conversion`: the body of `lead.convert` with `lang`, what it would make and why (see
    ///   [`Crm::explain_conversion`]),
    /// - `customer`: `{"account": "...", "limit": 5, "lang": "fr"}`, everything that is known of a customer, in blocks:
    ///   each with its numbers, some records, the question that finds all of them, and of when it is,
    /// - `dashboard`: `{"window": {...}, "currency": "EUR", "where": {...}}`, what is open, won and at risk, what waits,
    ///   what is late and what changed since yesterday, each with the question that finds the records behind it,
    /// - `deal`: `{"id": "...", "lang": "fr"}`, one deal with its stays in stages and its people,
    /// - `deal_risk`: `{"id": "...", "lang": "fr"}`, a stored deal's risk at `at` with its reasons (see
    ///   [`Crm::deal_risk`]),
    /// - `deal_risks`: `{"where": {...}, "order": [...], "limit": 100, "after": "...", "lang": "fr"}`, a page of open
    ///   deals with their risk, the riskiest first (see [`Crm::deal_risks`]),
    /// - `deals`: a question like `find` with `columns`, of which some are computed; as CSV with `"format": "csv"`,
    /// - `draft`: `{"id": "...", "lang": "fr"}`, one draft exactly as it would leave or be done, with its hash and
    ///   revision for the decision, who may decide, what happened to it, its hand-offs, and hidden characters made
    ///   visible,
    /// - `duplicates`: `{"record": "lead", "limit": 100, "after": "...", "lang": "fr"}`, groups of active leads that
    ///   share a key (see [`Crm::duplicates`]),
    /// - `employee`: `{"id": "..."}` or `{"user": "marie"}`, one person with leave, availability in the next days, whom
    ///   the person leads and stands in for, and who would cover the open work,
    /// - `employees`: a question like `find` (at most 200 a page), the directory: each person with how the person stands
    ///   `now`, open work, load and capacity in points and the next leave,
    /// - `enrolment`: `{"id": "...", "lang": "fr"}`, one enrolment with every step, what each made and what became of it,
    /// - `enrolments`: `{"sequence": "welcome", "status": ["active"], "lead": "...", "due": true, "limit": 100, "lang":
    ///   "fr"}`, a page of enrolments with the next step, when it is due and why it waits, also with `contact`,
    ///   `owner`, `where`, `order` and `after`,
    /// - `expansion`: `{"account": "...", "owner": "...", "state": "idea", "limit": 100}`, ideas to sell customers
    ///   more, with what they may come to,
    /// - `find`: see [`Find`](super::Find); with `"count": true` the answer is `{"count": n}`; where the condition depends on the
    ///   reader or the day (see [`rules::filter`](crate::rules::filter)), also the `ranges` of days and the `people` it
    ///   came to,
    /// - `forecast`: `{"periods": {...}, "currency": "EUR", "as_of": "..."}`, what the stored deals come to at any
    ///   instant, with a `where` and the other keys of the rule [`forecast`](crate::rules::forecast) but those that the
    ///   store answers,
    /// - `get`: `{"record": "lead", "id": "..."}`,
    /// - `handover`: `{"id": "...", "hand_over": {...}, "limit": 500}`, who would take which open work of an employee by a
    ///   plan of `employee.archive` or `employee.hand_over`,
    /// - `health`: `{"account": "...", "lang": "fr"}`, a customer's health: the latest entry, what it comes to now
    ///   (`live`, from what the reader sees), what somebody says instead, the last entries with why they changed, and
    ///   what would help,
    /// - `health_history`: `{"account": "...", "limit": 100, "after": "...", "lang": "fr"}`, all entries, the latest first,
    /// - `healths`: `{"band": "red", "owner": "marie", "where": {...}, "limit": 100, "after": "...", "lang": "fr"}`,
    ///   accounts by the health that was worked out last, the worst first, with the reasons,
    /// - `history`: `{"record": "lead", "id": "...", "after_version": 0}`, the trail of one record,
    /// - `inbox`: `{"user": "marie", "tab": "all", "zone": "Europe/Paris", "limit": 50, "lang": "fr"}`, what somebody
    ///   should do next, of all kinds in one order, each with its reasons and the commands that fit,
    /// - `leave_impact`: the body of `leave.set` with `lang`, or `{"id": "..."}`: the tasks, steps of playbooks,
    ///   tickets, deals and plans that leave touches, each with who could cover,
    /// - `library`: `{"states": ["waiting"], "record": "lead", "id": "...", "limit": 20, "as": "text", "zone":
    ///   "Europe/Paris", "lang": "fr"}`, drafts by where they stand, each with what somebody needs to decide about exactly
    ///   what is shown,
    /// - `may_contact`: `{"lead": "...", "channel": "email", "purpose": "prospecting", "topic": "other", "at": "...",
    ///   "lang": "fr"}`, or a `contact` or an `address`: whether the person may be contacted, why, and what the message
    ///   has to contain (see the rule [`consent`](crate::rules::consent)),
    /// - `merge`: the body of `lead.merge` with `lang`, what would survive and why (see [`Crm::explain_merge`]),
    /// - `mrr`: `{"at": "2026-11-22", "by": "product", "account": "...", "currency": "EUR", "lang": "fr"}`, what comes
    ///   again each month, by account, subscription or product (see the rule
    ///   [`subscription`](crate::rules::subscription)),
    /// - `narrative`: `{"lang": "fr", "zone": "Europe/Paris", "user": "marie", "currency": "EUR"}`, the day in five to
    ///   eight sentences, and the dashboard whose figures they tell,
    /// - `onboarding_suggestion`: `{"account": "...", "lang": "fr"}`, what `onboarding.suggest` would hold for a customer,
    ///   and why,
    /// - `outbox`: `{"states": ["queued"], "channel": "email", "draft": "...", "limit": 100, "after": "...", "lang":
    ///   "fr"}`, what is to leave, what may be started now first,
    /// - `outbox_next`: `{}`, the next instant at which the outbox has something to do by itself,
    /// - `page`: `{"lang": "fr", "zone": "Europe/Paris", "currency": "EUR", "user": "marie"}`, the day as one HTML file
    ///   that opens no connection: what to do first, the figures, the forecast and what changed, the board, risks and
    ///   scores with reasons,
    /// - `payments`: `{"account": "...", "overdue": true, "limit": 100}`, payments by the day on which they are due,
    /// - `pipeline_impact`: `{"command": "stage.merge", "body": {...}, "lang": "fr"}`, what an edit of pipelines would
    ///   do to the deals, with a token for the command,
    /// - `playbook`: `{"code": "onboarding", "version": 2, "from": "2026-11-23", "anchors": {...}, "lang": "fr"}`, one
    ///   playbook with its definition, its versions, its runs and the days of a run that starts then,
    /// - `playbook_migration`: `{"id": "...", "to": 2, "lang": "fr"}`, what becomes of a run in another version of its
    ///   playbook, with the `plan` for the command,
    /// - `playbook_run`: `{"id": "...", "lang": "fr"}`, one run with its steps, why they have their days, how far it is
    ///   and what is late,
    /// - `playbook_runs`: `{"account": "...", "owner": "marie", "playbook": "onboarding", "state": "active", "late": true,
    ///   "limit": 50, "after": "...", "lang": "fr"}`, a page of runs, the latest first,
    /// - `playbooks`: `{"lang": "fr"}`, every playbook with how many runs there are of it,
    /// - `quote`: `{"id": "...", "lang": "fr"}`, one quote with its terms, totals and why, its versions, what differs
    ///   from the one before, what the reader may do now and the message that it leaves with (see
    ///   [`rules::quote`](crate::rules::quote) and [`rules::offer`](crate::rules::offer)),
    /// - `quotes`: `{"deal": "...", "account": "...", "state": "expired", "owner": "marie", "limit": 50, "after":
    ///   "..."}`, a page of quotes, the latest first,
    /// - `renewals`: `{"days": 120, "state": "notice_due", "owner": "marie", "account": "...", "lang": "fr"}`, what is
    ///   to be renewed, the most urgent first, each with its risk, the dates of its notice, what follows from one
    ///   that was missed, and how its deal stands,
    /// - `replan`: `{"id": "...", "anchors": {"go_live": "2027-01-12"}, "lang": "fr"}`, the open steps of a run that other
    ///   days would move, with the `plan` for the command,
    /// - `report`: `{"report": {...}}` or `{"id": "..."}`, with `as_of` and `known_seq` for any instant: a report (see
    ///   [`rules::report`](crate::rules::report)), as CSV with `"format": "csv"`; with `restated_since` (a place in the
    ///   trail) also what came later for earlier,
    /// - `reports`: `{"limit": 100}`, the saved reports that the reader sees,
    /// - `resolve`: `{"record": "lead", "id": "..."}`, in which record one that was merged lives on, as
    ///   `{"id": "...", "path": [...]}` with every id on the way,
    /// - `retention`: `{"record": "lead", "limit": 100, "after": "...", "lang": "fr"}`, whose data may not be kept any
    ///   longer without a new permission,
    /// - `revenue_retention`: `{"from": "2026-01-01", "to": "2026-07-01", "currency": "EUR", "by": "account", "lang":
    ///   "fr"}`, how recurring revenue moved and how much of it stayed (see the rule
    ///   [`retention`](crate::rules::retention)),
    /// - `route`: `{"id": "..."}` or `{"lead": {...}}`, with `force`, `refused` and `lang`: where a lead would go and why,
    ///   without sending it there (see [`Crm::explain_route`]),
    /// - `routing_lint`: `{"lang": "fr"}`, what looks like a mistake in the routing rules,
    /// - `saved_view`: `{"id": "...", "limit": 100}`, a page of what a saved view shows, or a built-in one (`builtin`);
    ///   fields that are no more are told, and so are the days and people that the view comes to for the reader,
    /// - `score`: `{"id": "...", "lang": "fr"}`, a stored lead's score at `at` with its reasons,
    /// - `segment`: `{"code": "vip", "limit": 100, "after": "..."}`, one segment with how many records belong to it now
    ///   and a page of them,
    /// - `segment_preview`: `{"code": "vip", "where": {...}, "samples": 10}`, who would enter and leave by an edit,
    /// - `segment_why`: `{"code": "vip", "record": "lead", "id": "...", "lang": "fr"}`, whether a record belongs to a
    ///   segment, the tests that decided or the pin, and when time alone changes that,
    /// - `segments`: `{"record": "lead", "count": true}`, the segments in use,
    /// - `segments_of`: `{"record": "lead", "id": "...", "lang": "fr"}`, the segments that a record belongs to, with why,
    /// - `sequence`: `{"code": "welcome", "version": 2, "from": "...", "zone": "Europe/Paris", "lang": "fr"}`, one
    ///   sequence with its definition, its versions, its counts and when each step would run for a record that comes in
    ///   at `from`,
    /// - `sequences`: `{}`, every sequence with how many records are in it, how they stand and how they ended,
    /// - `similar`: `{"id": "...", "lang": "fr"}` or `{"lead": {...}}`, what a stored or a new lead may already be (see
    ///   [`Crm::similar`]),
    /// - `sla_next`: `{}`, the next instant at which time alone changes something of a ticket,
    /// - `sla_reapply`: `{"where": {...}, "limit": 100}`, what `ticket.reapply` would move of open tickets,
    /// - `snapshots`: `{}`, the snapshots that were taken; `{"id": "..."}`, one of them replayed and proven,
    /// - `subscription`: `{"id": "...", "lang": "fr"}`, one subscription with its products, revenue, term, notice and
    ///   renewals,
    /// - `subscriptions`: `{"account": "...", "owner": "...", "status": "active", "limit": 100}`, subscriptions with
    ///   what they bring,
    /// - `suggestions`: `{"record": "lead", "id": "...", "facts": [...], "lang": "fr"}`, what to do next about a
    ///   record, or `{"record": "deal", "owner": "marie", "limit": 20}`, about a page of somebody's (see the rule
    ///   [`next_action`](crate::rules::next_action)),
    /// - `support_volume`: `{"window": {...}, "by": "week", "group": "priority", "where": {...}}`, what came, what went
    ///   and what is still to be worked on, by periods (see [`rules::support_volume`](crate::rules::support_volume)),
    /// - `task`: `{"id": "...", "lang": "fr"}`, one task with what it belongs to, what it waits for and its series,
    /// - `tasks`: `{"assignee": "marie", "where": {...}, "include": ["snoozed"], "zone": "Europe/Paris", "limit": 100,
    ///   "after": "...", "lang": "fr"}`, a page of tasks in their order (see [`rules::task`](crate::rules::task)), with
    ///   how many each band has,
    /// - `templates`: `{"record": "deal", "id": "...", "use": "draft", "language": "fr"}`, the templates with what they
    ///   need and what is missing of the record,
    /// - `ticket`: `{"id": "...", "explain": {"metric": "first_response", "after": "..."}, "lang": "fr"}`, one ticket
    ///   with its clocks and why they stand so, its events and alerts, and a page of what a clock counted line by line,
    /// - `ticket_board`: `{"by": "status", "where": {...}, "cards": 50, "lang": "fr"}`, open tickets in columns,
    /// - `tickets`: `{"where": {...}, "limit": 100, "lang": "fr"}`, tickets with how they stand, the most urgent first,
    /// - `timeline`: `{"record": "account", "id": "...", "include": "related", "lang": "fr"}`, what happened around a
    ///   record, the newest first, in pages,
    /// - `verify`: `{}`, the whole trail and every row (see [`Crm::verify`]),
    /// - `views`: `{"record": "task"}`, the built-in and the saved views of a record,
    /// - `waterfall`: `{"from": "...", "to": "...", "currency": "EUR"}`, what changed between two instants or
    ///   snapshots, with `filter`, `top` and `lang` of the rule [`waterfall`](crate::rules::waterfall).
    ///
    /// # Errors
    /// [`Problem::Forbidden`], what the document gets wrong, and the store's own.
    pub fn query_json(&self, document: &[u8]) -> Result<Json> {
        let json = json::parse(document)?;
        let map = json::object(&json, "an object with `workspace`, `actor`, `at` and a question")?;
        json::only_keys(map, QUESTIONS)?;
        let ctx = envelope_of(map, Id::from_text(""))?;
        let mut questions = map.iter().filter(|(k, _)| QUESTIONS.iter().skip(3).any(|q| q == k));
        let (Some((name, body)), None) = (questions.next(), questions.next()) else {
            let expected = "exactly one question, such as `find`";
            return Err(Problem::WrongShape { expected, found: json::shown(&json) }.into());
        };
        let body = json::object(body, "an object").map_err(|e| e.at(name))?;
        self.answer(&ctx, name, body).map_err(|e| if e.field().is_some() { e.at(name) } else { e })
    }

    /// The envelope and the command; for `ticket.tick` also the `lang` in which its alerts are told. The trail has their
    /// codes only, so the command does not know it.
    fn envelope(&self, document: &[u8]) -> Result<(Ctx, Box<dyn AnyCommand>, Option<Lang>)> {
        let json = json::parse(document)?;
        let map = json::object(&json, "an object with `command`, `id`, `workspace`, `actor`, `at` and `body`")?;
        json::only_keys(map, &["command", "id", "workspace", "actor", "at", "body"])?;
        let name = text_of(map, "command")?;
        let ctx = envelope_of(map, text_of(map, "id")?.parse().map_err(|e: Error| e.at("id"))?)?;
        let empty = Json::Object(Map::new());
        let mut body = Cow::Borrowed(map.get("body").unwrap_or(&empty));
        let mut lang = None;
        if name == <TickTickets as Command>::name()
            && let Some(map) = body.as_object().filter(|map| map.contains_key("lang"))
        {
            lang = lang_of(map).map_err(|e| e.at("body"))?;
            let mut map = map.clone();
            map.remove("lang");
            body = Cow::Owned(Json::Object(map));
        }
        let command = command::parse(name, &body, &self.rules);
        Ok((ctx, command.map_err(|e| if e.field().is_some() { e.at("body") } else { e })?, lang))
    }
}

fn tell_alerts(output: &mut Json, lang: Option<Lang>) {
    let Some(lang) = lang else { return };
    if let Some(Json::Array(alerts)) = output.get_mut("alerts") {
        alerts.iter_mut().for_each(|alert| tell_alert(alert, lang));
    }
}

fn envelope_of(map: &Map<String, Json>, id: Id) -> Result<Ctx> {
    let workspace = Workspace::new(text_of(map, "workspace")?).map_err(|e| e.at("workspace"))?;
    let actor = map.get("actor").ok_or_else(|| Problem::Missing { name: "actor".into() })?;
    let actor = actor_of(actor).map_err(|e| e.at("actor"))?;
    let at = parse_instant(text_of(map, "at")?).map_err(|e| e.at("at"))?;
    Ok(Ctx::new(workspace, actor, at, id))
}

fn actor_of(json: &Json) -> Result<Actor> {
    let map = json::object(json, "an object with `name` and `role`")?;
    json::only_keys(map, &["name", "role"])?;
    let role = text_of(map, "role")?.parse().map_err(|e: Error| e.at("role"))?;
    Actor::new(text_of(map, "name")?, role)
}

pub(super) fn key_of(map: &Map<String, Json>) -> Result<Key> {
    let kind = kind(text_of(map, "record")?).map_err(|e| e.at("record"))?;
    Ok(Key { kind, id: text_of(map, "id")?.parse().map_err(|e: Error| e.at("id"))? })
}

/// The language to render texts in, if there is one.
pub(super) fn lang_of(map: &Map<String, Json>) -> Result<Option<Lang>> {
    match map.get("lang") {
        None | Some(Json::Null) => Ok(None),
        Some(_) => text_of(map, "lang")?.parse().map(Some).map_err(|e: Error| e.at("lang")),
    }
}

pub(super) fn text_of<'a>(map: &'a Map<String, Json>, key: &'static str) -> Result<&'a str> {
    match map.get(key) {
        Some(Json::String(t)) => Ok(t),
        Some(other) => Err(Error::from(Problem::WrongShape { expected: "text", found: json::shown(other) }).at(key)),
        None => Err(Problem::Missing { name: key.into() }.into()),
    }
}
