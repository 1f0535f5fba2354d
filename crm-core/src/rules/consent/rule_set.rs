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
use crate::rules::identity::country_code;
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

/// The rules of one country: laws, what messages contain, and the clocks where nobody knows better.
#[derive(Clone, Debug)]
pub(super) struct RuleSet {
    pub(super) zone: Zone,
    pub(super) regions: BTreeMap<String, FrenchZone>,
    pub(super) laws: Vec<Law>,
    must_include: BTreeMap<ContactChannel, Vec<Mention>>,
    source: Json,
}

impl RuleSet {
    /// Reads a rule set of the form of `fr.json`, with the countries for which it is.
    fn from_json(source: &Json) -> Result<(Vec<String>, Self)> {
        let keys = &["id", "version", "countries", "zone", "regions", "must_include", "laws"];
        let o = Object::new(source, keys)?;
        check::id(&o.text("id")?).map_err(|e| e.at("id"))?;
        let country = |json: &Json| {
            let written = text(json)?;
            let known = country_code(&written).filter(|code| *code == written);
            let found = shortened(&written, 60);
            let expected = "a country by its two-letter ISO 3166 code";
            known.map(str::to_owned).ok_or_else(|| Problem::WrongShape { expected, found }.into())
        };
        let countries = list(o.required("countries")?, country).map_err(|e| e.at("countries"))?;
        if countries.is_empty() {
            return Err(crate::Error::from(RulesProblem::Empty { what: "countries" }).at("countries"));
        }
        let mut regions = BTreeMap::new();
        if let Some(given) = o.get("regions") {
            for (zone, region) in json::object(given, "an object").map_err(|e| e.at("regions"))? {
                let region = text(region).and_then(|region| region.parse());
                regions.insert(zone.clone(), region.map_err(|e| e.at(zone).at("regions"))?);
            }
        }
        let mention = |json: &Json| coded(json, Mention::from_code, Mention::CODES);
        let mut must_include = BTreeMap::new();
        let given = json::object(o.required("must_include")?, "an object").map_err(|e| e.at("must_include"))?;
        for (name, mentions) in given {
            let read = || Ok::<_, crate::Error>((channel(&Json::from(name.as_str()))?, list(mentions, mention)?));
            let (channel, mentions) = read().map_err(|e| e.at(name).at("must_include"))?;
            must_include.insert(channel, mentions);
        }
        // A channel about which nothing is said is one that nobody thought of.
        if let Some(missing) = ContactChannel::ALL.iter().find(|channel| !must_include.contains_key(channel)) {
            return Err(crate::Error::from(Problem::Missing { name: missing.code().into() }).at("must_include"));
        }
        let zone = o.text("zone")?;
        let zone = zone.parse().map_err(|e: crate::Error| e.at("zone"))?;
        let laws = o.list("laws", Law::from_json)?;
        check::most("laws", laws.len(), MOST_EXCEPTIONS).map_err(|e| e.at("laws"))?;
        Ok((countries, Self { zone, regions, laws, must_include, source: source.clone() }))
    }

    pub(super) fn must_include(&self, channel: ContactChannel) -> &[Mention] {
        self.must_include.get(&channel).map_or(&[], Vec::as_slice)
    }
}

/// The part `consent` of a configuration, compiled: the rules of France and of the countries that the host gives, and
/// exceptions.
#[derive(Clone, Debug)]
pub struct ConsentRules {
    sets: Vec<RuleSet>,
    /// Which set a country has.
    countries: BTreeMap<String, usize>,
    /// The country of a person of whom none is known.
    country: String,
    /// The set of France, which is always there.
    home: RuleSet,
    pub(super) exceptions: Vec<CounselException>,
}

impl ConsentRules {
    /// Reads the part: `{"exceptions": [{"id": "callbacks", "sets_aside": ["outside_hours"], "channels": ["phone"],
    /// "valid_from": "2026-09-01", "valid_until": "2027-08-31", "by": "Me Durand", "on": "2026-08-20"}],
    /// "rule_sets": [{"id": "be", "countries": ["BE"], "zone": "Europe/Brussels", "must_include": {...}, "laws": [...]}],
    /// "country": "FR"}`. A rule set has the form of the built-in one (the question `rules`); `country` is that of a person of
    /// whom none is known. Exceptions are about every country.
    ///
    /// # Errors
    /// An unknown option, channel, demand or reason, a country with two rule sets, one without, and what lacks a date or an
    /// author, with its place.
    pub fn from_json(json: &Json) -> Result<Self> {
        let o = Object::new(json, &["exceptions", "rule_sets", "country"])?;
        let (countries, home) = RuleSet::from_json(&json::parse(FRANCE.as_bytes())?)?;
        let mut rules = Self {
            sets: vec![home.clone()],
            countries: countries.into_iter().map(|country| (country, 0)).collect(),
            country: "FR".to_owned(),
            home,
            exceptions: Vec::new(),
        };
        let given = o.list("rule_sets", RuleSet::from_json)?;
        check::most("rule sets", given.len(), MOST_EXCEPTIONS).map_err(|e| e.at("rule_sets"))?;
        for (place, (countries, set)) in given.into_iter().enumerate() {
            for country in countries {
                if rules.countries.insert(country.clone(), rules.sets.len()).is_some() {
                    let error = crate::Error::from(RulesProblem::DuplicateId { id: country });
                    return Err(error.at("countries").at_index(place).at("rule_sets"));
                }
            }
            rules.sets.push(set);
        }
        if let Some(country) = o.optional("country", text)? {
            if !rules.countries.contains_key(&country) {
                let (expected, found) = ("a country that has a rule set", shortened(&country, 60));
                return Err(crate::Error::from(Problem::WrongShape { expected, found }).at("country"));
            }
            rules.country = country;
        }
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

    /// The rules of a country, of the usual one where none is known; `None` where nobody gave any.
    pub(super) fn set(&self, country: Option<&str>) -> Option<&RuleSet> {
        let place = self.countries.get(country.unwrap_or(&self.country))?;
        self.sets.get(*place)
    }

    /// Whether somebody gave the rules of a country.
    pub(crate) fn has_rules(&self, country: &str) -> bool {
        self.countries.contains_key(country)
    }

    /// The rules of the usual country.
    pub(super) fn home(&self) -> &RuleSet {
        self.set(None).unwrap_or(&self.home)
    }

    /// The day of an instant where the rules are at home.
    pub(crate) fn day(&self, at: Instant) -> NaiveDate {
        self.home().zone.day(at)
    }

    /// After how many months without a sign the data of a person of a country may not be kept, if a law says so: the
    /// shortest.
    pub(crate) fn retention_months(&self, country: Option<&str>) -> Option<u32> {
        let laws = self.set(country)?.laws.iter();
        laws.filter_map(|law| if let Demand::Retention { months } = law.demand { Some(months) } else { None }).min()
    }

    /// The laws of the usual country, in the order in which their reasons are listed.
    pub fn laws(&self) -> &[Law] {
        &self.home().laws
    }

    /// The rules as data with their dates and sources. They are a summary of public texts and no legal advice.
    pub fn to_json(&self) -> Json {
        let mut json = json!({"rule_set": self.home().source, "is_legal_advice": false});
        if let (Some(map), true) = (json.as_object_mut(), self.sets.len() > 1) {
            map.insert("rule_sets".into(), self.sets.iter().map(|set| set.source.clone()).collect());
        }
        json
    }
}
