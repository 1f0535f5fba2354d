//! What may happen: every change of a record is a command, plain data that decides on a snapshot.
//!
//! A command stages changes in its [`Cx`] and gives a typed output; it does no I/O. `create`, `patch`, `archive`,
//! `restore` and `import` exist once, generic over the record. `list.rs` maps the names in JSON
//! to the types; adding a command is a line there and a file beside it.

mod activity_links;
mod actor;
mod adjust;
mod advance;
mod approval_policy;
mod approval_rule;
mod archive_employee;
mod attach;
mod body;
mod book;
mod channel;
mod children;
mod compose;
mod consent_contract;
mod consent_erase;
mod consent_facts;
mod consent_person;
mod consent_place;
mod consent_record;
mod consent_said;
mod consent_signs;
mod consent_state;
mod context;
mod convert;
mod cover;
mod create;
mod deal_move;
mod deal_state;
mod definitions;
mod distinguish;
mod draft_approve;
mod draft_carry_out;
mod draft_propose;
mod draft_refusal;
mod draft_shown;
mod draft_state;
mod draft_steps;
mod draft_submit;
mod employee_state;
mod enrich;
mod enrol;
mod enrolment_effects;
mod enrolment_facts;
mod enrolment_hooks;
mod enrolment_state;
mod enrolment_steps;
mod exchange_rate;
mod expansion_steps;
mod expansion_tick;
mod export;
mod gate;
mod hand_over;
mod health_facts;
mod health_override;
mod health_recalculate;

mod impact;
mod import;
mod kill_switch;
mod last_touch;
mod leave;
mod leave_impact;
mod limited;
mod linkage;
mod links;
mod list;
mod log_activity;
mod measurement;
mod merge;
mod migrate_enrolments;
mod next_facts;
mod nurture;
mod onboarding;
mod onboarding_suggest;
mod open_work;
mod outbox_settle;
mod outbox_start;
mod outbox_tick;
mod past;
mod patch;
mod pipeline_edit;
mod pipelines;
mod playbook_edit;
mod playbook_hooks;
mod playbook_run;
mod playbook_start;
mod playbook_state;
mod playbook_step;
mod playbooks;
mod quick_note;
mod quota;
mod quote_answer;
mod quote_end;
mod quote_issue;
mod quote_now;
mod quote_number;
mod quote_primary;
mod quote_put_away;
mod quote_recall;
mod quote_send;
mod quote_state;
mod quote_terms;
mod quote_write;
mod redirect;
mod rekey;
mod release;
mod renewal_steps;
mod renewal_tick;
mod retire;
mod revise;
mod route;
mod saved;
mod score;
mod segment_edit;
mod segment_pin;
mod segment_refresh;
mod segment_state;
mod segment_uses;
mod segments;
mod sequence_edit;
mod sequences;
mod similar;
mod snapshot;
mod split;
mod stage_edit;
mod stage_merge;
mod step;
mod stored_risk;
mod subscription_state;
mod subscription_steps;
mod suggestion_hold;
mod talk;
mod targets;
mod task_state;
mod task_steps;
mod team;
mod template_use;
mod ticket_history;
mod ticket_merge;
mod ticket_message;
mod ticket_move;
mod ticket_reapply;
mod ticket_state;
mod ticket_tick;
mod ticket_told;
mod touch_record;
mod touch_trail;
mod undo;

use std::borrow::Cow;

pub use crate::kernel::permission::{Verb, allowed, permission_table};
pub use crate::kernel::role::Role;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

pub use activity_links::{LinkActivity, Linked, UnlinkActivity};
pub use actor::{Actor, Ctx};
pub use adjust::{AdjustmentLayer, RevokeAdjustment, SetAdjustment};
pub use advance::{AdvanceEnrolments, Advanced};
pub(crate) use advance::{MOST_ADVANCED, enrolments_due};
pub(crate) use approval_policy::{Counted, preview, rules_of};
pub use approval_rule::{CreateApprovalRule, DisableApprovalRule, EnableApprovalRule, PatchApprovalRule, SwitchedRule};
pub(crate) use approval_rule::{rule_of, sound as sound_rule};
pub use archive_employee::{ArchiveEmployee, ArchivedEmployee};
pub use attach::{Attached, CreateAttachment, LinkAttachment, ReapAttachment, UnlinkAttachment};
pub(crate) use book::{Book, adjustments, people, quotas, rates};
pub use channel::{ConnectChannel, DisconnectChannel, PatchChannel};
pub(crate) use channel::{channel_key, channel_of};
pub(crate) use children::Children;
pub use compose::{ComposeDraft, Composed};
pub use consent_erase::{EraseConsent, Erased};
pub(crate) use consent_facts::{ContactPlan, facts_of, last_sign_of, ledger_of, stored_consent};
pub(crate) use consent_person::{Kept, Person, addresses_of};
pub use consent_record::{ConsentRecorded, RecordConsent, Speaker, WithdrawConsent, WithdrawnBy};
pub use context::Cx;
pub use convert::{ConvertLead, ConvertStatus, Converted};
pub(crate) use cover::Bench;
pub(crate) use create::record_from_json;
pub use create::{Create, Saved};
pub use deal_move::{LoseDeal, MoveDeal, ReopenDeal, Step, WinDeal};
pub use distinguish::Distinguish;
pub use draft_approve::{ApproveDraft, ApproveDrafts, ApprovedDraft, ApprovedDrafts};
pub(crate) use draft_carry_out::decide_any;
pub use draft_propose::{ProposeCommand, Proposed, is_held, is_proposable};
pub(crate) use draft_refusal::RefusedDecision;
pub(crate) use draft_shown::Shown;
pub(crate) use draft_state::{content_of, decider_of, draft_of, proposal_of};
pub use draft_steps::{
    CancelDraft, DraftSeen, DraftStep, PeerCheckDraft, RejectDraft, RequestChanges, RetryDraft, SubmitDraft,
};
pub use enrich::{EnrichLead, Enriched};
pub use enrol::{EnrolRecords, EnrolledRecord, EnrolledRecords};
pub(crate) use enrolment_facts::subject_key;
pub(crate) use enrolment_state::{enrolment_of, state_of};
pub use enrolment_steps::{EnrolmentNow, PauseEnrolment, RemoveEnrolment, ResumeEnrolment};
pub use exchange_rate::{GivenRate, Recorded, SetExchangeRates};
pub use expansion_steps::{ConvertIdea, DropIdea, QualifyIdea};
pub use expansion_tick::{ExpansionTicked, TickExpansion};
pub(crate) use expansion_tick::{MOST_CUSTOMERS, customers};
pub(crate) use export::MOST_EXPORTED;
pub use export::{ExportTable, Exported};
pub(crate) use gate::Gate;
pub use hand_over::{HandOver, HandOverPlan, HandOvers, HandedOver, Heir};
pub(crate) use hand_over::{MOST_HANDED, Proposal, proposals};
pub(crate) use health_facts::{Look, health_facts};
pub(crate) use health_override::override_of;
pub use health_override::{OverrideHealth, RevokeHealthOverride, RevokedOverride};
pub(crate) use health_recalculate::{MOST_ACCOUNTS, entries_of, entry_of, model_of};
pub use health_recalculate::{RecalculateHealth, Recalculated, RecalculatedAccount};
pub(crate) use impact::PipelineEdit;
pub use impact::{Impact, Place, Weighed};
pub use import::{Import, ImportRow, Imported, OnExisting, Rejected};
pub use kill_switch::{ResumeEverything, StopEverything, Switched};
pub(crate) use kill_switch::{switch_key, switch_of};
pub(crate) use last_touch::{TouchBy, last_touch};
pub(crate) use leave::leave_of;
pub use leave::{CancelLeave, LeaveSet, PatchLeave, SetLeave};
pub(crate) use leave_impact::leave_impact;
pub(crate) use limited::Limited;
pub(crate) use linkage::links_of_activity;
pub(crate) use links::links_to;
pub use list::{NAMES, parse, verb_of};
pub use log_activity::{LogActivity, LogStatus, Logged};
pub use measurement::RecordMeasurement;
pub use merge::{MergeLeads, Merged, Moved};
pub use migrate_enrolments::{MigrateEnrolments, MigratedEnrolment, MigratedEnrolments};
pub(crate) use next_facts::{held_draft, is_open, suggested, told_by_host};
pub use nurture::{Nurture, NurtureDone};
pub(crate) use onboarding::onboarding;
pub use onboarding_suggest::{SuggestOnboarding, SuggestedOnboarding, SuggestedPart};
pub(crate) use open_work::{asked, duty_counts, kind_of, open_counts, some_rows};
pub use outbox_settle::{ReconcileParcel, SettleParcel, Settled};
pub(crate) use outbox_start::item_of;
pub use outbox_start::{Outgoing, StartParcel, Started};
pub use outbox_tick::{OutboxTicked, TickOutbox};
pub(crate) use outbox_tick::{expiries, leases};
pub(crate) use past::Past;
pub use patch::Patch;
pub use pipeline_edit::{Configured, CreatePipeline, DeletePipeline, EditPipeline};
pub(crate) use pipelines::load as load_pipelines;
pub use pipelines::pipelines_of;
pub use playbook_edit::{ActivatePlaybook, CreatePlaybook, DeactivatePlaybook, EditPlaybook, PlaybookSaved};
pub use playbook_run::{CancelRun, MigrateRun, MoveAnchors, RunNow};
pub(crate) use playbook_run::{migration, replanned, token as plan_token};
pub use playbook_start::{PlaybookStarted, StartPlaybook};
pub(crate) use playbook_state::{Run, anchors_of, run_of, state_of as step_state};
pub use playbook_step::{AssignStep, CompleteStep, ReopenStep, SkipStep, StepNow};
pub(crate) use playbooks::{all_playbooks, playbook_of, playbook_row};
pub use quick_note::AddNote;
pub use quota::SetQuota;
pub use quote_answer::{AcceptQuote, AcceptedQuote, Chosen, WinProposed};
pub use quote_end::{CancelQuote, DeclineQuote};
pub use quote_issue::IssueQuote;
pub use quote_now::QuoteNow;
pub use quote_primary::{DealValue, ValueOutcome};
pub use quote_put_away::PutAway;
pub use quote_send::{QuoteSending, SendQuote};
pub(crate) use quote_state::{quote_of, revision_of, standing_of};
pub(crate) use quote_terms::{stored_terms, whole_terms};
pub use quote_write::{CreateQuote, EditQuote, ReviseQuote};
pub(crate) use redirect::follow;
pub(crate) use rekey::MOST_RECORDS;
pub use rekey::{Rekey, Rekeyed};
pub(crate) use release::left_since;
pub use renewal_steps::{CloseRenewal, OpenRenewalDeal, RenewalNotice, RenewalNoticeSent};
pub(crate) use renewal_tick::{MOST_LOOKED_AT, is_closed as is_closed_renewal, renewals_due};
pub use renewal_tick::{RenewalsTicked, TickRenewals};
pub use retire::{Archive, Restore};
pub use revise::{Revise, Sound};
pub(crate) use route::{Desk, MOST_ROUTED};
pub use route::{RouteLeads, Routed, RoutedLead};
pub use saved::{ByOwner, Keep, Keeps, Parts, Rework, Said};
pub(crate) use score::{MOST_LEADS, Seen, events_of};
pub use score::{ScoreLeads, Scored};
pub use segment_edit::{ArchiveSegment, CreateSegment, EditSegment, RestoreSegment, SegmentSaid, SegmentSaved};
pub use segment_pin::{PinIn, PinOut, PinRecords, Pinned, Says, Unpin};
pub(crate) use segment_refresh::MOST_REFRESHED;
pub use segment_refresh::{RefreshSegment, Refreshed};
pub(crate) use segments::{Shelf, each as each_row, member_of, ruled as ruled_segment, segment_of};
pub use sequence_edit::{ActivateSequence, CreateSequence, EditSequence, PauseSequence, SequenceSaved};
pub(crate) use sequences::{compiled as compiled_sequence, sequence_of, sequence_row};
pub use similar::{Candidate, Similar};
pub(crate) use similar::{distinctions, in_play, similar, similar_to_new};
pub use snapshot::{TakeSnapshot, Taken};
pub(crate) use snapshot::{digests, rates_json};
pub use split::{Split, SplitDeal};
pub use stage_edit::{Beside, CreateStage, DeleteStage, EditStage};
pub use stage_merge::{MergeStages, MoveDeals, MovedDeals};
pub(crate) use stored_risk::StoredRisk;
pub(crate) use subscription_state::{contract_of, day_of, notice_of, renewal_of, sold_of, subscription_of, terms_of};
pub use subscription_steps::{CancelSubscription, ChangeItem, PauseSubscription, ResumeSubscription};
pub use suggestion_hold::{HeldSuggestion, HoldSuggestion};
pub use talk::{AssignConversation, ReceiveReply, Received, ReportDelivery, Reported};
pub(crate) use targets::{Targets, context_of, rows_of};
pub(crate) use task_state::{due_of, task_of};
pub use task_steps::{AssignTask, CompleteTask, CompletedTask, ReopenTask, SnoozeTask, TaskSeen};
pub(crate) use team::{Job, candidates, days_of, employee, employee_of, leaves_of, person};
pub use template_use::TemplateUse;
pub(crate) use template_use::{around, language_of};
pub use ticket_merge::{MergeTickets, MergedTickets};
pub use ticket_message::{CommentTicket, MessageLogged, ReceiveMessage, RecordReply};
pub use ticket_move::{AssignTicket, CloseTicket, ReopenTicket, ResolveTicket, TicketStep};
pub(crate) use ticket_reapply::{MOST_REAPPLIED, reapplied};
pub use ticket_reapply::{Reapplied, ReapplySla};
pub(crate) use ticket_state::{clocks_of, open_states, ticket_of};
pub(crate) use ticket_tick::{MOST_TICKED, tickets_due};
pub use ticket_tick::{TickTickets, Ticked};
pub use touch_record::{ImportTouches, LinkVisitor, RecordTouch, WrittenOnce};
pub(crate) use touch_trail::{People, Trail, found, pointing};
pub use undo::{FormerClocks, Undo, Undoable, Undone};

use crate::kernel::error::{Problem, Result};
use crate::rules::Rules;

/// A change that somebody asks for.
pub trait Command: Send + Sync + Sized + 'static {
    /// What the command answers.
    type Output: Serialize + DeserializeOwned;
    /// What it does, for permissions.
    const VERB: Verb;
    /// Its name in JSON, for example `lead.create`.
    fn name() -> Cow<'static, str>;
    /// Its body as JSON, as the trail keeps it.
    fn to_json(&self) -> Json;
    /// Reads its body.
    ///
    /// # Errors
    /// Unknown options and values that do not fit, with their path.
    fn from_json(body: &Json, rules: &Rules) -> Result<Self>;
    /// Decides on a snapshot and stages the changes.
    ///
    /// # Errors
    /// Why it cannot be done. Nothing is changed then.
    fn decide(&self, cx: &mut Cx<'_>) -> Result<Self::Output>;
    /// The table that it takes out, if it does: the engine asks for it and hands it over.
    fn table(&self) -> Option<&ExportTable> {
        None
    }
}

/// A command of any type, as the engine and the doors carry it.
pub trait AnyCommand: Send + Sync {
    /// Its name in JSON.
    fn name(&self) -> Cow<'static, str>;
    /// What it does, for permissions.
    fn verb(&self) -> Verb;
    /// Its body as JSON.
    fn to_json(&self) -> Json;
    /// Decides, with the output as JSON.
    ///
    /// # Errors
    /// As [`Command::decide`].
    fn decide(&self, cx: &mut Cx<'_>) -> Result<Json>;
    /// As [`Command::table`].
    fn table(&self) -> Option<&ExportTable> {
        None
    }
}

impl<C: Command> AnyCommand for C {
    fn table(&self) -> Option<&ExportTable> {
        C::table(self)
    }
    fn name(&self) -> Cow<'static, str> {
        C::name()
    }
    fn verb(&self) -> Verb {
        C::VERB
    }
    fn to_json(&self) -> Json {
        Command::to_json(self)
    }
    fn decide(&self, cx: &mut Cx<'_>) -> Result<Json> {
        let output = Command::decide(self, cx)?;
        serde_json::to_value(output).map_err(|e| Problem::Storage { detail: e.to_string() }.into())
    }
}
