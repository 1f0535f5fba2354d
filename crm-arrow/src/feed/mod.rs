//! What columns answer to the tests of a model: a tile of rows at a time, a bit for each.
//!
//! [`Plan`] is made once for a table: which tests are asked of which source. [`Feed`] is made once for a batch: how the
//! source's layout is read fastest. [`Scratch`] is each thread's own.

mod folded;
mod inside;
mod line;
mod lookup;
mod memo;
mod ordinals;
mod scan;
mod short;
mod values;

use crm_core::kernel::predicate::{Answers, Check, Reach};
use crm_core::rules::lead_score::columns::{ColumnScorer, TILE_ROWS, TILE_WORDS, Tile, Wanted};
use crm_core::{Currency, FieldType, Instant, Result};

use self::folded::Folded;
use self::memo::Memo;
use self::ordinals::{Numbers, Ordinals};
use self::values::{BAD, Code, FIRST, KNOWN, MOST_TESTS, Reading, ValueTests, Values};
use crate::bind::Binding;
use crate::bits::{self, Rows};
use crate::instructions::{Found, Work};
use crate::options::ScoreOptions;
use crate::row::Batch;

/// What is asked of the columns of a table.
pub(crate) struct Plan {
    at: Instant,
    asked: Vec<Asked>,
    /// The answers to tests of fields that the table does not have.
    absent: Vec<(usize, Answers)>,
}

/// What is asked of one source.
struct Asked {
    source: usize,
    /// Places among the tile's ordinals that are filled from it.
    ordinals: Vec<usize>,
    tests: Tests,
}

enum Tests {
    /// Of ordered values: wires with their checks, and what they reach in the table's own currency.
    Ordered { checks: Vec<(usize, Check)>, currency: Option<Currency>, reach: Vec<Reach> },
    /// Of values one by one.
    Values { nulls: Vec<(usize, Reach)>, tests: Vec<ValueTests> },
}

impl Plan {
    pub(crate) fn new(
        scorer: &ColumnScorer,
        binding: &Binding,
        options: &ScoreOptions,
        at: Instant,
        wanted: Wanted,
        diagnostics: bool,
    ) -> Self {
        let tests = || scorer.circuit().tests().iter().enumerate();
        let fields = scorer.ordinals(wanted);
        let mut asked = Vec::new();
        for (place, source) in binding.sources.iter().enumerate() {
            let checks: Vec<(usize, Check)> =
                tests().filter(|(_, t)| t.field == source.field).map(|(wire, t)| (wire, t.check.clone())).collect();
            let ordinals: Vec<usize> =
                fields.iter().enumerate().filter(|(_, f)| **f == source.field).map(|(place, _)| place).collect();
            if checks.is_empty() && ordinals.is_empty() && !diagnostics {
                continue;
            }
            let tests = match source.kind {
                FieldType::Text | FieldType::Reference | FieldType::Texts => {
                    let (nulls, others): (Vec<_>, Vec<_>) = checks
                        .into_iter()
                        .map(|(wire, check)| (wire, check.reach(at, None), check))
                        .partition(|(_, reach, _)| matches!(reach, Reach::Unknown | Reach::Known));
                    let others: Vec<(usize, Check)> =
                        others.into_iter().map(|(wire, _, check)| (wire, check)).collect();
                    let slow = source.choosy || source.kind != FieldType::Text;
                    let mut parts: Vec<ValueTests> =
                        others.chunks(MOST_TESTS).map(|some| ValueTests::new(some, slow)).collect();
                    if parts.is_empty() {
                        parts.push(ValueTests::new(&[], slow));
                    }
                    Tests::Values {
                        nulls: nulls.into_iter().map(|(wire, reach, _)| (wire, reach)).collect(),
                        tests: parts,
                    }
                }
                _ => {
                    let currency = options.currency;
                    let reach = checks.iter().map(|(_, check)| check.reach(at, currency)).collect();
                    Tests::Ordered { checks, currency, reach }
                }
            };
            asked.push(Asked { source: place, ordinals, tests });
        }
        let fed = |field: usize| binding.sources.iter().any(|s| s.field == field);
        let absent = tests().filter(|(_, t)| !fed(t.field)).map(|(wire, t)| {
            let answers = match t.check {
                Check::IsNull => Answers { yes: u64::MAX, no: 0 },
                Check::IsKnown => Answers { yes: 0, no: u64::MAX },
                _ => Answers::default(),
            };
            (wire, answers)
        });
        Self { at, asked, absent: absent.collect() }
    }

    /// A tile of the scorer, with the answers that no column gives.
    pub(crate) fn tile(&self, scorer: &ColumnScorer) -> Tile {
        let mut tile = scorer.tile();
        for (wire, answers) in &self.absent {
            tile.answers_mut(*wire).fill(*answers);
        }
        tile
    }

    /// How the columns of a batch are read.
    pub(crate) fn feeds<'a>(&'a self, batch: &Batch<'a>) -> Result<Vec<Feed<'a>>> {
        self.asked.iter().map(|asked| Feed::new(asked, batch, self.at)).collect()
    }

    /// What a thread reads tiles with.
    pub(crate) fn scratch<'a>(&self) -> Scratch<'a> {
        let memos = self.asked.iter().map(|asked| match &asked.tests {
            Tests::Ordered { .. } => Vec::new(),
            Tests::Values { tests, .. } => tests.iter().map(|_| Memo::default()).collect(),
        });
        Scratch {
            ordinals: Box::new(Ordinals::new()),
            bytes: Box::new([0; TILE_ROWS]),
            words: Box::new([0; TILE_ROWS]),
            folded: Folded::new(),
            memos: memos.collect(),
        }
    }
}

/// One source of one batch.
pub(crate) struct Feed<'a> {
    asked: &'a Asked,
    column: Layout<'a>,
}

enum Layout<'a> {
    Numbers(Numbers<'a>),
    /// For each part of the tests.
    Values(Vec<Values<'a>>),
}

/// What one thread needs besides.
pub(crate) struct Scratch<'a> {
    ordinals: Box<Ordinals>,
    bytes: Box<[u8; TILE_ROWS]>,
    words: Box<[u64; TILE_ROWS]>,
    folded: Folded,
    memos: Vec<Vec<Memo<'a>>>,
}

impl<'a> Feed<'a> {
    fn new(asked: &'a Asked, batch: &Batch<'a>, at: Instant) -> Result<Self> {
        let column = match &asked.tests {
            Tests::Ordered { .. } => Layout::Numbers(Numbers::new(batch, asked.source)),
            Tests::Values { tests, .. } => {
                let values = tests.iter().map(|tests| Values::new(batch, asked.source, tests, at));
                Layout::Values(values.collect::<Result<_>>()?)
            }
        };
        Ok(Self { asked, column })
    }
}

/// The rows of a batch that a tile covers.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) rows: usize,
    /// The rows of the whole batch.
    pub(crate) of: usize,
}

/// Answers the tests of a tile; gives the rows with cells that cannot be read.
pub(crate) fn answer<'a>(
    feeds: &[Feed<'a>],
    batch: &Batch<'a>,
    (at, with): (Instant, Found),
    span: Span,
    scratch: &mut Scratch<'a>,
    tile: &mut Tile,
) -> Rows {
    let mut bad = [0; TILE_WORDS];
    for (feed, memos) in feeds.iter().zip(&mut scratch.memos) {
        match (&feed.column, &feed.asked.tests) {
            (Layout::Numbers(numbers), Tests::Ordered { checks, currency, reach }) => {
                let read = &mut scratch.ordinals;
                numbers.read(batch, with, span.start, span.rows, read);
                merge(&mut bad, &read.bad);
                if read.currencies.is_empty() {
                    for ((wire, _), reach) in checks.iter().zip(reach) {
                        ordered(reach, read, &read.known, with, tile.answers_mut(*wire));
                    }
                } else {
                    by_currency(checks, (*currency, reach), read, (at, with), tile);
                    read.currencies.clear();
                }
                for place in &feed.asked.ordinals {
                    read.write(tile.ordinals_mut(*place));
                }
            }
            (Layout::Values(values), Tests::Values { nulls, tests }) => {
                for (part, ((values, tests), memo)) in values.iter().zip(tests).zip(memos).enumerate() {
                    let valid = bits::valid(values.nulls(), span.start, span.rows);
                    let reading = Reading { batch, source: feed.asked.source, tests, at, with, rows: span.of };
                    let nulls = if part == 0 { nulls.as_slice() } else { &[] };
                    if tests.is_narrow() {
                        values.read(&reading, span.start, &mut scratch.bytes, (memo, &mut scratch.folded));
                        let bit = |chunk: &[u8; 64], bit| with.with_bit(chunk, bit);
                        spread(&scratch.bytes, bit, &valid, (nulls, &tests.wires), tile, &mut bad);
                    } else {
                        values.read(&reading, span.start, &mut scratch.words, (memo, &mut scratch.folded));
                        let bit = |chunk: &[u64; 64], bit| bits::rows(chunk, |code: u64| code >> bit & 1 == 1);
                        spread(&scratch.words, bit, &valid, (nulls, &tests.wires), tile, &mut bad);
                    }
                }
            }
            _ => {}
        }
    }
    bad
}

fn merge(all: &mut Rows, some: &Rows) {
    all.iter_mut().zip(some).for_each(|(all, some)| *all |= some);
}

/// The codes' bits as answers.
fn spread<C: Code>(
    codes: &[C; TILE_ROWS],
    bit: impl Fn(&[C; 64], u32) -> u64,
    valid: &Rows,
    (nulls, wires): (&[(usize, Reach)], &[usize]),
    tile: &mut Tile,
    bad: &mut Rows,
) {
    let chunks = codes.as_chunks::<64>().0;
    let mut known = [0; TILE_WORDS];
    for (((chunk, known), bad), valid) in chunks.iter().zip(&mut known).zip(bad).zip(valid) {
        *known = bit(chunk, KNOWN) & valid;
        *bad |= bit(chunk, BAD) & valid;
    }
    for (wire, reach) in nulls {
        null(reach, &known, tile.answers_mut(*wire));
    }
    for (place, wire) in (FIRST..).zip(wires) {
        for ((out, chunk), known) in tile.answers_mut(*wire).iter_mut().zip(chunks).zip(&known) {
            let yes = bit(chunk, place) & known;
            *out = Answers { yes, no: known & !yes };
        }
    }
}

fn null(reach: &Reach, known: &Rows, out: &mut [Answers]) {
    for (out, known) in out.iter_mut().zip(known) {
        *out = match reach {
            Reach::Known => Answers { yes: *known, no: !known },
            _ => Answers { yes: !known, no: *known },
        };
    }
}

/// Answers of ordered values by their spans, for the rows whose values compare.
fn ordered(reach: &Reach, read: &Ordinals, known: &Rows, with: Found, out: &mut [Answers]) {
    let Reach::Spans { spans, decided } = reach else { return null(reach, known, out) };
    with.run(Inside { spans, decided: *decided, values: &read.values, known, with, out });
}

/// Comparing, for whatever instructions there are.
struct Inside<'w> {
    spans: &'w [(i64, i64)],
    decided: bool,
    values: &'w [i64; TILE_ROWS],
    known: &'w Rows,
    with: Found,
    out: &'w mut [Answers],
}

impl Work for Inside<'_> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        /// Most spans that are compared one after another.
        const MOST_COMPARED: usize = 8;
        let Self { spans, decided, values, known, with, out } = self;
        for ((out, known), values) in out.iter_mut().zip(known).zip(values.as_chunks::<64>().0) {
            let inside = if spans.len() <= MOST_COMPARED {
                spans.iter().fold(0, |word, (least, most)| word | with.between(values, *least, *most))
            } else {
                bits::rows(values, |v| {
                    let above = spans.partition_point(|(least, _)| *least <= v);
                    above.checked_sub(1).and_then(|i| spans.get(i)).is_some_and(|(_, most)| v <= *most)
                })
            };
            let yes = inside & known;
            *out = Answers { yes, no: if decided { known & !yes } else { 0 } };
        }
    }
}

/// The same of amounts in several currencies: each test is asked of the amounts of each currency.
fn by_currency(
    checks: &[(usize, Check)],
    (own, own_reach): (Option<Currency>, &[Reach]),
    read: &Ordinals,
    (at, with): (Instant, Found),
    tile: &mut Tile,
) {
    let mut currencies: Vec<Currency> = read.currencies.iter().flatten().copied().collect();
    currencies.sort_unstable();
    currencies.dedup();
    for ((wire, check), own_reach) in checks.iter().zip(own_reach) {
        let out = tile.answers_mut(*wire);
        if matches!(own_reach, Reach::Unknown | Reach::Known) {
            null(own_reach, &read.known, out);
            continue;
        }
        out.fill(Answers::default());
        for currency in &currencies {
            let mut known = read.known;
            for (known, rows) in known.iter_mut().zip(read.currencies.chunks(64)) {
                let of = (0_u32..).zip(rows).filter(|(_, c)| **c == Some(*currency));
                *known &= of.fold(0, |word, (bit, _)| word | 1_u64.wrapping_shl(bit));
            }
            let mut answers = [Answers::default(); TILE_WORDS];
            if own == Some(*currency) {
                ordered(own_reach, read, &known, with, &mut answers);
            } else {
                ordered(&check.reach(at, Some(*currency)), read, &known, with, &mut answers);
            }
            for (out, answers) in out.iter_mut().zip(answers) {
                *out = Answers { yes: out.yes | answers.yes, no: out.no | answers.no };
            }
        }
    }
}
