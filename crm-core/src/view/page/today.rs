//! What to do first: the inbox, drafts that wait for an OK, and the hottest leads, until the screen is full.

use serde_json::Value as Json;

use super::Page;
use super::answer::{list, text, whole};
use crate::kernel::page_label::PageLabel;
use crate::lang::page_label;

/// How many things fit on a screen.
const MOST: usize = 8;
/// Drafts and leads have a place there too.
const MOST_DRAFTS: usize = 3;

impl Page<'_> {
    pub(super) fn today(&mut self) {
        let answers = self.answers;
        let drafts: Vec<&Json> = list(&answers.library, "/groups").iter().flat_map(|g| list(g, "/cards")).collect();
        let items = list(&answers.inbox, "/items");
        // A draft that is in the inbox is not told twice.
        let in_inbox = |draft: &Json| items.iter().any(|item| text(item, "/id") == text(draft, "/id"));
        let drafts: Vec<&Json> = drafts.into_iter().filter(|draft| !in_inbox(draft)).take(MOST_DRAFTS).collect();
        let room = MOST.saturating_sub(drafts.len());
        let items = items.get(..room).unwrap_or(items);
        let leads = answers.leads.iter().take(room.saturating_sub(items.len()));
        self.section(PageLabel::Today);
        if items.is_empty() && drafts.is_empty() && answers.leads.is_empty() {
            self.nothing(PageLabel::NothingToDo);
        }
        self.html.markup("<ol class=\"todo\">");
        for item in items {
            let reasons = list(item, "/reasons").iter().map(|reason| text(reason, "/text"));
            let late = text(item, "/rank/band") == "overdue";
            let what = list(item, "/actions").first().map_or("", |action| text(action, "/label"));
            self.thing(late, what, text(item, "/title"), reasons);
        }
        for draft in drafts {
            let to = list(draft, "/recipients").first().and_then(Json::as_str).unwrap_or_default();
            let title = [text(draft, "/subject"), text(draft, "/name")].into_iter().find(|t| !t.is_empty());
            let why = list(draft, "/asked/reasons").iter().map(|reason| text(reason, "/text"));
            let what = page_label(PageLabel::Decide, self.lang);
            self.thing(false, what, title.unwrap_or_default(), [to].into_iter().chain(why));
        }
        for lead in leads {
            let mut reasons: Vec<&Json> = list(&lead.score, "/reasons").iter().collect();
            reasons.sort_by_key(|reason| std::cmp::Reverse(whole(reason, "/points_milli").unwrap_or(0)));
            let what = page_label(PageLabel::HotLead, self.lang);
            self.thing(false, what, &lead.name, reasons.into_iter().map(|reason| text(reason, "/text")));
        }
        self.html.markup("</ol></section>");
    }

    /// One thing: what kind of thing, its name, and the first two reasons.
    fn thing<'t>(&mut self, late: bool, what: &str, title: &str, reasons: impl Iterator<Item = &'t str>) {
        self.html.markup(if late { "<li class=\"late\"><strong>" } else { "<li><strong>" });
        self.html.name(title);
        self.html.markup("</strong>");
        self.html.element(" <span class=\"kind\">", what, "</span>");
        self.html.markup("<span class=\"why\">");
        for (at, reason) in reasons.filter(|reason| !reason.is_empty()).take(2).enumerate() {
            self.html.markup(if at == 0 { "" } else { "\u{a0}· " });
            self.html.name(reason);
        }
        self.html.markup("</span></li>");
    }

    /// The day in sentences.
    pub(super) fn narrative(&mut self) {
        let sentences = list(&self.answers.narrative, "/reasons");
        if sentences.is_empty() {
            return;
        }
        self.section(PageLabel::InShort);
        for sentence in sentences {
            let text = text(sentence, "/text");
            self.html.element("<p>", text, "</p>");
        }
        self.html.markup("</section>");
    }
}
