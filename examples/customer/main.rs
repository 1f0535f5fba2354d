//! One customer in Rust: from the first touch over quote, onboarding, contract and health to the renewal.
//!
//! `cargo run --example customer -- --lang fr` tells it in French.

mod firm;
mod rules;
mod sale;
mod service;

use crm_core::{Lang, Result};

use firm::Firm;

const LEAD: &str = "0192f0c1-0000-7000-8000-000000000001";
const QUOTE: &str = "0192f0c1-0000-7000-8000-000000000002";
const CONTRACT: &str = "0192f0c1-0000-7000-8000-000000000003";
const IDEA: &str = "0192f0c1-0000-7000-8000-000000000004";

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let lang = if args == ["--lang", "fr"] { Lang::French } else { Lang::English };
    let firm = Firm::new(lang)?;
    sale::set_up(&firm)?;
    let claire = sale::first_touch(&firm)?;
    sale::offer(&firm, &claire)?;
    sale::sending(&firm, &claire)?;
    sale::yes(&firm, &claire)?;
    service::beginning(&firm, &claire)?;
    service::contract(&firm, &claire)?;
    service::health(&firm, &claire)?;
    service::hub(&firm, &claire)?;
    service::renewal(&firm)
}
