//! Deal risk in English.

use super::en_forecast;
use super::en_values::plural;
use crate::kernel::risk_reason::{RiskBand, RiskFix, RiskReason, RiskSignal};
use crate::kernel::sales::StageKind;

pub(super) fn reason(reason: &RiskReason) -> String {
    use RiskReason as R;
    match reason {
        R::NoActivity { days, last: Some(last) } => format!("no contact for {} (last on {last})", business(*days)),
        R::NoActivity { days, last: None } => {
            format!("no contact at all since the deal began, {} ago", business(*days))
        }
        R::NoInbound { days, since } => {
            format!("the customer has not answered for {} (since {since})", business(*days))
        }
        R::NoNextStep => "no open task and no planned activity".to_owned(),
        R::OverdueClose { days, date } => {
            format!("the expected close date passed {} ago ({date})", plural(*days, "day", "days"))
        }
        R::CloseSoon { days, typical_days, n } => format!(
            "expected to close {}, while it usually takes {} from this stage (median of {})",
            if *days == 0 { "today".to_owned() } else { format!("in {}", plural(*days, "day", "days")) },
            plural(*typical_days, "day", "days"),
            plural(*n, "won deal", "won deals")
        ),
        R::Pushed { count, net_days, .. } => {
            let pushes = plural(*count, "push", "pushes");
            let net = match u64::try_from(*net_days) {
                Ok(days) if days > 0 => format!(" ({} later in all)", plural(days, "day", "days")),
                _ => String::new(),
            };
            format!("{pushes} of the close date into a later period{net}")
        }
        R::StageAge { days, percentile, typical_days, n } => format!(
            "{} in this stage, longer than {percentile} % of won deals (up to {}, n = {n})",
            plural(*days, "day", "days"),
            plural(*typical_days, "day", "days")
        ),
        R::StageTooLong { days, most_days } => {
            format!("{} in this stage, which should take {most_days} at most", plural(*days, "day", "days"))
        }
        R::SingleThreaded { contacts: 0, within_days } => {
            format!("nobody contacted in the last {}", plural(*within_days, "day", "days"))
        }
        R::SingleThreaded { contacts, within_days } => format!(
            "only {} contacted in the last {}",
            plural(*contacts, "person", "people"),
            plural(*within_days, "day", "days")
        ),
        R::NoDecisionMaker => "no decision maker among the contacts".to_owned(),
        R::AmountCut { percent, from, to } => {
            format!("amount down {percent} % since the deal entered this stage (from {from} to {to})")
        }
        R::MovedBack { date } => format!("moved back to an earlier stage on {date}"),
        R::ProbabilityGap { manual, stage } => {
            format!("probability set to {manual} by hand, while the stage has {stage}")
        }
        R::CategoryGap { category, stands_for, stage } => {
            format!(
                "category \"{}\" ({stands_for}) set by hand, while the stage has {stage}",
                en_forecast::category(*category)
            )
        }
        R::QuoteExpired { date } => format!("the quote was valid until {date}"),
        R::QuoteUnanswered { days } => format!("the quote has had no answer for {}", business(*days)),
        R::SupportHeat => "the account has a late urgent ticket".to_owned(),
        R::MissingAmount => "no amount".to_owned(),
        R::MissingCloseDate => "no expected close date".to_owned(),
        R::Capped { limit, points } => format!("limit of {limit} for the whole score: {points}"),
        R::Unknown { signal } => format!("\"{}\" cannot be told: the data are missing", name(*signal)),
        R::Muted { signal, day, reason, by, .. } => {
            let why = if reason.is_empty() { String::new() } else { format!(": {reason}") };
            format!("\"{}\" is muted until {day} by {by}{why}", name(*signal))
        }
        R::Closed { state: StageKind::Won } => "the deal is won".to_owned(),
        R::Closed { state: StageKind::Lost } => "the deal is lost".to_owned(),
        R::Closed { state: StageKind::Open } => "the deal is open".to_owned(),
        R::Archived => "the deal is archived".to_owned(),
        R::UnknownStage => "the deal's stage is unknown".to_owned(),
        R::LeftOut => "the risk of such deals is not assessed".to_owned(),
        R::NotYet => "the deal did not exist yet".to_owned(),
    }
}

pub(super) fn fix(fix: RiskFix) -> &'static str {
    match fix {
        RiskFix::ContactCustomer => "get in touch with the customer",
        RiskFix::ChangeChannel => "try another channel or another person",
        RiskFix::PlanNextStep => "plan the next step",
        RiskFix::UpdateCloseDate => "correct the close date, or close the deal",
        RiskFix::CheckCloseDate => "check whether the close date is realistic",
        RiskFix::AgreePlan => "agree on a plan to close with the customer",
        RiskFix::MoveOrClose => "move the deal on, or close it",
        RiskFix::AddContact => "get in touch with one more person at the customer",
        RiskFix::FindDecisionMaker => "find out who decides",
        RiskFix::CheckAmount => "clear up why the amount fell",
        RiskFix::Requalify => "qualify the deal again",
        RiskFix::CheckOverride => "justify what was set by hand, or take it back",
        RiskFix::FollowUpQuote => "renew the quote or ask about it",
        RiskFix::SolveTicket => "get the ticket solved",
        RiskFix::SetAmount => "enter the amount",
        RiskFix::SetCloseDate => "enter the expected close date",
    }
}

pub(super) const fn band(band: RiskBand) -> &'static str {
    match band {
        RiskBand::Low => "low",
        RiskBand::Watch => "to watch",
        RiskBand::High => "high",
    }
}

const fn name(signal: RiskSignal) -> &'static str {
    match signal {
        RiskSignal::NoActivity => "no contact",
        RiskSignal::NoInbound => "no answer from the customer",
        RiskSignal::NoNextStep => "no next step",
        RiskSignal::OverdueClose => "close date passed",
        RiskSignal::CloseSoonEarlyStage => "close date too soon",
        RiskSignal::Pushes => "close date pushed",
        RiskSignal::StageAge => "too long in the stage",
        RiskSignal::SingleThreaded => "too few people involved",
        RiskSignal::NoDecisionMaker => "no decision maker",
        RiskSignal::AmountCut => "amount cut",
        RiskSignal::Regression => "moved back",
        RiskSignal::OverrideGap => "more confident than the stage",
        RiskSignal::QuoteStale => "quote without answer",
        RiskSignal::SupportHeat => "late urgent ticket",
        RiskSignal::MissingAmount => "no amount",
        RiskSignal::MissingCloseDate => "no close date",
    }
}

fn business(days: u64) -> String {
    plural(days, "business day", "business days")
}
