//! What a store is told: guards, row changes and one entry of the trail, applied whole or not at all.

use serde_json::{Map, Value as Json};
use sha2::{Digest as _, Sha256};

use super::Query;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::model::{Key, Row};

/// What must still be true when a commit is applied.
#[derive(Clone, Debug)]
pub enum Guard {
    /// The row has this version.
    Version(Key, u64),
    /// There is no such row.
    Absent(Key),
    /// The query finds nothing.
    Empty(Box<Query>),
    /// The query's page is still the one with this fingerprint.
    Found(Box<Query>, [u8; 32]),
    /// The query still finds so many rows, whatever its page.
    Counted(Box<Query>, u64),
}

/// A row to be written.
#[derive(Clone, Debug)]
pub struct Write {
    /// The row as it will be.
    pub row: Row,
    /// The version it replaces; 0 for a new row.
    pub replaces: u64,
}

/// One atomic change.
#[derive(Clone, Debug)]
pub struct Commit {
    /// What must still be true.
    pub guards: Vec<Guard>,
    /// The rows to write, in order of key.
    pub writes: Vec<Write>,
    /// What the trail will say of it.
    pub draft: Draft,
}

/// An entry of the trail before it has its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The command's id.
    pub command_id: Id,
    /// The rows it wrote.
    pub keys: Vec<(Key, u64)>,
    /// Canonical JSON: command, actor, instant, body, changes, result.
    pub content: String,
}

/// The end of a workspace's trail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The number of the last entry; 0 before the first.
    pub seq: u64,
    /// Its hash; zeros before the first.
    pub hash: [u8; 32],
}

/// An entry of the trail: what was commanded, by whom, when, what it changed and what it answered, chained by
/// SHA-256 to the entry before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place, from 1 without gaps.
    pub seq: u64,
    /// The command's id, unique in the workspace.
    pub command_id: Id,
    /// Canonical JSON: command, actor, instant, body, changes, result.
    pub content: String,
    /// The hash of the entry before.
    pub previous: [u8; 32],
    /// SHA-256 of (previous hash, place, command id, content).
    pub hash: [u8; 32],
}

/// What one command did to one row.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The row.
    pub key: Key,
    /// Its version afterwards.
    pub version: u64,
    /// The digest of the row as it was written.
    pub digest: String,
    /// For rows that existed: what each changed field was and became.
    pub fields: Map<String, Json>,
}

impl Draft {
    /// The entry at its place after `head`. Backends call this inside their transaction.
    pub fn link(&self, head: Head) -> Entry {
        let seq = head.seq.saturating_add(1);
        let hash = hash(&head.hash, seq, self.command_id, &self.content);
        Entry { seq, command_id: self.command_id, content: self.content.clone(), previous: head.hash, hash }
    }
}

fn hash(previous: &[u8; 32], seq: u64, command: Id, content: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(previous);
    hash.update(seq.to_be_bytes());
    hash.update(command.uuid().as_bytes());
    hash.update(content.as_bytes());
    hash.finalize().into()
}

impl Entry {
    /// Where the trail stands after this entry.
    pub const fn head(&self) -> Head {
        Head { seq: self.seq, hash: self.hash }
    }

    /// The content as JSON.
    ///
    /// # Errors
    /// [`Problem::Corrupt`] when it is not JSON.
    pub fn json(&self) -> Result<Json> {
        serde_json::from_str(&self.content)
            .map_err(|e| Error::from(Problem::Corrupt { detail: format!("entry {} of the trail: {e}", self.seq) }))
    }
}

/// Checks that entries follow `head` without a gap and that each hash is right; gives the head after them.
///
/// # Errors
/// [`Problem::Corrupt`] with the first entry that is missing, moved or changed.
pub fn verify_chain(mut head: Head, entries: &[Entry]) -> Result<Head> {
    for entry in entries {
        let expected = hash(&head.hash, head.seq.saturating_add(1), entry.command_id, &entry.content);
        if entry.seq != head.seq.saturating_add(1) || entry.previous != head.hash || entry.hash != expected {
            return Err(Problem::Corrupt {
                detail: format!("entry {} of the trail was changed, moved or lost", head.seq.saturating_add(1)),
            }
            .into());
        }
        head = entry.head();
    }
    Ok(head)
}

/// Which entries of the trail are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogQuery {
    /// The entry of a command, if there is one.
    Command(Id),
    /// Up to so many entries after a place.
    After {
        /// The place.
        seq: u64,
        /// The most entries.
        limit: usize,
    },
    /// The entries that changed a row beyond a version.
    Record {
        /// The row.
        key: Key,
        /// The version; 0 gives the whole history.
        after_version: u64,
    },
    /// The last entry.
    Last,
}

impl Change {
    /// The change as it stands in an entry's content.
    pub fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("record".into(), self.key.kind.name().into());
        map.insert("id".into(), self.key.id.to_string().into());
        map.insert("version".into(), self.version.into());
        map.insert("digest".into(), self.digest.as_str().into());
        if !self.fields.is_empty() {
            map.insert("fields".into(), Json::Object(self.fields.clone()));
        }
        Json::Object(map)
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len().saturating_mul(2)), |mut out, b| {
        for digit in [b >> 4, b & 15] {
            out.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
        out
    })
}
