//! How recurring revenue changed between two days, by customer.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, NaiveTime};

use super::rates::{Changes, Logos, Retention};
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::json;
use crate::kernel::money::{Currency, Money};
use crate::kernel::rate::RateTable;
use crate::kernel::renewal_reason::MrrBucket;
use crate::kernel::sales::{Category, StageKind};
use crate::kernel::waterfall_reason::{Bucket, WaterfallReason};
use crate::rules::subscription::{Contract, monthly_by};
use crate::rules::waterfall::{Filter, Snapshot, SnapshotRow, compare};

/// A day with the exchange rates that are known of it.
#[derive(Clone, Copy, Debug)]
pub struct Day<'a> {
    /// The day.
    pub day: NaiveDate,
    /// The rates.
    pub rates: &'a RateTable,
}

/// What one customer changes, in one bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The bucket.
    pub bucket: MrrBucket,
    /// The customer.
    pub account: String,
    /// How much, never negative; the bucket says which way.
    pub amount: i128,
}

/// A customer who counts nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The customer.
    pub account: String,
    /// Why.
    pub reason: WaterfallReason,
}

/// How recurring revenue changed, in minor units of one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// The currency.
    pub currency: Currency,
    /// The revenue of the first day.
    pub start: i128,
    /// The revenue of the last day.
    pub end: i128,
    /// The customers of the first day, and those of them who stayed.
    pub logos: Logos,
    /// How many customers there are on the last day.
    pub customers: u64,
    /// What changed, by bucket and customer.
    pub changes: Vec<Change>,
    /// Who is left out.
    pub left_out: Vec<LeftOut>,
}

/// How recurring revenue changed from one day to another. `customer` says whose a contract is.
///
/// # Errors
/// A last day before the first, and [`Problem::AmountTooLarge`].
pub fn movement(
    contracts: &[Contract],
    from: Day<'_>,
    to: Day<'_>,
    currency: Currency,
    customer: impl Fn(&Contract) -> &str,
) -> Result<Movement> {
    between(from, to, currency, |left_out| {
        let counted: Vec<&Contract> = contracts.iter().filter(|c| !left_out.contains_key(customer(c))).collect();
        Ok((Side::new(&counted, from.day, &customer)?, Side::new(&counted, to.day, &customer)?))
    })
}

/// Compares two days, which `sides` gives without the customers who are left out.
pub(super) fn between(
    from: Day<'_>,
    to: Day<'_>,
    currency: Currency,
    sides: impl Fn(&BTreeMap<String, WaterfallReason>) -> Result<(Side, Side)>,
) -> Result<Movement> {
    if to.day < from.day {
        return Err(Error::from(RulesProblem::OutOfOrder).at("to"));
    }
    let mut left_out: BTreeMap<String, WaterfallReason> = BTreeMap::new();
    // A customer of whom one amount cannot be told is out as a whole, or the bucket would be a guess.
    loop {
        let (start, end) = sides(&left_out)?;
        let snapshots = (start.snapshot(from)?, end.snapshot(to)?);
        let waterfall = compare(&snapshots.0, &snapshots.1, currency, &Filter::default())?;
        if waterfall.excluded.is_empty() {
            let mut movement = Movement {
                from: from.day,
                to: to.day,
                currency,
                start: waterfall.start,
                end: waterfall.end,
                logos: start.logos(&end),
                customers: json::length(end.accounts().len()),
                changes: Vec::new(),
                left_out: Vec::new(),
            };
            let moves = waterfall.buckets.values().flat_map(|total| &total.moves);
            let moves = moves.map(|step| (step.bucket, owner_of(&step.deal), step.amount));
            movement.changes = netted(moves, &start, &end)?;
            movement.left_out = left_out.into_iter().map(|(account, reason)| LeftOut { account, reason }).collect();
            return Ok(movement);
        }
        for out in waterfall.excluded {
            left_out.entry(owner_of(&out.deal).to_owned()).or_insert(out.reason);
        }
    }
}

/// Whose a row of a snapshot is: rows are called by currency and customer.
fn owner_of(row: &str) -> &str {
    row.split_once(' ').map_or(row, |(_, account)| account)
}

/// The revenue of a day.
#[derive(Default)]
pub(super) struct Side {
    pub(super) active: BTreeMap<(String, Currency), i64>,
    /// Whose contracts were charged before that day.
    pub(super) known: BTreeSet<(String, Currency)>,
}

impl Side {
    fn new(contracts: &[&Contract], day: NaiveDate, customer: &impl Fn(&Contract) -> &str) -> Result<Self> {
        let sums = monthly_by(contracts.iter().copied(), day, |contract, _| customer(contract).to_owned())?;
        let mut active = BTreeMap::new();
        for (key, monthly) in sums {
            let minor = i64::try_from(monthly.rounded(1)?).map_err(|_| Problem::AmountTooLarge)?;
            if minor != 0 {
                active.insert(key, minor);
            }
        }
        let mut known = BTreeSet::new();
        for contract in contracts.iter().filter(|contract| contract.charged_before(day)) {
            let currencies = contract.items.iter().map(|item| item.unit_price.currency());
            known.extend(currencies.map(|currency| (customer(contract).to_owned(), currency)));
        }
        Ok(Self { active, known })
    }

    fn accounts(&self) -> BTreeSet<&str> {
        self.active.keys().map(|(account, _)| account.as_str()).collect()
    }

    /// The customers of this day, and those of them who are there on another one, too.
    fn logos(&self, end: &Side) -> Logos {
        let (start, end) = (self.accounts(), end.accounts());
        Logos { start: json::length(start.len()), kept: json::length(start.intersection(&end).count()) }
    }

    fn has(&self, account: &str) -> bool {
        has(self.active.keys(), account)
    }

    fn knew(&self, account: &str) -> bool {
        has(self.known.iter(), account)
    }

    /// The day as the waterfall's engine reads it: what is charged is open, what was charged before is lost.
    fn snapshot(&self, day: Day<'_>) -> Result<Snapshot> {
        let row = |(account, currency): &(String, Currency), minor: i64, state: StageKind| {
            Ok::<_, Error>(SnapshotRow {
                deal: format!("{} {account}", currency.code()),
                created_at: None,
                owner: String::new(),
                shares: Vec::new(),
                pipeline: String::new(),
                stage: String::new(),
                state,
                category: Some(Category::of(state, None, Category::Commit)),
                probability: None,
                amount: Some(Money::new(minor, *currency)?),
                close_date: Some(day.day),
                archived: false,
            })
        };
        let open = self.active.iter().map(|(key, minor)| row(key, *minor, StageKind::Open));
        let gone = self.known.iter().filter(|key| !self.active.contains_key(key));
        let rows = open.chain(gone.map(|key| row(key, 0, StageKind::Lost))).collect::<Result<Vec<_>>>()?;
        let as_of = day.day.and_time(NaiveTime::MIN).and_utc();
        Ok(Snapshot { as_of, rows, is_whole: true, rates: day.rates.clone() })
    }
}

fn has<'a>(mut keys: impl Iterator<Item = &'a (String, Currency)>, account: &str) -> bool {
    keys.any(|(known, _)| known == account)
}

/// The engine's moves of each customer as one: what contracts gain and lose together.
fn netted<'a>(moves: impl Iterator<Item = (Bucket, &'a str, i128)>, start: &Side, end: &Side) -> Result<Vec<Change>> {
    let mut sums: BTreeMap<&str, (i128, i128)> = BTreeMap::new();
    for (bucket, account, amount) in moves {
        let signed = if bucket.adds() { amount } else { amount.saturating_neg() };
        let sum = sums.entry(account).or_default();
        let part = if matches!(bucket, Bucket::FxGain | Bucket::FxLoss) { &mut sum.1 } else { &mut sum.0 };
        *part = part.checked_add(signed).ok_or(Problem::AmountTooLarge)?;
    }
    let mut changes = Vec::new();
    for (account, (amount, rates)) in sums {
        let bucket = match (start.has(account), end.has(account)) {
            (false, _) if start.knew(account) => MrrBucket::Reactivation,
            (false, _) => MrrBucket::New,
            (true, false) => MrrBucket::Churn,
            (true, true) if amount < 0 => MrrBucket::Contraction,
            (true, true) => MrrBucket::Expansion,
        };
        let by_rates = if rates < 0 { MrrBucket::FxLoss } else { MrrBucket::FxGain };
        for (bucket, amount) in [(bucket, amount), (by_rates, rates)] {
            if amount != 0 {
                let amount = amount.checked_abs().ok_or(Problem::AmountTooLarge)?;
                changes.push(Change { bucket, account: account.to_owned(), amount });
            }
        }
    }
    changes.sort_by(|a, b| {
        (a.bucket, std::cmp::Reverse(a.amount), &a.account).cmp(&(b.bucket, std::cmp::Reverse(b.amount), &b.account))
    });
    Ok(changes)
}

impl Movement {
    /// What a bucket changes, without its sign.
    pub fn amount(&self, bucket: MrrBucket) -> i128 {
        let those = self.changes.iter().filter(|change| change.bucket == bucket);
        those.fold(0i128, |sum, change| sum.saturating_add(change.amount))
    }

    /// What stayed of the revenue of the first day.
    ///
    /// # Errors
    /// As [`Changes::retention`].
    pub fn retention(&self) -> Result<Retention> {
        let amount = |bucket| self.amount(bucket);
        let (expansion, contraction) = (amount(MrrBucket::Expansion), amount(MrrBucket::Contraction));
        let (churn, places) = (amount(MrrBucket::Churn), self.currency.minor_digits());
        Changes { start: self.start, expansion, contraction, churn, places }.retention()
    }
}
