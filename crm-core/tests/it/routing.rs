//! Routing: its golden cases, every check at load, the linter.

use crm_core::Lang;
use crm_core::rules::Rules;
use serde_json::{Value as Json, json};

use super::golden::{self, Number};

/// Numbers worked out by hand.
const NUMBERS: &[Number] = &[
    ("least open: thirty leads, ten each", "/counts/users", r#"{"u0":10,"u1":10,"u2":10}"#),
    // 1 and 2/3, 1 and 3/3 (a tie), 2 and 3/3, 2 and 4/3, 2 and 5/3, 2 and 6/3 (a tie), 3 and 2, 3 and 7/3.
    ("least open: ties go by the team's order, load by weight", "/decisions/0/user", r#""u1""#),
    ("least open: ties go by the team's order, load by weight", "/decisions/1/user", r#""u0""#),
    ("least open: ties go by the team's order, load by weight", "/decisions/5/user", r#""u0""#),
    ("least open: ties go by the team's order, load by weight", "/counts/users", r#"{"u0":2,"u1":6}"#),
    (
        "least open: ties go by the team's order, load by weight",
        "/decisions/0/skipped/0/code",
        r#""skipped_no_weight""#,
    ),
    ("smooth weights 1 and 2: B A B B A", "/decisions/0/user", r#""u1""#),
    ("smooth weights 1 and 2: B A B B A", "/decisions/1/user", r#""u0""#),
    ("smooth weights 1 and 2: B A B B A", "/decisions/2/user", r#""u1""#),
    ("smooth weights 1 and 2: B A B B A", "/decisions/3/user", r#""u1""#),
    ("smooth weights 1 and 2: B A B B A", "/decisions/4/user", r#""u0""#),
    ("smooth weights 1 and 2: B A B B A", "/state/turns/all", r#"{"u0":-1,"u1":1}"#),
    ("the lower priority goes first", "/decision/rule", r#""a""#),
    ("of equal priorities the lower id goes first", "/decision/rule", r#""a""#),
    ("a rule for Mondays on a Friday (en)", "/decision/outcome", r#""nobody""#),
    ("a rule for Mondays on a Friday (en)", "/decision/failed/0/code", r#""rule_not_active_today""#),
    ("a rule for Mondays, late on Sunday in UTC", "/decision/user", r#""u0""#),
    (
        "not valid any more, switched off, not yet (fr)",
        "/decision/failed/0/text",
        "\"la règle «\u{a0}Été\u{a0}» n’est pas en vigueur aujourd’hui\"",
    ),
    ("not valid any more, switched off, not yet (fr)", "/decision/failed/1/code", r#""rule_disabled""#),
    ("not valid any more, switched off, not yet (fr)", "/decision/failed/2/code", r#""rule_not_valid_today""#),
    ("two in an hour are enough", "/decision/user", r#""a2""#),
    ("two in an hour are enough", "/decision/skipped/0/text", r#""a1 has reached the limit of 2 leads for now""#),
    ("an hour later there is room again", "/decision/user", r#""a1""#),
    ("quota of 45 a month", "/decision/reasons/1/quota", "2"),
    ("quota of 15 a month", "/decision/reasons/1/quota", "1"),
    ("quota of 30 a month", "/decision/reasons/1/quota", "1"),
    ("quota of 60 a month", "/decision/reasons/1/quota", "2"),
    ("quota of 15 a month, two days of work", "/decision/reasons/1/quota", "4"),
    // u1 has 2 due and got one a day ago, exactly: that one does not count any more.
    ("quota: the furthest behind, until nobody is", "/decisions/0/user", r#""u1""#),
    ("quota: the furthest behind, until nobody is", "/decisions/1/user", r#""u0""#),
    ("quota: the furthest behind, until nobody is", "/decisions/2/user", r#""u1""#),
    ("quota: the furthest behind, until nobody is", "/decisions/3/outcome", r#""nobody""#),
    ("on leave: passed over, until when (fr)", "/decision/user", r#""u1""#),
    (
        "on leave: passed over, until when (fr)",
        "/decision/skipped/0",
        "{\"code\":\"skipped_leave\",\"text\":\"u0\u{a0}: en congé jusqu’au 31/12/2026\",\"until\":\"2026-12-31\",\"user\":\"u0\"}",
    ),
    // Who is there alone takes all turns and owes nobody. The other has none until back.
    ("on leave: passed over, until when (fr)", "/state/turns/all", r#"{"u1":0}"#),
    ("back from leave: no backlog and no penalty", "/counts/users", r#"{"u0":2,"u1":2}"#),
    ("leave begins at midnight by the own clock", "/decision/user", r#""u0""#),
    ("nobody on leave gets a lead, not even by name", "/decision/outcome", r#""nobody""#),
    ("nobody inactive gets a lead, not even as owner of the account", "/decision/user", r#""u1""#),
    (
        "nobody inactive gets a lead, not even as owner of the account",
        "/decision/skipped",
        "[{\"code\":\"skipped_inactive\",\"text\":\"u0\u{a0}: compte inactif\",\"user\":\"u0\"}]",
    ),
    ("first match wins, a rule without conditions takes the rest", "/decision/queue", r#""all""#),
    ("first match wins, a rule without conditions takes the rest", "/decision/rule", r#""rest""#),
    ("first match wins", "/decision/queue", r#""fr""#),
    ("unknown is not true", "/decision/failed/0/clause", r#""when""#),
    ("no conditions at all: every lead", "/decision/queue", r#""q""#),
    ("every option of match holds, folded", "/decision/queue", r#""q""#),
    ("match fails at source", "/decision/failed/0/clause", r#""source""#),
    ("match fails at campaign", "/decision/failed/0/clause", r#""campaign""#),
    ("match fails at landing_page", "/decision/failed/0/clause", r#""landing_page""#),
    ("match fails at email", "/decision/failed/0/clause", r#""email_domain""#),
    ("match fails at segment", "/decision/failed/0/clause", r#""segment""#),
    ("a landing page by glob, a domain by its own name", "/decision/queue", r#""q""#),
    ("the registrable domain is meant, too", "/decision/queue", r#""q""#),
    ("nobody there: the next rule", "/decision/queue", r#""last""#),
    ("nobody there: the fallback", "/decision/queue", r#""wait""#),
    ("nobody there: the fallback", "/decision/fallback", "true"),
    ("nobody there: a queue", "/decision/queue", r#""wait""#),
    ("nobody there: a queue", "/decision/rule", r#""a""#),
    ("caps of a day, a week, a month and open leads (fr)", "/decision/user", r#""x""#),
    ("caps of a day, a week, a month and open leads (fr)", "/decision/skipped/0/cap", r#""day""#),
    ("caps of a day, a week, a month and open leads (fr)", "/decision/skipped/1/cap", r#""week""#),
    ("caps of a day, a week, a month and open leads (fr)", "/decision/skipped/2/cap", r#""month""#),
    (
        "caps of a day, a week, a month and open leads (fr)",
        "/decision/skipped/3/text",
        "\"o\u{a0}: plafond de 4 leads en cours atteint\"",
    ),
    ("caps begin anew at midnight, on Monday and on the first (Paris)", "/counts/users", r#"{"d":1,"m":1,"w":1}"#),
    ("caps begin anew at midnight, on Monday and on the first (Paris)", "/counts/nobody", "1"),
    // Closed since 18:00 in Paris; the next opening is Monday at nine.
    ("outside of working hours, and the next opening (en)", "/decision/skipped/0/until", r#""2026-11-23T08:00:00Z""#),
    (
        "outside of working hours, and the next opening (en)",
        "/decision/skipped/0/text",
        r#""u0 is not at work until 2026-11-23 09:00""#,
    ),
    ("outside of working hours, and the next opening (en)", "/decision/skipped/1/until", "null"),
    ("working hours do not matter where the rule does not say so", "/decision/user", r#""u0""#),
    ("nobody works the own lead, and the turn is kept", "/decision/user", r#""u1""#),
    ("nobody works the own lead, and the turn is kept", "/state/turns/all/u0", "1"),
    ("who gave it back does not get it again", "/decision/user", r#""u1""#),
    ("the owner of the account first, who is in no team", "/decision/user", r#""u0""#),
    ("the owner of the account first, who is in no team", "/decision/accept_by", r#""2026-11-20T10:00:00Z""#),
    ("the owner of the account is unknown here: as otherwise", "/decision/strategy", r#""least_open""#),
    ("the owner of the account is unknown here: as otherwise", "/decision/skipped/0/code", r#""skipped_unknown""#),
    ("a lead with an owner is left alone", "/decision/reasons/0/code", r#""already_owned""#),
    ("forced: the load goes from one to the other", "/state/open", r#"{"u0":2,"u1":2}"#),
    ("kept by a rule", "/decision/user", r#""u0""#),
    ("kept by a rule", "/state/assigned", "{}"),
    ("nothing to keep: the next rule", "/decision/queue", r#""q""#),
    ("dropped by a rule", "/decision/outcome", r#""dropped""#),
    ("converted leads are left alone", "/decision/outcome", r#""closed""#),
    ("no rule, no fallback", "/decision/reasons/0/text", r#""aucune règle ne s’applique""#),
    ("no rule: the fallback's own round robin", "/counts/users", r#"{"u0":2,"u1":1}"#),
    ("no rule: the fallback's own round robin", "/state/turns/fallback", r#"{"u0":-1,"u1":1}"#),
    ("weights of zero take no part", "/counts/users", r#"{"u0":2}"#),
    ("bad facts are told and not known", "/diagnostics/0/field", r#""leads[0].lead.consent""#),
];

#[test]
fn the_numbers_worked_out_by_hand_hold() {
    golden::holds("routing", NUMBERS);
}

fn good() -> Json {
    json!({
        "members": [{"user": "marie"}, {"user": "paul"}],
        "teams": [{"id": "sales", "members": ["marie", "Paul"]}],
        "queues": ["later", {"id": "partners", "labels": {"en": "Partners", "fr": "Partenaires"}}],
        "rules": [{"id": "web", "priority": 1, "match": {"source": "web"}, "target": {"team": "sales"}}],
        "fallback": {"target": {"queue": "later"}},
    })
}

fn load(routing: &Json) -> crm_core::Result<Rules> {
    Rules::from_json(&json!({"routing": routing}))
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_place() {
    assert!(load(&good()).is_ok());
    let rule = |key: &str, value: Json| (format!("/rules/0/{key}"), value);
    let member = |key: &str, value: Json| (format!("/members/0/{key}"), value);
    let gives = |key: &str, value: Json| (format!("/fallback/{key}"), value);
    let table: Vec<((String, Json), &str, &str)> = vec![
        (member("weight", json!(-1)), "invalid_value", "routing.members[0].weight"),
        (member("weight", json!(65536)), "invalid_value", "routing.members[0].weight"),
        (member("user", json!(" ")), "invalid_rules", "routing.members[0].user"),
        (member("user", json!("PAUL")), "invalid_rules", "routing.members[1].user"),
        (member("zone", json!("Europe/Pariss")), "invalid_value", "routing.members[0].zone"),
        (member("caps", json!({"day": -1})), "invalid_value", "routing.members[0].caps.day"),
        (
            member("caps", json!({"window": {"seconds": 0, "most": 1}})),
            "invalid_value",
            "routing.members[0].caps.window.seconds",
        ),
        (member("caps", json!({"window": {"seconds": 60}})), "missing", "routing.members[0].caps.window"),
        (member("hours", json!({"monday": [["9", "10:00"]]})), "invalid_json", "routing.members[0].hours.monday[0][0]"),
        (
            member("leave", json!([{"from": "2026-12-31", "to": "2026-12-01"}])),
            "invalid_rules",
            "routing.members[0].leave[0].to",
        ),
        (member("skills", json!([])), "unknown_field", "routing.members[0]"),
        (("/teams/0/members/1".into(), json!("paula")), "invalid_rules", "routing.teams[0].members[1]"),
        (("/teams/0/members/1".into(), json!("Marie")), "invalid_rules", "routing.teams[0].members[1]"),
        (("/teams/0/members".into(), json!([])), "invalid_rules", "routing.teams[0].members"),
        (("/queues/0".into(), json!("partners")), "invalid_rules", "routing.queues[1].id"),
        (rule("id", json!("fallback")), "invalid_rules", "routing.rules[0].id"),
        (rule("priority", Json::Null), "missing", "routing.rules[0]"),
        (rule("target", json!({"team": "sale"})), "invalid_rules", "routing.rules[0].target.team"),
        (rule("target", json!({"user": "pauline"})), "invalid_rules", "routing.rules[0].target.user"),
        (rule("target", json!({"user": "paul", "team": "sales"})), "invalid_json", "routing.rules[0].target"),
        (rule("target", json!("park")), "invalid_value", "routing.rules[0].target"),
        (rule("on_none", json!({"queue": "nowhere"})), "invalid_rules", "routing.rules[0].on_none.queue"),
        (rule("on_none", json!("later")), "invalid_value", "routing.rules[0].on_none"),
        (rule("strategy", json!("random")), "invalid_value", "routing.rules[0].strategy"),
        (rule("strategy", json!("quota_month")), "invalid_rules", "routing.rules[0].strategy"),
        (rule("else", json!("fixed")), "invalid_rules", "routing.rules[0].else"),
        (rule("work_days", json!(2)), "invalid_rules", "routing.rules[0].work_days"),
        (rule("work_days", json!(31)), "invalid_value", "routing.rules[0].work_days"),
        (rule("days", json!(["monday", "someday"])), "invalid_value", "routing.rules[0].days[1]"),
        (rule("days", json!([])), "invalid_rules", "routing.rules[0].days"),
        (
            rule("valid", json!({"from": "2026-12-31", "to": "2026-12-30"})),
            "invalid_rules",
            "routing.rules[0].valid.to",
        ),
        (rule("match", json!({"sources": "web"})), "unknown_field", "routing.rules[0].match"),
        (rule("match", json!({"source": []})), "invalid_rules", "routing.rules[0].match.source"),
        (rule("match", json!({"source": ["web", " "]})), "invalid_value", "routing.rules[0].match.source[1]"),
        (
            rule("match", json!({"landing_page": [{"suffix": "/x"}]})),
            "unknown_field",
            "routing.rules[0].match.landing_page[0]",
        ),
        (rule("match", json!({"landing_page": {}})), "invalid_json", "routing.rules[0].match.landing_page"),
        (rule("when", json!({"field": "compagny", "op": "is_known"})), "unknown_field", "routing.rules[0].when.field"),
        (rule("accept_within_seconds", json!(0)), "invalid_value", "routing.rules[0].accept_within_seconds"),
        (gives("strategy", json!("fixed")), "invalid_rules", "routing.fallback.strategy"),
        (gives("priority", json!(1)), "unknown_field", "routing.fallback"),
    ];
    for ((pointer, value), code, path) in table {
        let mut routing = good();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let parent = routing.pointer_mut(parent).unwrap();
        match key.parse::<usize>() {
            Ok(place) if parent.is_array() => parent[place] = value,
            _ => parent[key] = value,
        }
        let error = load(&routing).map(|_| ()).expect_err(&pointer);
        assert_eq!((error.code().name(), error.field()), (code, Some(path)), "{pointer}: {error}");
    }
    let error =
        load(&json!({"teams": [{"id": "a", "members": ["mari"]}], "members": [{"user": "marie"}]})).unwrap_err();
    assert_eq!(error.text(Lang::English), "`mari` is not defined in this configuration: did you mean `marie`?");
    let input = json!({"lead": {}, "leads": [], "at": "2026-11-20T09:00:00Z"});
    assert_eq!(load(&good()).unwrap().eval("routing", &input).unwrap_err().field(), Some("lead"));
}

fn lints(routing: &Json) -> Vec<Json> {
    let answer = load(routing).unwrap().eval("routing_lint", &json!({"at": "2026-12-01T09:00:00Z"})).unwrap();
    answer["lints"].as_array().unwrap().clone()
}

#[test]
fn the_linter_finds_what_is_not_meant_and_nothing_else() {
    assert_eq!(lints(&good()), Vec::<Json>::new());
    let queue = |id: &str, priority: i64, more: Json| {
        let mut rule = json!({"id": id, "priority": priority, "target": {"queue": "q"}});
        rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        rule
    };
    let of = |rules: Json| lints(&json!({"queues": ["q"], "rules": rules}));
    let when = json!({"field": "size", "op": "ge", "value": 10});
    // What the first takes, the second never sees.
    for (earlier, later, taken) in [
        (json!({"match": {"source": ["web", "fair"]}}), json!({"match": {"source": "Web", "segment": "x"}}), true),
        (json!({"match": {"source": "web"}}), json!({"match": {"source": ["web", "fair"]}}), false),
        (json!({"match": {"source": "web", "segment": "x"}}), json!({"match": {"source": "web"}}), false),
        (
            json!({"match": {"landing_page": {"prefix": "/a"}}}),
            json!({"match": {"landing_page": {"glob": "/ab/*/c"}}}),
            true,
        ),
        (
            json!({"match": {"landing_page": {"glob": "/*/c"}}}),
            json!({"match": {"landing_page": {"exact": "/a/c"}}}),
            true,
        ),
        (
            json!({"match": {"landing_page": {"glob": "/*/c"}}}),
            json!({"match": {"landing_page": {"prefix": "/a/c"}}}),
            false,
        ),
        (json!({"match": {"email_domain": ["a.fr", "b.fr"]}}), json!({"match": {"email_domain": "B.fr"}}), true),
        (json!({"when": when}), json!({"when": when, "match": {"source": "web"}}), true),
        (json!({"when": when}), json!({"match": {"source": "web"}}), false),
        (json!({"match": {"source": "web"}, "days": ["monday"]}), json!({"match": {"source": "web"}}), false),
        (
            json!({"match": {"source": "web"}, "days": ["monday", "friday"]}),
            json!({"match": {"source": "web"}, "days": ["friday"]}),
            true,
        ),
        (
            json!({"match": {"source": "web"}, "valid": {"to": "2026-12-31"}}),
            json!({"match": {"source": "web"}, "valid": {"from": "2026-12-01"}}),
            false,
        ),
        (
            json!({"match": {"source": "web"}, "valid": {"from": "2026-01-01"}}),
            json!({"match": {"source": "web"}, "valid": {"from": "2026-12-01"}}),
            true,
        ),
        (json!({"match": {"source": "web"}, "enabled": false}), json!({"match": {"source": "web"}}), false),
    ] {
        let found = of(json!([queue("a", 1, earlier.clone()), queue("b", 2, later.clone())]));
        let wanted = if taken { vec![json!({"code": "unreachable_rule", "rule": "b", "by": "a"})] } else { vec![] };
        assert_eq!(found, wanted, "{earlier} {later}");
    }
    let codes = |found: Vec<Json>| found.iter().map(|l| l["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let all = of(json!([queue("a", 1, json!({})), queue("b", 1, json!({"match": {"source": "web"}}))]));
    assert_eq!(codes(all), ["catch_all_not_last", "unreachable_rule", "same_priority"]);
    // A team may be away: whom nobody takes goes on to the next rule.
    let mut chain = good();
    chain["rules"].as_array_mut().unwrap().push(queue(
        "web2",
        2,
        json!({"match": {"source": "web"}, "target": {"queue": "later"}}),
    ));
    assert_eq!(lints(&chain), Vec::<Json>::new());
    let people = |marie: Json, paul: Json| {
        let mut routing = good();
        for (place, more) in [marie, paul].iter().enumerate() {
            routing["members"][place].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        }
        lints(&routing)
    };
    assert_eq!(codes(people(json!({"active": false}), json!({"active": false}))), ["nobody_active"]);
    assert_eq!(codes(people(json!({"weight": 0}), json!({"active": false}))), ["zero_weights"]);
    assert_eq!(people(json!({"weight": 0}), json!({})), Vec::<Json>::new());
    let leave = |from: &str, to: &str| json!({"leave": [{"from": from, "to": to}]});
    assert_eq!(
        people(leave("2026-12-20", "2026-12-27"), leave("2026-12-24", "2027-01-03")),
        [json!({"code": "everyone_away", "rule": "web", "from": "2026-12-24", "to": "2026-12-27"})]
    );
    assert_eq!(
        people(leave("2026-11-01", "2026-11-30"), leave("2026-11-01", "2026-11-30")),
        Vec::<Json>::new(),
        "past"
    );
    let twice = json!({"leave": [{"from": "2026-12-01", "to": "2026-12-10"}, {"from": "2026-12-10"}]});
    assert_eq!(people(twice, json!({})), [json!({"code": "overlapping_leave", "user": "marie", "day": "2026-12-10"})]);
}
