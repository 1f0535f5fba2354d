//! What a command sees and stages while it decides.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::Role;
use super::actor::{Actor, Ctx};
use super::deal_state::{settle_deal, version_of};
use super::employee_state::{settle_employee, settle_leave};
use super::gate::{Gate, missing};
use super::past::Past;
use super::pipelines::load;
use super::redirect::refuse_merged;
use super::task_state::{settle_task, task_of, tell_waiting};
use super::ticket_state::{Happening, keep_history, settle_ticket};
use super::undo::FormerClocks;
use crate::kernel::access_reason::Action;
use crate::kernel::error::{Problem, Result};
use crate::kernel::fact::Fact;
use crate::kernel::field::Schema;
use crate::kernel::id::Id;
use crate::kernel::time::Instant;
use crate::model::{
    AnyRecord, CONSENT, Clock, Consent, DO_NOT_CALL, DealRevision, Key, Kind, META_FIELDS, Row, Task, consent_of,
};
use crate::rules::Rules;
use crate::rules::pipeline::{Cause, Changed, Pipelines, revision};
use crate::store::{Change, Entry, Guard, LogQuery, MOST_ROWS, Page, Query, Read, Write, hex};

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
        }
    }

    /// The instant for which the command decides.
    pub const fn at(&self) -> Instant {
        self.ctx.at
    }

    /// The workspace's configuration.
    pub const fn rules(&self) -> &'a Rules {
        self.rules
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

    /// Stages a new row, with its keys.
    ///
    /// # Errors
    /// [`Problem::AlreadyExists`], [`Problem::Forbidden`] where the actor's role changes no rows of the kind,
    /// [`Problem::NotFound`] where it points at a row that an actor who does not see everything does not see.
    pub fn insert(&mut self, id: Id, mut body: AnyRecord) -> Result<Row> {
        let key = Key { kind: body.kind(), id };
        if self.own_doings == 0 {
            self.gate.refuse_kind(self.read, key.kind)?;
        }
        if self.any_row(key)?.is_some() {
            return Err(Problem::AlreadyExists { record: key.kind.name().into(), id: id.to_string() }.into());
        }
        self.rules.identity().stamp(&mut body);
        let (at, clocks) = (self.ctx.at, BTreeMap::new());
        let mut row = Row { id, version: 1, created_at: at, updated_at: at, archived_at: None, clocks, body };
        self.refuse_unseen_links(None, &row)?;
        self.settle(None, &mut row)?;
        self.refuse_loosened(None, &row)?;
        self.stage(key, &row)?;
        Ok(row)
    }

    /// Stages a row with another body or another archive state, and with the keys of that body; nothing is staged where
    /// nothing changed.
    ///
    /// # Errors
    /// [`Problem::Forbidden`] with the rule where the actor does not change the row, [`Problem::NotFound`] where it is to
    /// point at a row that an actor who does not see everything does not see, and the store's own.
    pub fn update(&mut self, mut row: Row) -> Result<Row> {
        let key = row.key();
        let before = self.any_row(key)?.ok_or_else(|| missing(key))?;
        if let (0, Some(Some(stored))) = (self.own_doings, self.seen.get(&key)) {
            self.gate.refuse_write(self.read, stored)?;
        }
        self.refuse_unseen_links(Some(&before), &row)?;
        self.settle(Some(&before), &mut row)?;
        self.replace(before, row)
    }

    /// What follows from a row as it is to be, with rows that the library adds by itself.
    fn settle(&mut self, before: Option<&Row>, row: &mut Row) -> Result<()> {
        self.by_itself(|cx| {
            settle_deal(cx, before, row)?;
            settle_employee(cx, before, row)?;
            settle_leave(cx, before, row)?;
            settle_task(cx, before, row)?;
            settle_ticket(cx, before, row)
        })
    }

    /// The same of a ticket to which nothing happened but that time passed.
    pub(super) fn update_settled(&mut self, row: Row) -> Result<Row> {
        let before = self.reached(row.key())?;
        self.replace(before, row)
    }

    /// What happens to a ticket when it is written next.
    pub(crate) const fn happens(&mut self, ticket: Id, happening: Happening) {
        self.happening = Some((ticket, happening));
    }

    /// What [`Cx::happens`] said of a ticket, once.
    pub(super) fn happened(&mut self, ticket: Id) -> Option<Happening> {
        self.happening.take_if(|(id, _)| *id == ticket).map(|(_, happening)| happening)
    }

    /// Stages a row in place of `before`, a deal as it stands.
    fn replace(&mut self, before: Row, mut row: Row) -> Result<Row> {
        let key = row.key();
        self.rules.identity().stamp(&mut row.body);
        let base = self.seen.get(&key).and_then(Option::as_ref).map_or(0, |r| r.version);
        leave_queue(&mut row);
        let fields = changed_fields(&before, &row, &self.rules.schema(key.kind));
        if fields.is_empty() {
            return Ok(before);
        }
        self.refuse_loosened(Some(&before), &row)?;
        // One command is one version, however often it touches the row.
        row.version = base.saturating_add(1);
        if base > 0 {
            row.updated_at = self.ctx.at;
            let clock = Clock { version: row.version, at: self.ctx.at };
            row.clocks.extend(fields.into_iter().map(|(field, _)| (field, clock)));
        }
        self.stage(key, &row)?;
        // Whether a task waits is the library's to say, whoever's task it is.
        self.by_itself(|cx| tell_waiting(cx, &before, &row))?;
        Ok(row)
    }

    /// The tasks among the staged rows.
    pub(super) fn staged_tasks(&self) -> impl Iterator<Item = (Key, &Task)> {
        self.staged.iter().filter_map(|(key, row)| Some((*key, task_of(row)?)))
    }

    /// Stages a row, and a deal's next revision with it.
    fn stage(&mut self, key: Key, row: &Row) -> Result<()> {
        self.staged.insert(key, row.clone());
        if key.kind != Kind::Deal {
            return Ok(());
        }
        let before = self.seen.get(&key).and_then(Option::as_ref).and_then(version_of);
        let at = self.ctx.at;
        let changed = Changed { number: row.version, at, actor: self.ctx.actor.name(), cause: self.cause };
        let id = DealRevision::id_of(row.id, row.version);
        let key = Key { kind: Kind::DealRevision, id };
        let Some(revision) = version_of(row).and_then(|after| revision(before, after, &changed)) else {
            self.staged.remove(&key);
            return Ok(());
        };
        if self.read.get(key)?.is_some() {
            return Err(Problem::AlreadyExists { record: key.kind.name().into(), id: id.to_string() }.into());
        }
        self.seen.insert(key, None);
        let (clocks, body) = (BTreeMap::new(), revision.into());
        let row = Row { id, version: 1, created_at: at, updated_at: at, archived_at: None, clocks, body };
        self.staged.insert(key, row);
        Ok(())
    }

    /// The rows of a kind that are staged, as they will be.
    pub(crate) fn staged(&self, kind: Kind) -> impl Iterator<Item = &Row> {
        self.staged.iter().filter(move |(key, _)| key.kind == kind).map(|(_, row)| row)
    }

    /// Reads the same snapshot for what is only told: the commit does not depend on it, and staged rows are not seen.
    pub(crate) fn aside(&self) -> Cx<'a> {
        Cx::new(self.read, self.rules, self.ctx)
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

    /// Stages a row with fields as they once were: their clocks have the instants of then, or that of the row's making.
    ///
    /// # Errors
    /// As [`Cx::update`].
    pub(crate) fn put_back<T>(
        &mut self,
        row: Row,
        fields: &BTreeMap<String, T>,
        former: &BTreeMap<String, Instant>,
    ) -> Result<()> {
        let key = row.key();
        let before = self.any_row(key)?.ok_or_else(|| missing(key))?;
        let mut row = row;
        // A ticket goes on from where it stands: what happened to it meanwhile stays told.
        keep_history(&mut row, &before);
        settle_ticket(self, Some(&before), &mut row)?;
        // A deal comes back as it was, whatever became of the stages since.
        let mut row = self.replace(before, row)?;
        let made = row.created_at;
        for (field, clock) in row.clocks.iter_mut().filter(|(f, c)| c.version == row.version && fields.contains_key(*f))
        {
            clock.at = former.get(field).copied().unwrap_or(made);
        }
        // A row that is as it was is not staged.
        if let Some(staged) = self.staged.get_mut(&row.key()) {
            *staged = row;
        }
        Ok(())
    }

    /// The clocks that the fields changed so far had before: what an [`Undoable`](super::Undoable) command keeps.
    pub fn former_clocks(&self) -> FormerClocks {
        let mut former = FormerClocks::default();
        for (key, row) in &self.staged {
            if let Some(Some(before)) = self.seen.get(key) {
                let fields = changed_fields(before, row, &self.rules.schema(key.kind));
                let clocks = before.clocks.iter().filter(|(field, _)| fields.contains_key(*field));
                former.insert(*key, clocks.map(|(field, clock)| (field.clone(), clock.at)).collect());
            }
        }
        former
    }

    /// Whoever does not see everything points new links only at what they see.
    fn refuse_unseen_links(&mut self, before: Option<&Row>, after: &Row) -> Result<()> {
        if self.own_doings > 0 || self.gate.is_unlimited() {
            return Ok(());
        }
        let kind = after.body.kind();
        for (place, field) in kind.fields().iter().enumerate() {
            let (Some(to), Fact::Reference(id)) = (kind.target_of(field), after.body.fact(place)) else { continue };
            let key = Key { kind: to, id };
            let is_new = before.is_none_or(|before| before.body.fact(place) != Fact::Reference(id));
            if is_new && key != after.key() && self.row(key)?.is_none() {
                return Err(missing(key).at(&field.name));
            }
        }
        Ok(())
    }

    /// An agent never says for a person that the person agreed, nor that somebody may be called who asked not to be.
    fn refuse_loosened(&self, before: Option<&Row>, after: &Row) -> Result<()> {
        if self.ctx.actor.role() != Role::Agent {
            return Ok(());
        }
        let forbidden = |field: &str| {
            let (role, command) = (Role::Agent.name().into(), field.into());
            Err(Problem::Forbidden { role, command }.into())
        };
        let asked = |row: &Row| {
            let place = row.body.kind().place(DO_NOT_CALL);
            place.is_some_and(|place| row.body.fact(place) == Fact::Boolean(true))
        };
        match before {
            before if consent_of(&after.body) > before.map_or(Consent::Unknown, |row| consent_of(&row.body)) => {
                forbidden(CONSENT)
            }
            Some(before) if asked(before) && !asked(after) => forbidden(DO_NOT_CALL),
            _ => Ok(()),
        }
    }

    /// What the commit will write and depend on, and what the trail will say of it.
    pub(crate) fn finish(self) -> (Vec<Write>, Vec<Guard>, Vec<Change>) {
        let mut changes = Vec::with_capacity(self.staged.len());
        let mut writes = Vec::with_capacity(self.staged.len());
        let mut seen = self.seen;
        for (key, row) in self.staged {
            let before = seen.remove(&key).flatten();
            let schema: Arc<Schema> = self.rules.schema(key.kind);
            let fields = before.as_ref().map_or_else(Map::new, |b| changed_fields(b, &row, &schema));
            changes.push(Change { key, version: row.version, digest: hex(&row.digest()), fields });
            writes.push(Write { replaces: before.map_or(0, |b| b.version), row });
        }
        let guards = seen.into_iter().map(|(key, row)| match row {
            Some(row) => Guard::Version(key, row.version),
            None => Guard::Absent(key),
        });
        (writes, guards.chain(self.asked).collect(), changes)
    }
}

/// A lead that has an owner waits in no queue, whoever gave it the owner.
fn leave_queue(row: &mut Row) {
    if let AnyRecord::Lead(lead) = &mut row.body
        && !lead.owner.is_empty()
    {
        lead.queue.clear();
    }
}

/// The fields whose values differ, each with what it was and what it is.
fn changed_fields(before: &Row, after: &Row, schema: &Schema) -> Map<String, Json> {
    let mut fields = Map::new();
    let archived = META_FIELDS.len().saturating_sub(1);
    for (index, field) in schema.fields().iter().enumerate().skip(archived) {
        let (old, new) = (before.fact_of(schema, index), after.fact_of(schema, index));
        if old != new {
            let json = |f: Fact<'_>| f.to_value().to_json();
            fields.insert(field.name.to_string(), Json::Array(vec![json(old), json(new)]));
        }
    }
    fields
}
