//! The README's story in Rust: keep a lead, find it again, score it with reasons.

use crm_core::command::{Actor, Create, Ctx, Role};
use crm_core::kernel::time::parse_instant;
use crm_core::model::{Consent, Lead};
use crm_core::rules::Rules;
use crm_core::store::Workspace;
use crm_core::{Crm, Id, Lang, lang};
use crm_sqlite::SqliteStore;

fn main() -> crm_core::Result<()> {
    let crm = Crm::new(SqliteStore::in_memory()?, Rules::default());
    let at = parse_instant("2026-11-23T08:00:00Z")?;
    let marie = Actor::new("marie", Role::Member)?;
    let cx = Ctx::new(Workspace::new("acme")?, marie, at, Id::from_text("request 1"));

    let lead = Lead {
        company: "Rénov’Ouest".into(),
        job_title: "Gérante".into(),
        email: "claire@renov-ouest.example".into(),
        source: "Recommandation".into(),
        size: Some(24),
        consent: Consent::OptedIn,
        last_activity_at: Some(parse_instant("2026-11-20T16:30:00Z")?),
        ..Lead::default()
    };
    let saved = crm.run(&cx, &Create::new(lead))?.done()?;

    let score = crm.explain_score(&cx, saved.id)?;
    println!("{} points, {}", score.score(), score.band_text(Lang::French).unwrap_or("-"));
    for reason in score.reasons() {
        println!("  {}", lang::reason(&reason, Lang::French));
    }
    Ok(())
}
