//! The day on one page, in Rust: a small company's records, and the HTML file that says what to do today.
//!
//! `cargo run --example daily_page -- [FILE] [--lang fr]` writes the file (`daily_page.html` where none is named).

use std::process::ExitCode;

use crm_core::rules::Rules;
use crm_core::{Crm, Id};
use crm_sqlite::SqliteStore;
use serde_json::{Value as Json, json};

/// What happened, command by command, the first first; the Python example reads the same.
const DAY: &str = include_str!("data/day/commands.json");
/// Whose day it is.
const WORKSPACE: &str = "Couvreurs de l’Ouest";
/// Monday morning.
const AT: &str = "2026-11-23T07:00:00Z";

fn main() -> ExitCode {
    let (mut file, mut lang) = ("daily_page.html".to_owned(), "en".to_owned());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--lang" => lang = arguments.next().unwrap_or_default(),
            _ => file = argument,
        }
    }
    let written = page(&lang).map_err(|e| e.to_string());
    match written.and_then(|html| std::fs::write(&file, html).map_err(|e| format!("{file}: {e}"))) {
        Ok(()) => {
            println!("{file}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("daily_page: {message}");
            ExitCode::FAILURE
        }
    }
}

/// What Marie sees on Monday morning.
fn page(lang: &str) -> crm_core::Result<String> {
    let crm = Crm::new(SqliteStore::in_memory()?, Rules::default());
    let day: Json = crm_core::kernel::json::parse(DAY.as_bytes())?;
    for (number, command) in day.as_array().into_iter().flatten().enumerate() {
        let mut document = command.as_object().cloned().unwrap_or_default();
        document.insert("workspace".into(), WORKSPACE.into());
        document.insert("id".into(), Id::from_text(&format!("day {number}")).to_string().into());
        let document = Json::Object(document);
        crm.run_json(document.to_string().as_bytes())?;
    }
    let marie = json!({"name": "marie", "role": "manager"});
    let question = json!({"lang": lang, "zone": "Europe/Paris", "currency": "EUR"});
    let document = json!({"workspace": WORKSPACE, "actor": marie, "at": AT, "page": question});
    let answer = crm.query_json(document.to_string().as_bytes())?;
    Ok(answer.get("html").and_then(Json::as_str).unwrap_or_default().to_owned())
}
