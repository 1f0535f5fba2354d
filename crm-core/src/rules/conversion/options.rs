//! What whoever converts a lead may ask for.

use serde_json::{Map, Value as Json};

use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::field::Schema;
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::model::{AnyRecord, Kind, set_fields};

/// What shall happen to one of the three records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Wish {
    /// The rule decides: the one that matches, else a new one.
    #[default]
    Auto,
    /// A new one, whatever matches.
    Create,
    /// None.
    None,
    /// Exactly this one.
    Use(Id),
}

/// What shall become of a lead. The default leaves everything to the rule.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// The account.
    pub account: Wish,
    /// The contact.
    pub contact: Wish,
    /// The deal; a deal is never found by itself: either a new one, none, or exactly this one.
    pub deal: Wish,
    /// Fields of a new deal, over what the lead and the configuration give.
    pub deal_fields: Map<String, Json>,
}

/// Fields of a deal that the conversion itself sets.
const LINKS: &[&str] = &["account", "contact", "source_lead"];

impl Options {
    /// Every option's name.
    pub const NAMES: &'static [&'static str] = &["account", "contact", "deal"];

    /// Reads `account`, `contact` and `deal` of an object: `"create"`, `"none"`, `{"use": id}`, of a deal also
    /// `{"create": {field: value}}`.
    ///
    /// # Errors
    /// Anything else, and fields that deals do not have, with its path.
    pub fn from_json(map: &Map<String, Json>, deals: &Schema) -> Result<Self> {
        let read = |name: &'static str| match map.get(name) {
            None | Some(Json::Null) => Ok(Wish::Auto),
            Some(json) => wish(json).map_err(|e| e.at(name)),
        };
        let (account, contact) = (read("account")?, read("contact")?);
        let new_deal = map.get("deal").and_then(Json::as_object).and_then(|d| d.get("create"));
        let (deal, deal_fields) = match new_deal {
            None => (read("deal")?, Map::new()),
            Some(fields) => {
                let inside = |e: Error| e.at("create").at("deal");
                json::only_keys(map.get("deal").and_then(Json::as_object).unwrap_or(map), &["create"])
                    .map_err(|e| e.at("deal"))?;
                let fields = json::object(fields, "an object of fields").map_err(inside)?;
                if let Some(field) = LINKS.iter().find(|l| fields.contains_key(**l)) {
                    return Err(inside(Error::from(Problem::ReadOnly { field: (*field).into() }).at(field)));
                }
                let mut empty: AnyRecord = Kind::Deal.empty();
                set_fields(&mut empty, deals, fields).map_err(inside)?;
                (Wish::Create, fields.clone())
            }
        };
        Ok(Options { account, contact, deal, deal_fields })
    }

    /// The options as JSON, as the trail keeps them; [`Options::from_json`] reads them back.
    pub fn to_json(&self) -> Map<String, Json> {
        let mut map = Map::new();
        for (name, wish) in [("account", &self.account), ("contact", &self.contact), ("deal", &self.deal)] {
            let json = match wish {
                Wish::Auto => continue,
                Wish::Create if name == "deal" && !self.deal_fields.is_empty() => {
                    serde_json::json!({"create": self.deal_fields})
                }
                Wish::Create => "create".into(),
                Wish::None => "none".into(),
                Wish::Use(id) => serde_json::json!({"use": id.to_string()}),
            };
            map.insert(name.into(), json);
        }
        map
    }
}

fn wish(json: &Json) -> Result<Wish> {
    match json {
        Json::String(name) if name == "create" => Ok(Wish::Create),
        Json::String(name) if name == "none" => Ok(Wish::None),
        Json::Object(map) => {
            json::only_keys(map, &["use"])?;
            let id = map.get("use").ok_or_else(|| Problem::Missing { name: "use".into() })?;
            Ok(Wish::Use(Id::from_json(id).map_err(|e| e.at("use"))?))
        }
        Json::String(_) => Err(json::not_one_of(json, &["create", "none"])),
        other => {
            let expected = "`create`, `none` or an object with `use`";
            Err(Problem::WrongShape { expected, found: json::shown(other) }.into())
        }
    }
}
