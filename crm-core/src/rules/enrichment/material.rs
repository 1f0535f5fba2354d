//! What the host supplies: pages that it fetched, a legal notice, the country it supposes. The core fetches nothing.

use crate::kernel::error::{Error, Problem};
use crate::kernel::json::length;
use crate::kernel::text::{fold, shortened};
use crate::rules::identity::country_code;

use super::json_ld::{Organization, organizations};
use super::url::Url;

/// Most pages.
pub const MOST_PAGES: usize = 20;
/// Most bytes of an address, a title or a description.
pub const MOST_SHORT_BYTES: usize = 4 * 1024;
/// Most bytes of a page's text, of one text of structured data, of the legal notice.
pub const MOST_LONG_BYTES: usize = 128 * 1024;
/// Most links and icons of a page.
pub const MOST_LINKS: usize = 1000;
/// Most texts of structured data of a page.
pub const MOST_JSON_LD: usize = 20;

/// One page of the company's website, in the pieces that the host read out of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Page {
    /// Its address.
    pub url: String,
    /// The text of `title`.
    pub title: String,
    /// The content of `meta name="description"`.
    pub description: String,
    /// The content of `og:site_name`.
    pub og_site_name: String,
    /// The content of `og:description`.
    pub og_description: String,
    /// The texts of `script type="application/ld+json"`, as they stand; broken ones are passed over.
    pub json_ld: Vec<String>,
    /// The text that people read.
    pub text: String,
    /// The icons that it names.
    pub icons: Vec<Icon>,
    /// Where its links lead.
    pub links: Vec<String>,
}

/// An icon that a page names.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Icon {
    /// Its address, as it stands.
    pub href: String,
    /// `32x32 64x64` or `any`.
    pub sizes: String,
    /// The media type, such as `image/svg+xml`.
    pub kind: String,
    /// What the page names it for, such as `apple-touch-icon`.
    pub rel: String,
}

/// What a page is about, from its address; the order is that in which pages are believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PageKind {
    Home,
    About,
    Legal,
    Other,
}

/// A page with what it is about and what reasons call it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Read {
    pub(super) kind: PageKind,
    pub(super) page: Page,
    /// The address, or the place in the list of a page without one.
    pub(super) source: String,
    /// What its structured data describe.
    pub(super) organizations: Vec<Organization>,
}

/// Everything that the host supplied, within the limits; what was cut to fit is told.
#[derive(Clone, Debug, Default)]
pub struct Material {
    /// In an order of their own, so that the order in which they were given decides nothing.
    pub(super) pages: Vec<Read>,
    pub(super) legal_text: String,
    pub(super) country_hint: Option<&'static str>,
    diagnostics: Vec<Error>,
}

impl Material {
    /// Takes pages and texts, cut where they are over the limits of this module.
    ///
    /// `country_hint` is an ISO 3166 code or a country's name, or empty.
    pub fn new(pages: Vec<Page>, legal_text: String, country_hint: &str) -> Self {
        let mut cuts = Cuts(Vec::new());
        let given = pages.len();
        let mut read: Vec<Read> = pages
            .into_iter()
            .take(MOST_PAGES)
            .enumerate()
            .map(|(i, page)| {
                let place = format!("pages[{i}]");
                let page = cuts.page(page, &place);
                let source = if page.url.is_empty() { place } else { page.url.clone() };
                let (kind, organizations) = (PageKind::of(&page.url), organizations(&page.json_ld));
                Read { kind, page, source, organizations }
            })
            .collect();
        read.sort();
        cuts.counted("pages", "pages", given, MOST_PAGES);
        let legal_text = cuts.long(legal_text, "legal_text");
        let hint = country_code(country_hint);
        if hint.is_none() && !country_hint.trim().is_empty() {
            let problem =
                Problem::NotOneOf { found: shortened(country_hint, 60), expected: &["FR", "DE", "US", "..."] };
            cuts.0.push(Error::from(problem).at("country_hint"));
        }
        Material { pages: read, legal_text, country_hint: hint, diagnostics: cuts.0 }
    }

    /// What was too long and cut, or not understood.
    pub fn diagnostics(&self) -> &[Error] {
        &self.diagnostics
    }

    /// The legal notice: the one that was given, or else the texts of pages that are one.
    pub(super) fn legal(&self) -> Vec<(&str, &str)> {
        if !self.legal_text.is_empty() {
            return vec![("legal_text", &self.legal_text)];
        }
        let legal = self.pages.iter().filter(|p| p.kind == PageKind::Legal);
        legal.map(|p| (p.source.as_str(), p.page.text.as_str())).collect()
    }
}

impl PageKind {
    fn of(url: &str) -> Self {
        let path = fold(Url::parse(url).path).into_owned();
        let path = path.trim_matches('/');
        let last = path.rsplit('/').next().unwrap_or(path);
        let last = last.split('.').next().unwrap_or(last);
        let home = ["", "index", "home", "accueil", "fr", "en", "fr-fr", "en-us", "en-gb"];
        let about = [
            "about",
            "about-us",
            "aboutus",
            "a-propos",
            "apropos",
            "qui-sommes-nous",
            "notre-entreprise",
            "notre-histoire",
            "notre-societe",
            "l-entreprise",
            "entreprise",
            "societe",
            "la-societe",
            "presentation",
            "company",
            "our-story",
            "who-we-are",
        ];
        let legal = [
            "mentions-legales",
            "mentions",
            "mentionslegales",
            "informations-legales",
            "legal",
            "legal-notice",
            "imprint",
            "impressum",
            "cgv",
            "cgu",
            "terms",
        ];
        match last {
            last if home.contains(&last) => PageKind::Home,
            last if about.contains(&last) => PageKind::About,
            last if legal.contains(&last) => PageKind::Legal,
            _ => PageKind::Other,
        }
    }
}

/// What was cut.
struct Cuts(Vec<Error>);

impl Cuts {
    fn page(&mut self, page: Page, place: &str) -> Page {
        let at = |field: &str| format!("{place}.{field}");
        let (icons, links, json_ld) = (page.icons.len(), page.links.len(), page.json_ld.len());
        self.counted("icons", &at("icons"), icons, MOST_LINKS);
        self.counted("links", &at("links"), links, MOST_LINKS);
        self.counted("texts", &at("json_ld"), json_ld, MOST_JSON_LD);
        let icon = |icon: Icon, cuts: &mut Self| Icon {
            href: cuts.short(icon.href, &at("icons")),
            sizes: cuts.short(icon.sizes, &at("icons")),
            kind: cuts.short(icon.kind, &at("icons")),
            rel: cuts.short(icon.rel, &at("icons")),
        };
        Page {
            url: self.short(page.url, &at("url")),
            title: self.short(page.title, &at("title")),
            description: self.short(page.description, &at("description")),
            og_site_name: self.short(page.og_site_name, &at("og.site_name")),
            og_description: self.short(page.og_description, &at("og.description")),
            json_ld: page.json_ld.into_iter().take(MOST_JSON_LD).map(|t| self.long(t, &at("json_ld"))).collect(),
            text: self.long(page.text, &at("text")),
            icons: page.icons.into_iter().take(MOST_LINKS).map(|i| icon(i, self)).collect(),
            links: page.links.into_iter().take(MOST_LINKS).map(|l| self.short(l, &at("links"))).collect(),
        }
    }

    fn short(&mut self, text: String, place: &str) -> String {
        self.within(text, MOST_SHORT_BYTES, place)
    }

    fn long(&mut self, text: String, place: &str) -> String {
        self.within(text, MOST_LONG_BYTES, place)
    }

    fn within(&mut self, mut text: String, most: usize, place: &str) -> String {
        if text.len() > most {
            let problem = Problem::TooLong { bytes: length(text.len()), most: length(most) };
            self.0.push(Error::from(problem).at(place));
            let end = (0..=most).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
            text.truncate(end);
        }
        text
    }

    fn counted(&mut self, what: &'static str, place: &str, found: usize, most: usize) {
        if found > most {
            let (found, most) = (length(found), length(most));
            self.0.push(Error::from(Problem::TooMany { what, found, most }).at(place));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_what_their_addresses_say() {
        for (url, kind) in [
            ("", PageKind::Home),
            ("https://acme.fr", PageKind::Home),
            ("https://acme.fr/index.html?x=1", PageKind::Home),
            ("/about", PageKind::About),
            ("https://acme.fr/fr/À-Propos/", PageKind::About),
            ("https://acme.fr/qui-sommes-nous.php", PageKind::About),
            ("https://acme.fr/mentions-legales", PageKind::Legal),
            ("https://acme.fr/blog/about-cats", PageKind::Other),
        ] {
            assert_eq!(PageKind::of(url), kind, "{url}");
        }
    }

    #[test]
    fn what_is_too_much_is_cut_and_told() {
        let page = Page { title: "é".repeat(3000), links: vec!["a".into(); 1001], ..Page::default() };
        let material = Material::new(vec![page; 21], "x".repeat(10_000_000), "XX");
        assert_eq!(material.pages.len(), 20);
        assert_eq!(material.pages[0].page.title.chars().count(), MOST_SHORT_BYTES / 2);
        assert_eq!(material.legal_text.len(), MOST_LONG_BYTES);
        let told: Vec<&str> = material.diagnostics().iter().filter_map(Error::field).collect();
        assert_eq!(&told[..2], ["pages[0].links", "pages[0].title"]);
        assert_eq!(&told[40..], ["pages", "legal_text", "country_hint"]);
    }
}
