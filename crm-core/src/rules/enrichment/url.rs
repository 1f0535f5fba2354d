//! As much of an address as the derivers need: scheme, host, path.

/// The parts of an address as it was written; what is not there is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Url<'a> {
    pub(super) scheme: &'a str,
    pub(super) host: &'a str,
    /// From the first `/`, without query and fragment.
    pub(super) path: &'a str,
}

impl<'a> Url<'a> {
    pub(super) fn parse(written: &'a str) -> Self {
        let written = written.trim();
        let whole = written.find(['?', '#']).and_then(|end| written.get(..end)).unwrap_or(written);
        let (scheme, rest) = match whole.split_once(':') {
            Some((scheme, rest)) if is_scheme(scheme) && !rest.starts_with(|c: char| c.is_ascii_digit()) => {
                match rest.strip_prefix("//") {
                    Some(rest) => (scheme, rest),
                    // `mailto:` and its like: no host.
                    None => return Url { scheme, host: "", path: rest },
                }
            }
            _ => match (whole.strip_prefix("//"), whole.starts_with('/')) {
                (Some(rest), _) => ("", rest),
                (None, true) => return Url { scheme: "", host: "", path: whole },
                (None, false) => ("", whole),
            },
        };
        let end = rest.find('/').unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        Url { scheme, host: host.split(':').next().unwrap_or(host), path }
    }

    /// The host in lower case, without what stands before a site's own name for its phones and languages.
    pub(super) fn bare_host(&self) -> String {
        let host = self.host.to_ascii_lowercase();
        let bare = |first: &str| {
            matches!(first, "www" | "m" | "mobile" | "web")
                || matches!(first.as_bytes(), [a, b] if a.is_ascii_lowercase() && b.is_ascii_lowercase())
                || matches!(first.as_bytes(), [_, _, b'-', _, _])
        };
        match host.split_once('.') {
            Some((first, rest)) if rest.contains('.') && bare(first) => rest.to_owned(),
            _ => host,
        }
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-'))
}

/// Whether an address is safe to show as a link or a picture: of the web, or relative, and plain.
pub(super) fn is_safe(href: &str) -> bool {
    let scheme = Url::parse(href).scheme;
    let web = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http") || scheme.is_empty();
    // A colon before the path that was not read as a scheme is a trick, not an address.
    let early = href.split(['/', '?', '#']).next().is_some_and(|first| first.contains(':')) && scheme.is_empty();
    !href.is_empty() && web && !early && !href.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\')
}

/// A relative address on a page, as it stands from outside; as it is where the page has no full address.
pub(super) fn resolve(page: &str, href: &str) -> String {
    let (page, target) = (Url::parse(page), Url::parse(href));
    if page.scheme.is_empty() || page.host.is_empty() || !target.scheme.is_empty() {
        return href.to_owned();
    }
    if let Some(rest) = href.strip_prefix("//") {
        return format!("{}://{rest}", page.scheme);
    }
    if href.starts_with('/') {
        return format!("{}://{}{href}", page.scheme, page.host);
    }
    let folder = page.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("{}://{}{folder}/{}", page.scheme, page.host, href.strip_prefix("./").unwrap_or(href))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_apart() {
        let parts = |text: &str| {
            let url = Url::parse(text);
            [url.scheme, url.host, url.path].join("|")
        };
        assert_eq!(parts("https://www.Acme.fr:8080/a/b?c#d"), "https|www.Acme.fr|/a/b");
        assert_eq!(parts("acme.fr/a"), "|acme.fr|/a");
        assert_eq!(parts("acme.fr:8080/a"), "|acme.fr|/a");
        assert_eq!(parts("/about"), "||/about");
        assert_eq!(parts("//cdn.acme.fr/x"), "|cdn.acme.fr|/x");
        assert_eq!(parts("mailto:a@b.fr"), "mailto||a@b.fr");
        assert_eq!(parts("https://linkedin.com@evil.example/x"), "https|evil.example|/x");
        assert_eq!(parts(""), "||");
        assert_eq!(Url::parse("https://fr.linkedin.com/x").bare_host(), "linkedin.com");
        assert_eq!(Url::parse("https://fr-fr.facebook.com/x").bare_host(), "facebook.com");
        assert_eq!(Url::parse("https://x.com/x").bare_host(), "x.com");
    }

    #[test]
    fn what_may_do_something_is_not_safe() {
        for good in ["/logo.svg", "logo.svg", "//cdn.fr/a.png", "https://a.fr/b", "HTTP://a.fr/b"] {
            assert!(is_safe(good), "{good}");
        }
        for bad in [
            "",
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "java\tscript:x",
            "data:image/png;base64,AA",
            "a:b",
            "a b",
            "1:2",
            "ftp://a.fr",
        ] {
            assert!(!is_safe(bad), "{bad}");
        }
    }

    #[test]
    fn relative_addresses_stand_on_their_page() {
        assert_eq!(resolve("https://a.fr/b/c", "/logo.svg"), "https://a.fr/logo.svg");
        assert_eq!(resolve("https://a.fr/b/c", "logo.svg"), "https://a.fr/b/logo.svg");
        assert_eq!(resolve("https://a.fr", "./logo.svg"), "https://a.fr/logo.svg");
        assert_eq!(resolve("https://a.fr/b", "//c.fr/d"), "https://c.fr/d");
        assert_eq!(resolve("", "/logo.svg"), "/logo.svg");
        assert_eq!(resolve("https://a.fr", "https://b.fr/c"), "https://b.fr/c");
    }
}
