//! The rules `access` and `audit` as JSON.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::config::{Access, scope};
use super::crew::{Crew, Person};
use super::decide::{Decision, decide, outside, told};
use super::sight::Asker;
use crate::kernel::access_reason::{AccessReason, Action, Scope};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::fact::Fact;
use crate::kernel::field::Schema;
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::permission::Verb;
use crate::kernel::reason::Reason;
use crate::kernel::role::Role;
use crate::kernel::text::shortened;
use crate::kernel::time::Instant;
use crate::lang::Lang;
use crate::model::{Key, Kind, Linked, Row, Why, set_fields};
use crate::rules::kind;
use crate::rules::read::{Object, text};

/// Most people, and most linked rows, of one input.
const MOST_ROWS: usize = 100_000;

const KEYS: &[&str] = &[
    "actor", "action", "record", "id", "fields", "owner", "assigned", "scope", "unowned", "tree", "people", "linked",
    "lang",
];

/// Rows given with the question.
#[derive(Default)]
struct Given(BTreeMap<Key, Row>);

impl Linked for Given {
    fn linked(&self, key: Key) -> Result<Option<Row>> {
        Ok(self.0.get(&key).cloned())
    }

    fn pointing(&self, kind: Kind, field: usize, id: Id) -> Result<Vec<Row>> {
        let points = |row: &&Row| row.body.kind() == kind && row.body.fact(field) == Fact::Reference(id);
        Ok(self.0.values().filter(points).cloned().collect())
    }
}

/// The rule `access`: may somebody do something with a record?
///
/// - `actor`: `{"name": "marie", "role": "member"}`,
/// - `action`: `read` (usual), `write`, or a verb of the permission table such as `merge`,
/// - `record`, `fields` and `id`: the record; without `fields` the answer is about the kind of record,
/// - `tree`: who leads whom, `{"rep": "boss", "boss": null}`, or `people`: a list of `{"user": ..., "manager": ..., "team":
///   ..., "active": true}`,
/// - `linked`: rows that the record hangs on or that point at it, `[{"record": "lead", "id": "...", "fields": {...}}]`.
///
/// Without `record` it is about a record of which only the people are known: `owner`, and `assigned`, a list. Then `actor`
/// may be a name alone, and `scope` (`team`, if it is left out) and `unowned` stand for the configuration.
///
/// The answer is `{"allowed": ..., "visible": ..., "decided_by": [...]}`.
///
/// # Errors
/// What the input gets wrong, with its path.
pub fn eval_json(access: &Access, schema: impl Fn(Kind) -> Arc<Schema>, input: &Json) -> Result<Json> {
    let o = Object::new(input, KEYS)?;
    let lang: Option<Lang> = o.lang()?;
    let verb = o.optional("action", verb_of_json)?.unwrap_or(Verb::Read);
    let people = people(&o)?;
    let (name, role) = actor(o.required("actor")?).map_err(|e| e.at("actor"))?;
    let crew = Crew::new(&name, |by, texts| {
        Ok(people.iter().filter(|person| texts.iter().any(|text| text == by.of(person))).cloned().collect())
    })?;
    let Some(record) = o.get("record") else {
        return Ok(by_people(access, &o, &crew, role, verb)?.to_json(lang));
    };
    let kind = text(record).and_then(|name| kind(&name)).map_err(|e| e.at("record"))?;
    let asker = Asker { access, role: role.ok_or_else(role_missing)?, crew: &crew };
    let id = o.optional("id", Id::from_json)?.unwrap_or_else(|| Id::from_text(""));
    let row = o.optional("fields", |fields| row(Key { kind, id }, fields, &schema(kind)))?;
    let mut given = Given::default();
    for row in o.list("linked", |json| linked(json, &schema))? {
        given.0.insert(row.key(), row);
    }
    too_many(given.0.len()).map_err(|e| e.at("linked"))?;
    Ok(decide(&asker, verb, kind, row.as_ref(), &given)?.to_json(lang))
}

/// About a record of which only the people are known.
fn by_people(access: &Access, o: &Object<'_>, crew: &Crew, role: Option<Role>, verb: Verb) -> Result<Decision> {
    let named = |json: &Json| text(json).map(|name| name.trim().to_owned());
    let owner = o.optional("owner", named)?.filter(|name| !name.is_empty());
    let assigned: Vec<String> = o.list("assigned", named)?.into_iter().filter(|name| !name.is_empty()).collect();
    let usual = role.map(|role| access.extent(role, verb.action(), Kind::Lead));
    let reach = match o.optional("scope", scope)? {
        Some(scope) => scope,
        None => usual.map_or(Scope::Team, |extent| extent.scope),
    };
    let unowned = o.flag("unowned", usual.is_none_or(|extent| extent.unowned))?;
    // Who is nobody in particular reads and changes as a member does.
    let role = role.unwrap_or(Role::Member);
    let asker = Asker { access, role, crew };
    let may = crate::kernel::permission::allowed(role, verb);
    let action = verb.action();
    let mut fields = owner.iter().map(|name| ("owner", name)).chain(assigned.iter().map(|name| ("assigned", name)));
    let stands_for = |name: &str| {
        let led = access.has_reports() && crew.led.contains(name);
        let beside = access.has_colleagues() && crew.team.contains(name);
        name == crew.me || reach == Scope::Team && (led || beside)
    };
    let (reached, why) = match reach {
        Scope::All => (true, vec![AccessReason::Everything { role, action }]),
        Scope::None => (false, outside(&asker, action, reach)),
        _ if unowned && owner.is_none() && assigned.is_empty() => (true, vec![AccessReason::Unowned]),
        _ => match fields.find(|(_, name)| stands_for(name)) {
            Some((field, name)) => (true, told(&Why::Says { field, text: name.clone() }, crew)),
            None => (false, outside(&asker, action, reach)),
        },
    };
    let verdict = if may { AccessReason::RoleMay { role, verb } } else { AccessReason::RoleMayNot { role, verb } };
    let decided_by = std::iter::once(verdict).chain(why.into_iter().filter(|_| may)).collect();
    Ok(Decision { allowed: may && reached, visible: reached, decided_by })
}

fn role_missing() -> Error {
    Error::from(Problem::Missing { name: "role".into() }).at("actor")
}

/// A verb by its code, or `write`.
pub(crate) fn verb_of_json(json: &Json) -> Result<Verb> {
    let found = text(json)?;
    // To change a record in any of its fields.
    let code = if found == Action::Write.code() { Verb::Patch.code() } else { &found };
    let unknown = || Problem::NotOneOf { found: shortened(&found, 60), expected: Verb::CODES };
    Ok(Verb::from_code(code).ok_or_else(unknown)?)
}

fn actor(json: &Json) -> Result<(String, Option<Role>)> {
    let (name, role) = match json {
        Json::String(name) => (name.clone(), None),
        _ => {
            let o = Object::new(json, &["name", "role"])?;
            (o.text("name")?, o.optional("role", |v| text(v)?.parse())?)
        }
    };
    if name.is_empty() {
        return Err(Problem::Missing { name: "name".into() }.into());
    }
    Ok((name, role))
}

fn people(o: &Object<'_>) -> Result<Vec<Person>> {
    let mut people = o.list("people", |json| {
        let o = Object::new(json, &["user", "manager", "team", "active"])?;
        let word = |key: &str| Ok::<_, Error>(o.optional(key, text)?.unwrap_or_default());
        Ok(Person {
            user: o.text("user")?,
            manager: word("manager")?,
            team: word("team")?,
            active: o.flag("active", true)?,
        })
    })?;
    if let Some(tree) = o.get("tree") {
        for (user, manager) in json::object(tree, "an object of managers by user").map_err(|e| e.at("tree"))? {
            let inside = |e: Error| e.at(user).at("tree");
            let manager = Some(manager).filter(|m| !m.is_null()).map(text).transpose().map_err(inside)?;
            let (user, manager) = (user.clone(), manager.unwrap_or_default());
            people.push(Person { user, manager, team: String::new(), active: true });
        }
    }
    too_many(people.len()).map_err(|e| e.at("people"))?;
    Ok(people)
}

fn too_many(found: usize) -> Result<()> {
    match found <= MOST_ROWS {
        true => Ok(()),
        false => {
            let (found, most) = (json::length(found), json::length(MOST_ROWS));
            Err(Problem::TooMany { what: "rows", found, most }.into())
        }
    }
}

fn linked(json: &Json, schema: &impl Fn(Kind) -> Arc<Schema>) -> Result<Row> {
    let o = Object::new(json, &["record", "id", "fields"])?;
    let kind = kind(&o.text("record")?).map_err(|e| e.at("record"))?;
    let id = Id::from_json(o.required("id")?).map_err(|e| e.at("id"))?;
    row(Key { kind, id }, o.required("fields")?, &schema(kind)).map_err(|e| e.at("fields"))
}

fn row(key: Key, fields: &Json, schema: &Schema) -> Result<Row> {
    let mut body = key.kind.empty();
    set_fields(&mut body, schema, json::object(fields, "an object of fields")?)?;
    let (at, clocks) = (Instant::UNIX_EPOCH, BTreeMap::new());
    Ok(Row { id: key.id, version: 1, created_at: at, updated_at: at, archived_at: None, clocks, body })
}

/// The rule `audit`: how the trail tells of a change, `{"actor": null, "field": "amount", "lang": "fr"}`, with `record`
/// where the field is to be one of a kind's. A change is listed whatever field it is of and whoever made it; one that
/// nobody made is the system's.
///
/// # Errors
/// What the input gets wrong, with its path.
pub fn audit_json(schema: impl Fn(Kind) -> Arc<Schema>, input: &Json) -> Result<Json> {
    let o = Object::new(input, &["actor", "record", "field", "lang"])?;
    let lang: Option<Lang> = o.lang()?;
    let field = o.optional("field", text)?;
    if let (Some(record), Some(field)) = (o.optional("record", |v| kind(&text(v)?))?, &field) {
        schema(record).resolve(field).map_err(|e| e.at("field"))?;
    }
    let name = match o.get("actor") {
        None => None,
        Some(json) => Some(actor(json).map_err(|e| e.at("actor"))?.0),
    };
    let reason = match &name {
        Some(name) => AccessReason::ListedBy { user: name.clone() },
        None => AccessReason::ListedBySystem,
    };
    let mut map = Map::new();
    map.insert("visible".into(), true.into());
    map.insert("actor".into(), name.as_deref().unwrap_or("system").into());
    map.insert("field".into(), field.into());
    map.insert("reasons".into(), Json::Array(vec![Json::Object(Reason::Access(reason).to_json(lang))]));
    Ok(Json::Object(map))
}
