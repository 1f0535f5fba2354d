//! A deal as a snapshot has it.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde_json::{Map, Value as Json};
use sha2::{Digest as _, Sha256};

use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::json;
use crate::kernel::money::Money;
use crate::kernel::probability::{Probability, WHOLE_BP};
use crate::kernel::sales::{Category, StageKind};
use crate::kernel::text::shortened;
use crate::kernel::time::{Instant, format_instant};
use crate::kernel::value::Value;
use crate::rules::read::{Object, date, instant, integer, list, money, text};

/// Most owners who share one deal.
pub(crate) const MOST_SHARES: usize = 100;

/// One deal of a snapshot, with everything that a forecast or a comparison asks of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotRow {
    /// The deal's id, unique in its snapshot.
    pub deal: String,
    /// When the deal was made.
    pub created_at: Option<Instant>,
    /// Who is responsible: the host's name of a user.
    pub owner: String,
    /// Who shares in it, each with basis points that are 10,000 together; empty where all of it is the owner's.
    pub shares: Vec<(String, i64)>,
    /// The pipeline, by its code.
    pub pipeline: String,
    /// The stage, by its code.
    pub stage: String,
    /// Open, won or lost.
    pub state: StageKind,
    /// The category that counts: the manual one, else the stage's, closed if won and omitted if lost. `None` where the
    /// stage is not known.
    pub category: Option<Category>,
    /// The probability that counts. `None` where the stage is not known.
    pub probability: Option<Probability>,
    /// What it is worth.
    pub amount: Option<Money>,
    /// When it is expected to close, or when it did.
    pub close_date: Option<NaiveDate>,
    /// Whether it was archived: it is there and counts nowhere.
    pub archived: bool,
}

/// The keys of a row in JSON.
const KEYS: &[&str] = &[
    "deal",
    "created_at",
    "owner",
    "shares",
    "pipeline",
    "stage",
    "state",
    "category",
    "probability_bp",
    "amount",
    "close_date",
    "archived",
];

impl SnapshotRow {
    /// Reads a row; all but `deal` may be absent, `state` is `open` then.
    ///
    /// # Errors
    /// An unknown key, a value of another type or range, shares that are not 10,000 together; with the path.
    pub fn from_json(json: &Json) -> Result<Self> {
        let o = Object::new(json, KEYS)?;
        let name = |key| Ok::<_, Error>(o.optional(key, text)?.unwrap_or_default());
        let deal = o.text("deal")?;
        if deal.is_empty() {
            return Err(Problem::Missing { name: "deal".into() }.into());
        }
        let state = o.optional("state", state_of)?.unwrap_or(StageKind::Open);
        let manual = o.optional("category", category_of)?;
        let category = match state {
            StageKind::Open => manual,
            closed => Some(Category::of(closed, manual, Category::Omitted)),
        };
        Ok(Self {
            deal,
            created_at: o.optional("created_at", instant)?,
            owner: name("owner")?,
            shares: o.optional("shares", shares)?.unwrap_or_default(),
            pipeline: name("pipeline")?,
            stage: name("stage")?,
            state,
            category,
            probability: o.optional("probability_bp", |v| Probability::from_bp(integer(v)?))?,
            amount: o.optional("amount", money)?,
            close_date: o.optional("close_date", date)?,
            archived: o.flag("archived", false)?,
        })
    }

    /// The row as JSON; what is not known is left out. Equal rows give equal text.
    pub fn to_json(&self) -> Json {
        let mut map = Map::new();
        let mut put = |key: &str, value: Option<Json>| value.map(|value| map.insert(key.into(), value));
        let known = |text: &str| Some(text).filter(|t| !t.is_empty()).map(Json::from);
        put("deal", Some(self.deal.as_str().into()));
        put("created_at", self.created_at.map(|at| format_instant(at).into()));
        put("owner", known(&self.owner));
        let share = |(owner, share_bp): &(String, i64)| serde_json::json!({"owner": owner, "share_bp": share_bp});
        put("shares", Some(self.shares.iter().map(share).collect()).filter(|_| !self.shares.is_empty()));
        put("pipeline", known(&self.pipeline));
        put("stage", known(&self.stage));
        put("state", Some(self.state.code().into()));
        put("category", self.category.map(|category| category.code().into()));
        put("probability_bp", self.probability.map(|probability| probability.bp().into()));
        put("amount", self.amount.map(|amount| Value::Money(amount).to_json()));
        put("close_date", self.close_date.map(|date| date.to_string().into()));
        put("archived", Some(true.into()).filter(|_| self.archived));
        Json::Object(map)
    }

    /// SHA-256 over rows in order of deal: two snapshots with one digest have the same rows.
    pub fn digest(rows: &[SnapshotRow]) -> [u8; 32] {
        let mut sorted: Vec<&SnapshotRow> = rows.iter().collect();
        sorted.sort_by(|a, b| a.deal.cmp(&b.deal));
        let mut hash = Sha256::new();
        for row in sorted {
            hash.update(json::canonical(&row.to_json()).as_bytes());
            hash.update(b"\n");
        }
        hash.finalize().into()
    }
}

/// Open, won or lost.
pub(crate) fn state_of(json: &Json) -> Result<StageKind> {
    let code = text(json)?;
    let unknown = || Problem::NotOneOf { found: shortened(&code, 60), expected: StageKind::CODES };
    Ok(StageKind::from_code(&code).ok_or_else(unknown)?)
}

/// A forecast category.
pub(crate) fn category_of(json: &Json) -> Result<Category> {
    let code = text(json)?;
    let unknown = || Problem::NotOneOf { found: shortened(&code, 60), expected: Category::CODES };
    Ok(Category::from_code(&code).ok_or_else(unknown)?)
}

/// Who shares in a deal: `[{"owner", "share_bp"}]`, each owner once, 10,000 basis points together.
///
/// # Errors
/// An owner twice or without a name, a share outside of 1 to 10,000, another sum; with the path.
pub(crate) fn shares(json: &Json) -> Result<Vec<(String, i64)>> {
    let one = |item: &Json| {
        let o = Object::new(item, &["owner", "share_bp"])?;
        let owner = o.text("owner")?;
        let owner = crate::kernel::text::check(&owner).map_err(|e| e.at("owner"))?;
        Ok((owner.to_owned(), o.integer("share_bp")?))
    };
    let shares = list(json, one)?;
    check_shares(&shares)?;
    Ok(shares)
}

/// Refuses shares that do not divide a deal; none at all is the owner's alone.
pub(crate) fn check_shares(shares: &[(String, i64)]) -> Result<()> {
    crate::rules::check::most("shares", shares.len(), MOST_SHARES)?;
    let mut owners = BTreeSet::new();
    for (i, (owner, share_bp)) in shares.iter().enumerate() {
        if owner.is_empty() {
            return Err(Error::from(Problem::Missing { name: "owner".into() }).at_index(i));
        }
        if !owners.insert(owner.as_str()) {
            return Err(Error::from(RulesProblem::DuplicateId { id: owner.clone() }).at("owner").at_index(i));
        }
        crate::rules::check::between(*share_bp, 1, WHOLE_BP).map_err(|e| e.at("share_bp").at_index(i))?;
    }
    let sum = shares.iter().fold(0i64, |sum, (_, share)| sum.saturating_add(*share));
    if shares.is_empty() || sum == WHOLE_BP {
        return Ok(());
    }
    let whole = WHOLE_BP.to_string();
    Err(Problem::OutOfRange { found: sum.to_string(), least: whole.clone(), most: whole }.into())
}
