//! Patterns of landing pages: a whole page, its beginning, or a glob with `*` and `?`.

use serde_json::Value as Json;

use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::json;
use crate::kernel::text;
use crate::rules::read::Object;

/// Most bytes of a pattern: comparing a glob may take as long as the page times the pattern.
const MOST_BYTES: usize = 1024;

/// One pattern, folded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Page {
    /// The whole page.
    Exact(String),
    /// How it begins.
    Prefix(String),
    /// `*` stands for any text, `?` for one character; the whole page is compared.
    Glob(String),
}

impl Page {
    /// Reads `{"exact": ...}`, `{"prefix": ...}` or `{"glob": ...}`.
    pub(super) fn read(json: &Json) -> Result<Self> {
        let o = Object::new(json, &["exact", "prefix", "glob"])?;
        let folded = |v: &Json| match v.as_str().map(|t| text::fold(t).into_owned()) {
            Some(t) if t.is_empty() => Err(RulesProblem::Empty { what: "landing_page" }.into()),
            Some(t) if t.len() > MOST_BYTES => {
                let (bytes, most) = (json::length(t.len()), json::length(MOST_BYTES));
                Err(Error::from(Problem::TooLong { bytes, most }))
            }
            Some(t) => Ok(t),
            None => Err(Error::from(Problem::WrongShape { expected: "text", found: json::shown(v) })),
        };
        match (o.optional("exact", folded)?, o.optional("prefix", folded)?, o.optional("glob", folded)?) {
            (Some(text), None, None) => Ok(Page::Exact(text)),
            (None, Some(text), None) => Ok(Page::Prefix(text)),
            (None, None, Some(text)) => Ok(Page::glob(text)),
            _ => Err(Problem::WrongShape {
                expected: "exactly one of `exact`, `prefix` and `glob`",
                found: json::shown(json),
            }
            .into()),
        }
    }

    /// A glob, or the simpler pattern that means the same.
    fn glob(text: String) -> Self {
        let literal = |t: &str| !t.contains(['*', '?']);
        match text.strip_suffix('*') {
            Some(start) if literal(start) => Page::Prefix(start.to_owned()),
            None if literal(&text) => Page::Exact(text),
            _ => Page::Glob(text),
        }
    }

    /// Whether a folded page is meant.
    pub(super) fn matches(&self, page: &str) -> bool {
        match self {
            Page::Exact(text) => page == text,
            Page::Prefix(text) => page.starts_with(text.as_str()),
            Page::Glob(pattern) => glob(pattern, page),
        }
    }

    /// Whether this pattern certainly means every page that the other one means.
    pub(super) fn covers(&self, other: &Page) -> bool {
        match (self, other) {
            (a, b) if a == b => true,
            (a, Page::Exact(page)) => a.matches(page),
            (Page::Prefix(short), Page::Prefix(long)) => long.starts_with(short.as_str()),
            (Page::Prefix(short), Page::Glob(pattern)) => {
                pattern.split(['*', '?']).next().is_some_and(|start| start.starts_with(short.as_str()))
            }
            _ => false,
        }
    }
}

/// Compares a text with a glob: on a mismatch the last `*` takes one character more. At most the product of the two
/// lengths, whatever the pattern.
fn glob(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    let mut star: Option<(std::str::Chars<'_>, std::str::Chars<'_>)> = None;
    loop {
        let (before, here) = (text.clone(), pattern.next());
        match (here, text.next()) {
            (Some('*'), _) => {
                star = Some((pattern.clone(), before.clone()));
                text = before;
            }
            (None, None) => return true,
            (Some('?'), Some(_)) => {}
            (Some(wanted), Some(found)) if wanted == found => {}
            _ => {
                let Some((after, rest)) = &mut star else { return false };
                if rest.next().is_none() {
                    return false;
                }
                pattern = after.clone();
                text = rest.clone();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn page(json: Json) -> Page {
        Page::read(&json).unwrap()
    }

    #[test]
    fn patterns_mean_what_they_say() {
        let blog = page(json!({"glob": "/Blog/*/devis?"}));
        assert!(
            blog.matches("/blog/2026/nov/devis1") && !blog.matches("/blog/devis1") && !blog.matches("/blog/x/devis")
        );
        assert_eq!(page(json!({"glob": "/é*"})), Page::Prefix("/e".into()));
        assert_eq!(page(json!({"glob": "/a"})), Page::Exact("/a".into()));
        assert!(Page::Prefix("/a".into()).covers(&page(json!({"glob": "/ab?c*"}))));
        assert!(!Page::Prefix("/ab".into()).covers(&page(json!({"glob": "/a?b"}))));
        for bad in [json!({}), json!({"exact": "/a", "glob": "/b"}), json!({"exact": " "}), json!({"exact": 1})] {
            assert!(Page::read(&bad).is_err(), "{bad}");
        }
        // Would take for ever where every star is tried with every text.
        assert!(!Page::Glob("*a".repeat(20) + "b").matches(&"a".repeat(3000)));
    }

    /// The definition, by recursion.
    fn slowly(pattern: &[char], text: &[char]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            (['*', rest @ ..], _) => (0..=text.len()).any(|n| slowly(rest, &text[n..])),
            (['?', rest @ ..], [_, more @ ..]) => slowly(rest, more),
            ([a, rest @ ..], [b, more @ ..]) => a == b && slowly(rest, more),
            _ => false,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]
        #[test]
        fn globs_are_what_recursion_says(pattern in "[ab*?]{0,7}", text in "[ab]{0,7}") {
            let chars = |t: &str| t.chars().collect::<Vec<_>>();
            prop_assert_eq!(glob(&pattern, &text), slowly(&chars(&pattern), &chars(&text)));
        }

        #[test]
        fn a_pattern_covers_only_what_it_matches(a in "[ab*?]{1,4}", b in "[ab*?]{1,4}", text in "[ab]{0,5}") {
            let (a, b) = (Page::glob(a), Page::glob(b));
            prop_assert!(!(a.covers(&b) && b.matches(&text)) || a.matches(&text));
        }
    }
}
