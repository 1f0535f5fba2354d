//! What is asked of a forecast, wherever its deals come from, and what all deals together answer.

use chrono::NaiveDate;
use serde_json::{Map, Value as Json, json};

use super::door::Asked;
use super::figures::Style;
use super::input::{self, Excluded};
use super::line::Line;
use super::periods::{Periods, Slot};
use super::place::{Filter, Plan};
use super::presentation::Presentation;
use super::rollup::{Outside, Rollup};
use super::settings::{self, ForecastSettings};
use super::standing::Standing;
use super::sums::ByCategory;
use super::tree::OwnerTree;
use super::value::Valuation;
use super::whole::Forecast;
use crate::kernel::error::{Problem, Result};
use crate::kernel::forecast_reason::Exclusion;
use crate::kernel::json::not_one_of;
use crate::kernel::money::{Currency, Money};
use crate::kernel::probability::Probability;
use crate::kernel::rate::RateTable;
use crate::kernel::time::parse_date;
use crate::lang::Lang;
use crate::rules::fiscal;
use crate::rules::pipeline::Pipelines;
use crate::rules::read::{Object, text};

/// A question about a forecast without its deals.
#[derive(Clone, Debug)]
pub struct Question {
    pub(super) settings: ForecastSettings,
    /// The currency of totals.
    pub currency: Currency,
    /// The periods.
    pub periods: Periods,
    /// The day of the forecast.
    pub as_of: NaiveDate,
    /// Who leads whom.
    pub tree: OwnerTree,
    /// The dated rates.
    pub rates: RateTable,
    /// Which deals.
    pub filter: Filter,
    /// What stages mean; without them the deals say it.
    pub pipelines: Option<Pipelines>,
    /// How categories are shown.
    pub presentation: Presentation,
    /// The language of sentences.
    pub lang: Option<Lang>,
}

impl Question {
    /// The keys that [`Question::from_json`] reads.
    pub const KEYS: &'static [&'static str] = &[
        "pipelines",
        "owners",
        "rates",
        "currency",
        "as_of",
        "periods",
        "filters",
        "presentation",
        "rate_basis",
        "rounding",
        "lang",
    ];

    /// Reads the keys of a question that say nothing of single deals, see [the module](super).
    ///
    /// # Errors
    /// Another key, a missing or unreadable `as_of`, `currency` or `periods`, an owner tree with duplicates or cycles,
    /// two rates of one pair and day.
    pub fn from_json(settings: &ForecastSettings, question: &Json) -> Result<Self> {
        Self::read(settings, &Object::new(question, Self::KEYS)?)
    }

    pub(super) fn read(settings: &ForecastSettings, o: &Object<'_>) -> Result<Self> {
        let lang = o.lang()?;
        let as_of = text(o.required("as_of")?).and_then(|t| parse_date(&t)).map_err(|e| e.at("as_of"))?;
        let mut settings = settings.clone();
        settings.rate_basis = o.optional("rate_basis", settings::rate_basis)?.unwrap_or(settings.rate_basis);
        settings.rounding = o.optional("rounding", settings::rounding)?.unwrap_or(settings.rounding);
        settings.check()?;
        let currency = o.optional("currency", |v| text(v)?.parse())?.or(settings.currency);
        let currency = currency.ok_or_else(|| Problem::Missing { name: "currency".into() })?;
        let window = |v| fiscal::window(v, settings.calendar);
        let periods = o.required("periods").and_then(|v| window(v).map_err(|e| e.at("periods")))?;
        let tree = o.optional("owners", input::owners)?.unwrap_or_default();
        let presentation = |v: &Json| {
            let found = v.as_str().and_then(Presentation::from_code);
            found.ok_or_else(|| not_one_of(v, Presentation::CODES))
        };
        Ok(Self {
            currency,
            periods,
            as_of,
            rates: o.optional("rates", input::rates)?.unwrap_or_default(),
            filter: o.optional("filters", |v| input::filter(v, &tree))?.unwrap_or_default(),
            tree,
            pipelines: o.optional("pipelines", Pipelines::from_json)?,
            presentation: o.optional("presentation", presentation)?.unwrap_or(Presentation::Single),
            lang,
            settings,
        })
    }

    /// What is asked of each deal.
    pub fn plan(&self) -> Plan<'_> {
        let (basis, rounding) = (self.settings.rate_basis, self.settings.rounding);
        let valuation = Valuation { currency: self.currency, rates: &self.rates, basis, rounding, as_of: self.as_of };
        Plan { periods: &self.periods, valuation, filter: &self.filter }
    }

    fn asked(&self) -> Asked<'_> {
        Asked {
            settings: &self.settings,
            style: Style::new(&self.plan().valuation, self.presentation, self.lang),
            periods: &self.periods,
            as_of: self.as_of,
            adjustments: Vec::new(),
            quotas: Vec::new(),
            viewer: None,
            calibration: None,
        }
    }

    /// What everybody's deals together come to: the same answer as that to the whole question, without rows, nodes and
    /// reasons. `sums` are everybody's, in any order and any number for a slot.
    ///
    /// # Errors
    /// [`AmountTooLarge`](crate::Problem::AmountTooLarge) where a sum leaves 128 bits.
    pub fn summary<'s>(
        &self,
        sums: impl IntoIterator<Item = (Slot, &'s ByCategory)>,
        outside: Outside,
        filtered: u64,
    ) -> Result<Map<String, Json>> {
        let mut rollup = Rollup { outside, filtered, ..Rollup::default() };
        let node = rollup.tree.place("");
        for (slot, sums) in sums {
            rollup.own.merge(node, slot, sums)?;
        }
        let forecast = Forecast::summed(&self.plan(), rollup)?;
        let asked = self.asked();
        let mut map = asked.head(&self.rates, false);
        map.remove("view");
        let slots: Vec<Slot> = (0..self.periods.list().len()).map(Slot::Period).collect();
        map.insert("total".into(), asked.whole(&forecast, &slots)?.into());
        let mut periods = Vec::new();
        for (slot, period) in slots.iter().zip(self.periods.list()) {
            let mut block = asked.whole(&forecast, &[*slot])?;
            let period = fiscal::period_json(period, self.periods.calendar(), self.lang);
            block.insert("period".into(), period.into());
            periods.push(Json::Object(block));
        }
        map.insert("periods".into(), periods.into());
        map.insert("undated".into(), asked.whole(&forecast, &[Slot::Undated])?.into());
        map.insert("outside".into(), json!({"before": outside.before, "after": outside.after}));
        map.insert("filtered".into(), filtered.into());
        Ok(map)
    }

    /// A deal that does not count, as the answer tells it.
    pub fn excluded(&self, id: &str, owner: &str, amount: Option<Money>, exclusion: &Exclusion) -> Json {
        self.asked().excluded(&Excluded { id, owner, amount, exclusion: exclusion.clone() })
    }

    /// Whether the filter keeps somebody's deals out even where a deal cannot be read.
    pub fn keeps_out(&self, owner: &str) -> bool {
        !self.filter.owner(owner)
    }
}

impl Forecast<'static> {
    /// Sums that were made elsewhere; nothing is known of single deals.
    pub(super) fn summed(plan: &Plan<'_>, rollup: Rollup) -> Result<Self> {
        Self::of(plan, rollup, (Vec::new(), Vec::new()))
    }
}

impl<'a> From<(&Standing<'a>, Probability)> for Line<'a> {
    /// A deal of which nothing is known but where it stands and how likely it is.
    fn from((standing, probability): (&Standing<'a>, Probability)) -> Self {
        Line {
            id: "",
            owner: "",
            pipeline: standing.pipeline,
            stage: standing.stage,
            state: standing.kind,
            amount: None,
            probability,
            manual: None,
            automatic: standing.category,
            close_date: None,
            created_on: None,
            splits: Vec::new(),
        }
    }
}
