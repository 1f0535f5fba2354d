//! By which index SQLite finds what the library asks for again and again.

use super::*;
use crm_core::kernel::predicate::Predicate;
use crm_core::model::{Kind, Sight};
use crm_core::store::Order;
use serde_json::json;
use std::sync::Arc;

fn plan(connection: &Connection, query: &Query) -> String {
    let sql = page_sql(&Workspace::new("one").unwrap(), query).unwrap();
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", sql.text)).unwrap();
    bind(&mut statement, &sql).unwrap();
    let mut rows = statement.raw_query();
    let mut out = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        out.push(row.get::<_, String>(3).unwrap());
    }
    out.join("; ")
}

#[test]
fn look_ups_use_their_indexes() {
    let connection = Connection::open_in_memory().unwrap();
    crate::migrate(&connection).unwrap();
    let schema = Arc::new(Schema::new("lead", META_FIELDS.iter().chain(Kind::Lead.fields()).cloned()));
    let at = "2026-01-01T00:00:00Z".parse().unwrap();
    let mut query = Query::all(Kind::Lead, Arc::clone(&schema), at);
    assert_eq!(plan(&connection, &query), "SEARCH leads USING INDEX leads_by_created_at (workspace=?)");
    query.after = Some(Cursor { values: vec![], created_at_micros: 0, id: Id::from_text("x") });
    let found = plan(&connection, &query);
    assert_eq!(found, "SEARCH leads USING INDEX leads_by_created_at (workspace=? AND (created_at,id)>(?,?))");
    query.after = None;
    for field in Kind::Lead.fields().iter().filter(|f| f.indexed) {
        for operator in [Operator::Equal, Operator::In] {
            let typed = match field.kind {
                FieldType::Text => json!("1"),
                FieldType::Reference => json!(Id::from_text("1").to_string()),
                _ => json!(1),
            };
            let value = if operator == Operator::In { json!([typed, typed]) } else { typed };
            let test = Predicate::test(&field.name, operator, value);
            query.filter = Some(test.compile(&schema).unwrap());
            let found = plan(&connection, &query);
            let index = format!("SEARCH leads USING INDEX leads_by_{} (workspace=? AND ", field.name);
            assert!(found.starts_with(&index), "{found}");
            assert!(operator == Operator::In || !found.contains("TEMP"), "{found}");
        }
    }
    // As the questions about duplicates ask: by one key, by two at once, for the next ones in order; all of leads
    // that are still in play.
    let equal = |field: &str| Predicate::test(field, Operator::Equal, "1");
    let unknown = |field: &str| Predicate::test(field, Operator::IsNull, serde_json::Value::Null);
    let closed = Predicate::test("stage", Operator::NotIn, json!(["lost", "won"]));
    let open = Predicate::Any(vec![unknown("converted"), Predicate::test("converted", Operator::Equal, false)]);
    let in_play =
        [unknown("merged_into"), unknown("converted_at"), open, Predicate::Any(vec![unknown("stage"), closed])];
    let keyed = |field: &str| format!("INDEX leads_by_{field} (workspace=? AND {field}_folded");
    for (found, index) in [
        (equal("email_key"), "email_key"),
        (equal("mobile_key"), "mobile_key"),
        (Predicate::All(vec![equal("external_id"), equal("external_source")]), "external_id"),
        (Predicate::test("dedupe_key", Operator::Greater, "1"), "dedupe_key"),
    ] {
        let all: Vec<Predicate> = std::iter::once(found).chain(in_play.clone()).collect();
        query.filter = Some(Predicate::All(all).compile(&schema).unwrap());
        query.order.clear();
        if index == "dedupe_key" {
            query.order = vec![Order { field: schema.position("dedupe_key").unwrap(), descending: false }];
        }
        let found = plan(&connection, &query);
        assert!(found.contains(&keyed(index)) && !found.contains("TEMP"), "{found}");
    }
    query.filter = None;
    query.order = vec![Order { field: schema.position("score").unwrap(), descending: true }];
    let found = plan(&connection, &query);
    assert!(found.starts_with("SEARCH leads USING INDEX leads_by_score (workspace=?)"), "{found}");
}

/// What support and daily work ask for again and again, as their questions ask: the index that must serve it, and
/// whether the rows come out of it in the order that is asked for.
#[test]
fn daily_questions_use_their_indexes() {
    let connection = Connection::open_in_memory().unwrap();
    crate::migrate(&connection).unwrap();
    let id = Id::from_text("1").to_string();
    let now = "2026-11-25T09:00:00Z";
    let known = |field: &str| json!({"field": field, "op": "is_known"});
    let unknown = |field: &str| json!({"field": field, "op": "is_null"});
    let test = |field: &str, op: &str, value: serde_json::Value| json!({"field": field, "op": op, "value": value});
    let awake = json!({"any": [unknown("snoozed_until"), test("snoozed_until", "le", json!(now))]});
    let mine = test("assignee", "eq", json!("marie"));
    let to_do = [mine.clone(), unknown("completed_at"), awake];
    let all = |more: &[serde_json::Value]| json!({"all": to_do.iter().chain(more).collect::<Vec<_>>()});
    let of = |field: &str| test(field, "eq", json!(id));
    let open = test("state", "in", json!(["new", "open", "pending", "hold"]));
    let day = json!("2026-11-25");
    let mut wrong: Vec<String> = Vec::new();
    for (kind, filter, order, index, is_ordered) in [
        // The one timer of a host, and what a tick finds.
        (Kind::Ticket, known("sla_wake_at"), Some(("sla_wake_at", false)), "sla_wake_at", true),
        (Kind::Ticket, test("sla_wake_at", "le", json!(now)), Some(("sla_wake_at", false)), "sla_wake_at", true),
        // Queues, inboxes and boards.
        (Kind::Ticket, json!({"all": [test("owner", "eq", json!("marie")), open]}), None, "owner", false),
        (Kind::Ticket, of("account"), None, "account", false),
        (Kind::Ticket, of("merged_into"), None, "merged_into", false),
        (Kind::Ticket, test("number", "eq", json!(7)), None, "number", false),
        (Kind::Task, all(&[known("due_at")]), Some(("due_at", false)), "assignee", false),
        (
            Kind::Task,
            all(&[unknown("due_at"), test("due_date", "lt", day)]),
            Some(("due_date", false)),
            "assignee",
            false,
        ),
        (Kind::Task, of("blocking_task"), None, "blocking_task", false),
        (Kind::Task, of("recurring_task"), None, "recurring_task", false),
        (Kind::Activity, test("happened_at", "gt", json!(now)), Some(("happened_at", true)), "happened_at", true),
        // Timelines, clocks and alerts.
        (Kind::Activity, of("contact"), None, "contact", false),
        (Kind::ActivityLink, of("contact"), None, "contact", false),
        (Kind::AttachmentLink, of("attachment"), None, "attachment", false),
        (Kind::TicketEvent, of("ticket"), None, "ticket", false),
        (Kind::SlaAlert, of("ticket"), None, "ticket", false),
        // The team.
        (Kind::Leave, test("user", "eq", json!("marie")), None, "user", false),
        (Kind::Employee, test("user", "eq", json!("marie")), None, "user", false),
        (Kind::Employee, test("manager", "eq", json!("marie")), None, "manager", false),
    ] {
        wrong.extend(served(&connection, kind, &filter, order, (index, is_ordered)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with how a question is served: it has to be by an index, and, where it must be, in the order in which it
/// asks, so that only rows of one instant are left to sort.
fn served(
    connection: &Connection,
    kind: Kind,
    filter: &serde_json::Value,
    order: Option<(&str, bool)>,
    (index, is_ordered): (&str, bool),
) -> Option<String> {
    let found = asked_by(connection, kind, filter, order);
    let table = schema::table(kind).unwrap().name.trim_matches('"');
    let by_index = found.starts_with(&format!("SEARCH {table} USING INDEX {table}_by_{index} ("));
    let in_order = !is_ordered || !found.contains("B-TREE FOR ORDER BY");
    (!by_index || !in_order).then(|| format!("{filter}: {found}"))
}

/// How SQLite finds what a question asks for.
fn asked_by(connection: &Connection, kind: Kind, filter: &serde_json::Value, order: Option<(&str, bool)>) -> String {
    let schema = Arc::new(Schema::new(kind.name(), META_FIELDS.iter().chain(kind.fields()).cloned()));
    let mut query = Query::all(kind, Arc::clone(&schema), "2026-11-25T09:00:00Z".parse().unwrap());
    query.filter = Some(Predicate::from_json(filter).unwrap().compile(&schema).unwrap());
    query.order = order
        .map(|(field, descending)| Order { field: schema.position(field).unwrap(), descending })
        .into_iter()
        .collect();
    query.archived = Archived::Include;
    plan(connection, &query)
}

/// What is asked of messages again and again, as the Library, workers, timers and the last check ask.
#[test]
fn what_leaves_is_looked_up_by_its_indexes() {
    let connection = Connection::open_in_memory().unwrap();
    crate::migrate(&connection).unwrap();
    let id = Id::from_text("1").to_string();
    let now = json!("2026-11-25T09:00:00Z");
    let test = |field: &str, op: &str, value: &serde_json::Value| json!({"field": field, "op": op, "value": value});
    let equal = |field: &str, value: &str| test(field, "eq", &json!(value));
    let known = |field: &str| json!({"field": field, "op": "is_known"});
    let unknown = |field: &str| json!({"field": field, "op": "is_null"});
    let of = |field: &str| equal(field, &id);
    let by = |field: &str| json!({"any": [unknown(field), test(field, "le", &now)]});
    let due = json!({"all": [by("not_before"), by("retry_at")]});
    let left = test("state", "not_in", &json!(["queued", "blocked", "failed", "withdrawn"]));
    let since = test("started_at", "ge", &now);
    let all = |parts: &[serde_json::Value]| json!({"all": parts});
    let open = json!(["drafting", "waiting", "changes_requested", "approved", "queued", "blocked", "failed"]);
    let mut wrong: Vec<String> = Vec::new();
    for (kind, filter, order, index, is_ordered) in [
        // The Library, and what needs attention: few drafts are in such a state.
        (Kind::Draft, equal("state", "waiting"), Some(("waiting_since", false)), "state", false),
        (
            Kind::Draft,
            all(&[equal("state", "waiting"), test("expires_at", "le", &now)]),
            Some(("expires_at", false)),
            "state",
            false,
        ),
        (Kind::OutboxItem, test("may_have_left_twice", "eq", &json!(true)), None, "may_have_left_twice", true),
        // What is to leave, by which time, and what became of it.
        (
            Kind::OutboxItem,
            all(&[test("state", "in", &json!(["queued"])), test("channel", "in", &json!(["email"])), due]),
            Some(("created_at", false)),
            "state",
            true,
        ),
        (
            Kind::OutboxItem,
            all(&[test("state", "in", &json!(["started"])), known("lease_until")]),
            Some(("lease_until", false)),
            "state",
            false,
        ),
        (
            Kind::Draft,
            all(&[test("state", "in", &open), known("expires_at")]),
            Some(("expires_at", false)),
            "state",
            false,
        ),
        (Kind::OutboxItem, of("draft"), None, "draft", true),
        (Kind::OutboxItem, equal("provider_id", "p1"), None, "provider_id", true),
        (Kind::DraftEvent, of("draft"), None, "draft", true),
        (Kind::Draft, equal("origin_key", "k"), None, "origin_key", true),
        // The limits of the last check.
        (
            Kind::OutboxItem,
            all(&[equal("address_hash", "h"), left.clone(), since.clone()]),
            None,
            "address_hash",
            false,
        ),
        (Kind::OutboxItem, all(&[equal("channel", "email"), left, since]), None, "started_at", false),
        // Who said what.
        (Kind::ConsentEvent, equal("address_hash", "h"), None, "address_hash", true),
        // Sequences: what a timer finds, and what is of a record.
        (Kind::Enrolment, test("look_at", "le", &now), Some(("look_at", false)), "look_at", true),
        (Kind::Enrolment, of("lead"), None, "lead", true),
        (Kind::Enrolment, equal("email_hash", "h"), None, "email_hash", true),
        (Kind::Draft, of("enrolment"), None, "enrolment", true),
        // Conversations: who waits, the longest first; then the latest.
        (Kind::Conversation, known("unanswered_since"), Some(("unanswered_since", false)), "unanswered_since", true),
        (
            Kind::Conversation,
            all(&[json!({"not": known("unanswered_since")}), known("last_at")]),
            Some(("last_at", true)),
            "last_at",
            true,
        ),
        (Kind::Conversation, of("lead"), None, "lead", true),
        // Quotes: those of a deal, and the versions of one.
        (Kind::Quote, of("deal"), Some(("created_at", true)), "deal", false),
        (Kind::Quote, of("root_quote"), None, "root_quote", true),
        (Kind::Draft, of("quote"), None, "quote", true),
        (Kind::Message, of("conversation"), Some(("happened_at", true)), "conversation", false),
        (Kind::Message, all(&[equal("provider_id", "m1"), equal("channel", "email")]), None, "provider_id", true),
        (Kind::DeliveryReport, all(&[equal("provider_id", "m1"), unknown("outbox_item")]), None, "provider_id", true),
    ] {
        wrong.extend(served(&connection, kind, &filter, order, (index, is_ordered)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is asked of customers again and again: where they came from, their quotes, contracts, health, playbooks, segments.
#[test]
fn customers_are_looked_up_by_their_indexes() {
    let connection = Connection::open_in_memory().unwrap();
    crate::migrate(&connection).unwrap();
    let id = Id::from_text("1").to_string();
    let (now, day) = (json!("2026-11-25T09:00:00Z"), json!("2026-11-25"));
    let test = |field: &str, op: &str, value: &serde_json::Value| json!({"field": field, "op": op, "value": value});
    let equal = |field: &str, value: &str| test(field, "eq", &json!(value));
    let known = |field: &str| json!({"field": field, "op": "is_known"});
    let unknown = |field: &str| json!({"field": field, "op": "is_null"});
    let of = |field: &str| equal(field, &id);
    let all = |parts: &[serde_json::Value]| json!({"all": parts});
    let some = |field: &str, values: &[&str]| test(field, "in", &json!(values));
    let mut wrong: Vec<String> = Vec::new();
    for (kind, filter, order, index, is_ordered) in [
        // Whose touches, and what a campaign brought.
        (Kind::Touch, some("lead", &[&id, &id]), None, "lead", false),
        (Kind::Touch, equal("visitor", "v1"), None, "visitor", true),
        (Kind::Touch, equal("campaign", "salon"), None, "campaign", true),
        (Kind::VisitorLink, of("lead"), None, "lead", true),
        (Kind::VisitorLink, equal("visitor", "v1"), None, "visitor", true),
        (Kind::CampaignMember, of("campaign"), None, "campaign", true),
        (Kind::CampaignMember, of("contact"), None, "contact", true),
        (Kind::Deal, equal("campaign", "salon"), None, "campaign", true),
        (Kind::Deal, of("source_lead"), None, "source_lead", true),
        (Kind::Lead, of("converted_account"), None, "converted_account", true),
        (Kind::Lead, of("converted_contact"), None, "converted_contact", true),
        // Contracts: what time finds, what is of a customer, what is late.
        (
            Kind::Subscription,
            test("renewals_wake_on", "le", &day),
            Some(("renewals_wake_on", false)),
            "renewals_wake_on",
            true,
        ),
        (Kind::Subscription, of("account"), None, "account", true),
        (Kind::SubscriptionItem, some("subscription", &[&id, &id]), None, "subscription", false),
        (Kind::Renewal, of("subscription"), None, "subscription", true),
        (Kind::Renewal, all(&[of("account"), unknown("closed_at")]), None, "account", true),
        (Kind::Renewal, test("due_on", "le", &day), Some(("due_on", false)), "due_on", true),
        (Kind::Payment, all(&[of("account"), some("status", &["open", "failed"])]), None, "account", true),
        (Kind::ExpansionIdea, of("account"), None, "account", true),
        // Health: the latest entry, measurements, what somebody says instead.
        (Kind::HealthEntry, of("account"), Some(("sequence_number", true)), "account", false),
        (Kind::HealthOverride, all(&[of("account"), test("ends_on", "ge", &day)]), None, "account", false),
        (
            Kind::Measurement,
            all(&[of("account"), equal("measure", "usage_bp"), test("measured_at", "le", &now)]),
            Some(("measured_at", true)),
            "account",
            false,
        ),
        (Kind::LearningProgress, of("account"), None, "account", true),
        // Playbooks.
        (Kind::Playbook, equal("code", "onboarding"), None, "code", true),
        (Kind::PlaybookRun, of("account"), Some(("started_at", true)), "account", false),
        (Kind::PlaybookStep, of("playbook_run"), None, "playbook_run", true),
        (Kind::PlaybookStep, of("task"), None, "task", true),
        // Segments: by code, whom one names, and all that name a record.
        (Kind::Segment, some("code", &["large"]), None, "code", false),
        (Kind::SegmentMember, all(&[of("segment"), known("pin")]), None, "segment", false),
        (Kind::SegmentMember, all(&[of("lead"), known("pin")]), None, "lead", false),
        (Kind::SegmentMember, all(&[of("segment"), of("lead"), known("pin")]), None, "lead", false),
        (Kind::SegmentEvent, of("segment"), None, "segment", true),
    ] {
        wrong.extend(served(&connection, kind, &filter, order, (index, is_ordered)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Who sees only a part finds it by index, also what is seen for the sake of something else.
#[test]
fn what_somebody_sees_is_looked_up() {
    let connection = Connection::open_in_memory().unwrap();
    crate::migrate(&connection).unwrap();
    let people = Arc::new(["marie".to_owned(), "paul".to_owned()].into());
    let place = |kind: Kind, name: &str| kind.place(name).unwrap();
    let owned = |kind, name| Sight::OneOf { field: place(kind, name), texts: Arc::clone(&people) };
    let through = |kind, name, other| {
        let sight = Arc::new(owned(other, "owner"));
        Sight::Through { field: place(kind, name), kind: other, sight }
    };
    let links = |field: &str| (Kind::AttachmentLink, place(Kind::AttachmentLink, field));
    let (link, attachment) = links("attachment");
    let pointed = Arc::new(through(Kind::AttachmentLink, "ticket", Kind::Ticket));
    for (kind, sight, steps) in [
        (Kind::Ticket, owned(Kind::Ticket, "owner"), vec!["SEARCH tickets USING INDEX tickets_by_owner ("]),
        (
            Kind::Task,
            Sight::Any(vec![owned(Kind::Task, "assignee"), through(Kind::Task, "ticket", Kind::Ticket)]),
            vec!["SEARCH seen1 USING"],
        ),
        (
            Kind::Attachment,
            Sight::PointedAt { kind: link, field: attachment, sight: pointed },
            vec!["attachment_links_by_attachment (", "SEARCH seen2 USING"],
        ),
    ] {
        let schema = Arc::new(Schema::new(kind.name(), META_FIELDS.iter().chain(kind.fields()).cloned()));
        let mut query = Query::all(kind, schema, "2026-11-25T09:00:00Z".parse().unwrap());
        query.sight = Some(Arc::new(sight));
        let found = plan(&connection, &query);
        for step in steps {
            assert!(found.contains(step), "{}, {step}: {found}", kind.name());
        }
        let walked = found.split("; ").filter(|step| step.starts_with("SCAN") && !step.contains("json_each"));
        assert_eq!(walked.count(), 0, "{}: {found}", kind.name());
    }
}

/// What hangs on a record, or on many of them, is found by the index of the field that leads there, of every kind; and of
/// many it comes in the order of that field, so that one pass reads it and nothing is sorted.
#[test]
fn what_leads_to_records_is_looked_up_and_read_in_order() {
    let connection = Connection::open_in_memory().unwrap();
    crate::migrate(&connection).unwrap();
    let ids: Vec<String> = (0..200).map(|n: u32| Id::from_text(&n.to_string()).to_string()).collect();
    let mut wrong = Vec::new();
    let mut fields = 0;
    for kind in Kind::ALL {
        let texts = |kind| matches!(kind, FieldType::Reference | FieldType::Text);
        for field in kind.fields().iter().filter(|field| field.indexed && texts(field.kind)) {
            let name = field.name.as_ref();
            let one = json!({"field": name, "op": "eq", "value": ids[0]});
            wrong.extend(served(&connection, *kind, &one, None, (name, true)));
            let many = json!({"field": name, "op": "in", "value": ids});
            wrong.extend(served(&connection, *kind, &many, Some((name, false)), (name, true)));
            let table = schema::table(*kind).unwrap().name.trim_matches('"');
            let found =
                asked_by(&connection, *kind, &json!({"field": "id", "op": "in", "value": ids}), Some(("id", false)));
            let key = format!("SEARCH {table} USING INDEX sqlite_autoindex_{table}_1 (workspace=? AND id=?)");
            wrong.extend((found != key).then_some(found));
            fields += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(fields > 150, "{fields}");
}
