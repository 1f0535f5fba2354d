//! Merging tickets: what hangs on them moves to the primary, the others are put away and point to it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::id_of;
use super::links::{Link, linked, links_to};
use super::merge::{MOST_MOVED, Moved, points_at};
use super::ticket_state::ticket_of;
use super::undo::{FormerClocks, TOLD, Undoable};
use super::{Command, Cx, Verb};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::value::Value;
use crate::model::{AnyRecord, Key, Kind, Row};
use crate::rules::Rules;
use crate::rules::check;

/// The link of a ticket that was merged before; such a chain stays as it is.
const CHAIN: Link = (Kind::Ticket, "merged_into");
/// Most tickets that go into one.
const MOST_SOURCES: usize = 50;

/// Merges tickets into one of them: `{"primary": "...", "sources": ["..."]}`.
///
/// Activities, notes, tasks and whatever else points at the others move to the primary. The others are archived, with
/// `merged_into` set, and their clocks are stopped without a verdict; what happened to them stays told of them. The
/// primary's own clocks do not change: it is answered on its own time. Messages to the others go to the primary from then
/// on. `ticket.unmerge` takes all of it back while nobody touched the rows since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeTickets {
    /// The ticket that survives.
    pub primary: Id,
    /// The tickets that are merged into it.
    pub sources: Vec<Id>,
}

/// What a merge of tickets did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MergedTickets {
    /// The ticket that survived.
    pub primary: Id,
    /// The tickets that were merged into it.
    pub merged: Vec<Id>,
    /// The rows that moved to the primary.
    pub moves: Vec<Moved>,
    /// The clocks of the changed fields as they were, for `ticket.unmerge`.
    pub clocks: FormerClocks,
}

impl MergeTickets {
    fn checked(&self, cx: &mut Cx<'_>) -> Result<Vec<Row>> {
        check::most("tickets", self.sources.len(), MOST_SOURCES).map_err(|e| e.at("sources"))?;
        if self.sources.is_empty() {
            return Err(Problem::Missing { name: "sources".into() }.into());
        }
        let primary = Key { kind: Kind::Ticket, id: self.primary };
        // It gets what hangs on the others, so whoever merges must be one who changes it.
        cx.active(primary).and_then(|_| cx.reached(primary)).map_err(|e| e.at("primary"))?;
        let mut rows = Vec::with_capacity(self.sources.len());
        for (place, id) in self.sources.iter().enumerate() {
            let inside = |e: Error| e.at_index(place).at("sources");
            if *id == self.primary || self.sources.iter().take(place).any(|other| other == id) {
                let (record, id) = (Kind::Ticket.name().into(), id.to_string());
                return Err(inside(Problem::MergedWithItself { record, id }.into()));
            }
            rows.push(cx.active(Key { kind: Kind::Ticket, id: *id }).map_err(inside)?);
        }
        Ok(rows)
    }

    fn move_rows(&self, cx: &mut Cx<'_>) -> Result<Vec<Moved>> {
        let mut moves = Vec::new();
        let moving = |link: &Link| *link != CHAIN && !TOLD.contains(&link.0);
        for link in links_to(Kind::Ticket).into_iter().filter(moving) {
            for row in linked(cx, link, &self.sources, MOST_MOVED)? {
                let (kind, field) = link;
                let (Some(from), Some(place)) = (points_at(&row, link), kind.place(field)) else { continue };
                // Staged already, if it points at two of the tickets.
                let mut row = cx.existing(row.key())?;
                row.body.set(place, Value::Reference(self.primary))?;
                moves.push(Moved { record: kind.name().into(), id: row.id, link: field.into(), from });
                cx.update(row)?;
            }
            check::most("rows", moves.len(), MOST_MOVED).map_err(|e| e.at("sources"))?;
        }
        Ok(moves)
    }
}

impl Command for MergeTickets {
    type Output = MergedTickets;
    const VERB: Verb = Verb::Merge;

    fn name() -> Cow<'static, str> {
        "ticket.merge".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("primary".into(), self.primary.to_string().into());
        map.insert("sources".into(), self.sources.iter().map(Id::to_string).collect());
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `primary` and `sources`")?;
        json::only_keys(map, &["primary", "sources"])?;
        let missing = |name: &str| Error::from(Problem::Missing { name: name.into() });
        let primary = id_of(map, "primary")?.ok_or_else(|| missing("primary"))?;
        let sources = map.get("sources").and_then(Json::as_array).ok_or_else(|| missing("sources"))?;
        let sources = sources.iter().enumerate();
        let sources = sources.map(|(i, id)| Id::from_json(id).map_err(|e| e.at_index(i).at("sources")));
        Ok(Self { primary, sources: sources.collect::<Result<_>>()? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<MergedTickets> {
        let rows = self.checked(cx)?;
        // Whatever hangs on the tickets moves with them, whoever else sees it.
        let moves = cx.by_itself(|cx| self.move_rows(cx))?;
        for mut row in rows {
            let Some(mut ticket) = ticket_of(&row).cloned() else { continue };
            ticket.merged_into = Some(self.primary);
            row.archived_at = Some(cx.at());
            row.body = AnyRecord::from(ticket);
            cx.update(row)?;
        }
        let clocks = cx.former_clocks();
        Ok(MergedTickets { primary: self.primary, merged: self.sources.clone(), moves, clocks })
    }
}

impl Undoable for MergeTickets {
    const UNDO: &'static str = "ticket.unmerge";
    const KEYS: &'static [&'static str; 1] = &["merge"];
}
