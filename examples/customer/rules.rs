//! How the firm works.

use crm_core::Lang;
use serde_json::{Value as Json, json};

use super::firm::by;

/// A firm that puts heat pumps in: what its quotes say, and how its work begins.
pub(crate) fn rules(lang: Lang) -> Json {
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
