//! A lead export of any size, read piece by piece: the same rules, record by record, in bounded memory.

use serde_json::{Map, Value as Json};

use crm_core::{Error, FieldType, Result, Value};

use crate::cell::{CellOptions, DateOrder};
use crate::evidence::Evidence;
use crate::import::{Options, Reject};
use crate::mapping::Mapping;
use crate::reader::{Record, Step};
use crate::repair::{Mender, RepairKind};
use crate::row::{Outcome as Read, Rows};
use crate::source::Source;

/// What a file's header says, and what the caller said about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// The column names as written.
    pub headers: Vec<String>,
    /// The delimiter, given or found.
    pub delimiter: char,
    /// The order of numeric dates, if it is given.
    pub date_order: Option<DateOrder>,
    /// Which column feeds which field.
    pub mapping: Mapping,
    /// The name kept as `external_source`.
    pub source: String,
    /// The fields that rows have, in order of the mapping; `external_id` and `external_source` are among them.
    pub fields: Vec<LeadField>,
}

/// A field that the columns of a file feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeadField {
    /// One of a lead, or `custom.` and a name.
    pub name: String,
    /// Its type.
    pub kind: FieldType,
}

/// What one record is.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The line on which it begins.
    pub line: u64,
    /// How it was put right, if it had to be.
    pub repaired: Option<RepairKind>,
    /// What becomes of it.
    pub outcome: Outcome,
}

/// What becomes of a record.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Nothing is written in it.
    Blank,
    /// It can be imported.
    Row(LeadRow),
    /// It says what the record on this line says.
    Duplicate(u64),
    /// It cannot be imported.
    Reject(Reject),
}

/// A record whose every cell was good.
#[derive(Clone, Debug, PartialEq)]
pub struct LeadRow {
    /// The values of [`Layout::fields`]; what is not known is [`Value::Null`].
    pub values: Vec<Value>,
    /// The columns, by their place in [`Mapping::columns`], in which a word or sign for nothing was read as empty.
    pub placeholders: Vec<usize>,
}

impl LeadRow {
    /// The fields as JSON, as [`crm_core::command::ImportRow`] takes them; nulls are left out.
    pub fn to_json(&self, fields: &[LeadField]) -> Map<String, Json> {
        let (mut map, mut custom) = (Map::new(), Map::new());
        for (field, value) in fields.iter().zip(&self.values) {
            if *value == Value::Null {
                continue;
            }
            match field.name.strip_prefix("custom.") {
                Some(name) => custom.insert(name.to_owned(), value.to_json()),
                None => map.insert(field.name.clone(), value.to_json()),
            };
        }
        if !custom.is_empty() {
            map.insert("custom".into(), Json::Object(custom));
        }
        map
    }
}

/// A lead export that comes in pieces of bytes of any size.
///
/// Numeric dates prove their order only over a whole file: without a `date_order` in the options they are refused
/// here, so a [`Survey`] finds it first. Of a file of more than 1,800,000 records a repetition is found among at least so
/// many records before it; see [`Leads::forgot`].
///
/// ```
/// use crm_csv::{Leads, Options, Outcome};
///
/// let mut leads = Leads::new(&Options::default())?;
/// let mut names = Vec::new();
/// for piece in ["Société;Effectif\r\nRénov’", "Ouest;10 à 19\r\nSans", " nom;1\r\n"] {
///     leads.push(piece.as_bytes());
///     let Some(fields) = leads.layout()?.map(|layout| layout.fields.clone()) else { continue };
///     while let Some(entry) = leads.read()? {
///         if let Outcome::Row(row) = entry.outcome {
///             names.push(row.to_json(&fields)["company"].clone());
///         }
///     }
/// }
/// leads.finish();
/// assert!(leads.read()?.is_none());
/// assert_eq!(names, ["Rénov’Ouest", "Sans nom"]);
/// # Ok::<(), crm_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Leads {
    options: Options,
    source: Source,
    body: Option<Body>,
}

/// What is decided once the header is read.
#[derive(Debug)]
struct Body {
    layout: Layout,
    mender: Mender,
    rows: Rows,
}

impl Leads {
    /// An export of which nothing is read yet.
    ///
    /// # Errors
    /// A delimiter that divides nothing.
    pub fn new(options: &Options) -> Result<Self> {
        Ok(Self { options: options.clone(), source: Source::new(options)?, body: None })
    }

    /// Takes the next bytes; [`Leads::read`] reads them.
    pub fn push(&mut self, bytes: &[u8]) {
        self.source.push(bytes);
    }

    /// Says that no more bytes follow.
    pub fn finish(&mut self) {
        self.source.finish();
    }

    /// What the header says; nothing where more bytes are needed.
    ///
    /// # Errors
    /// What makes a file unusable as a whole: its encoding, its structure ([`crate::table::Table`]), its header
    /// ([`Mapping::detect`]).
    pub fn layout(&mut self) -> Result<Option<&Layout>> {
        if self.body.is_none() && self.source.open()? {
            self.body = Some(Body::new(&self.source, &self.options)?);
        }
        Ok(self.body.as_ref().map(|body| &body.layout))
    }

    /// The next record; nothing where more bytes are needed, and at the end.
    ///
    /// # Errors
    /// As for [`Leads::layout`]. What is wrong with one record is an [`Outcome::Reject`].
    pub fn read(&mut self) -> Result<Option<Entry>> {
        self.layout()?;
        let Some(body) = &mut self.body else { return Ok(None) };
        match self.source.read()? {
            Step::Record => Ok(Some(body.entry(self.source.record()))),
            Step::More | Step::End => Ok(None),
        }
    }

    /// How many bytes of text came that are not read yet.
    pub const fn unread(&self) -> usize {
        self.source.unread()
    }

    /// Whether so many records came that the first ones were forgotten, and a repetition of theirs would be a row.
    pub fn forgot(&self) -> bool {
        self.body.as_ref().is_some_and(|body| body.rows.forgot())
    }
}

impl Body {
    fn new(source: &Source, options: &Options) -> Result<Self> {
        let headers = source.headers().to_vec();
        let mapping = Mapping::detect(&headers, &options.overrides, &options.custom)?;
        let name = options.source.clone().or(mapping.flavour.map(Into::into)).unwrap_or_else(|| "csv".into());
        let cells = CellOptions {
            decimal: options.decimal,
            date_order: options.date_order,
            zone: options.zone.clone(),
            currency: options.currency,
        };
        let rows = Rows::new(cells, &headers, &mapping, &name);
        let layout = Layout {
            delimiter: char::from(source.delimiter()),
            date_order: options.date_order,
            source: name,
            fields: rows.fields().to_vec(),
            mapping,
            headers,
        };
        Ok(Self { mender: Mender::new(&layout.headers, source.delimiter()), layout, rows })
    }

    fn entry(&mut self, record: &mut Record) -> Entry {
        let line = record.line();
        if record.is_blank() {
            return Entry { line, repaired: None, outcome: Outcome::Blank };
        }
        let reject = |record: &Record, column: Option<String>, error: Error| {
            let cells = record.fields().map(str::to_owned).collect();
            Outcome::Reject(Reject { line, column, error, cells })
        };
        let repaired = match self.mender.mend(record) {
            Ok(repaired) => repaired,
            Err(error) => return Entry { line, repaired: None, outcome: reject(record, None, error) },
        };
        let outcome = match self.rows.read(record, &self.layout.mapping) {
            Ok(Read::Row(row)) => Outcome::Row(row),
            Ok(Read::Duplicate(first)) => Outcome::Duplicate(first),
            Err((column, error)) => reject(record, column, error),
        };
        Entry { line, repaired, outcome }
    }
}

/// A first look at a file that comes in pieces: what only all of its records together say.
#[derive(Debug)]
pub struct Survey {
    options: Options,
    source: Source,
    mender: Option<Mender>,
    evidence: Option<Evidence>,
}

impl Survey {
    /// A look at a file of which nothing is read yet.
    ///
    /// # Errors
    /// A delimiter that divides nothing.
    pub fn new(options: &Options) -> Result<Self> {
        Ok(Self { options: options.clone(), source: Source::new(options)?, mender: None, evidence: None })
    }

    /// Looks at the next bytes; `false` where the rest does not matter.
    ///
    /// # Errors
    /// As for [`Leads::layout`].
    pub fn push(&mut self, bytes: &[u8]) -> Result<bool> {
        self.source.push(bytes);
        self.look()
    }

    /// Says that no more bytes follow; the options, with the delimiter and the order of dates that the file proved.
    ///
    /// # Errors
    /// As for [`Leads::layout`].
    pub fn finish(mut self) -> Result<Options> {
        if self.wanted() {
            self.source.finish();
            self.look()?;
        }
        let delimiter = self.options.delimiter.or(self.mender.map(|_| char::from(self.source.delimiter())));
        let date_order = self.options.date_order.or(self.evidence.and_then(|e| e.order()));
        Ok(Options { delimiter, date_order, ..self.options })
    }

    /// Whether there is anything to find out.
    const fn wanted(&self) -> bool {
        self.options.date_order.is_none() && (self.mender.is_none() || self.evidence.is_some())
    }

    fn look(&mut self) -> Result<bool> {
        if self.mender.is_none() && self.source.open()? {
            let mapping = Mapping::detect(self.source.headers(), &self.options.overrides, &self.options.custom)?;
            self.mender = Some(Mender::new(self.source.headers(), self.source.delimiter()));
            self.evidence = Evidence::new(&mapping);
        }
        if let (Some(mender), Some(evidence)) = (&mut self.mender, &mut self.evidence) {
            while self.options.date_order.is_none() && self.source.read()? == Step::Record {
                let record = self.source.record();
                if mender.mend(record).is_ok() {
                    evidence.look(record);
                }
            }
        }
        Ok(self.wanted())
    }
}
