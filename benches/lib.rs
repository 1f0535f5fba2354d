//! What the benches share: leads that are the same in every run.

pub mod deals;
pub mod w1;
pub mod w2;
pub mod w8;
pub mod w9;

use crm_core::model::Lead;
use crm_core::{Instant, Money};

/// The instant for which everything is computed.
pub fn at() -> Instant {
    Instant::from_timestamp_nanos(1_795_420_800_000_000_000)
}

/// The `i`th lead: plain integer functions of `i`, so that every run and every machine has the same.
pub fn lead(i: usize) -> Lead {
    const TITLES: [&str; 6] =
        ["Gérante", "Directeur commercial", "VP Sales", "Office manager", "Stagiaire", "Head of Operations"];
    const SOURCES: [&str; 5] = ["Recommandation", "Web", "Partner", "LinkedIn", "Event"];
    const INDUSTRIES: [&str; 5] = ["Construction", "Software", "Immobilier", "Logistics", "Expertise comptable"];
    let pick = |list: &[&str], n: usize| list.get(n % list.len()).copied().unwrap_or_default().to_owned();
    let number = |m: usize| i64::try_from(i.wrapping_mul(2_654_435_761) % m).ok();
    let days = |m: usize| number(m).and_then(|d| crm_core::kernel::time::plus_days(at(), -d));
    Lead {
        company: format!("Société {i}"),
        first_name: "Camille".into(),
        last_name: format!("Martin-{i}"),
        job_title: pick(&TITLES, i),
        email: format!("camille.{i}@societe{i}.example"),
        phone: "01 99 00 12 34".into(),
        source: pick(&SOURCES, i / 3),
        industry: pick(&INDUSTRIES, i / 7),
        stage: "new".into(),
        owner: format!("owner {}", i % 12),
        size: number(900),
        revenue: number(90_000_000).zip("EUR".parse().ok()).and_then(|(minor, c)| Money::new(minor, c).ok()),
        visits: number(12),
        page_views: number(40),
        seconds_on_site: number(1800),
        emails_clicked: number(4),
        forms_submitted: number(3),
        last_activity_at: days(240),
        external_id: i.to_string(),
        ..Lead::default()
    }
}
