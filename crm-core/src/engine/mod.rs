//! Who runs it: commands in, changes out, on any store.
//!
//! [`Crm::run`] takes a snapshot, lets the command decide, and commits its writes, its guards and one entry of the
//! trail, all or nothing. If somebody else was faster, it decides again on a new snapshot. Repeating a command under
//! its id gives the first answer and changes nothing.

mod activities;
mod answers;
mod approval_rules;
mod attention;
mod attribution;
mod bands;
mod campaign_sums;
mod can;
mod consent;
mod conversations;
mod customer;
mod deal;
mod deal_risk;
mod deliver;
mod door;
mod draft;
mod duplicates;
mod enrolments;
mod expansion;
mod export;
mod forecast;
mod gather;
mod health;
mod held;
mod impact;
mod inbox;
mod inbox_items;
mod inbox_rows;
mod jobs;
mod library;
mod listed;
mod named;
mod outbox;
mod page;
mod payments;
mod playbook_runs;
mod playbooks;
mod preview;
mod question;
mod quotes;
mod reader;
mod reading;
mod recurring;
mod renewals;
mod reports;
mod routing;
mod segments;
mod sequences;
mod sla_reapply;
mod staff;
mod subscriptions;
mod suggestions;
mod support_volume;
mod tally_items;
mod tally_outreach;
mod task;
mod tasks;
mod ticket_board;
mod tickets;
mod timeline;
mod timeline_text;
mod today;
mod verify;
mod views;

use serde_json::Value as Json;

pub use crate::view::Find;
pub use deal_risk::{DealAtRisk, DealsAtRisk};
pub use deliver::{Answer, Channel, Channels, Delivered, Delivery, DryRun};
pub use duplicates::{DuplicateGroup, DuplicateGroups, FindDuplicates, SimilarTo};
pub use jobs::{Control, Progress};
pub use verify::Verified;

use crate::command::{
    AnyCommand, Command, Ctx, Cx, Limited, ProposeCommand, Verb, allowed, decide_any, follow, is_held,
};
use crate::kernel::approval::DraftState;
use crate::kernel::approval_problem::ApprovalProblem;
use crate::kernel::error::{Code, Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::time::format_instant;
use crate::model::{Key, Record, Row};
use crate::rules::{Rules, kind};
use crate::store::{Change, Commit, Draft, Entry, LogQuery, Read, Store};

/// Most bytes of one entry of the trail: a command with everything it changed.
const MOST_ENTRY_BYTES: usize = 24 * 1024 * 1024;
/// How often a command decides again when others keep changing what it read.
const MOST_TRIES: u32 = 10;

/// A CRM over a store, under a configuration.
///
/// ```
/// use crm_core::command::{Actor, Create, Ctx, Role};
/// use crm_core::model::Lead;
/// use crm_core::store::{MemoryStore, Workspace};
/// use crm_core::{Crm, Id, rules::Rules};
/// # fn main() -> crm_core::Result<()> {
/// let crm = Crm::new(MemoryStore::new(), Rules::default());
/// let at = "2026-11-22T09:00:00Z".parse().unwrap();
/// let marie = Actor::new("marie", Role::Member)?;
/// let cx = Ctx::new(Workspace::new("acme")?, marie, at, Id::from_text("request 1"));
///
/// let create = Create::new(Lead { company: "Rénov'Ouest".into(), ..Lead::default() });
/// let saved = crm.run(&cx, &create)?.done()?;
/// assert_eq!(crm.get::<Lead>(&cx, saved.id)?.unwrap().body.company, "Rénov'Ouest");
///
/// // The same command again: the same answer, and nothing happens twice.
/// assert_eq!(crm.run(&cx, &create)?.done()?, saved);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Crm<S> {
    store: S,
    rules: Rules,
}

/// What became of a command that was allowed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Ran<T> {
    /// It was carried out, now or the first time.
    Done(Done<T>),
    /// It waits for somebody's OK: nothing of it was done.
    Held(Held),
}

/// A command that waits for somebody's OK.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// The draft that proposes it.
    pub draft: Id,
    /// Where the draft stands.
    pub state: DraftState,
    /// Its revision, for whoever decides.
    pub revision: u64,
    /// The hash of its content, for whoever decides.
    pub content_hash: String,
    /// Why it waits: codes with their values.
    pub reasons: Vec<Json>,
    /// The place of the proposal in the workspace's trail.
    pub seq: u64,
    /// Whether this is the answer of the first time.
    pub replayed: bool,
}

/// A command that was carried out.
#[derive(Clone, Debug, PartialEq)]
pub struct Done<T> {
    /// What it answered.
    pub output: T,
    /// Its place in the workspace's trail.
    pub seq: u64,
    /// Whether this is the answer of the first time, because the command's id was there already.
    pub replayed: bool,
}

impl<T> Ran<T> {
    /// The output of a command that was carried out.
    ///
    /// # Errors
    /// That it is held, with the draft that waits for somebody's OK.
    pub fn done(self) -> Result<T> {
        Ok(self.finished()?.output)
    }

    /// The same with its place in the trail.
    ///
    /// # Errors
    /// As [`Ran::done`].
    pub fn finished(self) -> Result<Done<T>> {
        match self {
            Ran::Done(done) => Ok(done),
            Ran::Held(held) => Err(ApprovalProblem::Held { draft: held.draft.to_string() }.into()),
        }
    }
}

/// What a command would do: the commit that [`Crm::run`] would apply, and its output.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The commit; a host with its own transaction may apply it itself.
    pub commit: Commit,
    /// What the command would answer.
    pub output: Json,
    /// What would change, row by row.
    pub changes: Vec<Change>,
    /// Whether the command would wait for somebody's OK: then commit, output and changes are those of the draft that
    /// proposes it (see [`Proposed`](crate::command::Proposed)).
    pub is_held: bool,
}

impl<S: Store> Crm<S> {
    /// A CRM over a store.
    pub fn new(store: S, rules: Rules) -> Self {
        Self { store, rules }
    }

    /// The store.
    pub const fn store(&self) -> &S {
        &self.store
    }

    /// The store, back.
    pub fn into_store(self) -> S {
        self.store
    }

    /// The configuration.
    pub const fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Carries out a command.
    ///
    /// # Errors
    /// What the command refuses, [`Problem::Forbidden`], [`Problem::CommandReused`] when the id was used for another
    /// command, [`Problem::Contended`] when others kept changing the same rows, and the store's own.
    pub fn run<C: Command>(&self, ctx: &Ctx, command: &C) -> Result<Ran<C::Output>> {
        match self.run_any(ctx, command)? {
            Ran::Done(Done { output, seq, replayed }) => {
                let output = json::typed(output, "the command's own output")?;
                Ok(Ran::Done(Done { output, seq, replayed }))
            }
            Ran::Held(held) => Ok(Ran::Held(held)),
        }
    }

    /// Carries out a command of any type, with its output as JSON.
    ///
    /// # Errors
    /// As [`Crm::run`].
    pub fn run_any(&self, ctx: &Ctx, command: &dyn AnyCommand) -> Result<Ran<Json>> {
        if is_held(ctx.actor.role(), &command.name()) {
            return self.hold(ctx, command);
        }
        if let Err(refused) = permit(ctx, command.verb(), &command.name()) {
            self.note_refusal(ctx, command)?;
            return Err(refused);
        }
        self.carry_out(ctx, command)
    }

    /// Carries out a command that the actor may give.
    fn carry_out(&self, ctx: &Ctx, command: &dyn AnyCommand) -> Result<Ran<Json>> {
        let body = command.to_json();
        for _ in 0..MOST_TRIES {
            let snapshot = self.store.snapshot(&ctx.workspace)?;
            if let Some(entry) = snapshot.log(&LogQuery::Command(ctx.id))?.pop() {
                return self.replay_for(ctx, command, &body, &entry, snapshot);
            }
            let (plan, file) = self.decided(ctx, command, &body, &*snapshot)?;
            drop(snapshot);
            match self.store.commit(&ctx.workspace, &plan.commit) {
                Ok(entry) => {
                    let mut output = plan.output;
                    // Only who took it out gets it, once: the trail has what it was, not what it says.
                    if let (Some(map), Some(file)) = (output.as_object_mut(), file) {
                        map.insert("csv".into(), file.into());
                    }
                    return Ok(Ran::Done(Done { output, seq: entry.seq, replayed: false }));
                }
                Err(error) if error.code() == Code::Conflict => {}
                Err(error) => return Err(error),
            }
        }
        Err(Problem::Contended { tries: MOST_TRIES }.into())
    }

    /// What a command would do, without doing it.
    ///
    /// # Errors
    /// As [`Crm::run`], the store's conflicts aside.
    pub fn plan(&self, ctx: &Ctx, command: &dyn AnyCommand) -> Result<Plan> {
        if is_held(ctx.actor.role(), &command.name()) {
            let propose = ProposeCommand::of(command);
            return Ok(Plan { is_held: true, ..self.plan(ctx, &propose)? });
        }
        permit(ctx, command.verb(), &command.name())?;
        let snapshot = self.store.snapshot(&ctx.workspace)?;
        self.decide(ctx, command, &command.to_json(), &*snapshot)
    }

    /// A row by id, archived or not.
    ///
    /// # Errors
    /// [`Problem::Forbidden`], and the store's own.
    pub fn get<R: Record>(&self, ctx: &Ctx, id: crate::Id) -> Result<Option<Row<R>>> {
        permit(ctx, Verb::Read, "get")?;
        let row = self.row(ctx, Key { kind: kind(R::NAME)?, id })?;
        Ok(row.and_then(|r| r.typed()))
    }

    /// In which record one lives on that may have been merged: the ids on the way, the last one the survivor's.
    ///
    /// # Errors
    /// [`Problem::NotFound`], [`Problem::Forbidden`], [`Problem::Corrupt`] where merges lead in a circle, and the
    /// store's own.
    pub fn resolve(&self, ctx: &Ctx, key: Key) -> Result<Vec<crate::Id>> {
        permit(ctx, Verb::Read, "resolve")?;
        let missing = || Problem::NotFound { record: key.kind.name().into(), id: key.id.to_string() };
        let row = self.row(ctx, key)?.ok_or_else(missing)?;
        // The way may lead through rows that the actor does not see; the merged row says where it went.
        let whole = self.whole(ctx)?;
        Ok(follow(row, |key| whole.get(key))?.ids)
    }

    /// The first answer again, to who sees what the command changed.
    fn replay_for(
        &self,
        ctx: &Ctx,
        command: &dyn AnyCommand,
        body: &Json,
        entry: &Entry,
        snapshot: Box<dyn Read + '_>,
    ) -> Result<Ran<Json>> {
        let content = entry.json()?;
        let first = content.pointer("/actor/name").and_then(Json::as_str);
        let shown = Limited::new(snapshot, &self.rules, ctx).log(&LogQuery::Command(ctx.id))?;
        // Somebody else's answer may speak of rows that are not seen.
        if first != Some(ctx.actor.name()) && shown.first() != Some(entry) {
            return Err(Problem::CommandReused { id: ctx.id.to_string() }.into());
        }
        replay(ctx, command, body, entry)
    }

    fn decide(&self, ctx: &Ctx, command: &dyn AnyCommand, body: &Json, read: &dyn Read) -> Result<Plan> {
        Ok(self.decided(ctx, command, body, read)?.0)
    }

    /// What a command does, and the file that it takes out, if it does.
    fn decided(
        &self,
        ctx: &Ctx,
        command: &dyn AnyCommand,
        body: &Json,
        read: &dyn Read,
    ) -> Result<(Plan, Option<String>)> {
        let mut cx = Cx::new(read, &self.rules, ctx);
        let mut file = None;
        if let Some(export) = command.table() {
            let mut taken = self.taken_out(ctx, export)?;
            file = taken.csv.take();
            cx.hand(taken);
        }
        let output = decide_any(&mut cx, command)?;
        let (writes, guards, changes) = cx.finish();
        let keys = changes.iter().map(|c| (c.key, c.version)).collect();
        let actor = serde_json::json!({"name": ctx.actor.name(), "role": ctx.actor.role().name()});
        // The members in order of name: canonical, without building the whole once more.
        let content = format!(
            r#"{{"actor":{},"at":{},"body":{},"changes":{},"command":{},"output":{}}}"#,
            json::canonical(&actor),
            json::canonical(&format_instant(ctx.at).into()),
            json::canonical(body),
            json::canonical(&changes.iter().map(Change::to_json).collect()),
            json::canonical(&command.name().into()),
            json::canonical(&output),
        );
        if content.len() > MOST_ENTRY_BYTES {
            let (bytes, most) = (json::length(content.len()), json::length(MOST_ENTRY_BYTES));
            return Err(Problem::TooLong { bytes, most }.into());
        }
        let draft = Draft { command_id: ctx.id, keys, content };
        Ok((Plan { commit: Commit { guards, writes, draft }, output, changes, is_held: false }, file))
    }
}

/// The first answer again, if it was the same command.
fn replay(ctx: &Ctx, command: &dyn AnyCommand, body: &Json, entry: &Entry) -> Result<Ran<Json>> {
    let content = entry.json()?;
    let same = content.get("command").and_then(Json::as_str) == Some(&command.name())
        && content.get("body").map(json::canonical) == Some(json::canonical(body));
    if !same {
        return Err(Problem::CommandReused { id: ctx.id.to_string() }.into());
    }
    let output = content.get("output").cloned().unwrap_or(Json::Null);
    Ok(Ran::Done(Done { output, seq: entry.seq, replayed: true }))
}

fn permit(ctx: &Ctx, verb: Verb, command: &str) -> Result<()> {
    if allowed(ctx.actor.role(), verb) {
        return Ok(());
    }
    let (role, command) = (ctx.actor.role().name().into(), command.into());
    Err(Error::from(Problem::Forbidden { role, command }))
}
