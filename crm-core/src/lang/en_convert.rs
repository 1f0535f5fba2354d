//! The reasons of conversions in English.

use crate::kernel::convert_reason::{Choice, ConvertReason, FieldRule, MatchWay};

pub(super) fn reason(reason: &ConvertReason) -> String {
    match reason {
        ConvertReason::Match { way, value } if value.is_empty() => matched(*way).to_owned(),
        ConvertReason::Match { way, value } => format!("{} ({value})", matched(*way)),
        ConvertReason::Choice(choice) => chosen(*choice).to_owned(),
        ConvertReason::Field { rule, record, field } => format!("`{field}` of the {record}: {}", filled(*rule)),
        ConvertReason::UnmappedField { field } => format!("`{field}` has no place in another record: kept on the lead"),
        ConvertReason::WaitingField { field, record } => {
            let article = if record.starts_with('a') { "an" } else { "a" };
            format!("`{field}` is for {article} {record}, and this conversion has none: kept on the lead")
        }
        ConvertReason::MergedLead { into } => format!("the lead was merged into the lead `{into}`"),
    }
}

fn matched(way: MatchWay) -> &'static str {
    match way {
        MatchWay::ContactEmail => "same e-mail address",
        MatchWay::ContactExternalId => "same id in the other system",
        MatchWay::ContactPhoneName => "same phone number and same last name",
        MatchWay::ContactName => "same name",
        MatchWay::ContactPhone => "same phone number",
        MatchWay::AccountEstablishment => "same establishment",
        MatchWay::AccountRegistration => "same registration number",
        MatchWay::AccountVat => "same VAT number",
        MatchWay::AccountDomain => "same company domain",
        MatchWay::AccountCompanyPostcode => "same company name and postal code",
        MatchWay::AccountOfContact => "the account of the contact found",
        MatchWay::AccountName => "exactly the same name",
        MatchWay::AccountCompany => "same name apart from the legal form",
    }
}

fn chosen(choice: Choice) -> &'static str {
    match choice {
        Choice::Asked => "asked for by whoever converts",
        Choice::NoMatch => "nothing stored matches",
        Choice::Individual => "the lead names no company",
        Choice::NoPerson => "the lead names no person and no way to reach one",
        Choice::OwnDeal => "each conversion makes a deal of its own",
        Choice::AlreadyConverted => "the lead was converted into it before",
        Choice::AmbiguousAccount => "several accounts match: somebody has to decide",
        Choice::AmbiguousContact => "several contacts match: somebody has to decide",
        Choice::NameAlone => "only the name is the same: somebody has to decide",
        Choice::InactiveLead => "the lead is archived",
    }
}

fn filled(rule: FieldRule) -> &'static str {
    match rule {
        FieldRule::FilledEmpty => "taken from the lead, was empty",
        FieldRule::Overwritten => "taken from the lead, as configured",
        FieldRule::NewerOnLead => "taken from the lead, whose value is newer",
        FieldRule::MostRestrictive => "the more restrictive of the two",
        FieldRule::Appended => "what the lead knows was added",
        FieldRule::Derived => "follows from other fields of the lead",
        FieldRule::Linked => "points to the other record of this conversion",
        FieldRule::Configured => "as configured for new deals",
        FieldRule::Given => "as asked for by whoever converts",
        FieldRule::KeptExisting => "was known already and stays",
        FieldRule::KeptAddress => "stays, so that two addresses are not mixed",
    }
}
