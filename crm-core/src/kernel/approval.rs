//! The words that drafts, approvals and the outbox share.

use super::coded::coded;
use super::consent_reason::ContactChannel;

coded! {
    /// What waits for somebody's OK.
    DraftKind {
        /// A message to people outside.
        Message = "message",
        /// A command of this library that an agent or a rule proposes.
        Command = "command",
    }
}

coded! {
    /// Where a draft stands; in the order of the Library.
    DraftState {
        /// Somebody writes it.
        Drafting = "drafting",
        /// It waits for a decision.
        Waiting = "waiting",
        /// Whoever decides wants it changed.
        ChangesRequested = "changes_requested",
        /// It was approved; nothing is in the outbox yet.
        Approved = "approved",
        /// It is in the outbox.
        Queued = "queued",
        /// The last check before the hand-off refused it, for now.
        Blocked = "blocked",
        /// Some of it was given to a channel that has not answered.
        Sending = "sending",
        /// Nobody knows whether it left.
        Unknown = "unknown",
        /// It is known not to have left.
        Failed = "failed",
        /// It left.
        Sent = "sent",
        /// The command was carried out.
        Done = "done",
        /// Somebody said no.
        Rejected = "rejected",
        /// Nobody decided in time, or what was decided was not used in time.
        Expired = "expired",
        /// Another draft took its place.
        Superseded = "superseded",
        /// Somebody took it back.
        Cancelled = "cancelled",
    }
}

impl DraftState {
    /// Whether nothing more happens to it by itself or by a decision.
    pub const fn is_over(self) -> bool {
        matches!(
            self,
            DraftState::Sent
                | DraftState::Done
                | DraftState::Rejected
                | DraftState::Expired
                | DraftState::Superseded
                | DraftState::Cancelled
        )
    }
}

coded! {
    /// Where the message to one recipient stands.
    ParcelState {
        /// It waits for a channel.
        Queued = "queued",
        /// The last check refused it, for now.
        Blocked = "blocked",
        /// It was given to a channel that has not answered.
        Started = "started",
        /// The channel took it.
        Sent = "sent",
        /// It is known not to have left.
        Failed = "failed",
        /// Nobody knows whether it left.
        Unknown = "unknown",
        /// It was taken back before it left.
        Withdrawn = "withdrawn",
    }
}

impl ParcelState {
    /// Whether it left, or may have.
    pub const fn may_have_left(self) -> bool {
        matches!(self, ParcelState::Started | ParcelState::Sent | ParcelState::Unknown)
    }
}

coded! {
    /// What happened to a draft.
    DraftEventKind {
        /// It was written.
        Composed = "composed",
        /// What it says, or to whom, was changed.
        Edited = "edited",
        /// It was given to whoever decides.
        Submitted = "submitted",
        /// Another teammate checked it.
        PeerChecked = "peer_checked",
        /// It was approved.
        Approved = "approved",
        /// An attempt to approve it was refused.
        ApprovalRefused = "approval_refused",
        /// Somebody said no.
        Rejected = "rejected",
        /// Somebody wants it changed.
        ChangesRequested = "changes_requested",
        /// Somebody took it back.
        Cancelled = "cancelled",
        /// Its time is over.
        Expired = "expired",
        /// Another draft took its place.
        Superseded = "superseded",
        /// The rule that approved it does not hold any more.
        Withdrawn = "withdrawn",
        /// The last check before the hand-off refused it.
        Blocked = "blocked",
        /// It was given to a channel.
        Started = "started",
        /// The channel took it.
        Sent = "sent",
        /// It is known not to have left.
        Failed = "failed",
        /// Nobody knows whether it left.
        Unknown = "unknown",
        /// Somebody looked whether it left.
        Reconciled = "reconciled",
        /// Somebody put what failed into the outbox again.
        Retried = "retried",
        /// The command was carried out.
        Done = "done",
    }
}

coded! {
    /// What stands behind a decision.
    Via {
        /// A person.
        Person = "person",
        /// A rule that a person made.
        Rule = "rule",
    }
}

coded! {
    /// A way out of the workspace.
    ChannelKind {
        /// E-mail.
        Email = "email",
        /// A booking in a calendar, with an invitation.
        Calendar = "calendar",
        /// A call.
        Phone = "phone",
        /// A text message to a phone.
        Sms = "sms",
        /// A message on WhatsApp.
        Whatsapp = "whatsapp",
        /// A message on LinkedIn.
        Linkedin = "linkedin",
        /// A message on another social network.
        Social = "social",
        /// A letter on paper.
        Letter = "letter",
    }
}

impl ChannelKind {
    /// The way to reach a person by which consent and law judge it: an invitation comes by e-mail.
    pub const fn contact_channel(self) -> ContactChannel {
        match self {
            ChannelKind::Email | ChannelKind::Calendar => ContactChannel::Email,
            ChannelKind::Phone => ContactChannel::Phone,
            ChannelKind::Sms => ContactChannel::Sms,
            ChannelKind::Whatsapp => ContactChannel::Whatsapp,
            ChannelKind::Linkedin => ContactChannel::Linkedin,
            ChannelKind::Social => ContactChannel::Social,
            ChannelKind::Letter => ContactChannel::Letter,
        }
    }
}

coded! {
    /// What an approval rule does with a draft that fits.
    RuleEffect {
        /// It is approved without anybody looking.
        Auto = "auto",
        /// Somebody is asked.
        Ask = "ask",
        /// An owner or admin is asked.
        AskAdmin = "ask_admin",
        /// It is refused.
        Forbid = "forbid",
    }
}

coded! {
    /// Who wrote a message of a conversation.
    Direction {
        /// Somebody outside.
        Inbound = "inbound",
        /// Somebody of the workspace.
        Outbound = "outbound",
    }
}

coded! {
    /// What became of a message that went out, the surest and gravest last.
    Delivery {
        /// The channel took it.
        Sent = "sent",
        /// The channel tries again later.
        Deferred = "deferred",
        /// The other side took it.
        Delivered = "delivered",
        /// It came back.
        Bounced = "bounced",
        /// The person called it spam.
        Complained = "complained",
    }
}

coded! {
    /// What a channel tells of a message later.
    ReportKind {
        /// The other side took it.
        Delivered = "delivered",
        /// The channel tries again later.
        Deferred = "deferred",
        /// It came back.
        Bounced = "bounced",
        /// The person called it spam.
        Complaint = "complaint",
        /// Somebody, or a machine, opened it: no sign of anything.
        Opened = "opened",
    }
}
