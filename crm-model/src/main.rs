//! Explores every model and plants every mistake, and prints what README.md says: `./test model`. With `plants` it only
//! plants mistakes, with another word only the models with that word in their name are explored.

use std::process::ExitCode;

use crm_model::{Plant, SETTINGS, explore};

fn main() -> ExitCode {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let only = std::env::args().nth(1).unwrap_or_default();
    let mut is_fine = true;
    let (mut states, mut steps) = (0, 0);
    println!("| model | distinct states | steps | seconds | |\n|---|---|---|---|---|");
    for draft in SETTINGS.iter().filter(|draft| draft.name.contains(&only)) {
        let explored = explore(draft, threads);
        let holds = explored.broken.is_empty() && explored.unreached.is_empty();
        let told =
            if holds { "all hold".to_owned() } else { format!("{:?} {:?}", explored.broken, explored.unreached) };
        println!(
            "| {} | {} | {} | {}.{} | {told} |",
            draft.name,
            explored.states,
            explored.steps,
            explored.took.as_secs(),
            explored.took.subsec_millis() / 100
        );
        (states, steps) = (states + explored.states, steps + explored.steps);
        is_fine &= holds;
    }
    println!("| all | {states} | {steps} | | |\n");
    if !only.is_empty() && only != "plants" {
        return if is_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    println!("| planted mistake | found by | steps |\n|---|---|---|");
    for plant in Plant::ALL {
        let found = plant.model().and_then(|draft| explore(&draft, 1).broken.first().copied());
        match found {
            Some((property, steps)) => println!("| {plant:?} | {property} | {steps} |"),
            None => {
                println!("| {plant:?} | **nothing** | |");
                is_fine = false;
            }
        }
    }
    if is_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
