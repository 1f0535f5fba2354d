//! A panic on purpose, for the test that proves the guard; in no build that is installed.

#![allow(unsafe_code, reason = "the door: C's pointers come in here")]

use crate::boundary::guard;
use crate::handle::crm_error;
use crate::status::crm_status;

/// Panics behind the guard.
#[allow(clippy::panic, reason = "that is what it is for")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_test_panic(error: *mut *mut crm_error) -> crm_status {
    // SAFETY: `error` is NULL or can be written.
    unsafe { guard(error, || panic!("on purpose")) }
}
