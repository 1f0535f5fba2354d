//! One record to one row: its cells read, several columns for one field brought together, its id.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

use crm_core::kernel::json::canonical;
use crm_core::kernel::text::{fold, shortened};
use crm_core::model::{Consent, Lead, Record as _};
use crm_core::{Currency, Error, FieldType, Problem, Result, Value};
use serde_json::{Map, Value as Json};

use crate::cell::{self, CellOptions, email, is_mark, is_placeholder, plain_text};
use crate::identity::{Columns, hex};
use crate::mapping::{Mapped, Mapping, Reading};
use crate::reader::Record;

/// What a record becomes.
pub(crate) enum Outcome {
    /// A row, and the columns (by their place in the mapping) in which a placeholder was read as empty.
    Row(Map<String, Json>, Vec<usize>),
    /// A repetition of the record on that line.
    Duplicate(u64),
}

/// A column at fault, if it is one column's, and the fault.
pub(crate) type Fault = (Option<String>, Error);

/// What is known of the rows so far.
pub(crate) struct Rows {
    options: CellOptions,
    columns: Columns,
    source: String,
    /// Line and content of the record by external id.
    seen: HashMap<String, (u64, String)>,
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
    pub(crate) fn new(options: CellOptions, headers: &[String], source: &str) -> Self {
        Self { options, columns: Columns::new(headers), source: source.to_owned(), seen: HashMap::new() }
    }

    pub(crate) fn read(&mut self, record: &Record, mapping: &Mapping) -> std::result::Result<Outcome, Fault> {
        let mut currency = None;
        let own = mapping.columns.iter().find(|m| m.reading == Reading::Currency);
        if let Some(mapped) = own {
            currency = row_currency(record.get(mapped.column).unwrap_or_default()).map_err(|e| at(mapped, e))?;
        }
        let usual = self.options.currency;
        self.options.currency = currency.or(usual);
        let result = self.fields(record, mapping);
        self.options.currency = usual;
        let (fields, placeholders) = result?;
        if !IDENTIFYING.iter().any(|name| fields.contains_key(*name)) {
            return Err((None, Problem::MissingOneOf { names: IDENTIFYING }.into()));
        }
        self.placed(record, fields, placeholders)
    }

    fn fields(
        &self,
        record: &Record,
        mapping: &Mapping,
    ) -> std::result::Result<(Map<String, Json>, Vec<usize>), Fault> {
        let mut fields = Map::new();
        let mut custom = Map::new();
        let mut consent: Option<Consent> = None;
        let mut placeholders = Vec::new();
        for (place, mapped) in mapping.columns.iter().enumerate() {
            if mapped.spare && fields.contains_key(&mapped.field) {
                continue;
            }
            let cell = record.get(mapped.column).unwrap_or_default();
            let value = match said(mapped, cell, &self.options).map_err(|e| at(mapped, e))? {
                Said::Nothing => continue,
                Said::Placeholder => {
                    placeholders.push(place);
                    continue;
                }
                Said::Consent(new) => {
                    consent = Some(consent.map_or(new, |known| known.strictest(new)));
                    continue;
                }
                Said::Value(value) => value.to_json(),
            };
            match mapped.field.strip_prefix("custom.") {
                Some(name) => custom.insert(name.to_owned(), value),
                // Of several columns one yes is enough: it forbids.
                None if mapped.field == "do_not_call" && fields.get("do_not_call") == Some(&Json::Bool(true)) => None,
                None => fields.insert(mapped.field.clone(), value),
            };
        }
        let agreed = match consent {
            Some(Consent::OptedOut) => Some("opted_out"),
            Some(Consent::Soft) => Some("soft"),
            Some(Consent::OptedIn) => Some("opted_in"),
            Some(Consent::Unknown) | None => None,
        };
        fields.extend(agreed.map(|name| ("consent".to_owned(), name.into())));
        if !custom.is_empty() {
            fields.insert("custom".into(), Json::Object(custom));
        }
        Ok((fields, placeholders))
    }

    /// Gives the row its id and compares it with the rows before it.
    fn placed(
        &mut self,
        record: &Record,
        mut fields: Map<String, Json>,
        placeholders: Vec<usize>,
    ) -> std::result::Result<Outcome, Fault> {
        let (id, content) = match fields.get("external_id") {
            // Two records of one id may differ in columns that feed nothing.
            Some(Json::String(id)) => {
                (id.clone(), hex(Sha256::new().chain_update(canonical(&Json::Object(fields.clone())))))
            }
            _ => {
                let digest = self.columns.digest(record);
                (format!("row-{digest}"), digest)
            }
        };
        if let Some((first, before)) = self.seen.get(&id) {
            if *before == content {
                return Ok(Outcome::Duplicate(*first));
            }
            // One id, two contents: nobody can say which is right.
            let id = format!("{id} (line {first})");
            return Err((None, Problem::AlreadyExists { record: Lead::NAME.into(), id }.into()));
        }
        self.seen.insert(id.clone(), (record.line(), content));
        fields.insert("external_id".into(), id.into());
        fields.insert("external_source".into(), self.source.as_str().into());
        Ok(Outcome::Row(fields, placeholders))
    }
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
        Reading::Typed(kind) => cell::parse(kind, cell, options)?,
        Reading::Email => Value::Text(email(text)?.to_owned()),
        Reading::HeadCount => Value::Integer(crate::amount::head_count(text, options.decimal)?),
        Reading::Currency => Value::Null,
        // Who did not refuse has not agreed.
        Reading::Refusal => match cell::parse(FieldType::Boolean, cell, options)? {
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
