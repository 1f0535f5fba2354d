//! How many messages somebody gets and a mailbox sends, and how far they lie apart.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate, TimeDelta};
use sha2::{Digest as _, Sha256};

use super::schedule::{Hours, SEARCH_DAYS, Slot};
use crate::kernel::sequence_reason::{LimitSpan, SequenceReason};
use crate::kernel::time::Instant;
use crate::kernel::zone::Zone;

/// Most messages per span of local days; `None` is no limit.
pub type Limits = BTreeMap<LimitSpan, u32>;

/// How messages are held back. Nothing is random: the same enrolment gets the same place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Throttle {
    /// For the person, over all sequences.
    pub contact: Limits,
    /// For the mailbox.
    pub mailbox: Limits,
    /// Between two messages of the mailbox.
    pub spacing_seconds: i64,
    /// Messages are spread over the first so many seconds from when they could leave, within the hours of that day, by a
    /// hash of the key.
    pub spread_seconds: i64,
}

/// What was sent or is to be sent, in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// To the person.
    pub contact: Vec<Instant>,
    /// By the mailbox.
    pub mailbox: Vec<Instant>,
}

/// Messages by local date.
struct Dates(BTreeMap<NaiveDate, u64>);

impl Dates {
    fn new(sent: &[Instant], zone: &Zone) -> Self {
        let mut dates = BTreeMap::new();
        for at in sent {
            let count: &mut u64 = dates.entry(zone.day(*at)).or_default();
            *count = count.saturating_add(1);
        }
        Self(dates)
    }

    /// The limit that one more message on a date would break: in no span of local days that holds the date there are
    /// more messages than the limit allows.
    fn broken(&self, limits: &Limits, date: NaiveDate) -> Option<(LimitSpan, u64)> {
        let breaks = |span: LimitSpan, most: u32| {
            let length = span.days().saturating_sub(1);
            (0..=length).any(|back| {
                let first = date.checked_sub_days(Days::new(back)).unwrap_or(NaiveDate::MIN);
                let last = first.checked_add_days(Days::new(length)).unwrap_or(NaiveDate::MAX);
                self.0.range(first..=last).fold(0_u64, |sum, (_, n)| sum.saturating_add(*n)) >= u64::from(most)
            })
        };
        limits.iter().find(|(span, most)| breaks(**span, **most)).map(|(span, most)| (*span, u64::from(*most)))
    }
}

impl Throttle {
    /// The earliest sending time from `from` on that keeps the hours, all limits and the spacing.
    pub fn slot(&self, hours: &Hours, zone: &Zone, sent: &Sent, key: &str, from: Instant) -> Slot {
        let first = hours.next_send(from, zone, SEARCH_DAYS);
        let Some(start) = first.at else { return first };
        let mut reasons = first.reasons;
        let mut at = start;
        let offset = self.offset(hours, zone, key, start);
        if offset > 0 {
            reasons.push(SequenceReason::Spread { seconds: offset });
            at = later(at, offset);
        }
        let (contact, mailbox) = (Dates::new(&sent.contact, zone), Dates::new(&sent.mailbox, zone));
        let mut others = sent.mailbox.clone();
        others.sort_unstable();
        let last = later(from, 86_400_i64.saturating_mul(i64::try_from(SEARCH_DAYS).unwrap_or(0)));
        while at <= last {
            let date = zone.day(at);
            let contact = contact.broken(&self.contact, date);
            let next = if let Some((per, most)) = contact.or_else(|| mailbox.broken(&self.mailbox, date)) {
                let Some(until) = date.succ_opt() else { break };
                // One reason for the whole wait, with its end.
                reasons.retain(|r| {
                    !matches!(r, SequenceReason::ThrottledContact { .. } if contact.is_some())
                        && !matches!(r, SequenceReason::ThrottledMailbox { .. } if contact.is_none())
                });
                reasons.push(match contact {
                    Some(_) => SequenceReason::ThrottledContact { most, per, until },
                    None => SequenceReason::ThrottledMailbox { most, per, until },
                });
                zone.instant(until.and_time(zone.local(start).time())).max(later(at, 1))
            } else if let Some(spaced) = self.apart(&others, at) {
                reasons.retain(|r| !matches!(r, SequenceReason::Spaced { .. }));
                reasons.push(SequenceReason::Spaced { seconds: self.spacing_seconds, until: spaced });
                spaced
            } else {
                return Slot { at: Some(at), reasons };
            };
            let slot = hours.next_send(next, zone, SEARCH_DAYS);
            let Some(found) = slot.at else { return slot };
            for reason in slot.reasons.into_iter().filter(|_| found != next) {
                if !reasons.contains(&reason) {
                    reasons.push(reason);
                }
            }
            at = found;
        }
        Slot { at: None, reasons: vec![SequenceReason::NoSlot { days: SEARCH_DAYS }] }
    }

    /// The place of a key in the hours: SHA-256 of the key, its first eight bytes, modulo what is left.
    fn offset(&self, hours: &Hours, zone: &Zone, key: &str, start: Instant) -> i64 {
        let left = hours.closing(start, zone).map_or(0, |end| end.signed_duration_since(start).num_seconds());
        let room = u64::try_from(self.spread_seconds.min(left)).unwrap_or(0);
        let digest = Sha256::digest(key.as_bytes());
        let number = digest.iter().take(8).fold(0_u64, |n, byte| (n << 8) | u64::from(*byte));
        number.checked_rem(room).and_then(|n| i64::try_from(n).ok()).unwrap_or(0)
    }

    /// Where to go on if another message lies too near.
    fn apart(&self, others: &[Instant], at: Instant) -> Option<Instant> {
        let mut moved = at;
        for other in others {
            let far = moved.signed_duration_since(*other).num_microseconds().unwrap_or(i64::MAX);
            if far.saturating_abs() < self.spacing_seconds.saturating_mul(1_000_000) {
                moved = later(*other, self.spacing_seconds);
            }
        }
        Some(moved).filter(|moved| *moved != at)
    }
}

fn later(at: Instant, seconds: i64) -> Instant {
    TimeDelta::try_seconds(seconds).and_then(|by| at.checked_add_signed(by)).unwrap_or(at)
}
