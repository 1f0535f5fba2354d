//! What the story is told with: who does what and when, and lines of the answers.

use std::cell::Cell;

use crm_core::command::{Actor, Ctx, Role};
use crm_core::engine::{Channel, Channels, DryRun};
use crm_core::kernel::approval::ChannelKind;
use crm_core::kernel::money::Money;
use crm_core::kernel::time::parse_instant;
use crm_core::rules::Rules;
use crm_core::store::Workspace;
use crm_core::{Crm, Id, Lang, Result, lang};
use crm_sqlite::SqliteStore;
use serde_json::{Value as Json, json};

use super::CONTRACT;
use super::rules::rules;

/// The value at a place.
pub(crate) fn value(answer: &Json, place: &str) -> Json {
    answer.pointer(place).cloned().unwrap_or_default()
}

fn text(answer: &Json, place: &str) -> String {
    match value(answer, place) {
        Json::String(text) => text,
        other => other.to_string(),
    }
}

/// An amount with its currency, as the language writes it.
fn amount(plain: &str, code: &str, lang: Lang) -> Result<String> {
    Ok(lang::amount(Money::parse(plain, code.parse()?)?, lang))
}

/// A line with the values of a part in the places of `{...}`; two places are an amount and its currency.
fn filled(part: &Json, line: &str, lang: Lang) -> Result<String> {
    let mut pieces = line.split('{');
    let mut told = pieces.next().unwrap_or_default().to_owned();
    let value = |place: &str| text(part, &format!("/{place}"));
    for (place, rest) in pieces.filter_map(|piece| piece.split_once('}')) {
        told += &match place.split_once(' ') {
            Some((plain, code)) => amount(&value(plain), &value(code), lang)?,
            None => value(place),
        };
        told += rest;
    }
    Ok(told)
}

/// Who does or asks something, and when.
pub(crate) type Moment<'a> = (&'a str, Role, &'a str);

pub(crate) const fn anne(at: &str) -> Moment<'_> {
    ("anne", Role::Owner, at)
}

pub(crate) const fn marie(at: &str) -> Moment<'_> {
    ("marie", Role::Member, at)
}

pub(crate) const fn scout(at: &str) -> Moment<'_> {
    ("scout", Role::Agent, at)
}

pub(crate) const fn mailer(at: &str) -> Moment<'_> {
    ("mailer", Role::Admin, at)
}

/// The firm's CRM, and the language in which the story is told.
pub(crate) struct Firm {
    crm: Crm<SqliteStore>,
    pub(crate) lang: Lang,
    commands: Cell<u32>,
}

/// The customer of the story.
pub(crate) struct Customer {
    pub(crate) account: Json,
    pub(crate) contact: Json,
    pub(crate) deal: Json,
    pub(crate) talk: Json,
}

impl Firm {
    pub(crate) fn new(lang: Lang) -> Result<Self> {
        let rules = Rules::from_json(&rules(lang))?;
        Ok(Firm { crm: Crm::new(SqliteStore::in_memory()?, rules), lang, commands: Cell::new(0) })
    }

    pub(crate) fn say<'a>(&self, english: &'a str, french: &'a str) -> &'a str {
        by(self.lang, english, french)
    }

    pub(crate) fn title(&self, english: &str, french: &str) {
        println!("{}", self.say(english, french));
    }

    /// A number for each command, so that none is done twice.
    fn command_id(&self) -> Id {
        let number = self.commands.replace(self.commands.get() + 1);
        Id::from_text(&format!("command {number}"))
    }

    /// Runs a command; gives what it says.
    pub(crate) fn run(&self, (name, role, at): Moment<'_>, command: &str, body: &Json) -> Result<Json> {
        let actor = json!({"name": name, "role": role.name()});
        let document = json!({"command": command, "id": self.command_id().to_string(), "workspace": "acme",
            "actor": actor, "at": format!("{at}:00Z"), "body": body});
        let done = self.crm.run_json(document.to_string().as_bytes())?;
        Ok(done.get("output").cloned().unwrap_or_default())
    }

    pub(crate) fn ask(&self, (name, role, at): Moment<'_>, question: &str, body: &Json) -> Result<Json> {
        let mut body = body.clone();
        if let Some(body) = body.as_object_mut() {
            body.insert("lang".into(), self.lang.code().into());
        }
        let actor = json!({"name": name, "role": role.name()});
        let document = json!({"workspace": "acme", "actor": actor, "at": format!("{at}:00Z"), question: body});
        self.crm.query_json(document.to_string().as_bytes())
    }

    /// Prints a line for each part at a place such as `/rows/*/reasons/*`.
    pub(crate) fn tell(&self, answer: &Json, place: &str, line: &str) -> Result<()> {
        match place.split_once("/*") {
            None => {
                let part = answer.pointer(place).map(|part| filled(part, line, self.lang)).transpose()?;
                let lines = part.iter().flat_map(|told| told.lines());
                lines.for_each(|line| println!("{}{line}", if line.is_empty() { "" } else { "  " }));
                Ok(())
            }
            Some((list, rest)) => {
                let mut parts = answer.pointer(list).and_then(Json::as_array).into_iter().flatten();
                parts.try_for_each(|part| self.tell(part, rest, line))
            }
        }
    }

    /// Runs a command and prints of what it says.
    pub(crate) fn done(&self, who: Moment<'_>, command: &str, body: &Json, place: &str, line: &str) -> Result<()> {
        self.tell(&self.run(who, command, body)?, place, line)
    }

    /// Asks a question and prints of the answer.
    pub(crate) fn told(&self, who: Moment<'_>, question: &str, body: &Json, place: &str, line: &str) -> Result<()> {
        self.tell(&self.ask(who, question, body)?, place, line)
    }

    /// Somebody's OK for a draft exactly as it stands.
    pub(crate) fn approve(&self, who: Moment<'_>, draft: &Json) -> Result<()> {
        let seen = self.ask(who, "draft", &json!({"id": draft}))?;
        let body = json!({"id": draft, "revision": seen.get("revision"), "content_hash": seen.get("content_hash")});
        self.run(who, "draft.approve", &body).map(drop)
    }

    /// What billing says of an invoice.
    pub(crate) fn payment(
        &self,
        who: Moment<'_>,
        claire: &Customer,
        invoice: &str,
        due: &str,
        paid: Option<&str>,
    ) -> Result<()> {
        let fields = json!({"account": claire.account, "subscription": CONTRACT, "invoice": invoice,
            "amount": {"amount": "45.00", "currency": "EUR"}, "due_on": due, "paid_on": paid,
            "status": if paid.is_some() { "paid" } else { "open" }, "as_of": format!("{}:00Z", who.2),
            "external_source": "billing", "external_id": invoice});
        self.run(who, "payment.create", &json!({"fields": fields})).map(drop)
    }

    /// Hands what is approved to a channel that sends nothing.
    pub(crate) fn deliver(&self, (name, role, at): Moment<'_>) -> Result<()> {
        let at = parse_instant(&format!("{at}:00Z"))?;
        let ctx = Ctx::new(Workspace::new("acme")?, Actor::new(name, role)?, at, self.command_id());
        let dry = DryRun::default();
        let channels = Channels::from([(ChannelKind::Email, &dry as &dyn Channel)]);
        self.crm.deliver(&ctx, &channels, 10)?;
        self.tell(&json!(dry.left()), "/*", "{subject} → {recipient}\n{text}")
    }
}

/// One of two texts.
pub(crate) fn by<'a>(lang: Lang, english: &'a str, french: &'a str) -> &'a str {
    if lang == Lang::French { french } else { english }
}
