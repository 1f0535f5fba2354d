//! Pages in social networks: links of the website and of its structured data, without those that share or log in.

use super::findings::{Desk, From};
use super::url::Url;
use crate::kernel::finding::{Confidence, Method, Topic};

/// The networks: topic, hosts, and first parts of paths that are no company's page.
const NETWORKS: &[(Topic, &[&str], &[&str])] = &[
    (
        Topic::Linkedin,
        &["linkedin.com"],
        &[
            "authwall",
            "cws",
            "feed",
            "help",
            "in",
            "jobs",
            "legal",
            "login",
            "posts",
            "pub",
            "pulse",
            "share",
            "sharearticle",
            "sharing",
            "signup",
            "uas",
        ],
    ),
    (
        Topic::Facebook,
        &["facebook.com", "fb.com", "fb.me"],
        &[
            "dialog",
            "events",
            "groups",
            "hashtag",
            "help",
            "legal",
            "login",
            "login.php",
            "photo",
            "photo.php",
            "plugins",
            "policies",
            "policy.php",
            "privacy",
            "share",
            "share.php",
            "sharer",
            "sharer.php",
            "terms",
            "tr",
            "watch",
        ],
    ),
    (
        Topic::X,
        &["x.com", "twitter.com"],
        &["explore", "hashtag", "home", "i", "intent", "login", "privacy", "search", "share", "signup", "tos"],
    ),
    (Topic::Instagram, &["instagram.com"], &["accounts", "explore", "legal", "p", "reel", "share", "stories", "tv"]),
    (
        Topic::Youtube,
        &["youtube.com"],
        &[
            "embed",
            "feed",
            "hashtag",
            "iframe_api",
            "live",
            "playlist",
            "redirect",
            "results",
            "shorts",
            "signin",
            "t",
            "v",
            "watch",
        ],
    ),
    (Topic::Tiktok, &["tiktok.com"], &["discover", "embed", "foryou", "login", "share", "tag"]),
    (
        Topic::Github,
        &["github.com"],
        &[
            "about",
            "apps",
            "explore",
            "features",
            "issues",
            "join",
            "login",
            "marketplace",
            "pricing",
            "search",
            "settings",
            "site",
            "sponsors",
            "topics",
        ],
    ),
];

/// Whether a domain is a network's, which says nothing of whose page it is.
pub(super) fn is_network(domain: &str) -> bool {
    let other = ["linktr.ee", "pinterest.com", "whatsapp.com", "wa.me", "youtu.be", "google.com", "goo.gl", "bit.ly"];
    NETWORKS.iter().any(|(_, hosts, _)| hosts.contains(&domain)) || other.contains(&domain)
}

pub(super) fn derive(desk: &mut Desk<'_>) {
    let material = desk.material;
    for read in &material.pages {
        for organization in &read.organizations {
            for link in &organization.same_as {
                add(desk, Method::JsonLd, Confidence::High, link, &read.source);
            }
        }
    }
    for read in &material.pages {
        for link in &read.page.links {
            add(desk, Method::SocialLink, Confidence::Medium, link, &read.source);
        }
    }
}

fn add(desk: &mut Desk<'_>, method: Method, confidence: Confidence, link: &str, source: &str) {
    if let Some((topic, page)) = page(link) {
        desk.found(topic, method, confidence, &page, From { source, evidence: link });
    }
}

/// The network and the page's plain address, if the link leads to a company's own page.
fn page(link: &str) -> Option<(Topic, String)> {
    let url = Url::parse(link);
    if !super::url::is_safe(link) || url.host.is_empty() {
        return None;
    }
    let host = url.bare_host();
    let (topic, hosts, not) = NETWORKS.iter().find(|(_, hosts, _)| hosts.contains(&host.as_str()))?;
    let path: Vec<&str> = url.path.split('/').filter(|part| !part.is_empty()).collect();
    let first = path.first()?.to_ascii_lowercase();
    // Pages of these stand under what they are; the others under the name itself.
    let named = matches!(first.as_str(), "company" | "school" | "showcase" | "channel" | "c" | "user" | "pages");
    let most = if named { 2 } else { 1 };
    let kept = path.iter().take(most).copied().collect::<Vec<_>>();
    let whole = kept.len() == most && !not.contains(&first.as_str()) && (*topic != Topic::Linkedin || named);
    let name = hosts.first()?;
    whole.then(|| (*topic, format!("https://{name}/{}", kept.join("/"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_pages_are_kept_and_those_that_share_are_not() {
        for (link, found) in [
            ("https://www.linkedin.com/company/renov-ouest/?trk=x", Some("https://linkedin.com/company/renov-ouest")),
            ("https://fr.linkedin.com/company/renov-ouest/about", Some("https://linkedin.com/company/renov-ouest")),
            ("https://www.linkedin.com/shareArticle?url=x", None),
            ("https://www.linkedin.com/sharing/share-offsite/?url=x", None),
            ("https://www.linkedin.com/in/marie", None),
            ("https://www.linkedin.com/", None),
            ("https://www.facebook.com/sharer/sharer.php?u=x", None),
            ("https://www.facebook.com/sharer.php?u=x", None),
            ("//m.facebook.com/RenovOuest/", Some("https://facebook.com/RenovOuest")),
            ("https://twitter.com/intent/tweet?text=x", None),
            ("https://twitter.com/renov", Some("https://x.com/renov")),
            ("https://youtube.com/watch?v=x", None),
            ("https://www.youtube.com/@renov", Some("https://youtube.com/@renov")),
            ("https://www.youtube.com/channel/UC1/videos", Some("https://youtube.com/channel/UC1")),
            ("https://linkedin.com.evil.example/company/a", None),
            ("https://linkedin.com@evil.example/company/a", None),
            ("javascript:alert('https://x.com/a')", None),
            ("", None),
        ] {
            assert_eq!(page(link).map(|p| p.1), found.map(str::to_owned), "{link}");
        }
    }
}
