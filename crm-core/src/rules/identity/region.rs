//! Countries: from a name or code, as hosts keep them, to the ISO 3166 code.

use std::sync::OnceLock;

use crate::kernel::text;

/// The ISO 3166 code (two letters) of a country given by its two- or three-letter code or by its name in English,
/// French, German, Spanish, Italian, Dutch or Portuguese; `None` for anything else.
///
/// ```
/// use crm_core::rules::identity::country_code;
/// assert_eq!(country_code("Allemagne"), Some("DE"));
/// assert_eq!(country_code("fra"), Some("FR"));
/// assert_eq!(country_code("Atlantis"), None);
/// ```
pub fn country_code(written: &str) -> Option<&'static str> {
    if written.len() > 100 {
        return None;
    }
    static NAMES: OnceLock<Vec<(&str, &str)>> = OnceLock::new();
    let names =
        NAMES.get_or_init(|| include_str!("data/countries.txt").lines().filter_map(|l| l.split_once('|')).collect());
    let words = text::words(written);
    let place = names.binary_search_by_key(&words.as_ref(), |n| n.0).ok()?;
    names.get(place).map(|n| n.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_sorted_and_its_names_are_folded() {
        let lines: Vec<(&str, &str)> =
            include_str!("data/countries.txt").lines().map(|l| l.split_once('|').unwrap()).collect();
        assert!(lines.is_sorted_by(|a, b| a.0 < b.0));
        for (name, code) in lines {
            assert_eq!(text::words(name), name);
            assert_eq!(country_code(name), Some(code));
            assert_eq!(country_code(code), Some(code));
        }
    }
}
