//! Stored reasons of onboarding plans.

use serde_json::Value as Json;

use super::Stored;
use crate::kernel::playbook_reason::PlaybookReason as P;
use crate::kernel::reason::{Labels, Name};

pub(super) fn read(code: &str, o: &Stored<'_>) -> Option<P> {
    let name = |key: &str| {
        let title = |lang: &str| o.0.get("title")?.get(lang).and_then(Json::as_str).map(str::to_owned);
        let labels = title("en").zip(title("fr")).map(|(en, fr)| Labels { en, fr });
        Some(Name { id: o.text(key)?, labels })
    };
    Some(match code {
        "playbook_fits" => P::Fits { playbook: name("playbook")? },
        "playbook_first_active" => P::FirstActive { playbook: name("playbook")? },
        "playbook_no_run" => P::NoRun,
        "playbook_deal_won" => P::DealWon { deal: o.text("deal")?, date: o.day("date")? },
        "playbook_subscribed" => P::Subscribed { subscription: o.text("subscription")?, date: o.day("date")? },
        "playbook_steps" => P::Steps { steps: o.count("steps")?, required: o.count("required")? },
        "playbook_first_step" => P::FirstStep { step: name("step")?, date: o.day("date")? },
        "playbook_contact" => P::Contact { name: o.text("name")? },
        _ => return None,
    })
}
