//! A health as JSON, and its reasons.

use serde_json::{Map, Value as Json, json};

use super::sum::{Health, Line, LineState};
use crate::kernel::health_reason::HealthReason;
use crate::kernel::number;
use crate::kernel::reason::Reason;
use crate::kernel::time::format_instant;
use crate::lang::Lang;

/// Hundredths of a point with both decimals: `72.50`.
pub fn points_text(hundredths: i64) -> String {
    number::plain(i128::from(hundredths), 2)
}

/// Millionths without needless zeros.
fn plain(millionths: i64) -> String {
    let text = number::plain(i128::from(millionths), 6);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Reasons as answers have them.
pub fn reasons_json(reasons: &[HealthReason], lang: Option<Lang>) -> Vec<Json> {
    reasons.iter().map(|reason| Json::Object(Reason::Health(reason.clone()).to_json(lang))).collect()
}

impl Health {
    /// Why the score is what it is: the points of the measures and caps add up to it.
    pub fn reasons(&self) -> Vec<HealthReason> {
        let line = |line: &Line| {
            let name = line.name.clone();
            match line.state {
                LineState::Known => {
                    HealthReason::Measure { name, points: line.points, most: line.most, value: line.value }
                }
                LineState::LeftOut => HealthReason::NotKnown { name, is_stale: line.is_stale },
                LineState::Neutral | LineState::Worst => {
                    HealthReason::Assumed { name, points: line.points, most: line.most, is_stale: line.is_stale }
                }
            }
        };
        let mut reasons: Vec<HealthReason> = self.lines.iter().map(line).collect();
        reasons.extend(self.caps.iter().map(|cap| HealthReason::Cap {
            name: cap.name.clone(),
            max_score: cap.max_score,
            points: cap.points,
        }));
        if self.is_without_model {
            reasons.push(HealthReason::NoModel);
        } else if self.score.is_none() {
            let (coverage_bp, least_bp) = (self.coverage_bp(), self.min_coverage_bp);
            reasons.push(HealthReason::TooLittleKnown { coverage_bp, least_bp });
        }
        reasons
    }

    /// As answers have it.
    pub fn to_json(&self, lang: Option<Lang>) -> Json {
        let mut map = Map::new();
        let mut put = |key: &str, value: Json| map.insert(key.into(), value);
        put("model", Some(&self.model).filter(|model| !model.is_empty()).map(String::as_str).into());
        put("score", self.score.map(points_text).into());
        put("score_exact", self.exact.map(|exact| exact.to_string()).into());
        put("uncapped", self.uncapped.map(points_text).into());
        put("coverage", self.coverage.to_string().into());
        put("coverage_bp", self.coverage_bp().into());
        put("band", self.band.id.as_str().into());
        if let Some(lang) = lang {
            put("band_text", self.band.text(lang).into());
        }
        put("measures", self.lines.iter().map(line_json).collect());
        let cap = |cap: &super::sum::CapHit| json!({"code": cap.name.id, "max_score": points_text(cap.max_score), "points": points_text(cap.points)});
        put("caps", self.caps.iter().map(cap).collect());
        put("reasons", reasons_json(&self.reasons(), lang).into());
        put("next_change_at", self.next_change_at.map(format_instant).into());
        Json::Object(map)
    }
}

fn line_json(line: &Line) -> Json {
    json!({
        "code": line.name.id,
        "weight": plain(line.nominal),
        "counted_weight": plain(line.weight),
        "value": line.value.map(|value| value.to_string()),
        "as_of": line.as_of.map(format_instant),
        "score": line.score.map(plain),
        "state": line.state.code(),
        "stale": line.is_stale,
        "points": points_text(line.points),
        "most": points_text(line.most),
    })
}
