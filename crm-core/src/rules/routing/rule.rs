//! One rule: when it applies, to whom it gives, and how it picks among several.

use chrono::{NaiveDate, TimeDelta};
use serde_json::Value as Json;

use super::calendar::Days;
use super::clause::{Clause, Lead};
use super::table::Names;
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::fact::Facts;
use crate::kernel::field::Schema;
use crate::kernel::json;
use crate::kernel::number::Number;
use crate::kernel::predicate::{Compiled, Predicate};
use crate::kernel::reason::Name;
use crate::kernel::routing_reason::RoutingReason;
use crate::kernel::time::{Instant, parse_date};
use crate::kernel::zone::Zone;
use crate::rules::check;
use crate::rules::read::{Object, labels, text};

const KEYS: &[&str] = &[
    "id",
    "labels",
    "priority",
    "enabled",
    "valid",
    "days",
    "zone",
    "match",
    "when",
    "target",
    "strategy",
    "else",
    "work_days",
    "within_hours",
    "on_none",
    "accept_within_seconds",
];
const FALLBACK_KEYS: &[&str] = &["target", "strategy", "else", "work_days", "within_hours", "accept_within_seconds"];
const STRATEGIES: &[&str] = &["fixed", "smooth_weighted", "least_open", "quota_month", "sticky_account"];
/// The id under which the fallback keeps its turns; no rule may have it.
pub(super) const FALLBACK: &str = "fallback";
/// The highest priority number, and the longest time to accept: a year.
const MOST_PRIORITY: i64 = 1_000_000_000;
const MOST_SECONDS: i64 = 366 * 86_400;

/// A checked rule.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) name: Name,
    pub(super) priority: i64,
    pub(super) enabled: bool,
    pub(super) valid: (Option<NaiveDate>, Option<NaiveDate>),
    pub(super) days: Days,
    pub(super) zone: Zone,
    pub(super) clauses: Vec<Clause>,
    pub(super) when: Option<(Predicate, Compiled)>,
    pub(super) gives: Gives,
    pub(super) on_none: OnNone,
}

/// To whom, and how.
#[derive(Clone, Debug)]
pub(super) struct Gives {
    pub(super) target: Target,
    /// Whether the owner of the lead's account comes first.
    pub(super) sticky: bool,
    pub(super) strategy: Strategy,
    pub(super) within_hours: bool,
    pub(super) accept_within: Option<TimeDelta>,
}

/// To whom; people, teams and queues by their places in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    User(usize),
    Team(usize),
    Queue(usize),
    /// The owner, where the lead has one.
    Keep,
    /// Nobody.
    Drop,
}

/// How one of a team is picked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strategy {
    /// The first who is there, in the team's order.
    Fixed,
    SmoothWeighted,
    LeastOpen,
    /// By what is due in 24 hours, or in so many days of work.
    QuotaMonth(Option<Number>),
}

impl Strategy {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Strategy::Fixed => "fixed",
            Strategy::SmoothWeighted => "smooth_weighted",
            Strategy::LeastOpen => "least_open",
            Strategy::QuotaMonth(_) => "quota_month",
        }
    }
}

/// What happens where a rule applies and nobody can take the lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnNone {
    /// The next rule that applies.
    Next,
    /// A queue.
    Queue(usize),
    /// The fallback, without asking further rules.
    Fallback,
}

impl Rule {
    pub(super) fn read(json: &Json, schema: &Schema, names: &Names<'_>, zone: &Zone) -> Result<Self> {
        let o = Object::new(json, KEYS)?;
        let id = o.text("id")?;
        check::id(&id).map_err(|e| e.at("id"))?;
        if id == FALLBACK {
            return Err(Error::from(RulesProblem::DuplicateId { id }).at("id"));
        }
        let labels = o.optional("labels", labels)?;
        check::labels(labels.as_ref())?;
        let priority = o.integer("priority")?;
        check::between(priority, -MOST_PRIORITY, MOST_PRIORITY).map_err(|e| e.at("priority"))?;
        let when = o.optional("when", |v| {
            let predicate = Predicate::from_json(v)?;
            let compiled = predicate.compile(schema)?;
            Ok((predicate, compiled))
        })?;
        Ok(Self {
            name: Name { id, labels },
            priority,
            enabled: o.flag("enabled", true)?,
            valid: o.optional("valid", valid)?.unwrap_or_default(),
            days: o.optional("days", Days::read)?.unwrap_or(Days::ALL),
            zone: o.zone()?.unwrap_or_else(|| zone.clone()),
            clauses: o.optional("match", |v| Clause::read_all(v, schema, names.identity))?.unwrap_or_default(),
            when,
            gives: Gives::read(&o, names)?,
            on_none: o.optional("on_none", |v| on_none(v, names))?.unwrap_or(OnNone::Next),
        })
    }

    /// The fallback as a rule that always applies.
    pub(super) fn read_fallback(json: &Json, names: &Names<'_>) -> Result<Self> {
        let o = Object::new(json, FALLBACK_KEYS)?;
        Ok(Self {
            name: Name { id: FALLBACK.into(), labels: None },
            priority: MOST_PRIORITY,
            enabled: true,
            valid: (None, None),
            days: Days::ALL,
            zone: Zone::UTC,
            clauses: Vec::new(),
            when: None,
            gives: Gives::read(&o, names)?,
            on_none: OnNone::Next,
        })
    }

    /// Whether the rule takes every lead on the days on which it applies.
    pub(super) fn is_catch_all(&self) -> bool {
        self.clauses.is_empty() && self.when.is_none()
    }

    /// Why the rule does not apply on the day of an instant, whichever lead it is.
    pub(super) fn inactive(&self, at: Instant) -> Option<RoutingReason> {
        self.inactive_on(self.zone.day(at))
    }

    pub(super) fn inactive_on(&self, day: NaiveDate) -> Option<RoutingReason> {
        let (from, to) = self.valid;
        let rule = || self.name.clone();
        match () {
            () if !self.enabled => Some(RoutingReason::RuleDisabled { rule: rule() }),
            () if from.is_some_and(|f| day < f) || to.is_some_and(|t| day > t) => {
                Some(RoutingReason::RuleNotValidToday { rule: rule() })
            }
            () if !self.days.has(day) => Some(RoutingReason::RuleNotActiveToday { rule: rule() }),
            () => None,
        }
    }

    /// Why the rule does not apply to a lead: the first thing that does not certainly hold. The definition; the index
    /// gives the same answer faster.
    pub(super) fn fails<F: Facts + ?Sized>(&self, lead: &Lead<'_, F>, at: Instant) -> Option<RoutingReason> {
        let failed = |clause: &str| RoutingReason::ClauseFailed { rule: self.name.clone(), clause: clause.to_owned() };
        let clause = || self.clauses.iter().find(|c| !c.holds(lead)).map(|c| failed(c.name()));
        let when = || self.when.as_ref().filter(|(_, w)| !w.eval(lead.facts, at).holds()).map(|_| failed("when"));
        self.inactive(at).or_else(clause).or_else(when)
    }
}

impl Gives {
    fn read(o: &Object<'_>, names: &Names<'_>) -> Result<Self> {
        let target = target(o.required("target")?, names).map_err(|e| e.at("target"))?;
        let strategy = |v: &Json| match v.as_str().and_then(|s| STRATEGIES.iter().position(|n| *n == s)) {
            Some(place) => Ok(place),
            None => Err(json::not_one_of(v, STRATEGIES)),
        };
        let first = o.optional("strategy", strategy)?;
        let rest = o.optional("else", strategy)?;
        let needs = |option: &'static str, needs: &'static str| {
            Err(Error::from(RulesProblem::Requires { option, needs }).at(option))
        };
        let sticky = first == Some(STICKY);
        if rest.is_some() && !sticky {
            return needs("else", "strategy: sticky_account");
        }
        if rest == Some(STICKY) {
            return Err(Error::from(RulesProblem::Exclusive { first: "else", second: "strategy" }).at("else"));
        }
        let base = if sticky { rest } else { first };
        let team = match target {
            Target::Team(team) => Some(team),
            Target::User(_) if base.is_none_or(|place| place == 0) => None,
            Target::Queue(_) if base.is_none() => None,
            Target::Keep | Target::Drop if first.is_none() => None,
            _ => return needs("strategy", "target: team"),
        };
        let days = o.optional("work_days", work_days)?;
        let strategy = match (base, team) {
            (None, Some(_)) | (Some(1), _) => Strategy::SmoothWeighted,
            (Some(2), _) => Strategy::LeastOpen,
            (Some(3), Some(team)) if !names.all_have_quotas(team) => {
                return needs("strategy", "members: quota_month");
            }
            (Some(3), _) => Strategy::QuotaMonth(days),
            _ => Strategy::Fixed,
        };
        if days.is_some() && !matches!(strategy, Strategy::QuotaMonth(_)) {
            return needs("work_days", "strategy: quota_month");
        }
        let seconds = o.optional_integer("accept_within_seconds")?;
        if let Some(seconds) = seconds {
            check::between(seconds, 1, MOST_SECONDS).map_err(|e| e.at("accept_within_seconds"))?;
        }
        let accept_within = seconds.and_then(TimeDelta::try_seconds);
        Ok(Self { target, sticky, strategy, within_hours: o.flag("within_hours", false)?, accept_within })
    }
}

/// The place of `sticky_account` among the strategies.
const STICKY: usize = 4;

fn target(json: &Json, names: &Names<'_>) -> Result<Target> {
    if let Some(word) = json.as_str() {
        return match word {
            "keep" => Ok(Target::Keep),
            "drop" => Ok(Target::Drop),
            _ => Err(json::not_one_of(json, &["keep", "drop"])),
        };
    }
    let o = Object::new(json, &["user", "team", "queue"])?;
    let user = o.optional("user", |v| names.user(&text(v)?))?;
    let team = o.optional("team", |v| names.team(&text(v)?))?;
    let queue = o.optional("queue", |v| names.queue(&text(v)?))?;
    match (user, team, queue) {
        (Some(user), None, None) => Ok(Target::User(user)),
        (None, Some(team), None) => Ok(Target::Team(team)),
        (None, None, Some(queue)) => Ok(Target::Queue(queue)),
        _ => {
            let expected = "exactly one of `user`, `team` and `queue`, or `keep` or `drop`";
            Err(Problem::WrongShape { expected, found: json::shown(json) }.into())
        }
    }
}

fn on_none(json: &Json, names: &Names<'_>) -> Result<OnNone> {
    match json.as_str() {
        Some("next") => Ok(OnNone::Next),
        Some("fallback") => Ok(OnNone::Fallback),
        Some(_) => Err(json::not_one_of(json, &["next", "fallback"])),
        None => {
            let o = Object::new(json, &["queue"])?;
            Ok(OnNone::Queue(names.queue(&o.text("queue")?).map_err(|e| e.at("queue"))?))
        }
    }
}

fn valid(json: &Json) -> Result<(Option<NaiveDate>, Option<NaiveDate>)> {
    let o = Object::new(json, &["from", "to"])?;
    let day = |v: &Json| text(v).and_then(|t| parse_date(&t));
    let (from, to) = (o.optional("from", day)?, o.optional("to", day)?);
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        return Err(Error::from(RulesProblem::OutOfOrder).at("to"));
    }
    Ok((from, to))
}

/// Days of work, from a fifth of a day to a month: a whole number, or a decimal as text.
fn work_days(json: &Json) -> Result<Number> {
    let days = match json.as_i64() {
        Some(days) => Number::from_integer(days)?,
        None => Number::parse(&text(json)?)?,
    };
    match days.millionths() {
        200_000..=30_000_000 => Ok(days),
        _ => Err(Problem::OutOfRange { found: days.to_string(), least: "0.2".into(), most: "30".into() }.into()),
    }
}
