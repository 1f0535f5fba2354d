//! A C array of a known type, taken over as arrow-rs data on the producer's own buffers.
//!
//! Counts and pointers are checked here; what lies in the buffers is checked by [`validate`](crate::validate). How
//! long a buffer is stands nowhere in the structure: it follows from the array's length and offset, and for text from
//! its last offset. That it is so long is the producer's word, which nobody can check.
#![allow(unsafe_code, reason = "buffers are taken over by address and length")]

use std::ptr::NonNull;
use std::sync::Arc;

use arrow_array::ffi::FFI_ArrowArray;
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer};
use arrow_data::{ArrayData, ArrayDataBuilder, BufferSpec, layout};
use arrow_schema::{DataType, Fields};

use crate::raw::{CArray, Checked, MOST_CHILDREN, buffer, child, count, integers};

/// Most rows of one array, its offset included.
const MOST_ROWS: i64 = 1 << 31;

/// Takes an array over: its data, not validated. The producer's release is called when the last buffer is gone.
///
/// The type must be one that [`validate::check_type`](crate::validate::check_type) lets pass.
pub(crate) fn take(array: FFI_ArrowArray, kind: &DataType) -> Checked<ArrayData> {
    let owner = Arc::new(array);
    // SAFETY: both types have the layout that the specification gives `struct ArrowArray`, and `owner` outlives this.
    let root = unsafe { &*Arc::as_ptr(&owner).cast::<CArray>() };
    Taken { owner: &owner, array: root, kind }.data()
}

/// Rows of these fields in which some columns are places of texts: they become dictionaries. Not validated, as before.
pub(crate) fn behind(data: ArrayData, texts: &[(usize, ArrayData)], fields: &Fields) -> Checked<ArrayData> {
    if texts.is_empty() {
        return Ok(data);
    }
    // SAFETY: the caller validates the data before anything relies on it.
    let unchecked = |data: ArrayDataBuilder| unsafe { data.skip_validation(true) }.build().map_err(|e| e.to_string());
    let mut columns = data.child_data().to_vec();
    for (place, texts) in texts {
        if let (Some(column), Some(field)) = (columns.get_mut(*place), fields.get(*place)) {
            let places = column.clone().into_builder();
            *column = unchecked(places.data_type(field.data_type().clone()).add_child_data(texts.clone()))?;
        }
    }
    unchecked(data.into_builder().data_type(DataType::Struct(fields.clone())).child_data(columns))
}

/// One array of the tree.
struct Taken<'a> {
    owner: &'a Arc<FFI_ArrowArray>,
    array: &'a CArray,
    kind: &'a DataType,
}

impl Taken<'_> {
    fn data(&self) -> Checked<ArrayData> {
        let (array, kind) = (self.array, self.kind);
        if array.release.is_none() {
            return Err("the array was released, or a part of it".to_owned());
        }
        let total = array.length.checked_add(array.offset).filter(|n| *n <= MOST_ROWS);
        let Some(total) = total.filter(|_| array.length >= 0 && array.offset >= 0) else {
            return Err(format!("an array of length {} at offset {}", array.length, array.offset));
        };
        if array.null_count < -1 || array.null_count > array.length {
            return Err(format!("{} nulls in an array of length {}", array.null_count, array.length));
        }
        self.check_buffers()?;
        let types = child_types(kind);
        if usize::try_from(array.n_children) != Ok(types.len()) {
            return Err(format!("{} children in an array of type {kind}", array.n_children));
        }
        if array.length == 0 {
            // Producers of no rows leave out buffers, and may write anything into those that they give.
            return Ok(ArrayData::new_empty(kind));
        }
        let mut children = Vec::with_capacity(types.len());
        for (i, kind) in types.into_iter().enumerate() {
            children.push(Taken { owner: self.owner, array: child(array.children, i)?, kind }.data()?);
        }
        // SAFETY: null or, by the contract of the interface, an array that lives as long as this one.
        match (unsafe { array.dictionary.as_ref() }, kind) {
            (Some(dictionary), DataType::Dictionary(_, values)) => {
                children.push(Taken { owner: self.owner, array: dictionary, kind: values }.data()?);
            }
            (None, DataType::Dictionary(..)) => return Err("a dictionary array without its dictionary".to_owned()),
            (Some(_), _) => return Err(format!("a dictionary in an array of type {kind}")),
            (None, _) => {}
        }
        let data = ArrayData::builder(kind.clone())
            .len(count(array.length))
            .offset(count(array.offset))
            .nulls(self.nulls(count(total))?)
            .buffers(self.buffers(count(total))?)
            .child_data(children)
            .align_buffers(true);
        // SAFETY: the caller validates the data before anything relies on it.
        unsafe { data.skip_validation(true) }.build().map_err(|e| e.to_string())
    }

    /// Whether the array has as many buffers as its type.
    fn check_buffers(&self) -> Checked {
        let shape = layout(self.kind);
        let fixed = shape.buffers.len().saturating_add(usize::from(shape.can_contain_null_mask));
        // A view array ends with the sizes of any number of data buffers.
        let expected = i64::try_from(fixed.saturating_add(usize::from(shape.variadic))).unwrap_or(i64::MAX);
        let found = self.array.n_buffers;
        let good = if shape.variadic { found >= expected && found <= MOST_CHILDREN } else { found == expected };
        if !good {
            return Err(format!("{found} buffers in an array of type {}: expected {expected}", self.kind));
        }
        if expected > 0 && self.array.buffers.is_null() {
            return Err("a null list of buffers".to_owned());
        }
        Ok(())
    }

    fn nulls(&self, total: usize) -> Checked<Option<NullBuffer>> {
        if !layout(self.kind).can_contain_null_mask {
            return Ok(None);
        }
        let claimed = self.array.null_count;
        if buffer(self.array, 0).is_null() {
            let claim = || format!("{claimed} nulls without a buffer that says where");
            return if claimed > 0 { Err(claim()) } else { Ok(None) };
        }
        let bits = self.buffer(0, total.div_ceil(8))?;
        let nulls = NullBuffer::new(BooleanBuffer::new(bits, count(self.array.offset), count(self.array.length)));
        if claimed >= 0 && count(claimed) != nulls.null_count() {
            return Err(format!("{claimed} nulls where its buffer has {}", nulls.null_count()));
        }
        Ok(Some(nulls).filter(|n| n.null_count() > 0))
    }

    /// The buffers behind that of nulls.
    fn buffers(&self, total: usize) -> Checked<Vec<Buffer>> {
        // The buffers of a dictionary array are those of its keys.
        let shape = layout(self.kind);
        let first = usize::from(shape.can_contain_null_mask);
        let mut buffers = Vec::with_capacity(shape.buffers.len());
        for (i, spec) in shape.buffers.iter().enumerate() {
            let bytes = match spec {
                BufferSpec::FixedWidth { byte_width, .. } if i == 0 && self.has_offsets() => {
                    total.saturating_add(1).saturating_mul(*byte_width)
                }
                BufferSpec::FixedWidth { byte_width, .. } => total.saturating_mul(*byte_width),
                BufferSpec::BitMap => total.div_ceil(8),
                BufferSpec::VariableWidth => self.last_offset(total)?,
                BufferSpec::AlwaysNull => 0,
            };
            buffers.push(self.buffer(first.saturating_add(i), bytes)?);
        }
        if shape.variadic {
            // The mask, the views, the data buffers, their sizes.
            let data = count(self.array.n_buffers).saturating_sub(3);
            let sizes = integers::<i64>(buffer(self.array, data.saturating_add(2)), data, "sizes")?;
            for (i, size) in sizes.iter().enumerate() {
                let bytes = usize::try_from(*size).map_err(|_| "a data buffer of negative size".to_owned())?;
                buffers.push(self.buffer(i.saturating_add(2), bytes)?);
            }
        }
        Ok(buffers)
    }

    /// Whether the first buffer has one entry more than there are rows.
    fn has_offsets(&self) -> bool {
        use DataType as T;
        matches!(
            self.kind,
            T::Utf8 | T::Binary | T::LargeUtf8 | T::LargeBinary | T::List(_) | T::LargeList(_) | T::Map(..)
        )
    }

    /// The end of the last text: how long the buffer of all texts is.
    fn last_offset(&self, total: usize) -> Checked<usize> {
        let (pointer, length) = (buffer(self.array, 1), total.saturating_add(1));
        let last = match self.kind {
            DataType::LargeUtf8 | DataType::LargeBinary => {
                integers::<i64>(pointer, length, "offsets")?.last().copied().unwrap_or_default()
            }
            _ => integers::<i32>(pointer, length, "offsets")?.last().copied().unwrap_or_default().into(),
        };
        usize::try_from(last).map_err(|_| "offsets that are negative".to_owned())
    }

    fn buffer(&self, index: usize, bytes: usize) -> Checked<Buffer> {
        if bytes == 0 {
            return Ok(Buffer::default());
        }
        let pointer = NonNull::new(buffer(self.array, index).cast_mut().cast::<u8>());
        let Some(pointer) = pointer else {
            let rows = self.array.length;
            return Err(format!("a null buffer {index} in an array of type {} with {rows} rows", self.kind));
        };
        // SAFETY: by the contract of the interface the buffer is so long, and lives until its owner is released.
        Ok(unsafe { Buffer::from_custom_allocation(pointer, bytes, Arc::clone(self.owner) as _) })
    }
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
