//! Templates as JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value as Json;

use super::pattern::Pattern;
use super::variables::{SENDER, Sender, Vocabulary, is_taken};
use super::{ContactSaid, DIRECTIONS, STANDARD, Template, Templates, Texts, Use};
use crate::kernel::approval::ChannelKind;
use crate::kernel::consent_reason::{ContactPurpose, ContactTopic, Mention};
use crate::kernel::error::{Error, Problem, Result, RulesProblem};
use crate::kernel::field::{FieldType, Schema};
use crate::kernel::json;
use crate::kernel::reason::{Labels, Name};
use crate::kernel::text::shortened;
use crate::kernel::zone::Zone;
use crate::lang::Lang;
use crate::model::Kind;
use crate::rules::check;
use crate::rules::read::{Object, coded, labels, list, text};

/// Most templates of one configuration, the built-in ones among them.
const MOST_TEMPLATES: usize = 500;
/// Most inputs of one template.
const MOST_INPUTS: usize = 30;
/// Most characters of what a workspace says of itself, each.
const MOST_SENDER: usize = 500;
/// Most characters of an input's name.
const MOST_NAME: usize = 64;

impl Templates {
    /// The templates of a configuration, with the built-in ones; `None` gives these alone.
    ///
    /// # Errors
    /// A text that cannot be read, a variable that nothing stands for, a template twice, with the path of the place.
    pub fn from_json(json: Option<&Json>, schema: impl Fn(Kind) -> Arc<Schema>) -> Result<Self> {
        let none = Json::Object(serde_json::Map::new());
        let o = Object::new(json.unwrap_or(&none), &["zone", "language", "sender", "standard", "items"])?;
        let zone = o.zone()?.unwrap_or(Zone::UTC);
        let language = o.optional("language", |v| text(v)?.parse::<Lang>())?.unwrap_or_default();
        let sender = o.optional("sender", sender)?.unwrap_or_default();
        let vocabulary = Vocabulary::new(schema);
        let mut all = BTreeMap::new();
        if o.flag("standard", true)? {
            let standard = json::parse(STANDARD.as_bytes())?;
            add(&vocabulary, &standard, &mut all)?;
        }
        if let Some(items) = o.get("items") {
            add(&vocabulary, items, &mut all).map_err(|e| e.at("items"))?;
        }
        check::most("templates", all.len(), MOST_TEMPLATES).map_err(|e| e.at("items"))?;
        Ok(Self { vocabulary, zone, language, sender, all })
    }
}

fn add(vocabulary: &Vocabulary, items: &Json, all: &mut BTreeMap<(String, i64), Template>) -> Result<()> {
    for (i, template) in list(items, |item| template(vocabulary, item))?.into_iter().enumerate() {
        let key = (template.name.id.clone(), template.version);
        if all.contains_key(&key) {
            let id = format!("{}@{}", key.0, key.1);
            return Err(Error::from(RulesProblem::DuplicateId { id }).at("version").at_index(i));
        }
        all.insert(key, template);
    }
    Ok(())
}

fn template(vocabulary: &Vocabulary, json: &Json) -> Result<Template> {
    const KEYS: &[&str] =
        &["id", "version", "log", "direction", "draft", "purpose", "topic", "mentions", "labels", "inputs", "en", "fr"];
    let o = Object::new(json, KEYS)?;
    let id = o.text("id")?;
    check::id(&id).map_err(|e| e.at("id"))?;
    let version = o.optional_integer("version")?.unwrap_or(1);
    check::between(version, 1, u32::MAX.into()).map_err(|e| e.at("version"))?;
    let labels = o.optional("labels", labels)?;
    check::labels(labels.as_ref())?;
    let usage = usage(&o, json)?;
    let contact = contact(&o, &usage)?;
    let mut inputs = BTreeMap::new();
    for (i, (name, kind)) in o.list("inputs", input)?.into_iter().enumerate() {
        if is_taken(&name) || inputs.insert(name.clone(), kind).is_some() {
            let twice = Error::from(RulesProblem::DuplicateId { id: name }).at("name");
            return Err(twice.at_index(i).at("inputs"));
        }
    }
    check::most("items", inputs.len(), MOST_INPUTS).map_err(|e| e.at("inputs"))?;
    let mut texts = BTreeMap::new();
    for lang in [Lang::English, Lang::French] {
        if let Some(found) = o.optional(lang.code(), |v| texts_of(vocabulary, &inputs, v))? {
            texts.insert(lang.code(), found);
        }
    }
    if texts.is_empty() {
        return Err(Problem::MissingOneOf { names: &["en", "fr"] }.into());
    }
    Ok(Template { name: Name { id, labels }, version, usage, contact, inputs, texts })
}

fn contact(o: &Object<'_>, usage: &Use) -> Result<ContactSaid> {
    for option in ["purpose", "topic", "mentions"] {
        if o.get(option).is_some() && !matches!(usage, Use::Draft(_)) {
            return Err(Error::from(RulesProblem::Requires { option, needs: "draft" }).at(option));
        }
    }
    Ok(ContactSaid {
        purpose: o.optional("purpose", |v| coded(v, ContactPurpose::from_code, ContactPurpose::CODES))?,
        topic: o.optional("topic", |v| coded(v, ContactTopic::from_code, ContactTopic::CODES))?,
        mentions: mentions(o)?,
    })
}

fn mentions(o: &Object<'_>) -> Result<Vec<Mention>> {
    let mentions = o.list("mentions", |v| coded(v, Mention::from_code, Mention::CODES))?;
    let mut seen = BTreeSet::new();
    match mentions.iter().enumerate().find(|(_, mention)| !seen.insert(**mention)) {
        None => Ok(mentions),
        Some((i, mention)) => {
            let twice = Error::from(RulesProblem::DuplicateId { id: mention.code().into() });
            Err(twice.at_index(i).at("mentions"))
        }
    }
}

fn usage(o: &Object<'_>, json: &Json) -> Result<Use> {
    let direction = o.optional("direction", |v| {
        let found = text(v)?;
        let unknown = || Problem::NotOneOf { found: shortened(&found, 60), expected: DIRECTIONS };
        if DIRECTIONS.contains(&found.as_str()) { Ok(found) } else { Err(unknown().into()) }
    })?;
    let channel = o.optional("draft", |v| {
        let found = text(v)?;
        let unknown = || Problem::NotOneOf { found: shortened(&found, 60), expected: ChannelKind::CODES };
        Ok(ChannelKind::from_code(&found).ok_or_else(unknown)?)
    })?;
    match (o.optional("log", text)?, channel, direction) {
        (Some(kind), None, direction) => {
            check::id(&kind).map_err(|e| e.at("log"))?;
            Ok(Use::Log { kind, direction: direction.unwrap_or_default() })
        }
        (None, Some(channel), None) => Ok(Use::Draft(channel)),
        (None, Some(_), Some(_)) => {
            Err(Error::from(RulesProblem::Requires { option: "direction", needs: "log" }).at("direction"))
        }
        _ => Err(Problem::WrongShape { expected: "either `log` or `draft`", found: json::shown(json) }.into()),
    }
}

/// What a workspace says of itself: texts on one line.
fn sender(json: &Json) -> Result<Sender> {
    let o = Object::new(json, SENDER)?;
    let line = |json: &Json| {
        let found = text(json)?;
        let is_line = !found.trim().is_empty() && !found.contains(char::is_control);
        check::most("characters", found.chars().count(), MOST_SENDER)?;
        if is_line { Ok(found) } else { Err(Problem::ControlCharacter { found: shortened(&found, 60) }.into()) }
    };
    let said = |json: &Json| match json {
        Json::Object(_) => {
            let o = Object::new(json, &["en", "fr"])?;
            let of = |key| line(o.required(key)?).map_err(|e: Error| e.at(key));
            Ok(Labels { en: of("en")?, fr: of("fr")? })
        }
        _ => line(json).map(|said| Labels { en: said.clone(), fr: said }),
    };
    let mut sender = Sender::new();
    for key in SENDER {
        if let Some(said) = o.optional(key, said)? {
            sender.insert(key, said);
        }
    }
    Ok(sender)
}

fn input(json: &Json) -> Result<(String, FieldType)> {
    let o = Object::new(json, &["name", "type"])?;
    let name = o.text("name")?;
    let mut letters = name.bytes();
    let plain = letters.next().is_some_and(|b| b.is_ascii_lowercase())
        && letters.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && name.len() <= MOST_NAME;
    if !plain {
        let expected = "a name of lower-case ASCII letters, digits and `_`, at most 64";
        return Err(Error::from(Problem::WrongShape { expected, found: shortened(&name, 60) }).at("name"));
    }
    let kind = o.optional("type", |v| json::choice(v, FieldType::NAMES))?.unwrap_or(FieldType::Text);
    if kind == FieldType::Reference {
        let expected = &["text", "integer", "number", "money", "boolean", "date", "instant", "texts"];
        return Err(Error::from(Problem::NotOneOf { found: "reference".into(), expected }).at("type"));
    }
    Ok((name, kind))
}

fn texts_of(vocabulary: &Vocabulary, inputs: &BTreeMap<String, FieldType>, json: &Json) -> Result<Texts> {
    let o = Object::new(json, &["subject", "text"])?;
    let mut origins = BTreeMap::new();
    let mut pattern = |json: &Json| -> Result<Pattern> {
        let pattern = Pattern::parse(&text(json)?)?;
        for name in pattern.names() {
            origins.insert(name.to_owned(), vocabulary.origin(name, inputs)?);
        }
        Ok(pattern)
    };
    let text = pattern(o.required("text")?).map_err(|e| e.at("text"))?;
    let subject = o.optional("subject", |v| {
        let subject = pattern(v)?;
        match subject.source().contains(['\n', '\t']) {
            true => Err(Problem::ControlCharacter { found: shortened(subject.source(), 60) }.into()),
            false => Ok(subject),
        }
    })?;
    Ok(Texts { subject, text, origins })
}
