//! Attachments: files that the host keeps, and what the library knows of them.

use super::declare::record;
use crate::kernel::time::Instant;

record! {
    /// A file. Its bytes are the host's; they may go once `deletable_at` has passed.
    Attachment = "attachment" {
        /// The file's name.
        name: String;
        /// Its media type, such as application/pdf.
        media_type: String, indexed;
        /// How large it is.
        size_bytes: Option<i64>;
        /// SHA-256 of its bytes, in hexadecimal digits.
        sha256: String, indexed;
        /// Where the host keeps it.
        location: String;
        /// Who brought it: the host's name of a user.
        uploaded_by: String, indexed;
        /// Since when no record has it any more.
        unlinked_at: Option<Instant>, computed;
        /// When its bytes may be deleted, if no record takes it again until then.
        deletable_at: Option<Instant>, indexed computed;
        /// The system it was imported from.
        external_source: String;
        /// Its id in that system.
        external_id: String, indexed;
    }
}
