//! What of a record is compared: its keys, computed once, and never the record itself.

/// The keys of one record. What nobody knows is `None` and equals nothing, not even another unknown.
///
/// [`Duplicates::subject`](super::Duplicates::subject) makes one from a lead or a contact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// The system the record came from, and its id there.
    pub external: Option<(String, String)>,
    /// The e-mail address, spelling of its letters aside.
    pub email_exact: Option<String>,
    /// The canonical e-mail address.
    pub email: Option<String>,
    /// The profile page.
    pub profile: Option<String>,
    /// The SIRET.
    pub siret: Option<String>,
    /// The SIREN.
    pub registration: Option<String>,
    /// The VAT number.
    pub vat: Option<String>,
    /// Phone numbers in E.164, each once.
    pub phones: Vec<String>,
    /// The company's domain; none for mail providers.
    pub domain: Option<String>,
    /// The company's name folded, without its legal form.
    pub company: Option<String>,
    /// First and last name folded, in one order however they were given; only if both are known.
    pub name: Option<String>,
    /// The first and the last name folded, as they were given; only if both are known.
    pub names: Option<(String, String)>,
    /// How the name sounds.
    pub sound: Option<String>,
    /// The values of the configuration's own criteria, in its order; a criterion of which one field is not known has
    /// none.
    pub fields: Vec<Option<String>>,
}

/// Something by which records that may be the same are looked up: whoever shares none of these is never compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Lookup {
    /// The id in another system.
    External(String, String),
    /// The canonical e-mail address.
    Email(String),
    /// The profile page.
    Profile(String),
    /// The SIREN.
    Registration(String),
    /// The VAT number.
    Vat(String),
    /// A phone number in E.164.
    Phone(String),
    /// The person's name and the company's.
    NameCompany(String, String),
    /// The person's name and the company's domain.
    NameDomain(String, String),
    /// The company's domain.
    Domain(String),
    /// The company's name.
    Company(String),
    /// The person's name.
    Name(String),
    /// One of the configuration's own criteria, by its place, and its value.
    Fields(usize, String),
}

impl Lookup {
    /// What is looked for, as people read it.
    pub fn value(&self) -> String {
        match self {
            Lookup::Email(v)
            | Lookup::Profile(v)
            | Lookup::Registration(v)
            | Lookup::Vat(v)
            | Lookup::Phone(v)
            | Lookup::Domain(v)
            | Lookup::Company(v)
            | Lookup::Name(v)
            | Lookup::Fields(_, v) => v.clone(),
            Lookup::External(a, b) | Lookup::NameCompany(a, b) | Lookup::NameDomain(a, b) => format!("{a}, {b}"),
        }
    }
}
