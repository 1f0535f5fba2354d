//! The day on one page: what to do first, the figures, the forecast with what changed and how sure it is, the board, and
//! why deals are at risk and leads are hot. One HTML file that opens no connection and runs no program.
//!
//! The page shows answers of questions and has no numbers of its own. It is pure: the same answers give the same bytes.

mod answer;
mod board;
mod chart;
mod explained;
mod figures;
mod html;
mod outlook;
mod today;

use chrono::NaiveDateTime;
use serde_json::Value as Json;

use self::html::Html;
use crate::kernel::money::Currency;
use crate::kernel::page_label::PageLabel;
use crate::lang::{Lang, moment_in_full, page_label};

/// What the page shows: answers of questions, `null` where there is none.
#[derive(Clone, Debug)]
pub struct PageAnswers {
    /// The workspace's name.
    pub workspace: String,
    /// Who asks.
    pub reader: String,
    /// When, on the reader's clock.
    pub local: NaiveDateTime,
    /// The currency of the figures; without one there are none.
    pub currency: Option<Currency>,
    /// The question `narrative`.
    pub narrative: Json,
    /// The question `inbox`.
    pub inbox: Json,
    /// The question `library` with what waits.
    pub library: Json,
    /// The question `dashboard`.
    pub dashboard: Json,
    /// The question `forecast` of one period.
    pub forecast: Json,
    /// The question `bands` of the same.
    pub bands: Json,
    /// The question `waterfall` of the last days.
    pub waterfall: Json,
    /// The question `board`, one for each pipeline.
    pub boards: Vec<Json>,
    /// The question `deal_risks`.
    pub risks: Json,
    /// Leads, the hottest first, each with the answer of the question `score`.
    pub leads: Vec<PageLead>,
}

/// A lead of the page.
#[derive(Clone, Debug)]
pub struct PageLead {
    /// What it is called.
    pub name: String,
    /// Who is responsible; empty where nobody is.
    pub owner: String,
    /// The question `score`.
    pub score: Json,
}

/// A page that is being written.
struct Page<'a> {
    answers: &'a PageAnswers,
    lang: Lang,
    html: Html,
}

impl PageAnswers {
    /// The page.
    pub fn to_html(&self, lang: Lang) -> String {
        let mut page = Page { answers: self, lang, html: Html::default() };
        page.head();
        page.html.markup("<main>");
        page.figures();
        page.html.markup("<div class=\"first\">");
        page.today();
        page.html.markup("<div class=\"side\">");
        page.narrative();
        page.forecast();
        page.html.markup("</div></div><div class=\"pair\">");
        page.waterfall();
        page.bands();
        page.html.markup("</div>");
        page.boards();
        page.html.markup("<div class=\"pair\">");
        page.risks();
        page.leads();
        page.html.markup("</div></main><footer>");
        page.label(PageLabel::Offline);
        page.html.markup("</footer></body></html>\n");
        page.html.into_text()
    }
}

impl Page<'_> {
    fn head(&mut self) {
        self.html.markup("<!DOCTYPE html>\n<html lang=\"");
        self.html.markup(self.lang.code());
        self.html.markup("\"><head><meta charset=\"utf-8\">");
        // Nothing is loaded and nothing runs, whatever a text might try.
        self.html.markup(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        );
        self.html.markup("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>");
        self.label(PageLabel::Title);
        self.html.markup("</title><style>");
        self.html.markup(include_str!("page.css"));
        self.html.markup("</style></head><body><header><h1>");
        self.label(PageLabel::Title);
        self.html.markup("</h1><p>");
        self.html.name(&self.answers.workspace);
        self.html.markup(" · ");
        self.html.text(&moment_in_full(self.answers.local, self.lang));
        self.html.markup(" · ");
        self.label(PageLabel::SeenBy);
        self.html.markup(" ");
        self.html.name(&self.answers.reader);
        self.html.markup("</p></header>");
    }

    fn label(&mut self, label: PageLabel) {
        self.html.text(page_label(label, self.lang));
    }

    /// Opens a section whose anchor is its label's code.
    fn section(&mut self, label: PageLabel) {
        self.html.markup("<section id=\"");
        self.html.markup(label.code());
        self.html.markup("\"><h2>");
        self.label(label);
        self.html.markup("</h2>");
    }

    /// How sure or urgent something is, in a word.
    fn badge(&mut self, band: &str, text: &str) {
        self.html.markup(match band {
            "high" => "<span class=\"kind high\">",
            "watch" => "<span class=\"kind watch\">",
            _ => "<span class=\"kind\">",
        });
        self.html.text(text);
        self.html.markup("</span>");
    }

    fn nothing(&mut self, label: PageLabel) {
        self.html.markup("<p class=\"none\">");
        self.label(label);
        self.html.markup("</p>");
    }

    /// A cell of a table that is a number.
    fn figure(&mut self, text: &str) {
        self.html.element("<td class=\"number\">", text, "</td>");
    }
}
