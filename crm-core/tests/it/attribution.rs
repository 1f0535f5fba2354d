//! Attribution: golden cases with numbers worked out by hand, and what the rule refuses.

use crm_core::rules::Rules;
use serde_json::{Value as Json, json};

use super::golden::{self, Number};

/// Numbers worked out by hand.
const NUMBERS: &[Number] = &[
    ("the last takes all", "/models/0/credits/2/share_micro", "1000000"),
    ("the last takes all", "/models/0/credits/0/share_micro", "0"),
    // 40 %, a third of 20 % each, the odd millionth to the earlier ones.
    ("u shape over five", "/models/0/credits/0/share_micro", "400000"),
    ("u shape over five", "/models/0/credits/1/share_micro", "66667"),
    ("u shape over five", "/models/0/credits/3/share_micro", "66666"),
    ("u shape over five", "/models/0/credits/4/amount_minor", "40"),
    ("u shape over five", "/models/0/credits/3/amount_minor", "6"),
    ("w shape with the third as lead", "/models/0/credits/0/share_micro", "300000"),
    ("w shape with the third as lead", "/models/0/credits/1/share_micro", "50000"),
    ("w shape with the third as lead", "/models/0/credits/2/share_micro", "300000"),
    ("w shape with the third as lead", "/models/0/credits/4/share_micro", "300000"),
    ("full path over six", "/models/0/credits/0/share_micro", "225000"),
    ("full path over six", "/models/0/credits/2/share_micro", "50000"),
    ("full path over six", "/models/0/credits/0/amount", r#""225.01""#),
    ("full path over six", "/models/0/credits/4/amount", r#""50.00""#),
    // 1/7, 2/7, 4/7.
    ("time decay of 14, 7 and 0 days", "/models/0/credits/0/share_micro", "142857"),
    ("time decay of 14, 7 and 0 days", "/models/0/credits/1/share_micro", "285714"),
    ("time decay of 14, 7 and 0 days", "/models/0/credits/2/share_micro", "571429"),
    // 1/2, 1/sqrt 2, 1 of their sum 2.207107: 0.226541, 0.320377, 0.453082.
    ("time decay of 14, 7 and 0 days", "/models/1/credits/0/share_micro", "226541"),
    ("time decay of 14, 7 and 0 days", "/models/1/credits/1/share_micro", "320377"),
    ("time decay of 14, 7 and 0 days", "/models/1/credits/2/share_micro", "453082"),
    ("every model over four (en)", "/models/2/credits/2/share_micro", "1000000"),
    ("one touch takes all (fr)", "/models/0/credits/0/amount_minor", "7"),
    ("one touch takes all (fr)", "/models/0/reasons/0/code", r#""only_touch""#),
    ("two touches share what is left (fr)", "/models/0/credits/0/amount_minor", "5"),
    ("two touches share what is left (fr)", "/models/1/credits/0/amount_minor", "3"),
    ("two touches share what is left (fr)", "/models/1/credits/1/amount_minor", "7"),
    ("two touches share what is left (fr)", "/models/3/credits/0/share_micro", "250000"),
    ("no touch (en)", "/models/0/unattributed/amount", r#""12.50""#),
    ("no touch (en)", "/models/0/credits", "[]"),
    // 60 and 30 of 90 and 10 for the one between: 60 % + 30 % + 10 %.
    ("milestones on one touch merge (fr)", "/models/0/credits/0/share_micro", "600000"),
    ("milestones on one touch merge (fr)", "/models/0/credits/1/share_micro", "100000"),
    ("milestones on one touch merge (fr)", "/models/0/credits/2/share_micro", "300000"),
    ("milestones on one touch merge (fr)", "/models/0/reasons/0/keys", r#"["first","lead"]"#),
    ("thirds of a cent go to the earlier", "/models/0/credits/0/amount", r#""33.34""#),
    ("thirds of a cent go to the earlier", "/models/0/credits/2/amount", r#""33.33""#),
    ("a negative amount", "/models/0/credits/0/amount", r#""-33.34""#),
    ("out of order, in the future, after the milestone (fr)", "/models/0/credits/0/touch", r#""a""#),
    ("out of order, in the future, after the milestone (fr)", "/models/1/credits/2/touch", r#""c""#),
    ("out of order, in the future, after the milestone (fr)", "/models/1/credits/2/share_micro", "1000000"),
    ("out of order, in the future, after the milestone (fr)", "/left_out/0/reasons/0/code", r#""after_milestone""#),
    ("out of order, in the future, after the milestone (fr)", "/left_out/1/reasons/0/code", r#""in_future""#),
    ("the same visit counts once (en)", "/left_out/0/touch", r#""2""#),
    ("the same visit counts once (en)", "/left_out/1/reasons/0/other", r#""1""#),
    ("the same visit counts once (en)", "/models/0/credits/1/touch", r#""4""#),
    ("a window and direct left out (fr)", "/models/0/credits/0/touch", r#""s""#),
    ("a window and direct left out (fr)", "/left_out/0/reasons/0/code", r#""outside_window""#),
    ("a window and direct left out (fr)", "/left_out/1/reasons/0/code", r#""direct_left_out""#),
    ("a channel counts once, the last time (en)", "/models/0/credits/0/touch", r#""b""#),
    ("own pages and touches without a date (fr)", "/models/0/credits/0/touch", r#""y""#),
    // Nothing made the lead: 30 and 30 of 70, 10 for the one between.
    ("a milestone before every touch (en)", "/models/0/credits/0/share_micro", "428572"),
    ("a milestone before every touch (en)", "/models/0/credits/1/share_micro", "142857"),
    ("a milestone before every touch (en)", "/models/0/reasons/0/key", r#""lead""#),
    ("the first touch is never filled from a later one", "/first_touch/source", r#""google""#),
    ("the first touch is never filled from a later one", "/first_touch/campaign", "null"),
    ("the first touch is never filled from a later one", "/last_touch/campaign", r#""c""#),
    ("a whole card (fr)", "/first_touch/term", r#""façade""#),
    ("a whole card (fr)", "/last_touch/id", r#""5""#),
    ("a whole card (fr)", "/last_non_direct/id", r#""4""#),
    ("a whole card (fr)", "/influenced_campaigns/0/campaign", r#""printemps""#),
    ("a whole card (fr)", "/influenced_campaigns/0/share_micro", "400000"),
    ("a whole card (fr)", "/trail/2/id", r#""3""#),
    ("a whole card (fr)", "/models/0/credits/0/amount", r#""200.00""#),
    ("a whole card (fr)", "/models/0/credits/1/amount", r#""33.34""#),
    ("a member after the close adds nothing (fr)", "/campaigns", "[]"),
    ("a member after the close adds nothing (fr)", "/left_out/0/reasons/0/code", r#""member_after_close""#),
    ("the primary campaign takes all (en)", "/campaigns/1/campaign", r#""c2""#),
    ("the primary campaign takes all (en)", "/campaigns/1/share_micro", "1000000"),
    ("the primary campaign takes all (en)", "/campaigns/0/share_micro", "0"),
    ("statuses, roles and windows (fr)", "/campaigns/0/campaign", r#""f""#),
    ("statuses, roles and windows (fr)", "/campaigns/0/amount", r#""33.34""#),
    ("statuses, roles and windows (fr)", "/campaigns/1/ties", "2"),
    ("the whole account counts (en)", "/campaigns/1/share_micro", "666667"),
    ("first and last", "/campaigns/1/share_micro", "1000000"),
    ("a table of paths", "/conversions/models/1/channels/0/exact", r#""2""#),
    ("a table of paths", "/conversions/models/1/channels/1/exact", r#""8""#),
    // 3/2 + 5/3.
    ("a table of paths", "/conversions/models/2/channels/1/exact", r#""19/6""#),
    ("a table of paths", "/conversions/models/2/channels/3/exact", r#""5/3""#),
    ("a table of paths", "/conversions/models/2/channels/3/value", r#""1.666667""#),
    // 1.5 + 2.
    ("a table of paths", "/conversions/models/3/channels/1/exact", r#""7/2""#),
    ("a table of paths", "/conversions/models/3/channels/3/exact", r#""1""#),
    // 2 + 5 * 3/6.
    ("a table of paths", "/conversions/models/4/channels/1/exact", r#""9/2""#),
    ("own weights for the ends", "/conversions/models/0/channels/0/exact", r#""3""#),
    ("own weights for the ends", "/conversions/models/1/channels/1/exact", r#""5""#),
    ("repeats count as often as they come", "/conversions/models/0/channels/0/exact", r#""4""#),
    ("or once", "/conversions/models/0/channels/0/exact", r#""3""#),
    ("blank parts and paths of nothing (en)", "/conversions/unattributed", r#""3.000000""#),
    ("blank parts and paths of nothing (en)", "/values/models/1/channels/0/exact", r#""7/200""#),
    // One to two halves of it.
    ("blank parts and paths of nothing (en)", "/conversions/models/2/channels/1/exact", r#""2""#),
    ("paths that brought nothing", "/conversions/models/1/channels/5/exact", r#""6""#),
];

#[test]
fn the_numbers_worked_out_by_hand_hold() {
    golden::holds("attribution", NUMBERS);
}

/// What each page that led here is: medium, source, words.
const PAGES: &[(&str, &str, Option<&str>)] = &[
    ("social", "Facebook", None),
    ("email", "GMX", None),
    ("chatbot", "ChatGPT", None),
    ("chatbot", "Mistral.ai", None),
    ("search", "Google Images", Some("ravalement de façade")),
    ("search", "Google", None),
    ("search", "Google", Some("fuite toiture")),
    ("search", "Yahoo! Images", Some("Earth Cards")),
    ("search", "Yahoo!", Some("CHAUFFAGE")),
    ("search", "Bing Images", Some("toit")),
    ("search", "Bing", Some("plombier brest")),
    ("search", "AOL", Some("pendule")),
    ("search", "Mail.ru", Some("Gothic Cards")),
    ("search", "Yandex Images", Some("Blue Angel")),
    ("search", "Ask Toolbar", Some("CARA CUMI")),
    ("search", "Voila", Some("test")),
    ("search", "Dalesearch", Some(" lego.nl /club")),
    ("social", "Twitter", None),
    ("social", "Tumblr", None),
    ("email", "Bluewin", None),
    ("email", "Web.de", None),
    ("email", "Yahoo! Mail", None),
    ("email", "Outlook.com", None),
    ("email", "Orange Webmail", None),
    ("email", "La Poste", None),
    ("email", "Free Webmail", None),
    ("email", "SFR Mail", None),
    ("paid", "Google", None),
    ("paid", "Google", None),
    ("email", "Proton", None),
    ("chatbot", "Claude.ai", None),
    ("chatbot", "Perplexity.ai", None),
    ("chatbot", "Google Gemini", None),
    ("chatbot", "Microsoft Copilot", None),
    ("search", "DuckDuckGo", Some("isolation combles")),
    ("search", "Qwant", Some("artisan")),
    ("search", "Ecosia", Some("bois")),
    ("search", "Brave", None),
    ("social", "Youtube", None),
    ("social", "LinkedIn", None),
    ("search", "Meta.ua", None),
    ("social", "Workplace", None),
    ("email", "Gmail", None),
    ("referral", "annuaire-des-artisans.example", None),
    ("unknown", "Google", None),
    ("direct", "", None),
    ("direct", "", None),
];

#[test]
fn pages_that_lead_here_are_known() {
    let case = golden::case("attribution", "pages that led here (fr)");
    let channels = golden::run("attribution", &case)["channels"].as_array().unwrap().clone();
    assert_eq!(channels.len(), PAGES.len());
    for (place, (channel, (medium, source, term))) in channels.iter().zip(PAGES).enumerate() {
        let page = &case["input"]["touches"][place]["referrer"];
        let source = Some(*source).filter(|source| !source.is_empty());
        assert_eq!(channel["medium"], *medium, "{page}");
        assert_eq!((channel["source"].as_str(), channel["term"].as_str()), (source, *term), "{page}");
    }
}

#[test]
fn links_say_what_they_are() {
    let groups = |name: &str| {
        let result = golden::run("attribution", &golden::case("attribution", name));
        let channels = result["channels"].as_array().unwrap().clone();
        channels.iter().map(|channel| channel["channel"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let wanted = [
        "paid_search",
        "paid_search",
        "paid_social",
        "paid_social",
        "paid_video",
        "display",
        "display",
        "affiliates",
        "email",
        "email",
        "sms",
        "organic_search",
        "social",
        "social",
        "chatbot",
        "offline",
        "audio",
        "referral",
        "direct",
        "social",
        "other",
        "paid_other",
    ];
    assert_eq!(groups("what a link says in anybody's spelling"), wanted);
    let wanted = [
        "paid_search",
        "paid_search",
        "paid_search",
        "social",
        "paid_search",
        "paid_social",
        "paid_social",
        "paid_social",
        "display",
        "affiliates",
        "email",
        "direct",
        "paid_search",
        "organic_search",
    ];
    assert_eq!(groups("click ids (fr)"), wanted);
    assert_eq!(groups("own pages and own words (en)"), ["internal", "internal", "referral", "referral", "internal"]);
    let wanted = ["direct", "direct", "email", "offline", "offline", "offline", "referral", "offline", "direct"];
    assert_eq!(groups("kinds without a page (fr)"), wanted);
}

fn ask(input: Json) -> crm_core::Result<Json> {
    Rules::default().eval("attribution", &input)
}

#[test]
fn what_cannot_be_is_refused_with_its_place() {
    let many: Vec<Json> = (0..10_001).map(|i| json!(format!("t{i}"))).collect();
    let long = "x".repeat(70_000);
    let touch = |key: &str, value: Json| json!({"ask": "attribute", "touches": [{key: value}]});
    let model = |model: Json| json!({"ask": "attribute", "touches": [], "models": [model]});
    let table: Vec<(Json, &str, &str)> = vec![
        (json!({}), "missing", ""),
        (json!({"ask": "guess"}), "invalid_value", "ask"),
        (json!({"ask": "attribute"}), "missing", ""),
        (json!({"ask": "attribute", "touches": many}), "too_large", "touches"),
        (model(json!("markov")), "invalid_value", "models[0]"),
        (model(json!({"model": "custom", "first_bp": 5000, "last_bp": 4000})), "invalid_value", "models[0]"),
        (model(json!({"model": "custom"})), "invalid_rules", "models[0]"),
        (model(json!({"model": "position", "first_bp": 6000, "last_bp": 5000})), "invalid_value", "models[0].last_bp"),
        (model(json!({"model": "position", "first_bp": -1})), "invalid_value", "models[0].first_bp"),
        (model(json!({"model": "linear", "first_bp": 1})), "unknown_field", "models[0]"),
        (model(json!({"model": "time_decay", "half_life_days": 0})), "invalid_value", "models[0].half_life_days"),
        (touch("at", json!("yesterday")), "invalid_value", "touches[0].at"),
        (touch("at", json!("2026-11-22T09:00:00")), "invalid_value", "touches[0].at"),
        (touch("referrer", json!("http://a\u{0}b.fr")), "invalid_text", "touches[0].referrer"),
        (touch("landing_page", json!(long)), "too_large", "touches[0].landing_page"),
        (touch("kind", json!("dream")), "invalid_value", "touches[0].kind"),
        (touch("cookie", json!("x")), "unknown_field", "touches[0]"),
        (touch("id", json!("")), "invalid_rules", "touches[0].id"),
        (
            json!({"ask": "attribute", "touches": ["a"], "milestones": {"lead": {"touch": "z"}}}),
            "invalid_json",
            "milestones.lead",
        ),
        (json!({"ask": "attribute", "touches": [], "amount": "1.00"}), "missing", ""),
        (json!({"ask": "attribute", "touches": [], "amount": "1.005", "currency": "EUR"}), "invalid_value", "amount"),
        (json!({"ask": "attribute", "touches": [], "window_days": 0}), "invalid_value", "window_days"),
        (json!({"ask": "attribute", "touches": [], "session_minutes": -1}), "invalid_value", "session_minutes"),
        (json!({"ask": "attribute", "touches": [], "direct": "maybe"}), "invalid_value", "direct"),
        (json!({"ask": "card", "touches": [], "trail": 101}), "invalid_value", "trail"),
        (json!({"ask": "paths", "paths": ["a"], "conversions": [1, 2]}), "invalid_json", "conversions"),
        (json!({"ask": "paths", "paths": ["a"], "conversions": [-1]}), "invalid_value", "conversions[0]"),
        (json!({"ask": "paths", "paths": ["a"], "conversions": ["x"]}), "invalid_value", "conversions[0]"),
        (json!({"ask": "paths", "paths": ["a"], "conversions": ["0.1234567"]}), "invalid_value", "conversions[0]"),
        (json!({"ask": "paths", "paths": ["a\u{7}"], "conversions": [1]}), "invalid_text", "paths[0]"),
        (json!({"ask": "paths", "paths": ["a"], "separator": "", "conversions": [1]}), "missing", "separator"),
        (json!({"ask": "influence", "members": [{"campaign": ""}]}), "invalid_rules", "members[0].campaign"),
        (
            json!({"ask": "influence", "members": [{"campaign": "c", "status": "x"}]}),
            "invalid_value",
            "members[0].status",
        ),
        (json!({"ask": "influence", "by": "chance"}), "invalid_value", "by"),
    ];
    let mut wrong = Vec::new();
    for (input, code, path) in table {
        let shown = input.to_string().chars().take(120).collect::<String>();
        let error = ask(input).unwrap_err();
        let found = (error.code().name(), error.field().unwrap_or_default());
        if found != (code, path) {
            wrong.push(format!("{shown}: {found:?}, {error}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn configurations_are_checked_when_they_are_loaded() {
    for (part, path) in [
        (json!({"internal_domains": ["not a host"]}), "attribution.internal_domains[0]"),
        (json!({"internal_domains": ["exemple.fr/page"]}), "attribution.internal_domains[0]"),
        (json!({"referrers": [{"host": "a.fr", "medium": "magic", "source": "A"}]}), "attribution.referrers[0].medium"),
        (json!({"models": ["markov"]}), "attribution.models[0]"),
        (json!({"influence": {"statuses": ["maybe"]}}), "attribution.influence.statuses[0]"),
        (json!({"session_minutes": 100_000}), "attribution.session_minutes"),
        (json!({"trail": -1}), "attribution.trail"),
        (json!({"cookies": true}), "attribution"),
    ] {
        let error = Rules::from_json(&json!({"attribution": part})).unwrap_err();
        assert_eq!(error.field(), Some(path), "{error}");
    }
}
