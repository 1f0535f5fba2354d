//! How well keys tell duplicates: precision and recall on public sets whose truth is known.
//!
//! `cargo run --release -p crm-examples --example duplicates -- DIR` reads what is there of febrl 1 to 3, splink's
//! fake_1000, dedupe's csv_example and ING's company names; `sets.rs` has their paths below `DIR`.

#![allow(clippy::indexing_slicing, clippy::panic, reason = "an example stops where something is wrong")]

mod sets;

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("duplicates: expected the folder of the sets");
        return ExitCode::from(2);
    };
    match sets::measure(&folder) {
        Ok(measures) if measures.is_empty() => {
            eprintln!("duplicates: found none of the sets in {}", folder.display());
            ExitCode::FAILURE
        }
        Ok(measures) => {
            print!("{}", sets::shown(&measures));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("duplicates: {}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}
