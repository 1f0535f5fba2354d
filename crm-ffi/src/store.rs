//! Opening a CRM, and carrying its commands, plans and questions as JSON.

#![allow(unsafe_code, reason = "the door: C's pointers come in here")]

use std::ffi::c_char;

use crm_core::kernel::json;
use crm_core::rules::Rules;
use crm_core::store::{MemoryStore, Store};
use crm_core::{Crm, Result};
use crm_sqlite::SqliteStore;

use crate::boundary::{guard, guard_quietly};
use crate::handle::{self, AnyCrm, crm_error, crm_rules, crm_t};
use crate::output::Out;
use crate::rules::standard;
use crate::status::crm_status;
use crate::text::{self, crm_string};

/// Opens the CRM that is kept in the SQLite file `path`, and makes the file if it is not there.
///
/// `rules` may be NULL: the standard rules. They may be freed once the CRM is open. Close the CRM with `crm_close`.
/// Any thread may call this; several processes may open one file.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_open(
    path: *const c_char,
    path_length: usize,
    rules: *const crm_rules,
    crm: *mut *mut crm_t,
    error: *mut *mut crm_error,
) -> crm_status {
    let body = || {
        // SAFETY: each pointer is NULL or what the header says.
        let (crm, path) = unsafe { (Out::new(crm, "crm")?, text::path(path, path_length, "path")?) };
        let rules = rules_or_standard(rules)?;
        let store: Box<dyn Store> = Box::new(SqliteStore::open(path)?);
        crm.put(handle::open(Crm::new(store, rules))?);
        Ok(())
    };
    // SAFETY: `error` is NULL or what the header says.
    unsafe { guard(error, body) }
}

/// Opens an empty CRM that is kept in memory and gone when it is closed.
///
/// `rules` as for `crm_open`. Close the CRM with `crm_close`. Any thread may call this.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_open_memory(
    rules: *const crm_rules,
    crm: *mut *mut crm_t,
    error: *mut *mut crm_error,
) -> crm_status {
    let body = || {
        // SAFETY: NULL or what the header says.
        let crm = unsafe { Out::new(crm, "crm") }?;
        let rules = rules_or_standard(rules)?;
        let store: Box<dyn Store> = Box::new(MemoryStore::new());
        crm.put(handle::open(Crm::new(store, rules))?);
        Ok(())
    };
    // SAFETY: `error` is NULL or what the header says.
    unsafe { guard(error, body) }
}

/// Closes a CRM. What was acknowledged is kept in its file.
///
/// `CRM_INVALID_HANDLE` when there is nothing to close: NULL, closed already, or no CRM; closing twice is harmless. Any
/// thread may call this; calls that are under way in other threads go on, later ones are refused, and the file is
/// closed when the last of them returns.
#[unsafe(no_mangle)]
pub extern "C" fn crm_close(crm: *mut crm_t) -> crm_status {
    guard_quietly(|| {
        drop(handle::close::<AnyCrm>(crm, "crm")?);
        Ok(())
    })
}

/// Carries out a command, durably, and gives its answer:
///
///     {"command": "lead.create", "id": "0192f0c1-2f6a-7c3e-8a55-4d0c9b1e7a10", "workspace": "acme",
///      "actor": {"name": "marie", "role": "member"}, "at": "2026-11-22T09:00:00Z",
///      "body": {"fields": {"company": "Rénov'Ouest"}}}
///
/// `id` is yours and names the command: repeating it gives the first answer, and nothing happens twice. `at` is the
/// time for which it is decided; the library reads no clock. `CRM_OK` says that it was taken; `status` in the answer
/// whether it is `done` or `held`: what an agent may only propose is a draft then (`draft`, `revision`,
/// `content_hash`), nothing of it is done, and `draft.approve` by somebody who may carries it out.
///
/// The commands, by what they are about (`lead.create`, `lead.patch` ...):
///
///     account            archive, create, import, patch, rekey, restore
///     activity           archive, create, import, link, log, patch, restore, unlink
///     adjustment         revoke, set
///     approval_rule      create, disable, enable, patch
///     attachment         create, link, reap, unlink
///     campaign           archive, create, import, patch, restore
///     campaign_member    archive, create, patch, restore
///     channel            connect, disconnect, patch
///     consent            erase, record, withdraw
///     contact            archive, create, import, patch, rekey, restore
///     conversation       archive, assign
///     deal               archive, create, import, lose, move, patch, reopen, restore, split, win
///     deal_contact       archive, create, import, patch, restore
///     distinction        archive
///     draft              approve, approve_all, archive, cancel, compose, patch, peer_check, propose, reject,
///                        request_changes, restore, retry, submit
///     employee           archive, create, hand_over, import, patch, restore
///     enrolment          advance, enrol, migrate, nurture, pause, remove, resume
///     event              archive, create, import
///     exchange_rate      set
///     expansion          tick
///     expansion_idea     archive, convert, create, drop, patch, qualify, restore
///     health             override, override_revoke, recalculate
///     kill_switch        resume, stop
///     lead               archive, convert, create, distinguish, enrich, import, merge, patch, rekey, restore, route,
///                        score, unconvert, unmerge
///     learning_progress  archive, create, import, patch, restore
///     leave              cancel, import, patch, set
///     measurement        import, record
///     message            receive, report
///     note               add, archive, create, import, patch, restore
///     onboarding         suggest
///     outbox             reconcile, settle, start, tick
///     payment            archive, create, import, patch, restore
///     pipeline           create, delete, edit, move_deals
///     playbook           activate, create, deactivate, edit
///     playbook_run       cancel, migrate, move_anchor, start
///     playbook_step      assign, complete, reopen, skip
///     quota              set
///     quote              accept, archive, cancel, create, decline, edit, issue, restore, revise, send
///     renewal            close, notice, notice_sent, open_deal, tick
///     report             export
///     saved_report       archive, create, patch, restore
///     saved_view         archive, create, patch, restore
///     segment            archive, create, edit, pin_in, pin_out, refresh, restore, unpin
///     sequence           activate, create, edit, pause
///     snapshot           take
///     stage              create, delete, edit, merge
///     submission         archive, create, import
///     subscription       archive, cancel, create, import, patch, pause, restore, resume
///     subscription_item  archive, change, create, import, patch, restore
///     suggestion         hold
///     task               archive, assign, complete, create, import, patch, reopen, restore, snooze
///     ticket             archive, assign, close, comment, create, import, merge, patch, reapply, receive, reopen,
///                        reply, resolve, restore, tick, unmerge
///     touch              import, record
///     visitor            link
///
/// To give what was approved to channels, in a loop: ask `crm_query` for `outbox` with `"states": ["queued"]`, then
/// `["blocked"]` (of such a row `crm_plan` of step 1 says first, by `changes`, whether anything would happen), and for
/// each row with `is_due`
///
/// 1. `crm_run` of `outbox.start` with the row's `id` and the `worker`'s name, under an id that no other call has.
///    Where the output's `status` is not `started`, or the answer is `replayed`, go on with the next row: call nobody;
/// 2. call the channel once with the output's `parcel`, under the parcel's `key`, and not after its `not_after`;
/// 3. `crm_run` of `outbox.settle` with the parcel's `id` and `fence` and the `outcome`: `sent` (with the
///    `provider_id`) where the provider took it, `failed` where it is certain that nothing left, `unknown` for
///    everything else. Where this fails, repeat it with the same command id; never repeat step 2.
///
/// Run `outbox.tick` beside it; what it makes `unknown` is for `outbox.reconcile`, after somebody looked. `outbox_next`
/// is the one timer that this needs, and `"dry_run": true` in step 1 says that the parcel is only written down.
///
/// Free `answer` with `crm_string_free`. Threads may share one CRM.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_run(
    crm: *const crm_t,
    command: *const c_char,
    command_length: usize,
    answer: *mut crm_string,
    error: *mut *mut crm_error,
) -> crm_status {
    // SAFETY: the pointers are NULL or what the header says.
    unsafe { ask(crm, (command, command_length, "command"), answer, error, AnyCrm::run_json) }
}

/// What a command would do, without doing it: takes what `crm_run` takes, and answers with every change, row by row.
///
/// Free `answer` with `crm_string_free`. Threads may share one CRM.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_plan(
    crm: *const crm_t,
    command: *const c_char,
    command_length: usize,
    answer: *mut crm_string,
    error: *mut *mut crm_error,
) -> crm_status {
    // SAFETY: the pointers are NULL or what the header says.
    unsafe { ask(crm, (command, command_length, "command"), answer, error, AnyCrm::plan_json) }
}

/// Answers a question from what the actor sees: `workspace`, `actor` and `at` as for a command, and one question. Of
/// any record: `find`, `get`, `history`, `timeline`, `resolve`, `views`, `saved_view`, `can` and `verify`. Of leads:
/// `score`, `duplicates`, `similar`, `merge`, `conversion`, `route` and `routing_lint`. Of deals and money: `deal`,
/// `deals`, `quote`, `quotes`, `board`, `deal_risk`, `deal_risks`, `bands`, `forecast`, `snapshots`, `waterfall`,
/// `pipeline_impact`, `report` and `reports`. Of where customers come from: `attribution`, `campaign` and `campaigns`.
/// Of customers: `customer` (all that is known of one), `health`, `healths`, `health_history`, `subscription`,
/// `subscriptions`, `payments`, `renewals`, `expansion`, `mrr` and `revenue_retention`; of how they are helped to
/// begin: `playbook`, `playbooks`, `playbook_run`, `playbook_runs`, `playbook_migration`, `replan` and
/// `onboarding_suggestion`. Of segments: `segment`, `segments`, `segment_preview`, `segment_why` and `segments_of`. Of
/// support: `ticket`, `tickets`, `ticket_board`, `sla_next`, `sla_reapply` and `support_volume`. Of the day's work:
/// `dashboard`, `narrative` (the day in a few sentences), `page` (the day as one HTML file), `inbox`, `task`, `tasks`,
/// `activity` and `templates`. Of the team: `employee`, `employees`, `assignment_ranking`, `handover` and
/// `leave_impact`. Of what waits for an OK and what leaves: `library`, `draft`, `attention`, `approval_rules`,
/// `approval_preview`, `outbox`, `outbox_next` and `channels`. Of whom one may write to, and who answers:
/// `may_contact`, `consent`, `retention`, `sequence`, `sequences`, `enrolment`, `enrolments`, `conversation`,
/// `conversations` and `suggestions`. For example:
///
///     {"workspace": "acme", "actor": {"name": "marie", "role": "member"}, "at": "2026-11-22T09:00:00Z",
///      "find": {"record": "lead", "where": {"field": "company", "op": "starts_with", "value": "renov"}}}
///
/// or, in place of `find`, `"score": {"id": "...", "lang": "fr"}`: the score of a stored lead, with the reasons that
/// add up to it. `merge` and `conversion` take the body of `lead.merge` and `lead.convert`, and `lang`: what these would
/// do, and why; `pipeline_impact` does so of an edit of pipelines. What the stored deals come to, for example:
///
///     {"workspace": "acme", "actor": {"name": "anne", "role": "manager"}, "at": "2026-11-22T09:00:00Z",
///      "forecast": {"periods": {"unit": "quarter", "from": "2026-10-01", "to": "2027-01-01"}, "currency": "EUR",
///                   "view": "manager", "lang": "fr"}}
///
/// and what somebody should do next, of all kinds of work in one order, with the reasons:
///
///     {"workspace": "acme", "actor": {"name": "marie", "role": "member"}, "at": "2026-11-22T09:00:00Z",
///      "inbox": {"user": "marie", "zone": "Europe/Paris", "lang": "fr"}}
///
/// Free `answer` with `crm_string_free`. Threads may share one CRM.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_query(
    crm: *const crm_t,
    question: *const c_char,
    question_length: usize,
    answer: *mut crm_string,
    error: *mut *mut crm_error,
) -> crm_status {
    // SAFETY: the pointers are NULL or what the header says.
    unsafe { ask(crm, (question, question_length, "question"), answer, error, AnyCrm::query_json) }
}

/// One document in, one out.
///
/// # Safety
/// Each pointer is NULL or what the header says.
unsafe fn ask(
    crm: *const crm_t,
    (document, length, name): (*const c_char, usize, &'static str),
    answer: *mut crm_string,
    error: *mut *mut crm_error,
    verb: fn(&AnyCrm, &[u8]) -> Result<serde_json::Value>,
) -> crm_status {
    let body = || {
        // SAFETY: as promised by the caller.
        let (answer, document) = unsafe { (Out::new(answer, "answer")?, text::json(document, length, name)?) };
        let crm = handle::get::<AnyCrm>(crm, "crm")?;
        answer.put(text::new(json::canonical(&verb(&crm, document)?)));
        Ok(())
    };
    // SAFETY: as promised by the caller.
    unsafe { guard(error, body) }
}

fn rules_or_standard(rules: *const crm_rules) -> Result<Rules> {
    if rules.is_null() { Ok(standard()) } else { Ok(Rules::clone(&*handle::get::<Rules>(rules, "rules")?)) }
}
