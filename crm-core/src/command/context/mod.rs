//! What a command sees and stages while it decides.

mod staging;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::actor::{Actor, Ctx};
use super::export::Exported;
use super::gate::{Gate, missing};
use super::limited::Limited;
use super::past::Past;
use super::pipelines::load;
use super::redirect::refuse_merged;
use super::task_state::task_of;
use super::ticket_state::Happening;
use crate::kernel::access_reason::Action;
use crate::kernel::error::{Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::time::Instant;
use crate::model::{Key, Kind, Row, Task};
use crate::rules::Rules;
use crate::rules::pipeline::{Cause, Pipelines};
use crate::store::{Entry, Guard, LogQuery, MOST_ROWS, Page, Query, Read, Workspace};

/// A snapshot to read, and the changes staged on it. Reading a row makes the commit depend on its version.
pub struct Cx<'a> {
    read: &'a dyn Read,
    rules: &'a Rules,
    ctx: &'a Ctx,
    /// What the actor sees and changes.
    gate: Gate<'a>,
    /// How many of the library's own doings are under way, which the gate does not stand in the way of.
    own_doings: u32,
    /// Every row looked at, as the snapshot has it.
    seen: BTreeMap<Key, Option<Row>>,
    /// Every row changed, as it will be.
    staged: BTreeMap<Key, Row>,
    /// Every query asked, with what must still be true of its answer.
    asked: Vec<Guard>,
    next_id: u64,
    /// The workspace's pipelines, once they were read.
    pipelines: Option<Arc<Pipelines>>,
    /// Why deals change, where the deals do not tell.
    cause: Option<Cause>,
    /// Since when deals stand in the stage that they move to, where it is not now.
    entered: Option<Instant>,
    /// Users, folded, who will be employees once the command is done.
    expected: BTreeSet<String>,
    /// What a command says that happens to a ticket, until the ticket is written.
    happening: Option<(Id, Happening)>,
    /// The draft about which a person decides with this command.
    deciding: Option<Id>,
    /// What the engine took out for the command, which has no means to ask a question.
    taken_out: Option<Exported>,
}

impl<'a> Cx<'a> {
    pub(crate) fn new(read: &'a dyn Read, rules: &'a Rules, ctx: &'a Ctx) -> Self {
        Cx {
            read,
            rules,
            ctx,
            gate: Gate::new(rules, ctx),
            own_doings: 0,
            seen: BTreeMap::new(),
            staged: BTreeMap::new(),
            asked: Vec::new(),
            next_id: 0,
            pipelines: None,
            cause: None,
            entered: None,
            expected: BTreeSet::new(),
            happening: None,
            deciding: None,
            taken_out: None,
        }
    }

    /// Hands over what the engine took out for the command.
    pub(crate) fn hand(&mut self, taken: Exported) {
        self.taken_out = Some(taken);
    }

    /// What the engine took out for the command.
    pub(crate) fn taken_out(&self) -> Option<Exported> {
        self.taken_out.clone()
    }

    /// The instant for which the command decides.
    pub const fn at(&self) -> Instant {
        self.ctx.at
    }

    /// The workspace's configuration.
    pub const fn rules(&self) -> &'a Rules {
        self.rules
    }

    /// The workspace.
    pub(crate) const fn workspace(&self) -> &'a Workspace {
        &self.ctx.workspace
    }

    /// Who asks.
    pub const fn actor(&self) -> &'a Actor {
        &self.ctx.actor
    }

    /// Entries of the trail.
    ///
    /// # Errors
    /// The store's own.
    pub fn log(&self, query: &LogQuery) -> Result<Vec<Entry>> {
        self.read.log(query)
    }

    /// A page of the rows that the actor sees, as the snapshot has them; staged rows are not seen. The commit depends on
    /// the page: if somebody changes what it finds, the command decides again.
    ///
    /// # Errors
    /// The store's own.
    pub fn find(&mut self, query: &Query) -> Result<Page> {
        let query = self.limited(query)?;
        let page = self.read.find(&query)?;
        self.asked.push(Guard::Found(Box::new(query), page.fingerprint()));
        Ok(page)
    }

    /// A query as the actor may ask it.
    fn limited(&self, query: &Query) -> Result<Query> {
        let sight = match self.own_doings {
            0 => self.gate.sight(self.read, Action::Read, query.kind)?,
            _ => None,
        };
        Ok(Query { sight, ..query.clone() })
    }

    /// Does what the library does by itself, whatever the actor sees and changes: what follows from a command that the
    /// actor may give. Its answers are for the library and not for the actor.
    pub(crate) fn by_itself<T>(&mut self, doing: impl FnOnce(&mut Self) -> T) -> T {
        self.own_doings = self.own_doings.saturating_add(1);
        let done = doing(self);
        self.own_doings = self.own_doings.saturating_sub(1);
        done
    }

    /// The snapshot as it was at the command's instant. The commit does not depend on what is read of it: it is what was
    /// known when the command was decided.
    pub(crate) fn past(&self) -> Result<Past<'a>> {
        Past::new(self.read, self.rules, self.ctx.at, None)
    }

    /// The workspace's pipelines as the snapshot has them. The commit depends on every one of their rows.
    ///
    /// # Errors
    /// As [`pipelines_of`](super::pipelines_of).
    pub fn pipelines(&mut self) -> Result<Arc<Pipelines>> {
        if let Some(pipelines) = &self.pipelines {
            return Ok(pipelines.clone());
        }
        let pipelines = Arc::new(load(self.rules, self.ctx.at, |query| self.find(query))?);
        self.pipelines = Some(pipelines.clone());
        Ok(pipelines)
    }

    /// All rows that a query finds, page by page.
    ///
    /// # Errors
    /// As [`Cx::find`], and what `see` gives.
    pub(crate) fn each_page(&mut self, mut query: Query, mut see: impl FnMut(Vec<Row>) -> Result<()>) -> Result<()> {
        query.limit = MOST_ROWS;
        loop {
            let page = self.find(&query)?;
            see(page.rows)?;
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// How many rows that the actor sees a query finds as the snapshot has them, whatever its page; staged rows are not seen. The commit
    /// depends on the number.
    ///
    /// # Errors
    /// The store's own.
    pub fn count(&mut self, query: &Query) -> Result<u64> {
        let query = self.limited(query)?;
        let count = self.read.count(&query)?;
        self.asked.push(Guard::Counted(Box::new(query), count));
        Ok(count)
    }

    /// A row as it is or as it was staged; `None` also for one that the actor does not see.
    ///
    /// # Errors
    /// The store's own.
    pub fn row(&mut self, key: Key) -> Result<Option<Row>> {
        let row = self.any_row(key)?;
        match &row {
            Some(found) if self.own_doings == 0 && !self.staged.contains_key(&key) => {
                Ok(if self.gate.reaches(self.read, Action::Read, found)? { row } else { None })
            }
            _ => Ok(row),
        }
    }

    /// Whether the actor sees a row as it is or as it was staged.
    ///
    /// # Errors
    /// The store's own.
    pub(crate) fn sees(&mut self, key: Key) -> Result<bool> {
        match self.any_row(key)? {
            Some(row) => self.gate.reaches(self.read, Action::Read, &row),
            None => Ok(false),
        }
    }

    /// The same, whoever sees it.
    fn any_row(&mut self, key: Key) -> Result<Option<Row>> {
        if let Some(row) = self.staged.get(&key) {
            return Ok(Some(row.clone()));
        }
        if let Some(seen) = self.seen.get(&key) {
            return Ok(seen.clone());
        }
        let row = self.read.get(key)?;
        self.seen.insert(key, row.clone());
        Ok(row)
    }

    /// A row that must exist and not be archived.
    ///
    /// # Errors
    /// [`Problem::NotFound`], [`Problem::Archived`], [`Problem::MergedAway`] with the row that survived.
    pub fn active(&mut self, key: Key) -> Result<Row> {
        let row = self.existing(key)?;
        refuse_merged(self, &row)?;
        match row.archived_at {
            Some(_) => Err(Problem::Archived { record: key.kind.name().into(), id: key.id.to_string() }.into()),
            None => Ok(row),
        }
    }

    /// A row that must exist, archived or not. One that the actor does not see is as if it were not there.
    ///
    /// # Errors
    /// [`Problem::NotFound`].
    pub fn existing(&mut self, key: Key) -> Result<Row> {
        self.row(key)?.ok_or_else(|| missing(key))
    }

    /// A row that must exist and that the actor changes, archived or not.
    ///
    /// # Errors
    /// [`Problem::NotFound`], [`Problem::Forbidden`] with the rule, and the store's own.
    pub fn reached(&mut self, key: Key) -> Result<Row> {
        let row = self.existing(key)?;
        if let (0, Some(Some(stored))) = (self.own_doings, self.seen.get(&key)) {
            self.gate.refuse_write(self.read, stored)?;
        }
        Ok(row)
    }

    /// The next id derived from the command's: a replay derives the same.
    pub fn new_id(&mut self) -> Id {
        let id = self.ctx.id.derive(self.next_id);
        self.next_id = self.next_id.saturating_add(1);
        id
    }

    /// What happens to a ticket when it is written next.
    pub(crate) const fn happens(&mut self, ticket: Id, happening: Happening) {
        self.happening = Some((ticket, happening));
    }

    /// What [`Cx::happens`] said of a ticket, once.
    pub(super) fn happened(&mut self, ticket: Id) -> Option<Happening> {
        self.happening.take_if(|(id, _)| *id == ticket).map(|(_, happening)| happening)
    }

    /// The tasks among the staged rows.
    pub(super) fn staged_tasks(&self) -> impl Iterator<Item = (Key, &Task)> {
        self.staged.iter().filter_map(|(key, row)| Some((*key, task_of(row)?)))
    }

    /// The rows of a kind that are staged, as they will be.
    pub(crate) fn staged(&self, kind: Kind) -> impl Iterator<Item = &Row> {
        self.staged.iter().filter(move |(key, _)| key.kind == kind).map(|(_, row)| row)
    }

    /// Reads the same snapshot for what is only told: the commit does not depend on it, and staged rows are not seen.
    pub(crate) fn aside(&self) -> Cx<'a> {
        Cx::new(self.read, self.rules, self.ctx)
    }

    /// Reads the snapshot as it will be with what is staged so far, for what is only told: the commit does not depend on it.
    pub(crate) fn ahead(&self) -> Cx<'a> {
        let seen = self.staged.iter().map(|(key, row)| (*key, Some(row.clone()))).collect();
        Cx { seen, ..self.aside() }
    }

    /// Lets something happen, or nothing of it: where it is refused, what was staged is as before. What it read stays read.
    pub(crate) fn attempt<T>(&mut self, doing: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let (staged, pipelines, expected) = (self.staged.clone(), self.pipelines.clone(), self.expected.clone());
        let (cause, entered, happening, deciding) = (self.cause, self.entered, self.happening, self.deciding);
        let done = doing(self);
        if done.is_err() {
            (self.staged, self.pipelines, self.expected) = (staged, pipelines, expected);
            (self.cause, self.entered, self.happening, self.deciding) = (cause, entered, happening, deciding);
        }
        done
    }

    /// The rows that are staged so far, as they will be.
    pub(super) fn changes_so_far(&self) -> impl Iterator<Item = (Key, Row)> {
        self.staged.iter().map(|(key, row)| (*key, row.clone()))
    }

    /// How many questions were asked so far.
    pub(super) const fn questions_so_far(&self) -> usize {
        self.asked.len()
    }

    /// Whether one of the questions after the first `asked` is about a row, as it will be or as it was: its answer does not
    /// know what is staged.
    pub(super) fn would_find(&self, asked: usize, row: &Row) -> bool {
        let before = self.seen.get(&row.key()).and_then(Option::as_ref);
        self.asked.iter().skip(asked).any(|guard| match guard {
            Guard::Found(query, _) | Guard::Counted(query, _) | Guard::Empty(query) => {
                query.kind == row.body.kind() && (query.sees(row) || before.is_some_and(|before| query.sees(before)))
            }
            Guard::Version(..) | Guard::Absent(_) => false,
        })
    }

    /// Says about which draft a person decides with this command: no rule does.
    pub(super) const fn decides(&mut self, draft: Option<Id>) {
        self.deciding = draft;
    }

    /// What [`Cx::decides`] said.
    pub(super) const fn deciding(&self) -> Option<Id> {
        self.deciding
    }

    /// The snapshot as the actor sees it, for what is only told: the commit does not depend on it.
    pub(crate) fn seen_by_actor(&self) -> Limited<'a> {
        Limited::over(self.read, self.rules, self.ctx)
    }

    /// Users, folded, who will be employees once the command is done.
    pub(crate) fn expecting(&mut self, users: BTreeSet<String>) {
        self.expected = users;
    }

    /// Whether [`Cx::expecting`] named a user, folded.
    pub(crate) fn expects(&self, user: &str) -> bool {
        self.expected.contains(user)
    }

    /// Why the command changes deals, where the deals do not tell; for their revisions.
    pub(crate) const fn because(&mut self, cause: Cause) {
        self.cause = Some(cause);
    }

    /// Since when deals stand in the stage that they move to, where it is not now.
    pub(crate) const fn entering(&mut self, at: Option<Instant>) {
        self.entered = at;
    }

    /// What [`Cx::entering`] said.
    pub(crate) const fn entered(&self) -> Option<Instant> {
        self.entered
    }

    /// What [`Cx::because`] said.
    pub(crate) const fn cause(&self) -> Option<Cause> {
        self.cause
    }
}
