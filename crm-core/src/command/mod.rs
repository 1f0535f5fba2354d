//! What may happen: every change of a record is a command, plain data that decides on a snapshot.
//!
//! A command stages changes in its [`Cx`] and gives a typed output; it does no I/O. `create`, `patch`, `archive`,
//! `restore` and `import` exist once, generic over the record. This file holds the list that maps the names in JSON
//! to the types; adding a command is a line here and a file beside it.

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
mod compose;
mod consent_erase;
mod consent_facts;
mod consent_person;
mod consent_record;
mod consent_said;
mod consent_state;
mod context;
mod convert;
mod cover;
mod create;
mod deal_move;
mod deal_state;
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
pub(crate) use stored_risk::risk_of;
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
use crate::kernel::field::nearest;
use crate::model::{
    Account, Activity, Campaign, CampaignMember, Contact, Conversation, Deal, DealContact, Distinction, Draft,
    Employee, Event, ExpansionIdea, Lead, LearningProgress, Leave, Measurement, Note, Payment, Quote, SavedReport,
    SavedView, Submission, Subscription, SubscriptionItem, Task, Ticket,
};
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

macro_rules! commands {
    ($($name:literal => $type:ty,)*) => {
        /// The name of every command.
        pub const NAMES: &[&str] = &[$($name,)*];

        /// What the command of a name does, for permissions.
        pub fn verb_of(name: &str) -> Option<Verb> {
            match name {
                $($name => Some(<$type as Command>::VERB),)*
                _ => None,
            }
        }

        /// The command of a name, read from its body.
        ///
        /// # Errors
        /// [`Problem::UnknownCommand`] with the nearest name, and what the command's body gets wrong.
        pub fn parse(name: &str, body: &Json, rules: &Rules) -> Result<Box<dyn AnyCommand>> {
            match name {
                $($name => <$type as Command>::from_json(body, rules).map(|c| Box::new(c) as Box<dyn AnyCommand>),)*
                _ => Err(Problem::UnknownCommand {
                    found: crate::kernel::text::shortened(name, 60),
                    nearest: nearest(name, NAMES.iter().copied()).map(Into::into),
                }
                .into()),
            }
        }

        #[cfg(test)]
        mod tests {
            use super::*;

            #[test]
            fn the_list_has_every_command_under_its_own_name() {
                $(assert_eq!(<$type as Command>::name(), $name);)*
                assert!(NAMES.is_sorted());
            }
        }
    };
}

commands! {
    "account.archive" => Archive<Account>,
    "account.create" => Create<Account>,
    "account.import" => Import<Account>,
    "account.patch" => Patch<Account>,
    "account.rekey" => Rekey<Account>,
    "account.restore" => Restore<Account>,
    "activity.archive" => Archive<Activity>,
    "activity.create" => Create<Activity>,
    "activity.import" => Import<Activity>,
    "activity.link" => LinkActivity,
    "activity.log" => LogActivity,
    "activity.patch" => Revise<Activity>,
    "activity.restore" => Restore<Activity>,
    "activity.unlink" => UnlinkActivity,
    "adjustment.revoke" => RevokeAdjustment,
    "adjustment.set" => SetAdjustment,
    "approval_rule.create" => CreateApprovalRule,
    "approval_rule.disable" => DisableApprovalRule,
    "approval_rule.enable" => EnableApprovalRule,
    "approval_rule.patch" => PatchApprovalRule,
    "attachment.create" => CreateAttachment,
    "attachment.link" => LinkAttachment,
    "attachment.reap" => ReapAttachment,
    "attachment.unlink" => UnlinkAttachment,
    "campaign.archive" => Archive<Campaign>,
    "campaign.create" => Create<Campaign>,
    "campaign.import" => Import<Campaign>,
    "campaign.patch" => Patch<Campaign>,
    "campaign.restore" => Restore<Campaign>,
    "campaign_member.archive" => Archive<CampaignMember>,
    "campaign_member.create" => Create<CampaignMember>,
    "campaign_member.patch" => Patch<CampaignMember>,
    "campaign_member.restore" => Restore<CampaignMember>,
    "channel.connect" => ConnectChannel,
    "channel.disconnect" => DisconnectChannel,
    "channel.patch" => PatchChannel,
    "consent.erase" => EraseConsent,
    "consent.record" => RecordConsent,
    "consent.withdraw" => WithdrawConsent,
    "contact.archive" => Archive<Contact>,
    "contact.create" => Create<Contact>,
    "contact.import" => Import<Contact>,
    "contact.patch" => Patch<Contact>,
    "contact.rekey" => Rekey<Contact>,
    "contact.restore" => Restore<Contact>,
    "conversation.archive" => Archive<Conversation>,
    "conversation.assign" => AssignConversation,
    "deal.archive" => Archive<Deal>,
    "deal.create" => Create<Deal>,
    "deal.import" => Import<Deal>,
    "deal.lose" => LoseDeal,
    "deal.move" => MoveDeal,
    "deal.patch" => Patch<Deal>,
    "deal.reopen" => ReopenDeal,
    "deal.restore" => Restore<Deal>,
    "deal.split" => SplitDeal,
    "deal.win" => WinDeal,
    "deal_contact.archive" => Archive<DealContact>,
    "deal_contact.create" => Create<DealContact>,
    "deal_contact.import" => Import<DealContact>,
    "deal_contact.patch" => Patch<DealContact>,
    "deal_contact.restore" => Restore<DealContact>,
    "distinction.archive" => Archive<Distinction>,
    "draft.approve" => ApproveDraft,
    "draft.approve_all" => ApproveDrafts,
    "draft.archive" => Archive<Draft>,
    "draft.cancel" => CancelDraft,
    "draft.compose" => ComposeDraft,
    "draft.patch" => Revise<Draft>,
    "draft.peer_check" => PeerCheckDraft,
    "draft.propose" => ProposeCommand,
    "draft.reject" => RejectDraft,
    "draft.request_changes" => RequestChanges,
    "draft.restore" => Restore<Draft>,
    "draft.retry" => RetryDraft,
    "draft.submit" => SubmitDraft,
    "employee.archive" => ArchiveEmployee,
    "employee.create" => Create<Employee>,
    "employee.hand_over" => HandOver,
    "employee.import" => Import<Employee>,
    "employee.patch" => Patch<Employee>,
    "employee.restore" => Restore<Employee>,
    "enrolment.advance" => AdvanceEnrolments,
    "enrolment.enrol" => EnrolRecords,
    "enrolment.migrate" => MigrateEnrolments,
    "enrolment.nurture" => Nurture,
    "enrolment.pause" => PauseEnrolment,
    "enrolment.remove" => RemoveEnrolment,
    "enrolment.resume" => ResumeEnrolment,
    "event.archive" => Archive<Event>,
    "event.create" => Create<Event>,
    "event.import" => Import<Event>,
    "exchange_rate.set" => SetExchangeRates,
    "expansion.tick" => TickExpansion,
    "expansion_idea.archive" => Archive<ExpansionIdea>,
    "expansion_idea.convert" => ConvertIdea,
    "expansion_idea.create" => Create<ExpansionIdea>,
    "expansion_idea.drop" => DropIdea,
    "expansion_idea.patch" => Patch<ExpansionIdea>,
    "expansion_idea.qualify" => QualifyIdea,
    "expansion_idea.restore" => Restore<ExpansionIdea>,
    "health.override" => OverrideHealth,
    "health.override_revoke" => RevokeHealthOverride,
    "health.recalculate" => RecalculateHealth,
    "kill_switch.resume" => ResumeEverything,
    "kill_switch.stop" => StopEverything,
    "lead.archive" => Archive<Lead>,
    "lead.convert" => ConvertLead,
    "lead.create" => Create<Lead>,
    "lead.distinguish" => Distinguish,
    "lead.enrich" => EnrichLead,
    "lead.import" => Import<Lead>,
    "lead.merge" => MergeLeads,
    "lead.patch" => Patch<Lead>,
    "lead.rekey" => Rekey<Lead>,
    "lead.restore" => Restore<Lead>,
    "lead.route" => RouteLeads,
    "lead.score" => ScoreLeads,
    "lead.unconvert" => Undo<ConvertLead>,
    "lead.unmerge" => Undo<MergeLeads>,
    "learning_progress.archive" => Archive<LearningProgress>,
    "learning_progress.create" => Create<LearningProgress>,
    "learning_progress.import" => Import<LearningProgress>,
    "learning_progress.patch" => Patch<LearningProgress>,
    "learning_progress.restore" => Restore<LearningProgress>,
    "leave.cancel" => CancelLeave,
    "leave.import" => Import<Leave>,
    "leave.patch" => PatchLeave,
    "leave.set" => SetLeave,
    "measurement.import" => Import<Measurement>,
    "measurement.record" => RecordMeasurement,
    "message.receive" => ReceiveReply,
    "message.report" => ReportDelivery,
    "note.add" => AddNote,
    "note.archive" => Archive<Note>,
    "note.create" => Create<Note>,
    "note.import" => Import<Note>,
    "note.patch" => Patch<Note>,
    "note.restore" => Restore<Note>,
    "onboarding.suggest" => SuggestOnboarding,
    "outbox.reconcile" => ReconcileParcel,
    "outbox.settle" => SettleParcel,
    "outbox.start" => StartParcel,
    "outbox.tick" => TickOutbox,
    "payment.archive" => Archive<Payment>,
    "payment.create" => Create<Payment>,
    "payment.import" => Import<Payment>,
    "payment.patch" => Patch<Payment>,
    "payment.restore" => Restore<Payment>,
    "pipeline.create" => CreatePipeline,
    "pipeline.delete" => DeletePipeline,
    "pipeline.edit" => EditPipeline,
    "pipeline.move_deals" => MoveDeals,
    "playbook.activate" => ActivatePlaybook,
    "playbook.create" => CreatePlaybook,
    "playbook.deactivate" => DeactivatePlaybook,
    "playbook.edit" => EditPlaybook,
    "playbook_run.cancel" => CancelRun,
    "playbook_run.migrate" => MigrateRun,
    "playbook_run.move_anchor" => MoveAnchors,
    "playbook_run.start" => StartPlaybook,
    "playbook_step.assign" => AssignStep,
    "playbook_step.complete" => CompleteStep,
    "playbook_step.reopen" => ReopenStep,
    "playbook_step.skip" => SkipStep,
    "quota.set" => SetQuota,
    "quote.accept" => AcceptQuote,
    "quote.archive" => PutAway<Archive<Quote>>,
    "quote.cancel" => CancelQuote,
    "quote.create" => CreateQuote,
    "quote.decline" => DeclineQuote,
    "quote.edit" => EditQuote,
    "quote.issue" => IssueQuote,
    "quote.restore" => PutAway<Restore<Quote>>,
    "quote.revise" => ReviseQuote,
    "quote.send" => SendQuote,
    "renewal.close" => CloseRenewal,
    "renewal.notice" => RenewalNotice,
    "renewal.notice_sent" => RenewalNoticeSent,
    "renewal.open_deal" => OpenRenewalDeal,
    "renewal.tick" => TickRenewals,
    "report.export" => ExportTable,
    "saved_report.archive" => ByOwner<Archive<SavedReport>>,
    "saved_report.create" => Keep<SavedReport>,
    "saved_report.patch" => Rework<SavedReport>,
    "saved_report.restore" => ByOwner<Restore<SavedReport>>,
    "saved_view.archive" => ByOwner<Archive<SavedView>>,
    "saved_view.create" => Keep<SavedView>,
    "saved_view.patch" => Rework<SavedView>,
    "saved_view.restore" => ByOwner<Restore<SavedView>>,
    "segment.archive" => ArchiveSegment,
    "segment.create" => CreateSegment,
    "segment.edit" => EditSegment,
    "segment.pin_in" => PinRecords<PinIn>,
    "segment.pin_out" => PinRecords<PinOut>,
    "segment.refresh" => RefreshSegment,
    "segment.restore" => RestoreSegment,
    "segment.unpin" => PinRecords<Unpin>,
    "sequence.activate" => ActivateSequence,
    "sequence.create" => CreateSequence,
    "sequence.edit" => EditSequence,
    "sequence.pause" => PauseSequence,
    "snapshot.take" => TakeSnapshot,
    "stage.create" => CreateStage,
    "stage.delete" => DeleteStage,
    "stage.edit" => EditStage,
    "stage.merge" => MergeStages,
    "submission.archive" => Archive<Submission>,
    "submission.create" => Create<Submission>,
    "submission.import" => Import<Submission>,
    "subscription.archive" => Archive<Subscription>,
    "subscription.cancel" => CancelSubscription,
    "subscription.create" => Create<Subscription>,
    "subscription.import" => Import<Subscription>,
    "subscription.patch" => Patch<Subscription>,
    "subscription.pause" => PauseSubscription,
    "subscription.restore" => Restore<Subscription>,
    "subscription.resume" => ResumeSubscription,
    "subscription_item.archive" => Archive<SubscriptionItem>,
    "subscription_item.change" => ChangeItem,
    "subscription_item.create" => Create<SubscriptionItem>,
    "subscription_item.import" => Import<SubscriptionItem>,
    "subscription_item.patch" => Patch<SubscriptionItem>,
    "subscription_item.restore" => Restore<SubscriptionItem>,
    "suggestion.hold" => HoldSuggestion,
    "task.archive" => Archive<Task>,
    "task.assign" => AssignTask,
    "task.complete" => CompleteTask,
    "task.create" => Create<Task>,
    "task.import" => Import<Task>,
    "task.patch" => Patch<Task>,
    "task.reopen" => ReopenTask,
    "task.restore" => Restore<Task>,
    "task.snooze" => SnoozeTask,
    "ticket.archive" => Archive<Ticket>,
    "ticket.assign" => AssignTicket,
    "ticket.close" => CloseTicket,
    "ticket.comment" => CommentTicket,
    "ticket.create" => Create<Ticket>,
    "ticket.import" => Import<Ticket>,
    "ticket.merge" => MergeTickets,
    "ticket.patch" => Patch<Ticket>,
    "ticket.reapply" => ReapplySla,
    "ticket.receive" => ReceiveMessage,
    "ticket.reopen" => ReopenTicket,
    "ticket.reply" => RecordReply,
    "ticket.resolve" => ResolveTicket,
    "ticket.restore" => Restore<Ticket>,
    "ticket.tick" => TickTickets,
    "ticket.unmerge" => Undo<MergeTickets>,
    "touch.import" => ImportTouches,
    "touch.record" => RecordTouch,
    "visitor.link" => LinkVisitor,
}
