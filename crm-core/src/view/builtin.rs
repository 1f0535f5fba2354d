//! The lists that everybody has before anybody saves one. They are data like saved views: filters that mean something
//! else for every reader and every day.

use serde_json::{Map, Value as Json, json};

use super::ViewDefinition;
use crate::kernel::error::{Problem, Result};
use crate::kernel::text::shortened;
use crate::lang::Lang;

/// A list that comes with the library.
#[derive(Clone, Copy, Debug)]
pub struct BuiltInView {
    /// What hosts ask for.
    pub code: &'static str,
    /// The name of the record that it lists.
    pub record: &'static str,
    en: &'static str,
    fr: &'static str,
    /// Condition, order and columns.
    of: fn() -> (Json, Json, &'static [&'static str]),
}

/// The codes of all, in order.
const CODES: &[&str] = &[
    "my_accounts",
    "recent_activities",
    "my_contacts",
    "deals_closing_this_month",
    "deals_past_close_date",
    "my_open_deals",
    "my_drafts",
    "active_team",
    "leads_of_this_week",
    "leads_without_owner",
    "my_hot_leads",
    "leave_this_week",
    "recent_notes",
    "my_open_tasks",
    "my_tasks_this_week",
    "overdue_tasks",
    "tasks_of_my_team",
    "my_open_tickets",
    "tickets_breaching_soon",
    "unassigned_tickets",
];

fn test(field: &str, op: &str, value: Json) -> Json {
    match value {
        Json::Null => json!({"field": field, "op": op}),
        value => json!({"field": field, "op": op, "value": value}),
    }
}

fn all(tests: &[Json]) -> Json {
    json!({"all": tests})
}

fn mine(field: &str) -> Json {
    test(field, "eq", json!({"actor": "me"}))
}

fn team(field: &str) -> Json {
    test(field, "in", json!({"actor": "my_team"}))
}

fn empty(field: &str) -> Json {
    test(field, "is_null", Json::Null)
}

/// Not done yet, and not snoozed either.
fn to_do() -> Json {
    let awake = json!({"any": [empty("snoozed_until"), test("snoozed_until", "le", json!({"at": "now"}))]});
    all(&[empty("completed_at"), awake])
}

/// Due before now, or, where only a day is known, before today.
fn overdue() -> Json {
    let by_day = all(&[empty("due_at"), test("due_date", "before", "today".into())]);
    json!({"any": [test("due_at", "lt", json!({"at": "now"})), by_day]})
}

fn open_ticket() -> Json {
    test("state", "in", json!(["new", "open", "pending", "hold"]))
}

fn open_deal() -> Json {
    test("state", "eq", "open".into())
}

/// A lead that nobody converted or merged away.
fn open_lead() -> Json {
    let converted = json!({"any": [empty("converted"), test("converted", "eq", false.into())]});
    all(&[empty("converted_at"), empty("merged_into"), converted])
}

fn by(fields: &[&str]) -> Json {
    fields.iter().map(|field| json!({"field": field, "descending": false})).collect()
}

fn newest(field: &str) -> Json {
    json!([{"field": field, "descending": true}])
}

const TASK: &[&str] = &["title", "assignee", "priority", "due_date", "due_at", "account", "contact", "deal", "ticket"];
const TICKET: &[&str] = &["number", "subject", "status", "priority", "owner", "account", "sla_state", "sla_due_at"];
const DEAL: &[&str] = &["name", "account_name", "owner", "stage_name", "value", "close_date", "risk_band"];
const LEAD: &[&str] =
    &["company", "first_name", "last_name", "owner", "stage", "source", "score", "band", "created_at"];

/// All built-in views, in order of record and code.
pub const BUILT_IN: &[BuiltInView] = &[
    BuiltInView {
        code: "my_accounts",
        record: "account",
        en: "My accounts",
        fr: "Mes comptes",
        of: || (mine("owner"), by(&["name"]), &["name", "lifecycle", "segment", "health", "owner"]),
    },
    BuiltInView {
        code: "recent_activities",
        record: "activity",
        en: "Activities of the last seven days",
        fr: "Activités des sept derniers jours",
        of: || {
            let days = test("happened_at", "during", json!({"last": 7, "unit": "day", "include_current": true}));
            (
                days,
                newest("happened_at"),
                &["happened_at", "kind", "direction", "subject", "actor", "account", "contact"],
            )
        },
    },
    BuiltInView {
        code: "my_contacts",
        record: "contact",
        en: "My contacts",
        fr: "Mes contacts",
        of: || {
            (mine("owner"), by(&["last_name"]), &["first_name", "last_name", "job_title", "email", "phone", "account"])
        },
    },
    BuiltInView {
        code: "deals_closing_this_month",
        record: "deal",
        en: "Deals to close this month",
        fr: "Affaires à conclure ce mois-ci",
        of: || (all(&[open_deal(), test("close_date", "during", "this_month".into())]), by(&["close_date"]), DEAL),
    },
    BuiltInView {
        code: "deals_past_close_date",
        record: "deal",
        en: "Open deals past their close date",
        fr: "Affaires ouvertes dont la date de clôture est passée",
        of: || (all(&[open_deal(), test("close_date", "before", "today".into())]), by(&["close_date"]), DEAL),
    },
    BuiltInView {
        code: "my_open_deals",
        record: "deal",
        en: "My open deals",
        fr: "Mes affaires en cours",
        of: || (all(&[mine("owner"), open_deal()]), by(&["close_date"]), DEAL),
    },
    BuiltInView {
        code: "my_drafts",
        record: "draft",
        en: "My drafts",
        fr: "Mes brouillons",
        of: || (mine("author"), newest("updated_at"), &["channel", "subject", "recipients", "updated_at"]),
    },
    BuiltInView {
        code: "active_team",
        record: "employee",
        en: "People at work",
        fr: "Équipe active",
        of: || {
            // Nobody says of most people that they work.
            let active = json!({"any": [empty("status"), test("status", "eq", "active".into())]});
            (active, by(&["full_name"]), &["full_name", "user", "team", "job_title", "email"])
        },
    },
    BuiltInView {
        code: "leads_of_this_week",
        record: "lead",
        en: "Leads of this week",
        fr: "Leads de la semaine",
        of: || (all(&[open_lead(), test("created_at", "during", "this_week".into())]), newest("created_at"), LEAD),
    },
    BuiltInView {
        code: "leads_without_owner",
        record: "lead",
        en: "Leads without an owner",
        fr: "Leads sans responsable",
        of: || (all(&[empty("owner"), open_lead()]), newest("score"), LEAD),
    },
    BuiltInView {
        code: "my_hot_leads",
        record: "lead",
        en: "My hot leads",
        fr: "Mes leads chauds",
        of: || (all(&[mine("owner"), test("band", "eq", "hot".into()), open_lead()]), newest("score"), LEAD),
    },
    BuiltInView {
        code: "leave_this_week",
        record: "leave",
        en: "Away this week",
        fr: "Absences de la semaine",
        of: || {
            // Whoever comes back before the week, or leaves after it, is there.
            let begun = json!({"not": test("from_date", "after", "this_week".into())});
            let over = json!({"not": test("to_date", "before", "this_week".into())});
            (all(&[begun, over]), by(&["from_date"]), &["user", "kind", "from_date", "from_half", "to_date", "to_half"])
        },
    },
    BuiltInView {
        code: "recent_notes",
        record: "note",
        en: "Notes of the last seven days",
        fr: "Notes des sept derniers jours",
        of: || {
            let days = test("created_at", "during", json!({"last": 7, "unit": "day", "include_current": true}));
            (days, newest("created_at"), &["created_at", "text", "author", "account", "contact", "deal"])
        },
    },
    BuiltInView {
        code: "my_open_tasks",
        record: "task",
        en: "My open tasks",
        fr: "Mes tâches à faire",
        of: || (all(&[mine("assignee"), to_do()]), by(&["due_date", "due_at"]), TASK),
    },
    BuiltInView {
        code: "my_tasks_this_week",
        record: "task",
        en: "My tasks due this week",
        fr: "Mes tâches à échéance cette semaine",
        of: || {
            let week = |field| test(field, "during", "this_week".into());
            let due = json!({"any": [week("due_at"), all(&[empty("due_at"), week("due_date")])]});
            (all(&[mine("assignee"), empty("completed_at"), due]), by(&["due_date", "due_at"]), TASK)
        },
    },
    BuiltInView {
        code: "overdue_tasks",
        record: "task",
        en: "Overdue tasks",
        fr: "Tâches en retard",
        of: || (all(&[empty("completed_at"), overdue()]), by(&["due_date", "due_at"]), TASK),
    },
    BuiltInView {
        code: "tasks_of_my_team",
        record: "task",
        en: "My team's open tasks",
        fr: "Tâches à faire de mon équipe",
        of: || (all(&[team("assignee"), to_do()]), by(&["due_date", "due_at"]), TASK),
    },
    BuiltInView {
        code: "my_open_tickets",
        record: "ticket",
        en: "My open tickets",
        fr: "Mes tickets ouverts",
        of: || (all(&[mine("owner"), open_ticket()]), by(&["sla_due_at"]), TICKET),
    },
    BuiltInView {
        code: "tickets_breaching_soon",
        record: "ticket",
        en: "Tickets whose promise is broken or soon will be",
        fr: "Tickets dont l’engagement est rompu ou va l’être",
        of: || {
            let states = test("sla_state", "in", json!(["due_soon", "breached"]));
            let by_now = test("sla_due_at", "le", json!({"at": "now"}));
            (all(&[open_ticket(), json!({"any": [states, by_now]})]), by(&["sla_due_at"]), TICKET)
        },
    },
    BuiltInView {
        code: "unassigned_tickets",
        record: "ticket",
        en: "Tickets that nobody has taken",
        fr: "Tickets sans responsable",
        of: || (all(&[empty("owner"), open_ticket()]), by(&["sla_due_at"]), TICKET),
    },
];

impl BuiltInView {
    /// The view of a code.
    ///
    /// # Errors
    /// [`Problem::NotOneOf`] with the codes that there are.
    pub fn of_code(code: &str) -> Result<&'static Self> {
        let unknown = || Problem::NotOneOf { found: shortened(code, 60), expected: CODES }.into();
        BUILT_IN.iter().find(|view| view.code == code).ok_or_else(unknown)
    }

    /// What people call it.
    pub const fn name(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::English => self.en,
            Lang::French => self.fr,
        }
    }

    /// What it says, as a saved view would.
    pub fn definition(&self) -> Json {
        let (filter, order, columns) = (self.of)();
        json!({"record": self.record, "where": filter, "order": order, "columns": columns})
    }

    /// The same, read.
    ///
    /// # Errors
    /// None, as long as the definitions here are right; a test reads all of them.
    pub fn read(&self) -> Result<ViewDefinition> {
        ViewDefinition::from_json(&self.definition())
    }

    /// `{"builtin", "kind", "name": {"en", "fr"}, "definition"}`.
    pub fn to_json(&self) -> Map<String, Json> {
        let mut map = Map::new();
        map.insert("builtin".into(), self.code.into());
        map.insert("kind".into(), self.record.into());
        map.insert("name".into(), json!({"en": self.en, "fr": self.fr}));
        map.insert("definition".into(), self.definition());
        map
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Rules;

    #[test]
    fn every_built_in_view_fits_its_record() {
        let rules = Rules::default();
        for view in BUILT_IN {
            let definition = view.read().unwrap();
            definition.check(&rules).unwrap();
            assert_eq!(definition.find.kind.name(), view.record);
            assert!(!definition.columns.is_empty() && definition.find.filter.is_some(), "{}", view.code);
        }
        assert_eq!(BUILT_IN.iter().map(|view| view.code).collect::<Vec<_>>(), CODES);
        assert!(BUILT_IN.is_sorted_by_key(|view| (view.record, view.code)));
    }
}
