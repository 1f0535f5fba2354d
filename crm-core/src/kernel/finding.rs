//! Findings: what enrichment can find out about a lead, how, and how sure that is. Stable names; the words that people
//! read are in [`crate::lang`].

use serde::{Deserialize, Serialize};

macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum $name { $($(#[$variant_doc])* #[serde(rename = $text)] $variant,)* }

        impl $name {
            /// All of them, in order.
            pub const ALL: &[$name] = &[$($name::$variant,)*];
            /// Every name, in the same order.
            pub const NAMES: &'static [&'static str] = &[$($text,)*];

            /// The name in JSON.
            pub const fn name(self) -> &'static str {
                match self { $($name::$variant => $text,)* }
            }

            /// The one of this name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|n| n.name() == name)
            }
        }
    };
}

named! {
    /// What a finding is about: a field of the lead, or something that is kept beside it.
    Topic {
        /// The company's name.
        Company = "company",
        /// The legal form that the name states.
        LegalForm = "legal_form",
        /// The company's registrable domain.
        Domain = "domain",
        /// The website's address.
        Website = "website",
        /// What the company says it does.
        Description = "description",
        /// The industry, by a short list of names such as `construction`.
        Industry = "industry",
        /// The address of a picture with the logo.
        Logo = "logo",
        /// The SIREN or SIRET.
        RegistrationNumber = "registration_number",
        /// The VAT number.
        VatNumber = "vat_number",
        /// The code of the French nomenclature of activities, such as `43.21A`.
        Naf = "naf",
        /// The person's first name.
        FirstName = "first_name",
        /// The person's last name.
        LastName = "last_name",
        /// The part of an address that stands for a desk, not a person, such as `contact`.
        RoleAccount = "role_account",
        /// The address that was probably meant.
        EmailSuggestion = "email_suggestion",
        /// The phone number.
        Phone = "phone",
        /// The kind of line of the phone number.
        PhoneKind = "phone_kind",
        /// The kind of line of the mobile number.
        MobileKind = "mobile_kind",
        /// The country, as an ISO 3166 code.
        Country = "country",
        /// The region.
        Region = "region",
        /// The French département's name.
        Department = "department",
        /// The French département's number, such as `2A`.
        DepartmentCode = "department_code",
        /// The city.
        City = "city",
        /// The postal code.
        PostalCode = "postal_code",
        /// Street and number.
        Street = "street",
        /// The language to write in.
        Language = "language",
        /// The page on LinkedIn.
        Linkedin = "linkedin",
        /// The page on Facebook.
        Facebook = "facebook",
        /// The account on X, once Twitter.
        X = "x",
        /// The account on Instagram.
        Instagram = "instagram",
        /// The channel on YouTube.
        Youtube = "youtube",
        /// The account on TikTok.
        Tiktok = "tiktok",
        /// The account on GitHub.
        Github = "github",
    }
}

named! {
    /// How something was found.
    Method {
        /// The page's structured data.
        JsonLd = "json_ld",
        /// The name of the site that the page gives to social networks.
        OgSiteName = "og_site_name",
        /// The page's title.
        TitleTag = "title_tag",
        /// The page's description.
        MetaDescription = "meta_description",
        /// The description that the page gives to social networks.
        OgDescription = "og_description",
        /// An icon that the page names.
        Icon = "icon",
        /// The place where icons are by convention.
        FaviconDefault = "favicon_default",
        /// Words of an industry, weighed and counted.
        KeywordClassifier = "keyword_classifier",
        /// A link to a page in a social network.
        SocialLink = "social_link",
        /// The domain of the website.
        WebsiteDomain = "website_domain",
        /// The domain of the e-mail address.
        EmailDomain = "email_domain",
        /// The domain itself.
        Domain = "domain",
        /// The country's prefix of a phone number.
        PhonePrefix = "phone_prefix",
        /// The country's numbering plan.
        PhonePlan = "phone_plan",
        /// The country's prefix of a VAT number.
        VatPrefix = "vat_prefix",
        /// The end of the domain.
        TopLevelDomain = "top_level_domain",
        /// The form of the postal code.
        PostalCodeForm = "postal_code_form",
        /// The beginning of the postal code.
        PostalCode = "postal_code",
        /// What the host said of the country.
        CountryHint = "country_hint",
        /// The company's name.
        CompanyName = "company_name",
        /// The site's legal notice.
        LegalText = "legal_text",
        /// Computed from the registration number.
        FromRegistration = "from_registration",
        /// Computed from the VAT number.
        FromVat = "from_vat",
        /// The small words of a language, counted.
        StopWords = "stop_words",
        /// The part of an address before the `@`.
        LocalPart = "local_part",
        /// The usual capitals of names.
        NameCasing = "name_casing",
        /// A known misspelling of a mail provider's domain.
        DomainTypo = "domain_typo",
    }
}

named! {
    /// How sure a finding is. The order is from the least to the most.
    Confidence {
        /// A guess: shown, not written by default.
        Low = "low",
        /// Usually right.
        Medium = "medium",
        /// Stated by the company or checked by a sum.
        High = "high",
    }
}

named! {
    /// What became of a finding.
    Verdict {
        /// The field was empty and has it now.
        FilledEmpty = "enriched_empty",
        /// An older finding was replaced.
        Refreshed = "enriched_again",
        /// The host's default was replaced.
        ReplacedDefault = "enriched_default",
        /// The field has another value, of a person or an import, and keeps it.
        KeptTheirs = "kept_written_value",
        /// The field has an older finding, which the policy keeps.
        KeptOlder = "kept_older_finding",
        /// Too uncertain to be written into an empty field.
        TooUncertain = "too_uncertain",
    }
}

impl Topic {
    /// The lead's field of the same name; what has none is kept beside the lead only.
    pub const fn field(self) -> Option<&'static str> {
        match self {
            Topic::Company
            | Topic::Website
            | Topic::Description
            | Topic::Industry
            | Topic::RegistrationNumber
            | Topic::VatNumber
            | Topic::FirstName
            | Topic::LastName
            | Topic::Phone
            | Topic::Country
            | Topic::Region
            | Topic::City
            | Topic::PostalCode
            | Topic::Street
            | Topic::Language => Some(self.name()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kind;

    #[test]
    fn a_topic_with_a_field_has_one_of_text() {
        let of_lead = |name: &str| Kind::Lead.fields().iter().find(|f| f.name == name);
        for topic in Topic::ALL {
            let found = topic.field().map(|name| of_lead(name).map(|f| (f.kind, f.computed)));
            assert!(found.is_none_or(|f| f == Some((crate::FieldType::Text, false))), "{topic:?}");
            // Nothing that the lead has a field for is kept beside it.
            assert!(topic.field().is_some() || of_lead(topic.name()).is_none(), "{topic:?}");
            assert_eq!(Topic::from_name(topic.name()), Some(*topic));
        }
    }
}
