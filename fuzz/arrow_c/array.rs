//! Arrays of a type: good ones, which `spoil` then breaks.

use super::kind::{Kind, Node, Pool};
use super::source::{Source, Values};

/// An array before it is laid out in memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Array {
    pub(crate) length: i64,
    pub(crate) null_count: i64,
    pub(crate) offset: i64,
    pub(crate) n_buffers: i64,
    pub(crate) n_children: i64,
    /// `None` is a null pointer, here and inside.
    pub(crate) buffers: Option<Vec<Option<Memory>>>,
    pub(crate) children: Option<Vec<Option<Array>>>,
    pub(crate) dictionary: Option<Box<Array>>,
    pub(crate) released: bool,
}

/// The bytes of a buffer, and whether they lie at an odd address.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    pub(crate) bytes: Vec<u8>,
    pub(crate) odd: bool,
}

const TEXTS: [&str; 34] = [
    "directrice",
    "DIRECTEUR ",
    "",
    "  ",
    "\u{153}uvrier",
    "stagiaire",
    "Directeur g\u{e9}n\u{e9}ral adjoint",
    "vip",
    "\u{c9}lectricit\u{e9} g\u{e9}n\u{e9}rale et cl\u{f4}tures",
    "h\u{f4}tel \u{20ac}\u{20ac}\u{20ac}\u{20ac}",
    "VIP ",
    "b2b",
    "opted_in",
    "opted_out",
    "soft",
    "EUR",
    "USD",
    "JPY",
    "xyz",
    "50",
    "-1",
    "049",
    "1000.00",
    "12.5",
    "12.5000001",
    "1e3",
    "2026-01-01",
    "2026-11-01",
    "2026-11-20T09:00:00Z",
    "2026-11-01 01:00",
    "true",
    "False",
    "a\0b",
    "\u{2028}\u{202e}\u{1f600} un texte de plus de douze octets",
];
const WHOLES: [i128; 22] = [
    0,
    1,
    -1,
    2,
    49,
    50,
    51,
    100,
    127,
    128,
    255,
    99_999,
    100_000,
    12_500_000,
    i32::MAX as i128,
    i32::MIN as i128,
    i64::MAX as i128,
    i64::MIN as i128,
    u64::MAX as i128,
    i128::MAX,
    i128::MIN,
    1_000_000_000_000_000,
];
const FLOATS: [f64; 14] = [
    0.0,
    -0.0,
    1.0,
    12.5,
    49.999_999,
    50.0,
    0.1,
    1e15,
    1e300,
    -2.5,
    5e-324,
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
];
/// Seconds since 1970: the instants that the model compares with, and far ones.
const TIMES: [i128; 12] = [
    1_793_491_200,
    1_793_491_199,
    1_795_338_000,
    1_795_338_001,
    1_794_733_200,
    1_767_225_600,
    0,
    -1,
    253_402_300_800,
    -62_135_596_801,
    9_223_372_036_854,
    i64::MAX as i128,
];

impl Array {
    fn new(length: usize, offset: usize) -> Self {
        let count = |n: usize| i64::try_from(n).unwrap();
        Self { length: count(length), offset: count(offset), ..Self::default() }
    }

    fn with(mut self, buffers: Vec<Option<Vec<u8>>>, children: Vec<Array>) -> Self {
        self.n_buffers = i64::try_from(buffers.len()).unwrap();
        self.n_children = i64::try_from(children.len()).unwrap();
        let memory = |bytes: Option<Vec<u8>>| bytes.map(|bytes| Memory { bytes, odd: false });
        self.buffers = Some(buffers.into_iter().map(memory).collect());
        self.children = Some(children.into_iter().map(Some).collect());
        self
    }
}

/// A good array of a type with so many rows.
pub(crate) fn good(s: &mut Source<'_>, node: &Node, rows: usize) -> Array {
    let offset = if s.once_in(4) { s.below(11) } else { 0 };
    placed(s, node, rows, offset)
}

/// A good array that begins at an offset. Its children are as long as it needs them to be.
pub(crate) fn placed(s: &mut Source<'_>, node: &Node, rows: usize, offset: usize) -> Array {
    let total = rows + offset;
    let mut array = Array::new(rows, offset);
    let maskless = matches!(node.kind, Kind::Null | Kind::Union { .. } | Kind::Runs);
    let mut mask = None;
    if matches!(node.kind, Kind::Null) {
        array.null_count = if s.once_in(2) { -1 } else { array.length };
    } else if !maskless && node.nullable() && !s.once_in(3) {
        let mut values = s.values(total);
        let bits: Vec<bool> = (0..total).map(|_| values.byte() % 4 != 3).collect();
        let nulls = bits[offset..].iter().filter(|bit| !**bit).count();
        array.null_count = if s.once_in(2) { -1 } else { i64::try_from(nulls).unwrap() };
        mask = Some(bits);
    }
    let nulls = (!maskless).then(|| mask.as_deref().map(packed));
    let child = |at: usize| node.children.get(at);
    if let Some(dictionary) = &node.dictionary {
        let least = usize::from(mask.as_ref().is_none_or(|bits| bits.contains(&true)));
        let length = s.pick(&[3_usize, 0, 1, 2, 8]).max(least);
        let values = good(s, dictionary, length);
        let keys = dictionary_keys(s, node, total, length, mask.as_deref());
        array = array.with(nulls.into_iter().chain([Some(keys)]).collect(), Vec::new());
        array.dictionary = Some(Box::new(values));
        return array;
    }
    let (buffers, children) = match &node.kind {
        Kind::Null | Kind::Odd(_) => (Vec::new(), Vec::new()),
        Kind::Boolean => {
            let mut values = s.values(total);
            let bits: Vec<bool> = (0..total).map(|_| values.byte() % 2 == 1).collect();
            (vec![Some(packed(&bits))], Vec::new())
        }
        Kind::Fixed { width, values, .. } => (vec![Some(fixed(s, total, *width, *values))], Vec::new()),
        Kind::Bytes { large, text } => {
            let cells = cells(s, total, *text);
            let mut data = if s.once_in(4) { b"ahead".to_vec() } else { Vec::new() };
            let mut ends = vec![data.len()];
            for cell in cells {
                data.extend(cell);
                ends.push(data.len());
            }
            (vec![Some(offsets(&ends, *large)), Some(data)], Vec::new())
        }
        Kind::View { text } => (views(s, total, *text), Vec::new()),
        Kind::List { large } => {
            let (ends, length) = ranges(s, total);
            (vec![Some(offsets(&ends, *large))], child(0).map(|c| good(s, c, length)).into_iter().collect())
        }
        Kind::Map => {
            let (ends, length) = ranges(s, total);
            (vec![Some(offsets(&ends, false))], child(0).map(|c| placed(s, c, length, 0)).into_iter().collect())
        }
        Kind::ListView { large } => {
            let length = s.below(6);
            let mut values = s.values(total);
            let (starts, sizes): (Vec<usize>, Vec<usize>) = (0..total)
                .map(|_| {
                    let start = values.below(length + 1);
                    (start, values.below(length - start + 1).min(2))
                })
                .unzip();
            let buffers = vec![Some(offsets(&starts, *large)), Some(offsets(&sizes, *large))];
            (buffers, child(0).map(|c| good(s, c, length)).into_iter().collect())
        }
        Kind::FixedList { size } => {
            let length = total * usize::try_from(*size).unwrap_or(0);
            (Vec::new(), child(0).map(|c| good(s, c, length)).into_iter().collect())
        }
        Kind::Struct => (Vec::new(), node.children.iter().map(|c| good(s, c, total)).collect()),
        Kind::Union { dense, ids } => {
            let length = if *dense { 1 + s.below(4) } else { total };
            let mut values = s.values(total);
            let drawn: Vec<u8> = (0..total).map(|_| values.pick(ids).to_ne_bytes()[0]).collect();
            let starts: Vec<usize> = (0..total).map(|_| values.below(length)).collect();
            let starts = dense.then(|| Some(offsets(&starts, false)));
            let buffers = [Some(drawn)].into_iter().chain(starts).collect();
            (buffers, node.children.iter().map(|c| good(s, c, length)).collect())
        }
        Kind::Runs => {
            let mut ends = Vec::new();
            let mut values = s.values(total);
            while ends.last().is_none_or(|end| *end < total) {
                ends.push(ends.last().unwrap_or(&0) + 1 + values.below(3 + total / 16));
            }
            let width = match child(0).map(|c| &c.kind) {
                Some(Kind::Fixed { width, .. }) => *width,
                _ => 4,
            };
            let bytes = ends.iter().flat_map(|end| end.to_le_bytes()[..width].to_vec()).collect();
            let runs = Array::new(ends.len(), 0).with(vec![None, Some(bytes)], Vec::new());
            (Vec::new(), [runs].into_iter().chain(child(1).map(|c| good(s, c, ends.len()))).collect())
        }
    };
    let mut buffers: Vec<_> = nulls.into_iter().chain(buffers).collect();
    if rows == 0 {
        // Producers of no rows give what they have: nothing, or an address where nothing is.
        let given = s.pick(&[None, Some(Vec::new())]);
        buffers.iter_mut().filter(|_| !s.once_in(2)).for_each(|buffer| *buffer = given.clone());
    }
    array.with(buffers, children)
}

fn packed(bits: &[bool]) -> Vec<u8> {
    let byte = |eight: &[bool]| eight.iter().enumerate().fold(0, |sum, (i, bit)| sum | u8::from(*bit) << i);
    bits.chunks(8).map(byte).collect()
}

fn offsets(ends: &[usize], large: bool) -> Vec<u8> {
    let width = if large { 8 } else { 4 };
    ends.iter().flat_map(|end| end.to_le_bytes()[..width].to_vec()).collect()
}

/// The ends of lists, and how long their items are together.
fn ranges(s: &mut Source<'_>, total: usize) -> (Vec<usize>, usize) {
    let mut end = s.below(3);
    let mut ends = vec![end];
    let mut values = s.values(total);
    for _ in 0..total {
        end += values.below(if total > 100 { 2 } else { 4 });
        ends.push(end);
    }
    (ends, end + s.below(2))
}

fn dictionary_keys(s: &mut Source<'_>, node: &Node, total: usize, length: usize, mask: Option<&[bool]>) -> Vec<u8> {
    let width = if let Kind::Fixed { width, .. } = node.kind { width } else { 1 };
    let mut values = s.values(total);
    let key = |i: usize| {
        let null = mask.is_some_and(|bits| !bits[i]);
        // The key of a null may be anything.
        let key = if null { values.pick(&[0_i64, -1, 100, i64::MIN]) } else { values.below(length) as i64 };
        let mut bytes = key.to_le_bytes().to_vec();
        bytes.resize(width, 0);
        bytes
    };
    (0..total).flat_map(key).collect()
}

fn fixed(s: &mut Source<'_>, total: usize, width: usize, pool: Pool) -> Vec<u8> {
    let mut values = s.values(total);
    (0..total).flat_map(|_| value(&mut values, width, pool)).collect()
}

fn value(s: &mut Values<'_, '_>, width: usize, pool: Pool) -> Vec<u8> {
    let raw = s.byte() % 8 == 7;
    let mut bytes = match pool {
        Pool::Float if width == 4 && !raw => (s.pick(&FLOATS) as f32).to_le_bytes().to_vec(),
        Pool::Float if width == 8 && !raw => s.pick(&FLOATS).to_le_bytes().to_vec(),
        Pool::Whole if !raw => sized(s.pick(&WHOLES), width),
        Pool::Time(a_second) if !raw => {
            let at = s.pick(&TIMES).saturating_mul(a_second);
            at.clamp(i64::MIN.into(), i64::MAX.into()).to_le_bytes().to_vec()
        }
        Pool::Day if !raw => (s.pick(&TIMES) / 86_400).to_le_bytes().to_vec(),
        _ => (0..width).map(|_| s.byte()).collect(),
    };
    bytes.resize(width, 0);
    bytes
}

/// A number in so many bytes, its sign kept.
fn sized(number: i128, width: usize) -> Vec<u8> {
    let mut bytes = number.to_le_bytes().to_vec();
    bytes.resize(width.max(16), if number < 0 { 0xff } else { 0 });
    bytes.truncate(width);
    bytes
}

fn cells(s: &mut Source<'_>, total: usize, text: bool) -> Vec<Vec<u8>> {
    let mut values = s.values(total);
    let mut cell = || {
        if text {
            values.pick(&TEXTS).as_bytes().to_vec()
        } else {
            let length = values.below(15);
            (0..length).map(|_| values.byte()).collect()
        }
    };
    (0..total).map(|_| cell()).collect()
}

/// The views, the data buffers and their sizes.
fn views(s: &mut Source<'_>, total: usize, text: bool) -> Vec<Option<Vec<u8>>> {
    let mut data = vec![Vec::new(); 1 + s.below(2)];
    if s.once_in(2) {
        data[0].extend(b"not utf-8: \xff ");
    }
    let mut views = Vec::new();
    for cell in cells(s, total, text) {
        let length = u32::try_from(cell.len()).unwrap();
        views.extend(length.to_le_bytes());
        if cell.len() <= 12 {
            views.extend(&cell);
            views.resize(views.len().next_multiple_of(16), 0);
        } else {
            let place = usize::from(cell[0]) % data.len();
            views.extend(&cell[..4]);
            views.extend(u32::try_from(place).unwrap().to_le_bytes());
            views.extend(u32::try_from(data[place].len()).unwrap().to_le_bytes());
            data[place].extend(&cell);
        }
    }
    let sizes = data.iter().flat_map(|d| d.len().to_le_bytes()).collect();
    [Some(views)].into_iter().chain(data.into_iter().map(Some)).chain([Some(sizes)]).collect()
}
