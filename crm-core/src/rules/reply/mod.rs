//! Conversations: what a message that comes back from outreach is, and what follows from it.
//!
//! # Order
//! The surest sign decides, and everything that was found is listed with its reasons:
//!
//! 1. *Headers*: a report about a delivery (`multipart/report`, or a server whose report names a cause) is a `bounce`; a
//!    spam complaint (`feedback-report`) an `unsubscribe`; `Auto-Submitted: auto-replied`, `X-Autoreply` and their like
//!    are `out_of_office`, or `auto_reply` where the message confirms receipt; any other `Auto-Submitted` but `no`, a null
//!    return path, `Precedence: bulk` an `auto_reply`. `X-Auto-Response-Suppress` alone proves nothing.
//! 2. *Subject*: words of absence in a subject that answers nothing (`Re: Absence du bureau` is a person).
//! 3. *Own words*: quoted messages, signatures, footers of mailings and our own footers are set aside. A message that is
//!    nothing but a footer is read.
//! 4. *Opt-out* beats everything that a person says, then *negative*, *wrong person*, *positive*. What is left is
//!    `unknown`, which stops a sequence as any person's message does.
//!
//! Words are compared without case and accents, whole, within a sentence; marks that nobody sees do not part them. A
//! negation in the same clause, at most [`NEGATION_WINDOW_WORDS`] words before, turns a positive phrase into a negative
//! one, and takes its weight from any other: *not uninterested* says nothing, *don't unsubscribe me* leaves the reading to
//! a person. *I can't unsubscribe* is a wish to leave all the same. *ne ... que* denies nothing.
//!
//! | class | consequences |
//! |---|---|
//! | `bounce` | hard: `stop`, `bad_address`; blocked: `review`; soft: none |
//! | `out_of_office` | `pause` |
//! | `auto_reply` | none |
//! | `unsubscribe` | `stop`, `remove` |
//! | `negative` | `stop` |
//! | `wrong_person`, `positive` | `stop`, `follow_up` |
//! | `unknown` | `stop`, `review` |
//!
//! Besides, `data_rights` where a right over personal data is used (RGPD, CNIL, *supprimez mes données*); `review` where
//! a person says things that do not agree; `stop` and `review` where a machine's message speaks of removal.
//!
//! # Absence
//! The end of an absence is what follows *jusqu'au*, *du ... au*, *de retour le*, *until*, *back on* and their like: `5
//! janvier`, `January 5th, 2027`, `2027-01-05`, `05/01`. In French the day comes first; in English `01/05` may be two days
//! and is unknown. Without a year it is the next such day from the message's on, as is a day of the week (*de retour lundi*, *back on Monday*): the next one after the
//! message's day. A sequence goes on the business day after;
//! without a date `wait_business_days` (5) after the message. Another message within a pause extends it, and none is longer
//! than `most_absence_days` (60) from the first message on.
//!
//! # Bounces
//! See [`BounceCategory`] and [`bounce`]. A soft bounce gives up no address; `most_soft_bounces` (5) different messages that
//! came back within `soft_bounce_days` (30), with none delivered between them, do: the address counts as bounced from the
//! last of these on, with the consequences of a hard bounce.
//!
//! # Configuration
//! ```json
//! {"calendar": "office", "standard": true, "footers": ["Vous recevez ce message de Toitures Morel. Se désabonner"],
//!  "lexicon": {"negative": {"fr": ["pas pour cette annee"]}}, "wait_business_days": 5, "most_absence_days": 60,
//!  "most_soft_bounces": 5, "soft_bounce_days": 30}
//! ```
//! Everything may be left out. The phrases are added to the built-in ones ([`STANDARD`]) unless `standard` is `false`; the
//! lists are [`List::CODES`]. In a phrase `a|b` is either word, `word*` a word that begins so, `=` before it asks for a
//! line with nothing else but courtesy, `$` after it for the end of a clause.
//!
//! # Questions as JSON
//! `{"asks": [...], "lang": "fr"}`, answered in order under `answers`:
//!
//! | `ask` | with | answer |
//! |---|---|---|
//! | `classify` | `headers` (texts or lists by name), `subject`, `text`, `sent_at`, `footers`, `pause` as an earlier answer gave it | `class`, `is_automated`, `stops_sequence`, `consequences`, `evidence`, `findings`, `set_aside`, `bounce`, `return_date`, `resume_on`, `pause`, `reasons` |
//! | `bounce` | `category`, `status` (`5.1.1`, `550`), `action`, `text` | `category`, `type`, `permanent`, `consequences`, `reasons`; null if it was delivered |
//!
//! | `soft_bounces` | `bounces`: `{"message", "at"}` of each that came back for now; `delivered`: instants | `type`: `hard` or `soft`, `count` of the most in a row, `since` when it is hard, `consequences`, `reasons` |
//!
//! A finding has its place in the subject or text as it was given: `bytes` and `characters` (Unicode scalar values), from
//! and to. Only the first [`MOST_TEXT_BYTES`] of a text are read, and that is told. The text is plain: taking it out of
//! HTML is the host's. The time is linear in the text.
//!
//! # Example
//! ```
//! use crm_core::rules::Rules;
//! use serde_json::json;
//!
//! let answer = Rules::default().eval("reply", &json!({"asks": [
//!     {"ask": "classify", "text": "Merci, mais nous ne sommes pas intéressés.\n\n> Répondez STOP pour ne plus nous lire"},
//!     {"ask": "classify", "subject": "Réponse automatique : Devis", "text": "Je suis absent jusqu'au 5 janvier.",
//!      "sent_at": "2026-12-21T09:00:00Z"},
//! ], "lang": "fr"}))?;
//! let (person, machine) = (&answer["answers"][0], &answer["answers"][1]);
//! assert_eq!(person["class"], "negative");
//! assert_eq!(person["evidence"]["text"], "pas intéressés");
//! assert_eq!(person["reasons"][0]["text"], "refuse\u{a0}: «\u{a0}pas interesses\u{a0}»");
//! assert_eq!(machine["return_date"], "2027-01-05");
//! assert_eq!(machine["resume_on"], "2027-01-06");
//! # Ok::<(), crm_core::Error>(())
//! ```

mod absence;
mod bounce;
mod classify;
mod door;
mod findings;
mod headers;
mod lexicon;
mod own;
mod settings;
mod soft;
mod thread;
mod words;

pub use self::absence::{AbsenceLimits, Pause, pause};
pub use self::bounce::{Bounce, BounceCategory, BounceFacts, Status, bounce};
pub use self::classify::{
    Finding, MOST_ASIDES, MOST_FINDINGS, MOST_SUBJECT_BYTES, MOST_TEXT_BYTES, Message, Place, Reply,
    bounce_consequences, consequences,
};
pub(in crate::rules) use self::door::eval_json;
pub use self::findings::NEGATION_WINDOW_WORDS;
pub use self::headers::Headers;
pub use self::lexicon::{Lexicon, List, STANDARD};
pub use self::own::Aside;
pub use self::settings::ReplyRules;
pub use self::soft::{SoftBounce, SoftLimits, SoftVerdict};
pub use self::thread::{MOST_REFERENCES, message_id, subject_key};
pub(in crate::rules) use self::words::words;
