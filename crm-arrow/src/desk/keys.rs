//! Identity keys as columns.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, SchemaRef};
use crm_core::kernel::error::RulesProblem;
use crm_core::kernel::json;
use crm_core::model::Kind;
use crm_core::rules::Rules;
use crm_core::rules::identity::{KEYSET, KeyFields, Keys};
use crm_core::{Error, Problem, Result, Schema};
use serde_json::Value as Json;

use super::options::TableOptions;
use super::reader::{Diagnostics, Reader};
use super::{Evaluated, check, read};
use crate::import::Incoming;
use crate::options::{Given, misshapen};
use crate::row::Batch;

/// A key as a column of texts; null where the row has no such key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyColumn {
    /// The canonical e-mail address.
    Email,
    /// The registrable domain of the address, unless it is a mail provider's.
    EmailDomain,
    /// The phone number in E.164.
    Phone,
    /// The mobile number in E.164.
    Mobile,
    /// The company's name folded, without its legal form.
    Company,
    /// First and last name folded, in one order however they were given.
    Name,
    /// The SIREN of the company.
    Registration,
    /// The key that tells duplicates.
    Dedupe,
    /// What that key was made of: `email`, `phone` or `name_company`.
    DedupeKind,
    /// The cells of the row that could not be read, a list of texts.
    Diagnostics,
}

/// What a dedupe key may be made of.
const DEDUPE: &[&str] =
    &["email", "phone", "mobile", "other_phones", "country", "first_name", "last_name", "company", "website"];

impl KeyColumn {
    /// Every column, in the order in which they come out by default.
    pub const ALL: &'static [KeyColumn] = {
        use KeyColumn as K;
        &[
            K::Email,
            K::EmailDomain,
            K::Phone,
            K::Mobile,
            K::Company,
            K::Name,
            K::Registration,
            K::Dedupe,
            K::DedupeKind,
            K::Diagnostics,
        ]
    };
    /// Every column's name.
    pub const NAMES: &'static [&'static str] = &[
        "email_key",
        "email_domain",
        "phone_key",
        "mobile_key",
        "company_key",
        "name_key",
        "registration_key",
        "dedupe_key",
        "dedupe_kind",
        "diagnostics",
    ];

    /// The column's name: that of the lead's own field, where it has one.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().zip(Self::NAMES).find(|(column, _)| **column == self).map_or("", |(_, name)| name)
    }

    pub(super) fn parse(name: &Json) -> Result<Self> {
        let found = Self::ALL.iter().zip(Self::NAMES).find(|(_, known)| name.as_str() == Some(known));
        found.map_or_else(|| Err(json::not_one_of(name, Self::NAMES)), |(column, _)| Ok(*column))
    }

    /// The fields of a lead that the key is made of.
    pub(super) const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Email | Self::EmailDomain => &["email"],
            Self::Phone => &["phone", "country"],
            Self::Mobile => &["mobile", "country"],
            Self::Company => &["company"],
            Self::Name => &["first_name", "last_name"],
            Self::Registration => &["registration_number", "vat_number"],
            Self::Dedupe | Self::DedupeKind => DEDUPE,
            Self::Diagnostics => &[],
        }
    }

    /// The key among those of a row.
    pub(super) fn of(self, keys: &Keys) -> Option<&str> {
        match self {
            Self::Email => keys.email.as_deref(),
            Self::EmailDomain => keys.email_domain.as_deref(),
            Self::Phone => keys.phone.as_deref(),
            Self::Mobile => keys.mobile.as_deref(),
            Self::Company => keys.company.as_deref(),
            Self::Name => keys.name.as_deref(),
            Self::Registration => keys.registration.as_deref(),
            Self::Dedupe => keys.dedupe.as_ref().map(|key| key.value.as_str()),
            Self::DedupeKind => keys.dedupe.as_ref().map(|key| key.kind.name()),
            Self::Diagnostics => None,
        }
    }

    fn field(self) -> Field {
        match self {
            Self::Diagnostics => Diagnostics::field(),
            key => Field::new(key.name(), DataType::Utf8, true),
        }
    }
}

/// Which keys of a table's rows come out, and how the table is read.
#[derive(Clone, Debug)]
pub struct KeyOptions {
    /// How the table is read, and what of it stays.
    pub table: TableOptions,
    /// The keys, in this order. What no key here is made of is not looked at.
    pub columns: Vec<KeyColumn>,
}

impl Default for KeyOptions {
    fn default() -> Self {
        Self { table: TableOptions::default(), columns: KeyColumn::ALL.to_vec() }
    }
}

impl KeyOptions {
    /// Reads the JSON form; nothing is required:
    ///
    /// ```
    /// let options = serde_json::json!({
    ///     "map": {"Société": "company"}, "keep": ["Société"], "columns": ["company_key", "dedupe_key"], "lang": "fr",
    ///     "threads": 2,
    /// });
    /// assert_eq!(crm_arrow::KeyOptions::from_json(&options)?.columns.len(), 2);
    /// # Ok::<(), crm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// Unknown options and values that do not fit, with their path.
    pub fn from_json(options: &Json) -> Result<Self> {
        let given = Given::new(options, &["lang", "map", "currency", "zone", "keep", "columns", "threads"])?;
        let columns = given.value("columns").map(|columns| read_columns(columns).map_err(|e| e.at("columns")));
        let columns = columns.transpose()?.unwrap_or_else(|| KeyColumn::ALL.to_vec());
        Ok(Self { table: TableOptions::read(&given)?, columns })
    }
}

fn read_columns(columns: &Json) -> Result<Vec<KeyColumn>> {
    let list = columns.as_array().ok_or_else(|| misshapen("a list of keys", columns))?;
    let mut read = Vec::new();
    for (i, name) in list.iter().enumerate() {
        let column = KeyColumn::parse(name).map_err(|e| e.at_index(i))?;
        if read.contains(&column) {
            return Err(Error::from(RulesProblem::DuplicateId { id: column.name().into() }).at_index(i));
        }
        read.push(column);
    }
    if read.is_empty() { Err(Problem::Missing { name: "column".into() }.into()) } else { Ok(read) }
}

/// The places of fields in the schema of leads, each once and in order.
pub(super) fn places(leads: &Schema, names: impl IntoIterator<Item = &'static str>) -> Vec<usize> {
    let mut places: Vec<usize> = names.into_iter().filter_map(|name| leads.position(name)).collect();
    places.sort_unstable();
    places.dedup();
    places
}

/// The keys of batches that are in the process already.
///
/// A cell that cannot be read gives no key; it is listed in its row's `diagnostics`.
///
/// # Errors
/// Batches of another schema than `schema`, no column that feeds a field which a key is made of, a column of a type that
/// its field is not read from.
pub fn identity_batches(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    rules: &Rules,
    options: &KeyOptions,
) -> Result<Evaluated> {
    check(schema, batches)?;
    let leads = rules.schema(Kind::Lead);
    let fields = places(&leads, options.columns.iter().flat_map(|column| column.fields().iter().copied()));
    let result = options.columns.iter().map(|column| column.field()).collect();
    let reader = Reader::new(schema, &leads, &fields, &options.table, result)?.fed(schema, &leads, &fields)?;
    let (fields, columns) = (KeyFields::new(&leads), options.columns.as_slice());
    let part = |batch: &Batch<'_>, rows: Range<usize>| {
        let mut grown: Vec<StringBuilder> = columns.iter().map(|_| StringBuilder::new()).collect();
        let mut diagnostics = Diagnostics::new(options.table.text_lang());
        each(batch, rows, rules, &fields, |keys, problems| {
            columns.iter().zip(&mut grown).for_each(|(column, grown)| grown.append_option(column.of(keys)));
            diagnostics.push(problems);
        });
        let problems = diagnostics.finish();
        let arrays = columns.iter().zip(grown).map(|(column, mut grown)| match column {
            KeyColumn::Diagnostics => Arc::clone(&problems),
            _ => Arc::new(grown.finish()) as ArrayRef,
        });
        Ok(arrays.collect::<Vec<_>>())
    };
    let mut out = Vec::new();
    for batch in batches {
        for (rows, arrays) in reader.parts(batch, part)? {
            out.push(reader.attach(batch, rows, arrays)?);
        }
    }
    Ok(Evaluated { schema: reader.schema, batches: out, answer: serde_json::json!({ "keyset": KEYSET }) })
}

/// The keys of some rows, one row after the other, each with what could not be read in it.
pub(super) fn each(
    batch: &Batch<'_>,
    rows: Range<usize>,
    rules: &Rules,
    fields: &KeyFields,
    mut then: impl FnMut(&Keys, &[Error]),
) {
    let (mut facts, mut problems) = (batch.facts(), Vec::new());
    for row in rows {
        batch.read(row, &mut facts, &mut problems);
        then(&rules.identity().lead_keys(&facts, fields), &problems);
        problems.clear();
    }
}

/// Reads a C stream to its end and makes the keys of its rows: all of it or, on any error, nothing.
///
/// # Errors
/// As [`identity_batches`], and [`Problem::Arrow`] for a stream that fails or cannot be trusted. The stream is released
/// in any case.
pub fn identity_table(input: impl Into<Incoming>, rules: &Rules, options: &KeyOptions) -> Result<Evaluated> {
    let (schema, batches) = read(input)?;
    identity_batches(&schema, &batches, rules, options)
}
