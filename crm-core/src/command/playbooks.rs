//! The playbooks of a workspace: those of its configuration, and those that people made while it is in use.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::Cx;
use super::open_work::{asked, some_rows};
use crate::kernel::error::{Problem, Result};
use crate::kernel::json;
use crate::kernel::playbook_problem::PlaybookProblem;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::text::shortened;
use crate::model::{AnyRecord, Kind, Playbook as PlaybookRow, Row};
use crate::rules::Rules;
use crate::rules::playbook::Playbook;
use crate::store::Order;

/// Most stored versions that are looked at, and that an error names.
const MOST_VERSIONS: usize = 5_000;
const MOST_NAMED: usize = 100;

/// The stored playbook of a row, if it is one.
pub(crate) fn playbook_row(row: &Row) -> Option<&PlaybookRow> {
    match &row.body {
        AnyRecord::Playbook(playbook) => Some(playbook),
        _ => None,
    }
}

/// A definition with what it is called: what the configuration would have.
pub(super) fn document(code: &str, version: u32, active: bool, definition: &Map<String, Json>) -> Json {
    let mut map = definition.clone();
    map.insert("code".into(), code.into());
    map.insert("version".into(), version.into());
    map.insert("active".into(), active.into());
    Json::Object(map)
}

/// A stored version as the rule sees it.
///
/// # Errors
/// [`Problem::Corrupt`] of what no command of the library writes; a definition whose calendar or field is no more is
/// refused with the place.
pub(super) fn compiled(rules: &Rules, row: &PlaybookRow) -> Result<Playbook> {
    let broken = || Problem::Corrupt { detail: format!("playbook {}", row.code) };
    let definition = json::parse(row.definition.as_bytes())?;
    let map = definition.as_object().ok_or_else(broken)?;
    let version = row.number.and_then(|version| u32::try_from(version).ok()).ok_or_else(broken)?;
    rules.playbook(&document(&row.code, version, row.active == Some(true), map))
}

/// The stored row of a version, or of the latest.
pub(super) fn stored(cx: &mut Cx<'_>, code: &str, version: Option<u32>) -> Result<Option<Row>> {
    let mut filter = vec![Predicate::test("code", Operator::Equal, code)];
    filter.extend(version.map(|version| Predicate::test("number", Operator::Equal, version)));
    let mut query = asked(cx, Kind::Playbook, filter)?;
    let (field, _) = query.schema.resolve("number")?;
    query.order = vec![Order { field, descending: true }];
    query.limit = 1;
    // Stored text is compared folded; a code is not.
    let rows = cx.by_itself(|cx| cx.find(&query))?.rows;
    Ok(rows.into_iter().find(|row| playbook_row(row).is_some_and(|row| row.code == code)))
}

/// A playbook in a version, or in the latest that there is in the configuration or in the store.
///
/// # Errors
/// [`PlaybookProblem::UnknownPlaybook`] with what there is, and as [`compiled`].
pub(crate) fn playbook_of(cx: &mut Cx<'_>, code: &str, version: Option<u32>) -> Result<Arc<Playbook>> {
    let rules = cx.rules();
    let configured = rules.playbooks().find(code, version).ok();
    if let (Some(playbook), Some(_)) = (configured, version) {
        return Ok(playbook.clone());
    }
    let row = stored(cx, code, version)?;
    match (configured, row.as_ref().and_then(playbook_row)) {
        (Some(playbook), Some(row)) if Some(i64::from(playbook.version)) >= row.number => Ok(playbook.clone()),
        (_, Some(row)) => Ok(Arc::new(compiled(rules, row)?)),
        (Some(playbook), None) => Ok(playbook.clone()),
        (None, None) => {
            let mut expected: Vec<String> =
                rules.playbooks().all().iter().map(|one| format!("{}@{}", one.code, one.version)).collect();
            let query = asked(cx, Kind::Playbook, Vec::new())?;
            for row in some_rows(cx, query, MOST_NAMED)? {
                expected.extend(playbook_row(&row).map(|row| format!("{}@{}", row.code, row.number.unwrap_or(1))));
            }
            expected.sort();
            Err(PlaybookProblem::UnknownPlaybook { found: shortened(code, 60), expected }.into())
        }
    }
}

/// All playbooks in their latest versions: the configured ones in their order, then those that people made by code. Of one
/// that cannot be compiled any more only the row is told.
pub(crate) struct AllPlaybooks {
    pub(crate) sound: Vec<Arc<Playbook>>,
    pub(crate) broken: Vec<PlaybookRow>,
}

/// Every playbook in its latest version.
///
/// # Errors
/// The store's own.
pub(crate) fn all_playbooks(cx: &mut Cx<'_>) -> Result<AllPlaybooks> {
    let rules = cx.rules();
    let mut latest: BTreeMap<String, PlaybookRow> = BTreeMap::new();
    let query = asked(cx, Kind::Playbook, Vec::new())?;
    for row in cx.by_itself(|cx| some_rows(cx, query, MOST_VERSIONS))? {
        let Some(row) = playbook_row(&row) else { continue };
        if latest.get(&row.code).is_none_or(|known| known.number < row.number) {
            latest.insert(row.code.clone(), row.clone());
        }
    }
    let mut all = AllPlaybooks { sound: Vec::new(), broken: Vec::new() };
    let mut take = |row: PlaybookRow| match compiled(rules, &row) {
        Ok(playbook) => all.sound.push(Arc::new(playbook)),
        Err(_) => all.broken.push(row),
    };
    let mut own = Vec::new();
    for configured in rules.playbooks().all() {
        match latest.remove(&configured.code) {
            Some(row) if row.number > Some(configured.version.into()) => take(row),
            _ => own.push(configured.clone()),
        }
    }
    latest.into_values().for_each(&mut take);
    // What people made comes first: it was made for this workspace.
    all.sound.extend(own);
    Ok(all)
}
