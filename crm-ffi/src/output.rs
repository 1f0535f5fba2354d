//! Out-parameters: emptied before anything else, written when the call succeeds.

#![allow(unsafe_code, reason = "writes the caller's out-parameters")]

use std::ptr::NonNull;

use crm_core::{Problem, Result};

/// A type whose variable can be empty.
pub(crate) trait Empty {
    /// What an empty variable holds.
    fn empty() -> Self;
}

impl<T> Empty for *mut T {
    fn empty() -> Self {
        std::ptr::null_mut()
    }
}

/// Where a result goes.
pub(crate) struct Out<T>(NonNull<T>);

impl<T: Empty> Out<T> {
    /// The caller's variable, emptied; `name` is the parameter's, for the message.
    ///
    /// # Safety
    /// `pointer` is NULL or can be written until the call ends.
    pub(crate) unsafe fn new(pointer: *mut T, name: &'static str) -> Result<Self> {
        let out = NonNull::new(pointer).ok_or(Problem::NullPointer { name })?;
        // SAFETY: not NULL, so it can be written.
        unsafe { out.write(T::empty()) };
        Ok(Out(out))
    }

    /// Writes the result: the last thing that a call does.
    pub(crate) fn put(self, value: T) {
        // SAFETY: as promised to `new`.
        unsafe { self.0.write(value) };
    }
}
