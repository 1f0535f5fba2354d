//! What reports and views say in English: sentences, and the names of columns.

use super::Lang;
use super::en_forecast::money;
use crate::kernel::report_reason::ReportReason;

pub(super) fn reason(reason: &ReportReason) -> String {
    match reason {
        ReportReason::Window { from, last, zone } if from == last => format!("{from} ({zone})"),
        ReportReason::Window { from, last, zone } => format!("from {from} to {last} inclusive ({zone})"),
        ReportReason::Reweighed { deals, open, before, after } => format!(
            "{} for {} (weighted: {} before, {} after)",
            super::plural(Lang::English, *deals, "open deal", "open deals"),
            money(*open),
            money(*before),
            money(*after)
        ),
        ReportReason::BrokenView { fields } => format!(
            "the view names {} that no longer exist and shows nothing until it is mended",
            super::plural(Lang::English, *fields, "field", "fields")
        )
        .replace("1 field that no longer exist", "1 field that no longer exists"),
    }
}

/// What a column is called.
pub(super) fn column(code: &str) -> Option<&'static str> {
    Some(match code {
        "account" => "Account id",
        "account_name" => "Account",
        "at_risk" => "At risk",
        "at_risk_value" => "Value at risk",
        "category" => "Category",
        "close_date" => "Close date",
        "count" => "Number",
        "created_at" => "Created",
        "currency" => "Currency",
        "effective_category" => "Forecast category",
        "effective_probability_bp" => "Probability (basis points)",
        "id" => "Id",
        "idle_days" => "Idle days",
        "name" => "Name",
        "oldest_idle_days" => "Longest idle (days)",
        "owner" => "Owner",
        "pipeline" => "Pipeline",
        "probability_bp" => "Probability by hand (basis points)",
        "risk_band" => "Risk",
        "risk_score" => "Risk score",
        "section" => "Section",
        "source" => "Source",
        "stage" => "Stage",
        "stage_name" => "Stage name",
        "state" => "State",
        "updated_at" => "Changed",
        "value" => "Value",
        "value_currency" => "Currency of the value",
        "weighted" => "Weighted value",
        _ => return None,
    })
}
