//! The types of columns, as the C interface spells them.

use super::source::Source;

/// A type, without its children.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Null,
    Boolean,
    /// Values of one width; `format` says which.
    Fixed {
        format: String,
        width: usize,
        values: Pool,
    },
    /// Bytes or text by offsets.
    Bytes {
        large: bool,
        text: bool,
    },
    /// Bytes or text by views.
    View {
        text: bool,
    },
    List {
        large: bool,
    },
    ListView {
        large: bool,
    },
    FixedList {
        size: i32,
    },
    Struct,
    Map,
    Union {
        dense: bool,
        ids: Vec<i8>,
    },
    Runs,
    /// A format that no consumer knows.
    Odd(Vec<u8>),
}

/// Where the values of a `Fixed` come from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pool {
    Whole,
    Float,
    /// Times in so many units a second.
    Time(i128),
    Day,
    Bytes,
}

/// A field: a type with its name, its children and its dictionary, and what is wrong with its structure.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) name: Option<Vec<u8>>,
    pub(crate) metadata: Option<Vec<u8>>,
    pub(crate) flags: i64,
    pub(crate) children: Vec<Node>,
    pub(crate) dictionary: Option<Box<Node>>,
    pub(crate) wrong: Option<Wrong>,
}

/// What may be wrong with the structure of a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    NullFormat,
    NullChildren,
    NullChild,
    Released,
    Children(i64),
}

pub(crate) const NULLABLE: i64 = 2;
const KEYS: [&str; 8] = ["c", "C", "s", "S", "i", "I", "l", "L"];
const ZONES: [&str; 8] = ["UTC", "Europe/Paris", "+02:00", "-11:59", "Mars/Olympus", "\u{e9}", "", " "];
const ODD: [&[u8]; 24] = [
    b"",
    b"x",
    b"+",
    b"+w:",
    b"+w:x",
    b"w:",
    b"w:99999999999",
    b"d:1",
    b"d:a,b",
    b"d:5,2,7",
    b"d:300,2",
    b"d:5,200",
    b"tsq:",
    b"tss",
    b"td",
    b"+us:",
    b"+ud:1,1",
    b"+us:0,1,200",
    b"vx",
    b"+vq",
    b"u ",
    b"\xff",
    b"+r:",
    b"+l:2",
];

impl Kind {
    pub(crate) fn whole(format: &str) -> Kind {
        let width = match format {
            "c" | "C" => 1,
            "s" | "S" => 2,
            "i" | "I" => 4,
            _ => 8,
        };
        Kind::Fixed { format: format.to_owned(), width, values: Pool::Whole }
    }

    fn fixed(format: impl Into<String>, width: usize, values: Pool) -> Kind {
        Kind::Fixed { format: format.into(), width, values }
    }

    pub(crate) fn format(&self) -> Vec<u8> {
        let text = match self {
            Kind::Null => "n",
            Kind::Boolean => "b",
            Kind::Fixed { format, .. } => format,
            Kind::Bytes { large: false, text: false } => "z",
            Kind::Bytes { large: false, text: true } => "u",
            Kind::Bytes { large: true, text: false } => "Z",
            Kind::Bytes { large: true, text: true } => "U",
            Kind::View { text: false } => "vz",
            Kind::View { text: true } => "vu",
            Kind::List { large: false } => "+l",
            Kind::List { large: true } => "+L",
            Kind::ListView { large: false } => "+vl",
            Kind::ListView { large: true } => "+vL",
            Kind::FixedList { size } => return format!("+w:{size}").into_bytes(),
            Kind::Struct => "+s",
            Kind::Map => "+m",
            Kind::Union { dense, ids } => {
                let ids: Vec<String> = ids.iter().map(i8::to_string).collect();
                return format!("+u{}:{}", if *dense { "d" } else { "s" }, ids.join(",")).into_bytes();
            }
            Kind::Runs => "+r",
            Kind::Odd(format) => return format.clone(),
        };
        text.as_bytes().to_vec()
    }
}

impl Node {
    pub(crate) fn new(kind: Kind, children: Vec<Node>) -> Self {
        Self { kind, name: None, metadata: None, flags: NULLABLE, children, dictionary: None, wrong: None }
    }

    pub(crate) fn named(mut self, name: &str) -> Self {
        self.name = Some(name.as_bytes().to_vec());
        self
    }

    pub(crate) fn nullable(&self) -> bool {
        self.flags & NULLABLE != 0
    }

    fn required(mut self) -> Self {
        self.flags &= !NULLABLE;
        self
    }
}

pub(crate) fn text(s: &mut Source<'_>) -> Node {
    let kinds = [
        Kind::Bytes { large: false, text: true },
        Kind::Bytes { large: true, text: true },
        Kind::View { text: true },
        Kind::Null,
    ];
    let place = s.byte();
    let plain = Node::new(kinds[usize::from(if place % 16 == 15 { 3 } else { place % 3 })].clone(), Vec::new());
    if s.once_in(3) { dictionary(s, plain) } else { plain }
}

pub(crate) fn dictionary(s: &mut Source<'_>, values: Node) -> Node {
    let mut keys = Node::new(Kind::whole(s.pick(&KEYS)), Vec::new());
    keys.flags |= i64::from(s.once_in(4));
    keys.dictionary = Some(Box::new(values));
    keys
}

pub(crate) fn texts(s: &mut Source<'_>) -> Node {
    let item = text(s).named("item");
    let list = Node::new(Kind::List { large: s.once_in(2) }, vec![item]);
    if s.once_in(8) { dictionary(s, list) } else { list }
}

pub(crate) fn whole(s: &mut Source<'_>) -> Node {
    let kind = Kind::whole(s.pick(&KEYS));
    encoded(s, kind)
}

pub(crate) fn decimal(s: &mut Source<'_>) -> Node {
    let (bits, most) = s.pick(&[(128, 38), (32, 9), (64, 18), (256, 76)]);
    let precision = s.pick(&[most, 1, most / 2]);
    let scale = s.pick(&[2, 0, 6, 7, -3, 38, 127, -128]);
    let format = if bits == 128 && s.once_in(2) {
        format!("d:{precision},{scale}")
    } else {
        format!("d:{precision},{scale},{bits}")
    };
    encoded(s, Kind::fixed(format, bits / 8, Pool::Whole))
}

pub(crate) fn float(s: &mut Source<'_>) -> Node {
    let (format, width) = s.pick(&[("g", 8), ("f", 4), ("e", 2)]);
    encoded(s, Kind::fixed(format, width, Pool::Float))
}

pub(crate) fn date(s: &mut Source<'_>) -> Node {
    let kind = if s.once_in(2) { Kind::fixed("tdm", 8, Pool::Time(1_000)) } else { Kind::fixed("tdD", 4, Pool::Day) };
    encoded(s, kind)
}

pub(crate) fn timestamp(s: &mut Source<'_>) -> Node {
    let (unit, a_second) = s.pick(&[("s", 1), ("m", 1_000), ("u", 1_000_000), ("n", 1_000_000_000)]);
    let format = format!("ts{unit}:{}", s.pick(&ZONES));
    encoded(s, Kind::fixed(format, 8, Pool::Time(a_second)))
}

pub(crate) fn boolean(s: &mut Source<'_>) -> Node {
    encoded(s, Kind::Boolean)
}

/// The plain type, or sometimes a dictionary of its values.
fn encoded(s: &mut Source<'_>, kind: Kind) -> Node {
    let plain = Node::new(kind, Vec::new());
    if s.once_in(6) { dictionary(s, plain) } else { plain }
}

/// Any type that the interface knows.
pub(crate) fn any(s: &mut Source<'_>, depth: usize) -> Node {
    let nested = if depth < 3 { 22 } else { 12 };
    match s.below(nested) {
        0 => text(s),
        1 => whole(s),
        2 => decimal(s),
        3 => float(s),
        4 => timestamp(s),
        5 => date(s),
        6 => boolean(s),
        7 => Node::new(Kind::Null, Vec::new()),
        8 => Node::new(Kind::Bytes { large: s.once_in(2), text: false }, Vec::new()),
        9 => Node::new(Kind::View { text: false }, Vec::new()),
        10 => Node::new(fixed_bytes(s), Vec::new()),
        11 => Node::new(other_time(s), Vec::new()),
        12 | 13 => Node::new(Kind::List { large: s.once_in(2) }, vec![item(s, depth)]),
        14 => Node::new(Kind::ListView { large: s.once_in(2) }, vec![item(s, depth)]),
        15 => Node::new(Kind::FixedList { size: s.pick(&[2, 0, 1, 3]) }, vec![item(s, depth)]),
        16 | 17 => {
            let children = (0..s.below(4)).map(|i| item(s, depth).named(["a", "b", "c"][i])).collect();
            Node::new(Kind::Struct, children)
        }
        18 => {
            let key = any(s, depth + 1).named("key").required();
            let value = item(s, depth).named("value");
            Node::new(Kind::Map, vec![Node::new(Kind::Struct, vec![key, value]).named("entries").required()])
        }
        19 => {
            let ids: Vec<i8> = s.pick(&[&[0_i8, 1][..], &[5], &[127, 0, 3]]).to_vec();
            let children = ids.iter().map(|i| item(s, depth).named(&format!("of {i}"))).collect();
            Node::new(Kind::Union { dense: s.once_in(2), ids }, children)
        }
        20 => {
            let ends = Node::new(Kind::whole(s.pick(&["s", "i", "l"])), Vec::new()).named("run_ends").required();
            Node::new(Kind::Runs, vec![ends, item(s, depth).named("values")])
        }
        _ => {
            let values = any(s, depth + 1);
            dictionary(s, values)
        }
    }
}

fn item(s: &mut Source<'_>, depth: usize) -> Node {
    let item = any(s, depth + 1).named("item");
    if s.once_in(4) { item.required() } else { item }
}

fn fixed_bytes(s: &mut Source<'_>) -> Kind {
    let width = s.pick(&[16_usize, 0, 1, 3]);
    Kind::fixed(format!("w:{width}"), width, Pool::Bytes)
}

fn other_time(s: &mut Source<'_>) -> Kind {
    const OTHER: [(&str, usize); 11] = [
        ("tts", 4),
        ("ttm", 4),
        ("ttu", 8),
        ("ttn", 8),
        ("tDs", 8),
        ("tDm", 8),
        ("tDu", 8),
        ("tDn", 8),
        ("tiM", 4),
        ("tiD", 8),
        ("tin", 16),
    ];
    let (format, width) = s.pick(&OTHER);
    Kind::fixed(format, width, Pool::Whole)
}

/// Something that no honest schema says: the type of a node that was good, or its structure.
pub(crate) fn spoil(s: &mut Source<'_>, node: &mut Node) {
    match s.below(14) {
        0 => node.wrong = Some(Wrong::NullFormat),
        1 => node.wrong = Some(Wrong::NullChildren),
        2 => node.wrong = Some(Wrong::NullChild),
        3 => node.wrong = Some(Wrong::Released),
        4 => node.wrong = Some(Wrong::Children(s.pick(&[0, 1, 2, 3, -1, i64::MIN, i64::MAX, 100_001]))),
        5 => node.name = s.pick(&[None, Some(b"\xff\xfe".to_vec()), Some(Vec::new()), Some(vec![b'n'; 5_000])]),
        6 => node.metadata = Some(metadata(s)),
        7 => node.flags = s.pick(&[0, -1, 7, i64::MIN]),
        8 => node.kind = Kind::Odd(s.pick(&ODD).to_vec()),
        // A width that is refused before a value is read, so none needs to be there.
        9 => node.kind = Kind::fixed(s.pick(&["w:-1", "w:16777217", "w:2147483647", "w:-2147483648"]), 0, Pool::Bytes),
        10 => node.kind = any(s, 3).kind,
        _ => {
            let values = any(s, 1);
            node.dictionary = if s.once_in(2) { None } else { Some(Box::new(values)) };
        }
    }
}

/// Metadata in the interface's binary form, as long as they say, with counts that may be negative.
fn metadata(s: &mut Source<'_>) -> Vec<u8> {
    let mut bytes = s.pick(&[2_i32, 0, -1, i32::MIN]).to_ne_bytes().to_vec();
    for _ in 0..2 {
        for text in [&b"key"[..], s.pick(&[&b"value"[..], b"", b"\xff", b"a\0b"])] {
            let length = i32::try_from(text.len()).unwrap();
            bytes.extend(if s.once_in(8) { -1_i32 } else { length }.to_ne_bytes());
            bytes.extend(text);
        }
    }
    bytes
}
