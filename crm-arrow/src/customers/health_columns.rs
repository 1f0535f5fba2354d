//! The columns of health while they grow.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::builder::{Int64Builder, ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, Int64Array, StringArray, TimestampMicrosecondArray};
use arrow_schema::{DataType, Field, TimeUnit};
use crm_core::kernel::health_reason::HealthReason;
use crm_core::kernel::reason::Reason;
use crm_core::rules::health::Health;
use crm_core::{Error, Lang, lang};

use crate::answers::{decimal, decimals};
use crate::desk::TableOptions;
use crate::desk::reader::Diagnostics;

fn item(kind: DataType) -> Arc<Field> {
    Arc::new(Field::new_list_field(kind, false))
}

/// The columns of the result.
pub(super) struct Grown {
    lang: Option<Lang>,
    scores: Vec<Option<i64>>,
    bands: Vec<Option<String>>,
    coverage: Vec<Option<i64>>,
    reasons: ListBuilder<StringBuilder>,
    codes: ListBuilder<StringBuilder>,
    points: ListBuilder<Int64Builder>,
    models: Vec<Option<String>>,
    changes: Vec<Option<i64>>,
    diagnostics: Diagnostics,
}

impl Grown {
    pub(super) fn fields(lang: Option<Lang>) -> Vec<Field> {
        let texts = |name: &str| Field::new(name, DataType::List(item(DataType::Utf8)), false);
        let mut fields = vec![
            Field::new("score", decimal(2), true),
            Field::new("band", DataType::Utf8, true),
            Field::new("coverage_bp", DataType::Int64, true),
        ];
        fields.extend(lang.map(|_| texts("reasons")));
        fields.extend([
            texts("reason_codes"),
            Field::new("reason_points_centi", DataType::List(item(DataType::Int64)), false),
            Field::new("model", DataType::Utf8, true),
            Field::new("next_change_at", DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), true),
            Diagnostics::field(),
        ]);
        fields
    }

    pub(super) fn new(table: &TableOptions) -> Self {
        let texts = || ListBuilder::new(StringBuilder::new()).with_field(item(DataType::Utf8));
        Self {
            lang: table.lang,
            scores: Vec::new(),
            bands: Vec::new(),
            coverage: Vec::new(),
            reasons: texts(),
            codes: texts(),
            points: ListBuilder::new(Int64Builder::new()).with_field(item(DataType::Int64)),
            models: Vec::new(),
            changes: Vec::new(),
            diagnostics: Diagnostics::new(table.lang.unwrap_or(Lang::English)),
        }
    }

    /// Adds a row; without health no model is for it.
    pub(super) fn push(&mut self, health: Option<&Health>, problems: &[Error]) {
        self.scores.push(health.and_then(|health| health.score));
        self.bands.push(health.map(|health| health.band.id.clone()));
        self.coverage.push(health.map(|health| health.coverage_bp()));
        self.models.push(health.map(|health| health.model.clone()));
        self.changes.push(health.and_then(|health| health.next_change_at).map(|at| at.timestamp_micros()));
        let reasons = health.map_or_else(|| vec![HealthReason::NoModel], Health::reasons);
        for reason in reasons {
            let points = match &reason {
                HealthReason::Measure { points, .. }
                | HealthReason::Assumed { points, .. }
                | HealthReason::Cap { points, .. } => *points,
                _ => 0,
            };
            let reason = Reason::Health(reason);
            if let Some(to) = self.lang {
                self.reasons.values().append_value(lang::reason(&reason, to));
            }
            self.codes.values().append_value(reason.code());
            self.points.values().append_value(points);
        }
        self.reasons.append(true);
        self.codes.append(true);
        self.points.append(true);
        self.diagnostics.push(problems);
    }

    /// How many rows are in which band.
    pub(super) fn bands(&self) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for band in self.bands.iter().flatten() {
            let count: &mut u64 = counts.entry(band.clone()).or_default();
            *count = count.saturating_add(1);
        }
        counts
    }

    pub(super) fn finish(mut self) -> Vec<ArrayRef> {
        // Scores have at most five digits.
        let scores = decimals(self.scores.iter().map(|score| score.map(i128::from)), 2);
        let mut columns: Vec<ArrayRef> = scores.into_iter().collect();
        columns.push(Arc::new(StringArray::from(self.bands)));
        columns.push(Arc::new(Int64Array::from(self.coverage)));
        if self.lang.is_some() {
            columns.push(Arc::new(self.reasons.finish()));
        }
        columns.push(Arc::new(self.codes.finish()));
        columns.push(Arc::new(self.points.finish()));
        columns.push(Arc::new(StringArray::from(self.models)));
        columns.push(Arc::new(TimestampMicrosecondArray::from(self.changes).with_timezone("UTC")));
        columns.push(self.diagnostics.finish());
        columns
    }
}
