//! The C structures: a stream that plays a case, and counts how its consumer treats it.
#![allow(unsafe_code, reason = "a producer of the C interface is callbacks over raw pointers")]

use std::alloc::{Layout, alloc, dealloc};
use std::ffi::{CString, c_char, c_int, c_void};
use std::ptr::{null, null_mut};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;

use super::array::{Array, Memory};
use super::case::{Answer, Case};
use super::kind::{Node, Wrong};

/// `struct ArrowSchema`.
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

/// `struct ArrowArray`.
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

/// What was given, and what came back.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    given: AtomicUsize,
    released: AtomicUsize,
    streams_released: AtomicUsize,
    /// Children released one by one, calls of a released stream: what no consumer may do.
    misused: AtomicUsize,
}

fn count(counter: &AtomicUsize) {
    counter.fetch_add(1, Ordering::SeqCst);
}

/// Plays a case, as one stream.
pub(crate) struct Producer {
    case: Arc<Case>,
    place: usize,
    message: Option<CString>,
    counts: Arc<Counts>,
}

impl Producer {
    /// A producer that stays to see what its consumer does after the stream's release.
    pub(crate) fn new(case: &Arc<Case>) -> Box<Self> {
        let message = case.manners.message.clone().map(|m| CString::new(m).unwrap());
        Box::new(Self { case: Arc::clone(case), place: 0, message, counts: Arc::default() })
    }

    pub(crate) fn stream(&mut self) -> FFI_ArrowArrayStream {
        let manners = &self.case.manners;
        let release = (!manners.released).then_some(release_stream as unsafe extern "C" fn(*mut FFI_ArrowArrayStream));
        // SAFETY: the callbacks are made for this private data, which outlives the stream.
        unsafe {
            FFI_ArrowArrayStream::new_unchecked(
                if manners.without_get_schema { None } else { Some(get_schema) },
                if manners.without_get_next { None } else { Some(get_next) },
                if manners.without_last_error { None } else { Some(get_last_error) },
                release,
                std::ptr::from_mut(self).cast(),
            )
        }
    }

    /// Every structure was released once, and the stream by now.
    pub(crate) fn check_stream(&self) {
        let expected = usize::from(!self.case.manners.released);
        assert_eq!(
            self.counts.streams_released.load(Ordering::SeqCst),
            expected,
            "the stream is released exactly once"
        );
    }

    /// Every structure that was given came back once.
    pub(crate) fn check_all(&self) {
        self.check_stream();
        let released = self.counts.released.load(Ordering::SeqCst);
        assert_eq!(self.counts.given.load(Ordering::SeqCst), released, "structures given, and released");
        assert_eq!(self.counts.misused.load(Ordering::SeqCst), 0, "a child was released, or a released stream called");
    }
}

unsafe extern "C" fn release_stream(stream: *mut FFI_ArrowArrayStream) {
    // SAFETY: the consumer gives the stream of a `Producer` that still lives.
    let counts = unsafe { &(*(*stream).private_data().cast::<Producer>()).counts };
    count(&counts.streams_released);
    // SAFETY: marks the stream released, as the interface asks.
    unsafe { (*stream).set_release(None) };
}

/// The producer behind a stream.
unsafe fn producer<'a>(stream: *mut FFI_ArrowArrayStream) -> &'a mut Producer {
    // SAFETY: the consumer gives the stream of a `Producer` that still lives.
    let producer = unsafe { &mut *(*stream).private_data().cast::<Producer>() };
    if producer.counts.streams_released.load(Ordering::SeqCst) > 0 {
        count(&producer.counts.misused);
    }
    producer
}

unsafe extern "C" fn get_schema(stream: *mut FFI_ArrowArrayStream, out: *mut FFI_ArrowSchema) -> c_int {
    // SAFETY: see `producer`.
    let producer = unsafe { producer(stream) };
    let status = producer.case.manners.schema_status;
    if status == 0 {
        let schema = ExportedSchema::new(&producer.case.schema, Some(Arc::clone(&producer.counts)));
        // SAFETY: the consumer gives a place to write to, and both types have the layout of the interface.
        unsafe { out.cast::<CSchema>().write(given(schema)) };
    }
    status
}

unsafe extern "C" fn get_next(stream: *mut FFI_ArrowArrayStream, out: *mut FFI_ArrowArray) -> c_int {
    // SAFETY: see `producer`.
    let producer = unsafe { producer(stream) };
    let answer = producer.case.answers.get(producer.place);
    producer.place += 1;
    let (status, array) = match answer {
        None => (0, None),
        Some(Answer::Batch(array)) => (0, Some(array)),
        Some(Answer::Failure { status, with }) => (*status, with.as_ref()),
    };
    let array = array.map(|array| {
        let exported = ExportedArray::new(array, Some(Arc::clone(&producer.counts)));
        let mut c = CArray { private_data: null_mut(), ..exported.c };
        if c.release.is_some() {
            count(&producer.counts.given);
            c.private_data = Box::into_raw(Box::new(exported)).cast();
        }
        c
    });
    // SAFETY: the consumer gives a place to write to, and both types have the layout of the interface.
    unsafe { out.cast::<CArray>().write(array.unwrap_or_else(released_array)) };
    status
}

unsafe extern "C" fn get_last_error(stream: *mut FFI_ArrowArrayStream) -> *const c_char {
    // SAFETY: see `producer`.
    unsafe { producer(stream) }.message.as_ref().map_or(null(), |m| m.as_ptr())
}

fn given(exported: ExportedSchema) -> CSchema {
    let mut c = CSchema { private_data: null_mut(), ..exported.c };
    if c.release.is_some() {
        if let Some(counts) = &exported.counts {
            count(&counts.given);
        }
        c.private_data = Box::into_raw(Box::new(exported)).cast();
    }
    c
}

fn released_array() -> CArray {
    ExportedArray::new(&Array { released: true, ..Array::default() }, None).c
}

/// A schema in memory; the structure points into what it owns.
struct ExportedSchema {
    c: CSchema,
    _texts: Vec<CString>,
    _metadata: Option<Vec<u8>>,
    _children: Vec<ExportedSchema>,
    _pointers: Vec<*mut CSchema>,
    _dictionary: Option<Box<ExportedSchema>>,
    counts: Option<Arc<Counts>>,
}

impl ExportedSchema {
    fn new(node: &Node, counts: Option<Arc<Counts>>) -> Self {
        let mut texts = Vec::new();
        let mut text = |bytes: Vec<u8>| {
            texts.push(CString::new(bytes).unwrap());
            texts.last().map_or(null(), |t| t.as_ptr())
        };
        let format = if node.wrong == Some(Wrong::NullFormat) { null() } else { text(node.kind.format()) };
        let name = node.name.clone().map_or(null(), text);
        let mut children: Vec<_> = node.children.iter().map(|c| Self::new(c, None)).collect();
        let mut pointers: Vec<*mut CSchema> = children.iter_mut().map(|c| &raw mut c.c).collect();
        let mut n_children = i64::try_from(pointers.len()).unwrap();
        if let Some(Wrong::Children(claimed)) = node.wrong {
            n_children = claimed;
            if (0..100).contains(&claimed) {
                pointers.resize(pointers.len().max(usize::try_from(claimed).unwrap()), null_mut());
            }
        }
        if let (Some(Wrong::NullChild), Some(first)) = (node.wrong, pointers.first_mut()) {
            *first = null_mut();
        }
        let mut dictionary = node.dictionary.as_ref().map(|d| Box::new(Self::new(d, None)));
        let no_list = node.wrong == Some(Wrong::NullChildren);
        let metadata = node.metadata.clone();
        let c = CSchema {
            format,
            name,
            metadata: metadata.as_ref().map_or(null(), |m| m.as_ptr().cast()),
            flags: node.flags,
            n_children,
            children: if no_list { null_mut() } else { pointers.as_mut_ptr() },
            dictionary: dictionary.as_mut().map_or(null_mut(), |d| &raw mut d.c),
            release: (node.wrong != Some(Wrong::Released)).then_some(release_schema),
            private_data: null_mut(),
        };
        Self {
            c,
            _texts: texts,
            _metadata: metadata,
            _children: children,
            _pointers: pointers,
            _dictionary: dictionary,
            counts,
        }
    }
}

unsafe extern "C" fn release_schema(schema: *mut CSchema) {
    // SAFETY: the consumer gives a structure of `ExportedSchema`; a child has no private data.
    let (schema, private) = unsafe { (&mut *schema, (*schema).private_data.cast::<ExportedSchema>()) };
    schema.release = None;
    assert!(!private.is_null(), "a child of a schema was released by itself");
    // SAFETY: made by `Box::into_raw`, and this is its end.
    let exported = unsafe { Box::from_raw(private) };
    if let Some(counts) = &exported.counts {
        count(&counts.released);
    }
}

/// An array in memory; the structure points into what it owns.
struct ExportedArray {
    c: CArray,
    _memory: Vec<Placed>,
    _buffers: Option<Vec<*const c_void>>,
    _children: Vec<Option<ExportedArray>>,
    _pointers: Option<Vec<*mut CArray>>,
    _dictionary: Option<Box<ExportedArray>>,
    counts: Option<Arc<Counts>>,
}

impl ExportedArray {
    fn new(array: &Array, counts: Option<Arc<Counts>>) -> Self {
        let mut placed = Vec::new();
        let mut place = |memory: &Option<Memory>| match memory {
            None => null(),
            Some(memory) => {
                placed.push(Placed::new(memory));
                placed.last().map_or(null(), |p| p.pointer.cast_const().cast())
            }
        };
        let mut buffers: Option<Vec<*const c_void>> =
            array.buffers.as_ref().map(|b| b.iter().map(&mut place).collect());
        let given = array.children.as_deref().unwrap_or_default();
        let mut children: Vec<_> = given.iter().map(|c| c.as_ref().map(|c| Self::new(c, None))).collect();
        let pointer = |child: &mut Option<Self>| child.as_mut().map_or(null_mut(), |c| &raw mut c.c);
        let mut pointers = array.children.as_ref().map(|_| children.iter_mut().map(pointer).collect::<Vec<_>>());
        let mut dictionary = array.dictionary.as_ref().map(|d| Box::new(Self::new(d, None)));
        let c = CArray {
            length: array.length,
            null_count: array.null_count,
            offset: array.offset,
            n_buffers: array.n_buffers,
            n_children: array.n_children,
            buffers: buffers.as_mut().map_or(null_mut(), Vec::as_mut_ptr),
            children: pointers.as_mut().map_or(null_mut(), Vec::as_mut_ptr),
            dictionary: dictionary.as_mut().map_or(null_mut(), |d| &raw mut d.c),
            release: (!array.released).then_some(release_array),
            private_data: null_mut(),
        };
        Self {
            c,
            _memory: placed,
            _buffers: buffers,
            _children: children,
            _pointers: pointers,
            _dictionary: dictionary,
            counts,
        }
    }
}

unsafe extern "C" fn release_array(array: *mut CArray) {
    // SAFETY: the consumer gives a structure of `ExportedArray`; a child has no private data.
    let (array, private) = unsafe { (&mut *array, (*array).private_data.cast::<ExportedArray>()) };
    array.release = None;
    assert!(!private.is_null(), "a child of an array was released by itself");
    // SAFETY: made by `Box::into_raw`, and this is its end.
    let exported = unsafe { Box::from_raw(private) };
    if let Some(counts) = &exported.counts {
        count(&counts.released);
    }
}

/// Exactly as many bytes as a buffer has, so that a checker of memory sees the first one too many.
struct Placed {
    base: *mut u8,
    layout: Layout,
    pointer: *mut u8,
}

impl Placed {
    fn new(memory: &Memory) -> Self {
        let shift = usize::from(memory.odd);
        let length = memory.bytes.len();
        // Nothing may be read of an empty buffer: its address is none.
        if length == 0 {
            return Self {
                base: null_mut(),
                layout: Layout::new::<u8>(),
                pointer: std::ptr::without_provenance_mut(64),
            };
        }
        let layout = Layout::from_size_align(length + shift, 64).unwrap();
        // SAFETY: the layout is not empty.
        let base = unsafe { alloc(layout) };
        assert!(!base.is_null(), "out of memory");
        // SAFETY: the block is `shift` bytes longer than the buffer.
        let pointer = unsafe { base.add(shift) };
        // SAFETY: both are valid for so many bytes and apart.
        unsafe { pointer.copy_from_nonoverlapping(memory.bytes.as_ptr(), length) };
        Self { base, layout, pointer }
    }
}

impl Drop for Placed {
    fn drop(&mut self) {
        if !self.base.is_null() {
            // SAFETY: allocated by `new` with this layout.
            unsafe { dealloc(self.base, self.layout) };
        }
    }
}
