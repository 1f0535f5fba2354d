//! Drafts: messages and proposed commands that wait for an OK. Nothing of this leaves by itself.

use super::declare::record;
use crate::kernel::approval::{DraftKind, DraftState};
use crate::kernel::id::Id;
use crate::kernel::time::Instant;

record! {
    /// Something that somebody or something wrote and that waits for an OK, with all that became of it.
    Draft = "draft" {
        /// A message, or a command that is proposed.
        kind: Option<DraftKind>, indexed computed;
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
        /// What the person is contacted for: prospecting, reply, service.
        purpose: String;
        /// What it is about as far as the law distinguishes: energy_renovation, home_adaptation, other.
        topic: String;
        /// Whether it is about products similar to those that the person bought.
        similar_product: Option<bool>;
        /// What the text contains of what the law asks for, by the codes of the rule `consent` (sender_identity, opt_out ...).
        mentions: Vec<String>;
        /// It leaves no earlier.
        send_not_before: Option<Instant>, indexed;
        /// The proposed command's name.
        command: String, indexed computed;
        /// Its body, as canonical JSON.
        command_body: String, computed;
        /// What it would change and answer, as canonical JSON, when it was proposed.
        preview: String, computed;
        /// Why it was written, as canonical JSON: a list of reasons.
        reasons: String, computed;
        /// How sure the author is, in basis points.
        confidence_bp: Option<i64>;
        /// Where it was learnt from, where that is text from outside: a conversation, a web page, a file ...
        sources: Vec<String>;
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
        /// The conversation that it goes on with.
        conversation: Option<Id>, indexed;
        /// The quote that leaves with it.
        quote: Option<Id>, indexed computed;
        /// The hash of that quote, which an approval binds.
        quote_hash: String, computed;
        /// The enrolment that made it.
        enrolment: Option<Id>, indexed computed;
        /// The step of the sequence that made it.
        step: String, computed;
        /// Whether only a person may approve it, whatever rules there are.
        needs_person: Option<bool>, computed;
        /// What made it, said once: a step, a suggestion. There is one draft for each.
        origin_key: String, indexed computed;
        /// Who wrote it: the host's name of a user or agent.
        author: String, indexed;
        /// Where it stands.
        state: Option<DraftState>, indexed computed;
        /// Counts up with every edit.
        revision: Option<i64>, computed;
        /// SHA-256 of everything that a decision binds.
        content_hash: String, computed;
        /// Since when it waits for a decision.
        waiting_since: Option<Instant>, indexed computed;
        /// Until when somebody may decide, or until when the decision holds.
        expires_at: Option<Instant>, indexed computed;
        /// Who decided last.
        decided_by: String, indexed computed;
        /// When.
        decided_at: Option<Instant>, indexed computed;
        /// The rule that approved it, by its id.
        rule: Option<Id>, indexed computed;
        /// Who may decide, who did, and the hand-offs, as canonical JSON: what the rule `approval` continues from.
        gate: String, computed;
        /// How many events it has.
        event_count: Option<i64>, computed;
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
