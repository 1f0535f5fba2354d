//! Columns in, columns out: the rules over an Arrow C stream.

#![allow(unsafe_code, reason = "the door: C's pointers come in here")]

use std::ffi::c_char;

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use crm_arrow::{ScoreOptions, eval_table, score_stream};
use crm_core::kernel::json;
use crm_core::rules::Rules;
use crm_core::{Problem, Result};

use crate::boundary::guard;
use crate::handle::{self, crm_error, crm_rules};
use crate::output::{Empty, Out};
use crate::status::crm_status;
use crate::text::{self, crm_string};

impl Empty for FFI_ArrowArrayStream {
    fn empty() -> Self {
        FFI_ArrowArrayStream::empty()
    }
}

/// Scores a table of leads with the answers that `crm_eval` gives row by row, in batches of at most 65,536 rows as the
/// caller pulls `out`:
///
///     {"at": "2026-11-22T09:00:00Z", "lang": "fr", "map": {"Société": "company"}, "currency": "EUR",
///      "zone": "Europe/Paris", "keep": ["Société"], "reasons": "top3", "columns": ["score", "reasons"], "threads": 2}
///
/// Of these options only `at` is required. Columns are taken by the names of the lead's fields, or by `map`. `out` has
/// the columns of `in` that are kept, then those of the result that `columns` names; without it `score`, `band`,
/// `grade`, `fit`, `engagement`, `coverage_bp`, `reasons` (texts, only with `lang`), `reason_codes`, `next_change_at` and
/// `diagnostics`. `reason_ids` and `reason_points_milli` are numbers: an id is a place in the list that the schema's
/// metadata hold as `crmkit.reasons`. A cell that cannot be read is a diagnostic of its row.
///
/// `in` is moved: the library releases it in any case, also when the call fails, and marks the caller's structure as
/// released. An error in a later batch is an error of `out`. Release `out` by its own callback; one thread at a time may
/// use it. What a stream's pointers lead to cannot be checked in full: do not pass one from a hostile process.
///
/// Threads may share rules.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_eval_arrow(
    rules: *const crm_rules,
    options: *const c_char,
    options_length: usize,
    r#in: *mut FFI_ArrowArrayStream,
    out: *mut FFI_ArrowArrayStream,
    error: *mut *mut crm_error,
) -> crm_status {
    let body = || {
        // First of all: whatever is wrong with the rest, the input is released.
        // SAFETY: each pointer is NULL or what the header says.
        let input = unsafe { moved(r#in) };
        // SAFETY: as above. `out` may be `in`, which has been moved out by now.
        let (out, options) = unsafe { (Out::new(out, "out")?, text::json(options, options_length, "options")?) };
        let rules = handle::get::<Rules>(rules, "rules")?;
        let options = ScoreOptions::from_json(&json::parse(options)?)?;
        out.put(score_stream(input?, &rules, options)?);
        Ok(())
    };
    // SAFETY: `error` is NULL or what the header says.
    unsafe { guard(error, body) }
}

/// Asks a rule of a whole table. Of leads it puts what it says of each row behind the columns that are kept:
///
/// - "identity", `{"columns": ["email_key", "phone_key", "dedupe_key"], "keep": "none"}`: the keys by which two leads may
///   be the same;
/// - "duplicates", `{"by": "any"}`: `group` (32-bit numbers, counted from 0 in the order of their first rows, null without
///   any key) and `group_size`; `by` is "email", "phone", "name_company", "dedupe", "any", a list of keys, or an object of
///   several of these by name;
/// - "routing", `{"at": "2026-11-23T09:00:00Z", "state": {...}, "columns": ["user", "queue", "reason_codes"]}`: who gets
///   which lead, row after row.
///
/// Of deals, whose columns are `owner`, `amount` with `currency`, `close_date`, `probability_bp` or `probability` (a decimal
/// from 0 to 1), `category`, `state`, `pipeline`, `stage`:
///
/// - "forecast", `{"as_of": "2026-11-22", "currency": "EUR", "periods": {"unit": "quarter", "from": "2026-10-01", "to":
///   "2027-01-01"}, "rates": [...], "owners": [...], "view": "manager"}`: a table of its own with a row for each owner,
///   period and category: `owner`, `period_start`, `period_end` (not included), `category`, `count`, and the exact decimals
///   `amount` and `weighted`; `answer` has the totals, and in `excluded` the deals that do not count with their rows;
/// - "bands", `{"currency": "EUR", "quantiles_bp": [1000, 5000, 9000]}`: the histogram of what will close as a table of its
///   own (`from`, `to`, `share_ppm`, `cumulative_ppm`); `answer` has quantiles, mean and variance;
/// - "deal_risk", `{"at": "2026-11-22T09:00:00Z", "lang": "fr", "keep": "none"}`: `score`, `band`, `coverage_bp`, `reasons`
///   (only with `lang`), `reason_codes`, `reason_points`, `unknown`, `next_change_at` and `diagnostics` behind the columns
///   that are kept, from columns such as `last_touch_at`, `open_tasks`, `pushes`, `decision_maker`.
///
/// Of any table with times, by a calendar (the id of one of the rules', or a calendar itself):
///
/// - "sla_due", `{"calendar": "support", "start": "created_at", "target": "target_minutes", "pauses": "on_hold"}`: `due`,
///   the instant until which so much working time has passed;
/// - "sla_elapsed", `{"calendar": "support", "start": "created_at", "end": "resolved_at", "pauses": "on_hold"}`:
///   `working_seconds` and `working_microseconds` (of the second that is not whole).
///
/// Both have a `problem`, a code, for a row without an answer. `target` may be durations, whole numbers of a `unit`
/// ("seconds", "minutes", "hours") or such a number for all rows; `pauses` are lists of pairs of times.
///
/// Of touches, each with its `subject`, `at` and `channel` (or `source`, `medium`, `referrer` ...), and `converted_at` and
/// `amount` of the subject beside them:
///
/// - "attribution", `{"model": "u_shape", "currency": "EUR"}`: `position`, `share_micro`, `attributed_amount`, `left_out`;
///   with "by" (a column such as "channel") a table of its own with what each value comes to; `answer` has what no touch
///   gets;
/// - "attribution_paths", `{"model": "linear", "value": "revenue"}`, of a table of `path` ("search > email") and
///   `conversions`: a row for each `channel`.
///
/// Of lines, each with its `quote`, `quantity`, `unit_price` and `rate`: "quote_totals", `{"currency": "EUR", "per":
/// "quote"}`: a table of its own with `net`, `vat` and `gross` of each quote (or each of its rates).
///
/// Of customers: "health", `{"at": "2026-11-22T09:00:00Z", "lang": "fr"}`: `score`, `band`, `coverage_bp`,
/// `reason_codes` from columns such as `tickets_open` and `payment_overdue_days`; "segment", `{"at": ..., "record":
/// "account", "where": {...}}`: `member`.
///
/// Of the options of leads only `at` is required. Further ones of all: "map", "keep", "lang", "threads"; of "routing" also
/// "currency", "zone", "force" and "account_owner" (a column). Columns are taken as by `crm_eval_arrow`. The answers are
/// those of `crm_eval`, row by row. The whole table is read before the call returns, and nothing of `out` can fail later.
///
/// `answer` is what the rule says of the table as a whole, as JSON: of "duplicates" how many groups and rows there are, of
/// "routing" `counts`, and the `state` for the next call. It may be NULL. Free it with `crm_string_free`.
///
/// `in` is moved and `out` yours, as with `crm_eval_arrow`. Threads may share rules.
#[must_use]
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments, reason = "C has no other way to pass texts with their lengths")]
pub unsafe extern "C" fn crm_eval_table(
    rules: *const crm_rules,
    rule: *const c_char,
    rule_length: usize,
    options: *const c_char,
    options_length: usize,
    r#in: *mut FFI_ArrowArrayStream,
    out: *mut FFI_ArrowArrayStream,
    answer: *mut crm_string,
    error: *mut *mut crm_error,
) -> crm_status {
    let body = || {
        // First of all: whatever is wrong with the rest, the input is released.
        // SAFETY: each pointer is NULL or what the header says.
        let input = unsafe { moved(r#in) };
        // SAFETY: as above. `out` may be `in`, which has been moved out by now.
        let (out, answer) = unsafe {
            let answer = if answer.is_null() { None } else { Some(Out::new(answer, "answer")?) };
            (Out::new(out, "out")?, answer)
        };
        // SAFETY: as above.
        let (rule, options) =
            unsafe { (text::word(rule, rule_length, "rule")?, text::json(options, options_length, "options")?) };
        let rules = handle::get::<Rules>(rules, "rules")?;
        let table = eval_table(input?, &rules, rule, &json::parse(options)?)?;
        if let Some(answer) = answer {
            answer.put(text::new(json::canonical(&table.answer)));
        }
        out.put(table.stream());
        Ok(())
    };
    // SAFETY: `error` is NULL or what the header says.
    unsafe { guard(error, body) }
}

/// The caller's stream, with a released one left in its place.
///
/// # Safety
/// `stream` is NULL or a stream of the C stream interface.
unsafe fn moved(stream: *mut FFI_ArrowArrayStream) -> Result<FFI_ArrowArrayStream> {
    if stream.is_null() {
        return Err(Problem::NullPointer { name: "in" }.into());
    }
    // SAFETY: not NULL, so it is what the caller promises.
    Ok(unsafe { FFI_ArrowArrayStream::from_raw(stream) })
}
