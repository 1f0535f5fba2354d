//! How the French sentences of problems are written.

use super::super::en::tests::samples;
use super::*;

#[test]
fn every_sentence_keeps_the_style() {
    for problem in samples() {
        let text = super::problem(&problem);
        assert!(!text.ends_with('.') && !text.contains("  ") && !text.contains('\n'), "{text}");
        assert!(text.starts_with(|c: char| !c.is_uppercase() && !c.is_whitespace()), "{text}");
        // Outside of backticks: typographic apostrophes, and a no-break space before double punctuation.
        for words in text.split('`').step_by(2) {
            assert!(!words.contains('\''), "{text}");
            for (at, mark) in words.match_indices([':', ';', '!', '?']) {
                let before = words.split_at(at).0.chars().next_back();
                let wanted = if mark == ":" { '\u{a0}' } else { '\u{202f}' };
                let clock = before.is_some_and(|c| c.is_ascii_digit());
                assert!(clock || before == Some(wanted), "{text}");
            }
        }
        assert_eq!(text.matches('`').count() % 2, 0, "{text}");
    }
}

#[test]
fn zero_and_one_are_singular() {
    let places = |places| super::problem(&Problem::TooManyPlaces { found: "1.234".into(), places });
    assert_eq!(places(0), "`1.234` comporte des décimales\u{a0}: il n’en faut aucune");
    assert_eq!(places(1), "`1.234` a plus de 1 décimale");
    assert_eq!(places(2), "`1.234` a plus de 2 décimales");
    let fields = |found| super::problem(&Problem::FieldCount { found, expected: 3 });
    assert_eq!(fields(1), "1 champ trouvé là où l’en-tête en compte 3");
    assert_eq!(fields(4), "4 champs trouvés là où l’en-tête en compte 3");
}
