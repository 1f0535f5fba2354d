//! A report that was run: its figures with everything that they were made from.

use serde_json::{Map, Value as Json, json};

use super::figures::Figures;
use super::snapshot::{PipelineSnapshot, Shown};
use super::spec::{Dimension, Measure, ReportSpec};
use super::window::ResolvedWindow;
use crate::kernel::csv::{Cell, Column, Sheet};
use crate::kernel::error::Result;
use crate::kernel::forecast_reason::{Exclusion, ForecastReason};
use crate::kernel::reason::Reason;
use crate::kernel::report_reason::{ReportReason, Section};
use crate::kernel::time::{Instant, format_instant};
use crate::lang::{self, Lang};
use crate::rules::pipeline::Pipelines;

/// A report that was run. Two runs of one spec at one instant over the same data are equal to the byte.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportRun {
    /// What was asked for.
    pub spec: ReportSpec,
    /// The days that it means.
    pub window: ResolvedWindow,
    /// The instant whose state it tells.
    pub as_of: Instant,
    /// The place in the trail of the last change that it knows; `None` where the host gave the records.
    pub data_version: Option<u64>,
    /// SHA-256 of the exchange rates, in hexadecimal.
    pub rates_digest: String,
    /// The figures.
    pub snapshot: PipelineSnapshot,
}

/// Where figures stand in the report.
struct Part<'r> {
    section: Section,
    keys: &'r [String],
    shown: Shown,
}

impl ReportRun {
    /// The report as JSON; with a language also what people call its rows, and why deals are left out in sentences.
    pub fn to_json(&self, pipelines: &Pipelines, lang: Option<Lang>) -> Json {
        let mut map = Map::new();
        map.insert("report".into(), self.spec.to_json());
        map.insert("spec_hash".into(), self.spec.hash().into());
        map.insert("as_of".into(), format_instant(self.as_of).into());
        map.insert("data_version".into(), self.data_version.into());
        map.insert("rates_digest".into(), self.rates_digest.as_str().into());
        let mut window = self.window.to_json();
        if let (Some(lang), Some(window)) = (lang, window.as_object_mut()) {
            window.insert("text".into(), window_text(&self.window, lang).into());
        }
        map.insert("window".into(), window);
        let rows = self.snapshot.rows.iter().map(|row| {
            let mut map = Map::new();
            for (dimension, key) in self.spec.group_by.iter().zip(&row.keys) {
                map.insert(dimension.code().into(), key.as_str().into());
            }
            if let Some(lang) = lang {
                map.insert("label".into(), self.label(&row.keys, pipelines, lang).into());
            }
            map.extend(self.measured(row.dated));
            map.insert("undated".into(), Json::Object(self.measured(row.undated)));
            Json::Object(map)
        });
        map.insert("rows".into(), rows.collect());
        let shown = |shown: Shown| Json::Object(self.measured(shown));
        let s = &self.snapshot;
        map.insert("undated".into(), shown(s.undated));
        map.insert("closed".into(), json!({"won": shown(s.won), "lost": shown(s.lost)}));
        map.insert("totals".into(), json!({"open": shown(s.open), "all": shown(s.total)}));
        map.insert("without_risk".into(), s.without_risk.into());
        map.insert("excluded".into(), excluded_json(&s.excluded, lang));
        Json::Object(map)
    }

    /// What people call a row.
    fn label(&self, keys: &[String], pipelines: &Pipelines, lang: Lang) -> String {
        let mut pipeline = None;
        let name = |(dimension, key): (&Dimension, &String)| match dimension {
            Dimension::Pipeline => {
                pipeline = pipelines.pipeline(key);
                pipeline.map_or_else(|| key.clone(), |p| p.labels.text(lang).to_owned())
            }
            Dimension::Stage => {
                // Without the pipeline, stages of one code are one row.
                let stage = pipeline.and_then(|p| p.stage(key));
                stage.map_or_else(|| key.clone(), |s| s.labels.text(lang).to_owned())
            }
            Dimension::Category => lang::category(key, lang),
            Dimension::Owner => key.clone(),
        };
        let names: Vec<String> = self.spec.group_by.iter().zip(keys).map(name).collect();
        names.join(" - ")
    }

    fn measured(&self, shown: Shown) -> Map<String, Json> {
        let all = shown.figures.to_json(self.spec.currency, shown.weighted);
        all.into_iter().filter(|(name, _)| self.spec.measures.iter().any(|m| m.code() == name)).collect()
    }

    /// The report as a table: a record for each row, for what is undated, won and lost, and for the total, so that the
    /// records of a section add up to what the report says.
    ///
    /// # Errors
    /// None but a bug's.
    pub fn sheet(&self) -> Result<Sheet<'_>> {
        let mut columns = vec![column("section")];
        columns.extend(self.spec.group_by.iter().map(|d| column(d.code())));
        for measure in &self.spec.measures {
            columns.push(column(measure.code()));
            if *measure == Measure::AtRisk {
                columns.push(column("at_risk_value"));
            }
        }
        columns.push(column("currency"));
        let mut sheet = Sheet::new(columns);
        for part in self.parts() {
            let mut cells = vec![Cell::text(part.section.code())];
            let none = String::new();
            for place in 0..self.spec.group_by.len() {
                cells.push(Cell::text(part.keys.get(place).unwrap_or(&none).clone()));
            }
            for measure in &self.spec.measures {
                self.cells(*measure, &part.shown.figures, part.shown.weighted, &mut cells);
            }
            cells.push(Cell::text(self.spec.currency.code()));
            sheet.push(cells)?;
        }
        Ok(sheet)
    }

    fn parts(&self) -> Vec<Part<'_>> {
        let s = &self.snapshot;
        let mut parts = Vec::new();
        for row in &s.rows {
            parts.push(Part { section: Section::Open, keys: &row.keys, shown: row.dated });
        }
        for row in s.rows.iter().filter(|row| row.undated.figures.sums.count > 0) {
            parts.push(Part { section: Section::Undated, keys: &row.keys, shown: row.undated });
        }
        for (section, shown) in [(Section::Won, s.won), (Section::Lost, s.lost), (Section::Total, s.total)] {
            parts.push(Part { section, keys: &[], shown });
        }
        parts
    }

    fn cells(&self, measure: Measure, figures: &Figures, weighted: i128, out: &mut Vec<Cell<'_>>) {
        let money = |units| Cell::Decimal { units, places: self.spec.currency.minor_digits() };
        match measure {
            Measure::Count => out.push(Cell::integer(figures.sums.count)),
            Measure::Value => out.push(money(figures.sums.amount)),
            Measure::Weighted => out.push(money(weighted)),
            Measure::OldestIdleDays => out.push(figures.oldest_idle_days.map_or(Cell::Empty, Cell::integer)),
            Measure::AtRisk => {
                out.push(Cell::integer(figures.at_risk.count));
                out.push(money(figures.at_risk.amount));
            }
        }
    }
}

/// The days of a window in words.
pub(super) fn window_text(window: &ResolvedWindow, lang: Lang) -> String {
    let last = window.to.pred_opt().unwrap_or(window.from);
    let (from, zone) = (window.from, window.zone.name().to_owned());
    lang::reason(&Reason::Report(ReportReason::Window { from, last, zone }), lang)
}

/// Records that cannot count, each with its reason.
pub fn excluded_json(excluded: &[(String, Exclusion)], lang: Option<Lang>) -> Json {
    let one = |(id, reason): &(String, Exclusion)| {
        let reason = Reason::Forecast(ForecastReason::Excluded(reason.clone()));
        let mut map = Map::new();
        map.insert("deal".into(), id.as_str().into());
        map.extend(reason.to_json(lang));
        Json::Object(map)
    };
    excluded.iter().map(one).collect()
}

/// A column that reports and views have, with what people call it.
pub fn column(code: &str) -> Column {
    match lang::column(code) {
        Some((en, fr)) => Column::labelled(code, en, fr),
        None => Column::new(code),
    }
}
