//! The reasons of rows: first which, by their ids, then what each column shows of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int32Array, Int64Array, ListArray};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field};
use crm_core::kernel::reason::{Points, Reason};
use crm_core::rules::lead_score::columns::{ColumnScorer, ReasonEntry, TILE_ROWS, Tile};
use crm_core::{Lang, Result, lang};
use serde_json::{Value as Json, json};

use super::bytes::{Snippet, Texts};
use super::labels::text_array;
use crate::import::refused;
use crate::instructions::{Found, Work};

/// What the columns show of rules, made once for a table.
pub(crate) struct ReasonPlan {
    rules: usize,
    /// The most reasons of a row.
    most: usize,
    milli: Vec<i64>,
    texts: Shown,
    codes: Shown,
}

/// Finds at most four reasons of at most 64 rules: four are written for every row, and as many count as there are.
struct Few<'w> {
    entries: &'w mut Entries,
    masks: &'w [u64; TILE_ROWS],
    plan: &'w ReasonPlan,
    scorer: &'w ColumnScorer,
    tile: &'w Tile,
    rows: usize,
    at_micros: i64,
}

impl Work for Few<'_> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let Self { entries: Entries { ids, ends, cuts, .. }, plan, .. } = self;
        ids.resize(self.rows.saturating_add(1).saturating_mul(AT_ONCE), 0);
        ends.resize(self.rows, 0);
        let mut end = 0_usize;
        for (row, ((mask, cut), to)) in self.masks.iter().zip(self.tile.cut()).zip(ends).enumerate() {
            let mut rest = *mask;
            let mut next = || {
                let id = rest.trailing_zeros();
                rest &= rest.wrapping_sub(1);
                id
            };
            let found = [next(), next(), next(), next()];
            if let Some(place) = ids.get_mut(end..).and_then(<[u32]>::first_chunk_mut) {
                *place = found;
            }
            let count = (mask.count_ones() as usize).min(plan.most);
            end = end.saturating_add(count);
            if *cut != 0 && count < plan.most {
                end = cuts_of(plan, self.scorer, self.tile, (row, self.at_micros), (ids, cuts), (end, count));
            }
            *to = end as u32;
        }
        ids.truncate(end);
    }
}

/// Adds the cuts of a row behind its rules, which end at a place and are so many; gives where it ends then. Apart, because
/// few rows come here.
#[cold]
#[inline(never)]
fn cuts_of(
    plan: &ReasonPlan,
    scorer: &ColumnScorer,
    tile: &Tile,
    (row, at_micros): (usize, i64),
    (ids, cuts): (&mut [u32], &mut Vec<ReasonEntry>),
    (mut end, count): (usize, usize),
) -> usize {
    let mut left = plan.most.saturating_sub(count);
    scorer.cuts(tile, row, at_micros, |entry| {
        if left > 0 {
            left = left.saturating_sub(1);
            if let Some(place) = ids.get_mut(end) {
                *place = plan.rules.saturating_add(cuts.len()) as u32;
            }
            end = end.saturating_add(1);
            cuts.push(entry);
        }
    });
    end
}

/// What a column of texts shows of a reason.
struct Shown {
    rules: Vec<Snippet>,
    show: Box<dyn Fn(&Reason) -> String + Send + Sync>,
}

impl Shown {
    fn new(scorer: &ColumnScorer, wanted: bool, show: impl Fn(&Reason) -> String + Send + Sync + 'static) -> Self {
        let entry = |id| ReasonEntry { id, milli: scorer.rule_milli(id).unwrap_or(0), periods: 0 };
        let reason = |id| scorer.reason(entry(id)).map_or_else(String::new, |r| show(&r));
        let rules =
            if wanted { (0..scorer.rule_count()).map(|id| Snippet::new(&reason(id))).collect() } else { Vec::new() };
        Self { rules, show: Box::new(show) }
    }
}

impl ReasonPlan {
    pub(crate) fn new(scorer: &ColumnScorer, most: usize, lang: Lang, texts: bool, codes: bool) -> Self {
        Self {
            rules: scorer.rule_count(),
            most,
            milli: (0..scorer.rule_count()).map(|id| scorer.rule_milli(id).unwrap_or(0)).collect(),
            texts: Shown::new(scorer, texts, move |reason| lang::reason(reason, lang)),
            codes: Shown::new(scorer, codes, reason_code),
        }
    }
}

impl ReasonPlan {
    /// How many reasons a row has at most, as a rule.
    pub(crate) fn expected(&self) -> usize {
        self.most.min(self.rules).min(8)
    }
}

/// The reasons of rows while they are found.
#[derive(Default)]
pub(crate) struct Entries {
    /// Ids of rules, or from their number on places in `cuts`.
    ids: Vec<u32>,
    /// Where each row's end.
    ends: Vec<u32>,
    cuts: Vec<ReasonEntry>,
    /// What the column of points shows, by id.
    milli: Vec<i64>,
}

/// Most reasons that are written at once.
const AT_ONCE: usize = 4;

impl Entries {
    /// Finds the reasons of the first rows of a tile.
    pub(crate) fn find(
        &mut self,
        plan: &ReasonPlan,
        scorer: &ColumnScorer,
        tile: &Tile,
        rows: usize,
        (at_micros, with): (i64, Found),
    ) {
        self.ends.clear();
        self.cuts.clear();
        match tile.masks() {
            _ if plan.most == 0 => {
                self.ids.clear();
                self.ends.resize(rows, 0);
            }
            [masks] if plan.most <= AT_ONCE => {
                with.run(Few { entries: self, masks, plan, scorer, tile, rows, at_micros });
            }
            _ => self.many(plan, scorer, tile, rows, at_micros),
        }
        self.milli.clear();
        self.milli.extend_from_slice(&plan.milli);
        self.milli.extend(self.cuts.iter().map(|cut| cut.milli));
    }

    /// Where each row's reasons end.
    pub(crate) fn ends(&self) -> &[u32] {
        &self.ends
    }

    /// Any number of any number of rules.
    fn many(&mut self, plan: &ReasonPlan, scorer: &ColumnScorer, tile: &Tile, rows: usize, at_micros: i64) {
        self.ids.clear();
        for (row, cut) in tile.cut().iter().take(rows).enumerate() {
            let mut left = plan.most;
            for (first, masks) in (0_u32..).step_by(64).zip(tile.masks()) {
                let mut mask = masks.get(row).copied().unwrap_or(0);
                while mask != 0 && left > 0 {
                    self.ids.push(first.saturating_add(mask.trailing_zeros()));
                    mask &= mask.wrapping_sub(1);
                    left = left.saturating_sub(1);
                }
            }
            if *cut != 0 && left > 0 {
                scorer.cuts(tile, row, at_micros, |entry| {
                    if left > 0 {
                        left = left.saturating_sub(1);
                        self.ids.push(plan.rules.saturating_add(self.cuts.len()) as u32);
                        self.cuts.push(entry);
                    }
                });
            }
            self.ends.push(self.ids.len() as u32);
        }
    }

    /// The entry behind an id.
    fn cut(&self, plan: &ReasonPlan, id: u32) -> Option<ReasonEntry> {
        self.cuts.get((id as usize).checked_sub(plan.rules)?).copied()
    }
}

/// The items of one column of reasons.
pub(crate) enum Items {
    Ids(Vec<i32>),
    Points(Vec<i64>),
    Texts(Texts, BTreeMap<ReasonEntry, Snippet>),
    Codes(Texts, BTreeMap<ReasonEntry, Snippet>),
}

impl Items {
    pub(crate) fn push(&mut self, plan: &ReasonPlan, scorer: &ColumnScorer, entries: &Entries) {
        match self {
            Items::Ids(ids) => {
                let id = |id: u32| entries.cut(plan, id).map_or(id as i32, |cut| cut.id as i32);
                if entries.cuts.is_empty() {
                    ids.extend(entries.ids.iter().map(|id| *id as i32));
                } else {
                    ids.extend(entries.ids.iter().map(|place| id(*place)));
                }
            }
            Items::Points(points) => {
                points.extend(entries.ids.iter().map(|id| entries.milli.get(*id as usize).copied().unwrap_or(0)));
            }
            Items::Texts(texts, cuts) => shown(texts, cuts, &plan.texts, (plan, scorer, entries)),
            Items::Codes(texts, cuts) => shown(texts, cuts, &plan.codes, (plan, scorer, entries)),
        }
    }

    pub(crate) fn append(&mut self, part: Items) {
        match (self, part) {
            (Items::Ids(all), Items::Ids(some)) => all.extend(some),
            (Items::Points(all), Items::Points(some)) => all.extend(some),
            (Items::Texts(all, _), Items::Texts(some, _)) | (Items::Codes(all, _), Items::Codes(some, _)) => {
                all.append(&some);
            }
            _ => {}
        }
    }

    pub(crate) fn finish(self, offsets: OffsetBuffer<i32>) -> Result<ArrayRef> {
        match self {
            Items::Ids(ids) => list(DataType::Int32, offsets, Arc::new(Int32Array::from(ids))),
            Items::Points(points) => list(DataType::Int64, offsets, Arc::new(Int64Array::from(points))),
            Items::Texts(texts, _) | Items::Codes(texts, _) => list(DataType::Utf8, offsets, text_array(texts, None)?),
        }
    }
}

/// Adds what a column shows of the entries; what a cut says is rendered once for each of its amounts.
fn shown(
    texts: &mut Texts,
    cuts: &mut BTreeMap<ReasonEntry, Snippet>,
    shown: &Shown,
    (plan, scorer, entries): (&ReasonPlan, &ColumnScorer, &Entries),
) {
    /// Most amounts that are remembered.
    const MOST_CUTS: usize = 10_000;
    for id in &entries.ids {
        if let Some(snippet) = shown.rules.get(*id as usize) {
            texts.push(snippet);
            continue;
        }
        let Some(entry) = entries.cut(plan, *id) else { continue };
        if cuts.len() >= MOST_CUTS {
            cuts.clear();
        }
        let show = || scorer.reason(entry).map_or_else(String::new, |reason| (shown.show)(&reason));
        texts.push(cuts.entry(entry).or_insert_with(|| Snippet::new(&show())));
    }
}

/// A column of lists without nulls.
pub(crate) fn list(item: DataType, offsets: OffsetBuffer<i32>, items: ArrayRef) -> Result<ArrayRef> {
    let array = ListArray::try_new(Arc::new(Field::new_list_field(item, false)), offsets, items, None);
    Ok(Arc::new(array.map_err(|e| refused(e.to_string()))?))
}

/// The list behind the column of ids.
pub(crate) fn reason_table(scorer: &ColumnScorer) -> Json {
    let one = |reason: &Reason| json!({"id": reason_name(reason), "code": reason.code()});
    scorer.reasons().iter().map(one).collect()
}

/// `job_title:+15` for a rule, `total_cap:-20` or `group_cap.visits:-5` for a cut.
fn reason_code(reason: &Reason) -> String {
    let points = match reason {
        Reason::RulePoints { points, .. }
        | Reason::FrequencyRange { points, .. }
        | Reason::DailyCap { points, .. }
        | Reason::GroupCap { points, .. }
        | Reason::SectionCap { points, .. }
        | Reason::IdleDecay { points, .. }
        | Reason::TotalCap { points, .. }
        | Reason::Rounding { points } => *points,
        _ => Points::from_milli(0),
    };
    let plus = if points.milli() > 0 { "+" } else { "" };
    format!("{}:{plus}{points}", reason_name(reason))
}

/// The rule, or the cut with what it cuts.
fn reason_name(reason: &Reason) -> String {
    let code = reason.code();
    match reason {
        Reason::RulePoints { rule, .. } | Reason::FrequencyRange { rule, .. } => rule.id.clone(),
        Reason::DailyCap { rule, .. } => format!("{code}.{}", rule.id),
        Reason::GroupCap { group, .. } => format!("{code}.{}", group.id),
        Reason::SectionCap { section, .. } | Reason::IdleDecay { section, .. } => format!("{code}.{}", section.name()),
        other => other.code().to_owned(),
    }
}
