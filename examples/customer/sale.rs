//! From the first touch to a deal that is won.

use crm_core::Result;
use serde_json::json;

use super::firm::{Customer, Firm, anne, mailer, marie, value};
use super::{LEAD, QUOTE};

/// People, a way out, a pipeline, a campaign.
pub(crate) fn set_up(firm: &Firm) -> Result<()> {
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
pub(crate) fn first_touch(firm: &Firm) -> Result<Customer> {
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
pub(crate) fn offer(firm: &Firm, claire: &Customer) -> Result<()> {
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
    firm.done(marie("2026-03-12T10:11"), "quote.issue", &body, "", "{number}, {gross/amount gross/currency}")?;
    Ok(())
}

/// Nothing leaves without an OK.
pub(crate) fn sending(firm: &Firm, claire: &Customer) -> Result<()> {
    firm.title("It leaves with an OK, here in a dry run", "Il part avec un accord, ici à blanc");
    let body = json!({"id": QUOTE, "conversation": claire.talk, "topic": "energy_renovation"});
    let done = firm.run(marie("2026-03-12T10:12"), "quote.send", &body)?;
    let draft = value(&done, "/draft");
    firm.approve(marie("2026-03-12T10:14"), &draft)?;
    firm.deliver(mailer("2026-03-12T10:15"))?;
    Ok(())
}

/// What the customer says yes to, and that the deal is won.
pub(crate) fn yes(firm: &Firm, claire: &Customer) -> Result<()> {
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
        "{account_name}, {deal/value/amount deal/value/currency} ({stage_name})",
    )?;
    Ok(())
}
