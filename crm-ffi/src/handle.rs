//! Handles: what C holds looks like a pointer and is a key into one table of the process.
//!
//! A key is never dereferenced. It names a slot and the slot's generation, which grows whenever the slot is emptied:
//! NULL, a closed handle, a copy of it, an invented number and a handle of another kind all find nothing, and the call
//! answers `CRM_INVALID_HANDLE`. Keys are odd numbers, so that the address of something real is never one.
//!
//! A look-up shares the object: closing a handle while another thread works with it lets that thread finish.

#![allow(non_camel_case_types, reason = "the names are C's")]

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crm_core::kernel::json::length;
use crm_core::rules::Rules;
use crm_core::store::Store;
use crm_core::{Crm, Error, Problem, Result};

/// A CRM: a store under rules. It may be shared between threads.
pub struct crm_t {
    _opaque: [u8; 0],
}

/// Rules, checked and compiled: the scores and the fields that a workspace configures. They never change, and may be
/// shared between threads and between CRMs.
pub struct crm_rules {
    _opaque: [u8; 0],
}

/// Why a call failed: a code, the place, and a sentence in English and in French. It never changes, and may be shared
/// between threads.
pub struct crm_error {
    _opaque: [u8; 0],
}

/// The CRM behind a `crm_t`.
pub(crate) type AnyCrm = Crm<Box<dyn Store>>;

/// A type that C knows by an opaque pointer of its own.
pub(crate) trait Kind: Sized {
    /// What C calls it.
    type Opaque;
    /// The object as the table keeps it.
    fn wrap(self) -> Object;
    /// The object out of the table, if it is of this kind.
    fn unwrap(object: &Object) -> Option<&Arc<Self>>;
}

/// What a slot holds.
pub(crate) enum Object {
    /// Behind a `crm_t`.
    Crm(Arc<AnyCrm>),
    /// Behind a `crm_rules`.
    Rules(Arc<Rules>),
    /// Behind a `crm_error`.
    Error(Arc<Error>),
}

macro_rules! kinds {
    ($($type:ty, $opaque:ty, $variant:ident;)*) => {$(
        impl Kind for $type {
            type Opaque = $opaque;
            fn wrap(self) -> Object {
                Object::$variant(Arc::new(self))
            }
            fn unwrap(object: &Object) -> Option<&Arc<Self>> {
                match object {
                    Object::$variant(object) => Some(object),
                    _ => None,
                }
            }
        }
    )*};
}

kinds! {
    AnyCrm, crm_t, Crm;
    Rules, crm_rules, Rules;
    Error, crm_error, Error;
}

/// Puts an object into the table and gives its handle.
pub(crate) fn open<K: Kind>(object: K) -> Result<*mut K::Opaque> {
    let full = || Problem::TooMany { what: "handles", found: length(MOST_SLOTS), most: length(MOST_SLOTS) };
    let key = write().insert(object.wrap()).ok_or_else(full)?;
    // Not a pointer to anything, and never used as one.
    Ok(std::ptr::without_provenance_mut(key))
}

/// The object behind a handle; `name` is the parameter's, for the message.
pub(crate) fn get<K: Kind>(handle: *const K::Opaque, name: &'static str) -> Result<Arc<K>> {
    let table = read();
    let object = table.object(handle.addr()).and_then(K::unwrap);
    Ok(object.cloned().ok_or(Problem::InvalidHandle { name })?)
}

/// Takes the object out of the table; from now on its handle is invalid.
pub(crate) fn close<K: Kind>(handle: *const K::Opaque, name: &'static str) -> Result<Object> {
    let mut table = write();
    if table.object(handle.addr()).and_then(K::unwrap).is_none() {
        return Err(Problem::InvalidHandle { name }.into());
    }
    Ok(table.remove(handle.addr()).ok_or(Problem::InvalidHandle { name })?)
}

/// How many handles are open in this process.
pub(crate) fn count() -> usize {
    read().slots.iter().filter(|slot| slot.object.is_some()).count()
}

/// Bits of a key that name the slot; above them the generation, below them the bit that makes it odd.
const SLOT_BITS: u32 = usize::BITS / 2 - 1;
/// The most slots.
const MOST_SLOTS: usize = 1 << SLOT_BITS;
/// The last generation: after it a slot is left empty for ever, so that no key is ever given twice.
const LAST_GENERATION: usize = (1 << (usize::BITS - SLOT_BITS - 1)) - 1;

#[derive(Default)]
struct Slot {
    generation: usize,
    object: Option<Object>,
}

struct Table {
    slots: Vec<Slot>,
    /// Slots that can be used again.
    free: Vec<usize>,
    /// How many slots there can be.
    most: usize,
}

static TABLE: RwLock<Table> = RwLock::new(Table::new(MOST_SLOTS));

// No call leaves the table half changed, so that a panic elsewhere does not make it unusable.
fn read() -> RwLockReadGuard<'static, Table> {
    TABLE.read().unwrap_or_else(PoisonError::into_inner)
}

fn write() -> RwLockWriteGuard<'static, Table> {
    TABLE.write().unwrap_or_else(PoisonError::into_inner)
}

const fn key(index: usize, generation: usize) -> usize {
    (generation << (SLOT_BITS + 1)) | (index << 1) | 1
}

/// The slot and the generation that a key names; `None` for the even numbers, NULL among them.
const fn place(key: usize) -> Option<(usize, usize)> {
    if key & 1 == 0 { None } else { Some(((key >> 1) & (MOST_SLOTS - 1), key >> (SLOT_BITS + 1))) }
}

impl Table {
    const fn new(most: usize) -> Self {
        Table { slots: Vec::new(), free: Vec::new(), most }
    }

    /// `None` when the table is full.
    fn insert(&mut self, object: Object) -> Option<usize> {
        let index = match self.free.pop() {
            Some(index) => index,
            None if self.slots.len() == self.most => return None,
            None => {
                self.slots.push(Slot::default());
                self.slots.len().saturating_sub(1)
            }
        };
        let slot = self.slots.get_mut(index)?;
        slot.object = Some(object);
        Some(key(index, slot.generation))
    }

    fn object(&self, key: usize) -> Option<&Object> {
        let (index, generation) = place(key)?;
        let slot = self.slots.get(index).filter(|slot| slot.generation == generation)?;
        slot.object.as_ref()
    }

    fn remove(&mut self, key: usize) -> Option<Object> {
        let (index, generation) = place(key)?;
        let slot = self.slots.get_mut(index).filter(|slot| slot.generation == generation)?;
        let object = slot.object.take()?;
        if slot.generation < LAST_GENERATION {
            slot.generation += 1;
            self.free.push(index);
        }
        Some(object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object() -> Object {
        Error::from(Problem::Cancelled).wrap()
    }

    #[test]
    fn a_key_finds_its_object_until_it_is_removed_and_never_again() {
        let mut table = Table::new(2);
        let first = table.insert(object()).unwrap();
        assert!(table.object(first).is_some());
        assert!(table.remove(first).is_some());
        let second = table.insert(object()).unwrap();
        assert_ne!(first, second, "the slot is used again under another generation");
        assert!(table.object(first).is_none() && table.remove(first).is_none());
        assert!(table.object(second).is_some());
    }

    #[test]
    fn a_full_table_takes_nothing_more_until_there_is_room() {
        let mut table = Table::new(2);
        let first = table.insert(object()).unwrap();
        table.insert(object()).unwrap();
        assert!(table.insert(object()).is_none());
        table.remove(first).unwrap();
        assert!(table.insert(object()).is_some());
    }

    #[test]
    fn no_other_number_is_a_key() {
        let mut table = Table::new(2);
        let real = table.insert(object()).unwrap();
        for forged in [0, 2, real + 1, real + 2, real ^ (1 << (usize::BITS - 1)), usize::MAX, usize::MAX - 1] {
            assert!(table.object(forged).is_none(), "{forged:#x}");
        }
    }

    #[test]
    fn a_slot_out_of_generations_is_left_empty_for_ever() {
        let mut table = Table::new(2);
        table.insert(object()).unwrap();
        table.slots[0].generation = LAST_GENERATION;
        let last = key(0, LAST_GENERATION);
        assert_eq!(place(last), Some((0, LAST_GENERATION)));
        assert!(table.remove(last).is_some());
        assert!(table.object(last).is_none());
        assert_eq!(place(table.insert(object()).unwrap()), Some((1, 0)));
    }
}
