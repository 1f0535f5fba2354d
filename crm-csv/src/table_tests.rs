use proptest::prelude::*;

use super::*;

fn opened(text: &str, delimiter: Option<u8>) -> Result<Table> {
    let mut table = Table::new(delimiter);
    table.text().push_str(text);
    table.finish();
    table.open()?;
    Ok(table)
}

fn all(text: &str) -> Result<Vec<(u64, Vec<String>)>> {
    let (mut table, mut out) = (opened(text, None)?, Vec::new());
    while table.read()? == Step::Record {
        let record = table.record();
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
    let mut table = opened("a,b\n\"x\"y\",1\n2\0,3\n4,5\n", None).unwrap();
    let mut flaws = Vec::new();
    while table.read().unwrap() == Step::Record {
        flaws.push(table.record().flaw().cloned());
    }
    assert_eq!(flaws, [Some(Problem::TextAfterQuote { line: 2 }), Some(Problem::Nul), None]);
}

#[test]
fn the_delimiter_is_found_or_asked_for() {
    let delimiter = |text: &str| opened(text, None).map(|t| (t.delimiter().unwrap(), t.headers().unwrap().len()));
    assert_eq!(delimiter("a,b\n").unwrap(), (b',', 2));
    assert_eq!(delimiter("a;b;c\n1,5;2\n").unwrap(), (b';', 3));
    assert_eq!(delimiter("a\tb").unwrap(), (b'\t', 2));
    assert_eq!(delimiter("a|b").unwrap(), (b'|', 2));
    assert_eq!(delimiter("email").unwrap(), (b',', 1));
    assert_eq!(delimiter("\"a,b\";\"c,d\"").unwrap(), (b';', 2));
    assert_eq!(delimiter("sep=!\r\na,b!c").unwrap(), (b'!', 2));
    assert_eq!(delimiter("a,b;c").unwrap_err().code().name(), "needs_choice");
    assert_eq!(opened("a,b!c", Some(b'!')).unwrap().headers().unwrap(), ["a,b", "c"]);
    let mut table = opened("sep=;\r\na;b\r\n1;2\r\n", None).unwrap();
    assert_eq!((table.read().unwrap(), table.record().line()), (Step::Record, 3));
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
    let mut table = opened(&text, None).unwrap();
    let mut next = || {
        assert_eq!(table.read().unwrap(), Step::Record);
        table.record().clone()
    };
    let kept = next();
    assert_eq!((kept.get(0).unwrap().len(), kept.flaw()), (65_536, None));
    assert_eq!(next().flaw(), Some(&Problem::TooLong { bytes: 200_000, most: 65_536 }));
    assert_eq!(next().fields().collect::<Vec<_>>(), ["3", "4"]);
}

#[test]
fn a_header_is_judged_by_its_first_megabyte() {
    let head = "x".repeat(60_000) + ";";
    let long = format!("{}a,b\n", head.repeat(20));
    assert_eq!(opened(&long, None).unwrap().delimiter(), Some(b';'), "the comma comes too late to divide it, too");
    let mut table = Table::new(None);
    for _ in 0..200 {
        table.text().push_str(&format!("{}\n", "\"x;y,".repeat(2_000)));
        let _ = table.open();
        assert!(table.text.capacity() < 4_000_000, "what was read is not kept");
    }
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
        if let Ok(mut table) = opened(&text, None) {
            while let Ok(Step::Record) = table.read() {
                let record = table.record();
                prop_assert!(record.fields().count() == record.count());
            }
        }
    }

    #[test]
    fn pieces_of_any_size_give_the_same(
        text in "(sep=;\r?\n)?[a,;|\t\"\r\n\0é ]{0,60}",
        sizes in prop::collection::vec(1usize..9, 1..20),
    ) {
        let (mut rest, mut pieces) = (text.as_str(), Vec::new());
        for size in sizes.iter().cycle() {
            let Some((cut, _)) = rest.char_indices().nth(*size) else { break };
            let (piece, after) = rest.split_at(cut);
            pieces.push(piece);
            rest = after;
        }
        pieces.push(rest);
        prop_assert_eq!(in_pieces(&pieces), in_pieces(&[&text]));
    }
}

type Found = (u64, Vec<String>, Option<Problem>);

fn in_pieces(pieces: &[&str]) -> Result<Vec<Found>> {
    let (mut table, mut found, mut pieces) = (Table::new(None), Vec::new(), pieces.iter());
    loop {
        match table.read()? {
            Step::Record => {
                let record = table.record();
                found.push((record.line(), record.fields().map(str::to_owned).collect(), record.flaw().cloned()));
            }
            Step::More => match pieces.next() {
                Some(piece) => table.text().push_str(piece),
                None => table.finish(),
            },
            Step::End => return Ok(found),
        }
    }
}
