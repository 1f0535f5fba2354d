//! The headers by which a reader unsubscribes with one click.

use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::text::shortened;

/// Most bytes of an address in a header.
const MOST_BYTES: usize = 900;

/// The headers of a message to many (RFC 2369 and RFC 8058): a POST to `unsubscribe_url` has to unsubscribe without
/// asking again, and the message's DKIM signature has to cover both headers. `mailbox` is one more way for readers'
/// programs that know no other.
///
/// # Errors
/// [`Problem::WrongShape`] with the place for what is no https address or no mailbox, or would break out of the header.
///
/// ```
/// use crm_core::rules::consent::list_unsubscribe;
/// let headers = list_unsubscribe("https://exemple.fr/u/7f3a", None)?;
/// assert_eq!(headers[0], ("List-Unsubscribe", "<https://exemple.fr/u/7f3a>".to_owned()));
/// assert_eq!(headers[1], ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
/// assert!(list_unsubscribe("https://exemple.fr/\r\nBcc: x@y.z", None).is_err());
/// # Ok::<(), crm_core::Error>(())
/// ```
pub fn list_unsubscribe(unsubscribe_url: &str, mailbox: Option<&str>) -> Result<Vec<(&'static str, String)>> {
    let is_plain =
        |text: &str| text.len() <= MOST_BYTES && text.bytes().all(|b| b.is_ascii_graphic() && !b"<>\",\\".contains(&b));
    let host = unsubscribe_url.strip_prefix("https://").and_then(|rest| rest.split(['/', '?', '#']).next());
    let is_host = |host: &str| {
        host.split('.').count() > 1
            && host.split('.').all(|label| {
                !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b':')
            })
    };
    if !is_plain(unsubscribe_url) || !host.is_some_and(is_host) {
        let found = shortened(&unsubscribe_url.escape_debug().to_string(), 60);
        let problem = Problem::WrongShape { expected: "an address that begins with https://, in plain ASCII", found };
        return Err(Error::from(problem).at("unsubscribe_url"));
    }
    let mut value = format!("<{unsubscribe_url}>");
    if let Some(mailbox) = mailbox {
        let is_mailbox = mailbox.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !local.contains(['@', '?', '&', '%', ':']) && is_host(domain)
        });
        if !is_plain(mailbox) || !is_mailbox {
            let found = shortened(&mailbox.escape_debug().to_string(), 60);
            return Err(Error::from(Problem::NotAnEmail { found }).at("mailbox"));
        }
        value.push_str(&format!(", <mailto:{mailbox}?subject=unsubscribe>"));
    }
    let post = ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned());
    Ok(vec![("List-Unsubscribe", value), post])
}
