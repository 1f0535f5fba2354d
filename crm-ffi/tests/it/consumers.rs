//! C99 and C++17 programs, static and shared, plain and under valgrind.

use std::path::{Path, PathBuf};

use crate::native::{Link, compile, library, library_that_panics, root, run, run_under_valgrind, scratch, valgrind};

fn program(file: &str) -> PathBuf {
    root().join("tests/c").join(file)
}

/// Compiles and runs both ways, and the shared one again under valgrind; each run in an empty folder.
fn runs(source: &Path, library: &Path) -> String {
    let mut printed = Vec::new();
    for link in [Link::Static, Link::Shared] {
        let folder = scratch();
        let program = folder.path().join("program");
        compile(source, library, link, &program);
        let now = run(&program, folder.path(), b"");
        assert!(printed.is_empty() || printed == now, "{link:?}");
        printed = now;
        if matches!(link, Link::Shared) {
            run_under_valgrind(&program, scratch().path(), b"");
        }
    }
    String::from_utf8(printed).unwrap()
}

#[test]
fn every_function_from_c() {
    assert_eq!(runs(&program("consumer.c"), library()), "");
}

#[test]
fn the_same_door_from_cpp() {
    assert_eq!(runs(&program("consumer.cpp"), library()), "");
}

#[test]
fn a_table_from_c() {
    assert_eq!(runs(&program("arrow.c"), library()), "");
}

#[test]
fn the_lead_desk_over_a_table_from_c() {
    assert_eq!(runs(&program("desk.c"), library()), "");
}

#[test]
fn forecasts_bands_and_risk_over_a_table_from_c() {
    assert_eq!(runs(&program("revenue.c"), library()), "");
}

#[test]
fn business_time_over_a_table_from_c() {
    assert_eq!(runs(&program("business_time.c"), library()), "");
}

#[test]
fn a_forked_child_gets_an_answer() {
    assert_eq!(runs(&program("fork.c"), library()), "");
}

#[test]
fn threads_share_handles() {
    assert_eq!(runs(&program("threads.c"), library()), "");
}

#[test]
fn a_panic_becomes_a_status() {
    assert_eq!(runs(&program("panic.c"), library_that_panics()), "");
}

/// The control of all the others: a checker that finds nothing where something is forgotten would prove nothing.
#[test]
fn a_forgotten_text_is_found_by_valgrind() {
    let folder = scratch();
    let leaks = folder.path().join("leaks");
    compile(&program("leaks.c"), library(), Link::Shared, &leaks);
    run(&leaks, folder.path(), b"");
    if let Some(mut valgrind) = valgrind(&leaks) {
        let output = valgrind.current_dir(folder.path()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(9), "{said}");
        assert!(said.contains("definitely lost") && said.contains("crm_eval"), "{said}");
    }
}

#[test]
fn the_story_of_the_readme() {
    let printed = runs(&root().join("../examples/c/story.c"), library());
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines[..3], ["64 points", "  tiède", "  Poste de décideur\u{a0}: +20 points"]);
    let sum: i64 =
        lines[2..].iter().filter_map(|line| line.split('+').nth(1)?.split(' ').next()?.parse::<i64>().ok()).sum();
    assert_eq!(sum, 64, "the reasons add up to the score: {printed}");
}

#[test]
fn the_lead_desk_of_the_readme() {
    let printed = runs(&root().join("../examples/c/lead_desk.c"), library());
    for part in [
        "Un doublon\n  même boîte e-mail, écrite autrement\u{a0}: indice fort (+90\u{a0}%)\n",
        "Fusion, annulée, puis refaite\n  `company`\u{a0}: la modification la plus récente l’emporte\n",
        "  c’est le tour de marie (2 sur 3)\n  zoé\u{a0}: en congé jusqu’au 27/11/2026\n",
        "  c’est le tour de paul (1 sur 3)\n",
        "\n  732829320\n",
        "Conversion\n  aucune fiche existante ne correspond\n",
    ] {
        assert!(printed.contains(part), "{part} is missing in\n{printed}");
    }
}

#[test]
fn the_revenue_of_the_readme() {
    let printed = runs(&root().join("../examples/c/revenue.c"), library());
    assert_eq!(printed, std::fs::read_to_string(root().join("../examples/revenue.txt")).unwrap());
}

#[test]
fn the_support_of_the_readme() {
    let printed = runs(&root().join("../examples/c/support.c"), library());
    assert_eq!(printed, std::fs::read_to_string(root().join("../examples/support.txt")).unwrap());
}

#[test]
fn the_outreach_of_the_readme() {
    let printed = runs(&root().join("../examples/c/outreach.c"), library());
    assert_eq!(printed, std::fs::read_to_string(root().join("../examples/outreach.txt")).unwrap());
}

#[test]
fn the_story_of_one_customer() {
    let printed = runs(&root().join("../examples/c/customer.c"), library());
    assert_eq!(printed, std::fs::read_to_string(root().join("../examples/customer.txt")).unwrap());
}
