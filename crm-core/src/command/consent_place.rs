//! Where a person lives, as far as clocks and public holidays ask.

use std::collections::BTreeSet;

use crate::kernel::calendar::holidays::FrenchZone;
use crate::kernel::zone::Zone;
use crate::model::{AnyRecord, Row};
use crate::rules::enrichment::department;
use crate::rules::identity::country_code;

/// The clocks and public holidays of a person.
pub(super) struct Place {
    pub(super) zone: Option<Zone>,
    pub(super) region: Option<FrenchZone>,
}

/// Where a person lives, by country and postal code: of the records that have the address, else of all.
pub(super) fn place(own: &[&Row], all: &[&Row]) -> Option<Place> {
    let said = |row: &&Row| match &row.body {
        AnyRecord::Lead(lead) => Some((lead.country.clone(), lead.postal_code.clone())),
        AnyRecord::Contact(contact) => Some((contact.country.clone(), contact.postal_code.clone())),
        _ => None,
    };
    let places: BTreeSet<(String, String)> = own
        .iter()
        .chain(all)
        .filter_map(said)
        .filter(|(country, _)| !country.is_empty())
        .take(own.len().max(1))
        .collect();
    // Two places are none.
    let [(country, postal_code)] = places.into_iter().collect::<Vec<_>>().try_into().ok()?;
    let part = french_part(country_code(&country)?, &postal_code)?;
    let (zone, region) = part;
    Some(Place { zone: zone.parse().ok(), region: Some(region) })
}

/// The zone of clocks and the holidays of a part of France. Mainland France has overseas clocks only where the postal code
/// says so; without one nobody knows.
fn french_part(country: &str, postal_code: &str) -> Option<(&'static str, FrenchZone)> {
    use FrenchZone as Z;
    let code = match country {
        "FR" => department(postal_code)?.code,
        "GP" => "971",
        "MQ" => "972",
        "GF" => "973",
        "RE" => "974",
        "PM" => "975",
        "YT" => "976",
        "BL" => "977",
        "MF" => "978",
        "WF" => "986",
        "PF" => "987",
        "NC" => "988",
        _ => return None,
    };
    Some(match code {
        "971" => ("America/Guadeloupe", Z::Guadeloupe),
        "972" => ("America/Martinique", Z::Martinique),
        "973" => ("America/Cayenne", Z::Guyane),
        "974" => ("Indian/Reunion", Z::LaReunion),
        "975" => ("America/Miquelon", Z::SaintPierreEtMiquelon),
        "976" => ("Indian/Mayotte", Z::Mayotte),
        "977" => ("America/St_Barthelemy", Z::SaintBarthelemy),
        "978" => ("America/Marigot", Z::SaintMartin),
        "986" => ("Pacific/Wallis", Z::WallisEtFutuna),
        "987" => ("Pacific/Tahiti", Z::PolynesieFrancaise),
        "988" => ("Pacific/Noumea", Z::NouvelleCaledonie),
        "57" | "67" | "68" => ("Europe/Paris", Z::AlsaceMoselle),
        // Lands without inhabitants.
        "984" | "989" => return None,
        _ => ("Europe/Paris", Z::Metropole),
    })
}
