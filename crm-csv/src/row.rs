//! One record to one row: its cells read, several columns for one field brought together, its id.

use sha2::{Digest as _, Sha256};

use crm_core::kernel::json::canonical;
use crm_core::kernel::text::{fold, shortened};
use crm_core::model::{Consent, Lead, Record as _};
use crm_core::{Currency, Error, FieldType, Problem, Result, Value};

use crate::cell::{self, CellOptions, email, is_mark, is_placeholder, plain_text};
use crate::identity::Columns;
use crate::leads::{LeadField, LeadRow};
use crate::mapping::{Mapped, Mapping, Reading};
use crate::reader::Record;
use crate::seen::{Known, Seen, half, key};

/// What a record becomes.
pub(crate) enum Outcome {
    /// A row.
    Row(LeadRow),
    /// A repetition of the record on that line.
    Duplicate(u64),
}

/// A column at fault, if it is one column's, and the fault.
pub(crate) type Fault = (Option<String>, Error);

/// What is known of the rows so far.
#[derive(Debug)]
pub(crate) struct Rows {
    options: CellOptions,
    columns: Columns,
    fields: Vec<LeadField>,
    /// The place among the fields that each column of the mapping feeds; the currency's feeds none.
    targets: Vec<Option<usize>>,
    /// The places of the fields that say who a row is about.
    identifying: Vec<usize>,
    id: usize,
    source: (usize, String),
    seen: Seen,
}

/// A row must say who it is about.
const IDENTIFYING: &[&str] = &["company", "last_name", "email", "phone", "mobile", "external_id"];

/// What one cell says.
enum Said {
    /// Nothing is written in it.
    Nothing,
    /// A placeholder.
    Placeholder,
    /// What its person agreed to. [`Consent::Unknown`] is said, too: `unknown` beside a yes is not a yes.
    Consent(Consent),
    /// Any other value.
    Value(Value),
}

impl Rows {
    pub(crate) fn new(options: CellOptions, headers: &[String], mapping: &Mapping, source: &str) -> Self {
        let mut fields: Vec<LeadField> = Vec::new();
        let mut place = |name: &str, kind: FieldType| {
            fields.iter().position(|f| f.name == name).unwrap_or_else(|| {
                fields.push(LeadField { name: name.to_owned(), kind });
                fields.len().saturating_sub(1)
            })
        };
        let targets = mapping.columns.iter().map(|m| m.reading.kind().map(|kind| place(&m.field, kind))).collect();
        let id = place("external_id", FieldType::Text);
        let source = (place("external_source", FieldType::Text), source.to_owned());
        let identifying = IDENTIFYING.iter().filter_map(|name| fields.iter().position(|f| f.name == *name)).collect();
        Self {
            options,
            columns: Columns::new(headers),
            fields,
            targets,
            identifying,
            id,
            source,
            seen: Seen::default(),
        }
    }

    pub(crate) fn fields(&self) -> &[LeadField] {
        &self.fields
    }

    pub(crate) const fn forgot(&self) -> bool {
        self.seen.forgot()
    }

    pub(crate) fn read(&mut self, record: &Record, mapping: &Mapping) -> std::result::Result<Outcome, Fault> {
        let mut currency = None;
        let own = mapping.columns.iter().find(|m| m.reading == Reading::Currency);
        if let Some(mapped) = own {
            currency = row_currency(record.get(mapped.column).unwrap_or_default()).map_err(|e| at(mapped, e))?;
        }
        let usual = self.options.currency;
        self.options.currency = currency.or(usual);
        let result = self.values(record, mapping);
        self.options.currency = usual;
        let row = result?;
        if !self.identifying.iter().any(|place| row.values.get(*place).is_some_and(|v| *v != Value::Null)) {
            return Err((None, Problem::MissingOneOf { names: IDENTIFYING }.into()));
        }
        self.placed(record, row)
    }

    fn values(&self, record: &Record, mapping: &Mapping) -> std::result::Result<LeadRow, Fault> {
        let mut values = vec![Value::Null; self.fields.len()];
        let mut consent: Option<Consent> = None;
        let mut consented = None;
        let mut placeholders = Vec::new();
        for (place, (mapped, target)) in mapping.columns.iter().zip(&self.targets).enumerate() {
            let cell = record.get(mapped.column).unwrap_or_default();
            let known = target.and_then(|target| values.get_mut(target));
            if mapped.spare && known.as_ref().is_some_and(|v| **v != Value::Null) {
                continue;
            }
            match said(mapped, cell, &self.options).map_err(|e| at(mapped, e))? {
                Said::Nothing => {}
                Said::Placeholder => placeholders.push(place),
                Said::Consent(new) => {
                    consent = Some(consent.map_or(new, |known| known.strictest(new)));
                    consented = *target;
                }
                Said::Value(value) => match known {
                    // Of several columns one yes is enough: it forbids.
                    Some(known) if mapped.field == "do_not_call" && *known == Value::Boolean(true) => {}
                    Some(known) => *known = value,
                    None => {}
                },
            }
        }
        let agreed = match consent {
            Some(Consent::OptedOut) => Some("opted_out"),
            Some(Consent::Soft) => Some("soft"),
            Some(Consent::OptedIn) => Some("opted_in"),
            Some(Consent::Unknown) | None => None,
        };
        if let (Some(agreed), Some(known)) = (agreed, consented.and_then(|target| values.get_mut(target))) {
            *known = Value::Text(agreed.to_owned());
        }
        Ok(LeadRow { values, placeholders })
    }

    /// Gives the row its id and compares it with the rows before it.
    fn placed(&mut self, record: &Record, mut row: LeadRow) -> std::result::Result<Outcome, Fault> {
        let (id, content) = match row.values.get(self.id) {
            // Two records of one id may differ in columns that feed nothing.
            Some(Value::Text(id)) => (id.clone(), content(&row.values)),
            _ => {
                let digest = self.columns.digest(record);
                (format!("row-{digest:032x}"), digest)
            }
        };
        let known = Known { line: record.line(), content: u64::try_from(content >> 64).unwrap_or_default() };
        let own = key(&id);
        if let Some(before) = self.seen.get(own) {
            let first = before.line;
            if before.content == known.content {
                return Ok(Outcome::Duplicate(first));
            }
            // One id, two contents: nobody can say which is right.
            let id = format!("{id} (line {first})");
            return Err((None, Problem::AlreadyExists { record: Lead::NAME.into(), id }.into()));
        }
        self.seen.insert(own, known);
        let (place, source) = &self.source;
        for (place, text) in [(self.id, id), (*place, source.clone())] {
            if let Some(value) = row.values.get_mut(place) {
                *value = Value::Text(text);
            }
        }
        Ok(Outcome::Row(row))
    }
}

/// A digest of a row's values.
fn content(values: &[Value]) -> u128 {
    let mut hash = Sha256::new();
    for value in values {
        match value {
            Value::Null => {}
            Value::Text(text) => hash.update(text.as_bytes()),
            other => hash.update(canonical(&other.to_json()).as_bytes()),
        }
        hash.update([0]);
    }
    half(hash)
}

fn at(mapped: &Mapped, error: Error) -> Fault {
    (Some(mapped.header.clone()), error)
}

fn row_currency(cell: &str) -> Result<Option<Currency>> {
    let text = plain_text(cell)?;
    if text.is_empty() || is_placeholder(text) {
        return Ok(None);
    }
    match text {
        "€" => "EUR".parse().map(Some),
        "£" => "GBP".parse().map(Some),
        code => code.to_ascii_uppercase().parse().map(Some),
    }
}

fn said(mapped: &Mapped, cell: &str, options: &CellOptions) -> Result<Said> {
    let text = plain_text(cell)?;
    if text.is_empty() {
        return Ok(Said::Nothing);
    }
    // Free text may well be a single dash.
    if mapped.field == "description" {
        return Ok(Said::Value(Value::Text(text.to_owned())));
    }
    if matches!(mapped.reading, Reading::Consent | Reading::Refusal) && UNKNOWN.contains(&&*fold(text)) {
        return Ok(Said::Consent(Consent::Unknown));
    }
    let empty = if mapped.words { is_placeholder(text) } else { is_mark(text) };
    if empty {
        return Ok(Said::Placeholder);
    }
    let value = match mapped.reading {
        Reading::Typed(kind) => cell::parse_plain(kind, text, options)?,
        Reading::Email => Value::Text(email(text)?.to_owned()),
        Reading::HeadCount => Value::Integer(crate::amount::head_count(text, options.decimal)?),
        Reading::Currency => Value::Null,
        // Who did not refuse has not agreed.
        Reading::Refusal => match cell::parse_plain(FieldType::Boolean, text, options)? {
            Value::Boolean(true) => return Ok(Said::Consent(Consent::OptedOut)),
            _ => Value::Null,
        },
        Reading::Consent => return consent(text).map(Said::Consent),
    };
    Ok(if value == Value::Null { Said::Nothing } else { Said::Value(value) })
}

/// Placeholders that, where consent is asked for, say something: that nobody knows.
const UNKNOWN: &[&str] = &["unknown", "not known", "inconnu", "inconnue", "none", "aucun", "aucune"];

/// What a cell says about consent. A no is a refusal: of the two ways to read it, the one that sends nothing.
fn consent(text: &str) -> Result<Consent> {
    match &*fold(text) {
        "opted_in" | "opted in" | "opt-in" | "optin" | "yes" | "oui" | "true" | "vrai" | "1" | "x" | "granted"
        | "accepte" | "inscrit" | "subscribed" => Ok(Consent::OptedIn),
        "soft" | "soft opt-in" | "soft_opt_in" | "customer" | "client" => Ok(Consent::Soft),
        "opted_out" | "opted out" | "opt-out" | "optout" | "no" | "non" | "false" | "faux" | "0" | "refused"
        | "refuse" | "desinscrit" | "unsubscribed" | "desabonne" | "withdrawn" => Ok(Consent::OptedOut),
        _ => {
            let found = shortened(text, 60);
            Err(Problem::NotOneOf { found, expected: &["opted_in", "soft", "opted_out"] }.into())
        }
    }
}

#[cfg(test)]
#[path = "row_tests.rs"]
mod tests;
