//! The guard around every body: no panic crosses into C, and every failure becomes a status and an error handle.

#![allow(unsafe_code, reason = "writes the caller's error out-parameter")]

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crm_core::{Error, Problem, Result};

use crate::handle::{self, crm_error};
use crate::status::crm_status;

/// Runs a body. `*error` becomes NULL, or the handle of what went wrong; a NULL `error` says that nobody wants it.
///
/// The bodies use shared objects that are never left half changed (a commit is whole or not at all), so that going on
/// after a panic is sound.
///
/// # Safety
/// `error` is NULL or can be written.
pub(crate) unsafe fn guard(error: *mut *mut crm_error, body: impl FnOnce() -> Result<()>) -> crm_status {
    let set = |handle: *mut crm_error| {
        if !error.is_null() {
            // SAFETY: the caller of `guard` promises that a pointer which is not NULL can be written.
            unsafe { error.write(handle) };
        }
    };
    set(std::ptr::null_mut());
    let Err(problem) = caught(body) else { return crm_status::CRM_OK };
    let status = crm_status::of(problem.code());
    if !error.is_null() {
        // Where there is no room for one more handle, the status must do.
        set(handle::open(problem).unwrap_or(std::ptr::null_mut()));
    }
    status
}

/// Runs a body that gives no error handle; the status says all.
pub(crate) fn guard_quietly(body: impl FnOnce() -> Result<()>) -> crm_status {
    match caught(body) {
        Ok(()) => crm_status::CRM_OK,
        Err(problem) => crm_status::of(problem.code()),
    }
}

fn caught(body: impl FnOnce() -> Result<()>) -> Result<()> {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|payload| Err(panicked(payload)))
}

fn panicked(payload: Box<dyn Any + Send>) -> Error {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    // A payload may panic when it is dropped: once more behind a guard, and what comes out of that is left alone.
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(second);
    }
    Problem::Panic { detail: text.unwrap_or_else(|| "no message".to_owned()) }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_status_and_an_error_with_its_message() {
        let mut error = std::ptr::null_mut();
        // SAFETY: `error` is a local variable.
        let status = unsafe { guard(&raw mut error, || panic!("row {}", 7)) };
        assert_eq!(status, crm_status::CRM_PANIC);
        let kept = handle::get::<Error>(error, "error").unwrap();
        assert_eq!(kept.problem(), &Problem::Panic { detail: "row 7".into() });
        handle::close::<Error>(error, "error").unwrap();
    }

    #[test]
    fn a_panic_whose_payload_panics_when_dropped_is_caught_too() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("again");
            }
        }
        assert_eq!(guard_quietly(|| std::panic::panic_any(Bomb)), crm_status::CRM_PANIC);
    }
}
