//! Profile pages: one key for each person's or company's page, however its address was copied.

use unicode_normalization::UnicodeNormalization as _;

use super::domain;

/// Most bytes that are looked at.
const MOST_BYTES: usize = 2048;
/// What LinkedIn calls a person's, a company's and a school's page.
const PAGES: &[(&str, &str)] =
    &[("in", "in"), ("pub", "in"), ("company", "company"), ("showcase", "company"), ("school", "school")];

/// The key of a LinkedIn page: `linkedin.com/in/jean-dupont`, without country, language, query and what stands behind
/// the name. `None` for any other page, and for one of no single person or company.
///
/// ```
/// use crm_core::rules::identity::profile_key;
/// let copied = "https://fr.linkedin.com/in/Jean-Dupont%C3%A9/?originalSubdomain=fr";
/// assert_eq!(profile_key(copied).as_deref(), Some("linkedin.com/in/jean-duponté"));
/// assert_eq!(profile_key("https://www.linkedin.com/search/results/people"), None);
/// ```
pub fn profile_key(written: &str) -> Option<String> {
    if written.len() > MOST_BYTES {
        return None;
    }
    let host = domain::ascii(domain::host(written)?)?;
    if domain::registrable(&host) != Some("linkedin.com") {
        return None;
    }
    let text = written.trim();
    let path = text.split_once("://").map_or(text, |(_, rest)| rest).split(['?', '#']).next()?;
    let mut parts = path.split('/').skip(1).filter(|p| !p.is_empty());
    let kind = parts.next()?.to_ascii_lowercase();
    let (_, page) = PAGES.iter().find(|(written, _)| *written == kind)?;
    let name = decoded(parts.next()?)?.to_lowercase().nfc().collect::<String>();
    let fits =
        !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '&' | '\''));
    fits.then(|| format!("linkedin.com/{page}/{name}"))
}

/// The text behind percent signs; `None` if it is no UTF-8.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| *first == b'%').and_then(|h| std::str::from_utf8(h).ok());
        match hex.and_then(|h| u8::from_str_radix(h, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..)?;
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).ok()
}
