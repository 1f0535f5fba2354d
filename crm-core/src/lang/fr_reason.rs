//! The reasons in French.
//!
//! A no-break space stands before `:`; decimals have a comma; below two, French is singular.

use super::Lang;
use crate::kernel::reason::{Points, Reason, Section};

pub(super) fn reason(reason: &Reason) -> String {
    use Reason as R;
    let lang = Lang::French;
    match reason {
        R::RulePoints { rule, points: given, undecayed: None } => {
            format!("{}\u{a0}: {}", rule.text(lang), signed(*given))
        }
        R::RulePoints { rule, points: given, undecayed: Some(before) } => {
            format!("{}\u{a0}: {} ({} avant érosion)", rule.text(lang), signed(*given), decimal(*before))
        }
        R::FrequencyRange { rule, count, points: given } => {
            format!("{} ({count} fois)\u{a0}: {}", rule.text(lang), signed(*given))
        }
        R::DailyCap { rule, limit, points: cut } => {
            format!(
                "plafond de {} par jour pour «\u{a0}{}\u{a0}»\u{a0}: {}",
                whole(*limit),
                rule.text(lang),
                signed(*cut)
            )
        }
        R::GroupCap { group, limit, points: cut } => {
            format!("{} de {} pour {}\u{a0}: {}", bound(*cut), whole(*limit), group.text(lang), signed(*cut))
        }
        R::SectionCap { section, limit, points: cut } => {
            format!("{} de {} pour {}\u{a0}: {}", bound(*cut), whole(*limit), half(*section), signed(*cut))
        }
        R::IdleDecay { section, periods, every_days, points: cut } => {
            let days = plural(every_days.unsigned_abs(), "jour", "jours");
            let periods = plural(*periods, "période", "périodes");
            format!("{periods} de {days} sans activité ({})\u{a0}: {}", bare(*section), signed(*cut))
        }
        R::TotalCap { limit, points: cut } => {
            format!("{} de {} pour l’ensemble du score\u{a0}: {}", bound(*cut), whole(*limit), signed(*cut))
        }
        R::Rounding { points: cut } => format!("arrondi au point entier\u{a0}: {}", signed(*cut)),
        R::ProfileCriterion { criterion, thirds } => {
            let sign = if *thirds < 0 { "-" } else { "+" };
            format!(
                "{}\u{a0}: {sign}{} de lettre",
                criterion.text(lang),
                plural(thirds.unsigned_abs(), "tiers", "tiers")
            )
        }
        R::Known { item, share_bp } => format!("{}\u{a0}: déjà sur la fiche ({})", item.text(lang), percent(*share_bp)),
        R::Missing { item, share_bp } => format!("{}\u{a0}: à compléter ({})", item.text(lang), percent(*share_bp)),
        R::Routing(reason) => super::fr_routing::reason(reason),
    }
}

fn bare(section: Section) -> &'static str {
    match section {
        Section::Fit => "adéquation",
        Section::Engagement => "engagement",
    }
}

fn half(section: Section) -> &'static str {
    match section {
        Section::Fit => "l’adéquation",
        Section::Engagement => "l’engagement",
    }
}

/// A limit takes points off, a minimum adds some.
fn bound(cut: Points) -> &'static str {
    if cut.milli() < 0 { "plafond" } else { "plancher" }
}

/// `+2 points`, `-1 point`, `+1,5 point`, `+22,5 points`.
fn signed(points: Points) -> String {
    let sign = if points.milli() > 0 { "+" } else { "" };
    let singular = points.milli().unsigned_abs() < 2000;
    format!("{sign}{} {}", decimal(points), if singular { "point" } else { "points" })
}

fn decimal(points: Points) -> String {
    points.to_string().replace('.', ",")
}

/// `30 %`, `33,34 %`, with a no-break space.
fn percent(bp: u32) -> String {
    format!("{}\u{a0}%", super::hundredths(bp).replace('.', ","))
}

fn whole(points: i64) -> String {
    plural_of(points, points.unsigned_abs(), "point", "points")
}

fn plural(n: u64, one: &str, many: &str) -> String {
    super::plural(super::Lang::French, n, one, many)
}

fn plural_of(shown: impl std::fmt::Display, n: u64, one: &str, many: &str) -> String {
    format!("{shown} {}", if n < 2 { one } else { many })
}
