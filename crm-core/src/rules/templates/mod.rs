//! Templates: what is written again and again, in French and in English, filled from the record at hand.
//!
//! A template is words with variables between double braces and nothing else: no conditions, no loops. Rendering is a
//! pure function of (template, version, language, values). If a single variable is missing there is no text, and all
//! that is missing is named at once; a variable may have words in its place, `{{first_name|there}}`, and is not
//! missing then. A value is never read as a template, keeps no control characters and no marks that reverse the order
//! of letters, and stands on one line in a subject.
//!
//! # Configuration
//! ```json
//! {
//!   "zone": "Europe/Paris", "language": "fr", "standard": true,
//!   "items": [{
//!     "id": "offer_reminder", "version": 2, "draft": "email",
//!     "labels": {"en": "Reminder of an offer", "fr": "Relance de devis"},
//!     "inputs": [{"name": "valid_until", "type": "date"}],
//!     "fr": {"subject": "Votre devis {{deal.name}}", "text": "Bonjour {{full_name}},\n\nNotre offre de {{deal.value}} ..."}
//!   }]
//! }
//! ```
//! `zone` is where times are shown (UTC), `language` the one where neither the caller nor the person has one (`en`).
//! A template either logs (`"log": "call"`, with a `direction`) or drafts (`"draft": "email"`). It has one language or
//! both. One that drafts may say what its messages are for (`purpose`), what they are about (`topic`) and what of what the
//! law asks for stands in them (`mentions`), all by the codes of the rule [`consent`](super::consent); a draft takes these
//! over where it does not say otherwise. The host answers for that: nobody reads the words. The built-in ones
//! ([`STANDARD`]) are there unless `standard` is `false`; another version of one of them has a higher `version`. The
//! highest version of an id is used; earlier ones stay, so that what was written with them can be checked.
//!
//! `sender` is what a workspace says of itself, `{"organization": "Rénov'Ouest", "address": "...", "registration": "...",
//! "email": "...", "phone": "...", "website": "...", "data_source": "...", "privacy_contact": "...", "opt_out": "..."}`:
//! where its addresses come from, where to ask about personal data, and how to unsubscribe. Each is a text, or one for each
//! language, `{"en": "...", "fr": "..."}`; none is needed, and without one a template that names it is not filled.
//!
//! # Variables
//! - any field of `account`, `contact`, `deal`, `lead` and `ticket` but references, as `deal.value` or
//!   `lead.custom.needs_permit`;
//! - `first_name`, `last_name`, `full_name`, `job_title`, `email`, `phone` of the contact, or of the lead where there is
//!   no contact; `company` of the account, or else of the lead;
//! - `actor_name`, `today`, `now`;
//! - `sender.organization` and what else the workspace says of itself;
//! - the template's own `inputs`.
//!
//! Amounts, days, times and numbers are written as the language does. What comes of it is plain text: a host that makes a
//! page of it escapes the whole, values and words alike.
//!
//! # The rule `template`
//! The input is `{"ask": ...}` with `templates` (a configuration in place of the workspace's) and `lang` for sentences:
//!
//! | `ask` | with | answer |
//! |---|---|---|
//! | `render` | `template`, `version`, `language`, `at`, `actor_name`, `inputs`, and the records `lead`, `contact` ... | `status` (`rendered` or `missing`), `subject`, `text`, `values`, `hash`, or `missing` |
//! | `missing` | the same | `missing`, all of it |
//! | `list` | the same but `template`; `use` (`log`, `draft`) | `templates` with `needs`, `missing` and whether one is `ready` |
//! | `verify` | `template`, `version`, `language`, `values`, `hash`, `subject`, `text` | `status`: `same`, `edited` (somebody changed the text) or `unknown` (the template says something else) |
//!
//! # Example
//! ```
//! use crm_core::rules::Rules;
//! use serde_json::json;
//!
//! let ask = json!({"ask": "render", "template": "log_call", "language": "fr", "at": "2026-11-22T09:00:00Z",
//!     "contact": {"first_name": "Anne", "last_name": "Le Goff"}, "inputs": {"summary": "Devis bien reçu."}});
//! let answer = Rules::default().eval("template", &ask)?;
//! assert_eq!(answer["subject"], "Appel avec Anne Le Goff");
//! let nobody = json!({"ask": "missing", "template": "log_call", "language": "en", "at": "2026-11-22T09:00:00Z"});
//! let missing = Rules::default().eval("template", &nobody)?;
//! assert_eq!(missing["missing"][0]["name"], "full_name");
//! assert_eq!(missing["missing"][1]["name"], "summary");
//! # Ok::<(), crm_core::Error>(())
//! ```

mod door;
mod load;
mod pattern;
mod render;
mod variables;

use std::collections::{BTreeMap, BTreeSet};

pub use self::door::eval_json;
pub(crate) use self::door::{USES, values_of};
pub use self::render::{Rendered, Verdict};
pub(crate) use self::variables::{Around, RECORDS};

use self::pattern::Pattern;
use self::variables::{Origin, Sender, Vocabulary};
use crate::kernel::approval::ChannelKind;
use crate::kernel::consent_reason::{ContactPurpose, ContactTopic, Mention};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::field::FieldType;
use crate::kernel::reason::Name;
use crate::kernel::text::shortened;
use crate::kernel::zone::Zone;
use crate::lang::Lang;

/// The built-in templates, as a configuration has them.
pub const STANDARD: &str = include_str!("standard.json");

/// Who may have spoken in an activity.
pub(crate) const DIRECTIONS: &[&str] = &["inbound", "outbound", "both"];

/// What a template is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Use {
    /// It says what happened: an activity of this kind, and who spoke (may be empty).
    Log {
        /// call, meeting, email ...
        kind: String,
        /// inbound, outbound, both, or empty.
        direction: String,
    },
    /// It is a message that somebody may send, by this channel.
    Draft(ChannelKind),
}

/// What a template of a message says of itself, as far as the law asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactSaid {
    /// What the message is for.
    pub purpose: Option<ContactPurpose>,
    /// What it is about.
    pub topic: Option<ContactTopic>,
    /// What its text contains of what the law asks for.
    pub mentions: Vec<Mention>,
}

/// One version of a template.
#[derive(Clone, Debug)]
pub struct Template {
    name: Name,
    version: i64,
    usage: Use,
    contact: ContactSaid,
    inputs: BTreeMap<String, FieldType>,
    texts: BTreeMap<&'static str, Texts>,
}

/// What a template says in one language.
#[derive(Clone, Debug)]
struct Texts {
    subject: Option<Pattern>,
    text: Pattern,
    /// What each of its variables means.
    origins: BTreeMap<String, Origin>,
}

impl Texts {
    /// The variables without which there is no text.
    fn needed(&self) -> BTreeSet<&str> {
        self.subject.iter().flat_map(Pattern::needed).chain(self.text.needed()).collect()
    }
}

/// All templates of a configuration.
#[derive(Clone, Debug)]
pub struct Templates {
    vocabulary: Vocabulary,
    zone: Zone,
    language: Lang,
    sender: Sender,
    /// By id and version.
    all: BTreeMap<(String, i64), Template>,
}

impl Template {
    /// Its id and labels.
    pub const fn name(&self) -> &Name {
        &self.name
    }

    /// Its version.
    pub const fn version(&self) -> i64 {
        self.version
    }

    /// What it is for.
    pub const fn usage(&self) -> &Use {
        &self.usage
    }

    /// What it says of itself, as far as the law asks.
    pub const fn contact(&self) -> &ContactSaid {
        &self.contact
    }

    /// The languages that it is written in.
    pub fn languages(&self) -> impl Iterator<Item = Lang> {
        [Lang::English, Lang::French].into_iter().filter(|lang| self.texts.contains_key(lang.code()))
    }

    fn texts(&self, lang: Lang) -> Result<&Texts> {
        let unwritten = || Problem::TemplateLanguage { template: self.name.id.clone(), language: lang.code() };
        self.texts.get(lang.code()).ok_or_else(|| Error::from(unwritten()).at("language"))
    }
}

impl Templates {
    /// The template of an id: this version, or else the highest.
    ///
    /// # Errors
    /// [`Problem::UnknownTemplate`] with the ids that there are.
    pub fn find(&self, id: &str, version: Option<i64>) -> Result<&Template> {
        let found = match version {
            Some(version) => self.all.get(&(id.to_owned(), version)),
            None => self.all.range((id.to_owned(), i64::MIN)..=(id.to_owned(), i64::MAX)).next_back().map(|(_, t)| t),
        };
        found.ok_or_else(|| {
            let found = version.map_or_else(|| shortened(id, 60), |version| format!("{}@{version}", shortened(id, 60)));
            let mut expected: Vec<String> = self.all.keys().map(|(id, _)| id.clone()).collect();
            expected.dedup();
            Problem::UnknownTemplate { found, expected }.into()
        })
    }

    /// The templates in use, in order of id.
    pub fn latest(&self) -> impl Iterator<Item = &Template> {
        let next = self.all.iter().skip(1).map(|((id, _), _)| Some(id)).chain(std::iter::once(None));
        self.all.iter().zip(next).filter(|(((id, _), _), next)| Some(id) != *next).map(|((_, template), _)| template)
    }

    /// The language where neither the caller nor the person has one.
    pub const fn language(&self) -> Lang {
        self.language
    }
}
