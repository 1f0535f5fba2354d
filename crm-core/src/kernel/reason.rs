//! Reasons: why a rule answered as it did, as a stable code with typed parameters.
//!
//! A reason is data. [`lang::reason`] renders the sentence; nothing stores it.

use serde_json::{Map, Value as Json};

use super::access_reason::AccessReason;
use super::activity_reason::ActivityReason;
use super::approval_reason::ApprovalReason;
use super::attribution_reason::AttributionReason;
use super::bands_reason::BandsReason;
use super::consent_reason::ConsentReason;
use super::convert_reason::ConvertReason;
use super::evidence::{Criterion, Strength};
use super::finding::{Confidence, Method, Topic, Verdict};
use super::forecast_reason::ForecastReason;
use super::health_reason::HealthReason;
use super::id::Id;
use super::inbox_reason::InboxReason;
use super::narrative_reason::NarrativeReason;
use super::next_action_reason::NextActionReason;
use super::playbook_reason::PlaybookReason;
use super::quote_reason::QuoteReason;
use super::renewal_reason::RenewalReason;
use super::reply_reason::ReplyReason;
use super::report_reason::ReportReason;
use super::risk_reason::RiskReason;
use super::routing_reason::RoutingReason;
use super::segment_reason::SegmentReason;
use super::sequence_reason::SequenceReason;
use super::sla_reason::SlaReason;
use super::staff_reason::StaffReason;
use super::task_reason::TaskReason;
use super::timeline_reason::TimelineReason;
use super::waterfall_reason::WaterfallReason;
use crate::lang::{self, Clock, Lang};

pub use super::label::{Labels, Name};
pub use super::merge_reason::{MergeRank, MergeRule};
pub use super::points::{Points, Section};

/// Why. [`lang`] has one sentence for each, twice.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values of the sentence in lang/en_reason.rs")]
pub enum Reason {
    /// A rule of the score gave points; `undecayed` is what it gave before decay, if that was something else.
    RulePoints { rule: Name, points: Points, undecayed: Option<Points> },
    /// The number of events picked one range of a rule.
    FrequencyRange { rule: Name, count: u64, points: Points },
    /// A rule gives only so much a day for one kind of event.
    DailyCap { rule: Name, limit: i64, points: Points },
    /// The limit of a group took points off, or its minimum added some.
    GroupCap { group: Name, limit: i64, points: Points },
    /// The same of fit or engagement.
    SectionCap { section: Section, limit: i64, points: Points },
    /// Whole periods without activity took points off.
    IdleDecay { section: Section, periods: u64, every_days: i64, points: Points },
    /// The limit of the whole score took points off, or its minimum added some.
    TotalCap { limit: i64, points: Points },
    /// The score is shown in whole points.
    Rounding { points: Points },
    /// A criterion of the profile moved the grade by thirds of a letter.
    ProfileCriterion { criterion: Name, thirds: i64 },
    /// An item of the check for gaps is known; its share of the whole in basis points.
    Known { item: Name, share_bp: u32 },
    /// An item of the check for gaps is not known; its share of the whole in basis points.
    Missing { item: Name, share_bp: u32 },
    /// Why a conversion did what it did.
    Conversion(ConvertReason),
    /// Enrichment found something, somewhere.
    Found { topic: Topic, method: Method, confidence: Confidence, source: String },
    /// What became of what enrichment found.
    Enrichment { topic: Topic, verdict: Verdict },
    /// Two records have this in common, which counts so many basis points.
    Evidence { criterion: Criterion, strength: Strength, value: String, points_bp: i64 },
    /// The evidence is more than the whole; what is above the limit does not count.
    EvidenceCap { limit_bp: i64, points_bp: i64 },
    /// Somebody said that the two records are not the same, so that nothing counts.
    MarkedNotDuplicate { note: String, points_bp: i64 },
    /// More records than the limit have the same in common, which therefore tells nothing.
    CriterionNotSelective { criterion: Criterion, value: String, limit: u64 },
    /// A field of merged records has the value that this rule chose.
    MergedField { field: String, rule: MergeRule },
    /// A record outlives the next one of those that are merged.
    Survives { rank: MergeRank },
    /// A row was put away because the surviving record already has the one that its system knows by the same id.
    DroppedUniqueCollision { record: &'static str, other: Id },
    /// Why a lead went where it went.
    Routing(RoutingReason),
    /// Why a deal has its risk.
    Risk(RiskReason),
    /// Why a number of a forecast is what it is.
    Forecast(ForecastReason),
    /// What a report or a view has to say.
    Report(ReportReason),
    /// One sentence about a day.
    Narrative(NarrativeReason),
    /// What the numbers of a quote are made of, and what it lacks.
    Quote(QuoteReason),
    /// What changed between two snapshots, and at which rate.
    Waterfall(WaterfallReason),
    /// Why something is in an inbox.
    Inbox(InboxReason),
    /// What a timeline says.
    Timeline(TimelineReason),
    /// Why the bands of a forecast are as they are.
    Bands(BandsReason),
    /// When somebody works, and why somebody gets work.
    Staff(StaffReason),
    /// Why somebody may see or change something, or not.
    Access(AccessReason),
    /// Why a promise to a customer stands as it does.
    Sla(SlaReason),
    /// Why a step of a sequence runs or waits, and who is enrolled.
    Sequence(SequenceReason),
    /// Why a task stands where it does.
    Task(TaskReason),
    /// What logging, drafting and attaching have to say.
    Activity(ActivityReason),
    /// Why somebody may be contacted or not.
    Consent(ConsentReason),
    /// What came back from outreach is, and why.
    Reply(ReplyReason),
    /// Why a record belongs to a segment or does not.
    Segment(SegmentReason),
    /// Why a draft waits, may leave or does not leave.
    Approval(ApprovalReason),
    /// What speaks for a next action, and why one is not suggested.
    NextAction(NextActionReason),
    /// Why a touch has its channel, its credit or none.
    Attribution(AttributionReason),
    /// Why a subscription, a renewal or recurring revenue stands as it does.
    Renewal(RenewalReason),
    /// Why a customer's health is what it is, and why it changed.
    Health(HealthReason),
    /// Why a step of a playbook has its days, and what speaks for a playbook.
    Playbook(PlaybookReason),
}

impl Reason {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Reason::RulePoints { .. } => "rule_points",
            Reason::FrequencyRange { .. } => "frequency_range",
            Reason::DailyCap { .. } => "daily_cap",
            Reason::GroupCap { .. } => "group_cap",
            Reason::SectionCap { .. } => "section_cap",
            Reason::IdleDecay { .. } => "idle_decay",
            Reason::TotalCap { .. } => "total_cap",
            Reason::Rounding { .. } => "rounding",
            Reason::ProfileCriterion { .. } => "profile_criterion",
            Reason::Known { .. } => "known",
            Reason::Missing { .. } => "missing",
            Reason::Conversion(reason) => reason.code(),
            Reason::Found { .. } => "found",
            Reason::Enrichment { verdict, .. } => verdict.name(),
            Reason::Evidence { criterion, .. } => criterion.code(),
            Reason::EvidenceCap { .. } => "evidence_cap",
            Reason::MarkedNotDuplicate { .. } => "marked_not_duplicate",
            Reason::CriterionNotSelective { .. } => "criterion_not_selective",
            Reason::MergedField { rule, .. } => rule.code(),
            Reason::Survives { rank } => rank.code(),
            Reason::DroppedUniqueCollision { .. } => "dropped_unique_collision",
            Reason::Routing(reason) => reason.code(),
            Reason::Risk(reason) => reason.code(),
            Reason::Forecast(reason) => reason.code(),
            Reason::Report(reason) => reason.code(),
            Reason::Narrative(reason) => reason.code(),
            Reason::Quote(reason) => reason.code(),
            Reason::Waterfall(reason) => reason.code(),
            Reason::Inbox(reason) => reason.code(),
            Reason::Timeline(reason) => reason.code(),
            Reason::Bands(reason) => reason.code(),
            Reason::Staff(reason) => reason.code(),
            Reason::Access(reason) => reason.code(),
            Reason::Sla(reason) => reason.code(),
            Reason::Sequence(reason) => reason.code(),
            Reason::Task(reason) => reason.code(),
            Reason::Activity(reason) => reason.code(),
            Reason::Consent(reason) => reason.code(),
            Reason::Reply(reason) => reason.code(),
            Reason::Segment(reason) => reason.code(),
            Reason::Approval(reason) => reason.code(),
            Reason::NextAction(reason) => reason.code(),
            Reason::Attribution(reason) => reason.code(),
            Reason::Renewal(reason) => reason.code(),
            Reason::Health(reason) => reason.code(),
            Reason::Playbook(reason) => reason.code(),
        }
    }

    /// The code, what it is about and, with a language, the sentence; points are left to who shows them.
    pub fn to_json(&self, lang: Option<Lang>) -> Map<String, Json> {
        self.to_json_by(lang, Clock::UTC)
    }

    /// The same with the sentence's instants by the clocks of whoever reads it.
    pub fn to_json_by(&self, lang: Option<Lang>, clock: Clock<'_>) -> Map<String, Json> {
        let mut map = Map::new();
        let mut put = |key: &str, value: Json| map.insert(key.into(), value);
        put("code", self.code().into());
        if let Some(lang) = lang {
            put("text", lang::reason_by(self, lang, clock).into());
        }
        match self {
            Reason::RulePoints { rule, undecayed, .. } => {
                put("rule", rule.id.as_str().into());
                if let Some(undecayed) = undecayed {
                    put("undecayed_milli", undecayed.milli().into());
                }
            }
            Reason::FrequencyRange { rule, count, .. } => {
                put("rule", rule.id.as_str().into());
                put("count", (*count).into());
            }
            Reason::DailyCap { rule, limit, .. } => {
                put("rule", rule.id.as_str().into());
                put("limit", (*limit).into());
            }
            Reason::Found { topic, method, confidence, source } => {
                put("field", topic.name().into());
                put("method", method.name().into());
                put("confidence", confidence.name().into());
                put("source", source.as_str().into());
            }
            Reason::Enrichment { topic, .. } => {
                put("field", topic.name().into());
            }
            Reason::GroupCap { limit, .. } | Reason::TotalCap { limit, .. } => {
                put("limit", (*limit).into());
            }
            Reason::SectionCap { section, limit, .. } => {
                put("section", section.name().into());
                put("limit", (*limit).into());
            }
            Reason::IdleDecay { section, periods, every_days, .. } => {
                put("section", section.name().into());
                put("periods", (*periods).into());
                put("every_days", (*every_days).into());
            }
            Reason::Rounding { .. } => {}
            Reason::ProfileCriterion { criterion, thirds } => {
                put("criterion", criterion.id.as_str().into());
                put("thirds", (*thirds).into());
            }
            Reason::Known { item, share_bp } | Reason::Missing { item, share_bp } => {
                put("item", item.id.as_str().into());
                put("share_bp", (*share_bp).into());
            }
            Reason::Conversion(reason) => reason.put(&mut map),
            Reason::Evidence { criterion, strength, value, points_bp } => {
                if let Criterion::Fields(name) = criterion {
                    put("criterion", name.id.as_str().into());
                }
                put("strength", strength.name().into());
                if !value.is_empty() {
                    put("value", value.as_str().into());
                }
                put("points_bp", (*points_bp).into());
            }
            Reason::EvidenceCap { limit_bp, points_bp } => {
                put("limit_bp", (*limit_bp).into());
                put("points_bp", (*points_bp).into());
            }
            Reason::MarkedNotDuplicate { note, points_bp } => {
                if !note.is_empty() {
                    put("note", note.as_str().into());
                }
                put("points_bp", (*points_bp).into());
            }
            Reason::CriterionNotSelective { criterion, value, limit } => {
                put("criterion", criterion.name().into());
                put("value", value.as_str().into());
                put("limit", (*limit).into());
            }
            Reason::MergedField { field, .. } => {
                put("field", field.as_str().into());
            }
            Reason::Survives { .. } => {}
            Reason::DroppedUniqueCollision { other, .. } => {
                put("collides_with", other.to_string().into());
            }
            Reason::Routing(reason) => reason.put(&mut map),
            Reason::Risk(reason) => reason.put(&mut map),
            Reason::Forecast(reason) => reason.put(&mut map),
            Reason::Report(reason) => reason.put(&mut map),
            Reason::Narrative(reason) => reason.put(&mut map),
            Reason::Quote(reason) => reason.put(&mut map),
            Reason::Waterfall(reason) => reason.put(&mut map),
            Reason::Inbox(reason) => reason.put(&mut map),
            Reason::Timeline(reason) => reason.put(&mut map),
            Reason::Bands(reason) => reason.put(&mut map),
            Reason::Staff(reason) => reason.put(&mut map),
            Reason::Access(reason) => reason.put(&mut map),
            Reason::Sla(reason) => reason.put(&mut map),
            Reason::Sequence(reason) => reason.put(&mut map),
            Reason::Task(reason) => reason.put(&mut map),
            Reason::Activity(reason) => reason.put(&mut map),
            Reason::Consent(reason) => reason.put(&mut map),
            Reason::Reply(reason) => reason.put(&mut map),
            Reason::Segment(reason) => reason.put(&mut map),
            Reason::Approval(reason) => reason.put(&mut map),
            Reason::NextAction(reason) => reason.put(&mut map),
            Reason::Attribution(reason) => reason.put(&mut map),
            Reason::Renewal(reason) => reason.put(&mut map),
            Reason::Health(reason) => reason.put(&mut map),
            Reason::Playbook(reason) => reason.put(&mut map),
        }
        map
    }
}
