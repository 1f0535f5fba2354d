//! Columns in, columns out: the lead score over an Arrow C stream.

#![allow(unsafe_code, reason = "the door: C's pointers come in here")]

use std::ffi::c_char;

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use crm_arrow::{ScoreOptions, score_stream};
use crm_core::kernel::json;
use crm_core::rules::Rules;
use crm_core::{Problem, Result};

use crate::boundary::guard;
use crate::handle::{self, crm_error, crm_rules};
use crate::output::{Empty, Out};
use crate::status::crm_status;
use crate::text;

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
