//! Which rows of a table belong to a segment.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, RecordBatch};
use arrow_schema::{DataType, Field, SchemaRef};
use crm_core::kernel::json;
use crm_core::kernel::predicate::Truth;
use crm_core::kernel::time::truncate;
use crm_core::rules::Rules;
use crm_core::{Instant, Result};
use serde_json::{Map, Value as Json, json};

use crate::desk::reader::{Diagnostics, Reader};
use crate::desk::{Evaluated, TableOptions, check, read};
use crate::import::Incoming;
use crate::options::{Given, Reading};

/// What is asked of the segment itself.
const SEGMENT: &[&str] = &["record", "segment", "segments", "week_start", "where"];

/// Whose membership is asked for, when, and how the table is read.
#[derive(Clone, Debug)]
pub struct SegmentOptions {
    /// How the table is read, and what of it stays. Days of the condition begin in its zone, too.
    pub table: TableOptions,
    /// The instant.
    pub at: Instant,
    /// The segment, as [`Rules::members`] takes it.
    pub segment: Json,
}

impl SegmentOptions {
    /// Reads the JSON form: `at`, and `where` (with `record`, which is `lead` where nobody says), or `segment` with
    /// `segments`:
    ///
    /// ```
    /// let options = serde_json::json!({"at": "2026-11-22T09:00:00Z", "record": "account", "zone": "Europe/Paris",
    ///     "where": {"field": "size", "op": "ge", "value": 50}, "map": {"Effectif": "size"}, "keep": "none", "threads": 2});
    /// assert_eq!(crm_arrow::SegmentOptions::from_json(&options)?.segment["record"], "account");
    /// # Ok::<(), crm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// Unknown options and values that do not fit, with their path.
    pub fn from_json(options: &Json) -> Result<Self> {
        const KEYS: &[&str] = &[
            "at",
            "currency",
            "keep",
            "lang",
            "map",
            "record",
            "segment",
            "segments",
            "threads",
            "week_start",
            "where",
            "zone",
        ];
        let given = Given::new(options, KEYS)?;
        let asked = SEGMENT.iter().filter_map(|key| Some(((*key).to_owned(), given.value(key)?.clone())));
        let mut segment: Map<String, Json> = asked.collect();
        if let (Some(zone), true) = (given.value("zone"), segment.contains_key("where")) {
            segment.insert("zone".into(), zone.clone());
        }
        Ok(Self { table: TableOptions::read(&given)?, at: given.at()?, segment: Json::Object(segment) })
    }
}

/// Which rows of batches that are in the process already belong to a segment, see [`segment_table`].
///
/// # Errors
/// As [`segment_table`].
pub fn segment_batches(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    rules: &Rules,
    options: &SegmentOptions,
) -> Result<Evaluated> {
    check(schema, batches)?;
    let at = truncate(options.at);
    let (kind, condition) = rules.members(&options.segment, at)?;
    let record = rules.schema(kind);
    let fields = condition.fields();
    let result = vec![Field::new("member", DataType::Boolean, false), Diagnostics::field()];
    let reading = Reading { lenient: true, ..options.table.reading() };
    let reader = Reader::reading(schema, &record, &fields, &options.table, reading, result)?;
    let reader = reader.fed(schema, &record, &fields)?;
    let bound = |field: &usize| reader.binding().sources.iter().any(|source| source.field == *field);
    let missing = fields.iter().filter(|field| !bound(field)).filter_map(|field| record.field(*field));
    // Records without these columns are records that nobody archived, or that have no name.
    let missing = missing.map(|field| field.name.to_string()).filter(|name| name != "archived_at" && name != "id");
    let missing: Vec<String> = missing.collect();
    let (mut out, mut rows, mut members) = (Vec::new(), 0_usize, 0_usize);
    for input in batches {
        let parts = reader.parts(input, |batch, rows| {
            let mut diagnostics = Diagnostics::new(options.table.text_lang());
            let mut facts = batch.facts();
            let mut mask = Vec::with_capacity(rows.len());
            for row in rows {
                let mut problems = Vec::new();
                batch.read(row, &mut facts, &mut problems);
                mask.push(condition.eval(&facts, at) == Truth::True);
                diagnostics.push(&problems);
            }
            Ok((BooleanArray::from(mask), diagnostics.finish()))
        })?;
        for (range, (mask, diagnostics)) in parts {
            rows = rows.saturating_add(mask.len());
            members = members.saturating_add(mask.true_count());
            let arrays: Vec<ArrayRef> = vec![Arc::new(mask), diagnostics];
            out.push(reader.attach(input, range, arrays)?);
        }
    }
    let answer = json!({
        "rows": json::length(rows),
        "members": json::length(members),
        "record": kind.name(),
        "without_column": missing,
    });
    Ok(Evaluated { schema: reader.schema, batches: out, answer })
}

/// Which rows of a C stream belong to a segment, exactly as [`Rules::eval`] says with the rule `segment` and the question
/// `member`. Reads the stream to its end.
///
/// Columns are the record's fields. Adds `member`, which is never null: who is not certainly a member is none; and
/// `diagnostics` (cells that could not be read: their facts are unknown). Who has an `archived_at` belongs to no segment. The
/// answer counts rows and members and names the fields of the condition that no column feeds (`without_column`).
///
/// # Errors
/// No column that feeds the condition, a column of a type that its field is not read from, a choice that is missing (the
/// currency of amounts, the zone of times), a condition or segment that does not fit the record, and
/// [`crm_core::Problem::Arrow`] for a stream that fails or cannot be trusted.
pub fn segment_table(input: impl Into<Incoming>, rules: &Rules, options: &SegmentOptions) -> Result<Evaluated> {
    let (schema, batches) = read(input)?;
    segment_batches(&schema, &batches, rules, options)
}
