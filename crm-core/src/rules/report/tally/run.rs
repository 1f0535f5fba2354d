//! A report that counts, run over its items.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::{Map, Value as Json, json};

use super::cell::Cell;
use super::item::{Item, What};
use super::measure::TallyMeasure;
use super::spec::TallySpec;
use crate::kernel::csv::{self, Sheet};
use crate::kernel::error::Result;
use crate::kernel::forecast_reason::Exclusion;
use crate::kernel::report_reason::Section;
use crate::kernel::time::{Instant, format_instant};
use crate::lang::Lang;
use crate::rules::check;
use crate::rules::report::run::window_text;
use crate::rules::report::{ReportKind, ResolvedWindow, column, excluded_json};
use crate::rules::support_volume::{FlowEvent, Volumes};

/// Most periods of one report, and most rows.
const MOST_PERIODS: usize = 1_000;
const MOST_ROWS: usize = 100_000;
/// Most steps from a merged lead to the one in which it lives on.
const MOST_STEPS: usize = 100;

type Keys = Vec<Option<String>>;

/// One row of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TallyRow {
    /// What it is about, in the order of the spec's groups; `None` where the records do not say.
    pub keys: Keys,
    /// The first and the last day of its period, where the window is cut.
    pub period: Option<(NaiveDate, NaiveDate)>,
    /// Its figures.
    pub cell: Cell,
}

/// A report that was run. Two runs of one spec at one instant over the same data are equal to the byte.
#[derive(Clone, Debug, PartialEq)]
pub struct TallyRun {
    /// What was asked for.
    pub spec: TallySpec,
    /// The days that it means.
    pub window: ResolvedWindow,
    /// The instant whose state it tells.
    pub as_of: Instant,
    /// The place in the trail of the last change that it knows; `None` where the host gave the records.
    pub data_version: Option<u64>,
    /// The rows, in order of their keys and periods.
    pub rows: Vec<TallyRow>,
    /// All rows together.
    pub total: Cell,
    /// What is counted without its value, with the reason.
    pub excluded: Vec<(String, Exclusion)>,
}

impl TallyRun {
    /// Adds items up. What lies outside of the window does not count, and nothing after the report's instant does.
    ///
    /// # Errors
    /// As [`WindowSpec::resolve`](crate::rules::report::WindowSpec::resolve), too many periods or rows, and sums that leave
    /// 128 bits.
    pub fn new(
        spec: TallySpec,
        as_of: Instant,
        items: &[Item],
        excluded: Vec<(String, Exclusion)>,
        data_version: Option<u64>,
    ) -> Result<Self> {
        let window = spec.window.resolve(as_of).map_err(|e| e.at("window"))?;
        let parts = match spec.by {
            None => vec![window.clone()],
            Some(unit) => spec.window.cut(&window, unit, MOST_PERIODS).map_err(|e| e.at("by"))?,
        };
        let (cells, total) = match spec.kind {
            ReportKind::SupportVolume => volumes(items, &parts, as_of),
            _ => sums(items, &parts, (&window, as_of))?,
        };
        check::most("rows", cells.len().saturating_mul(parts.len()), MOST_ROWS)?;
        let mut rows = Vec::new();
        for (keys, cells) in cells {
            for (part, cell) in parts.iter().zip(cells) {
                let period = spec.by.map(|_| (part.from, part.to.pred_opt().unwrap_or(part.from)));
                rows.push(TallyRow { keys: keys.clone(), period, cell });
            }
        }
        Ok(TallyRun { spec, window, as_of, data_version, rows, total, excluded })
    }

    /// The report as JSON; with a language also its window in words and why a value is left out.
    ///
    /// A support volume tells under `identity` the sum that holds: the backlog of the start, what came, what went and the
    /// backlog of the end, which is that of all groups together.
    pub fn to_json(&self, lang: Option<Lang>) -> Json {
        let mut map = Map::new();
        map.insert("report".into(), self.spec.to_json());
        map.insert("spec_hash".into(), crate::rules::report::spec_hash(&self.spec.to_json()).into());
        map.insert("as_of".into(), format_instant(self.as_of).into());
        map.insert("data_version".into(), self.data_version.into());
        let mut window = self.window.to_json();
        if let (Some(lang), Some(window)) = (lang, window.as_object_mut()) {
            window.insert("text".into(), window_text(&self.window, lang).into());
        }
        map.insert("window".into(), window);
        let rows = self.rows.iter().map(|row| {
            let mut map = Map::new();
            for (dimension, key) in self.spec.group_by.iter().zip(&row.keys) {
                map.insert(dimension.code().into(), key.as_deref().into());
            }
            if let Some((from, last)) = row.period {
                map.insert("from".into(), from.to_string().into());
                map.insert("last".into(), last.to_string().into());
            }
            map.extend(row.cell.to_json(&self.spec.measures, self.spec.currency));
            Json::Object(map)
        });
        map.insert("rows".into(), rows.collect());
        map.insert("total".into(), self.total.to_json(&self.spec.measures, self.spec.currency).into());
        if self.spec.kind == ReportKind::SupportVolume {
            map.insert("identity".into(), self.identity());
        }
        map.insert("excluded".into(), excluded_json(&self.excluded, lang));
        Json::Object(map)
    }

    /// What came and went, as a sum.
    fn identity(&self) -> Json {
        use TallyMeasure as M;
        let of = |measure| self.total.counted(measure);
        let came = [M::Opened, M::Reopened, M::Restored].into_iter().fold(0i64, |n, m| n.saturating_add(of(m)));
        let went = [M::Resolved, M::Removed].into_iter().fold(0i64, |n, m| n.saturating_add(of(m)));
        let end = of(M::BacklogStart).saturating_add(came).saturating_sub(went);
        json!({
            "backlog_start": of(M::BacklogStart), "came": came, "went": went, "backlog_end": of(M::BacklogEnd),
            "holds": end == of(M::BacklogEnd) && self.last_backlogs() == of(M::BacklogEnd),
        })
    }

    /// The backlogs of the last period of every group.
    fn last_backlogs(&self) -> i64 {
        let last = self.window.to.pred_opt();
        let ends = self.rows.iter().filter(|row| row.period.is_none_or(|(_, end)| Some(end) == last));
        ends.fold(0, |sum, row| sum.saturating_add(row.cell.counted(TallyMeasure::BacklogEnd)))
    }

    /// The report as a table: a record for each row, and for the total.
    ///
    /// # Errors
    /// None but a bug's.
    pub fn sheet(&self) -> Result<Sheet<'_>> {
        let spec = &self.spec;
        let mut columns = vec![column("section")];
        columns.extend(spec.group_by.iter().map(|d| column(d.code())));
        if spec.by.is_some() {
            columns.extend([column("from"), column("last")]);
        }
        for measure in &spec.measures {
            columns.extend(Cell::columns(*measure).iter().map(|code| column(code)));
        }
        if spec.currency.is_some() {
            columns.push(column("currency"));
        }
        let mut sheet = Sheet::new(columns);
        let line = |section: Section, keys: &[Option<String>], period: Option<(NaiveDate, NaiveDate)>, cell: &Cell| {
            let mut cells = vec![csv::Cell::text(section.code())];
            for place in 0..spec.group_by.len() {
                cells.push(keys.get(place).cloned().flatten().map_or(csv::Cell::Empty, csv::Cell::text));
            }
            if spec.by.is_some() {
                let (from, last) = period.unwrap_or((self.window.from, self.window.to.pred_opt().unwrap_or_default()));
                cells.extend([csv::Cell::Date(from), csv::Cell::Date(last)]);
            }
            for measure in &spec.measures {
                cells.extend(cell.cells(*measure, spec.currency));
            }
            if let Some(currency) = spec.currency {
                cells.push(csv::Cell::text(currency.code()));
            }
            cells
        };
        for row in &self.rows {
            sheet.push(line(Section::Row, &row.keys, row.period, &row.cell))?;
        }
        sheet.push(line(Section::Total, &[], None, &self.total))?;
        Ok(sheet)
    }
}

type Cells = BTreeMap<Keys, Vec<Cell>>;

/// The sums of items by keys and period, and all together.
fn sums(
    items: &[Item],
    parts: &[ResolvedWindow],
    (window, as_of): (&ResolvedWindow, Instant),
) -> Result<(Cells, Cell)> {
    let by_id: BTreeMap<&str, &Item> = items.iter().map(|item| (item.id.as_str(), item)).collect();
    let (mut cells, mut total) = (Cells::new(), Cell::default());
    for item in items {
        let Some(home) = home(item, &by_id) else { continue };
        if home.at.is_some_and(|at| !window.has(at) || at > as_of) {
            continue;
        }
        let last = parts.len().saturating_sub(1);
        let place = home.at.map_or(last, |at| parts.partition_point(|part| part.starts_at <= at).saturating_sub(1));
        let row = cells.entry(home.keys.clone()).or_insert_with(|| vec![Cell::default(); parts.len()]);
        if let Some(cell) = row.get_mut(place) {
            cell.add(&item.what)?;
        }
        total.add(&item.what)?;
    }
    Ok((cells, total))
}

/// The item in whose row another one is told: of a merged lead the one in which it lives on.
fn home<'i>(item: &'i Item, by_id: &BTreeMap<&str, &'i Item>) -> Option<&'i Item> {
    let mut home = item;
    for _ in 0..MOST_STEPS {
        match &home.what {
            What::Lead { merged_into: Some(into), .. } => home = by_id.get(into.as_str()).copied()?,
            _ => return Some(home),
        }
    }
    None
}

/// What came and went by keys and period, and all together. Counted backwards from what is open at the report's instant.
fn volumes(items: &[Item], parts: &[ResolvedWindow], as_of: Instant) -> (Cells, Cell) {
    let mut all = Volumes::new(parts, 0);
    let mut groups: BTreeMap<Keys, Volumes> = BTreeMap::new();
    for item in items {
        let group = groups.entry(item.keys.clone()).or_insert_with(|| Volumes::new(parts, 0));
        match (&item.what, item.at) {
            (What::Open, _) => {
                all.add_open();
                group.add_open();
            }
            (What::Flow(flow), Some(at)) if at <= as_of => {
                let event = FlowEvent { at, flow: *flow, is_known: true };
                all.add(event);
                group.add(event);
            }
            _ => {}
        }
    }
    let cells = |volumes: &Volumes| volumes.periods().iter().map(Cell::of).collect::<Vec<_>>();
    let shown = groups.iter().map(|(keys, volumes)| (keys.clone(), cells(volumes))).collect();
    (shown, Cell::of(&all.total()))
}
