//! What a command stages: rows settled, keyed, checked, with what the library keeps beside them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::Cx;
use crate::command::Role;
use crate::command::deal_state::{settle_deal, version_of};
use crate::command::draft_state::settle_draft;
use crate::command::draft_submit::submit_again;
use crate::command::employee_state::{settle_employee, settle_leave};
use crate::command::enrolment_hooks::row_told;
use crate::command::gate::missing;
use crate::command::playbook_hooks::playbook_told;
use crate::command::subscription_state::{settle_item, settle_subscription};
use crate::command::task_state::{settle_task, tell_waiting};
use crate::command::ticket_state::{keep_history, settle_ticket};
use crate::command::undo::FormerClocks;
use crate::kernel::error::{Problem, Result};
use crate::kernel::fact::Fact;
use crate::kernel::field::Schema;
use crate::kernel::id::Id;
use crate::kernel::time::Instant;
use crate::model::{
    AnyRecord, CONSENT, Clock, Consent, DO_NOT_CALL, DealRevision, Key, Kind, META_FIELDS, Row, consent_of,
};
use crate::rules::pipeline::{Changed, revision};
use crate::store::{Change, Guard, Write, hex};

/// Facts about a person without which nobody may be written to.
const LAWFUL: [&str; 5] = ["person_type", "subject_related", "collected_from", "informed_at", "contract_until"];

impl Cx<'_> {
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
        self.by_itself(|cx| row_told(cx, None, &row))?;
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
        let by_library = self.own_doings > 0;
        self.by_itself(|cx| {
            settle_deal(cx, before, row, by_library)?;
            settle_draft(cx, before, row, by_library)?;
            settle_employee(cx, before, row)?;
            settle_leave(cx, before, row)?;
            settle_subscription(cx, before, row, by_library)?;
            settle_item(cx, row)?;
            settle_task(cx, before, row)?;
            settle_ticket(cx, before, row)
        })
    }

    /// The same of a ticket to which nothing happened but that time passed.
    pub(in crate::command) fn update_settled(&mut self, row: Row) -> Result<Row> {
        let before = self.reached(row.key())?;
        self.replace(before, row)
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
        self.by_itself(|cx| {
            tell_waiting(cx, &before, &row)?;
            row_told(cx, Some(&before), &row)?;
            playbook_told(cx, &before, &row)?;
            submit_again(cx, &before, row)
        })
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
        settle_draft(self, Some(&before), &mut row, true)?;
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

    /// The clocks that the fields changed so far had before: what an [`Undoable`](crate::command::Undoable) command keeps.
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

    /// An agent never says for a person that the person agreed or may be written to, nor that somebody may be called who
    /// asked not to be.
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
        // What the law asks about a person is a person's to say.
        for name in LAWFUL {
            let Some(place) = after.body.kind().place(name) else { continue };
            let (was, is) = (before.map_or(Fact::Unknown, |row| row.body.fact(place)), after.body.fact(place));
            if is != Fact::Unknown && is != was {
                return forbidden(name);
            }
        }
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
