//! The configuration: what counts how much, from where on somebody should look, and what is too common to tell.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::kernel::error::{Error, Result, RulesProblem};
use crate::kernel::evidence::{Evidence, Strength};
use crate::kernel::field::{FieldType, Schema};
use crate::kernel::json;
use crate::kernel::reason::{Labels, Name};
use crate::kernel::text::fold;
use crate::rules::check;
use crate::rules::read::{Object, integer, labels, list, text};

/// The whole, in basis points.
pub(super) const WHOLE_BP: i64 = 10_000;
/// Most criteria of the host's own, and most fields of one.
const MOST_CRITERIA: usize = 50;
/// Most records that a criterion may find before it tells nothing, at the most.
const MOST_HITS: i64 = 500;
/// Most stages that end a lead's life.
const MOST_STAGES: usize = 100;

/// What a kind of evidence counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weight {
    /// How much it proves.
    pub strength: Strength,
    /// What it adds to the score, in basis points.
    pub points_bp: i64,
}

/// Fields that the host compares: records that are the same in all of them have this in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldCriterion {
    /// Its id and what people read instead.
    pub name: Name,
    /// The fields of a lead; text is compared folded, first and last name in either order.
    pub fields: Vec<String>,
    /// What it counts.
    pub weight: Weight,
}

/// What happens to a new lead that may be there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnDuplicate {
    /// It is made all the same.
    #[default]
    Allow,
    /// It is refused, with those that it may be.
    Refuse,
}

impl OnDuplicate {
    /// Every choice's name.
    pub const NAMES: &'static [&'static str] = &["allow", "refuse"];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            OnDuplicate::Allow => "allow",
            OnDuplicate::Refuse => "refuse",
        }
    }

    /// Reads the name.
    ///
    /// # Errors
    /// Another value.
    pub fn from_json(json: &Json) -> Result<Self> {
        match json.as_str() {
            Some("allow") => Ok(OnDuplicate::Allow),
            Some("refuse") => Ok(OnDuplicate::Refuse),
            _ => Err(json::not_one_of(json, Self::NAMES)),
        }
    }
}

/// The configuration of [`Duplicates`](super::Duplicates), as its author writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuplicateSettings {
    /// What each kind of evidence counts; a kind that is not here counts nothing.
    pub evidence: BTreeMap<Evidence, Weight>,
    /// The host's own criteria.
    pub exact: Vec<FieldCriterion>,
    /// From this score on two records are taken to be the same; `None`: never without a person.
    pub auto_bp: Option<i64>,
    /// From this score on somebody should look.
    pub review_bp: i64,
    /// Below this score two records have nothing to do with each other.
    pub ignore_bp: i64,
    /// What more than so many other records have in common tells nothing.
    pub most_hits: usize,
    /// Stages in which a lead's life has ended: such leads are not listed.
    pub closed_stages: Vec<String>,
    /// What happens to a new lead that may be there already, where the command does not say.
    pub on_create: OnDuplicate,
}

/// The documented default of each kind.
const DEFAULTS: &[(Evidence, Strength, i64)] = &[
    (Evidence::ExternalId, Strength::Strong, 10_000),
    (Evidence::EmailExact, Strength::Strong, 9_500),
    (Evidence::EmailCanonical, Strength::Strong, 9_000),
    (Evidence::Profile, Strength::Strong, 9_000),
    (Evidence::Siret, Strength::Strong, 8_000),
    (Evidence::Phone, Strength::Strong, 8_000),
    (Evidence::NameCompany, Strength::Medium, 4_000),
    (Evidence::Registration, Strength::Medium, 2_500),
    (Evidence::Vat, Strength::Medium, 2_500),
    (Evidence::Domain, Strength::Weak, 1_000),
    (Evidence::Company, Strength::Weak, 800),
    (Evidence::Name, Strength::Weak, 1_000),
    (Evidence::NameTransposed, Strength::Weak, 900),
    (Evidence::NameSimilar, Strength::Weak, 500),
    (Evidence::PhoneSimilar, Strength::Weak, 500),
    (Evidence::NameSounds, Strength::Weak, 200),
];

impl Default for DuplicateSettings {
    fn default() -> Self {
        let weight = |(kind, strength, points_bp): &(Evidence, Strength, i64)| {
            (*kind, Weight { strength: *strength, points_bp: *points_bp })
        };
        DuplicateSettings {
            evidence: DEFAULTS.iter().map(weight).collect(),
            exact: Vec::new(),
            auto_bp: None,
            review_bp: 7_500,
            ignore_bp: 800,
            most_hits: 20,
            closed_stages: ["lost", "perdu", "won", "gagné"].map(str::to_owned).to_vec(),
            on_create: OnDuplicate::Allow,
        }
    }
}

impl DuplicateSettings {
    /// Reads the JSON form; whatever is left out is as in the default. [`Duplicates::new`](super::Duplicates::new)
    /// judges what it says.
    ///
    /// # Errors
    /// An unknown option or a value of another shape, with its path.
    pub fn from_json(json: &Json) -> Result<Self> {
        const KEYS: &[&str] = &["evidence", "off", "exact", "thresholds", "most_hits", "closed_stages", "on_create"];
        let o = Object::new(json, KEYS)?;
        let mut settings = DuplicateSettings::default();
        if let Some(json) = o.get("evidence") {
            settings.read_evidence(json).map_err(|e| e.at("evidence"))?;
        }
        for kind in o.list("off", evidence)? {
            settings.evidence.remove(&kind);
        }
        settings.exact = o.list("exact", criterion)?;
        if let Some(json) = o.get("thresholds") {
            settings.read_thresholds(json).map_err(|e| e.at("thresholds"))?;
        }
        if let Some(hits) = o.optional_integer("most_hits")? {
            check::between(hits, 1, MOST_HITS).map_err(|e| e.at("most_hits"))?;
            settings.most_hits = usize::try_from(hits).unwrap_or(settings.most_hits);
        }
        if let Some(stages) = o.optional("closed_stages", |v| list(v, text))? {
            check::most("values", stages.len(), MOST_STAGES).map_err(|e| e.at("closed_stages"))?;
            settings.closed_stages = stages;
        }
        if let Some(choice) = o.optional("on_create", OnDuplicate::from_json)? {
            settings.on_create = choice;
        }
        Ok(settings)
    }

    fn read_evidence(&mut self, json: &Json) -> Result<()> {
        for (name, json) in json::object(json, "an object")? {
            let kind = evidence(&Json::from(name.as_str()))?;
            let before = self.evidence.get(&kind).copied();
            let weight = weight(&Object::new(json, &["strength", "points_bp"])?, before).map_err(|e| e.at(name))?;
            self.evidence.insert(kind, weight);
        }
        Ok(())
    }

    fn read_thresholds(&mut self, json: &Json) -> Result<()> {
        let o = Object::new(json, &["auto_bp", "review_bp", "ignore_bp"])?;
        self.auto_bp = o.optional_integer("auto_bp")?;
        self.review_bp = o.optional_integer("review_bp")?.unwrap_or(self.review_bp);
        self.ignore_bp = o.optional_integer("ignore_bp")?.unwrap_or(self.ignore_bp);
        Ok(())
    }

    /// Checks the settings against the fields of a lead.
    ///
    /// # Errors
    /// Points or thresholds out of range or out of order, a criterion given twice, without fields or with unknown
    /// ones, and weak evidence that could reach `auto_bp` without anything stronger.
    pub(super) fn check(&self, schema: &Schema) -> Result<()> {
        for (kind, weight) in &self.evidence {
            check::between(weight.points_bp, 0, WHOLE_BP)
                .map_err(|e| e.at("points_bp").at(kind.name()).at("evidence"))?;
        }
        for (i, stage) in self.closed_stages.iter().enumerate() {
            if fold(stage).is_empty() {
                return Err(Error::from(RulesProblem::Empty { what: "stage" }).at_index(i).at("closed_stages"));
            }
        }
        check::most("criteria", self.exact.len(), MOST_CRITERIA).map_err(|e| e.at("exact"))?;
        let mut ids = BTreeSet::new();
        for (i, criterion) in self.exact.iter().enumerate() {
            let checked = match ids.insert(criterion.name.id.as_str()) {
                true => criterion.check(schema),
                false => Err(Error::from(RulesProblem::DuplicateId { id: criterion.name.id.clone() }).at("id")),
            };
            checked.map_err(|e| e.at_index(i).at("exact"))?;
        }
        self.check_thresholds().map_err(|e| e.at("thresholds"))
    }

    fn check_thresholds(&self) -> Result<()> {
        check::between(self.ignore_bp, 1, WHOLE_BP).map_err(|e| e.at("ignore_bp"))?;
        check::between(self.review_bp, self.ignore_bp, WHOLE_BP).map_err(|e| e.at("review_bp"))?;
        let Some(auto) = self.auto_bp else { return Ok(()) };
        check::between(auto, self.review_bp, WHOLE_BP).map_err(|e| e.at("auto_bp"))?;
        let points_bp = self.most_of_weak();
        if points_bp >= auto {
            return Err(Error::from(RulesProblem::WeakAlone { points_bp, threshold_bp: auto }).at("auto_bp"));
        }
        Ok(())
    }

    /// The most that evidence can add together which is weak throughout.
    fn most_of_weak(&self) -> i64 {
        let weak = |w: &&Weight| w.strength == Strength::Weak;
        let kinds = self.evidence.values().filter(weak);
        let own = self.exact.iter().map(|c| &c.weight).filter(weak);
        kinds.chain(own).map(|w| w.points_bp).fold(0, i64::saturating_add)
    }

    /// Whether leads of a stage are over and done with.
    pub(super) fn is_closed(&self, stage: &str) -> bool {
        let stage = fold(stage);
        self.closed_stages.iter().any(|closed| fold(closed) == stage)
    }
}

impl FieldCriterion {
    fn check(&self, schema: &Schema) -> Result<()> {
        check::id(&self.name.id).map_err(|e| e.at("id"))?;
        check::labels(self.name.labels.as_ref())?;
        check::between(self.weight.points_bp, 0, WHOLE_BP).map_err(|e| e.at("points_bp"))?;
        if self.fields.is_empty() {
            return Err(Error::from(RulesProblem::Empty { what: "fields" }).at("fields"));
        }
        check::most("fields", self.fields.len(), MOST_CRITERIA).map_err(|e| e.at("fields"))?;
        let mut seen = BTreeSet::new();
        for (i, field) in self.fields.iter().enumerate() {
            let known = schema.resolve(field).and_then(|(_, found)| match found.kind {
                // A set has no one value to compare.
                kind @ FieldType::Texts => Err(RulesProblem::WrongOperator { operator: "exact".into(), kind }.into()),
                _ => Ok(()),
            });
            let once = match seen.insert(field) {
                true => Ok(()),
                false => Err(Error::from(RulesProblem::DuplicateId { id: field.clone() })),
            };
            known.and(once).map_err(|e| e.at_index(i).at("fields"))?;
        }
        Ok(())
    }
}

fn evidence(json: &Json) -> Result<Evidence> {
    json.as_str().and_then(Evidence::parse).ok_or_else(|| json::not_one_of(json, Evidence::NAMES))
}

/// Strength and points; what is left out is as before.
fn weight(o: &Object<'_>, before: Option<Weight>) -> Result<Weight> {
    let strength = |v: &Json| v.as_str().and_then(Strength::parse).ok_or_else(|| json::not_one_of(v, Strength::NAMES));
    let strength = match (o.optional("strength", strength)?, before) {
        (Some(strength), _) => strength,
        (None, Some(before)) => before.strength,
        (None, None) => return Err(crate::Problem::Missing { name: "strength".into() }.into()),
    };
    let points_bp = match (o.optional("points_bp", integer)?, before) {
        (Some(points), _) => points,
        (None, Some(before)) => before.points_bp,
        (None, None) => return Err(crate::Problem::Missing { name: "points_bp".into() }.into()),
    };
    Ok(Weight { strength, points_bp })
}

fn criterion(json: &Json) -> Result<FieldCriterion> {
    let o = Object::new(json, &["id", "labels", "fields", "strength", "points_bp"])?;
    let labels: Option<Labels> = o.optional("labels", labels)?;
    let fields = list(o.required("fields")?, text).map_err(|e| e.at("fields"))?;
    let weight = weight(&o, None)?;
    Ok(FieldCriterion { name: Name { id: o.text("id")?, labels }, fields, weight })
}
