//! What enrichment finds, in English.

use crate::kernel::finding::{Confidence, Method, Topic, Verdict};

pub(super) fn found(topic: Topic, method: Method, confidence: Confidence, source: &str) -> String {
    let sure = match confidence {
        Confidence::Low => "low",
        Confidence::Medium => "medium",
        Confidence::High => "high",
    };
    format!("{}: from {} ({sure} confidence; {source})", name(topic), from(method))
}

pub(super) fn became(topic: Topic, verdict: Verdict) -> String {
    let what = match verdict {
        Verdict::FilledEmpty => "the empty field was filled",
        Verdict::Refreshed => "an older finding was replaced",
        Verdict::ReplacedDefault => "the default was replaced",
        Verdict::KeptTheirs => "kept as it was written",
        Verdict::KeptOlder => "the older finding was kept",
        Verdict::TooUncertain => "too uncertain to be written",
    };
    format!("{}: {what}", name(topic))
}

fn name(topic: Topic) -> &'static str {
    match topic {
        Topic::Company => "Company",
        Topic::LegalForm => "Legal form",
        Topic::Domain => "Domain",
        Topic::Website => "Website",
        Topic::Description => "Description",
        Topic::Industry => "Industry",
        Topic::Logo => "Logo",
        Topic::RegistrationNumber => "Registration number",
        Topic::VatNumber => "VAT number",
        Topic::Naf => "NAF code",
        Topic::FirstName => "First name",
        Topic::LastName => "Last name",
        Topic::RoleAccount => "Shared mailbox",
        Topic::EmailSuggestion => "Suggested e-mail address",
        Topic::Phone => "Phone",
        Topic::PhoneKind => "Kind of phone number",
        Topic::MobileKind => "Kind of mobile number",
        Topic::Country => "Country",
        Topic::Region => "Region",
        Topic::Department => "Département",
        Topic::DepartmentCode => "Number of the département",
        Topic::City => "City",
        Topic::PostalCode => "Postal code",
        Topic::Street => "Street",
        Topic::Language => "Language",
        Topic::Linkedin => "LinkedIn",
        Topic::Facebook => "Facebook",
        Topic::X => "X",
        Topic::Instagram => "Instagram",
        Topic::Youtube => "YouTube",
        Topic::Tiktok => "TikTok",
        Topic::Github => "GitHub",
    }
}

fn from(method: Method) -> &'static str {
    match method {
        Method::JsonLd => "the page's structured data",
        Method::OgSiteName => "the name that the site gives itself",
        Method::TitleTag => "the page's title",
        Method::MetaDescription => "the page's description",
        Method::OgDescription => "the page's description for social networks",
        Method::Icon => "the page's icons",
        Method::FaviconDefault => "the usual place of icons",
        Method::KeywordClassifier => "the words of the website",
        Method::SocialLink => "a link on the website",
        Method::WebsiteDomain => "the website's domain",
        Method::EmailDomain => "the domain of the e-mail address",
        Method::Domain => "the domain",
        Method::PhonePrefix => "the phone number's prefix",
        Method::PhonePlan => "the country's numbering plan",
        Method::VatPrefix => "the VAT number's prefix",
        Method::TopLevelDomain => "the end of the domain",
        Method::PostalCodeForm => "the form of the postal code",
        Method::PostalCode => "the postal code",
        Method::CountryHint => "the country that was given",
        Method::CompanyName => "the company's name",
        Method::LegalText => "the legal notice",
        Method::FromRegistration => "the registration number",
        Method::FromVat => "the VAT number",
        Method::StopWords => "the small words of the text",
        Method::LocalPart => "the beginning of the e-mail address",
        Method::NameCasing => "the usual capitals of names",
        Method::DomainTypo => "a common misspelling",
    }
}
