//! Reports: golden cases, what is refused.

use crm_core::rules::Rules;
use serde_json::{Value as Json, json};

use super::golden::{self, Number};

const SNAPSHOT: &str = "stages, undated, won and lost";

/// Numbers worked out by hand.
const NUMBERS: &[Number] = &[
    (SNAPSHOT, "/window/from", r#""2026-10-01""#),
    (SNAPSHOT, "/window/to", r#""2026-11-23""#),
    (SNAPSHOT, "/window/text", r#""from 2026-10-01 to 2026-11-22 inclusive (Europe/Paris)""#),
    // qualified: 100.01 + 0.01, a quarter of it is 25.005; proposal: half of 0.01 is 0.005.
    (SNAPSHOT, "/rows/0/stage", r#""qualified""#),
    (SNAPSHOT, "/rows/0/count", "2"),
    (SNAPSHOT, "/rows/0/value", r#""100.02""#),
    (SNAPSHOT, "/rows/0/oldest_idle_days", "10"),
    (SNAPSHOT, "/rows/0/at_risk", r#"{"count":1,"value":"100.01"}"#),
    (SNAPSHOT, "/rows/1/count", "1"),
    (SNAPSHOT, "/rows/1/value", r#""0.01""#),
    (SNAPSHOT, "/rows/1/undated/count", "1"),
    // 200.00 at 75 %, set by hand.
    (SNAPSHOT, "/undated/weighted", r#""150.00""#),
    // 25.005 + 0.005 + 150 = 175.01: the first of the two halves gets the cent.
    (SNAPSHOT, "/rows/0/weighted", r#""25.01""#),
    (SNAPSHOT, "/rows/1/weighted", r#""0.00""#),
    (SNAPSHOT, "/totals/open/weighted", r#""175.01""#),
    (SNAPSHOT, "/totals/open/count", "4"),
    (SNAPSHOT, "/totals/open/value", r#""300.03""#),
    // Midnight of 1 October in Paris is 22:00 UTC the day before: 1.00 is inside, 999.00 is not.
    (SNAPSHOT, "/closed/won/count", "2"),
    (SNAPSHOT, "/closed/won/value", r#""51.00""#),
    (SNAPSHOT, "/closed/won/weighted", r#""51.00""#),
    (SNAPSHOT, "/closed/lost/value", r#""30.00""#),
    (SNAPSHOT, "/closed/lost/weighted", r#""0.00""#),
    (SNAPSHOT, "/totals/all/count", "7"),
    (SNAPSHOT, "/totals/all/value", r#""381.03""#),
    (SNAPSHOT, "/totals/all/weighted", r#""226.01""#),
    (SNAPSHOT, "/without_risk", "2"),
    (
        SNAPSHOT,
        "/rows/2",
        r#"{"at_risk":{"count":0,"value":"0.00"},"count":0,"label":"upsell - open","oldest_idle_days":null,"pipeline":"upsell","stage":"open","undated":{"at_risk":{"count":0,"value":"0.00"},"count":0,"oldest_idle_days":null,"value":"0.00","weighted":"0.00"},"value":"0.00","weighted":"0.00"}"#,
    ),
    (
        "the same in French, as a table for French Excel",
        "/window/text",
        r#""du 01/10/2026 au 22/11/2026 inclus (Europe/Paris)""#,
    ),
    ("the same in French, as a table for French Excel", "/rows/0/label", r#""Ventes - Qualifiée""#),
    (
        "the same in French, as a table for French Excel",
        "/csv",
        "\"\u{feff}Section;Pipeline;Étape;Nombre;Montant;Montant pondéré;Plus longue inactivité (jours);À risque;Montant à risque;Devise\\r\\nopen;sales;qualified;2;100,02;25,01;10;1;100,01;EUR\\r\\nopen;sales;proposal;1;0,01;0,00;52;0;0,00;EUR\\r\\nopen;upsell;open;0;0,00;0,00;;0;0,00;EUR\\r\\nundated;sales;proposal;1;200,00;150,00;52;0;0,00;EUR\\r\\nwon;;;2;51,00;51,00;;0;0,00;EUR\\r\\nlost;;;1;30,00;0,00;;0;0,00;EUR\\r\\ntotal;;;7;381,03;226,01;52;1;100,01;EUR\\r\\n\"",
    ),
    ("only one pipeline", "/totals/all/count", "7"),
    ("no pipeline is the default one", "/rows/2/value", r#""10.00""#),
    ("by owner and category", "/rows/0/owner", r#""marie""#),
    ("by owner and category", "/rows/2/owner", r#""paul""#),
    ("by owner and category", "/rows/3/owner", "\"\""),
    ("by owner and category", "/rows/1/count", "1"),
    ("a filter", "/totals/all/count", "3"),
    ("what cannot count is excluded, each with its reason (en)", "/totals/all/count", "1"),
    ("what cannot count is excluded, each with its reason (en)", "/excluded/0/code", r#""unknown_stage""#),
    ("what cannot count is excluded, each with its reason (en)", "/excluded/1/code", r#""unknown_pipeline""#),
    ("what cannot count is excluded, each with its reason (en)", "/excluded/2/code", r#""missing_amount""#),
    ("what cannot count is excluded, each with its reason (en)", "/excluded/3/code", r#""no_rate""#),
    ("what cannot count is excluded, each with its reason (en)", "/excluded/4/code", r#""no_date_for_rate""#),
    ("what cannot count is excluded, each with its reason (en)", "/excluded/5/code", r#""unreadable""#),
    ("what cannot count is excluded, each with its reason (en)", "/excluded/6/code", r#""unreadable""#),
    ("what cannot count is excluded, each with its reason (en)", "/excluded/7/code", r#""unreadable""#),
    ("another currency, at the rate of the close date", "/rows/0/value", r#""170.00""#),
    ("another currency, at the rate of the close date", "/excluded/0/deal", r#""u3""#),
    ("another currency, at the rate of the day", "/totals/open/value", r#""270.00""#),
    // -0.005 + 5.005 = 5.00, though each alone would be rounded away from zero.
    ("negative amounts", "/totals/open/weighted", r#""5.00""#),
    ("no deal at all", "/totals/all/count", "0"),
];

#[test]
fn numbers_worked_out_by_hand() {
    golden::holds("report", NUMBERS);
}

fn input(report: &Json) -> Json {
    let mut whole = json!({"kind": "pipeline_snapshot", "window": {"to_date": {"unit": "month"}}, "currency": "EUR"});
    whole.as_object_mut().unwrap().extend(report.as_object().unwrap().clone());
    json!({"report": whole, "at": "2026-11-22T09:00:00Z"})
}

#[test]
fn what_is_wrong_is_told_with_its_path() {
    for (report, code, path) in [
        (json!({"kind": "leads"}), "invalid_value", "report.kind"),
        (json!({"kind": "lead_volume"}), "unknown_field", "report"),
        (json!({"kind": null}), "missing", "report"),
        (json!({"window": null}), "missing", "report"),
        (json!({"window": {"to_date": {"unit": "decade"}}}), "invalid_value", "report.window.to_date.unit"),
        (json!({"currency": "EURO"}), "invalid_value", "report.currency"),
        (json!({"filter": {"field": "valeu", "op": "is_null"}}), "unknown_field", "report.filter.field"),
        (
            json!({"filter": {"all": [{"field": "owner", "op": "within_days", "value": 3}]}}),
            "invalid_rules",
            "report.filter.all[0].op",
        ),
        (json!({"group_by": ["stage", "stage"]}), "invalid_rules", "report.group_by[1]"),
        (json!({"group_by": []}), "invalid_rules", "report.group_by"),
        (json!({"group_by": ["country"]}), "invalid_value", "report.group_by[0]"),
        (json!({"measures": ["sum"]}), "invalid_value", "report.measures[0]"),
        (json!({"rate_basis": "period_average"}), "invalid_value", "report.rate_basis"),
        (json!({"at_risk_from": 0}), "invalid_value", "report.at_risk_from"),
        (json!({"colour": "red"}), "unknown_field", "report"),
    ] {
        let input = input(&report);
        let error = Rules::default().eval("report", &input).unwrap_err();
        assert_eq!(error.code().name(), code, "{report}: {error}");
        let found = error.field().unwrap_or_default();
        assert!(found == path, "{report}: {error:?}");
    }
    let mut deals = input(&json!({}));
    for (deal, code, path) in [
        (json!({}), "missing", "deals[0]"),
        (json!({"id": "a"}), "missing", "deals[0]"),
        (json!({"id": "a", "created_at": "now"}), "invalid_value", "deals[0].created_at"),
        (
            json!({"id": "a", "created_at": "2026-01-01T00:00:00Z", "fields": {"close_date": "2026-02-30"}}),
            "invalid_value",
            "deals[0].fields.close_date",
        ),
        (
            json!({"id": "a", "created_at": "2026-01-01T00:00:00Z", "risk": {"score": 101, "band": "high"}}),
            "invalid_value",
            "deals[0].risk.score",
        ),
    ] {
        deals["deals"] = json!([deal]);
        let error = Rules::default().eval("report", &deals).unwrap_err();
        assert_eq!((error.code().name(), error.field()), (code, Some(path)), "{deal}: {error}");
    }
}
