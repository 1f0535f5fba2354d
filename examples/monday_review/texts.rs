//! What the review says, in English and in French.

use std::path::Path;

use chrono::{Datelike as _, Weekday};
use crm_core::Lang::{self, English, French};
use crm_core::{Instant, lang::plural};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Text {
    Created,
    Updated,
    Known,
    Twice,
    Repaired,
    Refused,
}

pub(crate) const fn importing(lang: Lang) -> &'static str {
    match lang {
        English => "Importing",
        French => "Import",
    }
}

pub(crate) const fn scoring(lang: Lang) -> &'static str {
    match lang {
        English => "Scoring",
        French => "Calcul des scores",
    }
}

/// What is wrong with a file, and where.
pub(crate) fn told(lang: Lang, path: &str, error: &crm_core::Error) -> String {
    match error.field() {
        Some(field) => format!("{path}: {field}: {}", error.text(lang)),
        None => format!("{path}: {}", error.text(lang)),
    }
}

pub(crate) fn title(lang: Lang, at: Instant) -> String {
    let (day, month, year) = (at.day(), usize::try_from(at.month0()).unwrap_or(0), at.year());
    let months = match lang {
        English => [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ],
        French => [
            "janvier",
            "février",
            "mars",
            "avril",
            "mai",
            "juin",
            "juillet",
            "août",
            "septembre",
            "octobre",
            "novembre",
            "décembre",
        ],
    };
    let month = months.get(month).copied().unwrap_or_default();
    let weekday = weekday(lang, at.weekday());
    match lang {
        English => format!("Lead review of {weekday}, {day} {month} {year}"),
        French if day == 1 => format!("Revue des leads du {weekday} 1er {month} {year}"),
        French => format!("Revue des leads du {weekday} {day} {month} {year}"),
    }
}

const fn weekday(lang: Lang, day: Weekday) -> &'static str {
    match (lang, day) {
        (English, Weekday::Mon) => "Monday",
        (English, Weekday::Tue) => "Tuesday",
        (English, Weekday::Wed) => "Wednesday",
        (English, Weekday::Thu) => "Thursday",
        (English, Weekday::Fri) => "Friday",
        (English, Weekday::Sat) => "Saturday",
        (English, Weekday::Sun) => "Sunday",
        (French, Weekday::Mon) => "lundi",
        (French, Weekday::Tue) => "mardi",
        (French, Weekday::Wed) => "mercredi",
        (French, Weekday::Thu) => "jeudi",
        (French, Weekday::Fri) => "vendredi",
        (French, Weekday::Sat) => "samedi",
        (French, Weekday::Sun) => "dimanche",
    }
}

pub(crate) fn read(lang: Lang, name: &str, source: &str, records: u64, delimiter: char) -> String {
    let separator = match (lang, delimiter) {
        (English, '\t') => "tabs".into(),
        (French, '\t') => "tabulations".into(),
        (_, c) => format!("`{c}`"),
    };
    match lang {
        English => {
            format!("{name} ({source}): {} read, separated by {separator}", plural(lang, records, "record", "records"))
        }
        French => {
            let read = plural(lang, records, "ligne lue", "lignes lues");
            format!("{name} ({source})\u{a0}: {read}, séparateur {separator}")
        }
    }
}

pub(crate) fn counted(lang: Lang, text: Text, n: u64) -> String {
    let (one, many) = match (lang, text) {
        (English, Text::Created) => ("new lead", "new leads"),
        (English, Text::Updated) => ("lead updated", "leads updated"),
        (English, Text::Known) => ("lead already there, unchanged", "leads already there, unchanged"),
        (English, Text::Twice) => ("row that repeats another one", "rows that repeat another one"),
        (English, Text::Repaired) => ("row repaired (quotes or separators)", "rows repaired (quotes or separators)"),
        (English, Text::Refused) => ("row refused, see below", "rows refused, see below"),
        (French, Text::Created) => ("nouveau lead", "nouveaux leads"),
        (French, Text::Updated) => ("lead mis à jour", "leads mis à jour"),
        (French, Text::Known) => ("lead déjà connu, inchangé", "leads déjà connus, inchangés"),
        (French, Text::Twice) => ("ligne qui en répète une autre", "lignes qui en répètent une autre"),
        (French, Text::Repaired) => {
            ("ligne réparée (guillemets ou séparateurs)", "lignes réparées (guillemets ou séparateurs)")
        }
        (French, Text::Refused) => ("ligne refusée, voir plus bas", "lignes refusées, voir plus bas"),
    };
    plural(lang, n, one, many)
}

pub(crate) fn ignored(lang: Lang, headers: &[String]) -> String {
    let (n, list) = (u64::try_from(headers.len()).unwrap_or(u64::MAX), headers.join(", "));
    match lang {
        English => format!(
            "{} not imported: {list} (--map \"column=field\" takes one in)",
            plural(lang, n, "column", "columns")
        ),
        French => {
            let columns = plural(lang, n, "colonne non importée", "colonnes non importées");
            format!("{columns}\u{a0}: {list} (--map \"colonne=champ\" en ajoute une)")
        }
    }
}

pub(crate) fn outranked(lang: Lang, header: &str, field: &str) -> String {
    match lang {
        English => format!("column {header} not imported: another column already fills {field}"),
        French => format!("colonne {header} non importée\u{a0}: une autre remplit déjà {field}"),
    }
}

pub(crate) fn scored(lang: Lang, n: u64, bands: &str) -> String {
    match lang {
        English => format!("{} scored: {bands}", plural(lang, n, "lead", "leads")),
        French => format!("{}\u{a0}: {bands}", plural(lang, n, "lead évalué", "leads évalués")),
    }
}

pub(crate) const fn columns(lang: Lang) -> [&'static str; 6] {
    match lang {
        English => ["Score", "Band", "Grade", "Lead", "Value", "Owner"],
        French => ["Score", "Niveau", "Classe", "Lead", "Montant", "Responsable"],
    }
}

/// The reasons of one lead; with how much is known, where that is little.
pub(crate) fn reasons(lang: Lang, reasons: &[String], known_bp: u32) -> String {
    let list = reasons.join(" · ");
    let percent = known_bp / 100;
    match lang {
        _ if percent >= 50 => list,
        English => format!("{list} ({percent} % of what the model asks is known)"),
        French => format!("{list} ({percent}\u{a0}% des informations du modèle sont connues)"),
    }
}

pub(crate) fn more(lang: Lang, n: u64) -> String {
    match lang {
        English => plural(lang, n, "more", "more"),
        French => plural(lang, n, "autre", "autres"),
    }
}

pub(crate) fn refused(lang: Lang, name: &str, n: u64) -> String {
    match lang {
        English => format!("{} of {name} refused:", plural(lang, n, "row", "rows")),
        French => format!("{} dans {name}\u{a0}:", plural(lang, n, "ligne refusée", "lignes refusées")),
    }
}

/// A reason that many rows share, told once.
pub(crate) fn alike(lang: Lang, first: &str, others: u64) -> String {
    match lang {
        _ if others == 0 => first.to_owned(),
        English => format!("{first} (and {} like it)", plural(lang, others, "row", "rows")),
        French => format!("{first} (et {})", plural(lang, others, "autre ligne semblable", "autres lignes semblables")),
    }
}

/// The options that would let refused rows in.
pub(crate) fn hint(lang: Lang, options: &[&str]) -> String {
    let options = options.join(" ");
    match lang {
        English => format!("→ to let them in, run the review again with: {options}"),
        French => format!("→ pour les accepter, relancez la revue avec\u{a0}: {options}"),
    }
}

pub(crate) fn date_order(lang: Lang, day_first: bool) -> &'static str {
    match (lang, day_first) {
        (English, true) => "dates read with the day first, as the file's own dates prove",
        (English, false) => "dates read with the month first, as the file's own dates prove",
        (French, true) => "dates lues jour d’abord, comme le prouvent celles du fichier",
        (French, false) => "dates lues mois d’abord, comme le prouvent celles du fichier",
    }
}

pub(crate) fn zone(lang: Lang) -> &'static str {
    match lang {
        English => "times that name no zone read as UTC (--zone Europe/Paris changes this)",
        French => "heures sans fuseau lues en UTC (--zone Europe/Paris pour en changer)",
    }
}

pub(crate) fn line(lang: Lang, line: u64, message: &str) -> String {
    match lang {
        English => format!("line {line}: {message}"),
        French => format!("ligne {line}\u{a0}: {message}"),
    }
}

pub(crate) fn database(lang: Lang, path: &Path) -> String {
    match lang {
        English => format!("Database:  {}", path.display()),
        French => format!("Base de données\u{a0}: {}", path.display()),
    }
}

pub(crate) fn result(lang: Lang, path: &Path) -> String {
    match lang {
        English => format!("Result:    {}", path.display()),
        French => format!("Résultat\u{a0}: {}", path.display()),
    }
}

pub(crate) fn page(lang: Lang, path: &Path) -> String {
    match lang {
        English => format!("Page:      {}", path.display()),
        French => format!("Page\u{a0}: {}", path.display()),
    }
}

pub(crate) fn refused_file(lang: Lang, path: &Path, database: &Path) -> String {
    let (path, database) = (path.display(), database.display());
    match lang {
        English => format!("Refused:   {path} (once corrected: monday_review {path} --db {database})"),
        French => {
            format!("Lignes refusées\u{a0}: {path} (une fois corrigées\u{a0}: monday_review {path} --db {database})")
        }
    }
}

pub(crate) fn would_overwrite(lang: Lang, path: &Path) -> String {
    match lang {
        English => format!("{} would be overwritten: choose another --db", path.display()),
        French => format!("{} serait écrasé\u{a0}: choisissez un autre --db", path.display()),
    }
}

pub(crate) fn placeholders(lang: Lang, n: u64) -> String {
    match lang {
        English => format!("{} such as N/A read as empty", plural(lang, n, "cell", "cells")),
        French => format!("{} du type N/A lues comme vides", plural(lang, n, "cellule", "cellules")),
    }
}

/// What a spreadsheet in this language expects between cells.
pub(crate) const fn delimiter(lang: Lang) -> char {
    match lang {
        English => ',',
        French => ';',
    }
}

pub(crate) const fn result_columns(lang: Lang) -> [&'static str; 14] {
    match lang {
        English => [
            "Rank",
            "Score",
            "Band",
            "Grade",
            "Company",
            "First name",
            "Last name",
            "E-mail",
            "Phone",
            "Owner",
            "Value",
            "Currency",
            "Source",
            "Reasons",
        ],
        French => [
            "Rang",
            "Score",
            "Niveau",
            "Classe",
            "Société",
            "Prénom",
            "Nom",
            "E-mail",
            "Téléphone",
            "Responsable",
            "Montant",
            "Devise",
            "Origine",
            "Raisons",
        ],
    }
}

pub(crate) const fn help(lang: Lang) -> &'static str {
    match lang {
        English => {
            "\
Reviews leads: imports an export, scores every lead, prints a ranked list with reasons.

  monday_review [FILE] [options]

FILE is any CRM's lead export as CSV; without it, two bundled samples are reviewed.

  --lang en|fr              language of the output (default: that of the system)
  --at INSTANT              the instant of the review, e.g. 2026-11-23T08:00:00Z (default: now)
  --top N                   how many leads are printed (default: 15)
  --db PATH                 the SQLite file (default: monday_review/<file>-<folder>.db)
  --routing FILE.json       who works the leads: the section `routing` of a configuration; shows who would get which
                            lead and why (default: nobody is proposed; the samples have a team of their own)
  --update                  take over changed values of leads that are already there
  --map COLUMN=FIELD        which field a column fills; COLUMN=- leaves it out; may be repeated
  --source NAME             the system's name (default: recognised from the header)
  --currency EUR            the currency of amounts that name none
  --decimal point|comma     the decimal mark
  --date-order day-first|month-first    (default: proven by the file, else refused)
  --zone Europe/Paris       the zone of times that name none (default: UTC)
  --encoding utf-8|windows-1252
  --delimiter CHARACTER     between the columns (default: found in the header)"
        }
        French => {
            "\
Passe les leads en revue : importe un export, évalue chaque lead, affiche un classement avec les raisons.

  monday_review [FICHIER] [options]

FICHIER est l’export de leads de n’importe quel CRM, en CSV ; sans lui, deux exemples fournis sont passés en revue.

  --lang en|fr              langue de l’affichage (par défaut celle du système)
  --at INSTANT              l’instant de la revue, p. ex. 2026-11-23T08:00:00Z (par défaut : maintenant)
  --top N                   nombre de leads affichés (par défaut : 15)
  --db CHEMIN               le fichier SQLite (par défaut : monday_review/<fichier>-<dossier>.db)
  --routing FICHIER.json    qui traite les leads : la section `routing` d’une configuration ; affiche qui recevrait
                            quel lead et pourquoi (par défaut : aucune proposition ; les exemples ont leur équipe)
  --update                  reprend les valeurs modifiées des leads déjà connus
  --map COLONNE=CHAMP       le champ que remplit une colonne ; COLONNE=- l’écarte ; peut être répété
  --source NOM              le nom du système (par défaut : reconnu à l’en-tête)
  --currency EUR            la devise des montants qui n’en indiquent pas
  --decimal point|comma     le séparateur décimal
  --date-order day-first|month-first    (par défaut : prouvé par le fichier, sinon refusé)
  --zone Europe/Paris       le fuseau des heures qui n’en indiquent pas (par défaut : UTC)
  --encoding utf-8|windows-1252
  --delimiter CARACTÈRE     entre les colonnes (par défaut : trouvé dans l’en-tête)"
        }
    }
}
