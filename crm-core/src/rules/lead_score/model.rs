//! The score model as data: what its author writes, and its JSON form.

use serde_json::Value as Json;

use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json;
use crate::kernel::predicate::Predicate;
pub use crate::kernel::reason::Labels;
use crate::rules::read::{Object, labels, list, text};

/// A model of the lead score. [`LeadScorer::new`](super::LeadScorer::new) checks what it says; reading it from JSON
/// checks only its shape.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreModel {
    /// The model's own name.
    pub id: String,
    /// Counts its editions, from 1.
    pub version: i64,
    /// The IANA zone whose calendar days `per: day`, `daily_cap` and `every_months` follow.
    pub zone: String,
    /// Who the lead is.
    pub fit: Option<SectionModel>,
    /// What the lead does.
    pub engagement: Option<SectionModel>,
    /// The limits of the whole score.
    pub total: Limits,
    /// Names for ranges of the score, the highest first.
    pub bands: Vec<Band>,
    /// Letter and digit from the two sections.
    pub grade: Option<GradeModel>,
    /// A grade by thirds of a letter, apart from the points.
    pub profile: Option<Profile>,
}

/// The least and the most points that something may give.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// The least; `None` for no limit.
    pub min: Option<i64>,
    /// The most; `None` for no limit.
    pub max: Option<i64>,
}

/// Half of a score.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SectionModel {
    /// The section's limits.
    pub limits: Limits,
    /// Its groups.
    pub groups: Vec<Group>,
    /// What idleness takes off.
    pub idle: Option<Idle>,
}

/// Points off for every whole period without activity, down to the section's minimum (or 0 where it has none).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Idle {
    /// The length of a period, in days of 24 hours.
    pub every_days: i64,
    /// The points that each period takes off; positive.
    pub points: i64,
}

/// Rules under common limits.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The group's name in results.
    pub id: String,
    /// What people read instead of the id.
    pub labels: Option<Labels>,
    /// The group's limits.
    pub limits: Limits,
    /// Whether its points count; otherwise they are a score of their own, reported and not added.
    pub counts: bool,
    /// Its rules.
    pub rules: Vec<Rule>,
}

/// What gives points.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rule {
    /// The rule's name in results.
    pub id: String,
    /// What people read instead of the id.
    pub labels: Option<Labels>,
    /// Points each time; `None` only with `ranges`.
    pub points: Option<i64>,
    /// The condition on the record.
    pub when: Option<Predicate>,
    /// The kinds of event that count; none for a rule about the record.
    pub events: Vec<String>,
    /// What is counted; by default the record, or each event where `events` has some.
    pub per: Option<Per>,
    /// Points by the number of events (or days): exactly one range applies.
    pub ranges: Vec<CountRange>,
    /// Only events younger than so many days of 24 hours.
    pub window_days: Option<i64>,
    /// Only the newest event.
    pub once: bool,
    /// At most so many points for one kind of event on one calendar day, before decay.
    pub daily_cap: Option<i64>,
    /// How points fade with the age of their event.
    pub decay: Option<Decay>,
}

/// What a rule counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    /// The record, once.
    Record,
    /// Every event.
    Event,
    /// Every calendar day with an event.
    Day,
}

impl Per {
    const NAMES: &'static [&'static str] = &["record", "event", "day"];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Per::Record => "record",
            Per::Event => "event",
            Per::Day => "day",
        }
    }
}

/// Points for a number of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountRange {
    /// From so many.
    pub min: i64,
    /// Up to so many; `None` for no end.
    pub max: Option<i64>,
    /// The points, all in all.
    pub points: i64,
}

/// How points fade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decay {
    /// Every whole period takes a percentage of what is left.
    Percent {
        /// From 1 to 99.
        percent: i64,
        /// The period.
        every: Every,
    },
    /// Half is left after so many days, in 64 steps.
    HalfLife {
        /// The half-life in days of 24 hours.
        days: i64,
    },
}

/// A period of decay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// Days of 24 hours.
    Days(i64),
    /// Calendar months in the model's zone.
    Months(i64),
}

/// A name for the scores from a threshold on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Band {
    /// The band's name in results.
    pub id: String,
    /// The least score of the band.
    pub from: i64,
    /// What people read instead of the id.
    pub labels: Option<Labels>,
}

/// A letter by fit and a digit by engagement, for example `A1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GradeModel {
    /// The letters with their least scores, the highest first.
    pub fit: Vec<Step>,
    /// The digits with their least scores, the highest first.
    pub engagement: Vec<Step>,
}

/// A mark from a threshold on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The letter or digit.
    pub mark: String,
    /// The least score.
    pub from: i64,
}

/// A grade from `F` to `A+` that criteria move by thirds of a letter.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// The grade of a lead of whom nothing is known.
    pub start: String,
    /// Whether a criterion that certainly does not hold lowers the grade (as in Pardot).
    pub lower_on_false: bool,
    /// The criteria.
    pub criteria: Vec<Criterion>,
}

/// What moves the profile's grade.
#[derive(Clone, Debug, PartialEq)]
pub struct Criterion {
    /// The criterion's name in results.
    pub id: String,
    /// What people read instead of the id.
    pub labels: Option<Labels>,
    /// How many thirds of a letter.
    pub thirds: i64,
    /// The condition on the record.
    pub when: Predicate,
}

impl ScoreModel {
    /// The documented default, `standard@1`: see `default_model.json`.
    ///
    /// # Errors
    /// None, as the tests show; the file is compiled in.
    pub fn standard() -> Result<Self> {
        Self::from_json(&json::parse(include_bytes!("default_model.json"))?)
    }

    /// Reads the JSON form.
    ///
    /// # Errors
    /// An unknown option with the nearest name, a missing one or one of another shape, with its path.
    pub fn from_json(json: &Json) -> Result<Self> {
        let o =
            Object::new(json, &["id", "version", "zone", "fit", "engagement", "total", "bands", "grade", "profile"])?;
        Ok(Self {
            id: o.text("id")?,
            version: o.integer("version")?,
            zone: o.optional("zone", text)?.unwrap_or_else(|| "UTC".into()),
            fit: o.optional("fit", section)?,
            engagement: o.optional("engagement", section)?,
            total: o.optional("total", |v| limits(&Object::new(v, &["min", "max"])?))?.unwrap_or_default(),
            bands: o.list("bands", band)?,
            grade: o.optional("grade", grade)?,
            profile: o.optional("profile", profile)?,
        })
    }
}

fn limits(o: &Object<'_>) -> Result<Limits> {
    Ok(Limits { min: o.optional_integer("min")?, max: o.optional_integer("max")? })
}

fn section(json: &Json) -> Result<SectionModel> {
    let o = Object::new(json, &["min", "max", "groups", "idle"])?;
    let idle = |v| {
        let o = Object::new(v, &["every_days", "points"])?;
        Ok(Idle { every_days: o.integer("every_days")?, points: o.integer("points")? })
    };
    Ok(SectionModel { limits: limits(&o)?, groups: o.list("groups", group)?, idle: o.optional("idle", idle)? })
}

fn group(json: &Json) -> Result<Group> {
    let o = Object::new(json, &["id", "labels", "min", "max", "counts", "rules"])?;
    Ok(Group {
        id: o.text("id")?,
        labels: o.optional("labels", labels)?,
        limits: limits(&o)?,
        counts: o.flag("counts", true)?,
        rules: o.list("rules", rule)?,
    })
}

fn rule(json: &Json) -> Result<Rule> {
    const KEYS: &[&str] =
        &["id", "labels", "points", "when", "event", "per", "ranges", "window_days", "once", "daily_cap", "decay"];
    let o = Object::new(json, KEYS)?;
    let per = |v: &Json| {
        Ok(match text(v)?.as_str() {
            "record" => Per::Record,
            "event" => Per::Event,
            "day" => Per::Day,
            other => return Err(Problem::NotOneOf { found: other.into(), expected: Per::NAMES }.into()),
        })
    };
    let events = |v: &Json| if v.is_array() { list(v, text) } else { Ok(vec![text(v)?]) };
    let range = |v| {
        let o = Object::new(v, &["min", "max", "points"])?;
        Ok(CountRange { min: o.integer("min")?, max: o.optional_integer("max")?, points: o.integer("points")? })
    };
    Ok(Rule {
        id: o.text("id")?,
        labels: o.optional("labels", labels)?,
        points: o.optional_integer("points")?,
        when: o.optional("when", Predicate::from_json)?,
        events: o.optional("event", events)?.unwrap_or_default(),
        per: o.optional("per", per)?,
        ranges: o.list("ranges", range)?,
        window_days: o.optional_integer("window_days")?,
        once: o.flag("once", false)?,
        daily_cap: o.optional_integer("daily_cap")?,
        decay: o.optional("decay", decay)?,
    })
}

fn decay(json: &Json) -> Result<Decay> {
    use crate::kernel::error::RulesProblem::{Exclusive, Requires};
    let o = Object::new(json, &["percent", "every_days", "every_months", "half_life_days"])?;
    let percent = o.optional_integer("percent")?;
    let every = match (o.optional_integer("every_days")?, o.optional_integer("every_months")?) {
        (Some(_), Some(_)) => return Err(Exclusive { first: "every_days", second: "every_months" }.into()),
        (days, months) => days.map(Every::Days).or(months.map(Every::Months)),
    };
    match (percent, every, o.optional_integer("half_life_days")?) {
        (Some(percent), Some(every), None) => Ok(Decay::Percent { percent, every }),
        (None, None, Some(days)) => Ok(Decay::HalfLife { days }),
        (Some(_), None, None) => Err(Requires { option: "percent", needs: "every_days" }.into()),
        (None, Some(_), None) => Err(Requires { option: "every_days", needs: "percent" }.into()),
        (_, _, Some(_)) => Err(Exclusive { first: "percent", second: "half_life_days" }.into()),
        (None, None, None) => Err(Problem::Missing { name: "percent".into() }.into()),
    }
}

fn band(json: &Json) -> Result<Band> {
    let o = Object::new(json, &["id", "from", "labels"])?;
    Ok(Band { id: o.text("id")?, from: o.integer("from")?, labels: o.optional("labels", labels)? })
}

fn grade(json: &Json) -> Result<GradeModel> {
    let o = Object::new(json, &["fit", "engagement"])?;
    let letter = |v| step(&Object::new(v, &["letter", "from"])?, "letter");
    let digit = |v| step(&Object::new(v, &["digit", "from"])?, "digit");
    Ok(GradeModel { fit: o.list("fit", letter)?, engagement: o.list("engagement", digit)? })
}

fn step(o: &Object<'_>, key: &str) -> Result<Step> {
    Ok(Step { mark: o.text(key)?, from: o.integer("from")? })
}

fn profile(json: &Json) -> Result<Profile> {
    let o = Object::new(json, &["start", "lower_on_false", "criteria"])?;
    let criterion = |v| {
        let o = Object::new(v, &["id", "labels", "thirds", "when"])?;
        Ok(Criterion {
            id: o.text("id")?,
            labels: o.optional("labels", labels)?,
            thirds: o.integer("thirds")?,
            when: Predicate::from_json(o.required("when")?).map_err(|e: Error| e.at("when"))?,
        })
    };
    Ok(Profile {
        start: o.text("start")?,
        lower_on_false: o.flag("lower_on_false", true)?,
        criteria: o.list("criteria", criterion)?,
    })
}
