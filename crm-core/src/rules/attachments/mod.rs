//! Attachments: what a file may be, and what becomes of it when records take it and give it back.
//!
//! A file is known by the SHA-256 of its bytes and kept once, however many records have it. Taking a file away from one
//! record removes that link and nothing else. When the last link goes, the file is not deleted but marked: its bytes may
//! go after a grace period, which the host carries out. A link made before that brings it back. So a copied record never
//! loses its file when the original gives its own away, and a merge, which moves links, loses none.
//!
//! # Configuration
//! `{"grace_days": 30, "most_bytes": 26214400, "media_types": ["application/pdf", "image/*"]}`: days of 24 hours (0 to
//! 3650), the largest file, and which media types are taken (all where the list is absent or empty).
//!
//! # The rule `attachment`
//! | `ask` | with | answer |
//! |---|---|---|
//! | `link` | `links_before`, `links` (1), `at`, `deletable_at` | `links`, `blob` |
//! | `unlink` | the same | the same, and `deletable_at` |
//! | `replay` | `events`: `event` (`link`, `unlink`, `delete`) and `at`, in order | the same after all of them |
//! | `check` | `file`: `name`, `media_type`, `size_bytes`, `sha256` | `ok`, `problems` |
//!
//! `blob` is `kept`, `tombstoned` (no record has it; its bytes may go from `deletable_at` on) or `deleted`.
//!
//! ```
//! use crm_core::rules::Rules;
//! use serde_json::json;
//!
//! let ask = |links: u64| json!({"ask": "unlink", "links_before": links, "at": "2026-11-22T09:00:00Z"});
//! let answer = |links| Rules::default().eval("attachment", &ask(links));
//! assert_eq!(answer(2)?["blob"], "kept");
//! assert_eq!(answer(1)?["blob"], "tombstoned");
//! assert_eq!(answer(1)?["deletable_at"], "2026-12-22T09:00:00Z");
//! # Ok::<(), crm_core::Error>(())
//! ```

mod door;

pub use self::door::eval_json;

use serde_json::Value as Json;

use crate::kernel::activity_reason::ActivityReason;
use crate::kernel::coded::coded;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json::length;
use crate::kernel::text::shortened;
use crate::kernel::time::{Instant, plus_days};
use crate::model::Attachment;
use crate::rules::check;
use crate::rules::read::{Object, text};

/// Most characters of a file's name: what common file systems take.
const MOST_NAME: usize = 255;
/// The largest file that a configuration may allow.
const MOST_BYTES: i64 = 1 << 50;
/// Most media types of a configuration.
const MOST_TYPES: usize = 200;

/// What files may be, and how long they are kept when no record has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachmentPolicy {
    grace_days: i64,
    most_bytes: i64,
    /// Empty takes all.
    media_types: Vec<String>,
}

impl Default for AttachmentPolicy {
    fn default() -> Self {
        Self { grace_days: 30, most_bytes: 26_214_400, media_types: Vec::new() }
    }
}

coded! {
    /// What there is of a file.
    Blob {
        /// A record has it.
        Kept = "kept",
        /// No record has it; its bytes may go after the grace period.
        Tombstoned = "tombstoned",
        /// Its bytes were deleted.
        Deleted = "deleted",
    }
}

/// How a file stands: who has it, and until when it is kept where nobody does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holding {
    /// How many links it has.
    pub links: u64,
    /// From when on its bytes may go; `None` while a record has it.
    pub deletable_at: Option<Instant>,
    /// When its bytes were deleted.
    pub deleted_at: Option<Instant>,
}

impl Holding {
    /// What there is of the file.
    pub const fn blob(&self) -> Blob {
        match (self.deleted_at, self.links) {
            (Some(_), _) => Blob::Deleted,
            (None, 0) => Blob::Tombstoned,
            (None, _) => Blob::Kept,
        }
    }

    /// After so many links more; a file that may be deleted already is not counted on any more.
    ///
    /// # Errors
    /// [`Problem::FileGone`].
    pub fn linked(self, id: &str, links: u64, at: Option<Instant>) -> Result<Self> {
        let may_be_gone = self.deletable_at.filter(|from| at.is_some_and(|at| *from <= at));
        if let Some(since) = self.deleted_at.or(may_be_gone) {
            let since = crate::kernel::time::format_instant(since);
            return Err(Problem::FileGone { id: id.to_owned(), since }.into());
        }
        let links = self.links.saturating_add(links);
        Ok(Self { links, deletable_at: if links == 0 { self.deletable_at } else { None }, deleted_at: None })
    }

    /// After its bytes were deleted.
    ///
    /// # Errors
    /// [`Problem::FileInUse`], [`Problem::FileNotYetDeletable`].
    pub fn deleted(self, id: &str, at: Instant) -> Result<Self> {
        if self.links > 0 {
            return Err(Problem::FileInUse { id: id.to_owned() }.into());
        }
        match self.deletable_at {
            Some(from) if from > at => {
                let from = crate::kernel::time::format_instant(from);
                Err(Problem::FileNotYetDeletable { id: id.to_owned(), from }.into())
            }
            _ => Ok(Self { deleted_at: self.deleted_at.or(Some(at)), ..self }),
        }
    }

    /// What is to be said of it.
    pub const fn reason(&self) -> Option<ActivityReason> {
        match (self.deleted_at, self.links, self.deletable_at) {
            (Some(at), ..) => Some(ActivityReason::FileDeleted { at }),
            (None, 0, Some(at)) => Some(ActivityReason::FileDeletable { at }),
            (None, 0, None) => None,
            (None, links, _) => Some(ActivityReason::FileKept { links }),
        }
    }
}

impl AttachmentPolicy {
    /// Reads the part `attachments` of a configuration.
    ///
    /// # Errors
    /// An unknown option, a number out of range, a media type that is none.
    pub fn from_json(json: &Json) -> Result<Self> {
        let o = Object::new(json, &["grace_days", "most_bytes", "media_types"])?;
        let usual = Self::default();
        let grace_days = o.optional_integer("grace_days")?.unwrap_or(usual.grace_days);
        check::between(grace_days, 0, 3650).map_err(|e| e.at("grace_days"))?;
        let most_bytes = o.optional_integer("most_bytes")?.unwrap_or(usual.most_bytes);
        check::between(most_bytes, 1, MOST_BYTES).map_err(|e| e.at("most_bytes"))?;
        let media_types = o.list("media_types", |v| media_type(&text(v)?))?;
        check::most("values", media_types.len(), MOST_TYPES).map_err(|e| e.at("media_types"))?;
        Ok(Self { grace_days, most_bytes, media_types })
    }

    /// The file after so many links fewer: with the last one the grace period begins.
    pub fn unlinked(&self, holding: Holding, links: u64, at: Option<Instant>) -> Holding {
        let left = holding.links.saturating_sub(links);
        let begins = (left == 0 && holding.deletable_at.is_none()).then(|| at.and_then(|at| self.deletable_from(at)));
        Holding { links: left, deletable_at: begins.flatten().or(holding.deletable_at), ..holding }
    }

    /// From when on a file may go that nobody has since an instant; the end of all dates where the grace is longer.
    pub fn deletable_from(&self, at: Instant) -> Option<Instant> {
        plus_days(at, self.grace_days)
    }

    /// What is wrong with a file, all of it.
    pub fn problems(&self, file: &Attachment) -> Vec<Error> {
        let checks = [
            name(&file.name).map_err(|e| e.at("name")),
            self.takes(&file.media_type).map_err(|e| e.at("media_type")),
            self.fits(file.size_bytes).map_err(|e| e.at("size_bytes")),
            sha256(&file.sha256).map_err(|e| e.at("sha256")),
        ];
        checks.into_iter().filter_map(Result::err).collect()
    }

    fn takes(&self, found: &str) -> Result<()> {
        let found = media_type(found)?;
        let family = found.split('/').next().unwrap_or_default();
        let allowed = |taken: &String| *taken == found || taken.strip_suffix("/*") == Some(family);
        if found.ends_with("/*") || !(self.media_types.is_empty() || self.media_types.iter().any(allowed)) {
            let expected = "a media type that the configuration takes";
            return Err(Problem::WrongShape { expected, found: shortened(&found, 60) }.into());
        }
        Ok(())
    }

    fn fits(&self, bytes: Option<i64>) -> Result<()> {
        check::between(bytes.ok_or_else(|| Problem::Missing { name: "size_bytes".into() })?, 0, self.most_bytes)
    }
}

/// A name that means the same file in every folder: no path, nothing invisible, nothing that reverses letters.
fn name(found: &str) -> Result<()> {
    if found.is_empty() {
        return Err(Problem::Missing { name: "name".into() }.into());
    }
    if found.chars().count() > MOST_NAME {
        let (bytes, most) = (length(found.len()), length(MOST_NAME));
        return Err(Problem::TooLong { bytes, most }.into());
    }
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    if found.chars().any(hidden) {
        return Err(Problem::ControlCharacter { found: shortened(&found.escape_debug().to_string(), 60) }.into());
    }
    if found.contains(['/', '\\']) || found.trim_matches('.').trim().is_empty() {
        let expected = "a file's name without a path, such as contract.pdf";
        return Err(Problem::WrongShape { expected, found: shortened(found, 60) }.into());
    }
    Ok(())
}

/// A media type in lower case, or a family such as `image/*` (RFC 6838, section 4.2).
fn media_type(found: &str) -> Result<String> {
    let part = |text: &str| {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"!#$&-^_.+".contains(&b);
        !text.is_empty() && text.len() <= 127 && text.bytes().all(plain)
    };
    let lower = found.to_ascii_lowercase();
    let fits = lower.split_once('/').is_some_and(|(family, kind)| part(family) && (part(kind) || kind == "*"));
    if fits {
        return Ok(lower);
    }
    let expected = "a media type such as application/pdf";
    Err(Problem::WrongShape { expected, found: shortened(found, 60) }.into())
}

fn sha256(found: &str) -> Result<()> {
    if found.len() == 64 && found.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
        return Ok(());
    }
    let expected = "a SHA-256 of 64 hexadecimal digits in lower case";
    Err(Problem::WrongShape { expected, found: shortened(found, 70) }.into())
}
