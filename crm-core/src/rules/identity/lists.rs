//! The data files of this rule: what is looked up by exact text. Each is compiled in and read once.

use std::sync::OnceLock;

use crate::kernel::hash::hash;

/// Mail providers where anybody has an address: the list of the `freemail` project and our own supplement.
pub(super) fn is_free(domain: &str) -> bool {
    static LISTS: [Lines; 2] =
        [Lines::new(include_str!("data/free_domains.txt")), Lines::new(include_str!("data/mail_providers.txt"))];
    LISTS.iter().any(|l| l.has(domain))
}

/// Domains of addresses that live for minutes.
pub(super) fn is_disposable(domain: &str) -> bool {
    static LIST: Lines = Lines::new(include_str!("data/disposable_domains.txt"));
    LIST.has(domain)
}

/// Names before the `@` that belong to an office and not to a person.
pub(super) fn is_role(local: &str) -> bool {
    static LIST: Lines = Lines::new(include_str!("data/role_names.txt"));
    LIST.has(local)
}

/// The domain that stands in keys for this one: of the same mailboxes, or the one that was meant.
pub(super) fn same_domain(domain: &str) -> Option<&'static str> {
    static PAIRS: OnceLock<Vec<(&str, &str)>> = OnceLock::new();
    static FROM: OnceLock<Vec<&str>> = OnceLock::new();
    let pairs = PAIRS.get_or_init(|| {
        let lines = include_str!("data/domain_aliases.txt").lines().filter(|l| !l.starts_with('#'));
        let mut pairs: Vec<(&str, &str)> = lines.filter_map(|l| l.split_once(' ')).collect();
        pairs.sort_unstable();
        pairs
    });
    let slots = FROM.get_or_init(|| table(pairs.iter().map(|(from, _)| *from)));
    // Hardly any domain is among them.
    slots.get(slot(slots, domain)).filter(|from| **from == domain)?;
    let place = pairs.binary_search_by_key(&domain, |p| p.0).ok()?;
    pairs.get(place).map(|p| p.1)
}

/// A text file of lines, found by their hash: a table that nobody walks, so that no order can come out of it.
struct Lines {
    text: &'static str,
    /// A power of two, at most half of them taken; the others are empty.
    slots: OnceLock<Vec<&'static str>>,
}

impl Lines {
    const fn new(text: &'static str) -> Self {
        Self { text, slots: OnceLock::new() }
    }

    fn has(&self, line: &str) -> bool {
        let slots = self.slots.get_or_init(|| table(self.text.lines()));
        !line.is_empty() && slots.get(slot(slots, line)) == Some(&line)
    }
}

fn table(lines: impl Iterator<Item = &'static str> + Clone) -> Vec<&'static str> {
    let mut slots = vec![""; lines.clone().count().saturating_mul(2).next_power_of_two()];
    for line in lines {
        let slot = slot(&slots, line);
        if let Some(slot) = slots.get_mut(slot) {
            *slot = line;
        }
    }
    slots
}

/// Where a line stands, or the empty slot where it would.
fn slot(slots: &[&str], line: &str) -> usize {
    let first = usize::try_from(hash(line.as_bytes()) >> 32).unwrap_or(0);
    let last = slots.len().saturating_sub(1);
    let mut places = (0..slots.len()).map(|step| first.wrapping_add(step) & last);
    let fits = |place: &usize| slots.get(*place).is_none_or(|other| other.is_empty() || *other == line);
    places.find(fits).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_sorted_and_has_what_it_is_for() {
        for text in [
            include_str!("data/free_domains.txt"),
            include_str!("data/mail_providers.txt"),
            include_str!("data/disposable_domains.txt"),
            include_str!("data/role_names.txt"),
        ] {
            assert!(text.lines().is_sorted_by(|a, b| a < b));
            let lines = Lines::new(text);
            assert!(text.lines().all(|line| lines.has(line) && !lines.has(&format!("{line}~"))));
            assert!(
                text.lines()
                    .all(|l| !l.is_empty() && l.bytes().all(|b| b.is_ascii_graphic() && !b.is_ascii_uppercase()))
            );
        }
        assert!(is_free("gmail.com") && is_free("sfr.fr") && !is_free("exemple.fr"));
        assert!(is_disposable("yopmail.com") && !is_disposable("gmail.com"));
        assert!(is_role("compta") && !is_role("jeanne"));
    }

    #[test]
    fn an_alias_leads_to_a_domain_that_is_none() {
        for line in include_str!("data/domain_aliases.txt").lines().filter(|l| !l.starts_with('#')) {
            let (from, to) = line.split_once(' ').unwrap();
            assert_eq!(same_domain(from), Some(to));
            assert_eq!(same_domain(to), None, "{line}");
        }
    }
}
