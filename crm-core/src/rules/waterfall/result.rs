//! What a waterfall says: sums that are an identity, and the deals behind them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::filter::Filter;
use crate::kernel::error::{Problem, Result};
use crate::kernel::forecast_reason::Total;
use crate::kernel::json;
use crate::kernel::money::Currency;
use crate::kernel::reason::Reason;
use crate::kernel::time::{Instant, format_instant};
use crate::kernel::waterfall_reason::{Bucket, Tracked, WaterfallReason};
use crate::lang::Lang;

/// What changed from one snapshot to another. All sums are minor units of one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waterfall {
    /// The instant of the first snapshot.
    pub from: Instant,
    /// The instant of the second.
    pub to: Instant,
    /// The currency.
    pub currency: Currency,
    /// Which deals it is about.
    pub filter: Filter,
    /// What the taken deals were worth at the start.
    pub start: i128,
    /// What the taken deals are worth at the end.
    pub end: i128,
    /// By bucket, what it changes and by which deals; never negative steps, the bucket says which way.
    pub buckets: BTreeMap<Bucket, BucketTotal>,
    /// What won deals closed at, less what they were worth at the start; beside the identity.
    pub won_delta: i128,
    /// Won deals whose closing amount cannot be told.
    pub won_unknown: u64,
    /// Deals that are worth the same.
    pub unchanged: u64,
    /// Deals that cannot be valued.
    pub excluded: Vec<Excluded>,
}

/// One bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BucketTotal {
    /// The sum of its deals.
    pub amount: i128,
    /// Its deals, in order of id.
    pub moves: Vec<Move>,
}

/// What one deal changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The bucket.
    pub bucket: Bucket,
    /// The deal.
    pub deal: String,
    /// How much.
    pub amount: i128,
    /// The field that tells of it, with what it was and became.
    pub told: Option<(Tracked, String, String)>,
}

/// A deal that counts nowhere, because it cannot be valued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excluded {
    /// The deal.
    pub deal: String,
    /// Why.
    pub reason: WaterfallReason,
    /// What it would be worth at the start, where that can be told.
    pub start: Option<i128>,
    /// What it would be worth at the end, where that can be told.
    pub end: Option<i128>,
}

impl Move {
    pub(super) fn new(bucket: Bucket, deal: &str, amount: i128, told: Option<(Tracked, String, String)>) -> Self {
        Self { bucket, deal: deal.to_owned(), amount, told }
    }

    fn reason(&self, currency: Currency) -> WaterfallReason {
        let (field, before, after) = match &self.told {
            None => (None, String::new(), String::new()),
            Some((field, before, after)) => (Some(*field), before.clone(), after.clone()),
        };
        let amount = Total { minor_units: self.amount, currency };
        WaterfallReason::Deal { bucket: self.bucket, deal: self.deal.clone(), amount, field, before, after }
    }
}

fn add(to: &mut i128, amount: i128) -> Result<()> {
    *to = to.checked_add(amount).ok_or(Problem::AmountTooLarge)?;
    Ok(())
}

impl Waterfall {
    pub(super) fn new(from: Instant, to: Instant, currency: Currency, filter: Filter) -> Self {
        Self {
            from,
            to,
            currency,
            filter,
            start: 0,
            end: 0,
            buckets: BTreeMap::new(),
            won_delta: 0,
            won_unknown: 0,
            unchanged: 0,
            excluded: Vec::new(),
        }
    }

    pub(super) fn starts(&mut self, value: i128) -> Result<()> {
        add(&mut self.start, value)
    }

    pub(super) fn ends(&mut self, value: i128) -> Result<()> {
        add(&mut self.end, value)
    }

    pub(super) fn moved(&mut self, step: Move) -> Result<()> {
        let bucket = self.buckets.entry(step.bucket).or_default();
        add(&mut bucket.amount, step.amount)?;
        bucket.moves.push(step);
        Ok(())
    }

    pub(super) fn won(&mut self, delta: Option<i128>) -> Result<()> {
        match delta {
            Some(delta) => add(&mut self.won_delta, delta),
            None => {
                self.won_unknown = self.won_unknown.saturating_add(1);
                Ok(())
            }
        }
    }

    pub(super) fn exclude(&mut self, deal: Excluded) -> Result<()> {
        self.excluded.push(deal);
        Ok(())
    }

    /// What a bucket changes, in minor units, without its sign.
    pub fn amount(&self, bucket: Bucket) -> i128 {
        self.buckets.get(&bucket).map_or(0, |total| total.amount)
    }

    /// The start with every bucket added or taken off: the end, always.
    ///
    /// # Errors
    /// [`Problem::AmountTooLarge`].
    pub fn told(&self) -> Result<i128> {
        let step = |sum: i128, (bucket, total): (&Bucket, &BucketTotal)| match bucket.adds() {
            true => sum.checked_add(total.amount),
            false => sum.checked_sub(total.amount),
        };
        Ok(self.buckets.iter().try_fold(self.start, step).ok_or(Problem::AmountTooLarge)?)
    }

    /// The answer as JSON: every bucket with its sum and its `top` largest deals, the others together. With a language,
    /// texts are rendered; without, codes and parameters only.
    ///
    /// # Errors
    /// [`Problem::AmountTooLarge`].
    pub fn to_json(&self, lang: Option<Lang>, top: usize) -> Result<Json> {
        let sum = |minor_units: i128| Total { minor_units, currency: self.currency };
        let text = |minor_units: i128| Json::from(sum(minor_units).amount_text());
        let mut buckets = Map::new();
        for bucket in Bucket::ALL {
            let none = BucketTotal::default();
            let total = self.buckets.get(bucket).unwrap_or(&none);
            buckets.insert(bucket.code().into(), self.bucket_json(*bucket, total, lang, top)?);
        }
        let mut start_excluded = 0;
        let mut end_excluded = 0;
        let mut excluded = Vec::with_capacity(self.excluded.len());
        for deal in &self.excluded {
            add(&mut start_excluded, deal.start.unwrap_or(0))?;
            add(&mut end_excluded, deal.end.unwrap_or(0))?;
            let mut map = Reason::Waterfall(deal.reason.clone()).to_json(lang);
            map.insert("deal".into(), deal.deal.as_str().into());
            map.insert("start".into(), deal.start.map_or(Json::Null, text));
            map.insert("end".into(), deal.end.map_or(Json::Null, text));
            excluded.push(Json::Object(map));
        }
        let difference = self.end.checked_sub(self.told()?).ok_or(Problem::AmountTooLarge)?;
        Ok(serde_json::json!({
            "from": format_instant(self.from),
            "to": format_instant(self.to),
            "currency": self.currency.code(),
            "filter": self.filter.to_json(),
            "start": text(self.start),
            "end": text(self.end),
            "buckets": buckets,
            "unexplained": text(difference),
            "unchanged": self.unchanged,
            "won_delta": text(self.won_delta),
            "won_unknown": self.won_unknown,
            "excluded": excluded,
            "excluded_start": text(start_excluded),
            "excluded_end": text(end_excluded),
        }))
    }

    fn bucket_json(&self, bucket: Bucket, total: &BucketTotal, lang: Option<Lang>, top: usize) -> Result<Json> {
        let mut largest: Vec<&Move> = total.moves.iter().collect();
        largest.sort_by_key(|step| (Reverse(step.amount.unsigned_abs()), step.deal.as_str()));
        let (shown, others) = largest.split_at(top.min(largest.len()));
        let mut rest = 0;
        for step in others {
            add(&mut rest, step.amount)?;
        }
        let currency = self.currency;
        let amount = Total { minor_units: total.amount, currency };
        let reason = WaterfallReason::Bucket { bucket, deals: json::length(total.moves.len()), amount };
        let mut map = Reason::Waterfall(reason).to_json(lang);
        map.insert("adds".into(), bucket.adds().into());
        let shown = shown.iter().map(|step| Json::Object(Reason::Waterfall(step.reason(currency)).to_json(lang)));
        map.insert("top".into(), shown.collect());
        let others = serde_json::json!({
            "deals": json::length(others.len()),
            "amount": Total { minor_units: rest, currency }.amount_text(),
        });
        map.insert("others".into(), others);
        Ok(Json::Object(map))
    }
}
