//! What a campaign brought: members, touches, people, and its part in the value of deals.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::attribution::{code_of, influence};
use crate::command::{Cx, People, found, pointing};
use crate::kernel::error::{Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json::length;
use crate::kernel::marketing::MemberStatus;
use crate::kernel::money::{Currency, Money};
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::sales::StageKind;
use crate::model::{AnyRecord, Key, Kind, Row};
use crate::rules::attribution::{InfluenceBy, InfluenceModel, Influenced};
use crate::rules::check;

/// Most deals of one campaign that are looked at.
const MOST_DEALS: usize = 1_000;

/// What a campaign brought.
pub(super) struct Sums {
    members: BTreeMap<MemberStatus, u64>,
    touches: u64,
    people: u64,
    pub(super) deals: Vec<(Row, Influenced)>,
    /// By state and currency: how many deals, their whole value, the campaign's part of it in minor units.
    values: BTreeMap<(&'static str, Currency), (u64, i128, i128)>,
}

impl Sums {
    pub(super) fn of(cx: &mut Cx<'_>, row: &Row, model: InfluenceModel) -> Result<Sums> {
        let AnyRecord::Campaign(campaign) = &row.body else {
            return Err(Problem::NotFound { record: "campaign".into(), id: row.id.to_string() }.into());
        };
        let code = code_of(campaign, row.id);
        let mut sums =
            Sums { members: BTreeMap::new(), touches: 0, people: 0, deals: Vec::new(), values: BTreeMap::new() };
        let mut people = People::default();
        for row in pointing(cx, (Kind::CampaignMember, "campaign"), [row.id].iter())? {
            let AnyRecord::CampaignMember(member) = &row.body else { continue };
            let count = sums.members.entry(member.status.unwrap_or(MemberStatus::Planned)).or_insert(0);
            *count = count.saturating_add(1);
            people.leads.extend(member.lead);
            people.contacts.extend(member.contact);
        }
        let of_campaign = Predicate::test("campaign", Operator::Equal, code.as_str());
        let person =
            |test: Operator| ["lead", "contact", "account"].map(|field| Predicate::test(field, test, Json::Null));
        let known = Predicate::Any(person(Operator::IsKnown).to_vec());
        let unknown = Predicate::All(person(Operator::IsNull).to_vec());
        let mut touches = found(cx, Kind::Touch, Predicate::All(vec![of_campaign.clone(), known]))?;
        // Who sees the campaign sees how many came by it of whom nobody knows who they are.
        let of_nobody = Predicate::All(vec![of_campaign, unknown]);
        touches.extend(cx.by_itself(|cx| found(cx, Kind::Touch, of_nobody))?);
        let mut visitors = BTreeSet::new();
        for row in &touches {
            let AnyRecord::Touch(touch) = &row.body else { continue };
            if touch.channel == "internal" {
                continue;
            }
            sums.touches = sums.touches.saturating_add(1);
            people.leads.extend(touch.lead);
            people.contacts.extend(touch.contact);
            if touch.lead.is_none() && touch.contact.is_none() && !touch.visitor.is_empty() {
                visitors.insert(touch.visitor.clone());
            }
        }
        for visitor in &visitors {
            for row in found(cx, Kind::VisitorLink, Predicate::test("visitor", Operator::Equal, visitor.as_str()))? {
                if let AnyRecord::VisitorLink(link) = &row.body {
                    people.leads.extend(link.lead);
                    people.contacts.extend(link.contact);
                }
            }
        }
        // A lead and the contact that it became are one person.
        let mut became = BTreeSet::new();
        for id in people.leads.clone() {
            if let Some(AnyRecord::Lead(lead)) = cx.row(Key { kind: Kind::Lead, id })?.map(|row| row.body)
                && let Some(contact) = lead.converted_contact
            {
                people.contacts.insert(contact);
                became.insert(id);
            }
        }
        let alone = people.leads.len().saturating_sub(became.len());
        sums.people = length(alone.saturating_add(people.contacts.len()));
        let mut deals: BTreeMap<Id, Row> = BTreeMap::new();
        let mut add = |rows: Vec<Row>| {
            deals.extend(rows.into_iter().map(|row| (row.id, row)));
            check::most("deals", deals.len(), MOST_DEALS)
        };
        add(found(cx, Kind::Deal, Predicate::test("campaign", Operator::Equal, code.as_str()))?)?;
        add(pointing(cx, (Kind::Deal, "contact"), people.contacts.iter())?)?;
        add(pointing(cx, (Kind::Deal, "source_lead"), people.leads.iter())?)?;
        let parts = pointing(cx, (Kind::DealContact, "contact"), people.contacts.iter())?;
        let named: Vec<Id> = parts.iter().filter_map(deal_named).collect();
        let mut accounts = BTreeSet::new();
        if cx.rules().attribution().influence.by == InfluenceBy::Account {
            for id in &people.contacts {
                if let Some(AnyRecord::Contact(contact)) =
                    cx.row(Key { kind: Kind::Contact, id: *id })?.map(|row| row.body)
                {
                    accounts.extend(contact.account);
                }
            }
        }
        add(pointing(cx, (Kind::Deal, "account"), accounts.iter())?)?;
        let mut rows = Vec::new();
        for id in named {
            rows.extend(cx.row(Key { kind: Kind::Deal, id })?.filter(|row| row.archived_at.is_none()));
        }
        add(rows)?;
        let mut codes = BTreeMap::new();
        for row in deals.into_values() {
            let mut influenced = influence(cx, &row, model, &mut codes)?;
            influenced.campaigns.retain(|part| part.campaign == code);
            influenced.left_out.clear();
            let Some(part) = influenced.campaigns.first() else { continue };
            if let AnyRecord::Deal(deal) = &row.body
                && let Some(value) = deal.value
            {
                let key = (deal.state.map_or("open", StageKind::code), value.currency());
                let sum = sums.values.entry(key).or_insert((0, 0, 0));
                sum.0 = sum.0.saturating_add(1);
                sum.1 = sum.1.saturating_add(i128::from(value.minor_units()));
                sum.2 = sum.2.saturating_add(part.minor_units.unwrap_or(0));
            }
            sums.deals.push((row, influenced));
        }
        Ok(sums)
    }

    pub(super) fn to_json(&self) -> Map<String, Json> {
        let text = |minor_units: i128, currency: Currency| {
            let money = i64::try_from(minor_units).ok().and_then(|minor| Money::new(minor, currency).ok());
            money.map(Money::amount_text)
        };
        let values = self.values.iter().map(|((state, currency), (deals, whole, part))| {
            json!({
                "state": state, "currency": currency.code(), "deals": deals,
                "influenced": text(*whole, *currency), "attributed": text(*part, *currency),
            })
        });
        let members: Map<String, Json> =
            self.members.iter().map(|(status, count)| (status.code().to_owned(), (*count).into())).collect();
        let all = self.members.values().fold(0u64, |sum, count| sum.saturating_add(*count));
        let mut map = Map::new();
        map.insert("members".into(), json!({"total": all, "by_status": members}));
        map.insert("touches".into(), self.touches.into());
        map.insert("people".into(), self.people.into());
        map.insert("influenced_deals".into(), length(self.deals.len()).into());
        map.insert("values".into(), values.collect());
        map
    }
}

fn deal_named(row: &Row) -> Option<Id> {
    match &row.body {
        AnyRecord::DealContact(part) => part.deal,
        _ => None,
    }
}
