//! The host's configuration: data with a version, checked and compiled once when it is loaded.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::access::{self, Access};
use super::attachments::{self, AttachmentPolicy};
use super::bands;
use super::calendar;
use super::consent::{self, ConsentRules};
use super::conversion::{self, Conversion};
use super::csv_cell;
use super::deal_risk::{self, DealRisk, RiskModel};
use super::division;
use super::duplicates::{self, DuplicateSettings, Duplicates};
use super::enrichment::{self, Enricher};
use super::filter;
use super::fiscal;
use super::forecast::{self, ForecastSettings};
use super::identity::{self, Identity, IdentityConfig};
use super::inbox::{self, InboxSettings};
use super::lead_gaps::{self, LeadGaps};
use super::lead_score::{self, LeadScorer, ScoreModel};
use super::merge::{self, Merger};
use super::pipeline;
use super::rates;
use super::reply::{self, ReplyRules};
use super::report;
use super::routing::{self, RoutingTable};
use super::sequence::{self, Sequences, SubjectKind};
use super::sla::{self, Sla};
use super::staff::{self, StaffSettings};
use super::support::Support;
use super::task::{self, TaskSettings};
use super::templates::{self, Templates};
use super::waterfall;
use crate::kernel::calendar::Calendar;
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::field::{Field, FieldType, Schema};
use crate::kernel::json;
use crate::kernel::text;
use crate::model::{Kind, META_FIELDS};

/// The parts of a configuration.
const PARTS: &[&str] = &[
    "attachments",
    "custom",
    "access",
    "calendar",
    "consent",
    "conversion",
    "deal_risk",
    "duplicates",
    "enrichment",
    "forecast",
    "identity",
    "inbox",
    "lead_gaps",
    "lead_score",
    "merge",
    "reply",
    "routing",
    "sequence",
    "sla",
    "staff",
    "support",
    "tasks",
    "templates",
];
/// The rules that [`Rules::eval`] knows.
const RULES: &[&str] = &[
    "access",
    "allocate",
    "assignment",
    "availability",
    "audit",
    "attachment",
    "bands",
    "calendar",
    "consent",
    "conversion",
    "convert",
    "csv_cell",
    "deal_risk",
    "duplicates",
    "enrichment",
    "filter",
    "fiscal",
    "forecast",
    "identity",
    "inbox",
    "lead_gaps",
    "lead_score",
    "merge",
    "pipeline",
    "reply",
    "report",
    "routing",
    "routing_lint",
    "sequence",
    "sla",
    "task",
    "template",
    "waterfall",
    "window",
];
/// Most host-defined fields of one kind of record.
pub const MOST_CUSTOM_FIELDS: usize = 200;
/// Most bytes of a host-defined field's name.
const MOST_NAME_BYTES: usize = 64;

/// A field that the host defines, kept under `custom`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomField {
    /// Its name: lower-case letters, digits and `_`, beginning with a letter.
    pub name: String,
    /// Its type.
    pub kind: FieldType,
}

/// Everything that a workspace configures, compiled.
///
/// ```json
/// {
///   "custom": {"lead": [{"name": "needs_permit", "type": "boolean"}]},
///   "access": {"roles": {"member": {"read": "team", "write": "own"}}},
///   "attachments": {"grace_days": 30, "most_bytes": 26214400, "media_types": ["application/pdf", "image/*"]},
///   "calendar": [{"id": "support", "zone": "Europe/Paris", "weekly": {"monday": [["09:00", "18:00"]]}}],
///   "consent": {"exceptions": []},
///   "conversion": {"deal": {"stage": "qualified", "pipeline": "sales"}},
///   "deal_risk": {"zone": "Europe/Paris", "inbound_tracked": true},
///   "duplicates": {"most_hits": 20},
///   "enrichment": {"policy": "fill_if_empty"},
///   "forecast": {"currency": "EUR", "fiscal": {"first_month": 9}, "rate_basis": "close_date"},
///   "identity": {"default_region": "FR"},
///   "inbox": {"reply_hours": 24},
///   "lead_gaps": [{"id": "phone", "weight": 10, "any_of": ["phone", "mobile"]}],
///   "lead_score": { "id": "ours", "version": 3, "...": "see rules::lead_score" },
///   "merge": {"stages": ["new", "contacted", "qualified"]},
///   "reply": {"calendar": "support", "wait_business_days": 5},
///   "routing": { "members": [], "rules": [], "...": "see rules::routing" },
///   "sequence": {"zone": "Europe/Paris", "sequences": [], "nurture": [], "...": "see rules::sequence"},
///   "staff": {"calendar": "support", "half_day_at": "13:00"},
///   "sla": { "policies": [], "...": "see rules::sla" },
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
    calendars: BTreeMap<String, Calendar>,
    consent: ConsentRules,
    conversion: Conversion,
    deal_risk: DealRisk,
    duplicates: Duplicates,
    enricher: Enricher,
    forecast: ForecastSettings,
    identity: Identity,
    inbox: InboxSettings,
    lead_gaps: LeadGaps,
    lead_scorer: LeadScorer,
    merger: Merger,
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
        let calendars = map.get("calendar").map_or_else(|| Ok(BTreeMap::new()), calendar::calendars);
        let calendars = calendars.map_err(|e| e.at("calendar"))?;
        let none = Json::Object(Map::new());
        let consent = ConsentRules::from_json(map.get("consent").unwrap_or(&none)).map_err(|e| e.at("consent"))?;
        let tasks = TaskSettings::new(map.get("tasks"), &calendars).map_err(|e| e.at("tasks"))?;
        let reply = ReplyRules::new(map.get("reply"), &calendars).map_err(|e| e.at("reply"))?;
        let enricher = map.get("enrichment").map_or_else(|| Ok(Enricher::default()), Enricher::from_json);
        let enricher = enricher.map_err(|e| e.at("enrichment"))?;
        let forecast = map.get("forecast").map_or_else(|| Ok(ForecastSettings::default()), ForecastSettings::from_json);
        let forecast = forecast.map_err(|e| e.at("forecast"))?;
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
        let beside = sequence::Beside {
            calendars: &calendars,
            templates: &templates,
            schema: |subject: SubjectKind| schema_of(&schemas, subject.kind()),
        };
        let sequences = Sequences::new(map.get("sequence"), &beside);
        let sequences = Arc::new(sequences.map_err(|e| e.at("sequence"))?);
        Ok(Rules {
            schemas,
            access,
            calendars,
            consent,
            conversion,
            deal_risk,
            duplicates,
            enricher,
            forecast,
            identity,
            inbox,
            lead_gaps,
            lead_scorer,
            merger,
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

    /// Evaluates one rule on facts given as JSON; every door has this.
    ///
    /// - `assignment` takes people and what a piece of work asks for, and ranks them, see [`staff`](super::staff);
    /// - `availability` takes a person with leave and a window, see [`staff`](super::staff);
    /// - `access` takes somebody, an action and a record, see [`access::eval_json`];
    /// - `audit` takes a change and tells how the trail lists it, see [`access::audit_json`];
    /// - `bands` takes deals and gives the distribution of what will close, see [`bands::eval_json`];
    /// - `allocate` takes an amount and weights, see [`division::eval_json`];
    /// - `attachment` takes a file or what happened to its links, see [`attachments`](super::attachments);
    /// - `calendar` takes questions to a business calendar, see [`calendar`](super::calendar);
    /// - `consent` takes what is known of a person and tells whether they may be contacted, see [`consent`](super::consent);
    /// - `conversion` takes a lead and stored records and gives a plan, see [`conversion::eval_json`];
    /// - `convert` takes an amount and dated rates, see [`rates::eval_json`];
    /// - `csv_cell` takes a value and its type, and gives the cell of a CSV file, see [`csv_cell::eval_json`];
    /// - `deal_risk` takes a deal and what happened around it, see [`deal_risk::eval_json`];
    /// - `duplicates` takes two records, one and others, or many, see [`duplicates::eval_json`];
    /// - `enrichment` takes a lead and what the host knows of its company, see [`enrichment::eval_json`];
    /// - `filter` takes a condition as lists have it, with its reader, and resolves it, see [`filter::eval_json`];
    /// - `fiscal` takes a day or a window, see [`fiscal::eval_json`];
    /// - `forecast` takes deals and what goes with them, see [`forecast`](super::forecast);
    /// - `identity` takes a record or a single value, see [`identity::eval_json`];
    /// - `inbox` takes items of several kinds and puts them in one order, see [`inbox`](super::inbox);
    /// - `lead_gaps` takes `{"lead": {...}, "at": "...", "lang": "en"}`, see [`lead_gaps::eval_json`];
    /// - `lead_score` takes the same and `events`, see [`lead_score::eval_json`];
    /// - `merge` takes leads and gives a plan, see [`merge::eval_json`];
    /// - `pipeline` takes a clock, revisions, a standing or a deal's history, see [`pipeline::eval_json`];
    /// - `reply` takes messages that came in and tells what they are, see [`reply`](super::reply);
    /// - `report` takes a report, deals, pipelines and rates, see [`report::eval_json`];
    /// - `routing` takes one lead or many with what is remembered, see [`routing::eval_json`];
    /// - `routing_lint` takes only `at` and `lang`;
    /// - `sequence` takes questions about sequences: sending times, enrolments, steps, see [`sequence`](super::sequence);
    /// - `sla` takes what happened to tickets and tells how their promises stand, see [`sla::eval_json`];
    /// - `task` takes questions about tasks: bands, orders, recurrences, see [`task`](super::task);
    /// - `template` fills, lists or checks templates, see [`templates`](super::templates);
    /// - `waterfall` takes two snapshots, see [`waterfall::eval_json`].
    /// - `window` takes a window and `at` and gives its days, see [`report::window_json`].
    ///
    /// # Errors
    /// [`Problem::UnknownRule`], and what the input gets wrong, with its path.
    pub fn eval(&self, rule: &str, input: &Json) -> Result<Json> {
        match rule {
            "assignment" => staff::assignment_json(&self.staff_around(), input),
            "availability" => staff::availability_json(&self.staff_around(), input),
            "access" => access::eval_json(&self.access, |kind| self.schema(kind), input),
            "audit" => access::audit_json(|kind| self.schema(kind), input),
            "bands" => bands::eval_json(input),
            "allocate" => division::eval_json(input),
            "attachment" => attachments::eval_json(&self.attachments, input),
            "calendar" => calendar::eval_json(&self.calendars, input),
            "consent" => consent::eval_json(&self.consent, &self.identity, input),
            "conversion" => conversion::eval_json(&self.conversion, self.identity(), input),
            "convert" => rates::eval_json(input),
            "csv_cell" => csv_cell::eval_json(input),
            "enrichment" => enrichment::eval_json(&self.enricher, &self.identity, &self.schema(Kind::Lead), input),
            "deal_risk" => deal_risk::eval_json(&self.deal_risk, &self.schema(Kind::Deal), input),
            "duplicates" => {
                let (leads, contacts) = (self.schema(Kind::Lead), self.schema(Kind::Contact));
                let around = duplicates::Around { identity: &self.identity, leads: &leads, contacts: &contacts };
                duplicates::eval_json(&self.duplicates, &around, input)
            }
            "filter" => filter::eval_json(|kind| self.schema(kind), &self.forecast.calendar, input),
            "fiscal" => fiscal::eval_json(&self.forecast.calendar, input),
            "forecast" => forecast::eval_json(&self.forecast, input),
            "identity" => identity::eval_json(&self.identity, |kind| self.schema(kind), input),
            "inbox" => inbox::eval_json(&self.inbox, self.support().priorities(), &self.tasks.days, input),
            "lead_gaps" => lead_gaps::eval_json(&self.lead_gaps, &self.schema(Kind::Lead), input),
            "lead_score" => lead_score::eval_json(&self.lead_scorer, &self.schema(Kind::Lead), input),
            "merge" => merge::eval_json(&self.merger, &self.schema(Kind::Lead), input),
            "pipeline" => pipeline::eval_json(&self.schema(Kind::Deal), input),
            "report" => report::eval_json(&self.schema(Kind::Deal), input),
            "reply" => reply::eval_json(&self.reply, input),
            "routing" => routing::eval_json(&self.routing, &self.schema(Kind::Lead), input),
            "sequence" => {
                let (leads, contacts) = (self.schema(Kind::Lead), self.schema(Kind::Contact));
                let (sequences, calendars) = (&self.sequences, &self.calendars);
                let around = sequence::Around { sequences, calendars, leads: &leads, contacts: &contacts };
                sequence::eval_json(around, input)
            }
            "sla" => {
                let around = sla::Around {
                    sla: &self.sla,
                    schema: &self.schema(Kind::Ticket),
                    calendars: &self.calendars,
                    source: self.source.get("sla"),
                };
                sla::eval_json(&around, input)
            }
            "routing_lint" => routing::lint_json(&self.routing, input),
            "task" => {
                let (settings, priorities, calendars) = (&self.tasks, self.support().priorities(), &self.calendars);
                task::eval_json(task::Around { settings, priorities, calendars }, input)
            }
            "template" => templates::eval_json(&self.templates, |kind| self.schema(kind), input),
            "waterfall" => waterfall::eval_json(input),
            "window" => report::window_json(input),
            _ => Err(Problem::UnknownRule { found: text::shortened(rule, 60), expected: RULES }.into()),
        }
    }

    fn staff_around(&self) -> staff::Around<'_> {
        staff::Around { settings: &self.staff, calendars: &self.calendars }
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

fn add_custom(schemas: &mut BTreeMap<Kind, Arc<Schema>>, json: &Json) -> Result<()> {
    for (record, fields) in json::object(json, "an object of lists of fields by record")? {
        let kind = kind(record)?;
        let custom = custom_fields(fields).map_err(|e| e.at(record))?;
        let all = META_FIELDS.iter().chain(kind.fields()).cloned();
        let own = custom.iter().map(|f| Field::custom(&f.name, f.kind));
        schemas.insert(kind, Arc::new(Schema::new(kind.name(), all.chain(own))));
    }
    Ok(())
}

/// The kind of a record by name.
///
/// # Errors
/// [`Problem::UnknownRecord`].
pub fn kind(name: &str) -> Result<Kind> {
    let unknown = || Problem::UnknownRecord { found: text::shortened(name, 60), expected: Kind::NAMES };
    Ok(*Kind::ALL.iter().find(|k| k.name() == name).ok_or_else(unknown)?)
}

fn custom_fields(json: &Json) -> Result<Vec<CustomField>> {
    let shape =
        || Problem::WrongShape { expected: "a list of fields with `name` and `type`", found: json::shown(json) };
    let list = json.as_array().ok_or_else(shape)?;
    if list.len() > MOST_CUSTOM_FIELDS {
        let (found, most) = (json::length(list.len()), json::length(MOST_CUSTOM_FIELDS));
        return Err(Problem::TooMany { what: "fields", found, most }.into());
    }
    let mut fields: Vec<CustomField> = Vec::with_capacity(list.len());
    for (i, item) in list.iter().enumerate() {
        let field = custom_field(item).map_err(|e| e.at_index(i))?;
        if fields.iter().any(|f| f.name == field.name) {
            return Err(Error::from(RulesProblem::DuplicateId { id: field.name }).at_index(i));
        }
        fields.push(field);
    }
    Ok(fields)
}

fn custom_field(json: &Json) -> Result<CustomField> {
    let map = json::object(json, "an object with `name` and `type`")?;
    json::only_keys(map, &["name", "type"])?;
    let missing = |name: &str| Error::from(Problem::Missing { name: name.into() });
    let name = map.get("name").and_then(Json::as_str).ok_or_else(|| missing("name"))?;
    let mut letters = name.bytes();
    // Plain ASCII only, so that no look-alike letter shadows a built-in name in a host's language.
    let plain = letters.next().is_some_and(|b| b.is_ascii_lowercase())
        && letters.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && name.len() <= MOST_NAME_BYTES;
    if !plain {
        let expected = "a name of lower-case ASCII letters, digits and `_`, at most 64";
        return Err(Error::from(Problem::WrongShape { expected, found: text::shortened(name, 60) }).at("name"));
    }
    let kind = map.get("type").ok_or_else(|| missing("type"))?;
    let kind = json::choice(kind, FieldType::NAMES).map_err(|e| e.at("type"))?;
    Ok(CustomField { name: name.into(), kind })
}
