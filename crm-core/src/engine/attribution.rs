//! The questions `attribution`, `campaign` and `campaigns`: where people came from, and what campaigns had to do with
//! deals. Computed from what is stored; nothing is kept that could be wrong later.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::campaign_sums::Sums;
use super::door::lang_of;
use super::{Crm, permit};
use crate::command::{Ctx, Cx, People, Trail, Verb, pointing};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::marketing::MemberStatus;
use crate::kernel::sales::StageKind;
use crate::kernel::time::Instant;
use crate::model::{AnyRecord, Campaign, Key, Kind, Row};
use crate::rules::attribution::{
    Amount, Card, CardOptions, InfluenceBy, InfluenceModel, Influenced, InfluencedDeal, Milestone, Milestones, Tie,
    models,
};
use crate::rules::check;
use crate::rules::read::{Object, coded, integer};
use crate::store::{Cursor, Query, Store};

/// Most campaigns of one page, each of which is looked at as a whole.
const MOST_CAMPAIGNS: i64 = 50;

/// Whose attribution.
enum Asked {
    Lead(Id),
    Contact(Id),
    Account(Id),
    Deal(Id),
}

impl<S: Store> Crm<S> {
    /// The question `attribution`: the card of a lead, a contact, an account or a deal.
    ///
    /// # Errors
    /// What the question gets wrong, and the store's own.
    pub(super) fn attribution_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "attribution")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(
            &whole,
            &[
                "lead",
                "contact",
                "account",
                "deal",
                "models",
                "session_minutes",
                "window_days",
                "direct",
                "unique",
                "trail",
                "model",
                "lang",
            ],
        )?;
        let lang = lang_of(body)?;
        let settings = self.rules.attribution();
        let models = o.optional("models", models)?.unwrap_or_else(|| settings.models.clone());
        let paths = settings.paths.with(&o)?;
        let trail = o.optional("trail", |json| {
            let trail = integer(json)?;
            check::between(trail, 0, 100)?;
            Ok(usize::try_from(trail).unwrap_or(0))
        })?;
        let model = o.optional("model", |json| coded(json, InfluenceModel::from_code, InfluenceModel::CODES))?;
        let asked = asked(&o)?;
        let snapshot = self.whole(ctx)?;
        let cx = &mut Cx::new(&*snapshot, &self.rules, ctx);
        let mut milestones = Milestones::default();
        let (mut amount, mut deal) = (None, None);
        let people = match asked {
            Asked::Lead(id) => {
                let (row, people) = People::of_lead(cx, id)?;
                milestones.lead = came_in(cx, &people)?;
                if let AnyRecord::Lead(lead) = &row.body
                    && let Some(id) = lead.converted_deal
                    && let Some(row) = cx.row(Key { kind: Kind::Deal, id })?
                {
                    (milestones.deal, milestones.closed, amount) = of_deal(&row);
                }
                people
            }
            Asked::Contact(id) => {
                let (_, people) = People::of_contact(cx, id)?;
                milestones.lead = came_in(cx, &people)?;
                people
            }
            Asked::Account(id) => {
                cx.existing(Key { kind: Kind::Account, id })?;
                People::of_account(cx, id)?
            }
            Asked::Deal(id) => {
                let row = cx.existing(Key { kind: Kind::Deal, id })?;
                let people = People::of_deal(cx, &row)?;
                milestones.lead = came_in(cx, &people)?;
                (milestones.deal, milestones.closed, amount) = of_deal(&row);
                deal = Some(row);
                people
            }
        };
        let trailed = Trail::of(cx, &people)?;
        let options = CardOptions {
            milestones: &milestones,
            paths: &paths,
            models: &models,
            amount,
            trail: trail.unwrap_or(settings.trail),
            at: Some(ctx.at),
        };
        let card = Card::new(&trailed.touches, &options)?;
        let mut answer = card.to_json(&trailed.touches, amount, lang);
        if let (Some(map), Some(row)) = (answer.as_object_mut(), deal) {
            let model = model.unwrap_or(InfluenceModel::Primary);
            let influenced = influence(cx, &row, model, &mut BTreeMap::new())?;
            map.insert("influence".into(), influenced.to_json(amount, lang).into());
        }
        Ok(answer)
    }

    /// The question `campaign`: one campaign with its members, touches and deals.
    ///
    /// # Errors
    /// What the question gets wrong, and the store's own.
    pub(super) fn campaign_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "campaign")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, &["id", "model", "lang"])?;
        let lang = lang_of(body)?;
        let model = o.optional("model", |json| coded(json, InfluenceModel::from_code, InfluenceModel::CODES))?;
        let id: Id = o.text("id")?.parse().map_err(|e: Error| e.at("id"))?;
        let snapshot = self.whole(ctx)?;
        let cx = &mut Cx::new(&*snapshot, &self.rules, ctx);
        let row = cx.existing(Key { kind: Kind::Campaign, id })?;
        let sums = Sums::of(cx, &row, model.unwrap_or(InfluenceModel::Primary))?;
        let mut map = sums.to_json();
        map.insert("campaign".into(), row.to_json());
        let deals = sums.deals.iter().map(|(row, influence)| {
            let mut map = influence.to_json(amount_of(row), lang);
            map.insert("id".into(), row.id.to_string().into());
            if let AnyRecord::Deal(deal) = &row.body {
                map.insert("name".into(), deal.name.as_str().into());
                map.insert("state".into(), deal.state.map(StageKind::code).into());
            }
            Json::Object(map)
        });
        map.insert("deals".into(), deals.collect());
        Ok(Json::Object(map))
    }

    /// The question `campaigns`: a page of campaigns with what each brought.
    ///
    /// # Errors
    /// What the question gets wrong, and the store's own.
    pub(super) fn campaigns_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "campaigns")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, &["limit", "after", "model"])?;
        let limit = o.optional_integer("limit")?.unwrap_or(20);
        check::between(limit, 1, MOST_CAMPAIGNS).map_err(|e| e.at("limit"))?;
        let model = o.optional("model", |json| coded(json, InfluenceModel::from_code, InfluenceModel::CODES))?;
        let after = o.optional("after", |json| Cursor::from_text(&crate::rules::read::text(json)?))?;
        let snapshot = self.whole(ctx)?;
        let cx = &mut Cx::new(&*snapshot, &self.rules, ctx);
        let mut query = Query::all(Kind::Campaign, cx.rules().schema(Kind::Campaign), ctx.at);
        (query.limit, query.after) = (usize::try_from(limit).unwrap_or(1), after);
        let page = cx.find(&query)?;
        let campaigns = page.rows.iter().map(|row| {
            let mut map = Sums::of(cx, row, model.unwrap_or(InfluenceModel::Primary))?.to_json();
            map.insert("id".into(), row.id.to_string().into());
            if let AnyRecord::Campaign(campaign) = &row.body {
                map.insert("code".into(), code_of(campaign, row.id).into());
                map.insert("name".into(), campaign.name.as_str().into());
                map.insert("status".into(), campaign.status.map(|status| status.code()).into());
            }
            Ok(Json::Object(map))
        });
        let campaigns = campaigns.collect::<Result<Vec<_>>>()?;
        Ok(json!({"campaigns": campaigns, "next": page.next.map(|cursor| cursor.to_text())}))
    }
}

fn asked(o: &Object<'_>) -> Result<Asked> {
    let id = |key: &'static str| o.optional(key, Id::from_json);
    let all = [
        id("lead")?.map(Asked::Lead),
        id("contact")?.map(Asked::Contact),
        id("account")?.map(Asked::Account),
        id("deal")?.map(Asked::Deal),
    ];
    let mut all = all.into_iter().flatten();
    match (all.next(), all.next()) {
        (Some(asked), None) => Ok(asked),
        (None, _) => Err(Problem::MissingOneOf { names: &["lead", "contact", "account", "deal"] }.into()),
        _ => {
            let expected = "exactly one of `lead`, `contact`, `account` and `deal`";
            Err(Problem::WrongShape { expected, found: "several".into() }.into())
        }
    }
}

/// When the first of the leads came in.
fn came_in(cx: &mut Cx<'_>, people: &People) -> Result<Option<Milestone>> {
    let mut first: Option<Instant> = None;
    for id in &people.leads {
        let Some(row) = cx.row(Key { kind: Kind::Lead, id: *id })? else { continue };
        let AnyRecord::Lead(lead) = &row.body else { continue };
        let at = lead.received_at.unwrap_or(row.created_at);
        first = Some(first.map_or(at, |first| first.min(at)));
    }
    Ok(first.map(Milestone::At))
}

fn amount_of(row: &Row) -> Option<Amount> {
    let AnyRecord::Deal(deal) = &row.body else { return None };
    deal.value.map(|value| Amount { minor_units: value.minor_units(), currency: Some(value.currency()) })
}

fn of_deal(row: &Row) -> (Option<Milestone>, Option<Milestone>, Option<Amount>) {
    let AnyRecord::Deal(deal) = &row.body else { return (None, None, None) };
    let made = Milestone::At(deal.opened_at.unwrap_or(row.created_at));
    (Some(made), deal.closed_at.map(Milestone::At), amount_of(row))
}

/// What a campaign is called in touches.
pub(super) fn code_of(campaign: &Campaign, id: Id) -> String {
    if campaign.code.is_empty() { id.to_string() } else { campaign.code.clone() }
}

/// The campaigns that had a part in a deal; `codes` are those of campaigns that were looked up.
pub(super) fn influence(
    cx: &mut Cx<'_>,
    row: &Row,
    model: InfluenceModel,
    codes: &mut BTreeMap<Id, Option<String>>,
) -> Result<Influenced> {
    let AnyRecord::Deal(deal) = &row.body else { return Ok(Influenced::default()) };
    let options = cx.rules().attribution().influence.clone();
    let with_role = People::of_deal(cx, row)?;
    let mut people = with_role.clone();
    if let (InfluenceBy::Account, Some(account)) = (options.by, deal.account) {
        let all = People::of_account(cx, account)?;
        people.leads.extend(all.leads);
        people.contacts.extend(all.contacts);
        people.accounts.extend(all.accounts);
    }
    let has_role = |key: Key| match key.kind {
        Kind::Lead => with_role.leads.contains(&key.id),
        Kind::Contact => with_role.contacts.contains(&key.id),
        _ => false,
    };
    let mut members = pointing(cx, (Kind::CampaignMember, "lead"), people.leads.iter())?;
    members.extend(pointing(cx, (Kind::CampaignMember, "contact"), people.contacts.iter())?);
    let mut seen = BTreeSet::new();
    let mut ties = Vec::new();
    for row in members.iter().filter(|row| seen.insert(row.id)) {
        let AnyRecord::CampaignMember(member) = &row.body else { continue };
        let Some(campaign) = member.campaign else { continue };
        let code = match codes.get(&campaign) {
            Some(code) => code.clone(),
            None => {
                let row = cx.row(Key { kind: Kind::Campaign, id: campaign })?;
                let code = row.and_then(|row| match &row.body {
                    AnyRecord::Campaign(campaign) => Some(code_of(campaign, row.id)),
                    _ => None,
                });
                codes.insert(campaign, code.clone());
                code
            }
        };
        let Some(campaign) = code else { continue };
        let keys = [(Kind::Lead, member.lead), (Kind::Contact, member.contact)];
        let has_role = keys.iter().any(|(kind, id)| id.is_some_and(|id| has_role(Key { kind: *kind, id })));
        // Whoever joined after the close stays outside, whatever date the row says.
        let at = Some(member.since.unwrap_or(row.created_at));
        ties.push(Tie { campaign, at, member: Some(member.status.unwrap_or(MemberStatus::Planned)), has_role });
    }
    let trail = Trail::of(cx, &people)?;
    for (touch, whose) in trail.touches.iter().zip(&trail.whose) {
        if !touch.channel.campaign.is_empty() {
            let campaign = touch.channel.campaign.clone();
            ties.push(Tie { campaign, at: touch.at, member: None, has_role: has_role(*whose) });
        }
    }
    let asked = InfluencedDeal { closed_at: deal.closed_at, until: Some(cx.at()), primary: deal.campaign.clone() };
    Influenced::new(&asked, &ties, &options, model, amount_of(row))
}
