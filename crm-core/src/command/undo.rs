//! Taking one earlier command back: the trail's entry read backwards.
//!
//! The entry has, for every row that the command changed, the version it wrote and each changed field before and
//! after. Undoing sets the fields back to what they were and archives the rows that the command made; nothing is
//! deleted. It is all or nothing: one row that somebody touched since stands in the way, and is named.
//!
//! A row that was restored equals its former self in every field. Its version and `updated_at` move on, because a
//! version is never used twice; each restored field's clock has the new version and the instant that it had before,
//! so that the same command again decides the same.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::id_of;
use super::links::{linked, links_to};
use super::{Command, Cx, Verb};
use crate::kernel::approval::DraftEventKind;
use crate::kernel::error::{Code, Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::time::{Instant, format_instant, parse_instant};
use crate::kernel::value::Value;
use crate::model::{AnyRecord, Key, Kind, Row};
use crate::rules::{Rules, kind};
use crate::store::LogQuery;

/// What only tells what happened: nobody takes it back, and it stands in nobody's way.
pub(super) const TOLD: &[Kind] =
    &[Kind::DealRevision, Kind::DraftEvent, Kind::OutboxItem, Kind::SlaAlert, Kind::TicketEvent];
/// What was said about being contacted stays, whatever made it is taken back.
const STAYS: &[Kind] = &[Kind::ConsentEvent];
/// Most rows that an error names.
const MOST_BLOCKERS: usize = 20;
/// Most rows that are looked at to find out whether something points at a row that the command made.
const MOST_LINKED: usize = 10_000;

/// A command that can be taken back.
///
/// Its output keeps, under `clocks`, what [`Cx::former_clocks`] gave after everything was staged.
pub trait Undoable: Command {
    /// The name of the command that takes it back, for example `lead.unmerge`.
    const UNDO: &'static str;
    /// The one key of that command's body: the id of the command to be taken back stands under it.
    const KEYS: &'static [&'static str; 1];
}

/// Takes one earlier command of the type `C` back.
#[derive(Clone, Debug, PartialEq)]
pub struct Undo<C> {
    /// The id of the command to be taken back.
    pub command: Id,
    undone: PhantomData<fn() -> C>,
}

/// What was taken back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undone {
    /// Rows that are again what they were.
    pub restored: u64,
    /// Rows that the command had made; they are archived now.
    pub archived: u64,
}

impl<C: Undoable> Undo<C> {
    /// Takes the command with this id back.
    pub fn new(command: Id) -> Self {
        Undo { command, undone: PhantomData }
    }
}

/// For rows that a command changes: the instants of the changed fields' clocks as they were before, by row and field.
/// Fields without a clock had none; they are as old as their row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FormerClocks(BTreeMap<String, BTreeMap<String, String>>);

impl FormerClocks {
    /// Notes the clocks of one row.
    pub(crate) fn insert(&mut self, key: Key, clocks: BTreeMap<String, Instant>) {
        if !clocks.is_empty() {
            let clocks = clocks.into_iter().map(|(field, at)| (field, format_instant(at))).collect();
            self.0.insert(name_of(key), clocks);
        }
    }

    fn of(&self, key: Key) -> Result<BTreeMap<String, Instant>> {
        let clocks = self.0.get(&name_of(key)).into_iter().flatten();
        clocks.map(|(field, at)| Ok((field.clone(), parse_instant(at)?))).collect()
    }
}

fn name_of(key: Key) -> String {
    format!("{} {}", key.kind.name(), key.id)
}

impl<C: Undoable> Command for Undo<C> {
    type Output = Undone;
    /// Who may do it may take it back.
    const VERB: Verb = C::VERB;

    fn name() -> Cow<'static, str> {
        C::UNDO.into()
    }

    fn to_json(&self) -> Json {
        let [key] = C::KEYS;
        serde_json::json!({*key: self.command.to_string()})
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let [key] = C::KEYS;
        let map = json::object(body, "an object of options")?;
        json::only_keys(map, C::KEYS)?;
        let missing = || Problem::Missing { name: (*key).into() };
        Ok(Undo::new(id_of(map, key)?.ok_or_else(missing)?))
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Undone> {
        let done = Trace::of::<C>(cx, self.command)?;
        done.refuse_unreached::<C>(cx, self.command)?;
        // What else the command did by itself is taken back so.
        cx.by_itself(|cx| self.take_back(cx, &done))
    }
}

impl<C: Undoable> Undo<C> {
    fn take_back(&self, cx: &mut Cx<'_>, done: &Trace) -> Result<Undone> {
        let mut blockers = Vec::new();
        // What a deal or a ticket was stays told; taking the command back adds another revision. So does the draft that
        // asked for the command.
        let told = |step: &&Step| !TOLD.contains(&step.key.kind) && done.draft != Some(step.key);
        for step in done.steps.iter().filter(told) {
            let row = cx.existing(step.key)?;
            if row.version != step.version {
                blockers.extend(changed_since(cx, self, &row, step.version)?);
            }
        }
        blockers.extend(newly_linked(cx, &done.steps)?);
        if !blockers.is_empty() {
            return Err(refused(&blockers));
        }
        let mut undone = Undone::default();
        for step in done.steps.iter().filter(told) {
            if step.created && STAYS.contains(&step.key.kind) {
                continue;
            }
            let mut row = cx.existing(step.key)?;
            let count = if step.created {
                row.archived_at = row.archived_at.or(Some(cx.at()));
                cx.update(row)?;
                &mut undone.archived
            } else {
                let schema = cx.rules().schema(step.key.kind);
                for (field, before) in step.before.iter().filter(|(field, _)| !goes_on(step.key.kind, field)) {
                    let (index, declared) = schema.resolve(field)?;
                    row.set_fact(&schema, index, Value::written(declared.kind, before)?)?;
                }
                cx.put_back(row, &step.before, &done.clocks.of(step.key)?)?;
                &mut undone.restored
            };
            *count = count.saturating_add(1);
        }
        Ok(undone)
    }
}

/// What a command did, as the trail has it.
struct Trace {
    steps: Vec<Step>,
    clocks: FormerClocks,
    /// The draft that proposed it, where it was carried out through an OK.
    draft: Option<Key>,
}

/// What it did to one row.
struct Step {
    key: Key,
    version: u64,
    created: bool,
    before: BTreeMap<String, Json>,
}

impl Trace {
    /// Refuses a command that changed a record which the actor does not change, of the kind that the command is about: as
    /// if it had never been where one is not even seen.
    fn refuse_unreached<C: Undoable>(&self, cx: &mut Cx<'_>, command: Id) -> Result<()> {
        let name = C::name();
        let about = name.split('.').next().unwrap_or_default();
        for step in self.steps.iter().filter(|step| !step.created && step.key.kind.name() == about) {
            cx.reached(step.key).map_err(|error| match error.code() {
                Code::NotFound => Problem::NotFound { record: name.to_string(), id: command.to_string() }.into(),
                _ => error,
            })?;
        }
        Ok(())
    }

    fn of<C: Undoable>(cx: &mut Cx<'_>, command: Id) -> Result<Self> {
        let missing = || Error::from(Problem::NotFound { record: C::name().into_owned(), id: command.to_string() });
        let entry = cx.log(&LogQuery::Command(command))?.pop().ok_or_else(missing)?;
        let content = entry.json()?;
        let carried = carried_out(cx, &content)?;
        let draft = match &carried[..] {
            _ if content.get("command").and_then(Json::as_str) == Some(&C::name()) => None,
            // Of several that one OK carried out nobody knows which row is whose.
            [one] if one.command == C::name() => Some(one.draft),
            _ => return Err(missing()),
        };
        let corrupt = || Error::from(Problem::Corrupt { detail: format!("entry {} of the trail", entry.seq) });
        let changes = content.get("changes").and_then(Json::as_array).ok_or_else(corrupt)?;
        let steps = changes.iter().map(|c| step(c).ok_or_else(corrupt)).collect::<Result<_>>()?;
        let clocks = content.get("output").and_then(clocks_in).cloned();
        let clocks = clocks.map(|c| serde_json::from_value(c).map_err(|_| corrupt())).transpose()?;
        Ok(Trace { steps, clocks: clocks.unwrap_or_default(), draft })
    }
}

/// The clocks of a command's answer, which may stand in that of the OK that carried it out.
fn clocks_in(output: &Json) -> Option<&Json> {
    match output {
        Json::Object(map) => map.get("clocks").or_else(|| map.values().find_map(clocks_in)),
        Json::Array(all) => all.iter().find_map(clocks_in),
        _ => None,
    }
}

/// A command that waited for an OK and was carried out.
struct Carried {
    draft: Key,
    command: String,
    body: String,
}

/// The proposed commands that an entry of the trail carried out.
fn carried_out(cx: &mut Cx<'_>, content: &Json) -> Result<Vec<Carried>> {
    let changes = content.get("changes").and_then(Json::as_array).into_iter().flatten();
    let events: Vec<Key> = changes.filter_map(step).map(|s| s.key).filter(|key| key.kind == Kind::DraftEvent).collect();
    cx.by_itself(|cx| {
        let mut all = Vec::new();
        for key in events {
            let Some(AnyRecord::DraftEvent(event)) = cx.row(key)?.map(|row| row.body) else { continue };
            let Some(id) = event.draft.filter(|_| event.kind == Some(DraftEventKind::Done)) else { continue };
            let draft = Key { kind: Kind::Draft, id };
            if let Some(AnyRecord::Draft(row)) = cx.row(draft)?.map(|row| row.body) {
                all.push(Carried { draft, command: row.command, body: row.command_body });
            }
        }
        Ok(all)
    })
}

fn step(change: &Json) -> Option<Step> {
    let text = |key: &str| change.get(key).and_then(Json::as_str);
    let key = Key { kind: kind(text("record")?).ok()?, id: text("id")?.parse().ok()? };
    let version = change.get("version").and_then(Json::as_u64)?;
    let fields = change.get("fields").and_then(Json::as_object);
    let before = |(field, values): (&String, &Json)| Some((field.clone(), values.get(0)?.clone()));
    let before = fields.into_iter().flatten().map(before).collect::<Option<_>>()?;
    // The first version of a row is the one that made it.
    Some(Step { key, version, created: version == 1, before })
}

/// What the library derives by itself, such as scores: nobody's work, which stands in nobody's way.
pub(super) fn is_derived(kind: Kind, name: &str) -> bool {
    // What a quote says and where it stands is what its commands decided.
    kind != Kind::Quote && kind.fields().iter().any(|f| f.name == name && f.computed && !is_decided(name))
}

/// Whether a field goes on from where it stands: where a draft or an enrolment is, nobody takes back.
fn goes_on(kind: Kind, field: &str) -> bool {
    match kind {
        Kind::Draft | Kind::Enrolment => is_derived(kind, field),
        _ => false,
    }
}

/// Fields that the library keeps but somebody's command decided.
fn is_decided(field: &str) -> bool {
    field == "merged_into" || field.starts_with("converted")
}

/// Why a command cannot be taken back.
struct Blocker {
    key: Key,
    detail: Map<String, Json>,
}

impl Blocker {
    fn new(key: Key) -> Self {
        let mut detail = Map::new();
        detail.insert("record".into(), key.kind.name().into());
        detail.insert("id".into(), key.id.to_string().into());
        Blocker { key, detail }
    }
}

/// What stands in the way where a row is at another version than the one that the command wrote. A row that says again
/// what it said then does not: what was done to it since was undone itself.
///
/// # Errors
/// [`Problem::AlreadyUndone`] where the command was, and the store's own.
fn changed_since<C: Undoable>(cx: &mut Cx<'_>, undo: &Undo<C>, row: &Row, version: u64) -> Result<Option<Blocker>> {
    let (key, schema) = (row.key(), cx.rules().schema(row.body.kind()));
    let mut then: BTreeMap<String, Json> = BTreeMap::new();
    let mut last = Json::Null;
    for entry in cx.log(&LogQuery::Record { key, after_version: version })? {
        let content = entry.json()?;
        let body = Command::to_json(undo);
        let is_undo = content.get("command").and_then(Json::as_str) == Some(C::UNDO);
        let was_asked_for = |one: &Carried| one.command == C::UNDO && one.body == json::canonical(&body);
        if is_undo && content.get("body") == Some(&body) || carried_out(cx, &content)?.iter().any(was_asked_for) {
            return Err(Problem::AlreadyUndone { id: undo.command.to_string() }.into());
        }
        let changes = content.get("changes").and_then(Json::as_array).into_iter().flatten();
        for step in changes.filter_map(step).filter(|s| s.key == key) {
            for (field, before) in step.before {
                then.entry(field).or_insert(before);
            }
        }
        last = content;
    }
    let differs = |(field, before): (&String, &Json)| {
        let now = schema.position(field).map(|place| row.fact_of(&schema, place).to_value().to_json());
        !is_derived(key.kind, field) && now.as_ref() != Some(before)
    };
    if !then.iter().any(differs) {
        return Ok(None);
    }
    let mut blocker = Blocker::new(key);
    blocker.detail.insert("version".into(), row.version.into());
    for (name, path) in [("command", "/command"), ("by", "/actor/name"), ("at", "/at")] {
        if let Some(value) = last.pointer(path) {
            blocker.detail.insert(name.into(), value.clone());
        }
    }
    Ok(Some(blocker))
}

/// Rows that point at a row which the command made, and were not part of the command: that row is in use.
fn newly_linked(cx: &mut Cx<'_>, steps: &[Step]) -> Result<Vec<Blocker>> {
    let own: BTreeSet<Key> = steps.iter().map(|s| s.key).collect();
    let mut blockers = BTreeMap::new();
    for target in Kind::ALL.iter().copied() {
        let made: Vec<Id> = steps.iter().filter(|s| s.created && s.key.kind == target).map(|s| s.key.id).collect();
        if made.is_empty() {
            continue;
        }
        for link in links_to(target).into_iter().filter(|(kind, _)| !TOLD.contains(kind)) {
            for row in linked(cx, link, &made, MOST_LINKED)? {
                let key = row.key();
                if row.archived_at.is_none() && !own.contains(&key) {
                    let blocker = blockers.entry(key).or_insert_with(|| Blocker::new(key));
                    blocker.detail.insert("link".into(), link.1.into());
                }
            }
        }
    }
    Ok(blockers.into_values().collect())
}

fn refused(blockers: &[Blocker]) -> Error {
    let shown = blockers.iter().take(MOST_BLOCKERS);
    let rows = blockers.iter().map(|b| name_of(b.key)).collect();
    let detail = shown.map(|b| Json::Object(b.detail.clone())).collect::<Vec<_>>();
    Error::from(Problem::Blocked { rows }).with_detail(detail.into())
}
