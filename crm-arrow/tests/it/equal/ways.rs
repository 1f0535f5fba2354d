//! Nothing but the rows matters: neither batches, slices, order, threads nor the door through which they come.

use std::sync::Arc;

use arrow_array::ffi_stream::{FFI_ArrowArrayStream, RecordBatchStreamReader};
use arrow_array::{RecordBatch, RecordBatchIterator, RecordBatchReader as _};
use arrow_schema::SchemaRef;
use crm_arrow::{Instructions, Keep, ScoreOptions, score_batches, score_stream, score_table};
use crm_core::Lang;
use crm_core::rules::Rules;
use proptest::prelude::*;

use super::answer::{Answer, answer, difference};
use super::{Case, Subject, cases, every_column, table};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Door {
    #[default]
    Batches,
    Table,
    Stream,
}

impl Door {
    pub(crate) const ALL: &'static [Door] = &[Door::Batches, Door::Table, Door::Stream];
}

/// A way from rows to scores; what is not given is as the options say.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Way {
    pub(crate) door: Door,
    pub(crate) threads: Option<usize>,
    pub(crate) instructions: Option<Instructions>,
}

/// Every choice of instructions.
pub(crate) const INSTRUCTIONS: [Instructions; 3] = [Instructions::Portable, Instructions::Avx2, Instructions::Best];

impl Way {
    /// The scored batches; those that are not streamed are as long as those of the input.
    pub(crate) fn score(
        self,
        input: &[RecordBatch],
        rules: &Rules,
        mut options: ScoreOptions,
    ) -> (SchemaRef, Vec<RecordBatch>) {
        options.threads = self.threads.unwrap_or(options.threads);
        options.instructions = self.instructions.unwrap_or(options.instructions);
        Self::score_of(self, &input[0].schema(), input, rules, options)
    }

    fn score_of(
        self,
        schema: &SchemaRef,
        input: &[RecordBatch],
        rules: &Rules,
        options: ScoreOptions,
    ) -> (SchemaRef, Vec<RecordBatch>) {
        let stream = || {
            let batches: Vec<_> = input.iter().cloned().map(Ok).collect();
            FFI_ArrowArrayStream::new(Box::new(RecordBatchIterator::new(batches, Arc::clone(schema))))
        };
        let scored = match self.door {
            Door::Batches => score_batches(schema, input, rules, options).unwrap(),
            Door::Table => score_table(stream(), rules, options).unwrap(),
            Door::Stream => {
                let output = score_stream(stream(), rules, options).unwrap();
                let reader = RecordBatchStreamReader::try_new(output).unwrap();
                return (reader.schema(), reader.map(Result::unwrap).collect());
            }
        };
        let lengths = |batches: &[RecordBatch]| batches.iter().map(RecordBatch::num_rows).collect::<Vec<_>>();
        assert_eq!(lengths(&scored.batches), lengths(input));
        (scored.schema, scored.batches)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 400, ..ProptestConfig::with_cases(32) })]

    #[test]
    fn nothing_but_the_rows_matters(case in cases()) {
        let subject = Subject::new(&case);
        let mut options = subject.table.options.clone();
        (options.columns, options.lang) = (Some(every_column()), Some(Lang::French));
        let columns = every_column().len();
        let rows = subject.table.rows.len();
        let order: Vec<usize> = (0..rows).collect();
        let score = |way: Way, order: &[usize], lengths: &[usize], sliced: bool, place: usize| -> Answer {
            let input = subject.table.batches(subject.draw.part("way", place), order, lengths, sliced);
            let (schema, output) = way.score(&input, &subject.rules, options.clone());
            answer(&schema, &output, columns)
        };
        let portable = Way { instructions: Some(Instructions::Portable), ..Way::default() };
        let whole = score(portable, &order, &[rows], false, 0);
        for (place, door) in Door::ALL.iter().enumerate() {
            let way = Way { door: *door, threads: Some(1 + place), instructions: Some(INSTRUCTIONS[place]) };
            let mut draw = subject.draw.part("cut", place);
            let lengths = table::lengths(&mut draw, rows);
            let cut = score(way, &order, &lengths, place % 2 == 0, place);
            prop_assert_eq!(&cut, &whole, "{:?} in batches of {:?}", way, lengths);
            let mut turned = order.clone();
            draw.shuffle(&mut turned);
            let expected = turned.iter().map(|row| whole.rows[*row].clone()).collect();
            let found = score(way, &turned, &lengths, place % 2 == 1, place);
            prop_assert_eq!(found, Answer { names: whole.names.clone(), rows: expected }, "{:?} {:?}", way, turned);
        }
    }
}

/// Tables of so many rows that threads share them.
fn long_cases() -> impl Strategy<Value = Case> {
    (cases(), prop::sample::select(vec![8192usize, 8193, 16_385, 20_000])).prop_map(|(mut case, rows)| {
        case.rules.truncate(12);
        case.fields.truncate(8);
        Case { rows, ..case }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 50, ..ProptestConfig::with_cases(6) })]

    #[test]
    fn neither_threads_nor_instructions_matter(case in long_cases()) {
        let subject = Subject::new(&case);
        let mut options = subject.options();
        options.keep = Keep::None;
        let order: Vec<usize> = (0..case.rows).collect();
        let input = subject.table.batches(subject.draw, &order, &[case.rows], false);
        let score = |threads: usize, instructions: Instructions| {
            let way = Way { door: Door::Batches, threads: Some(threads), instructions: Some(instructions) };
            way.score(&input, &subject.rules, options.clone()).1
        };
        let one = score(1, Instructions::Portable);
        for (threads, instructions) in [1, 2, 3].into_iter().zip(INSTRUCTIONS.into_iter().rev()) {
            prop_assert!(score(threads, instructions) == one, "{} threads, {:?}", threads, instructions);
        }
        let wrong = subject.wrong(&options, Way { threads: Some(2), ..Way::default() });
        prop_assert!(wrong.is_none(), "{}", wrong.unwrap());
    }
}

/// A batch longer than those that a stream gives, and no batch at all.
#[test]
fn the_longest_and_the_shortest_input() {
    const ROWS: usize = 65_536 + 1;
    let subject = Subject::new(&Case { seed: 3, rules: (0..3).collect(), fields: vec![3, 8, 10], rows: ROWS });
    let order: Vec<usize> = (0..ROWS).collect();
    let input = subject.table.batches(subject.draw, &order, &[ROWS], false);
    let mut options = subject.table.options.clone();
    options.keep = Keep::None;
    let expected = subject.expected(None);
    let expected: Vec<_> = subject.table.rows.iter().map(|row| &expected[*row]).collect();
    for (door, threads) in [(Door::Batches, 1), (Door::Stream, 1), (Door::Table, 2), (Door::Stream, 3)] {
        let way = Way { door, threads: Some(threads), ..Way::default() };
        let (schema, output) = way.score(&input, &subject.rules, options.clone());
        let found = answer(&schema, &output, schema.fields().len());
        assert!(difference(&found, &expected, &options).is_none(), "{way:?}");
        let (schema, output) = way.score_of(&input[0].schema(), &[], &subject.rules, options.clone());
        assert_eq!((schema.fields().len(), output.len()), (9, 0), "{way:?}");
    }
}
