//! What names a segment, and would say something else without it.

use super::Cx;
use super::segments::{asked, each, ruled, segment_of};
use crate::kernel::error::{Error, Result};
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::segment_problem::SegmentProblem;
use crate::model::{AnyRecord, Kind, Row, Segment};
use crate::rules::report::Report;
use crate::view::ViewDefinition;

/// Most others that an error names.
const MOST_NAMED: usize = 10;

/// Refuses a segment that is in use: by routing, by another segment, or by a saved view or report that the actor sees.
/// What somebody else keeps in private is not told of; it says that the segment is gone when it is opened.
///
/// # Errors
/// [`SegmentProblem`], and the store's own.
pub(super) fn refuse_in_use(cx: &mut Cx<'_>, row: &Row, segment: &Segment) -> Result<()> {
    let code = segment.code.clone();
    let is_it = |code: &str| Segment::id_of(code) == row.id;
    // Leads would be dealt out as if nobody belonged to it.
    if cx.rules().routing().segments().iter().any(|code| is_it(code)) {
        return Err(SegmentProblem::InRouting { segment: code }.into());
    }
    let names = |filter: &Predicate| filter.segments().into_iter().any(is_it);
    let of_kind = |field: &str| vec![Predicate::test(field, Operator::Equal, segment.kind.as_str())];
    let mut by = Vec::new();
    let query = asked(cx.rules(), cx.at(), Kind::Segment, of_kind("kind"))?;
    each(&mut |query| cx.find(query), query, |other| {
        if let Some(other) = segment_of(&other)
            && ruled(other)?.definition.filter.iter().any(names)
        {
            by.push(other.code.clone());
        }
        Ok(())
    })?;
    if !by.is_empty() {
        by.truncate(MOST_NAMED);
        return Err(SegmentProblem::InUse { segment: code, by }.into());
    }
    let mut found = Vec::new();
    for (kind, filter) in [(Kind::SavedView, of_kind("kind")), (Kind::SavedReport, Vec::new())] {
        let query = asked(cx.rules(), cx.at(), kind, filter)?;
        each(&mut |query| cx.find(query), query, |saved| {
            if let Some((name, filter)) = filter_of(&saved)
                && names(&filter)
            {
                found.push((kind, saved.id, name));
            }
            Ok(())
        })?;
    }
    if found.is_empty() {
        return Ok(());
    }
    let records = found.iter().map(|(kind, id, _)| serde_json::json!({"record": kind.name(), "id": id.to_string()}));
    let detail = serde_json::json!({"records": records.collect::<Vec<_>>()});
    let by = found.into_iter().take(MOST_NAMED).map(|(_, _, name)| name).collect();
    Err(Error::from(SegmentProblem::InSaved { segment: code, by }).with_detail(detail))
}

/// The name and the condition of a saved view or report. One that cannot be read any more names nothing.
fn filter_of(row: &Row) -> Option<(String, Predicate)> {
    let read = |definition: &str| json::parse(definition.as_bytes()).ok();
    match &row.body {
        AnyRecord::SavedView(view) => {
            let definition = ViewDefinition::from_json(&read(&view.definition)?).ok()?;
            Some((view.name.clone(), definition.find.filter?))
        }
        AnyRecord::SavedReport(report) => {
            let definition = Report::from_json(&read(&report.definition)?).ok()?;
            Some((report.name.clone(), definition.filter()?.clone()))
        }
        _ => None,
    }
}
