//! Tables on their way out: the questions of tables, asked for a command that writes down what was taken.

use serde_json::{Map, Value as Json};
use sha2::{Digest as _, Sha256};

use super::Crm;
use crate::command::{Ctx, ExportTable, Exported};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::json;
use crate::store::{Store, hex};

impl<S: Store> Crm<S> {
    /// The table that a command takes out, as the actor sees it.
    ///
    /// # Errors
    /// As the question, and [`Problem::TooMany`] where it has more records than the command takes.
    pub(super) fn taken_out(&self, ctx: &Ctx, export: &ExportTable) -> Result<Exported> {
        let (name, body) = export.asked();
        let mut question = match (name, body.get(name)) {
            ("report" | "id", _) => {
                let mut question = body.clone();
                question.remove("limit");
                question
            }
            (_, Some(Json::Object(asked))) => {
                let mut question = asked.clone();
                for key in ["csv", "lang"] {
                    question.extend(body.get_key_value(key).map(|(key, value)| (key.clone(), value.clone())));
                }
                question
            }
            _ => Map::new(),
        };
        question.insert("format".into(), "csv".into());
        let answer = match name {
            "report" | "id" => self.report_json(ctx, &question),
            "deals" => self.deals_json(ctx, &question).map_err(|e| inside(e, name)),
            "saved_view" => self.saved_view_json(ctx, &question).map_err(|e| inside(e, name)),
            _ => self.table_json(ctx, &question).map_err(|e| inside(e, name)),
        }?;
        let text = |key: &str| answer.get(key).and_then(Json::as_str).map(str::to_owned);
        let number = |key: &str| answer.get(key).and_then(Json::as_u64);
        let csv = text("csv").unwrap_or_default();
        let (rows, most) = (number("rows").unwrap_or(0), json::length(export.limit()));
        if rows > most {
            return Err(Problem::TooMany { what: "rows", found: rows, most }.into());
        }
        let digest: [u8; 32] = Sha256::digest(csv.as_bytes()).into();
        Ok(Exported {
            table: if name == "id" { "report" } else { name }.to_owned(),
            rows,
            spec_hash: text("spec_hash").unwrap_or_default(),
            csv_hash: hex(&digest),
            as_of: text("as_of"),
            data_version: number("data_version"),
            csv: Some(csv),
        })
    }
}

fn inside(error: Error, name: &'static str) -> Error {
    if error.field().is_some() { error.at(name) } else { error }
}
