//! What an edit of a condition would do to the members.

use super::Definition;
use super::resolve::{Book, Segment};
use super::why::id_of;
use crate::kernel::error::Result;
use crate::kernel::fact::Facts;
use crate::kernel::field::Schema;
use crate::kernel::id::Id;
use crate::kernel::predicate::{Compiled, Predicate};
use crate::kernel::time::Instant;

/// Most records of each kind that a preview names.
pub const MOST_SAMPLES: usize = 100;

/// Who would enter, leave and stay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// How many enter, leave and stay.
    pub counts: [u64; 3],
    /// Some who enter, leave and stay: their places among the records, and their ids.
    pub samples: [Vec<(usize, Option<Id>)>; 3],
}

impl Book {
    /// The book with another condition of one segment.
    ///
    /// # Errors
    /// As [`Book::get`].
    pub fn edited(&self, code: &str, definition: Definition) -> Result<Self> {
        let mut book = self.clone();
        let segment = Segment { definition, ..self.get(code)?.clone() };
        book.put(segment);
        Ok(book)
    }

    /// The conditions for those who enter and for those who leave a segment by an edit; both are plain.
    ///
    /// # Errors
    /// As [`Book::member`].
    pub fn moves(&self, edited: &Book, code: &str, schema: &Schema, at: Instant) -> Result<[Predicate; 2]> {
        let (old, new) = (self.member(code, schema, at)?, edited.member(code, schema, at)?);
        let but =
            |new: &Predicate, old: &Predicate| Predicate::All(vec![new.clone(), Predicate::Not(Box::new(old.clone()))]);
        Ok([but(&new, &old), but(&old, &new)])
    }

    /// What an edit would do to some records.
    ///
    /// # Errors
    /// As [`Book::member`].
    pub fn preview(
        &self,
        edited: &Book,
        (code, schema): (&str, &Schema),
        records: &[impl Facts],
        (at, samples): (Instant, usize),
    ) -> Result<Preview> {
        let compiled = |book: &Book| -> Result<Compiled> { book.member(code, schema, at)?.compile(schema) };
        let (old, new) = (compiled(self)?, compiled(edited)?);
        let archived = schema.position("archived_at");
        let mut preview = Preview::default();
        for (place, facts) in records.iter().enumerate() {
            if archived.is_some_and(|archived| facts.fact(archived).is_known()) {
                continue;
            }
            let way = match (old.eval(facts, at).holds(), new.eval(facts, at).holds()) {
                (false, true) => 0,
                (true, false) => 1,
                (true, true) => 2,
                (false, false) => continue,
            };
            if let (Some(count), Some(some)) = (preview.counts.get_mut(way), preview.samples.get_mut(way)) {
                *count = count.saturating_add(1);
                if some.len() < samples {
                    some.push((place, id_of(schema, facts)));
                }
            }
        }
        Ok(preview)
    }
}
