//! Support in Rust: what is promised and why, what waits for whom, who is there; a day's work and a week's figures.

use crm_core::command::{
    Actor, Command, CompleteTask, Create, Ctx, LogActivity, Patch, ReceiveMessage, RecordReply, ResolveTicket, Role,
    SetLeave, TaskSeen, TemplateUse, TickTickets, TicketStep,
};
use crm_core::kernel::service::DayHalf;
use crm_core::kernel::staff::LeaveKind;
use crm_core::kernel::time::parse_instant;
use crm_core::model::{Account, Activity, Contact, Employee, Task, Ticket};
use crm_core::rules::Rules;
use crm_core::store::Workspace;
use crm_core::{Crm, Id, Lang, Result};
use crm_sqlite::SqliteStore;
use serde_json::{Map, Value as Json, json};

fn record(number: usize) -> Result<Id> {
    format!("0192f0c1-0000-7000-8000-{number:012}").parse()
}

fn fields(json: &Json) -> Map<String, Json> {
    json.as_object().cloned().unwrap_or_default()
}

/// A line with the values of a part in the places of `{...}`.
fn filled(part: &Json, line: &str) -> String {
    let value = |place: &str| match part.pointer(&format!("/{place}")) {
        Some(Json::String(text)) => text.clone(),
        other => other.map(Json::to_string).unwrap_or_default(),
    };
    let mut pieces = line.split('{');
    let first = pieces.next().unwrap_or_default().to_owned();
    first + &pieces.filter_map(|p| p.split_once('}')).map(|(place, rest)| value(place) + rest).collect::<String>()
}

/// Prints a line for each part at a place such as `/clocks/*/reasons/*`.
fn tell(answer: &Json, place: &str, line: &str) {
    match place.split_once("/*") {
        None => println!("  {}", answer.pointer(place).map(|part| filled(part, line)).unwrap_or_default()),
        Some((list, rest)) => {
            answer.pointer(list).and_then(Json::as_array).into_iter().flatten().for_each(|part| tell(part, rest, line));
        }
    }
}

fn rules() -> Result<Rules> {
    let hours = json!([["09:00", "12:30"], ["14:00", "18:00"]]);
    Rules::from_json(&json!({
        "calendar": [{"id": "bureau", "zone": "Europe/Paris", "french_holidays": "metropole", "weekly": {
            "monday": hours, "tuesday": hours, "wednesday": hours, "thursday": hours, "friday": hours}}],
        "sla": {"policies": [{"id": "standard", "is_default": true, "calendar": "bureau", "due_soon": {"seconds": "1h"},
            "targets": {
                "urgent": {"first_response": "2h", "first_resolution": "8h"},
                "*": {"first_response": "5h", "first_resolution": "16h"}},
            "escalation": [{"id": "anne", "metric": "first_resolution", "before": "30m", "notify": ["anne"]}]}]},
        "staff": {"calendar": "bureau", "half_day_at": "13:00", "capacity_points": 10},
        "tasks": {"zone": "Europe/Paris", "calendar": "bureau"},
        "templates": {"zone": "Europe/Paris", "language": "fr"},
        "access": {"roles": {"member": {"read": "team", "write": "own"}}, "team": {"colleagues": true}},
    }))
}

/// Who does or asks something, and when.
type Moment<'a> = (&'a str, Role, &'a str);

fn anne(at: &str) -> Moment<'_> {
    ("anne", Role::Admin, at)
}

struct Desk {
    crm: Crm<SqliteStore>,
}

impl Desk {
    fn run<C: Command>(&self, (name, role, at): Moment<'_>, command: &C) -> Result<C::Output> {
        let id = Id::from_text(&format!("{at} {} {}", C::name(), command.to_json()));
        let at = parse_instant(&format!("2026-{at}:00Z"))?;
        self.crm.run(&Ctx::new(Workspace::new("acme")?, Actor::new(name, role)?, at, id), command)?.done()
    }

    fn ask(&self, (name, role, at): Moment<'_>, question: &str, body: Json) -> Result<Json> {
        let actor = json!({"name": name, "role": role.name()});
        let at = format!("2026-{at}:00Z");
        let document = json!({"workspace": "acme", "actor": actor, "at": at, question: body});
        self.crm.query_json(document.to_string().as_bytes())
    }
}

fn main() -> Result<()> {
    let desk = Desk { crm: Crm::new(SqliteStore::in_memory()?, rules()?) };
    let [account, contact, ticket, offer] = [record(1)?, record(2)?, record(3)?, record(4)?];
    let [invoice, visit, call_back, call, leave] = [record(5)?, record(6)?, record(7)?, record(8)?, record(9)?];
    let (monday, friday) = (anne("05-18T07:00"), anne("05-22T15:30"));
    let (today, later) = (anne("06-03T08:00"), anne("06-03T08:10"));
    let one = |lang: &str| json!({"id": ticket.to_string(), "lang": lang});
    let of = |user: &str, lang: &str| json!({"user": user, "lang": lang});

    // Anne leads the three who do support.
    for (user, capacity) in [("anne", 10), ("marie", 10), ("paul", 10), ("zoé", 4)] {
        let (manager, team) = if user == "anne" { ("", "") } else { ("anne", "support") };
        let capacity_points = Some(capacity);
        let (user, manager, team) = (user.into(), manager.into(), team.into());
        desk.run(monday, &Create::new(Employee { user, manager, team, capacity_points, ..Employee::default() }))?;
    }
    let renov = Account { name: "Rénov’Ouest".into(), ..Account::default() };
    desk.run(monday, &Create { id: Some(account), ..Create::new(renov) })?;
    let luc =
        Contact { first_name: "Luc".into(), last_name: "Martin".into(), account: Some(account), ..Contact::default() };
    desk.run(monday, &Create { id: Some(contact), ..Create::new(luc) })?;

    println!("Vendredi, 17 h 30\u{a0}: une réponse est promise sous 5 heures ouvrées");
    let new = |subject: &str| Ticket { subject: subject.into(), team: "support".into(), ..Ticket::default() };
    let leak =
        Ticket { contact: Some(contact), owner: "marie".into(), channel: "email".into(), ..new("Fuite au lycée") };
    desk.run(friday, &Create { id: Some(ticket), ..Create::new(leak) })?;
    let timeline = json!({"ask": "timeline", "at": "2026-05-26T13:00:00Z", "explain": {"metric": "first_response"},
                          "events": [{"at": "2026-05-22T15:30:00Z", "kind": "created"}]});
    let explained = desk.crm.rules().eval("sla", &json!({"asks": [timeline], "lang": "fr"}))?;
    tell(&explained, "/answers/0/ledger/lines/*", "{text}");
    println!("Tuesday, 9 o’clock");
    tell(&desk.ask(anne("05-26T07:00"), "ticket", one("en"))?, "/sla/clocks/*/reasons/*", "{text}");

    println!("Marie répond\u{202f}; la suite dépend du client");
    let mail = |text: &str| Activity { kind: "email".into(), description: text.into(), ..Activity::default() };
    let activity = mail("Avez-vous des photos\u{202f}?");
    let reply = RecordReply { id: ticket, version: None, activity, status: "pending".into() };
    desk.run(("marie", Role::Member, "05-26T09:00"), &reply)?;
    tell(&desk.ask(anne("05-26T15:00"), "ticket", one("fr"))?, "/sla/clocks/*/reasons/*", "{text}");
    println!("Le client répond, et c’est urgent");
    let activity = mail("Les voici, l’eau monte.");
    desk.run(anne("05-27T08:00"), &ReceiveMessage { id: ticket, activity, reopen: None })?;
    desk.run(anne("05-27T08:05"), &Patch::<Ticket>::new(ticket, fields(&json!({"priority": "urgent"}))))?;
    tell(&desk.ask(anne("05-27T08:05"), "ticket", one("fr"))?, "/sla/clocks/1/reasons/*", "{text}");

    println!("Une semaine sans minuterie\u{a0}: chaque alerte une fois, à son heure");
    let unreadable = Ticket { owner: "paul".into(), ..new("Devis illisible") };
    desk.run(anne("06-02T13:00"), &Create { id: Some(offer), ..Create::new(unreadable) })?;
    let twice = Ticket { priority: "high".into(), ..new("Facture en double") };
    desk.run(anne("06-03T07:00"), &Create { id: Some(invoice), ..Create::new(twice) })?;
    let told = desk.run(today, &TickTickets::default())?;
    tell(&json!(told.alerts), "/*", "{effective_at} {metric} {kind}");
    let again = desk.run(anne("06-03T08:01"), &TickTickets::default())?;
    println!("  {} ticket à revoir une minute après", again.tickets);
    tell(&desk.ask(today, "ticket", one("fr"))?, "/sla/clocks/1/reasons/*", "{text}");
    println!("Tableau");
    let column = "{name}\u{a0}: {count}, dont {sla/breached} en retard et {sla/due_soon} bientôt";
    tell(&desk.ask(today, "ticket_board", json!({"lang": "fr"}))?, "/columns/*", column);

    println!("Le dernier vendredi du mois");
    let task = |title: &str| Task { title: title.into(), assignee: "marie".into(), ..Task::default() };
    let series = Task {
        account: Some(account),
        recurrence: "FREQ=MONTHLY;BYDAY=-1FR".into(),
        due_date: "2026-05-29".parse().ok(),
        priority: "high".into(),
        ..task("Visite d’entretien")
    };
    desk.run(monday, &Create { id: Some(visit), ..Create::new(series) })?;
    tell(&desk.ask(today, "task", json!({"id": visit.to_string(), "lang": "fr"}))?, "/reasons/*", "{text}");
    let done = TaskSeen { id: visit, version: None };
    desk.run(today, &CompleteTask { task: done, done_at: None, even_if_blocked: false })?;
    tell(&desk.ask(today, "tasks", json!({"assignee": "marie", "lang": "fr"}))?, "/tasks/*/reasons/*", "{text}");

    println!("La boîte de Marie");
    let due_date = "2026-06-05".parse().ok();
    let to_call = Task { ticket: Some(ticket), due_date, ..task("Rappeler le lycée") };
    desk.run(today, &Create { id: Some(call_back), ..Create::new(to_call) })?;
    let inbox = desk.ask(today, "inbox", of("marie", "fr"))?;
    tell(&inbox, "/items/*", "{title}\u{a0}: {reasons/0/text}");
    tell(&inbox, "/items/0/actions/*", "- {label}");
    println!("Marie’s inbox");
    tell(&desk.ask(today, "inbox", of("marie", "en"))?, "/items/*", "{title}: {reasons/0/text}");

    println!("Un appel, d’après un modèle");
    let activity = Activity { ticket: Some(ticket), ..Activity::default() };
    let template = TemplateUse { id: "log_call".into(), version: None, language: None, inputs: Map::new() };
    let mut log = LogActivity { id: Some(call), activity, template: Some(template), ..LogActivity::default() };
    if let Err(refused) = desk.run(later, &log) {
        for lang in [Lang::French, Lang::English] {
            println!("  {}: {}", refused.field().unwrap_or_default(), refused.text(lang));
        }
    }
    if let Some(template) = &mut log.template {
        template.inputs = fields(&json!({"summary": "Réparation demain à 8 h."}));
    }
    desk.run(later, &log)?;
    println!("Chez le client, sans autre saisie");
    let around = json!({"record": "account", "id": account.to_string(), "lang": "fr"});
    tell(&desk.ask(later, "timeline", around)?, "/entries/0/reason", "{text}");

    println!("Marie part en congé");
    let days = SetLeave {
        id: Some(leave),
        user: "marie".into(),
        kind: Some(LeaveKind::Paid),
        from_date: "2026-06-04".parse().unwrap_or_default(),
        to_date: "2026-06-12".parse().ok(),
        to_half: Some(DayHalf::Morning),
        ..SetLeave::default()
    };
    desk.run(today, &days)?;
    let impact = desk.ask(today, "leave_impact", json!({"id": leave.to_string(), "lang": "fr"}))?;
    tell(&impact, "/records/*", "{title}\u{a0}: {why/text}\u{202f}; {cover/user}, {cover/reasons/0/text}");
    println!("À qui confier la facture");
    let to_whom = json!({"record": "ticket", "id": invoice.to_string(), "lang": "fr"});
    let ranking = desk.ask(anne("06-04T08:00"), "assignment_ranking", to_whom)?;
    tell(&ranking, "/ranked/*", "{rank}. {user}\u{a0}: {reasons/0/text}");
    tell(&ranking, "/excluded/*", "{user}\u{a0}: {reasons/0/text}");
    println!("Paul peut-il résoudre le ticket de Marie\u{202f}?");
    let resolve = json!({"command": "ticket.resolve", "id": ticket.to_string(), "lang": "fr"});
    tell(&desk.ask(("paul", Role::Member, "06-03T08:00"), "can", resolve)?, "/decided_by/*", "{text}");

    println!("Trois semaines");
    desk.run(("marie", Role::Member, "06-03T08:30"), &ResolveTicket::new(ticket, TicketStep::default()))?;
    let window = json!({"window": {"fixed": {"from": "2026-05-18", "to": "2026-06-08"}}});
    let sum = "{backlog_start} + {opened} + {reopened} + {restored} - {resolved} - {removed} = {backlog_end}";
    tell(&desk.ask(anne("06-03T09:00"), "support_volume", window)?, "/total", sum);
    Ok(())
}
