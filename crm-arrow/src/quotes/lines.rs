//! A row of a table of lines: what it says of its quote, and of the line.

use arrow_schema::Schema as Columns;
use crm_core::kernel::quotes::{LineKind, PriceMode, VatCategory, VatRounding};
use crm_core::kernel::text::shortened;
use crm_core::rules::quote::{Discount, LineContent, Pricing, QuoteLine, Tax};
use crm_core::{Currency, Error, Fact, FieldType, Money, Number, Problem, Result};

use super::options::QuoteOptions;
use crate::bind::Binding;
use crate::declared::{self, Declared};
use crate::desk::TableOptions;
use crate::refused::Refused;
use crate::revenue::labels::label;
use crate::row::Batch;

/// What is read of a table of lines, as far as it is there.
const DECLARED: &[Declared] = &[
    ("quote", FieldType::Text),
    ("kind", FieldType::Text),
    ("quantity", FieldType::Number),
    ("unit_price", FieldType::Number),
    ("discount_percent", FieldType::Number),
    ("discount_amount", FieldType::Number),
    ("rate", FieldType::Number),
    ("category", FieldType::Text),
    ("currency", FieldType::Text),
    ("price_mode", FieldType::Text),
    ("rounding", FieldType::Text),
    ("quote_discount_percent", FieldType::Number),
    ("quote_discount_amount", FieldType::Number),
];

// Their places.
const QUOTE: usize = 0;
pub(super) const KIND: usize = 1;
pub(super) const QUANTITY: usize = 2;
pub(super) const UNIT_PRICE: usize = 3;
pub(super) const PERCENT: usize = 4;
pub(super) const AMOUNT: usize = 5;
pub(super) const RATE: usize = 6;
pub(super) const CATEGORY: usize = 7;
pub(super) const CURRENCY: usize = 8;
pub(super) const PRICE_MODE: usize = 9;
pub(super) const ROUNDING: usize = 10;
pub(super) const QUOTE_PERCENT: usize = 11;
pub(super) const QUOTE_AMOUNT: usize = 12;

/// Other names of columns.
const ALIASES: &[(&str, &str)] = &[
    ("quote_id", "quote"),
    ("qty", "quantity"),
    ("price", "unit_price"),
    ("discount", "discount_percent"),
    ("vat_rate", "rate"),
    ("vat_category", "category"),
];

/// A table as it is read: decided once from its schema.
pub(super) struct Layout {
    pub(super) options: TableOptions,
    pub(super) binding: Binding,
    sources: Vec<Option<usize>>,
}

impl Layout {
    pub(super) fn new(columns: &Columns, options: &TableOptions) -> Result<Self> {
        let options = declared::mapped(columns, options, ALIASES);
        let record = declared::schema("quote", DECLARED);
        let fields: Vec<usize> = (0..DECLARED.len()).collect();
        let binding = Binding::new(columns, &record, &fields, declared::reading(&options))?;
        let sources = declared::sources(&binding, &record);
        let layout = Self { options, binding, sources };
        for name in ["quote", "quantity", "unit_price"] {
            if layout.source(name).is_none() {
                crate::kept::place(columns, name)?;
            }
        }
        if layout.source("rate").is_none() && layout.source("category").is_none() {
            return Err(Problem::MissingOneOf { names: &["rate", "category"] }.into());
        }
        Ok(layout)
    }

    fn source(&self, name: &str) -> Option<usize> {
        self.at(DECLARED.iter().position(|(declared, _)| *declared == name)?)
    }

    /// The source of a declared column, by its place.
    pub(super) fn at(&self, place: usize) -> Option<usize> {
        self.sources.get(place).copied().flatten()
    }

    /// The column that feeds a declared one, by its place.
    pub(super) fn column(&self, place: usize) -> Option<usize> {
        self.binding.sources.get(self.at(place)?).map(|source| source.column)
    }

    /// The column of the quotes' names.
    pub(super) fn quotes(&self) -> usize {
        self.column(QUOTE).unwrap_or(0)
    }

    pub(super) fn row<'r, 'a>(&'r self, batch: &'r Batch<'a>, row: usize) -> Row<'r, 'a> {
        Row { batch, sources: &self.sources, row, problem: None }
    }
}

/// The cells of a row by the places of [`DECLARED`].
pub(super) struct Row<'r, 'a> {
    batch: &'r Batch<'a>,
    sources: &'r [Option<usize>],
    row: usize,
    /// The first cell that could not be read.
    problem: Option<Error>,
}

impl Row<'_, '_> {
    fn found<T>(
        &mut self,
        place: usize,
        read: impl FnOnce(&Batch<'_>, usize, usize) -> Result<Option<T>>,
    ) -> Option<T> {
        let source = self.sources.get(place).copied().flatten()?;
        read(self.batch, source, self.row).unwrap_or_else(|error| {
            let name = DECLARED.get(place).map_or("", |(name, _)| name);
            self.problem.get_or_insert_with(|| error.at(name));
            None
        })
    }

    fn number(&mut self, place: usize) -> Option<Number> {
        self.found(place, |batch, source, row| {
            Ok(if let Fact::Number(number) = batch.fact_at(source, row)? { Some(number) } else { None })
        })
    }

    /// One of a few codes.
    fn coded<T>(
        &mut self,
        place: usize,
        codes: &'static [&'static str],
        of: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        self.found(place, |batch, source, row| {
            let Some(code) = label(batch.cell_at(source, row)?)? else { return Ok(None) };
            let wrong = || Problem::NotOneOf { found: shortened(&code, 60), expected: codes };
            Ok(Some(of(&code).ok_or_else(wrong)?))
        })
    }

    fn currency(&mut self, place: usize) -> Option<Currency> {
        self.found(place, |batch, source, row| label(batch.cell_at(source, row)?)?.map(|code| code.parse()).transpose())
    }
}

/// What a row says of its quote, as far as it says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Head {
    pub(super) currency: Option<Currency>,
    pub(super) price_mode: Option<PriceMode>,
    pub(super) rounding: Option<VatRounding>,
    pub(super) percent: Option<Number>,
    pub(super) amount: Option<Number>,
}

/// A row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub(super) head: Head,
    kind: LineKind,
    quantity: Number,
    unit_price: Number,
    percent: Option<Number>,
    amount: Option<Number>,
    rate: Option<Number>,
    category: Option<VatCategory>,
}

/// Reads a row; the first cell that cannot be read is what is wrong with it.
pub(super) fn line(mut row: Row<'_, '_>) -> Result<Line, Refused> {
    let kind = row.coded(KIND, LineKind::CODES, LineKind::from_code).unwrap_or(LineKind::Item);
    let (quantity, unit_price) = (row.number(QUANTITY), row.number(UNIT_PRICE));
    let (percent, amount) = (row.number(PERCENT), row.number(AMOUNT));
    let (rate, category) = (row.number(RATE), row.coded(CATEGORY, VatCategory::CODES, VatCategory::from_code));
    let head = Head {
        currency: row.currency(CURRENCY),
        price_mode: row.coded(PRICE_MODE, PriceMode::CODES, PriceMode::from_code),
        rounding: row.coded(ROUNDING, VatRounding::CODES, VatRounding::from_code),
        percent: row.number(QUOTE_PERCENT),
        amount: row.number(QUOTE_AMOUNT),
    };
    if let Some(problem) = row.problem {
        return Err(Refused::new("unreadable_line", problem));
    }
    if matches!(kind, LineKind::Item | LineKind::Optional) {
        for (name, value) in [("quantity", quantity), ("unit_price", unit_price)] {
            if value.is_none() {
                return Err(Refused::missing("missing_value", name));
            }
        }
    }
    let (quantity, unit_price) = (quantity.unwrap_or_default(), unit_price.unwrap_or_default());
    Ok(Line { head, kind, quantity, unit_price, percent, amount, rate, category })
}

/// No discount is as good as one of nothing.
pub(super) fn something(number: Option<Number>) -> Option<Number> {
    number.filter(|number| *number != Number::default())
}

/// What is taken off, of columns of percent and of amounts.
pub(super) fn discount(
    percent: Option<Number>,
    amount: Option<Number>,
    currency: Currency,
    [percents, amounts]: [&'static str; 2],
) -> Result<Option<Discount>> {
    match (something(percent), something(amount)) {
        (Some(_), Some(_)) => {
            let found = format!("both `{percents}` and `{amounts}`");
            Err(Problem::WrongShape { expected: "one discount", found }.into())
        }
        (Some(percent), None) => Discount::percent(percent).map(Some).map_err(|e| e.at(percents)),
        (None, Some(amount)) => {
            let money = Money::parse(&amount.to_string(), currency);
            let taken = money.and_then(|money| Discount::amount(money.minor_units(), currency));
            taken.map(Some).map_err(|e| e.at(amounts))
        }
        (None, None) => Ok(None),
    }
}

impl Line {
    /// The line as the rule takes it.
    pub(super) fn of(&self, currency: Currency) -> Result<QuoteLine> {
        let pricing = || -> Result<Pricing> {
            Ok(Pricing {
                quantity: self.quantity,
                unit: None,
                unit_price: self.unit_price,
                discount: discount(self.percent, self.amount, currency, ["discount_percent", "discount_amount"])?,
                taxes: vec![Tax::new(self.category, self.rate)?],
                recurring: None,
            })
        };
        let content = match self.kind {
            LineKind::Section => LineContent::Section,
            LineKind::Text => LineContent::Text,
            LineKind::Item => LineContent::Item(pricing()?),
            LineKind::Optional => LineContent::Optional(pricing()?),
        };
        Ok(QuoteLine { id: None, description: None, content })
    }
}

impl Head {
    /// Takes what another row says of the same quote; not what contradicts.
    pub(super) fn take(&mut self, other: &Self) -> Result<(), &'static str> {
        fn joined<T: Copy + PartialEq>(own: &mut Option<T>, other: Option<T>) -> bool {
            let agrees = own.is_none() || other.is_none() || *own == other;
            *own = own.or(other);
            agrees
        }
        let parts = [
            (joined(&mut self.currency, other.currency), "currency"),
            (joined(&mut self.price_mode, other.price_mode), "price_mode"),
            (joined(&mut self.rounding, other.rounding), "rounding"),
            (joined(&mut self.percent, other.percent), "quote_discount_percent"),
            (joined(&mut self.amount, other.amount), "quote_discount_amount"),
        ];
        parts.into_iter().find(|(agrees, _)| !agrees).map_or(Ok(()), |(_, name)| Err(name))
    }

    /// What is taken off the whole.
    pub(super) fn discount(&self, currency: Currency, options: &QuoteOptions) -> Result<Option<Discount>> {
        let names = ["quote_discount_percent", "quote_discount_amount"];
        let own = discount(self.percent, self.amount, currency, names)?;
        let says = self.percent.is_some() || self.amount.is_some();
        Ok(if says { own } else { options.discount })
    }
}
