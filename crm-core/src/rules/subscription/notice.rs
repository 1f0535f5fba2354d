//! Until when a renewal can be refused, and when French law wants the customer to be told.

use chrono::{Days, NaiveDate};

use super::term::{anniversary, day_after};
use crate::kernel::customer::RenewalKind;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::renewal_reason::{CustomerKind, NoticeState, RenewalReason};
use crate::rules::check;

/// The notice opens so many months before the last day of refusal.
const OPENS_MONTHS: i64 = 3;
/// And it is in time up to so many months before it.
const CLOSES_MONTHS: i64 = 1;
/// The longest notice period.
pub(crate) const MOST_NOTICE_MONTHS: i64 = 120;
/// The longest notice period in days.
pub(crate) const MOST_NOTICE_DAYS: i64 = 3_660;

/// What the dates of a notice follow from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoticeTerms {
    /// The last covered day of the term that ends.
    pub ends_on: NaiveDate,
    /// How many months before that day the customer has to say no.
    pub notice_months: i64,
    /// How many days before it, further.
    pub notice_days: i64,
    /// What happens at the end of the term.
    pub renewal: RenewalKind,
    /// Whom the law takes the customer for; `None` where nobody said.
    pub customer: Option<CustomerKind>,
}

/// The dates around the end of a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The last day on which the customer can say no.
    pub opt_out_on: NaiveDate,
    /// The first day of the next term.
    pub renews_on: NaiveDate,
    /// From when to when the customer is told in time, both days included; `None` where the law asks for nothing.
    pub window: Option<(NaiveDate, NaiveDate)>,
    /// Whether the law applies for sure; without it the window is told in case it does.
    pub is_required: bool,
    renewal: RenewalKind,
    customer: Option<CustomerKind>,
}

/// How a notice stands on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// How it stands.
    pub state: NoticeState,
    /// From which day on the customer may end the contract free of charge at any time, where that follows.
    pub free_exit_from: Option<NaiveDate>,
    /// Why.
    pub reasons: Vec<RenewalReason>,
}

impl NoticeTerms {
    /// The dates that follow.
    ///
    /// # Errors
    /// Notice periods out of range, and days before the year 1; with the path.
    pub fn dates(&self) -> Result<Notice> {
        check::between(self.notice_months, 0, MOST_NOTICE_MONTHS).map_err(|e| e.at("notice_months"))?;
        check::between(self.notice_days, 0, MOST_NOTICE_DAYS).map_err(|e| e.at("notice_days"))?;
        let whole =
            anniversary(self.ends_on, self.notice_months.saturating_neg()).map_err(|e| e.at("notice_months"))?;
        let days = Days::new(self.notice_days.unsigned_abs());
        let opt_out_on = whole.checked_sub_days(days).filter(|day| crate::kernel::time::in_range(*day));
        let too_early = || {
            let (found, least) = (self.notice_days.to_string(), "0".into());
            Error::from(Problem::OutOfRange { found, least, most: MOST_NOTICE_DAYS.to_string() }).at("notice_days")
        };
        self.at_deadline(opt_out_on.ok_or_else(too_early)?)
    }

    /// The dates that follow from a last day of refusal that the contract names itself.
    ///
    /// # Errors
    /// Days before the year 1.
    pub fn at_deadline(&self, opt_out_on: NaiveDate) -> Result<Notice> {
        let is_tacit = self.renewal == RenewalKind::Auto;
        let window = match (is_tacit, self.customer) {
            (false, _) | (true, Some(CustomerKind::Professional)) => None,
            (true, _) => Some((
                anniversary(opt_out_on, OPENS_MONTHS.saturating_neg())?,
                anniversary(opt_out_on, CLOSES_MONTHS.saturating_neg())?,
            )),
        };
        Ok(Notice {
            opt_out_on,
            renews_on: day_after(self.ends_on),
            window,
            is_required: window.is_some() && self.customer.is_some(),
            renewal: self.renewal,
            customer: self.customer,
        })
    }
}

impl Notice {
    /// How the notice stands at the end of a day, if it was sent on a day or not at all. One that was sent before its
    /// first day does not count.
    pub fn standing(&self, sent_on: Option<NaiveDate>, today: NaiveDate) -> Standing {
        use RenewalReason as R;
        let mut reasons = vec![R::OptOut { on: self.opt_out_on, renews_on: self.renews_on }];
        let Some((from, to)) = self.window else {
            reasons.push(if self.renewal == RenewalKind::Auto { R::Professional } else { R::NotTacit });
            return Standing { state: NoticeState::NotRequired, free_exit_from: None, reasons };
        };
        reasons.push(R::LegalWindow { from, to });
        if self.customer.is_none() {
            reasons.push(R::KindUnknown);
        }
        let sent = sent_on.filter(|on| *on <= today);
        let counts = sent.filter(|on| *on >= from);
        if let Some(on) = counts.filter(|on| *on <= to) {
            reasons.push(R::NoticeSent { on });
            return Standing { state: NoticeState::Sent, free_exit_from: None, reasons };
        }
        if let Some(on) = sent.filter(|on| *on < from) {
            reasons.push(R::NoticeTooEarly { on, from });
        }
        if today > to {
            match counts {
                Some(on) => reasons.push(R::NoticeTooLate { on, to }),
                None => reasons.push(R::NoticeNotSent { to }),
            }
            // What follows is the law's, so it is told only where the law is known to apply.
            let free_exit_from = self.is_required.then_some(self.renews_on);
            reasons.extend(free_exit_from.map(|from| R::FreeExit { from }));
            return Standing { state: NoticeState::Missed, free_exit_from, reasons };
        }
        let state = if today < from { NoticeState::NotYet } else { NoticeState::Due };
        if state == NoticeState::Due {
            let days = to.signed_duration_since(today).num_days().max(0).unsigned_abs();
            reasons.push(R::NoticeDue { to, days });
        }
        Standing { state, free_exit_from: None, reasons }
    }
}
