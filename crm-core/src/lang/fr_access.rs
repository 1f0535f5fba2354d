//! The reasons of access in French.

use crate::kernel::access_reason::{AccessReason, Action, Scope};

pub(super) fn reason(reason: &AccessReason) -> String {
    use AccessReason as R;
    let does = |action: Action| match action {
        Action::Read => "voit",
        Action::Write => "modifie",
    };
    match reason {
        R::RoleMay { role, verb } => {
            format!("le rôle «\u{a0}{}\u{a0}» a le droit «\u{a0}{}\u{a0}»", role.name(), verb.code())
        }
        R::RoleMayNot { role, verb } => {
            format!("le rôle «\u{a0}{}\u{a0}» n’a pas le droit «\u{a0}{}\u{a0}»", role.name(), verb.code())
        }
        R::Everything { role, action } => {
            format!("le rôle «\u{a0}{}\u{a0}» {} tous les enregistrements", role.name(), does(*action))
        }
        R::NoneOfKind { role, action, record } => {
            format!(
                "le rôle «\u{a0}{}\u{a0}» ne {} aucun enregistrement du type «\u{a0}{record}\u{a0}»",
                role.name(),
                does(*action)
            )
        }
        R::Shared { record } => {
            format!("les enregistrements du type «\u{a0}{record}\u{a0}» sont accessibles à tout le monde")
        }
        R::Directory { role } => format!(
            "seuls les rôles qui modifient tous les enregistrements modifient l’organigramme\u{a0}: le rôle «\u{a0}{}\u{a0}» n’en fait pas partie",
            role.name()
        ),
        R::Own { field, user } => format!("le champ «\u{a0}{field}\u{a0}» désigne {user}, à l’origine de la demande"),
        R::Led { field, user, by } => format!("le champ «\u{a0}{field}\u{a0}» désigne {user}, encadré par {by}"),
        R::Colleague { field, user } => {
            format!("le champ «\u{a0}{field}\u{a0}» désigne {user}, membre de la même équipe")
        }
        R::Says { field, text } => format!("le champ «\u{a0}{field}\u{a0}» contient «\u{a0}{text}\u{a0}»"),
        R::Unowned => "l’enregistrement n’appartient à personne".to_owned(),
        R::Through { record, id } => {
            format!("par l’intermédiaire d’un autre enregistrement du type «\u{a0}{record}\u{a0}», «\u{a0}{id}\u{a0}»")
        }
        R::OutOfScope { role, action, scope } => {
            let whose = match scope {
                Scope::Team => "que ses propres enregistrements et ceux de son équipe",
                Scope::All | Scope::Own | Scope::None => "que ses propres enregistrements",
            };
            format!(
                "l’enregistrement appartient à d’autres\u{202f}; le rôle «\u{a0}{}\u{a0}» ne {} {whose}",
                role.name(),
                does(*action)
            )
        }
        R::ManagersInCycle { user } => {
            format!("{user} encadre quelqu’un qui l’encadre à son tour, et ne représente donc personne d’autre")
        }
        R::NotFound { record, id } => {
            format!(
                "aucun enregistrement «\u{a0}{id}\u{a0}» du type «\u{a0}{record}\u{a0}», ou aucun qui puisse être vu"
            )
        }
        R::ListedBy { user } => format!("chaque modification est répertoriée\u{202f}; celle-ci est de {user}"),
        R::ListedBySystem => {
            "chaque modification est répertoriée\u{202f}; celle-ci n’a pas d’auteur, elle vient donc du système"
                .to_owned()
        }
    }
}
