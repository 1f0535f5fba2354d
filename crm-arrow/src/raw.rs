//! The C structures as they lie in memory, looked at before anything relies on them.
#![allow(unsafe_code, reason = "the C data interface is pointers; every look at one is here and in `import`")]

use std::ffi::{CStr, c_char, c_void};

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use arrow_buffer::bit_chunk_iterator::UnalignedBitChunk;
use arrow_data::layout;
use arrow_schema::DataType;

/// What is wrong, for `Problem::Arrow`.
type Checked<T = ()> = Result<T, String>;

/// Most rows of one array, its offset included.
const MOST_ROWS: i64 = 1 << 31;
/// Most levels of nested types.
const MOST_DEPTH: usize = 32;
/// Most children of one structure.
const MOST_CHILDREN: i64 = 100_000;
/// Most bytes of one fixed-size value.
const MOST_WIDTH: i32 = 1 << 24;

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
struct CArray {
    length: i64,
    null_count: i64,
    offset: i64,
    n_buffers: i64,
    n_children: i64,
    buffers: *const *const c_void,
    children: *const *const CArray,
    dictionary: *const CArray,
    release: Option<unsafe extern "C" fn(*mut CArray)>,
    private_data: *const c_void,
}

// Both are the layouts of the specification, so they are each other's.
const _: () = assert!(size_of::<CSchema>() == size_of::<FFI_ArrowSchema>());
const _: () = assert!(size_of::<CArray>() == size_of::<FFI_ArrowArray>());

/// Checks a schema: enough that reading it into a `Schema` follows no null pointer and meets no broken text.
pub(crate) fn check_schema(schema: &FFI_ArrowSchema) -> Checked {
    // SAFETY: both types have the layout that the specification gives `struct ArrowSchema`.
    let schema = unsafe { &*std::ptr::from_ref(schema).cast::<CSchema>() };
    if schema.release.is_none() {
        return Err("the schema was released".to_owned());
    }
    schema_inside(schema, 0)
}

fn schema_inside(schema: &CSchema, depth: usize) -> Checked {
    if depth > MOST_DEPTH {
        return Err(format!("types nest deeper than {MOST_DEPTH} levels"));
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

/// Checks an array of a known type: enough that importing it follows no null pointer and no negative count.
pub(crate) fn check_array(array: &FFI_ArrowArray, kind: &DataType) -> Checked {
    // SAFETY: both types have the layout that the specification gives `struct ArrowArray`.
    let array = unsafe { &*std::ptr::from_ref(array).cast::<CArray>() };
    array_inside(array, kind)
}

fn array_inside(array: &CArray, kind: &DataType) -> Checked {
    let rows = array.length.checked_add(array.offset).filter(|n| *n <= MOST_ROWS);
    let Some(rows) = rows.filter(|_| array.length >= 0 && array.offset >= 0) else {
        return Err(format!("an array of length {} at offset {}", array.length, array.offset));
    };
    if array.null_count < -1 || array.null_count > array.length {
        return Err(format!("{} nulls in an array of length {}", array.null_count, array.length));
    }
    check_parameters(kind)?;
    check_buffers(array, kind, rows)?;
    let children = child_types(kind);
    if usize::try_from(array.n_children) != Ok(children.len()) {
        return Err(format!("{} children in an array of type {kind}", array.n_children));
    }
    for (i, kind) in children.into_iter().enumerate() {
        array_inside(child(array.children, i)?, kind)?;
    }
    // SAFETY: null or, by the contract of the interface, an array that lives as long as this one.
    match (unsafe { array.dictionary.as_ref() }, kind) {
        (Some(dictionary), DataType::Dictionary(_, values)) => array_inside(dictionary, values),
        (None, DataType::Dictionary(..)) => Err("a dictionary array without its dictionary".to_owned()),
        (Some(_), _) => Err(format!("a dictionary in an array of type {kind}")),
        (None, _) => Ok(()),
    }
}

/// Parameters that arrow-rs takes as they come.
fn check_parameters(kind: &DataType) -> Checked {
    let good = match kind {
        DataType::FixedSizeBinary(width) | DataType::FixedSizeList(_, width) => (0..=MOST_WIDTH).contains(width),
        DataType::Decimal32(precision, _) => (1..=9).contains(precision),
        DataType::Decimal64(precision, _) => (1..=18).contains(precision),
        DataType::Decimal128(precision, _) => (1..=38).contains(precision),
        DataType::Decimal256(precision, _) => (1..=76).contains(precision),
        _ => true,
    };
    if good { Ok(()) } else { Err(format!("the type {kind}")) }
}

fn check_buffers(array: &CArray, kind: &DataType, rows: i64) -> Checked {
    // The buffers of a dictionary array are those of its keys.
    let own = if let DataType::Dictionary(keys, _) = kind { keys } else { kind };
    let shape = layout(own);
    let fixed = shape.buffers.len().saturating_add(usize::from(shape.can_contain_null_mask));
    // A view array ends with the sizes of any number of data buffers.
    let expected = i64::try_from(fixed.saturating_add(usize::from(shape.variadic))).unwrap_or(i64::MAX);
    let found = array.n_buffers;
    let good = if shape.variadic { found >= expected && found <= MOST_CHILDREN } else { found == expected };
    if !good {
        return Err(format!("{found} buffers in an array of type {kind}: expected {expected}"));
    }
    if expected > 0 && array.buffers.is_null() {
        return Err("a null list of buffers".to_owned());
    }
    if shape.can_contain_null_mask {
        check_nulls(array, rows)?;
    }
    if shape.variadic {
        let sizes = buffer(array, count(found).saturating_sub(1));
        let sizes = integers::<i64>(sizes, count(found).saturating_sub(count(expected)), "sizes")?;
        if sizes.iter().any(|n| *n < 0) {
            return Err("a data buffer of negative size".to_owned());
        }
    }
    if rows == 0 {
        return Ok(());
    }
    for i in usize::from(shape.can_contain_null_mask)..fixed.min(2) {
        if buffer(array, i).is_null() {
            return Err(format!("a null buffer {i} in an array of type {kind} with {} rows", array.length));
        }
    }
    match own {
        DataType::Utf8 | DataType::Binary | DataType::List(_) | DataType::Map(..) => check_offsets::<i32>(array, rows),
        DataType::LargeUtf8 | DataType::LargeBinary | DataType::LargeList(_) => check_offsets::<i64>(array, rows),
        _ => Ok(()),
    }
}

/// arrow-rs forgets a buffer of nulls whose count says none.
fn check_nulls(array: &CArray, rows: i64) -> Checked {
    let bits = buffer(array, 0);
    if bits.is_null() && array.null_count > 0 {
        return Err(format!("{} nulls without a buffer that says where", array.null_count));
    }
    if bits.is_null() || array.null_count < 0 {
        return Ok(());
    }
    let bytes = integers::<u8>(bits, count(rows).div_ceil(8), "nulls")?;
    let valid = UnalignedBitChunk::new(bytes, count(array.offset), count(array.length)).count_ones();
    let nulls = count(array.length).saturating_sub(valid);
    if nulls != count(array.null_count) {
        return Err(format!("{} nulls where its buffer has {nulls}", array.null_count));
    }
    Ok(())
}

fn check_offsets<T: Copy + PartialOrd + Default>(array: &CArray, rows: i64) -> Checked {
    let offsets = integers::<T>(buffer(array, 1), count(rows).saturating_add(1), "offsets")?;
    let offsets = offsets.get(count(array.offset)..).unwrap_or_default();
    let falling = offsets.iter().zip(offsets.iter().skip(1)).any(|(a, b)| a > b);
    if falling || offsets.first().is_some_and(|first| *first < T::default()) {
        return Err("offsets that are negative or run backwards".to_owned());
    }
    Ok(())
}

fn child_types(kind: &DataType) -> Vec<&DataType> {
    match kind {
        DataType::List(f)
        | DataType::LargeList(f)
        | DataType::ListView(f)
        | DataType::LargeListView(f)
        | DataType::FixedSizeList(f, _)
        | DataType::Map(f, _) => vec![f.data_type()],
        DataType::Struct(fields) => fields.iter().map(|f| f.data_type()).collect(),
        DataType::Union(fields, _) => fields.iter().map(|(_, f)| f.data_type()).collect(),
        DataType::RunEndEncoded(ends, values) => vec![ends.data_type(), values.data_type()],
        _ => Vec::new(),
    }
}

/// A count that was checked to be neither negative nor huge.
fn count(n: i64) -> usize {
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

fn child<'a, T>(children: *const *const T, index: usize) -> Checked<&'a T> {
    if children.is_null() {
        return Err("a null list of children".to_owned());
    }
    // SAFETY: not null, and `index` is below the count that the structure gives for this list.
    let pointer = unsafe { children.add(index).read() };
    // SAFETY: null or, by the contract of the interface, a structure that lives as long as its parent.
    unsafe { pointer.as_ref() }.ok_or_else(|| format!("a null child {index}"))
}

fn buffer(array: &CArray, index: usize) -> *const c_void {
    // SAFETY: callers checked that the list is not null and has more than `index` buffers.
    unsafe { array.buffers.add(index).read() }
}

fn integers<'a, T>(pointer: *const c_void, length: usize, what: &str) -> Checked<&'a [T]> {
    let pointer = pointer.cast::<T>();
    match (length, pointer.is_null(), pointer.is_aligned()) {
        (0, ..) => Ok(&[]),
        (_, true, _) => Err(format!("a null buffer of {what}")),
        (_, _, false) => Err(format!("a buffer of {what} at an odd address")),
        // SAFETY: not null, aligned, and by the contract of the interface as long as its array says.
        _ => Ok(unsafe { std::slice::from_raw_parts(pointer, length) }),
    }
}
