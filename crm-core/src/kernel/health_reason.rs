//! Why a customer's health is what it is, and why it changed.

use chrono::NaiveDate;
use serde_json::{Map, Value as Json, json};

use super::number::{self, Number};
use super::reason::Name;

/// What of a health is explained. Scores and points are in hundredths of a point.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values of the sentence in lang/en_health.rs")]
pub enum HealthReason {
    /// A measure gives points, of `most` at its best.
    Measure { name: Name, points: i64, most: i64, value: Option<Number> },
    /// Nobody knows the measure, or what is known is too old: it counts as configured.
    Assumed { name: Name, points: i64, most: i64, is_stale: bool },
    /// Nobody knows the measure, or what is known is too old: the others share its weight.
    NotKnown { name: Name, is_stale: bool },
    /// A cap holds and takes points off, or none where a lower one holds or the score is lower.
    Cap { name: Name, max_score: i64, points: i64 },
    /// Less is known than a band needs.
    TooLittleKnown { coverage_bp: i64, least_bp: i64 },
    /// Whoever worked it out found the same inputs as the last time.
    SameInputs,
    /// No model is for this account.
    NoModel,
    // What changed.
    /// There was nothing before.
    First,
    /// Enough is known now.
    BecameKnown { score: i64 },
    /// Too little is known now.
    BecameUnknown { score: i64 },
    /// There was a model for this account.
    ModelGone { score: i64 },
    /// Measures weigh more or less than before: the model changed, or values grew older.
    WeightsChanged { points: i64 },
    /// A measure's score changed.
    MeasureChanged { name: Name, from: i64, to: i64, points: i64 },
    /// A measure is known that was not.
    MeasureAppeared { name: Name, to: i64, points: i64 },
    /// A measure is not known any more.
    MeasureGone { name: Name, from: i64, points: i64 },
    /// A measure stayed as it was, and its share changed because others appeared or went.
    ShareChanged { name: Name, points: i64 },
    /// Caps take off more or less than before.
    CapsChanged { points: i64 },
    // What else.
    /// Somebody says another health for a while.
    Override { score: i64, until: NaiveDate, author: String, note: String },
    /// What the score would be if a measure were at its best.
    WouldHelp { name: Name, score: i64, gain: i64 },
    /// What the score would be without a cap.
    WithoutCap { name: Name, score: i64, gain: i64 },
}

impl HealthReason {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        use HealthReason as R;
        match self {
            R::Measure { .. } => "health_measure",
            R::Assumed { .. } => "health_assumed",
            R::NotKnown { .. } => "health_not_known",
            R::Cap { .. } => "health_cap",
            R::TooLittleKnown { .. } => "health_too_little_known",
            R::SameInputs => "health_same_inputs",
            R::NoModel => "health_no_model",
            R::First => "health_first",
            R::BecameKnown { .. } => "health_became_known",
            R::BecameUnknown { .. } => "health_became_unknown",
            R::ModelGone { .. } => "health_model_gone",
            R::WeightsChanged { .. } => "health_weights_changed",
            R::MeasureChanged { .. } => "health_measure_changed",
            R::MeasureAppeared { .. } => "health_measure_appeared",
            R::MeasureGone { .. } => "health_measure_gone",
            R::ShareChanged { .. } => "health_share_changed",
            R::CapsChanged { .. } => "health_caps_changed",
            R::Override { .. } => "health_override",
            R::WouldHelp { .. } => "health_would_help",
            R::WithoutCap { .. } => "health_without_cap",
        }
    }

    /// The points that the reason gives, in hundredths.
    pub const fn points(&self) -> Option<i64> {
        use HealthReason as R;
        match self {
            R::Measure { points, .. }
            | R::Assumed { points, .. }
            | R::Cap { points, .. }
            | R::WeightsChanged { points }
            | R::MeasureChanged { points, .. }
            | R::MeasureAppeared { points, .. }
            | R::MeasureGone { points, .. }
            | R::ShareChanged { points, .. }
            | R::CapsChanged { points } => Some(*points),
            _ => None,
        }
    }

    /// What the reason is about, under the keys of its JSON form.
    pub(super) fn put(&self, map: &mut Map<String, Json>) {
        use HealthReason as R;
        let mut put = |key: &str, value: Json| {
            map.insert(key.into(), value);
        };
        let points = |n: &i64| Json::from(number::plain(i128::from(*n), 2));
        if let Some(n) = self.points() {
            put("points", points(&n));
        }
        match self {
            R::Measure { name, .. }
            | R::Assumed { name, .. }
            | R::NotKnown { name, .. }
            | R::MeasureChanged { name, .. }
            | R::MeasureAppeared { name, .. }
            | R::MeasureGone { name, .. }
            | R::ShareChanged { name, .. }
            | R::WouldHelp { name, .. } => {
                put("measure", name.id.as_str().into());
                put_labels(name, &mut put);
            }
            R::Cap { name, .. } | R::WithoutCap { name, .. } => {
                put("cap", name.id.as_str().into());
                put_labels(name, &mut put);
            }
            _ => {}
        }
        match self {
            R::Measure { most, value, .. } => {
                put("most", points(most));
                put("value", value.map(|value| value.to_string()).into());
            }
            R::Assumed { most, is_stale, .. } => {
                put("most", points(most));
                put("stale", (*is_stale).into());
            }
            R::NotKnown { is_stale, .. } => put("stale", (*is_stale).into()),
            R::Cap { max_score, .. } => put("max_score", points(max_score)),
            R::TooLittleKnown { coverage_bp, least_bp } => {
                put("coverage_bp", (*coverage_bp).into());
                put("least_bp", (*least_bp).into());
            }
            R::BecameKnown { score } | R::BecameUnknown { score } | R::ModelGone { score } => {
                put("score", points(score))
            }
            R::MeasureChanged { from, to, .. } => {
                put("from", points(from));
                put("to", points(to));
            }
            R::MeasureAppeared { to, .. } => put("to", points(to)),
            R::MeasureGone { from, .. } => put("from", points(from)),
            R::Override { score, until, author, note } => {
                put("score", points(score));
                put("until", until.to_string().into());
                put("author", author.as_str().into());
                put("note", note.as_str().into());
            }
            R::WouldHelp { score, gain, .. } | R::WithoutCap { score, gain, .. } => {
                put("score", points(score));
                put("gain", points(gain));
            }
            R::SameInputs
            | R::NoModel
            | R::First
            | R::WeightsChanged { .. }
            | R::ShareChanged { .. }
            | R::CapsChanged { .. } => {}
        }
    }
}

/// What the author of a model calls its part, so that a stored reason has its words when the model has changed.
fn put_labels(name: &Name, put: &mut impl FnMut(&str, Json)) {
    if let Some(labels) = &name.labels {
        put("labels", json!({"en": labels.en, "fr": labels.fr}));
    }
}
