//! Stored records that a lead may be: look-ups by index, never a walk through the store.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::Cx;
use crate::kernel::error::Result;
use crate::kernel::field::Schema;
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::reason::Reason;
use crate::lang::Lang;
use crate::model::{AnyRecord, Distinction, Key, Kind, Row};
use crate::rules::duplicates::{Candidates, Comparison, Duplicates, Lookup};
use crate::store::Query;

/// The kinds of record that a lead may already be.
const KINDS: [Kind; 2] = [Kind::Lead, Kind::Contact];

/// What a lead may already be, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Similar {
    /// Leads and contacts that are related or more, the most likely first; of equal ones leads first, then the oldest.
    pub candidates: Vec<Candidate>,
    /// Those that would be among them, had nobody said that they are not the same.
    pub marked: Vec<Candidate>,
    /// What too many have in common with the lead to tell anything.
    pub reasons: Vec<Reason>,
}

/// A stored record that a lead may be.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Which record.
    pub key: Key,
    /// Whether it is the same, and why.
    pub comparison: Comparison,
}

impl Candidate {
    /// The candidate as JSON; with a language, texts are rendered.
    pub fn to_json(&self, lang: Option<Lang>) -> Json {
        let mut map = self.comparison.to_json(lang);
        map.insert("record".into(), self.key.kind.name().into());
        map.insert("id".into(), self.key.id.to_string().into());
        Json::Object(map)
    }
}

impl Similar {
    /// The answer as JSON; with a language, texts are rendered.
    pub fn to_json(&self, lang: Option<Lang>) -> Json {
        let all = |list: &[Candidate]| list.iter().map(|c| c.to_json(lang)).collect::<Json>();
        let reasons: Json = self.reasons.iter().map(|r| Json::Object(r.to_json(lang))).collect();
        serde_json::json!({"candidates": all(&self.candidates), "marked": all(&self.marked), "reasons": reasons})
    }
}

/// Records in play that a lead may be; `own` is the lead itself, if it is stored.
pub(crate) fn similar(cx: &mut Cx<'_>, lead: &Row, own: Option<Id>) -> Result<Similar> {
    let rules = cx.rules();
    let (rule, identity) = (rules.duplicates(), rules.identity());
    let subject = rule.subject(identity, &lead.body, &lead.facts(&rules.schema(Kind::Lead)));
    let most = rule.settings().most_hits;
    let mut common = BTreeSet::new();
    let mut rows: BTreeMap<Key, Row> = BTreeMap::new();
    for lookup in rule.lookups(&subject) {
        let mut hits = BTreeMap::new();
        let mut more = false;
        for kind in KINDS {
            let schema = rules.schema(kind);
            for found in conditions(rule, &lookup, kind, &schema) {
                let tests = if kind == Kind::Lead { [vec![found], in_play(rule)].concat() } else { vec![found] };
                let mut query = Query::all(kind, schema.clone(), cx.at());
                query.filter = Some(Predicate::All(tests).compile(&schema)?);
                // One more than tells something, and the lead itself.
                query.limit = most.saturating_add(2);
                let page = cx.find(&query)?;
                more |= page.next.is_some();
                let others = page.rows.into_iter().filter(|row| kind != Kind::Lead || Some(row.id) != own);
                hits.extend(others.map(|row| (row.key(), row)));
            }
        }
        if more || hits.len() > most {
            common.insert(lookup);
        } else {
            rows.extend(hits);
        }
    }
    let notes = match own {
        Some(own) => distinctions(cx, &[own])?,
        None => BTreeMap::new(),
    };
    let mut others = Vec::with_capacity(rows.len());
    for (key, row) in &rows {
        let other = rule.subject(identity, &row.body, &row.facts(&rules.schema(key.kind)));
        let pair = own.map(|own| (own.min(key.id), own.max(key.id)));
        others.push((row, other, pair.and_then(|pair| notes.get(&pair)).map(String::as_str)));
    }
    others.sort_by_key(|(row, ..)| (row.body.kind() != Kind::Lead, row.created_at, row.id));
    let given = others.iter().map(|(row, other, note)| (row.key(), other, *note));
    let Candidates { found, marked, common } = rule.candidates_among(&subject, given, &common);
    let candidates = |list: Vec<(Key, Comparison)>| {
        list.into_iter().map(|(key, comparison)| Candidate { key, comparison }).collect()
    };
    Ok(Similar { candidates: candidates(found), marked: candidates(marked), reasons: common })
}

/// The same of a lead that is not stored.
pub(crate) fn similar_to_new(cx: &mut Cx<'_>, body: AnyRecord) -> Result<Similar> {
    let (at, clocks) = (cx.at(), BTreeMap::new());
    let id = Id::from_text("");
    similar(cx, &Row { id, version: 0, created_at: at, updated_at: at, archived_at: None, clocks, body }, None)
}

/// The notes of all distinctions that name one of these records, by pair, the lower id first.
pub(crate) fn distinctions(cx: &mut Cx<'_>, ids: &[Id]) -> Result<BTreeMap<(Id, Id), String>> {
    let mut notes = BTreeMap::new();
    if ids.is_empty() {
        return Ok(notes);
    }
    let schema = cx.rules().schema(Kind::Distinction);
    let list: Json = ids.iter().map(Id::to_string).collect();
    for side in ["first", "second"] {
        let mut query = Query::all(Kind::Distinction, schema.clone(), cx.at());
        query.filter = Some(Predicate::test(side, Operator::In, list.clone()).compile(&schema)?);
        cx.each_page(query, |page| {
            for pair in page.iter().filter_map(Row::typed::<Distinction>) {
                if let (Some(first), Some(second)) = (pair.body.first, pair.body.second) {
                    notes.insert((first.min(second), first.max(second)), pair.body.reason);
                }
            }
            Ok(())
        })?;
    }
    Ok(notes)
}

/// The conditions under any of which a record of a kind has a key, each over a field with an index, because a store finds
/// one index for each question; none where stores keep nothing for the key.
fn conditions(rule: &Duplicates, lookup: &Lookup, kind: Kind, schema: &Schema) -> Vec<Predicate> {
    let equal = |field: &str, value: &str| Predicate::test(field, Operator::Equal, value);
    let both = |a: Predicate, b: Predicate| vec![Predicate::All(vec![a, b])];
    let lead = kind == Kind::Lead;
    match lookup {
        Lookup::External(system, id) if lead => {
            let nameless = Predicate::test("external_source", Operator::IsNull, Json::Null);
            let same = if system.is_empty() { nameless } else { equal("external_source", system) };
            both(equal("external_id", id), same)
        }
        Lookup::Email(key) => vec![equal("email_key", key)],
        Lookup::Phone(key) => vec![equal("phone_key", key), equal("mobile_key", key)],
        Lookup::Registration(key) if lead => vec![equal("registration_key", key)],
        Lookup::NameCompany(name, company) if lead => both(equal("name_key", name), equal("company_key", company)),
        Lookup::NameDomain(name, domain) if lead => both(equal("name_key", name), equal("email_domain", domain)),
        Lookup::Domain(key) if lead => vec![equal("email_domain", key)],
        Lookup::Company(key) if lead => vec![equal("company_key", key)],
        Lookup::Name(key) => vec![equal("name_key", key)],
        Lookup::Fields(place, value) => fields(rule, *place, value, schema).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// The host's own criterion, if one of its fields has an index.
fn fields(rule: &Duplicates, place: usize, value: &str, schema: &Schema) -> Option<Predicate> {
    let names = rule.criterion_fields(place);
    let values = json::parse(value.as_bytes()).ok()?;
    let tests: Vec<(&str, Json)> = names.into_iter().zip(values.as_array()?.iter().cloned()).collect();
    let indexed = |name: &str| schema.position(name).and_then(|p| schema.field(p)).is_some_and(|f| f.indexed);
    if !tests.iter().any(|(name, _)| indexed(name)) {
        return None;
    }
    Some(Predicate::All(tests.iter().map(|(name, v)| Predicate::test(name, Operator::Equal, v.clone())).collect()))
}

/// The same as [`Duplicates::is_open`] of a lead, for stores; archived rows are left out by the query itself.
pub(crate) fn in_play(rule: &Duplicates) -> Vec<Predicate> {
    let unknown = |field: &str| Predicate::test(field, Operator::IsNull, Json::Null);
    let unconverted = Predicate::Any(vec![unknown("converted"), Predicate::test("converted", Operator::Equal, false)]);
    let mut all = vec![unknown("merged_into"), unknown("converted_at"), unconverted];
    let closed: Vec<Json> = rule.settings().closed_stages.iter().map(|s| s.as_str().into()).collect();
    if !closed.is_empty() {
        all.push(Predicate::Any(vec![unknown("stage"), Predicate::test("stage", Operator::NotIn, closed)]));
    }
    all
}
