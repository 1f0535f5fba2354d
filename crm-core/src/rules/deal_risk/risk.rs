//! The answer: a score, its reasons, what is unknown, what would help.

use serde_json::{Map, Value as Json, json};

use super::model::Mute;
use crate::kernel::reason::Reason;
use crate::kernel::risk_reason::{RiskBand, RiskReason, RiskSignal};
use crate::kernel::time::{Instant, format_instant};
use crate::lang::{self, Lang};

/// One reason with its points.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The signal.
    pub signal: RiskSignal,
    /// Its points, before the limit of the score.
    pub points: i64,
    /// Why.
    pub reason: RiskReason,
    /// Since when it holds, where that is known.
    pub since: Option<Instant>,
    /// The ids of the rows that it goes by.
    pub evidence: Vec<String>,
    /// The score if this were put right.
    pub fixed_score: i64,
    /// Its band.
    pub fixed_band: RiskBand,
}

/// A signal that somebody silenced.
#[derive(Clone, Debug, PartialEq)]
pub struct Silenced {
    /// Who, until when and why.
    pub mute: Mute,
    /// The points that the signal would give now.
    pub points: i64,
    /// The day on which it counts again.
    pub day: chrono::NaiveDate,
}

/// The score of an open deal.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// The points of all lines, at most the model's limit.
    pub score: i64,
    /// How risky that is.
    pub band: RiskBand,
    /// The share of the enabled signals' weight whose facts are known, in basis points.
    pub coverage_bp: u32,
    /// The reasons, the heaviest first.
    pub lines: Vec<Line>,
    /// What the limit took off, if it did; with it the reasons sum to exactly the score.
    pub capped: Option<RiskReason>,
    /// Signals of which nobody can tell.
    pub unknown: Vec<RiskSignal>,
    /// Signals that somebody silenced.
    pub muted: Vec<Silenced>,
}

/// A score, or why there is none.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The deal has no risk: it is closed, archived, left out or its stage is unknown.
    None(RiskReason),
    /// The deal is open.
    Scored(Scored),
}

/// The risk of one deal at one instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Risk {
    /// The score, or why there is none.
    pub verdict: Verdict,
    /// The model, as `id@version`.
    pub model: String,
    /// The zone whose days were counted.
    pub zone: String,
    /// The instant.
    pub at: Instant,
    /// The first later instant at which the score or a reason's points change if nothing happens.
    pub next_change_at: Option<Instant>,
}

impl Risk {
    /// The score of an open deal.
    pub const fn score(&self) -> Option<i64> {
        match &self.verdict {
            Verdict::Scored(scored) => Some(scored.score),
            Verdict::None(_) => None,
        }
    }

    /// The answer as JSON. With a language, texts are rendered; without, codes and parameters only.
    pub fn to_json(&self, lang: Option<Lang>) -> Json {
        let mut map = Map::new();
        let mut put = |key: &str, value: Json| map.insert(key.into(), value);
        match &self.verdict {
            Verdict::None(why) => {
                put("score", Json::Null);
                put("band", Json::Null);
                put("none", Json::Object(reason(why, lang)));
            }
            Verdict::Scored(scored) => {
                put("score", scored.score.into());
                put("band", scored.band.code().into());
                if let Some(lang) = lang {
                    put("band_text", lang::risk_band(scored.band, lang).into());
                }
                put("none", Json::Null);
                put("coverage_bp", scored.coverage_bp.into());
                put("reasons", scored.reasons(lang));
                put("unknown", scored.unknown.iter().map(|signal| unknown(*signal, lang)).collect());
                put("muted", scored.muted.iter().map(|silenced| muted(silenced, lang)).collect());
            }
        }
        put("model", self.model.as_str().into());
        put("zone", self.zone.as_str().into());
        put("as_of", format_instant(self.at).into());
        put("next_change_at", self.next_change_at.map(format_instant).into());
        Json::Object(map)
    }
}

impl Scored {
    /// The reasons as JSON: each with its points, evidence, remedy and what the score would be then.
    pub fn reasons(&self, lang: Option<Lang>) -> Json {
        let line = |line: &Line| {
            let mut map = reason(&line.reason, lang);
            let fix = line.signal.fix();
            let mut remedy = Map::new();
            remedy.insert("code".into(), fix.code().into());
            if let Some(lang) = lang {
                remedy.insert("text".into(), lang::risk_fix(fix, lang).into());
            }
            map.insert("points".into(), line.points.into());
            map.insert("since".into(), line.since.map(format_instant).into());
            map.insert("evidence".into(), line.evidence.as_slice().into());
            map.insert("fix".into(), Json::Object(remedy));
            let counterfactual = json!({"score": line.fixed_score, "band": line.fixed_band.code()});
            map.insert("counterfactual".into(), counterfactual);
            Json::Object(map)
        };
        let mut reasons: Vec<Json> = self.lines.iter().map(line).collect();
        if let Some(capped) = &self.capped {
            let mut map = reason(capped, lang);
            if let RiskReason::Capped { points, .. } = capped {
                map.insert("points".into(), (*points).into());
            }
            reasons.push(Json::Object(map));
        }
        reasons.into()
    }
}

fn reason(reason: &RiskReason, lang: Option<Lang>) -> Map<String, Json> {
    Reason::Risk(reason.clone()).to_json(lang)
}

fn unknown(signal: RiskSignal, lang: Option<Lang>) -> Json {
    Json::Object(reason(&RiskReason::Unknown { signal }, lang))
}

fn muted(silenced: &Silenced, lang: Option<Lang>) -> Json {
    let Mute { signal, until, reason: why, by, .. } = silenced.mute.clone();
    let mut map = reason(&RiskReason::Muted { signal, until, day: silenced.day, reason: why, by }, lang);
    map.insert("points".into(), silenced.points.into());
    Json::Object(map)
}
