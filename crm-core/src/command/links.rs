//! Which rows point at a row: what a merge moves, what a conversion links anew, and what stands in the way of undoing.

use serde_json::Value as Json;

use super::Cx;
use crate::kernel::error::{Problem, Result};
use crate::kernel::field::{Field, FieldType};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::model::{Kind, Row};
use crate::store::{Archived, MOST_ROWS, Query};

/// A field of one kind of record that points at another record.
pub(crate) type Link = (Kind, &'static str);

/// The fields that point at records of a kind, in order of kind and declaration.
pub(crate) fn links_to(target: Kind) -> Vec<Link> {
    let of = |kind: &Kind| {
        let fields = kind.fields().iter().filter(|f| target_of(*kind, f) == Some(target));
        let name = |f: &'static Field| match &f.name {
            std::borrow::Cow::Borrowed(name) => Some((*kind, *name)),
            std::borrow::Cow::Owned(_) => None,
        };
        fields.filter_map(name).collect::<Vec<_>>()
    };
    Kind::ALL.iter().flat_map(of).collect()
}

/// What a field points at: its name says so, alone or behind what it is for (`source_lead`, `converted_deal`).
fn target_of(kind: Kind, field: &Field) -> Option<Kind> {
    if field.kind != FieldType::Reference {
        return None;
    }
    match field.name.as_ref() {
        "merged_into" | "parent" => Some(kind),
        name => {
            let last = name.rsplit('_').next().unwrap_or(name);
            Kind::ALL.iter().copied().find(|k| k.name() == last)
        }
    }
}

/// The rows that point at any of `ids` through a link, archived ones too, oldest first.
///
/// # Errors
/// [`Problem::TooMany`] beyond `most` rows, and the store's own.
pub(crate) fn linked(cx: &mut Cx<'_>, (kind, field): Link, ids: &[Id], most: usize) -> Result<Vec<Row>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let schema = cx.rules().schema(kind);
    let values: Vec<Json> = ids.iter().map(|id| id.to_string().into()).collect();
    let mut query = Query::all(kind, schema.clone(), cx.at());
    query.archived = Archived::Include;
    query.filter = Some(Predicate::test(field, Operator::In, values).compile(&schema)?);
    query.limit = MOST_ROWS;
    let mut rows = Vec::new();
    loop {
        let page = cx.find(&query)?;
        rows.extend(page.rows);
        if rows.len() > most {
            return Err(
                Problem::TooMany { what: "rows", found: json::length(rows.len()), most: json::length(most) }.into()
            );
        }
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(rows),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_has_a_target() {
        for kind in Kind::ALL {
            for field in kind.fields().iter().filter(|f| f.kind == FieldType::Reference) {
                assert!(target_of(*kind, field).is_some(), "{} {}", kind.name(), field.name);
            }
        }
        let leads = links_to(Kind::Lead);
        for link in [(Kind::Task, "lead"), (Kind::Deal, "source_lead"), (Kind::Lead, "merged_into")] {
            assert!(leads.contains(&link), "{link:?}");
        }
        assert!(!leads.contains(&(Kind::Lead, "converted_deal")));
    }
}
