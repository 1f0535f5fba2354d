//! Giving what was approved to channels: start, commit, call, settle.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use super::outbox::waiting;
use super::{Crm, Done, Progress, Ran, permit};
use crate::command::{
    Ctx, OutboxTicked, Outgoing, SettleParcel, Settled, StartParcel, Started, TickOutbox, Verb, item_of,
};
use crate::engine::Control;
use crate::kernel::approval::{ChannelKind, ParcelState};
use crate::kernel::error::{Code, Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::text::{check, shortened};
use crate::model::Row;
use crate::rules::approval::Outcome;
use crate::store::{MOST_ROWS, Store};

/// How often the answer of a channel is written down again where the store fails. The channel is called once.
const MOST_SETTLES: u32 = 5;
/// Most characters that are kept of why something did not leave, and of a channel's id.
const MOST_WHY: usize = 500;
const MOST_PROVIDER_ID: usize = 998;

/// A way out of the workspace, which the host provides.
///
/// It is called once for a hand-off, outside of any transaction, after it is stored that the hand-off began. It passes
/// [`Outgoing::key`] on to a provider that recognises repeated keys, and gives up by [`Outgoing::not_after`].
pub trait Channel {
    /// Gives a message to the outside. What it answers is believed: `Sent` only where the provider took it, `NotSent`
    /// only where it is certain that nothing left. Everything else, a panic too, is `Unsure`.
    fn send(&self, parcel: &Outgoing) -> Answer;

    /// Whether it only writes down what would leave.
    fn is_dry_run(&self) -> bool {
        false
    }
}

/// What a channel says of a message that it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The provider took it, under its own id if it told one.
    Sent {
        /// The provider's id of the message.
        provider_id: Option<String>,
    },
    /// It is certain that nothing left.
    NotSent {
        /// Whether trying again is of no use.
        is_final: bool,
        /// Why.
        why: String,
    },
    /// Nobody knows.
    Unsure {
        /// Why.
        why: String,
    },
}

impl<E: fmt::Display> From<std::result::Result<Option<String>, E>> for Answer {
    /// An error says nothing about whether the message left.
    fn from(answer: std::result::Result<Option<String>, E>) -> Self {
        match answer {
            Ok(provider_id) => Answer::Sent { provider_id },
            Err(error) => Answer::Unsure { why: error.to_string() },
        }
    }
}

/// The channels of a host, by kind.
pub type Channels<'c> = BTreeMap<ChannelKind, &'c dyn Channel>;

/// A channel that keeps what it is given and sends nothing.
#[derive(Debug, Default)]
pub struct DryRun {
    left: Mutex<Vec<Outgoing>>,
}

impl DryRun {
    /// What would have left, in order.
    pub fn left(&self) -> Vec<Outgoing> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Channel for DryRun {
    fn send(&self, parcel: &Outgoing) -> Answer {
        self.left.lock().unwrap_or_else(PoisonError::into_inner).push(parcel.clone());
        Answer::Sent { provider_id: None }
    }

    fn is_dry_run(&self) -> bool {
        true
    }
}

/// What became of one hand-off.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// What the channel got.
    pub parcel: Outgoing,
    /// What it answered.
    pub answer: Answer,
    /// Where the hand-off stands now, or why the answer could not be written down: then it is `unknown` once its lease is
    /// over, and a look-up decides.
    pub settled: std::result::Result<Settled, Error>,
}

/// What a round of deliveries came to.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Delivered {
    /// The hand-offs, in order.
    pub deliveries: Vec<Delivery>,
    /// Rows of the outbox that the last check held back, with why.
    pub blocked: Vec<Started>,
    /// Rows of the outbox whose time was over.
    pub expired: Vec<Id>,
    /// Rows that somebody else began, or that changed meanwhile.
    pub passed_over: Vec<Id>,
    /// What ended the round early; what is told above was done.
    pub stopped: Option<Error>,
}

impl Delivered {
    /// How many hand-offs stand in a state now.
    pub fn count(&self, state: ParcelState) -> usize {
        let in_state = |delivery: &&Delivery| delivery.settled.as_ref().is_ok_and(|settled| settled.state == state);
        self.deliveries.iter().filter(in_state).count()
    }
}

/// What became of one row.
enum Tried {
    Delivered(Box<Delivery>),
    Blocked(Started),
    Expired,
    PassedOver,
}

impl<S: Store> Crm<S> {
    /// Gives what is due to the host's channels, at most `limit` messages: each is checked and started in a commit of its
    /// own, then its channel is called once, then its answer is written down. What is written down is tried again where the store
    /// fails; the channel is never called again. Kinds of channels that the host does not give are left alone.
    ///
    /// Any number of workers may do this at once, with ids of their own in `ctx`. The worker's name is that of the actor.
    ///
    /// ```
    /// use crm_core::engine::{Channels, DryRun};
    /// # use crm_core::command::{Actor, Ctx, Role};
    /// # use crm_core::kernel::approval::ChannelKind;
    /// # use crm_core::store::{MemoryStore, Workspace};
    /// # use crm_core::{Crm, Id, rules::Rules};
    /// # fn main() -> crm_core::Result<()> {
    /// # let crm = Crm::new(MemoryStore::new(), Rules::default());
    /// # let at = "2026-11-22T09:00:00Z".parse().unwrap();
    /// # let ctx = Ctx::new(Workspace::new("acme")?, Actor::new("mailer", Role::Admin)?, at, Id::from_text("round 1"));
    /// let dry = DryRun::default();
    /// let done = crm.deliver(&ctx, &Channels::from([(ChannelKind::Email, &dry as _)]), 100)?;
    /// // Nothing was approved, so nothing leaves.
    /// assert_eq!((done.deliveries.len(), dry.left().len()), (0, 0));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Problem::Forbidden`], and the store's own where nothing was begun; later ones are told in [`Delivered::stopped`].
    pub fn deliver(&self, ctx: &Ctx, channels: &Channels<'_>, limit: usize) -> Result<Delivered> {
        permit(ctx, Verb::Deliver, "deliver")?;
        let kinds: Vec<ChannelKind> = channels.keys().copied().collect();
        let (mut done, mut tried) = (Delivered::default(), BTreeSet::new());
        // What was held back before comes last, so that it holds up nothing else.
        for state in [ParcelState::Queued, ParcelState::Blocked] {
            let mut query = waiting(&self.rules, state, &kinds, ctx.at, MOST_ROWS.min(limit.max(1)))?;
            loop {
                let page = self.reading(ctx)?.find(&query)?;
                for row in page.rows {
                    if done.deliveries.len() >= limit {
                        return Ok(done);
                    }
                    if !tried.insert(row.id) {
                        continue;
                    }
                    match self.deliver_one(ctx, channels, &row) {
                        Ok(Tried::Delivered(delivery)) => done.deliveries.push(*delivery),
                        Ok(Tried::Blocked(why)) => done.blocked.push(why),
                        Ok(Tried::Expired) => done.expired.push(row.id),
                        Ok(Tried::PassedOver) => done.passed_over.push(row.id),
                        Err(error) => {
                            done.stopped = Some(error);
                            return Ok(done);
                        }
                    }
                }
                match page.next {
                    Some(next) => query.after = Some(next),
                    None => break,
                }
            }
        }
        Ok(done)
    }

    fn deliver_one(&self, ctx: &Ctx, channels: &Channels<'_>, row: &Row) -> Result<Tried> {
        let found = item_of(row).and_then(|item| Some((item, channels.get(&item.channel?)?)));
        let Some((item, channel)) = found else { return Ok(Tried::PassedOver) };
        let start = StartParcel { is_dry_run: channel.is_dry_run(), ..StartParcel::new(row.id, ctx.actor.name()) };
        // The id follows from the row as it is: whoever repeats the round repeats no call.
        let begin = ctx.with_id(Id::from_text(&format!("{} start {} {}", ctx.id, row.id, row.version)));
        if item.state == Some(ParcelState::Blocked) {
            // Still held back, for the same: nothing to write down.
            match self.plan(&begin, &start) {
                Ok(plan) if plan.changes.is_empty() => {
                    let why = crate::kernel::json::typed(plan.output, "the command's own output")?;
                    return Ok(Tried::Blocked(why));
                }
                Ok(_) => {}
                Err(error) => return passed_over(error),
            }
        }
        let Done { output, replayed, .. } = match self.run(&begin, &start).and_then(Ran::finished) {
            Ok(done) => done,
            Err(error) => return passed_over(error),
        };
        let parcel = match output {
            // It began before, and nobody knows whether the channel was called.
            Started::Started { .. } if replayed => return Ok(Tried::PassedOver),
            Started::Started { parcel } => *parcel,
            Started::Blocked { .. } => return Ok(Tried::Blocked(output)),
            Started::Expired { .. } => return Ok(Tried::Expired),
        };
        let called = catch_unwind(AssertUnwindSafe(|| channel.send(&parcel)));
        let answer = called.unwrap_or_else(|_| Answer::Unsure { why: "the channel panicked".to_owned() });
        let settled = self.settle(ctx, &parcel, &answer);
        Ok(Tried::Delivered(Box::new(Delivery { parcel, answer, settled })))
    }

    /// Writes down what a channel answered, again where the store fails.
    fn settle(&self, ctx: &Ctx, parcel: &Outgoing, answer: &Answer) -> Result<Settled> {
        let (outcome, note) = match answer {
            Answer::Sent { provider_id } => {
                // An id that cannot be kept is no reason to doubt that the message left.
                let kept = provider_id.clone().filter(|id| is_plain(id));
                let note = if kept == *provider_id { "" } else { "the channel's id cannot be kept" };
                (Outcome::Sent { provider_id: kept }, note.to_owned())
            }
            Answer::NotSent { is_final, why } => (Outcome::Failed { is_final: *is_final }, told(why)),
            Answer::Unsure { why } => (Outcome::Unknown, told(why)),
        };
        let command = SettleParcel { id: parcel.id, fence: parcel.fence, outcome, note };
        let ctx = ctx.with_id(Id::from_text(&format!("{} settle {} {}", ctx.id, parcel.id, parcel.fence)));
        let mut failed = Error::from(Problem::Contended { tries: MOST_SETTLES });
        for _ in 0..MOST_SETTLES {
            match self.run(&ctx, &command).and_then(Ran::done) {
                Ok(settled) => return Ok(settled),
                Err(error) if is_of_the_store(&error) => failed = error,
                Err(error) => return Err(error),
            }
        }
        Err(failed)
    }

    /// Ticks the outbox (see [`TickOutbox`]) until nothing is left that time alone changes.
    ///
    /// # Errors
    /// As [`Crm::run`], and [`Problem::Cancelled`] when `progress` stops the job. What was written stays.
    pub fn tick_outbox(&self, ctx: &Ctx, progress: &mut dyn FnMut(Progress) -> Control) -> Result<OutboxTicked> {
        let mut done = OutboxTicked::default();
        for step in 0.. {
            let told = self.run(&ctx.step(step), &TickOutbox::default())?.done()?;
            let more = told.more && told.changed() > 0;
            done.add(told);
            let stop = progress(Progress { done: done.changed(), total: done.changed() }).is_break();
            if stop && more {
                return Err(Problem::Cancelled.into());
            }
            if !more {
                break;
            }
        }
        Ok(done)
    }
}

/// What somebody else did meanwhile ends nothing; what the store says does.
fn passed_over(error: Error) -> Result<Tried> {
    match error.code() {
        Code::WrongState | Code::NotFound | Code::Forbidden | Code::Conflict => Ok(Tried::PassedOver),
        _ => Err(error),
    }
}

/// Whether the store failed, and not the command.
fn is_of_the_store(error: &Error) -> bool {
    matches!(error.code(), Code::Busy | Code::Conflict | Code::StorageFailed | Code::StorageFull)
}

fn is_plain(id: &str) -> bool {
    !id.trim().is_empty() && id.chars().count() <= MOST_PROVIDER_ID && !id.chars().any(char::is_control)
}

fn told(why: &str) -> String {
    let plain: String = why.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    check(&shortened(plain.trim(), MOST_WHY)).unwrap_or_default().to_owned()
}
