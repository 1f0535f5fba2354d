//! Questions about duplicates: groups of stored leads, and what one lead may already be.

use serde_json::{Map, Value as Json};

use super::{Crm, permit};
use crate::command::{Candidate, Ctx, Cx, Similar, Verb, distinctions, in_play, similar, similar_to_new};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::fact::Fact;
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::text::fold;
use crate::lang::Lang;
use crate::model::{AnyRecord, Key, Kind, Lead, Row};
use crate::rules::duplicates::{Comparison, Links};
use crate::store::{Archived, MOST_ROWS, Order, Query, Store};

/// Most groups of one page.
const MOST_GROUPS: usize = 500;
/// Most leads of a key that are compared; a key of more is told with its size.
const MOST_MEMBERS: usize = 100;
/// Below every key: a key begins with a character that is printed.
const FIRST_KEY: &str = "!";
/// Most leads that one question looks at; the next page goes on from there.
const MOST_LOOKED_AT: usize = 100_000;

/// Active leads that share a dedupe key.
#[derive(Clone, Debug, PartialEq)]
pub struct DuplicateGroup {
    /// The key: of the e-mail address, else of the phone number, else of name and company.
    pub key: String,
    /// What the key was made of: `email`, `phone` or `name_company`.
    pub kind: String,
    /// How many active leads share the key, those included that somebody said are not the same.
    pub sharing: u64,
    /// The oldest lead of the group: the one to keep, as far as age tells.
    pub primary: Id,
    /// The others, the oldest first, each compared with the oldest.
    pub others: Vec<Candidate>,
}

/// A page of groups.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DuplicateGroups {
    /// Groups in order of their key.
    pub groups: Vec<DuplicateGroup>,
    /// Where the next page begins: pass it as `after`; `None` after the last. A page may have fewer groups than asked
    /// for, or none, and still not be the last.
    pub next: Option<String>,
}

/// Which groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindDuplicates {
    /// About how many groups, at most 500; what shares one key stays on one page.
    pub limit: usize,
    /// [`DuplicateGroups::next`] of the page before.
    pub after: Option<String>,
}

impl Default for FindDuplicates {
    fn default() -> Self {
        FindDuplicates { limit: 100, after: None }
    }
}

/// The lead that others are compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum SimilarTo {
    /// A stored lead.
    Stored(Id),
    /// One that is not stored (yet).
    New(Box<Lead>),
}

impl DuplicateGroup {
    /// The group as JSON; with a language, texts are rendered.
    pub fn to_json(&self, lang: Option<Lang>) -> Json {
        serde_json::json!({
            "key": self.key,
            "kind": self.kind,
            "sharing": self.sharing,
            "primary": self.primary.to_string(),
            "others": self.others.iter().map(|c| c.to_json(lang)).collect::<Json>(),
        })
    }
}

impl DuplicateGroups {
    /// The page as JSON; with a language, texts are rendered.
    pub fn to_json(&self, lang: Option<Lang>) -> Json {
        serde_json::json!({
            "groups": self.groups.iter().map(|g| g.to_json(lang)).collect::<Json>(),
            "next": self.next,
        })
    }
}

impl FindDuplicates {
    /// Reads the JSON form, `{"record": "lead", "limit": 100, "after": "..."}`.
    ///
    /// # Errors
    /// Unknown options and values that do not fit, with their path.
    pub fn from_json(map: &Map<String, Json>) -> Result<Self> {
        json::only_keys(map, &["record", "limit", "after", "lang"])?;
        match map.get("record").map(|r| (r, r.as_str())) {
            None | Some((_, Some("lead"))) => {}
            Some((other, _)) => return Err(json::not_one_of(other, &["lead"]).at("record")),
        }
        let mut find = FindDuplicates::default();
        if let Some(limit) = json::count_of(map, "limit")? {
            find.limit = usize::try_from(limit).unwrap_or(usize::MAX);
        }
        find.after = match map.get("after") {
            None | Some(Json::Null) => None,
            Some(Json::String(after)) => Some(after.clone()),
            Some(other) => return Err(no_cursor(json::shown(other))),
        };
        Ok(find)
    }
}

impl<S: Store> Crm<S> {
    /// Groups of active leads that share a dedupe key, in order of the key. Active is who is neither archived, merged,
    /// converted nor in a closed stage of the configuration. Pairs that somebody said are not the same do not hold a
    /// group together.
    ///
    /// The leads are read in order of their key, a thousand at a time, and never kept: the memory that this takes does
    /// not depend on their number. Leads without a key are not read.
    ///
    /// # Errors
    /// [`Problem::Forbidden`], a limit out of range, and the store's own.
    pub fn duplicates(&self, ctx: &Ctx, find: &FindDuplicates) -> Result<DuplicateGroups> {
        permit(ctx, Verb::Read, "duplicates")?;
        if find.limit == 0 || find.limit > MOST_GROUPS {
            let (found, most) = (json::length(find.limit).to_string(), json::length(MOST_GROUPS).to_string());
            return Err(Error::from(Problem::OutOfRange { found, least: "1".into(), most }).at("limit"));
        }
        let snapshot = self.reading(ctx)?;
        let mut cx = Cx::new(&*snapshot, &self.rules, ctx);
        let mut out = DuplicateGroups::default();
        let mut run = Run::default();
        let mut after = find.after.clone();
        if let Some(key) = after.as_ref().filter(|key| fold(key).is_empty()) {
            return Err(no_cursor(key.clone()));
        }
        let mut looked_at: usize = 0;
        loop {
            let page = snapshot.find(&self.keyed(ctx, after.as_deref(), &run)?)?;
            looked_at = looked_at.saturating_add(page.rows.len());
            let more = page.next.is_some();
            for row in page.rows {
                let key = key_of(&row);
                if key != run.key {
                    let done = std::mem::replace(&mut run, Run { key, ..Run::default() });
                    after = Some(done.key.clone()).filter(|k| !k.is_empty()).or(after);
                    self.groups_of(&mut cx, done, &mut out.groups)?;
                    if out.groups.len() >= find.limit {
                        out.next = after;
                        return Ok(out);
                    }
                }
                run.add(row);
            }
            if !more {
                self.groups_of(&mut cx, run, &mut out.groups)?;
                return Ok(out);
            }
            if looked_at >= MOST_LOOKED_AT && after != find.after {
                out.next = after;
                return Ok(out);
            }
        }
    }

    /// The next leads in order of their key: the rest of the run's own key, then the keys behind it.
    fn keyed(&self, ctx: &Ctx, after: Option<&str>, run: &Run) -> Result<Query> {
        let schema = self.rules.schema(Kind::Lead);
        let (field, _) = schema.resolve("dedupe_key")?;
        // A comparison, not a test for known ones: SQLite finds the index of known texts by it.
        let first = || Predicate::test("dedupe_key", Operator::AtLeast, FIRST_KEY);
        let behind = after.map(|key| Predicate::test("dedupe_key", Operator::Greater, key));
        let mut filter = in_play(self.rules.duplicates());
        filter.push(behind.unwrap_or_else(first));
        let mut query = Query::all(Kind::Lead, schema.clone(), ctx.at);
        query.archived = Archived::Exclude;
        query.filter = Some(Predicate::All(filter).compile(&schema)?);
        query.order = vec![Order { field, descending: false }];
        query.limit = MOST_ROWS;
        query.after = run.last.as_ref().map(|row| query.place(row));
        Ok(query)
    }

    /// The groups of one key: what distinctions leave of it.
    fn groups_of(&self, cx: &mut Cx<'_>, run: Run, out: &mut Vec<DuplicateGroup>) -> Result<()> {
        if run.rows.len() < 2 {
            return Ok(());
        }
        let notes = distinctions(cx, &run.rows.iter().map(|r| r.id).collect::<Vec<_>>())?;
        let mut links = Links::new(run.rows.len());
        for (i, a) in run.rows.iter().enumerate() {
            for (j, b) in run.rows.iter().enumerate().skip(i.saturating_add(1)) {
                if !notes.contains_key(&(a.id.min(b.id), a.id.max(b.id))) {
                    links.join(i, j);
                }
            }
        }
        for members in links.clusters() {
            let mut members = members.into_iter().filter_map(|place| run.rows.get(place));
            let Some(primary) = members.next() else { continue };
            let kind = match primary.body.kind().place("dedupe_kind").map(|place| primary.body.fact(place)) {
                Some(Fact::Text(kind)) => kind.to_owned(),
                _ => String::new(),
            };
            let others = members.map(|row| Candidate { key: row.key(), comparison: self.compared(primary, row) });
            let (key, others) = (run.key.clone(), others.collect());
            out.push(DuplicateGroup { key, kind, sharing: run.sharing, primary: primary.id, others });
        }
        Ok(())
    }

    fn compared(&self, a: &Row, b: &Row) -> Comparison {
        let (rule, identity) = (self.rules.duplicates(), self.rules.identity());
        let subject = |row: &Row| rule.subject(identity, &row.body, &row.facts(&self.rules.schema(row.body.kind())));
        rule.compare(&subject(a), &subject(b))
    }

    /// Stored leads and contacts that a lead may already be, found by index.
    ///
    /// Keys without an index are not looked up: VAT numbers outside of France, and the configuration's own criteria of
    /// which no field has one. A domain is looked up among addresses, not among websites.
    ///
    /// # Errors
    /// [`Problem::NotFound`], [`Problem::Forbidden`], and the store's own.
    pub fn similar(&self, ctx: &Ctx, to: &SimilarTo) -> Result<Similar> {
        permit(ctx, Verb::Read, "similar")?;
        let snapshot = self.whole(ctx)?;
        let mut cx = Cx::new(&*snapshot, &self.rules, ctx);
        match to {
            SimilarTo::Stored(id) => {
                let row = cx.existing(Key { kind: Kind::Lead, id: *id })?;
                similar(&mut cx, &row, Some(row.id))
            }
            SimilarTo::New(lead) => similar_to_new(&mut cx, AnyRecord::from((**lead).clone())),
        }
    }
}

fn no_cursor(found: String) -> Error {
    Error::from(Problem::WrongShape { expected: "a cursor", found }).at("after")
}

/// Leads of one key, as they come.
#[derive(Default)]
struct Run {
    key: String,
    rows: Vec<Row>,
    sharing: u64,
    last: Option<Row>,
}

impl Run {
    fn add(&mut self, row: Row) {
        self.sharing = self.sharing.saturating_add(1);
        if self.rows.len() < MOST_MEMBERS {
            self.rows.push(row.clone());
        }
        self.last = Some(row);
    }
}

/// The key as stores compare it.
fn key_of(row: &Row) -> String {
    match row.body.kind().place("dedupe_key").map(|place| row.body.fact(place)) {
        Some(Fact::Text(key)) => fold(key).into_owned(),
        _ => String::new(),
    }
}
