//! The host's configuration: data with a version, checked and compiled once when it is loaded.

mod custom;
mod eval;
mod load;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

pub use self::custom::{CustomField, MOST_CUSTOM_FIELDS};
use crate::kernel::calendar::Calendar;
use crate::kernel::error::{Problem, Result};
use crate::kernel::field::Schema;
use crate::kernel::json;
use crate::kernel::predicate::Compiled;
use crate::kernel::text;
use crate::kernel::time::Instant;
use crate::model::{Kind, META_FIELDS};
use crate::rules::access::Access;
use crate::rules::approval::ApprovalSettings;
use crate::rules::attachments::AttachmentPolicy;
use crate::rules::attribution::AttributionSettings;
use crate::rules::consent::ConsentRules;
use crate::rules::conversion::Conversion;
use crate::rules::deal_risk::DealRisk;
use crate::rules::duplicates::Duplicates;
use crate::rules::enrichment::Enricher;
use crate::rules::expansion::ExpansionSettings;
use crate::rules::forecast::ForecastSettings;
use crate::rules::health::HealthModels;
use crate::rules::identity::Identity;
use crate::rules::inbox::InboxSettings;
use crate::rules::lead_gaps::LeadGaps;
use crate::rules::lead_score::LeadScorer;
use crate::rules::merge::Merger;
use crate::rules::next_action::NextActions;
use crate::rules::offer::QuoteSettings;
use crate::rules::playbook::{self, Playbook, Playbooks};
use crate::rules::renewals::RenewalSettings;
use crate::rules::reply::ReplyRules;
use crate::rules::routing::RoutingTable;
use crate::rules::sequence::{self, Sequence, Sequences, SubjectKind};
use crate::rules::sla::Sla;
use crate::rules::staff::StaffSettings;
use crate::rules::support::Support;
use crate::rules::task::TaskSettings;
use crate::rules::templates::Templates;

/// Everything that a workspace configures, compiled.
///
/// ```json
/// {
///   "custom": {"lead": [{"name": "needs_permit", "type": "boolean"}]},
///   "access": {"roles": {"member": {"read": "team", "write": "own"}}},
///   "approval": {"always_ask": {"topics": {"permit": {"fr": ["permis de construire"]}}}, "peer_check": "required"},
///   "attachments": {"grace_days": 30, "most_bytes": 26214400, "media_types": ["application/pdf", "image/*"]},
///   "attribution": {"internal_domains": ["exemple.fr"], "session_minutes": 30},
///   "calendar": [{"id": "support", "zone": "Europe/Paris", "weekly": {"monday": [["09:00", "18:00"]]}}],
///   "consent": {"exceptions": []},
///   "conversion": {"deal": {"stage": "qualified", "pipeline": "sales"}},
///   "deal_risk": {"zone": "Europe/Paris", "inbound_tracked": true},
///   "duplicates": {"most_hits": 20},
///   "enrichment": {"policy": "fill_if_empty"},
///   "expansion": {"rules": [{"id": "seats", "title": "More seats", "seats": {"from_bp": 9000}}]},
///   "forecast": {"currency": "EUR", "fiscal": {"first_month": 9}, "rate_basis": "close_date"},
///   "health": {"models": [], "...": "see rules::health"},
///   "identity": {"default_region": "FR"},
///   "inbox": {"reply_hours": 24},
///   "lead_gaps": [{"id": "phone", "weight": 10, "any_of": ["phone", "mobile"]}],
///   "lead_score": { "id": "ours", "version": 3, "...": "see rules::lead_score" },
///   "merge": {"stages": ["new", "contacted", "qualified"]},
///   "next_actions": {"zone": "Europe/Paris", "most": 3},
///   "playbooks": {"calendar": "support", "items": [], "...": "see rules::playbook"},
///   "quotes": {"zone": "Europe/Paris", "validity_days": 30, "series": [{"id": "quote", "number": "D-{yyyy}-{seq:05}"}]},
///   "renewals": {"horizon_days": 120, "pipeline": "renewals"},
///   "reply": {"calendar": "support", "wait_business_days": 5},
///   "routing": { "members": [], "rules": [], "...": "see rules::routing" },
///   "sequence": {"zone": "Europe/Paris", "sequences": [], "nurture": [], "...": "see rules::sequence"},
///   "sla": { "policies": [], "...": "see rules::sla" },
///   "staff": {"calendar": "support", "half_day_at": "13:00"},
///   "support": {"priorities": ["low", "normal", "high", "urgent"]},
///   "tasks": {"zone": "Europe/Paris", "week_starts": "monday", "calendar": "support"},
///   "templates": {"zone": "Europe/Paris", "language": "fr", "items": []}
/// }
/// ```
///
/// Every part may be left out: [`Rules::default`] has the standard rules and no host-defined fields.
#[derive(Clone, Debug)]
pub struct Rules {
    schemas: BTreeMap<Kind, Arc<Schema>>,
    access: Access,
    approval: ApprovalSettings,
    attribution: Arc<AttributionSettings>,
    calendars: BTreeMap<String, Calendar>,
    consent: ConsentRules,
    conversion: Conversion,
    deal_risk: DealRisk,
    duplicates: Duplicates,
    enricher: Enricher,
    expansion: ExpansionSettings,
    forecast: ForecastSettings,
    health: Arc<HealthModels>,
    identity: Identity,
    inbox: InboxSettings,
    lead_gaps: LeadGaps,
    lead_scorer: LeadScorer,
    merger: Merger,
    next_actions: Arc<NextActions>,
    playbooks: Arc<Playbooks>,
    quotes: Arc<QuoteSettings>,
    renewals: RenewalSettings,
    reply: Arc<ReplyRules>,
    routing: Arc<RoutingTable>,
    sequences: Arc<Sequences>,
    staff: StaffSettings,
    sla: Arc<Sla>,
    tasks: TaskSettings,
    attachments: AttachmentPolicy,
    templates: Arc<Templates>,
    source: Json,
}

impl Default for Rules {
    #[allow(clippy::expect_used, reason = "the standard configuration is part of the library and tested")]
    fn default() -> Self {
        Rules::from_json(&Json::Object(Map::new())).expect("the standard configuration")
    }
}

impl Rules {
    /// Reads a configuration from JSON text.
    ///
    /// # Errors
    /// As [`Rules::from_json`], and text that is not JSON.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        Rules::from_json(&json::parse(bytes)?)
    }

    /// The fields of a kind of record: those of every row, the declared, the host's own.
    pub fn schema(&self, kind: Kind) -> Arc<Schema> {
        schema_of(&self.schemas, kind)
    }

    /// Who sees and changes whose rows, compiled.
    pub const fn access(&self) -> &Access {
        &self.access
    }

    /// Who decides about what leaves.
    pub const fn approval(&self) -> &ApprovalSettings {
        &self.approval
    }

    /// Where touches come from and what they count.
    pub fn attribution(&self) -> &AttributionSettings {
        &self.attribution
    }

    /// A business calendar by its id.
    pub fn calendar(&self, id: &str) -> Option<&Calendar> {
        self.calendars.get(id)
    }

    /// All business calendars, by id.
    pub(crate) const fn calendars(&self) -> &BTreeMap<String, Calendar> {
        &self.calendars
    }

    /// The business calendar that a document asks for: the id of a configured one, or a calendar as
    /// [`calendar`](super::calendar) describes it; without either the only one configured, if there is one.
    ///
    /// # Errors
    /// [`Problem::UnknownCalendar`], and what is wrong with a calendar.
    pub fn chosen_calendar(&self, asked: Option<&Json>) -> Result<Option<Calendar>> {
        super::calendar::chosen(&self.calendars, asked)
    }

    /// How leads become accounts, contacts and deals, compiled.
    pub const fn conversion(&self) -> &Conversion {
        &self.conversion
    }

    /// What puts a deal at risk, compiled.
    pub const fn deal_risk(&self) -> &DealRisk {
        &self.deal_risk
    }

    /// How leads are enriched.
    pub const fn enricher(&self) -> &Enricher {
        &self.enricher
    }

    /// How a workspace forecasts.
    pub const fn forecast(&self) -> &ForecastSettings {
        &self.forecast
    }

    /// How the health of customers is worked out.
    pub fn health(&self) -> &HealthModels {
        &self.health
    }

    /// What tells duplicates, compiled.
    pub const fn duplicates(&self) -> &Duplicates {
        &self.duplicates
    }

    /// The keys that tell duplicates, compiled.
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// What counts in inboxes.
    pub const fn inbox(&self) -> &InboxSettings {
        &self.inbox
    }

    /// What is missing of a lead, compiled.
    pub const fn lead_gaps(&self) -> &LeadGaps {
        &self.lead_gaps
    }

    /// The lead score, compiled.
    pub const fn lead_scorer(&self) -> &LeadScorer {
        &self.lead_scorer
    }

    /// How leads are merged, compiled.
    pub const fn merger(&self) -> &Merger {
        &self.merger
    }

    /// What somebody should do next, compiled.
    pub fn next_actions(&self) -> &NextActions {
        &self.next_actions
    }

    /// Which ideas to sell more the library has by itself.
    pub const fn expansion(&self) -> &ExpansionSettings {
        &self.expansion
    }

    /// How renewals are looked after.
    pub const fn renewals(&self) -> &RenewalSettings {
        &self.renewals
    }

    /// What is done with a customer step by step: what every workspace has, and what this one configures.
    pub fn playbooks(&self) -> &Playbooks {
        &self.playbooks
    }

    /// A playbook that is no part of the configuration, compiled as those that are.
    ///
    /// # Errors
    /// As [`Rules::from_json`] of one in `playbooks.items`.
    pub(crate) fn playbook(&self, json: &Json) -> Result<Playbook> {
        let accounts = self.schema(Kind::Account);
        playbook::compile(json, &playbook::Beside { calendars: &self.calendars, accounts: &accounts })
    }

    /// By whose business days a playbook counts: its own, those of all playbooks, or else those of tasks.
    pub(crate) fn days_of<'a>(&'a self, playbook: &'a Playbook) -> &'a Calendar {
        let own = playbook.calendar.as_ref().or(self.playbooks.calendar.as_ref());
        own.unwrap_or(&self.tasks.calendar)
    }

    /// How quotes are written, numbered and dated.
    pub fn quotes(&self) -> &QuoteSettings {
        &self.quotes
    }

    /// What messages that come in are, compiled.
    pub fn reply(&self) -> &ReplyRules {
        &self.reply
    }

    /// Who gets a lead, compiled; without configuration nobody does.
    pub fn routing(&self) -> &RoutingTable {
        &self.routing
    }

    /// Sequences and nurture rules, compiled; without configuration there are none.
    pub fn sequences(&self) -> &Sequences {
        &self.sequences
    }

    /// A sequence that is no part of the configuration, compiled as those that are.
    ///
    /// # Errors
    /// As [`Rules::from_json`] of one in `sequence.sequences`.
    pub(crate) fn sequence(&self, json: &Json) -> Result<Sequence> {
        let beside = sequence::Beside {
            calendars: &self.calendars,
            templates: &self.templates,
            schema: |subject: SubjectKind| self.schema(subject.kind()),
        };
        sequence::compile(json, &beside)
    }

    /// How the team's time and work are counted.
    pub const fn staff(&self) -> &StaffSettings {
        &self.staff
    }

    /// What is promised to customers, compiled.
    pub fn sla(&self) -> &Sla {
        &self.sla
    }

    /// The statuses and priorities of tickets.
    pub fn support(&self) -> &Support {
        self.sla.support()
    }

    /// The condition that holds for the members of a segment, and the record that it is of: `{"segments": [...],
    /// "segment": "vip"}`, or `{"record": "lead", "where": {...}, "zone": "...", "week_start": "..."}` with a condition that
    /// may name some of `segments`. See [`segment`](super::segment).
    ///
    /// # Errors
    /// Unknown options and segments, circles, and what does not fit the record, with their path.
    pub fn members(&self, segment: &Json, at: Instant) -> Result<(Kind, Compiled)> {
        super::segment::condition(|kind| self.schema(kind), (&self.tasks.days, self.forecast.calendar), segment, at)
    }

    /// By which days tasks are due.
    pub const fn tasks(&self) -> &TaskSettings {
        &self.tasks
    }

    /// What files may be, and how long they are kept when no record has them any more.
    pub const fn attachments(&self) -> &AttachmentPolicy {
        &self.attachments
    }

    /// Who may be contacted, by the law and by what they said.
    pub const fn consent(&self) -> &ConsentRules {
        &self.consent
    }

    /// What is written again and again.
    pub fn templates(&self) -> &Templates {
        &self.templates
    }

    /// The configuration as it was given.
    pub fn to_json(&self) -> &Json {
        &self.source
    }
}

fn declared_schemas() -> BTreeMap<Kind, Arc<Schema>> {
    let schema = |kind: Kind| Arc::new(Schema::new(kind.name(), META_FIELDS.iter().chain(kind.fields()).cloned()));
    Kind::ALL.iter().map(|k| (*k, schema(*k))).collect()
}

fn schema_of(schemas: &BTreeMap<Kind, Arc<Schema>>, kind: Kind) -> Arc<Schema> {
    schemas.get(&kind).cloned().unwrap_or_else(|| Arc::new(Schema::new(kind.name(), [])))
}

/// The kind of a record by name.
///
/// # Errors
/// [`Problem::UnknownRecord`].
pub fn kind(name: &str) -> Result<Kind> {
    let unknown = || Problem::UnknownRecord { found: text::shortened(name, 60), expected: Kind::NAMES };
    Ok(*Kind::ALL.iter().find(|k| k.name() == name).ok_or_else(unknown)?)
}
