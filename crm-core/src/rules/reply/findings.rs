//! What a person says in words of one's own: phrases, and whether they are denied.

use super::lexicon::{Lexicon, List, Match};
use super::words::Word;
use crate::kernel::reply_reason::ReplyClass;

/// Words before a phrase in which a negation denies it.
pub const NEGATION_WINDOW_WORDS: usize = 3;

const NEGATIONS: &[&str] = &[
    "not",
    "never",
    "cannot",
    "without",
    "neither",
    "nor",
    "hardly",
    "dont",
    "doesnt",
    "isnt",
    "arent",
    "wasnt",
    "wont",
    "cant",
    "couldnt",
    "wouldnt",
    "didnt",
    "pas",
    "jamais",
    "nullement",
    "guere",
    "sans",
    "ni",
    "aucun",
    "aucune",
    "aucunement",
];
/// Words that deny what follows, but that also answer a question.
const ANSWERS: &[&str] = &["no", "non"];
/// With these a denied wish to leave is a complaint that leaving failed, and so the same wish.
const FAILURES: &[&str] = &[
    "arrive",
    "arrivons",
    "peux",
    "peut",
    "pouvons",
    "parviens",
    "possible",
    "reussi",
    "fonctionne",
    "marche",
    "avez",
    "ont",
    "a",
    "can",
    "cannot",
    "cant",
    "t",
    "could",
    "unable",
    "able",
    "works",
    "working",
    "have",
    "haven",
    "has",
    "hasn",
    "did",
    "didn",
    "still",
    "toujours",
    "why",
    "pourquoi",
];
/// With these it is no failure, whatever else stands there.
const WISHES: &[&str] = &["don", "dont", "want", "wish", "veux", "voulons", "souhaite", "souhaitons"];

/// A phrase that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) class: ReplyClass,
    /// The numbers of its first word and the one after its last, a negation that turns it included.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Denied, so that it counts for nothing.
    pub(super) denied: bool,
    /// A right over personal data is used.
    pub(super) data_rights: bool,
}

/// Every phrase of a person's words, in order of place.
pub(super) fn heard(words: &[Word], lexicon: &Lexicon) -> Vec<Heard> {
    let refusals = lexicon.all(words, &[List::DataRights, List::OptOut], &[]);
    let opinions = lexicon.all(words, &[List::Negative, List::WrongPerson, List::Positive], &refusals);
    let mut all: Vec<Match> = refusals.into_iter().chain(opinions).collect();
    all.sort_by_key(|found| found.start);
    let mut out: Vec<Heard> = Vec::with_capacity(all.len());
    for (at, found) in all.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| all.get(before)).map_or(0, |before| before.end());
        out.push(judged(words, *found, before));
    }
    out.extend(named_law(words, lexicon));
    out.sort_by_key(|heard| (heard.start, heard.class));
    out
}

/// What a phrase means where it stands; negations before `least` belong to another phrase.
fn judged(words: &[Word], found: Match, least: usize) -> Heard {
    let (start, end) = (found.start, found.end());
    let heard = |class, start, denied| Heard { class, start, end, denied, data_rights: false };
    match found.list {
        List::Positive => match negation(words, own_start(words, start, least), least, true) {
            None => heard(ReplyClass::Positive, start, false),
            // Who is not uninterested need not be interested.
            Some(group) if negation(words, group, least, false).is_some() => heard(ReplyClass::Positive, group, true),
            Some(group) => heard(ReplyClass::Negative, group, false),
        },
        List::Negative | List::WrongPerson => {
            let class = if found.list == List::Negative { ReplyClass::Negative } else { ReplyClass::WrongPerson };
            let group = with_particle(words, start, least);
            heard(class, start, negation(words, group, least, false).is_some())
        }
        list => {
            let group = with_particle(words, start, least);
            let around = after(words, end).is_some_and(|word| word.folded == "pas" || word.folded == "surtout");
            let particle = group < start && !begins_denied(words, start);
            let negation = negation(words, group, least, false).or((around && particle).then_some(group));
            let denied = negation.is_some_and(|from| !fails(words, from, start));
            Heard { data_rights: list == List::DataRights, ..heard(ReplyClass::Unsubscribe, start, denied) }
        }
    }
}

/// The word after a phrase, in its clause.
fn after(words: &[Word], end: usize) -> Option<&Word> {
    let last = words.get(end.checked_sub(1)?)?;
    let mut rest = words.get(end..)?.iter().take_while(|word| word.clause == last.clause);
    rest.find(|word| !["moi", "nous", "me"].contains(&word.folded.as_str()))
}

/// The beginning of a positive phrase such as `pas contre`, with the `ne` that belongs to it.
fn own_start(words: &[Word], start: usize, least: usize) -> usize {
    let pas = words.get(start).is_some_and(|word| word.folded == "pas");
    if pas { with_particle(words, start, least) } else { start }
}

fn begins_denied(words: &[Word], start: usize) -> bool {
    words
        .get(start)
        .is_some_and(|word| ["ne", "n", "pas", "plus", "not", "do", "don", "never"].contains(&word.folded.as_str()))
}

/// Whether what stands from a negation to a phrase says that something failed.
fn fails(words: &[Word], from: usize, start: usize) -> bool {
    let from = from.saturating_sub(1);
    let said = |list: &[&str]| {
        words.get(from..start).unwrap_or_default().iter().any(|word| list.contains(&word.folded.as_str()))
    };
    said(FAILURES) && !said(WISHES)
}

/// The places before a phrase that are near enough, in its clause, from the nearest on.
fn near(words: &[Word], start: usize, least: usize) -> impl Iterator<Item = (usize, &Word)> {
    let clause = words.get(start).map(|word| (word.clause, word.sentence));
    let before = words.get(least..start).unwrap_or_default().iter().enumerate().rev();
    let mut counted = 0_usize;
    before
        .map(move |(at, word)| (least.saturating_add(at), word))
        .take_while(move |(_, word)| Some((word.clause, word.sentence)) == clause)
        .take_while(move |(_, word)| {
            counted = counted.saturating_add(usize::from(!word.elided));
            counted <= NEGATION_WINDOW_WORDS
        })
}

fn is_particle(word: &Word) -> bool {
    word.folded == "ne" || (word.folded == "n" && word.elided)
}

/// The phrase's beginning, with a `ne` before it that belongs to it.
fn with_particle(words: &[Word], start: usize, least: usize) -> usize {
    near(words, start, least).find(|(_, word)| is_particle(word)).map_or(start, |(at, _)| at)
}

/// Where the negation begins that denies what stands at a word.
fn negation(words: &[Word], start: usize, least: usize, answers: bool) -> Option<usize> {
    let denies = |at: usize, word: &Word| {
        let folded = word.folded.as_str();
        let plus = || {
            let first =
                at.checked_sub(1).and_then(|at| words.get(at)).is_none_or(|before| before.clause != word.clause);
            first || near(words, at, least).any(|(_, word)| is_particle(word))
        };
        NEGATIONS.contains(&folded)
            || (folded == "t" && word.after_apostrophe)
            || (answers && ANSWERS.contains(&folded))
            || (folded == "plus" && plus())
    };
    if let Some((at, word)) = near(words, start, least).find(|(at, word)| denies(*at, word)) {
        let group = with_particle(words, at, least);
        // The verb before `n't`.
        return Some(if word.folded == "t" { group.saturating_sub(1).max(least) } else { group });
    }
    // `ne` alone denies, but `ne ... que` restricts.
    let (at, _) = near(words, start, least).find(|(_, word)| is_particle(word))?;
    let restricts =
        words.get(at..start).unwrap_or_default().iter().any(|word| matches!(word.folded.as_str(), "que" | "qu"));
    (!restricts).then_some(at)
}

/// A law on personal data, named in one sentence with a refusal.
fn named_law(words: &[Word], lexicon: &Lexicon) -> Vec<Heard> {
    let mut out = Vec::new();
    let mut start = 0;
    while let Some(first) = words.get(start) {
        let rest = words.get(start..).unwrap_or_default();
        let count = rest.iter().take_while(|word| word.sentence == first.sentence).count();
        let sentence = rest.get(..count).unwrap_or_default();
        let law = lexicon.any(sentence, List::DataLaw);
        if let Some((law, refusal)) = law.and_then(|law| Some((law, lexicon.any(sentence, List::DataRefusal)?))) {
            let from = start.saturating_add(law.start.min(refusal.start));
            let end = start.saturating_add(law.end().max(refusal.end()));
            let refusal = Heard { class: ReplyClass::Unsubscribe, start: from, end, denied: false, data_rights: true };
            out.push(refusal);
        }
        start = start.saturating_add(count);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::words::words;
    use super::*;

    #[test]
    fn negations_deny_what_is_near() {
        let lexicon = Lexicon::from_json(None, true).unwrap();
        let said = |text: &str| {
            let all = heard(&words(text), &lexicon);
            all.iter()
                .map(|h| format!("{}{}", if h.denied { "-" } else { "" }, h.class.code()))
                .collect::<Vec<_>>()
                .join(" ")
        };
        for (text, wanted) in [
            ("Je suis intéressé", "positive"),
            ("Je ne suis malheureusement pas du tout intéressé", "negative"),
            ("Non, je suis intéressé", "positive"),
            ("ce n'est pas que je ne suis pas intéressé", "-negative"),
            ("It's not that I'm not interested", "-negative"),
            ("Not uninterested", "-negative"),
            ("Pas intéressé désabonnez-moi", "negative unsubscribe"),
            ("Ne me désabonnez pas", "-unsubscribe"),
            ("Please don't unsubscribe me", "-unsubscribe"),
            ("Je ne veux pas me désabonner", "-unsubscribe"),
            ("Je n'arrive pas à me désabonner", "unsubscribe"),
            ("I can't unsubscribe", "unsubscribe"),
            ("Je ne veux que me désabonner", "unsubscribe"),
            ("Nous sommes plus intéressés par la pose", "positive"),
            ("Nous ne sommes vraiment plus intéressés", "negative"),
            ("We are no longer interested", "negative"),
            ("Je refuse, RGPD oblige", "unsubscribe"),
        ] {
            assert_eq!(said(text), wanted, "{text}");
        }
    }
}
