//! Every function of the header, every pointer it takes, every way to get that pointer wrong: always the right status,
//! nothing in the results, and nothing left behind. Run again under valgrind where that is installed.
//!
//! A program of its own with one test at a time, because it counts what is alive in the process.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
#![allow(unsafe_code, reason = "calls the C functions with pointers that are wrong")]

use std::ffi::c_char;
use std::io::Write as _;
use std::process::Command;
use std::ptr::{null, null_mut};
use std::sync::{Arc, OnceLock};

use arrow_array::ffi_stream::{FFI_ArrowArrayStream, RecordBatchStreamReader};
use arrow_array::{ArrayRef, Int64Array, RecordBatch, RecordBatchIterator, TimestampMicrosecondArray};
use crm::{crm_error, crm_rules, crm_status, crm_string, crm_t};

const OK: i32 = 0;
const INVALID_JSON: i32 = 1;
const INVALID_TEXT: i32 = 2;
const INVALID_VALUE: i32 = 3;
const UNKNOWN_FIELD: i32 = 4;
const TOO_LARGE: i32 = 7;
const INVALID_ARROW: i32 = 9;
const INVALID_HANDLE: i32 = 22;
const MISSING: i32 = 24;

const COMMAND: &str = r#"{"command":"lead.create","id":"0192f0c1-2f6a-7c3e-8a55-4d0c9b1e7a10","workspace":"acme","actor":{"name":"marie","role":"member"},"at":"2026-11-22T09:00:00Z","body":{"fields":{"company":"Renov"}}}"#;
const QUESTION: &str = r#"{"workspace":"acme","actor":{"name":"marie","role":"member"},"at":"2026-11-22T09:00:00Z","find":{"record":"lead"}}"#;
const FACTS: &str = r#"{"lead":{"visits":12},"at":"2026-11-22T09:00:00Z"}"#;
const OPTIONS: &str = r#"{"at":"2026-11-22T09:00:00Z"}"#;
const FORECAST: &str =
    r#"{"as_of":"2026-11-22","currency":"EUR","periods":{"unit":"quarter","from":"2026-10-01","to":"2027-01-01"}}"#;
const DUE: &str = r#"{"calendar":{"id":"day","zone":"Europe/Paris","weekly":{"monday":[["09:00","18:00"]]}},"start":"opened","target":60,"unit":"minutes"}"#;
const SEGMENT: &str =
    r#"{"at":"2026-11-22T09:00:00Z","where":{"field":"size","op":"ge","value":5},"map":{"visits":"size"}}"#;
const ELAPSED: &str = r#"{"calendar":{"id":"day","zone":"Europe/Paris","weekly":{"monday":[["09:00","18:00"]]}},"start":"opened","end":"solved"}"#;
const RULES: &str = r#"{"custom":{"lead":[{"name":"roofs","type":"integer"}]}}"#;

/// What a parameter is. A text is two parameters: the pointer and the length.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Takes {
    Crm,
    Rules,
    RulesOrNull,
    Error,
    /// A text, the statuses for a length of zero and for one byte less.
    Text {
        text: &'static str,
        empty: i32,
        shorter: i32,
    },
    /// The path of a file in the test's folder.
    Path,
    /// A variable that receives a text.
    TextOut,
    /// The same, where nobody has to want it.
    TextOutOrNull,
    /// A variable that receives a handle.
    HandleOut,
    /// An Arrow stream, which is moved.
    StreamIn,
    /// A variable that receives one.
    StreamOut,
    /// The last parameter of most calls; the only one that may be NULL.
    ErrorOut,
}

use Takes::{
    Crm, Error, ErrorOut, HandleOut, Path, Rules, RulesOrNull, StreamIn, StreamOut, Text, TextOut, TextOutOrNull,
};

struct Function {
    name: &'static str,
    takes: Vec<Takes>,
    /// What it returns when nothing is wrong.
    right: i32,
    call: fn(&[usize]) -> crm_status,
}

const fn text(text: &'static str, empty: i32, shorter: i32) -> Takes {
    Text { text, empty, shorter }
}

fn functions() -> Vec<Function> {
    // SAFETY, for all: each pointer is one that the header allows or promises to refuse without using it.
    macro_rules! call {
        ($name:ident($($i:literal)*)) => { |a| unsafe { crm::$name($(a[$i] as _,)*) } };
    }
    macro_rules! safe {
        ($name:ident) => {
            |a| crm::$name(a[0] as _)
        };
    }
    const JSON: fn(&'static str) -> Takes = |t| text(t, INVALID_JSON, INVALID_JSON);
    let function = |name, takes: Vec<Takes>, call| Function { name, takes, right: OK, call };
    let table = |rule, options| {
        let rule = text(rule, UNKNOWN_FIELD, UNKNOWN_FIELD);
        let takes = vec![Rules, rule, JSON(options), StreamIn, StreamOut, TextOutOrNull, ErrorOut];
        function("crm_eval_table", takes, call!(crm_eval_table(0 1 2 3 4 5 6 7 8)))
    };
    vec![
        function(
            "crm_rules_new",
            vec![text(RULES, OK, INVALID_JSON), HandleOut, ErrorOut],
            call!(crm_rules_new(0 1 2 3)),
        ),
        function("crm_rules_free", vec![Rules], safe!(crm_rules_free)),
        function("crm_open", vec![Path, RulesOrNull, HandleOut, ErrorOut], call!(crm_open(0 1 2 3 4))),
        function("crm_open_memory", vec![RulesOrNull, HandleOut, ErrorOut], call!(crm_open_memory(0 1 2))),
        function("crm_close", vec![Crm], safe!(crm_close)),
        function("crm_run", vec![Crm, JSON(COMMAND), TextOut, ErrorOut], call!(crm_run(0 1 2 3 4))),
        function("crm_plan", vec![Crm, JSON(COMMAND), TextOut, ErrorOut], call!(crm_plan(0 1 2 3 4))),
        function("crm_query", vec![Crm, JSON(QUESTION), TextOut, ErrorOut], call!(crm_query(0 1 2 3 4))),
        function(
            "crm_eval",
            vec![Rules, text("lead_score", UNKNOWN_FIELD, UNKNOWN_FIELD), JSON(FACTS), TextOut, ErrorOut],
            call!(crm_eval(0 1 2 3 4 5 6)),
        ),
        function(
            "crm_eval_arrow",
            vec![Rules, JSON(OPTIONS), StreamIn, StreamOut, ErrorOut],
            call!(crm_eval_arrow(0 1 2 3 4 5)),
        ),
        table("routing", OPTIONS),
        table("deal_risk", r#"{"at":"2026-11-22T09:00:00Z","currency":"EUR"}"#),
        table("bands", r#"{"currency":"EUR"}"#),
        table("forecast", FORECAST),
        table("sla_due", DUE),
        table("sla_elapsed", ELAPSED),
        table(
            "attribution",
            r#"{"map":{"visits":"subject","amount":"channel","opened":"at","solved":"converted_at"}}"#,
        ),
        table("quote_totals", r#"{"currency":"EUR","map":{"visits":"quote","amount":"rate"}}"#),
        table("health", r#"{"at":"2026-11-22T09:00:00Z","map":{"visits":"tickets_urgent_open"}}"#),
        table("segment", SEGMENT),
        Function { name: "crm_error_status", takes: vec![Error], right: INVALID_JSON, call: safe!(crm_error_status) },
        function("crm_error_json", vec![Error, TextOut], call!(crm_error_json(0 1))),
        function(
            "crm_error_message",
            vec![Error, text("fr", INVALID_VALUE, INVALID_VALUE), TextOut],
            call!(crm_error_message(0 1 2 3)),
        ),
    ]
}

/// One way to get one parameter wrong.
#[derive(Clone, Copy, Debug)]
enum Wrong {
    Nothing,
    Null,
    Stale,
    /// A number that nobody gave out; odd ones look like handles.
    Forged(usize),
    /// The address of something real.
    Address,
    OtherKind(Takes),
    /// A stream that its owner has released.
    Released,
    EmptyText,
    NullText,
    NullWithLength,
    Length(usize),
    Shorter,
    BrokenUtf8,
    NulInside,
}

const FORGED: &[usize] = &[1, 2, 3, 0x1_0001, usize::MAX, usize::MAX - 1, usize::MAX / 2, 1 << (usize::BITS - 1) | 1];
const LENGTHS: &[usize] = &[usize::MAX, usize::MAX / 2 + 1, usize::MAX / 2, 1 << 31, 8 * 1024 * 1024 + 1];

/// What can be wrong with a parameter, and the status that says so.
fn wrongs(takes: Takes) -> Vec<(Wrong, i32)> {
    let handle = |others: [Takes; 2], null: i32| {
        let forged = FORGED.iter().map(|n| Wrong::Forged(*n));
        let other = others.into_iter().map(Wrong::OtherKind);
        let refused = forged.chain(other).chain([Wrong::Stale, Wrong::Address]).map(|w| (w, INVALID_HANDLE));
        refused.chain([(Wrong::Null, null)]).collect()
    };
    match takes {
        Crm => handle([Rules, Error], INVALID_HANDLE),
        Rules => handle([Crm, Error], INVALID_HANDLE),
        RulesOrNull => handle([Crm, Error], OK),
        Error => handle([Crm, Rules], INVALID_HANDLE),
        Text { empty, shorter, .. } => texts(empty, vec![(Wrong::Shorter, shorter)]),
        Path => texts(MISSING, vec![(Wrong::NulInside, INVALID_TEXT)]),
        StreamIn => vec![(Wrong::Null, INVALID_HANDLE), (Wrong::Released, INVALID_ARROW)],
        TextOut | HandleOut | StreamOut => vec![(Wrong::Null, INVALID_HANDLE)],
        TextOutOrNull | ErrorOut => vec![(Wrong::Null, OK)],
    }
}

fn texts(empty: i32, mut more: Vec<(Wrong, i32)>) -> Vec<(Wrong, i32)> {
    more.extend(LENGTHS.iter().map(|n| (Wrong::Length(*n), TOO_LARGE)));
    more.extend([(Wrong::EmptyText, empty), (Wrong::NullText, empty)]);
    more.extend([(Wrong::NullWithLength, INVALID_HANDLE), (Wrong::BrokenUtf8, INVALID_TEXT)]);
    more
}

/// Open handles of each kind, and closed ones.
struct World {
    live: [usize; 3],
    stale: [usize; 3],
    folder: tempfile::TempDir,
}

fn index(takes: Takes) -> usize {
    match takes {
        Crm => 0,
        Rules | RulesOrNull => 1,
        _ => 2,
    }
}

fn handles() -> [usize; 3] {
    let (mut crm, mut rules, mut error): (*mut crm_t, *mut crm_rules, *mut crm_error) =
        (null_mut(), null_mut(), null_mut());
    // SAFETY: local variables, and texts that are there.
    unsafe {
        assert_eq!(crm::crm_open_memory(null(), &raw mut crm, null_mut()).number(), OK);
        assert_eq!(crm::crm_rules_new(null(), 0, &raw mut rules, null_mut()).number(), OK);
        let mut nothing = null_mut();
        assert_eq!(crm::crm_rules_new(c"{".as_ptr(), 1, &raw mut nothing, &raw mut error).number(), INVALID_JSON);
    }
    [crm as usize, rules as usize, error as usize]
}

/// Closes whichever of these a call has not closed itself.
fn close([crm, rules, error]: [usize; 3]) {
    crm::crm_close(crm as _);
    crm::crm_rules_free(rules as _);
    let mut error = error as *mut crm_error;
    // SAFETY: a local variable.
    unsafe { crm::crm_error_free(&raw mut error) };
}

fn world() -> World {
    static STALE: OnceLock<[usize; 3]> = OnceLock::new();
    let stale = *STALE.get_or_init(|| {
        let handles = handles();
        close(handles);
        handles
    });
    World { live: handles(), stale, folder: tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap() }
}

/// A table of one lead that is also one of a deal and of a ticket.
fn stream() -> FFI_ArrowArrayStream {
    let twelve: ArrayRef = Arc::new(Int64Array::from(vec![12]));
    let noon = TimestampMicrosecondArray::from(vec![1_795_431_600_000_000]).with_timezone("UTC");
    let noon: ArrayRef = Arc::new(noon);
    let columns = [
        ("visits", twelve.clone()),
        ("amount", twelve.clone()),
        ("quantity", twelve.clone()),
        ("unit_price", twelve),
        ("opened", noon.clone()),
        ("solved", noon),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let schema = batch.schema();
    FFI_ArrowArrayStream::new(Box::new(RecordBatchIterator::new([Ok(batch)], schema)))
}

fn is_released(stream: FFI_ArrowArrayStream) -> bool {
    RecordBatchStreamReader::try_new(stream).is_err()
}

/// Calls a function with one parameter wrong and everything else right, and checks all that can be seen.
fn call(function: &Function, at: usize, wrong: Wrong, expected: i32) {
    let before = crm::live();
    let world = world();
    let path = world.folder.path().join("misuse.db").to_str().unwrap().to_owned();
    let broken =
        format!("{{\"{}\":1}}", "x".repeat(200)).into_bytes().into_iter().map(|b| if b == b'x' { 0xff } else { b });
    let broken: Vec<u8> = broken.collect();
    let mine = 7_u64;
    let mut text_out = crm_string { data: c"stale".as_ptr(), length: 5 };
    let mut handle_out: *mut crm_t = std::ptr::without_provenance_mut(0xdead);
    let mut error_out: *mut crm_error = std::ptr::without_provenance_mut(0xdead);

    let (mut stream_in, mut stream_out) = (stream(), FFI_ArrowArrayStream::empty());

    let mut args: Vec<usize> = Vec::new();
    for (i, takes) in function.takes.iter().enumerate() {
        let wrong = if i == at { wrong } else { Wrong::Nothing };
        let right = match takes {
            Crm | Rules | RulesOrNull | Error => vec![world.live[index(*takes)]],
            Text { text, .. } => vec![text.as_ptr() as usize, text.len()],
            Path => vec![path.as_ptr() as usize, path.len()],
            TextOut | TextOutOrNull => vec![&raw mut text_out as usize],
            HandleOut => vec![&raw mut handle_out as usize],
            StreamIn => vec![&raw mut stream_in as usize],
            StreamOut => vec![&raw mut stream_out as usize],
            ErrorOut => vec![&raw mut error_out as usize],
        };
        args.extend(match wrong {
            Wrong::Nothing => right,
            Wrong::Null => vec![0],
            Wrong::Stale => vec![world.stale[index(*takes)]],
            Wrong::Forged(number) => vec![number],
            Wrong::Address => vec![&raw const mine as usize],
            Wrong::OtherKind(other) => vec![world.live[index(other)]],
            Wrong::Released => {
                stream_in = FFI_ArrowArrayStream::empty();
                right
            }
            Wrong::EmptyText => vec![right[0], 0],
            Wrong::NullText => vec![0, 0],
            Wrong::NullWithLength => vec![0, right[1]],
            Wrong::Length(length) => vec![right[0], length],
            Wrong::Shorter => vec![right[0], right[1] - 1],
            Wrong::BrokenUtf8 => vec![broken.as_ptr() as usize, broken.len()],
            Wrong::NulInside => vec!["a\0b".as_ptr() as usize, 3],
        });
    }

    let said = function.takes.iter().find_map(|takes| if let Text { text, .. } = takes { Some(*text) } else { None });
    let what = format!("{} ({}) with parameter {at} {wrong:?}", function.name, said.unwrap_or_default());
    let has = |takes: Takes| function.takes.iter().position(|t| *t == takes);
    let status = (function.call)(&args).number();
    assert_eq!(status, expected, "{what}");
    let failed = status != OK;
    if has(TextOut).or_else(|| has(TextOutOrNull)).is_some_and(|i| i != at || !matches!(wrong, Wrong::Null)) {
        assert_eq!(text_out.data.is_null(), failed, "{what}: the text");
        assert_eq!(text_out.length == 0, failed, "{what}: the text's length");
        // SAFETY: a local variable.
        assert_eq!(unsafe { crm::crm_string_free(&raw mut text_out) }.number(), OK, "{what}");
    }
    if has(HandleOut).is_some_and(|i| i != at || !matches!(wrong, Wrong::Null)) {
        assert_eq!(handle_out.is_null(), failed, "{what}: the handle");
        let handle = handle_out as usize;
        let closed = [crm::crm_close(handle as _), crm::crm_rules_free(handle as _)].map(crm_status::number);
        assert_eq!(closed.contains(&OK), !failed, "{what}: exactly what was opened can be closed");
    }
    if has(StreamOut).is_some() {
        let moved = has(StreamIn) != Some(at) || !matches!(wrong, Wrong::Null);
        assert_eq!(is_released(stream_in), moved, "{what}: the input");
        assert_eq!(is_released(stream_out), failed, "{what}: the stream");
    }
    if has(ErrorOut).is_some_and(|i| i != at) {
        assert_eq!(error_out.is_null(), !failed, "{what}: the error");
        let named = crm::crm_error_status(error_out).number();
        assert_eq!(named, if failed { status } else { INVALID_HANDLE }, "{what}: the error's own status");
        // SAFETY: a local variable.
        assert_eq!(unsafe { crm::crm_error_free(&raw mut error_out) }.number(), OK, "{what}");
    }
    if function.takes.len() == 1 && function.name != "crm_error_status" {
        assert_eq!((function.call)(&args).number(), INVALID_HANDLE, "{what}, twice");
    }
    assert_eq!(mine, 7);
    // Whatever was misused: the handles that were not closed still work, and can be closed.
    close(world.live);
    assert_eq!(crm::live(), before, "{what}: left behind");
}

fn table() -> usize {
    let mut cells = 0;
    for function in functions() {
        call(&function, usize::MAX, Wrong::Nothing, function.right);
        for (at, takes) in function.takes.iter().enumerate() {
            for (wrong, expected) in wrongs(*takes) {
                let expected = if expected == OK { function.right } else { expected };
                call(&function, at, wrong, expected);
                cells += 1;
            }
        }
    }
    cells + frees()
}

/// The two functions that take a variable and empty it.
fn frees() -> usize {
    let before = crm::live();
    let world = world();
    let mut cells = 0;
    // SAFETY, for all: NULL or a local variable.
    let mut error = |handle: usize, expected: i32| {
        let mut variable = handle as *mut crm_error;
        assert_eq!(unsafe { crm::crm_error_free(&raw mut variable) }.number(), expected, "{handle:#x}");
        assert!(variable.is_null());
        assert_eq!(unsafe { crm::crm_error_free(&raw mut variable) }.number(), OK);
        cells += 1;
    };
    error(0, OK);
    FORGED.iter().for_each(|forged| error(*forged, INVALID_HANDLE));
    error(world.stale[2], INVALID_HANDLE);
    error(world.live[0], INVALID_HANDLE);
    error(world.live[1], INVALID_HANDLE);
    error(world.live[2], OK);
    error(world.live[2], INVALID_HANDLE);
    assert_eq!(unsafe { crm::crm_error_free(null_mut()) }.number(), INVALID_HANDLE);

    let text = || {
        let (lead_score, mut out) = ("lead_score", crm_string { data: null(), length: 0 });
        let (rule, input) = (lead_score.as_ptr().cast::<c_char>(), FACTS.as_ptr().cast::<c_char>());
        let rules = world.live[1] as *const crm_rules;
        let status = unsafe { crm::crm_eval(rules, rule, 10, input, FACTS.len(), &raw mut out, null_mut()) };
        assert_eq!(status.number(), OK);
        out
    };
    let mut string = |mut variable: crm_string, expected: i32| {
        assert_eq!(unsafe { crm::crm_string_free(&raw mut variable) }.number(), expected, "{variable:?}");
        assert!(variable.data.is_null() && variable.length == 0);
        assert_eq!(unsafe { crm::crm_string_free(&raw mut variable) }.number(), OK);
        cells += 1;
    };
    let kept = text();
    string(crm_string { data: null(), length: 99 }, OK);
    string(crm_string { data: c"mine".as_ptr(), length: 4 }, INVALID_HANDLE);
    string(crm_string { data: kept.data.wrapping_add(1), length: kept.length - 1 }, INVALID_HANDLE);
    string(crm_string { data: std::ptr::without_provenance(usize::MAX), length: 1 }, INVALID_HANDLE);
    string(crm_string { length: 1, ..text() }, OK);
    string(crm_string { length: usize::MAX, ..text() }, OK);
    string(kept, OK);
    string(kept, INVALID_HANDLE);
    assert_eq!(unsafe { crm::crm_string_free(null_mut()) }.number(), INVALID_HANDLE);
    close(world.live);
    assert_eq!(crm::live(), before);
    cells + 2
}

#[test]
fn the_misuse_table() {
    let cells = table();
    assert!(cells >= 250, "{cells} cells");
    // Not `println`, which a passing test does not show.
    let _ = writeln!(std::io::stderr(), "misuse: {cells} cells");

    if std::env::var_os("MISUSE_UNDER_VALGRIND").is_some() {
        return;
    }
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["-q", "--leak-check=full", "--errors-for-leak-kinds=definite,indirect", "--error-exitcode=9"]);
    valgrind.arg(std::env::current_exe().unwrap()).args(["the_misuse_table", "--exact", "--test-threads=1"]);
    match valgrind.env("MISUSE_UNDER_VALGRIND", "1").output() {
        Err(_) => {
            let _ = writeln!(std::io::stderr(), "skipped: valgrind is not installed, so the table ran without it");
        }
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr)),
    }
}

#[test]
fn the_table_has_every_function_that_takes_a_pointer() {
    let header = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/include/crm.h")).unwrap();
    let table: Vec<&str> = functions().iter().map(|f| f.name).collect();
    let apart = ["crm_version", "crm_status_name", "crm_string_free", "crm_error_free"];
    for line in header.lines().filter(|line| !line.starts_with("//") && !line.starts_with(" *")) {
        let Some(name) = line.split_once('(').and_then(|(before, _)| before.rsplit([' ', '*']).next()) else {
            continue;
        };
        if name.starts_with("crm_") {
            assert!(table.contains(&name) || apart.contains(&name), "{name} is not in the misuse table");
        }
    }
}
