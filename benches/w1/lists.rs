//! The lists of W1's texts, in the order that their numbers stand for.

/// Where leads come from.
pub(super) const SOURCES: [&str; 12] = [
    "web",
    "referral",
    "partner",
    "demo_request",
    "event",
    "cold_call",
    "linkedin",
    "google_ads",
    "newsletter",
    "chat",
    "import",
    "api",
];
/// Countries.
pub(super) const COUNTRIES: [&str; 30] = [
    "FR", "DE", "US", "GB", "ES", "IT", "BE", "NL", "CH", "LU", "PL", "SE", "PT", "AT", "IE", "DK", "NO", "FI", "CA",
    "AU", "BR", "IN", "JP", "SG", "MX", "ZA", "AE", "CZ", "RO", "GR",
];
/// Industries.
pub(super) const INDUSTRIES: [&str; 20] = [
    "software",
    "fintech",
    "healthcare",
    "manufacturing",
    "retail",
    "education",
    "logistics",
    "energy",
    "construction",
    "media",
    "hospitality",
    "agriculture",
    "telecom",
    "insurance",
    "public",
    "legal",
    "real_estate",
    "automotive",
    "pharma",
    "nonprofit",
];
/// Sizes of companies as exports write them.
pub(super) const EMPLOYEES: [&str; 7] = ["1-10", "11-50", "51-200", "201-500", "501-1000", "1001-5000", "5000+"];
/// How campaigns begin that are no webinars.
pub(super) const CAMPAIGN_KINDS: [&str; 4] = ["ads-", "mail-", "event-", "ebook-"];
/// Providers of mail for everybody.
pub(super) const FREE_MAIL: [&str; 12] = [
    "gmail.com",
    "yahoo.com",
    "hotmail.com",
    "outlook.com",
    "orange.fr",
    "free.fr",
    "gmx.de",
    "web.de",
    "icloud.com",
    "live.com",
    "aol.com",
    "proton.me",
];
/// How titles begin.
pub(super) const SENIORITIES: [&str; 24] = [
    "Chief Executive Officer",
    "CEO",
    "Chief",
    "VP",
    "Vice President",
    "Senior Vice President",
    "President",
    "Director",
    "Senior Director",
    "Head of",
    "Manager",
    "Senior Manager",
    "Team Lead",
    "Senior",
    "Junior",
    "",
    "",
    "",
    "Intern",
    "Student",
    "Assistant",
    "Consultant",
    "Responsable",
    "Ingénieur",
];
/// What titles are about.
pub(super) const FUNCTIONS: [&str; 20] = [
    "Sales",
    "Marketing",
    "Engineering",
    "Operations",
    "Finance",
    "Human Resources",
    "IT",
    "Procurement",
    "Product",
    "Customer Success",
    "Data",
    "Legal",
    "Logistique",
    "Développement",
    "Support",
    "Research",
    "Security",
    "Quality",
    "Business Development",
    "Communication",
];
/// How titles end.
pub(super) const SUFFIXES: [&str; 6] = ["", " EMEA", " France", " & Strategy", " - North America", " (interim)"];
/// First halves of companies' domains.
pub(super) const COMPANY_FIRST: [&str; 10] =
    ["acme", "nova", "blue", "data", "cloud", "green", "north", "alpha", "euro", "micro"];
/// Second halves.
pub(super) const COMPANY_SECOND: [&str; 8] = ["corp", "soft", "tech", "group", "labs", "works", "media", "trade"];
/// Their endings.
pub(super) const COMPANY_TLD: [&str; 8] = ["com", "fr", "de", "io", "co.uk", "eu", "net", "ch"];
