//! Tables whose producer is wrong in any way that a consumer can see, scored in both ways.
//!
//! The bytes of an input choose a `Case`: a schema, arrays and a stream's manners, good ones first, then spoiled. What
//! must hold for every case is in `run`; a panic anywhere, even one that is caught, is a finding of whoever calls it.

mod array;
mod case;
mod hostile;
mod kind;
mod plain;
mod producer;
mod source;

use std::sync::Arc;

use arrow_array::ffi_stream::{FFI_ArrowArrayStream, RecordBatchStreamReader};
use arrow_array::{Array as _, RecordBatch, RecordBatchReader as _};
use arrow_schema::SchemaRef;
use crm_arrow::{Keep, ResultColumn, ScoreOptions, Scored, score_batches, score_stream, score_table};
use crm_core::Problem;
use crm_core::rules::Rules;

use case::Case;
use producer::Producer;

/// How a case ended: for those who count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Scored: so many rows.
    Scored(usize),
    /// Refused as Arrow.
    NotArrow,
    /// Refused for another reason, such as a type that no field is read from.
    Refused,
}

/// The longest message that anybody should have to read.
const MOST_MESSAGE: usize = 16_000;

/// A model that reads fields of every type.
pub(crate) fn rules() -> Rules {
    Rules::from_json(&serde_json::from_str(include_str!("model.json")).unwrap()).unwrap()
}

/// Scores the case of an input, and stops where something does not hold.
pub(crate) fn run(rules: &Rules, bytes: &[u8]) -> Ending {
    let case = Arc::new(Case::draw(bytes));
    let options = ScoreOptions::from_json(&case.options).unwrap();
    let (mut whole, mut lazy) = (Producer::new(&case), Producer::new(&case));
    let table = score_table(whole.stream(), rules, options.clone());
    whole.check_stream();
    let streamed = score_stream(lazy.stream(), rules, options.clone()).map_err(|e| e.to_string()).map(read);
    lazy.check_stream();
    agree(&table, &streamed);
    let ending = match &table {
        Ok(scored) => {
            check(scored);
            same_in_other_words(rules, scored, &options);
            Ending::Scored(scored.rows())
        }
        Err(error) => {
            let message = format!("{error:?}");
            assert!(message.len() < MOST_MESSAGE, "a message of {} bytes", message.len());
            if matches!(error.problem(), Problem::Arrow { .. }) {
                assert!(!case.good || known_gap(&case, &message), "a good table was refused: {message}");
                Ending::NotArrow
            } else {
                Ending::Refused
            }
        }
    };
    // The results may stand on the input's buffers, so the input is whole again only now.
    drop((table, streamed));
    whole.check_all();
    lazy.check_all();
    ending
}

/// Refusals of tables that are good Arrow.
fn known_gap(case: &Case, message: &str) -> bool {
    let columns = case.options["columns"].as_array().map_or(&[][..], Vec::as_slice);
    columns.iter().any(|c| c == "reason_ids" || c == "reason_points_milli") || message.contains("more than one column")
}

/// What a stream gave: its schema, its batches, and the error that ended it.
type Streamed = Result<(SchemaRef, Vec<RecordBatch>, Option<String>), String>;

fn read(output: FFI_ArrowArrayStream) -> (SchemaRef, Vec<RecordBatch>, Option<String>) {
    let mut reader = RecordBatchStreamReader::try_new(output).unwrap();
    let (mut batches, mut error) = (Vec::new(), None);
    for batch in &mut reader {
        match batch {
            Ok(batch) => batches.push(batch),
            Err(e) => error = Some(e.to_string()),
        }
    }
    assert!(reader.next().is_none(), "a stream gives nothing after its end");
    (reader.schema(), batches, error)
}

/// What comes out is good Arrow, and can be read again.
fn check(scored: &Scored) {
    for batch in &scored.batches {
        assert_eq!(batch.schema_ref().fields(), scored.schema.fields());
        for column in batch.columns() {
            column.to_data().validate_full().unwrap();
        }
    }
    let again = RecordBatchStreamReader::try_new(scored.stream()).unwrap();
    assert_eq!(again.map(|b| b.unwrap().num_rows()).sum::<usize>(), scored.rows());
}

/// Both ways give the same: all of it, or the same error.
fn agree(table: &crm_core::Result<Scored>, streamed: &Streamed) {
    match (table, streamed) {
        (Ok(table), Ok((schema, batches, None))) => {
            assert_eq!(&table.schema, schema);
            equal(&table.batches, batches);
        }
        (Err(error), Ok((_, _, Some(message)))) => assert!(message.contains(&error.to_string()), "{message} / {error}"),
        (Err(error), Err(message)) => assert_eq!(message, &error.to_string()),
        _ => panic!("a table gives {table:?}, and a stream {streamed:?}"),
    }
}

/// Compares rows, however they are cut into batches.
fn equal(one: &[RecordBatch], other: &[RecordBatch]) {
    let rows = |batches: &[RecordBatch]| batches.iter().map(RecordBatch::num_rows).sum::<usize>();
    assert_eq!(rows(one), rows(other));
    let (mut one, mut other) = (Pieces::new(one), Pieces::new(other));
    loop {
        let rows = one.left().min(other.left());
        if rows == 0 {
            return;
        }
        let (a, b) = (one.take(rows), other.take(rows));
        for (i, (x, y)) in a.columns().iter().zip(b.columns()).enumerate() {
            assert!(x.to_data() == y.to_data(), "column {:?}: {x:?} and {y:?}", a.schema_ref().field(i));
        }
    }
}

/// Batches, taken piece by piece.
struct Pieces<'a> {
    batches: &'a [RecordBatch],
    place: usize,
}

impl<'a> Pieces<'a> {
    fn new(batches: &'a [RecordBatch]) -> Self {
        let mut pieces = Self { batches, place: 0 };
        pieces.skip();
        pieces
    }

    fn skip(&mut self) {
        while self.batches.first().is_some_and(|b| b.num_rows() == self.place) {
            self.batches = &self.batches[1..];
            self.place = 0;
        }
    }

    fn left(&self) -> usize {
        self.batches.first().map_or(0, |b| b.num_rows() - self.place)
    }

    fn take(&mut self, rows: usize) -> RecordBatch {
        let piece = self.batches[0].slice(self.place, rows);
        self.place += rows;
        self.skip();
        piece
    }
}

/// A table scores as it does in other words, and a row alone as among others.
fn same_in_other_words(rules: &Rules, scored: &Scored, options: &ScoreOptions) {
    if options.keep != Keep::All {
        return;
    }
    let own = options.columns.as_ref().map_or_else(|| ResultColumn::default_of(options.lang).len(), Vec::len);
    let kept = scored.schema.fields().len() - own;
    let score = |input: RecordBatch| score_batches(&input.schema(), &[input], rules, options.clone());
    for batch in scored.batches.iter().filter(|b| b.num_rows() > 0) {
        let input = batch.project(&(0..kept).collect::<Vec<_>>()).unwrap();
        let plain = match score(plain::plain(&input)) {
            // The map named a column that made room for one of the result.
            Err(e) if matches!(e.problem(), Problem::MissingColumn { .. } | Problem::NoMappedColumn { .. }) => continue,
            plain => plain.unwrap(),
        };
        same_results(&plain.batches[0], batch, own);
        for row in [0, batch.num_rows() / 2, batch.num_rows() - 1] {
            same_results(&score(input.slice(row, 1)).unwrap().batches[0], &batch.slice(row, 1), own);
        }
    }
}

fn same_results(found: &RecordBatch, expected: &RecordBatch, columns: usize) {
    let last = |batch: &RecordBatch| batch.columns()[batch.num_columns() - columns..].to_vec();
    for (found, expected) in last(found).iter().zip(last(expected)) {
        assert!(found.to_data() == expected.to_data(), "{found:?}, and as it came {expected:?}");
    }
}
