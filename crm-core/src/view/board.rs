//! The board of a pipeline: its stages as columns, its deals as cards.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::{Map, Value as Json, json};

use super::deals::{DealFacts, Portfolio};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::money::Currency;
use crate::kernel::predicate::Predicate;
use crate::kernel::sales::StageKind;
use crate::kernel::text::shortened;
use crate::kernel::time::Instant;
use crate::lang::Lang;
use crate::rules::check;
use crate::rules::forecast::{RateBasis, Rounding, Valuation};
use crate::rules::pipeline::{Clock, Moments, Pipeline, Stage, Threshold};
use crate::rules::rates::currency_of;
use crate::rules::read::{Object, text};
use crate::rules::report::{
    AT_RISK_FROM, Figures, Place, ResolvedWindow, Span, Window, WindowSpec, excluded_json, rate_basis, shown_weighted,
};

/// Cards of a column where nobody says how many, and the most.
const USUAL_CARDS: i64 = 50;
const MOST_CARDS: i64 = 500;

/// What a board is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct BoardSpec {
    /// The pipeline's code; the default one where it is `None`.
    pub pipeline: Option<String>,
    /// Which deals.
    pub filter: Option<Predicate>,
    /// The currency of the sums; without one each currency has its own.
    pub currency: Option<Currency>,
    /// Which day's rate converts a deal.
    pub rate_basis: RateBasis,
    /// When deals were closed that won and lost columns show.
    pub window: WindowSpec,
    /// From which score on a deal is at risk.
    pub at_risk_from: i64,
    /// The most cards of a column.
    pub cards: usize,
    /// The column that goes on, by its stage, and the last card that was shown of it.
    pub after: Option<(String, CardPlace)>,
}

impl BoardSpec {
    /// The keys that [`BoardSpec::from_json`] reads.
    pub(crate) const KEYS: &'static [&'static str] =
        &["pipeline", "where", "currency", "rate_basis", "window", "at_risk_from", "cards", "after", "lang"];

    /// Reads `{"pipeline": "sales", "where": {...}, "currency": "EUR", "rate_basis": "close_date", "window": {...},
    /// "at_risk_from": 60, "cards": 50, "after": {"stage": "proposal", "card": "..."}}`. Everything may be left out;
    /// `window` is then this month in UTC, and `after` is what a column said under `next`.
    ///
    /// # Errors
    /// Unknown options and values that do not fit, with their path.
    pub fn from_json(json: &Json) -> Result<Self> {
        let o = Object::new(json, Self::KEYS)?;
        let month = Window::Rolling { count: 1, unit: Span::Month, include_current: true };
        let at_risk_from = o.optional_integer("at_risk_from")?.unwrap_or(AT_RISK_FROM);
        check::between(at_risk_from, 1, 100).map_err(|e| e.at("at_risk_from"))?;
        let cards = o.optional_integer("cards")?.unwrap_or(USUAL_CARDS);
        check::between(cards, 0, MOST_CARDS).map_err(|e| e.at("cards"))?;
        let after = |v| {
            let o = Object::new(v, &["stage", "card"])?;
            Ok((o.text("stage")?, CardPlace::from_text(&o.text("card")?).map_err(|e| e.at("card"))?))
        };
        Ok(Self {
            pipeline: o.optional("pipeline", text)?,
            filter: o.optional("where", Predicate::from_json)?,
            currency: o.optional("currency", currency_of)?,
            rate_basis: o.optional("rate_basis", rate_basis)?.unwrap_or(RateBasis::CloseDate),
            window: o.optional("window", WindowSpec::from_json)?.unwrap_or_else(|| WindowSpec::new(month)),
            at_risk_from,
            cards: usize::try_from(cards).unwrap_or(0),
            after: o.optional("after", after)?,
        })
    }
}

/// Where a card stands in its column: by close date, those without one last, then by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CardPlace {
    undated: bool,
    close_date: NaiveDate,
    id: Id,
}

impl CardPlace {
    fn of(facts: &DealFacts<'_>) -> Self {
        let date = facts.deal.close_date;
        Self { undated: date.is_none(), close_date: date.unwrap_or_default(), id: facts.row.id }
    }

    fn to_text(self) -> String {
        let date = if self.undated { String::new() } else { self.close_date.to_string() };
        format!("{date} {}", self.id)
    }

    fn from_text(text: &str) -> Result<Self> {
        let wrong = || Error::from(Problem::WrongShape { expected: "a cursor", found: shortened(text, 60) });
        let (date, id) = text.split_once(' ').ok_or_else(wrong)?;
        let id = id.parse().map_err(|_| wrong())?;
        let close_date = if date.is_empty() { NaiveDate::default() } else { date.parse().map_err(|_| wrong())? };
        Ok(Self { undated: date.is_empty(), close_date, id })
    }
}

/// A stage with its deals.
struct BoardColumn<'a> {
    stage: &'a Stage,
    /// By currency: only the board's own where it has one.
    figures: BTreeMap<Currency, Figures>,
    /// Deals that are shown and do not count.
    uncounted: u64,
    cards: Vec<&'a DealFacts<'a>>,
}

/// The board of one pipeline.
pub struct Board<'a> {
    spec: &'a BoardSpec,
    window: ResolvedWindow,
    at: Instant,
    lang: Lang,
    pipeline: &'a Pipeline,
    columns: Vec<BoardColumn<'a>>,
    excluded: Vec<(String, crate::kernel::forecast_reason::Exclusion)>,
}

impl<'a> Board<'a> {
    /// Arranges deals in the columns of a pipeline.
    ///
    /// # Errors
    /// Sums that leave 128 bits, a window that cannot be resolved.
    pub fn new(
        spec: &'a BoardSpec,
        portfolio: &'a Portfolio,
        deals: &'a [DealFacts<'a>],
        pipeline: &'a Pipeline,
        (at, lang): (Instant, Lang),
    ) -> Result<Self> {
        let window = spec.window.resolve(at).map_err(|e| e.at("window"))?;
        let column = |stage| BoardColumn { stage, figures: BTreeMap::new(), uncounted: 0, cards: Vec::new() };
        let mut columns: Vec<BoardColumn<'_>> = pipeline.stages().iter().map(column).collect();
        let mut excluded = Vec::new();
        for facts in deals {
            let known = match &facts.known {
                Ok(known) if known.line.pipeline == pipeline.code => known,
                // A deal of no known stage has no column.
                _ => continue,
            };
            let place = known.place(&window);
            if place == Ok(Place::Outside) {
                continue;
            }
            let Some(column) = columns.iter_mut().find(|c| c.stage.code == known.line.stage) else { continue };
            column.cards.push(facts);
            let own = known.line.amount.map(|amount| amount.currency());
            let currency = spec.currency.or(own);
            let figures = place.and_then(|_| {
                let currency = currency.ok_or(crate::kernel::forecast_reason::Exclusion::MissingAmount)?;
                let valuation = Valuation {
                    currency,
                    rates: &portfolio.rates,
                    basis: spec.rate_basis,
                    rounding: Rounding::EachDeal,
                    as_of: window.zone.day(at),
                };
                Ok((currency, Figures::of(known, &valuation, spec.at_risk_from)?))
            });
            match figures {
                Ok((currency, figures)) => column.figures.entry(currency).or_default().merge(&figures)?,
                Err(reason) => {
                    column.uncounted = column.uncounted.saturating_add(1);
                    excluded.push((known.line.id.to_owned(), reason));
                }
            }
        }
        for column in &mut columns {
            if let Some(currency) = spec.currency {
                column.figures.entry(currency).or_default();
            }
            column.cards.sort_by_key(|facts| CardPlace::of(facts));
        }
        excluded.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(Self { spec, window, at, lang, pipeline, columns, excluded })
    }

    /// The board as JSON. `open` adds up the columns of open stages; weighted values of columns add up to its own.
    ///
    /// # Errors
    /// Sums that leave 128 bits.
    pub fn to_json(&self) -> Result<Json> {
        let mut shown: BTreeMap<(usize, Currency), i128> = BTreeMap::new();
        let mut open = Vec::new();
        let mut currencies: Vec<Currency> = self.columns.iter().flat_map(|c| c.figures.keys().copied()).collect();
        currencies.sort_unstable();
        currencies.dedup();
        for currency in currencies {
            let of_kind = |open: bool| {
                let all = self.columns.iter().enumerate();
                let those = all.filter(move |(_, c)| (c.stage.kind == StageKind::Open) == open);
                those.map(|(i, c)| (i, c.figures.get(&currency).copied().unwrap_or_default())).collect::<Vec<_>>()
            };
            let rows = of_kind(true);
            let (weighted, total) = shown_weighted(rows.iter().map(|(_, figures)| figures))?;
            shown.extend(rows.iter().zip(weighted).map(|((place, _), weighted)| ((*place, currency), weighted)));
            shown.extend(of_kind(false).iter().map(|(place, figures)| ((*place, currency), figures.weighted())));
            let all = Figures::total(rows.iter().map(|(_, figures)| figures))?;
            open.push(figures_json(&all, currency, total));
        }
        let column = |(place, column): (usize, &BoardColumn<'_>)| {
            let figures = column.figures.iter().map(|(currency, figures)| {
                let weighted = shown.get(&(place, *currency)).copied().unwrap_or(0);
                figures_json(figures, *currency, weighted)
            });
            let stage = column.stage;
            let cards = match &self.spec.after {
                Some((after, place)) if *after == stage.code => {
                    let start = column.cards.partition_point(|facts| CardPlace::of(facts) <= *place);
                    column.cards.get(start..).unwrap_or_default()
                }
                Some(_) => &[],
                None => column.cards.as_slice(),
            };
            let shown = cards.get(..self.spec.cards).unwrap_or(cards);
            let more = shown.last().filter(|_| shown.len() < cards.len());
            json!({
                "stage": stage.code,
                "name": stage.labels.text(self.lang),
                "kind": stage.kind.code(),
                "probability_bp": stage.probability.bp(),
                "figures": figures.collect::<Vec<_>>(),
                "uncounted": column.uncounted,
                "cards": shown.iter().map(|facts| self.card(facts)).collect::<Json>(),
                "next": more.map(|facts| CardPlace::of(facts).to_text()),
            })
        };
        Ok(json!({
            "pipeline": {"code": self.pipeline.code, "name": self.pipeline.labels.text(self.lang)},
            "window": self.window.to_json(),
            "columns": self.columns.iter().enumerate().map(column).collect::<Json>(),
            "open": open,
            "excluded": excluded_json(&self.excluded, Some(self.lang)),
        }))
    }

    fn card(&self, facts: &DealFacts<'_>) -> Json {
        let mut map = Map::new();
        let mut put = |key: &str, value: Json| map.insert(key.into(), value);
        let deal = facts.deal;
        put("id", facts.row.id.to_string().into());
        put("version", facts.row.version.into());
        put("title", deal.name.as_str().into());
        put("account_name", Some(facts.account_name).filter(|n| !n.is_empty()).into());
        put("owner", Some(deal.owner.as_str()).filter(|o| !o.is_empty()).into());
        put("value", deal.value.map_or(Json::Null, |value| value.to_json()));
        put("close_date", deal.close_date.map(|day| day.to_string()).into());
        if let Ok(known) = &facts.known {
            put("probability_bp", known.line.weight().bp().into());
            put("category", known.line.category().code().into());
            put("ageing", self.ageing(facts, known.idle_days));
            let risk = known.risk.as_ref();
            put("risk", risk.map_or(Json::Null, |risk| json!({"score": risk.score, "band": risk.band})));
        }
        Json::Object(map)
    }

    /// The clocks of an open deal, each with whether it is over the stage's threshold.
    fn ageing(&self, facts: &DealFacts<'_>, idle_days: Option<i64>) -> Json {
        let Some((stage, idle)) = facts.stage.zip(idle_days) else { return Json::Null };
        let moments = Moments {
            state: stage.kind,
            created_at: facts.row.created_at,
            opened_at: facts.deal.opened_at,
            stage_entered_at: facts.deal.stage_entered_at,
            last_touch_at: None,
            next_activity_at: None,
        };
        let stage_age = Threshold { clock: Clock::StageAge, days: stage.max_age_days, planned_exempts: false };
        let stage_age = moments.ageing(&stage_age, self.at);
        let overdue = facts.deal.close_date.is_some_and(|day| day < self.window.zone.day(self.at));
        json!({
            "idle_days": idle,
            "is_idle": stage.idle_days.is_some_and(|most| idle >= i64::from(most)),
            "stage_days": stage_age.days,
            "is_stale": stage_age.is_over,
            "is_overdue": overdue,
        })
    }
}

fn figures_json(figures: &Figures, currency: Currency, weighted: i128) -> Json {
    let mut map = figures.to_json(currency, weighted);
    map.insert("currency".into(), currency.code().into());
    Json::Object(map)
}
