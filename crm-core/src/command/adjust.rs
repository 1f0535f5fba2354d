//! Saying another number than the rollup, and taking it back.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::book::{Book, people};
use super::exchange_rate::{at_most, id_at, record};
use super::past::Past;
use super::quota::{check_days, days};
use super::{Command, Cx, Role, Saved, Verb};
use crate::kernel::coded::coded;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::money::Money;
use crate::kernel::sales::Category;
use crate::kernel::text;
use crate::kernel::value::Value;
use crate::model::{Adjustment, AnyRecord, Key, Kind, Record as _, Row};
use crate::rules::Rules;
use crate::rules::forecast::OwnerTree;
use crate::rules::read::money;
use crate::rules::read::{Object, text as text_of};
use crate::rules::waterfall::{Window, category_of, window};

/// Most characters of a note.
const MOST_NOTE: usize = 500;

coded! {
    /// Whose number an adjustment is.
    AdjustmentLayer {
        /// The person's own.
        Own = "own",
        /// That of somebody who leads the person; the person does not see it.
        Manager = "manager",
    }
}

/// Puts a number in front of what a person's deals come to in a category and some days. It changes no deal; what the
/// deals come to when it is said is kept beside it.
///
/// The layer `own` is the person's own to set; the layer `manager` is set by who leads the person, directly or not, and
/// by managers, admins and owners of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAdjustment {
    /// Whose number it is about: the host's name of a user.
    pub owner: String,
    /// Whose number it is.
    pub layer: AdjustmentLayer,
    /// The days.
    pub period: Window,
    /// The category.
    pub category: Category,
    /// The number instead.
    pub amount: Money,
    /// Why, in at most 500 characters.
    pub note: String,
}

/// Takes an adjustment back: what stood before it stands again. Its author may, and who might set it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevokeAdjustment {
    /// The adjustment.
    pub id: Id,
}

impl Command for SetAdjustment {
    type Output = Saved;
    const VERB: Verb = Verb::Adjust;

    fn name() -> Cow<'static, str> {
        "adjustment.set".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("owner".into(), self.owner.as_str().into());
        map.insert("layer".into(), self.layer.code().into());
        map.insert("period".into(), days(self.period));
        map.insert("category".into(), self.category.code().into());
        map.insert("amount".into(), Value::Money(self.amount).to_json());
        if !self.note.is_empty() {
            map.insert("note".into(), self.note.as_str().into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let o = Object::new(body, &["owner", "layer", "period", "category", "amount", "note"])?;
        let layer = o.text("layer")?;
        let unknown = || Problem::NotOneOf { found: text::shortened(&layer, 60), expected: AdjustmentLayer::CODES };
        let layer = AdjustmentLayer::from_code(&layer).ok_or_else(|| Error::from(unknown()).at("layer"))?;
        Ok(Self {
            owner: o.text("owner")?,
            layer,
            period: window(o.required("period")?).map_err(|e| e.at("period"))?,
            category: category_of(o.required("category")?).map_err(|e| e.at("category"))?,
            amount: money(o.required("amount")?).map_err(|e| e.at("amount"))?,
            note: o.optional("note", text_of)?.unwrap_or_default(),
        })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        let owner = text::check(&self.owner).map_err(|e| e.at("owner"))?;
        if owner.is_empty() {
            return Err(Problem::Missing { name: "owner".into() }.into());
        }
        let note = text::check(&self.note).map_err(|e| e.at("note"))?;
        at_most(note, MOST_NOTE).map_err(|e| e.at("note"))?;
        if self.category == Category::Omitted {
            // Nobody forecasts what is left out.
            let expected = &["pipeline", "best_case", "commit", "closed"];
            return Err(Error::from(Problem::NotOneOf { found: "omitted".into(), expected }).at("category"));
        }
        let period = check_days(self.period)?;
        let past = cx.past()?;
        let tree = tree(&past)?;
        permit(cx, &tree, owner, self.layer, "adjustment.set")?;
        let team = team(&tree, owner);
        let currency = self.amount.currency();
        let base = Book::read(&past)?
            .rollup(cx.rules().forecast(), currency, period, self.category, |user| team.contains(user))?;
        let base = i64::try_from(base).map_err(|_| Problem::AmountTooLarge)?;
        let (layer, author) = (self.layer.code(), cx.actor().name());
        let of = format!("{owner}\n{layer} {author}\n{} {} {}", period.0, period.1, self.category.code());
        let body = Adjustment {
            owner: owner.to_owned(),
            author: author.to_owned(),
            layer: layer.to_owned(),
            period_start: Some(period.0),
            period_end: Some(period.1),
            category: Some(self.category),
            amount: Some(self.amount),
            base: Some(Money::new(base, currency)?),
            note: note.to_owned(),
            recorded_at: Some(cx.at()),
            ..Adjustment::default()
        };
        let id = id_at(Kind::Adjustment, &of, cx.at());
        let id = record(cx, id, body.into())?;
        let row = cx.existing(Key { kind: Kind::Adjustment, id })?;
        Ok(Saved { id, version: row.version })
    }
}

impl Command for RevokeAdjustment {
    type Output = Saved;
    const VERB: Verb = Verb::Adjust;

    fn name() -> Cow<'static, str> {
        "adjustment.revoke".into()
    }

    fn to_json(&self) -> Json {
        serde_json::json!({"id": self.id.to_string()})
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let o = Object::new(body, &["id"])?;
        Ok(Self { id: Id::from_json(o.required("id")?).map_err(|e| e.at("id"))? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        let row = cx.active(Key { kind: Kind::Adjustment, id: self.id })?;
        let AnyRecord::Adjustment(said) = &row.body else {
            return Err(Problem::NotFound { record: Adjustment::NAME.into(), id: self.id.to_string() }.into());
        };
        if said.author != cx.actor().name() {
            let layer =
                if said.layer == AdjustmentLayer::Own.code() { AdjustmentLayer::Own } else { AdjustmentLayer::Manager };
            let tree = tree(&cx.past()?)?;
            permit(cx, &tree, &said.owner, layer, "adjustment.revoke")?;
        }
        let mut said = said.clone();
        // Who takes it back twice changes nothing.
        said.revoked_at = said.revoked_at.or(Some(cx.at()));
        let row = cx.update(Row { body: AnyRecord::Adjustment(said), ..row })?;
        Ok(Saved { id: row.id, version: row.version })
    }
}

fn tree(past: &Past<'_>) -> Result<OwnerTree> {
    let people = people(past)?;
    OwnerTree::new(people.iter().map(|(user, manager)| (user.as_str(), manager.as_deref())))
        .map_err(|e| e.at("employee"))
}

/// A person with everybody whom they lead.
fn team(tree: &OwnerTree, owner: &str) -> BTreeSet<String> {
    let mut team = BTreeSet::from([owner.to_owned()]);
    if let Some(top) = tree.find(owner) {
        let led = tree.led_by(&BTreeSet::from([top])).into_iter().filter_map(|place| tree.nodes().get(place));
        team.extend(led.map(|node| node.user.clone()));
    }
    team
}

/// Refuses who may not say this of that person.
fn permit(cx: &Cx<'_>, tree: &OwnerTree, owner: &str, layer: AdjustmentLayer, command: &str) -> Result<()> {
    let actor = cx.actor();
    let leads = || match (tree.find(actor.name()), tree.find(owner)) {
        (Some(manager), Some(of)) => tree.leads(manager, of),
        _ => false,
    };
    let may = match layer {
        AdjustmentLayer::Own => actor.name() == owner,
        AdjustmentLayer::Manager => matches!(actor.role(), Role::Owner | Role::Admin | Role::Manager) || leads(),
    };
    if may {
        return Ok(());
    }
    let (role, command) = (actor.role().name().into(), command.into());
    Err(Error::from(Problem::Forbidden { role, command }).at("layer"))
}
