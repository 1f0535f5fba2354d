//! Random tables: a few hundred different rows, each with its cells, in as many rows as wanted.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, RecordBatchOptions};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use crm_arrow::{Keep, ScoreOptions};
use crm_core::kernel::zone::Zone;
use crm_core::{FieldType, Instant, Value};

use super::cells::{self, Cell, Context, Meaning, Raw, text_meaning};
use super::draw::Draw;
use super::encode::encode;
use super::layouts;
use super::pools::{CURRENCIES, FIELDS};

/// A column that feeds a field, or the currency of one.
pub(crate) struct Column {
    pub(crate) name: String,
    /// The field, or `<field>_currency`.
    pub(crate) target: String,
    pub(crate) kind: FieldType,
    pub(crate) layout: DataType,
    pub(crate) cells: Vec<Cell>,
    /// The cell of every different row.
    pub(crate) picks: Vec<usize>,
}

pub(crate) struct Table {
    pub(crate) columns: Vec<Column>,
    /// Which of the different rows every row is.
    pub(crate) rows: Vec<usize>,
    /// How many different rows there are.
    pub(crate) different: usize,
    /// The column's map, currency and zone.
    pub(crate) options: ScoreOptions,
    /// Columns that are called like a field which another one feeds.
    decoys: Vec<String>,
}

/// What table is wanted.
pub(crate) struct Wanted {
    pub(crate) at: Instant,
    pub(crate) rows: usize,
    /// Most different rows; the others repeat them in random order.
    pub(crate) different: usize,
    /// The fields with a column by their places in [`FIELDS`], and the layout of the column where it matters.
    pub(crate) fields: Vec<(usize, Option<DataType>)>,
}

impl Wanted {
    pub(crate) fn new(at: Instant, rows: usize, fields: Vec<(usize, Option<DataType>)>) -> Self {
        Self { at, rows, different: 300, fields }
    }
}

impl Table {
    pub(crate) fn new(draw: Draw, wanted: &Wanted) -> Self {
        let mut shape = draw.part("table", 0);
        let different = wanted.rows.min(wanted.different);
        let rows = (0..wanted.rows).map(|row| match row < different {
            true => row,
            false => draw.part("row", row).below(different),
        });
        let mut options = ScoreOptions::new(wanted.at);
        options.zone = Some(shape.one(&["Europe/Paris", "America/New_York", "Asia/Tokyo", "UTC"]).parse().unwrap());
        options.currency = shape.chance(50).then(|| shape.one(CURRENCIES).parse().unwrap());
        let rows = rows.collect();
        let mut table = Self { columns: Vec::new(), rows, different, options, decoys: Vec::new() };
        for (field, layout) in &wanted.fields {
            table.add(draw.part("column", *field), wanted.at, *field, layout.clone());
        }
        let naive = |kind: &DataType| match kind {
            DataType::Dictionary(_, values) => matches!(**values, DataType::Timestamp(_, None)),
            kind => matches!(kind, DataType::Timestamp(_, None)),
        };
        if !table.columns.iter().any(|c| naive(&c.layout)) && shape.chance(50) {
            table.options.zone = None;
        }
        table
    }

    fn add(&mut self, mut draw: Draw, at: Instant, field: usize, layout: Option<DataType>) {
        let (name, kind) = FIELDS[field];
        let layout = layout.unwrap_or_else(|| layouts::some(kind, &mut draw));
        let zone = self.options.zone.clone().unwrap_or(Zone::UTC);
        let long = self.different <= 130 && draw.chance(20);
        let context = Context { field: name, kind, at, zone: &zone, long };
        let mut all = vec![Cell { raw: Raw::Null, meaning: Meaning::Unknown }];
        all.extend(cells::cells(context, &layout, &mut draw));
        let unique = kind == FieldType::Text && !is_narrow(&layout) && layout != DataType::Null && draw.chance(60);
        self.push(draw, name, kind, layout, (all, unique));
        if kind != FieldType::Money {
            return;
        }
        if draw.chance(60) {
            let layout = layouts::some(FieldType::Text, &mut draw);
            let codes = CURRENCIES.iter().chain(CURRENCIES).chain(CURRENCIES).chain(&["", "eur", " EUR", "XXX", "€"]);
            let code = |code: &&str| Cell {
                raw: Raw::Text((*code).to_owned()),
                meaning: Meaning::Known(Value::Text((*code).to_owned())),
            };
            let null = Cell { raw: Raw::Null, meaning: Meaning::Unknown };
            let codes =
                if layout == DataType::Null { vec![null] } else { [null].into_iter().chain(codes.map(code)).collect() };
            self.push(draw.part("currency", 0), &format!("{name}_currency"), FieldType::Text, layout, (codes, false));
        } else {
            self.options.currency.get_or_insert("EUR".parse().unwrap());
        }
    }

    /// A column for a field, perhaps under a name of its own.
    fn push(&mut self, mut draw: Draw, target: &str, kind: FieldType, layout: DataType, cells: (Vec<Cell>, bool)) {
        let (mut cells, unique) = cells;
        let nulls = draw.copy(&[0, 0, 10, 10, 50, 95, 100]);
        let picks = (0..self.different).map(|row| {
            let mut draw = draw.part("cell", row);
            if cells.len() == 1 || draw.chance(nulls) {
                return 0;
            }
            if unique && draw.chance(30) {
                let text =
                    format!("{} {row}", draw.one(&["Unique", "unique", "Chef d’", "réfrigérant", "p.d.g.", "abc"]));
                let meaning = text_meaning(target, &text);
                cells.push(Cell { raw: Raw::Text(text), meaning });
                return cells.len() - 1;
            }
            1 + draw.below(cells.len() - 1)
        });
        let picks = picks.collect();
        let mut name = target.to_owned();
        if draw.chance(20) {
            name = format!("Colonne « {target} »");
            self.options.map.insert(name.clone(), target.to_owned());
            if draw.chance(30) {
                self.decoys.push(target.to_owned());
            }
        }
        self.columns.push(Column { name, target: target.to_owned(), kind, layout, cells, picks });
    }

    pub(crate) fn column(&self, target: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.target == target)
    }

    /// The names of all columns, in order.
    fn names(&self) -> Vec<(String, DataType)> {
        let fed = self.columns.iter().map(|c| (c.name.clone(), c.layout.clone()));
        let decoys = self.decoys.iter().map(|name| (name.clone(), DataType::Boolean));
        [("ref".to_owned(), DataType::Int64)].into_iter().chain(fed).chain(decoys).collect()
    }

    /// Rows of the table by their numbers, in batches of the given lengths; each batch has its own arrays, or all are
    /// slices of the same.
    pub(crate) fn batches(&self, draw: Draw, order: &[usize], lengths: &[usize], sliced: bool) -> Vec<RecordBatch> {
        let fields: Vec<Field> = self.names().into_iter().map(|(name, kind)| Field::new(name, kind, true)).collect();
        let schema = Arc::new(Schema::new(fields));
        let whole = sliced.then(|| self.batch(draw, order, &schema));
        let mut from = 0;
        let batch = |(place, length): (usize, &usize)| {
            let range = from..from + length;
            from += length;
            match &whole {
                Some(whole) => whole.slice(range.start, *length),
                None => self.batch(draw.part("batch", place), &order[range], &schema),
            }
        };
        lengths.iter().enumerate().map(batch).collect()
    }

    fn batch(&self, draw: Draw, order: &[usize], schema: &SchemaRef) -> RecordBatch {
        let refs = Int64Array::from_iter_values(order.iter().map(|row| i64::try_from(*row).unwrap()));
        let mut columns: Vec<ArrayRef> = vec![Arc::new(refs)];
        for (place, column) in self.columns.iter().enumerate() {
            let mut draw = draw.part("array", place);
            // Rows before and after that no row of the batch is.
            let (before, after) = (draw.below(140).saturating_sub(70), draw.below(20).saturating_sub(10));
            let mut pad =
                |n: usize| -> Vec<&Raw> { (0..n).map(|_| &column.cells[draw.below(column.cells.len())].raw).collect() };
            let mut raws = pad(before);
            raws.extend(order.iter().map(|row| &column.cells[column.picks[self.rows[*row]]].raw));
            raws.extend(pad(after));
            columns.push(encode(&column.layout, &raws, &mut draw).slice(before, order.len()));
        }
        let decoy = |_: &String| -> ArrayRef { Arc::new(BooleanArray::from(vec![true; order.len()])) };
        columns.extend(self.decoys.iter().map(decoy));
        let options = RecordBatchOptions::new().with_row_count(Some(order.len()));
        RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options).unwrap()
    }

    /// One of the different rows for a message.
    pub(crate) fn shown(&self, different: usize) -> String {
        let cell = |c: &Column| {
            let cell = &c.cells[c.picks[different]];
            format!("  {} as {}: {:.200?}\n    means {:.200?}", c.target, c.layout, cell.raw, cell.meaning)
        };
        self.columns.iter().map(cell).collect::<Vec<_>>().join("\n")
    }
}

/// Whether a layout has too few indices for texts that occur only once.
fn is_narrow(layout: &DataType) -> bool {
    matches!(layout, DataType::Dictionary(key, _) if matches!(**key, DataType::Int8 | DataType::UInt8))
}

/// Lengths of batches that sum to so many rows, some of them empty.
pub(crate) fn lengths(draw: &mut Draw, rows: usize) -> Vec<usize> {
    let mut rest = rows;
    let mut lengths = Vec::new();
    while rest > 0 {
        let length = draw.copy(&[0, 1, 7, 63, 64, 65, 500, 1024, 3000]).min(rest);
        lengths.push(length);
        rest -= length;
    }
    lengths.push(0);
    lengths
}

/// What the caller wants to keep of the input.
pub(crate) fn keep(draw: &mut Draw) -> Keep {
    match draw.below(3) {
        0 => Keep::All,
        1 => Keep::None,
        _ => Keep::Columns(vec!["ref".to_owned()]),
    }
}
