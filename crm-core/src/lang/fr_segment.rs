//! What segments say in French.

use chrono::NaiveDate;
use serde_json::Value as Json;

use super::Lang;
use super::en_words::visible;
use super::fr_values::date;
use super::values::written;
use crate::kernel::predicate::Operator;
use crate::kernel::segment_problem::SegmentProblem;
use crate::kernel::segment_reason::{SegmentReason, TestOutcome, TestReason};

pub(super) fn reason(reason: &SegmentReason) -> String {
    use SegmentReason as R;
    match reason {
        R::PinnedIn { segment } => format!("une personne a ajouté nommément la fiche à `{segment}`"),
        R::PinnedOut { segment } => format!("une personne a retiré nommément la fiche de `{segment}`"),
        R::PutAway { segment } => {
            format!("la fiche est archivée\u{a0}: elle n’appartient à aucun segment, donc pas à `{segment}`")
        }
        R::NotNamed { segment } => format!("`{segment}` est une liste nominative, et la fiche n’y figure pas"),
        R::Matches { segment } => format!("la condition de `{segment}` est remplie"),
        R::DoesNotMatch { segment } => format!("la condition de `{segment}` n’est pas remplie"),
        R::NotInUseThen { segment } => format!(
            "`{segment}` n’était pas en service à cette date\u{a0}: sa condition actuelle s’applique, sans les fiches ajoutées ou retirées nommément depuis"
        ),
        R::Other { segment, is_member: true, is_wanted: true } => {
            format!("la fiche appartient à `{segment}`, comme demandé")
        }
        R::Other { segment, is_member: true, is_wanted: false } => {
            format!("la fiche appartient à `{segment}`, ce qui est exclu")
        }
        R::Other { segment, is_member: false, is_wanted: true } => {
            format!("la fiche n’appartient pas à `{segment}`, alors que c’est demandé")
        }
        R::Other { segment, is_member: false, is_wanted: false } => {
            format!("la fiche n’appartient pas à `{segment}`, comme demandé")
        }
        R::Test(test) => sentence(test),
    }
}

fn sentence(test: &TestReason) -> String {
    let TestReason { field, operator, value, days, found, is_negated, outcome, .. } = test;
    let asked = asked(*operator, value, *days);
    let asked = if *is_negated { format!("l’inverse de «\u{a0}{asked}\u{a0}»") } else { asked };
    let shown = written(found, Lang::French);
    match (outcome, found.is_null()) {
        (TestOutcome::Holds, true) => format!("`{field}` n’est pas renseigné, comme demandé ({asked})"),
        (TestOutcome::Holds, false) => format!("`{field}` vaut {shown}, comme demandé ({asked})"),
        (TestOutcome::Fails, false) => format!("`{field}` vaut {shown}, or il est demandé\u{a0}: {asked}"),
        (_, true) => format!("`{field}` n’est pas renseigné, or il est demandé\u{a0}: {asked}"),
        (TestOutcome::Unknown, false) => format!("`{field}` vaut {shown}, ce qui ne se compare pas\u{a0}: {asked}"),
    }
}

fn asked(operator: Operator, given: &Json, days: Option<(NaiveDate, NaiveDate)>) -> String {
    use Operator as O;
    let value = written(given, Lang::French);
    match (operator, days) {
        (O::Before, Some((from, _))) => format!("avant le {}", date(from)),
        (O::After, Some((_, last))) => format!("après le {}", date(last)),
        (_, Some((from, last))) if from == last => format!("le {}", date(from)),
        (_, Some((from, last))) => format!("du {} au {}", date(from), date(last)),
        (O::Equal, _) => value,
        (O::NotEqual, _) => format!("autre chose que {value}"),
        (O::Less, _) => format!("moins de {value}"),
        (O::AtMost, _) => format!("au plus {value}"),
        (O::Greater, _) => format!("plus de {value}"),
        (O::AtLeast, _) => format!("au moins {value}"),
        (O::In, _) => format!("l’une des valeurs {value}"),
        (O::NotIn, _) => format!("aucune des valeurs {value}"),
        (O::Between, _) => match given.as_array().map(Vec::as_slice) {
            Some([least, most]) => format!("entre {} et {}", written(least, Lang::French), written(most, Lang::French)),
            _ => format!("entre {value}"),
        },
        (O::StartsWith, _) => format!("commence par {value}"),
        (O::EndsWith, _) => format!("se termine par {value}"),
        (O::Contains, _) => format!("contient {value}"),
        (O::HasWord, _) => format!("contient le mot {value}"),
        (O::Has, _) => format!("comprend {value}"),
        (O::IsNull, _) => "non renseigné".to_owned(),
        (O::IsKnown, _) => "renseigné".to_owned(),
        (O::WithinDays, _) => format!("il y a {value}\u{a0}j au plus"),
        (O::OlderThanDays, _) => format!("il y a plus de {value}\u{a0}j"),
        (O::NextDays, _) => format!("d’ici {value}\u{a0}j"),
        (O::During, _) => format!("pendant {value}"),
        (O::Before, None) => format!("avant {value}"),
        (O::After, None) => format!("après {value}"),
    }
}

pub(super) fn problem(problem: &SegmentProblem) -> String {
    use SegmentProblem as P;
    match problem {
        P::NeedsStore { segment } => format!(
            "seule une base sait qui fait partie du segment `{segment}`\u{a0}: il faut ici une condition sur des champs"
        ),
        P::Unknown { segment } => format!("aucun segment `{segment}` n’est en service"),
        P::OtherRecord { segment, record, expected } => format!(
            "le segment `{segment}` porte sur des fiches de type `{record}`\u{a0}: il en faut un de type `{expected}`"
        ),
        P::Cycle { path } => format!("les segments renvoient les uns aux autres en boucle\u{a0}: {}", path.join(" → ")),
        P::InRouting { segment } => format!("les règles de répartition désignent `{segment}`"),
        P::InSaved { segment, by } => {
            let by: Vec<String> = by.iter().map(|name| format!("«\u{a0}{}\u{a0}»", visible(name))).collect();
            format!("des vues ou des rapports enregistrés désignent `{segment}`\u{a0}: {}", by.join(", "))
        }
        P::InUse { segment, by } => format!("d’autres segments désignent `{segment}`\u{a0}: {}", by.join(", ")),
    }
}
