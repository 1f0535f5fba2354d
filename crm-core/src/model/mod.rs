//! What is stored: one file per record type, each declared once.
//!
//! A record's declaration (`record!` in `declare.rs`) gives its struct, its JSON form, its typed columns, the check of predicates
//! and the target of file imports. This file holds the list of all records; adding one is a line here and a file
//! beside it.

mod account;
mod activity;
mod activity_link;
mod adjustment;
mod approval_rule;
mod assignment;
mod attachment;
mod attachment_link;
mod campaign;
mod campaign_member;
mod channel;
mod choice;
mod consent_event;
mod contact;
mod conversation;
mod counter;
mod deal;
mod deal_contact;
mod deal_revision;
mod deal_split;
mod declare;
mod delivery_report;
mod distinction;
mod draft;
mod draft_event;
mod employee;
mod enrichment;
mod enrolment;
mod event;
mod exchange_rate;
mod expansion_idea;
mod health_entry;
mod health_override;
mod kill_switch;
mod lead;
mod learning_progress;
mod leave;
mod link;
mod measurement;
mod message;
mod note;
mod outbox_item;
mod payment;
mod pipeline;
mod playbook;
mod playbook_run;
mod playbook_step;
mod quota;
mod quote;
mod renewal;
mod routing_turn;
mod row;
mod saved_report;
mod saved_view;
mod segment;
mod segment_event;
mod segment_member;
mod sequence;
mod sight;
mod sla_alert;
mod snapshot;
mod stage;
mod submission;
mod subscription;
mod subscription_item;
mod task;
mod ticket;
mod ticket_event;
mod touch;
mod visitor_link;

pub use account::Account;
pub use activity::Activity;
pub use assignment::Assignment;
pub use contact::Contact;
pub use deal::Deal;
pub(crate) use declare::{CONSENT, DO_NOT_CALL, consent_of};
pub use declare::{Consent, Custom, FieldValue, Record};
pub use distinction::Distinction;
pub use enrichment::Enrichment;
pub use event::Event;
pub use lead::Lead;
pub use note::Note;
pub use routing_turn::RoutingTurn;
pub use row::{Clock, Key, META_FIELDS, Row, RowFacts};
pub(crate) use row::{body_to_json, set_fields};
pub use sight::{Linked, Sight, Why};
pub use submission::Submission;
pub use task::Task;

pub use activity_link::ActivityLink;
pub use adjustment::Adjustment;
pub use approval_rule::ApprovalRule;
pub use attachment::Attachment;
pub use attachment_link::AttachmentLink;
pub use channel::Channel;
pub use consent_event::ConsentEvent;
pub use conversation::Conversation;
pub use counter::Counter;
pub use deal_contact::DealContact;
pub use deal_revision::DealRevision;
pub use deal_split::DealSplit;
use declare::records;
pub use delivery_report::DeliveryReport;
pub use draft::Draft;
pub use draft_event::DraftEvent;
pub use employee::Employee;
pub use enrolment::Enrolment;
pub use exchange_rate::ExchangeRate;
pub use kill_switch::KillSwitch;
pub use leave::Leave;
pub use message::Message;
pub use outbox_item::OutboxItem;
pub use pipeline::Pipeline;
pub use quota::Quota;
pub use saved_report::SavedReport;
pub use saved_view::SavedView;
pub use sequence::Sequence;
pub use sla_alert::SlaAlert;
pub use snapshot::Snapshot;
pub use stage::Stage;
pub use ticket::Ticket;
pub use ticket_event::TicketEvent;

pub use campaign::Campaign;
pub use campaign_member::CampaignMember;
pub use expansion_idea::ExpansionIdea;
pub use health_entry::HealthEntry;
pub use health_override::HealthOverride;
pub use learning_progress::LearningProgress;
pub use measurement::Measurement;
pub use payment::Payment;
pub use playbook::Playbook;
pub use playbook_run::PlaybookRun;
pub use playbook_step::PlaybookStep;
pub use quote::Quote;
pub use renewal::Renewal;
pub use segment::Segment;
pub use segment_event::SegmentEvent;
pub use segment_member::SegmentMember;
pub use subscription::Subscription;
pub use subscription_item::SubscriptionItem;
pub use touch::Touch;
pub use visitor_link::VisitorLink;

records! {
    account: Account,
    activity: Activity,
    activity_link: ActivityLink,
    adjustment: Adjustment,
    approval_rule: ApprovalRule,
    assignment: Assignment,
    attachment: Attachment,
    attachment_link: AttachmentLink,
    campaign: Campaign,
    campaign_member: CampaignMember,
    channel: Channel,
    consent_event: ConsentEvent,
    contact: Contact,
    conversation: Conversation,
    counter: Counter,
    deal: Deal,
    deal_contact: DealContact,
    deal_revision: DealRevision,
    deal_split: DealSplit,
    delivery_report: DeliveryReport,
    distinction: Distinction,
    draft: Draft,
    draft_event: DraftEvent,
    employee: Employee,
    enrichment: Enrichment,
    enrolment: Enrolment,
    event: Event,
    exchange_rate: ExchangeRate,
    expansion_idea: ExpansionIdea,
    health_entry: HealthEntry,
    health_override: HealthOverride,
    kill_switch: KillSwitch,
    lead: Lead,
    learning_progress: LearningProgress,
    leave: Leave,
    measurement: Measurement,
    message: Message,
    note: Note,
    outbox_item: OutboxItem,
    payment: Payment,
    pipeline: Pipeline,
    playbook: Playbook,
    playbook_run: PlaybookRun,
    playbook_step: PlaybookStep,
    quota: Quota,
    quote: Quote,
    renewal: Renewal,
    routing_turn: RoutingTurn,
    saved_report: SavedReport,
    saved_view: SavedView,
    segment: Segment,
    segment_event: SegmentEvent,
    segment_member: SegmentMember,
    sequence: Sequence,
    sla_alert: SlaAlert,
    snapshot: Snapshot,
    stage: Stage,
    submission: Submission,
    subscription: Subscription,
    subscription_item: SubscriptionItem,
    task: Task,
    ticket: Ticket,
    ticket_event: TicketEvent,
    touch: Touch,
    visitor_link: VisitorLink,
}
