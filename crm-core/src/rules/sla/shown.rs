//! How a ticket stands, as JSON.

use serde_json::{Map, Value as Json, json};

use super::standing::{ClockStanding, Standing};
use crate::kernel::reason::Reason;
use crate::kernel::service::SlaState;
use crate::kernel::time::format_instant;
use crate::lang::Lang;

impl ClockStanding {
    /// The clock with why it stands so, in sentences where there is a language. Lengths are whole working seconds.
    pub fn to_json(&self, lang: Option<Lang>) -> Json {
        let reasons = self.reasons.iter().map(|reason| Json::Object(Reason::Sla(reason.clone()).to_json(lang)));
        json!({
            "metric": self.metric.code(),
            "cycle": self.cycle,
            "state": self.state.code(),
            "is_open": self.is_open,
            "due_at": self.due_at.map(format_instant),
            "used_seconds": self.used.num_seconds(),
            "remaining_seconds": self.remaining.num_seconds(),
            "overdue_seconds": self.overdue.num_seconds(),
            "overdue_wall_seconds": self.overdue_wall.num_seconds(),
            "due_if_resumed_now": self.due_if_resumed_now.map(format_instant),
            "reasons": reasons.collect::<Vec<_>>(),
        })
    }
}

impl Standing {
    /// The ticket as a whole: how its promises stand, and what is due next.
    pub fn summary_json(&self) -> Map<String, Json> {
        let clock = self.due_metric.and_then(|metric| self.clock(metric));
        let shown = [
            ("state", self.state.map(SlaState::code).into()),
            ("open_state", self.open_state.map(SlaState::code).into()),
            ("due_at", self.due_at.map(format_instant).into()),
            ("due_metric", self.due_metric.map(|metric| metric.code()).into()),
            ("remaining_seconds", clock.map(|clock| clock.remaining.num_seconds()).into()),
            ("overdue_seconds", clock.map(|clock| clock.overdue.num_seconds()).into()),
        ];
        shown.into_iter().map(|(key, value): (&str, Json)| (key.to_owned(), value)).collect()
    }

    /// The same with every clock.
    pub fn to_json(&self, lang: Option<Lang>) -> Json {
        let mut map = self.summary_json();
        map.insert("clocks".into(), self.clocks.iter().map(|clock| clock.to_json(lang)).collect());
        Json::Object(map)
    }
}
