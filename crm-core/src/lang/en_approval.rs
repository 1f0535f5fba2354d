//! Drafts, approvals and the outbox in English.

use super::en_offer::standing;
use super::en_sequence::{end, span};
use super::en_values::percent;
use super::en_words::{list, visible};
use super::{Clock, Lang, plural};
use crate::kernel::approval::{ChannelKind, DraftState, ParcelState};
use crate::kernel::approval_problem::ApprovalProblem;
use crate::kernel::approval_reason::ApprovalReason;
use crate::kernel::consent_reason::Mention;
use crate::kernel::time::Instant;

pub(super) fn reason(reason: &ApprovalReason, clock: Clock<'_>) -> String {
    let moment = |at: Instant| clock.moment(at, Lang::English);
    use ApprovalReason as R;
    match reason {
        R::AskBeforeSending => "nothing leaves without a person's OK".to_owned(),
        R::AutoRule { rule, revision } => format!("approved by the rule `{rule}` (revision {revision})"),
        R::AskedByRule { rule, admin: false } => format!("the rule `{rule}` asks a person"),
        R::AskedByRule { rule, admin: true } => format!("the rule `{rule}` asks an owner or admin"),
        R::ForbiddenByRule { rule, revision } => format!("forbidden by the rule `{rule}` (revision {revision})"),
        R::AlwaysEscalate { topic: about } => format!("a person always decides about this topic: {}", topic(about)),
        R::BelowFloor { confidence_bp, floor_bp } => {
            format!("confidence of {} is below the floor of {}", percent(*confidence_bp), percent(*floor_bp))
        }
        R::AdminRequired => "only an owner or admin decides".to_owned(),
        R::FourEyes => "somebody other than the author decides".to_owned(),
        R::PeerCheckRequired => "another teammate has to check it first".to_owned(),
        R::PeerChecked { by, passed: true } => format!("checked by {by}: ready"),
        R::PeerChecked { by, passed: false } => format!("checked by {by}: not ready"),
        R::FailClosed { what } => format!("not known: {}; a person decides", part(what)),
        R::UntrustedSource { source } => {
            format!("written after reading text from outside ({source}); a person decides")
        }
        R::LooksLike { address, other } => format!("`{address}` looks like `{other}`"),
        R::MixedScripts { address } => format!("`{address}` mixes alphabets"),
        R::RuleCap { rule, cap } => {
            let drafts = plural(Lang::English, *cap, "draft", "drafts");
            format!("the rule `{rule}` has approved {drafts} today, its limit")
        }
        R::RuleOver { rule, since } => format!("the rule `{rule}` has not held since {}", moment(*since)),
        R::RuleOff { rule, since: None } => format!("the rule `{rule}` is switched off"),
        R::RuleOff { rule, since: Some(since) } => format!("the rule `{rule}` was switched off at {}", moment(*since)),
        R::RuleNotYet { rule, from } => format!("the rule `{rule}` holds from {} on", moment(*from)),
        R::OwnWord => "written by a person who may decide and whose drafts wait for nobody".to_owned(),
        R::KillSwitch { by, since } => format!("everything that leaves was stopped by {by} at {}", moment(*since)),
        R::ChannelNotConnected { channel: kind } => format!("no channel is connected: {}", channel(*kind)),
        R::DryRunOnly { channel: kind } => format!("the channel only writes down what would leave: {}", channel(*kind)),
        R::RecipientNotAllowed { address } => format!("`{address}` is not on the list of allowed recipients"),
        R::MissingMention { mention: what } => format!("the message lacks {}", mention(*what)),
        R::StaleApproval => "what was approved is not what would leave".to_owned(),
        R::NotApproved => "nobody approved it".to_owned(),
        R::ApprovalExpired { at } => format!("the approval expired at {}", moment(*at)),
        R::ApproverLost { by } => format!("{by}, who approved it, may not approve any more"),
        R::Stopped { cause, at: None } => format!("no longer useful: {}", end(*cause)),
        R::Stopped { cause, at: Some(at) } => format!("no longer useful since {}: {}", moment(*at), end(*cause)),
        R::QuoteAccepted { number, by } => format!("{} accepted quote {}", visible(by), visible(number)),
        R::QuoteOver { number, standing: is } => {
            format!("quote {} is not to be sent any more: it is {}", visible(number), standing(*is))
        }
        R::QuoteChanged { number } => format!("quote {} is not the one that was approved", visible(number)),
        R::ContactLimit { span: per, limit } => {
            format!("the person has had {} in {}", plural(Lang::English, *limit, "message", "messages"), span(*per))
        }
        R::ChannelLimit { span: per, limit } => {
            format!("the channel has sent {} in {}", plural(Lang::English, *limit, "message", "messages"), span(*per))
        }
        R::NotBefore { at } => format!("leaves no earlier than {}", moment(*at)),
        R::Unchecked { what } => format!("{} could not be checked", checked(what)),
        R::HostCheck { check, found } => format!("the check of {} refused it: {found}", checked(check)),
        R::InState { state } => parcel(*state).to_owned(),
    }
}

/// What is looked at before a hand-off.
fn checked(check: &str) -> &str {
    match check {
        "kill_switch" | "kill switch" => "the kill switch",
        "channel" => "the channel",
        "recipient" => "the recipient",
        "approver" => "the approver",
        "stop" => "what stops it",
        "frequency" => "the person's limits",
        "quota" => "the channel's limits",
        other => other,
    }
}

/// A built-in topic; the workspace's own are called what they are called.
fn topic(topic: &str) -> &str {
    match topic {
        "password" => "passwords",
        "refund" => "refunds",
        "contract" => "contracts",
        "human" => "talking to a person",
        own => own,
    }
}

/// What is not known: of the draft, or of a rule, which stands before it.
fn part(what: &str) -> String {
    let (rule, part) = what.rsplit_once(": ").map_or((None, what), |(rule, part)| (Some(rule), part));
    let part = match part {
        "author" => "the author",
        "channel" => "the channel",
        "recipients" => "the recipients",
        "language" => "the language",
        "recipient_known" => "whether the recipients are those of the linked records",
        "conversation_open" => "whether somebody waits for an answer",
        "template_kept" => "whether the text is still the template's",
        "confidence_bp" => "how sure the author is",
        "condition" => "the condition",
        "effect" => "the effect",
        "enabled" => "whether it is on",
        "valid_until" => "its end",
        "daily_cap" => "its limit a day",
        "used_today" => "how many drafts it approved today",
        "revision" => "its revision",
        "made_by" => "who made it",
        "made_by_role" => "whether an admin made it",
        "settings" => "the settings",
        other => other,
    };
    rule.map_or_else(|| part.to_owned(), |rule| format!("rule `{rule}`, {part}"))
}

pub(super) fn problem(problem: &ApprovalProblem) -> String {
    use ApprovalProblem as P;
    match problem {
        P::StaleRevision { seen, now } => {
            format!("the decision is about revision {seen}, and the draft is at revision {now}: look at it again")
        }
        P::OtherContent => "the decision is about other content than the draft has: look at it again".to_owned(),
        P::AlreadyDecided { state: to, by, at } => format!("{by} decided at {at}: the draft is {}", state(*to)),
        P::NotWaiting { state: is } => format!("the draft does not wait for a decision: it is {}", state(*is)),
        P::NotEditable { state: is } => format!("the draft cannot be changed: it is {}", state(*is)),
        P::TooLate { state: is } => format!("too late: the draft is {}", state(*is)),
        P::OutcomeUnknown { recipients } => {
            format!("nobody knows whether it left for {}: find that out first", list(recipients, "and"))
        }
        P::AgentDecides => "an agent does not decide whether something leaves: expected a person".to_owned(),
        P::OwnDraft { by } => format!("{} wrote the draft: expected somebody else to decide", visible(by)),
        P::AdminRequired { role } => format!("role `{role}` does not decide about this: expected an owner or admin"),
        P::RoleDecides { role } => format!("role `{role}` does not decide whether something leaves"),
        P::PeerCheckRequired => "another teammate has to check the draft before it is approved".to_owned(),
        P::OwnPeerCheck { by } => format!("{} wrote the draft: expected another teammate to check it", visible(by)),
        P::RuleNotAllowed => "a rule does not approve this draft: expected a person".to_owned(),
        P::DraftExpired { at } => format!("the draft expired at {at}"),
        P::ApprovalExpired { at } => format!("the approval expired at {at}: approve it again"),
        P::NotApproved => "nobody approved what would leave".to_owned(),
        P::NotBefore { at } => format!("leaves no earlier than {at}"),
        P::NoRecipients => "the draft has no recipient".to_owned(),
        P::UnknownParcel { key } => format!("the draft has no hand-off `{key}`"),
        P::ParcelState { state: is } => format!("the hand-off does not allow this: {}", parcel(*is)),
        P::NotCleared => "the last check was not made for this hand-off".to_owned(),
        P::StaleFence { fence, now } => {
            format!("the answer is for try {fence}, and the hand-off is at try {now}: nothing was changed")
        }
        P::AnotherAnswer { state: is } => format!("the channel answered otherwise before: {}", parcel(*is)),
        P::LeaseRuns { until } => format!("the channel has until {until} to answer"),
        P::NotACommand => "the draft is a message: expected a proposed command".to_owned(),
        P::NotAMessage => "the draft is a proposed command: expected a message".to_owned(),
        P::Forbidden { reason: why } => format!("nobody may approve the draft: {}", reason(why, Clock::UTC)),
        P::TooManyWaiting { author, most } => {
            let drafts = plural(Lang::English, *most, "draft", "drafts");
            format!("{} has {drafts} of the last day waiting, the most: somebody has to decide first", visible(author))
        }
        P::PersonsDraft { draft } => {
            format!("a person wrote the draft {draft}, which is not decided yet: an agent puts none in its place")
        }
        P::NotProposable { command } => format!("`{command}` is no command that waits for an OK"),
        P::StalePreview { records } => {
            format!("not as it was shown: {}; look at it again", list(records, "and"))
        }
        P::Held { draft } => format!("the command waits for an OK, as draft {draft}"),
        P::ObjectionStands { since } => format!(
            "the person objected at {since}, and a field does not take that back: write down with `consent.record` that it was lifted"
        ),
        P::NothingFailed => "nothing of the draft failed: there is nothing to try again".to_owned(),
    }
}

/// Where a draft stands, after "it is".
pub(super) const fn state(state: DraftState) -> &'static str {
    match state {
        DraftState::Drafting => "being written",
        DraftState::Waiting => "waiting for a decision",
        DraftState::ChangesRequested => "to be changed",
        DraftState::Approved => "approved",
        DraftState::Queued => "in the outbox",
        DraftState::Blocked => "held back by the last check",
        DraftState::Sending => "being sent",
        DraftState::Unknown => "of unknown outcome",
        DraftState::Failed => "not sent",
        DraftState::Sent => "sent",
        DraftState::Done => "done",
        DraftState::Rejected => "rejected",
        DraftState::Expired => "expired",
        DraftState::Superseded => "replaced by another",
        DraftState::Cancelled => "cancelled",
    }
}

pub(super) const fn parcel(state: ParcelState) -> &'static str {
    match state {
        ParcelState::Queued => "it waits in the outbox",
        ParcelState::Blocked => "the last check holds it back",
        ParcelState::Started => "the channel has not answered",
        ParcelState::Sent => "it was sent",
        ParcelState::Failed => "it did not leave",
        ParcelState::Unknown => "nobody knows whether it left",
        ParcelState::Withdrawn => "it was taken back",
    }
}

pub(super) const fn channel(kind: ChannelKind) -> &'static str {
    match kind {
        ChannelKind::Email => "e-mail",
        ChannelKind::Calendar => "calendar",
        ChannelKind::Phone => "phone",
        ChannelKind::Sms => "text message",
        ChannelKind::Whatsapp => "WhatsApp",
        ChannelKind::Linkedin => "LinkedIn",
        ChannelKind::Social => "social network",
        ChannelKind::Letter => "letter",
    }
}

pub(super) const fn mention(mention: Mention) -> &'static str {
    match mention {
        Mention::SenderIdentity => "who writes, and on whose behalf",
        Mention::CommercialNature => "that it is commercial",
        Mention::OptOut => "a simple way to object",
        Mention::ListUnsubscribe => "the headers for unsubscribing with one click",
        Mention::DataSource => "where the address comes from",
        Mention::Rights => "the person's rights",
        Mention::PrivacyContact => "whom to ask about personal data",
    }
}
