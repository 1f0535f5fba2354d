//! Questions of runs of playbooks: one with its steps and why they have their days, many, what would move, and what an
//! onboarding plan would be.

use serde_json::{Map, Value as Json, json};

use super::door::{lang_of, text_of};
use super::{Crm, permit};
use crate::command::{
    Ctx, Cx, Run, Verb, anchors_of, migration, onboarding, plan_token, playbook_of, replanned, run_of, step_state,
};
use crate::kernel::customer::{RunState, StepState};
use crate::kernel::error::{Error, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::playbook_reason::PlaybookReason;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::reason::{Name, Reason};
use crate::kernel::time::format_instant;
use crate::lang::Lang;
use crate::model::{Key, Kind, PlaybookRun, PlaybookStep, Row};
use crate::rules::playbook::{Progress, plan};
use crate::rules::read::{Object, coded};
use crate::store::{Cursor, MOST_ROWS, Order, Query, Store};

/// Runs on a page where nobody says how many.
const USUAL_RUNS: usize = 50;

fn why(reasons: &[PlaybookReason], lang: Option<Lang>) -> Vec<Json> {
    reasons.iter().map(|reason| Json::Object(Reason::Playbook(reason.clone()).to_json(lang))).collect()
}

fn run_json(row: &Row, run: &PlaybookRun, progress: Json) -> Json {
    let anchors: Map<String, Json> =
        anchors_of(run).into_iter().map(|(name, day)| (name, day.to_string().into())).collect();
    let id = |id: Option<Id>| id.map(|id| id.to_string());
    json!({
        "id": row.id.to_string(), "version": row.version, "playbook": run.playbook,
        "playbook_version": run.playbook_version, "playbook_hash": run.playbook_hash, "account": id(run.account), "deal": id(run.deal),
        "subscription": id(run.subscription), "key": run.key, "owner": run.owner, "anchors": anchors,
        "state": run.state.unwrap_or(RunState::Active).code(), "started_at": run.started_at.map(format_instant),
        "ended_at": run.ended_at.map(format_instant), "end_reason": run.end_reason, "progress": progress,
    })
}

fn step_json(row: &Row, step: &PlaybookStep, title: &str, reasons: Vec<Json>) -> Json {
    json!({
        "id": row.id.to_string(), "version": row.version, "code": step.code, "title": title,
        "state": step_state(step).code(), "required": step.required == Some(true), "assignee": step.assignee,
        "starts_on": step.starts_on.map(|day| day.to_string()), "due_on": step.due_on.map(|day| day.to_string()),
        "task": step.task.map(|id| id.to_string()), "done_at": step.done_at.map(format_instant),
        "done_by": step.done_by, "skip_reason": step.skip_reason, "force_reason": step.force_reason, "reasons": reasons,
    })
}

/// That a run's version says something else by now, while that still matters.
fn rewritten(run: &Run) -> Option<PlaybookReason> {
    let version = run.body.playbook_version.and_then(|version| u32::try_from(version).ok()).unwrap_or(1);
    let is_told = run.is_rewritten() == Some(true) && run.state() == RunState::Active;
    is_told.then_some(PlaybookReason::Rewritten { version })
}

impl<S: Store> Crm<S> {
    /// A run that the reader sees.
    fn seen_run(cx: &mut Cx<'_>, body: &Map<String, Json>) -> Result<Run> {
        let id: Id = text_of(body, "id")?.parse().map_err(|e: Error| e.at("id"))?;
        cx.existing(Key { kind: Kind::PlaybookRun, id })?;
        Run::of(cx, id)
    }

    fn said(&self, ctx: &Ctx, run: &Run, progress: &Progress, lang: Option<Lang>) -> Vec<Json> {
        let today = self.rules.tasks().days.day(ctx.at);
        let mut reasons = vec![PlaybookReason::Progress { done: progress.done, required: progress.required }];
        for late in progress.late.iter().filter(|_| run.state() == RunState::Active) {
            let known = run.playbook.as_ref().and_then(|playbook| playbook.step(&late.code));
            let name = known.map_or_else(|| Name { id: late.code.clone(), labels: None }, |step| step.name());
            let days = today.signed_duration_since(late.due_on).num_days();
            reasons.push(PlaybookReason::Overdue { step: name, days, due: late.due_on });
        }
        reasons.extend(rewritten(run));
        why(&reasons, lang)
    }

    /// The question `playbook_run`: `{"id": "...", "lang": "fr"}`, one run with its steps, why they have their days, how far
    /// it is and what is late.
    pub(super) fn playbook_run_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "playbook_run")?;
        json::only_keys(body, &["id", "lang"])?;
        let lang = lang_of(body)?;
        let whole = self.whole(ctx)?;
        let mut cx = Cx::new(&*whole, &self.rules, ctx);
        let run = Self::seen_run(&mut cx, body)?;
        let progress = run.progress(self.rules.tasks().days.day(ctx.at));
        let standings = run.kept(&cx).into_iter().map(|(code, kept)| (code, kept.standing)).collect();
        let planned = match &run.playbook {
            Some(playbook) => plan(playbook, self.rules.days_of(playbook), &anchors_of(&run.body), &standings)?,
            None => Vec::new(),
        };
        let mut steps = Vec::new();
        for (row, step) in &run.steps {
            let known = run.playbook.as_ref().and_then(|playbook| playbook.step(&step.code));
            let title = match (known, lang) {
                (Some(known), Some(lang)) => known.title.text(lang),
                _ => &step.title,
            };
            let place = run.playbook.as_ref().and_then(|p| p.steps.iter().position(|one| one.code == step.code));
            let planned = planned.iter().find(|one| Some(one.place) == place);
            let is_provisional = planned.is_some_and(|one| one.is_provisional);
            let is_moved = planned.is_some_and(|one| {
                step_state(step) == StepState::Open && (one.starts_on, one.due_on) != (step.starts_on, step.due_on)
            });
            let mut line = step_json(row, step, title, planned.map(|one| why(&one.reasons, lang)).unwrap_or_default());
            if let Some(map) = line.as_object_mut() {
                map.insert("provisional".into(), is_provisional.into());
                // Somebody set its days by hand: the reasons are those of the days that the playbook gives.
                map.insert("by_hand".into(), is_moved.into());
                map.insert("waits_for".into(), run.open_before(&step.code).into());
            }
            steps.push(line);
        }
        let mut answer = run_json(&run.row, &run.body, progress.to_json());
        if let Some(map) = answer.as_object_mut() {
            map.insert("steps".into(), steps.into());
            map.insert("reasons".into(), self.said(ctx, &run, &progress, lang).into());
        }
        Ok(answer)
    }

    /// The question `playbook_runs`: `{"account": "...", "owner": "marie", "state": "active", "late": true, "limit": 50,
    /// "after": "...", "lang": "fr"}`, a page of runs that the reader sees, the latest first. With `late` only those of the
    /// page that are.
    pub(super) fn playbook_runs_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "playbook_runs")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, &["account", "owner", "playbook", "state", "late", "limit", "after", "lang"])?;
        let lang = lang_of(body)?;
        let late = o.get("late").map(|_| o.flag("late", false)).transpose()?;
        let state = o.optional("state", |v| coded(v, RunState::from_code, RunState::CODES))?;
        let schema = self.rules.schema(Kind::PlaybookRun);
        let mut filter = Vec::new();
        for key in ["account", "owner", "playbook"] {
            if o.get(key).is_some() {
                filter.push(Predicate::test(key, Operator::Equal, o.text(key).map_err(|e| e.at(key))?));
            }
        }
        filter.extend(state.map(|state| Predicate::test("state", Operator::Equal, state.code())));
        let mut query = Query::all(Kind::PlaybookRun, schema.clone(), ctx.at);
        query.filter = Some(Predicate::All(filter).compile(&schema)?);
        query.order = vec![Order { field: schema.resolve("started_at")?.0, descending: true }];
        let limit = json::count_of(body, "limit")?.map_or(USUAL_RUNS, |n| usize::try_from(n).unwrap_or(MOST_ROWS));
        query.limit = limit.clamp(1, MOST_ROWS);
        query.after = o.optional("after", |v| Cursor::from_text(&crate::rules::read::text(v)?))?;
        let page = self.reading(ctx)?.find(&query)?;
        let everything = self.whole(ctx)?;
        let mut cx = Cx::new(&*everything, &self.rules, ctx);
        let today = self.rules.tasks().days.day(ctx.at);
        let mut rows = Vec::new();
        for row in page.rows.iter().filter(|row| run_of(row).is_some()) {
            let run = Run::of(&mut cx, row.id)?;
            let progress = run.progress(today);
            let is_late = run.state() == RunState::Active && !progress.late.is_empty();
            if late.is_some_and(|late| late != is_late) {
                continue;
            }
            let mut line = run_json(&run.row, &run.body, progress.to_json());
            if let Some(map) = line.as_object_mut() {
                map.insert("late".into(), is_late.into());
                map.insert("reasons".into(), self.said(ctx, &run, &progress, lang).into());
            }
            rows.push(line);
        }
        Ok(json!({"rows": rows, "next": page.next.map(|next| next.to_text())}))
    }

    /// The question `replan`: `{"id": "...", "anchors": {"go_live": "2027-01-12"}, "lang": "fr"}`, the open steps of a run
    /// that other days would move, with the `plan` for `playbook_run.move_anchor`.
    pub(super) fn replan_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "replan")?;
        json::only_keys(body, &["id", "anchors", "lang"])?;
        let lang = lang_of(body)?;
        let whole = self.whole(ctx)?;
        let mut cx = Cx::new(&*whole, &self.rules, ctx);
        let run = Self::seen_run(&mut cx, body)?;
        let moved = replanned(&cx, &run, body)?;
        let plain: Vec<Json> = moved.iter().map(|one| one.to_json(None)).collect();
        let steps: Vec<Json> = moved.iter().map(|one| one.to_json(lang)).collect();
        Ok(json!({"id": run.row.id.to_string(), "moved": steps, "plan": plan_token(&plain)}))
    }

    /// The question `playbook_migration`: `{"id": "...", "to": 2, "lang": "fr"}`, what becomes of each step of a run in
    /// another version of its playbook, with the `plan` for `playbook_run.migrate`. `rewritten` says whether the
    /// version that the run is in says something else by now than when the run took it: then `to` may be that one, too.
    pub(super) fn playbook_migration_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "playbook_migration")?;
        json::only_keys(body, &["id", "to", "lang"])?;
        let lang = lang_of(body)?;
        let to = json::count_of(body, "to")?.map(|to| u32::try_from(to).unwrap_or(u32::MAX));
        let whole = self.whole(ctx)?;
        let mut cx = Cx::new(&*whole, &self.rules, ctx);
        let run = Self::seen_run(&mut cx, body)?;
        let playbook = playbook_of(&mut cx, &run.body.playbook, to).map_err(|e| e.at("to"))?;
        let lines = migration(&mut cx, &run, &playbook)?;
        let plain: Vec<Json> = lines.iter().map(|line| line.to_json(None)).collect();
        let steps: Vec<Json> = lines.iter().map(|line| line.to_json(lang)).collect();
        Ok(json!({
            "id": run.row.id.to_string(), "from": run.body.playbook_version, "to": playbook.version, "steps": steps,
            "rewritten": run.is_rewritten(), "plan": plan_token(&plain),
            "reasons": why(rewritten(&run).as_slice(), lang),
        }))
    }

    /// The question `onboarding_suggestion`: `{"account": "...", "lang": "fr"}`, what `onboarding.suggest` would hold for a
    /// customer now and why; `playbook` is null where none is made for such customers.
    pub(super) fn onboarding_suggestion_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "onboarding_suggestion")?;
        json::only_keys(body, &["account", "lang"])?;
        let lang = lang_of(body)?;
        let id: Id = text_of(body, "account")?.parse().map_err(|e: Error| e.at("account"))?;
        let whole = self.whole(ctx)?;
        let mut cx = Cx::new(&*whole, &self.rules, ctx);
        let row = cx.active(Key { kind: Kind::Account, id }).map_err(|e| e.at("account"))?;
        let Some(found) = onboarding(&mut cx, &row)? else {
            return Ok(json!({"playbook": null, "run": null, "commands": [], "steps": []}));
        };
        let commands: Vec<Json> = found
            .advice
            .iter()
            .map(|one| {
                json!({
                    "part": one.part, "command": one.command, "body": one.body, "reasons": why(&one.reasons, lang),
                    "draft": one.draft.as_ref().map(|row| row.id.to_string()),
                })
            })
            .collect();
        let title = found.playbook.title.text(lang.unwrap_or_else(|| self.rules.templates().language()));
        Ok(json!({
            "playbook": found.playbook.code, "version": found.playbook.version, "title": title,
            "run": found.run.map(|id| id.to_string()), "commands": commands,
            "steps": found.planned.iter().map(|one| one.to_json(&found.playbook, lang)).collect::<Vec<_>>(),
        }))
    }
}
