//! The reasons in English.

use super::en_values::{percent, plural};
use super::{Clock, Lang, en_finding};
use crate::kernel::evidence::{Criterion, Evidence, Strength};
use crate::kernel::reason::{MergeRank, MergeRule, Points, Reason, Section};

pub(super) fn reason(reason: &Reason, clock: Clock<'_>) -> String {
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
        R::Conversion(reason) => super::en_convert::reason(reason),
        R::Found { topic, method, confidence, source } => en_finding::found(*topic, *method, *confidence, source),
        R::Enrichment { topic, verdict } => en_finding::became(*topic, *verdict),
        R::Evidence { criterion, strength, points_bp, .. } => {
            let proves = match strength {
                Strength::Strong => "strong evidence",
                Strength::Medium => "some evidence",
                Strength::Weak => "weak evidence",
            };
            format!("{}: {proves} ({})", common(criterion), signed_percent(*points_bp))
        }
        R::EvidenceCap { limit_bp, points_bp } => {
            format!("limit of {} for all evidence: {}", whole_percent(*limit_bp), signed_percent(*points_bp))
        }
        R::MarkedNotDuplicate { note, points_bp } if note.is_empty() => {
            format!("marked as not a duplicate: {}", signed_percent(*points_bp))
        }
        R::MarkedNotDuplicate { note, points_bp } => {
            format!("marked as not a duplicate (\u{201c}{note}\u{201d}): {}", signed_percent(*points_bp))
        }
        R::CriterionNotSelective { criterion, limit, .. } => {
            let others = plural(*limit, "other record", "other records");
            format!("{}: shared with more than {others}, so it tells nothing", common(criterion))
        }
        R::MergedField { field, rule } => format!("`{field}`: {}", merged(*rule)),
        R::Survives { rank } => survives(*rank).to_owned(),
        R::DroppedUniqueCollision { record, other } => {
            format!("put away: the surviving record already has the same {record}, `{other}`")
        }
        R::Routing(reason) => super::en_routing::reason(reason),
        R::Risk(reason) => super::en_risk::reason(reason),
        R::Forecast(reason) => super::en_forecast::reason(reason),
        R::Quote(reason) => super::en_quote::reason(reason),
        R::Report(reason) => super::en_report::reason(reason),
        R::Narrative(reason) => super::en_narrative::reason(reason),
        R::Waterfall(reason) => super::en_waterfall::reason(reason),
        R::Inbox(reason) => super::en_inbox::reason(reason, clock),
        R::Timeline(reason) => super::en_timeline::reason(reason, clock),
        R::Bands(reason) => super::en_bands::reason(reason),
        R::Staff(reason) => super::en_staff::reason(reason, clock),
        R::Access(reason) => super::en_access::reason(reason),
        R::Sla(reason) => super::en_sla::reason(reason, clock),
        R::Sequence(reason) => super::en_sequence::reason(reason),
        R::Task(reason) => super::en_task::reason(reason, clock),
        R::Consent(reason) => super::en_consent::reason(reason),
        R::Segment(reason) => super::en_segment::reason(reason),
        R::Approval(reason) => super::en_approval::reason(reason, clock),
        R::Playbook(reason) => super::en_playbook::reason(reason),
        R::NextAction(reason) => super::en_next_action::reason(reason, clock),
        R::Attribution(reason) => super::en_attribution::reason(reason),
        R::Renewal(reason) => super::en_renewal::reason(reason),
        R::Reply(reason) => super::en_reply::reason(reason),
        R::Health(reason) => super::en_health::reason(reason),
        R::Activity(reason) => super::en_activity::reason(reason, clock),
    }
}

fn merged(rule: MergeRule) -> &'static str {
    match rule {
        MergeRule::ChosenNewestField => "the value written or cleared last",
        MergeRule::KeptPrimary => "the primary's value",
        MergeRule::FilledEmpty => "filled, since the primary had no value",
        MergeRule::Union => "the values of all records",
        MergeRule::Joined => "the texts of all records",
        MergeRule::MinDate => "the earliest",
        MergeRule::MaxDate => "the latest",
        MergeRule::Smallest => "the smallest value",
        MergeRule::Largest => "the largest value",
        MergeRule::AnyYes => "yes, since one record says so",
        MergeRule::FurthestStage => "the furthest stage",
        MergeRule::MostRestrictiveConsent => "the most restrictive answer",
        MergeRule::AddressBlock => "from the fullest address, taken as a whole",
        MergeRule::NameBlock => "from the fullest name that agrees, taken as a whole",
        MergeRule::KeptTogether => "from one record, with the fields that belong to it",
        MergeRule::FirstTouch => "from the record that came in first",
        MergeRule::ChosenByPerson => "chosen by a person",
        MergeRule::RecomputedFromEvents => "computed anew from the events of all records",
    }
}

fn survives(rank: MergeRank) -> &'static str {
    match rank {
        MergeRank::Converted => "ahead of the next: converted, or with a deal",
        MergeRank::Stage => "ahead of the next: at a further stage",
        MergeRank::Links => "ahead of the next: more records belong to it",
        MergeRank::Oldest => "ahead of the next: older",
        MergeRank::LowestId => "ahead of the next: lower id",
    }
}

/// What two records have in common.
fn common(criterion: &Criterion) -> String {
    let kind = match criterion {
        Criterion::Fields(name) => return format!("{} is the same", name.text(Lang::English)),
        Criterion::Kind(kind) => kind,
    };
    match kind {
        Evidence::ExternalId => "same id in the same system",
        Evidence::EmailExact => "same e-mail address",
        Evidence::EmailCanonical => "same mailbox, written in another way",
        Evidence::Profile => "same profile page",
        Evidence::Siret => "same establishment (SIRET)",
        Evidence::Phone => "same phone number",
        Evidence::NameCompany => "same name at the same company",
        Evidence::Registration => "same company (SIREN)",
        Evidence::Vat => "same VAT number",
        Evidence::Domain => "same company, by its domain",
        Evidence::Company => "companies of the same name",
        Evidence::Name => "same first and last name",
        Evidence::NameTransposed => "first and last name swapped",
        Evidence::NameSimilar => "similar names",
        Evidence::PhoneSimilar => "phone numbers with the same last digits",
        Evidence::NameSounds => "names that sound alike",
    }
    .to_owned()
}

/// `95%`.
fn whole_percent(bp: i64) -> String {
    percent(bp.unsigned_abs())
}

/// `+95%`, `-12.5%`.
fn signed_percent(bp: i64) -> String {
    format!("{}{}", if bp < 0 { "-" } else { "+" }, whole_percent(bp))
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

fn whole(points: i64) -> String {
    format!("{points} {}", if points.unsigned_abs() == 1 { "point" } else { "points" })
}
