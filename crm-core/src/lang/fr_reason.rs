//! The reasons in French.
//!
//! A no-break space stands before `:`; decimals have a comma; below two, French is singular.

use super::fr_values::{percent, plural};
use super::{Clock, Lang, fr_finding};
use crate::kernel::evidence::{Criterion, Evidence, Strength};
use crate::kernel::reason::{MergeRank, MergeRule, Points, Reason, Section};

pub(super) fn reason(reason: &Reason, clock: Clock<'_>) -> String {
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
        R::Found { topic, method, confidence, source } => fr_finding::found(*topic, *method, *confidence, source),
        R::Enrichment { topic, verdict } => fr_finding::became(*topic, *verdict),
        R::Evidence { criterion, strength, points_bp, .. } => {
            let proves = match strength {
                Strength::Strong => "indice fort",
                Strength::Medium => "indice moyen",
                Strength::Weak => "indice faible",
            };
            format!("{}\u{a0}: {proves} ({})", common(criterion), signed_percent(*points_bp))
        }
        R::EvidenceCap { limit_bp, points_bp } => {
            let limit = whole_percent(*limit_bp);
            format!("plafond de {limit} pour l’ensemble des indices\u{a0}: {}", signed_percent(*points_bp))
        }
        R::MarkedNotDuplicate { note, points_bp } if note.is_empty() => {
            format!("signalé comme n’étant pas un doublon\u{a0}: {}", signed_percent(*points_bp))
        }
        R::MarkedNotDuplicate { note, points_bp } => {
            format!("signalé comme n’étant pas un doublon («\u{a0}{note}\u{a0}»)\u{a0}: {}", signed_percent(*points_bp))
        }
        R::CriterionNotSelective { criterion, limit, .. } => {
            let others = plural(*limit, "autre fiche", "autres fiches");
            format!("{}\u{a0}: vrai aussi pour plus de {others}, ce critère ne prouve rien", common(criterion))
        }
        R::MergedField { field, rule } => format!("`{field}`\u{a0}: {}", merged(*rule)),
        R::Survives { rank } => format!("avant la fiche suivante\u{a0}: {}", survives(*rank)),
        R::DroppedUniqueCollision { record, other } => {
            format!("mis de côté\u{a0}: la fiche conservée a déjà le même élément (`{record}` `{other}`)")
        }
        R::Routing(reason) => super::fr_routing::reason(reason),
        R::Risk(reason) => super::fr_risk::reason(reason),
        R::Forecast(reason) => super::fr_forecast::reason(reason),
        R::Quote(reason) => super::fr_quote::reason(reason),
        R::Report(reason) => super::fr_report::reason(reason),
        R::Narrative(reason) => super::fr_narrative::reason(reason),
        R::Waterfall(reason) => super::fr_waterfall::reason(reason),
        R::Inbox(reason) => super::fr_inbox::reason(reason, clock),
        R::Timeline(reason) => super::fr_timeline::reason(reason, clock),
        R::Bands(reason) => super::fr_bands::reason(reason),
        R::Staff(reason) => super::fr_staff::reason(reason, clock),
        R::Access(reason) => super::fr_access::reason(reason),
        R::Sla(reason) => super::fr_sla::reason(reason, clock),
        R::Sequence(reason) => super::fr_sequence::reason(reason),
        R::Task(reason) => super::fr_task::reason(reason, clock),
        R::Consent(reason) => super::fr_consent::reason(reason),
        R::Segment(reason) => super::fr_segment::reason(reason),
        R::Approval(reason) => super::fr_approval::reason(reason, clock),
        R::Playbook(reason) => super::fr_playbook::reason(reason),
        R::NextAction(reason) => super::fr_next_action::reason(reason, clock),
        R::Attribution(reason) => super::fr_attribution::reason(reason),
        R::Renewal(reason) => super::fr_renewal::reason(reason),
        R::Reply(reason) => super::fr_reply::reason(reason),
        R::Health(reason) => super::fr_health::reason(reason),
        R::Activity(reason) => super::fr_activity::reason(reason, clock),
    }
}

fn merged(rule: MergeRule) -> &'static str {
    match rule {
        MergeRule::ChosenNewestField => "la modification la plus récente l’emporte",
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

/// What two records have in common.
fn common(criterion: &Criterion) -> String {
    let kind = match criterion {
        Criterion::Fields(name) => return format!("«\u{a0}{}\u{a0}» à l’identique", name.text(Lang::French)),
        Criterion::Kind(kind) => kind,
    };
    match kind {
        Evidence::ExternalId => "même identifiant dans le même système",
        Evidence::EmailExact => "même adresse e-mail",
        Evidence::EmailCanonical => "même boîte e-mail, écrite autrement",
        Evidence::Profile => "même page de profil",
        Evidence::Siret => "même établissement (SIRET)",
        Evidence::Phone => "même numéro de téléphone",
        Evidence::NameCompany => "même nom dans la même entreprise",
        Evidence::Registration => "même entreprise (SIREN)",
        Evidence::Vat => "même numéro de TVA",
        Evidence::Domain => "même entreprise, d’après le domaine",
        Evidence::Company => "entreprises de même nom",
        Evidence::Name => "mêmes prénom et nom",
        Evidence::NameTransposed => "prénom et nom inversés",
        Evidence::NameSimilar => "noms voisins",
        Evidence::PhoneSimilar => "numéros de téléphone aux mêmes derniers chiffres",
        Evidence::NameSounds => "noms de prononciation voisine",
    }
    .to_owned()
}

/// `95 %`, with a no-break space.
fn whole_percent(bp: i64) -> String {
    percent(bp.unsigned_abs())
}

/// `+95 %`, `-12,5 %`.
fn signed_percent(bp: i64) -> String {
    format!("{}{}", if bp < 0 { "-" } else { "+" }, whole_percent(bp))
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

fn whole(points: i64) -> String {
    plural_of(points, points.unsigned_abs(), "point", "points")
}

fn plural_of(shown: impl std::fmt::Display, n: u64, one: &str, many: &str) -> String {
    format!("{shown} {}", if n < 2 { one } else { many })
}
