//! What two records have in common when they may be one and the same, and how much each kind of it proves.

use super::reason::Name;

/// How much a kind of evidence proves by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// Many others have it in common, too: it never makes a duplicate by itself.
    Weak,
    /// It counts beside other evidence.
    Medium,
    /// Hardly two have it in common by chance.
    Strong,
}

impl Strength {
    /// Every name, the weakest first.
    pub const NAMES: &'static [&'static str] = &["weak", "medium", "strong"];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Strength::Weak => "weak",
            Strength::Medium => "medium",
            Strength::Strong => "strong",
        }
    }

    /// The strength of a name.
    pub fn parse(name: &str) -> Option<Self> {
        [Strength::Weak, Strength::Medium, Strength::Strong].into_iter().find(|s| s.name() == name)
    }
}

macro_rules! evidence {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)*) => {
        /// A kind of evidence that two records are one and the same.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Evidence { $($(#[$doc])* $variant,)* }

        impl Evidence {
            /// Every kind, the most telling first.
            pub const ALL: &[Evidence] = &[$(Evidence::$variant,)*];
            /// Every kind's name.
            pub const NAMES: &'static [&'static str] = &[$($name,)*];

            /// The name, which is also the code of its reason.
            pub const fn name(self) -> &'static str {
                match self { $(Evidence::$variant => $name,)* }
            }

            /// The kind of a name.
            pub fn parse(name: &str) -> Option<Self> {
                match name { $($name => Some(Evidence::$variant),)* _ => None }
            }
        }
    };
}

evidence! {
    /// The same system knows both under the same id.
    ExternalId = "same_external_id";
    /// The same e-mail address, spelling of its letters aside.
    EmailExact = "same_email_exact";
    /// The same mailbox: the addresses differ only in tags, dots or aliases of the domain.
    EmailCanonical = "same_email_canonical";
    /// The same profile page.
    Profile = "same_profile";
    /// The same establishment (SIRET).
    Siret = "same_siret";
    /// The same phone number in full.
    Phone = "same_phone";
    /// The same person's name at the same company.
    NameCompany = "same_name_company";
    /// The same company (SIREN).
    Registration = "same_registration";
    /// The same VAT number.
    Vat = "same_vat";
    /// The same domain of a company, which proves the company and not the person.
    Domain = "same_domain_company";
    /// Companies of the same name, legal forms aside.
    Company = "same_company";
    /// The same first and last name.
    Name = "same_name";
    /// First and last name are the same, one in the place of the other.
    NameTransposed = "transposed_name";
    /// First and last names that differ in a letter or two.
    NameSimilar = "similar_name";
    /// Phone numbers of which one is the end of the other.
    PhoneSimilar = "similar_phone";
    /// Last names that sound alike, and the same first letter of the first name.
    NameSounds = "sounds_alike";
}

/// What a piece of evidence, or a look-up for it, goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Criterion {
    /// One of the library's kinds of evidence.
    Kind(Evidence),
    /// Fields that the host's configuration compares, by the name that it gives them.
    Fields(Name),
}

impl Criterion {
    /// The code of its reason.
    pub const fn code(&self) -> &'static str {
        match self {
            Criterion::Kind(kind) => kind.name(),
            Criterion::Fields(_) => "same_fields",
        }
    }

    /// The name in JSON: of a kind its own, of fields the configuration's id.
    pub fn name(&self) -> &str {
        match self {
            Criterion::Kind(kind) => kind.name(),
            Criterion::Fields(name) => &name.id,
        }
    }
}
