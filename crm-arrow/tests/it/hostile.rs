//! Arrays and streams whose producer is wrong: each is refused with a clear error, nothing is followed.
#![allow(unsafe_code, reason = "broken C structures are made by writing into good ones")]

use std::ffi::{c_char, c_int, c_void};
use std::sync::Arc;

use arrow_array::builder::StringDictionaryBuilder;
use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::types::Int8Type;
use arrow_array::{Array, ArrayRef, Int64Array, ListArray, StringArray, StringViewArray, StructArray};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field};
use crm_arrow::score_table;

use super::{batch, options, rules};

#[repr(C)]
struct CArray {
    length: i64,
    null_count: i64,
    offset: i64,
    n_buffers: i64,
    n_children: i64,
    buffers: *mut *const c_void,
    children: *mut *mut CArray,
    dictionary: *mut CArray,
    release: Option<unsafe extern "C" fn(*mut CArray)>,
    private_data: *mut c_void,
}

#[repr(C)]
struct CSchema {
    format: *const c_char,
    name: *const c_char,
    metadata: *const c_char,
    flags: i64,
    n_children: i64,
    children: *mut *mut CSchema,
    dictionary: *mut CSchema,
    release: Option<unsafe extern "C" fn(*mut CSchema)>,
    private_data: *mut c_void,
}

/// A stream of one prepared schema and one prepared array.
struct Prepared {
    schema: Option<FFI_ArrowSchema>,
    array: Option<FFI_ArrowArray>,
}

unsafe extern "C" fn get_schema(stream: *mut FFI_ArrowArrayStream, out: *mut FFI_ArrowSchema) -> c_int {
    // SAFETY: `private_data` is the `Prepared` of `stream()`.
    let prepared = unsafe { &mut *(*stream).private_data().cast::<Prepared>() };
    // SAFETY: the consumer gives a place to write to.
    unsafe { out.write(prepared.schema.take().unwrap_or_else(FFI_ArrowSchema::empty)) };
    0
}

unsafe extern "C" fn get_next(stream: *mut FFI_ArrowArrayStream, out: *mut FFI_ArrowArray) -> c_int {
    // SAFETY: `private_data` is the `Prepared` of `stream()`.
    let prepared = unsafe { &mut *(*stream).private_data().cast::<Prepared>() };
    // SAFETY: the consumer gives a place to write to.
    unsafe { out.write(prepared.array.take().unwrap_or_else(FFI_ArrowArray::empty)) };
    0
}

unsafe extern "C" fn get_last_error(_: *mut FFI_ArrowArrayStream) -> *const c_char {
    c"bad \xff day".as_ptr()
}

unsafe extern "C" fn fail(_: *mut FFI_ArrowArrayStream, _: *mut FFI_ArrowArray) -> c_int {
    5
}

unsafe extern "C" fn release(stream: *mut FFI_ArrowArrayStream) {
    // SAFETY: `private_data` is the `Prepared` of `stream()`, and this is its end.
    drop(unsafe { Box::from_raw((*stream).private_data().cast::<Prepared>()) });
    // SAFETY: marks the stream released, as the specification asks.
    unsafe { (*stream).set_release(None) };
}

fn stream(schema: FFI_ArrowSchema, array: FFI_ArrowArray, failing: bool) -> FFI_ArrowArrayStream {
    let prepared = Box::into_raw(Box::new(Prepared { schema: Some(schema), array: Some(array) }));
    let next = if failing { fail } else { get_next };
    // SAFETY: the callbacks are those of `Prepared`.
    unsafe {
        FFI_ArrowArrayStream::new_unchecked(
            Some(get_schema),
            Some(next),
            Some(get_last_error),
            Some(release),
            prepared.cast(),
        )
    }
}

/// Structures that nobody frees: what the tests write into them is not what their maker allocated.
fn exported(column: ArrayRef) -> (FFI_ArrowSchema, FFI_ArrowArray) {
    exported_as("job_title", column)
}

fn exported_as(name: &str, column: ArrayRef) -> (FFI_ArrowSchema, FFI_ArrowArray) {
    unsafe extern "C" fn keep_schema(_: *mut FFI_ArrowSchema) {}
    unsafe extern "C" fn keep_array(_: *mut FFI_ArrowArray) {}
    let batch = batch(vec![(name, column)]);
    let mut schema = FFI_ArrowSchema::try_from(batch.schema().as_ref()).unwrap();
    let mut array = FFI_ArrowArray::new(&StructArray::from(batch).to_data());
    // SAFETY: releasing does nothing, so the structures are leaked, which is safe.
    unsafe {
        schema.set_release(Some(keep_schema));
        array.set_release(Some(keep_array));
    }
    (schema, array)
}

/// The refusal of a table of one text column after its array was broken.
fn refusal(column: ArrayRef, break_it: impl FnOnce(&mut CArray, &mut CArray)) -> String {
    let (schema, mut array) = exported(column);
    // SAFETY: both types have the layout of the specification.
    let table = unsafe { &mut *(&raw mut array).cast::<CArray>() };
    // SAFETY: the table has one column.
    let column = unsafe { &mut **table.children };
    break_it(table, column);
    format!("{:?}", score_table(stream(schema, array, false), &rules(), options()).unwrap_err())
}

/// The refusal of a table after its schema was broken.
fn schema_refusal(break_it: impl FnOnce(&mut CSchema, &mut CSchema)) -> String {
    let (mut schema, array) = exported(texts());
    // SAFETY: both types have the layout of the specification.
    let table = unsafe { &mut *(&raw mut schema).cast::<CSchema>() };
    // SAFETY: the table has one column.
    let column = unsafe { &mut **table.children };
    break_it(table, column);
    format!("{:?}", score_table(stream(schema, array, false), &rules(), options()).unwrap_err())
}

fn texts() -> ArrayRef {
    Arc::new(StringArray::from(vec![Some("directeur"), None, Some("chef")]))
}

fn dictionary() -> ArrayRef {
    let mut dictionary = StringDictionaryBuilder::<Int8Type>::new();
    dictionary.append_value("directeur");
    dictionary.append_value("chef");
    Arc::new(dictionary.finish())
}

/// Replaces a buffer by another that lives for ever.
fn replace<T>(array: &mut CArray, index: usize, with: &'static [T]) {
    // SAFETY: the array has more than `index` buffers.
    unsafe { array.buffers.add(index).write(with.as_ptr().cast()) };
}

#[track_caller]
fn says(found: &str, expected: &str) {
    assert!(found.starts_with("[invalid_arrow]") && found.contains(expected), "{found}");
}

#[test]
fn counts_and_pointers() {
    says(&refusal(texts(), |_, c| c.length = -1), "length -1 at offset 0");
    says(&refusal(texts(), |_, c| c.offset = -1), "at offset -1");
    says(&refusal(texts(), |t, _| t.offset = i64::MAX), "at offset");
    says(&refusal(texts(), |_, c| c.length = 1 << 40), "length 1099511627776");
    says(&refusal(texts(), |_, c| c.length = 2), "");
    says(&refusal(texts(), |_, c| c.n_buffers = 2), "2 buffers in an array of type Utf8: expected 3");
    says(&refusal(texts(), |_, c| c.n_buffers = i64::MAX), "buffers in an array");
    says(&refusal(texts(), |_, c| c.n_children = 1), "1 children in an array of type Utf8");
    says(&refusal(texts(), |t, _| t.n_children = 0), "0 children");
    says(&refusal(texts(), |t, _| t.children = std::ptr::null_mut()), "a null list of children");
    says(&refusal(texts(), |_, c| c.buffers = std::ptr::null_mut()), "a null list of buffers");
    says(&refusal(texts(), |_, c| replace_null(c, 1)), "a null buffer 1");
    says(&refusal(texts(), |_, c| replace_null(c, 2)), "a null buffer 2");
    says(&refusal(texts(), |_, c| replace_null(c, 0)), "1 nulls without a buffer that says where");
    says(&refusal(texts(), |_, c| c.null_count = 4), "4 nulls in an array of length 3");
    says(&refusal(texts(), |_, c| c.null_count = -2), "-2 nulls");
    says(&refusal(texts(), |_, c| c.null_count = 0), "0 nulls where its buffer has 1");
    says(&refusal(texts(), |_, c| c.null_count = 2), "2 nulls where its buffer has 1");
    says(&refusal(texts(), |t, _| t.null_count = 1), "1 nulls");
}

fn replace_null(array: &mut CArray, index: usize) {
    // SAFETY: the array has more than `index` buffers.
    unsafe { array.buffers.add(index).write(std::ptr::null()) };
}

#[test]
fn offsets_and_text() {
    static BACKWARDS: [i32; 4] = [0, 9, 3, 12];
    static NEGATIVE: [i32; 4] = [-4, 9, 9, 13];
    static NEGATIVE_END: [i32; 4] = [0, 9, 9, -1];
    static BROKEN: [u8; 13] = *b"directeu\xffchef";
    static SPLIT: [u8; 13] = *b"directeu\xc3\xa9hef";
    says(&refusal(texts(), |_, c| replace(c, 1, &BACKWARDS)), "non-monotonic offset");
    says(&refusal(texts(), |_, c| replace(c, 1, &NEGATIVE)), "offset[0] (-4)");
    says(&refusal(texts(), |_, c| replace(c, 1, &NEGATIVE_END)), "offsets that are negative");
    says(&refusal(texts(), |_, c| replace(c, 2, &BROKEN)), "");
    says(&refusal(texts(), |_, c| replace(c, 2, &SPLIT)), "");
    // One byte past an even address is an odd one, wherever the static lies.
    #[repr(align(8))]
    struct Even([u8; 17]);
    static EVEN: Even = Even([0; 17]);
    says(&refusal(texts(), |_, c| replace(c, 1, &EVEN.0[1..])), "odd address");
    // A view beyond its data buffer.
    let long = "un texte plus long que douze octets";
    let views: ArrayRef = Arc::new(StringViewArray::from(vec![long]));
    static BEYOND: [u32; 4] = [35, u32::from_le_bytes(*b"un t"), 0, 4];
    says(&refusal(Arc::clone(&views), |_, c| replace(c, 1, &BEYOND)), "");
    static MINUS: [i64; 1] = [-5];
    says(&refusal(views, |_, c| replace(c, 3, &MINUS)), "negative size");
}

#[test]
fn dictionaries() {
    static BEYOND: [i8; 2] = [0, 2];
    static NEGATIVE: [i8; 2] = [0, -1];
    says(&refusal(dictionary(), |_, c| replace(c, 1, &BEYOND)), "");
    says(&refusal(dictionary(), |_, c| replace(c, 1, &NEGATIVE)), "");
    let found = refusal(dictionary(), |_, c| c.dictionary = std::ptr::null_mut());
    says(&found, "a dictionary array without its dictionary");
    let (_schema, mut other) = exported(texts());
    // SAFETY: both types have the layout of the specification.
    let table = unsafe { &mut *(&raw mut other).cast::<CArray>() };
    // SAFETY: the table has one column, which outlives the call.
    let borrowed = unsafe { *table.children };
    let found = refusal(texts(), |_, c| c.dictionary = borrowed);
    says(&found, "a dictionary in an array of type Utf8");
}

#[test]
fn schemas() {
    says(&schema_refusal(|t, _| t.release = None), "the schema was released");
    says(&schema_refusal(|_, c| c.format = std::ptr::null()), "a schema without format");
    says(&schema_refusal(|_, c| c.format = c"\xff".as_ptr()), "a format that is not UTF-8");
    says(&schema_refusal(|_, c| c.name = c"\xff".as_ptr()), "a name that is not UTF-8");
    says(&schema_refusal(|_, c| c.format = c"+l".as_ptr()), "with 0 children");
    says(&schema_refusal(|_, c| c.format = c"what".as_ptr()), "what");
    says(&schema_refusal(|t, _| t.n_children = -1), "with -1 children");
    says(&schema_refusal(|t, _| t.format = c"u".as_ptr()), "with 1 children");
    // The schema says integers, the array has texts.
    let integers = schema_refusal(|_, c| (c.name, c.format) = (c"size".as_ptr(), c"l".as_ptr()));
    says(&integers, "3 buffers in an array of type Int64: expected 2");
    says(&schema_refusal(|_, c| c.format = c"d:99,2".as_ptr()), "");
    says(&schema_refusal(|_, c| c.format = c"w:2147483647".as_ptr()), "");
}

/// Found by fuzzing: such a key's width was looked up before anybody had refused it, which panicked.
#[test]
fn dictionary_keys_of_an_impossible_width() {
    let column: ArrayRef = dictionary();
    let (mut schema, array) = exported(column);
    // SAFETY: both types have the layout of the specification, and the table has one column.
    let keys = unsafe { &mut **(*(&raw mut schema).cast::<CSchema>()).children };
    keys.format = c"w:-1".as_ptr();
    let error = format!("{:?}", score_table(stream(schema, array, false), &rules(), options()).unwrap_err());
    says(&error, "Dictionary(FixedSizeBinary(-1), Utf8)");
}

/// A table of no rows is made of its types alone, which nobody looked at before it was: that panicked.
#[test]
fn impossible_types_of_no_rows() {
    for format in [c"g", c"b", c"u", c"w:-1"] {
        let (mut schema, mut array) = exported(dictionary());
        // SAFETY: both types have the layout of the specification, and the table has one column.
        let (keys, table) = unsafe {
            (&mut **(*(&raw mut schema).cast::<CSchema>()).children, &mut *(&raw mut array).cast::<CArray>())
        };
        keys.format = format.as_ptr();
        table.length = 0;
        // SAFETY: the table has one column.
        unsafe { (**table.children).length = 0 };
        let error = format!("{:?}", score_table(stream(schema, array, false), &rules(), options()).unwrap_err());
        says(&error, "the type Dictionary(");
    }
}

/// Found by fuzzing: lists that are all empty have no items, which may be cut out of anything, and whose buffers may be
/// nowhere. Such tables were refused or, where an address was given at which nothing is, read there.
#[test]
fn the_items_of_empty_lists() {
    let lists = || -> ArrayRef {
        let nothing = StringArray::from(vec!["ahead", "behind"]).slice(1, 0);
        let item = Arc::new(Field::new_list_field(DataType::Utf8, true));
        Arc::new(ListArray::new(item, OffsetBuffer::from_lengths([0, 0]), Arc::new(nothing), None))
    };
    for offsets in [None, Some(std::ptr::null()), Some(std::ptr::without_provenance(4))] {
        let (schema, mut array) = exported_as("tags", lists());
        // SAFETY: both types have the layout of the specification, and the table has one column of one child.
        let items = unsafe { &mut **(**(*(&raw mut array).cast::<CArray>()).children).children };
        if let Some(offsets) = offsets {
            // SAFETY: texts have three buffers.
            unsafe { items.buffers.add(1).write(offsets) };
        }
        let scored = score_table(stream(schema, array, false), &rules(), options()).unwrap();
        assert_eq!(scored.rows(), 2);
    }
}

#[test]
fn released_parts() {
    let (schema, mut array) = exported(texts());
    // SAFETY: both types have the layout of the specification, and the table has one column.
    unsafe { (**(*(&raw mut array).cast::<CArray>()).children).release = None };
    let error = format!("{:?}", score_table(stream(schema, array, false), &rules(), options()).unwrap_err());
    says(&error, "the array was released, or a part of it");
    says(&schema_refusal(|_, c| c.release = None), "the schema was released, or a part of it");
}

#[test]
fn long_messages_are_cut() {
    static LONG: [u8; 100_001] = {
        let mut text = [b'x'; 100_001];
        text[100_000] = 0;
        text
    };
    assert!(schema_refusal(|_, c| c.format = LONG.as_ptr().cast()).len() < 1_000);
}

#[test]
fn streams() {
    let (schema, array) = exported(texts());
    let error = format!("{:?}", score_table(stream(schema, array, true), &rules(), options()).unwrap_err());
    says(&error, "bad \u{fffd} day");
    let released = FFI_ArrowArrayStream::empty();
    let error = format!("{:?}", score_table(released, &rules(), options()).unwrap_err());
    says(&error, "the stream was released");
    // A stream of something else than rows.
    let numbers = Int64Array::from(vec![1]).to_data();
    let schema = FFI_ArrowSchema::try_from(numbers.data_type()).unwrap();
    let error = score_table(stream(schema, FFI_ArrowArray::new(&numbers), false), &rules(), options()).unwrap_err();
    assert_eq!(error.code().name(), "invalid_arrow");
}
