//! What each quote of a table comes to.

use std::ops::Range;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use crm_core::kernel::quotes::VatCategory;
use crm_core::rules::quote::{Customer, Legal, MOST_LINES, Offered, QuoteTerms, Seller, Sums, Tally, Whole, totals};
use crm_core::{Currency, Number, Problem, Result};

use super::columns::{Lines, Mark};
use super::lines::{Head, Layout, Line, discount, line, something};
use super::options::{PerRow, QuoteOptions};
use super::output;
use crate::called::Called;
use crate::declared;
use crate::desk::{Evaluated, check, read};
use crate::grouped::Groups;
use crate::import::Incoming;
use crate::output::pages;
use crate::parallel;
use crate::refused::Refused;
use crate::revenue::labels::{NOTHING, ODD};
use crate::row::Batch;

/// Fewest rows, and fewest quotes, that are worth a thread of their own.
pub(super) const FEWEST: usize = 2_048;

/// What quotes come to, of batches that are in the process already, see [`quote_table`].
///
/// # Errors
/// As [`quote_table`].
pub fn quote_batches(schema: &SchemaRef, batches: &[RecordBatch], options: &QuoteOptions) -> Result<Evaluated> {
    check(schema, batches)?;
    let layout = Layout::new(schema, &options.table)?;
    let (names, numbers) = Called::of(batches, layout.quotes())?;
    let groups = Groups::new(&numbers, names.count());
    let context = declared::reading(&layout.options).context;
    let read = batches.iter().map(|input| Batch::new(input, &layout.binding, context)).collect::<Result<Vec<_>>>()?;
    let table = Table {
        lines: Lines::read(&layout, batches, &read, options.table.threads)?,
        cells: Cells::new(&layout, batches, &read),
        options,
    };
    let ranges = parallel::ranges(groups.len(), options.table.threads, FEWEST, 1);
    let parts = parallel::each(ranges, |range| table.quotes(&groups, range));
    let mut quotes = Quotes::default();
    for part in parts {
        quotes.take(part);
    }
    let nameless = numbers.iter().filter(|number| **number == NOTHING || **number == ODD).count();
    output::table(&layout, (&names, &groups), &quotes, (numbers.len(), nameless), options)
}

/// What quotes come to, exactly as [`Rules::eval`](crm_core::rules::Rules::eval) says with the rule `quote` and the
/// question `totals`, of a table of their lines. Reads a C stream to its end.
///
/// Columns: `quote` (or `quote_id`; text, whole numbers, categories), `quantity` (or `qty`), `unit_price`, `rate` (percent)
/// or `category` (of EN 16931: `S`, `Z`, `E`, `AE`, `K`, `G`, `O` ...), `discount_percent` (or `discount`) or
/// `discount_amount`, `kind` (`item`, `optional`, `section`, `text`); and of the whole quote, in any of its rows or all:
/// `currency`, `price_mode`, `rounding`, `quote_discount_percent` or `quote_discount_amount`. Numbers are whole numbers,
/// decimals or texts of up to six places; floats only where they are exactly such a number. Lines of a quote need not stand
/// together.
///
/// The result has one row for each quote, in the order in which they begin: `quote`, `currency`, `lines` (that count),
/// `net`, `vat`, `gross`, `discount` (that of the whole quote), `optional_gross`, `problem` and, with a language,
/// `problem_text`; or one for each tax of each quote, highest rate first: `quote`, `currency`, `category`, `rate`, `base`,
/// `vat`, `problem`. A quote that cannot be added up has one of these problems: `missing_currency`, `missing_value`,
/// `unreadable_line`, `contradiction` (its rows say different things of the whole), `wrong_line`, `too_many_lines`,
/// `no_total` (a discount above what it is taken off, an amount beyond all). Its place in the table (`line 3: ...`, counted
/// from 1 among the quote's rows) is told. The answer has totals by currency and counts problems.
///
/// # Errors
/// A column that is not there or of another type, and [`Problem::Arrow`] for a stream that fails or cannot be trusted.
pub fn quote_table(input: impl Into<Incoming>, options: &QuoteOptions) -> Result<Evaluated> {
    let (schema, batches) = read(input)?;
    quote_batches(&schema, &batches, options)
}

/// What a quote comes to, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quote {
    pub(super) currency: Currency,
    /// How many lines count.
    pub(super) counted: usize,
    pub(super) sums: Sums,
    pub(super) discount: i64,
    pub(super) optional_gross: i64,
    /// How many taxes it has, where they are asked for.
    pub(super) taxes: usize,
}

/// A tax of a quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TaxOf {
    pub(super) category: VatCategory,
    pub(super) rate: Number,
    pub(super) base: i64,
    pub(super) vat: i64,
}

/// What quotes come to.
#[derive(Debug, Default)]
pub(super) struct Quotes {
    /// Each, unless it cannot be added up.
    pub(super) each: Vec<Option<Quote>>,
    /// Their taxes, quote by quote.
    pub(super) taxes: Vec<TaxOf>,
    /// What is wrong with the others, by their places.
    pub(super) refused: Vec<(usize, Refused)>,
}

impl Quotes {
    fn take(&mut self, part: Self) {
        if self.each.is_empty() {
            *self = part;
            return;
        }
        let first = self.each.len();
        self.each.extend(part.each);
        self.taxes.extend(part.taxes);
        self.refused.extend(part.refused.into_iter().map(|(place, why)| (first.saturating_add(place), why)));
    }
}

/// A table in both of its forms: as columns of numbers, and as cells, for quotes that need a closer look.
pub(super) struct Table<'a> {
    pub(super) lines: Lines,
    pub(super) cells: Cells<'a>,
    pub(super) options: &'a QuoteOptions,
}

impl Table<'_> {
    fn quotes(&self, groups: &Groups, range: Range<usize>) -> Quotes {
        let mut quotes = Quotes { each: pages::with_capacity(range.len()), ..Quotes::default() };
        let mut counter = Counter::new(self);
        for group in range {
            let rows = groups.rows(group);
            let found = match counter.add_up(rows, &mut quotes.taxes) {
                Some(quote) => Ok(quote),
                None => self.read(rows, &mut quotes.taxes),
            };
            let quote = found.map_err(|why| quotes.refused.push((quotes.each.len(), why))).ok();
            quotes.each.push(quote);
        }
        quotes
    }

    /// The same cell by cell, with what is wrong where something is.
    pub(super) fn read(&self, rows: &[u32], taxes: &mut Vec<TaxOf>) -> Result<Quote, Refused> {
        let totals = totals(&self.terms(rows)?).map_err(|error| Refused::new("no_total", error))?;
        let per_rate = if self.options.per == PerRow::Rate { totals.per_rate.as_slice() } else { &[] };
        taxes.extend(per_rate.iter().map(|tax| {
            let (category, rate) = (tax.category, tax.rate);
            TaxOf { category, rate, base: tax.base, vat: tax.vat }
        }));
        Ok(Quote {
            currency: totals.currency,
            counted: totals.counted,
            sums: totals.sums,
            discount: totals.discount,
            optional_gross: totals.optional.gross,
            taxes: per_rate.len(),
        })
    }

    fn terms(&self, rows: &[u32]) -> Result<QuoteTerms, Refused> {
        let options = self.options;
        if rows.len() > MOST_LINES {
            let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
            let problem = Problem::TooMany { what: "lines", found: count(rows.len()), most: count(MOST_LINES) };
            return Err(Refused::new("too_many_lines", problem));
        }
        let mut head = Head::default();
        let mut own: Vec<Line> = Vec::with_capacity(rows.len());
        let told = |place: usize, why: &Refused| Refused::new(why.code, why.error.clone().at_index(place).at("lines"));
        for (place, row) in rows.iter().enumerate() {
            let line = self.cells.line(*row).map_err(|why| told(place, &why))?;
            head.take(&line.head).map_err(|name| {
                let expected = "the same in all rows of a quote";
                let problem = Problem::WrongShape { expected, found: "something else".into() };
                told(place, &Refused::new("contradiction", crm_core::Error::from(problem).at(name)))
            })?;
            own.push(line);
        }
        let missing = || Refused::missing("missing_currency", "currency");
        let currency = head.currency.or(options.table.currency).ok_or_else(missing)?;
        let mut lines = Vec::with_capacity(own.len());
        for (place, line) in own.into_iter().enumerate() {
            let line = line.of(currency);
            lines.push(line.map_err(|error| told(place, &Refused::new("wrong_line", error)))?);
        }
        let discount = head.discount(currency, options).map_err(|error| Refused::new("wrong_discount", error))?;
        Ok(QuoteTerms {
            currency,
            price_mode: head.price_mode.unwrap_or(options.price_mode),
            rounding: head.rounding.unwrap_or(options.rounding),
            lines,
            discount,
            payable_step: None,
            seller: Seller::default(),
            customer: Customer::default(),
            legal: Legal::default(),
        })
    }
}

/// Adds up quotes by the numbers of their lines.
pub(super) struct Counter<'a> {
    table: &'a Table<'a>,
    tally: Option<Tally>,
    /// What the quote before said of itself, and what that means.
    last: Option<(Head, Whole)>,
}

impl<'a> Counter<'a> {
    pub(super) fn new(table: &'a Table<'a>) -> Self {
        Self { table, tally: None, last: None }
    }

    /// What a quote comes to; `None` where it needs a closer look.
    pub(super) fn add_up(&mut self, rows: &[u32], taxes: &mut Vec<TaxOf>) -> Option<Quote> {
        let lines = &self.table.lines;
        if rows.len() > MOST_LINES {
            return None;
        }
        let whole = self.whole(lines.head(rows)?)?;
        let tally = self.tally.get_or_insert_with(|| Tally::new(&whole));
        tally.begin(&whole);
        for (index, row) in rows.iter().enumerate() {
            let row = usize::try_from(*row).ok()?;
            let (tax, is_optional) = match lines.mark(row) {
                Mark::Odd => return None,
                Mark::Words => continue,
                Mark::Priced { tax, is_optional } => (tax, is_optional),
            };
            let (quantity, unit_price) = lines.priced(row)?;
            let [percent, amount] = lines.taken_off(row);
            let discount = match (something(percent), something(amount)) {
                (None, None) => None,
                _ => discount(percent, amount, whole.currency, ["discount_percent", "discount_amount"]).ok()?,
            };
            let taxes = lines.rank(tax);
            tally.line(&Offered { index, quantity, unit_price, discount, taxes, is_optional }).ok()?;
        }
        let tallied = tally.end(&lines.sets).ok()?;
        let mut count = 0_usize;
        if self.table.options.per == PerRow::Rate {
            for row in tally.rows() {
                let tax = lines.taxes.get(row.number)?;
                taxes.push(TaxOf { category: tax.category, rate: tax.rate, base: row.base, vat: row.vat });
                count = count.saturating_add(1);
            }
        }
        Some(Quote {
            currency: whole.currency,
            counted: tallied.counted,
            sums: tallied.sums,
            discount: tallied.discount,
            optional_gross: tallied.optional.gross,
            taxes: count,
        })
    }

    /// What a quote says of itself, with what the options say where it does not.
    fn whole(&mut self, head: Head) -> Option<Whole> {
        if let Some((own, whole)) = &self.last
            && *own == head
        {
            return Some(*whole);
        }
        let options = self.table.options;
        let currency = head.currency.or(options.table.currency)?;
        let whole = Whole {
            currency,
            price_mode: head.price_mode.unwrap_or(options.price_mode),
            rounding: head.rounding.unwrap_or(options.rounding),
            discount: head.discount(currency, options).ok()?,
        };
        self.last = Some((head, whole));
        Some(whole)
    }
}

/// The rows of a table as cells.
pub(super) struct Cells<'a> {
    layout: &'a Layout,
    batches: &'a [Batch<'a>],
    /// Where each batch begins.
    starts: Vec<usize>,
}

impl<'a> Cells<'a> {
    pub(super) fn new(layout: &'a Layout, inputs: &[RecordBatch], batches: &'a [Batch<'a>]) -> Self {
        let mut next = 0_usize;
        let start = |input: &RecordBatch| {
            let start = next;
            next = next.saturating_add(input.num_rows());
            start
        };
        Self { layout, batches, starts: inputs.iter().map(start).collect() }
    }

    fn line(&self, row: u32) -> Result<Line, Refused> {
        let row = usize::try_from(row).unwrap_or(usize::MAX);
        let place = self.starts.partition_point(|start| *start <= row).saturating_sub(1);
        let start = self.starts.get(place).copied().unwrap_or(0);
        let unreadable = || Refused::missing("unreadable_line", "quote");
        let batch = self.batches.get(place).ok_or_else(unreadable)?;
        line(self.layout.row(batch, row.saturating_sub(start)))
    }
}
