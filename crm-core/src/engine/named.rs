//! Stored deals by their names: a rule knows deals by their ids, people do not.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use crate::Id;
use crate::command::Past;
use crate::kernel::error::Result;
use crate::kernel::text::shortened;
use crate::model::{AnyRecord, Key, Kind};
use crate::store::Read;

/// Most characters of a name in a sentence.
const MOST_NAME: usize = 60;

/// The names of deals as they were at an instant, looked up as sentences name them.
struct Names<'a> {
    read: &'a dyn Read,
    past: &'a Past<'a>,
    known: BTreeMap<String, String>,
}

/// Every sentence of an answer that names a deal (an object with its id as `deal` or `id`, and `text`) says the deal's name as it was
/// then, and has it whole as `name`. Deals without a name stay with their id.
pub(super) fn name_deals(read: &dyn Read, past: &Past<'_>, answer: &mut Json) -> Result<()> {
    Names { read, past, known: BTreeMap::new() }.fill(answer)
}

impl Names<'_> {
    fn fill(&mut self, json: &mut Json) -> Result<()> {
        match json {
            Json::Array(all) => all.iter_mut().try_for_each(|one| self.fill(one)),
            Json::Object(map) => {
                self.sentence(map)?;
                map.values_mut().try_for_each(|value| self.fill(value))
            }
            _ => Ok(()),
        }
    }

    fn sentence(&mut self, map: &mut Map<String, Json>) -> Result<()> {
        let id = map.get("deal").or_else(|| map.get("id"));
        let (Some(Json::String(id)), Some(Json::String(text))) = (id, map.get("text")) else {
            return Ok(());
        };
        let name = self.name(id)?;
        if !name.is_empty() {
            let text = text.replace(id.as_str(), &shortened(&name, MOST_NAME));
            map.insert("text".into(), text.into());
            map.insert("name".into(), name.into());
        }
        Ok(())
    }

    /// The deal's name; empty where it has none.
    fn name(&mut self, id: &str) -> Result<String> {
        if let Some(name) = self.known.get(id) {
            return Ok(name.clone());
        }
        let key = id.parse::<Id>().ok().map(|id| Key { kind: Kind::Deal, id });
        let row = key.map(|key| self.read.get(key)).transpose()?.flatten();
        let row = row.map(|row| self.past.row(row)).transpose()?.flatten();
        let name = row.map(|row| match row.body {
            AnyRecord::Deal(deal) => deal.name,
            _ => String::new(),
        });
        Ok(self.known.entry(id.to_owned()).or_insert(name.unwrap_or_default()).clone())
    }
}
