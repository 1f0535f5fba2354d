//! Identity: UUIDs that the host gives or that are derived from the command that made the row; never drawn here.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::error::{Error, Problem};
use super::json::shown;
use super::text::shortened;

/// A record's, command's or workspace's id: a UUID, written as hyphenated lower-case text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Id(Uuid);

impl Id {
    /// Wraps a UUID that the host made.
    pub const fn new(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// The id of the `counter`th row that the command `self` creates.
    ///
    /// SHA-256 of (command id, counter), cut to a version-8 UUID: replaying the command gives the same ids.
    pub fn derive(self, counter: u64) -> Self {
        let mut hash = Sha256::new();
        hash.update(self.0.as_bytes());
        hash.update(counter.to_be_bytes());
        Self::from_digest(&hash.finalize())
    }

    /// An id made from text, the same for the same text: for hosts whose own keys are not UUIDs.
    pub fn from_text(text: &str) -> Self {
        Self::from_digest(&Sha256::digest(text.as_bytes()))
    }

    fn from_digest(digest: &[u8]) -> Self {
        let mut bytes = [0u8; 16];
        for (to, from) in bytes.iter_mut().zip(digest) {
            *to = *from;
        }
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// Reads the text of an id from JSON.
    ///
    /// # Errors
    /// [`Problem::NotAnId`].
    pub fn from_json(json: &Json) -> Result<Self, Error> {
        let wrong = || Problem::NotAnId { found: shown(json) };
        json.as_str().ok_or_else(wrong)?.parse()
    }

    /// The UUID itself.
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Id {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        Uuid::try_parse(text).map(Self).map_err(|_| Problem::NotAnId { found: shortened(text, 60) }.into())
    }
}

impl From<Uuid> for Id {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}
