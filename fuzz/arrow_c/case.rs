//! A whole case: the schema, what the stream does call by call, and the options of the score.

use serde_json::{Value as Json, json};

use super::array::{self, Array};
use super::hostile::{self, Wrongs};
use super::kind::{self, Kind, Node};
use super::source::Source;

/// The instant of every case.
pub(crate) const AT: &str = "2026-11-22T09:00:00Z";

/// What a stream answers to one call of `get_next`.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Batch(Array),
    /// A status, and whether an array is given nevertheless.
    Failure {
        status: i32,
        with: Option<Array>,
    },
}

/// How the stream itself behaves.
#[derive(Clone, Debug, Default)]
pub(crate) struct Manners {
    pub(crate) released: bool,
    pub(crate) without_get_schema: bool,
    pub(crate) without_get_next: bool,
    pub(crate) without_last_error: bool,
    pub(crate) schema_status: i32,
    pub(crate) message: Option<Vec<u8>>,
}

/// One input of the target, read.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) schema: Node,
    pub(crate) answers: Vec<Answer>,
    pub(crate) manners: Manners,
    pub(crate) options: Json,
    /// Nothing in it is wrong: it must be accepted as Arrow.
    pub(crate) good: bool,
}

type Draw = fn(&mut Source<'_>) -> Node;

/// The columns that feed fields, with the types that their fields are read from.
const FIELDS: [(&str, &[Draw]); 12] = [
    ("job_title", &[kind::text]),
    ("size", &[kind::whole, kind::decimal, kind::float, kind::text]),
    ("tags", &[kind::texts]),
    ("last_activity_at", &[kind::timestamp, kind::text]),
    ("value", &[kind::decimal, kind::whole, kind::text]),
    ("value_currency", &[kind::text]),
    ("custom.area", &[kind::decimal, kind::float, kind::whole, kind::text]),
    ("custom.due", &[kind::date, kind::text]),
    ("custom.permit", &[kind::boolean, kind::text]),
    ("consent", &[kind::text]),
    ("received_at", &[kind::timestamp, kind::text]),
    ("source", &[kind::text]),
];

impl Case {
    /// Reads the bytes of an input.
    pub(crate) fn draw(bytes: &[u8]) -> Self {
        let s = &mut Source::new(bytes);
        let wrongs = s.pick(&[Wrongs::None, Wrongs::Contents, Wrongs::OnceIn(40), Wrongs::OnceIn(8)]);
        let options = options(s);
        let mut schema = schema(s);
        let mut manners = Manners::default();
        if matches!(wrongs, Wrongs::OnceIn(_)) {
            if s.once_in(10) {
                spoil_schema(s, &mut schema);
            }
            if s.once_in(10) {
                manners = spoiled_manners(s);
            }
        }
        let mut answers = Vec::new();
        for _ in 0..[1, 2, 0, 3][s.below(4)] {
            let rows =
                if s.once_in(48) { s.pick(&[65_usize, 130, 1_025]) } else { s.pick(&[3_usize, 0, 1, 2, 8, 9, 17]) };
            answers.push(answer(s, &schema, rows, wrongs));
        }
        Self { schema, answers, manners, options, good: wrongs == Wrongs::None }
    }
}

fn schema(s: &mut Source<'_>) -> Node {
    let mut columns = Vec::new();
    let mut fields = FIELDS.to_vec();
    for _ in 0..1 + s.below(5) {
        let (name, kinds) = fields.remove(s.below(fields.len()));
        let draw = s.pick(kinds);
        // Some columns have a type that their field is not read from.
        columns.push(if s.once_in(24) { kind::any(s, 0) } else { draw(s) }.named(name));
    }
    for _ in 0..[0, 1, 0, 2][s.below(4)] {
        let name = s.pick(&["id", "score", "", "reasons", "Soci\u{e9}t\u{e9}", "id"]);
        columns.push(kind::any(s, 0).named(name));
    }
    for column in &mut columns {
        if s.once_in(6) {
            column.flags &= !kind::NULLABLE;
        }
    }
    Node::new(Kind::Struct, columns)
}

fn spoil_schema(s: &mut Source<'_>, schema: &mut Node) {
    if s.once_in(12) {
        // A tower of lists, deeper than anybody needs.
        let floor = Node::new(Kind::Null, Vec::new());
        let tower = |node: Node, _| Node::new(Kind::List { large: false }, vec![node]);
        let height = s.pick(&[40, 30, 200]);
        schema.children.push((0..height).fold(floor, tower).named("id"));
        return;
    }
    let mut node = schema;
    loop {
        let below = node.children.len() + usize::from(node.dictionary.is_some());
        if below == 0 || s.once_in(4) {
            break;
        }
        let place = s.below(below);
        node = if place < node.children.len() { &mut node.children[place] } else { node.dictionary.as_mut().unwrap() };
    }
    kind::spoil(s, node);
}

fn answer(s: &mut Source<'_>, schema: &Node, rows: usize, wrongs: Wrongs) -> Answer {
    let offset = if s.once_in(5) { s.below(9) } else { 0 };
    let mut root = schema.clone();
    // A row is not null as a whole.
    root.flags &= !kind::NULLABLE;
    if wrongs != Wrongs::None && s.once_in(60) {
        // A batch of another type than the schema says.
        root = self::schema(s);
    }
    let mut batch = array::placed(s, &root, rows, offset);
    hostile::spoil(s, &mut batch, wrongs);
    hostile::honest(&mut batch, schema);
    match s.byte() {
        255 if wrongs != Wrongs::None => Answer::Failure { status: s.pick(&[5, -1, i32::MIN, i32::MAX]), with: None },
        254 if wrongs != Wrongs::None => Answer::Failure { status: 22, with: Some(batch) },
        _ => Answer::Batch(batch),
    }
}

fn spoiled_manners(s: &mut Source<'_>) -> Manners {
    let mut manners = Manners::default();
    match s.below(6) {
        0 => manners.released = true,
        1 => manners.without_get_schema = true,
        2 => manners.without_get_next = true,
        3 => manners.schema_status = s.pick(&[5, -1, i32::MIN]),
        4 => manners.without_last_error = true,
        _ => manners.message = Some(s.pick(&[&b""[..], b"bad \xff day", &[b'x'; 9_000]]).to_vec()),
    }
    manners
}

fn options(s: &mut Source<'_>) -> Json {
    let columns = crm_arrow::ResultColumn::NAMES;
    let few: Vec<&str> = columns.iter().copied().filter(|_| s.once_in(3)).collect();
    let columns = s.pick(&[Json::Null, columns.into(), few.into(), json!([])]);
    let map =
        s.pick(&[json!({}), json!({"id": "company"}), json!({"Soci\u{e9}t\u{e9}": "segment"}), json!({"idd": "city"})]);
    json!({
        "at": AT,
        "lang": s.pick(&[Json::Null, "fr".into(), "en".into()]),
        "map": map,
        "currency": s.pick(&["EUR".into(), Json::Null, "JPY".into()]),
        "zone": s.pick(&["Europe/Paris".into(), Json::Null, "Pacific/Apia".into()]),
        "keep": s.pick(&["all".into(), "none".into(), json!(["id"]), json!(["job_title", "size"])]),
        "reasons": s.pick(&["all", "top3", "none", "top1"]),
        "columns": columns,
        "threads": if s.once_in(16) { 3 } else { 1 },
    })
}
