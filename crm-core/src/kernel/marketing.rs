//! The words of touches, campaigns and attribution.

use super::coded::coded;

coded! {
    /// How somebody came into touch with the workspace.
    TouchKind {
        /// A page was looked at.
        Visit = "visit",
        /// A form was sent.
        Form = "form",
        /// A link in a message was followed.
        EmailClick = "email_click",
        /// Somebody called, or was called.
        Call = "call",
        /// A fair, a seminar, a visit on site.
        Event = "event",
        /// Came with a list.
        Import = "import",
        /// Somebody recommended us.
        Referral = "referral",
        /// Somebody of the team wrote it down.
        Manual = "manual",
    }
}

coded! {
    /// How a campaign stands.
    CampaignStatus {
        /// Not begun.
        Planned = "planned",
        /// Runs.
        Active = "active",
        /// Over.
        Ended = "ended",
    }
}

coded! {
    /// How a person stands in a campaign.
    MemberStatus {
        /// Is to be reached.
        Planned = "planned",
        /// Was reached.
        Sent = "sent",
        /// Answered, came or signed up.
        Responded = "responded",
        /// Wants nothing of it.
        OptedOut = "opted_out",
    }
}
