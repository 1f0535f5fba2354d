//! Messages: what never changes their class, and dates against every day of four years.

use chrono::{Datelike as _, Days, NaiveDate};
use crm_core::kernel::calendar::Calendar;
use crm_core::kernel::zone::Zone;
use crm_core::rules::Rules;
use crm_core::rules::reply::{AbsenceLimits, Pause, pause};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use unicode_normalization::UnicodeNormalization as _;

const SAID: &[&str] = &[
    "STOP",
    "Désabonnez-moi",
    "pas intéressé",
    "je suis intéressé",
    "Nous avons déjà un prestataire",
    "merci",
    "ne",
    "pas",
    "not",
    "interested",
    "unsubscribe",
    "wrong person",
    "Je transmets à ma collègue",
    "sounds good",
    "don't",
    "RGPD",
    "je refuse",
    "mais",
    ",",
    ".",
    "\n",
    "\n\n",
    "arrêt",
    "que",
    "it’s",
    "Le 5 janvier 2027",
    "On Monday",
    "-- ",
    "De : moi",
    "a écrit :",
    "wrote:",
    "Pour vous désabonner,",
    "recevoir",
    "Œuvre",
    "> cité",
    "oui",
    "n'",
];
const FOOTER: &str =
    "Toitures Morel, 3 rue des Lices, Rennes.\nRépondez STOP pour ne plus recevoir nos messages. Unsubscribe";

fn texts() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(SAID), 0..12).prop_map(|parts| parts.join(" "))
}

fn classify(text: &str, subject: &str) -> Json {
    thread_local! {
        static RULES: Rules = Rules::from_json(&json!({"reply": {"footers": [FOOTER]}})).unwrap();
    }
    let ask =
        json!({"asks": [{"ask": "classify", "text": text, "subject": subject, "sent_at": "2027-01-04T09:00:00Z"}]});
    RULES.with(|rules| rules.eval("reply", &ask).unwrap()["answers"][0].clone())
}

fn decided(text: &str) -> (Json, Json) {
    let answer = classify(text, "");
    (answer["class"].clone(), answer["consequences"].clone())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn what_is_quoted_decides_nothing(text in texts(), quoted in texts()) {
        let quoted: String = format!("{quoted}\nSTOP").lines().map(|line| format!("> {line}\n")).collect();
        let head = "Le lun. 4 janv. 2027 à 09:12, Anne <anne@toits.example> a écrit :";
        prop_assert_eq!(decided(&format!("{text}\n\n{quoted}")), decided(&text));
        prop_assert_eq!(decided(&format!("{text}\n\n{head}\n\n{quoted}")), decided(&text));
        prop_assert_eq!(decided(&format!("{text}\n\n-----Original Message-----\n{}", quoted.replace("> ", ""))), decided(&text));
    }

    #[test]
    fn our_own_footer_decides_nothing(text in texts()) {
        prop_assert_eq!(decided(&format!("{text}\n\n{FOOTER}")), decided(&text));
        let wrapped = FOOTER.replace(' ', "\n").to_uppercase();
        prop_assert_eq!(decided(&format!("{text}\n\n{wrapped}\n")), decided(&text));
    }

    #[test]
    fn spelling_decides_nothing(text in texts()) {
        let plain = decided(&text);
        prop_assert_eq!(decided(&text.to_uppercase()), plain.clone());
        prop_assert_eq!(decided(&text.nfd().collect::<String>()), plain.clone());
        let bare: String = text.nfd().filter(|c| !('\u{300}'..='\u{36f}').contains(c)).collect();
        prop_assert_eq!(decided(&bare), plain.clone());
        prop_assert_eq!(decided(&text.replace('\n', "\r\n")), plain.clone());
        let hidden: String = text.chars().flat_map(|c| [c, '\u{200b}']).collect();
        prop_assert_eq!(decided(&hidden), plain);
    }

    #[test]
    fn spans_point_at_the_evidence(text in prop_oneof![texts(), "\\PC{0,60}"]) {
        let answer = classify(&text, "");
        for finding in answer["findings"].as_array().unwrap() {
            let place = |key: &str, i: usize| usize::try_from(finding[key][i].as_u64().unwrap()).unwrap();
            let slice = text.get(place("bytes", 0)..place("bytes", 1)).unwrap();
            let by_characters: String =
                text.chars().take(place("characters", 1)).skip(place("characters", 0)).collect();
            prop_assert_eq!(slice, by_characters.as_str());
            let phrase = crm_core::kernel::text::words(slice).into_owned();
            prop_assert_eq!(phrase.replace(' ', ""), finding["phrase"].as_str().unwrap().replace(' ', ""));
        }
        if answer["class"] != "unknown" {
            prop_assert_eq!(&answer["evidence"]["class"], &answer["class"]);
        }
    }

    #[test]
    fn anything_has_an_answer(text in "\\PC*|[\\x00-\\x7f]*", subject in "\\PC*") {
        let answer = classify(&text, &subject);
        prop_assert!(answer["class"].is_string());
    }

    #[test]
    fn days_are_read_back(after in 0_u64..1461, form in 0_usize..6) {
        let date = "2027-01-04".parse::<NaiveDate>().unwrap().checked_add_days(Days::new(after)).unwrap();
        let (y, m, d) = (date.year(), date.month(), date.day());
        let french = ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"];
        let english = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
        let month = usize::try_from(m - 1).unwrap();
        let text = match form {
            0 => format!("Absent jusqu'au {d} {} {y}.", french[month]),
            1 => format!("De retour le {d:02}/{m:02}/{y}"),
            2 => format!("Absent du 4 janvier au {d}.{m}.{:02} inclus", y - 2000),
            3 => format!("back on {} {d}, {y}", english[month]),
            4 => format!("until the {d}th of {} {y}", english[month]),
            _ => format!("returning on {date}"),
        };
        let answer = classify(&text, "Out of office");
        prop_assert_eq!(&answer["return_date"], &json!(date.to_string()), "{}", text);
    }

    #[test]
    fn pauses_are_bounded_and_never_shorter(sent in 0_u64..400, back in proptest::option::of(0_u64..400), again in 0_u64..80, later in proptest::option::of(0_u64..400)) {
        let calendar = Calendar::on_weekdays(Zone::UTC, []);
        let limits = AbsenceLimits { wait_business_days: 5, most_days: 60 };
        let day = |n: u64| "2027-01-04".parse::<NaiveDate>().unwrap().checked_add_days(Days::new(n)).unwrap();
        let (first, _) = pause(day(sent), back.map(|n| day(sent + n)), None, limits, &calendar).unwrap();
        prop_assert!(first.resume_on <= day(sent + 60) && first.resume_on > day(sent));
        prop_assert!(calendar.is_business_day(first.resume_on));
        let (second, _) = pause(day(sent + again), later.map(|n| day(sent + again + n)), Some(first), limits, &calendar).unwrap();
        let same = day(sent + again) <= first.resume_on;
        prop_assert_eq!(second.since, if same { first.since } else { day(sent + again) });
        prop_assert!(!same || second.resume_on >= first.resume_on);
        prop_assert!(second.resume_on <= second.since.checked_add_days(Days::new(60)).unwrap());
        prop_assert_eq!(Pause::from_json(&second.to_json()).unwrap(), second);
    }
}
