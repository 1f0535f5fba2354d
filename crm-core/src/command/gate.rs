//! The one gate between who asks and the rows: what somebody sees and changes, read with the directory of employees.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::actor::{Actor, Ctx};
use super::{Role, Verb};
use crate::kernel::access_reason::Action;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::time::Instant;
use crate::model::{AnyRecord, Key, Kind, Linked, Row, Sight};
use crate::rules::Rules;
use crate::rules::access::{Asker, By, Crew, Decision, Person, decide, is_open};
use crate::store::{Archived, MOST_ROWS, Query, Read};

/// What an actor sees and changes in one snapshot, worked out once.
pub(crate) struct Gate<'a> {
    rules: &'a Rules,
    actor: Actor,
    at: Instant,
    crew: OnceCell<Crew>,
    sights: RefCell<BTreeMap<(Action, Kind), Arc<Sight>>>,
}

impl<'a> Gate<'a> {
    pub(crate) fn new(rules: &'a Rules, ctx: &Ctx) -> Self {
        let (crew, sights) = (OnceCell::new(), RefCell::default());
        Self { rules, actor: ctx.actor.clone(), at: ctx.at, crew, sights }
    }

    const fn role(&self) -> Role {
        self.actor.role()
    }

    /// Whether the actor's role reaches every row with every action, what people keep for themselves aside.
    pub(crate) fn is_unlimited(&self) -> bool {
        self.rules.access().is_unlimited(self.role())
    }

    /// The condition for the rows of a kind; `None` where every row is reached.
    ///
    /// # Errors
    /// The store's own.
    pub(crate) fn sight(&self, read: &dyn Read, action: Action, kind: Kind) -> Result<Option<Arc<Sight>>> {
        if is_open(self.rules.access(), self.role(), action, kind) {
            return Ok(None);
        }
        if let Some(sight) = self.sights.borrow().get(&(action, kind)) {
            return Ok(Some(sight.clone()));
        }
        let sight = Arc::new(self.asker(read)?.sight(action, kind));
        self.sights.borrow_mut().insert((action, kind), sight.clone());
        Ok(Some(sight))
    }

    /// Whether a row is reached.
    ///
    /// # Errors
    /// The store's own.
    pub(crate) fn reaches(&self, read: &dyn Read, action: Action, row: &Row) -> Result<bool> {
        match self.sight(read, action, row.body.kind())? {
            None => Ok(true),
            Some(sight) => sight.holds(row, &Rows { read, rules: self.rules, at: self.at }),
        }
    }

    /// A row that is seen, and `None` for one that is not, as for one that is not there.
    ///
    /// # Errors
    /// The store's own.
    pub(crate) fn get(&self, read: &dyn Read, key: Key) -> Result<Option<Row>> {
        let Some(row) = read.get(key)? else { return Ok(None) };
        let sees = self.reaches(read, Action::Read, &row)?;
        Ok(Some(row).filter(|_| sees))
    }

    /// Whether a verb may be done to a row, and by which rule.
    ///
    /// # Errors
    /// The store's own.
    pub(crate) fn decide(&self, read: &dyn Read, verb: Verb, kind: Kind, row: Option<&Row>) -> Result<Decision> {
        decide(&self.asker(read)?, verb, kind, row, &Rows { read, rules: self.rules, at: self.at })
    }

    /// Refuses to change a row that is not reached for that: as if it were not there where it is not even seen.
    ///
    /// # Errors
    /// [`Problem::NotFound`], [`Problem::Forbidden`] with the rule, and the store's own.
    pub(crate) fn refuse_write(&self, read: &dyn Read, row: &Row) -> Result<()> {
        if !self.reaches(read, Action::Read, row)? {
            return Err(missing(row.key()));
        }
        if self.reaches(read, Action::Write, row)? {
            return Ok(());
        }
        let decision = self.decide(read, Verb::Patch, row.body.kind(), Some(row))?;
        Err(self.forbidden(row.body.kind()).with_detail(decision.to_json(None)))
    }

    /// Refuses a new row of a kind of which the actor changes none.
    ///
    /// # Errors
    /// [`Problem::Forbidden`], and the store's own.
    pub(crate) fn refuse_kind(&self, read: &dyn Read, kind: Kind) -> Result<()> {
        match self.sight(read, Action::Write, kind)? {
            Some(sight) if *sight == Sight::NOTHING => Err(self.forbidden(kind)),
            _ => Ok(()),
        }
    }

    fn forbidden(&self, kind: Kind) -> Error {
        let (role, command) = (self.role().name().into(), format!("{}: {}", Action::Write.code(), kind.name()));
        Problem::Forbidden { role, command }.into()
    }

    /// Everybody of the actor's teams, in order; nobody where the actor is in none.
    ///
    /// # Errors
    /// The store's own.
    pub(crate) fn team(&self, read: &dyn Read) -> Result<Vec<String>> {
        Ok(self.asker(read)?.crew.team.iter().cloned().collect())
    }

    /// The users of whose leave the actor reads why it is: the actor, those whom the actor leads, and for a manager the
    /// team. `None` is everybody, for owner and admin.
    ///
    /// # Errors
    /// The store's own.
    pub(crate) fn confidants(&self, read: &dyn Read) -> Result<Option<BTreeSet<String>>> {
        if matches!(self.role(), Role::Owner | Role::Admin) {
            return Ok(None);
        }
        let crew = self.asker(read)?.crew;
        let team = crew.team.iter().filter(|_| self.role() == Role::Manager);
        Ok(Some(crew.led.iter().chain(team).chain([&crew.me]).cloned().collect()))
    }

    fn asker(&self, read: &dyn Read) -> Result<Asker<'_>> {
        let crew = match self.crew.get() {
            Some(crew) => crew,
            None => {
                let crew = Crew::new(self.actor.name(), |by, texts| self.people(read, by, texts))?;
                self.crew.get_or_init(|| crew)
            }
        };
        Ok(Asker { access: self.rules.access(), role: self.role(), crew })
    }

    /// The people of whom a field says one of some texts, archived ones too.
    fn people(&self, read: &dyn Read, by: By, texts: &[String]) -> Result<Vec<Person>> {
        let mut people = Vec::new();
        let filter = Predicate::test(by.field(), Operator::In, texts.to_vec());
        each(read, self.rules, self.at, (Kind::Employee, filter, Archived::Include), |row| {
            let active = row.archived_at.is_none();
            if let AnyRecord::Employee(person) = row.body {
                let (user, manager, team) = (person.user, person.manager, person.team);
                people.push(Person { user, manager, team, active });
            }
        })?;
        Ok(people)
    }
}

/// That a row is not there, or not for who asks.
pub(crate) fn missing(key: Key) -> Error {
    Problem::NotFound { record: key.kind.name().into(), id: key.id.to_string() }.into()
}

/// The rows of a snapshot that links lead to, whoever sees them.
struct Rows<'r> {
    read: &'r dyn Read,
    rules: &'r Rules,
    at: Instant,
}

impl Linked for Rows<'_> {
    fn linked(&self, key: Key) -> Result<Option<Row>> {
        self.read.get(key)
    }

    fn pointing(&self, kind: Kind, field: usize, id: Id) -> Result<Vec<Row>> {
        let Some(field) = kind.fields().get(field) else { return Ok(Vec::new()) };
        let filter = Predicate::test(field.name.as_ref(), Operator::Equal, id.to_string());
        let mut rows = Vec::new();
        each(self.read, self.rules, self.at, (kind, filter, Archived::Exclude), |row| rows.push(row))?;
        Ok(rows)
    }
}

fn each(
    read: &dyn Read,
    rules: &Rules,
    at: Instant,
    (kind, filter, archived): (Kind, Predicate, Archived),
    mut see: impl FnMut(Row),
) -> Result<()> {
    let schema = rules.schema(kind);
    let mut query = Query::all(kind, schema.clone(), at);
    query.filter = Some(filter.compile(&schema)?);
    (query.archived, query.limit) = (archived, MOST_ROWS);
    loop {
        let page = read.find(&query)?;
        page.rows.into_iter().for_each(&mut see);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(()),
        }
    }
}
