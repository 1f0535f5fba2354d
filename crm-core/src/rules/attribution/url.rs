//! What an address of a page says: host, path and query. Nothing is refused here; what cannot be read is not there.

use std::borrow::Cow;

/// Most bytes of an address that are looked at.
pub(super) const MOST_BYTES: usize = 8_192;
/// Most pairs of a query that are looked at.
const MOST_PAIRS: usize = 512;

/// An address taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url<'a> {
    /// Lower-case, without port and final dot.
    pub(super) host: String,
    /// As written, with its first slash.
    pub(super) path: &'a str,
    query: &'a str,
}

impl<'a> Url<'a> {
    /// An address with a host. `android-app://com.google.android.gm/` has the program's name as host.
    pub(super) fn read(written: &'a str) -> Option<Url<'a>> {
        if written.len() > MOST_BYTES {
            return None;
        }
        let text = written.trim();
        let rest = match text.split_once("://") {
            Some((scheme, rest)) if !scheme.is_empty() && scheme.bytes().all(is_of_scheme) => rest,
            _ => text.strip_prefix("//").unwrap_or(text),
        };
        let rest = rest.split('#').next().unwrap_or(rest);
        let end = rest.find(['/', '?', '\\']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at_checked(end)?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let host = host.split_once(':').map_or(host, |(host, _)| host);
        let host = host.trim_end_matches('.');
        let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
        let has_letter = host.chars().any(char::is_alphanumeric);
        if !has_letter || !host.chars().all(fits) || host.split('.').any(str::is_empty) || !host.contains('.') {
            return None;
        }
        Some(Url { host: host.to_lowercase(), path, query })
    }

    /// The pairs of the query in order, decoded.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> + use<'a> {
        pairs(self.query)
    }
}

/// The pairs of a query.
pub(super) fn pairs(query: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    let parts = query.split('&').filter(|part| !part.is_empty()).take(MOST_PAIRS);
    parts.map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (decoded(name), decoded(value))
    })
}

/// The query of an address or of a path.
pub(super) fn query_of(written: &str) -> &str {
    if written.len() > MOST_BYTES {
        return "";
    }
    let text = written.split('#').next().unwrap_or(written);
    text.split_once('?').map_or("", |(_, query)| query)
}

const fn is_of_scheme(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')
}

/// A form's text: `+` is a space, percent signs stand for bytes. What is no UTF-8 is shown as such, and what no text may
/// have is left out.
fn decoded(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|b| matches!(b, b'+' | b'%' | 0)) {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let hex = after.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        match byte.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None if *first == b'+' => bytes.push(b' '),
            None => bytes.push(*first),
        }
    }
    bytes.retain(|b| *b != 0);
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_are_taken_apart() {
        let url = Url::read("HTTPS://me:pw@WWW.Example.com.:8080/a/b?q=caf%C3%A9+noir&x&&y=%zz#part?").unwrap();
        assert_eq!((url.host.as_str(), url.path), ("www.example.com", "/a/b"));
        let pairs: Vec<_> = url.pairs().map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
        let pair = |k: &str, v: &str| (k.to_owned(), v.to_owned());
        assert_eq!(pairs, [pair("q", "café noir"), pair("x", ""), pair("y", "%zz")]);
        for none in
            ["", "https://", "/only/a/path", "localhost", "https://exa mple.com", "http://a..b", "http://[::1]/"]
        {
            assert_eq!(Url::read(none), None, "{none}");
        }
        assert_eq!(Url::read("android-app://com.google.android.gm/").unwrap().host, "com.google.android.gm");
        assert_eq!(Url::read("t.co/chrgFZDb").unwrap().path, "/chrgFZDb");
        assert_eq!(decoded("a%00b%ff"), "ab\u{fffd}");
        assert_eq!(query_of("/landing?utm_source=a#x"), "utm_source=a");
    }

    proptest! {
        #[test]
        fn no_text_is_too_bad(text in "\\PC{0,60}", bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            for text in [text, String::from_utf8_lossy(&bytes).into_owned(), format!("http://{}", String::from_utf8_lossy(&bytes))] {
                if let Some(url) = Url::read(&text) {
                    prop_assert!(url.pairs().all(|(k, v)| !k.contains('\0') && !v.contains('\0')));
                    prop_assert!(url.host.contains('.'));
                }
                query_of(&text);
            }
        }
    }
}
