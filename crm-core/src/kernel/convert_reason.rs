//! Why a conversion uses, makes or leaves a record, and why each field has its value.

use serde_json::{Map, Value as Json};

use super::coded::coded;
use super::id::Id;

coded! {
    #[non_exhaustive]
    /// What a lead and a stored record have in common; of each record the strongest comes first.
    MatchWay {
        /// The same canonical e-mail address, and of a role address (`info@`) also the same name.
        ContactEmail = "matched_contact_email",
        /// The same id in the same other system.
        ContactExternalId = "matched_contact_external_id",
        /// The same phone number and the same last name.
        ContactPhoneName = "matched_contact_phone_name",
        /// The same name: tells apart those who match otherwise, never matches alone.
        ContactName = "same_contact_name",
        /// The same phone number alone, which colleagues and families share: never a match.
        ContactPhone = "same_contact_phone",
        /// The same establishment (SIRET).
        AccountEstablishment = "matched_account_establishment",
        /// The same registration number (SIREN).
        AccountRegistration = "matched_account_registration",
        /// The same VAT number.
        AccountVat = "matched_account_vat",
        /// The same company domain, which is no mail provider's.
        AccountDomain = "matched_account_domain",
        /// The same company name, legal form aside, in the same postal code.
        AccountCompanyPostcode = "matched_account_company_postcode",
        /// The account of the contact that was found, and no other company named.
        AccountOfContact = "matched_account_of_contact",
        /// Exactly the same name and nothing else: a match only where the configuration says so.
        AccountName = "same_account_name",
        /// The same name, legal form aside, and nothing else: never a match alone.
        AccountCompany = "same_account_company",
    }
}

impl MatchWay {
    /// Whether this alone is enough to use the record.
    pub const fn is_strong(self) -> bool {
        !matches!(
            self,
            MatchWay::ContactName | MatchWay::ContactPhone | MatchWay::AccountName | MatchWay::AccountCompany
        )
    }
}

coded! {
    #[non_exhaustive]
    /// How a field of an account, contact or deal got its value, or why it kept the one it had.
    FieldRule {
        /// Nobody knew it.
        FilledEmpty = "filled_empty",
        /// The configuration prefers the lead.
        Overwritten = "overwritten",
        /// It changed last on the lead.
        NewerOnLead = "newer_on_lead",
        /// Of the two, what restricts more.
        MostRestrictive = "most_restrictive",
        /// What the lead knows was added.
        Appended = "appended",
        /// It follows from other fields of the lead.
        Derived = "derived",
        /// It points to another record of the conversion.
        Linked = "linked",
        /// The configuration gives it to new deals.
        Configured = "configured",
        /// Whoever converts asked for it.
        Given = "given",
        /// It was known already.
        KeptExisting = "kept_existing",
        /// It is part of another address, and addresses are not mixed.
        KeptAddress = "kept_address",
    }
}

coded! {
    #[non_exhaustive]
    /// Why a record is used, made or left out, matches aside.
    Choice {
        /// Whoever converts asked for exactly this.
        Asked = "asked",
        /// Nothing stored is the same.
        NoMatch = "no_match",
        /// The lead names no company: a person of their own.
        Individual = "individual",
        /// The lead names no person and no way to reach one.
        NoPerson = "no_person",
        /// A deal is never found by itself: each conversion makes its own.
        OwnDeal = "own_deal",
        /// The lead was converted into it before.
        AlreadyConverted = "already_converted",
        /// More than one account matches.
        AmbiguousAccount = "ambiguous_account",
        /// More than one contact matches.
        AmbiguousContact = "ambiguous_contact",
        /// Only the name is the same: somebody has to decide.
        NameAlone = "name_alone",
        /// The lead is archived.
        InactiveLead = "inactive_lead",
    }
}

/// One reason of a conversion.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values of the sentence in lang/en_convert.rs")]
pub enum ConvertReason {
    /// What a stored record has in common with the lead.
    Match { way: MatchWay, value: String },
    /// Why a record is used, made or left out.
    Choice(Choice),
    /// How a field got or kept its value.
    Field { rule: FieldRule, record: &'static str, field: String },
    /// No record takes this field: it stays on the lead.
    UnmappedField { field: String },
    /// A record that is not part of this conversion would take this field.
    WaitingField { field: String, record: &'static str },
    /// The lead was merged into another.
    MergedLead { into: Id },
}

impl ConvertReason {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            ConvertReason::Match { way, .. } => way.code(),
            ConvertReason::Choice(choice) => choice.code(),
            ConvertReason::Field { rule, .. } => rule.code(),
            ConvertReason::UnmappedField { .. } => "unmapped_field",
            ConvertReason::WaitingField { .. } => "waiting_field",
            ConvertReason::MergedLead { .. } => "merged_lead",
        }
    }

    /// What it is about, beside the code.
    pub(crate) fn put(&self, map: &mut Map<String, Json>) {
        let mut put = |key: &str, value: &str| map.insert(key.into(), value.into());
        match self {
            ConvertReason::Match { value, .. } if value.is_empty() => {}
            ConvertReason::Match { value, .. } => {
                put("value", value);
            }
            ConvertReason::Choice(_) => {}
            ConvertReason::Field { record, field, .. } | ConvertReason::WaitingField { record, field } => {
                put("record", record);
                put("field", field);
            }
            ConvertReason::UnmappedField { field } => {
                put("field", field);
            }
            ConvertReason::MergedLead { into } => {
                put("into", &into.to_string());
            }
        }
    }
}
