//! Until when somebody is away, and when a sequence goes on.

use chrono::{Datelike as _, NaiveDate, TimeDelta};

use super::words::Word;
use crate::kernel::calendar::Calendar;
use crate::kernel::error::Result;
use crate::kernel::reply_reason::ReplyReason;
use crate::kernel::time::in_range;

/// Words that may stand between `until` and the date.
const MOST_FILLERS: usize = 6;

/// A pause for an absence; of several messages it keeps the day of the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// The day of the first message that told the absence.
    pub since: NaiveDate,
    /// The first day on which a sequence goes on.
    pub resume_on: NaiveDate,
}

/// How long absences are believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AbsenceLimits {
    /// Business days to wait where nobody said until when.
    pub wait_business_days: i64,
    /// Most days from the first message to the day on which a sequence goes on.
    pub most_days: i64,
}

/// A date that a message gives as the end of an absence, or why it is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Day(NaiveDate),
    Ambiguous,
    NoYear,
    Nothing,
}

/// What a message says about the end of an absence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Return {
    pub(super) date: Option<NaiveDate>,
    pub(super) reasons: Vec<ReplyReason>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tongue {
    French,
    English,
}

const FRENCH: &[&[&str]] = &[
    &["jusqu", "au"],
    &["jusqu", "a"],
    &["jusque"],
    &["jusqu", "en"],
    &["de", "retour"],
    &["mon", "retour"],
    &["retour", "prevu"],
    &["retour", "le"],
    &["retour", "au"],
    &["a", "partir", "du"],
    &["reviens"],
    &["reviendrai"],
    &["reprendrai"],
    &["reprise"],
    &["des", "le"],
];
const ENGLISH: &[&[&str]] = &[
    &["until"],
    &["till"],
    &["through"],
    &["back"],
    &["return"],
    &["returning"],
    &["returns"],
    &["available", "again"],
];
/// `du ... au ...`, `from ... to ...`
const SPANS: &[(&str, &str, Tongue)] = &[("du", "au", Tongue::French), ("from", "to", Tongue::English)];
const MOST_SPAN_WORDS: usize = 8;
const FILLERS: &[&str] = &[
    "le",
    "la",
    "au",
    "du",
    "a",
    "the",
    "on",
    "in",
    "of",
    "office",
    "at",
    "work",
    "date",
    "partir",
    "prevu",
    "bureau",
    "compter",
    "and",
    "including",
    "inclus",
    "lundi",
    "mardi",
    "mercredi",
    "jeudi",
    "vendredi",
    "samedi",
    "dimanche",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "mon",
    "tue",
    "wed",
    "thu",
    "fri",
    "sat",
    "sun",
    "travail",
    "est",
    "mes",
    "my",
    "desk",
    "next",
];
/// Days of the week from Monday on, in French and in English.
const WEEKDAYS: [(&str, &[&str]); 7] = [
    ("lundi", &["monday", "mon"]),
    ("mardi", &["tuesday", "tue"]),
    ("mercredi", &["wednesday", "wed"]),
    ("jeudi", &["thursday", "thu"]),
    ("vendredi", &["friday", "fri"]),
    ("samedi", &["saturday", "sat"]),
    ("dimanche", &["sunday", "sun"]),
];
const MONTHS: &[&[&str]] = &[
    &["janvier", "janv", "january", "jan"],
    &["fevrier", "fevr", "fev", "february", "feb"],
    &["mars", "march", "mar"],
    &["avril", "avr", "april", "apr"],
    &["mai", "may"],
    &["juin", "june", "jun"],
    &["juillet", "juil", "july", "jul"],
    &["aout", "august", "aug"],
    &["septembre", "sept", "september", "sep"],
    &["octobre", "oct", "october"],
    &["novembre", "nov", "november"],
    &["decembre", "dec", "december"],
];

/// The latest day that a text gives as the end of an absence.
pub(super) fn told(text: &str, words: &[Word], sent_on: Option<NaiveDate>) -> Return {
    let mut found = Return::default();
    let mut best: Option<(NaiveDate, ReplyReason)> = None;
    for (at, tongue) in triggers(words) {
        let (told, end) = date(text, words, at, tongue, sent_on);
        let phrase = || spoken(words, at, end);
        match told {
            Told::Day(date) if sent_on.is_some_and(|sent_on| date < sent_on) => {
                found.reasons.push(ReplyReason::PastDate { date });
            }
            Told::Day(date) => {
                if best.as_ref().is_none_or(|(day, _)| *day < date) {
                    best = Some((date, ReplyReason::Returns { date, phrase: phrase() }));
                }
            }
            Told::Ambiguous => found.reasons.push(ReplyReason::AmbiguousDate { phrase: phrase() }),
            Told::NoYear => found.reasons.push(ReplyReason::NoYear { phrase: phrase() }),
            Told::Nothing => {}
        }
    }
    if let Some((date, reason)) = best {
        found.date = Some(date);
        // Whatever else was unclear does not matter then.
        found.reasons = vec![reason];
    }
    found.reasons.dedup();
    found
}

/// The words from one on, as they were folded.
fn spoken(words: &[Word], from: usize, end: usize) -> String {
    let all = words.get(from..end).unwrap_or_default().iter();
    all.map(|word| word.folded.as_str()).collect::<Vec<_>>().join(" ")
}

/// The places right after what announces a date.
fn triggers(words: &[Word]) -> Vec<(usize, Tongue)> {
    let mut out = Vec::new();
    for start in 0..words.len() {
        let stands = |phrase: &&[&str]| {
            let found = words.get(start..start.saturating_add(phrase.len()));
            found.is_some_and(|found| found.iter().map(|word| word.folded.as_str()).eq(phrase.iter().copied()))
        };
        for (phrases, tongue) in [(FRENCH, Tongue::French), (ENGLISH, Tongue::English)] {
            // Who is absent from a day on is not back then.
            let leaves = start.checked_sub(1).and_then(|at| words.get(at)).is_some_and(|before| {
                before.sentence == words.get(start).map_or(0, |word| word.sentence)
                    && ["absent", "absente", "absents", "conge", "conges", "ferme"].contains(&before.folded.as_str())
            });
            let begins = |phrase: &&&[&str]| leaves && phrase.first() == Some(&"a");
            let longest = phrases.iter().filter(|phrase| stands(phrase) && !begins(phrase));
            let longest = longest.map(|phrase| phrase.len()).max();
            out.extend(longest.map(|count| (start.saturating_add(count), tongue)));
        }
        for (from, to, tongue) in SPANS {
            let Some(first) = words.get(start).filter(|word| word.folded == *from) else { continue };
            let rest = words.get(start..).unwrap_or_default().iter().take(MOST_SPAN_WORDS);
            let mut rest = rest.take_while(|word| word.sentence == first.sentence);
            if let Some(place) = rest.position(|word| word.folded == *to) {
                out.push((start.saturating_add(place).saturating_add(1), *tongue));
            }
        }
    }
    out
}

/// The day after the words that announce it: a date, or else the next such day of the week after that of the message.
fn date(text: &str, words: &[Word], from: usize, tongue: Tongue, sent_on: Option<NaiveDate>) -> (Told, usize) {
    match exact(text, words, from, tongue, sent_on) {
        (Told::Nothing, end) => {
            let next = sent_on.and_then(|sent_on| next_weekday(words, from, tongue, sent_on));
            next.map_or((Told::Nothing, end), |(day, end)| (Told::Day(day), end))
        }
        told => told,
    }
}

/// `de retour lundi`, `back in the office on Monday`, `back tomorrow`. *Du lundi au vendredi* are opening hours as often as
/// an absence, and count for nothing.
fn next_weekday(words: &[Word], from: usize, tongue: Tongue, sent_on: NaiveDate) -> Option<(NaiveDate, usize)> {
    let folded = |at: usize| words.get(at).map(|word| word.folded.as_str());
    let before = |n: usize| from.checked_sub(n).and_then(folded);
    let ends_span = match before(1) {
        Some("to") => true,
        Some("au") => !matches!(before(2), Some("jusqu" | "retour")),
        _ => false,
    };
    if ends_span {
        return None;
    }
    let sentence = words.get(from)?.sentence;
    for at in from..from.saturating_add(MOST_FILLERS).saturating_add(1) {
        let word = words.get(at).filter(|word| word.sentence == sentence)?;
        let named = WEEKDAYS.iter().position(|(french, english)| match tongue {
            Tongue::French => *french == word.folded,
            Tongue::English => english.contains(&word.folded.as_str()),
        });
        let days = match named.map(i64::try_from) {
            Some(Ok(named)) => {
                let today = i64::from(sent_on.weekday().num_days_from_monday());
                // The same day of the week is the one of next week.
                named.saturating_sub(today).saturating_sub(1).rem_euclid(7).saturating_add(1)
            }
            _ if matches!(word.folded.as_str(), "demain" | "tomorrow") => 1,
            _ if FILLERS.contains(&word.folded.as_str()) => continue,
            _ => return None,
        };
        let day = sent_on.checked_add_signed(TimeDelta::try_days(days)?).filter(|day| in_range(*day))?;
        return Some((day, at.saturating_add(1)));
    }
    None
}

/// The date after a place, with the number of the word after it.
fn exact(text: &str, words: &[Word], from: usize, tongue: Tongue, sent_on: Option<NaiveDate>) -> (Told, usize) {
    let sentence = from.checked_sub(1).and_then(|at| words.get(at)).map(|word| word.sentence);
    let mut at = from;
    for _ in 0..MOST_FILLERS {
        let filler = words.get(at).filter(|word| FILLERS.contains(&word.folded.as_str()));
        if filler.is_none() {
            break;
        }
        at = at.saturating_add(1);
    }
    // `5.1.` ends no sentence, so a date may go on for a few words; its first one belongs to what announces it.
    if words.get(at).is_none_or(|word| Some(word.sentence) != sentence) {
        return (Told::Nothing, at);
    }
    let word = |n: usize| words.get(at.saturating_add(n)).map(|word| word.folded.as_str());
    let joined = |n: usize, marks: &[char]| {
        let (first, second) = (words.get(at.saturating_add(n)), words.get(at.saturating_add(n).saturating_add(1)));
        let between = first.zip(second).and_then(|(first, second)| text.get(first.bytes.end..second.bytes.start));
        between.is_some_and(|between| between.chars().count() == 1 && between.chars().all(|c| marks.contains(&c)))
    };
    let end = |count: usize| at.saturating_add(count);
    let near = |n: usize| {
        let (first, second) = (words.get(at), words.get(at.saturating_add(n)));
        first.zip(second).is_some_and(|(first, second)| second.sentence <= first.sentence.saturating_add(1))
    };
    // 2027-01-05
    if let (Some(year), true, true) = (
        word(0).and_then(|w| number(w, 4)).filter(|_| word(0).is_some_and(|w| w.len() == 4)),
        joined(0, &['-']),
        joined(1, &['-']),
    ) {
        let day = word(1).and_then(|w| number(w, 2)).zip(word(2).and_then(|w| number(w, 2)));
        let day = day.and_then(|(month, day)| civil(year, month, day));
        return (day.map_or(Told::Nothing, Told::Day), end(3));
    }
    // 05/01, 05/01/27, 05.01.2027
    let marks = ['/', '.', '-'];
    if let (Some(first), Some(second), true) =
        (word(0).and_then(|w| number(w, 2)), word(1).and_then(|w| number(w, 2)), joined(0, &marks))
    {
        let year = word(2).filter(|_| joined(1, &marks)).and_then(year_of);
        let count = if year.is_some() { 3 } else { 2 };
        let ordered = match tongue {
            Tongue::French => Some((second, first)),
            Tongue::English if second > 12 => Some((first, second)),
            Tongue::English if first > 12 => Some((second, first)),
            Tongue::English if first == second => Some((first, second)),
            Tongue::English => None,
        };
        let told = ordered.map_or(Told::Ambiguous, |(month, day)| resolved(year, month, day, sent_on));
        return (told, end(count));
    }
    // 5 janvier, 1er mars 2027, the 5th of January; January 5th, 2027
    let of = usize::from(word(1) == Some("of"));
    let after = of.saturating_add(1);
    if let (Some(day), Some(month)) = (word(0).and_then(ordinal), word(after).and_then(month_of)) {
        let year =
            word(after.saturating_add(1)).filter(|w| w.len() == 4 && near(after.saturating_add(1))).and_then(year_of);
        let count = after.saturating_add(1).saturating_add(usize::from(year.is_some()));
        return (resolved(year, month, day, sent_on), end(count));
    }
    if let (Some(month), Some(day)) = (word(0).and_then(month_of), word(1).and_then(ordinal)) {
        let year = word(2).filter(|w| w.len() == 4 && near(2)).and_then(year_of);
        let count = if year.is_some() { 3 } else { 2 };
        return (resolved(year, month, day, sent_on), end(count));
    }
    (Told::Nothing, at)
}

fn number(word: &str, most: usize) -> Option<i32> {
    let plain = (1..=most).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_digit());
    word.parse().ok().filter(|_| plain)
}

/// `5`, `1er`, `5th`
fn ordinal(word: &str) -> Option<i32> {
    let digits = ["er", "st", "nd", "rd", "th"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
    number(digits, 2)
}

fn month_of(word: &str) -> Option<i32> {
    let place = MONTHS.iter().position(|names| names.contains(&word))?;
    i32::try_from(place).ok()?.checked_add(1)
}

fn year_of(word: &str) -> Option<i32> {
    match word.len() {
        2 => number(word, 2)?.checked_add(2000),
        4 => number(word, 4),
        _ => None,
    }
}

fn civil(year: i32, month: i32, day: i32) -> Option<NaiveDate> {
    let (month, day) = (u32::try_from(month).ok()?, u32::try_from(day).ok()?);
    NaiveDate::from_ymd_opt(year, month, day).filter(|day| in_range(*day))
}

/// The day, in the next year that has it from the day of the message on where no year is said.
fn resolved(year: Option<i32>, month: i32, day: i32, sent_on: Option<NaiveDate>) -> Told {
    if let Some(year) = year {
        return civil(year, month, day).map_or(Told::Nothing, Told::Day);
    }
    // A leap year has every day that there is.
    if civil(2000, month, day).is_none() {
        return Told::Nothing;
    }
    let Some(sent_on) = sent_on else { return Told::NoYear };
    // 29 February comes again after eight years at the latest.
    let years = (0..=8).filter_map(|n| sent_on.year().checked_add(n));
    let next = years.filter_map(|year| civil(year, month, day)).find(|date| *date >= sent_on);
    next.map_or(Told::Nothing, Told::Day)
}

/// The pause after a message of absence, given the one that was on: the business day after the return, or after some
/// business days where none was said; never earlier than was known, never longer than is believed.
///
/// # Errors
/// A calendar that has not so many business days.
pub fn pause(
    sent_on: NaiveDate,
    return_on: Option<NaiveDate>,
    known: Option<Pause>,
    limits: AbsenceLimits,
    calendar: &Calendar,
) -> Result<(Pause, Vec<ReplyReason>)> {
    let mut reasons = Vec::new();
    let mut resume_on = if let Some(date) = return_on {
        calendar.add_business_days(date, 1)?
    } else {
        reasons.push(ReplyReason::NoReturnDate { business_days: limits.wait_business_days });
        calendar.add_business_days(sent_on, limits.wait_business_days)?
    };
    // Another absence than one that was over by then.
    let known = known.filter(|known| known.since <= sent_on && sent_on <= known.resume_on);
    let since = known.map_or(sent_on, |known| known.since);
    if let Some(known) = known {
        reasons.push(ReplyReason::Extended { until: known.resume_on });
        resume_on = resume_on.max(known.resume_on);
    }
    let latest = TimeDelta::try_days(limits.most_days).and_then(|days| since.checked_add_signed(days));
    if let Some(latest) = latest.filter(|latest| resume_on > *latest) {
        let after = latest.succ_opt().unwrap_or(latest);
        resume_on = calendar.add_business_days(after, -1)?.max(since);
        reasons.push(ReplyReason::Capped { days: limits.most_days });
    }
    reasons.push(ReplyReason::ResumesOn { date: resume_on });
    Ok((Pause { since, resume_on }, reasons))
}
