//! Approval rules: what an admin decided in advance.

use super::declare::record;
use crate::kernel::approval::{ChannelKind, DraftKind, RuleEffect};
use crate::kernel::time::Instant;

record! {
    /// What becomes of drafts that fit. None by default; made by an owner or admin, always with an end and a limit where it
    /// lets something leave without anybody looking. A ban beats whatever else fits; the order does not matter.
    ApprovalRule = "approval_rule" {
        /// What people call it.
        name: String;
        /// What becomes of what fits.
        effect: Option<RuleEffect>, indexed;
        /// Only messages, or only commands.
        kind: Option<DraftKind>;
        /// Only this channel.
        channel: Option<ChannelKind>;
        /// Only these templates; what approves, only their own words.
        templates: Vec<String>;
        /// Only these commands.
        commands: Vec<String>;
        /// Only these authors.
        authors: Vec<String>;
        /// Only in these languages.
        languages: Vec<String>;
        /// Only to these addresses or domains, compared letter by letter.
        recipients: Vec<String>;
        /// Only where every recipient is an address of a record that the draft is linked to, and that no agent wrote there.
        recipient_known: Option<bool>;
        /// Only where it answers in a conversation in which the person waits.
        conversation_open: Option<bool>;
        /// Only where the author was at least so sure, in basis points.
        confidence_floor_bp: Option<i64>;
        /// A further condition over the draft, as canonical JSON of a predicate.
        condition: String;
        /// Most drafts that it approves on a local day.
        daily_cap: Option<i64>;
        /// From when it holds.
        valid_from: Option<Instant>;
        /// Until when it holds.
        valid_until: Option<Instant>, indexed;
        /// Whether it is on.
        enabled: Option<bool>, indexed computed;
        /// Counts up with every change.
        revision: Option<i64>, computed;
        /// Who made or changed it last.
        made_by: String, computed;
        /// In which role.
        made_by_role: String, computed;
        /// When it was switched on or off.
        switched_at: Option<Instant>, computed;
    }
}
