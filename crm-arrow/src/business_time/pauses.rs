//! A column of pauses: lists of pairs of instants.

use std::ops::Range;

use arrow_array::cast::AsArray as _;
use arrow_array::{Array, StructArray};
use arrow_schema::{DataType, Fields};
use crm_core::kernel::calendar::Pauses;
use crm_core::kernel::error::Result;
use crm_core::{Error, Instant, Problem};

use super::instants::{self, Instants, Zones};
use crate::import::refused;

/// The pauses of one batch.
pub(super) struct PauseColumn<'a> {
    array: &'a dyn Array,
    offsets: Offsets<'a>,
    pairs: Pairs<'a>,
}

enum Offsets<'a> {
    Small(&'a [i32]),
    Large(&'a [i64]),
}

/// The pairs of all rows, one after another.
enum Pairs<'a> {
    /// Pairs with names.
    Named { array: &'a StructArray, from: Instants<'a>, to: Instants<'a> },
    /// Lists of two.
    Lists { array: &'a dyn Array, offsets: Offsets<'a>, instants: Instants<'a> },
    /// Lists of two that cannot be anything else.
    Twos { array: &'a dyn Array, instants: Instants<'a> },
    /// No row has any.
    None,
}

/// What pairs may be called.
const NAMES: &[(&str, &str)] = &[("from", "to"), ("start", "end"), ("started_at", "ended_at"), ("from_at", "to_at")];

/// The places of start and end among the fields of a pair.
fn ends(fields: &Fields) -> Option<(usize, usize)> {
    let place = |name: &str| fields.iter().position(|field| field.name() == name);
    let named = NAMES.iter().find_map(|(from, to)| Some((place(from)?, place(to)?)));
    named.or(if fields.len() == 2 { Some((0, 1)) } else { None })
}

/// Refuses a type that is not read as pauses.
pub(super) fn check(kind: &DataType, name: &str, zones: Zones<'_>) -> Result<()> {
    let wrong = || Error::from(Problem::ArrowType { found: kind.to_string() });
    let item = match kind {
        DataType::Null => return Ok(()),
        DataType::List(item) | DataType::LargeList(item) => item.data_type(),
        _ => return Err(wrong()),
    };
    match item {
        DataType::Struct(fields) => {
            let (from, to) = ends(fields).ok_or_else(wrong)?;
            let check = |place: usize| {
                fields.get(place).map_or(Ok(()), |field| instants::check(field.data_type(), name, zones))
            };
            check(from).and_then(|()| check(to))
        }
        DataType::FixedSizeList(item, 2) | DataType::List(item) | DataType::LargeList(item) => {
            instants::check(item.data_type(), name, zones)
        }
        DataType::Null => Ok(()),
        _ => Err(wrong()),
    }
}

impl<'a> Offsets<'a> {
    fn of(array: &'a dyn Array) -> Option<(Self, &'a dyn Array)> {
        if let Some(list) = array.as_list_opt::<i32>() {
            return Some((Offsets::Small(list.value_offsets()), list.values().as_ref()));
        }
        let list = array.as_list_opt::<i64>()?;
        Some((Offsets::Large(list.value_offsets()), list.values().as_ref()))
    }

    /// The places of a row's items.
    #[inline]
    fn get(&self, row: usize) -> Range<usize> {
        let place = |row: usize| match self {
            Offsets::Small(offsets) => offsets.get(row).and_then(|o| usize::try_from(*o).ok()),
            Offsets::Large(offsets) => offsets.get(row).and_then(|o| usize::try_from(*o).ok()),
        };
        place(row).unwrap_or(0)..place(row.saturating_add(1)).unwrap_or(0)
    }
}

impl<'a> PauseColumn<'a> {
    pub(super) fn new(array: &'a dyn Array, zones: Zones<'a>) -> Result<Self> {
        let Some((offsets, items)) = Offsets::of(array) else {
            return Ok(Self { array, offsets: Offsets::Small(&[]), pairs: Pairs::None });
        };
        let pairs = if let Some(pairs) = items.as_struct_opt() {
            let (from, to) = ends(pairs.fields()).ok_or_else(|| refused("a pair of something else than two"))?;
            let of = |place: usize| Instants::new(pairs.column(place).as_ref(), zones);
            Pairs::Named { array: pairs, from: of(from)?, to: of(to)? }
        } else if let Some(twos) = items.as_fixed_size_list_opt() {
            Pairs::Twos { array: items, instants: Instants::new(twos.values().as_ref(), zones)? }
        } else if let Some((offsets, instants)) = Offsets::of(items) {
            Pairs::Lists { array: items, offsets, instants: Instants::new(instants, zones)? }
        } else {
            Pairs::None
        };
        Ok(Self { array, offsets, pairs })
    }

    /// The places of a row's pauses among those of all rows.
    #[inline]
    pub(super) fn places(&self, row: usize) -> Range<usize> {
        if self.array.is_null(row) || matches!(self.pairs, Pairs::None) { 0..0 } else { self.offsets.get(row) }
    }

    /// Where the pauses of rows begin among those of all rows, and where those of the last of them end.
    pub(super) fn offsets(&self, rows: Range<usize>, place: &mut Vec<usize>) {
        let rows = rows.start..rows.end.saturating_add(1);
        place.clear();
        match &self.offsets {
            Offsets::Small(offsets) => {
                let offsets = offsets.get(rows).unwrap_or_default().iter();
                place.extend(offsets.map(|offset| usize::try_from(*offset).unwrap_or(0)));
            }
            Offsets::Large(offsets) => {
                let offsets = offsets.get(rows).unwrap_or_default().iter();
                place.extend(offsets.map(|offset| usize::try_from(*offset).unwrap_or(0)));
            }
        }
    }

    /// Where pauses begin and end, if they lie in columns of their own without gaps.
    pub(super) fn columns(&self) -> Option<(&Instants<'a>, &Instants<'a>)> {
        match &self.pairs {
            Pairs::Named { array, from, to } if array.null_count() == 0 && self.array.null_count() == 0 => {
                Some((from, to))
            }
            _ => None,
        }
    }

    /// The pauses of a row.
    pub(super) fn at(&self, row: usize) -> Result<Pauses> {
        let pair = |(index, place)| self.pair(place).map_err(|e: Error| e.at_index(index));
        let pairs = self.places(row).enumerate().map(pair).collect::<Result<Vec<_>>>()?;
        Pauses::new(pairs)
    }

    fn pair(&self, place: usize) -> Result<(Instant, Instant)> {
        let missing = |name: &str| Error::from(Problem::Missing { name: name.into() });
        let both = |one: &Instants<'a>, first: usize, other: &Instants<'a>, second: usize| {
            let from = one.at(first).map_err(|e| e.at("from"))?.ok_or_else(|| missing("from"))?;
            let to = other.at(second).map_err(|e| e.at("to"))?.ok_or_else(|| missing("to"))?;
            Ok((from, to))
        };
        match &self.pairs {
            Pairs::Named { array, from, to } if !array.is_null(place) => both(from, place, to, place),
            Pairs::Twos { array, instants } if !array.is_null(place) => {
                let twos = array.as_fixed_size_list();
                let first = twos.value_offset_at(place);
                both(instants, first, instants, first.saturating_add(1))
            }
            Pairs::Lists { array, offsets, instants } if !array.is_null(place) => {
                let items = offsets.get(place);
                if items.len() != 2 {
                    let found = format!("{} values", items.len());
                    return Err(Problem::WrongShape { expected: "a list of two values", found }.into());
                }
                both(instants, items.start, instants, items.start.saturating_add(1))
            }
            _ => Err(missing("from")),
        }
    }
}
