//! From what arrived to where it came from.

use serde_json::Value as Json;

use super::channel::{Channel, ChannelGroup, VIDEO, group_of_link, group_of_medium};
use super::referrers;
use super::settings::AttributionSettings;
use super::url::{self, Url};
use crate::kernel::attribution_reason::AttributionReason;
use crate::kernel::error::Result;
use crate::kernel::marketing::TouchKind;
use crate::kernel::text;
use crate::rules::identity::domain;
use crate::rules::read::{Object, coded, list, text as read_text};

/// What is known of a touch before anybody says what it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrival {
    /// How it was.
    pub kind: Option<TouchKind>,
    /// The page that led here.
    pub referrer: String,
    /// The page that was reached.
    pub landing_page: String,
    /// utm_source, if the host took the link apart.
    pub source: String,
    /// utm_medium.
    pub medium: String,
    /// utm_campaign.
    pub campaign: String,
    /// utm_term.
    pub term: String,
    /// utm_content.
    pub content: String,
    /// Click ids as `name:value`, or only their names.
    pub click_ids: Vec<String>,
}

/// What a link says of itself.
#[derive(Default)]
struct Link {
    source: String,
    medium: String,
    campaign: String,
    term: String,
    content: String,
}

impl Link {
    fn is_said(&self) -> bool {
        !(self.source.is_empty() && self.medium.is_empty() && self.campaign.is_empty())
    }
}

/// The keys of [`Arrival::from_json`], behind others of a question about one.
macro_rules! arrival_keys {
    ($($own:literal),*) => {
        &[
            $($own,)*
            "kind",
            "referrer",
            "landing_page",
            "utm",
            "source",
            "medium",
            "campaign",
            "term",
            "content",
            "utm_source",
            "utm_medium",
            "utm_campaign",
            "utm_term",
            "utm_content",
            "click_ids",
        ]
    };
}
pub(super) use arrival_keys;

impl Arrival {
    /// Reads `{"referrer": "...", "landing_page": "...", "utm": {"source": "..."}, "click_ids": ["gclid:x"], "kind": "visit"}`;
    /// the members of `utm` may also stand beside it, with or without `utm_`.
    ///
    /// # Errors
    /// Another key, and texts that are none, too long or with NUL.
    pub fn from_json(json: &Json) -> Result<Self> {
        Self::from_object(&Object::new(json, Self::KEYS)?)
    }

    /// The keys of [`Arrival::from_json`].
    pub(super) const KEYS: &'static [&'static str] = arrival_keys!();

    pub(super) fn from_object(o: &Object<'_>) -> Result<Self> {
        let checked = |json: &Json| Ok(text::check(&read_text(json)?)?.to_owned());
        let utm = o.get("utm").map(|utm| Object::new(utm, &["source", "medium", "campaign", "term", "content"]));
        let utm = utm.transpose().map_err(|e| e.at("utm"))?;
        let said = |plain: &'static str, long: &'static str| {
            let inside = utm.as_ref().map(|utm| utm.optional(plain, checked)).transpose().map_err(|e| e.at("utm"))?;
            let beside = match o.optional(long, checked)? {
                None => o.optional(plain, checked)?,
                some => some,
            };
            Ok::<_, crate::kernel::error::Error>(inside.flatten().or(beside).unwrap_or_default())
        };
        Ok(Arrival {
            kind: o.optional("kind", |json| coded(json, TouchKind::from_code, TouchKind::CODES))?,
            referrer: o.optional("referrer", checked)?.unwrap_or_default(),
            landing_page: o.optional("landing_page", checked)?.unwrap_or_default(),
            source: said("source", "utm_source")?,
            medium: said("medium", "utm_medium")?,
            campaign: said("campaign", "utm_campaign")?,
            term: said("term", "utm_term")?,
            content: said("content", "utm_content")?,
            click_ids: o.optional("click_ids", |json| list(json, checked))?.unwrap_or_default(),
        })
    }

    fn link(&self) -> Link {
        let given = Link {
            source: self.source.clone(),
            medium: self.medium.clone(),
            campaign: self.campaign.clone(),
            term: self.term.clone(),
            content: self.content.clone(),
        };
        if given.is_said() {
            return given;
        }
        let mut link = Link::default();
        for (name, value) in url::pairs(url::query_of(&self.landing_page)) {
            let place = match name.to_ascii_lowercase().as_str() {
                "utm_source" => &mut link.source,
                "utm_medium" => &mut link.medium,
                "utm_campaign" => &mut link.campaign,
                "utm_term" => &mut link.term,
                "utm_content" => &mut link.content,
                _ => continue,
            };
            if place.is_empty() {
                value.trim().clone_into(place);
            }
        }
        link
    }

    /// The first click id that is known: of those that are given, else of the page that was reached.
    fn click(&self) -> Option<(String, referrers::ClickId)> {
        let given = self.click_ids.iter().map(|id| id.split([':', '=']).next().unwrap_or(id).trim().to_lowercase());
        let query = url::pairs(url::query_of(&self.landing_page)).filter(|(_, value)| !value.is_empty());
        let found = query.map(|(name, _)| name.to_lowercase());
        given.chain(found).find_map(|name| referrers::of_click(&name).map(|click| (name, click)))
    }
}

impl AttributionSettings {
    /// Where a touch came from: what its link says wins, then an advertiser's click id, then the page that led here by the
    /// table of known pages, then the workspace's own pages, then what happened; nothing of all that is direct.
    ///
    /// ```
    /// use crm_core::rules::attribution::{Arrival, AttributionSettings};
    /// let arrival = Arrival { referrer: "https://www.google.fr/search?q=ravalement".into(), ..Arrival::default() };
    /// let channel = AttributionSettings::default().classify(&arrival);
    /// assert_eq!((channel.group.code(), channel.source.as_str()), ("organic_search", "Google"));
    /// assert_eq!(channel.term, "ravalement");
    /// ```
    pub fn classify(&self, arrival: &Arrival) -> Channel {
        use AttributionReason as R;
        let link = arrival.link();
        let channel = |group, medium: &str, source: &str, reason| Channel {
            group,
            medium: medium.to_owned(),
            source: source.to_owned(),
            campaign: link.campaign.clone(),
            term: link.term.clone(),
            content: link.content.clone(),
            reasons: vec![reason],
        };
        if link.is_said() {
            let Link { source, medium, campaign, .. } = &link;
            let reason = R::ByLink { source: source.clone(), medium: medium.clone(), campaign: campaign.clone() };
            return channel(group_of_link(source, medium), medium, source, reason);
        }
        if let Some((name, click)) = arrival.click() {
            let reason = R::ByClickId { name, source: click.source.to_owned() };
            return channel(click.group, click.medium, click.source, reason);
        }
        let page = Url::read(&arrival.referrer);
        if let Some(url) = &page {
            let host = url.host.strip_prefix("www.").unwrap_or(&url.host).to_owned();
            if let Some(own) = self.referrer(&url.host) {
                let reason = R::ByReferrer { host, source: own.source.clone() };
                return channel(group_of_medium(&own.medium), &own.medium, &own.source, reason);
            }
            if self.is_own(&url.host) || is_same_site(&url.host, &arrival.landing_page) {
                let reason = R::ByOwnPage { host: url.host.clone() };
                return channel(ChannelGroup::Internal, "internal", "", reason);
            }
            let Some(known) = referrers::of_page(url) else {
                return channel(ChannelGroup::Referral, "referral", &host, R::ByUnknownReferrer { host: host.clone() });
            };
            let reason = R::ByReferrer { host, source: known.source.to_owned() };
            let is_video = VIDEO.contains(&known.source);
            let group = if is_video { ChannelGroup::Video } else { group_of_medium(known.medium) };
            let mut found = channel(group, known.medium, known.source, reason);
            if found.term.is_empty() {
                found.term = referrers::term(known, url).unwrap_or_default();
            }
            return found;
        }
        let mut found = match arrival.kind {
            None | Some(TouchKind::Visit | TouchKind::Form) => channel(ChannelGroup::Direct, "direct", "", R::Direct),
            Some(kind) => {
                let group = match kind {
                    TouchKind::EmailClick => ChannelGroup::Email,
                    TouchKind::Referral => ChannelGroup::Referral,
                    _ => ChannelGroup::Offline,
                };
                channel(group, kind_medium(kind), "", R::ByKind { kind })
            }
        };
        if !arrival.referrer.is_empty() {
            found.reasons.push(R::UnreadableReferrer);
        }
        found
    }
}

const fn kind_medium(kind: TouchKind) -> &'static str {
    match kind {
        TouchKind::EmailClick => "email",
        other => other.code(),
    }
}

/// Whether a page that led here belongs to the site that was reached.
fn is_same_site(host: &str, landing_page: &str) -> bool {
    let Some(landing) = Url::read(landing_page).filter(|_| landing_page.contains("://")) else { return false };
    let site = |host: &str| domain::registrable(host).unwrap_or(host).to_owned();
    site(&landing.host) == site(host)
}
