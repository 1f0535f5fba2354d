//! Business days: dates with open time of their own.

use chrono::NaiveDate;

use super::block::{Block, WEEKS, date_of, number_of};
use super::{Calendar, FIRST_BLOCK};
use crate::kernel::error::{Problem, Result};
use crate::kernel::time::{Instant, in_range};

/// Days of a block.
const DAYS: i64 = WEEKS * 7;

impl Calendar {
    /// Whether a date has open time of its own, breaks taken away.
    pub fn is_business_day(&self, date: NaiveDate) -> bool {
        let number = number_of(date);
        self.numbered(number.div_euclid(DAYS)).is_some_and(|(_, block)| block.has_day(number.rem_euclid(DAYS)))
    }

    /// The business day so many business days after a date, or before it for a negative count; no days are the date
    /// itself, whatever it is.
    ///
    /// # Errors
    /// [`Problem::NotEnoughBusinessDays`] if there are not so many until the end of the year 9999, or since 1900.
    pub fn add_business_days(&self, date: NaiveDate, days: i64) -> Result<NaiveDate> {
        let beyond = || Problem::NotEnoughBusinessDays { from: date.to_string(), days };
        if days == 0 {
            return Ok(date);
        }
        // Going back, the day itself does not count, as it does not going forward.
        let (from, days) = if days > 0 { (Some(date), days) } else { (date.pred_opt(), days.saturating_add(1)) };
        Ok(from.and_then(|from| self.business_day(from, days)).ok_or_else(beyond)?)
    }

    /// The business day until which there are so many more than until a date.
    fn business_day(&self, from: NaiveDate, days: i64) -> Option<NaiveDate> {
        let number = number_of(from);
        let (mut place, block) = self.numbered(number.div_euclid(DAYS))?;
        let mut wanted = block.days_until(number.rem_euclid(DAYS)).checked_add(days)?;
        while wanted <= 0 {
            place = place.checked_sub(1)?;
            wanted = wanted.checked_add(self.block(place)?.total_days())?;
        }
        loop {
            let block = self.block(place)?;
            if wanted <= block.total_days() {
                let start = super::number(place).checked_mul(DAYS)?;
                return date_of(start.checked_add(block.day(wanted))?).filter(|date| in_range(*date));
            }
            wanted = wanted.checked_sub(block.total_days())?;
            place = place.checked_add(1)?;
        }
    }

    /// Business days after one date up to and with another: negative if the second is earlier.
    pub fn business_days_between(&self, from: NaiveDate, to: NaiveDate) -> i64 {
        if to < from {
            return self.business_days_between(to, from).saturating_neg();
        }
        let ((from_place, from_days), (to_place, to_days)) = (self.days_until(from), self.days_until(to));
        let whole = (from_place..to_place).map(|place| self.block(place).map_or(0, Block::total_days));
        whole.fold(0_i64, i64::saturating_add).saturating_add(to_days).saturating_sub(from_days)
    }

    /// The instant moved by business days at the same time of the clock, then to the next open instant, or going back to
    /// the last closing time. No days only move to the next open instant.
    ///
    /// # Errors
    /// As [`Calendar::add_business_days`]; [`Problem::NotEnoughOpenTime`] if it never opens again.
    pub fn shift_business_days(&self, at: Instant, days: i64) -> Result<Instant> {
        let local = self.zone().local(at);
        let moved = self.zone().instant(self.add_business_days(local.date(), days)?.and_time(local.time()));
        match days < 0 {
            true => self.before(moved, 0, super::Pauses::NONE),
            false => self.due(moved, 0, super::Pauses::NONE),
        }
    }

    /// The date at an instant.
    pub fn day(&self, at: Instant) -> NaiveDate {
        self.zone().day(at)
    }

    fn days_until(&self, date: NaiveDate) -> (usize, i64) {
        let number = number_of(date);
        let block = number.div_euclid(DAYS);
        if block < FIRST_BLOCK {
            return (0, 0);
        }
        let Some((place, laid_out)) = self.numbered(block) else {
            let last = self.blocks.len().saturating_sub(1);
            return (last, self.block(last).map_or(0, Block::total_days));
        };
        (place, laid_out.days_until(number.rem_euclid(DAYS)))
    }

    /// The open parts between two instants in order, for a ledger: each from its first instant up to but without its
    /// end.
    pub fn open_spans(&self, from: Instant, to: Instant) -> impl Iterator<Item = (Instant, Instant)> + '_ {
        let mut now = from;
        std::iter::from_fn(move || {
            let start = self.next_open(now).filter(|start| *start < to)?;
            let mut end = self.closing(start)?;
            // What is open over the end of a week is laid out in two parts.
            while end < to && self.is_open(end) {
                end = self.closing(end)?;
            }
            now = end.min(to);
            Some((start, now))
        })
    }

    /// The end of the laid out part that an open instant lies in.
    fn closing(&self, at: Instant) -> Option<Instant> {
        let micro = at.timestamp_micros();
        let (place, block) = self.numbered(super::block_of(micro.div_euclid(super::MICROS)))?;
        let start = super::start_of(super::number(place)).saturating_mul(super::MICROS);
        Some(super::at(place, block.closing(micro.saturating_sub(start))?))
    }
}
