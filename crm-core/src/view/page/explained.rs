//! Numbers with the reasons that sum to them: the risk of deals, the score of leads.

use serde_json::Value as Json;

use super::Page;
use super::answer::{list, own_money, shown_amount, text, whole};
use super::chart::{Span, Tone, bar};
use crate::kernel::page_label::PageLabel;

/// How many are explained.
const MOST: usize = 5;

/// A reason with its thousandths of a point.
struct Weighed<'a> {
    text: &'a str,
    milli: i64,
    fix: &'a str,
}

impl Page<'_> {
    pub(super) fn risks(&mut self) {
        let (answers, lang) = (self.answers, self.lang);
        let deals = list(&answers.risks, "/deals");
        self.section(PageLabel::Risks);
        if deals.is_empty() {
            self.nothing(PageLabel::Nothing);
        }
        for deal in deals.iter().take(MOST) {
            let weighed = |reason| Weighed {
                text: text(reason, "/text"),
                milli: whole(reason, "/points").unwrap_or(0).saturating_mul(1000),
                fix: text(reason, "/fix/text"),
            };
            let reasons: Vec<Weighed<'_>> = list(deal, "/risk/reasons").iter().map(weighed).collect();
            let beside = format!("{} · {}", text(deal, "/owner"), shown_amount(own_money(deal, "/value"), lang));
            let score = whole(deal, "/risk/score").unwrap_or(0);
            self.explained(text(deal, "/name"), score, text(deal, "/risk/band_text"), &beside, &reasons, Tone::Loss);
        }
        self.html.markup("</section>");
    }

    pub(super) fn leads(&mut self) {
        let (answers, lang) = (self.answers, self.lang);
        self.section(PageLabel::Leads);
        if answers.leads.is_empty() {
            self.nothing(PageLabel::Nothing);
        }
        for lead in answers.leads.iter().take(MOST) {
            let weighed = |reason: &'_ Json| whole(reason, "/points_milli").unwrap_or(0);
            let mut reasons: Vec<Weighed<'_>> = list(&lead.score, "/reasons")
                .iter()
                .map(|reason| Weighed { text: text(reason, "/text"), milli: weighed(reason), fix: "" })
                .filter(|reason| reason.milli != 0)
                .collect();
            reasons.sort_by_key(|reason| std::cmp::Reverse(reason.milli.unsigned_abs()));
            let owner = if lead.owner.is_empty() {
                crate::lang::page_label(PageLabel::NoOwner, lang)
            } else {
                lead.owner.as_str()
            };
            let score = whole(&lead.score, "/score").unwrap_or(0);
            self.explained(&lead.name, score, text(&lead.score, "/band_text"), owner, &reasons, Tone::Gain);
        }
        self.html.markup("</section>");
    }

    /// A number with its reasons as bars on one scale.
    fn explained(&mut self, name: &str, score: i64, band: &str, beside: &str, reasons: &[Weighed<'_>], tone: Tone) {
        self.html.markup("<article class=\"explained\"><h3>");
        self.html.name(name);
        self.html.markup(" <b>");
        self.html.number(score);
        self.html.markup("</b> ");
        self.html.element("<span class=\"kind\">", band, "</span></h3>");
        self.html.markup("<p class=\"why\">");
        self.html.name(beside);
        self.html.markup("</p><table class=\"chart\"><tbody>");
        let low = reasons.iter().map(|r| r.milli).min().unwrap_or(0).min(0);
        let high = reasons.iter().map(|r| r.milli).max().unwrap_or(0).max(0);
        for reason in reasons {
            self.html.markup("<tr><th scope=\"row\">");
            self.html.name(reason.text);
            if !reason.fix.is_empty() {
                self.html.markup("<span class=\"fix\">→ ");
                self.html.text(reason.fix);
                self.html.markup("</span>");
            }
            self.html.markup("</th>");
            self.figure(&points(reason.milli, self.lang));
            self.html.markup("<td>");
            let other = if tone == Tone::Gain { Tone::Loss } else { Tone::Gain };
            let tone = if reason.milli < 0 { other } else { tone };
            bar(&mut self.html, Span { from: 0, to: reason.milli, tone }, (low, high));
            self.html.markup("</td></tr>");
        }
        self.html.markup("</tbody></table></article>");
    }
}

/// Thousandths of a point with their sign, as people write them.
fn points(milli: i64, lang: crate::lang::Lang) -> String {
    let sign = if milli < 0 { "−" } else { "+" };
    let plain = crate::kernel::number::plain(i128::from(milli).abs(), 3);
    let short = plain.trim_end_matches('0').trim_end_matches('.');
    format!("{sign}{}", crate::lang::decimal(short, lang))
}
