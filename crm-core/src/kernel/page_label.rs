//! The words of the daily page.

use super::coded::coded;

coded! {
    /// What the daily page calls its parts.
    PageLabel {
        /// The page.
        Title = "title",
        /// As whom and when it was asked for.
        SeenBy = "seen_by",
        /// What to do first.
        Today = "today",
        /// Nothing is to be done.
        NothingToDo = "nothing_to_do",
        /// The day in sentences.
        InShort = "in_short",
        /// Figures.
        AtAGlance = "at_a_glance",
        /// Deals that are open.
        Open = "open",
        /// Their weighted value.
        Weighted = "weighted",
        /// Deals won in the period.
        Won = "won",
        /// Open deals at risk.
        AtRisk = "at_risk",
        /// Drafts that wait for an OK.
        Waiting = "waiting",
        /// Tasks that are late.
        OverdueTasks = "overdue_tasks",
        /// Tickets whose promise is broken.
        BreachedTickets = "breached_tickets",
        /// Tickets whose promise is about to be.
        DueSoonTickets = "due_soon_tickets",
        /// Renewals of the next days.
        Renewals = "renewals",
        /// Customers who have to be told of a renewal in the next days.
        Notices = "notices",
        /// What left lately.
        Outreach = "outreach",
        /// The forecast.
        Forecast = "forecast",
        /// Its rows: categories.
        Category = "category",
        /// Its columns: numbers of deals.
        Deals = "deals",
        /// Amounts.
        Amount = "amount",
        /// Weighted amounts.
        WeightedAmount = "weighted_amount",
        /// All of it.
        Total = "total",
        /// What changed.
        Waterfall = "waterfall",
        /// The value before.
        Before = "before",
        /// The value now.
        Now = "now",
        /// What the period will bring, and how surely.
        Bands = "bands",
        /// What the lines of its drawing are.
        Lines = "lines",
        /// A pipeline's board.
        Board = "board",
        /// Deals at risk and why.
        Risks = "risks",
        /// Leads that are hottest and why.
        Leads = "leads",
        /// More than is shown.
        More = "more",
        /// There is nothing of this.
        Nothing = "nothing",
        /// What no figure has.
        Excluded = "excluded",
        /// A lead to look at.
        HotLead = "hot_lead",
        /// A draft to decide about.
        Decide = "decide",
        /// Who has no owner.
        NoOwner = "no_owner",
        /// The page opens no connection.
        Offline = "offline",
    }
}
