//! Recipients: what is an address of a channel, and when two of them are the same.
//!
//! A recipient is checked as it is written, because it is sent as it is written: what would be another address after
//! somebody normalised it is refused, and nothing is repaired.

use crate::kernel::approval::ChannelKind;
use crate::kernel::error::{Problem, Result};
use crate::kernel::text::{fold, is_hidden, shortened};
use crate::rules::identity::{Identity, profile_key};

/// Most bytes of a recipient that is no e-mail address.
const MOST_BYTES: usize = 512;

/// Checks a recipient of a channel and gives its key: two recipients with one key are one.
///
/// Of e-mail and calendar it is an address that needs no repair ([`Identity::address`]), of phone, text message and WhatsApp a
/// number that a numbering plan has (without an extension where a message goes to it), of all others one line of text.
///
/// # Errors
/// [`Problem::WrongShape`], [`Problem::NotAnEmail`].
///
/// ```
/// use crm_core::kernel::approval::ChannelKind;
/// use crm_core::rules::{Rules, recipient::recipient_key};
/// let rules = Rules::default();
/// let key = |channel, written| recipient_key(channel, written, rules.identity());
/// assert_eq!(key(ChannelKind::Sms, "06 12 34 56 78")?, key(ChannelKind::Sms, "+33 6 12 34 56 78")?);
/// assert!(key(ChannelKind::Email, "a@exam\u{200b}ple.fr").is_err());
/// # Ok::<(), crm_core::Error>(())
/// ```
pub fn recipient_key(channel: ChannelKind, written: &str, identity: &Identity) -> Result<String> {
    let shown = || shortened(&written.escape_debug().to_string(), 60);
    let wrong = |expected: &'static str| Problem::WrongShape { expected, found: shown() };
    if written.trim().is_empty() || written.chars().any(is_unwanted) || written.len() > MOST_BYTES {
        return Err(wrong("an address on one line").into());
    }
    match channel {
        ChannelKind::Email | ChannelKind::Calendar => {
            let email = identity.address(written).ok_or_else(|| Problem::NotAnEmail { found: shown() })?;
            Ok(email.exact)
        }
        ChannelKind::Phone => {
            let key = identity.phone_key(written, None);
            Ok(key.ok_or_else(|| wrong("a phone number that can be called"))?)
        }
        ChannelKind::Sms | ChannelKind::Whatsapp => {
            let phone = identity.phone(written, None).filter(|phone| phone.extension.is_empty());
            Ok(phone.ok_or_else(|| wrong("a phone number without an extension"))?.e164)
        }
        ChannelKind::Linkedin | ChannelKind::Social | ChannelKind::Letter => {
            Ok(profile_key(written).unwrap_or_else(|| fold(written.trim()).into_owned()))
        }
    }
}

/// Line breaks, other control characters and what nobody sees; of an address also the marks that a text's emoji have.
fn is_unwanted(c: char) -> bool {
    c.is_control() || is_hidden(c) || c == '\u{fe0f}'
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Rules;

    fn key(channel: ChannelKind, written: &str) -> Option<String> {
        recipient_key(channel, written, Rules::default().identity()).ok()
    }

    #[test]
    fn an_e_mail_address_needs_no_repair() {
        let good = [
            ("anne@renovouest.fr", "anne@renovouest.fr"),
            ("Jean@B.fr", "jean@b.fr"),
            ("o'neil+devis@exemple.fr", "o'neil+devis@exemple.fr"),
            ("andré@exemple.fr", "andré@exemple.fr"),
            ("x@Éxemple.fr", "x@xn--xemple-9ua.fr"),
            ("x@xn--xemple-9ua.fr", "x@xn--xemple-9ua.fr"),
            ("x@straße.de", "x@xn--strae-oqa.de"),
        ];
        for (written, expected) in good {
            assert_eq!(key(ChannelKind::Email, written).as_deref(), Some(expected), "{written}");
        }
        let (local, long) = ("a".repeat(65), format!("{}.fr", "b.".repeat(120)));
        let bad = [
            "a@exam\u{200b}ple.fr",
            "a@exam\u{ad}ple.fr",
            "a@exam\u{fe0f}ple.fr",
            "a@ｅxample.fr",
            "a@example。fr",
            "a\u{ff20}b@c.fr",
            "a\u{2da}b@c.fr",
            "ﬁ@exemple.fr",
            "a@b.fr.",
            " a@b.fr",
            "a@b.fr ",
            "a@b.fr, c@d.fr",
            "a@b.fr;c@d.fr",
            "Anne <a@b.fr>",
            "<a@b.fr>",
            "mailto:a@b.fr",
            "\"a\"@b.fr",
            "a@b@c.fr",
            ".a@b.fr",
            "a.@b.fr",
            "a..b@c.fr",
            "a@localhost",
            "a@127.0.0.1",
            "a@[127.0.0.1]",
            "a@b.fr\r\nBcc: x@y.z",
            "a@b.fr\0",
            "",
            &format!("{local}@b.fr"),
            &format!("a@{long}"),
        ];
        for written in bad {
            assert_eq!(key(ChannelKind::Email, written), None, "{written:?}");
        }
        assert!(key(ChannelKind::Email, &format!("{}@b.fr", "a".repeat(64))).is_some());
    }

    #[test]
    fn a_phone_number_is_one_of_a_plan() {
        for channel in [ChannelKind::Phone, ChannelKind::Sms, ChannelKind::Whatsapp] {
            assert_eq!(key(channel, "06 12 34 56 78").as_deref(), Some("+33612345678"));
            for written in ["12", "+33 6 12", "nobody", "+33612345678\n+33699999999", "+33612345678, +33699999999"] {
                assert_eq!(key(channel, written), None, "{written:?}");
            }
        }
        assert!(key(ChannelKind::Phone, "02 98 00 00 00 poste 12").is_some());
        assert_eq!(key(ChannelKind::Sms, "02 98 00 00 00 poste 12"), None);
    }

    #[test]
    fn everything_is_one_visible_line() {
        for channel in ChannelKind::ALL {
            for written in ["", "  ", "a\nb", "a\u{2028}b", "a\u{202e}b", "a\u{1d173}b", &"a".repeat(600)] {
                assert_eq!(key(*channel, written), None, "{channel:?} {written:?}");
            }
        }
        let letter = "Anne Le Goff, 3 rue de Brest, 29000 Quimper";
        assert_eq!(key(ChannelKind::Letter, letter), key(ChannelKind::Letter, &letter.to_uppercase()));
    }
}
