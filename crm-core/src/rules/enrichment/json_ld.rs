//! The organization that a page's structured data (schema.org as JSON-LD) describes.

use serde_json::{Map, Value as Json};

use super::findings::clean;
use crate::kernel::json;

/// Most organizations that one page may describe.
const MOST: usize = 20;

/// What the structured data say of an organization; what they do not say is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Organization {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) logo: String,
    pub(super) phone: String,
    pub(super) vat_number: String,
    /// Any other number of the company.
    pub(super) registration: String,
    pub(super) street: String,
    pub(super) city: String,
    pub(super) postal_code: String,
    pub(super) region: String,
    pub(super) country: String,
    pub(super) same_as: Vec<String>,
}

/// The organizations of a page in the order in which they stand; broken texts have none.
pub(super) fn organizations(texts: &[String]) -> Vec<Organization> {
    let mut out = Vec::new();
    for text in texts {
        if let Ok(json) = json::parse(text.trim().as_bytes()) {
            visit(&json, &mut out);
        }
    }
    out
}

/// The reader has bounded the depth.
fn visit(json: &Json, out: &mut Vec<Organization>) {
    match json {
        _ if out.len() >= MOST => {}
        Json::Array(list) => list.iter().for_each(|item| visit(item, out)),
        Json::Object(map) => {
            if map.get("@type").is_some_and(is_organization) {
                out.push(Organization::read(map));
            }
            for inner in ["@graph", "mainEntity", "publisher"] {
                map.get(inner).into_iter().for_each(|json| visit(json, out));
            }
        }
        _ => {}
    }
}

fn is_organization(kind: &Json) -> bool {
    match kind {
        Json::Array(kinds) => kinds.iter().any(is_organization),
        Json::String(kind) => {
            let name = kind.rsplit(['/', ':', '#']).next().unwrap_or(kind);
            let known = [
                "AutoRepair",
                "Corporation",
                "Electrician",
                "GeneralContractor",
                "HVACBusiness",
                "Hotel",
                "HousePainter",
                "LegalService",
                "Locksmith",
                "NGO",
                "OnlineStore",
                "Plumber",
                "ProfessionalService",
                "RealEstateAgent",
                "Restaurant",
                "RoofingContractor",
                "Store",
                "TravelAgency",
                "AccountingService",
                "Attorney",
                "Dentist",
            ];
            name.ends_with("Organization") || name.ends_with("Business") || known.contains(&name)
        }
        _ => false,
    }
}

impl Organization {
    fn read(map: &Map<String, Json>) -> Self {
        let get = |key: &str| text(map.get(key));
        let empty = Map::new();
        let address = match map.get("address") {
            Some(Json::Array(list)) => list.iter().find_map(Json::as_object),
            other => other.and_then(Json::as_object),
        };
        let address = address.unwrap_or(&empty);
        let place = |key: &str| text(address.get(key));
        let registration = ["taxID", "identifier", "iso6523Code"].map(get).into_iter().find(|t| !t.is_empty());
        Organization {
            name: get("name"),
            description: get("description"),
            logo: get("logo"),
            phone: get("telephone"),
            vat_number: get("vatID"),
            registration: registration.unwrap_or_default(),
            street: place("streetAddress"),
            city: place("addressLocality"),
            postal_code: place("postalCode"),
            region: place("addressRegion"),
            country: place("addressCountry"),
            same_as: texts(map.get("sameAs")),
        }
    }
}

/// The text, or that of the first item, or what names the thing.
fn text(json: Option<&Json>) -> String {
    match json {
        Some(Json::String(text)) => clean(text),
        Some(Json::Number(number)) => number.to_string(),
        Some(Json::Array(list)) => list.first().map(|first| text(Some(first))).unwrap_or_default(),
        Some(Json::Object(map)) => {
            let inner = ["@value", "value", "url", "contentUrl", "name"].into_iter().find_map(|key| map.get(key));
            inner.filter(|inner| inner.is_string()).map(|inner| text(Some(inner))).unwrap_or_default()
        }
        _ => String::new(),
    }
}

fn texts(json: Option<&Json>) -> Vec<String> {
    match json {
        Some(Json::Array(list)) => list.iter().take(MOST).map(|item| text(Some(item))).collect(),
        other => vec![text(other)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn organizations_are_found_wherever_they_stand() {
        let one = r#"{"@context": "https://schema.org", "@graph": [
            {"@type": "WebSite", "name": "Blog", "publisher": {"@type": "Organization", "name": "Inner"}},
            {"@type": ["Thing", "https://schema.org/RoofingContractor"], "name": " Rénov'Ouest ",
             "logo": {"@type": "ImageObject", "url": "/l.svg"}, "telephone": ["02 98 00 00 00"],
             "address": {"@type": "PostalAddress", "postalCode": 29200, "addressLocality": "Brest",
                         "addressCountry": {"@type": "Country", "name": "FR"}},
             "sameAs": "https://www.linkedin.com/company/renov"}]}"#;
        let found = organizations(&["{broken".into(), one.into(), "[".repeat(100)]);
        let names: Vec<&str> = found.iter().map(|o| o.name.as_str()).collect();
        assert_eq!(names, ["Inner", "Rénov'Ouest"]);
        assert_eq!((found[1].logo.as_str(), found[1].phone.as_str()), ("/l.svg", "02 98 00 00 00"));
        assert_eq!((found[1].postal_code.as_str(), found[1].country.as_str()), ("29200", "FR"));
        assert_eq!(found[1].same_as, ["https://www.linkedin.com/company/renov"]);
        assert_eq!(organizations(&[r#"{"@type": "Person", "name": "A"}"#.into(), "3".into()]), []);
    }
}
