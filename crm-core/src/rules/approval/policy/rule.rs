//! One rule of a workspace: what it is about, and whether it stands at an instant.

use super::facts::DraftFacts;
use crate::kernel::approval::{DraftKind, RuleEffect};
use crate::kernel::approval_reason::ApprovalReason as Why;
use crate::kernel::error::Result;
use crate::kernel::field::Schema;
use crate::kernel::json;
use crate::kernel::predicate::{Compiled, Predicate, Truth};
use crate::kernel::role::Role;
use crate::kernel::time::Instant;
use crate::model::ApprovalRule;
use crate::rules::approval::Decider;

/// Whether a draft is what a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// It is not.
    No,
    /// This is not known of the draft or of the rule.
    Unknown(&'static str),
    /// It is.
    Yes,
}

impl Fit {
    fn and(self, other: impl FnOnce() -> Fit) -> Fit {
        match self {
            Fit::No => Fit::No,
            Fit::Yes => other(),
            Fit::Unknown(_) => match other() {
                Fit::No => Fit::No,
                _ => self,
            },
        }
    }
}

impl From<bool> for Fit {
    fn from(is: bool) -> Self {
        if is { Fit::Yes } else { Fit::No }
    }
}

/// The further condition of a rule.
#[derive(Clone, Debug)]
enum Condition {
    None,
    Some(Box<Compiled>),
    Unreadable,
}

/// A rule, its condition compiled.
#[derive(Clone, Debug)]
pub struct PolicyRule {
    /// The rule's id.
    pub id: String,
    /// What it says.
    pub record: ApprovalRule,
    /// How many drafts it has approved on the local day; `None` where nobody counted.
    pub used_today: Option<u64>,
    condition: Condition,
}

impl PolicyRule {
    /// A rule with its condition over the fields of drafts. One whose condition cannot be read stays a rule: it approves
    /// nothing, and what it may forbid waits.
    pub fn new(id: &str, record: ApprovalRule, used_today: Option<u64>, drafts: &Schema) -> Self {
        let condition = match record.condition.as_str() {
            "" => Condition::None,
            written => Self::compile(written, drafts)
                .map_or(Condition::Unreadable, |condition| Condition::Some(Box::new(condition))),
        };
        Self { id: id.to_owned(), record, used_today, condition }
    }

    /// A rule that cannot be read at all.
    pub(in crate::rules::approval) fn unreadable(id: &str) -> Self {
        let record = ApprovalRule { name: id.to_owned(), ..ApprovalRule::default() };
        Self { id: id.to_owned(), record, used_today: None, condition: Condition::Unreadable }
    }

    /// A condition as a rule keeps it: canonical JSON of a predicate over the fields of drafts.
    ///
    /// # Errors
    /// What is no predicate, and a field that drafts do not have.
    pub fn compile(written: &str, drafts: &Schema) -> Result<Compiled> {
        Predicate::from_json(&json::parse(written.as_bytes())?)?.compile(drafts)
    }

    /// What people call it.
    pub fn name(&self) -> &str {
        if self.record.name.is_empty() { &self.id } else { &self.record.name }
    }

    pub(super) fn revision(&self) -> u64 {
        self.record.revision.map_or(0, i64::unsigned_abs)
    }

    /// Whether it lets something leave without anybody looking.
    pub(crate) fn is_auto(&self) -> bool {
        self.record.effect == Some(RuleEffect::Auto)
    }

    /// Since when it does not stand, or from when it does; `None` where it stands.
    pub(crate) fn over(&self, at: Instant) -> Option<Why> {
        let (rule, record) = (self.name().to_owned(), &self.record);
        if record.enabled == Some(false) {
            return Some(Why::RuleOff { rule, since: record.switched_at });
        }
        if let Some(since) = record.valid_until.filter(|end| *end <= at) {
            return Some(Why::RuleOver { rule, since });
        }
        record.valid_from.filter(|from| at < *from).map(|from| Why::RuleNotYet { rule, from })
    }

    /// What a rule has to say of itself before it approves: who made it, until when, how often.
    pub(super) fn made_by(&self) -> Result<Decider, &'static str> {
        let record = &self.record;
        let role: Option<Role> = record.made_by_role.parse().ok();
        let known = |is: bool, what: &'static str| if is { Ok(()) } else { Err(what) };
        known(record.enabled == Some(true), "enabled")?;
        known(record.valid_until.is_some(), "valid_until")?;
        known(record.daily_cap.is_some_and(|cap| cap > 0), "daily_cap")?;
        known(self.used_today.is_some(), "used_today")?;
        known(record.revision.is_some_and(|revision| u32::try_from(revision).is_ok()), "revision")?;
        let role = role.filter(|role| matches!(role, Role::Owner | Role::Admin)).ok_or("made_by_role")?;
        known(!record.made_by.is_empty(), "made_by")?;
        Ok(Decider { name: record.made_by.clone(), role })
    }

    /// Whether it approved as many drafts today as it may.
    pub(super) fn is_used_up(&self) -> bool {
        let cap = self.record.daily_cap.map_or(0, i64::unsigned_abs);
        self.used_today.is_none_or(|used| used >= cap)
    }

    /// Whether a draft is what the rule is about. To approve, everything has to be so: every recipient letter by letter,
    /// everybody who wrote it. For anything else it is enough that something may be.
    pub(super) fn fit(&self, draft: &DraftFacts<'_>, at: Instant) -> Fit {
        let (record, is_auto) = (&self.record, self.is_auto());
        if matches!(self.condition, Condition::Unreadable) {
            return Fit::Unknown("condition");
        }
        let listed = |list: &[String], what: &'static str, found: &str| match found {
            _ if list.is_empty() => Fit::Yes,
            "" => Fit::Unknown(what),
            found => list.iter().any(|one| one == found).into(),
        };
        // What approves is for messages unless it says that it is for commands.
        let usual = if is_auto && record.commands.is_empty() { Some(DraftKind::Message) } else { None };
        let of_kind = || record.kind.or(usual).map_or(Fit::Yes, |kind| (kind == draft.kind()).into());
        let of_channel = || match (record.channel, draft.channel()) {
            (None, _) => Fit::Yes,
            (Some(_), None) => Fit::Unknown("channel"),
            (Some(wanted), Some(found)) => (wanted == found).into(),
        };
        // What has no template, and what is no command, is none of those that a rule names.
        let of_template = || match record.templates.iter().any(|t| t == draft.text("template")) {
            _ if record.templates.is_empty() => Fit::Yes,
            false => Fit::No,
            // Whoever approves a template approves its words, and not what somebody made of them.
            true if is_auto => draft.around.template_kept.map_or(Fit::Unknown("template_kept"), Fit::from),
            true => Fit::Yes,
        };
        let of_command =
            || (record.commands.is_empty() || record.commands.iter().any(|c| c == draft.text("command"))).into();
        let of_author = || {
            let is_named = |one: &Decider| record.authors.contains(&one.name);
            match draft.around.contributors.as_slice() {
                _ if record.authors.is_empty() => Fit::Yes,
                [] => Fit::Unknown("author"),
                all if is_auto => all.iter().all(is_named).into(),
                all => all.iter().any(is_named).into(),
            }
        };
        let of_language = || listed(&record.languages, "language", draft.text("language"));
        let of_recipient = || match draft.texts("recipients") {
            _ if record.recipients.is_empty() => Fit::Yes,
            [] => Fit::Unknown("recipients"),
            all if is_auto => all.iter().all(|one| record.recipients.iter().any(|known| is_exactly(one, known))).into(),
            all => all.iter().any(|one| record.recipients.iter().any(|known| is_about(one, known))).into(),
        };
        let told = |wanted: Option<bool>, found: Option<bool>, what| match (wanted, found) {
            (None, _) => Fit::Yes,
            (Some(_), None) => Fit::Unknown(what),
            (Some(wanted), Some(found)) => (wanted == found).into(),
        };
        let of_known = || told(record.recipient_known, draft.around.recipient_known, "recipient_known");
        let of_talk = || told(record.conversation_open, draft.around.conversation_open, "conversation_open");
        let of_confidence = || match (record.confidence_floor_bp, draft.confidence_bp()) {
            (None, _) => Fit::Yes,
            (Some(_), None) => Fit::Unknown("confidence_bp"),
            (Some(floor), Some(found)) => i64::try_from(found).is_ok_and(|found| found >= floor).into(),
        };
        let of_condition = || match &self.condition {
            Condition::None => Fit::Yes,
            Condition::Unreadable => Fit::Unknown("condition"),
            Condition::Some(condition) => match condition.eval(draft.facts, at) {
                Truth::True => Fit::Yes,
                Truth::False => Fit::No,
                Truth::Unknown => Fit::Unknown("condition"),
            },
        };
        let shape = of_kind().and(of_channel).and(of_template).and(of_command);
        let people = || of_author().and(of_language).and(of_recipient).and(of_known).and(of_talk);
        shape.and(people).and(of_confidence).and(of_condition)
    }
}

/// Whether an address is one that a rule names, or of a domain that it names: letter by letter, but for the case of a
/// domain's ASCII letters.
fn is_exactly(address: &str, known: &str) -> bool {
    match (address.rsplit_once('@'), known.rsplit_once('@')) {
        (Some((local, domain)), Some((name, wanted))) => local == name && domain.eq_ignore_ascii_case(wanted),
        (Some((_, domain)), None) => domain.eq_ignore_ascii_case(known),
        (None, _) => address == known,
    }
}

/// Whether an address may be one that a ban means: in any case and spelling, and of any subdomain.
fn is_about(address: &str, known: &str) -> bool {
    let form = |text: &str| super::lookalike::ascii_form(text.trim()).to_lowercase();
    let (address, known) = (form(address), form(known));
    if address == known {
        return true;
    }
    let known = known.trim_start_matches('@');
    let known = crate::rules::identity::domain::ascii(known).unwrap_or_else(|| known.to_owned());
    let domain = address.rsplit_once('@').map(|(_, domain)| domain);
    domain.is_some_and(|domain| {
        domain == known || domain.strip_suffix(known.as_str()).is_some_and(|rest| rest.ends_with('.'))
    })
}
