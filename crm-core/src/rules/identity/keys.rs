//! Every key of a record.

use super::{Domain, Identity, company, profile, region, registration};
use crate::kernel::fact::{Fact, Facts};
use crate::kernel::field::Schema;
use crate::model::{Account, AnyRecord, Contact, Lead};

/// Every key of a lead, contact or account. What the record does not say is `None` and equals nothing, not even
/// another `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    /// The canonical e-mail address.
    pub email: Option<String>,
    /// The exact e-mail address.
    pub email_exact: Option<String>,
    /// The registrable domain of the address, if it tells a company.
    pub email_domain: Option<String>,
    /// The company's registrable domain: that of the address, else of the website.
    pub domain: Option<String>,
    /// The phone number, [`super::Phone::key`].
    pub phone: Option<String>,
    /// The mobile number.
    pub mobile: Option<String>,
    /// All numbers, each once, in the order of the record; of further ones the first hundred.
    pub phones: Vec<String>,
    /// The company's name, folded and without its legal form.
    pub company: Option<String>,
    /// First and last name.
    pub name: Option<String>,
    /// The SIREN, from whichever number is valid: the registration number, else the VAT number.
    pub registration: Option<String>,
    /// The SIRET, if the registration number is one.
    pub siret: Option<String>,
    /// The VAT number; a French one follows from the SIREN.
    pub vat: Option<String>,
    /// The person's profile page, [`super::profile_key`].
    pub profile: Option<String>,
    /// The other system and the record's id there; a system that has no name is one, too.
    pub external: Option<(String, String)>,
    /// The deterministic key that tells duplicates.
    pub dedupe: Option<DedupeKey>,
}

/// The key that tells duplicates without any judgement, and what it was made of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DedupeKey {
    /// What it was made of.
    pub kind: DedupeKind,
    /// The key.
    pub value: String,
}

/// What a dedupe key was made of: the first of these that the record has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DedupeKind {
    /// The canonical e-mail address.
    Email,
    /// The phone number, else the mobile number, else the first of the others.
    Phone,
    /// The person's name with the company's domain, or with its name where no domain is known.
    NameCompany,
}

impl DedupeKind {
    /// The name in JSON and in `dedupe_kind`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::NameCompany => "name_company",
        }
    }
}

/// What a record says that keys are made of, borrowed; unknown is empty.
#[derive(Clone, Copy, Debug, Default)]
struct Said<'a> {
    email: &'a str,
    phone: &'a str,
    mobile: &'a str,
    other_phones: &'a [String],
    first_name: &'a str,
    last_name: &'a str,
    company: &'a str,
    domain: &'a str,
    website: &'a str,
    country: &'a str,
    registration_number: &'a str,
    vat_number: &'a str,
    profile_page: &'a str,
    external_source: &'a str,
    external_id: &'a str,
}

impl<'a> From<&'a Lead> for Said<'a> {
    fn from(l: &'a Lead) -> Self {
        Self {
            email: &l.email,
            phone: &l.phone,
            mobile: &l.mobile,
            other_phones: &l.other_phones,
            first_name: &l.first_name,
            last_name: &l.last_name,
            company: &l.company,
            domain: "",
            website: &l.website,
            country: &l.country,
            registration_number: &l.registration_number,
            vat_number: &l.vat_number,
            profile_page: "",
            external_source: &l.external_source,
            external_id: &l.external_id,
        }
    }
}

impl<'a> From<&'a Contact> for Said<'a> {
    fn from(c: &'a Contact) -> Self {
        Self {
            email: &c.email,
            phone: &c.phone,
            mobile: &c.mobile,
            first_name: &c.first_name,
            last_name: &c.last_name,
            country: &c.country,
            profile_page: &c.profile_page,
            external_source: &c.external_source,
            external_id: &c.external_id,
            ..Self::default()
        }
    }
}

impl<'a> From<&'a Account> for Said<'a> {
    fn from(a: &'a Account) -> Self {
        Self {
            phone: &a.phone,
            company: &a.name,
            domain: &a.domain,
            website: &a.website,
            country: &a.country,
            registration_number: &a.registration_number,
            vat_number: &a.vat_number,
            external_source: &a.external_source,
            external_id: &a.external_id,
            ..Self::default()
        }
    }
}

/// Where the fields that keys are made of stand in a schema: a lead's, or a contact's or account's. A field that it
/// lacks is unknown.
#[derive(Clone, Debug)]
pub struct KeyFields {
    places: [Option<usize>; NAMES.len()],
}

const NAMES: [&str; 16] = [
    "email",
    "phone",
    "mobile",
    "other_phones",
    "first_name",
    "last_name",
    "company",
    "name",
    "domain",
    "website",
    "country",
    "registration_number",
    "vat_number",
    "profile_page",
    "external_source",
    "external_id",
];

impl KeyFields {
    /// Finds the fields.
    pub fn new(schema: &Schema) -> Self {
        Self { places: NAMES.map(|name| schema.position(name)) }
    }

    fn said<'a>(&self, facts: &'a (impl Facts + ?Sized)) -> Said<'a> {
        let fact = |place: Option<usize>| place.map_or(Fact::Unknown, |p| facts.fact(p));
        let text = |place| match fact(place) {
            Fact::Text(text) => text,
            _ => "",
        };
        let texts = |place| match fact(place) {
            Fact::Texts(list) => list,
            _ => &[],
        };
        let [
            email,
            phone,
            mobile,
            others,
            first,
            last,
            company,
            name,
            domain,
            website,
            country,
            number,
            vat,
            page,
            source,
            id,
        ] = self.places;
        Said {
            email: text(email),
            phone: text(phone),
            mobile: text(mobile),
            other_phones: texts(others),
            first_name: text(first),
            last_name: text(last),
            company: text(company.or(name)),
            domain: text(domain),
            website: text(website),
            country: text(country),
            registration_number: text(number),
            vat_number: text(vat),
            profile_page: text(page),
            external_source: text(source),
            external_id: text(id),
        }
    }
}

impl Identity {
    /// Every key of a lead, contact or account; other records have none.
    pub fn keys(&self, record: &AnyRecord) -> Keys {
        match record {
            AnyRecord::Lead(lead) => self.keys_of(&Said::from(&**lead)),
            AnyRecord::Contact(contact) => self.keys_of(&Said::from(&**contact)),
            AnyRecord::Account(account) => self.keys_of(&Said::from(&**account)),
            _ => Keys::default(),
        }
    }

    /// Every key of a lead given as facts; the same of a contact or account, if `fields` are of its schema.
    pub fn lead_keys(&self, facts: &(impl Facts + ?Sized), fields: &KeyFields) -> Keys {
        self.keys_of(&fields.said(facts))
    }

    fn keys_of(&self, said: &Said<'_>) -> Keys {
        let (email, email_exact, email_domain) = match known(said.email).and_then(|e| self.email(e)) {
            Some(email) => (Some(email.canonical), Some(email.exact), email.domain.into_company()),
            None => (None, None, None),
        };
        let of = |written| known(written).and_then(|w| self.domain(w)).and_then(Domain::into_company);
        let domain = email_domain.clone().or_else(|| of(said.domain)).or_else(|| of(said.website));
        let country = known(said.country).and_then(region::country_code);
        let number = |written: &str| known(written).and_then(|w| self.phone_key(w, country));
        let (phone, mobile) = (number(said.phone), number(said.mobile));
        let others = said.other_phones.iter().take(MOST_OTHER_PHONES).map(|p| number(p));
        let mut phones: Vec<String> = Vec::new();
        for number in [phone.clone(), mobile.clone()].into_iter().chain(others) {
            phones.extend(number.filter(|n| !phones.contains(n)));
        }
        let company = known(said.company).and_then(company::key);
        let name = self.person(said.first_name, said.last_name);
        let french = registration::french(said.registration_number);
        let vat = known(said.vat_number).and_then(registration::vat);
        let siren = french.siren.or_else(|| vat.as_deref().and_then(registration::siren_of_vat));
        let vat = vat.or_else(|| siren.as_deref().and_then(registration::vat_of_siren));
        let profile = known(said.profile_page).and_then(profile::profile_key);
        let external = known(said.external_id).map(|id| (said.external_source.trim().to_owned(), id.to_owned()));
        let mut keys = Keys {
            email,
            email_exact,
            email_domain,
            domain,
            phone,
            mobile,
            phones,
            company,
            name,
            registration: siren,
            siret: french.siret,
            vat,
            profile,
            external,
            dedupe: None,
        };
        keys.dedupe = keys.dedupe_key();
        keys
    }
}

impl Keys {
    fn dedupe_key(&self) -> Option<DedupeKey> {
        let key = |kind, value: &str| Some(DedupeKey { kind, value: value.to_owned() });
        if let Some(email) = &self.email {
            return key(DedupeKind::Email, email);
        }
        if let Some(phone) = self.phones.first() {
            return key(DedupeKind::Phone, phone);
        }
        let (name, company) = (self.name.as_ref()?, self.domain.as_ref().or(self.company.as_ref())?);
        key(DedupeKind::NameCompany, &format!("{name}|{company}"))
    }
}

/// Most further numbers that give keys: nobody has more, and pairs of records compare all with all.
const MOST_OTHER_PHONES: usize = 100;

/// The text, if it says anything.
fn known(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|t| !t.is_empty())
}
