//! Rows that link one thing to many records: activities and files.

use super::Cx;
use super::links::linked;
use crate::kernel::error::Result;
use crate::kernel::fact::Fact;
use crate::kernel::field::FieldType;
use crate::kernel::id::Id;
use crate::kernel::value::Value;
use crate::model::{AnyRecord, Key, Kind, Row};
use crate::rules::check;

/// Most records that one activity or file is linked to.
const MOST_LINKS: usize = 500;
/// Most rows of such links, those that were taken away among them.
const MOST_ROWS: usize = 5_000;

/// One kind of link row: which it is, and the field that names what it links.
#[derive(Clone, Copy, Debug)]
pub(super) struct Linkage {
    pub(super) rows: Kind,
    pub(super) owner: Kind,
}

pub(super) const OF_ACTIVITIES: Linkage = Linkage { rows: Kind::ActivityLink, owner: Kind::Activity };
pub(super) const OF_FILES: Linkage = Linkage { rows: Kind::AttachmentLink, owner: Kind::Attachment };

/// The links of an activity that are in use, oldest first.
pub(crate) fn links_of_activity(cx: &mut Cx<'_>, activity: Id) -> Result<Vec<Row>> {
    let mut rows = OF_ACTIVITIES.all(cx, activity)?;
    rows.retain(|row| row.archived_at.is_none());
    Ok(rows)
}

impl Linkage {
    /// All link rows, those that were taken away among them.
    pub(super) fn all(self, cx: &mut Cx<'_>, owner: Id) -> Result<Vec<Row>> {
        let found = linked(cx, (self.rows, self.owner.name()), &[owner], MOST_ROWS)?;
        // As this command has left them.
        found.into_iter().map(|row| Ok(cx.row(row.key())?.unwrap_or(row))).collect()
    }

    /// Links a record; a link that is there stays, one that was taken away comes back. Gives the link's row and whether
    /// anything changed.
    pub(super) fn add(self, cx: &mut Cx<'_>, owner: Id, role: &str, target: Key) -> Result<(Id, bool)> {
        let rows = self.all(cx, owner)?;
        let same = |row: &&Row| self.target(&row.body, target.kind) == Some(target.id) && self.role(&row.body) == role;
        if let Some(row) = rows.iter().find(|row| same(row) && row.archived_at.is_none()) {
            return Ok((row.id, false));
        }
        let in_use = rows.iter().filter(|row| row.archived_at.is_none()).count();
        check::most("links", in_use.saturating_add(1), MOST_LINKS)?;
        if let Some(row) = rows.iter().find(same) {
            let row = Row { archived_at: None, ..row.clone() };
            return Ok((cx.update(row)?.id, true));
        }
        let mut body = self.rows.empty();
        for (name, value) in [
            (self.owner.name(), Value::Reference(owner)),
            (target.kind.name(), Value::Reference(target.id)),
            ("role", if role.is_empty() { Value::Null } else { Value::Text(role.to_owned()) }),
        ] {
            if let Some(place) = self.rows.place(name) {
                body.set(place, value)?;
            }
        }
        let id = cx.new_id();
        cx.insert(id, body)?;
        Ok((id, true))
    }

    /// Takes the links to a record away, of one role or of all; gives how many. A row that also links another record
    /// (a conversion makes such) goes on doing that.
    pub(super) fn remove(self, cx: &mut Cx<'_>, owner: Id, role: Option<&str>, target: Key) -> Result<u64> {
        let mut removed: u64 = 0;
        for mut row in self.all(cx, owner)? {
            let meant = self.target(&row.body, target.kind) == Some(target.id)
                && role.is_none_or(|role| self.role(&row.body) == role);
            if row.archived_at.is_some() || !meant {
                continue;
            }
            if self.targets(&row.body) > 1 {
                if let Some(place) = self.rows.place(target.kind.name()) {
                    row.body.set(place, Value::Null)?;
                }
            } else {
                row.archived_at = Some(cx.at());
            }
            cx.update(row)?;
            removed = removed.saturating_add(1);
        }
        Ok(removed)
    }

    /// How many rows link it to anything.
    pub(super) fn count(self, cx: &mut Cx<'_>, owner: Id) -> Result<u64> {
        let rows = self.all(cx, owner)?;
        let in_use = rows.iter().filter(|row| row.archived_at.is_none() && self.targets(&row.body) > 0);
        Ok(crate::kernel::json::length(in_use.count()))
    }

    fn target(self, body: &AnyRecord, kind: Kind) -> Option<Id> {
        match body.fact(self.rows.place(kind.name())?) {
            Fact::Reference(id) => Some(id),
            _ => None,
        }
    }

    fn targets(self, body: &AnyRecord) -> usize {
        let fields = self.rows.fields().iter().enumerate();
        let targets = fields.filter(|(_, f)| f.kind == FieldType::Reference && f.name != self.owner.name());
        targets.filter(|(place, _)| body.fact(*place).is_known()).count()
    }

    fn role(self, body: &AnyRecord) -> String {
        match self.rows.place("role").map(|place| body.fact(place)) {
            Some(Fact::Text(role)) => role.to_owned(),
            _ => String::new(),
        }
    }
}
