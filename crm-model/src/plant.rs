//! Mistakes that a host or the library could make. Every one has to be found by a property: a model that finds nothing
//! wrong proves nothing.

use crm_core::rules::approval::{Event, Proposal};
use serde_json::{Value as Json, json};

use crate::properties::AT_MOST_ONCE;
use crate::settings::{Draft, SETTINGS};

/// A mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Plant {
    /// Whoever approves approves what is there now, whatever they saw.
    ApprovesWhatIsThereNow,
    /// An agent's host says that the agent is a person, under another role but the same name.
    AgentSaysItIsAPerson,
    /// An edit keeps the approval and what is in the outbox.
    EditKeepsOutbox,
    /// A rule that is switched off keeps what it approved, and nobody looks at it again.
    RuleOffKeepsWhatItApproved,
    /// The last check leaves out the switch.
    IgnoresTheSwitch,
    /// Consent is only looked at when something is approved.
    ChecksConsentAtApproval,
    /// The last check leaves out whoever approved.
    TrustsOldApprovers,
    /// When the channel did not answer in time, the message is queued again, as job queues do.
    LeaseOverQueuesAgain,
    /// Taking back forgets what may have left.
    CancelForgetsUncertain,
    /// An answer that nobody knows is taken as a failure.
    UnknownIsFailed,
    /// When the channel did not answer in time, the message is told not to have left.
    LeaseOverSaysItStayed,
    /// The approval is written in another transaction than the outbox, and the second one is lost.
    ApprovalLosesOutbox,
}

impl Plant {
    /// Every one.
    pub const ALL: &[Plant] = &[
        Plant::ApprovesWhatIsThereNow,
        Plant::AgentSaysItIsAPerson,
        Plant::EditKeepsOutbox,
        Plant::RuleOffKeepsWhatItApproved,
        Plant::IgnoresTheSwitch,
        Plant::ChecksConsentAtApproval,
        Plant::TrustsOldApprovers,
        Plant::LeaseOverQueuesAgain,
        Plant::CancelForgetsUncertain,
        Plant::UnknownIsFailed,
        Plant::LeaseOverSaysItStayed,
        Plant::ApprovalLosesOutbox,
    ];

    /// The smallest of the models in which it can show, with the mistake planted.
    pub fn model(self) -> Option<Draft> {
        let small = SETTINGS.first()?.clone();
        let is_about_rule = self == Plant::RuleOffKeepsWhatItApproved;
        Some(Draft {
            plant: Some(self),
            // Other properties would find it earlier; this one is about what a job queue does.
            judged_by: (self == Plant::LeaseOverQueuesAgain).then_some(AT_MOST_ONCE),
            has_rule: is_about_rule,
            has_opt_out: self == Plant::ChecksConsentAtApproval,
            approvers_leave: self == Plant::TrustsOldApprovers,
            switches: u8::from(self == Plant::IgnoresTheSwitch),
            ..small
        })
    }

    /// What the mistake makes of a step that was right.
    pub(crate) fn spoil(self, before: &Proposal, event: &Event, after: Proposal) -> Proposal {
        let (old, mut new) = (json_of(before), json_of(&after));
        match (self, event) {
            (Plant::EditKeepsOutbox, Event::Edit { .. }) if before.approval().is_some() => {
                for key in ["parcels", "approval", "phase", "terms"] {
                    new[key] = old[key].clone();
                }
                new["content_hash"] = json!(after.content_hash());
                new["approval"]["content_hash"] = json!(after.content_hash());
                new["approval"]["revision"] = new["revision"].clone();
                let (hash, revision) = (new["content_hash"].clone(), new["revision"].clone());
                each(&mut new, |parcel| {
                    parcel["content_hash"] = hash.clone();
                    parcel["revision"] = revision.clone();
                });
            }
            (Plant::AgentSaysItIsAPerson, Event::Edit { .. } | Event::Submit { .. }) => {
                // The name is all that is left of who wrote it.
                new["contributors"] = json!([{"name": "agent", "role": "member"}]);
            }
            (Plant::LeaseOverQueuesAgain, Event::LeaseOver { .. }) => {
                each(&mut new, |parcel| {
                    if parcel["state"] == "unknown" {
                        parcel["state"] = json!("queued");
                    }
                });
            }
            (Plant::CancelForgetsUncertain, Event::Cancel) => {
                each(&mut new, |parcel| {
                    if parcel["state"] == "unknown" {
                        parcel["state"] = json!("withdrawn");
                    }
                });
            }
            (Plant::UnknownIsFailed, Event::Settle { .. }) => {
                each(&mut new, |parcel| {
                    if parcel["state"] == "unknown" {
                        parcel["state"] = json!("failed");
                    }
                });
            }
            (Plant::LeaseOverSaysItStayed, Event::LeaseOver { .. }) => {
                each(&mut new, |parcel| {
                    if parcel["state"] == "unknown" {
                        parcel["state"] = json!("withdrawn");
                    }
                });
            }
            (Plant::ApprovalLosesOutbox, Event::Approve { .. }) => new["parcels"] = old["parcels"].clone(),
            _ => return after,
        }
        Proposal::from_text(&new.to_string()).unwrap_or(after)
    }
}

fn json_of(proposal: &Proposal) -> Json {
    serde_json::from_str(&proposal.to_text()).unwrap_or_default()
}

fn each(proposal: &mut Json, mut spoil: impl FnMut(&mut Json)) {
    for parcel in proposal["parcels"].as_array_mut().into_iter().flatten() {
        spoil(parcel);
    }
}
