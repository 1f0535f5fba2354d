//! Saved views and reports: kept with who may see them, and checked before they are kept.

use std::borrow::Cow;
use std::marker::PhantomData;

use serde_json::{Map, Value as Json};

use super::Role;
use super::actor::Actor;
use super::body::{head_json, id_of, version_of};
use super::create::Saved;
use super::{Archive, Command, Cx, Restore, Verb};
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::text;
use crate::model::{Key, Record, Row, SavedReport, SavedView};
use crate::rules::report::Report;
use crate::rules::{Rules, kind};
use crate::view::ViewDefinition;

/// Who sees what is saved.
pub(crate) const SCOPES: &[&str] = &["private", "team", "all"];

/// A record that keeps a definition for its owner.
pub trait Keeps: Record {
    /// Checks a definition; gives what the record's `kind` says.
    ///
    /// # Errors
    /// What the definition gets wrong, with its path.
    fn check(definition: &Json, rules: &Rules) -> Result<String>;
    /// Its fields, to change.
    fn parts(&mut self) -> Parts<'_>;
}

/// The fields of what is saved.
#[derive(Debug)]
#[allow(missing_docs, reason = "the records' own fields")]
pub struct Parts<'a> {
    pub name: &'a mut String,
    pub kind: &'a mut String,
    pub owner: &'a mut String,
    pub scope: &'a mut String,
    pub definition: &'a mut String,
}

macro_rules! keeps {
    ($type:ident, $check:expr) => {
        impl Keeps for $type {
            fn check(definition: &Json, rules: &Rules) -> Result<String> {
                let check: fn(&Json, &Rules) -> Result<String> = $check;
                check(definition, rules)
            }
            fn parts(&mut self) -> Parts<'_> {
                let $type { name, kind, owner, scope, definition, .. } = self;
                Parts { name, kind, owner, scope, definition }
            }
        }
    };
}

keeps!(SavedView, |definition, rules| {
    let view = ViewDefinition::from_json(definition)?;
    view.check(rules)?;
    Ok(view.find.kind.name().to_owned())
});
keeps!(SavedReport, |definition, rules| {
    let report = Report::from_json(definition)?;
    report.check(&rules.schema(report.kind().record()))?;
    Ok(report.kind().code().to_owned())
});

/// What may be said of a saved record; what is `None` stays, or has its usual value when it is made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Said {
    /// What people call it.
    pub name: Option<String>,
    /// Who sees it: private (as it begins), team, all.
    pub scope: Option<String>,
    /// Whose it is: whoever makes it; only admins hand it over.
    pub owner: Option<String>,
    /// What it says.
    pub definition: Option<Json>,
}

impl Said {
    const KEYS: &'static [&'static str] = &["id", "version", "name", "scope", "owner", "definition"];

    fn read<R: Keeps>(map: &Map<String, Json>, rules: &Rules) -> Result<Self> {
        json::only_keys(map, Self::KEYS)?;
        let text = |key: &'static str| match map.get(key) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::String(found)) => Ok(Some(text::check(found).map_err(|e| e.at(key))?.to_owned())),
            Some(other) => {
                Err(Error::from(Problem::WrongShape { expected: "text", found: json::shown(other) }).at(key))
            }
        };
        let scope = text("scope")?;
        if let Some(found) = scope.as_deref().filter(|found| !SCOPES.contains(found)) {
            let found = text::shortened(found, 60);
            return Err(Error::from(Problem::NotOneOf { found, expected: SCOPES }).at("scope"));
        }
        let definition = map.get("definition").filter(|d| !d.is_null()).cloned();
        if let Some(definition) = &definition {
            R::check(definition, rules).map_err(|e| e.at("definition"))?;
        }
        let name = text("name")?;
        if name.as_deref() == Some("") {
            return Err(Error::from(RulesProblem::Empty { what: "name" }).at("name"));
        }
        Ok(Self { name, scope, owner: text("owner")?.filter(|o| !o.is_empty()), definition })
    }

    fn write(&self, map: &mut Map<String, Json>) {
        let texts = [("name", &self.name), ("scope", &self.scope), ("owner", &self.owner)];
        for (key, value) in texts {
            if let Some(value) = value {
                map.insert(key.into(), value.as_str().into());
            }
        }
        if let Some(definition) = &self.definition {
            map.insert("definition".into(), definition.clone());
        }
    }

    fn apply<R: Keeps>(&self, record: &mut R, rules: &Rules) -> Result<()> {
        let kind = self.definition.as_ref().map(|d| R::check(d, rules).map_err(|e| e.at("definition"))).transpose()?;
        let parts = record.parts();
        let pairs = [(parts.name, &self.name), (parts.scope, &self.scope), (parts.owner, &self.owner)];
        for (to, from) in pairs {
            if let Some(from) = from {
                to.clone_from(from);
            }
        }
        if let (Some(definition), Some(kind)) = (&self.definition, kind) {
            *parts.kind = kind;
            *parts.definition = json::canonical(definition);
        }
        Ok(())
    }
}

/// Whether somebody sees and changes what others saved for themselves.
const fn is_admin(actor: &Actor) -> bool {
    matches!(actor.role(), Role::Owner | Role::Admin)
}

/// Keeps a view or a report: `{"name": "...", "scope": "private", "definition": {...}}`. It belongs to who makes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Keep<R> {
    /// The id, where the host has its own.
    pub id: Option<Id>,
    /// What it says.
    pub said: Said,
    record: PhantomData<fn() -> R>,
}

impl<R: Keeps> Command for Keep<R> {
    type Output = Saved;
    const VERB: Verb = Verb::Create;

    fn name() -> Cow<'static, str> {
        format!("{}.create", R::NAME).into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        if let Some(id) = self.id {
            map.insert("id".into(), id.to_string().into());
        }
        self.said.write(&mut map);
        Json::Object(map)
    }

    fn from_json(body: &Json, rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object of options")?;
        let said = Said::read::<R>(map, rules)?;
        for (key, known) in [("name", said.name.is_some()), ("definition", said.definition.is_some())] {
            if !known {
                return Err(Problem::Missing { name: key.into() }.into());
            }
        }
        Ok(Self { id: id_of(map, "id")?, said, record: PhantomData })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        let me = cx.actor().name().to_owned();
        if self.said.owner.as_ref().is_some_and(|owner| *owner != me) && !is_admin(cx.actor()) {
            return Err(forbidden::<R>(cx, "create").at("owner"));
        }
        let mut record = R::default();
        *record.parts().owner = me;
        *record.parts().scope = "private".to_owned();
        self.said.apply(&mut record, cx.rules())?;
        let id = self.id.unwrap_or_else(|| cx.new_id());
        let row = cx.insert(id, record.into_any())?;
        Ok(Saved { id, version: row.version })
    }
}

/// Changes a saved view or report: its owner may, and admins.
#[derive(Clone, Debug, PartialEq)]
pub struct Rework<R> {
    /// Which.
    pub id: Id,
    /// The version that the person saw; another one is refused.
    pub version: Option<u64>,
    /// What it says from now on.
    pub said: Said,
    record: PhantomData<fn() -> R>,
}

impl<R: Keeps> Command for Rework<R> {
    type Output = Saved;
    const VERB: Verb = Verb::Patch;

    fn name() -> Cow<'static, str> {
        format!("{}.patch", R::NAME).into()
    }

    fn to_json(&self) -> Json {
        let mut map = head_json(self.id, self.version);
        self.said.write(&mut map);
        Json::Object(map)
    }

    fn from_json(body: &Json, rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `id`")?;
        let said = Said::read::<R>(map, rules)?;
        let id = id_of(map, "id")?.ok_or_else(|| Problem::Missing { name: "id".into() })?;
        Ok(Self { id, version: version_of(map)?, said, record: PhantomData })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        let key = Key { kind: kind(R::NAME)?, id: self.id };
        let mut row = own::<R>(cx, key, "patch")?;
        let row_id = row.id;
        cx.active(key)?;
        if let Some(expected) = self.version.filter(|v| *v != row.version) {
            let (record, id) = (R::NAME.into(), row_id.to_string());
            return Err(Problem::Conflict { record, id, expected, found: row.version }.into());
        }
        if self.said.owner.is_some() && !is_admin(cx.actor()) {
            return Err(forbidden::<R>(cx, "patch").at("owner"));
        }
        let mut record = R::from_any(&row.body).cloned().unwrap_or_default();
        self.said.apply(&mut record, cx.rules())?;
        row.body = record.into_any();
        let row = cx.update(row)?;
        Ok(Saved { id: row.id, version: row.version })
    }
}

/// Puts a saved view or report away, or brings it back: its owner may, and admins. `C` is [`Archive`] or [`Restore`].
#[derive(Clone, Debug, PartialEq)]
pub struct ByOwner<C> {
    /// What happens to it.
    pub command: C,
}

macro_rules! by_owner {
    ($command:ident, $text:literal) => {
        impl<R: Keeps> Command for ByOwner<$command<R>> {
            type Output = Saved;
            const VERB: Verb = <$command<R> as Command>::VERB;

            fn name() -> Cow<'static, str> {
                <$command<R> as Command>::name()
            }
            fn to_json(&self) -> Json {
                Command::to_json(&self.command)
            }
            fn from_json(body: &Json, rules: &Rules) -> Result<Self> {
                Ok(Self { command: Command::from_json(body, rules)? })
            }
            fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
                own::<R>(cx, Key { kind: kind(R::NAME)?, id: self.command.id }, $text)?;
                Command::decide(&self.command, cx)
            }
        }
    };
}

by_owner!(Archive, "archive");
by_owner!(Restore, "restore");

/// The row, if it is the actor's to change; one that is somebody else's own is as if it were not there.
fn own<R: Keeps>(cx: &mut Cx<'_>, key: Key, verb: &str) -> Result<Row> {
    let row = cx.existing(key)?;
    let mut record = R::from_any(&row.body).cloned().unwrap_or_default();
    let parts = record.parts();
    if is_admin(cx.actor()) || *parts.owner == cx.actor().name() {
        return Ok(row);
    }
    if *parts.scope == "private" {
        return Err(Problem::NotFound { record: R::NAME.into(), id: key.id.to_string() }.into());
    }
    Err(forbidden::<R>(cx, verb))
}

fn forbidden<R: Record>(cx: &Cx<'_>, verb: &str) -> Error {
    let (role, command) = (cx.actor().role().name().into(), format!("{}.{verb}", R::NAME));
    Problem::Forbidden { role, command }.into()
}
