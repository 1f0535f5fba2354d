//! Proving that nothing was changed outside the library.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{Crm, permit};
use crate::command::{Ctx, Verb};
use crate::kernel::error::{Error, Problem, Result};
use crate::model::Kind;
use crate::store::{Archived, Head, LogQuery, Query, Store, hex, verify_chain};

/// Entries read at a time.
const PAGE: usize = 200;

/// What was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Entries of the trail.
    pub entries: u64,
    /// Rows whose digest is the trail's.
    pub rows: u64,
    /// The end of the trail. A host that keeps it elsewhere also notices a cut tail.
    pub head: Head,
}

impl Verified {
    /// The JSON form.
    pub fn to_json(&self) -> Json {
        serde_json::json!({"entries": self.entries, "rows": self.rows, "head": hex(&self.head.hash)})
    }
}

impl<S: Store> Crm<S> {
    /// Reads the whole trail and every row, and compares: each entry's hash and place, and each row's digest with the
    /// last one that the trail has of it. The store then compares what it keeps beside them ([`Read::check`](crate::store::Read::check)).
    ///
    /// # Errors
    /// [`Problem::Corrupt`] with the first entry or row that differs, [`Problem::Forbidden`], and the store's own.
    pub fn verify(&self, ctx: &Ctx) -> Result<Verified> {
        permit(ctx, Verb::Audit, "verify")?;
        let snapshot = self.store.snapshot(&ctx.workspace)?;
        let mut head = Head::default();
        let mut expected: BTreeMap<(String, String), String> = BTreeMap::new();
        loop {
            let entries = snapshot.log(&LogQuery::After { seq: head.seq, limit: PAGE })?;
            if entries.is_empty() {
                break;
            }
            head = verify_chain(head, &entries)?;
            for entry in &entries {
                let content = entry.json()?;
                for change in content.get("changes").and_then(Json::as_array).into_iter().flatten() {
                    let text = |key: &str| change.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
                    expected.insert((text("record"), text("id")), text("digest"));
                }
            }
        }
        let mut rows: u64 = 0;
        for kind in Kind::ALL.iter().copied() {
            let mut query = Query::all(kind, self.rules.schema(kind), ctx.at);
            query.archived = Archived::Include;
            query.limit = crate::store::MOST_ROWS;
            loop {
                let page = snapshot.find(&query)?;
                for row in &page.rows {
                    let key = (kind.name().to_owned(), row.id.to_string());
                    if expected.remove(&key) != Some(hex(&row.digest())) {
                        return Err(differs(kind, &key.1));
                    }
                    rows = rows.saturating_add(1);
                }
                match page.next {
                    Some(next) => query.after = Some(next),
                    None => break,
                }
            }
        }
        match expected.into_iter().next() {
            Some(((record, id), _)) => {
                Err(Problem::Corrupt { detail: format!("{record} {id} was removed outside the library") }.into())
            }
            None => snapshot.check().map(|()| Verified { entries: head.seq, rows, head }),
        }
    }
}

fn differs(kind: Kind, id: &str) -> Error {
    let detail = format!("{} {id} was changed outside the library", kind.name());
    Problem::Corrupt { detail }.into()
}
