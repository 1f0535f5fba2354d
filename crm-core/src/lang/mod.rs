//! What people read: every problem and reason as one sentence, in English and in French.
//!
//! `en.rs` and `fr.rs` have one arm for each; a missing one does not compile.

mod clock;
mod en;
mod en_access;
mod en_activity;
mod en_approval;
mod en_attribution;
mod en_bands;
mod en_calendar;
mod en_consent;
mod en_convert;
mod en_finding;
mod en_forecast;
mod en_health;
mod en_inbox;
mod en_narrative;
mod en_next_action;
mod en_offer;
mod en_page;
mod en_playbook;
mod en_quote;
mod en_reason;
mod en_renewal;
mod en_reply;
mod en_report;
mod en_risk;
mod en_routing;
mod en_rules;
mod en_segment;
mod en_sequence;
mod en_sla;
mod en_staff;
mod en_task;
mod en_timeline;
mod en_values;
mod en_waterfall;
mod en_words;
mod fr;
mod fr_access;
mod fr_activity;
mod fr_approval;
mod fr_attribution;
mod fr_bands;
mod fr_calendar;
mod fr_consent;
mod fr_convert;
mod fr_finding;
mod fr_forecast;
mod fr_health;
mod fr_inbox;
mod fr_narrative;
mod fr_next_action;
mod fr_offer;
mod fr_page;
mod fr_playbook;
mod fr_quote;
mod fr_reason;
mod fr_renewal;
mod fr_reply;
mod fr_report;
mod fr_risk;
mod fr_routing;
mod fr_rules;
mod fr_segment;
mod fr_sequence;
mod fr_shapes;
mod fr_sla;
mod fr_staff;
mod fr_task;
mod fr_timeline;
mod fr_values;
mod fr_waterfall;
mod fr_words;
mod quote_letter;
mod values;

pub use self::clock::Clock;
pub use self::quote_letter::{QuoteLetter, quote_letter};
pub use self::values::{amount, day_in_full, decimal, moment_in_full, plural, yes_or_no};

use std::str::FromStr;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::kernel::approval::DraftState;
use crate::kernel::calendar::holidays::FrenchHoliday;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::inbox_reason::InboxAction;
use crate::kernel::page_label::PageLabel;
use crate::kernel::period::{FiscalCalendar, Period};
use crate::kernel::reason::Reason;
use crate::kernel::reply_reason::{ReplyClass, TalkTask};
use crate::kernel::risk_reason::{RiskBand, RiskFix};
use crate::kernel::service::{SlaAlertKind, SlaMetric};
use crate::kernel::time::Instant;

/// A language that people read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Lang {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// French.
    #[serde(rename = "fr")]
    French,
}

impl Lang {
    /// `en` or `fr`.
    pub const fn code(self) -> &'static str {
        match self {
            Lang::English => "en",
            Lang::French => "fr",
        }
    }
}

impl FromStr for Lang {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "en" => Ok(Lang::English),
            "fr" => Ok(Lang::French),
            _ => {
                Err(Problem::NotOneOf { found: crate::kernel::text::shortened(text, 60), expected: &["en", "fr"] }
                    .into())
            }
        }
    }
}

/// The sentence of a problem.
pub fn problem(problem: &Problem, lang: Lang) -> String {
    match lang {
        Lang::English => en::problem(problem),
        Lang::French => fr::problem(problem),
    }
}

/// So many deals.
pub(crate) fn deals(n: u64, lang: Lang) -> String {
    match lang {
        Lang::English => plural(lang, n, "deal", "deals"),
        Lang::French => plural(lang, n, "affaire", "affaires"),
    }
}

/// What the daily page calls one of its parts.
pub const fn page_label(label: PageLabel, lang: Lang) -> &'static str {
    match lang {
        Lang::English => en_page::label(label),
        Lang::French => fr_page::label(label),
    }
}

/// The sentence of a reason, its instants by UTC.
pub fn reason(reason: &Reason, lang: Lang) -> String {
    reason_by(reason, lang, Clock::UTC)
}

/// The sentence of a reason, its instants by the clocks of whoever reads it.
pub fn reason_by(reason: &Reason, lang: Lang, clock: Clock<'_>) -> String {
    match lang {
        Lang::English => en_reason::reason(reason, clock),
        Lang::French => fr_reason::reason(reason, clock),
    }
}

/// What people call a French public holiday.
pub fn holiday(holiday: FrenchHoliday, lang: Lang) -> &'static str {
    match lang {
        Lang::English => en_calendar::holiday(holiday),
        Lang::French => fr_calendar::holiday(holiday),
    }
}

/// What would help against a risk.
pub fn risk_fix(fix: RiskFix, lang: Lang) -> &'static str {
    match lang {
        Lang::English => en_risk::fix(fix),
        Lang::French => fr_risk::fix(fix),
    }
}

/// What people call where a draft stands.
pub const fn draft_state(state: DraftState, lang: Lang) -> &'static str {
    match lang {
        Lang::English => en_approval::state(state),
        Lang::French => fr_approval::state(state),
    }
}

/// What people call what can be done with an item of an inbox.
pub const fn inbox_action(action: InboxAction, lang: Lang) -> &'static str {
    match lang {
        Lang::English => en_inbox::action(action),
        Lang::French => fr_inbox::action(action),
    }
}

/// What a clock of a ticket had to say.
pub fn sla_alert(metric: SlaMetric, kind: SlaAlertKind, step: &str, at: Instant, lang: Lang) -> String {
    match lang {
        Lang::English => en_sla::alert(metric, kind, step, at),
        Lang::French => fr_sla::alert(metric, kind, step, at),
    }
}

/// What a message that came in is, in words.
pub fn reply_class(class: ReplyClass, lang: Lang) -> &'static str {
    match lang {
        Lang::English => en_reply::said(class),
        Lang::French => fr_reply::said(class),
    }
}

/// What somebody has to do about a conversation with somebody.
pub fn talk_task(what: TalkTask, who: &str, lang: Lang) -> String {
    match lang {
        Lang::English => en_reply::task(what, who),
        Lang::French => fr_reply::task(what, who),
    }
}

/// Subject and text of the message that tells a customer that a contract goes on unless the customer says no.
pub fn renewal_notice(name: &str, ends_on: NaiveDate, opt_out_on: NaiveDate, lang: Lang) -> (String, String) {
    let (ends, last) = (day_in_full(ends_on, lang), day_in_full(opt_out_on, lang));
    match lang {
        Lang::English => en_renewal::notice(name, &ends, &last),
        Lang::French => fr_renewal::notice(name, &ends, &last),
    }
}

/// How risky a deal is, in words.
pub fn risk_band(band: RiskBand, lang: Lang) -> &'static str {
    match lang {
        Lang::English => en_risk::band(band),
        Lang::French => fr_risk::band(band),
    }
}

/// What people call a period: `November 2026`, `T4 2026`, `FY2027 Q1`, `exercice 2027, P3`.
///
/// ```
/// use crm_core::kernel::period::{FiscalCalendar, Unit};
/// use crm_core::lang::{Lang, period_label};
/// let calendar = FiscalCalendar::default();
/// let quarter = calendar.period(Unit::Quarter, "2026-11-22".parse().unwrap()).unwrap();
/// assert_eq!(period_label(&quarter, &calendar, Lang::English), "Q4 2026");
/// assert_eq!(period_label(&quarter, &calendar, Lang::French), "T4 2026");
/// ```
pub fn period_label(period: &Period, calendar: &FiscalCalendar, lang: Lang) -> String {
    match lang {
        Lang::English => en_forecast::period(period, calendar),
        Lang::French => fr_forecast::period(period, calendar),
    }
}

/// Whole digits with their thousands apart.
fn grouped(whole: &str, separator: &str) -> String {
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |rest| ("-", rest));
    let mut out = sign.to_owned();
    for (i, digit) in digits.chars().enumerate() {
        let left = digits.len().saturating_sub(i);
        if i > 0 && left.is_multiple_of(3) {
            out.push_str(separator);
        }
        out.push(digit);
    }
    out
}

/// What a forecast category is called; the text itself where it is none.
pub fn category(code: &str, lang: Lang) -> String {
    let name = crate::kernel::sales::Category::from_code(code).map(|category| match lang {
        Lang::English => en_forecast::category(category),
        Lang::French => fr_forecast::category(category),
    });
    name.unwrap_or(code).to_owned()
}

/// What a column of a report or a view is called, in English and in French; `None` for one that only a host knows.
pub fn column(code: &str) -> Option<(&'static str, &'static str)> {
    en_report::column(code).zip(fr_report::column(code))
}
