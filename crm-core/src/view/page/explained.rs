//! Numbers with the reasons that sum to them: the risk of deals, the score of leads.

use serde_json::Value as Json;

use super::Page;
use super::answer::{list, own_money, shown_amount, text, whole};
use super::chart::{Span, Tone, bar};
use crate::kernel::page_label::PageLabel;
use crate::lang::{Lang, page_label};

/// How many are explained.
const MOST: usize = 5;

/// A number that is explained.
struct Explained<'a> {
    name: &'a str,
    score: i64,
    band: &'a str,
    band_text: &'a str,
    beside: &'a str,
    tone: Tone,
}

/// A reason with its thousandths of a point.
struct Weighed<'a> {
    text: &'a str,
    milli: i64,
    fix: &'a str,
    /// Whether the text has the points in it.
    tells: bool,
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
                tells: false,
            };
            let reasons: Vec<Weighed<'_>> = list(deal, "/risk/reasons").iter().map(weighed).collect();
            let owner = owner_or_nobody(text(deal, "/owner"), lang);
            let beside = format!("{owner} · {}", shown_amount(own_money(deal, "/value"), lang));
            let shown = Explained {
                name: text(deal, "/name"),
                score: whole(deal, "/risk/score").unwrap_or(0),
                band: text(deal, "/risk/band"),
                band_text: text(deal, "/risk/band_text"),
                beside: &beside,
                tone: Tone::Loss,
            };
            self.explained(&shown, &reasons);
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
                .map(|reason| Weighed { text: text(reason, "/text"), milli: weighed(reason), fix: "", tells: true })
                .filter(|reason| reason.milli != 0)
                .collect();
            reasons.sort_by_key(|reason| std::cmp::Reverse(reason.milli.unsigned_abs()));
            let shown = Explained {
                name: &lead.name,
                score: whole(&lead.score, "/score").unwrap_or(0),
                band: text(&lead.score, "/band"),
                band_text: text(&lead.score, "/band_text"),
                beside: owner_or_nobody(&lead.owner, lang),
                tone: Tone::Gain,
            };
            self.explained(&shown, &reasons);
        }
        self.html.markup("</section>");
    }

    /// A number with its reasons as bars on one scale.
    fn explained(&mut self, shown: &Explained<'_>, reasons: &[Weighed<'_>]) {
        self.html.markup("<article class=\"explained\"><h3>");
        self.html.name(shown.name);
        self.html.markup(" <b>");
        self.html.number(shown.score);
        self.html.markup("</b> ");
        self.badge(shown.band, shown.band_text);
        self.html.markup("</h3><p class=\"why\">");
        self.html.name(shown.beside);
        let told = reasons.iter().all(|reason| reason.tells);
        self.html.markup(if told {
            "</p><table class=\"chart told\"><tbody>"
        } else {
            "</p><table class=\"chart\"><tbody>"
        });
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
            if !reason.tells {
                self.figure(&points(reason.milli, self.lang));
            }
            self.html.markup("<td>");
            let other = if shown.tone == Tone::Gain { Tone::Loss } else { Tone::Gain };
            let tone = if reason.milli < 0 { other } else { shown.tone };
            bar(&mut self.html, Span { from: 0, to: reason.milli, tone }, (low, high));
            self.html.markup("</td></tr>");
        }
        self.html.markup("</tbody></table></article>");
    }
}

/// Who is responsible, also where nobody is.
fn owner_or_nobody(owner: &str, lang: Lang) -> &str {
    if owner.is_empty() { page_label(PageLabel::NoOwner, lang) } else { owner }
}

/// Thousandths of a point with their sign, as people write them.
fn points(milli: i64, lang: Lang) -> String {
    let sign = if milli < 0 { "−" } else { "+" };
    let plain = crate::kernel::number::plain(i128::from(milli).abs(), 3);
    let short = plain.trim_end_matches('0').trim_end_matches('.');
    format!("{sign}{}", crate::lang::decimal(short, lang))
}
