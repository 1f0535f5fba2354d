//! Fields: what a record declares once and every store, predicate, column and file reads.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::error::{Error, Problem, Result};

/// The type of a field; it decides operators, columns, JSON form and how text from a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// Text, compared folded.
    Text,
    /// A whole number.
    Integer,
    /// An exact decimal with up to six places; text in JSON.
    Number,
    /// An amount in a currency: `{"amount": "12.50", "currency": "EUR"}`.
    Money,
    /// `true` or `false`.
    Boolean,
    /// A civil date, `YYYY-MM-DD`.
    Date,
    /// A point in time, RFC 3339.
    Instant,
    /// The id of another record.
    Reference,
    /// A set of texts.
    Texts,
}

impl FieldType {
    /// Every type's name in JSON.
    pub const NAMES: &'static [&'static str] =
        &["text", "integer", "number", "money", "boolean", "date", "instant", "reference", "texts"];
}

/// One declared field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name in JSON, in columns and in predicates.
    pub name: Cow<'static, str>,
    /// The type.
    pub kind: FieldType,
    /// Whether stores keep an index on it.
    pub indexed: bool,
    /// Whether only the library's own rules set it.
    pub computed: bool,
}

impl Field {
    /// Declares a field.
    pub const fn new(name: &'static str, kind: FieldType) -> Self {
        Self { name: Cow::Borrowed(name), kind, indexed: false, computed: false }
    }

    /// The same field, looked up by an index.
    #[must_use]
    pub const fn indexed(mut self) -> Self {
        self.indexed = true;
        self
    }

    /// The same field, set by the library's own rules only.
    #[must_use]
    pub const fn computed(mut self) -> Self {
        self.computed = true;
        self
    }

    /// A field that the host defined, under the name `custom.{name}`.
    pub fn custom(name: &str, kind: FieldType) -> Self {
        Self { name: Cow::Owned(format!("custom.{name}")), kind, indexed: false, computed: false }
    }
}

/// The fields of one kind of record, in the order of their indices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    name: &'static str,
    fields: Vec<Field>,
    by_name: BTreeMap<String, usize>,
}

impl Schema {
    /// A schema from declared fields.
    pub fn new(name: &'static str, fields: impl IntoIterator<Item = Field>) -> Self {
        let fields: Vec<Field> = fields.into_iter().collect();
        let by_name = fields.iter().enumerate().map(|(i, f)| (f.name.to_string(), i)).collect();
        Self { name, fields, by_name }
    }

    /// The kind of record, for example `lead`.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// All fields; a field's index is its place here.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The field at an index.
    pub fn field(&self, index: usize) -> Option<&Field> {
        self.fields.get(index)
    }

    /// The index of a field, if it is declared.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The index and declaration of a field.
    ///
    /// # Errors
    /// [`Problem::UnknownField`] with the nearest declared name.
    pub fn resolve(&self, name: &str) -> Result<(usize, &Field)> {
        self.position(name).and_then(|i| self.fields.get(i).map(|f| (i, f))).ok_or_else(|| {
            Error::from(Problem::UnknownField {
                record: self.name.into(),
                found: super::text::shortened(name, 60),
                nearest: nearest(name, self.fields.iter().map(|f| f.name.as_ref())).map(Into::into),
            })
        })
    }
}

/// The candidate most like `name`, if one is like it at all: at most one edit for every three letters.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    candidates
        .map(|c| (edits(&name, &c.to_lowercase()), c))
        .filter(|(d, _)| *d <= name.chars().count() / 3)
        .min()
        .map(|(_, c)| c)
}

/// Levenshtein distance over characters, for names of a few dozen characters.
pub(crate) fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().take(64).enumerate() {
        let mut diagonal = i;
        let mut left = i.saturating_add(1);
        let mut next = vec![left];
        for (cb, above) in b.iter().zip(row.iter().skip(1)) {
            let here = diagonal
                .saturating_add(usize::from(ca != *cb))
                .min(left.saturating_add(1))
                .min(above.saturating_add(1));
            diagonal = *above;
            left = here;
            next.push(here);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered_only_when_it_is_near() {
        assert_eq!(nearest("compagny", ["company", "contact"].into_iter()), Some("company"));
        assert_eq!(nearest("zzz", ["company", "contact"].into_iter()), None);
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("", "abc"), 3);
    }
}
