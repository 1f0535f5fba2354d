//! What to tell somebody whose rows were refused: each kind of reason once, and the option that would let them in.

use std::collections::{BTreeMap, HashMap};
use std::mem::{Discriminant, discriminant};

use crm_core::{Lang, Problem};

use crate::import::{Import, Reject};

/// Rejects by kind of reason and column: bounded, however many there are.
#[derive(Clone, Debug, Default)]
pub struct Refusals {
    count: u64,
    places: HashMap<(Discriminant<Problem>, Option<String>), usize>,
    /// The first of each kind, without its cells, and how many more are like it.
    kinds: Vec<(Reject, u64)>,
    asked: BTreeMap<&'static str, u64>,
}

impl Refusals {
    /// Counts a reject.
    pub fn add(&mut self, reject: &Reject) {
        self.count = self.count.saturating_add(1);
        if let Some(hint) = hint(reject.error.problem()) {
            self.asked.entry(hint).and_modify(|n| *n = n.saturating_add(1)).or_insert(1);
        }
        let kind = (discriminant(reject.error.problem()), reject.column.clone());
        let place = *self.places.entry(kind).or_insert(self.kinds.len());
        match self.kinds.get_mut(place) {
            Some((_, others)) => *others = others.saturating_add(1),
            None => {
                let (line, column, error) = (reject.line, reject.column.clone(), reject.error.clone());
                self.kinds.push((Reject { line, column, error, cells: Vec::new() }, 0));
            }
        }
    }

    /// How many there are.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Each kind in order of its first: its text, and how many more are like it.
    pub fn reasons(&self, lang: Lang) -> Vec<(String, u64)> {
        self.kinds.iter().map(|(first, others)| (first.text(lang), *others)).collect()
    }

    /// The options that would let refused rows in, as the programs spell them, each once, in order of name. Only what
    /// a tenth of the records asks for: a single odd row is to be corrected, not the way of reading the file.
    pub fn hints(&self, records: u64) -> Vec<&'static str> {
        self.asked.iter().filter(|(_, n)| n.saturating_mul(10) >= records).map(|(hint, _)| *hint).collect()
    }
}

impl Import {
    /// The rejects by kind: see [`Refusals::reasons`].
    pub fn reasons(&self, lang: Lang) -> Vec<(String, u64)> {
        self.refusals().reasons(lang)
    }

    /// The options that would let refused rows in: see [`Refusals::hints`].
    pub fn hints(&self) -> Vec<&'static str> {
        self.refusals().hints(self.records)
    }

    fn refusals(&self) -> Refusals {
        let mut refusals = Refusals::default();
        self.rejects.iter().for_each(|reject| refusals.add(reject));
        refusals
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
