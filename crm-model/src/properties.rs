//! What must hold in every state, and what must be possible at all.

use crm_core::kernel::approval::{DraftState, ParcelState};
use crm_core::kernel::role::Role;
use crm_core::rules::approval::{Event, Proposal};
use stateright::Property;

use crate::settings::Draft;

/// What job queues do not promise.
pub(crate) const AT_MOST_ONCE: &str = "at most one hand-off for each key, unless somebody found none";

/// The properties of a model.
pub(crate) fn properties(draft: &Draft) -> Vec<Property<Draft>> {
    let mut all = vec![
        Property::<Draft>::always("what left was approved: this content, for this recipient", |_, world| {
            let fits = |left: &crate::Left| {
                let yes = |yes: &crate::Yes| {
                    yes.content_hash == left.content_hash && yes.recipients.contains(&left.recipient)
                };
                world.said_yes.iter().any(yes)
            };
            world.left.iter().all(fits)
        }),
        Property::<Draft>::always("an agent's word is no approval", |_, world| {
            let by_agent = world.proposal.approval().is_some_and(|approval| {
                approval.role == Role::Agent
                    || world.proposal.contributors().iter().any(|c| c.role == Role::Agent && c.name == approval.by)
            });
            !by_agent && !world.said_yes.iter().any(|yes| yes.by == "agent")
        }),
        Property::<Draft>::always(AT_MOST_ONCE, |_, world| {
            let most = |key: &str| 1 + usize::from(world.not_found.get(key).copied().unwrap_or_default());
            world.left.iter().all(|left| world.times_left(&left.key) <= most(&left.key))
        }),
        Property::<Draft>::always("nothing begins that a check forbids", |_, world| world.wrong.is_none()),
        Property::<Draft>::always("what left is never told not to have left", |_, world| {
            let is_told = |left: &crate::Left| {
                let looked = world.not_found.contains_key(&left.key);
                let state = world.proposal.parcel(&left.key).map(|parcel| parcel.state);
                looked || state.is_some_and(ParcelState::may_have_left)
            };
            world.left.iter().all(is_told)
        }),
        Property::<Draft>::always(
            "a draft of which something may have left does not say that nothing did",
            |_, world| {
                let may_have_left = world.proposal.parcels().iter().any(|parcel| parcel.state.may_have_left());
                !may_have_left
                    || matches!(
                        world.proposal.state(),
                        DraftState::Sending
                            | DraftState::Unknown
                            | DraftState::Sent
                            | DraftState::Queued
                            | DraftState::Blocked
                            | DraftState::Failed
                    )
            },
        ),
        Property::<Draft>::always("what is approved is in the outbox, once for each recipient", |_, world| {
            let Some(approval) = world.proposal.approval() else { return true };
            let of_now = world.proposal.parcels().iter().filter(|parcel| parcel.revision == approval.revision);
            let recipients: Vec<&str> = of_now.map(|parcel| parcel.recipient.as_str()).collect();
            recipients.len() == world.proposal.recipients().len()
        }),
        Property::<Draft>::always("only what is approved waits in the outbox", |_, world| {
            let waits = |state| matches!(state, ParcelState::Queued | ParcelState::Blocked);
            world.proposal.approval().is_some() || !world.proposal.parcels().iter().any(|parcel| waits(parcel.state))
        }),
        Property::<Draft>::always("a hand-off that nobody answers becomes visibly unknown", |_, world| {
            let started = world.proposal.parcels().iter().filter(|parcel| parcel.state == ParcelState::Started);
            started.into_iter().all(|parcel| {
                let at = parcel.lease_until.unwrap_or_else(|| world.at());
                let event = Event::LeaseOver { key: parcel.key.clone() };
                let next = world.proposal.step(&event, at.max(world.at()));
                next.is_ok_and(|next| next.parcel(&parcel.key).map(|p| p.state) == Some(ParcelState::Unknown))
            })
        }),
        Property::<Draft>::always("the stored text is the state", |_, world| {
            Proposal::from_text(&world.proposal.to_text()).is_ok_and(|read| read == world.proposal)
        }),
        Property::<Draft>::sometimes("it is sent", |_, world| world.proposal.state() == DraftState::Sent),
        Property::<Draft>::sometimes("nobody knows", |_, world| world.proposal.state() == DraftState::Unknown),
        Property::<Draft>::sometimes("it left, and nobody knows", |_, world| {
            world.proposal.state() == DraftState::Unknown && !world.left.is_empty()
        }),
        Property::<Draft>::sometimes("it failed", |_, world| world.proposal.state() == DraftState::Failed),
        Property::<Draft>::sometimes("it is cancelled before it leaves", |_, world| {
            world.proposal.state() == DraftState::Cancelled
        }),
        Property::<Draft>::sometimes("it expires", |_, world| world.proposal.state() == DraftState::Expired),
        Property::<Draft>::sometimes("somebody looked and it is sent", |_, world| {
            world.proposal.state() == DraftState::Sent && !world.not_found.is_empty()
        }),
    ];
    if draft.edits > 0 {
        all.push(Property::<Draft>::sometimes(
            "it is edited after it was approved, and sent in the end",
            |_, world| {
                world.proposal.revision() > 1 && world.said_yes.len() > 1 && world.proposal.state() == DraftState::Sent
            },
        ));
    }
    if draft.switches > 0 || draft.has_opt_out || draft.approvers_leave {
        all.push(Property::<Draft>::sometimes("the last check holds it back", |_, world| {
            world.proposal.state() == DraftState::Blocked
        }));
    }
    if draft.workers > 1 {
        all.push(Property::<Draft>::sometimes("both workers have something in hand", |_, world| {
            world.workers.iter().all(Option::is_some)
        }));
    }
    all.retain(|property| draft.judged_by.is_none_or(|name| property.name == name));
    all
}
