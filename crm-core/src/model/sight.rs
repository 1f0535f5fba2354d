//! Which rows somebody sees: a condition on a row that may reach over the links to other rows. Stores ask it together
//! with their queries, so that no page, count or cursor tells of a row that is not seen.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Key, Kind, Row};
use crate::kernel::error::Result;
use crate::kernel::fact::Fact;
use crate::kernel::id::Id;

/// A condition on the rows of one kind. Fields are places among [`Kind::fields`]. It has two values: what is not known
/// does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    /// One of these holds; of none it never does.
    Any(Vec<Sight>),
    /// All of these hold; of none it always does.
    All(Vec<Sight>),
    /// A text field says one of these, to the letter.
    OneOf {
        /// The field.
        field: usize,
        /// The texts.
        texts: Arc<BTreeSet<String>>,
    },
    /// Nobody knows what a field says.
    Unknown {
        /// The field.
        field: usize,
    },
    /// A reference leads to a row, archived or not, for which a condition holds.
    Through {
        /// The reference.
        field: usize,
        /// The kind of the row.
        kind: Kind,
        /// What holds for it.
        sight: Arc<Sight>,
    },
    /// A row in use points at this one, and a condition holds for it.
    PointedAt {
        /// The kind of that row.
        kind: Kind,
        /// The reference that points here.
        field: usize,
        /// What holds for it.
        sight: Arc<Sight>,
    },
    /// No row in use of a kind points at this one.
    Unpointed {
        /// The kind.
        kind: Kind,
        /// The reference that would point here.
        field: usize,
    },
}

/// Why a condition holds for a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// Whatever the row says.
    Always,
    /// For what a field says.
    Says {
        /// The field's name.
        field: &'static str,
        /// What it says.
        text: String,
    },
    /// For what nobody knows, or what is not there.
    Nothing,
    /// For another row.
    Through {
        /// The reference that leads there or comes from there.
        field: &'static str,
        /// The row.
        key: Key,
        /// Why the condition holds for it.
        why: Box<Why>,
    },
}

/// Where the rows are that links lead to.
pub trait Linked {
    /// A row.
    ///
    /// # Errors
    /// The store's own.
    fn linked(&self, key: Key) -> Result<Option<Row>>;

    /// The rows in use whose reference points at an id.
    ///
    /// # Errors
    /// The store's own.
    fn pointing(&self, kind: Kind, field: usize, id: Id) -> Result<Vec<Row>>;
}

impl Sight {
    /// The condition that holds for every row.
    pub const EVERYTHING: Sight = Sight::All(Vec::new());
    /// The condition that holds for none.
    pub const NOTHING: Sight = Sight::Any(Vec::new());

    /// Whether it holds for a row.
    ///
    /// # Errors
    /// As [`Linked`].
    pub fn holds(&self, row: &Row, rows: &dyn Linked) -> Result<bool> {
        Ok(self.why(row, rows)?.is_some())
    }

    /// Why it holds for a row; `None` where it does not.
    ///
    /// # Errors
    /// As [`Linked`].
    pub fn why(&self, row: &Row, rows: &dyn Linked) -> Result<Option<Why>> {
        let name = |kind: Kind, field: usize| match kind.fields().get(field).map(|f| &f.name) {
            Some(std::borrow::Cow::Borrowed(name)) => *name,
            _ => "",
        };
        let kind_here = row.body.kind();
        match self {
            Sight::Any(any) => {
                for sight in any {
                    if let Some(why) = sight.why(row, rows)? {
                        return Ok(Some(why));
                    }
                }
                Ok(None)
            }
            Sight::All(all) => {
                let mut last = Why::Always;
                for sight in all {
                    match sight.why(row, rows)? {
                        Some(why) => last = why,
                        None => return Ok(None),
                    }
                }
                Ok(Some(last))
            }
            Sight::OneOf { field, texts } => Ok(match row.body.fact(*field) {
                Fact::Text(text) if texts.contains(text) => {
                    Some(Why::Says { field: name(kind_here, *field), text: text.to_owned() })
                }
                _ => None,
            }),
            Sight::Unknown { field } => {
                Ok(Some(Why::Nothing).filter(|_| matches!(row.body.fact(*field), Fact::Unknown)))
            }
            Sight::Through { field, kind, sight } => {
                let Fact::Reference(id) = row.body.fact(*field) else { return Ok(None) };
                let key = Key { kind: *kind, id };
                let Some(other) = rows.linked(key)? else { return Ok(None) };
                let why = sight.why(&other, rows)?;
                Ok(why.map(|why| Why::Through { field: name(kind_here, *field), key, why: Box::new(why) }))
            }
            Sight::PointedAt { kind, field, sight } => {
                for other in rows.pointing(*kind, *field, row.id)? {
                    if let Some(why) = sight.why(&other, rows)? {
                        let (field, key) = (name(*kind, *field), other.key());
                        return Ok(Some(Why::Through { field, key, why: Box::new(why) }));
                    }
                }
                Ok(None)
            }
            Sight::Unpointed { kind, field } => {
                let pointing = rows.pointing(*kind, *field, row.id)?;
                Ok(Some(Why::Nothing).filter(|_| pointing.is_empty()))
            }
        }
    }
}
