//! Domains: the ASCII form, the part that somebody registered, and whether a company stands behind it.

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};
use unicode_normalization::UnicodeNormalization as _;

use super::lists;

/// Most bytes of a domain name.
const MOST_BYTES: usize = 253;
/// Most bytes of what a domain is read from; an address or URL that is longer is none.
const MOST_WRITTEN_BYTES: usize = 4096;

/// A domain name, whoever it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// Lower case, without a dot at the end; labels in other scripts as punycode (`xn--...`).
    pub ascii: String,
    /// The part that somebody registered, by the Public Suffix List with its private section (`exemple.co.uk`,
    /// `someone.github.io`); `None` for a public suffix itself.
    pub registrable: Option<String>,
    /// Who has addresses there.
    pub class: DomainClass,
}

/// Who has addresses of a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DomainClass {
    /// Anybody: a provider of mailboxes.
    Free,
    /// Nobody for long: a provider of throw-away mailboxes.
    Disposable,
    /// As far as known, one organisation.
    Company,
}

impl DomainClass {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Disposable => "disposable",
            Self::Company => "company",
        }
    }
}

impl Domain {
    /// The registrable domain, if the domain tells a company.
    pub fn company(&self) -> Option<&str> {
        self.registrable.as_deref().filter(|_| self.class == DomainClass::Company)
    }

    /// The same, without a copy.
    pub(super) fn into_company(self) -> Option<String> {
        self.registrable.filter(|_| self.class == DomainClass::Company)
    }
}

/// Lower case, punycode, no dot at the end; `None` where it is no domain name of at least two labels.
pub(in crate::rules) fn ascii(written: &str) -> Option<String> {
    let name = written.trim_end_matches('.');
    let ascii = match plain(name) {
        Some(ascii) => ascii,
        None if name.len() > MOST_WRITTEN_BYTES => return None,
        None => {
            let deny = AsciiDenyList::URL;
            let ascii =
                Uts46::new().to_ascii(name.as_bytes(), deny, Hyphens::CheckFirstLast, DnsLength::Ignore).ok()?;
            plain(ascii.trim_end_matches('.')).filter(|_| ascii.is_ascii())?
        }
    };
    let top = ascii.rsplit('.').next().unwrap_or_default();
    let named = !top.bytes().all(|b| b.is_ascii_digit());
    (named && ascii.contains('.')).then_some(ascii)
}

/// The same as people read it: punycode as letters, where it is that of letters.
pub(in crate::rules) fn letters(ascii: &str) -> String {
    Uts46::new().to_unicode(ascii.as_bytes(), AsciiDenyList::URL, Hyphens::CheckFirstLast).0.into_owned()
}

/// Whether a domain is written as its ASCII form or as what that form stands for, but for case: nothing in it is dropped
/// or replaced on the way.
pub(super) fn is_as_written(written: &str, ascii: &str) -> bool {
    if written.eq_ignore_ascii_case(ascii) {
        return true;
    }
    let (unicode, outcome) = idna::domain_to_unicode(ascii);
    outcome.is_ok() && written.nfc().flat_map(char::to_lowercase).nfc().eq(unicode.nfc())
}

/// The lower-case form of what needs no IDNA; labels that claim to be punycode do.
fn plain(name: &str) -> Option<String> {
    if name.len() > MOST_BYTES {
        return None;
    }
    let fits = |label: &str| {
        let edge = |b: Option<u8>| b.is_some_and(|b| b != b'-');
        let bytes = label.as_bytes();
        bytes.len() <= 63
            && edge(bytes.first().copied())
            && edge(bytes.last().copied())
            && bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    name.split('.').all(fits).then(|| name.to_ascii_lowercase())
}

/// The host name in an address, a URL or a host name, as it stands there.
pub(in crate::rules) fn host(written: &str) -> Option<&str> {
    if written.len() > MOST_WRITTEN_BYTES {
        return None;
    }
    let text = written.trim();
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let rest = rest.strip_prefix("mailto:").unwrap_or(rest);
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let rest = rest.split(['/', '?', '#', '\\']).next()?;
    let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    // A port; an IPv6 address is no domain.
    let host = rest.split_once(':').map_or(rest, |(host, _)| host);
    (!host.is_empty()).then_some(host)
}

/// The registrable part of an ASCII domain.
pub(in crate::rules) fn registrable(ascii: &str) -> Option<&str> {
    psl::domain_str(ascii)
}

/// Whether the last label is one that exists.
pub(super) fn has_known_suffix(ascii: &str) -> bool {
    psl::suffix(ascii.as_bytes()).is_some_and(|s| s.is_known())
}

/// The domain and each domain above it, down to two labels.
pub(super) fn with_parents(ascii: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(ascii), |d| d.split_once('.').map(|(_, rest)| rest).filter(|rest| rest.contains('.')))
}

/// Who has addresses there, by the lists alone.
pub(super) fn class(ascii: &str) -> DomainClass {
    if with_parents(ascii).any(lists::is_free) {
        DomainClass::Free
    } else if with_parents(ascii).any(lists::is_disposable) {
        DomainClass::Disposable
    } else {
        DomainClass::Company
    }
}
