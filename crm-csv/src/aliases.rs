//! Which column feeds which field: a table of the headers that CRMs write, and the choices of the person importing.
//!
//! Headers are compared by their letters and digits only, folded: `E-mail`, `EMAIL` and `e mail` are one, and so are
//! `LeadSource`, `lead_source` and `Lead Source`. A header that the table does not know is left out and reported; it
//! is never put anywhere by resemblance.

/// The header of the pseudo-field that gives the currency of a row's amounts.
pub const CURRENCY: &str = "currency";

/// Field and the headers that feed it, the most telling first: of two columns for one field the first listed wins.
/// All columns for `consent` are read, and those for `do_not_call`: a refusal counts wherever it stands. `Lead Origin`,
/// which says how a lead was captured beside a `Lead Source`, is nearest to a campaign.
///
/// `currency` is no field of a lead: the column gives the currency of the row's amounts. `full_name` goes to
/// `last_name`, whole, and only where the file has neither a first nor a last name column: a name is never split.
#[rustfmt::skip]
pub const ALIASES: &[(&str, &[&str])] = &[
    ("company", &["Company", "Company Name", "Company / Account", "Account Name", "Organization", "Organisation",
        "Organization - Name", "Associated Company", "Société", "Nom de la société", "Entreprise",
        "Nom de l'entreprise", "Raison sociale", "Compte", "Nom du compte", "Structure", "empresas_vinculadas",
        "Empresa", "Employer"]),
    ("first_name", &["First Name", "Given Name", "Person - First name", "Lead First Name", "Prénom", "Prénom du contact",
        "primeiro_nome"]),
    ("last_name", &["Last Name", "Surname", "Family Name", "Person - Last name", "Lead Last Name", "Nom",
        "Nom de famille", "Nom du prospect", "sobrenome"]),
    ("full_name", &["Full Name", "Name", "Contact Name", "Contact", "Contact person", "Person - Name", "Lead Name",
        "Associated Contact", "Nom complet", "Nom et prénom", "Prénom et nom", "Nom du contact", "Interlocuteur",
        "nome"]),
    ("job_title", &["Job Title", "Title", "Job Position", "Designation", "Position", "Role", "Poste", "Fonction",
        "Intitulé du poste", "Titre", "cargo", "What is your current occupation"]),
    ("email", &["Email", "Email Address", "E-mail Address", "Work Email", "Person - Email (Work)", "Person - Email",
        "email_work", "Email 1", "Primary Email", "Adresse e-mail", "Adresse mail", "Mail", "Courriel",
        "E-mail professionnel", "Person - Email (Home)", "email_home", "Person - Email (Other)", "email_other"]),
    ("phone", &["Phone", "Phone Number", "Office Phone", "Work Phone", "Business Phone", "Person - Phone",
        "Person - Phone (Work)", "phone_work", "Telephone", "Téléphone", "Tél", "Numéro de téléphone",
        "Téléphone fixe", "Téléphone professionnel", "Fixe", "telefone", "Home Phone", "Person - Phone (Home)",
        "phone_home", "Other Phone", "Person - Phone (Other)", "phone_other"]),
    ("mobile", &["Mobile", "Mobile Phone", "Mobile Phone Number", "Mobile Number", "Cell", "Cell Phone",
        "Person - Phone (Mobile)", "Portable", "Téléphone portable", "Téléphone mobile", "Tél. portable", "GSM",
        "celular"]),
    ("website", &["Website", "Website URL", "Web Site", "Company Domain Name", "URL", "Domain", "Site web",
        "Site internet"]),
    ("stage", &["Lead Status", "Status", "Stage", "Stage Name", "Deal - Stage", "Deal - Stage (pipeline)", "Statut",
        "Statut du prospect", "Étape", "Lifecycle Stage"]),
    ("owner", &["Owner", "Lead Owner", "Contact Owner", "Account Owner", "Deal - Owner", "Salesperson", "Assigned to",
        "Assigned User", "Sales Rep", "sales", "Propriétaire", "Commercial", "Responsable", "Vendeur", "Attribué à",
        "Assigné à", "Chargé d'affaires", "Suivi par"]),
    ("value", &["Value", "Amount", "Deal - Value", "Lead - Value", "Opportunity Value", "Opportunity Amount",
        "Deal Amount", "Expected Revenue", "Estimated Value", "Budget", "Montant", "Montant estimé", "Valeur",
        "Valeur estimée", "Revenu espéré", "Revenu attendu", "Chiffre d'affaires espéré"]),
    (CURRENCY, &["Currency", "CurrencyIsoCode", "Currency ISO Code", "Deal - Currency of value",
        "Lead - Currency of value", "Devise", "Monnaie"]),
    ("source", &["Lead Source", "Source", "Original Source", "Original Source Type", "Deal - Source", "Channel",
        "Origine", "Origine du lead", "Provenance", "Canal", "Source du prospect"]),
    ("campaign", &["Campaign", "Campaign Name", "UTM Campaign", "First Campaign", "Latest Campaign", "Campagne",
        "Nom de la campagne", "Lead Origin"]),
    ("landing_page", &["Landing Page", "First Page Seen", "Entry Page", "Page d'atterrissage", "Page d'arrivée",
        "Page d'entrée"]),
    ("industry", &["Industry", "Sector", "Secteur", "Secteur d'activité", "Activité", "segmento_industria",
        "Specialization"]),
    ("segment", &["Segment", "Customer Segment", "Market Segment", "Segment de marché", "Segment client"]),
    ("size", &["Employees", "Number of Employees", "No. of Employees", "Num Employees", "Company Size",
        "Employee Count", "Headcount", "Effectif", "Effectifs", "Nombre de salariés", "Nombre d'employés",
        "Nb salariés", "Salariés", "Taille de l'entreprise"]),
    ("revenue", &["Annual Revenue", "Revenue", "Yearly Revenue", "Company Revenue", "Chiffre d'affaires",
        "Chiffre d'affaires annuel", "CA", "CA annuel"]),
    ("country", &["Country", "Country/Region", "Billing Country", "Primary Address Country", "Mailing Country",
        "Pays", "país"]),
    ("region", &["Region", "State", "State/Region", "State/Province", "Province", "Billing State",
        "Primary Address State", "Mailing State", "Région", "Département"]),
    ("city", &["City", "Town", "Billing City", "Primary Address City", "Mailing City", "Ville", "Commune", "cidade"]),
    ("postal_code", &["Postal Code", "Zip", "Zip Code", "Zip/Postal Code", "Postcode", "Billing Postal Code",
        "Primary Address Postalcode", "Mailing Postal Code", "Code postal", "CP"]),
    ("street", &["Street", "Street Address", "Billing Street", "Primary Address Street", "Mailing Street", "Address Line 1",
        "Address", "Organization - Address", "Adresse", "Rue", "Adresse postale"]),
    ("registration_number", &["Registration Number", "Company Registration Number", "SIREN", "SIRET", "Numéro SIREN",
        "Numéro SIRET", "N° SIRET", "N° SIREN", "cpf_cnpj"]),
    ("vat_number", &["VAT Number", "VAT", "VAT ID", "Tax ID", "N° TVA", "Numéro de TVA", "TVA intracommunautaire",
        "N° TVA intracommunautaire"]),
    ("language", &["Language", "Preferred Language", "Langue", "Idioma"]),
    ("consent", &["Consent", "Marketing Consent", "Email Consent", "Consentement", "Opt-in", "Email Opt In",
        "Opt-in e-mail", "Consentement e-mail", "RGPD", "Email Opt Out", "Has Opted Out Of Email", "Do Not Email",
        "Opt Out", "Opt-out", "Unsubscribed", "Unsubscribed from all email", "Désinscrit", "Désabonné",
        "Ne pas contacter par e-mail", "Refus e-mail"]),
    ("do_not_call", &["Do Not Call", "Ne pas appeler", "Refus appel", "Opposition téléphone"]),
    ("rating", &["Rating", "Lead Rating", "Priority", "Deal - Label", "Température", "Priorité", "Cotation"]),
    ("visits", &["Visits", "Total Visits", "Website Visits", "Number of Sessions", "Sessions", "Visites",
        "Nombre de visites", "Visites du site"]),
    ("page_views", &["Page Views", "Number of Pageviews", "Pages vues", "Nombre de pages vues"]),
    ("seconds_on_site", &["Seconds on Site", "Total Time Spent on Website", "Time on Site (s)",
        "Time on Site (seconds)", "Secondes sur le site", "Temps sur le site (s)", "Durée sur le site (s)"]),
    ("emails_opened", &["Emails Opened", "Marketing emails opened", "Email Opens", "E-mails ouverts",
        "Ouvertures e-mail"]),
    ("emails_clicked", &["Emails Clicked", "Marketing emails clicked", "Email Clicks", "E-mails cliqués",
        "Clics e-mail"]),
    ("forms_submitted", &["Forms Submitted", "Number of Form Submissions", "Form Submissions", "Formulaires envoyés",
        "Formulaires remplis"]),
    ("last_activity", &["Last Activity", "Last Activity Type", "Latest Activity", "Dernière activité",
        "Dernière action", "Type de dernière activité"]),
    ("last_activity_at", &["Last Activity Date", "Last Activity Time", "Last Activity At", "Last Contacted",
        "Date de dernière activité", "Date de la dernière activité", "Date dernière activité", "Dernier contact",
        "Date du dernier contact", "last_seen"]),
    ("received_at", &["Received At", "Create Date", "Created Date", "Created Time", "Created On", "Date Created",
        "Created At", "Created", "Lead Created", "Deal - Creation date", "Lead - Created", "Date de création",
        "Créé le", "Créée le", "Date d'arrivée", "Date de réception", "first_seen"]),
    ("description", &["Description", "Notes", "Note - Content", "Comments", "Lead Description", "Background",
        "Commentaire", "Commentaires", "Remarques", "Besoin", "Message", "descrição", "descricao"]),
    ("tags", &["Tags", "Labels", "Tag", "Étiquettes", "Mots-clés", "Libellés"]),
    ("external_id", &["External ID", "Lead ID", "Record ID", "Prospect ID", "Contact ID", "ID", "Lead - ID",
        "Identifiant", "Identifiant externe", "Référence", "Réf", "N° prospect"]),
    ("converted", &["Converted", "Is Converted", "Converti", "Gagné", "Won"]),
];

/// Headers that say who refused e-mails: a yes is `opted_out`, a no says nothing.
#[rustfmt::skip]
pub const REFUSALS: &[&str] = &["Email Opt Out", "Has Opted Out Of Email", "Do Not Email", "Opt Out", "Unsubscribed",
    "Unsubscribed from all email", "Désinscrit", "Désabonné", "Ne pas contacter par e-mail", "Refus e-mail"];

/// A system whose exports are recognised by their headers, with the headers that mean something else there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flavour {
    /// The name that becomes `external_source`.
    pub name: &'static str,
    /// The headers that must all be there.
    pub signature: &'static [&'static str],
    /// Header and field, before [`ALIASES`]; an empty field leaves the column out.
    pub columns: &'static [(&'static str, &'static str)],
}

/// The systems, the most particular first.
#[rustfmt::skip]
pub const FLAVOURS: &[Flavour] = &[
    Flavour { name: "hubspot", signature: &["Record ID", "Lifecycle Stage"], columns: &[] },
    Flavour { name: "hubspot", signature: &["Lifecycle Stage", "Lead Status"], columns: &[] },
    Flavour { name: "salesforce_accounts", signature: &["MasterRecordId", "BillingCity"], columns: &[("Name", "company")] },
    Flavour { name: "salesforce_opportunities", signature: &["StageName", "ForecastCategory"], columns: &[("Name", "")] },
    Flavour { name: "salesforce", signature: &["SystemModstamp"], columns: &[("Last Activity", "last_activity_at")] },
    Flavour { name: "salesforce", signature: &["Company / Account"], columns: &[("Last Activity", "last_activity_at")] },
    Flavour { name: "zoho", signature: &["LEADID", "Lead Owner"], columns: &[] },
    Flavour { name: "zoho", signature: &["CONTACTID", "Contact Owner"], columns: &[] },
    Flavour { name: "zoho", signature: &["ACCOUNTID", "Account Owner"], columns: &[("ACCOUNTID", "external_id")] },
    Flavour { name: "zoho", signature: &["Lead Owner", "Created Time"], columns: &[] },
    Flavour { name: "suitecrm", signature: &["Primary Address Street", "Assigned User"],
        columns: &[("ID", "external_id"), ("Contact ID", ""), ("Title", "job_title")] },
    Flavour { name: "pipedrive", signature: &["Person - Name"], columns: &[] },
    Flavour { name: "pipedrive", signature: &["Deal - Title"], columns: &[] },
    Flavour { name: "odoo", signature: &["Salesperson", "Sales Team"], columns: &[] },
    Flavour { name: "odoo", signature: &["Vendeur", "Équipe commerciale"], columns: &[] },
    Flavour { name: "atomic_crm", signature: &["first_seen", "last_seen", "email_work"], columns: &[] },
    Flavour { name: "evo_crm", signature: &["primeiro_nome", "codigo_pais"], columns: &[] },
    Flavour { name: "chatwoot", signature: &["identifier", "custom_attribute_1"],
        columns: &[("identifier", "external_id"), ("id", "")] },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crm_core::model::{Lead, Record as _};

    use super::*;
    use crate::mapping::key;

    #[test]
    fn the_table_is_without_contradiction() {
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        for (field, headers) in ALIASES {
            let known = Lead::FIELDS.iter().any(|f| f.name == *field);
            assert!(known || matches!(*field, CURRENCY | "full_name"), "{field}");
            for header in *headers {
                assert!(!key(header).is_empty());
                let before = seen.insert(key(header), field);
                assert!(before.is_none_or(|b| b == *field), "{header} feeds {before:?} and {field}");
            }
        }
        for header in REFUSALS {
            assert_eq!(seen.get(&key(header)), Some(&"consent"), "{header}");
        }
        for (_, field) in FLAVOURS.iter().flat_map(|f| f.columns) {
            assert!(field.is_empty() || Lead::FIELDS.iter().any(|f| f.name == *field));
        }
    }
}
