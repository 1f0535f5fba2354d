//! The status that every call returns: zero, or the number of the library's error code.

#![allow(unsafe_code, reason = "exported names are `unsafe` attributes")]
#![allow(non_camel_case_types, reason = "the names are C's")]

use std::ffi::{CStr, c_char};

use crm_core::Code;

/// What became of a call. Numbers are never reused; a newer library may return numbers that are not listed here.
///
/// The comment of each is the rough kind of the error; `crm_error_json` says exactly what was wrong and where.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum crm_status {
    /// The call succeeded.
    CRM_OK = 0,
    /// The text is not JSON, or JSON of another shape.
    CRM_INVALID_JSON = 1,
    /// Text with a NUL or in another encoding than UTF-8.
    CRM_INVALID_TEXT = 2,
    /// A value of the wrong type, form or range.
    CRM_INVALID_VALUE = 3,
    /// A field, option or rule that does not exist.
    CRM_UNKNOWN_FIELD = 4,
    /// A command that does not exist.
    CRM_UNKNOWN_COMMAND = 5,
    /// A configuration that cannot mean what its author wanted.
    CRM_INVALID_RULES = 6,
    /// Something larger than the library takes.
    CRM_TOO_LARGE = 7,
    /// A file whose structure is broken.
    CRM_INVALID_CSV = 8,
    /// An Arrow array or stream that cannot be trusted.
    CRM_INVALID_ARROW = 9,
    /// Something that the library will not guess.
    CRM_NEEDS_CHOICE = 10,
    /// No such record in this workspace.
    CRM_NOT_FOUND = 11,
    /// The id is taken, or there is such a record already.
    CRM_ALREADY_EXISTS = 12,
    /// Somebody else changed the same thing.
    CRM_CONFLICT = 13,
    /// The command id was used for another command.
    CRM_COMMAND_REUSED = 14,
    /// The actor may not do this.
    CRM_FORBIDDEN = 15,
    /// The record is not in a state that allows this.
    CRM_WRONG_STATE = 16,
    /// The store is locked by somebody else; nothing was changed.
    CRM_BUSY = 17,
    /// The store has no room; nothing was changed.
    CRM_STORAGE_FULL = 18,
    /// The store failed; nothing that was acknowledged is lost.
    CRM_STORAGE_FAILED = 19,
    /// The stored data are damaged or were changed outside the library.
    CRM_CORRUPT = 20,
    /// The store was written by a newer release.
    CRM_NEWER_SCHEMA = 21,
    /// A handle that is closed or of another kind, or a NULL where none is allowed.
    CRM_INVALID_HANDLE = 22,
    /// A bug in this library, caught at the door.
    CRM_PANIC = 23,
    /// A required field, option or column is missing.
    CRM_MISSING = 24,
    /// The work was stopped by the caller.
    CRM_CANCELLED = 25,
}

/// Every status but `CRM_OK` in order of number, with its code in the core and its name.
const STATUSES: &[(Code, crm_status, &CStr)] = &[
    (Code::InvalidJson, crm_status::CRM_INVALID_JSON, c"invalid_json"),
    (Code::InvalidText, crm_status::CRM_INVALID_TEXT, c"invalid_text"),
    (Code::InvalidValue, crm_status::CRM_INVALID_VALUE, c"invalid_value"),
    (Code::UnknownField, crm_status::CRM_UNKNOWN_FIELD, c"unknown_field"),
    (Code::UnknownCommand, crm_status::CRM_UNKNOWN_COMMAND, c"unknown_command"),
    (Code::InvalidRules, crm_status::CRM_INVALID_RULES, c"invalid_rules"),
    (Code::TooLarge, crm_status::CRM_TOO_LARGE, c"too_large"),
    (Code::InvalidCsv, crm_status::CRM_INVALID_CSV, c"invalid_csv"),
    (Code::InvalidArrow, crm_status::CRM_INVALID_ARROW, c"invalid_arrow"),
    (Code::NeedsChoice, crm_status::CRM_NEEDS_CHOICE, c"needs_choice"),
    (Code::NotFound, crm_status::CRM_NOT_FOUND, c"not_found"),
    (Code::AlreadyExists, crm_status::CRM_ALREADY_EXISTS, c"already_exists"),
    (Code::Conflict, crm_status::CRM_CONFLICT, c"conflict"),
    (Code::CommandReused, crm_status::CRM_COMMAND_REUSED, c"command_reused"),
    (Code::Forbidden, crm_status::CRM_FORBIDDEN, c"forbidden"),
    (Code::WrongState, crm_status::CRM_WRONG_STATE, c"wrong_state"),
    (Code::Busy, crm_status::CRM_BUSY, c"busy"),
    (Code::StorageFull, crm_status::CRM_STORAGE_FULL, c"storage_full"),
    (Code::StorageFailed, crm_status::CRM_STORAGE_FAILED, c"storage_failed"),
    (Code::Corrupt, crm_status::CRM_CORRUPT, c"corrupt"),
    (Code::NewerSchema, crm_status::CRM_NEWER_SCHEMA, c"newer_schema"),
    (Code::InvalidHandle, crm_status::CRM_INVALID_HANDLE, c"invalid_handle"),
    (Code::Panic, crm_status::CRM_PANIC, c"panic"),
    (Code::Missing, crm_status::CRM_MISSING, c"missing"),
    (Code::Cancelled, crm_status::CRM_CANCELLED, c"cancelled"),
];

impl crm_status {
    /// The status of a code. A test proves that none is missing; if one were, that would be a bug, and reads so.
    pub(crate) fn of(code: Code) -> Self {
        STATUSES.iter().find(|(c, ..)| *c == code).map_or(crm_status::CRM_PANIC, |(_, status, _)| *status)
    }

    /// The number that C sees.
    pub const fn number(self) -> i32 {
        self as i32
    }
}

/// The library's version, for example "0.1.0". Compare it with `CRM_VERSION` to see whether the header fits.
///
/// The text is static: do not free it. Any thread may call this.
#[unsafe(no_mangle)]
pub extern "C" fn crm_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast()
}

/// The stable name of a status, for example "unknown_field"; "ok" for zero, and "unknown_status" for a number that
/// this library does not know.
///
/// The text is static: do not free it. Any thread may call this.
#[unsafe(no_mangle)]
pub extern "C" fn crm_status_name(status: i32) -> *const c_char {
    let known = STATUSES.iter().find(|(_, s, _)| s.number() == status);
    let name = match known {
        Some((.., name)) => name,
        None if status == 0 => c"ok",
        None => c"unknown_status",
    };
    name.as_ptr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_core_has_its_status_with_the_same_number_and_name() {
        assert_eq!(STATUSES.len(), Code::ALL.len());
        for code in Code::ALL {
            let status = crm_status::of(*code);
            assert_eq!(status.number(), code.number());
            assert_eq!(format!("{status:?}"), format!("CRM_{}", code.name().to_uppercase()));
            let (.., name) = STATUSES.iter().find(|(_, s, _)| *s == status).unwrap();
            assert_eq!(name.to_str().unwrap(), code.name());
        }
    }
}
