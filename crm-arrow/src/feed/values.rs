//! Values that tests ask one by one: texts, lists of texts, ids. Each distinct value of a dictionary answers once, and a
//! text that repeats is remembered.

use arrow_array::cast::AsArray as _;
use arrow_array::{Array, LargeStringArray, StringArray, StringViewArray};
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;
use crm_core::kernel::predicate::{Check, TextTests, Truth};
use crm_core::kernel::text;
use crm_core::rules::lead_score::columns::{TILE_ROWS, TILE_WORDS};
use crm_core::{Fact, Instant, Result};

use super::folded::{Folded, mark};
use super::memo::Memo;
use super::scan::Scan;
use super::short::{Short, TextColumn, hash};
use crate::cell::Cell;
use crate::column::Column;
use crate::instructions::{Found, Work};
use crate::keys::Keys;
use crate::row::Batch;

/// The bit of a code that says the value is known, and the one that says it cannot be read.
pub(crate) const KNOWN: u32 = 0;
pub(crate) const BAD: u32 = 1;
/// The bit of the first test.
pub(crate) const FIRST: u32 = 2;
/// Most tests of one code.
pub(crate) const MOST_TESTS: usize = 62;
/// Most tests of a code of one byte.
const MOST_NARROW: usize = 6;

/// Tests of one field, compiled to be asked together; at most [`MOST_TESTS`].
pub(crate) struct ValueTests {
    /// By their bits.
    pub(crate) wires: Vec<usize>,
    checks: Vec<Check>,
    texts: TextTests,
    /// What answers for many texts at once, if all tests can be answered so.
    scan: Option<Scan>,
}

impl ValueTests {
    /// `read` tells whether a text is more than text: every distinct one has to be read as the field reads it.
    pub(crate) fn new(tests: &[(usize, Check)], read: bool) -> Self {
        let checks: Vec<Check> = tests.iter().map(|(_, check)| check.clone()).collect();
        Self {
            wires: tests.iter().map(|(wire, _)| *wire).collect(),
            texts: TextTests::new(&checks),
            scan: if read { None } else { Scan::new(&checks) },
            checks,
        }
    }

    /// Whether a byte holds a code.
    pub(crate) fn is_narrow(&self) -> bool {
        self.wires.len() <= MOST_NARROW
    }

    /// The code of a fact.
    fn code(&self, fact: Result<Fact<'_>>, at: Instant) -> u64 {
        match fact {
            Err(_) => 1 << BAD,
            Ok(Fact::Text(text)) => self.code_of_folded(&text::fold(text)),
            Ok(fact) if fact.is_known() => {
                let holds = |check: &Check| check.test(fact, at) == Truth::True;
                let bits = (FIRST..).zip(&self.checks).filter(|(_, check)| holds(check));
                bits.fold(1 << KNOWN, |code, (bit, _)| code | 1_u64.wrapping_shl(bit))
            }
            Ok(_) => 0,
        }
    }

    #[inline(always)]
    fn code_of_folded(&self, text: &str) -> u64 {
        let mut code = 1 << KNOWN;
        self.texts.answer(text, |place| code |= (1 << FIRST) << place);
        code
    }
}

/// A column of such values.
pub(crate) enum Values<'a> {
    /// The code of each value of a dictionary.
    Dictionary {
        keys: Keys<'a>,
        codes: Vec<u64>,
        nulls: Option<&'a NullBuffer>,
    },
    Utf8(&'a StringArray),
    LargeUtf8(&'a LargeStringArray),
    Utf8View(&'a StringViewArray),
    /// Every other layout, cell by cell: the place of the source in the batch.
    Cells(usize),
}

/// What holds the answers of a value: a byte where that is enough.
pub(crate) trait Code: Copy {
    fn of(code: u64) -> Self;
}

impl Code for u8 {
    #[inline(always)]
    fn of(code: u64) -> Self {
        code as u8
    }
}

impl Code for u64 {
    #[inline(always)]
    fn of(code: u64) -> Self {
        code
    }
}

impl<'a> Values<'a> {
    /// The fastest way to the codes of a source of the batch.
    pub(crate) fn new(batch: &Batch<'a>, source: usize, tests: &ValueTests, at: Instant) -> Result<Self> {
        let Some(array) = batch.plain(source) else { return Ok(Values::Cells(source)) };
        Ok(match array.data_type() {
            DataType::Utf8 => Values::Utf8(array.as_string()),
            DataType::LargeUtf8 => Values::LargeUtf8(array.as_string()),
            DataType::Utf8View => Values::Utf8View(array.as_string_view()),
            DataType::Dictionary(..) => {
                let dictionary = array.as_any_dictionary();
                let values = dictionary.values().as_ref();
                match Keys::of(dictionary.keys()) {
                    // A dictionary of more values than rows is read by row.
                    Some(keys) if values.len() <= array.len() => {
                        let column = Column::new(values)?;
                        let code = |value| {
                            let fact = column.cell(value).and_then(|cell| batch.convert(source, cell));
                            tests.code(fact, at)
                        };
                        Values::Dictionary { keys, codes: (0..values.len()).map(code).collect(), nulls: array.nulls() }
                    }
                    _ => Values::Cells(source),
                }
            }
            _ => Values::Cells(source),
        })
    }

    /// The rows that are not null, where the codes do not tell.
    pub(crate) fn nulls(&self) -> Option<&NullBuffer> {
        match self {
            Values::Dictionary { nulls, .. } => *nulls,
            Values::Utf8(array) => array.nulls(),
            Values::LargeUtf8(array) => array.nulls(),
            Values::Utf8View(array) => array.nulls(),
            Values::Cells(_) => None,
        }
    }

    /// The codes of the tile that begins at a row.
    pub(crate) fn read<C: Code>(
        &self,
        of: &Reading<'_, 'a>,
        start: usize,
        out: &mut [C; TILE_ROWS],
        (memo, folded): (&mut Memo<'a>, &mut Folded),
    ) {
        match self {
            Values::Dictionary { keys, codes, .. } => {
                keys.look_up(start, out, |key| C::of(codes.get(key).copied().unwrap_or(0)));
            }
            Values::Utf8(column) => of.with.run(Texts { of, column: *column, start, out, memo, folded }),
            Values::LargeUtf8(column) => of.with.run(Texts { of, column: *column, start, out, memo, folded }),
            Values::Utf8View(column) => of.with.run(Texts { of, column: *column, start, out, memo, folded }),
            Values::Cells(source) => {
                for (row, out) in (start..of.rows).zip(out) {
                    *out = C::of(of.tests.code(of.batch.fact_at(*source, row), of.at));
                }
            }
        }
    }
}

/// What codes are read with.
pub(crate) struct Reading<'r, 'a> {
    pub(crate) batch: &'r Batch<'a>,
    pub(crate) source: usize,
    pub(crate) tests: &'r ValueTests,
    pub(crate) at: Instant,
    pub(crate) with: Found,
    /// The rows of the batch.
    pub(crate) rows: usize,
}

/// Rows whose texts are looked up together.
const AT_ONCE: usize = 128;

/// The codes of texts, for whatever instructions there are.
struct Texts<'w, 'r, 'a, T, C> {
    of: &'w Reading<'r, 'a>,
    column: T,
    start: usize,
    out: &'w mut [C; TILE_ROWS],
    memo: &'w mut Memo<'a>,
    folded: &'w mut Folded,
}

impl<'a, T: TextColumn<'a>, C: Code> Work for Texts<'_, '_, 'a, T, C> {
    type Out = ();
    /// Most tests are answered for many texts at once, most others by what the same text answered before.
    #[inline(always)]
    fn run(self) {
        match &self.of.tests.scan {
            Some(scan) if scan.is_fast(self.of.with) => self.scan(scan),
            _ => self.remember(),
        }
    }
}

impl<'a, T: TextColumn<'a>, C: Code> Texts<'_, '_, 'a, T, C> {
    #[inline(always)]
    fn scan(self, scan: &Scan) {
        let Self { of, column, start, out, memo, folded } = self;
        let mut codes = [0; TILE_ROWS];
        let mut rows = start..of.rows.min(start.saturating_add(TILE_ROWS));
        let mut out = out.as_mut_slice();
        while !rows.is_empty() {
            let mut others = [0; TILE_WORDS];
            let count = match folded.fill(column, rows.clone(), of.with) {
                0 => {
                    mark(&mut others, 0);
                    1
                }
                count => {
                    others = scan.codes(folded, &mut codes, of.with);
                    count
                }
            };
            for (first, others) in (0_usize..).step_by(64).zip(others) {
                let mut rest = others;
                while rest != 0 {
                    let place = first.saturating_add(rest.trailing_zeros() as usize);
                    rest &= rest.wrapping_sub(1);
                    if let Some(code) = codes.get_mut(place) {
                        let row = rows.start.saturating_add(place);
                        *code = of.remembered(memo, column, row, column.short(row).map(|short| (hash(&short), short)));
                    }
                }
            }
            let (done, left) = out.split_at_mut(count.min(out.len()));
            done.iter_mut().zip(&codes).for_each(|(out, code)| *out = C::of(*code));
            (out, rows.start) = (left, rows.start.saturating_add(count));
        }
    }

    #[inline(always)]
    fn remember(self) {
        let Self { of, column, start, out, memo, .. } = self;
        let rows = start..of.rows;
        // First the words and hashes of some rows, then their places in the memo, then the answers: the processor waits
        // for many places at once.
        let mut shorts = [(0, None); AT_ONCE];
        for (start, out) in rows.clone().step_by(AT_ONCE).zip(out.chunks_mut(AT_ONCE)) {
            let some = start..rows.end.min(start.saturating_add(AT_ONCE));
            for (row, to) in some.clone().zip(&mut shorts) {
                let short = column.short(row);
                *to = (short.as_ref().map_or(0, hash), short);
            }
            memo.fetch(shorts.iter().map(|(hash, _)| *hash));
            for ((row, out), (hash, short)) in some.zip(out).zip(&shorts) {
                *out = C::of(of.remembered(memo, column, row, short.map(|short| (*hash, short))));
            }
        }
    }
}

impl<'a> Reading<'_, 'a> {
    /// The code of a row's text, read as the row rule reads it unless it was read before.
    #[inline(always)]
    fn remembered(
        &self,
        memo: &mut Memo<'a>,
        column: impl TextColumn<'a>,
        row: usize,
        short: Option<(u64, Short)>,
    ) -> u64 {
        let read = |text: &'a str| self.tests.code(self.batch.convert(self.source, Cell::Text(text)), self.at);
        match short {
            Some((hash, short)) => memo.short(hash, &short, || read(column.text(row))),
            None => {
                let text = column.text(row);
                memo.long(text, || read(text))
            }
        }
    }
}
