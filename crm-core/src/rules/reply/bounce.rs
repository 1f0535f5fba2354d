//! Why a message was not delivered, and how final that is.
//!
//! The categories and which of them are hard, soft or blocked are those of Mautic's `CategoryMapper`, with two of its
//! own types told by a stricter one: what it calls temporary, an automatic reply or generic is soft here, and so is
//! what nothing was recognised of, since an address is given up only for a cause.

use super::words::beginning;
use crate::kernel::coded::coded;
use crate::kernel::reply_reason::{BounceType, ReplyReason};
use crate::kernel::text::{has_word, words};

coded! {
    /// Why a message was not delivered.
    BounceCategory {
        /// Taken for spam, or the sender is refused.
        AntiSpam = "ANTISPAM",
        /// A machine answered.
        AutoReply = "AUTOREPLY",
        /// Too many connections or recipients at once.
        Concurrent = "CONCURRENT",
        /// What it says is refused.
        ContentReject = "CONTENT_REJECT",
        /// A command is refused.
        CommandReject = "COMMAND_REJECT",
        /// The other side has a fault.
        InternalError = "INTERNAL_ERROR",
        /// To be tried again.
        Defer = "DEFER",
        /// On the way, but late.
        Delayed = "DELAYED",
        /// It goes round in circles.
        DnsLoop = "DNS_LOOP",
        /// The domain or its host does not exist.
        DnsUnknown = "DNS_UNKNOWN",
        /// The mailbox is full.
        Full = "FULL",
        /// The mailbox is switched off.
        Inactive = "INACTIVE",
        /// Only Latin letters are taken.
        LatinOnly = "LATIN_ONLY",
        /// Another cause.
        Other = "OTHER",
        /// The message is too large.
        Oversize = "OVERSIZE",
        /// The person is away.
        OutOfOffice = "OUTOFOFFICE",
        /// The mailbox does not exist.
        Unknown = "UNKNOWN",
        /// No cause was recognised.
        Unrecognized = "UNRECOGNIZED",
        /// The person refuses mail.
        UserReject = "USER_REJECT",
        /// A warning.
        Warning = "WARNING",
    }
}

impl BounceCategory {
    /// Whether the address is lost, busy or blocked.
    pub const fn kind(self) -> BounceType {
        use BounceCategory as C;
        match self {
            C::CommandReject | C::DnsLoop | C::DnsUnknown | C::Inactive | C::Unknown | C::UserReject => {
                BounceType::Hard
            }
            C::AntiSpam => BounceType::Blocked,
            _ => BounceType::Soft,
        }
    }
}

/// What is known of a message that was not delivered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BounceFacts {
    /// A category that the host knows.
    pub category: Option<BounceCategory>,
    /// The enhanced status code (RFC 3463), such as `5.1.1`, or the basic one, such as `550`.
    pub status: Option<Status>,
    /// `Action` of the report (RFC 3464): `failed`, `delayed`, `delivered`, `relayed`, `expanded`.
    pub action: String,
    /// The words of the report.
    pub text: String,
}

/// A status code of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// RFC 3463: class, subject, detail.
    Enhanced(u16, u16, u16),
    /// RFC 5321.
    Basic(u16),
}

/// Why a message was not delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounce {
    /// The cause.
    pub category: BounceCategory,
    /// How final it is.
    pub kind: BounceType,
    /// What tells it.
    pub reasons: Vec<ReplyReason>,
}

impl Status {
    /// Reads `5.1.1` or `550`; `None` is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let number = |part: &str, most: usize| {
            let plain = (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
            part.parse::<u16>().ok().filter(|_| plain)
        };
        let parts: Vec<&str> = text.trim().split('.').collect();
        match parts.as_slice() {
            [class, subject, detail] => {
                let class = number(class, 1).filter(|class| matches!(class, 2 | 4 | 5))?;
                Some(Status::Enhanced(class, number(subject, 3)?, number(detail, 3)?))
            }
            [basic] => number(basic, 3).filter(|basic| (200..600).contains(basic)).map(Status::Basic),
            _ => None,
        }
    }

    /// The first status code among the words of a report: an enhanced one, or else a basic one of a refusal.
    pub fn within(text: &str) -> Option<Self> {
        let parts = || text.split(|c: char| !c.is_ascii_digit() && c != '.').map(|part| part.trim_matches('.'));
        let enhanced = parts().filter_map(Self::parse).find(|status| matches!(status, Status::Enhanced(..)));
        let refusal = |status: &Status| matches!(status, Status::Basic(400..600));
        enhanced.or_else(|| parts().filter(|part| part.len() == 3).filter_map(Self::parse).find(refusal))
    }

    const fn class(self) -> u16 {
        match self {
            Status::Enhanced(class, ..) => class,
            Status::Basic(basic) => basic / 100,
        }
    }

    fn shown(self) -> String {
        match self {
            Status::Enhanced(class, subject, detail) => format!("{class}.{subject}.{detail}"),
            Status::Basic(basic) => basic.to_string(),
        }
    }

    /// What the code says, and whether it says so for certain: general codes leave it to the words.
    const fn category(self) -> (BounceCategory, bool) {
        use BounceCategory as C;
        match self {
            Status::Enhanced(_, 1, 2 | 10) | Status::Enhanced(_, 4, 3 | 4) => (C::DnsUnknown, true),
            Status::Enhanced(_, 1, 1 | 3 | 4) | Status::Enhanced(_, 2, 4) | Status::Enhanced(_, 7, 17 | 18) => {
                (C::Unknown, true)
            }
            Status::Enhanced(_, 1, 6) | Status::Enhanced(_, 2, 1) | Status::Enhanced(_, 7, 13) => (C::Inactive, true),
            Status::Enhanced(_, 1, 7..=9) => (C::AntiSpam, true),
            Status::Enhanced(_, 1, _) => (C::Unknown, false),
            Status::Enhanced(_, 2, 2) => (C::Full, true),
            Status::Enhanced(_, 2, 3) | Status::Enhanced(_, 3, 4) => (C::Oversize, true),
            Status::Enhanced(_, 3, 1) => (C::Full, false),
            Status::Enhanced(_, 3, 2) | Status::Enhanced(_, 4, 1 | 2 | 5 | 7) => (C::Defer, false),
            Status::Enhanced(_, 3, _) | Status::Enhanced(_, 5, _) => (C::InternalError, false),
            Status::Enhanced(_, 4, 6) => (C::DnsLoop, true),
            Status::Enhanced(_, 6, _) => (C::ContentReject, false),
            Status::Enhanced(_, 7, _) => (C::AntiSpam, false),
            Status::Basic(452 | 552) => (C::Full, false),
            Status::Basic(550 | 551 | 553) => (C::Unknown, false),
            Status::Basic(421 | 450 | 451) => (C::Defer, false),
            _ => (C::Other, false),
        }
    }
}

/// What reports say, in the order in which it is believed.
const DIAGNOSES: &[(BounceCategory, &[&str])] = &[
    (
        BounceCategory::Full,
        &[
            "over quota",
            "quota exceeded",
            "exceeds quota",
            "exceeded quota",
            "mailbox full",
            "mailbox is full",
            "storage full",
            "insufficient system storage",
            "out of storage space",
            "boite pleine",
            "boite de reception pleine",
            "boite aux lettres est pleine",
            "boite aux lettres pleine",
            "quota depasse",
        ],
    ),
    (
        BounceCategory::Oversize,
        &[
            "message too large",
            "message too big",
            "larger than the current system limit",
            "message size exceeds",
            "exceeds maximum message size",
            "message trop volumineux",
        ],
    ),
    (
        BounceCategory::AntiSpam,
        &[
            "spam",
            "blacklisted",
            "blacklist",
            "blocklist",
            "blocked using",
            "spamhaus",
            "poor reputation",
            "message rejected due to content restrictions",
            "dmarc",
            "considered unsolicited",
        ],
    ),
    (
        BounceCategory::DnsUnknown,
        &[
            "host not found",
            "host unknown",
            "unknown host",
            "domain not found",
            "domain does not exist",
            "unrouteable mail domain",
            "name or service not known",
            "no mx",
            "bad destination host",
            "domaine inconnu",
            "domaine introuvable",
        ],
    ),
    (
        BounceCategory::DnsLoop,
        &["mail loop", "loops back to myself", "too many hops", "hop count exceeded", "routing loop"],
    ),
    (
        BounceCategory::Inactive,
        &[
            "mailbox disabled",
            "account disabled",
            "account has been disabled",
            "user disabled",
            "account is inactive",
            "inactive user",
            "mailbox inactive",
            "deactivated mailbox",
            "account suspended",
            "account has been closed",
            "account closed",
            "compte desactive",
            "compte inactif",
        ],
    ),
    (
        BounceCategory::UserReject,
        &[
            "recipient address rejected access denied",
            "refused by recipient",
            "user has refused",
            "not accepting mail from",
            "user reject",
            "sender is blocked by recipient",
            "refuse par le destinataire",
        ],
    ),
    (
        BounceCategory::Unknown,
        &[
            "user unknown",
            "unknown user",
            "no such user",
            "user not found",
            "mailbox not found",
            "mailbox unavailable",
            "mailbox not available",
            "no such mailbox",
            "no mailbox here",
            "invalid recipient",
            "recipient not found",
            "recipient unknown",
            "unknown recipient",
            "no such recipient",
            "does not exist",
            "doesn t exist",
            "address not found",
            "no valid recipients",
            "invalid mailbox",
            "not a valid mailbox",
            "user doesn t have",
            "relaying denied",
            "relay access denied",
            "adresse inconnue",
            "destinataire inconnu",
            "utilisateur inconnu",
            "n existe pas",
            "adresse introuvable",
            "boite inexistante",
        ],
    ),
    (
        BounceCategory::Concurrent,
        &["too many connections", "too many recipients", "too many concurrent", "rate limited"],
    ),
    (
        BounceCategory::Defer,
        &[
            "try again later",
            "temporarily deferred",
            "greylisted",
            "greylisting",
            "temporary failure",
            "temporarily unavailable",
            "connection timed out",
            "connection refused",
            "resources temporarily",
            "reessayer plus tard",
        ],
    ),
];

/// Words of a report that are read.
const MOST_REPORT_BYTES: usize = 64 * 1024;

/// The cause that the words of a report name.
fn diagnosis(text: &str) -> Option<(BounceCategory, &'static str)> {
    let words = words(beginning(text, MOST_REPORT_BYTES));
    DIAGNOSES.iter().find_map(|(category, phrases)| {
        phrases.iter().find(|phrase| has_word(&words, [**phrase])).map(|phrase| (*category, *phrase))
    })
}

/// Why a message was not delivered; `None` if it was, or is on its way.
///
/// The host's own category comes first, then an exact status code, then the words, then a general status code. A
/// transient status (`4.x.x`) or a report of a delay never gives up an address.
pub fn bounce(facts: &BounceFacts) -> Option<Bounce> {
    use BounceCategory as C;
    let status = facts.status.or_else(|| Status::within(&facts.text));
    let action = facts.action.trim().to_ascii_lowercase();
    let delivered = ["delivered", "relayed", "expanded"].contains(&action.as_str());
    if facts.category.is_none() && (delivered || status.is_some_and(|status| status.class() == 2)) {
        return None;
    }
    let mut reasons = Vec::new();
    let spoken = diagnosis(&facts.text);
    let coded = status.map(Status::category);
    let mut category = match (facts.category, coded, spoken) {
        (Some(category), ..) => category,
        (None, Some((category, true)), _) => category,
        (None, _, Some((category, _))) => category,
        (None, Some((category, false)), None) => category,
        (None, None, None) if action == "delayed" => C::Delayed,
        (None, None, None) => C::Unrecognized,
    };
    let transient = status.is_some_and(|status| status.class() == 4) || action == "delayed";
    if facts.category.is_none() && transient && category.kind() == BounceType::Hard {
        category = C::Defer;
    }
    reasons.push(ReplyReason::Bounced { category: category.code(), kind: category.kind() });
    reasons.extend(status.map(|status| ReplyReason::Status { status: status.shown() }));
    reasons.extend(spoken.map(|(_, phrase)| ReplyReason::Diagnosis { phrase: phrase.to_owned() }));
    if category == C::Unrecognized {
        reasons.push(ReplyReason::NoDiagnosis);
    }
    Some(Bounce { category, kind: category.kind(), reasons })
}
