//! Rows that hang on merged records: they move to the primary, unless it has the same row already.

use std::collections::BTreeMap;

use crate::kernel::id::Id;
use crate::model::Kind;

/// A row that hangs on one of the merged records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hanging {
    /// Its kind.
    pub kind: Kind,
    /// Its id.
    pub id: Id,
    /// The system it is from, empty if none.
    pub external_source: String,
    /// Its id there, empty if none.
    pub external_id: String,
}

/// A row that cannot move, and the one that is in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collision {
    /// The place of the row in the list of moving rows.
    pub moving: usize,
    /// The row that the primary has, or that moved before.
    pub other: Id,
}

/// Which moving rows another system knows as a row that the primary already has, or that moved before: of one kind,
/// from one source, with one id. A row without such an id collides with nothing.
pub fn collisions(primary: &[Hanging], moving: &[Hanging]) -> Vec<Collision> {
    let mut there: BTreeMap<(Kind, &str, &str), Id> = BTreeMap::new();
    for row in primary.iter().filter(|r| !r.external_id.is_empty()) {
        there.entry((row.kind, &row.external_source, &row.external_id)).or_insert(row.id);
    }
    let mut found = Vec::new();
    for (place, row) in moving.iter().enumerate().filter(|(_, r)| !r.external_id.is_empty()) {
        let other = *there.entry((row.kind, &row.external_source, &row.external_id)).or_insert(row.id);
        if other != row.id {
            found.push(Collision { moving: place, other });
        }
    }
    found
}
