//! What each quote of a table comes to.

use std::ops::Range;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use crm_core::rules::quote::{Customer, Legal, MOST_LINES, QuoteTerms, Seller, Totals, totals};
use crm_core::{Problem, Result};

use super::lines::{Head, Layout, Line, line};
use super::options::QuoteOptions;
use super::output;
use crate::declared;
use crate::desk::{Evaluated, check, read};
use crate::grouped::{Groups, numbered};
use crate::import::Incoming;
use crate::parallel;
use crate::refused::Refused;
use crate::revenue::labels::{Labels, NOTHING, ODD};
use crate::row::Batch;

/// Fewest rows, and fewest quotes, that are worth a thread of their own.
const FEWEST: usize = 2_048;

/// What quotes come to, of batches that are in the process already, see [`quote_table`].
///
/// # Errors
/// As [`quote_table`].
pub fn quote_batches(schema: &SchemaRef, batches: &[RecordBatch], options: &QuoteOptions) -> Result<Evaluated> {
    check(schema, batches)?;
    let layout = Layout::new(schema, &options.table)?;
    let mut names = Labels::default();
    let numbers = numbered(batches, layout.quotes(), &mut names)?;
    let groups = Groups::new(&numbers, names.count());
    let lines = lines(&layout, batches, options.table.threads)?;
    let ranges = parallel::ranges(groups.len(), options.table.threads, FEWEST, 1);
    let quotes =
        parallel::each(ranges, |range| range.map(|group| quote(groups.rows(group), &lines, options)).collect());
    let quotes: Vec<Quote> = quotes.into_iter().flat_map(|part: Vec<Quote>| part).collect();
    let nameless = numbers.iter().filter(|number| **number == NOTHING || **number == ODD).count();
    let name = |group: usize| names.name(groups.number(group));
    output::table(&layout, name, &quotes, (numbers.len(), nameless), options)
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

/// What a quote comes to, or what is wrong with it.
pub(super) type Quote = Result<Totals, Refused>;

/// All rows of a table.
fn lines(layout: &Layout, batches: &[RecordBatch], threads: usize) -> Result<Vec<Result<Line, Refused>>> {
    let mut lines = Vec::new();
    for input in batches {
        let batch = Batch::new(input, &layout.binding, declared::reading(&layout.options).context)?;
        let ranges = parallel::ranges(input.num_rows(), threads, FEWEST, 1);
        let read = |range: Range<usize>| range.map(|row| line(layout.row(&batch, row))).collect::<Vec<_>>();
        lines.extend(parallel::each(ranges, read).into_iter().flatten());
    }
    Ok(lines)
}

fn quote(rows: &[usize], lines: &[Result<Line, Refused>], options: &QuoteOptions) -> Quote {
    if rows.len() > MOST_LINES {
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let problem = Problem::TooMany { what: "lines", found: count(rows.len()), most: count(MOST_LINES) };
        return Err(Refused::new("too_many_lines", problem));
    }
    let mut head = Head::default();
    let mut own: Vec<&Line> = Vec::with_capacity(rows.len());
    let told = |place: usize, why: &Refused| Refused::new(why.code, why.error.clone().at_index(place).at("lines"));
    for (place, line) in rows.iter().filter_map(|row| lines.get(*row)).enumerate() {
        let line = line.as_ref().map_err(|why| told(place, why))?;
        head.take(&line.head).map_err(|name| {
            let expected = "the same in all rows of a quote";
            let problem = Problem::WrongShape { expected, found: "something else".into() };
            told(place, &Refused::new("contradiction", crm_core::Error::from(problem).at(name)))
        })?;
        own.push(line);
    }
    let missing = || Refused::missing("missing_currency", "currency");
    let currency = head.currency.or(options.table.currency).ok_or_else(missing)?;
    let mut quoted = Vec::with_capacity(own.len());
    for (place, line) in own.into_iter().enumerate() {
        let line = line.of(currency);
        quoted.push(line.map_err(|error| told(place, &Refused::new("wrong_line", error)))?);
    }
    let discount = head.discount(currency, options).map_err(|error| Refused::new("wrong_discount", error))?;
    let terms = QuoteTerms {
        currency,
        price_mode: head.price_mode.unwrap_or(options.price_mode),
        rounding: head.rounding.unwrap_or(options.rounding),
        lines: quoted,
        discount,
        payable_step: None,
        seller: Seller::default(),
        customer: Customer::default(),
        legal: Legal::default(),
    };
    // What each line comes to is of no use here, and is most of the memory.
    let whole = totals(&terms).map(|totals| Totals { lines: Vec::new(), ..totals });
    whole.map_err(|error| Refused::new("no_total", error))
}
