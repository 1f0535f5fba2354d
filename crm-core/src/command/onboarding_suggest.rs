//! Holding an onboarding plan: a run, a note and an activity that wait for an OK. Nothing of it is carried out by itself.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::id_of;
use super::draft_propose::ProposeCommand;
use super::draft_state::draft_of;
use super::onboarding::{Advice, onboarding};
use super::{Command, Cx, Verb};
use crate::kernel::approval::DraftState;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json as kernel_json;
use crate::kernel::playbook_problem::PlaybookProblem;
use crate::kernel::reason::Reason;
use crate::model::{Key, Kind, Row};
use crate::rules::Rules;

/// Suggests an onboarding plan for a customer: `{"account": "..."}`. The run of a playbook, a note for the kick-off and the
/// kick-off itself each become a draft that waits for an OK, once for each customer and playbook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SuggestOnboarding {
    /// The customer.
    pub account: Id,
}

/// A draft of the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuggestedPart {
    /// run, note or activity.
    pub part: String,
    /// The command that waits.
    pub command: String,
    /// The draft.
    pub draft: Id,
    /// Where it stands.
    pub state: DraftState,
    /// Whether it was written now.
    pub is_new: bool,
    /// The draft's revision, for whoever decides.
    pub revision: u64,
    /// The hash of its content, for whoever decides.
    pub content_hash: String,
}

/// The plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuggestedOnboarding {
    /// The playbook.
    pub playbook: String,
    /// Its version.
    pub playbook_version: u32,
    /// What waits.
    pub drafts: Vec<SuggestedPart>,
}

/// Reasons as drafts keep them.
fn told(advice: &Advice) -> Vec<Json> {
    advice.reasons.iter().map(|why| Json::Object(Reason::Playbook(why.clone()).to_json(None))).collect()
}

fn part(advice: &Advice, row: &Row, is_new: bool) -> Result<SuggestedPart> {
    let missing = || Problem::NotFound { record: Kind::Draft.name().into(), id: row.id.to_string() };
    let draft = draft_of(row).ok_or_else(missing)?;
    Ok(SuggestedPart {
        part: advice.part.to_owned(),
        command: advice.command.to_owned(),
        draft: row.id,
        state: draft.state.unwrap_or(DraftState::Drafting),
        is_new,
        revision: draft.revision.and_then(|n| u64::try_from(n).ok()).unwrap_or(1),
        content_hash: draft.content_hash.clone(),
    })
}

impl Command for SuggestOnboarding {
    type Output = SuggestedOnboarding;
    const VERB: Verb = Verb::Propose;

    fn name() -> Cow<'static, str> {
        "onboarding.suggest".into()
    }

    fn to_json(&self) -> Json {
        serde_json::json!({"account": self.account.to_string()})
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let map = kernel_json::object(body, "an object with `account`")?;
        kernel_json::only_keys(map, &["account"])?;
        let account = id_of(map, "account")?.ok_or_else(|| Problem::Missing { name: "account".into() })?;
        Ok(Self { account })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<SuggestedOnboarding> {
        let row = cx.active(Key { kind: Kind::Account, id: self.account }).map_err(|e| e.at("account"))?;
        let found = onboarding(cx, &row)?
            .ok_or_else(|| PlaybookProblem::UnknownPlaybook { found: String::new(), expected: Vec::new() })?;
        let is_held = found.advice.iter().any(|one| one.draft.is_some());
        if let (Some(_), false) = (found.run, is_held) {
            let problem = PlaybookProblem::AlreadyStarted { playbook: found.playbook.code.clone() };
            return Err(Error::from(problem).at("account"));
        }
        let language = cx.rules().templates().language();
        let mut drafts = Vec::new();
        for advice in &found.advice {
            if let Some(row) = &advice.draft {
                drafts.push(part(advice, row, false)?);
                continue;
            }
            // What was decided about once is not held again piece by piece.
            if found.run.is_some() {
                continue;
            }
            let mut links = Map::new();
            links.insert("account".into(), self.account.to_string().into());
            let proposal = ProposeCommand {
                command: advice.command.to_owned(),
                body: advice.body.clone(),
                note: found.playbook.title.text(language).to_owned(),
                reasons: told(advice),
                origin_key: advice.origin.clone(),
                links,
                ..ProposeCommand::default()
            };
            let id = proposal.propose(cx)?.draft;
            let row = cx.existing(Key { kind: Kind::Draft, id })?;
            drafts.push(part(advice, &row, true)?);
        }
        Ok(SuggestedOnboarding {
            playbook: found.playbook.code.clone(),
            playbook_version: found.playbook.version,
            drafts,
        })
    }
}
