/*
 * libcrm: a CRM's brain without its body, for C and C++.
 *
 * Four rules hold for every function here.
 *
 * Results     A call returns a status, CRM_OK or what went wrong, and writes its results through its last parameters.
 *             Whatever happens, it writes all of them: a result is empty (NULL, or a text without data) unless the call
 *             succeeded, and `*error` is NULL unless it failed. So variables need no first value, and everything can be
 *             freed on every path. `error` itself may be NULL when nobody wants it; no other parameter may be NULL
 *             unless its function says so.
 * Text        Bytes go in as a pointer and a length, in UTF-8; a NUL at the end is neither needed nor counted, and
 *             nothing is kept after the call. What comes out is a `crm_string`, which is yours until you free it.
 * Handles     `crm_t`, `crm_rules` and `crm_error` are not addresses but keys. One that is NULL, closed, invented or of
 *             another kind gives CRM_INVALID_HANDLE, and freeing anything twice is harmless. Lengths that cannot be
 *             meant are refused before anything is read. What cannot be checked is memory that is yours: a pointer must
 *             have the bytes that its length says, and a result must have room.
 * Threads     There is no last-error state and no thread of the library's own. Any function may be called from any
 *             thread, and threads may share handles; a variable that one thread writes is that thread's. After a fork,
 *             a CRM that is open on a file answers CRM_STORAGE_FAILED in the child, which opens its own; if another
 *             thread was in a call during the fork, the child may only exec.
 *
 * A bug in the library is caught at the door and returned as CRM_PANIC.
 *
 * This file is generated from crm-ffi/src; change it there.
 */

#ifndef CRM_H
#define CRM_H

#include <stddef.h>
#include <stdint.h>

// The version that this header belongs to.
#define CRM_VERSION "0.1.0"

#if defined(__GNUC__) || defined(__clang__)
#define CRM_WARN_UNUSED __attribute__((warn_unused_result))
#else
#define CRM_WARN_UNUSED
#endif

// The C data interface and the C stream interface of Apache Arrow, unless the program has them already.
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};
#endif

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};
#endif


// What became of a call. Numbers are never reused; a newer library may return numbers that are not listed here.
//
// The comment of each is the rough kind of the error; `crm_error_json` says exactly what was wrong and where.
enum crm_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // The call succeeded.
    CRM_OK = 0,
    // The text is not JSON, or JSON of another shape.
    CRM_INVALID_JSON = 1,
    // Text with a NUL or in another encoding than UTF-8.
    CRM_INVALID_TEXT = 2,
    // A value of the wrong type, form or range.
    CRM_INVALID_VALUE = 3,
    // A field, option or rule that does not exist.
    CRM_UNKNOWN_FIELD = 4,
    // A command that does not exist.
    CRM_UNKNOWN_COMMAND = 5,
    // A configuration that cannot mean what its author wanted.
    CRM_INVALID_RULES = 6,
    // Something larger than the library takes.
    CRM_TOO_LARGE = 7,
    // A file whose structure is broken.
    CRM_INVALID_CSV = 8,
    // An Arrow array or stream that cannot be trusted.
    CRM_INVALID_ARROW = 9,
    // Something that the library will not guess.
    CRM_NEEDS_CHOICE = 10,
    // No such record in this workspace.
    CRM_NOT_FOUND = 11,
    // The id is taken, or there is such a record already.
    CRM_ALREADY_EXISTS = 12,
    // Somebody else changed the same thing.
    CRM_CONFLICT = 13,
    // The command id was used for another command.
    CRM_COMMAND_REUSED = 14,
    // The actor may not do this.
    CRM_FORBIDDEN = 15,
    // The record is not in a state that allows this.
    CRM_WRONG_STATE = 16,
    // The store is locked by somebody else; nothing was changed.
    CRM_BUSY = 17,
    // The store has no room; nothing was changed.
    CRM_STORAGE_FULL = 18,
    // The store failed; nothing that was acknowledged is lost.
    CRM_STORAGE_FAILED = 19,
    // The stored data are damaged or were changed outside the library.
    CRM_CORRUPT = 20,
    // The store was written by a newer release.
    CRM_NEWER_SCHEMA = 21,
    // A handle that is closed or of another kind, or a NULL where none is allowed.
    CRM_INVALID_HANDLE = 22,
    // A bug in this library, caught at the door.
    CRM_PANIC = 23,
    // A required field, option or column is missing.
    CRM_MISSING = 24,
    // The work was stopped by the caller.
    CRM_CANCELLED = 25,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum crm_status crm_status;
#else
typedef int32_t crm_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// Why a call failed: a code, the place, and a sentence in English and in French. It never changes, and may be shared
// between threads.
typedef struct crm_error crm_error;

// Rules, checked and compiled: the scores and the fields that a workspace configures. They never change, and may be
// shared between threads and between CRMs.
typedef struct crm_rules crm_rules;

// A CRM: a store under rules. It may be shared between threads.
typedef struct crm_t crm_t;

// Text that the library made: UTF-8, `length` bytes, then a NUL that is not counted. Free it with `crm_string_free`.
typedef struct {
    // The bytes; NULL when there is no text.
    const char *data;
    // How many bytes, the NUL at the end not counted.
    size_t length;
} crm_string;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// The library's version, for example "0.1.0". Compare it with `CRM_VERSION` to see whether the header fits.
//
// The text is static: do not free it. Any thread may call this.
const char *crm_version(void);

// The stable name of a status, for example "unknown_field"; "ok" for zero, and "unknown_status" for a number that
// this library does not know.
//
// The text is static: do not free it. Any thread may call this.
const char *crm_status_name(int32_t status);

// Frees a text and empties the variable that holds it, so that freeing it again does nothing.
//
// A text whose `data` is NULL is left alone. `CRM_INVALID_HANDLE` for NULL and for a text that is not one of this
// library's; nothing is freed then. Do not free copies of the variable: the address may belong to another text by then.
// Any thread may call this.
crm_status crm_string_free(crm_string *string);

// The status that the failed call returned. `CRM_INVALID_HANDLE` also when `error` is none.
//
// Any thread may call this.
crm_status crm_error_status(const crm_error *error);

// The error as one sentence, in the language `lang`: "en" or "fr". Where something is wrong inside a document, the
// sentence begins with the path of the place.
//
// Free the text with `crm_string_free`. Any thread may call this.
CRM_WARN_UNUSED
crm_status crm_error_message(const crm_error *error,
                             const char *lang,
                             size_t lang_length,
                             crm_string *message);

// The error for programs, as JSON: `code`, `number`, `field` where there is one, `message` with `en` and `fr`, and
// `detail` where there is more to say.
//
// Free the text with `crm_string_free`. Any thread may call this.
CRM_WARN_UNUSED
crm_status crm_error_json(const crm_error *error,
                          crm_string *json);

// Frees an error and sets the variable that holds it to NULL, so that freeing it again does nothing.
//
// A variable that is NULL is left alone. `CRM_INVALID_HANDLE` for a NULL `error`, and for a handle that is no error or
// was freed already through another copy of the variable. Any thread may call this.
crm_status crm_error_free(crm_error **error);

// Loads rules from JSON; checks and compiles them. A length of zero gives the standard rules.
//
// Free them with `crm_rules_free`. Any thread may call this.
CRM_WARN_UNUSED
crm_status crm_rules_new(const char *json,
                         size_t json_length,
                         crm_rules **rules,
                         crm_error **error);

// Frees rules. CRMs that were opened with them keep them.
//
// `CRM_INVALID_HANDLE` when there is nothing to free: NULL, freed already, or no rules; freeing twice is harmless. Any
// thread may call this; calls that are under way in other threads go on with them.
crm_status crm_rules_free(crm_rules *rules);

// Evaluates a rule on facts. Of leads: "conversion", "duplicates", "enrichment", "identity", "lead_gaps" (what is
// missing before somebody can work a lead), "lead_score", "merge", "routing" and "routing_lint". Of deals and money:
// "allocate", "bands", "convert", "deal_risk", "fiscal", "forecast", "pipeline", "quote" (totals, what changed, the
// discount that reaches a total, mentions that are missing), "report", "waterfall" and "window". Of customers:
// "attribution" (where touches came from, and what each had to do with a deal), "health" (scores, what changed them,
// backtests), "playbook" (days, plans, what moves), "retention" (how recurring revenue moved and how much of it
// stayed), "segment" (who belongs to one, and why) and "subscription" (terms, notices, recurring revenue, risk). Of
// support and daily work: "assignment" (who may get a piece of work), "availability" (working time less leave),
// "attachment", "calendar" (business time), "inbox", "sla" (clocks, alerts, what a change would move), "task" (bands,
// orders, recurrences) and "template". Of messages: "approval" (who has to say yes, what becomes of a draft, what may
// leave), "consent" (may a person be contacted, with the law that says so), "next_action" (what to do next, and why),
// "reply" (what a message that came in is), "sequence" (sending times, enrolments, steps) and "starters" (templates
// and a sequence to begin with). Of all: "access" (who may, and why), "audit", "csv_cell" and "filter". For example
// "lead_score":
//
//     {"lead": {"company": "Rénov'Ouest", "job_title": "gérante", "visits": 12},
//      "events": [{"kind": "form_submitted", "at": "2026-11-20T10:00:00Z"}],
//      "at": "2026-11-22T09:00:00Z", "lang": "fr"}
//
// answers with the score, its band, and the reasons that add up to it. Unlike `crm_open`, this takes no NULL for the
// standard rules: rules that were freed must not silently become others.
//
// Free `answer` with `crm_string_free`. Threads may share rules.
CRM_WARN_UNUSED
crm_status crm_eval(const crm_rules *rules,
                    const char *rule,
                    size_t rule_length,
                    const char *input,
                    size_t input_length,
                    crm_string *answer,
                    crm_error **error);

// Opens the CRM that is kept in the SQLite file `path`, and makes the file if it is not there.
//
// `rules` may be NULL: the standard rules. They may be freed once the CRM is open. Close the CRM with `crm_close`.
// Any thread may call this; several processes may open one file.
CRM_WARN_UNUSED
crm_status crm_open(const char *path,
                    size_t path_length,
                    const crm_rules *rules,
                    crm_t **crm,
                    crm_error **error);

// Opens an empty CRM that is kept in memory and gone when it is closed.
//
// `rules` as for `crm_open`. Close the CRM with `crm_close`. Any thread may call this.
CRM_WARN_UNUSED crm_status crm_open_memory(const crm_rules *rules, crm_t **crm, crm_error **error);

// Closes a CRM. What was acknowledged is kept in its file.
//
// `CRM_INVALID_HANDLE` when there is nothing to close: NULL, closed already, or no CRM; closing twice is harmless. Any
// thread may call this; calls that are under way in other threads go on, later ones are refused, and the file is
// closed when the last of them returns.
crm_status crm_close(crm_t *crm);

// Carries out a command, durably, and gives its answer:
//
//     {"command": "lead.create", "id": "0192f0c1-2f6a-7c3e-8a55-4d0c9b1e7a10", "workspace": "acme",
//      "actor": {"name": "marie", "role": "member"}, "at": "2026-11-22T09:00:00Z",
//      "body": {"fields": {"company": "Rénov'Ouest"}}}
//
// `id` is yours and names the command: repeating it gives the first answer, and nothing happens twice. `at` is the
// time for which it is decided; the library reads no clock. `CRM_OK` says that it was taken; `status` in the answer
// whether it is `done` or `held`: what an agent may only propose is a draft then (`draft`, `revision`,
// `content_hash`), nothing of it is done, and `draft.approve` by somebody who may carries it out.
//
// The commands, by what they are about (`lead.create`, `lead.patch` ...):
//
//     account            archive, create, import, patch, rekey, restore
//     activity           archive, create, import, link, log, patch, restore, unlink
//     adjustment         revoke, set
//     approval_rule      create, disable, enable, patch
//     attachment         create, link, reap, unlink
//     campaign           archive, create, import, patch, restore
//     campaign_member    archive, create, patch, restore
//     channel            connect, disconnect, patch
//     consent            erase, record, withdraw
//     contact            archive, create, import, patch, rekey, restore
//     conversation       archive, assign
//     deal               archive, create, import, lose, move, patch, reopen, restore, split, win
//     deal_contact       archive, create, import, patch, restore
//     distinction        archive
//     draft              approve, approve_all, archive, cancel, compose, patch, peer_check, propose, reject,
//                        request_changes, restore, retry, submit
//     employee           archive, create, hand_over, import, patch, restore
//     enrolment          advance, enrol, migrate, nurture, pause, remove, resume
//     event              archive, create, import
//     exchange_rate      set
//     expansion          tick
//     expansion_idea     archive, convert, create, drop, patch, qualify, restore
//     health             override, override_revoke, recalculate
//     kill_switch        resume, stop
//     lead               archive, convert, create, distinguish, enrich, import, merge, patch, rekey, restore, route,
//                        score, unconvert, unmerge
//     learning_progress  archive, create, import, patch, restore
//     leave              cancel, import, patch, set
//     measurement        import, record
//     message            receive, report
//     note               add, archive, create, import, patch, restore
//     onboarding         suggest
//     outbox             reconcile, settle, start, tick
//     payment            archive, create, import, patch, restore
//     pipeline           create, delete, edit, move_deals
//     playbook           activate, create, deactivate, edit
//     playbook_run       cancel, migrate, move_anchor, start
//     playbook_step      assign, complete, reopen, skip
//     quota              set
//     quote              accept, archive, cancel, create, decline, edit, issue, restore, revise, send
//     renewal            close, notice, notice_sent, open_deal, tick
//     report             export
//     saved_report       archive, create, patch, restore
//     saved_view         archive, create, patch, restore
//     segment            archive, create, edit, pin_in, pin_out, refresh, restore, unpin
//     sequence           activate, create, edit, pause
//     snapshot           take
//     stage              create, delete, edit, merge
//     submission         archive, create, import
//     subscription       archive, cancel, create, import, patch, pause, restore, resume
//     subscription_item  archive, change, create, import, patch, restore
//     suggestion         hold
//     task               archive, assign, complete, create, import, patch, reopen, restore, snooze
//     ticket             archive, assign, close, comment, create, import, merge, patch, reapply, receive, reopen,
//                        reply, resolve, restore, tick, unmerge
//     touch              import, record
//     visitor            link
//
// To give what was approved to channels, in a loop: ask `crm_query` for `outbox` with `"states": ["queued"]`, then
// `["blocked"]` (of such a row `crm_plan` of step 1 says first, by `changes`, whether anything would happen), and for
// each row with `is_due`
//
// 1. `crm_run` of `outbox.start` with the row's `id` and the `worker`'s name, under an id that no other call has.
//    Where the output's `status` is not `started`, or the answer is `replayed`, go on with the next row: call nobody;
// 2. call the channel once with the output's `parcel`, under the parcel's `key`, and not after its `not_after`;
// 3. `crm_run` of `outbox.settle` with the parcel's `id` and `fence` and the `outcome`: `sent` (with the
//    `provider_id`) where the provider took it, `failed` where it is certain that nothing left, `unknown` for
//    everything else. Where this fails, repeat it with the same command id; never repeat step 2.
//
// Run `outbox.tick` beside it; what it makes `unknown` is for `outbox.reconcile`, after somebody looked. `outbox_next`
// is the one timer that this needs, and `"dry_run": true` in step 1 says that the parcel is only written down.
//
// Free `answer` with `crm_string_free`. Threads may share one CRM.
CRM_WARN_UNUSED
crm_status crm_run(const crm_t *crm,
                   const char *command,
                   size_t command_length,
                   crm_string *answer,
                   crm_error **error);

// What a command would do, without doing it: takes what `crm_run` takes, and answers with every change, row by row.
//
// Free `answer` with `crm_string_free`. Threads may share one CRM.
CRM_WARN_UNUSED
crm_status crm_plan(const crm_t *crm,
                    const char *command,
                    size_t command_length,
                    crm_string *answer,
                    crm_error **error);

// Answers a question from what the actor sees: `workspace`, `actor` and `at` as for a command, and one question. Of
// any record: `find`, `get`, `history`, `timeline`, `resolve`, `views`, `saved_view`, `can` and `verify`. Of leads:
// `score`, `duplicates`, `similar`, `merge`, `conversion`, `route` and `routing_lint`. Of deals and money: `deal`,
// `deals`, `quote`, `quotes`, `board`, `deal_risk`, `deal_risks`, `bands`, `forecast`, `snapshots`, `waterfall`,
// `pipeline_impact`, `report` and `reports`. Of where customers come from: `attribution`, `campaign` and `campaigns`.
// Of customers: `customer` (all that is known of one), `health`, `healths`, `health_history`, `subscription`,
// `subscriptions`, `payments`, `renewals`, `expansion`, `mrr` and `revenue_retention`; of how they are helped to
// begin: `playbook`, `playbooks`, `playbook_run`, `playbook_runs`, `playbook_migration`, `replan` and
// `onboarding_suggestion`. Of segments: `segment`, `segments`, `segment_preview`, `segment_why` and `segments_of`. Of
// support: `ticket`, `tickets`, `ticket_board`, `sla_next`, `sla_reapply` and `support_volume`. Of the day's work:
// `dashboard`, `narrative` (the day in a few sentences), `page` (the day as one HTML file), `inbox`, `task`, `tasks`,
// `activity` and `templates`. Of the team: `employee`, `employees`, `assignment_ranking`, `handover` and
// `leave_impact`. Of what waits for an OK and what leaves: `library`, `draft`, `attention`, `approval_rules`,
// `approval_preview`, `outbox`, `outbox_next` and `channels`. Of whom one may write to, and who answers:
// `may_contact`, `consent`, `retention`, `sequence`, `sequences`, `enrolment`, `enrolments`, `conversation`,
// `conversations` and `suggestions`. For example:
//
//     {"workspace": "acme", "actor": {"name": "marie", "role": "member"}, "at": "2026-11-22T09:00:00Z",
//      "find": {"record": "lead", "where": {"field": "company", "op": "starts_with", "value": "renov"}}}
//
// or, in place of `find`, `"score": {"id": "...", "lang": "fr"}`: the score of a stored lead, with the reasons that
// add up to it. `merge` and `conversion` take the body of `lead.merge` and `lead.convert`, and `lang`: what these would
// do, and why; `pipeline_impact` does so of an edit of pipelines. What the stored deals come to, for example:
//
//     {"workspace": "acme", "actor": {"name": "anne", "role": "manager"}, "at": "2026-11-22T09:00:00Z",
//      "forecast": {"periods": {"unit": "quarter", "from": "2026-10-01", "to": "2027-01-01"}, "currency": "EUR",
//                   "view": "manager", "lang": "fr"}}
//
// and what somebody should do next, of all kinds of work in one order, with the reasons:
//
//     {"workspace": "acme", "actor": {"name": "marie", "role": "member"}, "at": "2026-11-22T09:00:00Z",
//      "inbox": {"user": "marie", "zone": "Europe/Paris", "lang": "fr"}}
//
// Free `answer` with `crm_string_free`. Threads may share one CRM.
CRM_WARN_UNUSED
crm_status crm_query(const crm_t *crm,
                     const char *question,
                     size_t question_length,
                     crm_string *answer,
                     crm_error **error);

// Scores a table of leads with the answers that `crm_eval` gives row by row, in batches of at most 65,536 rows as the
// caller pulls `out`:
//
//     {"at": "2026-11-22T09:00:00Z", "lang": "fr", "map": {"Société": "company"}, "currency": "EUR",
//      "zone": "Europe/Paris", "keep": ["Société"], "reasons": "top3", "columns": ["score", "reasons"], "threads": 2}
//
// Of these options only `at` is required. Columns are taken by the names of the lead's fields, or by `map`. `out` has
// the columns of `in` that are kept, then those of the result that `columns` names; without it `score`, `band`,
// `grade`, `fit`, `engagement`, `coverage_bp`, `reasons` (texts, only with `lang`), `reason_codes`, `next_change_at` and
// `diagnostics`. `reason_ids` and `reason_points_milli` are numbers: an id is a place in the list that the schema's
// metadata hold as `crmkit.reasons`. A cell that cannot be read is a diagnostic of its row.
//
// `in` is moved: the library releases it in any case, also when the call fails, and marks the caller's structure as
// released. An error in a later batch is an error of `out`. Release `out` by its own callback; one thread at a time may
// use it. What a stream's pointers lead to cannot be checked in full: do not pass one from a hostile process.
//
// Threads may share rules.
CRM_WARN_UNUSED
crm_status crm_eval_arrow(const crm_rules *rules,
                          const char *options,
                          size_t options_length,
                          struct ArrowArrayStream *in,
                          struct ArrowArrayStream *out,
                          crm_error **error);

// Asks a rule of a whole table. Of leads it puts what it says of each row behind the columns that are kept:
//
// - "identity", `{"columns": ["email_key", "phone_key", "dedupe_key"], "keep": "none"}`: the keys by which two leads may
//   be the same;
// - "duplicates", `{"by": "any"}`: `group` (32-bit numbers, counted from 0 in the order of their first rows, null without
//   any key) and `group_size`; `by` is "email", "phone", "name_company", "dedupe", "any", a list of keys, or an object of
//   several of these by name;
// - "routing", `{"at": "2026-11-23T09:00:00Z", "state": {...}, "columns": ["user", "queue", "reason_codes"]}`: who gets
//   which lead, row after row.
//
// Of deals, whose columns are `owner`, `amount` with `currency`, `close_date`, `probability_bp` or `probability` (a decimal
// from 0 to 1), `category`, `state`, `pipeline`, `stage`:
//
// - "forecast", `{"as_of": "2026-11-22", "currency": "EUR", "periods": {"unit": "quarter", "from": "2026-10-01", "to":
//   "2027-01-01"}, "rates": [...], "owners": [...], "view": "manager"}`: a table of its own with a row for each owner,
//   period and category: `owner`, `period_start`, `period_end` (not included), `category`, `count`, and the exact decimals
//   `amount` and `weighted`; `answer` has the totals, and in `excluded` the deals that do not count with their rows;
// - "bands", `{"currency": "EUR", "quantiles_bp": [1000, 5000, 9000]}`: the histogram of what will close as a table of its
//   own (`from`, `to`, `share_ppm`, `cumulative_ppm`); `answer` has quantiles, mean and variance;
// - "deal_risk", `{"at": "2026-11-22T09:00:00Z", "lang": "fr", "keep": "none"}`: `score`, `band`, `coverage_bp`, `reasons`
//   (only with `lang`), `reason_codes`, `reason_points`, `unknown`, `next_change_at` and `diagnostics` behind the columns
//   that are kept, from columns such as `last_touch_at`, `open_tasks`, `pushes`, `decision_maker`.
//
// Of any table with times, by a calendar (the id of one of the rules', or a calendar itself):
//
// - "sla_due", `{"calendar": "support", "start": "created_at", "target": "target_minutes", "pauses": "on_hold"}`: `due`,
//   the instant until which so much working time has passed;
// - "sla_elapsed", `{"calendar": "support", "start": "created_at", "end": "resolved_at", "pauses": "on_hold"}`:
//   `working_seconds` and `working_microseconds` (of the second that is not whole).
//
// Both have a `problem`, a code, for a row without an answer. `target` may be durations, whole numbers of a `unit`
// ("seconds", "minutes", "hours") or such a number for all rows; `pauses` are lists of pairs of times.
//
// Of touches, each with its `subject`, `at` and `channel` (or `source`, `medium`, `referrer` ...), and `converted_at` and
// `amount` of the subject beside them:
//
// - "attribution", `{"model": "u_shape", "currency": "EUR"}`: `position`, `share_micro`, `attributed_amount`, `left_out`;
//   with "by" (a column such as "channel") a table of its own with what each value comes to; `answer` has what no touch
//   gets;
// - "attribution_paths", `{"model": "linear", "value": "revenue"}`, of a table of `path` ("search > email") and
//   `conversions`: a row for each `channel`.
//
// Of lines, each with its `quote`, `quantity`, `unit_price` and `rate`: "quote_totals", `{"currency": "EUR", "per":
// "quote"}`: a table of its own with `net`, `vat` and `gross` of each quote (or each of its rates).
//
// Of customers: "health", `{"at": "2026-11-22T09:00:00Z", "lang": "fr"}`: `score`, `band`, `coverage_bp`,
// `reason_codes` from columns such as `tickets_open` and `payment_overdue_days`; "segment", `{"at": ..., "record":
// "account", "where": {...}}`: `member`.
//
// Of the options of leads only `at` is required. Further ones of all: "map", "keep", "lang", "threads"; of "routing" also
// "currency", "zone", "force" and "account_owner" (a column). Columns are taken as by `crm_eval_arrow`. The answers are
// those of `crm_eval`, row by row. The whole table is read before the call returns, and nothing of `out` can fail later.
//
// `answer` is what the rule says of the table as a whole, as JSON: of "duplicates" how many groups and rows there are, of
// "routing" `counts`, and the `state` for the next call. It may be NULL. Free it with `crm_string_free`.
//
// `in` is moved and `out` yours, as with `crm_eval_arrow`. Threads may share rules.
CRM_WARN_UNUSED
crm_status crm_eval_table(const crm_rules *rules,
                          const char *rule,
                          size_t rule_length,
                          const char *options,
                          size_t options_length,
                          struct ArrowArrayStream *in,
                          struct ArrowArrayStream *out,
                          crm_string *answer,
                          crm_error **error);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* CRM_H */
