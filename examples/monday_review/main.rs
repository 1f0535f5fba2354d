//! Monday's review: any CRM's lead export in; scores, reasons and a ranked list out, who is there twice, who
//! should get which lead, and what the first ones would become.
//!
//! `cargo run --release --example monday_review` reviews two bundled samples, one English and one French; with a path
//! it reviews that export. Records are kept in a SQLite file, so a second run imports nothing twice. `--help` lists
//! the options.

/// Appends a line; writing to a text never fails.
macro_rules! line {
    ($out:expr, $($text:tt)*) => {{
        let _ = writeln!($out, $($text)*);
    }};
}

mod desk;
mod desk_texts;
mod options;
mod progress;
mod report;
mod texts;

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use crm_core::command::{Actor, Ctx, OnExisting, Role};
use crm_core::engine::Find;
use crm_core::model::{Kind, Lead, Row};
use crm_core::store::{LogQuery, Store as _, Workspace};
use crm_core::{Crm, Id, Result};
use crm_csv::{Import, read_leads};
use crm_sqlite::SqliteStore;

use options::{Options, Wanted};
use progress::Bar;
use report::Report;

fn main() -> ExitCode {
    let options = match options::read(std::env::args().skip(1)) {
        Ok(Wanted::Review(options)) => options,
        Ok(Wanted::Help(lang)) => {
            println!("{}", texts::help(lang));
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprintln!("monday_review: {message}");
            return ExitCode::from(2);
        }
    };
    match review(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("monday_review: {message}");
            ExitCode::FAILURE
        }
    }
}

/// One file of the review, read.
struct Source {
    name: String,
    import: Import,
}

fn review(options: &Options) -> Result<(), String> {
    let lang = options.lang;
    let told = |path: &str, e: crm_core::Error| texts::told(lang, path, &e);
    let mut sources = Vec::new();
    for file in &options.files {
        let bytes = file.bytes().map_err(|e| format!("{}: {e}", file.name()))?;
        let import = read_leads(&bytes, &file.reading(options)).map_err(|e| {
            let hint = crm_csv::hint(e.problem()).map(|h| format!("\n  {}", texts::hint(lang, &[h])));
            told(&file.name(), e) + &hint.unwrap_or_default()
        })?;
        sources.push(Source { name: file.name(), import });
    }

    let database = options.database();
    options.refuse_overwriting(&database)?;
    if let Some(folder) = database.parent() {
        std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    }
    let shown = database.display().to_string();
    let store = SqliteStore::open(&database).map_err(|e| told(&shown, e))?;
    let crm = Crm::new(store, options.rules()?);
    run(&crm, options, &sources, &database).map_err(|e| told(&shown, e))
}

fn run(crm: &Crm<SqliteStore>, options: &Options, sources: &[Source], database: &Path) -> Result<()> {
    let ctx = || -> Result<Ctx> {
        let (workspace, actor) = (Workspace::new("review")?, Actor::new("monday_review", Role::Admin)?);
        Ok(Ctx::new(workspace, actor, options.at, next_id(crm)?))
    };
    let mut imported = Vec::new();
    for source in sources {
        let rows = source.import.rows.clone();
        let how = if options.update { OnExisting::Update } else { OnExisting::Skip };
        let mut bar = Bar::new(texts::importing(options.lang));
        let from = &source.import.source;
        imported.push(crm.import_all::<Lead>(&ctx()?, from, how, rows, &mut |p| bar.show(p))?);
    }

    let mut bar = Bar::new(texts::scoring(options.lang));
    crm.score_all(&ctx()?, None, &mut |p| bar.show(p))?;
    drop(bar);

    let ctx = ctx()?;
    let leads = ranked(crm, &ctx)?;
    let report = Report { crm, ctx: &ctx, options, sources, imported: &imported, leads: &leads, database }.make()?;
    // Whoever reads only the first lines has closed the pipe; everything is written by now.
    let _ = std::io::stdout().write_all(report.as_bytes());
    Ok(())
}

/// An id that no command of this database has yet: it follows from the end of the trail.
fn next_id(crm: &Crm<SqliteStore>) -> Result<Id> {
    let last = crm.store().snapshot(&Workspace::new("review")?)?.log(&LogQuery::Last)?.pop();
    Ok(Id::from_text(&format!("review {:?}", last.map(|e| e.hash))))
}

/// Every lead, the highest score first.
fn ranked(crm: &Crm<SqliteStore>, ctx: &Ctx) -> Result<Vec<Row<Lead>>> {
    let mut find = Find { order: vec![("score".into(), true)], limit: 1000, ..Find::all(Kind::Lead) };
    let mut leads = Vec::new();
    loop {
        let page = crm.query(ctx, &find)?;
        leads.extend(page.rows.iter().filter_map(Row::typed::<Lead>));
        match page.next {
            Some(next) => find.after = Some(next),
            None => return Ok(leads),
        }
    }
}
