//! The reasons of conversions in French.

use crate::kernel::convert_reason::{Choice, ConvertReason, FieldRule, MatchWay};

pub(super) fn reason(reason: &ConvertReason) -> String {
    match reason {
        ConvertReason::Match { way, value } if value.is_empty() => matched(*way).to_owned(),
        ConvertReason::Match { way, value } => format!("{} ({value})", matched(*way)),
        ConvertReason::Choice(choice) => chosen(*choice).to_owned(),
        ConvertReason::Field { rule, record, field } => {
            format!("`{field}` {}\u{a0}: {}", of(record), filled(*rule))
        }
        ConvertReason::UnmappedField { field } => {
            format!("`{field}` n’a sa place dans aucune autre fiche\u{a0}: conservé sur le prospect")
        }
        ConvertReason::WaitingField { field, record } => {
            let to = to(record);
            format!("`{field}` est destiné {to}, et cette conversion n’en comporte pas\u{a0}: conservé sur le prospect")
        }
        ConvertReason::MergedLead { into } => format!("le prospect a été fusionné avec le prospect `{into}`"),
    }
}

fn of(record: &str) -> &'static str {
    match record {
        "account" => "du compte",
        "contact" => "du contact",
        _ => "de l’affaire",
    }
}

fn to(record: &str) -> &'static str {
    match record {
        "account" => "à un compte",
        "contact" => "à un contact",
        _ => "à une affaire",
    }
}

fn matched(way: MatchWay) -> &'static str {
    match way {
        MatchWay::ContactEmail => "même adresse e-mail",
        MatchWay::ContactExternalId => "même identifiant dans l’autre système",
        MatchWay::ContactPhoneName => "même numéro de téléphone et même nom de famille",
        MatchWay::ContactName => "même nom",
        MatchWay::ContactPhone => "même numéro de téléphone",
        MatchWay::AccountEstablishment => "même établissement",
        MatchWay::AccountRegistration => "même numéro d’immatriculation",
        MatchWay::AccountVat => "même numéro de TVA",
        MatchWay::AccountDomain => "même nom de domaine d’entreprise",
        MatchWay::AccountCompanyPostcode => "même raison sociale et même code postal",
        MatchWay::AccountOfContact => "compte du contact retrouvé",
        MatchWay::AccountName => "exactement le même nom",
        MatchWay::AccountCompany => "même nom, à la forme juridique près",
    }
}

fn chosen(choice: Choice) -> &'static str {
    match choice {
        Choice::Asked => "demandé par la personne qui convertit",
        Choice::NoMatch => "aucune fiche existante ne correspond",
        Choice::Individual => "le prospect n’indique aucune entreprise",
        Choice::NoPerson => "le prospect n’indique ni personne ni moyen d’en joindre une",
        Choice::OwnDeal => "chaque conversion crée sa propre affaire",
        Choice::AlreadyConverted => "provient d’une conversion précédente de ce prospect",
        Choice::AmbiguousAccount => "plusieurs comptes correspondent\u{a0}: quelqu’un doit trancher",
        Choice::AmbiguousContact => "plusieurs contacts correspondent\u{a0}: quelqu’un doit trancher",
        Choice::NameAlone => "seul le nom est identique\u{a0}: quelqu’un doit trancher",
        Choice::InactiveLead => "le prospect est archivé",
    }
}

fn filled(rule: FieldRule) -> &'static str {
    match rule {
        FieldRule::FilledEmpty => "repris du prospect, le champ était vide",
        FieldRule::Overwritten => "repris du prospect, selon la configuration",
        FieldRule::NewerOnLead => "repris du prospect, dont la valeur est plus récente",
        FieldRule::MostRestrictive => "la valeur la plus restrictive des deux",
        FieldRule::Appended => "complété par les données du prospect",
        FieldRule::Derived => "déduit d’autres champs du prospect",
        FieldRule::Linked => "renvoie à l’autre fiche de cette conversion",
        FieldRule::Configured => "selon la configuration des nouvelles affaires",
        FieldRule::Given => "selon le choix de la personne qui convertit",
        FieldRule::KeptExisting => "déjà connu, inchangé",
        FieldRule::KeptAddress => "inchangé, pour ne pas mélanger deux adresses",
    }
}
