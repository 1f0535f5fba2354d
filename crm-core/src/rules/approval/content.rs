//! What exactly is approved: the hash over everything that a recipient gets or a command does.

use serde_json::{Map, Value as Json};
use sha2::{Digest as _, Sha256};

use crate::kernel::json;
use crate::store::hex;

/// Everything that a decision binds, under its names; the order in which it was put in does not matter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Content(Map<String, Json>);

impl Content {
    /// Puts in a part; what is empty or null is as if it were not there.
    #[must_use]
    pub fn with(mut self, name: &str, part: Json) -> Self {
        let is_empty = match &part {
            Json::Null => true,
            Json::String(text) => text.is_empty(),
            Json::Array(all) => all.is_empty(),
            _ => false,
        };
        if !is_empty {
            self.0.insert(name.to_owned(), part);
        }
        self
    }

    /// Each part under its name.
    pub const fn parts(&self) -> &Map<String, Json> {
        &self.0
    }

    /// SHA-256 of the canonical JSON, in hexadecimal digits.
    pub fn hash(&self) -> String {
        hex(&Sha256::digest(json::canonical(&Json::Object(self.0.clone()))))
    }
}

/// The key under which a channel gets one revision of a draft for one recipient: the same for every try. `scope` names
/// the workspace and the draft.
pub fn idempotency_key(scope: &str, revision: u32, recipient: &str) -> String {
    let parts = serde_json::json!([scope, revision, recipient]);
    hex(&Sha256::digest(json::canonical(&parts)))
}
