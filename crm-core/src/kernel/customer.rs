//! The words of what comes after the signature: subscriptions, renewals, payments, health, playbooks, ideas, segments.

use super::coded::coded;

coded! {
    /// What happens at the end of a term.
    RenewalKind {
        /// Goes on unless somebody says no in time.
        Auto = "auto",
        /// Goes on only if somebody says yes.
        Manual = "manual",
        /// Ends.
        None = "none",
    }
}

coded! {
    /// Whether a subscription runs.
    SubscriptionStatus {
        /// Runs, or will.
        Active = "active",
        /// Interrupted: nothing is charged.
        Paused = "paused",
        /// Was ended.
        Cancelled = "cancelled",
    }
}

coded! {
    /// How a renewal stands.
    RenewalState {
        /// Its time has not come.
        Upcoming = "upcoming",
        /// The customer has to be told now.
        NoticeDue = "notice_due",
        /// The customer was not told in time, with what follows from it.
        NoticeMissed = "notice_missed",
        /// Being talked about.
        Negotiating = "negotiating",
        /// Went on.
        Renewed = "renewed",
        /// The customer left.
        Churned = "churned",
        /// The term ended and nobody said anything.
        Lapsed = "lapsed",
    }
}

coded! {
    /// How a payment stands. That it is late follows from its due day.
    PaymentStatus {
        /// Asked for.
        Open = "open",
        /// Came in.
        Paid = "paid",
        /// Was tried and did not come in.
        Failed = "failed",
        /// Given back.
        Refunded = "refunded",
        /// Given up.
        WrittenOff = "written_off",
    }
}

coded! {
    /// How an idea to sell more stands.
    IdeaState {
        /// Written down.
        Idea = "idea",
        /// Looked at: worth it.
        Qualified = "qualified",
        /// A deal was made of it.
        Converted = "converted",
        /// Given up, with the reason.
        Dropped = "dropped",
    }
}

coded! {
    /// What an idea would sell.
    IdeaKind {
        /// More of what the customer has.
        Upsell = "upsell",
        /// Something else.
        CrossSell = "cross_sell",
    }
}

coded! {
    /// Why a health was worked out.
    HealthTrigger {
        /// Somebody asked.
        Manual = "manual",
        /// Something that it reads changed.
        Event = "event",
        /// It was time.
        Schedule = "schedule",
    }
}

coded! {
    /// How a playbook's run stands.
    RunState {
        /// Goes on.
        Active = "active",
        /// Every step that is required is done.
        Done = "done",
        /// Broken off.
        Cancelled = "cancelled",
    }
}

coded! {
    /// How a step of a playbook's run stands.
    StepState {
        /// To be done.
        Open = "open",
        /// Done.
        Done = "done",
        /// Left out, with the reason.
        Skipped = "skipped",
        /// Its condition does not hold: it does not count.
        NotNeeded = "not_needed",
    }
}

coded! {
    /// What somebody said about a member of a segment, whatever its condition says.
    Pin {
        /// Always a member.
        In = "in",
        /// Never a member.
        Out = "out",
    }
}

coded! {
    /// Why somebody entered or left a segment.
    MembershipCause {
        /// The condition began or ceased to hold.
        Condition = "condition",
        /// Somebody pinned or unpinned.
        Pin = "pin",
        /// The segment was changed.
        Edit = "edit",
        /// The record was merged or archived.
        Record = "record",
    }
}
