//! The JSON door: a record, or one value.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::config::region_of;
use super::{
    Company, Domain, Email, Identity, KeyFields, Keys, Phone, clean_name, compare_names, profile_key, registration,
    soundex,
};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::field::Schema;
use crate::kernel::json;
use crate::model::Kind;
use crate::rules::input::Values;
use crate::rules::read::{Object, list, text};

/// What may be asked, one at a time.
const SUBJECTS: &[&str] = &[
    "lead",
    "contact",
    "account",
    "email",
    "phone",
    "phones",
    "domain",
    "company",
    "person",
    "name",
    "names",
    "profile_page",
    "siren",
    "siret",
    "vat",
];

/// Answers for a record, or for one value:
///
/// | input | answer |
/// |---|---|
/// | `{"lead": {...}}`, or `contact`, or `account` | `keys` and `diagnostics` |
/// | `{"email": "..."}` | `email`: exact, canonical, domain, role, suppression |
/// | `{"phone": "...", "region": "FR"}` | `phone`: e164, extension, kind, region |
/// | `{"phones": ["...", "..."], "region": "FR"}` | `match`: how well the two match |
/// | `{"domain": "..."}` | `domain`: ascii, registrable, class; of an address, a URL or a host name |
/// | `{"company": "..."}` | `company`: base, key, legal_form |
/// | `{"name": "..."}` | `name`: clean, soundex |
/// | `{"names": ["...", "..."]}` | distance, close, sound_alike |
/// | `{"person": {"first_name", "last_name", "company", "phone"}}` | `person`: name, and the blocks to look in |
/// | `{"profile_page": "..."}` | `profile` |
/// | `{"siren": "..."}`, or `siret`, or `vat` | `valid`, and the numbers that follow from it |
///
/// What gives no key is null.
///
/// # Errors
/// Nothing or more than one thing asked, a field or option that does not exist, a region that is no country.
pub fn eval_json(rule: &Identity, schema: impl Fn(Kind) -> Arc<Schema>, input: &Json) -> Result<Json> {
    let map = json::object(input, "an object")?;
    let subject = SUBJECTS.iter().find(|s| map.get(**s).is_some());
    let subject = *subject.ok_or(Problem::MissingOneOf { names: SUBJECTS })?;
    let options: &'static [&'static str] = match subject {
        "lead" => &["lead"],
        "contact" => &["contact"],
        "account" => &["account"],
        "email" => &["email"],
        "phone" => &["phone", "region"],
        "phones" => &["phones", "region"],
        "domain" => &["domain"],
        "company" => &["company"],
        "person" => &["person"],
        "name" => &["name"],
        "names" => &["names"],
        "profile_page" => &["profile_page"],
        "siren" => &["siren"],
        "siret" => &["siret"],
        _ => &["vat"],
    };
    let o = Object::new(input, options)?;
    let region = || o.optional("region", region_of);
    let written = || o.text(subject);
    Ok(match subject {
        "lead" => record(rule, &schema(Kind::Lead), map.get(subject))?,
        "contact" => record(rule, &schema(Kind::Contact), map.get(subject))?,
        "account" => record(rule, &schema(Kind::Account), map.get(subject))?,
        "email" => json!({"email": rule.email(&written()?).map(|e| email(&e))}),
        "phone" => json!({"phone": rule.phone(&written()?, region()?).map(|p| phone(&p))}),
        "phones" => {
            let (a, b) = two(&o, subject)?;
            json!({"match": rule.phones_match(&a, &b, region()?).name()})
        }
        "domain" => json!({"domain": rule.domain(&written()?).map(|d| domain(&d))}),
        "company" => json!({"company": rule.company(&written()?).map(|c| company(&c))}),
        "person" => o.optional(subject, |v| person(rule, v))?.unwrap_or_default(),
        "name" => name(&written()?),
        "names" => {
            let (a, b) = two(&o, subject)?;
            let compared = compare_names(&a, &b);
            json!({"distance": compared.distance, "close": compared.close, "sound_alike": compared.sound_alike})
        }
        "profile_page" => json!({"profile": profile_key(&written()?)}),
        "siren" => numbers(registration::siren(&written()?), None, None),
        "siret" => {
            let siret = registration::siret(&written()?);
            numbers(siret.as_deref().and_then(|s| s.get(..9)).map(str::to_owned), siret, None)
        }
        _ => {
            let vat = registration::vat(&written()?);
            numbers(vat.as_deref().and_then(registration::siren_of_vat), None, vat)
        }
    })
}

/// Two texts.
fn two(o: &Object<'_>, subject: &str) -> Result<(String, String)> {
    let found = o.required(subject)?;
    let both: Vec<String> = list(found, text).map_err(|e| e.at(subject))?;
    let wrong = || Problem::WrongShape { expected: "a list of two texts", found: json::shown(found) };
    <[String; 2]>::try_from(both).map(|[a, b]| (a, b)).map_err(|_| Error::from(wrong()).at(subject))
}

fn name(written: &str) -> Json {
    let clean = Some(clean_name(written)).filter(|n| !n.is_empty());
    json!({"name": {"clean": clean, "soundex": soundex(written)}})
}

fn person(rule: &Identity, json: &Json) -> Result<Json> {
    let o = Object::new(json, &["first_name", "last_name", "company", "phone"])?;
    let said = |key| Ok::<_, Error>(o.optional(key, text)?.unwrap_or_default());
    let (first, last) = (said("first_name")?, said("last_name")?);
    let keys = rule.blocking_keys(&first, &last, &said("company")?, &said("phone")?);
    let blocks = json!({"name_company": keys.name_company, "name_phone": keys.name_phone});
    Ok(json!({"person": {"name": rule.person(&first, &last), "blocks": blocks}}))
}

fn record(rule: &Identity, schema: &Schema, record: Option<&Json>) -> Result<Json> {
    let record = record.map(|v| json::object(v, "an object")).transpose().map_err(|e| e.at(schema.name()))?;
    let mut diagnostics = Vec::new();
    let values = Values::read(schema, record, &mut diagnostics)?;
    let keys = rule.lead_keys(&values, &KeyFields::new(schema));
    Ok(json!({
        "keys": keys.to_json(),
        "diagnostics": diagnostics.iter().map(Error::to_json).collect::<Vec<_>>(),
    }))
}

fn numbers(siren: Option<String>, siret: Option<String>, vat: Option<String>) -> Json {
    let valid = siren.is_some() || siret.is_some() || vat.is_some();
    let vat = vat.or_else(|| siren.as_deref().and_then(registration::vat_of_siren));
    json!({"valid": valid, "siren": siren, "siret": siret, "vat": vat})
}

fn email(e: &Email) -> Json {
    json!({"exact": e.exact, "canonical": e.canonical, "domain": domain(&e.domain), "role": e.role,
        "suppression": e.suppression()})
}

fn domain(d: &Domain) -> Json {
    json!({"ascii": d.ascii, "registrable": d.registrable, "class": d.class.name()})
}

fn phone(p: &Phone) -> Json {
    let extension = Some(&p.extension).filter(|e| !e.is_empty());
    json!({"e164": p.e164, "extension": extension, "kind": p.kind.name(), "region": p.region})
}

fn company(c: &Company) -> Json {
    json!({"base": c.base, "key": c.key, "legal_form": c.legal_form})
}

impl Keys {
    /// The known keys as JSON.
    pub fn to_json(&self) -> Json {
        let mut map = Map::new();
        let single = [
            ("email", &self.email),
            ("email_exact", &self.email_exact),
            ("email_domain", &self.email_domain),
            ("domain", &self.domain),
            ("phone", &self.phone),
            ("mobile", &self.mobile),
            ("company", &self.company),
            ("name", &self.name),
            ("registration", &self.registration),
            ("siret", &self.siret),
            ("vat", &self.vat),
            ("profile", &self.profile),
        ];
        for (name, key) in single {
            map.extend(key.as_ref().map(|k| (name.to_owned(), k.as_str().into())));
        }
        if !self.phones.is_empty() {
            map.insert("phones".into(), self.phones.as_slice().into());
        }
        if let Some((source, id)) = &self.external {
            map.insert("external".into(), json!({"source": source, "id": id}));
        }
        if let Some(dedupe) = &self.dedupe {
            map.insert("dedupe".into(), json!({"kind": dedupe.kind.name(), "key": dedupe.value}));
        }
        Json::Object(map)
    }
}
