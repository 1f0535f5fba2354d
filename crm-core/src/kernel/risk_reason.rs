//! The reasons of deal risk: what is wrong with a deal, what would help, what nobody knows, and why there is no score.

use chrono::NaiveDate;
use serde_json::{Map, Value as Json};

use super::coded::coded;
use super::money::Money;
use super::probability::Probability;
use super::sales::{Category, StageKind};
use super::time::{Instant, format_instant};

coded! {
    /// What may be wrong with a deal. The order is the order of reasons with equal points.
    RiskSignal {
        /// Nobody was in touch with the customer for long.
        NoActivity = "no_activity",
        /// The team spoke and the customer does not answer.
        NoInbound = "no_inbound",
        /// There is no open task and no planned activity.
        NoNextStep = "no_next_step",
        /// It should have closed by now.
        OverdueClose = "overdue_close",
        /// It should close sooner than won deals did from this stage.
        CloseSoonEarlyStage = "close_soon_early_stage",
        /// Its close date was moved into later periods.
        Pushes = "pushes",
        /// It stands in its stage for longer than won deals did.
        StageAge = "stage_age",
        /// Too few people of the customer are in touch.
        SingleThreaded = "single_threaded",
        /// Nobody in it decides.
        NoDecisionMaker = "no_decision_maker",
        /// Its amount fell since it entered its stage.
        AmountCut = "amount_cut",
        /// It went back to an earlier stage.
        Regression = "regression",
        /// Somebody is far more confident than the stage.
        OverrideGap = "override_gap",
        /// Its quote expired or waits for an answer.
        QuoteStale = "quote_stale",
        /// The account has an urgent ticket that is late.
        SupportHeat = "support_heat",
        /// It has no amount.
        MissingAmount = "missing_amount",
        /// It has no close date.
        MissingCloseDate = "missing_close_date",
    }
}

coded! {
    /// What would help.
    RiskFix {
        /// Get in touch with the customer.
        ContactCustomer = "contact_customer",
        /// Try another channel or another person.
        ChangeChannel = "change_channel",
        /// Plan the next step.
        PlanNextStep = "plan_next_step",
        /// Correct the close date, or close the deal.
        UpdateCloseDate = "update_close_date",
        /// Check the close date against how long it takes from here.
        CheckCloseDate = "check_close_date",
        /// Agree on a plan to close with the customer.
        AgreePlan = "agree_plan",
        /// Move the deal on, or close it.
        MoveOrClose = "move_or_close",
        /// Get in touch with another person of the customer.
        AddContact = "add_contact",
        /// Find out who decides.
        FindDecisionMaker = "find_decision_maker",
        /// Clear up why the amount fell.
        CheckAmount = "check_amount",
        /// Qualify the deal again.
        Requalify = "requalify",
        /// Justify or take back what was set by hand.
        CheckOverride = "check_override",
        /// Renew the quote or ask about it.
        FollowUpQuote = "follow_up_quote",
        /// Get the ticket solved.
        SolveTicket = "solve_ticket",
        /// Enter the amount.
        SetAmount = "set_amount",
        /// Enter the close date.
        SetCloseDate = "set_close_date",
    }
}

coded! {
    /// How risky a deal is.
    RiskBand {
        /// Nothing much is wrong.
        Low = "low",
        /// Somebody should look at it.
        Watch = "watch",
        /// It is likely to slip or to be lost.
        High = "high",
    }
}

impl RiskSignal {
    /// What would help against it.
    pub const fn fix(self) -> RiskFix {
        match self {
            RiskSignal::NoActivity => RiskFix::ContactCustomer,
            RiskSignal::NoInbound => RiskFix::ChangeChannel,
            RiskSignal::NoNextStep => RiskFix::PlanNextStep,
            RiskSignal::OverdueClose => RiskFix::UpdateCloseDate,
            RiskSignal::CloseSoonEarlyStage => RiskFix::CheckCloseDate,
            RiskSignal::Pushes => RiskFix::AgreePlan,
            RiskSignal::StageAge => RiskFix::MoveOrClose,
            RiskSignal::SingleThreaded => RiskFix::AddContact,
            RiskSignal::NoDecisionMaker => RiskFix::FindDecisionMaker,
            RiskSignal::AmountCut => RiskFix::CheckAmount,
            RiskSignal::Regression => RiskFix::Requalify,
            RiskSignal::OverrideGap => RiskFix::CheckOverride,
            RiskSignal::QuoteStale => RiskFix::FollowUpQuote,
            RiskSignal::SupportHeat => RiskFix::SolveTicket,
            RiskSignal::MissingAmount => RiskFix::SetAmount,
            RiskSignal::MissingCloseDate => RiskFix::SetCloseDate,
        }
    }
}

/// Why a deal has its risk, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values of the sentence in lang/en_risk.rs")]
pub enum RiskReason {
    /// Nobody was in touch for so many business days; `last` is `None` if nobody ever was.
    NoActivity { days: u64, last: Option<NaiveDate> },
    /// The team spoke and waits for so many business days.
    NoInbound { days: u64, since: NaiveDate },
    /// Nothing is planned.
    NoNextStep,
    /// The close date has passed.
    OverdueClose { days: u64, date: NaiveDate },
    /// So many days are left where won deals took `typical_days`, the median of `n`.
    CloseSoon { days: u64, typical_days: u64, n: u64 },
    /// The close date moved into a later period so often.
    Pushed { count: u64, pull_ins: u64, net_days: i64 },
    /// So many days in the stage; `percentile` percent of `n` spans of won deals took at most `typical_days`.
    StageAge { days: u64, percentile: u64, typical_days: u64, n: u64 },
    /// So many days in the stage, more than its pipeline allows.
    StageTooLong { days: u64, most_days: u64 },
    /// So few people in so many days.
    SingleThreaded { contacts: u64, within_days: u64 },
    /// No contact has the part of a decision maker.
    NoDecisionMaker,
    /// The amount fell by so much.
    AmountCut { percent: u64, from: Money, to: Money },
    /// It went back on this day.
    MovedBack { date: NaiveDate },
    /// The probability set by hand is far above the stage's.
    ProbabilityGap { manual: Probability, stage: Probability },
    /// So is what the category set by hand stands for.
    CategoryGap { category: Category, stands_for: Probability, stage: Probability },
    /// The quote was valid up to this day.
    QuoteExpired { date: NaiveDate },
    /// The quote waits for so many business days.
    QuoteUnanswered { days: u64 },
    /// An urgent ticket of the account is late.
    SupportHeat,
    /// No amount.
    MissingAmount,
    /// No close date.
    MissingCloseDate,
    /// The score is limited; what is above does not count.
    Capped { limit: i64, points: i64 },
    /// Nobody knows what this signal needs.
    Unknown { signal: RiskSignal },
    /// Somebody silenced the signal.
    Muted { signal: RiskSignal, until: Instant, day: NaiveDate, reason: String, by: String },
    // Why there is no score.
    /// The deal was won or lost.
    Closed { state: StageKind },
    /// The deal is archived.
    Archived,
    /// The deal's stage is not known, so nobody can say whether it is open.
    UnknownStage,
    /// The configuration leaves such deals out.
    LeftOut,
    /// The deal did not exist yet.
    NotYet,
}

impl RiskReason {
    /// The stable code; that of its signal where it has one.
    pub const fn code(&self) -> &'static str {
        use RiskReason as R;
        match self {
            R::NoActivity { .. } => RiskSignal::NoActivity.code(),
            R::NoInbound { .. } => RiskSignal::NoInbound.code(),
            R::NoNextStep => RiskSignal::NoNextStep.code(),
            R::OverdueClose { .. } => RiskSignal::OverdueClose.code(),
            R::CloseSoon { .. } => RiskSignal::CloseSoonEarlyStage.code(),
            R::Pushed { .. } => RiskSignal::Pushes.code(),
            R::StageAge { .. } | R::StageTooLong { .. } => RiskSignal::StageAge.code(),
            R::SingleThreaded { .. } => RiskSignal::SingleThreaded.code(),
            R::NoDecisionMaker => RiskSignal::NoDecisionMaker.code(),
            R::AmountCut { .. } => RiskSignal::AmountCut.code(),
            R::MovedBack { .. } => RiskSignal::Regression.code(),
            R::ProbabilityGap { .. } | R::CategoryGap { .. } => RiskSignal::OverrideGap.code(),
            R::QuoteExpired { .. } | R::QuoteUnanswered { .. } => RiskSignal::QuoteStale.code(),
            R::SupportHeat => RiskSignal::SupportHeat.code(),
            R::MissingAmount => RiskSignal::MissingAmount.code(),
            R::MissingCloseDate => RiskSignal::MissingCloseDate.code(),
            R::Capped { .. } => "risk_capped",
            R::Unknown { .. } => "risk_unknown",
            R::Muted { .. } => "risk_muted",
            R::Closed { .. } => "risk_deal_closed",
            R::Archived => "risk_deal_archived",
            R::UnknownStage => "risk_unknown_stage",
            R::LeftOut => "risk_left_out",
            R::NotYet => "risk_not_yet",
        }
    }

    /// Puts the parameters into an object.
    pub(super) fn put(&self, map: &mut Map<String, Json>) {
        use RiskReason as R;
        let mut put = |key: &str, value: Json| {
            map.insert(key.into(), value);
        };
        match self {
            R::NoActivity { days, last } => {
                put("days", (*days).into());
                put("last", last.map(|day| day.to_string()).into());
            }
            R::NoInbound { days, since } => {
                put("days", (*days).into());
                put("waiting_since", since.to_string().into());
            }
            R::OverdueClose { days, date } => {
                put("days", (*days).into());
                put("date", date.to_string().into());
            }
            R::CloseSoon { days, typical_days, n } => {
                put("days", (*days).into());
                put("typical_days", (*typical_days).into());
                put("n", (*n).into());
            }
            R::Pushed { count, pull_ins, net_days } => {
                put("count", (*count).into());
                put("pull_ins", (*pull_ins).into());
                put("net_days", (*net_days).into());
            }
            R::StageAge { days, percentile, typical_days, n } => {
                put("days", (*days).into());
                put("percentile", (*percentile).into());
                put("typical_days", (*typical_days).into());
                put("n", (*n).into());
            }
            R::StageTooLong { days, most_days } => {
                put("days", (*days).into());
                put("most_days", (*most_days).into());
            }
            R::SingleThreaded { contacts, within_days } => {
                put("contacts", (*contacts).into());
                put("within_days", (*within_days).into());
            }
            R::AmountCut { percent, from, to } => {
                put("percent", (*percent).into());
                put("from", from.to_json());
                put("to", to.to_json());
            }
            R::MovedBack { date } | R::QuoteExpired { date } => put("date", date.to_string().into()),
            R::ProbabilityGap { manual, stage } => {
                put("manual_bp", manual.bp().into());
                put("stage_bp", stage.bp().into());
            }
            R::CategoryGap { category, stands_for, stage } => {
                put("category", category.code().into());
                put("stands_for_bp", stands_for.bp().into());
                put("stage_bp", stage.bp().into());
            }
            R::QuoteUnanswered { days } => put("days", (*days).into()),
            R::Capped { limit, .. } => put("limit", (*limit).into()),
            R::Unknown { signal } => put("signal", signal.code().into()),
            R::Muted { signal, until, reason, by, .. } => {
                put("signal", signal.code().into());
                put("until", format_instant(*until).into());
                put("reason", reason.as_str().into());
                put("by", by.as_str().into());
            }
            R::Closed { state } => put("state", state.code().into()),
            R::NoNextStep
            | R::NoDecisionMaker
            | R::SupportHeat
            | R::MissingAmount
            | R::MissingCloseDate
            | R::Archived
            | R::UnknownStage
            | R::LeftOut
            | R::NotYet => {}
        }
    }
}
