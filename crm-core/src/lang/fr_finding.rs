//! What enrichment finds, in French.
//!
//! Fields have any gender and number: the sentences avoid participles that would have to agree with them.

use crate::kernel::finding::{Confidence, Method, Topic, Verdict};

pub(super) fn found(topic: Topic, method: Method, confidence: Confidence, source: &str) -> String {
    let sure = match confidence {
        Confidence::Low => "faible",
        Confidence::Medium => "moyenne",
        Confidence::High => "élevée",
    };
    format!("{}\u{a0}: d’après {} (fiabilité {sure}\u{202f}; {source})", name(topic), from(method))
}

pub(super) fn became(topic: Topic, verdict: Verdict) -> String {
    let what = match verdict {
        Verdict::FilledEmpty => "le champ était vide, il est maintenant rempli",
        Verdict::Refreshed => "une information plus ancienne a été remplacée",
        Verdict::ReplacedDefault => "la valeur par défaut a été remplacée",
        Verdict::KeptTheirs => "la valeur saisie est conservée",
        Verdict::KeptOlder => "l’information plus ancienne est conservée",
        Verdict::TooUncertain => "information trop incertaine pour être enregistrée",
    };
    format!("{}\u{a0}: {what}", name(topic))
}

fn name(topic: Topic) -> &'static str {
    match topic {
        Topic::Company => "Entreprise",
        Topic::LegalForm => "Forme juridique",
        Topic::Domain => "Nom de domaine",
        Topic::Website => "Site web",
        Topic::Description => "Description",
        Topic::Industry => "Secteur d’activité",
        Topic::Logo => "Logo",
        Topic::RegistrationNumber => "Numéro SIREN ou SIRET",
        Topic::VatNumber => "Numéro de TVA",
        Topic::Naf => "Code NAF",
        Topic::FirstName => "Prénom",
        Topic::LastName => "Nom",
        Topic::RoleAccount => "Adresse générique",
        Topic::EmailSuggestion => "Adresse e-mail suggérée",
        Topic::Phone => "Téléphone",
        Topic::PhoneKind => "Type de numéro de téléphone",
        Topic::MobileKind => "Type de numéro de mobile",
        Topic::Country => "Pays",
        Topic::Region => "Région",
        Topic::Department => "Département",
        Topic::DepartmentCode => "Numéro du département",
        Topic::City => "Ville",
        Topic::PostalCode => "Code postal",
        Topic::Street => "Adresse postale",
        Topic::Language => "Langue",
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
        Method::JsonLd => "les données structurées de la page",
        Method::OgSiteName => "le nom que le site se donne",
        Method::TitleTag => "le titre de la page",
        Method::MetaDescription => "la description de la page",
        Method::OgDescription => "la description de la page pour les réseaux sociaux",
        Method::Icon => "les icônes de la page",
        Method::FaviconDefault => "l’emplacement habituel des icônes",
        Method::KeywordClassifier => "le vocabulaire du site",
        Method::SocialLink => "un lien présent sur le site",
        Method::WebsiteDomain => "le nom de domaine du site",
        Method::EmailDomain => "le nom de domaine de l’adresse e-mail",
        Method::Domain => "le nom de domaine",
        Method::PhonePrefix => "l’indicatif du numéro de téléphone",
        Method::PhonePlan => "le plan de numérotation du pays",
        Method::VatPrefix => "le préfixe du numéro de TVA",
        Method::TopLevelDomain => "l’extension du nom de domaine",
        Method::PostalCodeForm => "la forme du code postal",
        Method::PostalCode => "le code postal",
        Method::CountryHint => "le pays indiqué",
        Method::CompanyName => "le nom de l’entreprise",
        Method::LegalText => "les mentions légales",
        Method::FromRegistration => "le numéro SIREN ou SIRET",
        Method::FromVat => "le numéro de TVA",
        Method::StopWords => "les mots-outils du texte",
        Method::LocalPart => "le début de l’adresse e-mail",
        Method::NameCasing => "l’usage des majuscules dans les noms",
        Method::DomainTypo => "une faute de frappe courante",
    }
}
