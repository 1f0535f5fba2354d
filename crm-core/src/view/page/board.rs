//! The pipelines' boards.

use serde_json::Value as Json;

use super::Page;
use super::answer::{list, money, own_money, shown_amount, shown_day, text, whole};
use crate::kernel::page_label::PageLabel;
use crate::kernel::risk_reason::RiskBand;
use crate::lang::risk_band;

impl Page<'_> {
    pub(super) fn boards(&mut self) {
        let answers = self.answers;
        for (at, board) in answers.boards.iter().enumerate() {
            // The first board has the anchor that figures lead to.
            if at == 0 {
                self.section(PageLabel::Board);
            } else {
                self.html.markup("<section>");
            }
            self.html.element("<h3>", text(board, "/pipeline/name"), "</h3><div class=\"board\">");
            for column in list(board, "/columns").iter().filter(|column| text(column, "/kind") == "open") {
                self.column(column);
            }
            self.html.markup("</div></section>");
        }
    }

    fn column(&mut self, column: &Json) {
        let lang = self.lang;
        self.html.markup("<div class=\"column\"><h4>");
        self.html.name(text(column, "/name"));
        self.html.markup("</h4>");
        let cards = list(column, "/cards");
        let mut count = 0i64;
        for figures in list(column, "/figures") {
            count = count.saturating_add(whole(figures, "/count").unwrap_or(0));
            let value = money(figures, "/value", text(figures, "/currency").parse().ok());
            self.html.element("<p class=\"sum\">", &shown_amount(value, lang), "</p>");
        }
        for card in cards {
            self.card(card);
        }
        let hidden = count.saturating_sub(i64::try_from(cards.len()).unwrap_or(0));
        if hidden > 0 {
            self.html.markup("<p class=\"none\">+\u{a0}");
            self.html.number(hidden);
            self.html.markup(" ");
            self.label(PageLabel::More);
            self.html.markup("</p>");
        }
        self.html.markup("</div>");
    }

    fn card(&mut self, card: &Json) {
        let lang = self.lang;
        let band = text(card, "/risk/band");
        self.html.markup(match band {
            "high" => "<article class=\"card high\"><strong>",
            "watch" => "<article class=\"card watch\"><strong>",
            _ => "<article class=\"card\"><strong>",
        });
        self.html.name(text(card, "/title"));
        self.html.markup("</strong>");
        self.html.element("<b>", &shown_amount(own_money(card, "/value"), lang), "</b>");
        // A colour alone tells nobody who does not see it.
        if let Some(risk) = RiskBand::from_code(band).filter(|risk| *risk != RiskBand::Low) {
            self.badge(band, risk_band(risk, lang));
        }
        self.html.markup("<p>");
        let day = text(card, "/close_date");
        if !day.is_empty() {
            self.html.element("<span>", &shown_day(day, lang), "</span>");
        }
        let owner = text(card, "/owner");
        if !owner.is_empty() {
            self.html.markup("<span>");
            self.html.name(owner);
            self.html.markup("</span>");
        }
        self.html.markup("</p></article>");
    }
}
