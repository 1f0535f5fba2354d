//! The figures at a glance, each leading to the part of the page that has what is behind it.

use super::Page;
use super::answer::{money, shown_amount, whole};
use crate::kernel::page_label::PageLabel;

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
        let counts = [
            (PageLabel::Waiting, "/approvals/waiting"),
            (PageLabel::OverdueTasks, "/tasks/overdue/count"),
            (PageLabel::BreachedTickets, "/tickets/breached/count"),
            (PageLabel::DueSoonTickets, "/tickets/due_soon/count"),
            (PageLabel::Renewals, "/renewals/within/0/count"),
            (PageLabel::Notices, "/renewals/notices/count"),
            (PageLabel::Outreach, "/outreach/sent/count"),
        ];
        for (label, at) in counts {
            if let Some(many) = count(at) {
                self.tile(label, PageLabel::Today, &many.to_string(), None);
            }
        }
        self.html.markup("</ul></section>");
    }

    fn tile(&mut self, label: PageLabel, behind: PageLabel, value: &str, deals: Option<i64>) {
        self.html.markup("<li><a href=\"#");
        self.html.markup(behind.code());
        self.html.markup("\"><span>");
        self.label(label);
        self.html.element("</span><b>", value, "</b>");
        if let Some(deals) = deals {
            self.html.markup("<small>");
            self.html.number(deals);
            self.html.markup("</small>");
        }
        self.html.markup("</a></li>");
    }
}
