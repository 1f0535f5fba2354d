//! Health against what happened, on public data. The files are not part of this repository: set `CRMKIT_DATA` to their
//! folder; without it, and without the folder beside the workspace, these tests say so and pass.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;

use crm_core::rules::Rules;
use serde_json::{Value as Json, json};

/// The lines of a file as cells by their heading; says so past the test harness where there is none.
fn data(file: &str) -> Option<Vec<BTreeMap<String, String>>> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = std::env::var_os("CRMKIT_DATA").map_or_else(beside, PathBuf::from);
    let Ok(text) = std::fs::read_to_string(folder.join(file)) else {
        writeln!(std::io::stderr().lock(), "SKIPPED: no {file}; set CRMKIT_DATA to the folder of data sets").unwrap();
        return None;
    };
    let mut lines = text.lines();
    let heads: Vec<String> = lines.next().unwrap().split(',').map(str::to_owned).collect();
    // None of these files quotes a cell.
    let row = |line: &str| heads.iter().cloned().zip(line.split(',').map(str::to_owned)).collect();
    Some(lines.map(row).collect())
}

/// The table, past the test harness.
fn print(title: &str, answer: &Json) {
    let mut out = std::io::stderr().lock();
    writeln!(out, "{title}: AUC {} ({} bp), {} pairs", answer["auc"], answer["auc_bp"], answer["pairs"]).unwrap();
    for band in answer["bands"].as_array().unwrap() {
        writeln!(out, "  {:>8} n {:>5} {} {} bp", band["band"], band["n"], band["outcomes"], band["rates_bp"]).unwrap();
    }
    writeln!(out, "  without a score {}, without an outcome {}", answer["without_score"], answer["without_outcome"])
        .unwrap();
}

/// A model written by hand from what people say of telephone customers, not fitted: contracts bind, time binds.
fn telco() -> Rules {
    let measure = |code: &str, weight: i64, points: Json| json!({"code": code, "weight": weight, "source": format!("measurement.{code}"), "points": points});
    let same =
        |code: &str, weight: i64| json!({"code": code, "weight": weight, "source": format!("measurement.{code}")});
    Rules::from_json(&json!({"health": {"models": [{"id": "telco", "version": 1, "min_coverage_bp": 5000,
        "measures": [
            measure("tenure", 30, json!([[0, 0], [12, 45], [24, 65], [48, 85], [72, 100]])),
            measure("contract_months", 30, json!([[1, 0], [12, 70], [24, 100]])),
            same("support", 8), same("security", 8), same("payment", 10),
            measure("charges", 14, json!([[20, 100], [60, 50], [110, 0]]))],
        "bands": [{"code": "red", "from": 0}, {"code": "orange", "from": 30}, {"code": "yellow", "from": 50}, {"code": "green", "from": 75}]
    }]}}))
    .unwrap()
}

#[test]
fn telephone_customers_who_left() {
    let Some(rows) = data("f_churn_telco/Telco-Customer-Churn.csv") else { return };
    let rules = telco();
    let yes_no = |word: &str| match word {
        "Yes" => json!(100),
        "No" => json!(0),
        // Without internet nobody can have it: nothing is known.
        _ => Json::Null,
    };
    let row = |row: &BTreeMap<String, String>| {
        let months = match row["Contract"].as_str() {
            "Two year" => 24,
            "One year" => 12,
            _ => 1,
        };
        let payment = if row["PaymentMethod"] == "Electronic check" { 0 } else { 100 };
        json!({"at": "2026-11-22T09:00:00Z", "outcome": if row["Churn"] == "Yes" { "left" } else { "stayed" }, "facts": {
            "measurement.tenure": row["tenure"], "measurement.contract_months": months, "measurement.payment": payment,
            "measurement.support": yes_no(&row["TechSupport"]), "measurement.security": yes_no(&row["OnlineSecurity"]),
            "measurement.charges": row["MonthlyCharges"]}})
    };
    let given: Vec<Json> = rows.iter().map(row).collect();
    let answer = rules.eval("health", &json!({"op": "backtest", "good": "stayed", "rows": given})).unwrap();
    print("telco, by hand", &answer);
    assert_eq!(answer["pairs"], 5_174 * 1_869);
    assert!(answer["auc_bp"].as_i64().unwrap() > 8_000);
    // The bands are in order: the better the band, the fewer left.
    let left: Vec<i64> =
        answer["bands"].as_array().unwrap().iter().map(|band| band["rates_bp"]["left"].as_i64().unwrap()).collect();
    assert!(left.windows(2).all(|pair| pair[0] > pair[1]), "{left:?}");
}

#[test]
fn a_failed_join_has_no_outcomes() {
    let folder = "f_churn_crm_haziqho";
    let file = |name: &str| data(&format!("{folder}/{name}.csv"));
    let (Some(customers), Some(tickets), Some(touches), Some(orders), Some(flags)) =
        (file("customers"), file("support_tickets"), file("interactions"), file("orders"), file("subscriptions"))
    else {
        return;
    };
    let rules = Rules::from_json(&json!({"health": {"models": [{"id": "shop", "version": 1,
        "measures": [
            {"code": "open", "weight": 20, "source": "tickets_open", "points": [[0, 100], [3, 0]]},
            {"code": "touched", "weight": 30, "source": "touch_days", "points": [[7, 100], [90, 0]]},
            {"code": "orders", "weight": 50, "source": "measurement.orders", "aggregate": "count", "window_days": 180, "points": [[0, 0], [5, 100]]}],
        "bands": [{"code": "red", "from": 0}, {"code": "yellow", "from": 50}, {"code": "green", "from": 75}]}]}}))
    .unwrap();
    let today: chrono::NaiveDate = "2025-07-31".parse().unwrap();
    let of = |rows: &'_ [BTreeMap<String, String>]| {
        let mut by: BTreeMap<String, Vec<BTreeMap<String, String>>> = BTreeMap::new();
        for row in rows {
            by.entry(row["customer_id"].clone()).or_default().push(row.clone());
        }
        by
    };
    let (tickets, touches, orders) = (of(&tickets), of(&touches), of(&orders));
    let none = Vec::new();
    let facts = |id: &str| {
        let open = tickets.get(id).unwrap_or(&none).iter().filter(|row| row["status"] != "closed").count();
        let days = touches
            .get(id)
            .unwrap_or(&none)
            .iter()
            .map(|row| (today - row["date"].parse::<chrono::NaiveDate>().unwrap()).num_days())
            .min();
        let dated = |row: &BTreeMap<String, String>| json!({"at": format!("{}T00:00:00Z", row["order_date"])});
        let orders: Vec<Json> = orders.get(id).unwrap_or(&none).iter().map(dated).collect();
        json!({"tickets_open": open, "touch_days": days, "measurement.orders": orders})
    };
    let at = "2025-07-31T00:00:00Z";
    // The flags stand in rows without an id, and the ids in rows without a flag: of nobody is known who left.
    let flag_of = |id: &str| {
        let own = flags.iter().find(|row| row["customer_id"].parse::<f64>().is_ok_and(|n| format!("{n:.0}") == id));
        own.map(|row| row["is_churned"].clone()).filter(|flag| !flag.is_empty())
    };
    let given: Vec<Json> = customers
        .iter()
        .map(|row| json!({"at": at, "facts": facts(&row["customer_id"]), "outcome": flag_of(&row["customer_id"])}))
        .collect();
    let answer = rules.eval("health", &json!({"op": "backtest", "rows": given})).unwrap();
    print("shop, joined by id", &answer);
    assert_eq!((answer["without_outcome"].as_u64(), answer["auc"].clone()), (Some(800), Json::Null));
    // If the order of the rows were the join, which nobody says: printed, and nothing is claimed.
    let loose = flags.iter().filter(|row| row["customer_id"].is_empty());
    let guessed: Vec<Json> = customers
        .iter()
        .zip(loose)
        .map(|(row, flag)| {
            let outcome = if flag["is_churned"].starts_with('1') { "churned" } else { "renewed" };
            json!({"at": at, "facts": facts(&row["customer_id"]), "outcome": outcome})
        })
        .collect();
    let answer = rules.eval("health", &json!({"op": "backtest", "rows": guessed})).unwrap();
    print("shop, if the rows' order were the join (it is not said to be)", &answer);
    assert_eq!(answer["without_outcome"], 0);
}
