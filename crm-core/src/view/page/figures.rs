//! The figures at a glance, each leading to the part of the page that has what is behind it.

use super::Page;
use super::answer::{list, money, shown_amount, whole};
use crate::kernel::page_label::PageLabel;
use crate::lang::deals;

/// Of the windows of renewals, the one that the label names.
const RENEWAL_DAYS: i64 = 30;

impl Page<'_> {
    pub(super) fn figures(&mut self) {
        let (answers, lang) = (self.answers, self.lang);
        let amount = |pointer: &str| shown_amount(money(&answers.dashboard, pointer, answers.currency), lang);
        let count = |pointer: &str| whole(&answers.dashboard, pointer);
        let deals = [
            (PageLabel::Open, PageLabel::Board, "/open"),
            (PageLabel::Weighted, PageLabel::Forecast, "/weighted"),
            (PageLabel::Won, PageLabel::Forecast, "/won"),
            (PageLabel::AtRisk, PageLabel::Risks, "/at_risk"),
        ];
        self.section(PageLabel::AtAGlance);
        self.html.markup("<ul class=\"tiles\">");
        for (label, behind, at) in deals {
            // What no answer tells is left out, not shown as none.
            if let Some(many) = count(&format!("{at}/count")) {
                self.tile(label, behind, &amount(&format!("{at}/value")), Some(many));
            }
        }
        let renewals = list(&answers.dashboard, "/renewals/within");
        let renewals = renewals.iter().find(|within| whole(within, "/days") == Some(RENEWAL_DAYS));
        let counts = [
            (PageLabel::Waiting, count("/approvals/waiting")),
            (PageLabel::OverdueTasks, count("/tasks/overdue/count")),
            (PageLabel::BreachedTickets, count("/tickets/breached/count")),
            (PageLabel::DueSoonTickets, count("/tickets/due_soon/count")),
            (PageLabel::Renewals, renewals.and_then(|within| whole(within, "/count"))),
            (PageLabel::Notices, count("/renewals/notices/count")),
            (PageLabel::Outreach, count("/outreach/sent/count")),
        ];
        for (label, many) in counts {
            if let Some(many) = many {
                self.tile(label, PageLabel::Today, &many.to_string(), None);
            }
        }
        self.html.markup("</ul></section>");
    }

    fn tile(&mut self, label: PageLabel, behind: PageLabel, value: &str, many: Option<i64>) {
        self.html.markup(if many.is_some() { "<li class=\"sums\"><a href=\"#" } else { "<li><a href=\"#" });
        self.html.markup(behind.code());
        self.html.markup("\"><span>");
        self.label(label);
        self.html.element("</span><b>", value, "</b>");
        if let Some(many) = many {
            self.html.element("<small>", &deals(u64::try_from(many).unwrap_or(0), self.lang), "</small>");
        }
        self.html.markup("</a></li>");
    }
}
