//! What may happen, and what becomes of it.

use chrono::TimeDelta;
use crm_core::kernel::approval::ParcelState;
use crm_core::kernel::approval_reason::ApprovalReason;
use crm_core::kernel::role::Role;
use crm_core::rules::approval::{
    Backing, Check, Checks, Decider, Event, Lookup, Outcome, Proposal, Seen, Terms, release,
};

use crate::plant::Plant;
use crate::settings::Draft;
use crate::world::{Holding, Left, World, Wrong};

/// What a channel does when it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// It takes the message and says so.
    Takes,
    /// It takes the message, and nobody hears of it.
    TakesSilently,
    /// It says that it did not take it.
    Refuses,
    /// It does not take it, and nobody hears of that.
    Drops,
}

/// What may happen. Numbers are of approvers and workers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// The author gives it to whoever decides.
    Submit,
    /// The author changes what it says, and to whom.
    Edit,
    /// A teammate checks it.
    PeerCheck,
    /// An approver looks at it.
    Look(usize),
    /// An approver says yes to what they saw.
    Approve(usize),
    /// The agent that wrote it tries to.
    AgentApproves,
    /// A rule says yes.
    RuleApproves,
    /// An approver says no to what they saw.
    Reject(usize),
    /// An approver wants it changed.
    RequestChanges(usize),
    /// Somebody takes it back.
    Cancel,
    /// Time passes.
    Hour,
    /// The clock goes back.
    ClockGoesBack,
    /// Somebody looks whether it expired.
    Expire,
    /// Everything is stopped, or goes on.
    Switch,
    /// The person objects.
    OptOut,
    /// The rule is switched off.
    RuleOff,
    /// The approvers leave.
    ApproversLeave,
    /// A worker takes a hand-off.
    Start(usize, String),
    /// A worker calls the channel.
    Call(usize, Answer),
    /// A worker writes down what the channel answered.
    Settle(usize),
    /// The answer is said again.
    Echo,
    /// A worker dies.
    Crash(usize),
    /// Somebody looks whether the channel had its time.
    LeaseOver(String),
    /// Somebody looks whether it left.
    Reconcile(String),
    /// Somebody puts what failed into the outbox again.
    Retry(String),
}

const APPROVERS: [&str; 2] = ["marie", "paul"];
const WORKERS: [&str; 2] = ["one", "two"];

fn person(number: usize) -> Decider {
    Decider { name: APPROVERS[number].into(), role: Role::Member }
}

fn admin() -> Decider {
    Decider { name: "root".into(), role: Role::Admin }
}

impl Draft {
    /// Everything that somebody might try in a state; what the library refuses leads nowhere.
    pub(crate) fn acts(&self, world: &World) -> Vec<Act> {
        let mut acts = vec![Act::Submit, Act::AgentApproves, Act::Cancel, Act::Expire];
        let budget = &world.budget;
        acts.extend((budget.edits > 0).then_some(Act::Edit));
        acts.extend(self.terms.needs_peer_check.then_some(Act::PeerCheck));
        acts.extend((self.has_rule && world.rule_is_on).then_some(Act::RuleApproves));
        acts.extend((self.has_rule && world.rule_is_on).then_some(Act::RuleOff));
        acts.extend((world.hour < self.hours).then_some(Act::Hour));
        acts.extend((self.clock_goes_back && !world.is_back && world.hour > 0).then_some(Act::ClockGoesBack));
        acts.extend((budget.switches > 0).then_some(Act::Switch));
        acts.extend((self.has_opt_out && !world.has_opted_out).then_some(Act::OptOut));
        acts.extend((self.approvers_leave && world.approvers_are_in).then_some(Act::ApproversLeave));
        acts.extend(world.echo.is_some().then_some(Act::Echo));
        for number in 0..self.approvers {
            acts.push(Act::Look(number));
            if world.seen[number].is_some() && world.approvers_are_in {
                acts.extend([Act::Approve(number), Act::Reject(number), Act::RequestChanges(number)]);
            }
        }
        for number in 0..self.workers {
            match &world.workers[number] {
                None => acts.extend(world.proposal.parcels().iter().map(|p| Act::Start(number, p.key.clone()))),
                Some(Holding { answered: None, .. }) => {
                    let all = [Answer::Takes, Answer::TakesSilently, Answer::Refuses, Answer::Drops];
                    acts.extend(all.map(|answer| Act::Call(number, answer)));
                }
                Some(_) => acts.push(Act::Settle(number)),
            }
            acts.extend((budget.crashes > 0 && world.workers[number].is_some()).then_some(Act::Crash(number)));
        }
        for parcel in world.proposal.parcels() {
            let key = || parcel.key.clone();
            acts.extend((parcel.state == ParcelState::Started).then(|| Act::LeaseOver(key())));
            acts.extend((parcel.state == ParcelState::Unknown && budget.lookups > 0).then(|| Act::Reconcile(key())));
            acts.extend((parcel.state == ParcelState::Failed && budget.retries > 0).then(|| Act::Retry(key())));
        }
        acts
    }

    /// What becomes of a state; `None` where the library refuses.
    pub(crate) fn follow(&self, world: &World, act: &Act) -> Option<World> {
        let mut next = world.clone();
        match act {
            Act::Submit => {
                let expires_at = Some(world.at() + hours(self.hours));
                self.step(&mut next, &Event::Submit { terms: self.terms, expires_at })?;
            }
            Act::Edit => {
                next.budget.edits -= 1;
                let revision = world.proposal.revision() + 1;
                let event = Event::Edit {
                    by: self.author(),
                    content_hash: format!("content {revision}"),
                    recipients: self.recipients_of(revision),
                };
                self.step(&mut next, &event)?;
            }
            Act::PeerCheck => {
                let by = Decider { name: "second agent".into(), role: Role::Agent };
                self.step(&mut next, &Event::PeerCheck { by, seen: now(&world.proposal), passed: true })?;
            }
            Act::Look(number) => next.seen[*number] = Some(now(&world.proposal)),
            Act::Approve(number) => {
                let seen = match self.plant {
                    Some(Plant::ApprovesWhatIsThereNow) => now(&world.proposal),
                    _ => world.seen[*number].clone()?,
                };
                self.approve(&mut next, person(*number), Backing::Person, seen)?;
                // What the person said yes to is what the person saw.
                let seen = world.seen[*number].clone()?;
                let recipients = self.recipients_of(seen.revision);
                next.remember_yes(APPROVERS[*number], &recipients, &seen.content_hash);
            }
            Act::AgentApproves => {
                let by = match self.plant {
                    Some(Plant::AgentSaysItIsAPerson) => Decider { name: "agent".into(), role: Role::Member },
                    _ => self.author(),
                };
                let by = if self.author().role == Role::Agent { by } else { Decider { role: Role::Agent, ..by } };
                self.approve(&mut next, by, Backing::Person, now(&world.proposal))?;
                next.remember_yes("agent", &[], "nothing that an agent says counts");
            }
            Act::RuleApproves => {
                let backing = Backing::Rule { rule: "rule".into(), rule_revision: 1 };
                self.approve(&mut next, admin(), backing, now(&world.proposal))?;
                let recipients = self.recipients_of(world.proposal.revision());
                next.remember_yes("rule", &recipients, world.proposal.content_hash());
            }
            Act::Reject(number) => {
                let seen = world.seen[*number].clone()?;
                self.step(&mut next, &Event::Reject { seen, by: person(*number) })?;
            }
            Act::RequestChanges(number) => {
                let seen = world.seen[*number].clone()?;
                self.step(&mut next, &Event::RequestChanges { seen, by: person(*number) })?;
            }
            Act::Cancel => self.step(&mut next, &Event::Cancel)?,
            Act::Hour => next.hour += 1,
            Act::ClockGoesBack => next.is_back = true,
            Act::Expire => self.step(&mut next, &Event::Expire)?,
            Act::Switch => {
                next.budget.switches -= 1;
                next.is_paused = !next.is_paused;
            }
            Act::OptOut => next.has_opted_out = true,
            Act::RuleOff => {
                next.rule_is_on = false;
                let is_by_rule = |p: &Proposal| {
                    p.approval().is_some_and(|approval| matches!(approval.backing, Backing::Rule { .. }))
                };
                // One commit switches the rule off and takes back what it approved.
                if is_by_rule(&world.proposal) && self.plant != Some(Plant::RuleOffKeepsWhatItApproved) {
                    self.step(&mut next, &Event::Withdraw)?;
                }
            }
            Act::ApproversLeave => next.approvers_are_in = false,
            Act::Start(number, key) => self.start(&mut next, *number, key)?,
            Act::Call(number, answer) => call(&mut next, *number, *answer)?,
            Act::Settle(number) => {
                let Holding { key, fence, answered, .. } = world.workers[*number].clone()?;
                let outcome = answered?;
                next.workers[*number] = None;
                next.echo = self.has_echo.then(|| (key.clone(), fence, outcome.clone()));
                // What the library refuses is told to nobody; the worker goes on.
                let _ = self.step(&mut next, &Event::Settle { key, fence, outcome });
            }
            Act::Echo => {
                let (key, fence, outcome) = next.echo.take()?;
                let _ = self.step(&mut next, &Event::Settle { key, fence, outcome });
            }
            Act::Crash(number) => {
                next.budget.crashes -= 1;
                next.workers[*number] = None;
            }
            Act::LeaseOver(key) => self.step(&mut next, &Event::LeaseOver { key: key.clone() })?,
            Act::Reconcile(key) => {
                next.budget.lookups -= 1;
                let found = match world.times_left(key) {
                    0 => {
                        *next.not_found.entry(key.clone()).or_default() += 1;
                        Lookup::NotFound
                    }
                    1 => Lookup::Found { provider_id: Some(key.clone()) },
                    _ => Lookup::Ambiguous,
                };
                self.step(&mut next, &Event::Reconcile { key: key.clone(), found })?;
            }
            Act::Retry(key) => {
                next.budget.retries -= 1;
                self.step(&mut next, &Event::Retry { key: key.clone() })?;
            }
        }
        (next != *world).then_some(next)
    }

    /// One step of the library's reducer.
    fn step(&self, next: &mut World, event: &Event) -> Option<()> {
        let stepped = next.proposal.step(event, next.at()).ok()?;
        next.proposal = match self.plant {
            Some(plant) => plant.spoil(&next.proposal, event, stepped),
            None => stepped,
        };
        Some(())
    }

    fn approve(&self, next: &mut World, by: Decider, backing: Backing, seen: Seen) -> Option<()> {
        let expires_at = Some(next.at() + hours(2));
        let event = Event::Approve { seen, by, backing, expires_at, not_before: None, is_reviewed: false };
        self.step(next, &event)
    }

    /// The last check and the start of a hand-off, in one commit.
    fn start(&self, next: &mut World, number: usize, key: &str) -> Option<()> {
        let approval = next.proposal.approval().cloned();
        let is_backed = approval.as_ref().is_some_and(|approval| next.is_backed(approval));
        let check = |plant: Plant, is_fine: bool| {
            let reason = (!is_fine && self.plant != Some(plant)).then_some(ApprovalReason::NotApproved);
            Check::refused_by(reason)
        };
        let checks = Checks {
            kill_switch: check(Plant::IgnoresTheSwitch, !next.is_paused),
            channel: Check::Passed,
            recipient: Check::Passed,
            consent: check(Plant::ChecksConsentAtApproval, !next.has_opted_out),
            approver: check(
                if approval.as_ref().is_some_and(|a| a.backing == Backing::Person) {
                    Plant::TrustsOldApprovers
                } else {
                    Plant::RuleOffKeepsWhatItApproved
                },
                is_backed,
            ),
            stop: Check::Passed,
            frequency: Check::Passed,
            quota: Check::Passed,
        };
        let is_paused = next.is_paused;
        match release(&next.proposal, key, checks, next.at()) {
            Err(_) => self.step(next, &Event::Block { key: key.to_owned() }),
            Ok(clearance) => {
                let (worker, lease_until) = (WORKERS[number].to_owned(), next.at() + hours(1));
                let event = Event::Start { key: key.to_owned(), worker, lease_until, clearance };
                self.step(next, &event)?;
                let parcel = next.proposal.parcel(key)?;
                next.workers[number] = Some(Holding {
                    key: key.to_owned(),
                    fence: parcel.fence,
                    content_hash: parcel.content_hash.clone(),
                    recipient: parcel.recipient.clone(),
                    answered: None,
                });
                let expired = approval.and_then(|approval| approval.expires_at).is_some_and(|end| end <= next.at());
                let faults = [
                    (is_paused, Wrong::WhilePaused),
                    (next.has_opted_out, Wrong::AfterOptOut),
                    (!is_backed, Wrong::WithoutBacking),
                    (expired, Wrong::AfterExpiry),
                ];
                next.wrong = next.wrong.or(faults.into_iter().find(|(is, _)| *is).map(|(_, wrong)| wrong));
                Some(())
            }
        }
    }
}

/// The channel is called: outside of the store, with what the worker has in hand.
fn call(next: &mut World, number: usize, answer: Answer) -> Option<()> {
    let holding = next.workers[number].as_mut()?;
    let (key, content_hash, recipient) = (holding.key.clone(), holding.content_hash.clone(), holding.recipient.clone());
    holding.answered = Some(match answer {
        Answer::Takes => Outcome::Sent { provider_id: Some(key.clone()) },
        Answer::Refuses => Outcome::Failed { is_final: false },
        Answer::TakesSilently | Answer::Drops => Outcome::Unknown,
    });
    if matches!(answer, Answer::Takes | Answer::TakesSilently) {
        next.left.push(Left { key, content_hash, recipient });
    }
    Some(())
}

fn now(proposal: &Proposal) -> Seen {
    Seen { revision: proposal.revision(), content_hash: proposal.content_hash().to_owned() }
}

fn hours(hours: u8) -> TimeDelta {
    TimeDelta::try_hours(hours.into()).unwrap_or_default()
}

impl Draft {
    /// Who writes the draft.
    pub(crate) fn author(&self) -> Decider {
        let role = if self.is_by_agent { Role::Agent } else { Role::Member };
        Decider { name: "agent".into(), role }
    }

    /// To whom a revision goes: an edit swaps the recipient.
    pub(crate) fn recipients_of(&self, revision: u32) -> Vec<String> {
        let named =
            |number| format!("{}@example.com", if revision % 2 == 1 { ["a", "b"][number] } else { ["c", "d"][number] });
        (0..self.recipients).map(named).collect()
    }

    /// The terms that ask the least.
    pub(crate) const fn open() -> Terms {
        Terms {
            needs_admin: false,
            needs_manager: false,
            needs_four_eyes: false,
            needs_peer_check: false,
            needs_person: false,
        }
    }
}
