use proptest::prelude::*;

use serde_json::Value as Json;

use super::*;
use crate::repair::RepairKind;

fn read(text: &str) -> Import {
    read_leads(text.as_bytes(), &Options::default()).unwrap()
}

fn problem(text: &str, options: &Options) -> Problem {
    read_leads(text.as_bytes(), options).unwrap_err().problem().clone()
}

fn with(overrides: &[&str]) -> Options {
    Options { overrides: overrides.iter().map(|o| o.parse().unwrap()).collect(), ..Options::default() }
}

#[test]
fn a_bad_cell_rejects_its_whole_row_and_no_other() {
    let options = Options {
        decimal: DecimalMark::Comma,
        currency: "EUR".parse().ok(),
        zone: "Europe/Paris".parse().ok(),
        date_order: Some(DateOrder::DayFirst),
        ..Options::default()
    };
    let text = "Société;Prénom;Nom;E-mail;Montant;Créé le;Étiquettes\r\n\
        Rénov'Ouest;Maëlle;Kerviel;m.kerviel@renov-ouest.example;12 500,50 €;20/11/2026 09:00;salon, bois\r\n\
        Toits d'Armor;;;;12500.50;;\r\n\
        ;;;;;;\r\n\
        ;Paul;;;;;\r\n\
        Toits d'Argent;;;pas une adresse;;;\r\n";
    let import = read_leads(text.as_bytes(), &options).unwrap();
    assert_eq!((import.records, import.blank, import.delimiter), (4, 1, ';'));
    assert_eq!(
        Json::Object(import.rows[0].fields.clone()),
        serde_json::json!({
            "company": "Rénov'Ouest", "first_name": "Maëlle", "last_name": "Kerviel",
            "email": "m.kerviel@renov-ouest.example", "value": {"amount": "12500.50", "currency": "EUR"},
            "received_at": "2026-11-20T08:00:00Z", "tags": ["salon", "bois"],
            "external_source": "csv", "external_id": import.rows[0].fields["external_id"],
        })
    );
    let rejects: Vec<String> = import.rejects.iter().map(|r| r.text(Lang::French)).collect();
    assert!(rejects[0].starts_with("ligne 3, colonne `Montant`\u{a0}: `12500.50`"), "{rejects:?}");
    assert!(rejects[1].starts_with("ligne 5\u{a0}: "), "{rejects:?}");
    assert!(rejects[2].starts_with("ligne 6, colonne `E-mail`\u{a0}: `pas une adresse`"), "{rejects:?}");
    assert_eq!(rejects.len(), 3);
}

#[test]
fn repetitions_are_reported_and_contradictions_refused() {
    let import = read("id,company,x\n1,Acme,a\n2,Beta,b\n1, Acme,c\n2,Gamma,b\n");
    assert_eq!(import.duplicates, [Duplicate { line: 4, first: 2 }]);
    assert_eq!(
        import.rejects[0].error.problem(),
        &Problem::AlreadyExists { record: "lead".into(), id: "2 (line 3)".into() }
    );
    assert_eq!((import.rows.len(), import.rejects.len()), (2, 1));
    let import = read("company,city\nAcme,Paris\nAcme,Lyon\nAcme, Paris\n");
    assert_eq!((import.rows.len(), import.duplicates), (2, vec![Duplicate { line: 4, first: 2 }]));
}

#[test]
fn columns_are_chosen_openly() {
    let import = read("Lead Status,Status,Name,First name,E-mail,Email 1,Foo,\nNew,x,Jo Doe,Jo,,jo@d.example,1,\n");
    let fields = &import.rows[0].fields;
    assert_eq!((fields["stage"].as_str(), fields["first_name"].as_str()), (Some("New"), Some("Jo")));
    assert_eq!(fields["email"], "jo@d.example", "the second column serves where the first is empty");
    assert!(!fields.contains_key("last_name"), "a name is not split");
    assert_eq!(import.mapping.ignored, ["Name", "Foo"]);
    assert_eq!(import.mapping.outranked, [("Status".to_owned(), "stage".to_owned())]);
    assert_eq!(read("Name,phone\nJo Doe,555-0100\n").rows[0].fields["last_name"], "Jo Doe");

    let text = "company,Score,Foo,Bar\nAcme,12,3,x\n";
    let import = read_leads(text.as_bytes(), &with(&["foo=custom.foo", "Bar=industry"])).unwrap();
    assert_eq!(import.rows[0].fields["custom"], serde_json::json!({"foo": "3"}));
    assert_eq!(import.rows[0].fields["industry"], "x");
    let typed = Options { custom: [("foo".to_owned(), FieldType::Integer)].into(), ..with(&["Foo=custom.foo"]) };
    let import = read_leads(text.as_bytes(), &typed).unwrap();
    assert_eq!(import.rows[0].fields["custom"], serde_json::json!({"foo": 3}));
    assert_eq!(
        read_leads(text.as_bytes(), &with(&["Foo=company", "company=-"])).unwrap().rows[0].fields["company"],
        "3"
    );
    assert!(
        matches!(problem(text, &with(&["Fooo=city"])), Problem::MissingColumn { nearest: Some(n), .. } if n == "Foo")
    );
    assert!(
        matches!(problem(text, &with(&["Foo=citi"])), Problem::UnknownField { nearest: Some(n), .. } if n == "city")
    );
    assert_eq!(problem(text, &with(&["Score=score"])), Problem::ReadOnly { field: "score".into() });
    assert!(matches!(problem(text, &with(&["Foo=city", "Bar=city"])), Problem::ColumnMappedTwice { .. }));
    assert!(matches!(problem(text, &with(&["Foo=city", "Foo=country"])), Problem::WrongShape { .. }));
    let unmapped = |text: &str| match problem(text, &Options::default()) {
        Problem::NoMappedColumn { found, nearest, .. } => (found, nearest),
        other => panic!("{other:?}"),
    };
    assert_eq!(unmapped("a,Compagny\n1,2\n").0, ["a", "Compagny"]);
    assert_eq!(unmapped("a,Compagny\n1,2\n").1, [("Compagny".to_owned(), "company".to_owned())]);
    assert_eq!(unmapped("currency\nEUR\n").1, []);
    assert!("=x".parse::<Override>().is_err() && "x=".parse::<Override>().is_err() && "x".parse::<Override>().is_err());
}

#[test]
fn a_repeated_header_matters_only_where_it_is_used() {
    let twice = "Email,email,company\na@b.example,c@d.example,x\n";
    assert!(matches!(problem(twice, &Options::default()), Problem::DuplicateHeader { .. }));
    assert_eq!(read("company,Foo,foo,,\nAcme,1,2,,\n").rows.len(), 1);
}

#[test]
fn consent_is_never_more_than_was_said() {
    let refusal = |cell: &str| {
        let import = read(&format!("company,Do Not Email\nAcme,{cell}\n"));
        import.rows.first().map(|r| r.fields.get("consent").cloned())
    };
    assert_eq!(refusal("Yes"), Some(Some("opted_out".into())));
    assert_eq!((refusal("No"), refusal(""), refusal("perhaps")), (Some(None), Some(None), None));
    let consent = |cell: &str| {
        let import = read(&format!("company,Consentement\nAcme,{cell}\n"));
        import.rows.first().map(|r| r.fields.get("consent").cloned())
    };
    assert_eq!(consent("Oui"), Some(Some("opted_in".into())));
    assert_eq!(consent("non"), Some(Some("opted_out".into())));
    assert_eq!((consent("inconnu"), consent("peut-être")), (Some(None), None));
}

#[test]
fn a_currency_column_serves_its_row() {
    let text = "company,Deal - Value,Deal - Currency of value\nA,10,USD\nB,10,\nC,€10,USD\nD,10,XXX\n";
    let options = Options { currency: "GBP".parse().ok(), ..Options::default() };
    let import = read_leads(text.as_bytes(), &options).unwrap();
    let currencies: Vec<&Json> = import.rows.iter().map(|r| &r.fields["value"]["currency"]).collect();
    assert_eq!(currencies, ["USD", "GBP", "EUR"]);
    assert_eq!(import.rejects[0].column.as_deref(), Some("Deal - Currency of value"));
}

#[test]
fn repairs_are_counted() {
    let text = "id,company,Created Time,city\n\"1,\"\"Acme, Inc\"\",,Paris\"\n2,Beta,,Lyon,,\n\
        3,Gamma,15 Apr, 2021 00:03:00,Brest\n4,a,b,c,d\n5\n";
    let import = read_leads(text.as_bytes(), &Options { zone: Some(Zone::UTC), ..Options::default() }).unwrap();
    let kinds: Vec<(u64, RepairKind)> = import.repaired.iter().map(|r| (r.line, r.kind)).collect();
    assert_eq!(kinds, [(2, RepairKind::WrappedRecord), (3, RepairKind::TrailingEmpty), (4, RepairKind::SplitDate)]);
    assert_eq!(import.rows[0].fields["company"], "Acme, Inc");
    assert_eq!(import.rows[2].fields["received_at"], "2021-04-15T00:03:00Z");
    let rejected: Vec<&Problem> = import.rejects.iter().map(|r| r.error.problem()).collect();
    assert_eq!(
        rejected,
        [&Problem::FieldCount { found: 5, expected: 4 }, &Problem::FieldCount { found: 1, expected: 4 }]
    );
}

#[test]
fn a_wrapped_record_after_a_broken_one_is_repaired() {
    let text = "id,company\n\"1,\"\"Acme, Inc\"\"\"\n\"2,\"\"Beta\"\n\"3,\"\"\"\"\"\n\"4,\"\"Delta\"\"\"\n";
    let import = read(text);
    let lines: Vec<u64> = import.repaired.iter().map(|r| r.line).collect();
    assert_eq!((lines, import.rows.len(), import.rejects[0].line), (vec![2, 4, 5], 3, 3));
    assert_eq!(import.rows[2].fields["company"], "Delta");
}

#[test]
fn a_corrected_reject_file_is_read_again() {
    let text = "company;phone;value;description\n=cmd();+33 1 99 00 00 00;12,5;-x\nB;\"a\"b;1;\n";
    let options = Options { currency: "EUR".parse().ok(), ..Options::default() };
    let import = read_leads(text.as_bytes(), &options).unwrap();
    assert_eq!(import.rejects.len(), 2);
    let csv = import.reject_csv(Lang::English);
    assert!(
        csv.contains("\"'=cmd()\";\"'+33 1 99 00 00 00\";\"12,5\";\"'-x\";\"2\";\"line 2, column `value`: "),
        "{csv}"
    );
    let corrected = csv.replace("\"12,5\"", "\"12.5\"");
    let again = read_leads(corrected.as_bytes(), &options).unwrap();
    let fields = &again.rows[0].fields;
    assert_eq!((fields["company"].as_str(), fields["phone"].as_str()), (Some("=cmd()"), Some("+33 1 99 00 00 00")));
    assert_eq!((fields["description"].as_str(), &fields["value"]["amount"]), (Some("-x"), &Json::from("12.50")));
    assert_eq!(again.mapping.ignored, ["import line", "import problem"]);
}

#[test]
fn whole_files_are_refused_with_their_reason() {
    let options = Options::default();
    assert_eq!(problem("", &options), Problem::EmptyFile);
    assert_eq!(problem("company\n\"x\n", &options), Problem::UnclosedQuote { line: 2 });
    assert_eq!(problem("company\0,x\n", &options), Problem::Nul);
    assert_eq!(read("company,email\n").rows, []);
    let bad = Options { delimiter: Some('é'), ..Options::default() };
    assert!(matches!(problem("company\nx\n", &bad), Problem::NotOneOf { .. }));
    let utf16: Vec<u8> =
        "\u{feff}company,email\nCafé,a@b.example\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(read_leads(&utf16, &options).unwrap().rows[0].fields["company"], "Café");
    let latin = Options { encoding: Encoding::Windows1252, ..Options::default() };
    assert_eq!(read_leads(b"Soci\xE9t\xE9\nCaf\xE9\n", &latin).unwrap().rows[0].fields["company"], "Café");
}

fn conserves(import: &Import) -> bool {
    let parts = import.rows.len() + import.rejects.len() + import.duplicates.len();
    import.records == u64::try_from(parts).unwrap()
}

/// One cell of some file: names, numbers, dates, quotes, line ends, ids, words for nothing, broken quotes.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "Acme",
            "Rénov’Ouest",
            "n/a",
            "-",
            "",
            " ",
            "Select",
            "日本",
            "'=1",
            "a@b.example",
            "x@@y"
        ])
        .prop_map(str::to_owned),
        prop::sample::select(vec![
            "12",
            "1,5",
            "28/08/2026",
            "03/04/2026",
            "08/28/2026",
            "15 Apr, 2021 00:03:00",
            "yes"
        ])
        .prop_map(str::to_owned),
        "[a-c]{1,2}",
        "\"[ab\r\n,;]{0,6}(\"\")?[ab]{0,3}\" ?",
        prop::sample::select(vec!["\"x\"y", "\"\"\"a,b\"\"\"", "\u{7}", "a\0b", "€"]).prop_map(str::to_owned),
    ]
}

fn file() -> impl Strategy<Value = String> {
    let headers = prop::sample::subsequence(
        vec!["Company", "E-mail", "Created Date", "Effectif", "ID", "Consent", "Unsubscribed", "Note", "Amount", ""],
        1..8,
    );
    let rows = prop::collection::vec(prop::collection::vec(cell(), 1..9), 0..12);
    let (ends, marks) = (prop::sample::select(vec!["\n", "\r\n", "\r"]), prop::sample::select(vec![',', ';', '\t']));
    (headers, rows, ends, marks, prop::sample::select(vec!["", "\"", "\n\n", "sep"])).prop_map(
        |(headers, rows, end, mark, odd)| {
            let mark = mark.to_string();
            let mut text = if odd == "sep" { format!("sep={mark}{end}") } else { String::new() };
            text += &headers.join(&mark);
            for row in &rows {
                // Mostly of the header's width.
                let width = if row.len() == 8 { 8 } else { headers.len() };
                let cells = row.iter().map(String::as_str).chain(std::iter::repeat("")).take(width);
                text += end;
                text += &cells.collect::<Vec<_>>().join(&mark);
            }
            if odd == "sep" { text } else { text + odd }
        },
    )
}

fn bytes_of(text: &str, form: usize) -> (Vec<u8>, Encoding) {
    let utf16 = |unit: fn(u16) -> [u8; 2]| format!("\u{feff}{text}").encode_utf16().flat_map(unit).collect();
    match form {
        0 => (text.as_bytes().to_vec(), Encoding::Utf8),
        1 => (format!("\u{feff}{text}").into_bytes(), Encoding::Utf8),
        2 => (utf16(u16::to_le_bytes), Encoding::Utf8),
        3 => (utf16(u16::to_be_bytes), Encoding::Utf8),
        4 => (text.chars().map(|c| u8::try_from(c).unwrap_or(0xE9)).collect(), Encoding::Windows1252),
        // Broken: not UTF-8, and half a unit.
        5 => (text.chars().map(|c| u8::try_from(c).unwrap_or(0xE9)).collect(), Encoding::Utf8),
        _ => (utf16(u16::to_le_bytes).split_last().map(|(_, most)| most.to_vec()).unwrap_or_default(), Encoding::Utf8),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn pieces_of_any_size_give_the_same(text in file(), form in 0usize..7, size in 1usize..40) {
        let (bytes, encoding) = bytes_of(&text, form);
        let options = Options {
            encoding,
            zone: "Europe/Paris".parse().ok(),
            currency: "EUR".parse().ok(),
            ..Options::default()
        };
        let whole = read_pieces(&bytes, &options, bytes.len().max(1));
        prop_assert_eq!(&read_pieces(&bytes, &options, size), &whole);
        prop_assert_eq!(&read_leads(&bytes, &options), &whole);
        if let Ok(import) = whole {
            let parts = import.rows.len() + import.rejects.len() + import.duplicates.len();
            prop_assert_eq!(import.records, parts as u64);
        }
    }
}

#[test]
fn the_samples_read_the_same_in_pieces() {
    let samples = [
        (include_bytes!("../../examples/data/leads_sample.csv").as_slice(), DecimalMark::Point),
        (include_bytes!("../../examples/data/prospects_exemple.csv").as_slice(), DecimalMark::Comma),
    ];
    for (bytes, decimal) in samples {
        let (zone, currency) = ("Europe/Paris".parse().ok(), "EUR".parse().ok());
        let options = Options { decimal, zone, currency, ..Options::default() };
        let whole = read_leads(bytes, &options).unwrap();
        assert!(whole.rows.len() > 100 && !whole.rejects.is_empty() && !whole.duplicates.is_empty());
        for size in [1, 2, 3, 17, 1000, 4096] {
            assert_eq!(read_pieces(bytes, &options, size).unwrap(), whole, "pieces of {size} bytes");
        }
    }
}

#[test]
fn a_file_is_refused_at_its_end_too() {
    let rows = "Acme,1\n".repeat(100_000);
    let mut leads = Leads::new(&Options::default()).unwrap();
    for piece in ["company,x\n", &rows, "Beta,\"2\n", &rows] {
        leads.push(piece.as_bytes());
        while leads.read().unwrap().is_some() {}
    }
    leads.finish();
    assert_eq!(leads.read().unwrap_err().problem(), &Problem::UnclosedQuote { line: 100_002 });
    let mut survey = Survey::new(&Options::default()).unwrap();
    assert!(!survey.push(b"company,x\nAcme,\"1").unwrap(), "no dates, nothing to look for");
    let mut survey = Survey::new(&Options::default()).unwrap();
    assert!(survey.push(b"company,Created Date\nAcme,28/08/2026\n\"").unwrap());
    assert!(survey.finish().is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for encoding in [Encoding::Utf8, Encoding::Windows1252] {
            let options = Options { encoding, overrides: Vec::new(), ..Options::default() };
            if let Ok(import) = read_leads(&bytes, &options) {
                prop_assert!(conserves(&import));
            }
        }
    }

    #[test]
    fn every_record_ends_somewhere(body in "([a-c0-9,;\"\n\r\0é .@€=-]|1,a@b.fr,5 €,x\n){0,40}") {
        let text = format!("id,email,value,company\n{body}");
        if let Ok(import) = read_leads(text.as_bytes(), &Options::default()) {
            prop_assert!(conserves(&import));
            let _ = import.reject_csv(Lang::French);
        }
    }

    #[test]
    fn rejects_written_and_read_are_the_same_cells(cells in prop::collection::vec("[a=+@\"',;\n é-]{1,6}", 1..6)) {
        let mut text = String::from("company,value\n");
        for cell in &cells {
            text.push_str(&format!("\"x{}\",?!\n", cell.replace('"', "\"\"")));
        }
        let import = read_leads(text.as_bytes(), &Options::default()).unwrap();
        prop_assert_eq!(import.rejects.len(), cells.len());
        let again = read_leads(import.reject_csv(Lang::English).as_bytes(), &Options::default()).unwrap();
        for (one, two) in import.rejects.iter().zip(&again.rejects) {
            prop_assert_eq!(&one.cells[..2], &two.cells[..2]);
        }
    }
}
