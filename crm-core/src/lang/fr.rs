//! The sentences in French: what was wrong, then what was expected.
//!
//! A no-break space stands before `:` (U+00A0) and before `;` and `?` (U+202F).

use super::en_words::{form, list, visible};
use super::fr_rules::rules;
use super::fr_shapes::shape;
use super::fr_staff;
use super::fr_values::plural;
use super::fr_words::{json, kind, seen, some, suggestion, things, unknown};
use crate::kernel::error::Problem;

pub(super) fn problem(problem: &Problem) -> String {
    use Problem as P;
    match problem {
        P::Json { line, column, detail } => {
            format!("le JSON est invalide à la ligne {line}, colonne {column}\u{a0}: {}", json(detail))
        }
        P::WrongType { expected, found } => format!(
            "{} n’a pas le bon type\u{a0}: il faut {}, par exemple `{}`",
            seen(found),
            kind(*expected),
            form(*expected)
        ),
        P::WrongShape { expected, found } => {
            format!("{} ne convient pas\u{a0}: il faut {}", seen(found), shape(expected))
        }
        P::UnknownField { record, found, nearest } => {
            format!("champ `{found}` inconnu pour `{record}`{}", suggestion(nearest.as_deref()))
        }
        P::UnknownOption { found, expected } => unknown("option", "inconnue", found, expected),
        P::NotOneOf { found, expected } => unknown("valeur", "inconnue", found, expected),
        P::UnknownCommand { found, nearest } => {
            format!("commande `{found}` inconnue{}", suggestion(nearest.as_deref()))
        }
        P::UnknownRecord { found, expected } => unknown("type d’enregistrement", "inconnu", found, expected),
        P::UnknownRule { found, expected } => unknown("règle", "inconnue", found, expected),
        P::Missing { name } => format!("il manque `{name}`, qui est obligatoire"),
        P::MissingOneOf { names } => format!("il faut au moins l’un des champs {}", list(names, "ou")),
        P::ReadOnly { field } => format!("`{field}` est géré par la bibliothèque et ne se modifie pas"),
        P::DuplicateKey { key } => {
            format!("la clé `{key}` apparaît plusieurs fois\u{a0}: chaque clé doit être unique")
        }
        P::NotAnId { found } => format!(
            "`{found}` n’est pas un identifiant\u{a0}: il faut un UUID, par exemple 0192f0c1-2f6a-7c3e-8a55-4d0c9b1e7a10"
        ),
        P::NotANumber { found } => format!(
            "`{found}` n’est pas un nombre\u{a0}: il faut de simples chiffres avec un point décimal, par exemple -12.5"
        ),
        P::NotAnInteger { found } => {
            format!("`{found}` n’est pas un nombre entier\u{a0}: il faut de simples chiffres, par exemple 42")
        }
        P::NotAnAmount { found } => format!(
            "`{found}` n’est pas un montant\u{a0}: il faut de simples chiffres avec un point décimal, par exemple 1234.50"
        ),
        P::TooManyPlaces { found, places: 0 } => {
            format!("`{found}` comporte des décimales\u{a0}: il n’en faut aucune")
        }
        P::TooManyPlaces { found, places } => {
            format!("`{found}` a plus de {}", plural(u64::from(*places), "décimale", "décimales"))
        }
        P::NotADate { found } => format!(
            "`{found}` n’est pas une date\u{a0}: il faut un jour tel que 2025-03-31, entre les années 1900 et 9999"
        ),
        P::NotAnInstant { found } => format!(
            "`{found}` n’est pas un instant\u{a0}: il faut une date, une heure et un décalage, par exemple 2025-03-31T09:00:00Z, entre les années 1900 et 9999"
        ),
        P::NotABoolean { found } => format!("`{found}` n’est pas une valeur logique\u{a0}: il faut true ou false"),
        P::OutOfRange { found, least, most } => {
            format!("`{found}` est hors limites\u{a0}: il faut une valeur entre {least} et {most}")
        }
        P::NoRate { from, to, date } => format!(
            "aucun taux de change de {from} vers {to} en vigueur au {date}\u{a0}: indiquez-en un valable à cette date ou avant"
        ),
        P::ManagerCycle { users } => {
            format!(
                "ces personnes se dirigent les unes les autres\u{a0}: {}\u{202f}; il faut un arbre",
                users.join(" → ")
            )
        }
        P::AmountTooLarge => {
            "le total est trop grand\u{a0}: on attend des montants dont la somme tient sur 128 bits".to_owned()
        }
        P::UnknownCurrency { found } => {
            format!("`{found}` n’est pas une devise connue\u{a0}: il faut un code ISO 4217, par exemple EUR")
        }
        P::UnknownZone { found } => {
            format!("`{found}` n’est pas un fuseau horaire connu\u{a0}: il faut un nom IANA, par exemple Europe/Paris")
        }
        P::EndBeforeStart { from, to } => {
            format!("la fin, {to}, précède le début, {from}\u{a0}: il faut d’abord le début")
        }
        P::NotEnoughOpenTime { from } => {
            format!("le calendrier n’a pas assez de temps ouvré entre {from} et la fin de l’année 9999")
        }
        P::NotEnoughOpenTimeBefore { to } => {
            format!("le calendrier n’a pas assez de temps ouvré entre l’année 1900 et {to}")
        }
        P::NotEnoughBusinessDays { from, days } => format!(
            "le calendrier ne compte pas {} à partir de {from} entre les années 1900 et 9999",
            plural(days.unsigned_abs(), "jour ouvré", "jours ouvrés")
        ),
        P::OtherCurrency { expected, found } => format!("montant en {found} alors que la devise est {expected}"),
        P::StateForbids { record, id, state } => {
            format!("{record} {id} est dans l’état `{state}`, qui ne le permet pas")
        }
        P::MissingCurrency { found } => {
            format!("`{found}` est un montant sans devise\u{a0}: il faut préciser la devise dans les options")
        }
        P::MissingZone { found } => {
            format!("`{found}` est une heure sans fuseau\u{a0}: il faut préciser le fuseau horaire dans les options")
        }
        P::DecimalPoint { found } => {
            format!("`{found}` contient un point décimal alors que le séparateur décimal du fichier est la virgule")
        }
        P::DecimalComma { found } => {
            format!(
                "`{found}` contient une virgule décimale\u{a0}: il faut choisir la virgule décimale dans les options"
            )
        }
        P::Nul => "le texte contient un caractère NUL\u{a0}: il faut un texte qui n’en contient pas".to_owned(),
        P::ControlCharacter { found } => {
            format!("caractère de contrôle dans `{}`\u{a0}: il faut un texte imprimable", visible(found))
        }
        P::NotUtf8 { byte } => {
            format!("l’octet à la position {byte} n’est pas de l’UTF-8\u{a0}: il faut un texte en UTF-8")
        }
        P::TooLong { bytes, most } => {
            format!(
                "les données sont trop longues\u{a0}: {}, pour un maximum de {most}",
                plural(*bytes, "octet", "octets")
            )
        }
        P::TooMany { what, found, most } => {
            format!("trop {}\u{a0}: {found}, pour un maximum de {most}", things(what))
        }
        P::TooDeep { most } => {
            format!("l’imbrication est trop profonde\u{a0}: {} au maximum", plural(*most, "niveau", "niveaux"))
        }
        P::Rules { detail } => rules(detail),
        P::Approval { detail } => super::fr_approval::problem(detail),
        P::Segment { detail } => super::fr_segment::problem(detail),
        P::Offer { detail } => super::fr_offer::problem(detail),
        P::Playbook { detail } => super::fr_playbook::problem(detail),
        P::Quote { detail } => super::fr_quote::problem(detail),
        P::UnclosedQuote { line } => format!("le guillemet ouvert à la ligne {line} n’est jamais fermé"),
        P::TextAfterQuote { line } => format!(
            "du texte suit le guillemet fermant à la ligne {line}\u{a0}: il faut un séparateur ou la fin de la ligne"
        ),
        P::FieldCount { found, expected } => {
            format!("{} là où l’en-tête en compte {expected}", plural(*found, "champ trouvé", "champs trouvés"))
        }
        P::DuplicateHeader { name } => {
            format!("l’en-tête contient plusieurs fois la colonne `{name}`\u{a0}: chaque nom doit être unique")
        }
        P::EmptyFile => "le fichier est vide\u{a0}: il faut un en-tête et des lignes".to_owned(),
        P::NoHeader => "le fichier n’a pas d’en-tête\u{a0}: il faut d’abord les noms des colonnes".to_owned(),
        P::Utf32 => "le fichier est en UTF-32\u{a0}: il faut de l’UTF-8 ou de l’UTF-16".to_owned(),
        P::OddUtf16 => {
            "le fichier est en UTF-16 avec un nombre impair d’octets\u{a0}: il faut un nombre pair".to_owned()
        }
        P::MaybeWindows1252 { byte } => format!(
            "l’octet à la position {byte} n’est pas de l’UTF-8 et le fichier semble être en Windows-1252\u{a0}: il faut de l’UTF-8"
        ),
        P::NoMappedColumn { found, fields, nearest } => {
            let mut text = "aucune colonne n’est associée à un champ\u{a0}: ".to_owned();
            text += &if found.is_empty() {
                "il n’y en a aucune".to_owned()
            } else {
                format!("il n’y a que {}", some(found))
            };
            if !fields.is_empty() {
                text += &format!(", et le modèle lit {}", some(fields));
            }
            if let Some((column, field)) = nearest.first() {
                text += &format!(" (`{column}` est-elle la colonne de `{field}`\u{202f}?)");
            }
            text
        }
        P::ColumnMappedTwice { field, first, second } => format!(
            "les colonnes `{first}` et `{second}` sont toutes deux associées à `{field}`\u{a0}: il n’en faut qu’une"
        ),
        P::LoneSurrogate => {
            "le fichier est en UTF-16 avec un caractère incomplet\u{a0}: il faut des paires complètes".to_owned()
        }
        P::AmbiguousDelimiter { found } => format!(
            "plusieurs séparateurs divisent l’en-tête (`{found}`)\u{a0}: il faut préciser le séparateur dans les options"
        ),
        P::AmbiguousDate { found } => format!(
            "`{found}` peut commencer par le jour ou par le mois\u{a0}: il faut préciser l’ordre des dates dans les options"
        ),
        P::NotAnEmail { found } => {
            format!("`{found}` n’est pas une adresse e-mail\u{a0}: il en faut une de la forme nom@societe.example")
        }
        P::RepeatedRecipient { found } => format!("`{found}` figure déjà parmi les destinataires"),
        P::Arrow { detail } => format!("les données Arrow ne sont pas fiables\u{a0}: {detail}"),
        P::ArrowType { found } => format!("le type Arrow `{found}` n’est pas pris en charge"),
        P::MissingColumn { name, found, nearest } => match nearest {
            Some(near) => format!(
                "la colonne `{name}` est absente\u{a0}: il y a {}, vouliez-vous dire `{near}`\u{202f}?",
                some(found)
            ),
            None if found.is_empty() => format!("la colonne `{name}` est absente\u{a0}: il n’y a aucune colonne"),
            None => format!("la colonne `{name}` est absente\u{a0}: il n’y a que {}", some(found)),
        },
        P::NotFound { record, id } => {
            format!("aucun enregistrement `{record}` n’a l’identifiant `{id}` dans cet espace de travail")
        }
        P::AlreadyExists { record, id } => {
            format!("l’enregistrement `{id}` (`{record}`) existe déjà\u{a0}: il faut un identifiant libre")
        }
        P::Duplicate { record, ids } => format!(
            "il y a peut-être déjà un tel enregistrement (`{record}`)\u{a0}: {}, il en faut un nouveau, ou l’option `on_duplicate` avec `allow`",
            some(ids)
        ),
        P::DuplicateOnRestore { record, id, ids } => format!(
            "l’enregistrement `{id}` (`{record}`) ne peut pas être restauré, car il fait peut-être double emploi avec {}\u{a0}: fusionnez-les, ou changez ce qu’ils ont en commun",
            some(ids)
        ),
        P::SameRecord { record, id } => {
            format!("l’enregistrement `{id}` (`{record}`) est donné deux fois\u{a0}: il en faut deux différents")
        }
        P::Conflict { record, id, expected, found } => format!(
            "quelqu’un d’autre a modifié entre-temps l’enregistrement `{id}` (`{record}`)\u{a0}: version {found} trouvée, version {expected} attendue"
        ),
        P::FieldConflict { fields } if fields.is_empty() => {
            "quelqu’un d’autre a modifié les mêmes champs entre-temps".to_owned()
        }
        P::FieldConflict { fields } => format!("quelqu’un d’autre a modifié {} entre-temps", some(fields)),
        P::Contended { tries } => format!(
            "quelqu’un d’autre modifiait sans cesse les mêmes données\u{a0}: abandon après {}, réessayez plus tard",
            plural(u64::from(*tries), "tentative", "tentatives")
        ),
        P::CommandReused { id } => format!(
            "l’identifiant de commande `{id}` a déjà servi à une autre commande\u{a0}: il faut un nouvel identifiant"
        ),
        P::Forbidden { role, command } => {
            format!("le rôle `{role}` n’a pas le droit d’exécuter la commande `{command}`")
        }
        P::Archived { record, id } => {
            format!(
                "l’enregistrement `{id}` (`{record}`) est archivé\u{a0}: il faut un enregistrement qui ne l’est pas"
            )
        }
        P::NotArchived { record, id } => {
            format!("l’enregistrement `{id}` (`{record}`) n’est pas archivé\u{a0}: il faut un enregistrement archivé")
        }
        P::Blocked { rows } => {
            format!("annulation impossible, car quelqu’un a modifié ou utilisé depuis {}", some(rows))
        }
        P::AlreadyUndone { id } => format!("la commande `{id}` a déjà été annulée"),
        P::AlreadyConverted { record, id } => format!(
            "la conversion de ce lead a déjà donné l’enregistrement `{id}` (`{record}`)\u{a0}: il n’en faut pas d’autre"
        ),
        P::Undecided { record, found } => format!(
            "`{record}` reste à choisir pour ce lead\u{a0}: il faut `create` ou un identifiant parmi {}",
            some(found)
        ),
        P::MergedAway { record, id, into } => format!(
            "l’enregistrement `{id}` (`{record}`) a été fusionné avec `{into}`\u{a0}: utilisez ce dernier ou annulez la fusion"
        ),
        P::MergedWithItself { record, id } => format!(
            "l’enregistrement `{id}` (`{record}`) ne peut pas fusionner avec lui-même\u{a0}: il en faut un autre"
        ),
        P::NotSurvivor { id, survivor } => format!(
            "c’est `{survivor}` qui devrait être conservé plutôt que `{id}`\u{a0}: fusionnez dans ce sens ou confirmez votre choix"
        ),
        P::ConvertedApart { first, second } => format!(
            "ces fiches ont été converties vers des comptes différents, `{first}` et `{second}`\u{a0}: il faut d’abord trancher"
        ),
        P::UnknownCalendar { found, expected } if expected.is_empty() => {
            format!("il n’y a pas de calendrier `{found}`\u{a0}: cette configuration n’en a encore aucun")
        }
        P::UnknownCalendar { found, expected } => {
            format!("il n’y a pas de calendrier `{found}`\u{a0}: calendriers existants {}", some(expected))
        }
        P::UnknownStatus { found, expected } => {
            format!("il n’y a pas de statut `{found}`\u{a0}: statuts existants {}", some(expected))
        }
        P::UnknownPriority { found, expected } => {
            format!("il n’y a pas de priorité `{found}`\u{a0}: priorités existantes {}", some(expected))
        }
        P::DueDatesDiffer { date, at, zone } => format!(
            "l’échéance est donnée deux fois, le {date} et le {at}, qui est un autre jour dans le fuseau {zone}\u{a0}: il faut l’un des deux, ou le même jour"
        ),
        P::BlockingCycle { ids } => format!(
            "ces tâches s’attendraient les unes les autres\u{a0}: {}\u{202f}; il faut une chaîne qui se termine",
            ids.join(" → ")
        ),
        P::AlreadyCompleted { id, at } => {
            format!("la tâche `{id}` a été terminée le {at}\u{a0}: il faut une tâche ouverte (voir `task.reopen`)")
        }
        P::NotCompleted { id } => format!("la tâche `{id}` est encore ouverte\u{a0}: il faut une tâche terminée"),
        P::BlockedBy { id, blocker, title } => format!(
            "la tâche `{id}` attend la tâche `{blocker}` ({title}), qui n’est pas terminée\u{a0}: terminez d’abord celle-ci ou indiquez `even_if_blocked`"
        ),
        P::UnknownSequence { found, expected } if expected.is_empty() => {
            format!("il n’y a pas de séquence `{found}`\u{a0}: cette configuration n’en a encore aucune")
        }
        P::UnknownSequence { found, expected } => {
            format!("il n’y a pas de séquence `{found}`\u{a0}: séquences existantes {}", some(expected))
        }
        P::NotSuggested { action } => {
            format!(
                "l’action `{action}` n’est pas suggérée pour cette fiche en ce moment (voir la question `suggestions`)"
            )
        }
        P::SuggestionChanged { action, found } => format!(
            "l’action `{action}` est maintenant suggérée pour d’autres raisons que sous la clé `{found}`\u{a0}: à revoir"
        ),
        P::SequenceChanged { id, version } => format!(
            "la version {version} de la séquence `{id}` n’est plus celle de l’inscription\u{a0}: toute modification demande une nouvelle version"
        ),
        P::UnknownTemplate { found, expected } if expected.is_empty() => {
            format!("il n’y a pas de modèle `{found}`\u{a0}: cette configuration n’en a encore aucun")
        }
        P::UnknownTemplate { found, expected } => {
            format!("il n’y a pas de modèle `{found}`\u{a0}: modèles existants {}", some(expected))
        }
        P::TemplateLanguage { template, language } => {
            format!("le modèle `{template}` n’existe pas en `{language}`\u{a0}: il faut l’une de ses langues")
        }
        P::MissingVariables { template, names } => {
            format!("le modèle `{template}` a besoin de {}\u{a0}: ni la saisie ni la fiche ne les donnent", some(names))
        }
        P::InFuture { found, latest } => {
            format!("`{found}` est dans le futur\u{a0}: il faut au plus {latest}, ou l’option `planned`")
        }
        P::FileGone { id, since } => {
            format!("le fichier `{id}` a pu être supprimé depuis le {since}\u{a0}: il faut le fournir à nouveau")
        }
        P::FileInUse { id } => {
            format!("le fichier `{id}` est utilisé\u{a0}: il faut un fichier qu’aucune fiche n’utilise plus")
        }
        P::FileNotYetDeletable { id, from } => {
            format!("le fichier `{id}` peut être supprimé à partir du {from}, pas avant")
        }
        P::UnknownPipeline { found, expected } if expected.is_empty() => {
            format!("il n’y a pas de pipeline `{found}`\u{a0}: cet espace de travail n’en a encore aucun")
        }
        P::UnknownPipeline { found, expected } => {
            format!("il n’y a pas de pipeline `{found}`\u{a0}: pipelines existants {}", some(expected))
        }
        P::StageNotInPipeline { pipeline, found, expected } => {
            format!("le pipeline `{pipeline}` n’a pas d’étape `{found}`\u{a0}: étapes existantes {}", some(expected))
        }
        P::NoStageOfKind { pipeline, kind } => {
            format!("le pipeline `{pipeline}` n’a aucune étape de type `{kind}`\u{a0}: il en faut au moins une")
        }
        P::KindsDiffer { from, from_kind, to, to_kind } => format!(
            "l’étape `{from}` est de type `{from_kind}` et l’étape `{to}` de type `{to_kind}`\u{a0}: il faut deux étapes du même type"
        ),
        P::RequiredToLeave { stage, fields } => {
            format!("pour quitter l’étape `{stage}`, il faut d’abord renseigner {}", some(fields))
        }
        P::RequiredToLose { fields } => {
            format!("pour déclarer une affaire perdue, il faut d’abord renseigner {}", some(fields))
        }
        P::NotClosed { id } => {
            format!("l’affaire `{id}` est en cours\u{a0}: il faut une affaire gagnée ou perdue")
        }
        P::NotResolved { id } => {
            format!("le ticket `{id}` est en cours\u{a0}: il faut un ticket résolu ou clos")
        }
        P::InUse { record, code, count, ids } => format!(
            "`{code}` (`{record}`) contient encore {}, par exemple {}\u{a0}: déplacez-les d’abord",
            plural(*count, "affaire", "affaires"),
            some(ids)
        ),
        P::DefaultPipeline { code } => {
            format!("`{code}` est le pipeline par défaut\u{a0}: choisissez-en d’abord un autre par défaut")
        }
        P::LeaveOverlaps { user, from, to, ids } => {
            format!("{user} a déjà un congé entre le {from} et le {to} ({})\u{a0}: modifiez plutôt ce congé", some(ids))
        }
        P::OwnsOpenWork { user, counts } => format!(
            "{user} a encore du travail en cours ({})\u{a0}: indiquez dans `hand_over` qui le reprend",
            fr_staff::work(counts)
        ),
        P::TooMuchToHandOver { user, open, most } => format!(
            "{user} a {open} éléments en cours, plus que les {most} possibles en une fois\u{a0}: répétez `employee.hand_over` jusqu’à ce qu’il n’en reste aucun"
        ),
        P::NobodyToTake { record, id } => format!(
            "personne ne peut reprendre `{id}` (`{record}`)\u{a0}: désignez quelqu’un ou élargissez les critères"
        ),
        P::NotOneself { user } => {
            format!("{user} ne peut pas se remplacer soi-même\u{a0}: il faut une autre personne")
        }
        P::StalePlan { expected, found } => format!(
            "ce que le plan avait compté a changé entre-temps\u{a0}: plan `{found}` trouvé, plan `{expected}` attendu\u{202f}; vérifiez-le de nouveau"
        ),
        P::Busy => {
            "le stockage est verrouillé par quelqu’un d’autre\u{202f}; rien n’a été modifié, réessayez".to_owned()
        }
        P::StorageFull => "le stockage n’a plus de place\u{202f}; rien n’a été modifié".to_owned(),
        P::Storage { detail } => {
            format!("le stockage a échoué\u{a0}: {detail}\u{202f}; rien de ce qui avait été confirmé n’est perdu")
        }
        P::Corrupt { detail } => format!(
            "les données stockées sont endommagées ou ont été modifiées hors de la bibliothèque\u{a0}: {detail}"
        ),
        P::NewerSchema { found, known } => format!(
            "le fichier a été écrit par une version plus récente\u{a0}: schéma en version {found}, version {known} au maximum"
        ),
        P::ForeignFile => {
            "ce fichier appartient à une autre application\u{a0}: il faut un fichier de cette bibliothèque".to_owned()
        }
        P::NullPointer { name } => format!("`{name}` est un pointeur nul\u{a0}: il faut un pointeur valide"),
        P::InvalidHandle { name } => {
            format!("`{name}` n’est pas un descripteur valide\u{a0}: il faut un descripteur ouvert du bon type")
        }
        P::Panic { detail } => {
            format!("un bogue de cette bibliothèque a interrompu l’appel, merci de le signaler\u{a0}: {detail}")
        }
        P::Cancelled => "l’opération a été annulée par l’appelant".to_owned(),
    }
}

#[cfg(test)]
mod tests;
