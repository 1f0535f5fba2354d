//! Putting a record away, and bringing it back. Nothing is deleted.

use std::borrow::Cow;
use std::marker::PhantomData;

use serde_json::{Map, Value as Json};

use super::create::Saved;
use super::ids::id_of;
use super::patch::version_of;
use super::redirect::refuse_merged;
use super::{Command, Cx, Verb};
use crate::kernel::error::{Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::model::{Key, Record, Row};
use crate::rules::{Rules, kind};

macro_rules! retire {
    ($(#[$doc:meta])* $name:ident, $verb:ident, $text:literal, $decide:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name<R> {
            /// The record.
            pub id: Id,
            /// The version that the person saw; another one is refused.
            pub version: Option<u64>,
            record: PhantomData<fn() -> R>,
        }

        impl<R: Record> $name<R> {
            /// The record of this id.
            pub fn new(id: Id) -> Self {
                $name { id, version: None, record: PhantomData }
            }
        }

        impl<R: Record> Command for $name<R> {
            type Output = Saved;
            const VERB: Verb = Verb::$verb;

            fn name() -> Cow<'static, str> {
                format!(concat!("{}.", $text), R::NAME).into()
            }

            fn to_json(&self) -> Json {
                let mut map = Map::new();
                map.insert("id".into(), self.id.to_string().into());
                if let Some(version) = self.version {
                    map.insert("version".into(), version.into());
                }
                Json::Object(map)
            }

            fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
                let map = json::object(body, "an object with `id`")?;
                json::only_keys(map, &["id", "version"])?;
                let id = id_of(map, "id")?.ok_or_else(|| Problem::Missing { name: "id".into() })?;
                Ok($name { id, version: version_of(map)?, record: PhantomData })
            }

            fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
                let row = cx.existing(Key { kind: kind(R::NAME)?, id: self.id })?;
                if let Some(expected) = self.version.filter(|v| *v != row.version) {
                    let (record, id) = (R::NAME.into(), self.id.to_string());
                    return Err(Problem::Conflict { record, id, expected, found: row.version }.into());
                }
                let row = $decide(cx, row)?;
                let row = cx.update(row)?;
                Ok(Saved { id: row.id, version: row.version })
            }
        }
    };
}

retire! {
    /// Puts a record away: it is kept, found by its id, and no longer listed.
    Archive, Archive, "archive", |cx: &mut Cx<'_>, row: Row| -> Result<Row> {
        refuse_merged(cx, &row)?;
        match row.archived_at {
            None => Ok(Row { archived_at: Some(cx.at()), ..row }),
            Some(_) => Err(Problem::Archived { record: R::NAME.into(), id: row.id.to_string() }.into()),
        }
    }
}

retire! {
    /// Brings an archived record back.
    Restore, Restore, "restore", |cx: &mut Cx<'_>, row: Row| -> Result<Row> {
        // What was merged comes back by undoing the merge, with everything that moved.
        refuse_merged(cx, &row)?;
        match row.archived_at {
            Some(_) => Ok(Row { archived_at: None, ..row }),
            None => Err(Problem::NotArchived { record: R::NAME.into(), id: row.id.to_string() }.into()),
        }
    }
}
