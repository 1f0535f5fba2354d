//! The French département and region of a postal code.
//!
//! The first two digits are the département's, three overseas; Corsica's `20` was divided: up to 20199 is Corse-du-Sud,
//! from 20200 on Haute-Corse. A few dozen communes are served from the département next to theirs, so that this is
//! usually right and no more.

use super::findings::{Desk, From};
use crate::kernel::finding::{Confidence, Method, Topic};
use crate::rules::identity::country_code;

/// `29|Finistère|Bretagne`: number, name, region; overseas collectivities have no region. In order of number.
const DEPARTMENTS: &str = include_str!("data/departments.txt");

/// A département, or an overseas collectivity that has postal codes of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Department {
    /// The number, such as `29`, `2A` or `974`.
    pub code: &'static str,
    /// The name.
    pub name: &'static str,
    /// The region; empty for collectivities that belong to none.
    pub region: &'static str,
}

/// The département of a French postal code.
///
/// ```
/// use crm_core::rules::enrichment::department;
/// let brest = department("29 200").unwrap();
/// assert_eq!((brest.code, brest.name, brest.region), ("29", "Finistère", "Bretagne"));
/// assert_eq!(department("20090").unwrap().code, "2A");
/// assert_eq!(department("98000"), None); // Monaco
/// ```
pub fn department(postal_code: &str) -> Option<Department> {
    if postal_code.len() > 32 {
        return None;
    }
    let digits: String = postal_code.chars().filter(|c| !c.is_whitespace() && *c != '\u{a0}').collect();
    let digits = digits.strip_prefix("F-").or_else(|| digits.strip_prefix("FR-")).unwrap_or(&digits);
    if digits.len() != 5 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let code = match (digits.get(..2)?, digits) {
        ("20", low) if low < "20200" => "2A",
        ("20", _) => "2B",
        // Two collectivities kept the codes from when they were communes of Guadeloupe.
        (_, "97133") => "977",
        (_, "97150") => "978",
        ("97" | "98", _) => digits.get(..3)?,
        (two, _) => two,
    };
    DEPARTMENTS.lines().filter_map(line).find(|d| d.code == code)
}

fn line(line: &'static str) -> Option<Department> {
    let (code, rest) = line.split_once('|')?;
    let (name, region) = rest.split_once('|')?;
    Some(Department { code, name, region })
}

pub(super) fn derive(desk: &mut Desk<'_>) {
    let Some((written, source)) = desk.known(Topic::PostalCode) else { return };
    let Some(found) = department(&written) else { return };
    // Five digits are a postal code in many countries; only where France is known is it a French one.
    let country = desk.known(Topic::Country).and_then(|(country, _)| country_code(&country));
    let confidence = match country.or(desk.material.country_hint) {
        Some("FR" | "GP" | "MQ" | "GF" | "RE" | "YT" | "PM" | "BL" | "MF" | "WF" | "PF" | "NC" | "TF") => {
            Confidence::Medium
        }
        Some(_) => return,
        None => Confidence::Low,
    };
    let from = From { source: &source, evidence: &written };
    desk.found(Topic::DepartmentCode, Method::PostalCode, confidence, found.code, from);
    desk.found(Topic::Department, Method::PostalCode, confidence, found.name, from);
    desk.found(Topic::Region, Method::PostalCode, confidence, found.region, from);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_department_and_region_is_there_once() {
        let all: Vec<Department> = DEPARTMENTS.lines().map(|l| line(l).unwrap()).collect();
        assert!(all.is_sorted_by(|a, b| a.code < b.code));
        let own = all.iter().filter(|d| !d.region.is_empty());
        assert_eq!(own.clone().count(), 101);
        assert_eq!(own.map(|d| d.region).collect::<BTreeSet<_>>().len(), 18);
        let names: BTreeSet<_> = all.iter().map(|d| d.name).collect();
        assert_eq!(names.len(), all.len());
    }

    #[test]
    fn postal_codes_have_their_department() {
        for (written, code) in [
            ("75008", Some("75")),
            ("75116", Some("75")),
            ("01000", Some("01")),
            ("20000", Some("2A")),
            ("20190", Some("2A")),
            ("20200", Some("2B")),
            ("20620", Some("2B")),
            ("97400", Some("974")),
            ("97110", Some("971")),
            ("97150", Some("978")),
            ("97133", Some("977")),
            ("98800", Some("988")),
            ("98000", None),
            ("97900", None),
            ("00100", None),
            ("96000", None),
            ("2920", None),
            ("29O00", None),
            ("２９２００", None),
            ("", None),
        ] {
            assert_eq!(department(written).map(|d| d.code), code, "{written}");
        }
    }
}
