//! Two snapshots beside each other: each deal into its bucket.

use std::collections::BTreeMap;

use super::filter::{Filter, Window};
use super::result::{Excluded, Move, Waterfall};
use super::row::SnapshotRow;
use crate::kernel::allocate::allocate;
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::money::Currency;
use crate::kernel::rate::RateTable;
use crate::kernel::sales::StageKind;
use crate::kernel::time::Instant;
use crate::kernel::waterfall_reason::{Bucket, Tracked, WaterfallReason};
use crate::rules::rates::converted;

/// All deals as they were at an instant, with the rates that were known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The instant.
    pub as_of: Instant,
    /// The deals, in any order; archived ones may be there or not.
    pub rows: Vec<SnapshotRow>,
    /// Whether the archived deals are all there, so that a deal that is not was not known at all.
    pub is_whole: bool,
    /// The rates of then.
    pub rates: RateTable,
}

/// What became of the deals that a filter takes, from one snapshot to a later one.
///
/// # Errors
/// A deal twice in one snapshot, with its path, and [`Problem::AmountTooLarge`] where a sum leaves 128 bits.
pub fn compare(start: &Snapshot, end: &Snapshot, currency: Currency, filter: &Filter) -> Result<Waterfall> {
    if end.as_of < start.as_of {
        return Err(Error::from(RulesProblem::OutOfOrder).at("as_of").at("end"));
    }
    let before = by_deal(&start.rows).map_err(|e| e.at("start"))?;
    let after = by_deal(&end.rows).map_err(|e| e.at("end"))?;
    let mut waterfall = Waterfall::new(start.as_of, end.as_of, currency, filter.clone());
    let pair = Pair { start, end, currency, filter };
    for (deal, row) in &before {
        pair.tell(&mut waterfall, deal, Some(row), after.get(deal).copied())?;
    }
    for (deal, row) in after.iter().filter(|(deal, _)| !before.contains_key(*deal)) {
        pair.tell(&mut waterfall, deal, None, Some(row))?;
    }
    Ok(waterfall)
}

fn by_deal(rows: &[SnapshotRow]) -> Result<BTreeMap<&str, &SnapshotRow>> {
    let mut deals = BTreeMap::new();
    for (i, row) in rows.iter().enumerate() {
        if deals.insert(row.deal.as_str(), row).is_some() {
            let twice = RulesProblem::DuplicateId { id: row.deal.clone() };
            return Err(Error::from(twice).at("deal").at_index(i).at("rows"));
        }
    }
    Ok(deals)
}

type Value = std::result::Result<i128, WaterfallReason>;

struct Pair<'a> {
    start: &'a Snapshot,
    end: &'a Snapshot,
    currency: Currency,
    filter: &'a Filter,
}

impl Pair<'_> {
    fn tell(
        &self,
        to: &mut Waterfall,
        deal: &str,
        before: Option<&SnapshotRow>,
        after: Option<&SnapshotRow>,
    ) -> Result<()> {
        let taken = |row: &&SnapshotRow| self.filter.takes(row);
        match (before.filter(taken), after.filter(taken)) {
            (None, None) => Ok(()),
            (Some(s), None) => self.left(to, deal, s, after),
            (None, Some(e)) => self.came(to, deal, before, e),
            (Some(s), Some(e)) => self.stayed(to, deal, s, e),
        }
    }

    /// Only at the start.
    fn left(&self, to: &mut Waterfall, deal: &str, s: &SnapshotRow, after: Option<&SnapshotRow>) -> Result<()> {
        let value = match self.value(s, self.start, s) {
            Ok(value) => value,
            Err(reason) => return to.exclude(Excluded { deal: deal.into(), reason, start: None, end: None }),
        };
        to.starts(value)?;
        let (bucket, told) = match after {
            None => (Bucket::Deleted, None),
            Some(e) if e.archived => (Bucket::Deleted, None),
            Some(e) if e.state == StageKind::Won => (Bucket::Won, changed(Tracked::State, s, e)),
            Some(e) if e.state == StageKind::Lost => (Bucket::Lost, changed(Tracked::State, s, e)),
            Some(e) => {
                let (bucket, field) = self.beside(e, [Bucket::PushedOut, Bucket::PulledOut, Bucket::MovedOut]);
                (bucket, changed(field, s, e))
            }
        };
        if let (Bucket::Won, Some(e)) = (bucket, after) {
            // What it closed at, whoever has it now.
            let closed = self.whole(e, self.end, e);
            to.won(closed.ok().and_then(|closed| closed.checked_sub(value)))?;
        }
        to.moved(Move::new(bucket, deal, value, told))
    }

    /// Only at the end.
    fn came(&self, to: &mut Waterfall, deal: &str, before: Option<&SnapshotRow>, e: &SnapshotRow) -> Result<()> {
        let value = match self.value(e, self.end, e) {
            Ok(value) => value,
            Err(reason) => return to.exclude(Excluded { deal: deal.into(), reason, start: None, end: None }),
        };
        to.ends(value)?;
        let known = || !self.start.is_whole && e.created_at.is_some_and(|created| created <= self.start.as_of);
        let (bucket, told) = match before {
            // Made before the start and not there then: it was put away.
            None if known() => (Bucket::Reopened, None),
            None => (Bucket::New, None),
            Some(s) if s.archived => (Bucket::Reopened, None),
            Some(s) if s.state != StageKind::Open && e.state == StageKind::Open => {
                (Bucket::Reopened, changed(Tracked::State, s, e))
            }
            Some(s) => {
                let (bucket, field) = self.beside(s, [Bucket::PulledIn, Bucket::SlippedIn, Bucket::MovedIn]);
                (bucket, changed(field, s, e))
            }
        };
        to.moved(Move::new(bucket, deal, value, told))
    }

    /// At both.
    fn stayed(&self, to: &mut Waterfall, deal: &str, s: &SnapshotRow, e: &SnapshotRow) -> Result<()> {
        let (first, last) = (self.value(s, self.start, s), self.value(e, self.end, e));
        let (first, last) = match (first, last) {
            (Ok(first), Ok(last)) => (first, last),
            (Err(reason), last) => {
                return to.exclude(Excluded { deal: deal.into(), reason, start: None, end: last.ok() });
            }
            (Ok(first), Err(reason)) => {
                return to.exclude(Excluded { deal: deal.into(), reason, start: Some(first), end: None });
            }
        };
        to.starts(first)?;
        to.ends(last)?;
        // The end's amount at the start's rate; where there was none, all of the difference is the amount's.
        let middle = self.value(e, self.start, s).unwrap_or(last);
        let difference = |a: i128, b: i128| a.checked_sub(b).ok_or(Problem::AmountTooLarge);
        let (amount, rates) = (difference(middle, first)?, difference(last, middle)?);
        if amount == 0 && rates == 0 {
            to.unchanged = to.unchanged.saturating_add(1);
            return Ok(());
        }
        let told = if s.amount == e.amount { changed(Tracked::Owner, s, e) } else { changed(Tracked::Amount, s, e) };
        let steps =
            [(amount, Bucket::Increased, Bucket::Decreased, told), (rates, Bucket::FxGain, Bucket::FxLoss, None)];
        for (change, up, down, told) in steps.into_iter().filter(|(change, ..)| *change != 0) {
            let bucket = if change > 0 { up } else { down };
            let size = change.checked_abs().ok_or(Problem::AmountTooLarge)?;
            to.moved(Move::new(bucket, deal, size, told))?;
        }
        Ok(())
    }

    /// How a deal that the filter does not take is beside it: later, earlier or otherwise; and the field that says so.
    fn beside(&self, row: &SnapshotRow, [later, earlier, otherwise]: [Bucket; 3]) -> (Bucket, Tracked) {
        match (self.filter.period, row.close_date) {
            (Some(Window { end, .. }), Some(date)) if date >= end => (later, Tracked::CloseDate),
            (Some(Window { start, .. }), Some(date)) if date < start => (earlier, Tracked::CloseDate),
            (Some(_), None) => (otherwise, Tracked::CloseDate),
            _ if !self.filter.takes_owner(row) => (otherwise, Tracked::Owner),
            _ if !self.filter.takes_pipeline(row) => (otherwise, Tracked::Pipeline),
            _ => (otherwise, Tracked::Category),
        }
    }

    /// What the filter's owners have of a deal, at the rates of a snapshot and on the close date of a row.
    fn value(&self, row: &SnapshotRow, rates: &Snapshot, dated: &SnapshotRow) -> Value {
        let whole = self.whole(row, rates, dated)?;
        if row.category.is_none() {
            return Err(WaterfallReason::NoCategory);
        }
        if self.filter.owners.is_empty() || row.shares.is_empty() {
            return Ok(whole);
        }
        let weights: Vec<u128> = row.shares.iter().map(|(_, share)| u128::from(share.unsigned_abs())).collect();
        let parts = allocate(whole, &weights).map_err(|_| WaterfallReason::TooLarge)?;
        let taken = parts.iter().zip(&row.shares).filter(|(_, (owner, _))| self.filter.owners.contains(owner));
        Ok(taken.fold(0i128, |sum, (part, _)| sum.saturating_add(*part)))
    }

    fn whole(&self, row: &SnapshotRow, rates: &Snapshot, dated: &SnapshotRow) -> Value {
        let amount = row.amount.ok_or(WaterfallReason::NoAmount)?;
        converted(&rates.rates, amount, self.currency, dated.close_date).map(|(minor, _)| minor)
    }
}

/// A field before and after.
fn changed(field: Tracked, before: &SnapshotRow, after: &SnapshotRow) -> Option<(Tracked, String, String)> {
    let text = |row: &SnapshotRow| match field {
        Tracked::Amount => row.amount.map(|amount| amount.to_string()).unwrap_or_default(),
        Tracked::CloseDate => row.close_date.map(|date| date.to_string()).unwrap_or_default(),
        Tracked::Owner => owners(row),
        Tracked::Pipeline => row.pipeline.clone(),
        Tracked::Category => row.category.map(|category| category.code().to_owned()).unwrap_or_default(),
        Tracked::State => row.state.code().to_owned(),
    };
    let (before, after) = (text(before), text(after));
    (before != after).then_some((field, before, after))
}

/// Who has a deal: its owner, or those who share in it.
fn owners(row: &SnapshotRow) -> String {
    if row.shares.is_empty() {
        return row.owner.clone();
    }
    let share = |(owner, share_bp): &(String, i64)| {
        let percent = crate::kernel::probability::Probability::from_bp(*share_bp).unwrap_or_default();
        format!("{owner} {percent}")
    };
    row.shares.iter().map(share).collect::<Vec<_>>().join(", ")
}
