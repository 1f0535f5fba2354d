//! Conditions on whole words.

use serde_json::json;

use super::fixture::{Bench, Outcome, lead, same, test};
use crate::kernel::predicate::Operator as O;
use crate::store::Store;

pub(super) fn words_are_whole(store: &dyn Store) -> Outcome {
    let bench = Bench::new(store)?;
    let titles = [
        "Technicien réfrigérant",
        "GÉRANTE associée",
        "P.D.G. (co-fondateur)",
        "chef  d’Entreprise, 2e\u{a0}gérant",
        "…",
        "50%_o'clock \"pdg\\",
    ];
    let most = 6;
    let mut rows = vec![lead(most, &[])?];
    for (n, title) in (0..).zip(titles) {
        let title = json!(title);
        rows.push(lead(n, &[("company", title.clone()), ("job_title", title.clone()), ("custom.text", title)])?);
    }
    bench.put(&rows)?;
    // As many words as a list may have, the last of them found.
    let many: Vec<String> = (1..1000).map(|n| format!("word{n}")).chain(["pdg".into()]).collect();
    // One with a folded column beside it, one without, one of the host's.
    for field in ["company", "job_title", "custom.text"] {
        for (value, expected) in [
            (json!("gerant"), "FFFTFF?"),
            (json!("Gérante"), "FTFFFF?"),
            (json!(["gérant", "gérante"]), "FTFTFF?"),
            (json!("PDG"), "FFTFFT?"),
            (json!(["nothing", "p.d.g."]), "FFTFFT?"),
            (json!("g"), "FFFFFF?"),
            (json!("Co Fondateur"), "FFTFFF?"),
            (json!("pdg fondateur"), "FFFFFF?"),
            (json!("chef d'entreprise"), "FFFTFF?"),
            (json!("(chef) d"), "FFFTFF?"),
            (json!("chef d'entre"), "FFFFFF?"),
            (json!("hef d'entreprise"), "FFFFFF?"),
            (json!("%50"), "FFFFFT?"),
            (json!("O clock"), "FFFFFT?"),
            (json!(many), "FFTFFT?"),
        ] {
            let what = format!("{field} has_word {}", crate::kernel::json::shown(&value));
            same(&what, &bench.truth(&test(field, O::HasWord, value), most)?, &expected.to_owned())?;
        }
    }
    Ok(())
}
