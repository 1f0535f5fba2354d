//! Stored reasons of a customer's health.

use super::Stored;
use crate::kernel::health_reason::HealthReason as R;
use crate::kernel::number::Number;
use crate::kernel::reason::{Labels, Name};

pub(super) fn read(code: &str, o: &Stored<'_>) -> Option<R> {
    let name = |key: &str| {
        let text = |lang: &str| o.0.get("labels")?.get(lang)?.as_str().map(str::to_owned);
        let labels = text("en").zip(text("fr")).map(|(en, fr)| Labels { en, fr });
        Some(Name { id: o.text(key)?, labels })
    };
    let measure = || name("measure");
    let points = |key: &str| o.coded(key, |text| Number::parse(text).ok()).map(|n| n.millionths() / 10_000);
    Some(match code {
        "health_measure" => R::Measure {
            name: measure()?,
            points: points("points")?,
            most: points("most")?,
            value: o.coded("value", |text| Number::parse(text).ok()),
        },
        "health_assumed" => {
            R::Assumed { name: measure()?, points: points("points")?, most: points("most")?, is_stale: o.yes("stale")? }
        }
        "health_not_known" => R::NotKnown { name: measure()?, is_stale: o.yes("stale")? },
        "health_cap" => R::Cap { name: name("cap")?, max_score: points("max_score")?, points: points("points")? },
        "health_too_little_known" => {
            R::TooLittleKnown { coverage_bp: o.number("coverage_bp")?, least_bp: o.number("least_bp")? }
        }
        "health_same_inputs" => R::SameInputs,
        "health_no_model" => R::NoModel,
        "health_first" => R::First,
        "health_became_known" => R::BecameKnown { score: points("score")? },
        "health_became_unknown" => R::BecameUnknown { score: points("score")? },
        "health_model_gone" => R::ModelGone { score: points("score")? },
        "health_weights_changed" => R::WeightsChanged { points: points("points")? },
        "health_measure_changed" => {
            R::MeasureChanged { name: measure()?, from: points("from")?, to: points("to")?, points: points("points")? }
        }
        "health_measure_appeared" => {
            R::MeasureAppeared { name: measure()?, to: points("to")?, points: points("points")? }
        }
        "health_measure_gone" => R::MeasureGone { name: measure()?, from: points("from")?, points: points("points")? },
        "health_share_changed" => R::ShareChanged { name: measure()?, points: points("points")? },
        "health_caps_changed" => R::CapsChanged { points: points("points")? },
        "health_override" => R::Override {
            score: points("score")?,
            until: o.day("until")?,
            author: o.text("author")?,
            note: o.text("note")?,
        },
        "health_would_help" => R::WouldHelp { name: measure()?, score: points("score")?, gain: points("gain")? },
        "health_without_cap" => R::WithoutCap { name: name("cap")?, score: points("score")?, gain: points("gain")? },
        _ => return None,
    })
}
