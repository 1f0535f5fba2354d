//! How a workspace attributes: the part `attribution` of the configuration.

use serde_json::Value as Json;

use super::model::{Model, ModelName};
use crate::kernel::coded::coded;
use crate::kernel::error::{Problem, Result};
use crate::kernel::marketing::MemberStatus;
use crate::rules::check;
use crate::rules::read::{self, Object, coded, text};

/// Most own domains and pages.
const MOST_HOSTS: usize = 1_000;
/// Most models of one question.
pub(super) const MOST_MODELS: usize = 20;
/// Most days of a window.
const MOST_DAYS: i64 = 36_500;

coded! {
    /// What becomes of touches that nothing is known of.
    DirectUse {
        /// They count like others.
        Keep = "keep",
        /// They count only where nothing else is known.
        Ignore = "ignore",
    }
}

coded! {
    /// Which touch counts where a channel counts once in a path.
    Occurrence {
        /// The first.
        First = "first",
        /// The last.
        Last = "last",
    }
}

coded! {
    /// Who makes a campaign count for a deal.
    InfluenceBy {
        /// People who have a part in the deal.
        Role = "role",
        /// Everybody of the account.
        Account = "account",
    }
}

/// A page that leads here, by the workspace's own word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnReferrer {
    /// The host; everything under it.
    pub host: String,
    /// search, social, email, paid, chatbot, affiliate, referral.
    pub medium: String,
    /// Its name.
    pub source: String,
}

/// How paths are prepared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathOptions {
    /// Touches of one channel that are so many minutes apart at most are one visit; zero keeps all.
    pub session_minutes: i64,
    /// How many days before the end of a path a touch counts; `None` is for ever.
    pub window_days: Option<i64>,
    /// What becomes of direct touches.
    pub direct: DirectUse,
    /// Which touch counts where a channel counts once in a path; `None` counts all.
    pub unique: Option<Occurrence>,
}

/// What makes a campaign count for a deal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InfluenceOptions {
    /// Whose touches and memberships.
    pub by: InfluenceBy,
    /// How many days before the deal's end; `None` is for ever.
    pub window_days: Option<i64>,
    /// How members stand who count.
    pub statuses: Vec<MemberStatus>,
}

/// How a workspace attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributionSettings {
    own_domains: Vec<String>,
    referrers: Vec<OwnReferrer>,
    /// How paths are prepared.
    pub paths: PathOptions,
    /// What makes a campaign count for a deal.
    pub influence: InfluenceOptions,
    /// The models of a card that names none.
    pub models: Vec<Model>,
    /// How many of the latest touches a card shows.
    pub trail: usize,
}

impl Default for AttributionSettings {
    fn default() -> Self {
        let models = [ModelName::First, ModelName::Last, ModelName::Linear, ModelName::UShape, ModelName::TimeDecay];
        AttributionSettings {
            own_domains: Vec::new(),
            referrers: Vec::new(),
            paths: PathOptions { session_minutes: 30, window_days: None, direct: DirectUse::Keep, unique: None },
            influence: InfluenceOptions {
                by: InfluenceBy::Role,
                window_days: None,
                statuses: vec![MemberStatus::Sent, MemberStatus::Responded],
            },
            models: models.into_iter().map(Model::named).collect(),
            trail: 10,
        }
    }
}

impl AttributionSettings {
    /// Reads the part of the configuration; see [`rules::attribution`](crate::rules::attribution).
    ///
    /// # Errors
    /// Unknown options, unknown models and numbers outside of their range, with the path.
    pub fn from_json(json: &Json) -> Result<Self> {
        let o = Object::new(
            json,
            &[
                "internal_domains",
                "referrers",
                "session_minutes",
                "window_days",
                "direct",
                "unique",
                "influence",
                "models",
                "trail",
            ],
        )?;
        let usual = AttributionSettings::default();
        let own_domains = o.list("internal_domains", host)?;
        check::most("hosts", own_domains.len(), MOST_HOSTS).map_err(|e| e.at("internal_domains"))?;
        let referrers = o.list("referrers", own_referrer)?;
        check::most("hosts", referrers.len(), MOST_HOSTS).map_err(|e| e.at("referrers"))?;
        let trail = o.optional_integer("trail")?.unwrap_or(10);
        check::between(trail, 0, 100).map_err(|e| e.at("trail"))?;
        let models = o.optional("models", models)?.unwrap_or(usual.models);
        let influence =
            o.optional("influence", |json| usual.influence.with(&Object::new(json, InfluenceOptions::KEYS)?))?;
        Ok(AttributionSettings {
            own_domains,
            referrers,
            paths: usual.paths.with(&o)?,
            influence: influence.unwrap_or(usual.influence),
            models,
            trail: usize::try_from(trail).unwrap_or(0),
        })
    }

    /// Whether a host is the workspace's own.
    pub(super) fn is_own(&self, host: &str) -> bool {
        self.own_domains.iter().any(|own| is_under(host, own))
    }

    /// What the workspace says of a page; the longest name counts.
    pub(super) fn referrer(&self, host: &str) -> Option<&OwnReferrer> {
        let fits = self.referrers.iter().filter(|own| is_under(host, &own.host));
        fits.max_by_key(|own| own.host.len())
    }
}

impl PathOptions {
    /// The keys of [`PathOptions::changed`].
    pub const KEYS: &'static [&'static str] = &["session_minutes", "window_days", "direct", "unique"];

    /// These with what JSON says otherwise: `{"session_minutes": 0, "window_days": 90, "direct": "ignore", "unique": true}`.
    ///
    /// # Errors
    /// Another key, and values that do not fit, with their path.
    pub fn changed(&self, json: &Json) -> Result<Self> {
        self.with(&Object::new(json, Self::KEYS)?)
    }

    /// These with what an object says otherwise.
    pub(crate) fn with(&self, o: &Object<'_>) -> Result<Self> {
        let session_minutes = o.optional_integer("session_minutes")?.unwrap_or(self.session_minutes);
        check::between(session_minutes, 0, 1_440).map_err(|e| e.at("session_minutes"))?;
        let direct = o.optional("direct", |json| coded(json, DirectUse::from_code, DirectUse::CODES))?;
        Ok(PathOptions {
            session_minutes,
            window_days: o.optional("window_days", days)?.or(self.window_days),
            direct: direct.unwrap_or(self.direct),
            unique: o.optional("unique", unique)?.unwrap_or(self.unique),
        })
    }
}

impl InfluenceOptions {
    pub(super) const KEYS: &'static [&'static str] = &["by", "window_days", "statuses"];

    /// These with what an object says otherwise.
    pub(crate) fn with(&self, o: &Object<'_>) -> Result<Self> {
        let by = o.optional("by", |json| coded(json, InfluenceBy::from_code, InfluenceBy::CODES))?;
        let status = |json: &Json| coded(json, MemberStatus::from_code, MemberStatus::CODES);
        let statuses = o.optional("statuses", |json| read::list(json, status))?;
        Ok(InfluenceOptions {
            by: by.unwrap_or(self.by),
            window_days: o.optional("window_days", days)?.or(self.window_days),
            statuses: statuses.unwrap_or_else(|| self.statuses.clone()),
        })
    }
}

/// The models of a question or a configuration.
///
/// # Errors
/// As [`Model::from_json`], and more than twenty.
pub(crate) fn models(json: &Json) -> Result<Vec<Model>> {
    let models = read::list(json, Model::from_json)?;
    check::most("models", models.len(), MOST_MODELS)?;
    Ok(models)
}

/// `true`, `false`, or which one counts.
fn unique(json: &Json) -> Result<Option<Occurrence>> {
    match json.as_bool() {
        Some(is_unique) => Ok(is_unique.then_some(Occurrence::First)),
        None => Ok(Some(coded(json, Occurrence::from_code, Occurrence::CODES)?)),
    }
}

fn days(json: &Json) -> Result<i64> {
    let days = read::integer(json)?;
    check::between(days, 1, MOST_DAYS)?;
    Ok(days)
}

fn host(json: &Json) -> Result<String> {
    let written = text(json)?;
    check::id(&written)?;
    let host = super::url::Url::read(&written).filter(|url| url.path.is_empty() || url.path == "/");
    let found = crate::kernel::text::shortened(&written, 60);
    Ok(host.ok_or(Problem::WrongShape { expected: "a host such as `example.com`", found })?.host)
}

fn own_referrer(json: &Json) -> Result<OwnReferrer> {
    const MEDIA: &[&str] = &["search", "social", "video", "email", "paid", "chatbot", "affiliate", "referral"];
    let o = Object::new(json, &["host", "medium", "source"])?;
    let host = host(o.required("host")?).map_err(|e| e.at("host"))?;
    let medium = o.required("medium")?;
    let medium = MEDIA.iter().find(|name| medium.as_str() == Some(name));
    let medium = medium.ok_or_else(|| {
        crate::kernel::json::not_one_of(o.required("medium").unwrap_or(&Json::Null), MEDIA).at("medium")
    })?;
    let source = o.text("source")?;
    check::id(&source).map_err(|e| e.at("source"))?;
    Ok(OwnReferrer { host, medium: (*medium).to_owned(), source })
}

fn is_under(host: &str, above: &str) -> bool {
    host.strip_suffix(above).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}
