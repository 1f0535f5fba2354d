//! What may be written: never over what somebody else wrote, never away what is known.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::findings::{Derived, Own};
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::finding::{Confidence, Method, Topic, Verdict};
use crate::kernel::json;
use crate::kernel::reason::Reason;
use crate::kernel::text::{fold, shortened};
use crate::lang::{self, Lang};
use crate::rules::identity::{Identity, country_code, french, vat};
use crate::rules::read::{Object, list, text};

/// When a finding is written into the lead's field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// Where the field is empty.
    #[default]
    FillIfEmpty,
    /// Also where the field has an older finding. Finding nothing never clears a field.
    AlwaysRefresh,
    /// Also where the field has the host's default for it.
    OverrideDefaults,
}

impl Policy {
    /// Every policy's name.
    pub const NAMES: &'static [&'static str] = &["fill_if_empty", "always_refresh", "override_defaults"];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Policy::FillIfEmpty => "fill_if_empty",
            Policy::AlwaysRefresh => "always_refresh",
            Policy::OverrideDefaults => "override_defaults",
        }
    }

    /// The policy of a name.
    ///
    /// # Errors
    /// [`Problem::NotOneOf`].
    pub fn from_json(json: &Json) -> Result<Self> {
        json::choice(json, Policy::NAMES)
    }
}

/// How a workspace enriches leads.
///
/// ```json
/// {"policy": "fill_if_empty", "least_confidence": "medium", "defaults": {"country": "France"},
///  "key_fields": ["company", "website"]}
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enricher {
    /// The policy where a command names none.
    pub(super) policy: Policy,
    /// The least confidence with which a finding is written.
    pub(super) least: Confidence,
    /// Values that the host's forms and imports put where nobody knew better, by field. They are no evidence.
    pub(super) defaults: BTreeMap<Topic, String>,
    /// The fields without which a lead needs enrichment.
    pub(super) key_fields: Vec<Topic>,
}

impl Default for Enricher {
    fn default() -> Self {
        let key_fields = vec![
            Topic::Company,
            Topic::Website,
            Topic::Industry,
            Topic::FirstName,
            Topic::LastName,
            Topic::Country,
            Topic::Language,
        ];
        Enricher { policy: Policy::default(), least: Confidence::Medium, defaults: BTreeMap::new(), key_fields }
    }
}

impl Enricher {
    /// Reads a configuration; every part may be left out.
    ///
    /// # Errors
    /// An unknown option, policy, confidence or field, a field given twice, a default that is empty; with the path.
    pub fn from_json(json: &Json) -> Result<Self> {
        let standard = Enricher::default();
        let o = Object::new(json, &["policy", "least_confidence", "defaults", "key_fields"])?;
        let least = o.optional("least_confidence", |v| json::choice(v, Confidence::NAMES))?;
        let key_fields = o.optional("key_fields", fields)?;
        Ok(Enricher {
            policy: o.optional("policy", Policy::from_json)?.unwrap_or(standard.policy),
            least: least.unwrap_or(standard.least),
            defaults: o.optional("defaults", defaults)?.unwrap_or_default(),
            key_fields: key_fields.unwrap_or(standard.key_fields),
        })
    }
}

/// A list of fields that enrichment writes, each once.
pub(super) fn fields(json: &Json) -> Result<Vec<Topic>> {
    let mut out = Vec::new();
    for (i, name) in list(json, text)?.into_iter().enumerate() {
        let topic = field(&name).map_err(|e| e.at_index(i))?;
        if out.contains(&topic) {
            return Err(Error::from(RulesProblem::DuplicateId { id: name }).at_index(i));
        }
        out.push(topic);
    }
    Ok(out)
}

fn field(name: &str) -> Result<Topic> {
    let written = Topic::from_name(name).filter(|t| t.field().is_some());
    written.ok_or_else(|| Problem::NotOneOf { found: shortened(name, 60), expected: FIELDS }.into())
}

/// The fields that enrichment writes.
const FIELDS: &[&str] = &[
    "company",
    "website",
    "description",
    "industry",
    "registration_number",
    "vat_number",
    "first_name",
    "last_name",
    "phone",
    "country",
    "region",
    "city",
    "postal_code",
    "street",
    "language",
];

fn defaults(json: &Json) -> Result<BTreeMap<Topic, String>> {
    let mut out = BTreeMap::new();
    for (name, value) in json::object(json, "an object of fields")? {
        let topic = field(name)?;
        let value = text(value).map_err(|e| e.at(name))?;
        if value.trim().is_empty() {
            return Err(Error::from(RulesProblem::Empty { what: "default value" }).at(name));
        }
        out.insert(topic, value);
    }
    Ok(out)
}

/// What becomes of a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The lead's field.
    pub field: Topic,
    /// What was found.
    pub value: String,
    /// How.
    pub method: Method,
    /// What stands in the field; empty where nothing does.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub before: String,
    /// What became of it.
    #[serde(rename = "code")]
    pub verdict: Verdict,
}

impl Decision {
    /// Whether the finding is written.
    pub const fn is_written(&self) -> bool {
        matches!(self.verdict, Verdict::FilledEmpty | Verdict::Refreshed | Verdict::ReplacedDefault)
    }

    /// As a reason, which has a sentence.
    pub const fn reason(&self) -> Reason {
        Reason::Enrichment { topic: self.field, verdict: self.verdict }
    }

    /// As JSON; with a language, the sentence beside it.
    pub fn to_json(&self, lang: Option<Lang>) -> Json {
        let mut map = Map::new();
        map.insert("field".into(), self.field.name().into());
        map.insert("value".into(), self.value.as_str().into());
        map.insert("method".into(), self.method.name().into());
        if !self.before.is_empty() {
            map.insert("before".into(), self.before.as_str().into());
        }
        map.insert("code".into(), self.verdict.name().into());
        if let Some(lang) = lang {
            map.insert("text".into(), lang::reason(&self.reason(), lang).into());
        }
        Json::Object(map)
    }
}

/// Decides on the best finding of each field; one that says what the field has already needs no decision.
pub(super) fn decide(
    enricher: &Enricher,
    policy: Policy,
    identity: &Identity,
    current: &Own,
    enriched: &[Topic],
    findings: &[Derived],
) -> Vec<Decision> {
    let mut out: Vec<Decision> = Vec::new();
    let mut decided: Option<Topic> = None;
    for found in findings {
        let Some(field) = found.field.field() else { continue };
        // The findings on a field stand together, the best first; only that one counts.
        if decided.replace(found.field) == Some(found.field) {
            continue;
        }
        let before = current.get(field).to_owned();
        let uncertain = found.confidence < enricher.least;
        let ours = enriched.contains(&found.field);
        let default = enricher.defaults.get(&found.field).is_some_and(|d| fold(d) == fold(&before));
        let verdict = match policy {
            _ if before.is_empty() && uncertain => Verdict::TooUncertain,
            _ if before.is_empty() => Verdict::FilledEmpty,
            _ if same(identity, found, &before) => continue,
            // A guess does not contradict what is known.
            _ if uncertain => continue,
            Policy::AlwaysRefresh if ours => Verdict::Refreshed,
            Policy::OverrideDefaults if default => Verdict::ReplacedDefault,
            _ if ours => Verdict::KeptOlder,
            _ => Verdict::KeptTheirs,
        };
        let (value, method) = (found.value.clone(), found.method);
        out.push(Decision { field: found.field, value, method, before, verdict });
    }
    out
}

/// Whether a finding says what stands in the field, however it is written.
fn same(identity: &Identity, found: &Derived, current: &str) -> bool {
    fn both<T: PartialEq>(read: impl Fn(&str) -> Option<T>, a: &str, b: &str) -> bool {
        read(a).is_some_and(|read_a| read(b) == Some(read_a))
    }
    let value = found.value.as_str();
    let meant = match found.field {
        Topic::FirstName | Topic::LastName if found.method == Method::NameCasing => return value == current,
        Topic::Country => both(country_code, value, current),
        Topic::VatNumber => both(vat, value, current),
        // The SIRET of an office and the SIREN of its company.
        Topic::RegistrationNumber => both(|t| french(t).siren, value, current),
        Topic::Phone => both(|t| identity.phone(t, None).map(|p| p.e164), value, current),
        Topic::Company => both(|t| identity.company(t).map(|c| c.key), value, current),
        Topic::Website => both(|t| Some(bare(t)), value, current),
        Topic::Language => both(|t| t.get(..2).map(str::to_ascii_lowercase), value, current),
        Topic::PostalCode => both(|t| Some(fold(t).replace(' ', "")), value, current),
        _ => false,
    };
    meant || fold(value) == fold(current)
}

/// A website's address without what changes nothing.
fn bare(website: &str) -> String {
    let folded = fold(website);
    let text = folded.split_once("://").map_or(folded.as_ref(), |(_, rest)| rest);
    text.strip_prefix("www.").unwrap_or(text).trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_are_those_that_findings_name() {
        let fields: Vec<&str> = Topic::ALL.iter().filter_map(|t| t.field()).collect();
        assert_eq!(FIELDS, fields);
    }

    #[test]
    fn policies_have_their_names() {
        for (policy, name) in
            [Policy::FillIfEmpty, Policy::AlwaysRefresh, Policy::OverrideDefaults].iter().zip(Policy::NAMES)
        {
            assert_eq!(policy.name(), *name);
            assert_eq!(serde_json::to_value(policy).unwrap(), *name);
        }
    }
}
