//! The reasons in English.

use super::Lang;
use crate::kernel::reason::{Points, Reason, Section};

pub(super) fn reason(reason: &Reason) -> String {
    use Reason as R;
    let lang = Lang::English;
    match reason {
        R::RulePoints { rule, points: given, undecayed: None } => format!("{}: {}", rule.text(lang), signed(*given)),
        R::RulePoints { rule, points: given, undecayed: Some(before) } => {
            format!("{}: {} ({before} before decay)", rule.text(lang), signed(*given))
        }
        R::FrequencyRange { rule, count, points: given } => {
            format!("{} ({}): {}", rule.text(lang), plural(*count, "time", "times"), signed(*given))
        }
        R::DailyCap { rule, limit, points: cut } => {
            format!("limit of {} a day for {}: {}", whole(*limit), rule.text(lang), signed(*cut))
        }
        R::GroupCap { group, limit, points: cut } => {
            format!("{} of {} for {}: {}", bound(*cut), whole(*limit), group.text(lang), signed(*cut))
        }
        R::SectionCap { section, limit, points: cut } => {
            format!("{} of {} for {}: {}", bound(*cut), whole(*limit), half(*section), signed(*cut))
        }
        R::IdleDecay { section, periods, every_days, points: cut } => {
            let days = plural(every_days.unsigned_abs(), "day", "days");
            let periods = plural(*periods, "period", "periods");
            format!("{periods} of {days} without activity ({}): {}", half(*section), signed(*cut))
        }
        R::TotalCap { limit, points: cut } => {
            format!("{} of {} for the whole score: {}", bound(*cut), whole(*limit), signed(*cut))
        }
        R::Rounding { points: cut } => format!("rounding to whole points: {}", signed(*cut)),
        R::ProfileCriterion { criterion, thirds } => {
            let sign = if *thirds < 0 { "-" } else { "+" };
            let thirds = plural(thirds.unsigned_abs(), "third", "thirds");
            format!("{}: {sign}{thirds} of a letter", criterion.text(lang))
        }
        R::Known { item, share_bp } => format!("{}: known ({})", item.text(lang), percent(*share_bp)),
        R::Missing { item, share_bp } => format!("{}: missing ({})", item.text(lang), percent(*share_bp)),
        R::Routing(reason) => super::en_routing::reason(reason),
    }
}

fn half(section: Section) -> &'static str {
    match section {
        Section::Fit => "fit",
        Section::Engagement => "engagement",
    }
}

/// A limit takes points off, a minimum adds some.
fn bound(cut: Points) -> &'static str {
    if cut.milli() < 0 { "limit" } else { "minimum" }
}

/// `+2 points`, `-1 point`, `+22.5 points`.
fn signed(points: Points) -> String {
    let sign = if points.milli() > 0 { "+" } else { "" };
    let one = points.milli().unsigned_abs() == 1000;
    format!("{sign}{points} {}", if one { "point" } else { "points" })
}

/// `30%`, `33.34%`.
fn percent(bp: u32) -> String {
    format!("{}%", super::hundredths(bp))
}

fn whole(points: i64) -> String {
    format!("{points} {}", if points.unsigned_abs() == 1 { "point" } else { "points" })
}

fn plural(n: u64, one: &str, many: &str) -> String {
    super::plural(super::Lang::English, n, one, many)
}
