//! People's names: cleaned, and as a pair that does not depend on which part was written first.

use crate::kernel::text;

/// Most bytes of a name that are looked at.
const MOST_BYTES: usize = 1024;

/// A name without brackets and what stands inside of them, [folded](text::fold), hyphens as spaces, other punctuation
/// left out.
///
/// ```
/// use crm_core::rules::identity::clean_name;
/// assert_eq!(clean_name("Marie-Ève (née O'Brien)"), "marie eve");
/// ```
pub fn clean_name(written: &str) -> String {
    if written.len() > MOST_BYTES {
        return String::new();
    }
    let mut depth: u32 = 0;
    let (mut kept, mut inside) = (String::with_capacity(written.len()), String::new());
    for c in written.chars() {
        match c {
            '(' | '[' | '{' => depth = depth.saturating_add(1),
            ')' | ']' | '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    inside.clear();
                }
            }
            c if depth == 0 => kept.push(c),
            c => inside.push(c),
        }
    }
    // What an open bracket never closed is part of the name.
    kept.push_str(&inside);
    let folded = text::fold(&kept);
    let mut clean = String::with_capacity(folded.len());
    for c in folded.chars() {
        match c {
            '-' | '_' | ' ' | '\u{2010}'..='\u{2015}' if !clean.is_empty() && !clean.ends_with(' ') => clean.push(' '),
            c if c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c) => clean.push(c),
            _ => {}
        }
    }
    clean.truncate(clean.trim_end().len());
    clean
}

/// Both names clean, the lower one first; `None` unless both are known.
pub(super) fn pair(first: &str, last: &str) -> Option<String> {
    let (a, b) = (clean_name(first), clean_name(last));
    if a.is_empty() || b.is_empty() {
        return None;
    }
    Some(if a <= b { format!("{a}|{b}") } else { format!("{b}|{a}") })
}
