//! What reports count: their figures, and what their rows are grouped by.

use crate::kernel::coded::coded;
use crate::rules::report::ReportKind;

/// How a figure is added up and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// How many.
    Count,
    /// What they are worth.
    Value,
    /// How many days it took, with the median and the mean as exact fractions.
    Days,
    /// One count out of the sum of others, as an exact fraction.
    Rate(TallyMeasure, &'static [TallyMeasure]),
}

coded! {
    /// A figure of a row.
    TallyMeasure {
        /// Leads that came in; one that was merged into another is counted there.
        Created = "created",
        /// Those that somebody of the team has talked to, or tried to.
        Worked = "worked",
        /// Those that became customers.
        Converted = "converted",
        /// Those that were put away or stand in a stage that says so.
        Disqualified = "disqualified",
        /// Leads that were merged into them, whenever those came in.
        DuplicatesMerged = "duplicates_merged",
        /// Worked out of created.
        WorkedRate = "worked_rate",
        /// Converted out of created.
        ConversionRate = "conversion_rate",
        /// Tickets to be worked on when the period began.
        BacklogStart = "backlog_start",
        /// New tickets.
        Opened = "opened",
        /// Resolved ones that are worked on again.
        Reopened = "reopened",
        /// Open ones that were brought back.
        Restored = "restored",
        /// Resolved, or closed at once.
        Resolved = "resolved",
        /// Open ones that were put away or merged.
        Removed = "removed",
        /// Tickets to be worked on when the period ended.
        BacklogEnd = "backlog_end",
        /// Deals that came into the stage, each time they did.
        Entered = "entered",
        /// Went on to a later stage, or were won.
        Advanced = "advanced",
        /// Went back to an earlier stage.
        Returned = "returned",
        /// Went to another pipeline, or the stage was merged away.
        Moved = "moved",
        /// Were lost.
        Lost = "lost",
        /// Were put away where they stood.
        Archived = "archived",
        /// Stand there still.
        StillThere = "still_there",
        /// Were won; of stays, in the end.
        Won = "won",
        /// Days from entering the stage to leaving it.
        StageDays = "stage_days",
        /// Advanced out of entered.
        AdvanceRate = "advance_rate",
        /// Lost out of entered.
        LossRate = "loss_rate",
        /// Promises that were kept.
        Met = "met",
        /// Promises that were broken.
        Breached = "breached",
        /// Neither yet.
        Running = "running",
        /// Stopped without a verdict.
        Cancelled = "cancelled",
        /// Met out of those with a verdict.
        MetRate = "met_rate",
        /// Messages that left.
        Sent = "sent",
        /// Those that somebody answered, automatic answers aside.
        Replied = "replied",
        /// Those after which the person asked for no more.
        OptedOut = "opted_out",
        /// Those that came back for good.
        Bounced = "bounced",
        /// Messages that wait for an OK, whenever they were written.
        WaitingApproval = "waiting_approval",
        /// Replied out of sent.
        ReplyRate = "reply_rate",
        /// Opted out out of sent.
        OptOutRate = "opt_out_rate",
        /// Bounced out of sent.
        BounceRate = "bounce_rate",
        /// What the won deals are worth.
        WonValue = "won_value",
        /// What the lost deals were worth.
        LostValue = "lost_value",
        /// Won out of won and lost.
        WinRate = "win_rate",
        /// Days from the deal's first day to its win.
        WonDays = "won_days",
        /// Days from the deal's first day to its loss.
        LostDays = "lost_days",
    }
}

impl TallyMeasure {
    /// How it is added up and shown.
    pub const fn form(self) -> Form {
        use TallyMeasure as M;
        match self {
            M::WorkedRate => Form::Rate(M::Worked, &[M::Created]),
            M::ConversionRate => Form::Rate(M::Converted, &[M::Created]),
            M::AdvanceRate => Form::Rate(M::Advanced, &[M::Entered]),
            M::LossRate => Form::Rate(M::Lost, &[M::Entered]),
            M::MetRate => Form::Rate(M::Met, &[M::Met, M::Breached]),
            M::ReplyRate => Form::Rate(M::Replied, &[M::Sent]),
            M::OptOutRate => Form::Rate(M::OptedOut, &[M::Sent]),
            M::BounceRate => Form::Rate(M::Bounced, &[M::Sent]),
            M::WinRate => Form::Rate(M::Won, &[M::Won, M::Lost]),
            M::WonValue | M::LostValue => Form::Value,
            M::StageDays | M::WonDays | M::LostDays => Form::Days,
            _ => Form::Count,
        }
    }
}

coded! {
    /// What rows are grouped by: what the record says, as the report's instant knows it.
    TallyDimension {
        /// Where it came from.
        Source = "source",
        /// Who is responsible; of a message, who wrote it.
        Owner = "owner",
        /// The campaign that brought it.
        Campaign = "campaign",
        /// The host's segment.
        Segment = "segment",
        /// The industry.
        Industry = "industry",
        /// The pipeline.
        Pipeline = "pipeline",
        /// The stage.
        Stage = "stage",
        /// Why it was lost.
        LostReason = "lost_reason",
        /// How urgent it is.
        Priority = "priority",
        /// The team.
        Team = "team",
        /// What kind of request it is.
        Category = "category",
        /// How it came, or how it left.
        Channel = "channel",
        /// The account, by its id.
        Account = "account",
        /// The policy of its promises, by its id.
        Policy = "sla_policy",
        /// What was promised.
        Metric = "metric",
        /// The sequence, by its id.
        Sequence = "sequence",
    }
}

impl ReportKind {
    /// The figures of a kind, in the order in which they are shown; none for a snapshot, which has its own.
    pub const fn tally_measures(self) -> &'static [TallyMeasure] {
        use TallyMeasure as M;
        match self {
            ReportKind::PipelineSnapshot => &[],
            ReportKind::LeadVolume => &[
                M::Created,
                M::Worked,
                M::Converted,
                M::Disqualified,
                M::DuplicatesMerged,
                M::WorkedRate,
                M::ConversionRate,
            ],
            ReportKind::SupportVolume => {
                &[M::BacklogStart, M::Opened, M::Reopened, M::Restored, M::Resolved, M::Removed, M::BacklogEnd]
            }
            ReportKind::StageConversion => &[
                M::Entered,
                M::Advanced,
                M::Returned,
                M::Moved,
                M::Lost,
                M::Archived,
                M::StillThere,
                M::Won,
                M::AdvanceRate,
                M::LossRate,
                M::StageDays,
            ],
            ReportKind::SlaAttainment => &[M::Met, M::Breached, M::Running, M::Cancelled, M::MetRate],
            ReportKind::Outreach => &[
                M::Sent,
                M::Replied,
                M::OptedOut,
                M::Bounced,
                M::WaitingApproval,
                M::ReplyRate,
                M::OptOutRate,
                M::BounceRate,
            ],
            ReportKind::WinRate => &[M::Won, M::Lost, M::WonValue, M::LostValue, M::WinRate, M::WonDays, M::LostDays],
        }
    }

    /// What the rows of a kind may be grouped by; none for a snapshot, which has its own.
    pub const fn tally_dimensions(self) -> &'static [TallyDimension] {
        use TallyDimension as D;
        match self {
            ReportKind::PipelineSnapshot => &[],
            ReportKind::LeadVolume => &[D::Source, D::Owner, D::Campaign, D::Segment, D::Industry, D::Stage],
            ReportKind::SupportVolume => {
                &[D::Priority, D::Owner, D::Team, D::Category, D::Channel, D::Account, D::Policy]
            }
            ReportKind::StageConversion => &[D::Pipeline, D::Stage, D::Owner, D::Source, D::Campaign, D::Segment],
            ReportKind::SlaAttainment => {
                &[D::Metric, D::Priority, D::Policy, D::Owner, D::Team, D::Category, D::Channel, D::Account]
            }
            ReportKind::Outreach => &[D::Channel, D::Sequence, D::Owner],
            ReportKind::WinRate => &[D::Owner, D::Source, D::Pipeline, D::Campaign, D::Segment, D::LostReason],
        }
    }

    /// What its rows are grouped by where nobody says otherwise.
    pub(super) const fn usual_tally_dimensions(self) -> &'static [TallyDimension] {
        use TallyDimension as D;
        match self {
            ReportKind::PipelineSnapshot => &[],
            ReportKind::LeadVolume => &[D::Source],
            ReportKind::SupportVolume => &[D::Priority],
            ReportKind::StageConversion => &[D::Pipeline, D::Stage],
            ReportKind::SlaAttainment => &[D::Metric, D::Priority],
            ReportKind::Outreach => &[D::Channel],
            ReportKind::WinRate => &[D::Owner],
        }
    }

    /// The codes of what its rows may be grouped by.
    pub(super) const fn tally_codes(self) -> &'static [&'static str] {
        match self {
            ReportKind::PipelineSnapshot => &[],
            ReportKind::LeadVolume => &["source", "owner", "campaign", "segment", "industry", "stage"],
            ReportKind::SupportVolume => &["priority", "owner", "team", "category", "channel", "account", "sla_policy"],
            ReportKind::StageConversion => &["pipeline", "stage", "owner", "source", "campaign", "segment"],
            ReportKind::SlaAttainment => {
                &["metric", "priority", "sla_policy", "owner", "team", "category", "channel", "account"]
            }
            ReportKind::Outreach => &["channel", "sequence", "owner"],
            ReportKind::WinRate => &["owner", "source", "pipeline", "campaign", "segment", "lost_reason"],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_dimensions_are_the_same_lists() {
        for kind in ReportKind::ALL {
            let codes: Vec<&str> = kind.tally_dimensions().iter().map(|d| d.code()).collect();
            assert_eq!(codes, kind.tally_codes(), "{kind:?}");
            assert!(kind.usual_tally_dimensions().iter().all(|d| kind.tally_dimensions().contains(d)));
        }
    }

    #[test]
    fn every_figure_of_a_rate_is_shown_by_its_kind() {
        for kind in ReportKind::ALL {
            for measure in kind.tally_measures() {
                if let Form::Rate(of, all) = measure.form() {
                    let shown = kind.tally_measures();
                    assert!(shown.contains(&of) && all.iter().all(|m| shown.contains(m)), "{measure:?}");
                }
            }
        }
    }
}
