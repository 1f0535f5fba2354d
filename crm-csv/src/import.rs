//! A file in, rows ready to be stored out, and a report in which every record of the file appears exactly once.

use std::collections::{BTreeMap, HashMap};

use sha2::{Digest as _, Sha256};

use crm_core::command::ImportRow;
use crm_core::kernel::json::canonical;
use crm_core::kernel::text::{fold, shortened};
use crm_core::kernel::zone::Zone;
use crm_core::model::{Lead, Record as _};
use crm_core::{Currency, Error, FieldType, Lang, Problem, Result, Value};
use serde_json::{Map, Value as Json};

use crate::cell::{self, CellOptions, DateOrder, DecimalMark, email, is_placeholder, plain_text};
use crate::encoding::{Encoding, decode};
use crate::evidence;
use crate::mapping::{Mapped, Mapping, Override, Reading};
use crate::reader::{Record, Table, allowed};
use crate::repair::{Mender, Repair};
use crate::writer::{Cell, write_record};

/// What a file does not say about itself.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How a file without byte order mark is read.
    pub encoding: Encoding,
    /// The delimiter, when it is not to be found in the header.
    pub delimiter: Option<char>,
    /// The decimal mark.
    pub decimal: DecimalMark,
    /// The order of numeric dates, when the file does not prove it by a day above 12.
    pub date_order: Option<DateOrder>,
    /// The zone of times without offset.
    pub zone: Option<Zone>,
    /// The currency of amounts that name none.
    pub currency: Option<Currency>,
    /// The name kept as `external_source`; by default the system found by its headers, else `csv`.
    pub source: Option<String>,
    /// Choices that go before the table of headers.
    pub overrides: Vec<Override>,
    /// The types of the host's own fields; a `custom.` field that is not here is text.
    pub custom: BTreeMap<String, FieldType>,
}

/// One record that is not imported, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Reject {
    /// The line on which it begins.
    pub line: u64,
    /// The header of the column at fault, if it is one column's.
    pub column: Option<String>,
    /// What was wrong.
    pub error: Error,
    /// Its fields as read, to be corrected and read again.
    pub cells: Vec<String>,
}

impl Reject {
    /// The reject as one line, for example ``line 12, column `Montant`: ...``.
    pub fn text(&self, lang: Lang) -> String {
        let (line, reason) = (self.line, self.error.text(lang));
        match (lang, &self.column) {
            (Lang::English, Some(column)) => format!("line {line}, column `{column}`: {reason}"),
            (Lang::English, None) => format!("line {line}: {reason}"),
            (Lang::French, Some(column)) => format!("ligne {line}, colonne `{column}`\u{a0}: {reason}"),
            (Lang::French, None) => format!("ligne {line}\u{a0}: {reason}"),
        }
    }
}

/// One record that says exactly what an earlier one says, and is imported only once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The line of the repetition.
    pub line: u64,
    /// The line of the record that is imported.
    pub first: u64,
}

/// What a file gave. Every record is in exactly one of `rows`, `rejects` and `duplicates`.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// The column names as written.
    pub headers: Vec<String>,
    /// The delimiter, given or found.
    pub delimiter: char,
    /// The order of numeric dates, given or proven by the file's own dates.
    pub date_order: Option<DateOrder>,
    /// Which column feeds which field.
    pub mapping: Mapping,
    /// The name kept as `external_source`.
    pub source: String,
    /// How many records the file has, without those in which nothing is written.
    pub records: u64,
    /// How many records have nothing written in them.
    pub blank: u64,
    /// What can be imported: records whose every cell was good, nulls left out, each with its external id. They are
    /// the rows of [`crm_core::command::Import`].
    pub rows: Vec<ImportRow>,
    /// What cannot.
    pub rejects: Vec<Reject>,
    /// What stands there twice.
    pub duplicates: Vec<Duplicate>,
    /// What was put right on the way; each repaired record is also one of the others.
    pub repaired: Vec<Repair>,
}

/// Reads a lead export.
///
/// ```
/// use crm_csv::{Options, read_leads};
///
/// let file = "Société;E-mail;Effectif\r\nRénov’Ouest;contact@renov-ouest.example;10 à 19\r\nSans adresse;;beaucoup\r\n";
/// let import = read_leads(file.as_bytes(), &Options::default())?;
/// assert_eq!(import.rows[0].fields["company"], "Rénov’Ouest");
/// assert_eq!(import.rows[0].fields["size"], 10);
/// let reject = import.rejects[0].text(crm_core::Lang::English);
/// assert!(reject.starts_with("line 3, column `Effectif`: `beaucoup` is not"));
/// # Ok::<(), crm_core::Error>(())
/// ```
///
/// # Errors
/// What makes a file unusable as a whole: its encoding ([`decode`]), its structure ([`Table`]), its header
/// ([`Mapping::detect`]). What is wrong with one record is a [`Reject`].
pub fn read_leads(bytes: &[u8], options: &Options) -> Result<Import> {
    let text = decode(bytes, options.encoding)?;
    let delimiter = options.delimiter.map(given_delimiter).transpose()?;
    let mut table = Table::open(&text, delimiter)?;
    let headers = table.headers().to_vec();
    let mapping = Mapping::detect(&headers, &options.overrides, &options.custom)?;
    let source = options.source.clone().or(mapping.flavour.map(Into::into)).unwrap_or_else(|| "csv".into());
    let date_order = match options.date_order {
        None => evidence::date_order(&text, table.delimiter(), &mapping)?,
        given => given,
    };
    let mut mender = Mender::new(&headers, table.delimiter());
    let mut import = Import {
        headers,
        delimiter: char::from(table.delimiter()),
        date_order,
        mapping,
        source,
        records: 0,
        blank: 0,
        rows: Vec::new(),
        rejects: Vec::new(),
        duplicates: Vec::new(),
        repaired: Vec::new(),
    };
    let mut rows = Rows::new(options, date_order);
    let mut record = Record::default();
    while table.read(&mut record)? {
        if record.is_blank() {
            import.blank = import.blank.saturating_add(1);
            continue;
        }
        import.records = import.records.saturating_add(1);
        match mender.mend(&mut record) {
            Ok(None) => {}
            Ok(Some(kind)) => import.repaired.push(Repair { line: record.line(), kind }),
            Err(error) => {
                import.reject(&record, None, error);
                continue;
            }
        }
        match rows.read(&record, &import.mapping, &import.source) {
            Ok(Outcome::Row(fields)) => import.rows.push(ImportRow { line: record.line(), fields }),
            Ok(Outcome::Duplicate(first)) => import.duplicates.push(Duplicate { line: record.line(), first }),
            Err((column, error)) => import.reject(&record, column, error),
        }
    }
    Ok(import)
}

fn given_delimiter(delimiter: char) -> Result<u8> {
    let known = u8::try_from(delimiter).ok().filter(|b| allowed(*b));
    known.ok_or_else(|| {
        let found = shortened(&delimiter.escape_default().to_string(), 20);
        Problem::UnknownOption { found, expected: &[",", ";", "\\t", "|"] }.into()
    })
}

impl Import {
    fn reject(&mut self, record: &Record, column: Option<String>, error: Error) {
        let cells = record.fields().map(str::to_owned).collect();
        self.rejects.push(Reject { line: record.line(), column, error, cells });
    }

    /// The rejects as a file of the same columns and delimiter, with the line and the reason in two columns more: to
    /// be corrected and read again, where the two are left out. Comma, UTF-8 and CRLF are RFC 4180's.
    ///
    /// A cell that a spreadsheet would take for a formula gets an apostrophe in front; reading takes it off.
    pub fn reject_csv(&self, lang: Lang) -> String {
        let (line, reason) = match lang {
            Lang::English => ("import line", "import problem"),
            Lang::French => ("ligne d’import", "problème d’import"),
        };
        let mut out = String::new();
        let header = self.headers.iter().map(String::as_str).chain([line, reason]);
        write_record(&mut out, self.delimiter, &header.map(Cell::Text).collect::<Vec<_>>());
        for reject in &self.rejects {
            let number = reject.line.to_string();
            let why = reject.text(lang);
            // A record of another width keeps its cells; it is the width that has to be corrected.
            let missing = self.headers.len().saturating_sub(reject.cells.len());
            let cells = reject.cells.iter().map(String::as_str).chain(std::iter::repeat_n("", missing));
            let cells = cells.chain([number.as_str(), why.as_str()]);
            write_record(&mut out, self.delimiter, &cells.map(Cell::Text).collect::<Vec<_>>());
        }
        out
    }
}

enum Outcome {
    Row(Map<String, Json>),
    Duplicate(u64),
}

/// A column at fault, if it is one column's, and the fault.
type Fault = (Option<String>, Error);

/// What is known of the rows so far.
struct Rows {
    options: CellOptions,
    /// Line and digest of the content by external id.
    seen: HashMap<String, (u64, String)>,
}

/// A row must say who it is about.
const IDENTIFYING: &[&str] = &["company", "last_name", "email", "phone", "mobile", "external_id"];

impl Rows {
    fn new(options: &Options, date_order: Option<DateOrder>) -> Self {
        let options = CellOptions {
            decimal: options.decimal,
            date_order,
            zone: options.zone.clone(),
            currency: options.currency,
        };
        Self { options, seen: HashMap::new() }
    }

    fn read(&mut self, record: &Record, mapping: &Mapping, source: &str) -> std::result::Result<Outcome, Fault> {
        let mut fields = Map::new();
        let mut custom = Map::new();
        let mut currency = None;
        let own = mapping.columns.iter().find(|m| m.reading == Reading::Currency);
        if let Some(mapped) = own {
            currency = row_currency(record.get(mapped.column).unwrap_or_default()).map_err(|e| at(mapped, e))?;
        }
        let usual = self.options.currency;
        self.options.currency = currency.or(usual);
        let result = mapping.columns.iter().try_for_each(|mapped| {
            if mapped.spare && fields.contains_key(&mapped.field) {
                return Ok(());
            }
            let cell = record.get(mapped.column).unwrap_or_default();
            let value = read_cell(mapped, cell, &self.options).map_err(|e| at(mapped, e))?;
            if value == Value::Null {
                return Ok(());
            }
            match mapped.field.strip_prefix("custom.") {
                Some(name) => custom.insert(name.to_owned(), value.to_json()),
                None => fields.insert(mapped.field.clone(), value.to_json()),
            };
            Ok(())
        });
        self.options.currency = usual;
        result?;
        if !custom.is_empty() {
            fields.insert("custom".into(), Json::Object(custom));
        }
        if !IDENTIFYING.iter().any(|name| fields.contains_key(*name)) {
            return Err((None, Problem::MissingOneOf { names: IDENTIFYING }.into()));
        }
        self.placed(record.line(), fields, source)
    }

    /// Gives the row its id and compares it with the rows before it.
    fn placed(
        &mut self,
        line: u64,
        mut fields: Map<String, Json>,
        source: &str,
    ) -> std::result::Result<Outcome, Fault> {
        let content = digest(&fields);
        let id = match fields.get("external_id") {
            Some(Json::String(id)) => id.clone(),
            _ => format!("row-{content}"),
        };
        if let Some((first, before)) = self.seen.get(&id) {
            if *before == content {
                return Ok(Outcome::Duplicate(*first));
            }
            // One id, two contents: nobody can say which is right.
            let id = format!("{id} (line {first})");
            return Err((None, Problem::AlreadyExists { record: Lead::NAME.into(), id }.into()));
        }
        self.seen.insert(id.clone(), (line, content));
        fields.insert("external_id".into(), id.into());
        fields.insert("external_source".into(), source.into());
        Ok(Outcome::Row(fields))
    }
}

fn at(mapped: &Mapped, error: Error) -> Fault {
    (Some(mapped.header.clone()), error)
}

/// The first 32 hexadecimal digits of the SHA-256 of what a row says, folded: the same wherever the row stands, in
/// whatever order the columns come.
fn digest(fields: &Map<String, Json>) -> String {
    let sorted: BTreeMap<&String, &Json> = fields.iter().collect();
    let mut hash = Sha256::new();
    for (name, value) in sorted {
        hash.update(name.as_bytes());
        hash.update([0]);
        hash.update(fold(&canonical(value)).as_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn row_currency(cell: &str) -> Result<Option<Currency>> {
    let text = plain_text(cell)?;
    if is_placeholder(text) {
        return Ok(None);
    }
    match text {
        "€" => "EUR".parse().map(Some),
        "£" => "GBP".parse().map(Some),
        code => code.to_ascii_uppercase().parse().map(Some),
    }
}

fn read_cell(mapped: &Mapped, cell: &str, options: &CellOptions) -> Result<Value> {
    let text = plain_text(cell)?;
    // Free text may well be a single dash.
    if mapped.field == "description" && !text.is_empty() {
        return Ok(Value::Text(text.to_owned()));
    }
    if is_placeholder(text) {
        return Ok(Value::Null);
    }
    match mapped.reading {
        Reading::Typed(kind) => cell::parse(kind, text, options),
        Reading::Email => Ok(Value::Text(email(text)?.to_owned())),
        Reading::HeadCount => Ok(Value::Integer(crate::amount::head_count(text, options.decimal)?)),
        Reading::Currency => Ok(Value::Null),
        Reading::Refusal => Ok(match cell::parse(FieldType::Boolean, text, options)? {
            Value::Boolean(true) => Value::Text("opted_out".into()),
            _ => Value::Null,
        }),
        Reading::Consent => consent(text),
    }
}

/// What a cell says about consent. A no is a refusal: of the two ways to read it, the one that sends nothing.
fn consent(text: &str) -> Result<Value> {
    let known = match &*fold(text) {
        "opted_in" | "opted in" | "opt-in" | "optin" | "yes" | "oui" | "true" | "vrai" | "1" | "x" | "granted"
        | "accepte" | "inscrit" | "subscribed" => "opted_in",
        "soft" | "soft opt-in" | "soft_opt_in" | "customer" | "client" => "soft",
        "opted_out" | "opted out" | "opt-out" | "optout" | "no" | "non" | "false" | "faux" | "0" | "refused"
        | "refuse" | "desinscrit" | "unsubscribed" | "desabonne" | "withdrawn" => "opted_out",
        _ => {
            let found = shortened(text, 60);
            return Err(Problem::UnknownOption { found, expected: &["opted_in", "soft", "opted_out"] }.into());
        }
    };
    Ok(Value::Text(known.into()))
}

#[cfg(test)]
#[path = "import_tests.rs"]
mod tests;
