//! The message that a quote leaves with. Nothing leaves here: it is a draft that waits for an OK.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::body::{head, head_json, id_of, instant_of, text_of};
use super::compose::{Bound, ComposeDraft, Composed};
use super::quote_issue::put_text;
use super::quote_state::{quote_at, quote_of, refuse, refuse_unseen, standing_of};
use super::quote_terms::stored_terms;
use super::template_use::TemplateUse;
use super::{Command, Cx, Verb};
use crate::kernel::approval::{ChannelKind, DraftState};
use crate::kernel::consent_reason::{ContactPurpose, Mention};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::offer_problem::OfferProblem;
use crate::kernel::quotes::QuoteAct;
use crate::kernel::time::{Instant, format_instant};
use crate::lang::{Lang, QuoteLetter, quote_letter};
use crate::model::{Draft, Key, Kind, Quote, Row};
use crate::rules::Rules;
use crate::rules::quote::QuoteTerms;
use crate::rules::read::{Object, coded, list, text};

const KEYS: &[&str] = &[
    "id",
    "version",
    "hash",
    "recipients",
    "channel",
    "subject",
    "text",
    "template",
    "purpose",
    "topic",
    "mentions",
    "conversation",
    "send_not_before",
];

/// Writes the message that a quote leaves with, and gives it to whoever decides: `{"id": "...", "recipients":
/// ["anne@example.com"], "subject": "...", "text": "..."}`; only `id` is needed. Without words of one's own, or a `template`,
/// it has the usual ones in the quote's language; without recipients it goes to the quote's person.
///
/// The OK is about exactly this quote: its hash is part of what is approved. Only a person gives it, since a quote binds. An
/// earlier message of the same quote that nobody approved gives way; a person's does not give way to an agent's, which is
/// refused.
#[derive(Clone, Debug, PartialEq)]
pub struct SendQuote {
    /// The quote.
    pub id: Id,
    /// The row's version that the author saw; another one is refused.
    pub version: Option<u64>,
    /// The hash that the author saw; another one is refused.
    pub hash: String,
    /// To whom: addresses of the channel.
    pub recipients: Vec<String>,
    /// How it goes; by e-mail unless it is said otherwise.
    pub channel: Option<ChannelKind>,
    /// What it is about.
    pub subject: String,
    /// The message.
    pub text: String,
    /// The template that says subject and text.
    pub template: Option<TemplateUse>,
    /// What the person is contacted for; an answer unless it is said otherwise.
    pub purpose: Option<ContactPurpose>,
    /// What it is about as far as the law distinguishes.
    pub topic: String,
    /// What the text contains of what the law asks for.
    pub mentions: Vec<String>,
    /// The conversation that it goes on with.
    pub conversation: Option<Id>,
    /// It leaves no earlier.
    pub send_not_before: Option<Instant>,
}

/// The message that a quote is to leave with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteSending {
    /// The quote.
    pub id: Id,
    /// The quote's hash, which the OK binds.
    pub hash: String,
    /// The draft.
    pub draft: Id,
    /// To whom it would go.
    pub recipients: Vec<String>,
    /// Where the draft stands.
    pub state: DraftState,
    /// Its revision, for whoever decides.
    pub revision: u64,
    /// The hash of its content, for whoever decides.
    pub content_hash: String,
    /// What whoever decides has to know.
    pub reasons: Vec<Json>,
}

impl SendQuote {
    /// The usual message of a quote.
    pub fn new(id: Id) -> Self {
        Self {
            id,
            version: None,
            hash: String::new(),
            recipients: Vec::new(),
            channel: None,
            subject: String::new(),
            text: String::new(),
            template: None,
            purpose: None,
            topic: String::new(),
            mentions: Vec::new(),
            conversation: None,
            send_not_before: None,
        }
    }

    /// The draft's own fields.
    fn draft(&self, quote: &Quote, terms: &QuoteTerms) -> Draft {
        let lang: Lang = quote.language.parse().unwrap_or_default();
        let mut draft = Draft {
            channel: self.channel.unwrap_or(ChannelKind::Email).code().to_owned(),
            language: lang.code().to_owned(),
            recipients: self.recipients.clone(),
            subject: self.subject.clone(),
            text: self.text.clone(),
            purpose: self.purpose.unwrap_or(ContactPurpose::Reply).code().to_owned(),
            topic: self.topic.clone(),
            mentions: self.mentions.clone(),
            send_not_before: self.send_not_before,
            account: quote.account,
            contact: quote.contact,
            deal: quote.deal,
            conversation: self.conversation,
            ..Draft::default()
        };
        if self.template.is_none() {
            let letter = QuoteLetter {
                number: &quote.number,
                title: &quote.title,
                issued_on: quote.issued_on,
                valid_until: quote.valid_until,
                net: quote.net,
                gross: quote.gross,
                seller: terms.seller.name.as_deref().unwrap_or_default(),
            };
            if draft.text.is_empty() && draft.mentions.is_empty() && !letter.seller.is_empty() {
                draft.mentions.push(Mention::SenderIdentity.code().to_owned());
            }
            let (subject, text) = quote_letter(&letter, lang);
            if draft.subject.is_empty() {
                draft.subject = subject;
            }
            if draft.text.is_empty() {
                draft.text = text;
            }
        }
        draft
    }
}

/// What a quote hangs on, as far as it is in use and the actor sees it.
fn in_use(cx: &mut Cx<'_>, kind: Kind, id: Option<Id>) -> Result<Option<Id>> {
    let Some(id) = id else { return Ok(None) };
    Ok(cx.row(Key { kind, id })?.filter(|row| row.archived_at.is_none()).map(|row| row.id))
}

impl Command for SendQuote {
    type Output = QuoteSending;
    const VERB: Verb = Verb::Draft;

    fn name() -> Cow<'static, str> {
        "quote.send".into()
    }

    fn to_json(&self) -> Json {
        let mut map = head_json(self.id, self.version);
        let texts = [("hash", &self.hash), ("subject", &self.subject), ("text", &self.text), ("topic", &self.topic)];
        texts.into_iter().for_each(|(key, text)| put_text(&mut map, key, text));
        for (key, all) in [("recipients", &self.recipients), ("mentions", &self.mentions)] {
            if !all.is_empty() {
                map.insert(key.into(), json!(all));
            }
        }
        put_text(&mut map, "channel", self.channel.map_or("", ChannelKind::code));
        put_text(&mut map, "purpose", self.purpose.map_or("", ContactPurpose::code));
        if let Some(template) = &self.template {
            map.insert("template".into(), template.to_json());
        }
        put_text(&mut map, "conversation", &self.conversation.map(|id| id.to_string()).unwrap_or_default());
        put_text(&mut map, "send_not_before", &self.send_not_before.map(format_instant).unwrap_or_default());
        Json::Object(map)
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let (o, map) = (Object::new(body, KEYS)?, json::object(body, "an object with `id`")?);
        let (id, version) = head(map)?;
        let word = |key: &str| Ok::<_, Error>(text_of(map, key)?.unwrap_or_default());
        let template = map.get("template").filter(|v| !v.is_null()).map(TemplateUse::from_json);
        Ok(Self {
            id,
            version,
            hash: word("hash")?,
            recipients: o.optional("recipients", |v| list(v, text))?.unwrap_or_default(),
            channel: o.optional("channel", |v| coded(v, ChannelKind::from_code, ChannelKind::CODES))?,
            subject: word("subject")?,
            text: word("text")?,
            template: template.transpose().map_err(|e| e.at("template"))?,
            purpose: o.optional("purpose", |v| coded(v, ContactPurpose::from_code, ContactPurpose::CODES))?,
            topic: word("topic")?,
            mentions: o.optional("mentions", |v| list(v, text))?.unwrap_or_default(),
            conversation: id_of(map, "conversation")?,
            send_not_before: instant_of(map, "send_not_before")?,
        })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<QuoteSending> {
        let (row, quote) = quote_at(cx, self.id)?;
        refuse_unseen(&row, self.version)?;
        refuse(QuoteAct::Send, standing_of(cx.rules(), &quote, cx.at()))?;
        if !self.hash.is_empty() && self.hash != quote.hash {
            let (found, expected) = (self.hash.clone(), quote.hash.clone());
            let problem = OfferProblem::OtherHash { found, expected };
            return Err(Error::from(problem).at("hash"));
        }
        let terms = stored_terms(&quote)?;
        let draft = Draft {
            account: in_use(cx, Kind::Account, quote.account)?,
            contact: in_use(cx, Kind::Contact, quote.contact)?,
            deal: in_use(cx, Kind::Deal, quote.deal)?,
            ..self.draft(&quote, &terms)
        };
        let compose = ComposeDraft { draft, template: self.template.clone(), submit: true, ..ComposeDraft::default() };
        let bound = Bound { quote: self.id, hash: quote.hash.clone() };
        let done: Composed = compose.compose(cx, Some(&bound))?;
        let (Some(state), Some(revision), Some(content_hash)) = (done.state, done.revision, done.content_hash) else {
            return Err(Problem::Corrupt { detail: format!("draft {} has no state", done.id) }.into());
        };
        let hash = quote.hash.clone();
        // The message may have decided more about the quote by now.
        let row = cx.existing(row.key())?;
        let after = quote_of(&row).cloned().unwrap_or(quote);
        let after = Quote { draft: Some(done.id), ..after };
        cx.by_itself(|cx| cx.update(Row { body: after.into(), ..row }))?;
        let Composed { id: draft, recipients, reasons, .. } = done;
        Ok(QuoteSending { id: self.id, hash, draft, recipients, state, revision, content_hash, reasons })
    }
}
