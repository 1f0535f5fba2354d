//! Reading a configuration: each part by its own loader, in the order in which they need each other.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::custom::add_custom;
use super::{Rules, declared_schemas, schema_of};
use crate::kernel::error::Result;
use crate::kernel::json;
use crate::model::Kind;
use crate::rules::access::Access;
use crate::rules::approval::ApprovalSettings;
use crate::rules::attachments::AttachmentPolicy;
use crate::rules::attribution::AttributionSettings;
use crate::rules::calendar;
use crate::rules::consent::ConsentRules;
use crate::rules::conversion::Conversion;
use crate::rules::deal_risk::{DealRisk, RiskModel};
use crate::rules::duplicates::{DuplicateSettings, Duplicates};
use crate::rules::enrichment::Enricher;
use crate::rules::expansion::ExpansionSettings;
use crate::rules::forecast::ForecastSettings;
use crate::rules::health::HealthModels;
use crate::rules::identity::{Identity, IdentityConfig};
use crate::rules::inbox::InboxSettings;
use crate::rules::lead_gaps::{self, LeadGaps};
use crate::rules::lead_score::{LeadScorer, ScoreModel};
use crate::rules::merge::Merger;
use crate::rules::next_action::NextActions;
use crate::rules::offer::QuoteSettings;
use crate::rules::playbook::{self, Playbooks};
use crate::rules::renewals::RenewalSettings;
use crate::rules::reply::ReplyRules;
use crate::rules::routing::RoutingTable;
use crate::rules::sequence::{self, Sequences, SubjectKind};
use crate::rules::sla::Sla;
use crate::rules::staff::StaffSettings;
use crate::rules::support::Support;
use crate::rules::task::TaskSettings;
use crate::rules::templates::Templates;

/// The parts of a configuration.
const PARTS: &[&str] = &[
    "access",
    "approval",
    "attachments",
    "attribution",
    "calendar",
    "consent",
    "conversion",
    "custom",
    "deal_risk",
    "duplicates",
    "enrichment",
    "expansion",
    "forecast",
    "health",
    "identity",
    "inbox",
    "lead_gaps",
    "lead_score",
    "merge",
    "next_actions",
    "playbooks",
    "quotes",
    "renewals",
    "reply",
    "routing",
    "sequence",
    "sla",
    "staff",
    "support",
    "tasks",
    "templates",
];

impl Rules {
    /// Reads and compiles a configuration.
    ///
    /// # Errors
    /// An unknown option, or anything that a rule's own loader refuses, with the path of the place.
    pub fn from_json(json: &Json) -> Result<Self> {
        let map = json::object(json, "an object of rules")?;
        json::only_keys(map, PARTS)?;
        let mut schemas = declared_schemas();
        if let Some(custom) = map.get("custom") {
            add_custom(&mut schemas, custom).map_err(|e| e.at("custom"))?;
        }
        let access = map.get("access").map_or_else(|| Ok(Access::default()), Access::from_json);
        let access = access.map_err(|e| e.at("access"))?;
        let approval = map.get("approval").map_or_else(|| Ok(ApprovalSettings::default()), ApprovalSettings::from_json);
        let approval = approval.map_err(|e| e.at("approval"))?;
        let attribution =
            map.get("attribution").map_or_else(|| Ok(AttributionSettings::default()), AttributionSettings::from_json);
        let attribution = Arc::new(attribution.map_err(|e| e.at("attribution"))?);
        let calendars = map.get("calendar").map_or_else(|| Ok(BTreeMap::new()), calendar::calendars);
        let calendars = calendars.map_err(|e| e.at("calendar"))?;
        let none = Json::Object(Map::new());
        let consent = ConsentRules::from_json(map.get("consent").unwrap_or(&none)).map_err(|e| e.at("consent"))?;
        let tasks = TaskSettings::new(map.get("tasks"), &calendars).map_err(|e| e.at("tasks"))?;
        let reply = ReplyRules::new(map.get("reply"), &calendars).map_err(|e| e.at("reply"))?;
        let renewals = map.get("renewals").map_or_else(|| Ok(RenewalSettings::default()), RenewalSettings::from_json);
        let renewals = renewals.map_err(|e| e.at("renewals"))?;
        let enricher = map.get("enrichment").map_or_else(|| Ok(Enricher::default()), Enricher::from_json);
        let enricher = enricher.map_err(|e| e.at("enrichment"))?;
        let expansion =
            map.get("expansion").map_or_else(|| Ok(ExpansionSettings::default()), ExpansionSettings::from_json);
        let expansion = expansion.map_err(|e| e.at("expansion"))?;
        let forecast = map.get("forecast").map_or_else(|| Ok(ForecastSettings::default()), ForecastSettings::from_json);
        let forecast = forecast.map_err(|e| e.at("forecast"))?;
        let health = HealthModels::new(map.get("health"), &schema_of(&schemas, Kind::Account));
        let health = Arc::new(health.map_err(|e| e.at("health"))?);
        let identity = map.get("identity").map_or_else(|| Ok(IdentityConfig::default()), IdentityConfig::from_json);
        let identity = identity.and_then(|c| Identity::new(&c)).map_err(|e| e.at("identity"))?;
        let inbox = map.get("inbox").map_or_else(|| Ok(InboxSettings::default()), InboxSettings::from_json);
        let inbox = inbox.map_err(|e| e.at("inbox"))?;
        let leads = schema_of(&schemas, Kind::Lead);
        let conversion = Conversion::new(map.get("conversion"), |kind| schema_of(&schemas, kind));
        let conversion = conversion.map_err(|e| e.at("conversion"))?;
        let risk = map.get("deal_risk").map_or_else(|| Ok(RiskModel::standard()), RiskModel::from_json);
        let deal_risk = risk.and_then(|model| DealRisk::new(model, &schema_of(&schemas, Kind::Deal)));
        let deal_risk = deal_risk.map_err(|e| e.at("deal_risk"))?;
        let settings =
            map.get("duplicates").map_or_else(|| Ok(DuplicateSettings::default()), DuplicateSettings::from_json);
        let duplicates = settings.and_then(|s| Duplicates::new(s, &leads, &schema_of(&schemas, Kind::Contact)));
        let duplicates = duplicates.map_err(|e| e.at("duplicates"))?;
        let items = match map.get("lead_gaps") {
            None => lead_gaps::Item::standard(),
            Some(items) => lead_gaps::Item::from_json(items),
        };
        let lead_gaps = items.and_then(|i| LeadGaps::new(&i, &leads)).map_err(|e| e.at("lead_gaps"))?;
        let model = match map.get("lead_score") {
            None => ScoreModel::standard(),
            Some(model) => ScoreModel::from_json(model),
        };
        let lead_scorer = model.and_then(|m| LeadScorer::new(&m, &leads)).map_err(|e| e.at("lead_score"))?;
        let routing = RoutingTable::from_json(map.get("routing").unwrap_or(&none), &leads, &identity);
        let routing = Arc::new(routing.map_err(|e| e.at("routing"))?);
        let staff = StaffSettings::from_json(map.get("staff").unwrap_or(&none), &calendars);
        let staff = staff.map_err(|e| e.at("staff"))?;
        let merger = Merger::from_json(map.get("merge"), leads, identity.clone()).map_err(|e| e.at("merge"))?;
        let support = map.get("support").map_or_else(|| Ok(Support::default()), Support::from_json);
        let support = support.map_err(|e| e.at("support"))?;
        let sla = Sla::new(map.get("sla"), &schema_of(&schemas, Kind::Ticket), &calendars, &support);
        let sla = Arc::new(sla.map_err(|e| e.at("sla"))?);
        let attachments =
            map.get("attachments").map_or_else(|| Ok(AttachmentPolicy::default()), AttachmentPolicy::from_json);
        let attachments = attachments.map_err(|e| e.at("attachments"))?;
        let templates = Templates::from_json(map.get("templates"), |kind| schema_of(&schemas, kind));
        let templates = Arc::new(templates.map_err(|e| e.at("templates"))?);
        let next_actions = NextActions::new(map.get("next_actions"), &templates, &schema_of(&schemas, Kind::Account));
        let next_actions = next_actions.map_err(|e| e.at("next_actions"))?;
        let accounts = schema_of(&schemas, Kind::Account);
        let around = playbook::Beside { calendars: &calendars, accounts: &accounts };
        let playbooks = Playbooks::new(map.get("playbooks"), &around).map_err(|e| e.at("playbooks"))?;
        let beside = sequence::Beside {
            calendars: &calendars,
            templates: &templates,
            schema: |subject: SubjectKind| schema_of(&schemas, subject.kind()),
        };
        let quotes = map.get("quotes").map_or_else(|| Ok(QuoteSettings::default()), QuoteSettings::from_json);
        let quotes = Arc::new(quotes.map_err(|e| e.at("quotes"))?);
        let sequences = Sequences::new(map.get("sequence"), &beside);
        let sequences = Arc::new(sequences.map_err(|e| e.at("sequence"))?);
        Ok(Rules {
            schemas,
            access,
            approval,
            attribution,
            calendars,
            consent,
            conversion,
            deal_risk,
            duplicates,
            enricher,
            expansion,
            forecast,
            health,
            identity,
            inbox,
            lead_gaps,
            lead_scorer,
            merger,
            next_actions: Arc::new(next_actions),
            playbooks: Arc::new(playbooks),
            quotes,
            renewals,
            reply: Arc::new(reply),
            routing,
            sequences,
            staff,
            sla,
            tasks,
            attachments,
            templates,
            source: json.clone(),
        })
    }
}
