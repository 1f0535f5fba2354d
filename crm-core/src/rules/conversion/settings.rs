//! The configuration of conversions: which field goes where and how, and what a new deal begins with.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{Datelike as _, Days, Months, NaiveDate, Weekday};
use serde_json::Value as Json;

use super::Object;
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::field::{Field, FieldType, Schema};
use crate::kernel::json;
use crate::kernel::text::{fold, shortened};
use crate::kernel::time::Instant;
use crate::kernel::zone::Zone;
use crate::model::{CONSENT, Kind, META_FIELDS};
use crate::rules::check;
use crate::rules::read::{Object as Options, integer, list, text};

/// Most targets of one field, and most stages that end a deal.
const MOST_ITEMS: usize = 100;
/// The longest time from a conversion to the close of its deal.
const MOST_DAYS: i64 = 3650;

/// What happens where the target has a value already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// It stays, and the difference is told.
    #[default]
    FillIfEmpty,
    /// The lead's value replaces it.
    Overwrite,
    /// The value that was changed last stays, by the fields' own clocks; of equal ones the existing.
    Newest,
    /// The later of two instants or dates stays, whenever either was written down.
    NewestValue,
    /// What restricts more: of two truth values, `true`.
    MostRestrictive,
    /// Texts are united; a text is added below the existing one.
    Append,
}

impl Policy {
    const NAMES: &'static [&'static str] =
        &["fill_if_empty", "overwrite", "newest", "newest_value", "most_restrictive", "append"];

    /// Whether the policy means something for fields of this type.
    const fn fits(self, kind: FieldType) -> bool {
        match self {
            Policy::FillIfEmpty | Policy::Overwrite | Policy::Newest => true,
            Policy::NewestValue => matches!(kind, FieldType::Instant | FieldType::Date),
            Policy::MostRestrictive => matches!(kind, FieldType::Boolean),
            Policy::Append => matches!(kind, FieldType::Text | FieldType::Texts),
        }
    }
}

/// When a new deal is expected to close.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Close {
    /// On the last day of the fiscal quarter of the conversion.
    #[default]
    FiscalQuarterEnd,
    /// So many days from Monday to Friday later; public holidays count as days.
    BusinessDays(i64),
    /// So many calendar days later.
    Days(i64),
}

/// What happens to the account of a lead that names no company.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Individuals {
    /// There is none: contact and deal stand alone.
    #[default]
    None,
    /// One is made and named after the person.
    Account,
}

/// A field of a lead and where it goes.
#[derive(Clone, Debug)]
pub(super) struct Mapped {
    /// Its place in the lead's schema.
    pub(super) index: usize,
    pub(super) name: String,
    pub(super) policy: Policy,
    pub(super) targets: Vec<Target>,
}

/// A field of an account, contact or deal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) object: Object,
    pub(super) index: usize,
    pub(super) name: String,
}

/// How leads become accounts, contacts and deals, checked and compiled.
#[derive(Clone, Debug)]
pub struct Conversion {
    /// Every field of a lead that is not computed, in the order of the schema; consent aside.
    pub(super) fields: Vec<Mapped>,
    pub(super) schemas: BTreeMap<Kind, Arc<Schema>>,
    pub(super) stage: String,
    pub(super) pipeline: String,
    /// Folded.
    pub(super) closed_stages: BTreeSet<String>,
    pub(super) individuals: Individuals,
    pub(super) exact_name_matches: bool,
    close: Close,
    fiscal_year_start_month: u32,
    zone: Zone,
}

impl Conversion {
    /// Reads a configuration over the standard mapping and checks it against the records' fields.
    ///
    /// # Errors
    /// Unknown fields with the nearest name, fields of different types, two fields for one target, a policy that the
    /// field's type does not have, and values out of range; each with its path.
    pub fn new(configuration: Option<&Json>, schema: impl Fn(Kind) -> Arc<Schema>) -> Result<Self> {
        const KEYS: &[&str] = &[
            "mapping",
            "policies",
            "deal",
            "fiscal_year_start_month",
            "zone",
            "individuals",
            "match_account_by_exact_name",
        ];
        let empty = Json::Object(serde_json::Map::new());
        let o = Options::new(configuration.unwrap_or(&empty), KEYS)?;
        let schemas = [Kind::Lead, Kind::Account, Kind::Contact, Kind::Deal].map(|k| (k, schema(k))).into();
        let fields = mapped(&o, &schemas)?;
        let deal = Options::new(o.get("deal").unwrap_or(&empty), &["stage", "pipeline", "close", "closed_stages"])
            .map_err(|e| e.at("deal"))?;
        let name = |key| {
            let read = deal.optional(key, |v| {
                let name = text(v)?;
                check::id(&name).map(|()| name)
            });
            read.map(Option::unwrap_or_default).map_err(|e| e.at("deal"))
        };
        let closed = deal.optional("closed_stages", |v| {
            let stages = list(v, text)?;
            check::most("values", stages.len(), MOST_ITEMS).map(|()| stages)
        });
        let closed = closed.map_err(|e| e.at("deal"))?;
        let closed = closed.unwrap_or_else(|| CLOSED_STAGES.iter().map(|s| (*s).to_owned()).collect());
        let month = o.optional("fiscal_year_start_month", |v| {
            let month = integer(v)?;
            check::between(month, 1, 12).map(|()| u32::try_from(month).unwrap_or(1))
        })?;
        let individuals = o.optional("individuals", |v| json::choice(v, &["none", "account"]))?;
        Ok(Conversion {
            fields,
            schemas,
            stage: name("stage")?,
            pipeline: name("pipeline")?,
            closed_stages: closed.iter().map(|s| fold(s).into_owned()).collect(),
            individuals: individuals.unwrap_or_default(),
            exact_name_matches: o.flag("match_account_by_exact_name", false)?,
            close: deal.optional("close", close).map_err(|e| e.at("deal"))?.unwrap_or_default(),
            fiscal_year_start_month: month.unwrap_or(1),
            zone: o.zone()?.unwrap_or(Zone::UTC),
        })
    }

    /// The day on which a deal that is made at this instant is expected to close; `None` outside the calendar.
    pub fn close_date(&self, at: Instant) -> Option<NaiveDate> {
        let day = self.zone.day(at);
        match self.close {
            Close::FiscalQuarterEnd => quarter_end(day, self.fiscal_year_start_month),
            Close::BusinessDays(days) => business_days_after(day, days),
            Close::Days(days) => day.checked_add_days(Days::new(days.unsigned_abs())),
        }
        .filter(|day| crate::kernel::time::in_range(*day))
    }

    pub(super) fn schema(&self, kind: Kind) -> Result<&Schema> {
        let missing = || Error::from(Problem::Missing { name: kind.name().into() });
        self.schemas.get(&kind).map(Arc::as_ref).ok_or_else(missing)
    }
}

/// Stages in which a deal is over, unless the configuration names others.
const CLOSED_STAGES: &[&str] =
    &["won", "lost", "closed won", "closed lost", "closed_won", "closed_lost", "gagné", "gagnée", "perdu", "perdue"];

fn close(json: &Json) -> Result<Close> {
    if let Json::String(name) = json {
        let known = name == "fiscal_quarter_end";
        return if known { Ok(Close::FiscalQuarterEnd) } else { Err(json::not_one_of(json, &["fiscal_quarter_end"])) };
    }
    let o = Options::new(json, &["business_days", "days"])?;
    let days = |key| {
        o.optional(key, |v| {
            let days = integer(v)?;
            check::between(days, 0, MOST_DAYS).map(|()| days)
        })
    };
    match (days("business_days")?, days("days")?) {
        (Some(_), Some(_)) => Err(RulesProblem::Exclusive { first: "business_days", second: "days" }.into()),
        (Some(days), None) => Ok(Close::BusinessDays(days)),
        (None, Some(days)) => Ok(Close::Days(days)),
        (None, None) => Err(Problem::MissingOneOf { names: &["business_days", "days"] }.into()),
    }
}

/// The last day of the quarter, where years begin on the first of a month.
fn quarter_end(day: NaiveDate, first_month: u32) -> Option<NaiveDate> {
    let into_year = day.month().saturating_add(12).saturating_sub(first_month).checked_rem(12)?;
    let left = 3_u32.saturating_sub(into_year.checked_rem(3)?);
    day.with_day(1)?.checked_add_months(Months::new(left))?.pred_opt()
}

fn business_days_after(day: NaiveDate, days: i64) -> Option<NaiveDate> {
    let (mut day, mut left) = (day, days);
    while left > 0 {
        day = day.succ_opt()?;
        if !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
            left = left.saturating_sub(1);
        }
    }
    Some(day)
}

type Schemas = BTreeMap<Kind, Arc<Schema>>;

/// Every field of a lead with its targets: those configured, else the standard ones; a host-defined field of which
/// nothing is said goes where a field has its name and type.
fn mapped(o: &Options<'_>, schemas: &Schemas) -> Result<Vec<Mapped>> {
    let Some(leads) = schemas.get(&Kind::Lead) else { return Ok(Vec::new()) };
    let standard = json::parse(include_bytes!("standard.json"))?;
    let part = |key: &str| standard.get(key).and_then(Json::as_object);
    let read = |key: &'static str| o.optional(key, |v| json::object(v, "an object"));
    let (mapping, policies) = (read("mapping")?, read("policies")?);
    for (key, map) in [("mapping", mapping), ("policies", policies)] {
        for name in map.into_iter().flat_map(|m| m.keys()) {
            let (index, field) = leads.resolve(name).map_err(|e| e.at(name).at(key))?;
            refuse_own(index, field).map_err(|e| e.at(name).at(key))?;
        }
    }
    let mut taken = BTreeSet::new();
    let mut fields = Vec::new();
    for (index, field) in leads.fields().iter().enumerate().filter(|(i, f)| refuse_own(*i, f).is_ok()) {
        let name = field.name.as_ref();
        let own = mapping.and_then(|m| m.get(name));
        let targets = match (own, part("mapping").and_then(|m| m.get(name))) {
            (Some(own), _) => targets(own, field, schemas).map_err(|e| e.at(name).at("mapping"))?,
            (None, Some(standard)) => targets(standard, field, schemas)?,
            (None, None) => same_name(field, schemas),
        };
        for target in &targets {
            let path = format!("{}.{}", target.object.name(), target.name);
            if !taken.insert(path.clone()) {
                return Err(Error::from(RulesProblem::DuplicateId { id: path }).at(name).at("mapping"));
            }
        }
        let policy = |map: Option<&serde_json::Map<String, Json>>| match map.and_then(|m| m.get(name)) {
            None => Ok(None),
            Some(json) => json::choice::<Policy>(json, Policy::NAMES).map(Some),
        };
        let policy = match policy(policies).map_err(|e| e.at(name).at("policies"))? {
            Some(own) => own,
            None => policy(part("policies"))?.unwrap_or_default(),
        };
        if !policy.fits(field.kind) {
            let operator = serde_json::to_value(policy).ok().and_then(|v| v.as_str().map(str::to_owned));
            let problem = RulesProblem::WrongOperator { operator: operator.unwrap_or_default(), kind: field.kind };
            return Err(Error::from(problem).at(name).at("policies"));
        }
        fields.push(Mapped { index, name: name.to_owned(), policy, targets });
    }
    Ok(fields)
}

/// Refuses fields of the row, computed ones, and consent, which no configuration may loosen.
fn refuse_own(index: usize, field: &Field) -> Result<()> {
    if index < META_FIELDS.len() || field.computed || field.name == CONSENT {
        return Err(Problem::ReadOnly { field: field.name.to_string() }.into());
    }
    Ok(())
}

/// The targets of one field: a path, a list of paths, or null for none.
fn targets(json: &Json, from: &Field, schemas: &Schemas) -> Result<Vec<Target>> {
    match json {
        Json::Null => Ok(Vec::new()),
        Json::Array(paths) => {
            check::most("fields", paths.len(), MOST_ITEMS)?;
            list(json, |path| target(path, from, schemas))
        }
        path => Ok(vec![target(path, from, schemas)?]),
    }
}

fn target(json: &Json, from: &Field, schemas: &Schemas) -> Result<Target> {
    let path = text(json)?;
    let expected = "a field of `account`, `contact` or `deal` such as `contact.phone`";
    let shape = || Error::from(Problem::WrongShape { expected, found: shortened(&path, 60) });
    let (record, name) = path.split_once('.').ok_or_else(shape)?;
    let object = Object::ALL.iter().find(|o| o.name() == record).ok_or_else(shape)?;
    let schema = schemas.get(&object.kind()).ok_or_else(shape)?;
    let (index, field) = schema.resolve(name)?;
    refuse_own(index, field)?;
    // Which account and contact a record belongs to is what a conversion finds out.
    if field.kind == FieldType::Reference && !name.starts_with("custom.") {
        return Err(Problem::ReadOnly { field: name.into() }.into());
    }
    if field.kind != from.kind {
        let (first, second) = (from.name.to_string(), path.clone());
        return Err(RulesProblem::TypesDiffer { first, first_kind: from.kind, second, second_kind: field.kind }.into());
    }
    Ok(Target { object: *object, index, name: name.to_owned() })
}

fn same_name(from: &Field, schemas: &Schemas) -> Vec<Target> {
    let custom = from.name.starts_with("custom.");
    let one = |object: &Object| {
        let index = schemas.get(&object.kind())?.position(&from.name)?;
        let field = schemas.get(&object.kind())?.field(index)?;
        (field.kind == from.kind).then(|| Target { object: *object, index, name: from.name.to_string() })
    };
    Object::ALL.iter().filter(|_| custom).filter_map(one).collect()
}
