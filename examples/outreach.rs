//! Outreach in Rust: nothing leaves without an OK. An agent proposes, people decide, and what leaves is what they saw.
//!
//! `cargo run --example outreach -- --lang fr` tells it in French.

use std::cell::Cell;

use crm_core::command::{Actor, Ctx, Role, parse};
use crm_core::engine::{Channel, Channels, DryRun};
use crm_core::kernel::approval::ChannelKind;
use crm_core::kernel::time::parse_instant;
use crm_core::rules::Rules;
use crm_core::store::Workspace;
use crm_core::{Crm, Id, Lang, Result};
use crm_sqlite::SqliteStore;
use serde_json::{Map, Value as Json, json};

fn record(number: usize) -> String {
    format!("0192f0c1-0000-7000-8000-{number:012}")
}

/// An object with the entries of another one as well.
fn with(object: Json, more: &Json) -> Json {
    let entries = |json: &Json| json.as_object().cloned().unwrap_or_default();
    Json::Object(entries(&object).into_iter().chain(entries(more)).collect::<Map<_, _>>())
}

fn text(answer: &Json, place: &str) -> String {
    match answer.pointer(place) {
        Some(Json::String(text)) => text.clone(),
        other => other.map(Json::to_string).unwrap_or_default(),
    }
}

/// A line with the values of a part in the places of `{...}`; `{key:8}` is the beginning of a value.
fn filled(part: &Json, line: &str) -> String {
    let value = |place: &str| {
        let (place, most) = place.split_once(':').unwrap_or((place, ""));
        text(part, &format!("/{place}")).chars().take(most.parse().unwrap_or(usize::MAX)).collect::<String>()
    };
    let mut pieces = line.split('{');
    let first = pieces.next().unwrap_or_default().to_owned();
    first + &pieces.filter_map(|p| p.split_once('}')).map(|(place, rest)| value(place) + rest).collect::<String>()
}

/// Prints a line for each part at a place such as `/rows/*/reasons/*`.
fn tell(answer: &Json, place: &str, line: &str) {
    match place.split_once("/*") {
        None => {
            let told = answer.pointer(place).map(|part| filled(part, line)).unwrap_or_default();
            told.lines().for_each(|line| println!("{}{line}", if line.is_empty() { "" } else { "  " }));
        }
        Some((list, rest)) => {
            answer.pointer(list).and_then(Json::as_array).into_iter().flatten().for_each(|part| tell(part, rest, line));
        }
    }
}

/// Who does or asks something, and when.
type Moment<'a> = (&'a str, Role, &'a str);

const fn marie(at: &str) -> Moment<'_> {
    ("marie", Role::Member, at)
}

const fn scout(at: &str) -> Moment<'_> {
    ("scout", Role::Agent, at)
}

const fn mailer(at: &str) -> Moment<'_> {
    ("mailer", Role::Admin, at)
}

struct Firm {
    crm: Crm<SqliteStore>,
    lang: Lang,
    commands: Cell<u32>,
}

impl Firm {
    fn say<'a>(&self, english: &'a str, french: &'a str) -> &'a str {
        if self.lang == Lang::French { french } else { english }
    }

    fn ctx(&self, (name, role, at): Moment<'_>) -> Result<Ctx> {
        let number = self.commands.replace(self.commands.get() + 1);
        let at = parse_instant(&format!("2026-11-{at}:00Z"))?;
        Ok(Ctx::new(Workspace::new("acme")?, Actor::new(name, role)?, at, Id::from_text(&format!("command {number}"))))
    }

    fn run(&self, who: Moment<'_>, command: &str, body: &Json) -> Result<Json> {
        self.crm.run_any(&self.ctx(who)?, &*parse(command, body, self.crm.rules())?)?.done()
    }

    fn ask(&self, (name, role, at): Moment<'_>, question: &str, body: Json) -> Result<Json> {
        let actor = json!({"name": name, "role": role.name()});
        let at = format!("2026-11-{at}:00Z");
        let body = with(body, &json!({"lang": self.lang.code()}));
        let document = json!({"workspace": "acme", "actor": actor, "at": at, question: body});
        self.crm.query_json(document.to_string().as_bytes())
    }

    fn library(&self, who: Moment<'_>, states: &[&str]) -> Result<()> {
        tell(&self.ask(who, "library", json!({"states": states, "as": "text"}))?, "", "{text}");
        Ok(())
    }

    /// A draft as it stands: what a decision is about.
    fn seen(&self, draft: &str) -> Result<Json> {
        let told = self.ask(marie("23T09:00"), "draft", json!({"id": draft}))?;
        Ok(json!({"id": draft, "revision": told.get("revision"), "content_hash": told.get("content_hash")}))
    }

    /// The draft that has waited longest.
    fn waiting(&self, at: &str) -> Result<String> {
        Ok(text(&self.ask(marie(at), "library", json!({"states": ["waiting"]}))?, "/groups/0/cards/0/id"))
    }

    fn compose(
        &self,
        who: Moment<'_>,
        draft: &str,
        lead: &str,
        template: &str,
        more: &Json,
        inputs: &Json,
    ) -> Result<Json> {
        let fields = with(json!({"lead": lead, "language": self.lang.code()}), more);
        let template = json!({"id": template, "inputs": inputs});
        let body = json!({"id": draft, "fields": fields, "template": template, "submit": true});
        self.run(who, "draft.compose", &body)
    }
}

/// The starter pack of accountants, with the firm's own particulars.
fn rules(lang: Lang) -> Result<Rules> {
    let sender = json!({
        "organization": "Cabinet Armor", "address": "3 quai de la Douane, 29200 Brest",
        "opt_out": "https://armor.example/stop", "privacy_contact": "rgpd@armor.example",
        "data_source": {"en": "the trade register", "fr": "registre du commerce"},
    });
    let ask = json!({"ask": "configuration", "packs": ["accounting"], "zone": "Europe/Paris", "language": lang.code(),
        "sender": sender});
    Rules::from_json(Rules::default().eval("starters", &ask)?.get("configuration").unwrap_or(&Json::Null))
}

/// Marie, an agent that may propose and nothing else, four leads; and what Anne, who owns the firm, decides in advance: one
/// way out, and what may take it without anybody looking.
fn set_up(firm: &Firm, leads: &[String; 4]) -> Result<()> {
    let morning = ("anne", Role::Owner, "23T07:00");
    let scout = firm.say("Scout, AI assistant of the firm", "Scout, assistant IA du cabinet");
    for (user, full_name) in [("anne", "Anne Morel"), ("marie", "Marie Kerouac"), ("scout", scout)] {
        firm.run(morning, "employee.create", &json!({"fields": {"user": user, "full_name": full_name}}))?;
    }
    let people = [
        ("Yann", "Le Goff", "Ty Breizh", "yann@tybreizh.example"),
        ("Claire", "Morvan", "Atelier Morvan", "claire@morvan.example"),
        ("Hugo", "Kerbrat", "Le Comptoir", "hugo@lecomptoir.example"),
        ("Luc", "Caradec", "Garage Caradec", "luc@caradec.example"),
    ];
    for (id, (first_name, last_name, company, email)) in leads.iter().zip(people) {
        let person = json!({"first_name": first_name, "last_name": last_name, "company": company, "email": email});
        let law = json!({"person_type": "professional", "subject_related": true, "collected_from": "other"});
        let more = json!({"country": "FR", "owner": "marie", "language": firm.lang.code()});
        let fields = with(with(person, &law), &more);
        firm.run(morning, "lead.create", &json!({"id": id, "fields": fields}))?;
    }
    let channel = json!({"kind": "email", "fields": {"name": "marie@armor.example", "dry_run": true}});
    firm.run(morning, "channel.connect", &channel)?;
    let rule = json!({
        "name": firm.say("Answers after a meeting", "Réponses après un rendez-vous"), "effect": "auto",
        "channel": "email", "authors": ["scout"], "templates": ["accounting_after_meeting"],
        "recipient_known": true, "conversation_open": true, "daily_cap": 5, "valid_until": "2026-12-31T23:00:00Z",
    });
    firm.run(morning, "approval_rule.create", &json!({"fields": rule}))?;
    let days = |count: u32| json!({"count": count, "unit": "days"});
    let steps = json!([
        {"id": "message_1", "type": "email", "template": "accounting_first_contact", "delay": days(0)},
        {"id": "message_2", "type": "email", "template": "accounting_follow_up", "delay": days(2)},
        {"id": "call", "type": "call", "title": "Yann", "delay": days(3)},
    ]);
    let sequence = json!({"code": "companies", "definition": {"stop_on": ["reply"], "steps": steps}});
    firm.run(morning, "sequence.create", &sequence)?;
    firm.run(morning, "sequence.activate", &json!({"code": "companies"})).map(drop)
}

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let lang = if args == ["--lang", "fr"] { Lang::French } else { Lang::English };
    let firm = Firm { crm: Crm::new(SqliteStore::in_memory()?, rules(lang)?), lang, commands: Cell::new(0) };
    let leads = [record(1), record(2), record(3), record(4)];
    let [yann, claire, hugo, luc] = &leads;
    let (follow_up, answer, reminder) = (record(5), record(6), record(7));
    set_up(&firm, &leads)?;
    let (sure, none) = (json!({"confidence_bp": 9200}), json!({}));

    println!("{}", firm.say("Scout proposes three messages", "Scout propose trois messages"));
    let mail = json!({
        "channel": "email", "provider_id": "1@lecomptoir.example", "sender": "hugo@lecomptoir.example",
        "subject": firm.say("Our meeting", "Notre rendez-vous"),
        "text": firm.say("Thank you for your time. What is next?", "Merci de votre visite. Quelle est la suite ?"),
    });
    let talk = text(&firm.run(mailer("23T08:30"), "message.receive", &mail)?, "/conversation");
    firm.run(scout("23T08:40"), "enrolment.enrol", &json!({"sequence": "companies", "leads": [yann]}))?;
    firm.run(scout("23T08:40"), "enrolment.advance", &none)?;
    firm.compose(scout("23T08:45"), &follow_up, claire, "accounting_follow_up", &sure, &none)?;
    let inputs = json!({
        "summary": firm.say("a cash flow plan, month by month.", "un plan de trésorerie, mois par mois."),
        "next_step": firm.say("our engagement letter, by Thursday", "notre lettre de mission, d’ici à jeudi"),
    });
    let more = with(json!({"conversation": talk}), &sure);
    firm.compose(scout("23T08:50"), &answer, hugo, "accounting_after_meeting", &more, &inputs)?;
    firm.library(marie("23T09:00"), &[])?;

    println!("{}", firm.say("Scout would approve its own", "Scout voudrait approuver le sien"));
    if let Err(refused) = firm.run(scout("23T09:01"), "draft.approve", &firm.seen(&follow_up)?) {
        println!("  {}", refused.text(lang));
    }

    let title = "Marie approves one with her own edit, and rejects one";
    println!("{}", firm.say(title, "Marie en approuve un en le modifiant, et en refuse un"));
    let subject = firm.say("Ty Breizh: a calmer year-end", "Ty Breizh\u{a0}: une clôture plus sereine");
    let first = firm.seen(&firm.waiting("23T09:05")?)?;
    firm.run(marie("23T09:05"), "draft.approve", &with(first, &json!({"fields": {"subject": subject}})))?;
    let note = "She became a client on Friday: I will call her.";
    let note = json!({"note": firm.say(note, "Cliente depuis vendredi\u{a0}: je l’appelle.")});
    firm.run(marie("23T09:06"), "draft.reject", &with(firm.seen(&follow_up)?, &note))?;
    firm.library(marie("23T09:10"), &[])?;

    println!("{}", firm.say("What leaves, in a dry run", "Ce qui part, à blanc"));
    firm.compose(marie("23T09:12"), &reminder, luc, "accounting_follow_up", &none, &none)?;
    firm.run(marie("23T09:13"), "draft.approve", &firm.seen(&reminder)?)?;
    let no = json!({"lead": luc, "act": "withdrawn", "source": "phone"});
    firm.run(marie("23T09:30"), "consent.record", &no)?;
    let dry = DryRun::default();
    let channels = Channels::from([(ChannelKind::Email, &dry as &dyn Channel)]);
    firm.crm.deliver(&firm.ctx(mailer("23T10:00"))?, &channels, 100)?;
    tell(&json!(dry.left()), "/*", "[{key:8}] {subject} → {recipient}\n{text}");
    let title = "Luc said no on the phone: his message stays";
    println!("{}", firm.say(title, "Luc a dit non au téléphone\u{a0}: son message reste"));
    firm.library(marie("23T10:00"), &["blocked"])?;

    let title = "Two days later the next message has its OK for the day after, and Yann answers";
    println!("{}", firm.say(title, "Deux jours après, la relance a son accord pour le lendemain, et Yann répond"));
    firm.run(scout("25T10:05"), "enrolment.advance", &none)?;
    let second = with(firm.seen(&firm.waiting("25T10:10")?)?, &json!({"send_not_before": "2026-11-26T08:00:00Z"}));
    firm.run(marie("25T10:10"), "draft.approve", &second)?;
    let mail = json!({
        "channel": "email", "provider_id": "2@tybreizh.example", "sender": "yann@tybreizh.example",
        "subject": format!("Re: {subject}"),
        "text": firm.say("Yes, call me on Friday morning.", "Oui, appelez-moi vendredi matin."),
    });
    firm.run(mailer("25T15:00"), "message.receive", &mail)?;
    tell(&firm.ask(marie("25T15:05"), "enrolments", json!({"lead": yann}))?, "/rows/*/reasons/*", "{text}");
    let tasks = firm.ask(marie("25T15:05"), "tasks", json!({"assignee": "marie"}))?;
    tell(&tasks, "/tasks/1", "{task/title} ({reasons/0/text})");
    firm.library(marie("25T15:05"), &["cancelled"])?;

    let title = "The Library in the evening, and what needs attention";
    println!("{}", firm.say(title, "La bibliothèque le soir, et ce qui demande attention"));
    let states = json!({"states": ["sent", "blocked", "rejected", "cancelled"]});
    tell(
        &firm.ask(marie("25T17:00"), "library", states)?,
        "/groups/*",
        firm.say("{label}: {count}", "{label}\u{a0}: {count}"),
    );
    let attention = firm.ask(marie("25T17:00"), "attention", json!({}))?;
    let line = firm.say("{name}: ", "{name}\u{a0}: ");
    tell(&attention, "/blocked/drafts/*", &format!("{line}{{held_back/reasons/0/text}}"));
    Ok(())
}
