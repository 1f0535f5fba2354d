//! One customer in Rust: from the first touch over quote, onboarding, contract and health to the renewal.
//!
//! `cargo run --example customer -- --lang fr` tells it in French.

use std::cell::Cell;

use crm_core::command::{Actor, Ctx, Role};
use crm_core::engine::{Channel, Channels, DryRun};
use crm_core::kernel::approval::ChannelKind;
use crm_core::kernel::time::parse_instant;
use crm_core::rules::Rules;
use crm_core::store::Workspace;
use crm_core::{Crm, Id, Lang, Result};
use crm_sqlite::SqliteStore;
use serde_json::{Value as Json, json};

const LEAD: &str = "0192f0c1-0000-7000-8000-000000000001";
const QUOTE: &str = "0192f0c1-0000-7000-8000-000000000002";
const CONTRACT: &str = "0192f0c1-0000-7000-8000-000000000003";
const IDEA: &str = "0192f0c1-0000-7000-8000-000000000004";

fn value(answer: &Json, place: &str) -> Json {
    answer.pointer(place).cloned().unwrap_or_default()
}

fn text(answer: &Json, place: &str) -> String {
    match value(answer, place) {
        Json::String(text) => text,
        other => other.to_string(),
    }
}

/// A line with the values of a part in the places of `{...}`.
fn filled(part: &Json, line: &str) -> String {
    let mut pieces = line.split('{');
    let first = pieces.next().unwrap_or_default().to_owned();
    let value = |place: &str| text(part, &format!("/{place}"));
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

const fn anne(at: &str) -> Moment<'_> {
    ("anne", Role::Owner, at)
}

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

struct Customer {
    account: Json,
    contact: Json,
    deal: Json,
    talk: Json,
}

impl Firm {
    fn new(lang: Lang) -> Result<Self> {
        let rules = Rules::from_json(&rules(lang))?;
        Ok(Firm { crm: Crm::new(SqliteStore::in_memory()?, rules), lang, commands: Cell::new(0) })
    }

    fn say<'a>(&self, english: &'a str, french: &'a str) -> &'a str {
        by(self.lang, english, french)
    }

    fn title(&self, english: &str, french: &str) {
        println!("{}", self.say(english, french));
    }

    /// A number for each command, so that none is done twice.
    fn command_id(&self) -> Id {
        let number = self.commands.replace(self.commands.get() + 1);
        Id::from_text(&format!("command {number}"))
    }

    /// Runs a command; gives what it says.
    fn run(&self, (name, role, at): Moment<'_>, command: &str, body: &Json) -> Result<Json> {
        let actor = json!({"name": name, "role": role.name()});
        let document = json!({"command": command, "id": self.command_id().to_string(), "workspace": "acme",
            "actor": actor, "at": format!("{at}:00Z"), "body": body});
        let done = self.crm.run_json(document.to_string().as_bytes())?;
        Ok(done.get("output").cloned().unwrap_or_default())
    }

    fn ask(&self, (name, role, at): Moment<'_>, question: &str, body: &Json) -> Result<Json> {
        let mut body = body.clone();
        if let Some(body) = body.as_object_mut() {
            body.insert("lang".into(), self.lang.code().into());
        }
        let actor = json!({"name": name, "role": role.name()});
        let document = json!({"workspace": "acme", "actor": actor, "at": format!("{at}:00Z"), question: body});
        self.crm.query_json(document.to_string().as_bytes())
    }

    /// Runs a command and prints of what it says.
    fn done(&self, who: Moment<'_>, command: &str, body: &Json, place: &str, line: &str) -> Result<()> {
        tell(&self.run(who, command, body)?, place, line);
        Ok(())
    }

    /// Asks a question and prints of the answer.
    fn told(&self, who: Moment<'_>, question: &str, body: &Json, place: &str, line: &str) -> Result<()> {
        tell(&self.ask(who, question, body)?, place, line);
        Ok(())
    }

    /// Somebody's OK for a draft exactly as it stands.
    fn approve(&self, who: Moment<'_>, draft: &Json) -> Result<()> {
        let seen = self.ask(who, "draft", &json!({"id": draft}))?;
        let body = json!({"id": draft, "revision": seen.get("revision"), "content_hash": seen.get("content_hash")});
        self.run(who, "draft.approve", &body).map(drop)
    }

    /// What billing says of an invoice.
    fn payment(&self, who: Moment<'_>, claire: &Customer, invoice: &str, due: &str, paid: Option<&str>) -> Result<()> {
        let fields = json!({"account": claire.account, "subscription": CONTRACT, "invoice": invoice,
            "amount": {"amount": "45.00", "currency": "EUR"}, "due_on": due, "paid_on": paid,
            "status": if paid.is_some() { "paid" } else { "open" }, "as_of": format!("{}:00Z", who.2),
            "external_source": "billing", "external_id": invoice});
        self.run(who, "payment.create", &json!({"fields": fields})).map(drop)
    }

    /// Hands what is approved to a channel that sends nothing.
    fn deliver(&self, (name, role, at): Moment<'_>) -> Result<()> {
        let at = parse_instant(&format!("{at}:00Z"))?;
        let ctx = Ctx::new(Workspace::new("acme")?, Actor::new(name, role)?, at, self.command_id());
        let dry = DryRun::default();
        let channels = Channels::from([(ChannelKind::Email, &dry as &dyn Channel)]);
        self.crm.deliver(&ctx, &channels, 10)?;
        tell(&json!(dry.left()), "/*", "{subject} → {recipient}\n{text}");
        Ok(())
    }
}

fn by<'a>(lang: Lang, english: &'a str, french: &'a str) -> &'a str {
    if lang == Lang::French { french } else { english }
}

/// A firm that puts heat pumps in: what its quotes say, and how its work begins.
fn rules(lang: Lang) -> Json {
    let say = |english, french| by(lang, english, french);
    json!({
        "quotes": {
            "zone": "Europe/Paris", "language": lang.code(), "currency": "EUR", "price_mode": "gross",
            "profile": "renovation",
            "seller": {
                "name": "Armor Énergie", "form": "SARL", "capital": {"amount": "10000", "currency": "EUR"},
                "address": "3 quai de la Douane, 29200 Brest", "siren": "732829320", "rcs": "Brest B 732 829 320",
                "vat_number": "FR44732829320",
            },
            "legal": {
                "payment_terms": say("30 % with the order", "30\u{a0}% à la commande"),
                "insurance": say("Ten-year liability, France", "Décennale, France"),
                "waste": say("sorted and taken away", "tri et évacuation"),
                "signature_line": say("read and approved", "Bon pour accord"),
            },
        }, "tasks": {"zone": "Europe/Paris"},
        "playbooks": {"items": [{
            "code": "handover", "title": {"en": "A new heat pump", "fr": "Une nouvelle pompe à chaleur"},
            "steps": [
                {
                    "code": "visit", "title": {"en": "Visit the house", "fr": "Visiter la maison"}, "offset": 3,
                    "unit": "business_days",
                },
                {
                    "code": "works", "title": {"en": "Put the heat pump in", "fr": "Poser la pompe à chaleur"},
                    "anchor": {"step": "visit"}, "offset": 2, "unit": "weeks", "after": ["visit"],
                },
                {
                    "code": "papers",
                    "title": {
                        "en": "Hand over the papers and show how it works",
                        "fr": "Remettre les documents et expliquer le fonctionnement",
                    }, "anchor": {"step": "works"}, "offset": 1, "unit": "business_days", "after": ["works"],
                },
            ],
        }]},
    })
}

/// People, a way out, a pipeline, a campaign.
fn set_up(firm: &Firm) -> Result<()> {
    let body = json!({"kind": "email", "fields": {"name": "devis@armor.example", "dry_run": true}});
    firm.run(anne("2026-03-02T07:00"), "channel.connect", &body)?;
    let body = json!({
        "code": "sales", "name": firm.say("Sales", "Ventes"),
        "stages": [
            {"code": "new", "name": firm.say("New", "Nouvelle"), "probability_bp": 2000},
            {"code": "won", "name": firm.say("Won", "Gagnée"), "kind": "won"},
            {"code": "lost", "name": firm.say("Lost", "Perdue"), "kind": "lost"},
        ],
    });
    firm.run(anne("2026-03-02T07:00"), "pipeline.create", &body)?;
    Ok(())
}

/// From the first touch to a deal.
fn first_touch(firm: &Firm) -> Result<Customer> {
    firm.title("From a letter to a deal", "D’une lettre à une affaire");
    let body = json!({"fields": {
        "visitor": "v-81",
        "landing_page": "https://armor.example/pac?utm_source=letter&utm_medium=email&utm_campaign=spring",
        "happened_at": "2026-03-05T17:45:00Z",
    }});
    firm.run(mailer("2026-03-05T18:00"), "touch.record", &body)?;
    let body = json!({"fields": {
        "visitor": "v-81", "landing_page": "https://armor.example/devis?gclid=x1",
        "happened_at": "2026-03-09T19:30:00Z",
    }});
    firm.run(mailer("2026-03-09T20:00"), "touch.record", &body)?;
    let body = json!({
        "id": LEAD,
        "fields": {
            "first_name": "Claire", "last_name": "Morvan", "company": "Association Les Ajoncs",
            "email": "claire@ajoncs.example", "person_type": "professional", "subject_related": true,
            "collected_from": "person", "informed_at": "2026-03-10T09:00:00Z", "country": "FR",
            "street": "2 rue de Siam", "postal_code": "29200", "city": "Brest", "owner": "marie",
            "language": firm.lang.code(),
        },
    });
    firm.run(marie("2026-03-10T09:00"), "lead.create", &body)?;
    let body = json!({"fields": {"visitor": "v-81", "lead": LEAD, "evidence": "form"}});
    firm.run(marie("2026-03-10T09:01"), "visitor.link", &body)?;
    let body = json!({"lead": LEAD});
    firm.told(marie("2026-03-10T09:05"), "attribution", &body, "/trail/*", "{label} ({reasons/0/text})")?;
    let done = firm.run(marie("2026-03-10T10:00"), "lead.convert", &json!({"id": LEAD}))?;
    let [account, contact, deal] = ["/account", "/contact", "/deal"].map(|place| value(&done, place));
    let body = json!({"deal": deal});
    firm.told(marie("2026-03-10T10:01"), "attribution", &body, "/influenced_campaigns/*/reasons/*", "{text}")?;
    let body = json!({
        "channel": "email", "provider_id": "1@ajoncs.example", "sender": "claire@ajoncs.example",
        "subject": firm.say("A quote", "Un devis"),
        "text": firm.say("A quote for a heat pump, please?", "Un devis pour une pompe à chaleur\u{202f}?"),
    });
    let done = firm.run(mailer("2026-03-11T08:30"), "message.receive", &body)?;
    let talk = value(&done, "/conversation");
    Ok(Customer { account, contact, deal, talk })
}

/// The quote, as it is written and issued.
fn offer(firm: &Firm, claire: &Customer) -> Result<()> {
    firm.title("A quote, and what it has to say", "Un devis, et ce qu’il doit dire");
    let body = json!({
        "id": QUOTE, "fields": {"deal": claire.deal, "title": firm.say("Heat pump", "Pompe à chaleur")},
        "terms": {"lines": [
            {
                "id": "pump", "description": firm.say("Heat pump, 8 kW", "Pompe à chaleur, 8 kW"), "quantity": "1",
                "unit_price": "8990.00", "vat": {"rate": "20"},
            },
            {
                "id": "works", "description": firm.say("Fitting", "Pose"), "quantity": "2", "unit_price": "1450.00",
                "vat": {"rate": "10"},
            },
            {
                "id": "thermostat", "description": "Thermostat", "quantity": "1", "unit_price": "249.00",
                "vat": {"rate": "20"}, "kind": "optional",
            },
        ]},
    });
    firm.run(marie("2026-03-12T10:00"), "quote.create", &body)?;
    firm.told(marie("2026-03-12T10:05"), "quote", &json!({"id": QUOTE}), "/totals/trace/*", "{text}")?;
    if let Err(refused) = firm.run(marie("2026-03-12T10:06"), "quote.issue", &json!({"id": QUOTE})) {
        println!("  {}", refused.text(firm.lang));
    }
    let body = json!({
        "id": QUOTE,
        "terms": {"legal": {
            "payment_terms": firm.say("30 % with the order", "30\u{a0}% à la commande"),
            "insurance": firm.say("Ten-year liability, France", "Décennale, France"),
            "waste": firm.say("sorted and taken away", "tri et évacuation"),
            "signature_line": firm.say("read and approved", "Bon pour accord"),
            "late_penalty": firm.say("three times the legal rate, and 40 EUR", "trois fois le taux légal, et 40 EUR"),
        }},
    });
    firm.run(marie("2026-03-12T10:10"), "quote.edit", &body)?;
    let body = json!({"id": QUOTE});
    firm.done(marie("2026-03-12T10:11"), "quote.issue", &body, "", "{number}, {gross/amount} {gross/currency}")?;
    Ok(())
}

/// Nothing leaves without an OK.
fn sending(firm: &Firm, claire: &Customer) -> Result<()> {
    firm.title("It leaves with an OK, here in a dry run", "Il part avec un accord, ici à blanc");
    let body = json!({"id": QUOTE, "conversation": claire.talk, "topic": "energy_renovation"});
    let done = firm.run(marie("2026-03-12T10:12"), "quote.send", &body)?;
    let draft = value(&done, "/draft");
    firm.approve(marie("2026-03-12T10:14"), &draft)?;
    firm.deliver(mailer("2026-03-12T10:15"))?;
    Ok(())
}

/// What the customer says yes to, and that the deal is won.
fn yes(firm: &Firm, claire: &Customer) -> Result<()> {
    firm.title("Exactly this is accepted, and the deal won", "Exactement ce devis est accepté, l’affaire gagnée");
    let told = firm.ask(marie("2026-03-16T09:00"), "quote", &json!({"id": QUOTE}))?;
    let [revision, hash] = ["/revision", "/hash"].map(|place| value(&told, place));
    let body = json!({
        "id": QUOTE, "revision": revision, "hash": hash, "by": "Claire Morvan", "chosen": ["thermostat"],
    });
    let done = firm.run(marie("2026-03-16T09:01"), "quote.accept", &body)?;
    let draft = value(&done, "/win/draft");
    firm.told(marie("2026-03-16T09:02"), "draft", &json!({"id": draft}), "/reasons/*", "{text}")?;
    firm.approve(marie("2026-03-16T09:03"), &draft)?;
    let body = json!({"id": claire.deal});
    firm.told(
        marie("2026-03-16T09:04"),
        "deal",
        &body,
        "",
        "{account_name}, {deal/value/amount} {deal/value/currency} ({stage_name})",
    )?;
    Ok(())
}

/// How work begins.
fn beginning(firm: &Firm, claire: &Customer) -> Result<()> {
    firm.title("An agent suggests how to begin", "Un agent propose la mise en route");
    let body = json!({"account": claire.account});
    firm.told(scout("2026-03-16T09:30"), "onboarding_suggestion", &body, "/commands/0/reasons/*", "{text}")?;
    let done = firm.run(scout("2026-03-16T09:31"), "onboarding.suggest", &json!({"account": claire.account}))?;
    let [plan, note, call] = [0, 1, 2].map(|place| value(&done, &format!("/drafts/{place}/draft")));
    tell(&done, "/drafts/*", "{command}");
    firm.approve(marie("2026-03-16T10:00"), &plan)?;
    firm.approve(marie("2026-03-16T10:00"), &note)?;
    firm.approve(marie("2026-03-16T10:00"), &call)?;
    let told = firm.ask(marie("2026-03-16T10:01"), "playbook_runs", &json!({"account": claire.account}))?;
    let run = value(&told, "/rows/0/id");
    let told = firm.ask(marie("2026-03-16T10:01"), "playbook_run", &json!({"id": run}))?;
    let task = value(&told, "/steps/0/task");
    tell(&told, "/steps/*", "{due_on} {title}");
    firm.run(marie("2026-03-18T16:00"), "task.complete", &json!({"id": task}))?;
    let told = firm.ask(marie("2026-03-18T16:01"), "playbook_run", &json!({"id": run}))?;
    tell(&told, "/reasons/*", "{text}");
    tell(&told, "/steps/1", "{due_on} {title} ({reasons/0/text})");
    Ok(())
}

/// The contract.
fn contract(firm: &Firm, claire: &Customer) -> Result<()> {
    firm.title("A contract, and when the customer is told", "Un contrat, et quand avertir le client");
    let body = json!({
        "id": CONTRACT,
        "fields": {
            "name": firm.say("Yearly care", "Entretien annuel"), "account": claire.account,
            "contact": claire.contact, "deal": claire.deal, "owner": "marie", "currency": "EUR",
            "starts_on": "2026-04-01", "term_months": 12, "renewal": "auto", "customer_kind": "non_professional",
        },
    });
    firm.run(marie("2026-04-01T09:00"), "subscription.create", &body)?;
    let body = json!({"fields": {
        "subscription": CONTRACT, "product": firm.say("care", "entretien"), "quantity": "1",
        "unit_price": {"amount": "45.00", "currency": "EUR"}, "interval_months": 1,
    }});
    firm.run(marie("2026-04-01T09:01"), "subscription_item.create", &body)?;
    let told = firm.ask(marie("2026-04-01T09:05"), "subscription", &json!({"id": CONTRACT}))?;
    tell(&told, "/revenue/*", firm.say("{mrr} {currency} a month", "{mrr} {currency} par mois"));
    tell(&told, "/term/reasons/*", "{text}");
    Ok(())
}

/// How the customer is doing.
fn health(firm: &Firm, claire: &Customer) -> Result<()> {
    firm.title("Payments are late: why the health moved", "Des retards de paiement\u{a0}: pourquoi la santé bouge");
    let body = json!({"fields": {
        "kind": "call", "direction": "outbound", "account": claire.account, "contact": claire.contact,
        "subject": firm.say("How is the house?", "Comment va la maison\u{202f}?"),
    }});
    firm.run(marie("2026-09-20T09:00"), "activity.log", &body)?;
    let body = json!({"account": claire.account, "measure": "nps", "value": 30});
    firm.run(mailer("2026-09-25T09:00"), "measurement.record", &body)?;
    firm.payment(mailer("2026-09-28T08:00"), claire, "F-063", "2026-06-30", Some("2026-06-29"))?;
    firm.run(anne("2026-09-28T09:00"), "health.recalculate", &json!({"account": claire.account}))?;
    let body = json!({"account": claire.account});
    firm.told(marie("2026-09-28T09:05"), "health", &body, "/live", "{score} ({band_text})")?;
    firm.payment(mailer("2026-10-01T09:00"), claire, "F-081", "2026-08-31", None)?;
    firm.payment(mailer("2026-10-01T09:00"), claire, "F-092", "2026-09-30", None)?;
    firm.run(anne("2026-10-10T09:00"), "health.recalculate", &json!({"account": claire.account}))?;
    let told = firm.ask(marie("2026-10-10T09:05"), "health", &json!({"account": claire.account}))?;
    tell(&told, "/live", "{score} ({band_text})");
    tell(&told, "/entry/delta_reasons/*", "{text}");
    Ok(())
}

/// What else could be sold, who belongs where, all in one answer.
fn hub(firm: &Firm, claire: &Customer) -> Result<()> {
    firm.title("The customer in a few lines", "Le client en quelques lignes");
    let body = json!({
        "id": IDEA,
        "fields": {
            "title": firm.say("Solar panels", "Panneaux solaires"), "account": claire.account, "kind": "cross_sell",
            "value": {"amount": "6500.00", "currency": "EUR"}, "owner": "marie",
            "evidence": firm.say("She asked on the phone", "Elle a demandé au téléphone"),
        },
    });
    firm.run(marie("2026-10-12T09:00"), "expansion_idea.create", &body)?;
    firm.run(marie("2026-10-12T09:01"), "expansion_idea.qualify", &json!({"id": IDEA}))?;
    let body = json!({
        "code": "watch", "record": "account", "name": firm.say("To be watched", "À surveiller"),
        "where": {"all": [
            {"field": "health_band", "op": "in", "value": ["yellow", "red"]},
            {"field": "country", "op": "eq", "value": "FR"},
        ]},
    });
    firm.run(anne("2026-10-12T10:00"), "segment.create", &body)?;
    let body = json!({"code": "watch", "record": "account", "id": claire.account});
    firm.told(anne("2026-10-12T10:01"), "segment_why", &body, "/reasons/*", "{text}")?;
    let told = firm.ask(marie("2026-10-12T10:05"), "customer", &json!({"account": claire.account}))?;
    tell(&told, "/subscriptions/revenue/total/*", firm.say("{arr} {currency} a year", "{arr} {currency} par an"));
    tell(
        &told,
        "/payments",
        firm.say(
            "{overdue} payments late, {oldest_overdue_days} days at most",
            "{overdue} paiements en retard, {oldest_overdue_days} jours au plus",
        ),
    );
    tell(&told, "/onboarding/rows/*", firm.say("{done} of {required} steps done", "{done} étape sur {required} faite"));
    tell(&told, "/expansion/rows/*", "{title}, {value/amount} {value/currency}");
    Ok(())
}

/// The year in a table, the notice of the renewal, a day.
fn renewal(firm: &Firm) -> Result<()> {
    firm.title("The renewal, a report, a day in sentences", "Le renouvellement, un rapport, la journée en phrases");
    let body = json!({
        "report": {
            "kind": "win_rate", "window": {"to_date": {"unit": "year"}, "zone": "Europe/Paris"}, "currency": "EUR",
            "group_by": ["owner"],
        }, "csv": {"headers": firm.lang.code()}, "lang": firm.lang.code(),
    });
    firm.done(anne("2026-10-12T11:00"), "report.export", &body, "", "{csv}")?;
    let done = firm.run(anne("2027-02-08T06:00"), "renewal.tick", &json!({}))?;
    let renewal = value(&done, "/renewals/0/id");
    let told = firm.ask(marie("2027-02-08T08:00"), "renewals", &json!({}))?;
    tell(&told, "/rows/*/notice/reasons/2", "{text}");
    tell(&told, "/rows/*/risk", "{band_text} ({score})");
    tell(&told, "/rows/*/risk/reasons/*", "{text}");
    let body = json!({"id": renewal, "lang": firm.lang.code()});
    let done = firm.run(marie("2027-02-08T09:00"), "renewal.notice", &body)?;
    let draft = value(&done, "/id");
    firm.approve(marie("2027-02-08T09:05"), &draft)?;
    firm.deliver(mailer("2027-02-08T09:06"))?;
    firm.run(anne("2027-02-09T06:00"), "renewal.tick", &json!({}))?;
    firm.told(marie("2027-02-09T08:00"), "renewals", &json!({}), "/rows/*/notice/reasons/2", "{text}")?;
    firm.told(marie("2027-03-04T08:05"), "narrative", &json!({"currency": "EUR"}), "/reasons/*", "{text}")?;
    Ok(())
}

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let lang = if args == ["--lang", "fr"] { Lang::French } else { Lang::English };
    let firm = Firm::new(lang)?;
    set_up(&firm)?;
    let claire = first_touch(&firm)?;
    offer(&firm, &claire)?;
    sending(&firm, &claire)?;
    yes(&firm, &claire)?;
    beginning(&firm, &claire)?;
    contract(&firm, &claire)?;
    health(&firm, &claire)?;
    hub(&firm, &claire)?;
    renewal(&firm)
}
