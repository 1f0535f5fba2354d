//! The question `page`: the day as one HTML file, made of answers of other questions.

use std::cmp::Reverse;

use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::gather::portfolio;
use super::views::board_of;
use super::{Crm, DealAtRisk, Find, permit};
use crate::command::{Ctx, Past, Verb};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::money::Currency;
use crate::kernel::period::Unit;
use crate::kernel::time::{Instant, format_instant};
use crate::lang::Lang;
use crate::model::{Lead, Row};
use crate::rules::rates::currency_of;
use crate::rules::read::{Object, text};
use crate::store::{Read, Store};
use crate::view::{BoardSpec, PageAnswers, PageLead, Portfolio};

/// What of each list has room on the page.
const ITEMS: usize = 8;
const CARDS: usize = 5;
const LEADS: usize = 8;
/// How far back the page looks for what changed.
const WATERFALL_DAYS: i64 = 7;

impl<S: Store> Crm<S> {
    /// The question `page`: `{"lang": "fr", "zone": "Europe/Paris", "currency": "EUR", "user": "marie"}`. Everything may be
    /// left out: the day is then that of who asks, in the zone of the configuration's part `tasks`, in the currency of the
    /// part `forecast`, or else in that of the open deals if they have only one.
    ///
    /// The answer is `{"html": "...", "currency": "EUR"}`: one file that opens no connection and runs no program.
    ///
    /// # Errors
    /// Open deals in several currencies where nobody says which to use, options that do not fit, and the store's own.
    pub(super) fn page_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "page")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, &["lang", "zone", "week_starts", "currency", "user"])?;
        let lang = lang_of(body)?.unwrap_or_default();
        let days = self.rules.tasks().days.asked(&o)?;
        let user = o.optional("user", text)?.unwrap_or_else(|| ctx.actor.name().to_owned());
        let asked = o.optional("currency", currency_of)?.or(self.rules.forecast().currency);
        let read = self.reading(ctx)?;
        let day = days.zone.day(ctx.at);
        let (code, zone) = (lang.code(), days.zone.name());

        let past = Past::new(&*read, &self.rules, ctx.at, None)?;
        let portfolio = self.with_risks(&*read, &past, portfolio(&past, None)?)?;
        let boards = boards(&portfolio, asked, (ctx.at, lang))?;
        let currency = asked.map_or_else(|| only_currency(&boards), |asked| Ok(Some(asked)))?;
        let ask = |name: &str, question: Json| match question {
            Json::Object(body) => self.answer(ctx, name, &body),
            _ => Ok(Json::Null),
        };
        let mut answers = PageAnswers {
            workspace: ctx.workspace.name().to_owned(),
            reader: ctx.actor.name().to_owned(),
            local: days.zone.local(ctx.at),
            currency,
            narrative: Json::Null,
            inbox: ask("inbox", json!({"user": user, "limit": ITEMS, "zone": zone, "lang": code}))?,
            library: ask("library", json!({"states": ["waiting"], "limit": ITEMS, "zone": zone, "lang": code}))?,
            dashboard: Json::Null,
            forecast: Json::Null,
            bands: Json::Null,
            waterfall: Json::Null,
            boards,
            risks: self.riskiest(ctx, &*read, &portfolio, lang)?,
            leads: self.hottest(ctx, lang)?,
        };
        if let (Some(currency), Some(quarter)) = (currency, self.rules.forecast().calendar.period(Unit::Quarter, day)) {
            let (start, end, currency) = (quarter.start.to_string(), quarter.end.to_string(), currency.code());
            let periods = json!({"unit": "quarter", "from": start, "to": end});
            let window = json!({"to_date": {"unit": "quarter"}, "zone": zone});
            let since = ctx
                .at
                .checked_sub_signed(chrono::TimeDelta::try_days(WATERFALL_DAYS).unwrap_or_default())
                .unwrap_or(ctx.at);
            let day = json!({"window": window, "currency": currency, "lang": code});
            answers.narrative =
                self.narrative_of(ctx, &*read, day.as_object().unwrap_or(&Map::new()), Some(&portfolio))?;
            answers.dashboard = answers.narrative.get_mut("dashboard").map_or(Json::Null, Json::take);
            let outlook = json!({"periods": periods, "currency": currency, "lang": code});
            answers.forecast = ask("forecast", outlook.clone())?;
            answers.bands = ask("bands", outlook)?;
            let changed = json!({"from": format_instant(since), "currency": currency, "lang": code});
            answers.waterfall = ask("waterfall", changed)?;
        }
        Ok(json!({"html": answers.to_html(lang), "currency": currency.map(Currency::code)}))
    }

    /// The riskiest of all open deals, each with why; of equal ones those of the lowest ids.
    fn riskiest(&self, ctx: &Ctx, read: &dyn Read, portfolio: &Portfolio, lang: Lang) -> Result<Json> {
        let mut worst: Vec<_> = portfolio.risks.iter().map(|(id, badge)| (Reverse(badge.score), *id)).collect();
        worst.sort_unstable();
        let mut deals = Vec::new();
        for (_, id) in worst.into_iter().take(CARDS) {
            let Some(deal) = portfolio.rows.iter().find(|row| row.id == id).cloned() else { continue };
            let risk = self.stored_risk(read, &portfolio.pipelines, ctx.at).of(&deal)?;
            deals.push(DealAtRisk { deal, risk }.to_json(Some(lang)));
        }
        Ok(json!({"deals": deals}))
    }

    /// The leads of the highest scores that nobody converted, each with why.
    fn hottest(&self, ctx: &Ctx, lang: Lang) -> Result<Vec<PageLead>> {
        let hot = json!({"record": "lead", "limit": LEADS, "order": [{"field": "score", "descending": true}],
            "where": {"all": [{"field": "converted_at", "op": "is_null"}, {"field": "score", "op": "is_known"}]}});
        let page = self.query(ctx, &Find::from_json(hot.as_object().unwrap_or(&Map::new()))?)?;
        let mut leads = Vec::new();
        for row in page.rows.iter().filter_map(Row::typed::<Lead>) {
            let question = json!({"id": row.id.to_string(), "lang": lang.code()});
            let score = self.answer(ctx, "score", question.as_object().unwrap_or(&Map::new()))?;
            leads.push(PageLead { name: name_of(&row.body), owner: row.body.owner.clone(), score });
        }
        Ok(leads)
    }
}

/// The board of every pipeline that has open deals to show, in the order of the pipelines.
fn boards(portfolio: &Portfolio, currency: Option<Currency>, (at, lang): (Instant, Lang)) -> Result<Vec<Json>> {
    let mut boards = Vec::new();
    for pipeline in portfolio.pipelines.all() {
        let question = json!({"pipeline": pipeline.code, "cards": CARDS, "lang": lang.code(),
            "currency": currency.map(Currency::code)});
        let board = board_of(&BoardSpec::from_json(&question)?, portfolio, (at, lang))?;
        let open = board.get("open").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
        if open.iter().any(|figures| figures.get("count").and_then(Json::as_i64) != Some(0)) {
            boards.push(board);
        }
    }
    Ok(boards)
}

/// What a lead is called.
fn name_of(lead: &Lead) -> String {
    let person = format!("{} {}", lead.first_name, lead.last_name);
    let parts = [person.trim(), lead.company.as_str(), lead.email.as_str()];
    let named: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).take(2).collect();
    named.join(" – ")
}

/// The currency of the open deals, if they have only one.
fn only_currency(boards: &[Json]) -> Result<Option<Currency>> {
    let figures = boards.iter().filter_map(|board| board.get("open")?.as_array()).flatten();
    let mut codes: Vec<&str> = figures.filter_map(|figures| figures.get("currency")?.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    match codes.as_slice() {
        [] => Ok(None),
        [code] => Ok(Some(code.parse()?)),
        several => {
            let expected = "a currency, since open deals are in several";
            let found = several.join(", ");
            Err(Error::from(Problem::WrongShape { expected, found }).at("currency"))
        }
    }
}
