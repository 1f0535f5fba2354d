//! Where a touch came from.

use serde_json::{Map, Value as Json};

use super::referrers;
use crate::kernel::attribution_reason::AttributionReason;
use crate::kernel::coded::coded;
use crate::kernel::reason::Reason;
use crate::kernel::text::fold;
use crate::lang::Lang;

coded! {
    /// Channels, as reports group them.
    ChannelGroup {
        /// An advertisement beside what was searched for.
        PaidSearch = "paid_search",
        /// A result of a search.
        OrganicSearch = "organic_search",
        /// An advertisement in a social network.
        PaidSocial = "paid_social",
        /// A post in a social network.
        Social = "social",
        /// An advertisement in a video.
        PaidVideo = "paid_video",
        /// A video.
        Video = "video",
        /// A banner.
        Display = "display",
        /// Another advertisement.
        PaidOther = "paid_other",
        /// A message.
        Email = "email",
        /// A text message.
        Sms = "sms",
        /// A notice of a program.
        Push = "push",
        /// Partners who are paid for what they bring.
        Affiliates = "affiliates",
        /// A page of somebody else.
        Referral = "referral",
        /// An assistant that answers.
        Chatbot = "chatbot",
        /// A podcast or a radio.
        Audio = "audio",
        /// Paper, a fair, a call: not by a link.
        Offline = "offline",
        /// Nothing says where from.
        Direct = "direct",
        /// From one own page to another.
        Internal = "internal",
        /// A link that says something that is none of these.
        Other = "other",
    }
}

/// Where a touch came from, and how that is known. What nobody knows is empty, and is never filled from another touch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// The group that reports put it in.
    pub group: ChannelGroup,
    /// What it was: of a link as the link says it, else search, social, email, paid, chatbot, referral, direct ...
    pub medium: String,
    /// Who sent it.
    pub source: String,
    /// The campaign.
    pub campaign: String,
    /// The words that were searched for.
    pub term: String,
    /// Which of several.
    pub content: String,
    /// How that is known.
    pub reasons: Vec<AttributionReason>,
}

impl Channel {
    /// Whether nothing says where from.
    pub fn is_direct(&self) -> bool {
        self.group == ChannelGroup::Direct
    }

    /// As JSON, each reason with its sentence if a language is given.
    pub fn to_json(&self, lang: Option<Lang>) -> Map<String, Json> {
        let mut map = Map::new();
        map.insert("channel".into(), self.group.code().into());
        for (key, value) in [
            ("medium", &self.medium),
            ("source", &self.source),
            ("campaign", &self.campaign),
            ("term", &self.term),
            ("content", &self.content),
        ] {
            let known = Some(value.as_str()).filter(|value| !value.is_empty());
            map.insert(key.into(), known.into());
        }
        map.insert("reasons".into(), reasons_json(&self.reasons, lang));
        map
    }
}

/// Reasons as JSON.
pub(super) fn reasons_json(reasons: &[AttributionReason], lang: Option<Lang>) -> Json {
    reasons.iter().map(|reason| Json::Object(Reason::Attribution(reason.clone()).to_json(lang))).collect()
}

/// The group of what a link says of itself, which is anybody's spelling.
pub(super) fn group_of_link(source: &str, medium: &str) -> ChannelGroup {
    use ChannelGroup as G;
    let (source, medium) = (fold(source), fold(medium));
    let medium = medium.trim_matches(['(', ')']);
    let known = referrers::of_name(&source);
    let is = |what: &str| known.is_some_and(|known| known.medium == what);
    let is_video = known.is_some_and(|known| VIDEO.contains(&known.source));
    let has =
        |parts: &[&str]| parts.iter().any(|part| medium.split(['-', '_', ' ', '/', '.']).any(|word| word == *part));
    let is_paid = has(&[
        "cpc",
        "ppc",
        "cpa",
        "cpv",
        "cpl",
        "cpp",
        "paid",
        "sea",
        "sem",
        "ads",
        "ad",
        "retargeting",
        "remarketing",
    ]) || medium.starts_with("paid");
    if has(&["display", "banner", "banners", "interstitial", "expandable", "cpm", "programmatic"]) {
        return G::Display;
    }
    if medium.starts_with("affiliate") || medium == "affiliation" {
        return G::Affiliates;
    }
    if is_paid {
        let says = |word: &str| medium.contains(word);
        return match () {
            () if is_video || says("video") => G::PaidVideo,
            () if is("social") || says("social") => G::PaidSocial,
            () if is("search") || says("search") || has(&["sea", "sem"]) => G::PaidSearch,
            () if is("paid") => G::Display,
            () => G::PaidOther,
        };
    }
    if has(&["email", "mail", "newsletter", "emailing", "mailing"])
        || medium.starts_with("e-mail")
        || medium == "courriel"
    {
        return G::Email;
    }
    if has(&["sms", "rcs"]) {
        return G::Sms;
    }
    if has(&["push", "notification"]) || medium.ends_with("push") {
        return G::Push;
    }
    if has(&["video"]) {
        return G::Video;
    }
    if has(&["social", "sm", "socialmedia"]) || medium.starts_with("social") {
        return if is_video { G::Video } else { G::Social };
    }
    if has(&["organic", "search", "seo"]) {
        return if is("social") { G::Social } else { G::OrganicSearch };
    }
    if has(&["chatbot", "ai", "llm", "assistant"]) {
        return G::Chatbot;
    }
    if has(&["audio", "podcast", "radio"]) {
        return G::Audio;
    }
    if has(&[
        "offline",
        "print",
        "flyer",
        "qr",
        "qrcode",
        "event",
        "fair",
        "tradeshow",
        "salon",
        "tv",
        "poster",
        "phone",
        "call",
        "import",
    ]) {
        return G::Offline;
    }
    if has(&["referral", "link", "app", "partner", "blog"]) {
        return match () {
            () if is("chatbot") => G::Chatbot,
            () if is("social") => G::Social,
            () => G::Referral,
        };
    }
    if matches!(medium, "none" | "direct" | "not set") || medium.is_empty() && source == "direct" {
        return G::Direct;
    }
    if is_video {
        return G::Video;
    }
    match known.map(|known| known.medium) {
        Some(of) if medium.is_empty() => group_of_medium(of),
        _ => G::Other,
    }
}

/// Sources whose posts are videos.
pub(super) const VIDEO: &[&str] = &["Dailymotion", "Twitch", "Vimeo", "Youtube"];

/// The group of a medium of the table.
pub(super) fn group_of_medium(medium: &str) -> ChannelGroup {
    match medium {
        "search" => ChannelGroup::OrganicSearch,
        "social" => ChannelGroup::Social,
        "video" => ChannelGroup::Video,
        "email" => ChannelGroup::Email,
        "paid" => ChannelGroup::Display,
        "chatbot" => ChannelGroup::Chatbot,
        "affiliate" => ChannelGroup::Affiliates,
        _ => ChannelGroup::Referral,
    }
}
