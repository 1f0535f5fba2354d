//! The words of quotes.

use super::coded::coded;

coded! {
    /// Where a quote stands. That it has expired is never stored: it follows from its last day.
    QuoteState {
        /// Being written; everything may change.
        Draft = "draft",
        /// It has its number and waits to leave; nothing of it changes any more.
        Issued = "issued",
        /// It left.
        Sent = "sent",
        /// The customer said yes to exactly this.
        Accepted = "accepted",
        /// The customer said no.
        Declined = "declined",
        /// A later version stands in its place.
        Superseded = "superseded",
        /// Withdrawn; its number is used up.
        Cancelled = "cancelled",
    }
}

coded! {
    /// What the prices of a quote are.
    PriceMode {
        /// Without VAT, which comes on top.
        Net = "net",
        /// With VAT, which is taken out of them: what was typed is what is paid.
        Gross = "gross",
    }
}

coded! {
    /// Where VAT is rounded.
    VatRounding {
        /// Once for each category and rate (EN 16931, BR-CO-17).
        PerRate = "per_rate",
        /// For each line.
        PerLine = "per_line",
    }
}

coded! {
    /// What a line of a quote is.
    LineKind {
        /// Something that is sold.
        Item = "item",
        /// Something that may be added; it counts in no total until it is chosen.
        Optional = "optional",
        /// A heading.
        Section = "section",
        /// Words without a price.
        Text = "text",
    }
}

coded! {
    /// Where a quote stands on a day: its state, or that its last day is over.
    QuoteStanding {
        /// Being written.
        Draft = "draft",
        /// It has its number and waits to leave.
        Issued = "issued",
        /// It left.
        Sent = "sent",
        /// Nobody answered, and its last day is over.
        Expired = "expired",
        /// The customer said yes.
        Accepted = "accepted",
        /// The customer said no.
        Declined = "declined",
        /// A later version stands in its place.
        Superseded = "superseded",
        /// Withdrawn.
        Cancelled = "cancelled",
    }
}

coded! {
    /// What somebody does with a quote.
    QuoteAct {
        /// Changes what it says.
        Edit = "edit",
        /// Gives it its number, after which nothing of it changes.
        Issue = "issue",
        /// Writes the message that it leaves with.
        Send = "send",
        /// Begins the version that is to stand in its place.
        Revise = "revise",
        /// Writes down that the customer said yes.
        Accept = "accept",
        /// The same after its last day, for a reason.
        AcceptLate = "accept_late",
        /// Writes down that the customer said no.
        Decline = "decline",
        /// Withdraws it; its number stays used.
        Cancel = "cancel",
    }
}

coded! {
    /// Where the value of a deal comes from.
    ValueSource {
        /// Somebody wrote it, after a quote had given another; quotes leave it alone.
        Manual = "manual",
        /// It is the net of the deal's primary quote.
        PrimaryQuote = "primary_quote",
    }
}
