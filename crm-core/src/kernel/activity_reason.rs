//! What logging, drafting and attaching have to say beside what they did.

use serde_json::{Map, Value as Json};

use super::time::{Instant, format_instant};

/// What became of an activity, a draft or a file, or what stands in its way. [`lang`](crate::lang) has one sentence for
/// each, twice.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values of the sentence in lang/en_activity.rs")]
pub enum ActivityReason {
    /// A template needs a value that nobody gave and no record has.
    MissingVariable { name: String, from_record: bool },
    /// Another system told of this activity before.
    AlreadyLogged { source: String, id: String },
    /// Another system tells something else of an activity that it told of before.
    RevisedBySource { source: String, id: String },
    /// Another system tells of an activity that was removed; it stays removed.
    StaysRemoved { source: String, id: String },
    /// The person asked not to be written to: a draft may be written, it may not be sent.
    OptedOut,
    /// Nobody knows whether the person agreed to be written to.
    ConsentUnknown,
    /// Neither the contact nor the lead says where a message of this channel would go.
    NoRecipient { channel: String },
    /// Other records have the file, so that it is kept.
    FileKept { links: u64 },
    /// No record has the file any more; its bytes may go from this instant on.
    FileDeletable { at: Instant },
    /// Its bytes were deleted.
    FileDeleted { at: Instant },
    /// A file of the same bytes was there already.
    SameFile { name: String },
    /// A file that no record had any more has one again.
    FileRevived,
}

impl ActivityReason {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            ActivityReason::MissingVariable { .. } => "missing_variable",
            ActivityReason::AlreadyLogged { .. } => "already_logged",
            ActivityReason::RevisedBySource { .. } => "revised_by_source",
            ActivityReason::StaysRemoved { .. } => "stays_removed",
            ActivityReason::OptedOut => "opted_out",
            ActivityReason::ConsentUnknown => "consent_unknown",
            ActivityReason::NoRecipient { .. } => "no_recipient",
            ActivityReason::FileKept { .. } => "file_kept",
            ActivityReason::FileDeletable { .. } => "file_deletable",
            ActivityReason::FileDeleted { .. } => "file_deleted",
            ActivityReason::SameFile { .. } => "same_file",
            ActivityReason::FileRevived => "file_revived",
        }
    }

    /// What the reason is about, under the keys of its JSON form.
    pub(super) fn put(&self, map: &mut Map<String, Json>) {
        let mut put = |key: &str, value: Json| map.insert(key.into(), value);
        match self {
            ActivityReason::MissingVariable { name, from_record } => {
                put("name", name.as_str().into());
                put("from", if *from_record { "record" } else { "input" }.into());
            }
            ActivityReason::AlreadyLogged { source, id }
            | ActivityReason::RevisedBySource { source, id }
            | ActivityReason::StaysRemoved { source, id } => {
                put("external_source", source.as_str().into());
                put("external_id", id.as_str().into());
            }
            ActivityReason::NoRecipient { channel } => {
                put("channel", channel.as_str().into());
            }
            ActivityReason::FileKept { links } => {
                put("links", (*links).into());
            }
            ActivityReason::FileDeletable { at } | ActivityReason::FileDeleted { at } => {
                put("at", format_instant(*at).into());
            }
            ActivityReason::SameFile { name } => {
                put("name", name.as_str().into());
            }
            ActivityReason::OptedOut | ActivityReason::ConsentUnknown | ActivityReason::FileRevived => {}
        }
    }
}
