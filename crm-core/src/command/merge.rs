//! Merging leads: what hangs on them moves to the primary, the others are put away and point to it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::id_of;
use super::links::{Link, first_linked, linked, linked_known_as, links_to};
use super::score::{events_of, rescore};
use super::undo::{FormerClocks, Undoable};
use super::{Command, Cx, Verb};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::fact::Fact;
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::reason::{MergeRule, Reason};
use crate::kernel::value::Value;
use crate::model::{AnyRecord, Distinction, Key, Kind, Row};
use crate::rules::Rules;
use crate::rules::merge::{Candidate, Choice, Hanging, MergePlan, Wishes, collisions};

/// Most rows that one merge moves.
pub(super) const MOST_MOVED: usize = 10_000;
/// The link of a lead that was merged before; such a chain stays as it is.
const CHAIN: Link = (Kind::Lead, "merged_into");
/// The field of what the computed score is shown under.
const SCORE: &str = "score";

/// Merges leads into one of them, the primary.
///
/// Fields are chosen by [`crate::rules::merge`]. What hangs on the others moves to the primary, archived rows too; a
/// row that the primary has already is put away. The others are archived, with `merged_into` set; their old ids lead to
/// the primary (question `resolve`). `lead.unmerge` takes all of it back while nobody touched the rows since.
///
/// [`Crm::plan`](crate::Crm::plan) shows what it would do.
///
/// ```
/// use crm_core::command::{Actor, Create, Ctx, MergeLeads, Role, Undo};
/// use crm_core::model::Lead;
/// use crm_core::store::{MemoryStore, Workspace};
/// use crm_core::{Crm, Id, Result, rules::Rules};
///
/// # fn main() -> Result<()> {
/// let crm = Crm::new(MemoryStore::new(), Rules::default());
/// let marie = Actor::new("marie", Role::Member)?;
/// let at = "2026-11-22T09:00:00Z".parse().unwrap();
/// let acme = Workspace::new("acme")?;
/// let request = |name: &str| Ctx::new(acme.clone(), marie.clone(), at, Id::from_text(name));
///
/// let old = Lead { company: "Rénov'Ouest".into(), email: "contact@exemple.fr".into(), ..Lead::default() };
/// let new = Lead { phone: "02 98 00 00 00".into(), email: "anne@exemple.fr".into(), ..Lead::default() };
/// let old = crm.run(&request("1"), &Create::new(old))?.done()?.id;
/// let new = crm.run(&request("2"), &Create::new(new))?.done()?.id;
///
/// let merge = MergeLeads { override_primary: true, ..MergeLeads::new(old, vec![new]) };
/// let done = crm.run(&request("3"), &merge)?.done()?;
/// let lead = crm.get::<Lead>(&request("-"), done.primary)?.unwrap().body;
/// assert_eq!((lead.email.as_str(), lead.phone.as_str()), ("contact@exemple.fr", "02 98 00 00 00"));
/// assert_eq!(lead.other_emails, ["anne@exemple.fr"]);
///
/// // The way back is the id of the merge.
/// crm.run(&request("4"), &Undo::<MergeLeads>::new(Id::from_text("3")))?;
/// assert_eq!(crm.get::<Lead>(&request("-"), old)?.unwrap().body.phone, "");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MergeLeads {
    /// The lead that survives.
    pub primary: Id,
    /// The leads that are merged into it.
    pub sources: Vec<Id>,
    /// The versions that the person saw; other ones are refused.
    pub versions: BTreeMap<Id, u64>,
    /// Fields whose value is to come from one of the leads.
    pub override_fields: BTreeMap<String, Id>,
    /// Whether the primary is to survive even where the rule would keep another one.
    pub override_primary: bool,
}

/// What a merge did, with everything that tells why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Merged {
    /// The lead that survived.
    pub primary: Id,
    /// Its version now.
    pub version: u64,
    /// All leads in order of survival, each with what puts it ahead of the next.
    pub order: Vec<Json>,
    /// The fields in which the leads differed, each with its value, where that is from, what lost, and the rule.
    pub fields: Vec<Json>,
    /// The rows that moved to the primary.
    pub moves: Vec<Moved>,
    /// The rows that were put away because the primary has them already.
    pub drops: Vec<Json>,
    /// The clocks of the changed fields as they were, for `lead.unmerge`.
    pub clocks: FormerClocks,
}

/// A row that moved to the primary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Its kind.
    pub record: String,
    /// Its id.
    pub id: Id,
    /// The field that pointed at the other lead.
    pub link: String,
    /// The lead at which it pointed.
    pub from: Id,
}

impl MergeLeads {
    /// Merges some leads into a primary.
    pub fn new(primary: Id, sources: Vec<Id>) -> Self {
        let (versions, override_fields) = (BTreeMap::new(), BTreeMap::new());
        MergeLeads { primary, sources, versions, override_fields, override_primary: false }
    }

    fn checked(&self, cx: &mut Cx<'_>) -> Result<Vec<Row>> {
        // The number of leads is checked before any of them is read.
        cx.rules().merger().check_count(self.sources.len().saturating_add(1)).map_err(|e| e.at("sources"))?;
        let mut rows = Vec::with_capacity(self.sources.len().saturating_add(1));
        for (place, id) in std::iter::once(&self.primary).chain(&self.sources).enumerate() {
            let inside = |e: Error| match place.checked_sub(1) {
                None => e.at("primary"),
                Some(source) => e.at_index(source).at("sources"),
            };
            let row = cx.active(Key { kind: Kind::Lead, id: *id }).map_err(inside)?;
            if let Some(expected) = self.versions.get(id).copied().filter(|v| *v != row.version) {
                let (record, id) = (Kind::Lead.name().into(), id.to_string());
                return Err(inside(Problem::Conflict { record, id, expected, found: row.version }.into()));
            }
            if id == &self.primary && place > 0 || self.sources.iter().take(place.saturating_sub(1)).any(|s| s == id) {
                let (record, id) = (Kind::Lead.name().into(), id.to_string());
                return Err(inside(Problem::MergedWithItself { record, id }.into()));
            }
            rows.push(row);
        }
        Ok(rows)
    }

    /// The plan with its reasons.
    pub(crate) fn explain(&self, cx: &mut Cx<'_>) -> Result<MergePlan> {
        let rows = self.checked(cx)?;
        let found = cx.by_itself(|cx| Linked::read(cx, self.primary, &self.sources))?;
        self.plan(cx, &rows, &found)
    }

    fn plan(&self, cx: &Cx<'_>, rows: &[Row], hanging: &Linked) -> Result<MergePlan> {
        let schema = cx.rules().schema(Kind::Lead);
        let facts: Vec<_> = rows.iter().map(|row| row.facts(&schema)).collect();
        let candidate = |(row, facts)| {
            let row: &Row = row;
            let clocks = row.clocks.iter().filter_map(|(field, clock)| Some((schema.position(field)?, clock.at)));
            let has_deal = hanging.with_deal.contains(&row.id);
            let links = hanging.counts.get(&row.id).copied().unwrap_or(0);
            Candidate { id: row.id, created_at: row.created_at, facts, clocks: clocks.collect(), links, has_deal }
        };
        let candidates: Vec<Candidate<'_>> = rows
            .iter()
            .zip(facts.iter())
            .map(|(row, f)| candidate((row, f as &dyn crate::kernel::fact::Facts)))
            .collect();
        let wishes = Wishes {
            primary: Some(self.primary),
            override_primary: self.override_primary,
            override_fields: self.override_fields.clone(),
        };
        cx.rules().merger().plan(&candidates, &wishes)
    }
}

/// What hangs on the leads.
#[derive(Default)]
struct Linked {
    /// The rows that point at the other leads, each with its link and that lead.
    rows: Vec<(Link, Id, Row)>,
    /// How many rows point at each lead, up to a page of each link: beyond that more do not count.
    counts: BTreeMap<Id, u64>,
    /// The leads of which deals came.
    with_deal: BTreeSet<Id>,
}

impl Linked {
    fn read(cx: &mut Cx<'_>, primary: Id, sources: &[Id]) -> Result<Self> {
        let mut found = Linked::default();
        for link in links_to(Kind::Lead).into_iter().filter(|link| *link != CHAIN) {
            for row in linked(cx, link, sources, MOST_MOVED)? {
                if let Some(lead) = points_at(&row, link) {
                    found.count(link, lead);
                    found.rows.push((link, lead, row));
                }
            }
            if found.rows.len() > MOST_MOVED {
                let (found, most) = (json::length(found.rows.len()), json::length(MOST_MOVED));
                return Err(Error::from(Problem::TooMany { what: "rows", found, most }).at("sources"));
            }
            for _ in first_linked(cx, link, primary)? {
                found.count(link, primary);
            }
        }
        Ok(found)
    }

    fn count(&mut self, (kind, _): Link, lead: Id) {
        let count = self.counts.entry(lead).or_default();
        *count = count.saturating_add(1);
        if kind == Kind::Deal {
            self.with_deal.insert(lead);
        }
    }
}

pub(super) fn points_at(row: &Row, (kind, field): Link) -> Option<Id> {
    match row.body.fact(kind.place(field)?) {
        Fact::Reference(id) => Some(id),
        _ => None,
    }
}

/// A row as another system knows it; one that is archived or does not belong to a lead collides with nothing.
fn hanging(row: &Row, (kind, field): Link) -> Hanging {
    let belongs = field == Kind::Lead.name() && row.archived_at.is_none();
    let text = |name: &str| match kind.place(name).filter(|_| belongs).map(|place| row.body.fact(place)) {
        Some(Fact::Text(text)) => text.to_owned(),
        _ => String::new(),
    };
    Hanging { kind, id: row.id, external_source: text("external_source"), external_id: text("external_id") }
}

impl Command for MergeLeads {
    type Output = Merged;
    const VERB: Verb = Verb::Merge;

    fn name() -> Cow<'static, str> {
        "lead.merge".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("primary".into(), self.primary.to_string().into());
        map.insert("sources".into(), self.sources.iter().map(Id::to_string).collect());
        if !self.versions.is_empty() {
            let versions = self.versions.iter().map(|(id, version)| (id.to_string(), Json::from(*version)));
            map.insert("versions".into(), Json::Object(versions.collect()));
        }
        if !self.override_fields.is_empty() {
            let fields = self.override_fields.iter().map(|(field, id)| (field.clone(), id.to_string().into()));
            map.insert("override".into(), Json::Object(fields.collect()));
        }
        if self.override_primary {
            map.insert("override_primary".into(), true.into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `primary` and `sources`")?;
        json::only_keys(map, &["primary", "sources", "versions", "override", "override_primary"])?;
        let missing = |name: &str| Error::from(Problem::Missing { name: name.into() });
        let primary = id_of(map, "primary")?.ok_or_else(|| missing("primary"))?;
        let sources = map.get("sources").and_then(Json::as_array).ok_or_else(|| missing("sources"))?;
        let sources =
            sources.iter().enumerate().map(|(i, id)| Id::from_json(id).map_err(|e| e.at_index(i).at("sources")));
        let mut command = MergeLeads::new(primary, sources.collect::<Result<_>>()?);
        for (id, version) in entries(map, "versions")? {
            let version = version.as_u64().filter(|v| *v > 0);
            let wrong = || Problem::NotAnInteger { found: map.get("versions").map(json::shown).unwrap_or_default() };
            let version = version.ok_or_else(|| Error::from(wrong()).at(id).at("versions"))?;
            command.versions.insert(id.parse().map_err(|e: Error| e.at("versions"))?, version);
        }
        let schema = rules.schema(Kind::Lead);
        for (field, id) in entries(map, "override")? {
            let inside = |e: Error| e.at(field).at("override");
            schema.resolve(field).map_err(inside)?;
            command.override_fields.insert(field.clone(), Id::from_json(id).map_err(inside)?);
        }
        command.override_primary = match map.get("override_primary") {
            None | Some(Json::Null) => false,
            Some(Json::Bool(wanted)) => *wanted,
            Some(other) => {
                return Err(Error::from(Problem::NotABoolean { found: json::shown(other) }).at("override_primary"));
            }
        };
        Ok(command)
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Merged> {
        let rows = self.checked(cx)?;
        // Whatever hangs on the leads moves with them, whoever else sees it.
        let found = cx.by_itself(|cx| Linked::read(cx, self.primary, &self.sources))?;
        let plan = self.plan(cx, &rows, &found)?;
        let events = events_of(cx, &plan.order.iter().map(|(id, _)| *id).collect::<Vec<_>>())?;
        let was_scored = rows.iter().any(|row| matches!(&row.body, AnyRecord::Lead(lead) if lead.score.is_some()));

        let mut rows = rows.into_iter();
        let primary = rows.next().ok_or_else(|| Problem::Missing { name: "primary".into() })?;
        let mut fields: Vec<Json> = plan.choices.iter().map(|choice| choice.to_json(None)).collect();
        let mut version = apply(cx, primary, &plan.choices)?;
        if was_scored {
            let mut row = cx.existing(Key { kind: Kind::Lead, id: self.primary })?;
            if rescore(cx.rules(), &mut row, events.values().flatten(), cx.at()) {
                fields.push(recomputed(&row));
                version = cx.update(row)?.version;
            }
        }
        let (mut moves, drops) = cx.by_itself(|cx| move_rows(cx, self.primary, &plan, found.rows))?;
        moves.extend(cx.by_itself(|cx| carry_pairs(cx, self.primary, &self.sources))?);
        for mut row in rows {
            row.archived_at = Some(cx.at());
            if let AnyRecord::Lead(lead) = &mut row.body {
                lead.merged_into = Some(self.primary);
            }
            cx.update(row)?;
        }
        let (order, clocks) = (plan.order_json(None), cx.former_clocks());
        Ok(Merged { primary: self.primary, version, order, fields, moves, drops, clocks })
    }
}

impl Undoable for MergeLeads {
    const UNDO: &'static str = "lead.unmerge";
    const KEYS: &'static [&'static str; 1] = &["merge"];
}

/// Sets the chosen values; gives the row's version.
fn apply(cx: &mut Cx<'_>, mut row: Row, choices: &[Choice]) -> Result<u64> {
    let schema = cx.rules().schema(Kind::Lead);
    for choice in choices {
        row.set_fact(&schema, choice.place, choice.value.clone())?;
    }
    Ok(cx.update(row)?.version)
}

fn recomputed(row: &Row) -> Json {
    let reason = Reason::MergedField { field: SCORE.into(), rule: MergeRule::RecomputedFromEvents };
    let mut map = reason.to_json(None);
    let score = Kind::Lead.place(SCORE).map(|place| row.body.fact(place).to_value().to_json());
    map.insert("value".into(), score.unwrap_or_default());
    Json::Object(map)
}

/// Points rows at the primary, those of the first in order first; what it has already is put away.
fn move_rows(
    cx: &mut Cx<'_>,
    primary: Id,
    plan: &MergePlan,
    mut rows: Vec<(Link, Id, Row)>,
) -> Result<(Vec<Moved>, Vec<Json>)> {
    rows.sort_by_key(|(_, lead, _)| plan.order.iter().position(|(id, _)| id == lead));
    let moving: Vec<Hanging> = rows.iter().map(|(link, _, row)| hanging(row, *link)).collect();
    let mut known: BTreeMap<Link, Vec<String>> = BTreeMap::new();
    for ((link, ..), row) in rows.iter().zip(&moving).filter(|(_, row)| !row.external_id.is_empty()) {
        known.entry(*link).or_default().push(row.external_id.clone());
    }
    let mut there = Vec::new();
    for (link, ids) in known {
        there.extend(linked_known_as(cx, link, primary, &ids)?.iter().map(|row| hanging(row, link)));
    }
    let mut collided = collisions(&there, &moving).into_iter().peekable();
    let (mut moves, mut drops) = (Vec::new(), Vec::new());
    for (place, ((kind, field), from, row)) in rows.into_iter().enumerate() {
        // Staged already, if it points at two of the leads.
        let mut row = cx.existing(row.key())?;
        if let Some(collision) = collided.next_if(|c| c.moving == place) {
            let reason = Reason::DroppedUniqueCollision { record: kind.name(), other: collision.other };
            let mut map = reason.to_json(None);
            map.insert("record".into(), kind.name().into());
            map.insert("id".into(), row.id.to_string().into());
            map.insert("from".into(), from.to_string().into());
            drops.push(Json::Object(map));
            row.archived_at = Some(cx.at());
        } else {
            moves.push(Moved { record: kind.name().into(), id: row.id, link: field.into(), from });
            if let Some(place) = kind.place(field) {
                row.body.set(place, Value::Reference(primary))?;
            }
        }
        cx.update(row)?;
    }
    Ok((moves, drops))
}

/// What is known not to be the same as one of the others is not the same as the primary. A pair's id follows from its
/// two records, so a new pair takes the place of the old one; one of records that are now the same is put away.
fn carry_pairs(cx: &mut Cx<'_>, primary: Id, sources: &[Id]) -> Result<Vec<Moved>> {
    let mut carried = Vec::new();
    for link in ["first", "second"] {
        for row in linked(cx, (Kind::Distinction, link), sources, MOST_MOVED)? {
            let mut row = cx.existing(row.key())?;
            let AnyRecord::Distinction(pair) = &row.body else { continue };
            let (Some(first), Some(second), None) = (pair.first, pair.second, row.archived_at) else { continue };
            let (from, other) = if link == "first" { (first, second) } else { (second, first) };
            let reason = pair.reason.clone();
            row.archived_at = Some(cx.at());
            cx.update(row)?;
            if other == primary || sources.contains(&other) {
                continue;
            }
            let key = Key { kind: Kind::Distinction, id: Distinction::id_of(primary, other) };
            match cx.row(key)? {
                Some(known) => cx.update(Row { archived_at: None, ..known })?,
                None => {
                    let (first, second) = (Some(primary.min(other)), Some(primary.max(other)));
                    cx.insert(key.id, Distinction { first, second, reason, ..Distinction::default() }.into())?
                }
            };
            carried.push(Moved { record: Kind::Distinction.name().into(), id: key.id, link: link.into(), from });
        }
    }
    Ok(carried)
}

fn entries<'a>(map: &'a Map<String, Json>, key: &'static str) -> Result<impl Iterator<Item = (&'a String, &'a Json)>> {
    let value = map.get(key).filter(|v| !v.is_null());
    let entries = value.map(|v| json::object(v, "an object of options")).transpose().map_err(|e| e.at(key))?;
    Ok(entries.into_iter().flatten())
}
