//! The questions `consent`, `may_contact` and `retention`: what people said about being contacted, and what follows.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::{Crm, permit};
use crate::command::{
    ContactPlan, Ctx, Cx, Kept, Person, Verb, addresses_of, facts_of, last_sign_of, ledger_of, stored_consent,
};
use crate::kernel::consent_reason::ConsentReason;
use crate::kernel::consent_reason::{ContactChannel, ContactPurpose, ContactTopic, UnknownFact};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::reason::Reason;
use crate::kernel::time::format_instant;
use crate::model::{AnyRecord, Key, Kind, Row};
use crate::rules::consent::{AddressHash, answer_json};
use crate::rules::read::{Object, coded, instant, text};
use crate::store::{Archived, Cursor, Query, Store};

/// Most records of one page of `retention`, each of which is looked at as a whole.
const MOST_LOOKED_AT: usize = 200;

const MAY_CONTACT: &[&str] = &[
    "lead",
    "contact",
    "address",
    "channel",
    "purpose",
    "topic",
    "similar_product",
    "conversation",
    "bulk",
    "at",
    "lang",
];

impl<S: Store> Crm<S> {
    /// The question `consent`: `{"lead": "..."}`, `{"contact": "..."}` or `{"address": "..."}`: for each address of the record
    /// and each channel how the ledger stands, and the events behind it, the oldest first.
    ///
    /// # Errors
    /// What the question gets wrong, and the store's own.
    pub(super) fn consent_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "consent")?;
        let lang = lang_of(body)?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, &["lead", "contact", "address", "lang"])?;
        let snapshot = self.whole(ctx)?;
        let mut cx = Cx::new(&*snapshot, &self.rules, ctx);
        let (asked, written) = whose(&mut cx, &o)?;
        let person = match asked.as_ref() {
            Some(row) => Person::of(&mut cx, &[row.key()], "", None)?,
            None => Person::of(&mut cx, &[], &written, None)?,
        };
        // Of a record that is not seen nothing is told but what was said at the address.
        let person = if asked.is_some() { person } else { person.only_address() };
        let kept = person.events(&mut cx)?;
        let identity = self.rules.identity();
        let mut addresses = match &asked {
            Some(row) => addresses_of(identity, row),
            None => BTreeSet::new(),
        };
        addresses.extend(person.address.clone());
        let mut standing = Vec::new();
        for address in &addresses {
            let ledger = ledger_of(&kept, Some(address), ctx.at);
            let channels: Map<String, Json> = ContactChannel::ALL
                .iter()
                .map(|channel| (channel.code().to_owned(), ledger.current(Some(address), *channel).code().into()))
                .collect();
            standing.push(json!({"address_hash": address.as_str(), "channels": channels}));
        }
        let ledger = ledger_of(&kept, None, ctx.at);
        let objections: Json = ContactPurpose::ALL
            .iter()
            .filter_map(|purpose| Some((purpose, ledger.objection(*purpose)?)))
            .map(|(purpose, objection)| {
                let on = Some(self.rules.consent().day(objection.at));
                let reason = Reason::Consent(ConsentReason::Objection { on, channel: objection.channel });
                let mut map = reason.to_json(lang);
                map.insert("purpose".into(), purpose.code().into());
                map.insert("at".into(), format_instant(objection.at).into());
                Json::Object(map)
            })
            .collect();
        let mut answer = json!({
            "addresses": standing,
            "objections": objections,
            "events": kept.iter().map(event_json).collect::<Json>(),
        });
        if let (Some(map), Some(row)) = (answer.as_object_mut(), &asked) {
            let (consent, may_not_call) = stored_consent(&row.body);
            map.insert("consent".into(), consent);
            map.insert("do_not_call".into(), may_not_call);
        }
        Ok(answer)
    }

    /// The question `may_contact`: `{"lead": "...", "channel": "email", "purpose": "prospecting", "topic": "other",
    /// "at": "...", "lang": "fr"}`, for a `lead` or `contact` or only an `address`, at one of its addresses (`address`; the
    /// first that the channel uses where none is said): the answer of the rule [`consent`](crate::rules::consent) on what the
    /// store knows.
    ///
    /// # Errors
    /// What the question gets wrong, and the store's own.
    pub(super) fn may_contact_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "may_contact")?;
        let lang = lang_of(body)?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, MAY_CONTACT)?;
        let channel = coded(o.required("channel")?, ContactChannel::from_code, ContactChannel::CODES);
        let channel = channel.map_err(|e| e.at("channel"))?;
        let purpose = o.optional("purpose", |v| coded(v, ContactPurpose::from_code, ContactPurpose::CODES))?;
        let plan = ContactPlan {
            purpose: purpose.unwrap_or(ContactPurpose::Prospecting),
            topic: o.optional("topic", |v| coded(v, ContactTopic::from_code, ContactTopic::CODES))?,
            similar_product: o.get("similar_product").map(|_| o.flag("similar_product", false)).transpose()?,
            conversation: o.optional("conversation", Id::from_json)?,
            is_bulk: o.flag("bulk", false)?,
        };
        let when = Ctx { at: o.optional("at", instant)?.unwrap_or(ctx.at), ..ctx.clone() };
        let snapshot = self.whole(ctx)?;
        let mut cx = Cx::new(&*snapshot, &self.rules, &when);
        let (asked, written) = whose(&mut cx, &o)?;
        let written = match &asked {
            Some(row) if written.is_empty() => usual_address(&row.body, channel),
            _ => written,
        };
        let keys: Vec<Key> = asked.iter().map(Row::key).collect();
        let person = Person::of(&mut cx, &keys, &written, None)?;
        // Who does not see the records of an address is told what was said at it, as if there were none.
        let is_hidden = asked.is_none() && (person.records.is_empty() || !sees_all(&mut cx, &person)?);
        let person = if is_hidden { person.only_address() } else { person };
        let facts = facts_of(&mut cx, &person, &written, plan)?;
        Ok(answer_json(&self.rules.consent().may_contact(&facts, channel, plan.purpose, when.at), lang))
    }

    /// The question `retention`: `{"record": "lead", "limit": 100, "after": "...", "lang": "fr"}`: of the records that the
    /// reader sees, in use and the oldest first, those whose person gave no sign for longer than data may be kept, each with
    /// the last sign. They are asked again for their permission by a channel that is allowed, or forgotten (`consent.erase`).
    /// A page looks at `limit` records, so that it may have fewer, and `next` goes on.
    ///
    /// # Errors
    /// What the question gets wrong, and the store's own.
    pub(super) fn retention_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "retention")?;
        let lang = lang_of(body)?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, &["record", "limit", "after", "lang"])?;
        let kind = match o.optional("record", text)?.as_deref() {
            None | Some("lead") => Kind::Lead,
            Some("contact") => Kind::Contact,
            Some(other) => {
                let found = crate::kernel::text::shortened(other, 60);
                let problem = Problem::NotOneOf { found, expected: &["lead", "contact"] };
                return Err(Error::from(problem).at("record"));
            }
        };
        let limit = json::count_of(body, "limit")?.unwrap_or(100);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        if limit == 0 || limit > MOST_LOOKED_AT {
            let (least, most) = ("1".into(), MOST_LOOKED_AT.to_string());
            return Err(Error::from(Problem::OutOfRange { found: limit.to_string(), least, most }).at("limit"));
        }
        let read = self.reading(ctx)?;
        let schema = self.rules.schema(kind);
        let mut query = Query::all(kind, schema.clone(), ctx.at);
        (query.limit, query.archived) = (limit, Archived::Exclude);
        query.after = o.optional("after", |v| Cursor::from_text(&text(v)?))?;
        let page = read.find(&query)?;
        let snapshot = self.whole(ctx)?;
        let mut cx = Cx::new(&*snapshot, &self.rules, ctx);
        let mut rows = Vec::new();
        for row in &page.rows {
            let person = Person::of(&mut cx, &[row.key()], "", None)?;
            let (country, last) = last_sign_of(&mut cx, &person)?;
            let Some(months) = self.rules.consent().retention_months(country.as_deref()) else { continue };
            let reason = match last {
                None => ConsentReason::Unknown(UnknownFact::LastContact),
                Some(last) => {
                    let last = self.rules.consent().day(last);
                    let end = last.checked_add_months(chrono::Months::new(months));
                    if end.is_none_or(|end| self.rules.consent().day(ctx.at) <= end) {
                        continue;
                    }
                    ConsentReason::RetentionExpired { last, months: months.into() }
                }
            };
            rows.push(json!({
                "record": kind.name(),
                "id": row.id.to_string(),
                "last_sign_at": last.map(format_instant),
                "reason": Reason::Consent(reason).to_json(lang),
                "commands": ["consent.record", "consent.erase"],
            }));
        }
        Ok(json!({"rows": rows, "looked_at": page.rows.len(), "next": page.next.map(|next| next.to_text())}))
    }
}

/// The record that is asked about, if one is, and the address as it is written.
fn whose(cx: &mut Cx<'_>, o: &Object<'_>) -> Result<(Option<Row>, String)> {
    let id = |key: &'static str| o.optional(key, Id::from_json);
    let written = o.optional("address", text)?.unwrap_or_default();
    if !written.is_empty() {
        AddressHash::of(cx.rules().identity(), &written).map_err(|e| e.at("address"))?;
    }
    let key = match (id("lead")?, id("contact")?) {
        (Some(id), None) => Key { kind: Kind::Lead, id },
        (None, Some(id)) => Key { kind: Kind::Contact, id },
        (None, None) if !written.is_empty() => return Ok((None, written)),
        _ => return Err(Problem::MissingOneOf { names: &["lead", "contact", "address"] }.into()),
    };
    Ok((Some(cx.existing(key).map_err(|e| e.at(key.kind.name()))?), written))
}

/// The address that a channel uses.
fn usual_address(body: &AnyRecord, channel: ContactChannel) -> String {
    let (email, phone, mobile, page) = match body {
        AnyRecord::Lead(lead) => (&lead.email, &lead.phone, &lead.mobile, ""),
        AnyRecord::Contact(contact) => (&contact.email, &contact.phone, &contact.mobile, &*contact.profile_page),
        _ => return String::new(),
    };
    let first = |one: &str, other: &str| if one.is_empty() { other.to_owned() } else { one.to_owned() };
    match channel {
        ContactChannel::Email => email.clone(),
        ContactChannel::Phone => first(phone, mobile),
        ContactChannel::Sms | ContactChannel::Whatsapp => first(mobile, phone),
        ContactChannel::Linkedin | ContactChannel::Social => page.to_owned(),
        ContactChannel::Letter => String::new(),
    }
}

/// Whether the actor sees every record of a person.
fn sees_all(cx: &mut Cx<'_>, person: &Person) -> Result<bool> {
    for key in person.records.keys() {
        if cx.aside().row(*key)?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

fn event_json(kept: &Kept) -> Json {
    let event = &kept.event;
    json!({
        "id": kept.row.id.to_string(),
        "address_hash": event.scope.address.as_str(),
        "act": event.act.code(),
        "purpose": event.scope.purpose.map(ContactPurpose::code),
        "channel": event.scope.channel.map(ContactChannel::code),
        "at": format_instant(event.mark.at),
        "proof": event.mark.proof,
        "source": event.mark.source,
        "actor": event.mark.actor,
    })
}
