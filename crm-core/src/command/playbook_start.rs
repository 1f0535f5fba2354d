//! Starting a playbook for a customer.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::{id_of, required_text, text_of};
use super::playbook_state::{Run, anchors_text, make_task, settle_run};
use super::playbooks::playbook_of;
use super::team::{Job, candidates};
use super::{Command, Cx, Verb};
use crate::kernel::customer::{RunState, StepState};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::playbook_problem::PlaybookProblem;
use crate::kernel::staff::Work;
use crate::kernel::text;
use crate::kernel::time::{Instant, parse_date};
use crate::model::{AnyRecord, Key, Kind, PlaybookRun, PlaybookStep, Row};
use crate::rules::Rules;
use crate::rules::playbook::{Assignee, Playbook, Standing, Step, plan};
use crate::rules::staff::Wanted;

/// Starts a playbook for a customer: `{"playbook": "onboarding", "account": "...", "key": "2026", "anchors": {"go_live":
/// "2026-12-15"}, "assignees": {"training": "paul"}}`, with `owner`, `deal` and `subscription` where they are known.
///
/// The run starts today unless `anchors` says when it did. With the same key the same run is answered, and nothing is made a
/// second time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartPlaybook {
    /// The playbook.
    pub playbook: String,
    /// The customer.
    pub account: Id,
    /// What it is for, where there is more than one run for the customer.
    pub key: String,
    /// The days that its steps are counted from.
    pub anchors: BTreeMap<String, NaiveDate>,
    /// Who does which step: the host's names of users, of steps for which somebody has to be named, and of any other.
    pub assignees: BTreeMap<String, String>,
    /// Who is responsible; the account's owner where nobody is named.
    pub owner: Option<String>,
    /// The deal that it follows.
    pub deal: Option<Id>,
    /// The subscription that it follows.
    pub subscription: Option<Id>,
}

/// A run that was started, or that there was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaybookStarted {
    /// The run.
    pub id: Id,
    /// The row's version.
    pub version: u64,
    /// Whether it was started now.
    pub is_new: bool,
    /// The version of the playbook.
    pub playbook_version: u32,
    /// How many steps it has.
    pub steps: u64,
    /// How many of them have a task.
    pub tasks: u64,
}

/// The id of a run, which follows from what it is for.
pub(super) fn run_id(playbook: &str, account: Id, key: &str) -> Id {
    Id::from_text(&format!("playbook_run {} {account} {key}", json::canonical(&playbook.into())))
}

/// The id of a step of a run.
pub(super) fn step_id(run: Id, code: &str) -> Id {
    Id::from_text(&format!("playbook_step {run} {code}"))
}

/// Days by the names of anchors; `null` where a day is taken back.
pub(super) fn days_of(map: &Map<String, Json>) -> Result<BTreeMap<String, Option<NaiveDate>>> {
    let Some(found) = map.get("anchors").filter(|found| !found.is_null()) else { return Ok(BTreeMap::new()) };
    let days = json::object(found, "an object of days by anchor").map_err(|e| e.at("anchors"))?;
    let one = |(name, day): (&String, &Json)| {
        let day = match day {
            Json::Null => None,
            Json::String(text) => Some(parse_date(text).map_err(|e| e.at(name))?),
            other => return Err(Error::from(Problem::NotADate { found: json::shown(other) }).at(name)),
        };
        Ok((name.clone(), day))
    };
    days.iter().map(one).collect::<Result<_>>().map_err(|e| e.at("anchors"))
}

pub(super) fn names_of(map: &Map<String, Json>) -> Result<BTreeMap<String, String>> {
    let Some(found) = map.get("assignees").filter(|found| !found.is_null()) else { return Ok(BTreeMap::new()) };
    let names = json::object(found, "an object of users by step").map_err(|e| e.at("assignees"))?;
    let one = |(code, _): (&String, &Json)| Ok((code.clone(), required_text(names, code)?));
    names.iter().map(one).collect::<Result<_>>().map_err(|e: Error| e.at("assignees"))
}

impl Command for StartPlaybook {
    type Output = PlaybookStarted;
    const VERB: Verb = Verb::Serve;

    fn name() -> Cow<'static, str> {
        "playbook_run.start".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("playbook".into(), self.playbook.as_str().into());
        map.insert("account".into(), self.account.to_string().into());
        if !self.key.is_empty() {
            map.insert("key".into(), self.key.as_str().into());
        }
        if !self.anchors.is_empty() {
            let days = self.anchors.iter().map(|(name, day)| (name.clone(), Json::from(day.to_string())));
            map.insert("anchors".into(), Json::Object(days.collect()));
        }
        if !self.assignees.is_empty() {
            let names = self.assignees.iter().map(|(code, user)| (code.clone(), Json::from(user.as_str())));
            map.insert("assignees".into(), Json::Object(names.collect()));
        }
        if let Some(owner) = &self.owner {
            map.insert("owner".into(), owner.as_str().into());
        }
        for (key, id) in [("deal", self.deal), ("subscription", self.subscription)] {
            if let Some(id) = id {
                map.insert(key.into(), id.to_string().into());
            }
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `playbook` and `account`")?;
        let keys = &["playbook", "account", "key", "anchors", "assignees", "owner", "deal", "subscription"];
        json::only_keys(map, keys)?;
        let mut anchors = BTreeMap::new();
        for (name, day) in days_of(map)? {
            let missing = || Error::from(Problem::Missing { name: name.clone() }).at("anchors");
            anchors.insert(name.clone(), day.ok_or_else(missing)?);
        }
        Ok(Self {
            playbook: required_text(map, "playbook")?,
            account: id_of(map, "account")?.ok_or_else(|| Problem::Missing { name: "account".into() })?,
            key: text_of(map, "key")?.unwrap_or_default(),
            anchors,
            assignees: names_of(map)?,
            owner: text_of(map, "owner")?,
            deal: id_of(map, "deal")?,
            subscription: id_of(map, "subscription")?,
        })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<PlaybookStarted> {
        let key = Key { kind: Kind::Account, id: self.account };
        cx.active(key).map_err(|e| e.at("account"))?;
        let account = cx.reached(key)?;
        let id = run_id(&self.playbook, self.account, &self.key);
        if cx.row(Key { kind: Kind::PlaybookRun, id })?.is_some() {
            let run = Run::of(cx, id)?;
            return Ok(started(&run, false));
        }
        let playbook = playbook_of(cx, &self.playbook, None).map_err(|e| e.at("playbook"))?;
        if !playbook.active {
            let problem = PlaybookProblem::NotActive { code: self.playbook.clone() };
            return Err(Error::from(problem).at("playbook"));
        }
        let (body, renewal) = self.body(cx, &account, &playbook)?;
        let anchors = self.anchors(cx, &playbook, renewal)?;
        let body = PlaybookRun { anchors: anchors_text(&anchors), ..body };
        cx.insert(id, body.clone().into())?;
        let asked = Asked { account: &account, owner: &body.owner, named: &self.assignees };
        let standings = standings_of(cx, &playbook, &account);
        let mut people = People::default();
        for (place, one) in
            plan(&playbook, cx.rules().days_of(&playbook), &anchors, &standings)?.into_iter().enumerate()
        {
            let Some(step) = playbook.steps.get(one.place) else { continue };
            let (starts_on, due_on) = (one.starts_on, one.due_on);
            let state = one.standing.state;
            let assignee = match state {
                StepState::Open => people.of(cx, step, &asked)?,
                _ => String::new(),
            };
            let row = PlaybookStep { starts_on, due_on, assignee, ..step_row(cx, id, place, step, state) };
            add_step(cx, &body, step, row)?;
        }
        settle_run(cx, id)?;
        let run = Run::of(cx, id)?;
        Ok(started(&run, true))
    }
}

fn started(run: &Run, is_new: bool) -> PlaybookStarted {
    PlaybookStarted {
        id: run.row.id,
        version: run.row.version,
        is_new,
        playbook_version: run.body.playbook_version.and_then(|version| u32::try_from(version).ok()).unwrap_or(1),
        steps: json::length(run.steps.len()),
        tasks: json::length(run.steps.iter().filter(|(_, step)| step.task.is_some()).count()),
    }
}

impl StartPlaybook {
    /// The run, and the day on which its subscription is renewed.
    fn body(&self, cx: &mut Cx<'_>, account: &Row, playbook: &Playbook) -> Result<(PlaybookRun, Option<NaiveDate>)> {
        for code in self.assignees.keys() {
            playbook.known_step(code).map_err(|e| e.at("assignees"))?;
        }
        let of_account = |found: Option<Id>, key: Key| match found {
            Some(id) if id == self.account => Ok(()),
            _ => {
                let (record, id) = (key.kind.name().into(), key.id.to_string());
                Err(Error::from(Problem::NotFound { record, id }).at(key.kind.name()))
            }
        };
        let mut renewal = None;
        if let Some(id) = self.subscription {
            let key = Key { kind: Kind::Subscription, id };
            if let AnyRecord::Subscription(subscription) = &cx.active(key).map_err(|e| e.at("subscription"))?.body {
                of_account(subscription.account, key)?;
                renewal = subscription.ends_on.and_then(|last| last.succ_opt());
            }
        }
        if let Some(id) = self.deal {
            let key = Key { kind: Kind::Deal, id };
            if let AnyRecord::Deal(deal) = &cx.active(key).map_err(|e| e.at("deal"))?.body {
                of_account(deal.account, key)?;
            }
        }
        let owner = match (&self.owner, &account.body) {
            (Some(owner), _) => text::check(owner).map_err(|e| e.at("owner"))?.to_owned(),
            (None, AnyRecord::Account(account)) if !account.owner.is_empty() => account.owner.clone(),
            _ => cx.actor().name().to_owned(),
        };
        let body = PlaybookRun {
            playbook: self.playbook.clone(),
            playbook_version: Some(playbook.version.into()),
            playbook_hash: playbook.hash.clone(),
            account: Some(self.account),
            deal: self.deal,
            subscription: self.subscription,
            key: self.key.clone(),
            owner,
            state: Some(RunState::Active),
            started_at: Some(cx.at()),
            ..PlaybookRun::default()
        };
        Ok((body, renewal))
    }

    fn anchors(
        &self,
        cx: &Cx<'_>,
        playbook: &Playbook,
        renewal: Option<NaiveDate>,
    ) -> Result<BTreeMap<String, NaiveDate>> {
        for name in self.anchors.keys() {
            playbook.check_day(name).map_err(|e| e.at("anchors"))?;
        }
        let mut anchors = self.anchors.clone();
        anchors.entry("start".to_owned()).or_insert_with(|| cx.rules().tasks().days.day(cx.at()));
        if let Some(renewal) = renewal {
            anchors.entry("renewal".to_owned()).or_insert(renewal);
        }
        Ok(anchors)
    }
}

/// Whether the condition of a step holds for a customer now.
pub(super) fn is_needed(cx: &Cx<'_>, step: &Step, account: &Row) -> bool {
    let schema = cx.rules().schema(Kind::Account);
    let at: Instant = cx.at();
    step.condition.as_ref().is_none_or(|condition| condition.eval(&account.facts(&schema), at).holds())
}

/// How the steps of a new run stand: what is not needed is told.
pub(super) fn standings_of(cx: &Cx<'_>, playbook: &Playbook, account: &Row) -> BTreeMap<String, Standing> {
    let none = Standing { state: StepState::NotNeeded, settled_on: None };
    let steps = playbook.steps.iter().filter(|step| !is_needed(cx, step, account));
    steps.map(|step| (step.code.clone(), none)).collect()
}

/// A step of a run, without days and without anybody.
pub(super) fn step_row(cx: &Cx<'_>, run: Id, place: usize, step: &Step, state: StepState) -> PlaybookStep {
    PlaybookStep {
        playbook_run: Some(run),
        code: step.code.clone(),
        title: step.title.text(cx.rules().templates().language()).to_owned(),
        position: i64::try_from(place.saturating_add(1)).ok(),
        required: Some(step.required),
        state: Some(state),
        ..PlaybookStep::default()
    }
}

/// Keeps a new step, with its task where it makes one and is to be done.
pub(super) fn add_step(cx: &mut Cx<'_>, run: &PlaybookRun, step: &Step, mut row: PlaybookStep) -> Result<()> {
    let Some(of) = row.playbook_run else { return Ok(()) };
    let id = step_id(of, &step.code);
    if step.creates_task && row.state == Some(StepState::Open) {
        row.task = Some(make_task(cx, run, id, &row, &step.priority).map_err(|e| e.at(&step.code).at("steps"))?);
    }
    cx.by_itself(|cx| cx.insert(id, row.into())).map(drop)
}

/// Who may be asked.
pub(super) struct Asked<'a> {
    pub(super) account: &'a Row,
    pub(super) owner: &'a str,
    pub(super) named: &'a BTreeMap<String, String>,
}

/// Who does which work, looked up once.
#[derive(Default)]
pub(super) struct People {
    roles: BTreeMap<String, Option<String>>,
}

impl People {
    /// Who does a step: whoever was named for it, or as the playbook says. Where nobody does such work, or the account has
    /// no owner, it is the run's.
    pub(super) fn of(&mut self, cx: &mut Cx<'_>, step: &Step, asked: &Asked<'_>) -> Result<String> {
        if let Some(named) = asked.named.get(&step.code) {
            return Ok(named.clone());
        }
        let found = match &step.assignee {
            Assignee::Person(user) => Some(user.clone()),
            Assignee::AccountOwner => match &asked.account.body {
                AnyRecord::Account(account) => Some(account.owner.clone()).filter(|owner| !owner.is_empty()),
                _ => None,
            },
            Assignee::Role(role) => self.role(cx, role)?,
            Assignee::Ask => {
                let problem = PlaybookProblem::NoAssignee { step: step.code.clone() };
                return Err(Error::from(problem).at(&step.code).at("assignees"));
            }
        };
        Ok(found.unwrap_or_else(|| asked.owner.to_owned()))
    }

    fn role(&mut self, cx: &mut Cx<'_>, role: &str) -> Result<Option<String>> {
        if let Some(known) = self.roles.get(role) {
            return Ok(known.clone());
        }
        let wanted = Wanted { job_titles: vec![role.to_owned()], ..Wanted::default() };
        let job = Job { work: Work::Task, from: cx.at(), to: cx.at(), wanted };
        let ranking = cx.rules().staff().rank(candidates(cx, &job)?, &job.wanted);
        let first = ranking.ranked.into_iter().next().map(|ranked| ranked.candidate.profile.user);
        self.roles.insert(role.to_owned(), first.clone());
        Ok(first)
    }
}
