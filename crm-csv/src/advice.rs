//! What to tell somebody whose rows were refused: each kind of reason once, and the option that would let them in.

use std::collections::{BTreeMap, HashMap};
use std::mem::discriminant;

use crm_core::{Lang, Problem};

use crate::import::Import;

impl Import {
    /// The rejects by kind of reason and column, in order of their first: its text, and how many more are like it.
    pub fn reasons(&self, lang: Lang) -> Vec<(String, u64)> {
        let mut places = HashMap::new();
        let mut reasons: Vec<(String, u64)> = Vec::new();
        for reject in &self.rejects {
            let kind = (discriminant(reject.error.problem()), &reject.column);
            let place = *places.entry(kind).or_insert(reasons.len());
            match reasons.get_mut(place) {
                Some((_, others)) => *others = others.saturating_add(1),
                None => reasons.push((reject.text(lang), 0)),
            }
        }
        reasons
    }

    /// The options that would let refused rows in, as the programs spell them, each once, in order of name. Only what
    /// a tenth of the records asks for: a single odd row is to be corrected, not the way of reading the file.
    pub fn hints(&self) -> Vec<&'static str> {
        let mut asked: BTreeMap<&str, u64> = BTreeMap::new();
        for hint in self.rejects.iter().filter_map(|r| hint(r.error.problem())) {
            asked.entry(hint).and_modify(|n| *n = n.saturating_add(1)).or_insert(1);
        }
        asked.into_iter().filter(|(_, n)| n.saturating_mul(10) >= self.records).map(|(hint, _)| hint).collect()
    }
}

/// The option that would let a row or a file in, where one would, as the programs spell it.
pub fn hint(problem: &Problem) -> Option<&'static str> {
    match problem {
        Problem::MissingZone { .. } => Some("--zone Europe/Paris"),
        Problem::MissingCurrency { found } if found.contains('$') => Some("--currency USD"),
        Problem::MissingCurrency { .. } => Some("--currency EUR"),
        Problem::AmbiguousDate { .. } => Some("--date-order day-first|month-first"),
        Problem::DecimalComma { .. } => Some("--decimal comma"),
        Problem::DecimalPoint { .. } => Some("--decimal point"),
        Problem::MaybeWindows1252 { .. } => Some("--encoding windows-1252"),
        Problem::AmbiguousDelimiter { .. } => Some("--delimiter ';'"),
        Problem::NoMappedColumn { .. } => Some("--map COLUMN=FIELD"),
        _ => None,
    }
}
