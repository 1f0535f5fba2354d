//! What a day's figures say in words.

use chrono::NaiveDate;
use serde_json::{Map, Value as Json};

use super::risk_reason::RiskReason;

/// An amount as it is shown: its plain digits and its currency's code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// In major units with all decimal places, for example `1250.50`.
    pub amount: String,
    /// The code of the currency.
    pub currency: String,
}

impl Shown {
    /// Reads `{"amount": "12.50", "currency": "EUR"}`.
    pub fn of(json: &Json) -> Option<Self> {
        let text = |key: &str| json.get(key).and_then(Json::as_str).map(str::to_owned);
        Some(Self { amount: text("amount")?, currency: text("currency")? })
    }

    fn to_json(&self) -> Json {
        serde_json::json!({"amount": self.amount, "currency": self.currency})
    }
}

/// One sentence about a day; every number is one of the dashboard's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values of the sentence in lang/en_narrative.rs")]
pub enum NarrativeReason {
    /// What to do first: answer the tickets whose promise is broken.
    FirstPromises,
    /// What to do first: the tasks that are overdue.
    FirstTasks { tasks: u64 },
    /// What to do first: decide what waits for an OK.
    FirstApprovals,
    /// Nothing is late.
    FirstNothing,
    /// What is open.
    Pipeline { deals: u64, value: Shown, weighted: Shown },
    /// Nothing is open.
    NoPipeline,
    /// What became of deals since yesterday began.
    Changed { won: u64, lost: u64, slipped: u64 },
    /// Nothing did.
    Unchanged,
    /// What waits for an OK.
    Approvals { drafts: u64 },
    /// Nothing does.
    NoApprovals,
    /// Tickets whose promise is broken, and those whose promise is to be kept today.
    Promises { breached: u64, due_today: u64 },
    /// There are none.
    NoPromises,
    /// Contracts whose term ends soon, with the first of them.
    Renewals { renewals: u64, within_days: u64, due_on: NaiveDate, account: String, amount: Option<Shown> },
    /// Customers who have to be told that their contract is renewed, with the first last day of that.
    Notices { notices: u64, within_days: u64, until: NaiveDate, account: String },
    /// The deal that needs somebody most, and why.
    Riskiest { deal: String, score: u64, value: Option<Shown>, why: Option<RiskReason> },
    /// People who wait for somebody of the team.
    Waiting { leads: u64, conversations: u64 },
}

impl NarrativeReason {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            NarrativeReason::FirstPromises => "first_promises",
            NarrativeReason::FirstTasks { .. } => "first_tasks",
            NarrativeReason::FirstApprovals => "first_approvals",
            NarrativeReason::FirstNothing => "first_nothing",
            NarrativeReason::Pipeline { .. } => "open_deals",
            NarrativeReason::NoPipeline => "no_open_deals",
            NarrativeReason::Changed { .. } => "deals_since_yesterday",
            NarrativeReason::Unchanged => "no_change_since_yesterday",
            NarrativeReason::Approvals { .. } => "waits_for_ok",
            NarrativeReason::NoApprovals => "nothing_waits_for_ok",
            NarrativeReason::Promises { .. } => "promises_today",
            NarrativeReason::NoPromises => "no_promises_today",
            NarrativeReason::Renewals { .. } => "renewals_soon",
            NarrativeReason::Notices { .. } => "notices_soon",
            NarrativeReason::Riskiest { .. } => "riskiest_deal",
            NarrativeReason::Waiting { .. } => "people_wait",
        }
    }

    /// What the sentence is about, under the keys of its JSON form.
    pub(super) fn put(&self, map: &mut Map<String, Json>) {
        let mut put = |key: &str, value: Json| map.insert(key.into(), value);
        match self {
            NarrativeReason::FirstPromises
            | NarrativeReason::FirstApprovals
            | NarrativeReason::FirstNothing
            | NarrativeReason::NoPipeline
            | NarrativeReason::Unchanged
            | NarrativeReason::NoApprovals
            | NarrativeReason::NoPromises => {}
            NarrativeReason::FirstTasks { tasks } => {
                put("tasks", (*tasks).into());
            }
            NarrativeReason::Pipeline { deals, value, weighted } => {
                put("deals", (*deals).into());
                put("value", value.to_json());
                put("weighted", weighted.to_json());
            }
            NarrativeReason::Changed { won, lost, slipped } => {
                put("won", (*won).into());
                put("lost", (*lost).into());
                put("slipped", (*slipped).into());
            }
            NarrativeReason::Approvals { drafts } => {
                put("drafts", (*drafts).into());
            }
            NarrativeReason::Promises { breached, due_today } => {
                put("breached", (*breached).into());
                put("due_today", (*due_today).into());
            }
            NarrativeReason::Renewals { renewals, within_days, due_on, account, amount } => {
                put("renewals", (*renewals).into());
                put("within_days", (*within_days).into());
                put("due_on", due_on.to_string().into());
                put("account", account.as_str().into());
                put("amount", amount.as_ref().map_or(Json::Null, Shown::to_json));
            }
            NarrativeReason::Notices { notices, within_days, until, account } => {
                put("notices", (*notices).into());
                put("within_days", (*within_days).into());
                put("until", until.to_string().into());
                put("account", account.as_str().into());
            }
            NarrativeReason::Riskiest { deal, score, value, why } => {
                put("deal", deal.as_str().into());
                put("score", (*score).into());
                put("value", value.as_ref().map_or(Json::Null, Shown::to_json));
                put("why", why.as_ref().map(RiskReason::code).into());
            }
            NarrativeReason::Waiting { leads, conversations } => {
                put("leads", (*leads).into());
                put("conversations", (*conversations).into());
            }
        }
    }
}
