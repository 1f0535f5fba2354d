//! By what messages of one thread are found: the ids that they name, and the subject without the marks of answers.

use super::headers::REPLY_MARKS;
use super::words::is_invisible;
use crate::kernel::text::fold;

/// Most ids of earlier messages that are looked at, the latest.
pub const MOST_REFERENCES: usize = 20;
/// Most characters of a subject that are compared.
const MOST_SUBJECT: usize = 200;
/// What machines write before the subject that they answer, folded.
const MACHINE_MARKS: &[&str] = &[
    "automatic reply",
    "auto-reply",
    "auto reply",
    "autoreply",
    "out of office",
    "out of office reply",
    "reponse automatique",
    "absence du bureau",
    "message d'absence",
    "undeliverable",
    "undelivered",
    "non remis",
];

/// A subject as it is compared: folded, without what programs write before it (`Re:`, `TR :`, `Réponse automatique :`, as
/// often as they do). Empty where nothing else is left.
///
/// ```
/// use crm_core::rules::reply::subject_key;
/// assert_eq!(subject_key("RE: Tr : Votre devis"), subject_key("votre  devis"));
/// assert_eq!(subject_key("Re: Re[2]:"), "");
/// assert_ne!(subject_key("Récap : devis"), subject_key("devis"));
/// ```
pub fn subject_key(subject: &str) -> String {
    let seen: String =
        subject.chars().map(|c| if c.is_control() { ' ' } else { c }).filter(|c| !is_invisible(*c)).collect();
    let folded = fold(&seen);
    let mut rest = folded.as_ref();
    while let Some((mark, after)) = rest.split_once(':') {
        let mark = mark.trim();
        // `Re[2]:`, `Re (3):`
        let plain = mark.split(['[', '(']).next().unwrap_or_default().trim();
        if !REPLY_MARKS.contains(&plain) && !MACHINE_MARKS.contains(&mark) {
            break;
        }
        rest = after.trim();
    }
    rest.chars().take(MOST_SUBJECT).collect()
}

/// The id of a message as channels give it, without the angle brackets and what nobody sees around it.
///
/// ```
/// use crm_core::rules::reply::message_id;
/// assert_eq!(message_id(" <CA+1@mail.example> "), "CA+1@mail.example");
/// ```
pub fn message_id(written: &str) -> &str {
    let plain = written.trim_matches(|c: char| c.is_whitespace() || c.is_control() || is_invisible(c));
    plain.strip_prefix('<').and_then(|inside| inside.strip_suffix('>')).unwrap_or(plain).trim()
}
