//! What C can ask an error.

#![allow(unsafe_code, reason = "the door: C's pointers come in here")]

use std::ffi::c_char;

use crm_core::kernel::json;
use crm_core::{Error, Problem, Result};

use crate::boundary::guard_quietly;
use crate::handle::{self, crm_error};
use crate::output::Out;
use crate::status::crm_status;
use crate::text::{self, crm_string};

/// The status that the failed call returned. `CRM_INVALID_HANDLE` also when `error` is none.
///
/// Any thread may call this.
#[unsafe(no_mangle)]
pub extern "C" fn crm_error_status(error: *const crm_error) -> crm_status {
    let mut status = crm_status::CRM_OK;
    let failed = guard_quietly(|| {
        status = crm_status::of(handle::get::<Error>(error, "error")?.code());
        Ok(())
    });
    if failed == crm_status::CRM_OK { status } else { failed }
}

/// The error as one sentence, in the language `lang`: "en" or "fr". Where something is wrong inside a document, the
/// sentence begins with the path of the place.
///
/// Free the text with `crm_string_free`. Any thread may call this.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_error_message(
    error: *const crm_error,
    lang: *const c_char,
    lang_length: usize,
    message: *mut crm_string,
) -> crm_status {
    guard_quietly(|| {
        // SAFETY: each pointer is NULL or what the header says.
        let (message, lang) = unsafe { (Out::new(message, "message")?, text::word(lang, lang_length, "lang")?) };
        let error = handle::get::<Error>(error, "error")?;
        let sentence = error.text(lang.parse()?);
        message.put(text::new(match error.field() {
            Some(field) => format!("{field}: {sentence}"),
            None => sentence,
        }));
        Ok(())
    })
}

/// The error for programs, as JSON: `code`, `number`, `field` where there is one, `message` with `en` and `fr`, and
/// `detail` where there is more to say.
///
/// Free the text with `crm_string_free`. Any thread may call this.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_error_json(error: *const crm_error, json: *mut crm_string) -> crm_status {
    guard_quietly(|| {
        // SAFETY: NULL or what the header says.
        let out = unsafe { Out::new(json, "json") }?;
        out.put(text::new(json::canonical(&handle::get::<Error>(error, "error")?.to_json())));
        Ok(())
    })
}

/// Frees an error and sets the variable that holds it to NULL, so that freeing it again does nothing.
///
/// A variable that is NULL is left alone. `CRM_INVALID_HANDLE` for a NULL `error`, and for a handle that is no error or
/// was freed already through another copy of the variable. Any thread may call this.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_error_free(error: *mut *mut crm_error) -> crm_status {
    guard_quietly(|| -> Result<()> {
        let error = std::ptr::NonNull::new(error).ok_or(Problem::NullPointer { name: "error" })?;
        // SAFETY: not NULL, so the caller promises that it points to a variable for a handle.
        let handle = unsafe { error.replace(std::ptr::null_mut()) };
        if !handle.is_null() {
            drop(handle::close::<Error>(handle, "error")?);
        }
        Ok(())
    })
}
