//! The column door gives what the rule gives, row by row: for random models, random tables and every layout.
//!
//! `pools` has the few values from which data and thresholds are drawn, so that edges are met; `condition` and `model`
//! make models of them, `cells` what a column of each layout may hold with what it means, `table` whole tables,
//! `encode` their arrays. `oracle` asks the rule for one lead with the facts that were meant, never reading an array;
//! `answer` compares. A case shrinks to fewer rules, columns and rows.

mod answer;
pub(crate) mod cells;
mod condition;
pub(crate) mod draw;
pub(crate) mod encode;
mod exact;
mod layouts;
mod model;
mod oracle;
mod pools;
mod reach;
mod table;
mod ways;

use std::collections::BTreeMap;

use arrow_array::{Array as _, RecordBatch};
use arrow_schema::DataType;
use crm_arrow::{Reasons, ResultColumn, ScoreOptions};
use crm_core::rules::Rules;
use crm_core::{FieldType, Instant, Lang};
use proptest::prelude::*;
use serde_json::Value as Json;

use answer::{answer, difference};
use draw::Draw;
use oracle::Expected;
use pools::FIELDS;
use table::{Table, Wanted};
use ways::{Door, Way};

/// Rows around the edges of tiles and words.
pub(crate) const SIZES: &[usize] = &[0, 1, 63, 64, 65, 1023, 1024, 1025, 2049, 5000];

/// A random model over a random table, by what shrinks.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    seed: u64,
    /// Places of rules.
    rules: Vec<usize>,
    /// Places of fields that have a column.
    fields: Vec<usize>,
    rows: usize,
}

/// Cases of every size; large models have fewer rows, as both take time.
pub(crate) fn cases() -> impl Strategy<Value = Case> {
    let rules = |least: usize, most: usize| prop::sample::subsequence((0..most).collect::<Vec<_>>(), least..=most);
    let rows = |most: usize| prop::sample::select(SIZES.iter().copied().filter(|n| *n <= most).collect::<Vec<_>>());
    let few = prop_oneof![4 => rows(65).boxed(), 1 => (2usize..200).boxed()];
    let sizes = prop_oneof![
        8 => (rules(1, 12), few),
        2 => (rules(1, 6), rows(5000)),
        2 => (rules(13, 64), rows(65)),
        1 => (rules(65, 80), rows(65)),
        1 => (rules(129, 150), rows(65)),
    ];
    let fields = prop::sample::subsequence((0..FIELDS.len()).collect::<Vec<_>>(), 1..=FIELDS.len());
    (any::<u64>().no_shrink(), sizes, fields).prop_map(|(seed, (rules, rows), fields)| Case {
        seed,
        rules,
        fields,
        rows,
    })
}

/// A case as it is run.
pub(crate) struct Subject {
    pub(crate) draw: Draw,
    pub(crate) configuration: Json,
    pub(crate) rules: Rules,
    pub(crate) table: Table,
}

impl Subject {
    pub(crate) fn new(case: &Case) -> Self {
        let draw = Draw::new(case.seed);
        let at = draw.part("at", 0).copy(&pools::ats());
        let configuration = model::configuration(draw.part("model", 0), at, &case.rules, &case.fields);
        let fields = case.fields.iter().map(|field| (*field, None)).collect();
        Self::over(draw, configuration, &Wanted::new(at, case.rows, fields))
    }

    pub(crate) fn over(draw: Draw, configuration: Json, wanted: &Wanted) -> Self {
        let rules = Rules::from_json(&configuration)
            .unwrap_or_else(|e| panic!("the loader refuses a random model: {e:?}\n{configuration:#}"));
        let table = Table::new(draw, wanted);
        Self { draw, configuration, rules, table }
    }

    /// Options with a random choice of reasons, language and columns.
    pub(crate) fn options(&self) -> ScoreOptions {
        let mut draw = self.draw.part("options", 0);
        let mut options = self.table.options.clone();
        options.lang = draw.copy(&[None, Some(Lang::English), Some(Lang::French)]);
        let tops = [0, 1, 3, 3, 4, 5, 70].map(Reasons::Top);
        options.reasons = if draw.chance(60) { draw.copy(&tops) } else { draw.copy(&[Reasons::All, Reasons::None]) };
        options.keep = table::keep(&mut draw);
        options.threads = draw.copy(&[1, 1, 2, 3]);
        options.instructions = draw.copy(&ways::INSTRUCTIONS);
        if draw.chance(70) {
            let mut columns = every_column();
            draw.shuffle(&mut columns);
            columns.truncate(1 + draw.below(2 * columns.len()));
            options.columns = Some(columns);
        }
        options
    }

    pub(crate) fn expected(&self, lang: Option<Lang>) -> Vec<Expected> {
        oracle::expected(&self.rules, &self.table, lang.unwrap_or(Lang::English))
    }

    /// Where the door says something else than the rule, in words.
    pub(crate) fn wrong(&self, options: &ScoreOptions, way: Way) -> Option<String> {
        let order: Vec<usize> = (0..self.table.rows.len()).collect();
        // Long tables are there for threads, which share a batch.
        let lengths = match order.len() {
            long @ 8192.. => vec![long],
            rows => table::lengths(&mut self.draw.part("lengths", 0), rows),
        };
        let sliced = self.draw.part("sliced", 0).chance(30);
        let input = self.table.batches(self.draw, &order, &lengths, sliced);
        let (schema, output) = way.score(&input, &self.rules, options.clone());
        kept(&input, &output);
        let columns = options.columns.as_ref().map_or_else(|| ResultColumn::default_of(options.lang), Clone::clone);
        let found = answer(&schema, &output, columns.len());
        assert_eq!(found.names, columns.iter().map(|c| c.name()).collect::<Vec<_>>());
        let expected = self.expected(options.lang);
        let expected: Vec<&Expected> = self.table.rows.iter().map(|row| &expected[*row]).collect();
        difference(&found, &expected, options).map(|(row, text)| self.message(row, &text))
    }

    fn message(&self, row: usize, text: &str) -> String {
        let shown = self.table.rows.get(row).map_or_else(String::new, |different| self.table.shown(*different));
        let options = &self.table.options;
        format!(
            "row {row}: {text}\nat {:?}, zone {:?}, currency {:?}\n{shown}\n{:#}",
            options.at, options.zone, options.currency, self.configuration["lead_score"]
        )
    }
}

/// Every column of the result.
pub(crate) fn every_column() -> Vec<ResultColumn> {
    use ResultColumn as C;
    let mut all = vec![C::Score, C::Band, C::Grade, C::Fit, C::Engagement, C::Coverage];
    all.extend([C::Reasons, C::ReasonCodes, C::ReasonIds, C::ReasonPoints, C::NextChange, C::Diagnostics]);
    all
}

/// What is kept of the input is the input.
fn kept(input: &[RecordBatch], output: &[RecordBatch]) {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    let column = |batch: &RecordBatch| batch.column_by_name("ref").map(|c| c.to_data());
    before.extend(input.iter().filter_map(column).filter(|c| !c.is_empty()));
    after.extend(output.iter().filter_map(column).filter(|c| !c.is_empty()));
    assert!(after.is_empty() || before == after, "the column `ref` is not what it was");
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 400, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn columns_give_what_rows_give(case in cases(), door in prop::sample::select(Door::ALL)) {
        let subject = Subject::new(&case);
        let wrong = subject.wrong(&subject.options(), Way { door, ..Way::default() });
        prop_assert!(wrong.is_none(), "{}", wrong.unwrap());
    }
}

/// Operators on texts that need no look inside.
const ENDS: &[&str] = &["eq", "in", "starts_with", "ends_with"];

/// Every layout of every type under every operator, whatever is drawn elsewhere; texts once more under those operators
/// that engines answer without reading the whole text.
#[test]
fn every_layout_of_every_type() {
    let fields: BTreeMap<FieldType, usize> = FIELDS.iter().enumerate().map(|(i, (_, kind))| (*kind, i)).collect();
    for (kind, field) in fields {
        for (place, layout) in layouts::all(kind).into_iter().enumerate() {
            one_layout(field, &condition::operators(kind), layout.clone(), place);
            if kind == FieldType::Text {
                one_layout(field, ENDS, layout, place);
            }
        }
    }
}

fn one_layout(field: usize, operators: &[&str], layout: DataType, place: usize) {
    let draw = Draw::new(place as u64).part("layout", field);
    let at = draw.part("at", 0).copy(&pools::ats());
    let mut thresholds = draw.part("thresholds", 0);
    let conditions = operators.iter().map(|operator| condition::test(&mut thresholds, field, operator, at));
    let shown = layout.to_string();
    let wanted = Wanted::new(at, 130, vec![(field, Some(layout))]);
    let subject = Subject::over(draw, model::configuration_of(conditions.collect()), &wanted);
    let wrong = subject.wrong(&subject.options(), Way { door: Door::ALL[place % 3], ..Way::default() });
    assert!(wrong.is_none(), "{} as {shown}: {}", FIELDS[field].0, wrong.unwrap());
}

/// So many random tests of one field.
fn tests_of(draw: Draw, field: usize, count: usize, operators: &[&'static str], at: Instant) -> Json {
    let test = |place: usize| {
        let mut draw = draw.part("test", place);
        let operator = draw.copy(operators);
        condition::test(&mut draw, field, operator, at)
    };
    model::configuration_of((0..count).map(test).collect())
}

/// As many tests of one field as a byte, a word and more words answer, of every type.
#[test]
fn many_tests_of_one_field() {
    for (field, (name, kind)) in FIELDS.iter().enumerate() {
        let (operators, counts) = match *name {
            "custom.note" | "consent" => (ENDS.to_vec(), (1..12).chain(60..72).chain(125..135).collect()),
            _ => (condition::operators(*kind), vec![150]),
        };
        for count in counts {
            let draw = Draw::new(count as u64).part("many", field);
            let at = draw.part("at", 0).copy(&pools::ats());
            let configuration = tests_of(draw, field, count, &operators, at);
            let subject = Subject::over(draw, configuration, &Wanted::new(at, 65, vec![(field, None)]));
            let wrong = subject.wrong(&subject.options(), Way::default());
            assert!(wrong.is_none(), "{count} tests of {name}: {}", wrong.unwrap());
        }
    }
}

/// More different texts than anything remembers.
#[test]
fn many_different_texts() {
    let field = FIELDS.iter().position(|(name, _)| *name == "custom.note").unwrap();
    for (place, layout) in [DataType::Utf8, DataType::Utf8View, layouts::coded_texts()].into_iter().enumerate() {
        let draw = Draw::new(place as u64);
        let at = pools::ats()[0];
        let operators = ["contains", "has_word", "starts_with", "lt"];
        let configuration = tests_of(draw, field, 8, &operators, at);
        let wanted = Wanted { different: 12_000, ..Wanted::new(at, 12_000, vec![(field, Some(layout))]) };
        let subject = Subject::over(draw, configuration, &wanted);
        let options = ScoreOptions { columns: Some(vec![ResultColumn::ReasonCodes]), ..subject.table.options.clone() };
        let wrong = subject.wrong(&options, Way::default());
        assert!(wrong.is_none(), "{}", wrong.unwrap());
    }
}

/// Every number of rows around the edges of tiles, whatever is drawn elsewhere.
#[test]
fn every_number_of_rows() {
    for rows in SIZES {
        let fields = (0..FIELDS.len()).step_by(3).collect();
        let subject = Subject::new(&Case { seed: *rows as u64, rules: (0..6).collect(), fields, rows: *rows });
        let wrong = subject.wrong(&subject.options(), Way::default());
        assert!(wrong.is_none(), "{rows} rows: {}", wrong.unwrap());
    }
}
