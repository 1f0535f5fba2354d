//! What logging, drafting and attaching have to say, in French.

use super::{Clock, Lang};
use crate::kernel::activity_reason::ActivityReason;
use crate::kernel::time::Instant;

pub(super) fn reason(reason: &ActivityReason, clock: Clock<'_>) -> String {
    let moment = |at: Instant| clock.in_full(at, Lang::French);
    use ActivityReason as R;
    match reason {
        R::MissingVariable { name, from_record: true } => format!("la fiche ne renseigne pas `{name}`"),
        R::MissingVariable { name, from_record: false } => format!("`{name}` reste à remplir"),
        R::AlreadyLogged { source, id } => format!("{source} a déjà transmis cette activité ({id})"),
        R::RevisedBySource { source, id } => {
            format!("{source} transmet une nouvelle version de cette activité ({id})\u{a0}: elle a été révisée")
        }
        R::StaysRemoved { source, id } => {
            format!("{source} transmet une activité qui a été supprimée ({id})\u{a0}: elle le reste")
        }
        R::OptedOut => {
            "la personne ne souhaite pas être contactée par écrit\u{a0}: un brouillon est possible, pas l’envoi"
                .to_owned()
        }
        R::ConsentUnknown => "on ne sait pas encore si la personne accepte d’être contactée par écrit".to_owned(),
        R::NoRecipient { channel } => format!("aucun destinataire connu pour le canal {channel}"),
        R::FileKept { links } => format!(
            "le fichier est conservé\u{a0}: il reste lié à {}",
            super::plural(Lang::French, *links, "fiche", "fiches")
        ),
        R::FileDeletable { at } => {
            format!("plus aucune fiche n’utilise ce fichier\u{a0}: il peut être supprimé à partir du {}", moment(*at))
        }
        R::FileDeleted { at } => format!("le fichier a été supprimé le {}", moment(*at)),
        R::SameFile { name } => format!("le même fichier existe déjà, sous le nom {name}"),
        R::FileRevived => "une fiche utilise de nouveau ce fichier\u{a0}: il est conservé".to_owned(),
    }
}
