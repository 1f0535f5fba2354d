//! Noting who entered and who left a segment since it was last looked at.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::{required_text, text_of};
use super::segment_edit::segment_in_use;
use super::segment_state::{Note, Noted, note};
use super::segments::{Shelf, asked, of_segment, ruled, subject};
use super::{Command, Cx, Verb};
use crate::kernel::customer::{MembershipCause, Pin};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::model::{Key, Kind, Row, Segment};
use crate::rules::Rules;
use crate::rules::check;
use crate::store::{Cursor, Page, Query};

/// Most records that one command looks at.
pub(crate) const MOST_REFRESHED: usize = 500;
/// Where the second half of the way begins.
const LEAVING: &str = "leaving";

/// Looks at a page of a segment, first of those who belong to it, then of those who are noted, and notes who entered and who
/// left: `{"code": "vip", "limit": 500, "after": "..."}`. `next` is where to go on; without it the whole is looked at. Nothing
/// is written where nothing changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshSegment {
    /// The segment.
    pub code: String,
    /// Most records to look at.
    pub limit: usize,
    /// Where the command before ended.
    pub after: Option<String>,
}

/// What a refresh found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refreshed {
    /// How many entered, of those that the actor sees.
    pub entered: u64,
    /// How many left, of those that the actor sees.
    pub left: u64,
    /// Where to go on.
    pub next: Option<String>,
}

impl Refreshed {
    pub(crate) fn add(&mut self, other: Self) {
        self.entered = self.entered.saturating_add(other.entered);
        self.left = self.left.saturating_add(other.left);
        self.next = other.next;
    }
}

/// Where a refresh is.
enum Way {
    Entering(Option<Cursor>),
    Leaving(Option<Cursor>),
}

impl Way {
    fn read(text: Option<&str>) -> Result<Self> {
        let Some(text) = text else { return Ok(Way::Entering(None)) };
        match text.strip_prefix(LEAVING) {
            None => Ok(Way::Entering(Some(Cursor::from_text(text)?))),
            Some("") => Ok(Way::Leaving(None)),
            Some(cursor) => Ok(Way::Leaving(Some(Cursor::from_text(cursor)?))),
        }
    }
}

impl Command for RefreshSegment {
    type Output = Refreshed;
    const VERB: Verb = Verb::Segment;

    fn name() -> Cow<'static, str> {
        "segment.refresh".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("code".into(), self.code.as_str().into());
        map.insert("limit".into(), json::length(self.limit).into());
        if let Some(after) = &self.after {
            map.insert("after".into(), after.as_str().into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `code`")?;
        json::only_keys(map, &["code", "limit", "after"])?;
        let limit = match map.get("limit").filter(|limit| !limit.is_null()) {
            None => MOST_REFRESHED,
            Some(limit) => {
                let wrong = || Error::from(Problem::NotAnInteger { found: json::shown(limit) });
                let found = limit.as_i64().ok_or_else(|| wrong().at("limit"))?;
                let most = i64::try_from(MOST_REFRESHED).unwrap_or(i64::MAX);
                check::between(found, 1, most).map_err(|e| e.at("limit"))?;
                usize::try_from(found).unwrap_or(MOST_REFRESHED)
            }
        };
        let after = text_of(map, "after")?;
        Way::read(after.as_deref()).map_err(|e| e.at("after"))?;
        Ok(Self { code: required_text(map, "code")?, limit, after })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Refreshed> {
        let (row, segment) = segment_in_use(cx, &self.code)?;
        let kind = ruled(&segment)?.kind;
        let page = Look { command: self, segment: &segment, kind };
        let done = match Way::read(self.after.as_deref()).map_err(|e| e.at("after"))? {
            Way::Entering(after) => page.entering(cx, after)?,
            Way::Leaving(after) => page.leaving(cx, after)?,
        };
        if done.next.is_none() && segment.refreshed_revision != segment.revision {
            let body = Segment { refreshed_revision: segment.revision, ..segment.clone() };
            cx.update(Row { body: body.into(), ..row })?;
        }
        Ok(done)
    }
}

struct Look<'l> {
    command: &'l RefreshSegment,
    segment: &'l Segment,
    kind: Kind,
}

impl Look<'_> {
    /// The condition of the members, of all records or of some.
    fn members(&self, cx: &mut Cx<'_>, ids: Option<&[Id]>) -> Result<Query> {
        let schema = cx.rules().schema(self.kind);
        let shelf = Shelf { rules: cx.rules(), at: cx.at() };
        let code = self.segment.code.as_str();
        let book = cx.by_itself(|cx| shelf.entire(&mut |query| cx.find(query), &[code]))?;
        let member = book.member(code, &schema, cx.at())?;
        let mut all = vec![member];
        if let Some(ids) = ids {
            let ids: Vec<Json> = ids.iter().map(|id| id.to_string().into()).collect();
            all.push(Predicate::test("id", Operator::In, ids));
        }
        let mut query = asked(cx.rules(), cx.at(), self.kind, all)?;
        query.limit = self.command.limit;
        Ok(query)
    }

    /// Who belongs to it and is not noted.
    fn entering(&self, cx: &mut Cx<'_>, after: Option<Cursor>) -> Result<Refreshed> {
        let query = Query { after, ..self.members(cx, None)? };
        let page = cx.by_itself(|cx| cx.find(&query))?;
        let ids: Vec<Id> = page.rows.iter().map(|row| row.id).collect();
        let noted = cx.by_itself(|cx| Noted::read(cx, self.segment, self.kind, &ids))?;
        let mut done = Refreshed::default();
        for id in ids {
            let key = Key { kind: self.kind, id };
            let cause = self.cause(noted.pin(id), Pin::In);
            if self.note(cx, &noted, (key, true, cause))? {
                done.entered = done.entered.saturating_add(1);
            }
        }
        done.next = Some(match page.next {
            Some(next) => next.to_text(),
            None => LEAVING.to_owned(),
        });
        Ok(done)
    }

    /// Who is noted and does not belong to it.
    fn leaving(&self, cx: &mut Cx<'_>, after: Option<Cursor>) -> Result<Refreshed> {
        let is_member = Predicate::test("member", Operator::Equal, true);
        let mut query =
            asked(cx.rules(), cx.at(), Kind::SegmentMember, vec![of_segment(&self.segment.code), is_member])?;
        (query.limit, query.after) = (self.command.limit, after);
        let Page { rows, next } = cx.by_itself(|cx| cx.find(&query))?;
        let mut done =
            Refreshed { next: next.map(|next| format!("{LEAVING}{}", next.to_text())), ..Refreshed::default() };
        let mut given = BTreeSet::new();
        let ids: Vec<Id> =
            rows.iter().filter_map(|row| subject(row, self.kind)).filter(|id| given.insert(*id)).collect();
        if ids.is_empty() {
            return Ok(done);
        }
        let query = self.members(cx, Some(&ids))?;
        let still = cx.by_itself(|cx| cx.find(&query))?;
        still.rows.iter().for_each(|row| {
            given.remove(&row.id);
        });
        let noted = cx.by_itself(|cx| Noted::read(cx, self.segment, self.kind, &ids))?;
        for id in given {
            let key = Key { kind: self.kind, id };
            let row = cx.by_itself(|cx| cx.row(key))?;
            let cause = match row.is_none_or(|row| row.archived_at.is_some()) {
                true => MembershipCause::Record,
                false => self.cause(noted.pin(id), Pin::Out),
            };
            if self.note(cx, &noted, (key, false, cause))? {
                done.left = done.left.saturating_add(1);
            }
        }
        Ok(done)
    }

    /// Why a membership changes: what was said by name, else the edit since the last whole look, else the condition.
    fn cause(&self, pin: Option<Pin>, explains: Pin) -> MembershipCause {
        match self.segment.refreshed_revision {
            _ if pin == Some(explains) => MembershipCause::Pin,
            Some(version) if Some(version) != self.segment.revision => MembershipCause::Edit,
            _ => MembershipCause::Condition,
        }
    }

    /// Notes it; whether something changed that the actor sees.
    fn note(
        &self,
        cx: &mut Cx<'_>,
        noted: &Noted,
        (key, is_member, cause): (Key, bool, MembershipCause),
    ) -> Result<bool> {
        let changed = note(cx, noted, &Note { segment: self.segment, key, is_member, cause, pin: None })?;
        Ok(changed && cx.sees(key)?)
    }
}
