//! What people read: every problem and reason as one sentence, in English and in French.
//!
//! `en.rs` and `fr.rs` have one arm for each; a missing one does not compile.

mod en;
mod en_convert;
mod en_finding;
mod en_reason;
mod en_risk;
mod en_routing;
mod fr;
mod fr_convert;
mod fr_finding;
mod fr_reason;
mod fr_risk;
mod fr_routing;
mod fr_words;

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::number;
use crate::kernel::reason::Reason;
use crate::kernel::risk_reason::{RiskBand, RiskFix};

/// A language that people read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Lang {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// French.
    #[serde(rename = "fr")]
    French,
}

impl Lang {
    /// `en` or `fr`.
    pub const fn code(self) -> &'static str {
        match self {
            Lang::English => "en",
            Lang::French => "fr",
        }
    }
}

impl FromStr for Lang {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "en" => Ok(Lang::English),
            "fr" => Ok(Lang::French),
            _ => {
                Err(Problem::NotOneOf { found: crate::kernel::text::shortened(text, 60), expected: &["en", "fr"] }
                    .into())
            }
        }
    }
}

/// The sentence of a problem.
pub fn problem(problem: &Problem, lang: Lang) -> String {
    match lang {
        Lang::English => en::problem(problem),
        Lang::French => fr::problem(problem),
    }
}

/// A number with its noun: in French zero and one are singular, in English only one is.
pub fn plural(lang: Lang, n: u64, one: &str, many: &str) -> String {
    let singular = match lang {
        Lang::English => n == 1,
        Lang::French => n < 2,
    };
    format!("{n} {}", if singular { one } else { many })
}

/// The sentence of a reason.
pub fn reason(reason: &Reason, lang: Lang) -> String {
    match lang {
        Lang::English => en_reason::reason(reason),
        Lang::French => fr_reason::reason(reason),
    }
}

/// What would help against a risk.
pub fn risk_fix(fix: RiskFix, lang: Lang) -> &'static str {
    match lang {
        Lang::English => en_risk::fix(fix),
        Lang::French => fr_risk::fix(fix),
    }
}

/// How risky a deal is, in words.
pub fn risk_band(band: RiskBand, lang: Lang) -> &'static str {
    match lang {
        Lang::English => en_risk::band(band),
        Lang::French => fr_risk::band(band),
    }
}

/// Basis points as a percentage in plain digits: `30`, `33.34`.
fn hundredths(bp: u32) -> String {
    let text = number::plain(i128::from(bp), 2);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
