//! Which rules may apply to a lead, found without asking each: for every field that rules compare with lists, a table
//! from value to the set of rules that take it. The sets are bits in the order of the rules; those of a lead's values
//! are ANDed, and the first bit left is the first rule that may apply. What no table holds (globs, conditions) is
//! evaluated on what is left only.
//!
//! A door with columns looks each distinct value up once ([`Lookup::row`]) and then only ANDs words.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::clause::{Clause, Lead, segments_of, text_of};
use super::pages::Page;
use super::rule::Rule;
use crate::kernel::fact::Facts;
use crate::kernel::field::{FieldType, Schema};
use crate::kernel::hash::hash;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::text::{fold, is_plainly_folded};
use crate::kernel::time::Instant;

const BITS: usize = 64;
/// Words that are ANDed at once.
const BLOCK: usize = 8;
/// Most fields of conditions that have a table of their own, those of most rules first.
const MOST_FIELDS: usize = 4;

/// What a slot of the index looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// The text of a field, by its place in the schema.
    Text(usize),
    /// The same, compared with patterns.
    Page(usize),
    /// The text of a field, and the segments that a lead belongs to.
    Segment(usize),
    /// The domain of the address, as written and registrable.
    Domain,
}

/// The tables of all slots.
#[derive(Clone, Debug)]
pub(super) struct Index {
    /// Words of one set of rules: whole blocks.
    words: usize,
    slots: Vec<(Slot, Table)>,
    /// Per rule, whether a table does not hold everything it asks.
    partly: Vec<bool>,
}

/// One slot's table.
#[derive(Clone, Debug, Default)]
struct Table {
    /// The rules that take any value, or whose patterns are evaluated later.
    any: Vec<u64>,
    exact: BTreeMap<String, Vec<usize>>,
    prefixes: BTreeMap<String, Vec<usize>>,
    /// The lengths of the prefixes in bytes, each once.
    lengths: Vec<usize>,
    /// Two bits for every text of `exact`, by its hash: what lacks one of its own is not there. Small enough to stay in
    /// the processor's cache.
    filter: Vec<u64>,
}

impl Index {
    pub(super) fn new(rules: &[Rule], schema: &Schema) -> Self {
        let words = rules.len().div_ceil(BITS).next_multiple_of(BLOCK);
        let mut slots: BTreeMap<Slot, Table> = BTreeMap::new();
        let wanted: Vec<Vec<(Slot, Values<'_>)>> = rules.iter().map(|rule| wanted(rule, schema)).collect();
        let indexed = fields(&wanted);
        let mut partly = Vec::with_capacity(rules.len());
        for (place, (rule, wanted)) in rules.iter().zip(&wanted).enumerate() {
            let mut whole = rule.when.as_ref().is_none_or(|(when, _)| is_indexed(when, schema, &indexed));
            let mut taken: Vec<Slot> = Vec::new();
            for (slot, values) in wanted.iter().filter(|(slot, _)| indexed.contains(slot)) {
                if taken.contains(slot) {
                    // A second list for one field: evaluated on what the first one leaves.
                    whole = false;
                    continue;
                }
                let table = slots.entry(*slot).or_default();
                whole &= table.add(place, values);
                taken.push(*slot);
            }
            partly.push(!whole);
        }
        for (slot, table) in &mut slots {
            table.any = vec![0; words];
            for (place, wanted) in wanted.iter().enumerate() {
                if wanted.iter().find(|(s, _)| s == slot).is_none_or(|(_, values)| values.any_glob()) {
                    set(&mut table.any, place);
                }
            }
            table.lengths = table.prefixes.keys().map(String::len).collect();
            table.lengths.sort_unstable();
            table.lengths.dedup();
            table.filter = vec![0; table.exact.len().saturating_mul(16).div_ceil(BITS).next_power_of_two()];
            for text in table.exact.keys() {
                for (word, bit) in marks(text, table.filter.len()) {
                    table.filter.get_mut(word).into_iter().for_each(|word| *word |= bit);
                }
            }
        }
        Self { words, slots: slots.into_iter().collect(), partly }
    }

    /// Whether some rule compares domains.
    pub(super) fn has_domains(&self) -> bool {
        self.slots.iter().any(|(slot, _)| *slot == Slot::Domain)
    }
}

/// What a rule wants of one slot.
enum Values<'a> {
    Texts(Vec<String>),
    Lent(&'a [String]),
    Pages(&'a [Page]),
}

impl Values<'_> {
    fn any_glob(&self) -> bool {
        matches!(self, Values::Pages(pages) if pages.iter().any(|p| matches!(p, Page::Glob(_))))
    }
}

impl Table {
    /// Enters a rule's values; whether the table holds all of them.
    fn add(&mut self, rule: usize, values: &Values<'_>) -> bool {
        let exact = |list: &[String], table: &mut Self| {
            for text in list {
                table.exact.entry(text.clone()).or_default().push(rule);
            }
        };
        match values {
            Values::Texts(list) => exact(list, self),
            Values::Lent(list) => exact(list, self),
            Values::Pages(_) if values.any_glob() => return false,
            Values::Pages(pages) => {
                for page in *pages {
                    let (table, text) = match page {
                        Page::Exact(text) | Page::Glob(text) => (&mut self.exact, text),
                        Page::Prefix(text) => (&mut self.prefixes, text),
                    };
                    table.entry(text.clone()).or_default().push(rule);
                }
            }
        }
        true
    }

    /// The rules that take a folded text, besides those that take any.
    fn takers<'t>(&'t self, text: &'t str) -> impl Iterator<Item = usize> + 't {
        let prefixes = self.lengths.iter().filter_map(move |n| self.prefixes.get(text.get(..*n)?));
        self.exact.get(text).into_iter().chain(prefixes).flatten().copied()
    }
}

/// The bits of a text in a filter of so many words.
fn marks(text: &str, words: usize) -> [(usize, u64); 2] {
    let hash = hash(text.as_bytes());
    let mark = |half: u64| {
        let word = usize::try_from(half >> 6).unwrap_or(0) & words.saturating_sub(1);
        (word, 1_u64 << (half & 63))
    };
    [mark(hash >> 32), mark(hash & 0xffff_ffff)]
}

fn set(row: &mut [u64], rule: usize) {
    if let Some(word) = row.get_mut(rule / BITS) {
        *word |= 1 << (rule % BITS);
    }
}

/// Everything a rule wants that a table could hold.
fn wanted<'a>(rule: &'a Rule, schema: &Schema) -> Vec<(Slot, Values<'a>)> {
    let clause = |clause: &'a Clause| match clause {
        Clause::Text { field, values, .. } if !clause.segments().is_empty() => {
            (Slot::Segment(*field), Values::Lent(values))
        }
        Clause::Text { field, values, .. } => (Slot::Text(*field), Values::Lent(values)),
        Clause::Domain { values } => (Slot::Domain, Values::Lent(values)),
        Clause::Page { field, pages } => (Slot::Page(*field), Values::Pages(pages)),
    };
    let mut out: Vec<_> = rule.clauses.iter().map(clause).collect();
    if let Some((when, _)) = &rule.when {
        let mut tests = Vec::new();
        lists(when, schema, &mut tests);
        out.extend(tests.into_iter().map(|(field, values)| (Slot::Text(field), Values::Texts(values))));
    }
    out
}

/// The comparisons of a text field with values that must hold for the whole condition to hold.
fn lists(when: &Predicate, schema: &Schema, out: &mut Vec<(usize, Vec<String>)>) {
    match when {
        Predicate::All(parts) => parts.iter().for_each(|p| lists(p, schema, out)),
        Predicate::Any(_) | Predicate::Not(_) | Predicate::Certain(_) | Predicate::Segment(_) => {}
        Predicate::Test(_) => out.extend(comparison(when, schema)),
    }
}

/// A comparison of a text field with one value or a list.
fn comparison(when: &Predicate, schema: &Schema) -> Option<(usize, Vec<String>)> {
    let Predicate::Test(test) = when else { return None };
    let values = match test.operator {
        Operator::Equal => vec![test.value.as_str()?],
        Operator::In => test.value.as_array()?.iter().map(|v| v.as_str()).collect::<Option<_>>()?,
        _ => return None,
    };
    let (field, declared) = schema.resolve(&test.field).ok()?;
    (declared.kind == FieldType::Text).then(|| (field, values.into_iter().map(|v| fold(v).into_owned()).collect()))
}

/// The slots that get a table: all of `match`, and the fields that most conditions compare.
fn fields(wanted: &[Vec<(Slot, Values<'_>)>]) -> Vec<Slot> {
    let mut own: BTreeMap<Slot, usize> = BTreeMap::new();
    let mut others: BTreeMap<Slot, usize> = BTreeMap::new();
    for (slot, values) in wanted.iter().flatten() {
        let counts = if matches!(values, Values::Texts(_)) { &mut others } else { &mut own };
        let count = counts.entry(*slot).or_default();
        *count = count.saturating_add(1);
    }
    let mut others: Vec<(Slot, usize)> = others.into_iter().filter(|(slot, _)| !own.contains_key(slot)).collect();
    others.sort_by_key(|(slot, count)| (std::cmp::Reverse(*count), *slot));
    own.into_keys().chain(others.into_iter().take(MOST_FIELDS).map(|(slot, _)| slot)).collect()
}

/// Whether tables hold everything that a condition asks.
fn is_indexed(when: &Predicate, schema: &Schema, indexed: &[Slot]) -> bool {
    match when {
        Predicate::All(parts) => parts.iter().all(|p| is_indexed(p, schema, indexed)),
        Predicate::Any(_) | Predicate::Not(_) | Predicate::Certain(_) | Predicate::Segment(_) => false,
        Predicate::Test(_) => comparison(when, schema).is_some_and(|(field, _)| indexed.contains(&Slot::Text(field))),
    }
}

/// Looks up values for the rules that are active at one instant.
#[derive(Clone, Debug)]
pub(super) struct Lookup<'a> {
    index: &'a Index,
    /// Sets of rules, one after the other; the first is that of the active rules.
    rows: Vec<u64>,
    /// By slot, the number of the set of rules that take any value there.
    any: Vec<u32>,
    ids: BTreeMap<Vec<u64>, u32>,
}

impl<'a> Lookup<'a> {
    pub(super) fn new(index: &'a Index, rules: &[Rule], at: Instant) -> Self {
        let mut active = vec![0; index.words];
        let places = rules.iter().enumerate().filter(|(_, rule)| rule.inactive(at).is_none());
        places.for_each(|(place, _)| set(&mut active, place));
        let mut lookup = Self { index, rows: active, any: Vec::new(), ids: BTreeMap::new() };
        let any = index.slots.iter().map(|(_, table)| lookup.number(table.any.clone())).collect();
        Self { any, ..lookup }
    }

    pub(super) fn slots(&self) -> impl ExactSizeIterator<Item = Slot> {
        self.index.slots.iter().map(|(slot, _)| *slot)
    }

    /// The number of the set of rules that take a value of a slot; without a text, of those that take any. Texts of
    /// one lead's domain are two.
    pub(super) fn row<T: AsRef<str>>(&mut self, slot: usize, texts: impl IntoIterator<Item = T>) -> u32 {
        let Some((_, table)) = self.index.slots.get(slot) else { return 0 };
        let mut row: Option<Vec<u64>> = None;
        for text in texts {
            for rule in table.takers(&fold(text.as_ref())) {
                set(row.get_or_insert_with(|| table.any.clone()), rule);
            }
        }
        match row {
            Some(row) => self.number(row),
            // Most values of a column are in no rule.
            None => self.any.get(slot).copied().unwrap_or(0),
        }
    }

    /// Whether some rule may name a text of a slot; if not, its set is that of a lead without a text. Sometimes `true`
    /// for a text that no rule names.
    #[inline]
    pub(super) fn may_name(&self, slot: usize, text: &str) -> bool {
        let Some((_, table)) = self.index.slots.get(slot) else { return false };
        let marked = |(word, bit): (usize, u64)| table.filter.get(word).is_some_and(|word| word & bit != 0);
        !table.lengths.is_empty() || !is_plainly_folded(text) || marks(text, table.filter.len()).into_iter().all(marked)
    }

    /// The number of a set of rules.
    fn number(&mut self, row: Vec<u64>) -> u32 {
        if let Some(id) = self.ids.get(&row) {
            return *id;
        }
        let id = u32::try_from(self.ids.len()).unwrap_or(u32::MAX).saturating_add(1);
        self.rows.extend_from_slice(&row);
        self.ids.insert(row, id);
        id
    }

    /// The sets of one lead's values.
    pub(super) fn rows<F: Facts + ?Sized>(&mut self, lead: &Lead<'_, F>) -> Vec<u32> {
        let index = self.index;
        let row = |(place, (slot, _)): (usize, &(Slot, Table))| match slot {
            Slot::Text(field) | Slot::Page(field) => self.row(place, text_of(lead.facts, *field)),
            Slot::Segment(field) => {
                let own = text_of(lead.facts, *field);
                let codes = segments_of(lead.facts).iter().map(|code| Cow::Borrowed(code.as_str()));
                self.row(place, own.into_iter().chain(codes))
            }
            Slot::Domain => self.row(place, lead.domains.iter().flatten()),
        };
        index.slots.iter().enumerate().map(row).collect()
    }

    /// The first rule from a place on that is active and takes all values.
    pub(super) fn first(&self, rows: &[u32], from: usize) -> Option<usize> {
        for block in from / BITS / BLOCK..self.index.words / BLOCK {
            let start = block.saturating_mul(BLOCK);
            let mut all = *self.block(0, start)?;
            for row in rows {
                let row = self.block(usize::try_from(*row).unwrap_or(usize::MAX), start)?;
                all.iter_mut().zip(row).for_each(|(all, word)| *all &= word);
            }
            for (place, word) in (start..).zip(&all) {
                let bits = match from.checked_sub(place.saturating_mul(BITS)) {
                    Some(passed) if passed >= BITS => 0,
                    Some(passed) => word & u64::MAX << passed,
                    None => *word,
                };
                if bits != 0 {
                    let bit = usize::try_from(bits.trailing_zeros()).unwrap_or(0);
                    return Some(place.saturating_mul(BITS).saturating_add(bit));
                }
            }
        }
        None
    }

    /// Some words of a set of rules.
    fn block(&self, row: usize, start: usize) -> Option<&[u64; BLOCK]> {
        self.rows.get(row.saturating_mul(self.index.words).saturating_add(start)..)?.first_chunk()
    }

    /// Whether a rule has to be asked itself.
    pub(super) fn is_partly(&self, rule: usize) -> bool {
        self.index.partly.get(rule).copied().unwrap_or(true)
    }
}
