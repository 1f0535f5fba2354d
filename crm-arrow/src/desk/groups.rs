//! Rows that belong together because they share a key.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{Array as _, ArrayRef, RecordBatch, StringArray, UInt32Array};
use arrow_schema::{DataType, Field, SchemaRef};
use crm_core::kernel::json;
use crm_core::model::Kind;
use crm_core::rules::Rules;
use crm_core::rules::duplicates::{Grouping, Groups};
use crm_core::rules::identity::{KeyFields, Keys};
use crm_core::{Error, Problem, Result};
use serde_json::{Map, Value as Json};

use super::keys::{KeyColumn, each, places};
use super::options::TableOptions;
use super::reader::Reader;
use super::{Evaluated, check, read};
use crate::import::{Incoming, refused};
use crate::options::{Given, misshapen};
use crate::row::Batch;

/// By what rows belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupBy {
    /// The same canonical e-mail address.
    Email,
    /// The same number, whether it is the phone's, the mobile's or one of the others.
    Phone,
    /// The same person at the same company: names, and the company's domain or, where none is known, its name.
    NameCompany,
    /// The same dedupe key: the first of the three above that a row has.
    Dedupe,
    /// Any of the first three, and whoever shares one with somebody who shares another.
    Any,
    /// All of these keys, each of them known.
    Keys(Vec<KeyColumn>),
}

const PRESETS: &[&str] = &["email", "phone", "name_company", "dedupe", "any"];

/// One text by which rows are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Column(KeyColumn),
    /// All numbers, with a space between.
    Phones,
    NameCompany,
}

impl Part {
    fn fields(self) -> &'static [&'static str] {
        match self {
            Part::Column(column) => column.fields(),
            Part::Phones => &["phone", "mobile", "other_phones", "country"],
            Part::NameCompany => &["first_name", "last_name", "email", "website", "company"],
        }
    }

    fn add(self, keys: &Keys, to: &mut StringBuilder) {
        match self {
            Part::Column(column) => to.append_option(column.of(keys)),
            Part::Phones if keys.phones.is_empty() => to.append_null(),
            Part::Phones => to.append_value(keys.phones.join(" ")),
            Part::NameCompany => match (&keys.name, keys.domain.as_ref().or(keys.company.as_ref())) {
                (Some(name), Some(company)) => to.append_value(format!("{name}|{company}")),
                _ => to.append_null(),
            },
        }
    }
}

impl GroupBy {
    fn parts(&self) -> Vec<Part> {
        use KeyColumn as K;
        match self {
            GroupBy::Email => vec![Part::Column(K::Email)],
            GroupBy::Phone => vec![Part::Phones],
            GroupBy::NameCompany => vec![Part::NameCompany],
            GroupBy::Dedupe => vec![Part::Column(K::DedupeKind), Part::Column(K::Dedupe)],
            GroupBy::Any => vec![Part::Column(K::Email), Part::Phones, Part::NameCompany],
            GroupBy::Keys(columns) => columns.iter().copied().map(Part::Column).collect(),
        }
    }

    fn from_json(by: &Json) -> Result<Self> {
        match by {
            Json::String(name) => Ok(match name.as_str() {
                "email" => GroupBy::Email,
                "phone" => GroupBy::Phone,
                "name_company" => GroupBy::NameCompany,
                "dedupe" => GroupBy::Dedupe,
                "any" => GroupBy::Any,
                _ => return Err(json::not_one_of(by, PRESETS)),
            }),
            Json::Array(list) => {
                let columns = list.iter().enumerate().map(|(i, name)| match KeyColumn::parse(name) {
                    Ok(KeyColumn::Diagnostics) => Err(json::not_one_of(name, KeyColumn::NAMES).at_index(i)),
                    column => column.map_err(|e| e.at_index(i)),
                });
                let columns: Vec<KeyColumn> = columns.collect::<Result<_>>()?;
                if columns.is_empty() {
                    return Err(Problem::Missing { name: "key".into() }.into());
                }
                Ok(GroupBy::Keys(columns))
            }
            other => Err(misshapen("one of the groupings, or a list of keys", other)),
        }
    }
}

/// One way of grouping, and what its columns are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupColumns {
    /// By what rows belong together.
    pub by: GroupBy,
    /// The column of the groups' numbers, from 0 in the order of their first rows; null for a row without any key.
    pub number: String,
    /// The column of the groups' sizes; null where the number is.
    pub size: String,
}

impl GroupColumns {
    /// The columns `group` and `group_size`.
    pub fn new(by: GroupBy) -> Self {
        Self { by, number: "group".to_owned(), size: "group_size".to_owned() }
    }

    /// The columns `<name>_group` and `<name>_size`.
    pub fn named(name: &str, by: GroupBy) -> Self {
        Self { by, number: format!("{name}_group"), size: format!("{name}_size") }
    }
}

/// By what a table's rows are grouped, and how the table is read.
#[derive(Clone, Debug)]
pub struct GroupOptions {
    /// How the table is read, and what of it stays.
    pub table: TableOptions,
    /// The groupings; the keys of all of them are made once.
    pub by: Vec<GroupColumns>,
}

impl GroupOptions {
    /// One grouping, over a table as it stands.
    pub fn new(by: GroupBy) -> Self {
        Self { table: TableOptions::default(), by: vec![GroupColumns::new(by)] }
    }

    /// Reads the JSON form; nothing is required. `by` is a grouping, or several by name, each one of `email`, `phone`,
    /// `name_company`, `dedupe`, `any`, or a list of keys which must all be the same; without it, `dedupe`.
    ///
    /// ```
    /// let options = serde_json::json!({"by": {"person": "any", "company": ["company_key", "email_domain"]}});
    /// let options = crm_arrow::GroupOptions::from_json(&options)?;
    /// assert_eq!(options.by[0].number, "company_group");
    /// # Ok::<(), crm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// Unknown options and values that do not fit, with their path.
    pub fn from_json(options: &Json) -> Result<Self> {
        let given = Given::new(options, &["lang", "map", "currency", "zone", "keep", "by", "threads"])?;
        let by = match given.value("by") {
            None => vec![GroupColumns::new(GroupBy::Dedupe)],
            Some(Json::Object(several)) => {
                let named = several.iter().map(|(name, by)| {
                    GroupBy::from_json(by).map(|by| GroupColumns::named(name, by)).map_err(|e| e.at(name).at("by"))
                });
                named.collect::<Result<_>>()?
            }
            Some(by) => vec![GroupColumns::new(GroupBy::from_json(by).map_err(|e| e.at("by"))?)],
        };
        if by.is_empty() {
            return Err(Error::from(Problem::Missing { name: "grouping".into() }).at("by"));
        }
        Ok(Self { table: TableOptions::read(&given)?, by })
    }
}

/// Groups the rows of batches that are in the process already. Batches are looked at once more at the end: a group's
/// size is known when its last row is.
///
/// # Errors
/// Batches of another schema than `schema`, no column that feeds a field which a key is made of, a column of a type that
/// its field is not read from.
pub fn duplicate_groups_of(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    rules: &Rules,
    options: &GroupOptions,
) -> Result<Evaluated> {
    check(schema, batches)?;
    let leads = rules.schema(Kind::Lead);
    let mut parts: Vec<Part> = Vec::new();
    for part in options.by.iter().flat_map(|columns| columns.by.parts()) {
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    let read = places(&leads, parts.iter().flat_map(|part| part.fields().iter().copied()));
    let result = options.by.iter().flat_map(|by| [&by.number, &by.size]);
    let result: Vec<Field> = result.map(|name| Field::new(name, DataType::UInt32, true)).collect();
    let reader = Reader::new(schema, &leads, &read, &options.table, result)?.fed(schema, &leads, &read)?;
    let fields = KeyFields::new(&leads);
    let texts = |batch: &Batch<'_>, rows: Range<usize>| {
        let mut grown: Vec<StringBuilder> = parts.iter().map(|_| StringBuilder::new()).collect();
        each(batch, rows, rules, &fields, |keys, _| {
            parts.iter().zip(&mut grown).for_each(|(part, grown)| part.add(keys, grown));
        });
        Ok(grown.into_iter().map(|mut grown| grown.finish()).collect::<Vec<StringArray>>())
    };
    let mut groupings: Vec<Collected> = options.by.iter().map(|by| Collected::new(by, &parts)).collect();
    for batch in batches {
        for (_, texts) in reader.parts(batch, texts)? {
            groupings.iter_mut().for_each(|grouping| grouping.add(&texts));
        }
    }
    let groups: Vec<Groups> = groupings.into_iter().map(|grouping| grouping.rows.finish()).collect();
    let mut out = Vec::new();
    let mut before = 0_usize;
    for batch in batches {
        let rows = batch.num_rows();
        for start in (0..rows).step_by(super::reader::MOST_ROWS) {
            let here = start..start.saturating_add(super::reader::MOST_ROWS).min(rows);
            let all = before.saturating_add(here.start)..before.saturating_add(here.end);
            let mut arrays = Vec::new();
            for groups in &groups {
                arrays.extend(columns(groups, all.clone())?);
            }
            out.push(reader.attach(batch, here, arrays)?);
        }
        before = before.saturating_add(rows);
    }
    let told = options.by.iter().zip(&groups).map(|(by, groups)| (by.number.clone(), summary(groups)));
    Ok(Evaluated { schema: reader.schema, batches: out, answer: Json::Object(told.collect::<Map<_, _>>()) })
}

/// The rows of one grouping while they are collected.
struct Collected {
    /// The places of its texts, and whether one text is several keys.
    parts: Vec<(usize, bool)>,
    /// Whether all of the texts make one key.
    whole: bool,
    rows: Grouping,
    key: String,
}

impl Collected {
    fn new(columns: &GroupColumns, parts: &[Part]) -> Self {
        let of = |part: Part| Some((parts.iter().position(|p| *p == part)?, part == Part::Phones));
        let whole = matches!(columns.by, GroupBy::Keys(_) | GroupBy::Dedupe);
        let parts = columns.by.parts().into_iter().filter_map(of).collect();
        Self { parts, whole, rows: Grouping::new(), key: String::new() }
    }

    fn add(&mut self, texts: &[StringArray]) {
        let of = |(place, several): &(usize, bool)| Some((texts.get(*place)?, *several));
        let texts: Vec<(&StringArray, bool)> = self.parts.iter().filter_map(of).collect();
        let rows = texts.first().map_or(0, |(texts, _)| texts.len());
        for row in 0..rows {
            if self.whole && texts.len() > 1 {
                let known = self.join(&texts, row);
                self.rows.add([known.then_some(self.key.as_str())]);
            } else {
                let known = texts.iter().enumerate().filter(|(_, (texts, _))| texts.is_valid(row));
                self.rows.add_keys(known.flat_map(|(kind, (texts, several))| {
                    let more = if *several { usize::MAX } else { 1 };
                    texts.value(row).splitn(more, ' ').map(move |key| (kind, key))
                }));
            }
        }
    }

    /// Makes one key of all texts of a row, each with its length before it, if all are known.
    fn join(&mut self, texts: &[(&StringArray, bool)], row: usize) -> bool {
        self.key.clear();
        for (texts, _) in texts {
            if texts.is_null(row) {
                return false;
            }
            let text = texts.value(row);
            let mut length = text.len();
            while length > 0 {
                // Six bits in each letter, and whether more follow.
                let more = if length > 63 { 64 } else { 0 };
                self.key.push(char::from((length & 63) as u8 | more));
                length >>= 6;
            }
            self.key.push_str(text);
        }
        true
    }
}

/// The numbers and the sizes of some rows' groups.
fn columns(groups: &Groups, rows: Range<usize>) -> Result<[ArrayRef; 2]> {
    let fit = |n: usize| u32::try_from(n).map_err(|_| refused(format!("{n} groups in one table")));
    let numbers = groups.numbers.get(rows).unwrap_or_default();
    let number: UInt32Array = numbers.iter().map(|n| n.map(fit).transpose()).collect::<Result<_>>()?;
    let size = |n: usize| groups.sizes.get(n).copied().unwrap_or(0);
    let sizes: UInt32Array = numbers.iter().map(|n| n.map(|n| fit(size(n))).transpose()).collect::<Result<_>>()?;
    Ok([Arc::new(number), Arc::new(sizes)])
}

/// What is told of a grouping: how many groups, how many of them have more than one row, how many rows those have, and
/// how many rows have no key.
fn summary(groups: &Groups) -> Json {
    let shared = || groups.sizes.iter().filter(|size| **size > 1);
    serde_json::json!({
        "groups": groups.sizes.len(),
        "shared_groups": shared().count(),
        "shared_rows": shared().sum::<usize>(),
        "largest": groups.sizes.iter().max().copied().unwrap_or(0),
        "without_key": groups.numbers.iter().filter(|n| n.is_none()).count(),
    })
}

/// Reads a C stream to its end and groups its rows: all of it or, on any error, nothing.
///
/// # Errors
/// As [`duplicate_groups_of`], and [`Problem::Arrow`] for a stream that fails or cannot be trusted. The stream is
/// released in any case.
pub fn duplicate_groups(input: impl Into<Incoming>, rules: &Rules, options: &GroupOptions) -> Result<Evaluated> {
    let (schema, batches) = read(input)?;
    duplicate_groups_of(&schema, &batches, rules, options)
}
