//! What the lead desk's part of the review says, in English and in French.

use crm_core::Lang::{self, English, French};
use crm_core::lang::plural;
use crm_core::rules::conversion::Object;

pub(crate) fn duplicates(lang: Lang, groups: u64, leads: u64) -> String {
    match lang {
        English => format!(
            "Probable duplicates: {} in {} (nothing was merged)",
            plural(lang, leads, "lead", "leads"),
            plural(lang, groups, "group", "groups"),
        ),
        French => format!(
            "Doublons probables\u{a0}: {} en {} (rien n’a été fusionné)",
            plural(lang, leads, "lead", "leads"),
            plural(lang, groups, "groupe", "groupes"),
        ),
    }
}

pub(crate) const fn no_duplicates(lang: Lang) -> &'static str {
    match lang {
        English => "No duplicates found.",
        French => "Aucun doublon trouvé.",
    }
}

/// What a group has in common: the key that tells duplicates.
pub(crate) fn shared(lang: Lang, kind: &str, key: &str) -> String {
    let what = match (lang, kind) {
        (English, "email") => "e-mail",
        (English, "phone") => "phone",
        (English, _) => "name and company",
        (French, "email") => "e-mail",
        (French, "phone") => "téléphone",
        (French, _) => "nom et entreprise",
    };
    match lang {
        English => format!("{what}: {key}"),
        French => format!("{what}\u{a0}: {key}"),
    }
}

pub(crate) fn routing(lang: Lang, n: u64, shares: &str) -> String {
    match lang {
        English => {
            let leads = plural(lang, n, "lead without an owner", "leads without an owner");
            format!("Proposed routing of {leads}: {shares}")
        }
        French => {
            let leads = plural(lang, n, "lead sans responsable", "leads sans responsable");
            format!("Attribution proposée de {leads}\u{a0}: {shares}")
        }
    }
}

pub(crate) fn lint(lang: Lang, text: &str) -> String {
    match lang {
        English => format!("Routing, probably a mistake: {text}"),
        French => format!("Règles d’attribution, erreur probable\u{a0}: {text}"),
    }
}

pub(crate) fn queue(lang: Lang, name: &str) -> String {
    match lang {
        English => format!("queue “{name}”"),
        French => format!("file «\u{a0}{name}\u{a0}»"),
    }
}

pub(crate) const fn nobody(lang: Lang) -> &'static str {
    match lang {
        English => "nobody",
        French => "personne",
    }
}

/// Who was passed over, and how often.
pub(crate) fn passed_over(lang: Lang, reason: &str, times: u64) -> String {
    match lang {
        English => format!("{reason} (passed over for {})", plural(lang, times, "lead", "leads")),
        French => format!("{reason} (passe son tour pour {})", plural(lang, times, "lead", "leads")),
    }
}

pub(crate) const fn conversion(lang: Lang) -> &'static str {
    match lang {
        English => "What conversion would make of the first open leads, each by itself (nothing was converted)",
        French => {
            "Ce que la conversion créerait pour les premiers leads ouverts, chacun pris à part (rien n’a été converti)"
        }
    }
}

pub(crate) fn inconvertible(lang: Lang, name: &str, why: &str) -> String {
    match lang {
        English => format!("{name} cannot be converted yet: {why}"),
        French => format!("{name} ne peut pas encore être converti\u{a0}: {why}"),
    }
}

pub(crate) fn created(lang: Lang, object: Object, title: &str) -> String {
    match (lang, object) {
        (English, Object::Account) => format!("account {title}"),
        (English, Object::Contact) => format!("contact {title}"),
        (English, Object::Deal) => format!("deal {title}"),
        (French, Object::Account) => format!("compte {title}"),
        (French, Object::Contact) => format!("contact {title}"),
        (French, Object::Deal) => format!("affaire {title}"),
    }
}

/// A record that is there already, and how it was recognised.
pub(crate) fn used(lang: Lang, object: Object, why: &str) -> String {
    match (lang, object) {
        (English, Object::Account) => format!("the account that is there ({why})"),
        (English, Object::Contact) => format!("the contact that is there ({why})"),
        (English, Object::Deal) => format!("the deal that is there ({why})"),
        (French, Object::Account) => format!("le compte existant ({why})"),
        (French, Object::Contact) => format!("le contact existant ({why})"),
        (French, Object::Deal) => format!("l’affaire existante ({why})"),
    }
}

pub(crate) fn invalid(lang: Lang, n: u64) -> String {
    match lang {
        English => format!("{} cannot be taken over and would stay on the lead", plural(lang, n, "value", "values")),
        French => {
            let (one, many) =
                ("valeur non reprise, conservée sur le lead", "valeurs non reprises, conservées sur le lead");
            plural(lang, n, one, many)
        }
    }
}
