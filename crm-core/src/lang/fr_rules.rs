//! What a configuration gets wrong, in French.

use super::fr_words::{kind, part, suggestion};
use crate::kernel::error::RulesProblem;

pub(super) fn rules(problem: &RulesProblem) -> String {
    use RulesProblem as R;
    match problem {
        R::DuplicateId { id } => {
            format!("l’identifiant `{id}` apparaît plusieurs fois\u{a0}: chaque identifiant doit être unique")
        }
        R::Empty { what } => format!("{} ne doit pas être vide", part(what)),
        R::Inverted { least, most } => format!(
            "la borne inférieure {least} dépasse la borne supérieure {most}\u{a0}: il faut d’abord la plus petite"
        ),
        R::AllZero => "toutes les valeurs sont nulles\u{a0}: il en faut au moins une non nulle".to_owned(),
        R::OutOfOrder => "les éléments ne sont pas dans l’ordre\u{a0}: il faut les trier".to_owned(),
        R::Overlap => "deux intervalles se chevauchent\u{a0}: il faut des intervalles sans valeur commune".to_owned(),
        R::Unreachable { detail } => format!("`{detail}` ne peut jamais être atteint"),
        R::WrongOperator { operator, kind: of } => {
            format!("l’opérateur `{operator}` ne s’applique pas à {}", kind(*of))
        }
        R::Exclusive { first, second } => {
            format!("`{first}` et `{second}` s’excluent mutuellement\u{a0}: il ne faut que l’un des deux")
        }
        R::FixedRule { field } => format!("la façon de fusionner `{field}` n’est pas configurable"),
        R::Requires { option, needs } => format!("`{option}` exige `{needs}`\u{a0}: il faut les deux"),
        R::TypesDiffer { first, first_kind, second, second_kind } => format!(
            "`{first}` est {} et `{second}` est {}\u{a0}: il faut deux champs de même type",
            kind(*first_kind),
            kind(*second_kind)
        ),
        R::WeakAlone { points_bp, threshold_bp } => format!(
            "les indices faibles peuvent atteindre {points_bp} à eux seuls\u{a0}: il faut moins que le seuil {threshold_bp}"
        ),
        R::Undefined { id, nearest } => {
            format!("`{id}` n’est pas défini dans cette configuration{}", suggestion(nearest.as_deref()))
        }
        R::EndsBeforeStart { from, to, next_day } => format!(
            "la plage finit à {to}, avant de commencer à {from}\u{a0}: pour {to} le lendemain, écrivez `{next_day}`"
        ),
        R::NeedsReader { operator } => {
            format!("`{operator}` dépend de la personne qui lit et du moment\u{a0}: il faut ici des valeurs fixes")
        }
        R::NeverOpens => {
            "le calendrier n’ouvre jamais\u{a0}: il faut au moins une plage qu’aucun jour férié ni aucune pause ne supprime"
                .to_owned()
        }
        R::NoStatusOf { state } => format!("aucun statut ne signifie `{state}`\u{a0}: il en faut au moins un"),
        R::ZeroTarget => "l’objectif ne laisse aucun temps\u{a0}: il faut plus de zéro seconde".to_owned(),
        R::AmbiguousDay => {
            "un jour n’a pas de longueur en temps ouvré\u{a0}: il faut des heures, des minutes ou des secondes, par exemple `8h` ou `1h 30m`"
                .to_owned()
        }
    }
}
