//! Drafts: messages that wait. Nothing of this leaves by itself.

use super::declare::record;
use crate::kernel::id::Id;

record! {
    /// A message that somebody or something wrote and nobody has sent.
    Draft = "draft" {
        /// How it would go: email, letter, linkedin ...
        channel: String, indexed;
        /// The language it is written in, by its ISO 639-1 code.
        language: String;
        /// To whom: addresses of the channel.
        recipients: Vec<String>;
        /// What it is about.
        subject: String;
        /// The message.
        text: String;
        /// The lead it belongs to.
        lead: Option<Id>, indexed;
        /// The account it belongs to.
        account: Option<Id>, indexed;
        /// The contact it belongs to.
        contact: Option<Id>, indexed;
        /// The deal it belongs to.
        deal: Option<Id>, indexed;
        /// The ticket it belongs to.
        ticket: Option<Id>, indexed;
        /// Who wrote it: the host's name of a user or agent.
        author: String, indexed;
        /// The template that it was made with.
        template: String, indexed computed;
        /// The template's version then.
        template_version: Option<i64>, computed;
        /// Its language and the values that were put in, as canonical JSON: with them the text can be made again.
        template_values: String, computed;
        /// SHA-256 of template, version, language and values.
        template_hash: String, computed;
        /// Labels.
        tags: Vec<String>;
    }
}
