//! What is known of pages that lead to others: the data files of this rule, compiled in and read once.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::channel::ChannelGroup;
use super::url::Url;

/// What a known page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    /// search, social, email, paid, chatbot; `unknown` where it is no source of anything.
    pub(super) medium: &'static str,
    /// Its name.
    pub(super) source: &'static str,
    /// The parameters that have the words that were searched for.
    terms: &'static str,
}

/// What a parameter in a link says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ClickId {
    pub(super) source: &'static str,
    pub(super) medium: &'static str,
    pub(super) group: ChannelGroup,
}

struct Tables {
    /// By host, by host with the first part of its path, by `name.*` for a name under every public suffix.
    hosts: BTreeMap<&'static str, Known>,
    /// By what people call a source, in lower case.
    names: BTreeMap<String, Known>,
    clicks: BTreeMap<&'static str, ClickId>,
}

fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| {
        let mut tables = Tables { hosts: BTreeMap::new(), names: BTreeMap::new(), clicks: BTreeMap::new() };
        for line in lines(include_str!("data/referrers.txt")) {
            let mut cells = line.split('|').map(str::trim);
            let mut cell = || cells.next().unwrap_or_default();
            let (medium, source, terms, hosts, names) = (cell(), cell(), cell(), cell(), cell());
            let known = Known { medium, source, terms };
            tables.hosts.extend(hosts.split_whitespace().map(|host| (host, known)));
            let names = names.split_whitespace().map(str::to_owned);
            tables.names.extend(names.map(|name| (name, known)));
            if medium != "unknown" {
                tables.names.entry(source.to_lowercase()).or_insert(known);
            }
        }
        for line in lines(include_str!("data/click_ids.txt")) {
            let mut cells = line.split('|').map(str::trim);
            let mut cell = || cells.next().unwrap_or_default();
            let (name, source, medium, group) = (cell(), cell(), cell(), cell());
            if let Some(group) = ChannelGroup::from_code(group) {
                tables.clicks.insert(name, ClickId { source, medium, group });
            }
        }
        tables
    })
}

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.starts_with('#') && !line.is_empty())
}

/// What is known of a page: the host with the first part of its path, then the host, then the same of the host above it.
pub(super) fn of_page(url: &Url<'_>) -> Option<Known> {
    let hosts = &tables().hosts;
    let first = url.path.split('/').nth(1).filter(|first| !first.is_empty());
    let starred = starred(&url.host);
    let at = |skipped: usize| {
        let below = |host: &str| host.splitn(skipped.saturating_add(1), '.').nth(skipped).map(str::to_owned);
        [below(&url.host), starred.as_deref().and_then(below)].into_iter().flatten().filter(|host| host.contains('.'))
    };
    let labels = url.host.split('.').count().min(10);
    (0..labels).find_map(|skipped| {
        let with_path =
            first.and_then(|first| at(skipped).find_map(|host| hosts.get(format!("{host}/{first}").as_str())));
        with_path.or_else(|| at(skipped).find_map(|host| hosts.get(host.as_str()))).copied()
    })
}

/// `www.google.*` for `www.google.co.uk`.
fn starred(host: &str) -> Option<String> {
    let suffix = psl::suffix(host.as_bytes()).filter(|suffix| suffix.typ() == Some(psl::Type::Icann))?;
    let rest = host.get(..host.len().checked_sub(suffix.as_bytes().len())?)?;
    rest.ends_with('.').then(|| format!("{rest}*"))
}

/// The words that were searched for, as written.
pub(super) fn term(known: Known, url: &Url<'_>) -> Option<String> {
    let has = |name: &str| known.terms.split_whitespace().any(|term| term == name);
    url.pairs().find(|(name, value)| has(name) && !value.is_empty()).map(|(_, value)| value.into_owned())
}

/// What is known of a source by the name that somebody gave it, in lower case: `google`, `fb`, `m.facebook.com`.
pub(super) fn of_name(folded: &str) -> Option<Known> {
    let named = tables().names.get(folded).copied();
    named.or_else(|| Url::read(folded).filter(|_| folded.contains('.')).and_then(|url| of_page(&url)))
}

/// What a parameter of a link says; names in lower case.
pub(super) fn of_click(name: &str) -> Option<ClickId> {
    tables().clicks.get(name).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_well_formed() {
        let mut hosts = std::collections::BTreeSet::new();
        for line in lines(include_str!("data/referrers.txt")) {
            let cells: Vec<&str> = line.split('|').collect();
            assert_eq!(cells.len(), 5, "{line}");
            assert!(["search", "social", "email", "paid", "chatbot", "unknown"].contains(&cells[0].trim()), "{line}");
            for host in cells[3].split_whitespace() {
                assert!(hosts.insert(host), "{host} is there twice");
                assert!(host.contains('.') && host == host.to_lowercase(), "{host}");
                assert!(host.matches('/').count() < 2, "{host}");
            }
        }
        let clicks = lines(include_str!("data/click_ids.txt")).count();
        assert_eq!(tables().clicks.len(), clicks, "a click id has no channel, or is there twice");
        assert!(tables().hosts.len() > 500);
    }

    #[test]
    fn a_name_under_every_suffix_is_not_a_name_anywhere() {
        let known = |page: &str| of_page(&Url::read(page).unwrap()).map(|known| known.source);
        assert_eq!(known("https://www.google.co.uk/"), Some("Google"));
        assert_eq!(known("https://google.example.com/"), None);
        assert_eq!(known("https://google.blogspot.com/"), None);
        assert_eq!(known("https://notgoogle.fr/"), None);
        assert_eq!(known("https://www.orange.fr/portail"), None);
        assert_eq!(known("https://www.orange.fr/webmail/x"), Some("Orange Webmail"));
    }
}
