//! What logging, drafting and attaching have to say, in English.

use super::{Clock, Lang};
use crate::kernel::activity_reason::ActivityReason;
use crate::kernel::time::Instant;

pub(super) fn reason(reason: &ActivityReason, clock: Clock<'_>) -> String {
    let moment = |at: Instant| clock.in_full(at, Lang::English);
    use ActivityReason as R;
    match reason {
        R::MissingVariable { name, from_record: true } => format!("`{name}` is not known of the record"),
        R::MissingVariable { name, from_record: false } => format!("`{name}` is to be filled in"),
        R::AlreadyLogged { source, id } => format!("{source} told of this activity already ({id})"),
        R::RevisedBySource { source, id } => {
            format!("{source} tells something else of this activity than before ({id}): it was revised")
        }
        R::StaysRemoved { source, id } => {
            format!("{source} tells of an activity that was removed ({id}): it stays removed")
        }
        R::OptedOut => "the person asked not to be written to: this can be drafted but not sent".to_owned(),
        R::ConsentUnknown => "nobody knows yet whether the person agreed to be written to".to_owned(),
        R::NoRecipient { channel } => format!("no recipient is known for the channel {channel}"),
        R::FileKept { links } => {
            format!("the file is kept: {} it", super::plural(Lang::English, *links, "record has", "records have"))
        }
        R::FileDeletable { at } => {
            format!("no record has the file any more: it may be deleted from {}", moment(*at))
        }
        R::FileDeleted { at } => format!("the file was deleted on {}", moment(*at)),
        R::SameFile { name } => format!("the same file is there already, as {name}"),
        R::FileRevived => "a record has the file again: it is not deleted".to_owned(),
    }
}
