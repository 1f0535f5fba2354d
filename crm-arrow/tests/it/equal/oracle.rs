//! What must come out: every different row of a table by the rule for one lead.

use crm_core::kernel::reason::{Reason, Section};
use crm_core::model::Kind;
use crm_core::rules::Rules;
use crm_core::{Currency, Fact, Facts, FieldType, Lang, Value, lang};

use super::cells::Meaning;
use super::exact;
use super::table::Table;

/// Values by the index of their field.
struct Values(Vec<Value>);

impl Facts for Values {
    fn fact(&self, field: usize) -> Fact<'_> {
        self.0[field].as_fact()
    }
}

/// What one row must give.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expected {
    pub(crate) score: i64,
    pub(crate) band: Option<String>,
    pub(crate) grade: Option<String>,
    pub(crate) fit: Option<i64>,
    pub(crate) engagement: Option<i64>,
    pub(crate) coverage_bp: i64,
    pub(crate) reasons: Vec<String>,
    pub(crate) codes: Vec<String>,
    pub(crate) names: Vec<String>,
    pub(crate) milli: Vec<i64>,
    /// Microseconds.
    pub(crate) next_change_at: Option<i64>,
    /// The fields with a cell that cannot be read, in the order of the schema.
    pub(crate) unreadable: Vec<String>,
}

/// What every different row of the table must give.
pub(crate) fn expected(rules: &Rules, table: &Table, lang: Lang) -> Vec<Expected> {
    let schema = rules.schema(Kind::Lead);
    let scorer = rules.lead_scorer();
    let read = scorer.fields();
    let one = |row: usize| {
        let mut values = Values(vec![Value::Null; schema.fields().len()]);
        let mut unreadable = Vec::new();
        for (place, field) in schema.fields().iter().enumerate() {
            match value(table, &field.name, row) {
                Some(value) => values.0[place] = value,
                None if read.contains(&place) => unreadable.push(field.name.to_string()),
                None => {}
            }
        }
        let score = scorer.score(&values, &[], table.options.at);
        let reasons = score.reasons();
        let milli: Vec<i64> = score.lines().iter().map(|line| line.points().milli()).collect();
        let names: Vec<String> = reasons.iter().map(name).collect();
        assert_eq!(milli.len(), names.len());
        Expected {
            score: score.score(),
            band: score.band().map(str::to_owned),
            grade: score.grade(),
            fit: score.section(Section::Fit),
            engagement: score.section(Section::Engagement),
            coverage_bp: score.known_bp().into(),
            reasons: reasons.iter().map(|reason| lang::reason(reason, lang)).collect(),
            codes: names.iter().zip(&milli).map(|(name, milli)| format!("{name}:{}", signed(*milli))).collect(),
            names,
            milli,
            next_change_at: score.next_change_at().map(|t| t.timestamp_micros()),
            unreadable,
        }
    };
    (0..table.different).map(one).collect()
}

/// The value of a field in a row; `None` where its cell cannot be read.
fn value(table: &Table, field: &str, row: usize) -> Option<Value> {
    let Some(column) = table.column(field) else { return Some(Value::Null) };
    match &column.cells[column.picks[row]].meaning {
        Meaning::Unknown => Some(Value::Null),
        Meaning::Known(value) => Some(value.clone()),
        Meaning::Unreadable => None,
        Meaning::Amount { digits, written } => {
            assert_eq!(column.kind, FieldType::Money);
            let own = table.column(&format!("{field}_currency")).map(|c| &c.cells[c.picks[row]].meaning);
            let currency: Currency = match own {
                Some(Meaning::Known(Value::Text(code))) if !code.is_empty() => code.parse().ok()?,
                _ => table.options.currency?,
            };
            exact::money(digits, *written, currency).map(Value::Money)
        }
    }
}

/// What a reason is called: its rule, or the cut and what it is about.
fn name(reason: &Reason) -> String {
    match reason {
        Reason::RulePoints { rule, .. } => rule.id.clone(),
        Reason::GroupCap { group, .. } => format!("group_cap.{}", group.id),
        Reason::SectionCap { section, .. } => format!("section_cap.{}", section.name()),
        Reason::IdleDecay { section, .. } => format!("idle_decay.{}", section.name()),
        Reason::TotalCap { .. } => "total_cap".to_owned(),
        Reason::Rounding { .. } => "rounding".to_owned(),
        other => panic!("without events there is no {other:?}"),
    }
}

/// Thousandths as points with their sign: `+15`, `-0.5`.
fn signed(milli: i64) -> String {
    let sign = if milli < 0 { "-" } else { "+" };
    let (whole, rest) = (milli.unsigned_abs() / 1000, milli.unsigned_abs() % 1000);
    let fraction = format!("{rest:03}");
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}
