//! Making the stored keys of records anew.

use std::borrow::Cow;
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::body::{at_most, ids_of};
use super::{Command, Cx, Verb};
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::model::{Key, Record};
use crate::rules::{Rules, kind};

/// Most records of one command; [`crate::Crm::rekey_all`] takes any number.
pub(crate) const MOST_RECORDS: usize = 500;

/// Makes the keys of leads, contacts or accounts anew: of rows from before their keys were stored, and of all rows
/// after the configuration of the keys, or the library's way to make them
/// ([`KEYSET`](crate::rules::identity::KEYSET)), has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rekey<R> {
    /// The records, archived or not.
    pub ids: Vec<Id>,
    record: PhantomData<fn() -> R>,
}

/// What a making of keys did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rekeyed {
    /// Records looked at.
    pub seen: u64,
    /// Records whose keys differ from before.
    pub changed: u64,
}

impl Rekeyed {
    /// Adds what another one did.
    pub fn add(&mut self, other: Rekeyed) {
        self.seen = self.seen.saturating_add(other.seen);
        self.changed = self.changed.saturating_add(other.changed);
    }
}

impl<R: Record> Rekey<R> {
    /// The records of these ids.
    pub fn new(ids: Vec<Id>) -> Self {
        Rekey { ids, record: PhantomData }
    }
}

impl<R: Record> Command for Rekey<R> {
    type Output = Rekeyed;
    const VERB: Verb = Verb::Compute;

    fn name() -> Cow<'static, str> {
        format!("{}.rekey", R::NAME).into()
    }

    fn to_json(&self) -> Json {
        serde_json::json!({"ids": self.ids.iter().map(Id::to_string).collect::<Vec<_>>()})
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `ids`")?;
        json::only_keys(map, &["ids"])?;
        Ok(Rekey::new(ids_of(map)?))
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Rekeyed> {
        at_most(MOST_RECORDS, &self.ids)?;
        let kind = kind(R::NAME)?;
        let mut done = Rekeyed::default();
        for id in &self.ids {
            let row = cx.existing(Key { kind, id: *id })?;
            let version = row.version;
            // Whatever is written has its keys made; where they are right, nothing is written.
            let changed = cx.by_itself(|cx| cx.update(row))?.version != version;
            done.add(Rekeyed { seen: 1, changed: changed.into() });
        }
        Ok(done)
    }
}
