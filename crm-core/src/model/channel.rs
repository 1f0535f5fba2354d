//! Channels: the ways out of the workspace that somebody connected.

use super::declare::record;
use crate::kernel::approval::ChannelKind;
use crate::kernel::id::Id;
use crate::kernel::time::Instant;

record! {
    /// A way out that the host provides. Without one of a kind nothing of that kind leaves.
    Channel = "channel" {
        /// What kind of way.
        kind: Option<ChannelKind>, indexed computed;
        /// What people call it: an address, a number, an account.
        name: String;
        /// Whether it is connected now.
        connected: Option<bool>, indexed computed;
        /// Whether it only writes down what would leave.
        dry_run: Option<bool>;
        /// Only these addresses and domains may be written to; everybody where it is empty.
        allowed_recipients: Vec<String>;
        /// Most messages on a local day.
        daily_limit: Option<i64>;
        /// Most messages to one person on a local day.
        contact_daily_limit: Option<i64>;
        /// Most messages to one person in seven local days.
        contact_weekly_limit: Option<i64>;
        /// Where readers of e-mail unsubscribe with one click: an https address, in which `{key}` is the message's key.
        unsubscribe_url: String;
        /// How long the channel itself recognises a repeated idempotency key; 0 or unknown is never.
        dedupe_seconds: Option<i64>;
        /// How long the channel has to answer.
        lease_seconds: Option<i64>;
        /// Since when it is connected, or not.
        changed_at: Option<Instant>, computed;
        /// Who connected or disconnected it.
        changed_by: String, computed;
    }
}

impl Channel {
    /// The id of a workspace's channel of a kind: there is one.
    pub fn id_of(kind: ChannelKind) -> Id {
        Id::from_text(&format!("channel {}", kind.code()))
    }
}
