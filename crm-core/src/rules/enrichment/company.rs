//! The company's name: structured data, the name of the site, the title; and the legal form that a name states.

use super::findings::{Desk, From, clean};
use super::url::Url;
use crate::kernel::finding::{Confidence, Method, Topic};
use crate::kernel::text::{fold, words};

/// The longest text that is a name, in characters.
const MOST_NAME: usize = 100;

/// Verbs that begin a sentence about the company after its name.
const VERBS: &[&str] = &[
    "accompagne",
    "aide",
    "are",
    "builds",
    "concoit",
    "connects",
    "construit",
    "cree",
    "delivers",
    "designs",
    "developpe",
    "est",
    "fabrique",
    "gives",
    "has",
    "helps",
    "installe",
    "is",
    "lets",
    "makes",
    "offers",
    "offre",
    "propose",
    "provides",
    "realise",
    "sells",
    "sont",
    "vend",
];

/// Parts of titles that name a page, not a company.
const PAGES: &[&str] = &[
    "a propos",
    "about",
    "about us",
    "accueil",
    "actualites",
    "bienvenue",
    "blog",
    "contact",
    "contact us",
    "contactez nous",
    "home",
    "home page",
    "homepage",
    "index",
    "legal notice",
    "mentions legales",
    "news",
    "official site",
    "official website",
    "page d accueil",
    "qui sommes nous",
    "site officiel",
    "site web",
    "welcome",
];

pub(super) fn derive(desk: &mut Desk<'_>) {
    let material = desk.material;
    for read in &material.pages {
        for organization in &read.organizations {
            let name = &organization.name;
            if is_name(name) {
                let from = From { source: &read.source, evidence: name };
                desk.found(Topic::Company, Method::JsonLd, Confidence::High, name, from);
            }
        }
    }
    for read in &material.pages {
        let name = &read.page.og_site_name;
        if is_name(name) && !is_page(name) && Url::parse(name).host.split('.').count() < 2 {
            let from = From { source: &read.source, evidence: name };
            desk.found(Topic::Company, Method::OgSiteName, Confidence::Medium, name, from);
        }
    }
    title(desk);
}

/// The legal form that the company's name states.
pub(super) fn legal_form(desk: &mut Desk<'_>) {
    let Some((name, source)) = desk.known(Topic::Company) else { return };
    if let Some(form) = desk.identity.company(&name).and_then(|c| c.legal_form) {
        let from = From { source: &source, evidence: &name };
        desk.found(Topic::LegalForm, Method::CompanyName, Confidence::High, form, from);
    }
}

/// The part of a title that is the company's name: the one like the domain on any page, or else the first of the page
/// that is believed most.
fn title(desk: &mut Desk<'_>) {
    let material = desk.material;
    let lead = desk.known(Topic::Domain).map(|(domain, _)| label(&domain)).unwrap_or_default();
    let mut first: Option<(String, Confidence, &str, &str)> = None;
    for read in &material.pages {
        let own = desk.identity.domain(&read.page.url).map(|d| label(d.registrable.as_deref().unwrap_or(&d.ascii)));
        let label = own.unwrap_or_else(|| lead.clone());
        let parts: Vec<String> = parts(&read.page.title).iter().map(|part| before_verb(part)).collect();
        let like = parts.iter().enumerate().filter_map(|(i, p)| Some((likeness(p, &label)?, p.len(), i, p)));
        if let Some((_, _, _, name)) = like.min() {
            let from = From { source: &read.source, evidence: &read.page.title };
            desk.found(Topic::Company, Method::TitleTag, Confidence::Medium, name, from);
            return;
        }
        let Some(name) = parts.into_iter().next().filter(|_| first.is_none()) else { continue };
        let stated = desk.identity.company(&name).is_some_and(|c| c.legal_form.is_some());
        let sure = if stated { Confidence::Medium } else { Confidence::Low };
        first = Some((name, sure, &read.source, &read.page.title));
    }
    if let Some((name, sure, source, evidence)) = first {
        desk.found(Topic::Company, Method::TitleTag, sure, &name, From { source, evidence });
    }
}

/// The parts of a title between its separators that may be a name.
fn parts(title: &str) -> Vec<String> {
    let mut text = clean(title);
    for separator in ["|", "•", "·", "»", "›", "::", " – ", " — ", " - ", " : ", ": ", " / "] {
        text = text.replace(separator, "\n");
    }
    let greeted = |part: &str| {
        let part = part.trim();
        let greetings = ["Welcome to ", "Bienvenue chez ", "Bienvenue sur le site de ", "Bienvenue sur "];
        let cut = |greeting: &&str| {
            let head = part.get(..greeting.len())?;
            (fold(head) == fold(greeting)).then(|| part.get(greeting.len()..)).flatten()
        };
        greetings.iter().find_map(cut).unwrap_or(part).trim().to_owned()
    };
    text.split('\n').map(greeted).filter(|part| is_name(part) && !is_page(part)).collect()
}

fn is_name(text: &str) -> bool {
    text.chars().count() <= MOST_NAME && !text.contains(['<', '>']) && text.chars().any(char::is_alphanumeric)
}

fn is_page(text: &str) -> bool {
    PAGES.contains(&words(text).as_ref())
}

/// `ITC Ltd has diversified presence` without what the company says of itself: what stands before the first verb,
/// where at most four words do.
fn before_verb(part: &str) -> String {
    let all: Vec<&str> = part.split(' ').collect();
    let verb = all.iter().position(|word| VERBS.contains(&words(word).as_ref()));
    match verb {
        Some(place @ 1..=4) if all.len() > place.saturating_add(1) => {
            let name = all.iter().take(place).copied().collect::<Vec<_>>().join(" ");
            name.trim_end_matches([',', ';', ':', '-']).to_owned()
        }
        _ => part.to_owned(),
    }
}

/// The part of a domain that may be a name, as the letters and digits of it.
fn label(domain: &str) -> String {
    compact(domain.split('.').next().unwrap_or(domain))
}

fn compact(text: &str) -> String {
    words(text).replace(' ', "")
}

/// How much a name is like the domain, the smallest the most; `None` where it is not.
fn likeness(name: &str, label: &str) -> Option<u8> {
    let all = words(name);
    let (whole, initials) = (all.replace(' ', ""), all.split(' ').filter_map(|w| w.chars().next()).collect::<String>());
    let long = |text: &str| text.chars().count() >= 4;
    match () {
        () if label.is_empty() || whole.is_empty() => None,
        () if whole == *label => Some(0),
        () if long(label) && whole.starts_with(label) || long(&whole) && label.starts_with(&whole) => Some(1),
        () if initials.chars().count() >= 3 && initials == *label => Some(2),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_come_apart() {
        assert_eq!(parts("Accueil | Rénov'Ouest - Couvreur à Brest"), ["Rénov'Ouest", "Couvreur à Brest"]);
        assert_eq!(parts("Bienvenue chez Le Goff : charpente"), ["Le Goff", "charpente"]);
        assert_eq!(parts("Jean-Pierre Martin"), ["Jean-Pierre Martin"]);
        assert_eq!(parts(" | "), [""; 0]);
        assert_eq!(before_verb("ITC Ltd has diversified presence"), "ITC Ltd");
        assert_eq!(before_verb("Acme accompagne les PME"), "Acme");
        assert_eq!(before_verb("Is this it"), "Is this it");
        assert_eq!(before_verb("Tout ce qui est"), "Tout ce qui est");
    }

    #[test]
    fn names_are_like_domains() {
        assert_eq!(likeness("8848 Digital", "8848digital"), Some(0));
        assert_eq!(likeness("Rénov'Ouest", &label("renov-ouest.fr")), Some(0));
        assert_eq!(likeness("Acme Industries", "acme"), Some(1));
        assert_eq!(likeness("International Business Machines", "ibm"), Some(2));
        assert_eq!(likeness("Couvreur à Brest", "renovouest"), None);
        assert_eq!(likeness("A", ""), None);
    }
}
