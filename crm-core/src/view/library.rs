//! The Library: every draft by where it stands, as data and as plain text.

use serde_json::{Map, Value as Json, json};

use crate::kernel::approval::{DraftState, Via};
use crate::kernel::stored_reason::sentence;
use crate::kernel::time::parse_instant;
use crate::lang::{self, Clock, Lang};

/// Most lines and letters of a message that a card shows.
const MOST_LINES: usize = 3;
const MOST_LETTERS: usize = 240;
/// Most letters of a line of a message in a terminal.
const MOST_IN_LINE: usize = 96;

/// Drafts that stand at the same point.
#[derive(Clone, Debug, PartialEq)]
pub struct LibraryGroup {
    /// Where they stand.
    pub state: DraftState,
    /// How many there are.
    pub count: u64,
    /// Those of this page.
    pub cards: Vec<Json>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// The states in the Library's order; what waits for a decision comes first for who decides.
pub fn library_order(decides: bool) -> Vec<DraftState> {
    let mut order = DraftState::ALL.to_vec();
    if decides {
        order.sort_by_key(|state| *state != DraftState::Waiting);
    }
    order
}

/// The first lines of a message: what a card has room for, and whether there is more.
pub fn first_lines(text: &str) -> (String, bool) {
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty()).collect();
    let shown = lines.get(..MOST_LINES.min(lines.len())).unwrap_or_default().join("\n");
    let whole = whole_words(&shown, MOST_LETTERS);
    let is_cut = whole.len() < shown.len() || lines.len() > MOST_LINES;
    (whole.to_owned(), is_cut)
}

impl LibraryGroup {
    /// `{"state", "label", "count", "cards", "next"}`.
    pub fn to_json(&self, lang: Option<Lang>) -> Json {
        let mut map = Map::new();
        map.insert("state".into(), self.state.code().into());
        if let Some(lang) = lang {
            map.insert("label".into(), lang::draft_state(self.state, lang).into());
        }
        map.insert("count".into(), self.count.into());
        map.insert("cards".into(), self.cards.clone().into());
        map.insert("next".into(), self.next.as_deref().into());
        Json::Object(map)
    }
}

/// Groups as plain text, as somebody would read them in a terminal.
pub fn library_text(groups: &[LibraryGroup], lang: Lang, clock: Clock<'_>) -> String {
    let words = Words::of(lang);
    let mut lines = Vec::new();
    for group in groups.iter().filter(|group| group.count > 0) {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.push(format!("{} ({})", capital(lang::draft_state(group.state, lang)), group.count));
        for card in &group.cards {
            card_lines(card, (&words, clock), &mut lines);
        }
        let hidden = group.count.saturating_sub(u64::try_from(group.cards.len()).unwrap_or(0));
        if hidden > 0 {
            lines.push(format!("  … {} {hidden}", words.more));
        }
    }
    if lines.is_empty() {
        lines.push(words.empty.to_owned());
    }
    lines.join("\n") + "\n"
}

fn card_lines(card: &Json, (words, clock): (&Words, Clock<'_>), lines: &mut Vec<String>) {
    let text = |key: &str| card.get(key).and_then(Json::as_str).unwrap_or_default();
    let recipients: Vec<&str> =
        card.get("recipients").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str).collect();
    let name = text("name");
    let to = match (name.is_empty(), recipients.is_empty()) {
        (_, true) => name.to_owned(),
        (true, false) => recipients.join(", "),
        (false, false) => format!("{name} <{}>", recipients.join(", ")),
    };
    let head = match text("kind") {
        "command" => text("command"),
        _ => text("subject"),
    };
    let title = if head.is_empty() { words.untitled } else { head };
    lines.push(format!("- {title}{}", if to.is_empty() { String::new() } else { format!(" → {to}") }));
    let is_agent = card.get("is_by_agent").and_then(Json::as_bool) == Some(true);
    let agent = if is_agent { words.agent } else { "" };
    let revision = card.get("revision").and_then(Json::as_u64).unwrap_or(0);
    lines.push(format!("  {}{}{agent}, {} {revision}", words.by, text("author"), words.revision));
    let is_cut = card.get("is_cut").and_then(Json::as_bool) == Some(true);
    let mut shown: Vec<String> = text("first_lines").lines().map(|line| format!("  | {}", fitting(line))).collect();
    if let Some(last) = shown.last_mut().filter(|last| is_cut && !last.ends_with('…')) {
        last.push_str(" …");
    }
    lines.append(&mut shown);
    for reason in card.get("reasons").and_then(Json::as_array).into_iter().flatten() {
        lines.push(format!("  * {}", sentence(reason)));
    }
    for key in ["asked", "decided", "held_back"] {
        if let Some(event) = card.get(key).filter(|event| !event.is_null()) {
            event_lines((key, event), (words, clock), lines);
        }
    }
    let waits = text("state") == DraftState::Waiting.code();
    let expires = card.get("expires_at").and_then(Json::as_str).filter(|_| waits);
    if let Some(expires) = expires.and_then(|at| parse_instant(at).ok()) {
        lines.push(format!("  {}{}", words.until, clock.moment(expires, words.lang)));
    }
    if let Some(why) = card.get("may_decide").and_then(|may| may.get("reason")).filter(|why| !why.is_null()) {
        lines.push(format!("  {}{}", words.not_you, sentence(why)));
    }
}

/// A line as far as a terminal has room for it.
fn fitting(line: &str) -> String {
    let whole = whole_words(line, MOST_IN_LINE);
    if whole.len() < line.len() { format!("{whole} …") } else { whole.to_owned() }
}

/// The beginning of a text of so many letters at most. No word is cut in two, unless it is as long as all that there is
/// room for.
fn whole_words(text: &str, most: usize) -> &str {
    let Some((end, _)) = text.char_indices().nth(most) else { return text };
    let cut = text.get(..end).unwrap_or_default();
    let whole = cut.rfind(char::is_whitespace).and_then(|end| cut.get(..end)).map(str::trim_end);
    whole.filter(|whole| !whole.is_empty()).unwrap_or(cut)
}

/// Who did something, when, what they said, and why.
fn event_lines((key, event): (&str, &Json), (words, clock): (&Words, Clock<'_>), lines: &mut Vec<String>) {
    let text = |key: &str| event.get(key).and_then(Json::as_str);
    let is_by_rule = text("via") == Some(Via::Rule.code());
    // Why it waits, and what a rule decided or a check found, is said by the reasons.
    if key == "decided" && !is_by_rule {
        let at = text("at").and_then(|at| parse_instant(at).ok());
        let at = at.map(|at| format!("{}{}", words.on, clock.moment(at, words.lang))).unwrap_or_default();
        let note = text("note").map(|note| format!("{}{note}{}", words.open, words.close)).unwrap_or_default();
        lines.push(format!("  > {}{at}{note}", sentence(event)));
    }
    for reason in event.get("reasons").and_then(Json::as_array).into_iter().flatten() {
        lines.push(format!("  > {}", sentence(reason)));
    }
}

/// What stands around the values.
struct Words {
    lang: Lang,
    on: &'static str,
    open: &'static str,
    close: &'static str,
    by: &'static str,
    agent: &'static str,
    revision: &'static str,
    until: &'static str,
    not_you: &'static str,
    more: &'static str,
    untitled: &'static str,
    empty: &'static str,
}

impl Words {
    const fn of(lang: Lang) -> Self {
        match lang {
            Lang::English => Words {
                lang,
                on: " on ",
                open: ": “",
                close: "”",
                by: "by ",
                agent: " (agent)",
                revision: "revision",
                until: "to be decided by ",
                not_you: "not for you to decide: ",
                more: "and more:",
                untitled: "(no subject)",
                empty: "The Library is empty.",
            },
            Lang::French => Words {
                lang,
                on: " le ",
                open: "\u{a0}: «\u{a0}",
                close: "\u{a0}»",
                by: "par ",
                agent: " (agent)",
                revision: "révision",
                until: "décision attendue avant le ",
                not_you: "la décision ne vous revient pas\u{a0}: ",
                more: "et d’autres\u{a0}:",
                untitled: "(sans objet)",
                empty: "La bibliothèque est vide.",
            },
        }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The counts of groups, by state.
pub fn library_counts(groups: &[LibraryGroup]) -> Json {
    let counts: Map<String, Json> =
        groups.iter().map(|group| (group.state.code().to_owned(), group.count.into())).collect();
    json!(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_has_the_first_lines() {
        assert_eq!(first_lines("a\n\nb\nc\nd"), ("a\nb\nc".to_owned(), true));
        assert_eq!(first_lines("a"), ("a".to_owned(), false));
        assert_eq!(first_lines(""), (String::new(), false));
        assert_eq!(first_lines(&"é".repeat(300)), ("é".repeat(240), true));
        assert_eq!(first_lines(&"deux mots ".repeat(30)), ("deux mots ".repeat(24).trim_end().to_owned(), true));
    }

    #[test]
    fn what_waits_comes_first_for_who_decides() {
        assert_eq!(library_order(true).first(), Some(&DraftState::Waiting));
        assert_eq!(library_order(true).len(), DraftState::ALL.len());
        assert_eq!(library_order(false), DraftState::ALL);
    }
}
