//! What a template's variables mean: one table for stored records and for those of the JSON door.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::kernel::error::{Result, RulesProblem};
use crate::kernel::fact::{Fact, Facts};
use crate::kernel::field::{FieldType, Schema, nearest};
use crate::kernel::reason::Labels;
use crate::kernel::time::Instant;
use crate::kernel::value::Value;
use crate::kernel::zone::Zone;
use crate::lang::{Lang, amount, day_in_full, decimal, moment_in_full, yes_or_no};
use crate::model::Kind;

/// The kinds of record whose fields are variables, as `deal.name`.
pub(crate) const RECORDS: &[Kind] = &[Kind::Account, Kind::Contact, Kind::Deal, Kind::Lead, Kind::Ticket];

/// Fields of the first of some records that is there.
type FirstOf = &'static [(Kind, &'static [&'static str])];

/// What people say instead of a record's field. The first of the records that is there answers, so that the parts of a
/// name never come from two people.
const SHORT: &[(&str, FirstOf)] = &[
    ("company", &[(Kind::Account, &["name"]), (Kind::Lead, &["company"])]),
    ("email", &[(Kind::Contact, &["email"]), (Kind::Lead, &["email"])]),
    ("first_name", &[(Kind::Contact, &["first_name"]), (Kind::Lead, &["first_name"])]),
    ("full_name", &[(Kind::Contact, &["first_name", "last_name"]), (Kind::Lead, &["first_name", "last_name"])]),
    ("job_title", &[(Kind::Contact, &["job_title"]), (Kind::Lead, &["job_title"])]),
    ("last_name", &[(Kind::Contact, &["last_name"]), (Kind::Lead, &["last_name"])]),
    ("phone", &[(Kind::Contact, &["phone"]), (Kind::Lead, &["phone"])]),
];
/// What neither a record nor a person who uses the template has to give.
const AROUND: &[(&str, Origin)] = &[("actor_name", Origin::Actor), ("now", Origin::Now), ("today", Origin::Today)];

/// What a workspace may say of itself.
pub(super) const SENDER: &[&str] = &[
    "organization",
    "address",
    "registration",
    "email",
    "phone",
    "website",
    "data_source",
    "privacy_contact",
    "opt_out",
];

/// What a workspace says of itself, by name.
pub(super) type Sender = BTreeMap<&'static str, Labels>;

/// Where a variable's value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// Who uses the template.
    Actor,
    /// The instant.
    Now,
    /// Its day.
    Today,
    /// A name in [`SHORT`].
    Short(FirstOf),
    /// A field of one kind of record, by its place.
    Field(Kind, usize),
    /// What the workspace says of itself, by a name in [`SENDER`].
    Sender(&'static str),
    /// What whoever uses the template gives.
    Input(FieldType),
}

/// The schemas of the records whose fields are variables.
#[derive(Clone, Debug)]
pub(super) struct Vocabulary(BTreeMap<Kind, Arc<Schema>>);

/// A name that stands for something already.
pub(super) fn is_taken(name: &str) -> bool {
    SHORT.iter().any(|(short, _)| *short == name) || AROUND.iter().any(|(known, _)| *known == name)
}

impl Vocabulary {
    pub(super) fn new(schema: impl Fn(Kind) -> Arc<Schema>) -> Self {
        Self(RECORDS.iter().map(|kind| (*kind, schema(*kind))).collect())
    }

    pub(super) fn schema(&self, kind: Kind) -> Option<&Schema> {
        self.0.get(&kind).map(AsRef::as_ref)
    }

    /// What a name means, given what the template asks for itself.
    ///
    /// # Errors
    /// [`RulesProblem::Undefined`] with the nearest name.
    pub(super) fn origin(&self, name: &str, inputs: &BTreeMap<String, FieldType>) -> Result<Origin> {
        if let Some(kind) = inputs.get(name) {
            return Ok(Origin::Input(*kind));
        }
        if let Some((_, origin)) = AROUND.iter().find(|(known, _)| *known == name) {
            return Ok(*origin);
        }
        if let Some((_, from)) = SHORT.iter().find(|(short, _)| *short == name) {
            return Ok(Origin::Short(from));
        }
        if let Some(known) = name.strip_prefix("sender.").and_then(|said| SENDER.iter().find(|known| **known == said)) {
            return Ok(Origin::Sender(known));
        }
        let field = name.split_once('.').and_then(|(record, field)| {
            let (kind, schema) = self.0.iter().find(|(kind, _)| kind.name() == record)?;
            let place = schema.position(field)?;
            // Ids say nothing to a reader.
            schema.field(place).filter(|f| f.kind != FieldType::Reference)?;
            Some(Origin::Field(*kind, place))
        });
        field.ok_or_else(|| {
            let known = self.names(inputs);
            let nearest = nearest(name, known.iter().map(String::as_str)).map(Into::into);
            RulesProblem::Undefined { id: crate::kernel::text::shortened(name, 60), nearest }.into()
        })
    }

    /// Every name that a template with these inputs may use.
    pub(super) fn names(&self, inputs: &BTreeMap<String, FieldType>) -> Vec<String> {
        let mut names: Vec<String> = inputs.keys().cloned().collect();
        names.extend(AROUND.iter().map(|(name, _)| (*name).to_owned()));
        names.extend(SHORT.iter().map(|(name, _)| (*name).to_owned()));
        names.extend(SENDER.iter().map(|said| format!("sender.{said}")));
        for (kind, schema) in &self.0 {
            let fields = schema.fields().iter().filter(|field| field.kind != FieldType::Reference);
            names.extend(fields.map(|field| format!("{}.{}", kind.name(), field.name)));
        }
        names
    }
}

/// What a template is filled from: the records at hand, and who uses it when.
#[derive(Clone, Default)]
pub(crate) struct Around<'a> {
    pub(crate) records: BTreeMap<Kind, &'a dyn Facts>,
    pub(crate) actor_name: &'a str,
    pub(crate) at: Instant,
    pub(crate) inputs: BTreeMap<String, Value>,
}

/// How values are written.
pub(super) struct Style<'a> {
    pub(super) vocabulary: &'a Vocabulary,
    pub(super) lang: Lang,
    pub(super) zone: &'a Zone,
    pub(super) sender: &'a Sender,
}

impl Style<'_> {
    /// The value of a variable as people read it; `None` where nobody knows it.
    pub(super) fn value(&self, name: &str, origin: Origin, around: &Around<'_>) -> Option<String> {
        let written = match origin {
            Origin::Actor => around.actor_name.to_owned(),
            Origin::Now => self.written(Fact::Instant(around.at)),
            Origin::Today => day_in_full(self.zone.day(around.at), self.lang),
            Origin::Sender(said) => self.sender.get(said)?.text(self.lang).to_owned(),
            Origin::Input(_) => self.written(around.inputs.get(name)?.as_fact()),
            Origin::Field(kind, place) => self.written(around.records.get(&kind)?.fact(place)),
            Origin::Short(from) => {
                let (kind, fields) = from.iter().find(|(kind, _)| around.records.contains_key(kind))?;
                let (record, schema) = (around.records.get(kind)?, self.vocabulary.schema(*kind)?);
                let places = fields.iter().filter_map(|field| schema.position(field));
                let parts: Vec<String> =
                    places.map(|place| self.written(record.fact(place))).filter(|part| !part.is_empty()).collect();
                parts.join(" ")
            }
        };
        let written = harmless(&written);
        (!written.trim().is_empty()).then_some(written)
    }

    /// A fact in words; empty where it is not known.
    fn written(&self, fact: Fact<'_>) -> String {
        match fact {
            Fact::Unknown | Fact::Reference(_) => String::new(),
            Fact::Text(text) => text.to_owned(),
            Fact::Integer(number) => number.to_string(),
            Fact::Number(number) => decimal(&number.to_string(), self.lang),
            Fact::Money(money) => amount(money, self.lang),
            Fact::Boolean(yes) => yes_or_no(yes, self.lang).to_owned(),
            Fact::Date(day) => day_in_full(day, self.lang),
            Fact::Instant(at) => moment_in_full(self.zone.local(at), self.lang),
            Fact::Texts(texts) => texts.join(", "),
        }
    }
}

/// Text without what could rearrange or break the words around it: control characters but for the end of a line, which
/// is always `\n`, and the marks that reverse the order of what follows (UAX #9).
pub(super) fn harmless(text: &str) -> String {
    let lines = text.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}', '\u{85}', '\u{b}', '\u{c}'], "\n");
    let reverses = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    lines.chars().filter(|c| !(reverses(*c) || c.is_control() && *c != '\n' && *c != '\t')).collect()
}

/// The same on one line: what a subject takes.
pub(super) fn one_line(text: &str) -> String {
    text.split(['\n', '\t']).map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}
