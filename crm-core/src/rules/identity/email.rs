//! E-mail addresses: the form that compares exactly and the form under which two spellings reach the same person.

use sha2::{Digest as _, Sha256};
use unicode_normalization::UnicodeNormalization as _;

use super::domain::{self, Domain};
use super::lists;

/// Most bytes that are looked at; no address is longer, not even with a name before it.
const MOST_BYTES: usize = 1024;
/// Most bytes before the `@`. The standard says 64; real systems have issued longer ones.
const MOST_LOCAL_BYTES: usize = 128;

/// An address as keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email {
    /// Lower case, NFC, domain in ASCII: the same address by any reading.
    pub exact: String,
    /// Also without tag, without Gmail's dots, aliases and mistyped domains resolved: as far as providers' rules tell,
    /// the same mailbox. A key only; nobody should write to it.
    pub canonical: String,
    /// The domain of the exact address. Its class is that of the domain that was meant.
    pub domain: Domain,
    /// Whether an office reads it (`contact@`, `compta@`, `noreply@`) and not one person.
    pub role: bool,
}

impl Email {
    /// SHA-256 of the canonical address in hexadecimal: a list of who must not be written to can be kept and compared
    /// without the addresses. It hides them from a glance, not from somebody who tries out addresses.
    ///
    /// ```
    /// # use crm_core::rules::Rules;
    /// let rules = Rules::default();
    /// let hash = |written| rules.identity().email(written).map(|e| e.suppression());
    /// assert_eq!(hash("Test+alias@maxmind.com"), hash("test@maxmind.com"));
    /// ```
    pub fn suppression(&self) -> String {
        Sha256::digest(self.canonical.as_bytes()).iter().map(|b| format!("{b:02x}")).collect()
    }
}

/// The local part and the ASCII domain of an address.
pub(super) struct Parts {
    pub(super) local: String,
    pub(super) domain: String,
}

/// Takes an address apart: one written alone, in angle brackets behind a name, or behind `mailto:`.
pub(super) fn parts(written: &str) -> Option<Parts> {
    if written.len() > MOST_BYTES {
        return None;
    }
    let text = written.trim_matches(|c: char| c.is_whitespace() || is_invisible(c));
    let text = match text.strip_suffix('>') {
        Some(inside) => inside.rsplit_once('<')?.1.trim(),
        None => text,
    };
    let text = text.strip_prefix("mailto:").unwrap_or(text);
    let (local, host) = text.rsplit_once('@')?;
    let local = unquoted(local);
    if local.is_empty()
        || local.len() > MOST_LOCAL_BYTES
        || !local.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.') && !local.chars().all(in_local)
    {
        return None;
    }
    let local = lower(local);
    Some(Parts { local, domain: domain::ascii(host)? })
}

/// Whether an address can be written to as it stands: both parts are what they mean already, and no longer than RFC 5321
/// takes them.
pub(super) fn is_as_written(written: &str, ascii: &str) -> bool {
    let Some((local, host)) = written.rsplit_once('@') else { return false };
    // RFC 5321, 4.5.3.1: 64 and 254 octets; the domain counts as it goes over the wire.
    let is_short = local.len() <= 64 && local.len().saturating_add(ascii.len()) < 254;
    let is_dotted = local.starts_with('.') || local.ends_with('.') || local.contains("..");
    let is_same_local = local.chars().all(in_local) && local.nfkc().eq(local.nfc());
    is_short && !is_dotted && is_same_local && domain::is_as_written(host, ascii)
}

/// NFC, lower case letter by letter (so that a letter's place changes nothing).
fn lower(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfc().flat_map(char::to_lowercase).nfc().collect()
}

/// Marks of direction and width, which travel along when people copy.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}

/// What stands between needless quotes.
fn unquoted(local: &str) -> &str {
    local.strip_prefix('"').and_then(|l| l.strip_suffix('"')).unwrap_or(local)
}

/// Characters of an unquoted local part: RFC 5321's and, by RFC 6531, letters of any script.
fn in_local(c: char) -> bool {
    match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '.' => true,
        '\0'..='\u{7f}' => "!#$%&'*+-/=?^_`{|}~".contains(c),
        c => !c.is_whitespace() && !c.is_control() && !is_invisible(c),
    }
}

/// The domain that was meant, or that stands for several of one provider.
pub(super) fn meant_domain(ascii: &str) -> &str {
    let domain = repaired(ascii).unwrap_or(ascii);
    lists::same_domain(domain).unwrap_or(domain)
}

/// The domain of a mistyped one, where it is the start or the end of what was written.
fn repaired(ascii: &str) -> Option<&str> {
    let digits = ascii.trim_start_matches(|c: char| c.is_ascii_digit());
    if digits.len() < ascii.len() && (digits == "gmail.com" || digits == "gmai.com") {
        return Some("gmail.com");
    }
    None
}

/// A domain whose ending is a slip for `.com`: written twice (`.com.com`) or no ending that exists (`.comcom`, `.con`).
fn with_com(ascii: &str) -> Option<String> {
    let mut rest = ascii;
    while let Some(shorter) = rest.strip_suffix(".com").filter(|r| r.ends_with(".com")) {
        rest = shorter;
    }
    if rest.len() < ascii.len() {
        return Some(rest.to_owned());
    }
    let (name, top) = ascii.rsplit_once('.')?;
    (top != "com" && is_like_com(top) && !domain::has_known_suffix(ascii)).then(|| with_com_twice(name))
}

/// Behind a slip there may stand the right ending already (`exemple.com.con`).
fn with_com_twice(name: &str) -> String {
    let whole = format!("{name}.com");
    with_com(&whole).unwrap_or(whole)
}

/// Endings that are one slip away from `com`, or where a key or the whole ending was struck again (`.commm`, `.comcom`).
/// What only begins with it (`.comfoo`) may mean anything.
fn is_like_com(top: &str) -> bool {
    let again = |rest: &[u8]| rest.iter().all(|b| *b == b'm') || rest.chunks(3).all(|part| part == b"com");
    top.as_bytes().strip_prefix(b"com").is_some_and(again)
        || matches!(
            top.as_bytes(),
            [b'c', b'o', b'm', _]
                | [b'c', _, b'm']
                | [b'c', _, _, b'm']
                | [b'c', b'o', b'l' | b'n']
                | [b'd' | b's' | b'v' | b'x', b'o', b'm' | b'n']
                | b"cmo"
                | b"ocm"
        )
}

/// The canonical address of the parts of an exact one.
pub(super) fn canonical(parts: &Parts) -> Option<String> {
    let slip = with_com(&parts.domain);
    let host = meant_domain(slip.as_deref().unwrap_or(&parts.domain));
    let divider = if is_yahoo(host) { ['+', '-'] } else { ['+', '+'] };
    let mut local = parts.local.as_str();
    // FastMail: whatever stands before a sub-domain goes to the mailbox of the sub-domain's name.
    let host = match host.split_once('.').filter(|(_, provider)| is_fastmail(provider)) {
        Some((mailbox, provider)) => {
            local = mailbox;
            provider
        }
        None => host,
    };
    if let Some((name, _)) = local.split_once(divider).filter(|(name, _)| !name.is_empty()) {
        local = name;
    }
    let mut canonical = String::with_capacity(local.len().saturating_add(host.len()).saturating_add(1));
    if host == "gmail.com" {
        canonical.extend(local.split('.'));
    } else {
        canonical.push_str(local);
    }
    if canonical.is_empty() {
        return None;
    }
    canonical.push('@');
    canonical.push_str(host);
    Some(canonical)
}

fn is_yahoo(host: &str) -> bool {
    host.starts_with("yahoo.") && lists::is_free(host)
        || matches!(host, "ymail.com" | "rocketmail.com" | "myyahoo.com" | "y7mail.com")
}

fn is_fastmail(host: &str) -> bool {
    matches!(
        host,
        "fastmail.com"
            | "fastmail.fm"
            | "fastmail.net"
            | "fastmail.org"
            | "fastmail.us"
            | "fastmail.co.uk"
            | "fastmail.de"
            | "fastmail.es"
            | "fastmail.fr"
            | "fastmail.im"
            | "fastmail.in"
            | "fastmail.jp"
            | "fastmail.nl"
            | "fastmail.se"
            | "fastmail.to"
            | "fastmail.cn"
            | "fastmail.mx"
            | "fastmail.tw"
            | "fastmail.uk"
            | "mailbolt.com"
            | "sent.com"
            | "messagingengine.com"
            | "fmail.co.uk"
            | "fastmailbox.net"
            | "fastemail.us"
            | "fast-mail.org"
            | "fastmail.ca"
    )
}

/// Whether the local part is an office's, tag or not.
pub(super) fn is_role(local: &str) -> bool {
    let name = local.split_once('+').map_or(local, |(name, _)| name);
    lists::is_role(name)
}
