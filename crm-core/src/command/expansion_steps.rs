//! What becomes of an idea to sell a customer more.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::body::{head, head_json, id_of, only_head, required_text};
use super::create::Saved;
use super::renewal_steps::{new_deal, put_id};
use super::subscription_steps::refuse_other_version;
use super::{Command, Cx, Verb};
use crate::kernel::customer::IdeaState;
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::model::{AnyRecord, Deal, ExpansionIdea, Key, Kind, Row};
use crate::rules::Rules;

/// An idea that is open, as the person saw it.
fn found(cx: &mut Cx<'_>, id: Id, version: Option<u64>, from: &[IdeaState]) -> Result<(Row, ExpansionIdea)> {
    let row = cx.active(Key { kind: Kind::ExpansionIdea, id })?;
    refuse_other_version(&row, version)?;
    let AnyRecord::ExpansionIdea(idea) = &row.body else {
        return Err(Problem::NotFound { record: Kind::ExpansionIdea.name().into(), id: id.to_string() }.into());
    };
    let idea = (**idea).clone();
    let state = idea.state.unwrap_or(IdeaState::Idea);
    match from.contains(&state) {
        true => Ok((row, idea)),
        false => {
            Err(Problem::StateForbids { record: "expansion_idea", id: id.to_string(), state: state.code() }.into())
        }
    }
}

fn saved(cx: &mut Cx<'_>, row: Row, idea: ExpansionIdea) -> Result<Saved> {
    let row = cx.update(Row { body: idea.into(), ..row })?;
    Ok(Saved { id: row.id, version: row.version })
}

/// Says that an idea is worth it: `{"id", "version"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QualifyIdea {
    /// Which.
    pub id: Id,
    /// The version that the person saw.
    pub version: Option<u64>,
}

impl Command for QualifyIdea {
    type Output = Saved;
    const VERB: Verb = Verb::Serve;

    fn name() -> Cow<'static, str> {
        "expansion_idea.qualify".into()
    }

    fn to_json(&self) -> Json {
        Json::Object(head_json(self.id, self.version))
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let (id, version) = only_head(body)?;
        Ok(Self { id, version })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        let (row, mut idea) = found(cx, self.id, self.version, &[IdeaState::Idea])?;
        idea.state = Some(IdeaState::Qualified);
        saved(cx, row, idea)
    }
}

/// Makes a deal of an idea, or links one: `{"id", "version", "deal"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConvertIdea {
    /// Which.
    pub id: Id,
    /// The version that the person saw.
    pub version: Option<u64>,
    /// The deal, where there is one already.
    pub deal: Option<Id>,
}

impl Command for ConvertIdea {
    type Output = Saved;
    const VERB: Verb = Verb::Serve;

    fn name() -> Cow<'static, str> {
        "expansion_idea.convert".into()
    }

    fn to_json(&self) -> Json {
        let mut map = head_json(self.id, self.version);
        put_id(&mut map, "deal", self.deal);
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `id`")?;
        json::only_keys(map, &["id", "version", "deal"])?;
        let (id, version) = head(map)?;
        Ok(Self { id, version, deal: id_of(map, "deal")? })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        let (row, mut idea) = found(cx, self.id, self.version, &[IdeaState::Idea, IdeaState::Qualified])?;
        let deal = match self.deal {
            Some(deal) => cx.active(Key { kind: Kind::Deal, id: deal }).map_err(|e| e.at("deal"))?.id,
            None => {
                let deal = Deal {
                    name: idea.title.clone(),
                    account: idea.account,
                    owner: idea.owner.clone(),
                    value: idea.value,
                    description: idea.evidence.clone(),
                    ..Deal::default()
                };
                new_deal(cx, deal, None, None)?
            }
        };
        (idea.deal, idea.state) = (Some(deal), Some(IdeaState::Converted));
        saved(cx, row, idea)
    }
}

/// Gives an idea up: `{"id", "version", "reason"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropIdea {
    /// Which.
    pub id: Id,
    /// The version that the person saw.
    pub version: Option<u64>,
    /// Why.
    pub reason: String,
}

impl Command for DropIdea {
    type Output = Saved;
    const VERB: Verb = Verb::Serve;

    fn name() -> Cow<'static, str> {
        "expansion_idea.drop".into()
    }

    fn to_json(&self) -> Json {
        let mut map = head_json(self.id, self.version);
        map.insert("reason".into(), self.reason.as_str().into());
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `id`")?;
        json::only_keys(map, &["id", "version", "reason"])?;
        let (id, version) = head(map)?;
        let reason = required_text(map, "reason")?;
        if reason.is_empty() {
            return Err(Error::from(RulesProblem::Empty { what: "reason" }).at("reason"));
        }
        Ok(Self { id, version, reason })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Saved> {
        let (row, mut idea) = found(cx, self.id, self.version, &[IdeaState::Idea, IdeaState::Qualified])?;
        idea.dropped_reason.clone_from(&self.reason);
        idea.state = Some(IdeaState::Dropped);
        saved(cx, row, idea)
    }
}
