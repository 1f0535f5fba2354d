//! Drafting a message, from a template or in one's own words. Nothing is sent: there is no command that sends.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::body::id_of;
use super::create::record_from_json;
use super::draft_steps::DraftStep;
use super::draft_submit::submit;
use super::revise::Sound as _;
use super::targets::{Targets, context_of, rows_of};
use super::template_use::{TemplateUse, language_of, values_json};
use super::{Command, Cx, Verb};
use crate::kernel::activity_reason::ActivityReason;
use crate::kernel::approval::ChannelKind;
use crate::kernel::approval::DraftState;
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::reason::Reason;
use crate::kernel::text;
use crate::model::{AnyRecord, Consent, Draft, Kind, Row, body_to_json, consent_of};
use crate::rules::Rules;
use crate::rules::templates::Use;

/// Writes a draft with the record's context linked. Where no recipient is given it is the contact, or else the lead, by
/// the address that the channel needs.
///
/// Somebody who asked not to be written to may be drafted to: the answer warns, and sending is another matter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ComposeDraft {
    /// The id, where the host has its own.
    pub id: Option<Id>,
    /// The draft; `author` is who asks unless it is given.
    pub draft: Draft,
    /// The template that says subject and text.
    pub template: Option<TemplateUse>,
    /// Whether it is given to whoever decides as it is.
    pub submit: bool,
}

/// The draft that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Composed {
    /// Its row.
    pub id: Id,
    /// The row's version now.
    pub version: u64,
    /// To whom it would go.
    pub recipients: Vec<String>,
    /// What whoever sends it has to know.
    pub reasons: Vec<Json>,
    /// Where it stands; entries of older trails do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<DraftState>,
    /// Its revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// The hash of its content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_hash: Option<String>,
}

impl Command for ComposeDraft {
    type Output = Composed;
    const VERB: Verb = Verb::Draft;

    fn name() -> Cow<'static, str> {
        "draft.compose".into()
    }

    fn to_json(&self) -> Json {
        let mut map = Map::new();
        if let Some(id) = self.id {
            map.insert("id".into(), id.to_string().into());
        }
        map.insert("fields".into(), Json::Object(body_to_json(&self.draft.clone().into())));
        if let Some(template) = &self.template {
            map.insert("template".into(), template.to_json());
        }
        if self.submit {
            map.insert("submit".into(), true.into());
        }
        Json::Object(map)
    }

    fn from_json(body: &Json, rules: &Rules) -> Result<Self> {
        let map = json::object(body, "an object with `fields`")?;
        json::only_keys(map, &["id", "fields", "template", "submit"])?;
        let fields = map.get("fields").ok_or_else(|| Problem::Missing { name: "fields".into() })?;
        let draft = record_from_json(fields, rules).map_err(|e| e.at("fields"))?;
        let template = map.get("template").filter(|v| !v.is_null()).map(TemplateUse::from_json);
        let submit = match map.get("submit") {
            None | Some(Json::Null) => false,
            Some(Json::Bool(submit)) => *submit,
            Some(other) => return Err(Error::from(Problem::NotABoolean { found: json::shown(other) }).at("submit")),
        };
        let template = template.transpose().map_err(|e| e.at("template"))?;
        Ok(ComposeDraft { id: id_of(map, "id")?, draft, template, submit })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Composed> {
        self.compose(cx, None)
    }
}

/// The quote that leaves with a message.
pub(super) struct Bound {
    pub(super) quote: Id,
    pub(super) hash: String,
}

impl Bound {
    /// There is one message for each quote that waits, and a person decides about it.
    fn write(&self, draft: &mut Draft) {
        draft.quote = Some(self.quote);
        draft.quote_hash.clone_from(&self.hash);
        draft.origin_key = format!("quote {} sent", self.quote);
        draft.needs_person = Some(true);
    }
}

impl ComposeDraft {
    /// Writes the draft, with the quote that is bound to it.
    ///
    /// # Errors
    /// What the draft cannot say.
    pub(super) fn compose(&self, cx: &mut Cx<'_>, bound: Option<&Bound>) -> Result<Composed> {
        let fields = Json::Object(body_to_json(&self.draft.clone().into()));
        let mut draft: Draft = record_from_json(&fields, cx.rules()).map_err(|e| e.at("fields"))?;
        let given = Targets::of(&draft.clone().into()).checked(cx, false).map_err(|e| e.at("fields"))?;
        let context = context_of(cx, &given)?;
        let rows = rows_of(cx, &context)?;
        match &self.template {
            Some(template) => fill(cx, &mut draft, template, &context, &rows)?,
            None if draft.text.is_empty() => {
                return Err(Error::from(Problem::Missing { name: "text".into() }).at("fields"));
            }
            None if draft.channel.is_empty() => ChannelKind::Email.code().clone_into(&mut draft.channel),
            None => {}
        }
        if draft.author.is_empty() {
            cx.actor().name().clone_into(&mut draft.author);
        }
        let mut reasons = Vec::new();
        let person = rows.get(&Kind::Contact).or_else(|| rows.get(&Kind::Lead));
        if draft.recipients.is_empty()
            && let Some(channel) = ChannelKind::from_code(&draft.channel)
        {
            let address = person.map(|row| address_of(channel, row)).filter(|address| !address.is_empty());
            match address {
                // An address that nobody can write to is as good as none; the record says it all the same.
                Some(address) if sound(&draft, &address, cx) => draft.recipients = vec![address],
                _ => reasons.push(ActivityReason::NoRecipient { channel: draft.channel.clone() }),
            }
        }
        match person.map(|row| consent_of(&row.body)) {
            Some(Consent::OptedOut) => reasons.push(ActivityReason::OptedOut),
            Some(Consent::Unknown) => reasons.push(ActivityReason::ConsentUnknown),
            _ => {}
        }
        draft.check(None, cx.rules(), cx.at()).map_err(|e| e.at("fields"))?;
        if let Some(bound) = bound {
            bound.write(&mut draft);
        }
        let recipients = draft.recipients.clone();
        let mut body: AnyRecord = draft.into();
        context.write(&mut body)?;
        let id = self.id.unwrap_or_else(|| cx.new_id());
        let mut row = cx.insert(id, body)?;
        if self.submit {
            row = submit(cx, id)?;
        }
        let step = DraftStep::of(&row, None)?;
        let reasons = reasons.into_iter().map(|r| Json::Object(Reason::Activity(r).to_json(None))).collect();
        Ok(Composed {
            id,
            version: row.version,
            recipients,
            reasons,
            state: Some(step.state),
            revision: Some(step.revision),
            content_hash: Some(step.content_hash),
        })
    }
}

fn fill(
    cx: &mut Cx<'_>,
    draft: &mut Draft,
    template: &TemplateUse,
    context: &Targets,
    rows: &BTreeMap<Kind, Row>,
) -> Result<()> {
    if !draft.subject.is_empty() || !draft.text.is_empty() {
        let expected = "either `template` or the text itself";
        let found = text::shortened(&draft.text, 60);
        return Err(Error::from(Problem::WrongShape { expected, found }).at("fields"));
    }
    let found = template.find(cx)?;
    let Use::Draft(channel) = found.usage() else {
        let problem = Problem::UnknownTemplate { found: template.id.clone(), expected: vec!["draft".to_owned()] };
        return Err(Error::from(problem).at("id").at("template"));
    };
    if draft.channel.is_empty() {
        channel.code().clone_into(&mut draft.channel);
    }
    let says = found.contact();
    if let (true, Some(purpose)) = (draft.purpose.is_empty(), says.purpose) {
        purpose.code().clone_into(&mut draft.purpose);
    }
    if let (true, Some(topic)) = (draft.topic.is_empty(), says.topic) {
        topic.code().clone_into(&mut draft.topic);
    }
    if draft.mentions.is_empty() {
        draft.mentions = says.mentions.iter().map(|mention| mention.code().to_owned()).collect();
    }
    // The draft's own language, or that of the person, or the usual one.
    let language = draft.language.parse().ok().or_else(|| language_of(rows));
    let rendered = template.fill(cx, context, language.unwrap_or(cx.rules().templates().language()))?;
    draft.template_values = values_json(&rendered);
    rendered.language.code().clone_into(&mut draft.language);
    draft.template = rendered.template;
    draft.template_version = Some(rendered.version);
    draft.template_hash = rendered.hash;
    draft.subject = rendered.subject;
    draft.text = rendered.text;
    Ok(())
}

/// Whether a record's own address may stand among the recipients.
pub(super) fn sound(draft: &Draft, address: &str, cx: &Cx<'_>) -> bool {
    let with = Draft { recipients: vec![address.to_owned()], subject: String::new(), ..draft.clone() };
    with.check(None, cx.rules(), cx.at()).is_ok()
}

/// The person's address of a channel; empty where nobody knows one.
pub(super) fn address_of(channel: ChannelKind, person: &Row) -> String {
    let postal = |name: &str, company: &str, street: &str, postal_code: &str, city: &str, country: &str| {
        if street.is_empty() || city.is_empty() {
            return String::new();
        }
        let place = format!("{postal_code} {city}");
        let parts = [name.trim(), company, street, place.trim(), country];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    };
    match (&person.body, channel) {
        (AnyRecord::Contact(c), ChannelKind::Email | ChannelKind::Calendar) => c.email.clone(),
        (AnyRecord::Contact(c), ChannelKind::Phone) if c.phone.is_empty() => c.mobile.clone(),
        (AnyRecord::Contact(c), ChannelKind::Phone) => c.phone.clone(),
        (AnyRecord::Contact(c), ChannelKind::Sms | ChannelKind::Whatsapp) => c.mobile.clone(),
        (AnyRecord::Contact(c), ChannelKind::Linkedin) => c.profile_page.clone(),
        (AnyRecord::Contact(c), ChannelKind::Letter) => {
            let name = format!("{} {}", c.first_name, c.last_name);
            postal(&name, "", &c.street, &c.postal_code, &c.city, &c.country)
        }
        (AnyRecord::Lead(l), ChannelKind::Email | ChannelKind::Calendar) => l.email.clone(),
        (AnyRecord::Lead(l), ChannelKind::Phone) if l.phone.is_empty() => l.mobile.clone(),
        (AnyRecord::Lead(l), ChannelKind::Phone) => l.phone.clone(),
        (AnyRecord::Lead(l), ChannelKind::Sms | ChannelKind::Whatsapp) => l.mobile.clone(),
        (AnyRecord::Lead(l), ChannelKind::Letter) => {
            let name = format!("{} {}", l.first_name, l.last_name);
            postal(&name, &l.company, &l.street, &l.postal_code, &l.city, &l.country)
        }
        _ => String::new(),
    }
}
