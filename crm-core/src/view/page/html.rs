//! HTML that cannot be broken out of: markup is part of the program, everything else is escaped.

use crate::kernel::text::shown_whole;

/// A piece of a page. What is written down as markup has to be known when the program is compiled, so no text of a record
/// can ever be.
#[derive(Clone, Debug, Default)]
pub(super) struct Html(String);

impl Html {
    /// Markup of our own.
    pub(super) fn markup(&mut self, markup: &'static str) {
        self.0.push_str(markup);
    }

    /// Text, escaped; characters that nobody sees are made visible, so that none turns the direction of what follows.
    pub(super) fn text(&mut self, text: &str) {
        for c in shown_whole(text).chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                c => self.0.push(c),
            }
        }
    }

    /// A text from a record, which does not change the direction of what stands around it.
    pub(super) fn name(&mut self, name: &str) {
        self.markup("<bdi>");
        self.text(name);
        self.markup("</bdi>");
    }

    /// A whole number, as an attribute of a drawing has it.
    pub(super) fn number(&mut self, number: i64) {
        self.0.push_str(&number.to_string());
    }

    /// An element with text in it.
    pub(super) fn element(&mut self, open: &'static str, text: &str, close: &'static str) {
        self.markup(open);
        self.text(text);
        self.markup(close);
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_text_becomes_markup(text in "\\PC*|[<>&\"'\u{202e}\u{0}a]{0,40}") {
            let mut html = Html::default();
            html.text(&text);
            let shown = html.into_text();
            prop_assert!(!shown.contains(['<', '>', '"', '\'', '\u{202e}', '\0']), "{shown}");
            let back = shown.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
            prop_assert_eq!(back.replace("&amp;", "&"), shown_whole(&text));
        }
    }
}
