//! The question `page`: the day as one HTML file, made of answers of other questions.

use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::tasks::local_days;
use super::{Crm, Find, permit};
use crate::command::{Ctx, Verb, load_pipelines};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::money::Currency;
use crate::kernel::period::Unit;
use crate::kernel::time::format_instant;
use crate::lang::Lang;
use crate::model::{Lead, Row};
use crate::rules::rates::currency_of;
use crate::rules::read::{Object, text};
use crate::store::{Read, Store};
use crate::view::{PageAnswers, PageLead};

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
        let days = local_days(&self.rules, &o)?;
        let user = o.optional("user", text)?.unwrap_or_else(|| ctx.actor.name().to_owned());
        let asked = o.optional("currency", currency_of)?.or(self.rules.forecast().currency);
        let read = self.reading(ctx)?;
        let day = days.zone.day(ctx.at);
        let (code, zone) = (lang.code(), days.zone.name());

        let boards = self.boards(ctx, &*read, lang, asked)?;
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
            library: ask("library", json!({"states": ["waiting"], "limit": ITEMS, "lang": code}))?,
            dashboard: Json::Null,
            forecast: Json::Null,
            bands: Json::Null,
            waterfall: Json::Null,
            boards,
            risks: ask("deal_risks", json!({"limit": CARDS, "lang": code}))?,
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
            answers.dashboard = ask("dashboard", json!({"window": window, "currency": currency, "lang": code}))?;
            let outlook = json!({"periods": periods, "currency": currency, "lang": code});
            answers.forecast = ask("forecast", outlook.clone())?;
            answers.bands = ask("bands", outlook)?;
            let changed = json!({"from": format_instant(since), "currency": currency, "lang": code});
            answers.waterfall = ask("waterfall", changed)?;
        }
        Ok(json!({"html": answers.to_html(lang), "currency": currency.map(Currency::code)}))
    }

    /// The board of every pipeline that has open deals to show, in the order of the pipelines.
    fn boards(&self, ctx: &Ctx, read: &dyn Read, lang: Lang, currency: Option<Currency>) -> Result<Vec<Json>> {
        let pipelines = load_pipelines(&self.rules, ctx.at, |query| read.find(query))?;
        let mut boards = Vec::new();
        for pipeline in pipelines.all() {
            let question = json!({"pipeline": pipeline.code, "cards": CARDS, "lang": lang.code()});
            let mut question = question.as_object().cloned().unwrap_or_default();
            if let Some(currency) = currency {
                question.insert("currency".into(), currency.code().into());
            }
            let board = self.board_json(ctx, &question)?;
            let open = board.get("open").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
            if open.iter().any(|figures| figures.get("count").and_then(Json::as_i64) != Some(0)) {
                boards.push(board);
            }
        }
        Ok(boards)
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
