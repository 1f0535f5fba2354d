//! The mapping of one file: which of its columns feeds which field, which are left out, and why.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use crm_core::kernel::field::nearest;
use crm_core::kernel::text::fold;
use crm_core::model::{Lead, Record as _};
use crm_core::{Error, FieldType, Problem, Result};

use crate::aliases::{ALIASES, CURRENCY, FLAVOURS, Flavour, REFUSALS};
use crate::cell::WORD_FIELDS;

/// The form under which headers are compared: folded, letters and digits only.
pub(crate) fn key(header: &str) -> String {
    fold(header).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// A choice of the person importing: this column feeds that field, or none.
///
/// Written `column=field`; `custom.name` is a field of the host; `-` leaves the column out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The header, compared as the table's headers are.
    pub column: String,
    /// The field, or `None` to leave the column out.
    pub field: Option<String>,
}

impl FromStr for Override {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let wrong = || Problem::WrongShape { expected: "`column=field`", found: text.to_owned() };
        let (column, field) = text.rsplit_once('=').ok_or_else(wrong)?;
        let (column, field) = (column.trim(), field.trim());
        if column.is_empty() || field.is_empty() {
            return Err(wrong().into());
        }
        Ok(Self { column: column.into(), field: (field != "-").then(|| field.into()) })
    }
}

/// How the cells of a column become a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// By the field's type.
    Typed(FieldType),
    /// An e-mail address.
    Email,
    /// A head count, possibly a range.
    HeadCount,
    /// What a person agreed to.
    Consent,
    /// Whether a person refused.
    Refusal,
    /// The currency of the row's amounts.
    Currency,
}

impl Reading {
    /// The type of the values; the currency of a row is no value of its own.
    pub(crate) const fn kind(self) -> Option<FieldType> {
        Some(match self {
            Reading::Typed(kind) => kind,
            Reading::HeadCount => FieldType::Integer,
            Reading::Email | Reading::Consent | Reading::Refusal => FieldType::Text,
            Reading::Currency => return None,
        })
    }
}

/// One column that feeds a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapped {
    /// The column's place in the file.
    pub column: usize,
    /// Its header as written.
    pub header: String,
    /// The field: one of a lead, `custom.` and a name, or `currency`.
    pub field: String,
    /// Whether it is only looked at where the columns before it, for the same field, are empty (e-mail and phone).
    ///
    /// Of the columns for `consent` and for `do_not_call` none is spare: all of them are read, and the strictest says.
    pub spare: bool,
    pub(crate) reading: Reading,
    /// Whether words such as `none` say nothing here, as signs such as `-` do everywhere.
    pub(crate) words: bool,
}

/// Which columns feed which fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    /// The system whose export this is, if its headers say so.
    pub flavour: Option<&'static str>,
    /// The columns in use; for one field, the first choice stands first.
    pub columns: Vec<Mapped>,
    /// Headers of named columns that feed nothing.
    pub ignored: Vec<String>,
    /// Headers that would feed a field which another column already feeds: header and field.
    pub outranked: Vec<(String, String)>,
}

impl Mapping {
    /// Finds the mapping of a header row.
    ///
    /// # Errors
    /// [`Problem::MissingColumn`] and [`Problem::UnknownField`] for a choice that names what does not exist,
    /// [`Problem::ReadOnly`] for a field that the library keeps, [`Problem::ColumnMappedTwice`] when two choices feed
    /// one field other than `consent` and `do_not_call`, [`Problem::DuplicateHeader`] when a column in use has
    /// another's name (those two fields excepted again), and [`Problem::NoMappedColumn`].
    pub fn detect(headers: &[String], overrides: &[Override], custom: &BTreeMap<String, FieldType>) -> Result<Self> {
        let keys: Vec<String> = headers.iter().map(|h| key(h)).collect();
        let flavour = flavour(&keys);
        let mut mapping = Self { flavour: flavour.map(|f| f.name), ..Self::default() };
        let chosen = chosen(headers, &keys, overrides)?;
        let table = table(flavour);
        let mut found: Vec<(usize, Rank, &str)> = Vec::new();
        for (column, own) in keys.iter().enumerate() {
            match chosen.get(&column) {
                Some(Some(field)) => found.push((column, Rank::Chosen, field)),
                Some(None) => {}
                None => {
                    found.extend(table.get(own).filter(|(_, f)| !f.is_empty()).map(|(rank, f)| (column, *rank, *f)))
                }
            }
        }
        let has_name = found.iter().any(|(_, _, field)| matches!(*field, "first_name" | "last_name"));
        found.retain(|(_, _, field)| *field != "full_name" || !has_name);
        for (_, _, field) in &mut found {
            if *field == "full_name" {
                *field = "last_name";
            }
        }
        found.sort_by_key(|(column, rank, _)| (*rank, *column));
        let mut fed: BTreeSet<&str> = BTreeSet::new();
        let mut used: BTreeSet<usize> = BTreeSet::new();
        for (column, rank, field) in &found {
            let Some(header) = headers.get(*column) else { continue };
            // A refusal must count wherever it stands, so these columns feed their field together.
            let together = matches!(*field, "consent" | "do_not_call");
            let first = fed.insert(field) || together;
            if !first && (*rank == Rank::Chosen || !matches!(*field, "email" | "phone")) {
                if *rank == Rank::Chosen {
                    return Err(twice(field, headers, &mapping, header));
                }
                mapping.outranked.push((header.clone(), (*field).to_owned()));
                used.insert(*column);
                continue;
            }
            if !together && keys.iter().filter(|k| keys.get(*column) == Some(*k)).count() > 1 {
                return Err(Problem::DuplicateHeader { name: header.clone() }.into());
            }
            used.insert(*column);
            let reading = reading(field, keys.get(*column).map_or("", String::as_str), custom)?;
            let words = has_words(field, reading);
            let (header, field) = (header.clone(), (*field).to_owned());
            mapping.columns.push(Mapped { column: *column, header, field, spare: !first, reading, words });
        }
        if !mapping.columns.iter().any(|m| m.field != CURRENCY) {
            return Err(unmapped(headers, &keys, &table));
        }
        let left = |(i, h): &(usize, &String)| !used.contains(i) && !h.is_empty();
        mapping.ignored = headers.iter().enumerate().filter(left).map(|(_, h)| h.clone()).collect();
        Ok(mapping)
    }
}

/// That no header is known, and what the known ones nearest to them feed.
fn unmapped(headers: &[String], keys: &[String], table: &BTreeMap<String, (Rank, &'static str)>) -> Error {
    let alike = |own: &String| table.get(nearest(own, table.keys().map(String::as_str))?).map(|(_, field)| *field);
    let pairs = headers.iter().zip(keys).filter_map(|(header, own)| Some((header.clone(), alike(own)?.to_owned())));
    let nearest = pairs.filter(|(_, field)| !field.is_empty() && field != CURRENCY).collect();
    Problem::NoMappedColumn { found: headers.to_vec(), fields: Vec::new(), nearest }.into()
}

fn twice(field: &str, headers: &[String], mapping: &Mapping, second: &str) -> Error {
    let first = mapping.columns.iter().find(|m| m.field == field).and_then(|m| headers.get(m.column));
    let first = first.cloned().unwrap_or_default();
    Problem::ColumnMappedTwice { field: field.into(), first, second: second.into() }.into()
}

/// What a column's claim to a field rests on; the lower wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Chosen,
    Flavour,
    Listed(usize),
}

fn flavour(keys: &[String]) -> Option<&'static Flavour> {
    FLAVOURS.iter().find(|f| f.signature.iter().all(|s| keys.contains(&key(s))))
}

/// What each known header feeds in files of a flavour, by its key; the empty field feeds nothing.
fn table(flavour: Option<&'static Flavour>) -> BTreeMap<String, (Rank, &'static str)> {
    let listed = ALIASES.iter().flat_map(|(field, headers)| {
        headers.iter().enumerate().map(|(place, header)| (key(header), (Rank::Listed(place), *field)))
    });
    let own = flavour.into_iter().flat_map(|f| f.columns).map(|(header, field)| (key(header), (Rank::Flavour, *field)));
    listed.chain(own).collect()
}

/// The choices by column.
fn chosen<'a>(
    headers: &[String],
    keys: &[String],
    overrides: &'a [Override],
) -> Result<BTreeMap<usize, Option<&'a str>>> {
    let mut chosen = BTreeMap::new();
    for choice in overrides {
        let wanted = key(&choice.column);
        let exact = headers.iter().position(|h| *h == choice.column);
        let column = exact.or_else(|| keys.iter().position(|k| *k == wanted && !wanted.is_empty()));
        let column = column.ok_or_else(|| Problem::MissingColumn {
            name: choice.column.clone(),
            found: headers.to_vec(),
            nearest: nearest(&wanted, keys.iter().map(String::as_str))
                .and_then(|near| keys.iter().position(|k| k == near))
                .and_then(|at| headers.get(at).cloned()),
        })?;
        if let Some(field) = &choice.field {
            check_field(field)?;
        }
        let field = choice.field.as_deref();
        if let Some(Some(before)) = chosen.insert(column, field)
            && Some(before) != field
        {
            return Err(Problem::WrongShape {
                expected: "every column mapped once",
                found: format!("{}={before}, {}={}", choice.column, choice.column, field.unwrap_or("-")),
            }
            .into());
        }
    }
    Ok(chosen)
}

fn check_field(field: &str) -> Result<()> {
    let custom = field.strip_prefix("custom.").is_some_and(|name| !name.is_empty());
    let declared = Lead::FIELDS.iter().find(|f| f.name == field);
    // The source is named once for the whole file, in the options.
    if declared.is_some_and(|f| f.computed) || field == "external_source" {
        return Err(Problem::ReadOnly { field: field.into() }.into());
    }
    if custom || declared.is_some() || matches!(field, CURRENCY | "full_name") {
        return Ok(());
    }
    let names = Lead::FIELDS.iter().map(|f| f.name.as_ref());
    let nearest = nearest(field, names).map(Into::into);
    Err(Problem::UnknownField { record: Lead::NAME.into(), found: field.into(), nearest }.into())
}

/// Whether words for nothing say nothing in a column: see [`WORD_FIELDS`].
fn has_words(field: &str, reading: Reading) -> bool {
    let text = matches!(reading, Reading::Email | Reading::Typed(FieldType::Text | FieldType::Texts));
    !text || WORD_FIELDS.contains(&field)
}

fn reading(field: &str, own: &str, custom: &BTreeMap<String, FieldType>) -> Result<Reading> {
    Ok(match field {
        "email" => Reading::Email,
        "size" => Reading::HeadCount,
        "consent" if REFUSALS.iter().any(|h| key(h) == own) => Reading::Refusal,
        "consent" => Reading::Consent,
        CURRENCY => Reading::Currency,
        _ => match field.strip_prefix("custom.") {
            Some(name) => Reading::Typed(custom.get(name).copied().unwrap_or(FieldType::Text)),
            None => Lead::FIELDS
                .iter()
                .find(|f| f.name == field)
                .map(|f| Reading::Typed(f.kind))
                .ok_or_else(|| Problem::Missing { name: field.into() })?,
        },
    })
}
