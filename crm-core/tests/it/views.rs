//! Boards, tables, dashboards, reports and saved views over a store: they show the same numbers, and nobody sees what is
//! somebody else's.

use chrono::{DateTime, NaiveDate, TimeDelta};
use crm_core::command::{Actor, Ctx, Role, parse};
use crm_core::kernel::json as strict;
use crm_core::kernel::zone::Zone;
use crm_core::rules::Rules;
use crm_core::rules::forecast::{
    ByCategory, Filter, Periods, Placed, Plan, RateBasis, Rounding, Slot, Sums, Valuation,
};
use crm_core::rules::pipeline::Pipelines;
use crm_core::rules::report::{Around, Badge, ReportDeal, ReportSpec, run};
use crm_core::store::MemoryStore;
use crm_core::view::{Board, BoardSpec, Portfolio};
use crm_core::{Code, Crm, Id, Lang, Result};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::support::{at, workspace};

const NOW: &str = "2026-11-22T09:00:00Z";

struct Desk(Crm<MemoryStore>);

impl Desk {
    fn new() -> Self {
        let desk = Desk(Crm::new(MemoryStore::new(), Rules::default()));
        desk.run("ada", Role::Admin, "2026-09-01T08:00:00Z", "pipeline.create", sales()).unwrap();
        desk
    }

    fn run(&self, who: &str, role: Role, when: &str, name: &str, body: Json) -> Result<Json> {
        let id = Id::from_text(&format!("{who} {when} {name} {body}"));
        let ctx = Ctx::new(workspace(), Actor::new(who, role).unwrap(), at(when), id);
        self.0.run_any(&ctx, &*parse(name, &body, self.0.rules())?)?.done()
    }

    fn ask(&self, who: &str, role: Role, when: &str, name: &str, body: Json) -> Result<Json> {
        let document =
            json!({"workspace": "acme", "actor": {"name": who, "role": role.name()}, "at": when, name: body});
        self.0.query_json(document.to_string().as_bytes())
    }

    fn marie(&self, name: &str, body: Json) -> Result<Json> {
        self.ask("marie", Role::Member, NOW, name, body)
    }

    fn deal(&self, when: &str, fields: Json) -> String {
        let made = self.run("marie", Role::Member, when, "deal.create", json!({"fields": fields})).unwrap();
        made["id"].as_str().unwrap().to_owned()
    }

    fn save(&self, who: &str, kind: &str, scope: &str, name: &str, definition: Json) -> Result<String> {
        let body = json!({"name": name, "scope": scope, "definition": definition});
        let made = self.run(who, Role::Member, NOW, &format!("{kind}.create"), body)?;
        Ok(made["id"].as_str().unwrap().to_owned())
    }
}

fn sales() -> Json {
    json!({"code": "sales", "name": {"en": "Sales", "fr": "Ventes"}, "default": true, "stages": [
        {"code": "new", "name": {"en": "New", "fr": "Nouvelle"}, "probability_bp": 1000, "idle_days": 14, "max_age_days": 30},
        {"code": "offer", "name": {"en": "Offer", "fr": "Proposition"}, "probability_bp": 5000, "category": "best_case"},
        {"code": "won", "name": "Won", "kind": "won"},
        {"code": "lost", "name": "Lost", "kind": "lost"},
    ]})
}

fn eur(amount: &str) -> Json {
    json!({"amount": amount, "currency": "EUR"})
}

fn stocked() -> (Desk, Vec<String>) {
    let desk = Desk::new();
    let account = json!({"fields": {"name": "Rénov'Ouest"}});
    let account = desk.run("marie", Role::Member, NOW, "account.create", account).unwrap()["id"].clone();
    let ids = vec![
        desk.deal("2026-10-01T08:00:00Z", json!({"name": "Toit", "account": account, "pipeline": "sales", "stage": "new", "owner": "marie", "value": eur("100.05"), "close_date": "2026-12-01"})),
        desk.deal("2026-10-02T08:00:00Z", json!({"name": "=Mur", "pipeline": "sales", "stage": "offer", "owner": "paul", "value": eur("0.03"), "close_date": "2026-11-01"})),
        desk.deal("2026-10-03T08:00:00Z", json!({"name": "Sol", "pipeline": "sales", "stage": "offer", "owner": "paul", "value": eur("50.00")})),
        desk.deal("2026-10-04T08:00:00Z", json!({"name": "Sans prix", "pipeline": "sales", "stage": "new", "owner": "marie", "close_date": "2026-12-01"})),
        desk.deal("2026-11-05T08:00:00Z", json!({"name": "Gagné", "pipeline": "sales", "stage": "won", "owner": "marie", "value": eur("10.00"), "close_date": "2026-11-05"})),
    ];
    (desk, ids)
}

#[test]
fn a_board_of_my_deals_to_close_this_month_is_the_readers() {
    let (desk, _) = stocked();
    let filter = json!({"all": [
        {"field": "owner", "op": "eq", "value": {"actor": "me"}},
        {"field": "close_date", "op": "during", "value": "next_month"},
    ]});
    let cards = |who: &str| {
        let board = desk.ask(who, Role::Member, NOW, "board", json!({"where": filter})).unwrap();
        assert_eq!(board["ranges"][0]["range"]["from"], "2026-12-01");
        assert_eq!(board["people"][0]["names"], json!([who]));
        board["columns"][0]["cards"].as_array().unwrap().len()
    };
    assert_eq!((cards("marie"), cards("paul")), (2, 0));
}

fn month() -> Json {
    json!({"to_date": {"unit": "month"}, "zone": "Europe/Paris"})
}

#[test]
fn a_board_shows_stages_with_their_deals() {
    let (desk, ids) = stocked();
    let board = desk.marie("board", json!({"currency": "EUR", "lang": "fr"})).unwrap();
    let column = |place: usize| &board["columns"][place];
    assert_eq!(column(0)["name"], "Nouvelle");
    assert_eq!(column(0)["figures"][0]["count"], 1);
    assert_eq!(column(0)["uncounted"], 1, "a deal without a price is shown and told, not counted");
    assert_eq!(column(0)["cards"].as_array().unwrap().len(), 2);
    assert_eq!(board["excluded"][0]["code"], "missing_amount");
    assert_eq!(board["excluded"][0]["deal"], ids[3]);
    let card = column(0)["cards"].as_array().unwrap().iter().find(|c| c["id"] == ids[0]).unwrap();
    assert_eq!((&card["title"], &card["account_name"]), (&json!("Toit"), &json!("Rénov'Ouest")));
    assert_eq!(card["ageing"]["idle_days"], 52);
    assert_eq!((&card["ageing"]["is_idle"], &card["ageing"]["is_stale"]), (&json!(true), &json!(true)));
    // 10.005 and 25.015: 35.02 in all; the first of two equal remainders has the cent.
    assert_eq!(board["open"][0]["weighted"], "35.02");
    assert_eq!(
        (&column(0)["figures"][0]["weighted"], &column(1)["figures"][0]["weighted"]),
        (&json!("10.01"), &json!("25.01"))
    );
    assert_eq!(column(2)["figures"][0]["value"], "10.00");

    // Cards in pages: by close date, those without one last.
    let first = desk.marie("board", json!({"currency": "EUR", "cards": 1})).unwrap();
    let offer = &first["columns"][1];
    assert_eq!(offer["cards"][0]["id"], ids[1]);
    let after = json!({"stage": "offer", "card": offer["next"]});
    let second = desk.marie("board", json!({"currency": "EUR", "cards": 1, "after": after})).unwrap();
    assert_eq!(second["columns"][1]["cards"][0]["id"], ids[2]);
    assert_eq!(second["columns"][1]["next"], Json::Null);
    assert_eq!(second["columns"][0]["cards"], json!([]), "only the column that was asked for goes on");
}

#[test]
fn each_figure_finds_the_records_behind_it() {
    let (desk, ids) = stocked();
    let board = desk.marie("dashboard", json!({"currency": "EUR", "window": month()})).unwrap();
    assert_eq!((&board["open"]["count"], &board["open"]["value"]), (&json!(3), &json!("150.08")));
    assert_eq!(board["weighted"]["value"], "35.02");
    assert_eq!((&board["won"]["count"], &board["won"]["value"]), (&json!(1), &json!("10.00")));
    let found = |figure: &str| {
        let query = board[figure]["query"].as_object().unwrap();
        let (name, body) = query.iter().next().unwrap();
        let answer = desk.marie(name, body.clone()).unwrap();
        let mut ids: Vec<String> =
            answer["rows"].as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    };
    let sorted = |places: &[usize]| {
        let mut some: Vec<String> = places.iter().map(|i| ids[*i].clone()).collect();
        some.sort();
        some
    };
    // What is excluded is found, too; the dashboard names it.
    assert_eq!(board["excluded"].as_array().unwrap().len(), 1);
    assert_eq!(found("open"), sorted(&[0, 1, 2, 3]));
    assert_eq!(found("won"), sorted(&[4]));
    let at_risk: Vec<String> = found("at_risk").into_iter().filter(|id| *id != ids[3]).collect();
    assert!(board["at_risk"]["count"].as_u64().unwrap() > 0);
    assert_eq!(at_risk.len() as u64, board["at_risk"]["count"].as_u64().unwrap());
    let riskiest = board["riskiest"]["query"]["deal"].clone();
    let riskiest = desk.marie("deal", riskiest).unwrap();
    assert_eq!(riskiest["risk"]["score"], board["riskiest"]["risk"]["score"]);
    assert_eq!(board["without_risk"], 0);
}

#[test]
fn a_table_has_computed_columns_and_becomes_a_safe_file() {
    let (desk, ids) = stocked();
    let page = desk.marie("deals", json!({"order": [{"field": "name"}], "limit": 2, "lang": "fr"})).unwrap();
    assert_eq!(page["rows"][0]["cells"]["name"], "=Mur");
    assert_eq!(page["rows"][0]["cells"]["stage_name"], "Proposition");
    assert_eq!(page["rows"][0]["cells"]["effective_probability_bp"], 5000);
    assert_eq!(page["rows"][0]["cells"]["effective_category"], "best_case");
    let next = json!({"order": [{"field": "name"}], "limit": 10, "after": page["next"]});
    assert_eq!(desk.marie("deals", next).unwrap()["rows"].as_array().unwrap().len(), 3);
    let file = desk
        .marie(
            "deals",
            json!({"where": {"field": "owner", "op": "eq", "value": "paul"}, "order": [{"field": "name"}],
                "columns": ["name", "value", "close_date"], "format": "csv", "csv": {"preset": "french_excel", "headers": "fr"}}),
        )
        .unwrap();
    let expected = "\u{feff}Nom;Montant;Devise du montant;Date de clôture prévue\r\n'=Mur;0,03;EUR;2026-11-01\r\nSol;50,00;EUR;\r\n";
    assert_eq!((&file["csv"], &file["rows"]), (&json!(expected), &json!(2)));
    let deal = desk.marie("deal", json!({"id": ids[0], "lang": "fr"})).unwrap();
    assert_eq!(deal["stage_name"], "Nouvelle");
    assert_eq!(deal["spans"]["stays"].as_array().unwrap().len(), 1);
    for (body, code, path) in [
        (json!({"columns": ["nam"]}), Code::UnknownField, Some("deals.columns[0]")),
        (json!({"where": {"field": "valeu", "op": "is_null"}}), Code::UnknownField, Some("deals.where.field")),
        (json!({"format": "xls"}), Code::InvalidValue, Some("deals.format")),
        (json!({"format": "csv", "csv": {"bom": 1}}), Code::InvalidValue, Some("deals.csv.bom")),
    ] {
        let error = desk.marie("deals", body.clone()).unwrap_err();
        assert_eq!((error.code(), error.field()), (code, path), "{body} {error}");
    }
}

#[test]
fn a_report_of_then_is_the_same_whatever_happened_since() {
    let (desk, ids) = stocked();
    let spec = json!({"kind": "pipeline_snapshot", "window": month(), "currency": "EUR"});
    let id = desk.save("marie", "saved_report", "all", "Ce mois", spec.clone()).unwrap();
    let first = desk.marie("report", json!({"id": id, "lang": "fr"})).unwrap();
    assert_eq!(first["totals"]["open"]["value"], "150.08");
    let moment = json!({"id": id, "lang": "fr", "as_of": first["as_of"], "known_seq": first["data_version"]});
    assert_eq!(strict::canonical(&desk.marie("report", moment.clone()).unwrap()), strict::canonical(&first));
    // Edits, moves, new deals and what comes in late: the report of then stays the same, to the byte.
    let later = "2026-11-23T09:00:00Z";
    let patch = json!({"id": ids[0], "fields": {"value": eur("1.00"), "close_date": "2027-03-01"}});
    desk.run("marie", Role::Member, later, "deal.patch", patch).unwrap();
    desk.run("marie", Role::Member, later, "deal.archive", json!({"id": ids[1]})).unwrap();
    desk.deal(
        "2026-11-01T08:00:00Z",
        json!({"name": "Tard", "pipeline": "sales", "stage": "new", "value": eur("7.00"), "close_date": "2026-12-01"}),
    );
    let again = desk.ask("marie", Role::Member, "2026-12-24T09:00:00Z", "report", moment).unwrap();
    assert_eq!(strict::canonical(&again), strict::canonical(&first));
    let now = desk.ask("marie", Role::Member, later, "report", json!({"report": spec})).unwrap();
    assert_eq!(now["totals"]["open"]["value"], "58.00");
    // As a file, with how many records and of what.
    let file = desk.marie("report", json!({"id": id, "format": "csv"})).unwrap();
    assert_eq!((&file["rows"], &file["spec_hash"]), (&json!(6), &first["spec_hash"]));
    let listed = desk.marie("reports", json!({})).unwrap();
    assert_eq!(listed["reports"][0]["definition"]["kind"], "pipeline_snapshot");
}

#[test]
fn what_is_private_is_seen_by_its_owner_and_by_admins() {
    let (desk, _) = stocked();
    for (user, team) in [("marie", "ouest"), ("paul", "ouest"), ("zoe", "est")] {
        let body = json!({"fields": {"user": user, "team": team}});
        desk.run("ada", Role::Admin, NOW, "employee.create", body).unwrap();
    }
    let view = |scope: &str| {
        let definition =
            json!({"record": "deal", "where": {"field": "owner", "op": "eq", "value": "paul"}, "columns": ["name"]});
        desk.save("marie", "saved_view", scope, scope, definition).unwrap()
    };
    let ids = ["private", "team", "all"].map(view);
    let opens = |who: &str, role| {
        ids.iter().map(|id| desk.ask(who, role, NOW, "saved_view", json!({"id": id})).is_ok()).collect::<Vec<_>>()
    };
    let listed = |who: &str, role| {
        let find = json!({"record": "saved_view"});
        let rows = desk.ask(who, role, NOW, "find", find.clone()).unwrap()["rows"].as_array().unwrap().len();
        let mut count = find;
        count["count"] = json!(true);
        assert_eq!(desk.ask(who, role, NOW, "find", count).unwrap()["count"], rows);
        rows
    };
    for (who, role, sees) in [
        ("marie", Role::Member, [true, true, true]),
        ("paul", Role::Member, [false, true, true]),
        ("zoe", Role::Manager, [false, false, true]),
        ("Marie", Role::Member, [false, false, true]),
        ("ada", Role::Admin, [true, true, true]),
    ] {
        assert_eq!(opens(who, role), sees, "{who}");
        assert_eq!(listed(who, role), sees.iter().filter(|s| **s).count(), "{who}");
        for (id, seen) in ids.iter().zip(sees) {
            let row = desk.ask(who, role, NOW, "get", json!({"record": "saved_view", "id": id})).unwrap();
            assert_eq!(row["row"] != Json::Null, seen, "{who}");
        }
    }
    let history = json!({"record": "saved_view", "id": ids[0]});
    let hidden = desk.ask("zoe", Role::Manager, NOW, "history", history).unwrap();
    assert_eq!(hidden["entries"], json!([]));
    // Others do not change it; of one that they do not see they do not even learn that it is there.
    let patch = |who: &str, role, id: &str| {
        desk.run(who, role, NOW, "saved_view.patch", json!({"id": id, "name": format!("de {who}")}))
            .map(|_| ())
            .map_err(|e| e.code())
    };
    assert_eq!(patch("paul", Role::Member, &ids[0]), Err(Code::NotFound));
    assert_eq!(patch("paul", Role::Member, &ids[2]), Err(Code::Forbidden));
    assert_eq!(patch("marie", Role::Member, &ids[0]), Ok(()));
    assert_eq!(patch("ada", Role::Admin, &ids[0]), Ok(()));
    let archive =
        |who: &str| desk.run(who, Role::Member, NOW, "saved_view.archive", json!({"id": ids[2]})).map_err(|e| e.code());
    assert_eq!(archive("paul").unwrap_err(), Code::Forbidden);
    archive("marie").unwrap();
    assert_eq!(opens("marie", Role::Member), [true, true, false]);
    desk.run("marie", Role::Member, NOW, "saved_view.restore", json!({"id": ids[2]})).unwrap();
    let given = json!({"name": "x", "owner": "paul", "definition": {"record": "deal"}});
    let error = desk.run("marie", Role::Member, NOW, "saved_view.create", given).unwrap_err();
    assert_eq!((error.code(), error.field()), (Code::Forbidden, Some("owner")));
}

#[test]
fn a_definition_is_checked_when_it_is_saved() {
    let desk = Desk::new();
    let test = |field: &str| json!({"field": field, "op": "is_null"});
    for (kind, definition, code, path) in [
        ("saved_view", json!({"record": "deals"}), Code::UnknownField, "definition"),
        (
            "saved_view",
            json!({"record": "deal", "where": {"all": [test("name"), test("nom")]}}),
            Code::UnknownField,
            "definition.where.all[1].field",
        ),
        (
            "saved_view",
            json!({"record": "deal", "order": [{"field": "nom"}]}),
            Code::UnknownField,
            "definition.order[0].field",
        ),
        (
            "saved_view",
            json!({"record": "deal", "columns": ["name", "nom"]}),
            Code::UnknownField,
            "definition.columns[1]",
        ),
        (
            "saved_view",
            json!({"record": "lead", "columns": ["risk_score"]}),
            Code::UnknownField,
            "definition.columns[0]",
        ),
        (
            "saved_view",
            json!({"record": "deal", "columns": ["name", "name"]}),
            Code::InvalidRules,
            "definition.columns[1]",
        ),
        ("saved_view", json!({"record": "deal", "limit": 3}), Code::UnknownField, "definition"),
        (
            "saved_report",
            json!({"kind": "pipeline_snapshot", "window": month(), "currency": "EUR", "filter": test("nom")}),
            Code::UnknownField,
            "definition.filter.field",
        ),
        ("saved_report", json!({"kind": "pipeline_snapshot", "currency": "EUR"}), Code::Missing, "definition"),
    ] {
        let error = desk.save("marie", kind, "private", "x", definition.clone()).unwrap_err();
        assert_eq!((error.code(), error.field()), (code, Some(path)), "{definition} {error}");
    }
    for (body, code, path) in [
        (json!({"definition": {"record": "deal"}}), Code::Missing, None),
        (json!({"name": "x"}), Code::Missing, None),
        (json!({"name": "", "definition": {"record": "deal"}}), Code::InvalidRules, Some("name")),
        (json!({"name": "x", "scope": "world", "definition": {"record": "deal"}}), Code::InvalidValue, Some("scope")),
    ] {
        let error = desk.run("marie", Role::Member, NOW, "saved_view.create", body.clone()).unwrap_err();
        assert_eq!((error.code(), error.field()), (code, path), "{body} {error}");
    }
    let viewer = json!({"name": "x", "definition": {"record": "deal"}});
    assert_eq!(desk.run("v", Role::Viewer, NOW, "saved_view.create", viewer).unwrap_err().code(), Code::Forbidden);
}

#[test]
fn a_view_whose_field_is_gone_opens_with_that_leaf_flagged_and_is_never_wider() {
    let rules = |fields: Json| Rules::from_json(&json!({"custom": {"deal": fields}})).unwrap();
    let with = rules(json!([{"name": "region", "type": "text"}, {"name": "note", "type": "text"}]));
    let desk = Desk(Crm::new(MemoryStore::new(), with));
    desk.run("ada", Role::Admin, NOW, "pipeline.create", sales()).unwrap();
    desk.deal(NOW, json!({"name": "a", "pipeline": "sales", "stage": "new", "custom": {"region": "ouest"}}));
    desk.deal(NOW, json!({"name": "b", "pipeline": "sales", "stage": "new"}));
    let leaf = json!({"field": "custom.region", "op": "eq", "value": "ouest"});
    let narrow = json!({"record": "deal", "where": {"all": [{"field": "name", "op": "is_known"}, {"not": {"not": leaf}}]}, "columns": ["name"]});
    let narrow = desk.save("marie", "saved_view", "all", "Ouest", narrow).unwrap();
    let column = json!({"record": "deal", "columns": ["name", "custom.note"]});
    let column = desk.save("marie", "saved_view", "all", "Notes", column).unwrap();
    let open = |desk: &Desk, id: &str| desk.marie("saved_view", json!({"id": id, "lang": "fr"})).unwrap();
    assert_eq!(open(&desk, &narrow)["rows"].as_array().unwrap().len(), 1);
    // The host takes the fields out of its configuration.
    let desk = Desk(Crm::new(desk.0.into_store(), rules(json!([]))));
    let opened = open(&desk, &narrow);
    assert_eq!(opened["rows"], Json::Null);
    assert_eq!(opened["broken"][0]["code"], "unknown_field");
    assert_eq!(opened["broken"][0]["field"], "where.all[1].not.not.field");
    assert_eq!(
        opened["reasons"][0]["text"],
        "la vue utilise 1 champ qui n’existe plus et n’affiche rien tant qu’elle n’est pas corrigée"
    );
    let error = desk.marie("saved_view", json!({"id": narrow, "format": "csv"})).unwrap_err();
    assert_eq!(
        (error.code(), error.field()),
        (Code::UnknownField, Some("saved_view.definition.where.all[1].not.not.field"))
    );
    let opened = open(&desk, &column);
    assert_eq!(opened["rows"].as_array().unwrap().len(), 2);
    assert_eq!(opened["rows"][0]["cells"]["custom.note"], Json::Null);
    assert_eq!(opened["broken"][0]["field"], "columns[1]");
}

#[derive(Clone, Debug)]
struct Drawn {
    stage: usize,
    minor: Option<i64>,
    bp: Option<i64>,
    days: Option<i64>,
    score: Option<i64>,
    archived_amount: bool,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    (
        0usize..6,
        prop::option::weighted(0.9, -1_000_000i64..100_000_000),
        prop::option::weighted(0.3, 0i64..=10_000),
        prop::option::weighted(0.8, -400i64..400),
        prop::option::weighted(0.8, 0i64..=100),
        any::<bool>(),
    )
        .prop_map(|(stage, minor, bp, days, score, archived_amount)| Drawn {
            stage,
            minor,
            bp,
            days,
            score,
            archived_amount,
        })
}

const STAGES: [&str; 6] = ["prospecting", "qualification", "proposal", "negotiation", "won", "lost"];

fn portfolio(all: &[Drawn]) -> Portfolio {
    let today = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
    let euro = "EUR".parse().unwrap();
    let mut portfolio = Portfolio { pipelines: Pipelines::standard(), ..Portfolio::default() };
    for (i, drawn) in all.iter().enumerate() {
        let close_date = drawn.days.map(|days| today + TimeDelta::try_days(days).unwrap());
        let deal = crm_core::model::Deal {
            name: format!("deal {i}"),
            pipeline: "sales".into(),
            stage: STAGES[drawn.stage].into(),
            value: drawn.minor.map(|minor| {
                let text =
                    format!("{}{}.{:02}", if minor < 0 { "-" } else { "" }, minor.abs() / 100, minor.abs() % 100);
                crm_core::Money::parse(&text, euro).unwrap()
            }),
            probability_bp: drawn.bp,
            close_date,
            closed_at: if drawn.archived_amount {
                close_date.map(|d| d.and_hms_opt(9, 0, 0).unwrap().and_utc())
            } else {
                None
            },
            ..Default::default()
        };
        let id = Id::from_text(&i.to_string());
        let created_at = DateTime::from_timestamp(1_790_000_000 + i as i64, 0).unwrap();
        portfolio.rows.push(crm_core::model::Row {
            id,
            version: 1,
            created_at,
            updated_at: created_at,
            archived_at: None,
            clocks: Default::default(),
            body: deal.into(),
        });
        portfolio.ids.push(id.to_string());
        if let Some(score) = drawn.score {
            portfolio.risks.insert(id, Badge { score, band: "x".into() });
        }
    }
    portfolio
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn board_report_and_forecast_are_one_engine(all in prop::collection::vec(drawn(), 0..30)) {
        let portfolio = portfolio(&all);
        let (now, zone) = (at(NOW), Zone::UTC);
        let window = json!({"fixed": {"from": "2020-01-01", "to": "2030-01-01"}});
        let spec = json!({"kind": "pipeline_snapshot", "currency": "EUR", "window": window});
        let spec = ReportSpec::from_json(&spec).unwrap();
        let (deals, excluded) = portfolio.counted(&zone, now);
        let report = run(spec, now, &portfolio.pipelines, &portfolio.rates, (&deals, excluded.clone()), None).unwrap();
        let s = &report.snapshot;

        // rows + undated = open, open + won + lost = total, in what is shown as well.
        let shown: i128 = s.rows.iter().map(|r| r.dated.weighted + r.undated.weighted).sum();
        prop_assert_eq!(shown, s.open.weighted);
        let rows: i128 = s.rows.iter().map(|r| r.dated.weighted).sum();
        prop_assert_eq!(rows + s.undated.weighted + s.won.weighted + s.lost.weighted, s.total.weighted);
        let count = |f: &crm_core::rules::report::Shown| f.figures.sums.count;
        let value = |f: &crm_core::rules::report::Shown| f.figures.sums.amount;
        prop_assert_eq!(s.rows.iter().map(|r| count(&r.dated)).sum::<u64>() + count(&s.undated) + count(&s.won) + count(&s.lost), count(&s.total));
        prop_assert_eq!(s.rows.iter().map(|r| value(&r.dated)).sum::<i128>() + value(&s.undated) + value(&s.won) + value(&s.lost), value(&s.total));
        // Every deal is somewhere exactly once.
        prop_assert_eq!(count(&s.total) as usize + s.excluded.len(), all.len());

        // The board's columns are the report's rows.
        let board = BoardSpec::from_json(&json!({"currency": "EUR", "window": window, "cards": 500})).unwrap();
        let facts = portfolio.deals(&zone, now);
        let pipeline = portfolio.pipelines.required("sales").unwrap();
        let board = Board::new(&board, &portfolio, &facts, pipeline, (now, Lang::English)).unwrap().to_json().unwrap();
        let money = |minor: i128| {
            let sign = if minor < 0 { "-" } else { "" };
            format!("{sign}{}.{:02}", minor.abs() / 100, minor.abs() % 100)
        };
        let mut board_weighted = 0;
        for (row, column) in s.rows.iter().zip(board["columns"].as_array().unwrap()) {
            prop_assert_eq!(&column["stage"], &json!(row.keys[1]));
            let figures = &column["figures"][0];
            prop_assert_eq!(&figures["count"], &json!(count(&row.dated) + count(&row.undated)));
            prop_assert_eq!(&figures["value"], &json!(money(value(&row.dated) + value(&row.undated))));
            prop_assert_eq!(&figures["at_risk"]["count"], &json!(row.dated.figures.at_risk.count + row.undated.figures.at_risk.count));
            let weighted: i128 = figures["weighted"].as_str().unwrap().replace('.', "").parse().unwrap();
            board_weighted += weighted;
        }
        prop_assert_eq!(board_weighted, s.open.weighted);
        prop_assert_eq!(&board["open"][0]["weighted"], &json!(money(s.open.weighted)));
        prop_assert_eq!(&board["columns"][4]["figures"][0]["value"], &json!(money(value(&s.won))));

        // The forecast of the same deals, added up by its own code.
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let unit = crm_core::kernel::period::Unit::Year;
        let periods = Periods::between(Default::default(), unit, day("2020-01-01"), day("2030-01-01")).unwrap();
        let valuation = Valuation { currency: "EUR".parse().unwrap(), rates: &portfolio.rates, basis: RateBasis::CloseDate, rounding: Rounding::EachDeal, as_of: now.date_naive() };
        let plan = Plan { periods: &periods, valuation, filter: &Filter::default() };
        let (mut dated, mut undated) = (ByCategory::default(), Sums::default());
        for deal in &deals {
            if let Ok(Placed::In { slot, category, value }) = plan.place(&deal.line) {
                match slot {
                    Slot::Period(_) => dated.of(category).add(value, deal.line.weight(), true).unwrap(),
                    _ if deal.idle_days.is_some() => undated.add(value, deal.line.weight(), true).unwrap(),
                    _ => {}
                }
            }
        }
        let mut open = dated.open().unwrap();
        prop_assert_eq!(open, crm_core::rules::report::Figures::total(s.rows.iter().map(|r| &r.dated.figures)).unwrap().sums);
        prop_assert_eq!(undated, s.undated.figures.sums);
        open.merge(&undated).unwrap();
        prop_assert_eq!(open, s.open.figures.sums);
        prop_assert_eq!(dated.get(crm_core::kernel::sales::Category::Closed).amount, value(&s.won));

        // Neither order nor anything else but the deals matters.
        let mut turned: Vec<ReportDeal<'_>> = deals.clone();
        turned.reverse();
        let again = run(report.spec.clone(), now, &portfolio.pipelines, &portfolio.rates, (&turned, excluded), None).unwrap();
        prop_assert_eq!(&again.snapshot, s);
    }
}

#[test]
fn a_deal_knows_since_when_nobody_touched_it() {
    let pipelines = Pipelines::standard();
    let deal = crm_core::model::Deal { pipeline: "sales".into(), stage: "proposal".into(), ..Default::default() };
    let around = |touch: Option<&str>| Around { created_at: at("2026-11-01T09:00:00Z"), last_touch_at: touch.map(at) };
    let days = |touch| ReportDeal::new("d", &deal, &pipelines, around(touch), (&Zone::UTC, at(NOW))).unwrap().idle_days;
    assert_eq!(days(None), Some(21));
    assert_eq!(days(Some("2026-11-21T09:00:01Z")), Some(0));
    assert_eq!(days(Some("2026-11-21T09:00:00Z")), Some(1));
}
