use std::collections::BTreeSet;

use crm_core::Lang;

use crate::cell::{DateOrder, DecimalMark};
use crate::import::{Import, Options, Placeholders, read_leads};
use serde_json::Value as Json;

fn read(text: &str) -> Import {
    read_leads(text.as_bytes(), &Options::default()).unwrap()
}

fn with(text: &str, options: &Options) -> Import {
    read_leads(text.as_bytes(), options).unwrap()
}

fn values<'a>(import: &'a Import, field: &str) -> Vec<Option<&'a str>> {
    import.rows.iter().map(|r| r.fields.get(field).and_then(Json::as_str)).collect()
}

fn ids(import: &Import) -> Vec<&str> {
    values(import, "external_id").into_iter().map(Option::unwrap).collect()
}

#[test]
fn no_refusal_is_outranked() {
    let import = read(
        "Company,Email,Opt-in,Unsubscribed,Do Not Email\n\
         Acme,a@acme.example,yes,yes,yes\n\
         Beta,b@beta.example,,,yes\n\
         Gamma,c@gamma.example,yes,,no\n\
         Delta,d@delta.example,yes,yes,\n\
         Epsilon,e@epsilon.example,,no,no\n",
    );
    let (out, agreed) = (Some("opted_out"), Some("opted_in"));
    assert_eq!(values(&import, "consent"), [out, out, agreed, out, None]);
    assert!(import.mapping.outranked.is_empty() && import.mapping.ignored.is_empty());
    assert_eq!(import.mapping.columns.iter().filter(|m| m.field == "consent").count(), 3);
}

#[test]
fn of_two_consents_the_stricter_counts() {
    let import = read(
        "company,Consent,RGPD\n\
         A,yes,soft\nB,soft,no\nC,yes,unknown\nD,unknown,no\nE,yes,n/a\nF,-,yes\nG,unknown,\nH,aucun,oui\n",
    );
    let expected = [Some("soft"), Some("opted_out"), None, Some("opted_out"), Some("opted_in"), Some("opted_in")];
    assert_eq!(values(&import, "consent"), [expected.as_slice(), &[None, None]].concat());
    // A choice adds a column; it does not silence the refusals beside it. Leaving one out must be said.
    let text = "company,Newsletter,Unsubscribed\nA,yes,yes\n";
    let choose = |choices: &[&str]| Options {
        overrides: choices.iter().map(|o| o.parse().unwrap()).collect(),
        ..Options::default()
    };
    assert_eq!(values(&with(text, &choose(&["Newsletter=consent"])), "consent"), [Some("opted_out")]);
    let both = choose(&["Newsletter=consent", "Unsubscribed=consent"]);
    assert_eq!(values(&with(text, &both), "consent"), [Some("opted_out")]);
    let left_out = choose(&["Newsletter=consent", "Unsubscribed=-"]);
    assert_eq!(values(&with(text, &left_out), "consent"), [Some("opted_in")]);
    // Two columns of one name do not contradict each other either: the stricter counts.
    assert_eq!(values(&read("company,Opt-out,Opt Out\nA,no,yes\n"), "consent"), [Some("opted_out")]);
}

#[test]
fn any_yes_forbids_calls() {
    let import = read("company,Do Not Call,Ne pas appeler\nA,yes,no\nB,no,yes\nC,no,\nD,,n/a\nE,,oui\n");
    let calls: Vec<Option<bool>> =
        import.rows.iter().map(|r| r.fields.get("do_not_call").and_then(Json::as_bool)).collect();
    assert_eq!(calls, [Some(true), Some(true), Some(false), None, Some(true)]);
}

#[test]
fn ids_do_not_depend_on_the_options() {
    let text = "Company,Amount,Create Date,Note\nAcme,1.234,03/04/2026 10:00,x\nBeta,12,05/06/2026 11:00,y\n";
    let options = |currency: &str, zone: &str, date_order, decimal, overrides: &[&str]| Options {
        currency: currency.parse().ok(),
        zone: zone.parse().ok(),
        date_order: Some(date_order),
        decimal,
        overrides: overrides.iter().map(|o| o.parse().unwrap()).collect(),
        ..Options::default()
    };
    let (point, comma) = (DecimalMark::Point, DecimalMark::Comma);
    let (day, month) = (DateOrder::DayFirst, DateOrder::MonthFirst);
    let one = with(text, &options("KWD", "Europe/Paris", day, point, &[]));
    let two = with(text, &options("USD", "America/New_York", month, comma, &["Note=description"]));
    let three = with(text, &options("EUR", "UTC", day, comma, &["Amount=-", "Create Date=-", "Note=custom.note"]));
    assert_eq!((one.rows.len(), two.rows.len(), three.rows.len()), (2, 2, 2));
    assert_ne!(one.rows[0].fields["value"], two.rows[0].fields["value"]);
    assert_ne!(one.rows[0].fields["received_at"], two.rows[0].fields["received_at"]);
    assert_eq!(ids(&one), ids(&two));
    assert_eq!(ids(&one), ids(&three));
}

#[test]
fn ids_depend_on_every_cell_and_on_no_order() {
    let one = read("company,email,note\nAcme,a@acme.example,x\nBeta,b@beta.example,\n");
    let two = read("Note,E-mail,Company\n\"\",b@beta.example, Beta \nx,a@acme.example,Acme\n");
    let three = read("company,email,note,,new\nAcme,a@acme.example,x,,\nBeta,b@beta.example,,,\n");
    let [acme, beta] = ids(&one)[..] else { panic!("two rows") };
    assert!(acme.starts_with("row-") && acme.len() == 36);
    assert_eq!(ids(&read("company,mail\nA,\n")), ids(&read("company,mail,city\nA,,\n")), "an empty cell says nothing");
    assert_eq!(ids(&three), [acme, beta], "an empty column more");
    let same_names = "company,e-mail,note\n";
    let again = read(&format!("{same_names}Acme,,x\n"));
    assert_ne!(ids(&again)[0], acme);
    let sorted = |import: &Import| ids(import).into_iter().map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(sorted(&two), sorted(&one));
    // The cells of columns that feed nothing count as well: two people may differ in them alone.
    let import = read("company,Badge\nAcme,1\nAcme,2\nAcme,1\n");
    assert_eq!((import.rows.len(), import.duplicates.len()), (2, 1));
    // Which of two columns of one name a cell stands in, too.
    assert_eq!(read("company,Foo,foo\nAcme,1,\nAcme,,1\n").rows.len(), 2);
    // After repair: wrapped once more, and with a date split at its comma.
    let options = Options { zone: "UTC".parse().ok(), ..Options::default() };
    let plain = with("company,Created Time\nAcme,\"15 Apr, 2021 00:03:00\"\n", &options);
    for broken in
        ["\"Acme,\"\"15 Apr, 2021 00:03:00\"\"\"", "Acme,15 Apr, 2021 00:03:00", "Acme,\"15 Apr, 2021 00:03:00\",,"]
    {
        let mended = with(&format!("company,Created Time\n{broken}\n"), &options);
        assert_eq!((mended.repaired.len(), ids(&mended)), (1, ids(&plain)), "{broken}");
    }
}

#[test]
fn like_names_are_not_repetitions() {
    for (one, two) in [("Côté", "Cote"), ("バス株式会社", "ハス株式会社"), ("ACME", "Acme"), ("Straße", "Strasse")]
    {
        let import = read(&format!("company,city\n{one},Paris\n{two},Paris\n{one},Paris\n"));
        assert_eq!(values(&import, "company"), [Some(one), Some(two)]);
        assert_eq!((import.rejects.len(), import.duplicates.len()), (0, 1));
        // With an id of the file's own, two contents are a contradiction, never a silent repetition.
        let import = read(&format!("id,company\n1,{one}\n1,{two}\n1,{one}\n"));
        assert_eq!((import.rows.len(), import.rejects.len(), import.duplicates.len()), (1, 1, 1));
    }
}

#[test]
fn the_reject_file_has_the_ids_of_the_file() {
    let text = "company,phone,value\nAcme,+33 1 99 00 00 00,5\n=Beta,=1,6\n";
    let euro = Options { currency: "EUR".parse().ok(), ..Options::default() };
    for lang in [Lang::English, Lang::French] {
        let rejects = read(text).reject_csv(lang);
        let again = with(&rejects, &euro);
        assert_eq!((again.rows.len(), ids(&again)), (2, ids(&with(text, &euro))));
    }
}

#[test]
fn names_are_kept_even_where_they_are_words_for_nothing() {
    let import = read(
        "Company,Last Name,State,Country,First Name,Street,Owner,Campaign\n\
         Select,Null,NC,None,Nan,Unknown,Nil,none\n",
    );
    let fields = &import.rows[0].fields;
    for (name, value) in [
        ("company", "Select"),
        ("last_name", "Null"),
        ("region", "NC"),
        ("country", "None"),
        ("first_name", "Nan"),
        ("street", "Unknown"),
        ("owner", "Nil"),
        ("campaign", "none"),
    ] {
        assert_eq!(fields.get(name).and_then(Json::as_str), Some(value), "{name}");
    }
    // A word is no e-mail address: the row is refused, openly.
    let refused = read("company,email\nAcme,N/A\n");
    assert_eq!((refused.rows.len(), refused.rejects[0].column.as_deref()), (0, Some("email")));
    let mapped = Options { overrides: vec!["Level=custom.level".parse().unwrap()], ..Options::default() };
    assert_eq!(with("company,Level\nAcme,None\n", &mapped).rows[0].fields["custom"]["level"], "None");
}

#[test]
fn what_forms_leave_is_read_as_empty_and_counted() {
    let import = read(
        "Company,City,Industry,Employees,Lead Source,Rating,Phone,Currency,Name,Do Not Call,Description\n\
         Acme,Select,--None--,n/a,None,-,N/A,null,--,(blank),-\n\
         ?,Select,,,,,+33 1 99 00 00 00,,Null,,none\n\
         Beta,Select,bad row follows,,,,,,,,\n\
         Acme,Select,--None--,n/a,None,-,N/A,null,--,(blank),-\n\
         Gamma,Select,,many,,,,,,,\n",
    );
    let keys: Vec<&str> = import.rows[0].fields.keys().map(String::as_str).collect();
    assert_eq!(keys, ["company", "description", "external_id", "external_source"]);
    assert_eq!((values(&import, "last_name")[1], values(&import, "description")[1]), (Some("Null"), Some("none")));
    // A repetition and a refused row are not imported, so nothing of theirs was lost.
    assert_eq!((import.rows.len(), import.duplicates.len(), import.rejects.len()), (3, 1, 1));
    let mut counts: Vec<(&str, u64)> = import.placeholders.iter().map(|p| (p.header.as_str(), p.cells)).collect();
    counts.sort_unstable();
    let once = ["Currency", "Do Not Call", "Employees", "Industry", "Lead Source", "Name", "Phone", "Rating"];
    let mut expected: Vec<(&str, u64)> = once.iter().map(|header| (*header, 1)).collect();
    expected.extend([("City", 3), ("Company", 1)]);
    expected.sort_unstable();
    assert_eq!(counts, expected);
    assert_eq!(read("company\nAcme\n").placeholders, [] as [Placeholders; 0]);
}
