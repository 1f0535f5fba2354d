//! The C structures as they lie in memory, looked at before anything relies on them.
#![allow(
    unsafe_code,
    reason = "the C data interface is pointers; every look at one is here, in `take` and in `import`"
)]

use std::ffi::{CStr, c_char, c_void};

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema};

/// What is wrong, for `Problem::Arrow`.
pub(crate) type Checked<T = ()> = Result<T, String>;

/// Most levels of nested types.
const MOST_DEPTH: usize = 32;
/// Most children of one structure.
pub(crate) const MOST_CHILDREN: i64 = 100_000;

/// `struct ArrowSchema` of the C data interface.
#[repr(C)]
struct CSchema {
    format: *const c_char,
    name: *const c_char,
    metadata: *const c_char,
    flags: i64,
    n_children: i64,
    children: *const *const CSchema,
    dictionary: *const CSchema,
    release: Option<unsafe extern "C" fn(*mut CSchema)>,
    private_data: *const c_void,
}

/// `struct ArrowArray` of the C data interface.
#[repr(C)]
pub(crate) struct CArray {
    pub(crate) length: i64,
    pub(crate) null_count: i64,
    pub(crate) offset: i64,
    pub(crate) n_buffers: i64,
    pub(crate) n_children: i64,
    pub(crate) buffers: *const *const c_void,
    pub(crate) children: *const *const CArray,
    pub(crate) dictionary: *const CArray,
    pub(crate) release: Option<unsafe extern "C" fn(*mut CArray)>,
    pub(crate) private_data: *const c_void,
}

// Both are the layouts of the specification, so they are each other's.
const _: () = assert!(size_of::<CSchema>() == size_of::<FFI_ArrowSchema>());
const _: () = assert!(size_of::<CArray>() == size_of::<FFI_ArrowArray>());

/// Checks a schema: enough that reading it into a `Schema` follows no null pointer and meets no broken text.
pub(crate) fn check_schema(schema: &FFI_ArrowSchema) -> Checked {
    // SAFETY: both types have the layout that the specification gives `struct ArrowSchema`.
    schema_inside(unsafe { &*std::ptr::from_ref(schema).cast::<CSchema>() }, 0)
}

fn schema_inside(schema: &CSchema, depth: usize) -> Checked {
    if depth > MOST_DEPTH {
        return Err(format!("types nest deeper than {MOST_DEPTH} levels"));
    }
    if schema.release.is_none() {
        return Err("the schema was released, or a part of it".to_owned());
    }
    let format = text(schema.format, "format")?.ok_or("a schema without format")?;
    text(schema.name, "name")?;
    let expected = match format {
        "+l" | "+L" | "+vl" | "+vL" | "+m" => Some(1),
        "+r" => Some(2),
        f if f.starts_with("+w:") => Some(1),
        f if f.starts_with('+') => None,
        _ => Some(0),
    };
    if expected.is_some_and(|n| n != schema.n_children) || !(0..=MOST_CHILDREN).contains(&schema.n_children) {
        return Err(format!("a schema of format `{format}` with {} children", schema.n_children));
    }
    for i in 0..count(schema.n_children) {
        schema_inside(child(schema.children, i)?, depth.saturating_add(1))?;
    }
    // SAFETY: null or, by the contract of the interface, a schema that lives as long as this one.
    match unsafe { schema.dictionary.as_ref() } {
        Some(dictionary) => schema_inside(dictionary, depth.saturating_add(1)),
        None => Ok(()),
    }
}

/// A count that was checked to be neither negative nor huge.
pub(crate) fn count(n: i64) -> usize {
    usize::try_from(n).unwrap_or(0)
}

fn text<'a>(pointer: *const c_char, what: &str) -> Checked<Option<&'a str>> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: not null, and by the contract of the interface a C string that lives as long as its structure.
    let text = unsafe { CStr::from_ptr(pointer) };
    text.to_str().map(Some).map_err(|_| format!("a {what} that is not UTF-8"))
}

/// A child, by its place below the count that its parent gives.
pub(crate) fn child<'a, T>(children: *const *const T, index: usize) -> Checked<&'a T> {
    if children.is_null() {
        return Err("a null list of children".to_owned());
    }
    // SAFETY: not null, and `index` is below the count that the structure gives for this list.
    let pointer = unsafe { children.add(index).read() };
    // SAFETY: null or, by the contract of the interface, a structure that lives as long as its parent.
    unsafe { pointer.as_ref() }.ok_or_else(|| format!("a null child {index}"))
}

/// The address of a buffer, by its place below the count that its array gives; may be null.
pub(crate) fn buffer(array: &CArray, index: usize) -> *const c_void {
    // SAFETY: callers checked that the list is not null and has more than `index` buffers.
    unsafe { array.buffers.add(index).read() }
}

/// The integers of a buffer that its array gives `length` of.
pub(crate) fn integers<'a, T>(pointer: *const c_void, length: usize, what: &str) -> Checked<&'a [T]> {
    let pointer = pointer.cast::<T>();
    match (length, pointer.is_null(), pointer.is_aligned()) {
        (0, ..) => Ok(&[]),
        (_, true, _) => Err(format!("a null buffer of {what}")),
        (_, _, false) => Err(format!("a buffer of {what} at an odd address")),
        // SAFETY: not null, aligned, and by the contract of the interface as long as its array says.
        _ => Ok(unsafe { std::slice::from_raw_parts(pointer, length) }),
    }
}
