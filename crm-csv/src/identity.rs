//! The id of a record whose file gives it none: a digest of the record's cells as they are written.
//!
//! Nothing that the person importing may choose has a part in it - no zone, no currency, no order of dates, no mapping
//! of columns - so that the same file, read again with better options, finds its own records again. For the same
//! reason it covers every column, those that feed nothing included, and folds nothing: `Côté` and `Cote` are two.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::cell::unwrapped;
use crate::mapping::key;
use crate::reader::Record;
use crate::seen::half;

/// The two columns that a file of rejects has more than the file it came from, by language. They are no content.
pub(crate) const REJECT_COLUMNS: [[&str; 2]; 2] =
    [["import line", "import problem"], ["ligne d’import", "problème d’import"]];

/// The columns of a file in the order of their names, whatever their order in the file.
#[derive(Debug)]
pub(crate) struct Columns {
    sorted: Vec<(String, usize)>,
}

impl Columns {
    pub(crate) fn new(headers: &[String]) -> Self {
        let mut known: BTreeMap<String, u32> = BTreeMap::new();
        let mut sorted: Vec<(String, usize)> = Vec::with_capacity(headers.len());
        let own = REJECT_COLUMNS.iter().find(|pair| pair.iter().all(|name| headers.iter().any(|h| h == name)));
        for (column, header) in headers.iter().enumerate() {
            if own.is_some_and(|pair| pair.contains(&header.as_str())) {
                continue;
            }
            // A header of signs alone, such as `#`, is compared as it is.
            let name = Some(key(header)).filter(|key| !key.is_empty()).unwrap_or_else(|| header.clone());
            // Columns of one name, and those of none, are told apart by their order among themselves.
            let place = known.entry(name.clone()).and_modify(|n| *n = n.saturating_add(1)).or_default();
            sorted.push((format!("{name}\0{place}"), column));
        }
        sorted.sort();
        Self { sorted }
    }

    /// The first half of the SHA-256 of a record's names and cells. A cell in which nothing is written has no part in
    /// it: an empty column more changes no id.
    pub(crate) fn digest(&self, record: &Record) -> u128 {
        let mut hash = Sha256::new();
        for (name, column) in &self.sorted {
            let cell = unwrapped(record.get(*column).unwrap_or_default());
            if !cell.is_empty() {
                hash.update(name.as_bytes());
                hash.update([0]);
                hash.update(cell.as_bytes());
                hash.update([0]);
            }
        }
        half(hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(headers: &[&str], cells: &[&str]) -> u128 {
        let headers: Vec<String> = headers.iter().map(|h| (*h).to_owned()).collect();
        Columns::new(&headers).digest(&Record::from_fields(1, cells.iter().copied()))
    }

    #[test]
    fn a_digest_never_changes() {
        // Stored ids depend on it: a change here imports every file of before a second time.
        let known = 0xfc9e_dc9e_c0b1_6878_b7f7_213c_87a2_7c81;
        assert_eq!(digest(&["Company", "E-mail"], &["Côté", "a@b.example"]), known);
        assert_eq!(digest(&["e mail", "COMPANY", "x"], &[" a@b.example", "Côté\u{a0}", ""]), known);
    }

    #[test]
    fn cells_do_not_run_together() {
        assert_ne!(digest(&["a", "b"], &["1", "2"]), digest(&["a", "b"], &["12", ""]));
        assert_ne!(digest(&["a", "b"], &["1", "2"]), digest(&["a", "b"], &["2", "1"]));
        assert_ne!(digest(&["", ""], &["1", "2"]), digest(&["", ""], &["2", "1"]));
        assert_ne!(digest(&["#", "%"], &["1", ""]), digest(&["#", "%"], &["", "1"]));
        assert_eq!(digest(&["a"], &["=\"01\""]), digest(&["a"], &["01"]), "a spreadsheet's wrapping");
    }
}
