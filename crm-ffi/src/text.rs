//! Text over the door: bytes in as pointer and length, text out as a `crm_string` that the caller frees.

#![allow(unsafe_code, reason = "reads the caller's bytes, and makes and frees the texts that it is given")]
#![allow(non_camel_case_types, reason = "the names are C's")]

use std::collections::BTreeMap;
use std::ffi::c_char;
use std::ptr::{NonNull, slice_from_raw_parts_mut};
use std::sync::{Mutex, PoisonError};

use crm_core::kernel::json;
use crm_core::{Problem, Result};

use crate::boundary::guard_quietly;
use crate::output::Empty;
use crate::status::crm_status;

/// Text that the library made: UTF-8, `length` bytes, then a NUL that is not counted. Free it with `crm_string_free`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct crm_string {
    /// The bytes; NULL when there is no text.
    pub data: *const c_char,
    /// How many bytes, the NUL at the end not counted.
    pub length: usize,
}

impl Empty for crm_string {
    fn empty() -> Self {
        crm_string { data: std::ptr::null(), length: 0 }
    }
}

/// Frees a text and empties the variable that holds it, so that freeing it again does nothing.
///
/// A text whose `data` is NULL is left alone. `CRM_INVALID_HANDLE` for NULL and for a text that is not one of this
/// library's; nothing is freed then. Do not free copies of the variable: the address may belong to another text by then.
/// Any thread may call this.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_string_free(string: *mut crm_string) -> crm_status {
    guard_quietly(|| {
        let string = NonNull::new(string).ok_or(Problem::NullPointer { name: "string" })?;
        // SAFETY: not NULL, so the caller promises that it points to a `crm_string`.
        let data = unsafe { string.replace(crm_string::empty()) }.data.cast_mut().cast::<u8>();
        if data.is_null() {
            return Ok(());
        }
        let size = live().remove(&mark(data)).ok_or(Problem::InvalidHandle { name: "string" })?;
        // SAFETY: `new` leaked a box of exactly this address and size, and removing its mark is done once.
        drop(unsafe { Box::from_raw(slice_from_raw_parts_mut(data, size)) });
        Ok(())
    })
}

/// A text for C.
pub(crate) fn new(text: String) -> crm_string {
    let length = text.len();
    let mut bytes = text.into_bytes();
    bytes.push(0);
    let bytes = Box::leak(bytes.into_boxed_slice());
    live().insert(mark(bytes.as_ptr()), bytes.len());
    crm_string { data: bytes.as_ptr().cast(), length }
}

/// The texts that C has: their marks, and their sizes with the NUL, because what the caller's variable says may have
/// been changed.
static LIVE: Mutex<BTreeMap<usize, usize>> = Mutex::new(BTreeMap::new());

fn live() -> std::sync::MutexGuard<'static, BTreeMap<usize, usize>> {
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An address as it is kept: its complement, so that a leak checker does not take our note for the caller's pointer and
/// still finds the text that the caller forgot.
fn mark(data: *const u8) -> usize {
    !data.addr()
}

/// How many texts are not freed yet.
pub(crate) fn count() -> usize {
    live().len()
}

/// The most bytes of a path.
const MOST_PATH: usize = 32 * 1024;
/// The most bytes of a short word: the name of a rule or of a language.
const MOST_WORD: usize = 256;

/// A JSON document; read as such, UTF-8 included, by the core.
///
/// # Safety
/// `data` is NULL or has `length` bytes that nobody writes during the call.
pub(crate) unsafe fn json<'a>(data: *const c_char, length: usize, name: &'static str) -> Result<&'a [u8]> {
    // SAFETY: as promised by the caller.
    unsafe { bytes(data, length, json::MOST_BYTES, name) }
}

/// A short word.
///
/// # Safety
/// As [`json`].
pub(crate) unsafe fn word<'a>(data: *const c_char, length: usize, name: &'static str) -> Result<&'a str> {
    // SAFETY: as promised by the caller.
    utf8(unsafe { bytes(data, length, MOST_WORD, name) }?).map_err(|e| e.at(name))
}

/// The path of a file.
///
/// # Safety
/// As [`json`].
pub(crate) unsafe fn path<'a>(data: *const c_char, length: usize, name: &'static str) -> Result<&'a str> {
    // SAFETY: as promised by the caller.
    match utf8(unsafe { bytes(data, length, MOST_PATH, name) }?).map_err(|e| e.at(name))? {
        "" => Err(Problem::Missing { name: name.into() }.into()),
        path => Ok(path),
    }
}

fn utf8(bytes: &[u8]) -> Result<&str> {
    let text = std::str::from_utf8(bytes).map_err(|e| Problem::NotUtf8 { byte: json::length(e.valid_up_to()) })?;
    if text.contains('\0') { Err(Problem::Nul.into()) } else { Ok(text) }
}

/// The caller's bytes. The length is looked at first: one that cannot be meant is refused before anything is read.
unsafe fn bytes<'a>(data: *const c_char, length: usize, most: usize, name: &'static str) -> Result<&'a [u8]> {
    if length == 0 {
        return Ok(&[]);
    }
    if data.is_null() {
        return Err(Problem::NullPointer { name }.into());
    }
    if length > most {
        let problem = Problem::TooLong { bytes: json::length(length), most: json::length(most) };
        return Err(crm_core::Error::from(problem).at(name));
    }
    // SAFETY: not NULL, and the caller promises `length` bytes, which is far below `isize::MAX`.
    Ok(unsafe { std::slice::from_raw_parts(data.cast(), length) })
}
