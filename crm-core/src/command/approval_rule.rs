//! Rules that decide in advance: made, changed, switched off and on by owners and admins.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::body::{head_json, only_head};
use super::draft_state::{Turn, happen};
use super::open_work::asked;
use super::patch::patch;
use super::{Command, Create, Cx, NAMES, Patch, Saved, Verb};
use crate::kernel::approval::{DraftState, RuleEffect};
use crate::kernel::approval_reason::ApprovalReason;
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::field::{Schema, nearest};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::reason::Reason;
use crate::kernel::text::shortened;
use crate::kernel::time::{Instant, format_instant, plus_days};
use crate::model::{AnyRecord, ApprovalRule, Key, Kind, Row};
use crate::rules::approval::{Event, PolicyRule};
use crate::rules::{Rules, check};

/// Most drafts whose approval one command takes back; [`crate::Crm::withdraw_all`] takes any number.
pub(crate) const MOST_WITHDRAWN: usize = 200;
/// The longest time for which a rule may approve: whoever made it looks at it again once a year.
const MOST_DAYS: i64 = 366;
/// Most drafts that a rule may approve on a day, most entries of one of its lists.
const MOST_A_DAY: i64 = 10_000;
const MOST_LISTED: usize = 500;

/// A rule that was changed, and what became of the drafts that it had approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwitchedRule {
    /// The rule.
    pub id: Id,
    /// Its version now.
    pub version: u64,
    /// How many drafts wait again that it had approved and that had not left.
    pub withdrawn: u64,
    /// Whether there are more; none of them leaves meanwhile.
    pub more: bool,
}

/// Makes a rule: `{"fields": {"name": "Relances", "effect": "auto", "channel": "email", "templates": ["relance"], "daily_cap":
/// 20, "valid_until": "2027-01-31T00:00:00Z"}}`. It is on from then; what approves needs an end, at most a year ahead, and
/// how many a day.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateApprovalRule {
    /// The rule.
    pub create: Create<ApprovalRule>,
}

impl Command for CreateApprovalRule {
    type Output = Saved;
    const VERB: Verb = Verb::Connect;

    fn name() -> Cow<'static, str> {
        "approval_rule.create".into()
    }

    fn to_json(&self) -> Json {
        Command::to_json(&self.create)
    }

    fn from_json(body: &Json, rules: &Rules) -> Result<Self> {
        Ok(Self { create: Command::from_json(body, rules)? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        let Saved { id, .. } = Command::decide(&self.create, cx)?;
        let row = cx.existing(key(id))?;
        let row = settle(cx, row, |rule, at| {
            (rule.enabled, rule.revision, rule.switched_at) = (Some(true), Some(1), Some(at));
        })?;
        Ok(Saved { id, version: row.version })
    }
}

/// Changes a rule: its revision counts up, and what it approved before and has not left waits again.
#[derive(Clone, Debug, PartialEq)]
pub struct PatchApprovalRule {
    /// The edit.
    pub patch: Patch<ApprovalRule>,
}

impl Command for PatchApprovalRule {
    type Output = SwitchedRule;
    const VERB: Verb = Verb::Connect;

    fn name() -> Cow<'static, str> {
        "approval_rule.patch".into()
    }

    fn to_json(&self) -> Json {
        Command::to_json(&self.patch)
    }

    fn from_json(body: &Json, rules: &Rules) -> Result<Self> {
        Ok(Self { patch: Command::from_json(body, rules)? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<SwitchedRule> {
        let key = key(self.patch.id);
        let before = cx.active(key)?;
        patch(cx, key, self.patch.version, &self.patch.fields)?;
        let row = cx.existing(key)?;
        if row.body == before.body {
            return Ok(SwitchedRule { id: row.id, version: row.version, withdrawn: 0, more: false });
        }
        let row = settle(cx, row, count_up)?;
        withdraw(cx, &row)
    }
}

/// Switches a rule off, for `id`: what it approved and has not left waits again. Of very many drafts only the first; the
/// same command again, or [`crate::Crm::withdraw_all`], takes back the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DisableApprovalRule {
    /// The rule.
    pub id: Id,
    /// Its version that the person saw; another one is refused.
    pub version: Option<u64>,
}

/// Switches a rule on again, if it may still be: with an end ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnableApprovalRule {
    /// The rule.
    pub id: Id,
    /// Its version that the person saw; another one is refused.
    pub version: Option<u64>,
}

macro_rules! switch {
    ($command:ident, $name:literal, $on:literal) => {
        impl Command for $command {
            type Output = SwitchedRule;
            const VERB: Verb = Verb::Connect;

            fn name() -> Cow<'static, str> {
                $name.into()
            }

            fn to_json(&self) -> Json {
                Json::Object(head_json(self.id, self.version))
            }

            fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
                let (id, version) = only_head(body)?;
                Ok(Self { id, version })
            }

            fn decide(&self, cx: &mut Cx<'_>) -> Result<SwitchedRule> {
                switch(cx, self.id, self.version, $on)
            }
        }
    };
}

switch!(DisableApprovalRule, "approval_rule.disable", false);
switch!(EnableApprovalRule, "approval_rule.enable", true);

fn switch(cx: &mut Cx<'_>, id: Id, version: Option<u64>, on: bool) -> Result<SwitchedRule> {
    let row = cx.active(key(id))?;
    if let Some(expected) = version.filter(|seen| *seen != row.version) {
        let (record, id) = (Kind::ApprovalRule.name().into(), id.to_string());
        return Err(Problem::Conflict { record, id, expected, found: row.version }.into());
    }
    let is_so = rule_of(&row).is_some_and(|rule| rule.enabled == Some(on));
    let row = if is_so {
        row
    } else {
        settle(cx, row, |rule, at| {
            (rule.enabled, rule.switched_at) = (Some(on), Some(at));
            count_up(rule, at);
        })?
    };
    if on { Ok(SwitchedRule { id, version: row.version, withdrawn: 0, more: false }) } else { withdraw(cx, &row) }
}

const fn key(id: Id) -> Key {
    Key { kind: Kind::ApprovalRule, id }
}

/// The rule of a row, if it is one.
pub(crate) fn rule_of(row: &Row) -> Option<&ApprovalRule> {
    match &row.body {
        AnyRecord::ApprovalRule(rule) => Some(rule),
        _ => None,
    }
}

fn count_up(rule: &mut ApprovalRule, _at: Instant) {
    rule.revision = Some(rule.revision.unwrap_or(0).saturating_add(1));
}

/// Checks a rule as it is to be and writes down who made it so.
fn settle(cx: &mut Cx<'_>, row: Row, change: impl FnOnce(&mut ApprovalRule, Instant)) -> Result<Row> {
    let missing = || Problem::NotFound { record: Kind::ApprovalRule.name().into(), id: row.id.to_string() };
    let mut rule = rule_of(&row).ok_or_else(missing)?.clone();
    change(&mut rule, cx.at());
    let drafts = cx.rules().schema(Kind::Draft);
    // What is off need not be in order.
    if rule.enabled == Some(true) {
        sound(&mut rule, &drafts, cx.at()).map_err(|e| e.at("fields"))?;
    }
    cx.actor().name().clone_into(&mut rule.made_by);
    cx.actor().role().name().clone_into(&mut rule.made_by_role);
    cx.update(Row { body: rule.into(), ..row })
}

/// Refuses a rule that nobody could answer for, and makes its condition canonical.
///
/// # Errors
/// The first field that cannot be so.
pub(crate) fn sound(rule: &mut ApprovalRule, drafts: &Schema, at: Instant) -> Result<()> {
    let missing = |name: &str| Error::from(Problem::Missing { name: name.into() });
    if rule.name.is_empty() {
        return Err(missing("name"));
    }
    let effect = rule.effect.ok_or_else(|| missing("effect"))?;
    if let Some(cap) = rule.daily_cap {
        check::between(cap, 1, MOST_A_DAY).map_err(|e| e.at("daily_cap"))?;
    }
    if let Some(floor) = rule.confidence_floor_bp {
        check::between(floor, 0, 10_000).map_err(|e| e.at("confidence_floor_bp"))?;
    }
    if effect == RuleEffect::Auto {
        rule.daily_cap.ok_or_else(|| missing("daily_cap"))?;
        rule.valid_until.ok_or_else(|| missing("valid_until"))?;
    }
    if let Some(until) = rule.valid_until {
        let most = if effect == RuleEffect::Auto { plus_days(at, MOST_DAYS) } else { None };
        let least = rule.valid_from.map_or(at, |from| from.max(at));
        if until <= least || most.is_some_and(|most| most < until) {
            let most = most.map_or_else(|| "9999-12-31".to_owned(), format_instant);
            let (found, least) = (format_instant(until), format_instant(least));
            return Err(Error::from(Problem::OutOfRange { found, least, most }).at("valid_until"));
        }
    }
    let lists = [
        ("templates", &rule.templates),
        ("commands", &rule.commands),
        ("authors", &rule.authors),
        ("languages", &rule.languages),
        ("recipients", &rule.recipients),
    ];
    for (name, list) in lists {
        check::most("items", list.len(), MOST_LISTED).map_err(|e| e.at(name))?;
        if let Some(place) = list.iter().position(|one| one.trim().is_empty()) {
            return Err(Error::from(RulesProblem::Empty { what: "text" }).at_index(place).at(name));
        }
    }
    let unknown = rule.commands.iter().enumerate().find(|(_, name)| !NAMES.contains(&name.as_str()));
    if let Some((place, name)) = unknown {
        let (found, near) = (shortened(name, 60), nearest(name, NAMES.iter().copied()).map(Into::into));
        return Err(Error::from(Problem::UnknownCommand { found, nearest: near }).at_index(place).at("commands"));
    }
    if !rule.condition.is_empty() {
        PolicyRule::compile(&rule.condition, drafts).map_err(|e| e.at("condition"))?;
        rule.condition = json::canonical(&json::parse(rule.condition.as_bytes())?);
    }
    Ok(())
}

/// Takes back what a rule approved and what has not left: it waits for somebody.
fn withdraw(cx: &mut Cx<'_>, row: &Row) -> Result<SwitchedRule> {
    let states = [
        DraftState::Approved,
        DraftState::Queued,
        DraftState::Blocked,
        DraftState::Sending,
        DraftState::Unknown,
        DraftState::Failed,
    ];
    let filter = vec![
        Predicate::test("rule", Operator::Equal, row.id.to_string()),
        Predicate::test("state", Operator::In, states.iter().map(|state| state.code()).collect::<Vec<_>>()),
    ];
    let mut query = asked(cx, Kind::Draft, filter)?;
    query.limit = MOST_WITHDRAWN;
    let name = rule_of(row).map(|rule| rule.name.clone()).unwrap_or_default();
    let why = ApprovalReason::RuleOff { rule: name, since: Some(cx.at()) };
    let (withdrawn, more) = cx.by_itself(|cx| {
        let page = cx.find(&query)?;
        for draft in &page.rows {
            let reasons = vec![Reason::Approval(why.clone())];
            happen(cx, draft.id, &Turn { reasons, ..Turn::new(Event::Withdraw) })?;
        }
        Ok::<_, Error>((json::length(page.rows.len()), page.next.is_some()))
    })?;
    Ok(SwitchedRule { id: row.id, version: row.version, withdrawn, more })
}
