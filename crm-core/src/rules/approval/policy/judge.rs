//! The judgement: what follows from a draft, the rules and the settings, whatever the order of the rules.

use std::collections::BTreeSet;

use super::facts::DraftFacts;
use super::lookalike::{Look, known_domain, looks};
use super::rule::{Fit, PolicyRule};
use super::settings::{ApprovalSettings, LeastRole, PeerChecking};
use crate::kernel::approval::{DraftKind, RuleEffect};
use crate::kernel::approval_reason::ApprovalReason as Why;
use crate::kernel::reason::Reason;
use crate::kernel::text::shortened;
use crate::kernel::time::Instant;
use crate::rules::approval::{Decider, Terms};

/// Most sources that are told.
const MOST_SOURCES: usize = 5;
/// Most characters of one.
const MOST_SOURCE_CHARACTERS: usize = 100;

/// What becomes of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A rule approves it.
    Auto {
        /// The rule's id.
        rule: String,
        /// Its revision.
        revision: u32,
        /// Who made it.
        made_by: Decider,
    },
    /// The author's submitting is the OK.
    ByAuthor,
    /// Somebody is asked.
    Wait,
    /// Nobody may approve it.
    Forbid,
}

impl Decision {
    /// The word for it in JSON.
    pub const fn code(&self) -> &'static str {
        match self {
            Decision::Auto { .. } => "auto",
            Decision::ByAuthor => "by_author",
            Decision::Wait => "wait",
            Decision::Forbid => "forbid",
        }
    }
}

/// What the policy says of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What becomes of it.
    pub decision: Decision,
    /// Who may decide.
    pub terms: Terms,
    /// Until when somebody may decide.
    pub expires_at: Option<Instant>,
    /// Until when a decision of this instant holds.
    pub approval_expires_at: Option<Instant>,
    /// What is approved at this instant leaves no earlier.
    pub not_before: Option<Instant>,
    /// Why, what decides first.
    pub reasons: Vec<Reason>,
}

/// What the rules say, sorted by what they do.
#[derive(Debug, Default)]
struct Told<'r> {
    /// By id, so that no order of rules matters.
    bans: BTreeSet<(&'r str, u64, &'r str)>,
    asks: BTreeSet<(&'r str, bool)>,
    autos: Vec<(&'r PolicyRule, Decider)>,
    /// What stands in the way of every rule.
    unknown: BTreeSet<String>,
    /// What stands in the way of one rule, by the rule.
    notes: Vec<(String, Why)>,
}

/// Judges a draft. A ban beats whatever else fits; a rule approves only where everything is known and nothing asks for a
/// person; where no rule fits, it waits.
pub fn judge(settings: &ApprovalSettings, rules: &[PolicyRule], draft: &DraftFacts<'_>, at: Instant) -> Verdict {
    let told = heard(rules, draft, at);
    let mut terms = terms(settings, draft);
    terms.needs_admin |= told.asks.iter().any(|(_, admin)| *admin);
    let mut against = against(settings, draft, terms);
    against.extend(told.unknown.iter().map(|what| Why::FailClosed { what: what.clone() }));
    let doubts = doubts(settings, draft);
    let asked = told.asks.iter().map(|(rule, admin)| Why::AskedByRule { rule: (*rule).to_owned(), admin: *admin });
    let is_asked = !told.asks.is_empty();
    let auto = told.autos.iter().min_by(|(a, _), (b, _)| a.id.cmp(&b.id));
    let is_free = against.is_empty() && !is_asked;
    let (decision, mut reasons): (_, Vec<Why>) = match auto {
        _ if !told.bans.is_empty() => {
            let ban = |(_, revision, name): &(&str, u64, &str)| Why::ForbiddenByRule {
                rule: (*name).to_owned(),
                revision: *revision,
            };
            (Decision::Forbid, told.bans.iter().map(ban).collect())
        }
        Some((rule, made_by)) if is_free && doubts.is_empty() => {
            let revision = u32::try_from(rule.revision()).unwrap_or(u32::MAX);
            let why = Why::AutoRule { rule: rule.name().to_owned(), revision: rule.revision() };
            (Decision::Auto { rule: rule.id.clone(), revision, made_by: made_by.clone() }, vec![why])
        }
        _ if is_free && is_own_word(settings, draft, terms) => (Decision::ByAuthor, vec![Why::OwnWord]),
        _ => (Decision::Wait, Vec::new()),
    };
    let is_settled = matches!(decision, Decision::Auto { .. } | Decision::ByAuthor);
    if !is_settled {
        reasons.extend(asked);
        reasons.append(&mut against);
        reasons.extend(doubts);
        reasons.extend(told.notes.into_iter().map(|(_, why)| why));
        if auto.is_none() && decision == Decision::Wait {
            reasons.push(Why::AskBeforeSending);
        }
    }
    if let Some(check) = draft.around.peer_check.as_ref().filter(|check| check.passed) {
        reasons.push(Why::PeerChecked { by: check.by.clone(), passed: true });
    }
    terms.needs_person = !matches!(decision, Decision::Auto { .. });
    let is_open = draft.around.conversation_open == Some(true);
    Verdict {
        decision,
        terms,
        expires_at: settings.draft_expires_at(at, is_open),
        approval_expires_at: settings.approval_expires_at(at, is_open),
        not_before: settings.undo_until(at),
        reasons: reasons.into_iter().map(Reason::Approval).collect(),
    }
}

/// Hears every rule.
fn heard<'r>(rules: &'r [PolicyRule], draft: &DraftFacts<'_>, at: Instant) -> Told<'r> {
    let mut told = Told::default();
    for rule in rules {
        let fit = rule.fit(draft, at);
        if fit == Fit::No {
            continue;
        }
        if let Some(why) = rule.over(at) {
            told.notes.push((rule.id.clone(), why));
            continue;
        }
        let lacks = |what: &str| format!("{}: {what}", rule.name());
        match (rule.record.effect, fit) {
            (Some(RuleEffect::Auto), Fit::Unknown(what)) => {
                told.notes.push((rule.id.clone(), Why::FailClosed { what: lacks(what) }));
            }
            (Some(RuleEffect::Auto), _) => match rule.made_by() {
                Err(what) => told.notes.push((rule.id.clone(), Why::FailClosed { what: lacks(what) })),
                Ok(_) if rule.is_used_up() => {
                    let cap = rule.record.daily_cap.map_or(0, i64::unsigned_abs);
                    told.notes.push((rule.id.clone(), Why::RuleCap { rule: rule.name().to_owned(), cap }));
                }
                Ok(made_by) => told.autos.push((rule, made_by)),
            },
            (None, _) => {
                told.unknown.insert(lacks("effect"));
            }
            (Some(RuleEffect::Forbid), Fit::Unknown(what)) => {
                told.unknown.insert(lacks(what));
            }
            (Some(RuleEffect::Forbid), _) => {
                told.bans.insert((&rule.id, rule.revision(), rule.name()));
            }
            (Some(effect @ (RuleEffect::Ask | RuleEffect::AskAdmin)), fit) => {
                if let Fit::Unknown(what) = fit {
                    told.unknown.insert(lacks(what));
                }
                told.asks.insert((rule.name(), effect == RuleEffect::AskAdmin));
            }
        }
    }
    told.notes.sort_by(|(a, _), (b, _)| a.cmp(b));
    told
}

/// Who may decide, by the settings alone.
fn terms(settings: &ApprovalSettings, draft: &DraftFacts<'_>) -> Terms {
    let (only, command) = (&settings.admin_only, draft.text("command"));
    let is_admins = only.kinds.contains(&draft.kind())
        || draft.channel().is_some_and(|channel| only.channels.contains(&channel))
        || (!command.is_empty() && only.has_command(command));
    Terms {
        needs_admin: is_admins || settings.approvers == LeastRole::Admin,
        needs_manager: settings.approvers == LeastRole::Manager,
        needs_four_eyes: settings.four_eyes,
        needs_peer_check: settings.peer_check == PeerChecking::Required && draft.is_by_agent(),
        needs_person: true,
    }
}

/// What asks for a person, whoever wrote it.
fn against(settings: &ApprovalSettings, draft: &DraftFacts<'_>, terms: Terms) -> Vec<Why> {
    let mut found = Vec::new();
    let unknown = |what: &str| Why::FailClosed { what: what.to_owned() };
    let said = draft.said();
    let topics = settings.always_ask.of(said.iter().map(String::as_str));
    found.extend(topics.into_iter().map(|topic| Why::AlwaysEscalate { topic: topic.to_owned() }));
    let sources = draft.texts("sources").iter().take(MOST_SOURCES);
    found.extend(sources.map(|source| Why::UntrustedSource { source: shortened(source, MOST_SOURCE_CHARACTERS) }));
    let domains = settings.domains.iter().chain(&draft.around.domains).filter_map(|one| known_domain(one)).collect();
    let addresses = draft.texts("recipients");
    let seen: BTreeSet<Look> = addresses.iter().flat_map(|address| looks(address, &domains)).collect();
    found.extend(seen.into_iter().map(|look| match look {
        Look::Mixed { address } => Why::MixedScripts { address },
        Look::Like { address, other } => Why::LooksLike { address, other },
    }));
    if draft.around.contributors.is_empty() {
        found.push(unknown("author"));
    }
    if draft.kind() == DraftKind::Message {
        if draft.channel().is_none() {
            found.push(unknown("channel"));
        }
        if addresses.is_empty() {
            found.push(unknown("recipients"));
        }
    }
    if terms.needs_admin {
        found.push(Why::AdminRequired);
    }
    if terms.needs_four_eyes {
        found.push(Why::FourEyes);
    }
    let check = draft.around.peer_check.as_ref();
    if let Some(check) = check.filter(|check| !check.passed) {
        found.push(Why::PeerChecked { by: check.by.clone(), passed: false });
    }
    if terms.needs_peer_check && !check.is_some_and(|check| check.passed) {
        found.push(Why::PeerCheckRequired);
    }
    found
}

/// What speaks against a rule only: that whoever wrote it was not sure.
fn doubts(settings: &ApprovalSettings, draft: &DraftFacts<'_>) -> Vec<Why> {
    let floor_bp = settings.confidence_floor_bp;
    match draft.confidence_bp() {
        Some(confidence_bp) if confidence_bp < floor_bp => vec![Why::BelowFloor { confidence_bp, floor_bp }],
        None if draft.is_by_agent() => vec![Why::FailClosed { what: "confidence_bp".to_owned() }],
        _ => Vec::new(),
    }
}

/// Whether it is one person's own word, who may decide, and nobody is asked about such.
fn is_own_word(settings: &ApprovalSettings, draft: &DraftFacts<'_>, terms: Terms) -> bool {
    let [author] = draft.around.contributors.as_slice() else { return false };
    // Whoever lets sequences run writes nothing: somebody else, or an agent, enrolled the person.
    if draft.is_by_sequence() {
        return false;
    }
    // What only admins decide about, and what asks for four eyes, speaks against it already.
    !settings.ask_before_sending && settings.approvers.takes(author.role) && !terms.needs_admin
}
