//! The reasons in French.
//!
//! A no-break space stands before `:`; decimals have a comma; below two, French is singular.

use super::Lang;
use crate::kernel::reason::{MergeRank, MergeRule, Points, Reason, Section};

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
        R::Conversion(reason) => super::fr_convert::reason(reason),
        R::MergedField { field, rule } => format!("`{field}`\u{a0}: {}", merged(*rule)),
        R::Survives { rank } => format!("avant la fiche suivante\u{a0}: {}", survives(*rank)),
        R::DroppedUniqueCollision { record, other } => {
            format!("mis de côté\u{a0}: la fiche conservée a déjà le même élément (`{record}` `{other}`)")
        }
    }
}

fn merged(rule: MergeRule) -> &'static str {
    match rule {
        MergeRule::ChosenNewestField => "la dernière valeur saisie ou effacée",
        MergeRule::KeptPrimary => "la valeur de la fiche principale",
        MergeRule::FilledEmpty => "complété, car la fiche principale n’avait pas de valeur",
        MergeRule::Union => "les valeurs de toutes les fiches",
        MergeRule::Joined => "les textes de toutes les fiches",
        MergeRule::MinDate => "la date la plus ancienne",
        MergeRule::MaxDate => "la date la plus récente",
        MergeRule::Smallest => "la valeur la plus petite",
        MergeRule::Largest => "la valeur la plus grande",
        MergeRule::AnyYes => "oui, car une fiche l’indique",
        MergeRule::FurthestStage => "l’étape la plus avancée",
        MergeRule::MostRestrictiveConsent => "la réponse la plus restrictive",
        MergeRule::AddressBlock => "repris de l’adresse la plus complète, en bloc",
        MergeRule::NameBlock => "repris du nom concordant le plus complet, en bloc",
        MergeRule::KeptTogether => "repris d’une seule fiche, avec les champs qui vont ensemble",
        MergeRule::FirstTouch => "repris de la fiche arrivée en premier",
        MergeRule::ChosenByPerson => "choisi par une personne",
        MergeRule::RecomputedFromEvents => "recalculé à partir des événements de toutes les fiches",
    }
}

fn survives(rank: MergeRank) -> &'static str {
    match rank {
        MergeRank::Converted => "convertie, ou liée à une affaire",
        MergeRank::Stage => "à une étape plus avancée",
        MergeRank::Links => "liée à davantage d’éléments",
        MergeRank::Oldest => "plus ancienne",
        MergeRank::LowestId => "d’identifiant plus petit",
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
