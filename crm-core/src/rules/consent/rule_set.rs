//! The rules of a country as dated data, and what a lawyer set aside for one host.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde_json::{Value as Json, json};

use crate::kernel::calendar::Window;
use crate::kernel::calendar::holidays::FrenchZone;
use crate::kernel::consent_reason::{ContactChannel, ContactTopic, Mention, PersonType};
use crate::kernel::error::{Problem, Result, RulesProblem};
use crate::kernel::json;
use crate::kernel::text::shortened;
use crate::kernel::time::Instant;
use crate::kernel::zone::Zone;
use crate::rules::check;
use crate::rules::read::{Object, coded, date, list, text};

use super::ledger::channel;

const FRANCE: &str = include_str!("fr.json");
/// Most exceptions of a configuration.
const MOST_EXCEPTIONS: usize = 1_000;
/// The reasons that a lawyer may set aside. What the person said is not among them, nor what is not known.
const SET_ASIDE: &[&str] = &[
    "sector_ban",
    "prior_consent_required",
    "opt_in_required",
    "bloctel_listed",
    "bloctel_unchecked",
    "retention_expired",
    "not_informed",
    "subject_unrelated_to_profession",
    "max_4_per_30_days",
    "public_holiday",
    "weekend",
    "outside_hours",
    "reply_on_banned_topic",
];

/// What a law asks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Demand {
    /// Nobody is solicited for these topics.
    SectorBan(BTreeSet<ContactTopic>),
    /// Consent before the first call.
    PriorConsent,
    /// Consent before the first message; customers may hear about similar products where `soft`.
    OptIn {
        /// Whether being a customer can do.
        soft: bool,
    },
    /// The number was checked against the Bloctel list in so many days and is not on it.
    Bloctel {
        /// How long a check holds.
        days: i64,
    },
    /// Data are not older than so many months after the last sign from the person.
    Retention {
        /// How long.
        months: u32,
    },
    /// The person was told at the collection, or so many months after it where somebody else collected the data, and
    /// with the first message at the latest.
    Informed {
        /// How long.
        months: u32,
    },
    /// The subject has to do with the person's profession.
    RelatedSubject,
    /// No call in so many days after a refusal.
    Refusal {
        /// How long.
        days: i64,
    },
    /// No more calls than so many in so many calendar days.
    Frequency {
        /// How many.
        calls: i64,
        /// In which time.
        days: i64,
    },
    /// No call on a public holiday.
    NoHolidays,
    /// No call on a Saturday or Sunday.
    NoWeekend,
    /// Calls in these parts of a day only, by the person's clock.
    Hours(Vec<Window>),
}

/// A law: what it asks of whom, from when to when, and where that is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Law {
    /// Its name here.
    pub id: String,
    /// What it asks.
    pub demand: Demand,
    /// Whom it protects.
    pub persons: BTreeSet<PersonType>,
    /// By which channels.
    pub channels: BTreeSet<ContactChannel>,
    /// Whether it leaves out what is about a running contract.
    pub unless_contract: bool,
    /// Its first day; always, where there is none.
    pub valid_from: Option<NaiveDate>,
    /// Its last day.
    pub valid_until: Option<NaiveDate>,
    /// Where it is written.
    pub source: String,
}

impl Law {
    /// Whether it is in force on a day.
    pub fn is_valid(&self, day: NaiveDate) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_until.is_none_or(|until| day <= until)
    }

    fn from_json(json: &Json) -> Result<Self> {
        let keys = &["id", "demand", "persons", "channels", "unless_contract", "valid_from", "valid_until", "source"];
        let o = Object::new(json, keys)?;
        let person = |json: &Json| coded(json, PersonType::from_code, PersonType::CODES);
        Ok(Self {
            id: o.text("id")?,
            demand: demand(o.required("demand")?).map_err(|e| e.at("demand"))?,
            persons: o.list("persons", person)?.into_iter().collect(),
            channels: o.list("channels", channel)?.into_iter().collect(),
            unless_contract: o.flag("unless_contract", false)?,
            valid_from: o.optional("valid_from", date)?,
            valid_until: o.optional("valid_until", date)?,
            source: o.text("source")?,
        })
    }
}

fn demand(json: &Json) -> Result<Demand> {
    let words = &["prior_consent", "related_subject", "no_holidays", "no_weekend"];
    if let Some(word) = json.as_str() {
        return match word {
            "prior_consent" => Ok(Demand::PriorConsent),
            "related_subject" => Ok(Demand::RelatedSubject),
            "no_holidays" => Ok(Demand::NoHolidays),
            "no_weekend" => Ok(Demand::NoWeekend),
            _ => Err(json::not_one_of(json, words)),
        };
    }
    let names = &["sector_ban", "opt_in", "bloctel", "retention", "informed", "refusal", "frequency", "hours"];
    let o = Object::new(json, names)?;
    let topic = |json: &Json| coded(json, ContactTopic::from_code, ContactTopic::CODES);
    let number = |json: &Json, key: &'static [&'static str; 1]| {
        let [name] = key;
        let found = Object::new(json, key)?.integer(name)?;
        check::between(found, 1, 1_200)?;
        Ok(found)
    };
    let months = |json: &Json| Ok(u32::try_from(number(json, &["months"])?).unwrap_or(u32::MAX));
    let window = |json: &Json| {
        let ends = list(json, text)?;
        match ends.as_slice() {
            [from, to] => Window::parse(from, to),
            _ => Err(Problem::WrongShape { expected: "two times such as 09:00", found: json::shown(json) }.into()),
        }
    };
    if let Some(topics) = o.optional("sector_ban", |json| list(json, topic))? {
        Ok(Demand::SectorBan(topics.into_iter().collect()))
    } else if let Some(soft) = o.optional("opt_in", |json| Object::new(json, &["soft"])?.flag("soft", false))? {
        Ok(Demand::OptIn { soft })
    } else if let Some(days) = o.optional("bloctel", |json| number(json, &["days"]))? {
        Ok(Demand::Bloctel { days })
    } else if let Some(months) = o.optional("retention", months)? {
        Ok(Demand::Retention { months })
    } else if let Some(months) = o.optional("informed", months)? {
        Ok(Demand::Informed { months })
    } else if let Some(days) = o.optional("refusal", |json| number(json, &["days"]))? {
        Ok(Demand::Refusal { days })
    } else if let Some(frequency) = o.optional("frequency", |json| Object::new(json, &["calls", "days"]))? {
        Ok(Demand::Frequency { calls: frequency.integer("calls")?, days: frequency.integer("days")? })
    } else if let Some(windows) = o.optional("hours", |json| list(json, window))? {
        Ok(Demand::Hours(windows))
    } else {
        Err(Problem::MissingOneOf { names }.into())
    }
}

/// Something that a lawyer approved for one host, with a date and an author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CounselException {
    /// The host's name for it.
    pub id: String,
    /// The codes of the reasons that it sets aside.
    pub sets_aside: BTreeSet<String>,
    /// By which channels; all of them where there is none.
    pub channels: BTreeSet<ContactChannel>,
    /// Its first day.
    pub valid_from: NaiveDate,
    /// Its last day.
    pub valid_until: NaiveDate,
    /// Who approved it.
    pub by: String,
    /// When.
    pub on: NaiveDate,
}

impl CounselException {
    fn from_json(json: &Json) -> Result<Self> {
        let o = Object::new(json, &["id", "sets_aside", "channels", "valid_from", "valid_until", "by", "on"])?;
        let code = |json: &Json| {
            let known = json.as_str().filter(|code| SET_ASIDE.contains(code));
            known.map(str::to_owned).ok_or_else(|| json::not_one_of(json, SET_ASIDE))
        };
        let day = |key: &str| date(o.required(key)?).map_err(|e| e.at(key));
        let exception = Self {
            id: o.text("id")?,
            sets_aside: list(o.required("sets_aside")?, code).map_err(|e| e.at("sets_aside"))?.into_iter().collect(),
            channels: o.list("channels", channel)?.into_iter().collect(),
            valid_from: day("valid_from")?,
            valid_until: day("valid_until")?,
            by: o.text("by")?,
            on: day("on")?,
        };
        check::id(&exception.id).map_err(|e| e.at("id"))?;
        check::id(&exception.by).map_err(|e| e.at("by"))?;
        if exception.sets_aside.is_empty() {
            return Err(crate::Error::from(RulesProblem::Empty { what: "sets_aside" }).at("sets_aside"));
        }
        if exception.valid_until < exception.valid_from {
            let (from, to) = (exception.valid_from.to_string(), exception.valid_until.to_string());
            return Err(crate::Error::from(Problem::EndBeforeStart { from, to }).at("valid_until"));
        }
        Ok(exception)
    }

    /// Whether it sets a reason aside by a channel.
    pub(super) fn is_about(&self, code: &str, channel: ContactChannel) -> bool {
        self.sets_aside.contains(code) && (self.channels.is_empty() || self.channels.contains(&channel))
    }
}

/// The part `consent` of a configuration, compiled: the rules of France, and exceptions.
#[derive(Clone, Debug)]
pub struct ConsentRules {
    pub(super) zone: Zone,
    pub(super) regions: BTreeMap<String, FrenchZone>,
    pub(super) laws: Vec<Law>,
    pub(super) exceptions: Vec<CounselException>,
    must_include: BTreeMap<ContactChannel, Vec<Mention>>,
    source: Json,
}

impl ConsentRules {
    /// Reads the part: `{"exceptions": [{"id": "callbacks", "sets_aside": ["outside_hours"], "channels": ["phone"],
    /// "valid_from": "2026-09-01", "valid_until": "2027-08-31", "by": "Me Durand", "on": "2026-08-20"}]}`.
    ///
    /// # Errors
    /// An unknown option, channel or reason, and what lacks a date or an author, with its place.
    pub fn from_json(json: &Json) -> Result<Self> {
        let o = Object::new(json, &["exceptions"])?;
        let mut rules = Self::standard()?;
        let given = o.list("exceptions", CounselException::from_json)?;
        check::most("exceptions", given.len(), MOST_EXCEPTIONS).map_err(|e| e.at("exceptions"))?;
        let mut ids = BTreeSet::new();
        for (place, exception) in given.iter().enumerate() {
            if !ids.insert(&exception.id) {
                let id = shortened(&exception.id, 60);
                let error = crate::Error::from(RulesProblem::DuplicateId { id });
                return Err(error.at("id").at_index(place).at("exceptions"));
            }
        }
        rules.exceptions = given;
        Ok(rules)
    }

    /// The rules of France without exceptions.
    fn standard() -> Result<Self> {
        let source = json::parse(FRANCE.as_bytes())?;
        let o = Object::new(&source, &["id", "version", "zone", "regions", "must_include", "laws"])?;
        let mut regions = BTreeMap::new();
        for (zone, region) in json::object(o.required("regions")?, "an object")? {
            regions.insert(zone.clone(), text(region)?.parse()?);
        }
        let mention = |json: &Json| coded(json, Mention::from_code, Mention::CODES);
        let mut must_include = BTreeMap::new();
        for (name, mentions) in json::object(o.required("must_include")?, "an object")? {
            must_include.insert(channel(&Json::from(name.as_str()))?, list(mentions, mention)?);
        }
        let zone = o.text("zone")?.parse()?;
        let laws = o.list("laws", Law::from_json)?;
        Ok(Self { zone, regions, laws, exceptions: Vec::new(), must_include, source })
    }

    /// The day of an instant where the rules are at home.
    pub(crate) fn day(&self, at: Instant) -> NaiveDate {
        self.zone.day(at)
    }

    /// The laws, in the order in which their reasons are listed.
    pub fn laws(&self) -> &[Law] {
        &self.laws
    }

    pub(super) fn must_include(&self, channel: ContactChannel) -> &[Mention] {
        self.must_include.get(&channel).map_or(&[], Vec::as_slice)
    }

    /// The rules as data with their dates and sources. They are a summary of public texts and no legal advice.
    pub fn to_json(&self) -> Json {
        json!({"rule_set": self.source, "is_legal_advice": false})
    }
}
