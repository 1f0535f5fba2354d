//! What each law asks, checked at one instant: the reason if it is not met, and when that ends by itself.

use std::collections::BTreeSet;

use chrono::{Datelike as _, Days, Months, NaiveDate, NaiveTime, Timelike as _, Weekday};

use super::decide::{Question, Weighed};
use super::rule_set::{Demand, Law};
use crate::kernel::calendar::Window;
use crate::kernel::calendar::holidays::{FrenchHoliday, FrenchZone};
use crate::kernel::consent_reason::{Basis, ConsentReason, ContactChannel, ContactTopic, Doubt, UnknownFact};
use crate::kernel::json;
use crate::kernel::time::Instant;
use crate::kernel::zone::Zone;
use crate::model::Consent;

/// How sure a consent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// There is a proof.
    Proven,
    /// Somebody says so.
    Unproven,
    /// It begins later.
    From(Instant),
    /// There is none.
    No,
}

/// A reason to deny and when it ends by time alone.
type Denial = Option<(ConsentReason, Option<Instant>)>;

impl Question<'_> {
    /// What a law has against it; doubts go to the reviews, and what it may rest on to the basis.
    pub(super) fn check(&self, law: &Law, weighed: &mut Weighed) -> Denial {
        match &law.demand {
            Demand::SectorBan(topics) => self.sector_ban(law, topics, weighed),
            Demand::PriorConsent => self.agreed(law, weighed, ConsentReason::PriorConsentRequired),
            Demand::OptIn { soft } if *soft && self.is_soft() => {
                if self.consent() == Held::Proven {
                    weighed.basis(Basis::Consent);
                }
                weighed.basis(Basis::SoftOptIn);
                None
            }
            Demand::OptIn { .. } => self.agreed(law, weighed, ConsentReason::OptInRequired),
            Demand::Bloctel { days } => self.bloctel(*days),
            Demand::Retention { months } => self.retention(law, *months, weighed),
            Demand::Informed { months } => self.informed(law, *months, weighed),
            Demand::RelatedSubject => match self.facts.is_subject_related {
                Some(true) => None,
                Some(false) => Some((ConsentReason::SubjectUnrelated, None)),
                None => {
                    weighed.unknown(UnknownFact::SubjectRelated, Some(law));
                    None
                }
            },
            Demand::Refusal { days } => self.refusal(*days),
            Demand::Frequency { calls, days } => self.frequency(law, *calls, *days, weighed),
            Demand::NoHolidays => self.holiday(law, weighed),
            Demand::NoWeekend => self.weekend(law, weighed),
            Demand::Hours(windows) => self.hours(law, windows, weighed),
        }
    }

    fn sector_ban(&self, law: &Law, topics: &BTreeSet<ContactTopic>, weighed: &mut Weighed) -> Denial {
        let is_about = self.is_about(topics);
        if is_about.is_none() {
            weighed.unknown(UnknownFact::Topic, Some(law));
        }
        let topic = self.facts.topic.filter(|_| is_about == Some(true))?;
        Some((ConsentReason::SectorBan { topic }, None))
    }

    fn agreed(&self, law: &Law, weighed: &mut Weighed, reason: ConsentReason) -> Denial {
        match self.consent() {
            Held::Proven => {
                weighed.basis(Basis::Consent);
                None
            }
            Held::Unproven => {
                weighed.review(ConsentReason::LegalReview(Doubt::ConsentUnproven), Some(law));
                None
            }
            Held::From(at) => Some((reason, Some(at))),
            Held::No => Some((reason, None)),
        }
    }

    /// A customer who hears about similar products and was told how to object.
    fn is_soft(&self) -> bool {
        let is_customer = self.facts.is_customer == Some(true) || self.facts.consent == Consent::Soft;
        let is_informed = self.facts.informed_at().is_some_and(|when| when <= self.at);
        is_customer && self.facts.is_similar_product == Some(true) && is_informed
    }

    /// Whoever agreed to be called is not on the list in so far.
    fn bloctel(&self, days: i64) -> Denial {
        if self.consent() == Held::Proven {
            return None;
        }
        match self.facts.bloctel.filter(|check| check.at <= self.at) {
            Some(check) if check.is_listed => Some((ConsentReason::BloctelListed, None)),
            Some(check) if self.days_since(check.at) < days => None,
            _ => Some((ConsentReason::BloctelUnchecked { days }, None)),
        }
    }

    fn retention(&self, law: &Law, months: u32, weighed: &mut Weighed) -> Denial {
        let Some(last) = self.facts.last_sign(self.at) else {
            weighed.unknown(UnknownFact::LastContact, Some(law));
            return None;
        };
        let last = self.zone().day(last);
        let is_over = after_months(last, months).is_some_and(|end| self.day() > end);
        let months = i64::from(months);
        is_over.then_some((ConsentReason::RetentionExpired { last, months }, None))
    }

    /// At the collection; where somebody else collected the address, within some months, and with the first message at
    /// the latest, which may be what informs.
    fn informed(&self, law: &Law, months: u32, weighed: &mut Weighed) -> Denial {
        let is_indirect = self.facts.is_indirect == Some(true);
        let collected = self.facts.collected_at.map(|at| self.zone().day(at));
        let last_day = collected.and_then(|day| if is_indirect { after_months(day, months) } else { Some(day) });
        if let Some(informed) = self.facts.informed_at().filter(|when| *when <= self.at) {
            if last_day.is_none_or(|last| self.zone().day(informed) > last) {
                weighed.review(ConsentReason::LegalReview(Doubt::InformedLate), Some(law));
            }
            return None;
        }
        let is_first = self.facts.was_contacted == Some(false);
        if is_indirect && is_first && last_day.is_some_and(|last| self.day() <= last) {
            weighed.needs_notice = true;
            return None;
        }
        Some((ConsentReason::NotInformed, self.facts.informed_at()))
    }

    fn refusal(&self, days: i64) -> Denial {
        let on = self.zone().day(self.facts.ledger.refusal(ContactChannel::Phone)?.at);
        let end = after_days(on, days)?;
        (self.day() < end).then(|| (ConsentReason::Refused { on, days }, Some(self.zone().day_start(end))))
    }

    /// Calls count by days: one of the first of 30 days does not count on the 31st.
    fn frequency(&self, law: &Law, most: i64, days: i64, weighed: &mut Weighed) -> Denial {
        let Some(calls) = &self.facts.calls else {
            weighed.unknown(UnknownFact::Calls, Some(law));
            return None;
        };
        let mut ends: Vec<NaiveDate> = calls.iter().filter_map(|at| after_days(self.zone().day(*at), days)).collect();
        ends.retain(|end| self.day() < *end);
        // Once that many are left, one more has to end.
        ends.sort_unstable_by(|a, b| b.cmp(a));
        let end = *ends.get(usize::try_from(most.saturating_sub(1)).unwrap_or(0))?;
        let calls = json::length(ends.len());
        Some((ConsentReason::MostCalls { calls, most, days }, Some(self.zone().day_start(end))))
    }

    /// The zone of the person's clocks; without it somebody has to look.
    fn clock(&self, law: &Law, weighed: &mut Weighed) -> Option<&Zone> {
        if self.facts.zone.is_none() {
            weighed.unknown(UnknownFact::Zone, Some(law));
        }
        self.facts.zone.as_ref()
    }

    fn holiday(&self, law: &Law, weighed: &mut Weighed) -> Denial {
        let zone = self.clock(law, weighed)?;
        let of_zone = || self.set().and_then(|set| set.regions.get(zone.name()).copied());
        let Some(region) = self.facts.region.or_else(of_zone) else {
            weighed.unknown(UnknownFact::Region, Some(law));
            return None;
        };
        let holiday = holiday(region, self.day())?;
        let mut end = self.day();
        while self::holiday(region, end).is_some() {
            end = end.succ_opt()?;
        }
        Some((ConsentReason::PublicHoliday { holiday }, Some(zone.day_start(end))))
    }

    fn weekend(&self, law: &Law, weighed: &mut Weighed) -> Denial {
        let zone = self.clock(law, weighed)?;
        let days = match self.day().weekday() {
            Weekday::Sat => 2,
            Weekday::Sun => 1,
            _ => return None,
        };
        Some((ConsentReason::Weekend, after_days(self.day(), days).map(|end| zone.day_start(end))))
    }

    /// The clock alone decides; windows are half-open.
    fn hours(&self, law: &Law, windows: &[Window], weighed: &mut Weighed) -> Denial {
        let zone = self.clock(law, weighed)?;
        let local = zone.local(self.at);
        let second = i64::from(local.num_seconds_from_midnight());
        if windows.iter().any(|window| (window.from()..window.to()).contains(&second)) {
            return None;
        }
        let later = windows.iter().map(|window| window.from()).filter(|from| *from > second).min();
        let day = if later.is_some() { Some(local.date()) } else { local.date().succ_opt() };
        let from = later.or_else(|| windows.iter().map(|window| window.from()).min());
        let until = day.zip(from.and_then(clock_time)).map(|(day, time)| zone.instant(day.and_time(time)));
        let hours = windows.iter().map(|window| (written(window.from()), written(window.to()))).collect();
        Some((ConsentReason::OutsideHours { time: written(second), hours }, until))
    }

    fn days_since(&self, at: Instant) -> i64 {
        self.day().signed_duration_since(self.zone().day(at)).num_days()
    }
}

/// The last day of a period of months: the day with the same number, or the last of its month (as in article 641 of the
/// Code de procédure civile).
fn after_months(day: NaiveDate, months: u32) -> Option<NaiveDate> {
    day.checked_add_months(Months::new(months))
}

fn after_days(day: NaiveDate, days: i64) -> Option<NaiveDate> {
    day.checked_add_days(Days::new(u64::try_from(days).ok()?))
}

fn holiday(region: FrenchZone, day: NaiveDate) -> Option<FrenchHoliday> {
    FrenchHoliday::of_year(region, day.year()).into_iter().find(|(date, _)| *date == day).map(|(_, holiday)| holiday)
}

fn clock_time(second: i64) -> Option<NaiveTime> {
    NaiveTime::from_num_seconds_from_midnight_opt(u32::try_from(second).ok()?, 0)
}

/// `09:05`.
fn written(second: i64) -> String {
    format!("{:02}:{:02}", second / 3600, second / 60 % 60)
}
