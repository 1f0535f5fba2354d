//! What the French sentences of problems name: kinds, values, names, and the phrases that the code passes in English.
//!
//! A test reads the sources of every crate and fails when a phrase is missing here (`tests/it/phrases.rs`).

use super::en_words::{closest, list};
use crate::kernel::field::FieldType;

/// Most names of somebody's file that one sentence lists.
const MOST_NAMES: usize = 12;

/// What the JSON reader complains about; its words are English, and a new one stays so.
pub(super) fn json(detail: &str) -> &str {
    match detail {
        "EOF while parsing a list" => "le texte s’arrête au milieu d’une liste",
        "EOF while parsing an object" => "le texte s’arrête au milieu d’un objet",
        "EOF while parsing a string" => "le texte s’arrête au milieu d’une chaîne",
        "EOF while parsing a value" => "le texte s’arrête là où il faut une valeur",
        "expected `:`" => "il faut `:`",
        "expected `,` or `]`" => "il faut `,` ou `]`",
        "expected `,` or `}`" => "il faut `,` ou `}`",
        "expected ident" => "il faut `true`, `false` ou `null`",
        "expected value" => "il faut une valeur",
        "expected `\"`" => "il faut `\"`",
        "invalid escape" => "séquence d’échappement invalide",
        "invalid number" => "nombre invalide",
        "number out of range" => "nombre hors limites",
        "invalid unicode code point" => "point de code Unicode invalide",
        "control character (\\u0000-\\u001F) found while parsing a string" => {
            "caractère de contrôle (\\u0000-\\u001F) dans une chaîne"
        }
        "key must be a string" => "une clé doit être une chaîne",
        "lone leading surrogate in hex escape" => "caractère incomplet dans une séquence d’échappement",
        "trailing comma" => "virgule superflue à la fin",
        "trailing characters" => "caractères superflus à la fin",
        "unexpected end of hex escape" => "séquence d’échappement inachevée",
        "recursion limit exceeded" => "imbrication trop profonde",
        other => other,
    }
}

/// What there may be too many of, after "trop".
pub(super) fn things(what: &str) -> String {
    let things = match what {
        "bands" => "tranches",
        "scenarios" => "scénarios",
        "bins" => "barres",
        "deals" => "affaires",
        "cells" => "cellules",
        "columns" => "colonnes",
        "conditions" => "conditions",
        "days" => "jours",
        "criteria" => "critères",
        "dates" => "dates",
        "domains" => "domaines",
        "enrolments" => "inscriptions",
        "events" => "événements",
        "exceptions" => "dérogations",
        "fields" => "champs",
        "grades" => "notes",
        "groups" => "groupes",
        "icons" => "icônes",
        "happenings" => "faits",
        "instants" => "instants",
        "keys" => "clés",
        // Handles of the C door.
        "handles" => "descripteurs ouverts",
        "items" => "éléments",
        "phrases" => "expressions",
        "topics" => "sujets",
        "hosts" => "sites",
        "lines" => "lignes",
        "links" => "liens",
        "models" => "modèles",
        "paths" => "parcours",
        "pins" => "fiches désignées nommément",
        "touches" => "points de contact",
        "names" => "noms",
        "pages" => "pages",
        "periods" => "périodes",
        "pipelines" => "pipelines",
        "points" => "points",
        "policies" => "politiques",
        "priorities" => "priorités",
        "measures" => "mesures",
        "members" => "membres",
        "queues" => "files d’attente",
        "rates" => "taux",
        "pauses" => "pauses",
        "questions" => "questions",
        "ranges" => "intervalles",
        "records" => "enregistrements",
        "clocks" => "horloges",
        "rows" => "lignes",
        "stays" => "passages",
        "tickets" => "tickets",
        "rules" => "règles",
        "shares" => "parts",
        "segments" => "segments",
        "sequences" => "séquences",
        "sequence steps" => "étapes de la séquence",
        "stages" => "étapes",
        "statuses" => "statuts",
        "steps" => "paliers",
        "playbook steps" => "étapes de parcours",
        "playbooks" => "parcours",
        "anchors" => "dates de référence",
        "tasks" => "tâches",
        "taxes" => "taxes",
        "texts" => "textes",
        "teams" => "équipes",
        "templates" => "modèles",
        "recipients" => "destinataires",
        "tests" => "critères",
        "actions" => "actions",
        "characters" => "caractères",
        "consent events" => "événements de consentement",
        "drafts" => "brouillons",
        "entries" => "entrées",
        "facts" => "faits",
        "laws" => "lois",
        "records of one person" => "enregistrements d’une même personne",
        "rule sets" => "jeux de règles",
        "variables" => "variables",
        "versions" => "versions",
        "series" => "séries",
        "values" => "valeurs",
        other => return format!("de {}", untranslated(other)),
    };
    if things.starts_with(['a', 'e', 'i', 'o', 'u', 'é']) { format!("d’{things}") } else { format!("de {things}") }
}

/// What must not be empty: words, or the name of an option, which is the same in every language.
pub(super) fn part(what: &str) -> String {
    match what {
        "default value" => "la valeur par défaut".to_owned(),
        "id" => "l’identifiant".to_owned(),
        "label" => "le libellé".to_owned(),
        "list" => "la liste".to_owned(),
        "phrase" => "l’expression".to_owned(),
        "stage" => "l’étape".to_owned(),
        "text" => "le texte".to_owned(),
        "list of conditions" => "la liste de conditions".to_owned(),
        "list of values" => "la liste de valeurs".to_owned(),
        "tests" => "la liste des critères".to_owned(),
        "words" => "la liste de mots".to_owned(),
        "any_of" | "categories" | "countries" | "criteria" | "days" | "fields" | "grades" | "group_by" | "groups"
        | "items" | "landing_page" | "measures" | "members" | "name" | "packs" | "pipelines" | "priorities"
        | "reason" | "roles" | "rules" | "sets_aside" | "signals" | "steps" => {
            format!("`{what}`")
        }
        other => untranslated(other),
    }
}

/// A phrase that is not here, marked as a quotation: readable, and found by the test.
pub(super) fn untranslated(phrase: &str) -> String {
    format!("«\u{a0}{phrase}\u{a0}»")
}

pub(super) fn kind(kind: FieldType) -> &'static str {
    match kind {
        FieldType::Text => "un texte",
        FieldType::Integer => "un nombre entier",
        FieldType::Number => "un nombre décimal",
        FieldType::Money => "un montant avec sa devise",
        FieldType::Boolean => "une valeur logique",
        FieldType::Date => "une date",
        FieldType::Instant => "un instant",
        FieldType::Reference => "l’identifiant d’un enregistrement",
        FieldType::Texts => "une liste de textes",
    }
}

/// A value that was found: input in backticks, a description without.
pub(super) fn seen(found: &str) -> String {
    match found {
        "an object" => "un objet".to_owned(),
        "a list" => "une liste".to_owned(),
        "a value beyond the range" => "une valeur hors limites".to_owned(),
        _ => format!("`{found}`"),
    }
}

pub(super) fn suggestion(nearest: Option<&str>) -> String {
    nearest.map(|n| format!("\u{a0}: vouliez-vous dire `{n}`\u{202f}?")).unwrap_or_default()
}

pub(super) fn unknown(what: &str, unknown: &str, found: &str, expected: &[&'static str]) -> String {
    match (expected, closest(found, expected)) {
        ([], _) => format!("{what} `{found}` {unknown}\u{a0}: il n’en faut pas ici"),
        (_, Some(near)) => format!(
            "{what} `{found}` {unknown} (vouliez-vous dire `{near}`\u{202f}?)\u{a0}: il faut {}",
            list(expected, "ou")
        ),
        (_, None) => format!("{what} `{found}` {unknown}\u{a0}: il faut {}", list(expected, "ou")),
    }
}

/// The first of somebody's names, and how many there are beyond.
pub(super) fn some(names: &[String]) -> String {
    match names.split_at_checked(MOST_NAMES) {
        Some((shown, more)) if !more.is_empty() => {
            let shown: Vec<String> = shown.iter().map(|n| format!("`{n}`")).collect();
            let others = if more.len() == 1 { "autre" } else { "autres" };
            format!("{} et {} {others}", shown.join(", "), more.len())
        }
        _ => list(names, "et"),
    }
}

/// The usual priorities in words; one of the host's own as it is.
pub(super) fn priority(code: &str) -> &str {
    match code {
        "low" => "basse",
        "normal" => "normale",
        "high" => "haute",
        "urgent" => "urgente",
        other => other,
    }
}
