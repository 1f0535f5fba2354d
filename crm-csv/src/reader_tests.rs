use proptest::prelude::*;

use super::*;

fn all(text: &str) -> Result<Vec<(u64, Vec<String>)>> {
    let mut table = Table::open(text, None)?;
    let (mut record, mut out) = (Record::default(), Vec::new());
    while table.read(&mut record)? {
        assert!(record.flaw().is_none(), "{:?}", record.flaw());
        out.push((record.line(), record.fields().map(str::to_owned).collect()));
    }
    Ok(out)
}

fn row(line: u64, fields: &[&str]) -> (u64, Vec<String>) {
    (line, fields.iter().map(|f| (*f).to_owned()).collect())
}

fn problem(text: &str) -> Problem {
    all(text).unwrap_err().problem().clone()
}

#[test]
fn lines_end_in_any_way_and_are_counted() {
    let text = "a,b\r\n1,\"x\r\ny\"\n\n3,4\r5,6\r\n\r\n7,8";
    let expected = [row(2, &["1", "x\r\ny"]), row(5, &["3", "4"]), row(6, &["5", "6"]), row(8, &["7", "8"])];
    assert_eq!(all(text).unwrap(), expected);
    assert_eq!(all("a,b\r1,2\r3,4\r").unwrap(), [row(2, &["1", "2"]), row(3, &["3", "4"])]);
}

#[test]
fn quotes_open_only_at_the_beginning() {
    let text = "a,b\nThe \"Best\" Account,bla\n\"The \"\"Best\"\" Account\" ,bla\n";
    let expected = [row(2, &["The \"Best\" Account", "bla"]), row(3, &["The \"Best\" Account ", "bla"])];
    assert_eq!(all(text).unwrap(), expected);
    assert_eq!(problem("a,b\n1,2\n3,\"4\n5,6\n"), Problem::UnclosedQuote { line: 3 });
    assert_eq!(problem("a,b\n1,\"x\ny\"\n\"3,4\n"), Problem::UnclosedQuote { line: 4 });
    assert_eq!(problem("a,\"b"), Problem::UnclosedQuote { line: 1 });
    assert_eq!(all("a,b\n1,\"\"").unwrap(), [row(2, &["1", ""])]);
}

#[test]
fn a_flaw_spoils_one_record_only() {
    let mut table = Table::open("a,b\n\"x\"y\",1\n2\0,3\n4,5\n", None).unwrap();
    let mut record = Record::default();
    let mut flaws = Vec::new();
    while table.read(&mut record).unwrap() {
        flaws.push(record.flaw().cloned());
    }
    assert_eq!(flaws, [Some(Problem::TextAfterQuote { line: 2 }), Some(Problem::Nul), None]);
}

#[test]
fn the_delimiter_is_found_or_asked_for() {
    let delimiter = |text: &str| Table::open(text, None).map(|t| (t.delimiter(), t.headers().len()));
    assert_eq!(delimiter("a,b\n").unwrap(), (b',', 2));
    assert_eq!(delimiter("a;b;c\n1,5;2\n").unwrap(), (b';', 3));
    assert_eq!(delimiter("a\tb").unwrap(), (b'\t', 2));
    assert_eq!(delimiter("a|b").unwrap(), (b'|', 2));
    assert_eq!(delimiter("email").unwrap(), (b',', 1));
    assert_eq!(delimiter("\"a,b\";\"c,d\"").unwrap(), (b';', 2));
    assert_eq!(delimiter("sep=!\r\na,b!c").unwrap(), (b'!', 2));
    assert_eq!(delimiter("a,b;c").unwrap_err().code().name(), "needs_choice");
    assert_eq!(Table::open("a,b!c", Some(b'!')).unwrap().headers(), ["a,b", "c"]);
    let mut table = Table::open("sep=;\r\na;b\r\n1;2\r\n", None).unwrap();
    let mut record = Record::default();
    assert!(table.read(&mut record).unwrap());
    assert_eq!(record.line(), 3);
}

#[test]
fn sizes_are_bounded() {
    assert_eq!(problem(""), Problem::EmptyFile);
    assert_eq!(problem("\n\r\n"), Problem::EmptyFile);
    assert_eq!(problem(",,\n1,2,3\n"), Problem::NoHeader);
    assert_eq!(all("a,b").unwrap(), []);
    assert_eq!(problem(&"a,".repeat(60_000)), Problem::TooMany { what: "columns", found: 60_001, most: 500 });
    let wide = format!("a,b\n{}\n1,2\n", "x,".repeat(60_000));
    assert_eq!(all(&wide).unwrap().len(), 2);
    // A field of 64 KiB is kept, a longer one is counted and refused, and the file goes on.
    let text = format!("a,b\n{},1\n\"{}\",2\n3,4\n", "x".repeat(65_536), "y".repeat(200_000));
    let mut table = Table::open(&text, None).unwrap();
    let mut record = Record::default();
    assert!(table.read(&mut record).unwrap());
    assert_eq!((record.get(0).unwrap().len(), record.flaw()), (65_536, None));
    assert!(table.read(&mut record).unwrap());
    assert_eq!(record.flaw(), Some(&Problem::TooLong { bytes: 200_000, most: 65_536 }));
    assert!(table.read(&mut record).unwrap());
    assert_eq!(record.fields().collect::<Vec<_>>(), ["3", "4"]);
}

#[test]
fn a_field_of_a_hundred_megabytes_is_not_buffered() {
    let text = format!("a,b\n\"{}", "x".repeat(100_000_000));
    let mut table = Table::open(&text, Some(b',')).unwrap();
    let error = table.read(&mut Record::default()).unwrap_err();
    assert_eq!(error.problem(), &Problem::UnclosedQuote { line: 2 });
    assert!(table.reader.buffer.capacity() < 100_000);
}

#[test]
fn rows_are_bounded() {
    let text = format!("a\n{}", "1\n".repeat(1_000_001));
    let mut table = Table::open(&text, None).unwrap();
    let mut record = Record::default();
    let error = loop {
        match table.read(&mut record) {
            Ok(more) => assert!(more),
            Err(error) => break error,
        }
    };
    assert_eq!(error.problem(), &Problem::TooMany { what: "rows", found: 1_000_001, most: 1_000_000 });
}

fn quoted(field: &str) -> String {
    format!("\"{}\"", field.replace('"', "\"\""))
}

proptest! {
    #[test]
    fn what_is_written_is_read(rows in prop::collection::vec(prop::collection::vec("[a-z\"',;\r\n é]{0,8}", 3), 0..6),
                               delimiter in prop::sample::select(DELIMITERS.to_vec()),
                               end in prop::sample::select(vec!["\n", "\r\n", "\r"])) {
        let d = char::from(delimiter).to_string();
        let mut text = ["a", "b", "c"].join(&d);
        for row in &rows {
            text.push_str(end);
            text.push_str(&row.iter().map(|f| quoted(f)).collect::<Vec<_>>().join(&d));
        }
        let read: Vec<Vec<String>> = all(&text).unwrap().into_iter().map(|(_, f)| f).collect();
        prop_assert_eq!(read, rows);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[a,;|\t\"\r\n\0é ]{0,60}") {
        if let Ok(mut table) = Table::open(&text, None) {
            let mut record = Record::default();
            while let Ok(true) = table.read(&mut record) {
                prop_assert!(record.fields().count() == record.count());
            }
        }
    }
}
