//! What a rule's `match` asks of a lead: five fields that nearly every rule of routing looks at.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::pages::Page;
use super::table::RoutingTable;
use crate::kernel::error::{Problem, Result, RulesProblem};
use crate::kernel::fact::{Fact, Facts};
use crate::kernel::field::{FieldType, Schema};
use crate::kernel::text::{fold, shortened};
use crate::rules::check;
use crate::rules::identity::Identity;
use crate::rules::read::{Object, list, text, wrong};

/// Most values of one clause.
const MOST_VALUES: usize = 1000;

/// The place under which a lead's facts tell the segments that it belongs to; no field of a record stands there.
const SEGMENTS: usize = usize::MAX;
/// The option whose values are also codes of segments.
const SEGMENT: &str = "segment";

/// A lead's facts with the stored segments that it belongs to (see [`rules::segment`](crate::rules::segment)).
#[derive(Clone, Copy, Debug)]
pub struct InSegments<'a, F: ?Sized> {
    /// The lead.
    pub facts: &'a F,
    /// The codes.
    pub segments: &'a [String],
}

impl<F: Facts + ?Sized> Facts for InSegments<'_, F> {
    fn fact(&self, field: usize) -> Fact<'_> {
        if field == SEGMENTS { Fact::Texts(self.segments) } else { self.facts.fact(field) }
    }
}

/// The codes of the segments that a lead belongs to, where they are told.
pub(super) fn segments_of<F: Facts + ?Sized>(facts: &F) -> &[String] {
    match facts.fact(SEGMENTS) {
        Fact::Texts(codes) => codes,
        _ => &[],
    }
}

/// A lead as rules see it. Its address is looked at once.
pub(super) struct Lead<'a, F: ?Sized> {
    pub(super) facts: &'a F,
    /// The domain of the address as written, and its registrable part.
    pub(super) domains: [Option<String>; 2],
}

/// The places of the fields that routing looks at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    pub(super) owner: usize,
    pub(super) email: usize,
    pub(super) email_domain: usize,
    pub(super) archived_at: usize,
    pub(super) merged_into: usize,
    pub(super) converted: usize,
    pub(super) converted_at: usize,
}

impl Fields {
    pub(super) fn of(schema: &Schema) -> Result<Self> {
        let place = |name: &str| schema.resolve(name).map(|(place, _)| place);
        Ok(Self {
            owner: place("owner")?,
            email: place("email")?,
            email_domain: place("email_domain")?,
            archived_at: place("archived_at")?,
            merged_into: place("merged_into")?,
            converted: place("converted")?,
            converted_at: place("converted_at")?,
        })
    }
}

impl Fields {
    /// All of them.
    pub(super) const fn all(self) -> [usize; 7] {
        let Self { owner, email, email_domain, archived_at, merged_into, converted, converted_at } = self;
        [owner, email, email_domain, archived_at, merged_into, converted, converted_at]
    }
}

impl<'a, F: Facts + ?Sized> Lead<'a, F> {
    /// A lead whose domains are looked up if rules compare them: here, or where the host did.
    pub(super) fn new(facts: &'a F, table: &RoutingTable) -> Self {
        let text = |field: usize| match facts.fact(field) {
            Fact::Text(text) => Some(text),
            _ => None,
        };
        let mut domains = [None, None];
        if table.index.has_domains() {
            domains = match text(table.fields.email).and_then(|email| table.identity.domain(email)) {
                Some(domain) => [Some(domain.ascii), domain.registrable],
                None => [None, text(table.fields.email_domain).map(|domain| fold(domain).into_owned())],
            };
        }
        Self { facts, domains }
    }
}

/// What one option of `match` asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Clause {
    /// A text field is one of these, all folded and sorted.
    Text { name: &'static str, field: usize, values: Vec<String> },
    /// The address has one of these domains, or a domain registered under it.
    Domain { values: Vec<String> },
    /// The landing page is meant by one of these patterns.
    Page { field: usize, pages: Vec<Page> },
}

impl Clause {
    /// Reads `match`; an option takes one value or a list.
    pub(super) fn read_all(json: &Json, schema: &Schema, identity: &Identity) -> Result<Vec<Self>> {
        const TEXTS: [&str; 3] = ["source", "campaign", SEGMENT];
        let o = Object::new(json, &["source", "campaign", "landing_page", "email_domain", "segment"])?;
        let mut clauses = Vec::new();
        for name in TEXTS {
            if let Some(values) = o.optional(name, texts)? {
                let (field, _) = schema.resolve(name)?;
                clauses.push(Clause::Text { name, field, values });
            }
        }
        if let Some(values) = o.optional("email_domain", |v| some(v, |v| domain(v, identity)))? {
            clauses.push(Clause::Domain { values: sorted(values) });
        }
        if let Some(pages) = o.optional("landing_page", |v| some(v, Page::read))? {
            let (field, _) = schema.resolve("landing_page")?;
            clauses.push(Clause::Page { field, pages: sorted(pages) });
        }
        Ok(clauses)
    }

    /// The values that are also codes of segments, folded.
    pub(super) fn segments(&self) -> &[String] {
        match self {
            Clause::Text { name: SEGMENT, values, .. } => values,
            _ => &[],
        }
    }

    /// The option's name.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Clause::Text { name, .. } => name,
            Clause::Domain { .. } => "email_domain",
            Clause::Page { .. } => "landing_page",
        }
    }

    /// The place of the field that it looks at; a domain is looked for in [`Fields`].
    pub(super) const fn field(&self) -> Option<usize> {
        match self {
            Clause::Text { field, .. } | Clause::Page { field, .. } => Some(*field),
            Clause::Domain { .. } => None,
        }
    }

    /// Whether it certainly holds: a field that nobody knows is none of the values.
    pub(super) fn holds<F: Facts + ?Sized>(&self, lead: &Lead<'_, F>) -> bool {
        let folded = |field: usize| text_of(lead.facts, field);
        match self {
            Clause::Text { name: SEGMENT, field, values } => {
                let mut codes = segments_of(lead.facts).iter();
                folded(*field).is_some_and(|t| has(values, &t)) || codes.any(|code| has(values, &fold(code)))
            }
            Clause::Text { field, values, .. } => folded(*field).is_some_and(|t| has(values, &t)),
            Clause::Domain { values } => lead.domains.iter().flatten().any(|d| has(values, d)),
            Clause::Page { field, pages } => folded(*field).is_some_and(|page| pages.iter().any(|p| p.matches(&page))),
        }
    }

    /// Whether this clause certainly holds wherever the other one does.
    pub(super) fn covers(&self, other: &Clause) -> bool {
        match (self, other) {
            (Clause::Text { field, values, .. }, Clause::Text { field: other, values: inner, .. }) => {
                field == other && inner.iter().all(|v| has(values, v))
            }
            (Clause::Domain { values }, Clause::Domain { values: inner }) => inner.iter().all(|v| has(values, v)),
            (Clause::Page { pages, .. }, Clause::Page { pages: inner, .. }) => {
                inner.iter().all(|p| pages.iter().any(|q| q.covers(p)))
            }
            _ => false,
        }
    }
}

/// The folded text of a field.
pub(super) fn text_of<F: Facts + ?Sized>(facts: &F, field: usize) -> Option<Cow<'_, str>> {
    match facts.fact(field) {
        Fact::Text(text) => Some(fold(text)),
        _ => None,
    }
}

fn has(values: &[String], text: &str) -> bool {
    values.binary_search_by(|v| v.as_str().cmp(text)).is_ok()
}

fn sorted<T: Ord>(mut values: Vec<T>) -> Vec<T> {
    values.sort();
    values.dedup();
    values
}

/// One value, or a list of some.
fn some<T>(json: &Json, read: impl Fn(&Json) -> Result<T>) -> Result<Vec<T>> {
    let values = if json.is_array() { list(json, read)? } else { vec![read(json)?] };
    if values.is_empty() {
        return Err(RulesProblem::Empty { what: "list of values" }.into());
    }
    check::most("values", values.len(), MOST_VALUES)?;
    Ok(values)
}

fn texts(json: &Json) -> Result<Vec<String>> {
    let folded = |v: &Json| match fold(&text(v)?).into_owned() {
        empty if empty.is_empty() => Err(wrong(FieldType::Text, v)),
        folded if folded.contains('\0') => Err(Problem::Nul.into()),
        folded => Ok(folded),
    };
    Ok(sorted(some(json, folded)?))
}

/// A domain as addresses are compared with it: `@Company.example` is `company.example`.
fn domain(json: &Json, identity: &Identity) -> Result<String> {
    let written = text(json)?;
    let domain = identity.domain(written.trim().trim_start_matches('@'));
    let wrong = || Problem::WrongShape { expected: "a domain such as company.example", found: shortened(&written, 60) };
    Ok(domain.ok_or_else(wrong)?.ascii)
}
