//! The part `playbooks` of a configuration: what every workspace has, and what its own says.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value as Json;

use super::compile::{Beside, compile};
use super::definition::Playbook;
use crate::kernel::calendar::Calendar;
use crate::kernel::error::{Error, Result, RulesProblem};
use crate::kernel::fact::Facts;
use crate::kernel::json;
use crate::kernel::playbook_problem::PlaybookProblem;
use crate::kernel::text::shortened;
use crate::kernel::time::Instant;
use crate::rules::calendar::named;
use crate::rules::check;
use crate::rules::read::{Object, list, text};

/// Playbooks to begin with, for three trades and for everybody else; the last one suits whomever none of the others does.
const STARTERS: &str = include_str!("starters.json");
/// Most configured playbooks.
const MOST_PLAYBOOKS: usize = 200;

/// The playbooks that a workspace has without anybody making them, compiled.
///
/// ```json
/// {"calendar": "office", "starters": true, "items": [{"code": "onboarding_schools", "title": "...", "steps": []}]}
/// ```
/// One of `items` stands in for a starter of the same code.
#[derive(Clone, Debug)]
pub struct Playbooks {
    /// By whose business days a playbook counts that names no calendar; without it by those of tasks.
    pub calendar: Option<Calendar>,
    all: Vec<Arc<Playbook>>,
}

impl Playbooks {
    /// Reads the part; `None` is the standard.
    ///
    /// # Errors
    /// What is wrong with a playbook, with its path.
    pub(crate) fn new(json: Option<&Json>, beside: &Beside<'_>) -> Result<Self> {
        let starters =
            || -> Result<Vec<Playbook>> { list(&json::parse(STARTERS.as_bytes())?, |json| compile(json, beside)) };
        let Some(json) = json else {
            return Ok(Self { calendar: None, all: starters()?.into_iter().map(Arc::new).collect() });
        };
        let o = Object::new(json, &["calendar", "starters", "items"])?;
        let calendar = o.optional("calendar", |id| named(beside.calendars, &text(id)?).cloned())?;
        let found = o.get("items").and_then(Json::as_array).map_or(0, Vec::len);
        check::most("playbooks", found, MOST_PLAYBOOKS).map_err(|e| e.at("items"))?;
        let mut all = o.list("items", |json| compile(json, beside))?;
        let mut codes = BTreeSet::new();
        for (i, playbook) in all.iter().enumerate() {
            if !codes.insert(playbook.code.clone()) {
                let id = shortened(&playbook.code, 60);
                return Err(Error::from(RulesProblem::DuplicateId { id }).at("code").at_index(i).at("items"));
            }
        }
        if o.flag("starters", true)? {
            all.extend(starters()?.into_iter().filter(|starter| !codes.contains(&starter.code)));
        }
        Ok(Self { calendar, all: all.into_iter().map(Arc::new).collect() })
    }

    /// All of them, the workspace's own first.
    pub fn all(&self) -> &[Arc<Playbook>] {
        &self.all
    }

    /// The one of a code, and of a version where one is named.
    ///
    /// # Errors
    /// [`PlaybookProblem::UnknownPlaybook`] with what there is.
    pub fn find(&self, code: &str, version: Option<u32>) -> Result<&Arc<Playbook>> {
        let is_it = |one: &&Arc<Playbook>| one.code == code && version.is_none_or(|version| one.version == version);
        let unknown = || PlaybookProblem::UnknownPlaybook {
            found: shortened(code, 60),
            expected: self.all.iter().map(|one| format!("{}@{}", one.code, one.version)).collect(),
        };
        Ok(self.all.iter().find(is_it).ok_or_else(unknown)?)
    }
}

/// The playbook that is made for a customer: the first whose condition holds, or else the first that has none.
pub fn suited<'p>(
    playbooks: impl Iterator<Item = &'p Arc<Playbook>> + Clone,
    account: &dyn Facts,
    at: Instant,
) -> Option<&'p Arc<Playbook>> {
    let mut active = playbooks.filter(|playbook| playbook.active);
    let suits = |one: &&Arc<Playbook>| one.suits.as_ref().is_some_and(|suits| suits.eval(account, at).holds());
    active.clone().find(suits).or_else(|| active.find(|one| one.suits.is_none()))
}
