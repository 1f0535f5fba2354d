//! When messages that come back for now give up an address after all.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use crate::kernel::reply_reason::{BounceType, ReplyReason};
use crate::kernel::time::Instant;

/// How many messages may come back for now, and in which time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SoftLimits {
    /// So many give up the address.
    pub most: i64,
    /// Within so many days.
    pub days: i64,
}

/// A message that came back for now.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SoftBounce {
    /// When.
    pub at: Instant,
    /// Which message: its channel tries more than once, and that counts once.
    pub message: String,
}

/// What soft bounces of one address come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoftVerdict {
    /// Hard where they were too many.
    pub kind: BounceType,
    /// The most different messages within the time, none delivered between them.
    pub count: i64,
    /// When there were too many.
    pub since: Option<Instant>,
    /// Why.
    pub reasons: Vec<ReplyReason>,
}

impl SoftLimits {
    /// Whether an address is given up. The order in which anything is learnt, and repetitions, change nothing.
    pub fn judge(self, bounces: &[SoftBounce], delivered: &[Instant]) -> SoftVerdict {
        let ordered: BTreeSet<&SoftBounce> = bounces.iter().collect();
        let ordered: Vec<&SoftBounce> = ordered.into_iter().collect();
        let (mut count, mut since) = (0, None);
        for (place, last) in ordered.iter().enumerate() {
            let first = TimeDelta::try_days(self.days).and_then(|days| last.at.checked_sub_signed(days));
            // What was delivered ends whatever came before it.
            let delivered = delivered.iter().filter(|at| **at <= last.at).max();
            let counts = |bounce: &&&SoftBounce| {
                first.is_none_or(|first| bounce.at > first) && delivered.is_none_or(|at| bounce.at > *at)
            };
            let within = ordered.get(..=place).unwrap_or_default().iter().filter(counts);
            let messages: BTreeSet<&str> = within.map(|bounce| bounce.message.as_str()).collect();
            let found = i64::try_from(messages.len()).unwrap_or(i64::MAX);
            count = count.max(found);
            if found >= self.most && since.is_none() {
                since = Some(last.at);
            }
        }
        let kind = if since.is_some() { BounceType::Hard } else { BounceType::Soft };
        let reasons = vec![ReplyReason::SoftBounces { count, most: self.most, days: self.days }];
        SoftVerdict { kind, count, since, reasons }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::time::parse_instant;

    fn bounce(day: &str, message: &str) -> SoftBounce {
        SoftBounce { at: parse_instant(&format!("2026-11-{day}T09:00:00Z")).unwrap(), message: message.into() }
    }

    #[test]
    fn different_messages_count_and_a_delivery_begins_anew() {
        let limits = SoftLimits { most: 3, days: 10 };
        let mut all = vec![bounce("03", "b"), bounce("01", "a"), bounce("01", "a"), bounce("02", "a")];
        assert_eq!((limits.judge(&all, &[]).count, limits.judge(&all, &[]).kind), (2, BounceType::Soft));
        all.push(bounce("05", "c"));
        let verdict = limits.judge(&all, &[]);
        assert_eq!((verdict.kind, verdict.since), (BounceType::Hard, Some(bounce("05", "").at)));
        let delivered = bounce("04", "").at;
        assert_eq!(limits.judge(&all, &[delivered]).kind, BounceType::Soft);
        // Ten days later the first ones are forgotten.
        let late = [bounce("01", "a"), bounce("02", "b"), bounce("11", "c")];
        assert_eq!((limits.judge(&late, &[]).count, limits.judge(&late, &[]).kind), (2, BounceType::Soft));
    }
}
