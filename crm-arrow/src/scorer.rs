//! What the columns of the result show of a score.

use crm_core::kernel::reason::{Points, Reason};

/// `job_title:+15` for a rule, `total_cap:-20` or `daily_cap.visits:-5` for a cut.
pub(crate) fn reason_code(reason: &Reason) -> String {
    let code = reason.code();
    match reason {
        Reason::RulePoints { rule, points, .. } | Reason::FrequencyRange { rule, points, .. } => {
            signed(&rule.id, *points)
        }
        Reason::DailyCap { rule, points, .. } => signed(&format!("{code}.{}", rule.id), *points),
        Reason::GroupCap { group, points, .. } => signed(&format!("{code}.{}", group.id), *points),
        Reason::SectionCap { section, points, .. } | Reason::IdleDecay { section, points, .. } => {
            signed(&format!("{code}.{}", section.name()), *points)
        }
        Reason::TotalCap { points, .. } | Reason::Rounding { points } => signed(code, *points),
        other => other.code().to_owned(),
    }
}

fn signed(name: &str, points: Points) -> String {
    let plus = if points.milli() > 0 { "+" } else { "" };
    format!("{name}:{plus}{points}")
}
