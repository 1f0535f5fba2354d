//! Values that tests ask one by one: texts, lists of texts, ids. Each distinct value of a dictionary answers once, and a
//! text that repeats is remembered.

use arrow_array::cast::AsArray as _;
use arrow_array::{Array, LargeStringArray, StringArray, StringViewArray};
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;
use crm_core::kernel::predicate::{Check, TextTests, Truth};
use crm_core::kernel::text;
use crm_core::rules::lead_score::columns::TILE_ROWS;
use crm_core::{Fact, Instant, Result};

use super::memo::Memo;
use super::short::{TextColumn, hash, is_simple};
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
    /// Whether a text is more than text: every distinct one has to be read as the field reads it.
    read: bool,
}

impl ValueTests {
    pub(crate) fn new(tests: &[(usize, Check)], read: bool) -> Self {
        let checks: Vec<Check> = tests.iter().map(|(_, check)| check.clone()).collect();
        Self { wires: tests.iter().map(|(wire, _)| *wire).collect(), texts: TextTests::new(&checks), checks, read }
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
        memo: &mut Memo<'a>,
    ) {
        match self {
            Values::Dictionary { keys, codes, .. } => {
                keys.look_up(start, out, |key| C::of(codes.get(key).copied().unwrap_or(0)));
            }
            Values::Utf8(column) => of.with.run(Texts { of, column: *column, start, out, memo }),
            Values::LargeUtf8(column) => of.with.run(Texts { of, column: *column, start, out, memo }),
            Values::Utf8View(column) => of.with.run(Texts { of, column: *column, start, out, memo }),
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

/// The codes of texts, for whatever instructions there are.
struct Texts<'w, 'r, 'a, T, C> {
    of: &'w Reading<'r, 'a>,
    column: T,
    start: usize,
    out: &'w mut [C; TILE_ROWS],
    memo: &'w mut Memo<'a>,
}

impl<'a, T: TextColumn<'a>, C: Code> Work for Texts<'_, '_, 'a, T, C> {
    type Out = ();
    /// Most texts of most columns are short, and many are folded as they stand: then only tests that read the whole text
    /// are worth remembering.
    #[inline(always)]
    fn run(self) {
        let Self { of, column, start, out, memo } = self;
        let rows = start..of.rows;
        let slowly = |text: &'a str| of.tests.code(of.batch.convert(of.source, Cell::Text(text)), of.at);
        if !of.tests.texts.is_costly() && !of.tests.read {
            for (row, out) in rows.zip(out) {
                *out = C::of(match column.short(row) {
                    Some(short) if is_simple(&short) => of.tests.code_of_folded(column.text(row)),
                    Some(short) => memo.short(hash(&short), &short, || slowly(column.text(row))),
                    None => {
                        let text = column.text(row);
                        memo.long(text, || slowly(text))
                    }
                });
            }
            return;
        }
        // First all hashes, so that the processor waits for many places of the memo at once.
        let mut hashes = [0; TILE_ROWS];
        for (row, to) in rows.clone().zip(&mut hashes) {
            *to = column.short(row).map_or(0, |short| hash(&short));
        }
        for ((row, out), hash) in rows.zip(out).zip(hashes) {
            *out = C::of(match column.short(row) {
                Some(short) => memo.short(hash, &short, || slowly(column.text(row))),
                None => {
                    let text = column.text(row);
                    memo.long(text, || slowly(text))
                }
            });
        }
    }
}
