//! Pipelines as JSON: strict reading, writing, and the standard one.

use serde_json::{Value as Json, json};

use super::{MOST_STAGES, Pipeline, Pipelines, Stage};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::number::Number;
use crate::kernel::probability::{Probability, WHOLE_BP};
use crate::kernel::reason::Labels;
use crate::kernel::sales::{Category, StageKind};
use crate::kernel::text;
use crate::rules::check;
use crate::rules::read::{Object, integer, labels, list, text as read_text, wrong};

/// Most days of a threshold: ten years.
const MOST_DAYS: i64 = 3_650;
/// Most fields that one stage requires.
const MOST_REQUIRED: usize = 50;

impl Pipelines {
    /// Reads `{"pipelines": [{"code": "sales", "name": {"en": "Sales", "fr": "Ventes"}, "default": true, "stages":
    /// [{"code": "qualified", "name": "Qualified", "kind": "open", "probability_bp": 2000, "category": "pipeline",
    /// "idle_days": 14, "max_age_days": 30, "exit_requires": ["value"], "position": "1"}]}]}`, or the list alone.
    ///
    /// Only codes, stages and the probability of open stages are required. A name is one text or two; a stage without
    /// `position` stands where it is listed; without `kind` it is open; without `category` an open one is `pipeline`.
    /// Won stages have 10,000 basis points and lost ones 0. The only pipeline is the default one.
    ///
    /// # Errors
    /// Unknown options, values out of range and what [`Pipeline::new`] and [`Pipelines::new`] refuse, with their path.
    pub fn from_json(json: &Json) -> Result<Self> {
        let all = match json {
            Json::Array(_) => list(json, pipeline)?,
            _ => Object::new(json, &["pipelines"])?.list("pipelines", pipeline)?,
        };
        Pipelines::new(all)
    }

    /// One pipeline `sales` with four open stages: prospecting (10 %), qualification (20 %), proposal (50 %),
    /// negotiation (80 %), and `won` and `lost`. Deals are idle after 14 days and stay 30 days at most.
    #[allow(clippy::expect_used, reason = "the standard configuration is part of the library and tested")]
    pub fn standard() -> Self {
        Pipelines::from_json(&json!([{
            "code": "sales",
            "name": {"en": "Sales", "fr": "Ventes"},
            "default": true,
            "stages": [
                open("prospecting", "Prospecting", "Prospection", 1_000, Category::Pipeline),
                open("qualification", "Qualification", "Qualification", 2_000, Category::Pipeline),
                open("proposal", "Proposal", "Proposition", 5_000, Category::BestCase),
                open("negotiation", "Negotiation", "Négociation", 8_000, Category::Commit),
                {"code": "won", "name": {"en": "Won", "fr": "Gagnée"}, "kind": "won"},
                {"code": "lost", "name": {"en": "Lost", "fr": "Perdue"}, "kind": "lost"},
            ],
        }]))
        .expect("the standard pipelines")
    }

    /// The list that [`Pipelines::from_json`] reads.
    pub fn to_json(&self) -> Json {
        self.all().iter().map(Pipeline::to_json).collect()
    }
}

fn open(code: &str, en: &str, fr: &str, probability_bp: i64, category: Category) -> Json {
    json!({"code": code, "name": {"en": en, "fr": fr}, "probability_bp": probability_bp, "category": category.code(),
        "idle_days": 14, "max_age_days": 30})
}

impl Pipeline {
    /// One element of the list.
    pub fn to_json(&self) -> Json {
        json!({
            "code": self.code,
            "name": names_json(&self.labels),
            "default": self.is_default,
            "stages": self.stages().iter().map(Stage::to_json).collect::<Json>(),
        })
    }
}

impl Stage {
    /// One stage of the list.
    pub fn to_json(&self) -> Json {
        json!({
            "code": self.code,
            "name": names_json(&self.labels),
            "position": self.position.to_string(),
            "kind": self.kind.code(),
            "probability_bp": self.probability.bp(),
            "category": self.category.code(),
            "idle_days": self.idle_days,
            "max_age_days": self.max_age_days,
            "exit_requires": self.exit_requires,
        })
    }
}

fn names_json(labels: &Labels) -> Json {
    json!({"en": labels.en, "fr": labels.fr})
}

/// One pipeline of the list.
pub(crate) fn pipeline(json: &Json) -> Result<Pipeline> {
    let o = Object::new(json, &["code", "name", "default", "stages"])?;
    let code = o.required("code").and_then(code)?;
    let stages = match o.required("stages")? {
        Json::Array(stages) => {
            check::most("stages", stages.len(), MOST_STAGES).map_err(|e| e.at("stages"))?;
            let one = |(i, s): (usize, &Json)| stage(s, i).map_err(|e| e.at_index(i).at("stages"));
            stages.iter().enumerate().map(one).collect::<Result<_>>()?
        }
        other => {
            return Err(Error::from(Problem::WrongShape {
                expected: "a list",
                found: crate::kernel::json::shown(other),
            })
            .at("stages"));
        }
    };
    let labels = o.optional("name", names)?.unwrap_or_else(|| named(&code));
    Pipeline::new(code, labels, o.flag("default", false)?, stages)
}

/// A stage; without a position it stands where it is listed.
pub(crate) fn stage(json: &Json, place: usize) -> Result<Stage> {
    let o = Object::new(
        json,
        &[
            "code",
            "name",
            "position",
            "kind",
            "probability_bp",
            "category",
            "idle_days",
            "max_age_days",
            "exit_requires",
        ],
    )?;
    let code = o.required("code").and_then(code)?;
    let listed = || Number::from_integer(i64::try_from(place).unwrap_or(i64::MAX).saturating_add(1));
    let kind = o.optional("kind", choice(StageKind::from_code, StageKind::CODES))?.unwrap_or(StageKind::Open);
    Ok(Stage {
        labels: o.optional("name", names)?.unwrap_or_else(|| named(&code)),
        code,
        position: o.optional("position", number)?.map_or_else(listed, Ok)?,
        kind,
        probability: probability(kind, o.optional_integer("probability_bp")?).map_err(|e| e.at("probability_bp"))?,
        category: category(kind, o.optional("category", choice(Category::from_code, Category::CODES))?),
        idle_days: o.optional("idle_days", |v| integer(v).and_then(days))?,
        max_age_days: o.optional("max_age_days", |v| integer(v).and_then(days))?,
        exit_requires: o.optional("exit_requires", fields)?.unwrap_or_default(),
    })
}

/// The probability of a stage of this kind: won is certain and lost is not; an open one must say.
pub(crate) fn probability(kind: StageKind, bp: Option<i64>) -> Result<Probability> {
    let fixed = |bp: Option<i64>, only: i64| match bp {
        Some(found) if found != only => check::between(found, only, only),
        _ => Ok(()),
    };
    match kind {
        StageKind::Won => fixed(bp, WHOLE_BP).map(|()| Probability::ONE),
        StageKind::Lost => fixed(bp, 0).map(|()| Probability::ZERO),
        StageKind::Open => Probability::from_bp(bp.ok_or_else(|| Problem::Missing { name: "probability_bp".into() })?),
    }
}

/// The category of a stage of this kind; only an open one has a choice.
pub(crate) fn category(kind: StageKind, chosen: Option<Category>) -> Category {
    Category::of(kind, chosen, Category::Pipeline)
}

/// A threshold in days.
pub(crate) fn days(found: i64) -> Result<u16> {
    check::between(found, 1, MOST_DAYS)?;
    Ok(u16::try_from(found).unwrap_or(u16::MAX))
}

/// A code: an id without blanks around it.
fn code(json: &Json) -> Result<String> {
    let found = read_text(json).map_err(|e| e.at("code"))?;
    let trimmed = text::check(&found).map_err(|e| e.at("code"))?;
    check::id(trimmed).map_err(|e| e.at("code"))?;
    Ok(trimmed.to_owned())
}

/// A name: one text for both languages, or one for each.
pub(crate) fn names(json: &Json) -> Result<Labels> {
    let found = match json {
        Json::String(one) => Labels { en: one.clone(), fr: one.clone() },
        other => labels(other)?,
    };
    check::labels(Some(&found))?;
    Ok(found)
}

fn named(code: &str) -> Labels {
    Labels { en: code.to_owned(), fr: code.to_owned() }
}

/// A decimal as text, or a whole number.
fn number(json: &Json) -> Result<Number> {
    match json {
        Json::String(text) => Number::parse(text),
        other => other
            .as_i64()
            .ok_or_else(|| wrong(crate::kernel::field::FieldType::Number, other))
            .and_then(Number::from_integer),
    }
}

/// Names of fields.
fn fields(json: &Json) -> Result<Vec<String>> {
    let fields = list(json, read_text)?;
    check::most("fields", fields.len(), MOST_REQUIRED)?;
    Ok(fields)
}

/// Reads one of a list of codes.
pub(super) fn choice<T>(
    from_code: impl Fn(&str) -> Option<T>,
    codes: &'static [&'static str],
) -> impl Fn(&Json) -> Result<T> {
    move |json| {
        let found = json.as_str().and_then(&from_code);
        found.ok_or_else(|| crate::kernel::json::not_one_of(json, codes))
    }
}
