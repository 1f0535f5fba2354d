//! Which rows point at a row: what a merge moves, what a conversion links anew, and what stands in the way of undoing.

use serde_json::Value as Json;

use super::Cx;
use crate::kernel::error::{Problem, Result};
use crate::kernel::field::Field;
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{MOST_VALUES, Operator, Predicate};
use crate::model::{Kind, Row};
use crate::store::{Archived, MOST_ROWS, Query};

/// A field of one kind of record that points at another record.
pub(crate) type Link = (Kind, &'static str);

/// The fields that point at records of a kind, in order of kind and declaration.
pub(crate) fn links_to(target: Kind) -> Vec<Link> {
    let of = |kind: &Kind| {
        let fields = kind.fields().iter().filter(|f| kind.target_of(f) == Some(target));
        let name = |f: &'static Field| match &f.name {
            std::borrow::Cow::Borrowed(name) => Some((*kind, *name)),
            std::borrow::Cow::Owned(_) => None,
        };
        fields.filter_map(name).collect::<Vec<_>>()
    };
    Kind::ALL.iter().flat_map(of).collect()
}

/// The rows that point at any of `ids` through a link, archived ones too, oldest first.
///
/// # Errors
/// [`Problem::TooMany`] beyond `most` rows, and the store's own.
pub(crate) fn linked(cx: &mut Cx<'_>, link: Link, ids: &[Id], most: usize) -> Result<Vec<Row>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let query = asked(cx, link, ids, None)?;
    all(cx, query, most)
}

/// The first page of the rows that point at an id, archived ones too, oldest first: enough to see how many there are.
///
/// # Errors
/// The store's own.
pub(crate) fn first_linked(cx: &mut Cx<'_>, link: Link, id: Id) -> Result<Vec<Row>> {
    let mut query = asked(cx, link, &[id], None)?;
    query.limit = MOST_ROWS;
    Ok(cx.find(&query)?.rows)
}

/// The rows in use that point at an id and that another system knows by one of some ids.
///
/// # Errors
/// The store's own.
pub(crate) fn linked_known_as(cx: &mut Cx<'_>, link: Link, id: Id, external_ids: &[String]) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for some in external_ids.chunks(MOST_VALUES) {
        let known = Predicate::test("external_id", Operator::In, some.to_vec());
        let mut query = asked(cx, link, &[id], Some(known))?;
        query.archived = Archived::Exclude;
        rows.extend(all(cx, query, usize::MAX)?);
    }
    Ok(rows)
}

fn asked(cx: &Cx<'_>, (kind, field): Link, ids: &[Id], more: Option<Predicate>) -> Result<Query> {
    let schema = cx.rules().schema(kind);
    let values: Vec<Json> = ids.iter().map(|id| id.to_string().into()).collect();
    let mut filter = vec![Predicate::test(field, Operator::In, values)];
    filter.extend(more);
    let mut query = Query::all(kind, schema.clone(), cx.at());
    query.archived = Archived::Include;
    query.filter = Some(Predicate::All(filter).compile(&schema)?);
    Ok(query)
}

fn all(cx: &mut Cx<'_>, query: Query, most: usize) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    cx.each_page(query, |page| {
        rows.extend(page);
        if rows.len() > most {
            let (found, most) = (json::length(rows.len()), json::length(most));
            return Err(Problem::TooMany { what: "rows", found, most }.into());
        }
        Ok(())
    })?;
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::field::FieldType;

    #[test]
    fn every_reference_has_a_target() {
        for kind in Kind::ALL {
            let is_pair = |f: &Field| f.name == "first" || f.name == "second";
            for field in kind.fields().iter().filter(|f| f.kind == FieldType::Reference && !is_pair(f)) {
                assert!(kind.target_of(field).is_some(), "{} {}", kind.name(), field.name);
            }
        }
        let leads = links_to(Kind::Lead);
        for link in [(Kind::Task, "lead"), (Kind::Deal, "source_lead"), (Kind::Lead, "merged_into")] {
            assert!(leads.contains(&link), "{link:?}");
        }
        assert!(!leads.contains(&(Kind::Lead, "converted_deal")));
    }
}
