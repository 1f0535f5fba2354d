//! The bands of stored deals: the distribution of what will close, of any instant.

use serde_json::{Map, Value as Json};

use super::forecast::Footing;
use super::named::name_deals;
use super::{Crm, permit};
use crate::command::{Ctx, Verb};
use crate::kernel::allocate::rounded;
use crate::kernel::error::{Problem, Result};
use crate::kernel::number;
use crate::kernel::probability::Probability;
use crate::kernel::sales::{Category, StageKind};
use crate::rules::forecast::{Placed, Question, Slot, Standing};
use crate::rules::read::Object;
use crate::store::Store;

/// What the question takes of the rule `forecast`: which deals, and what they are worth.
const COUNTED: &[&str] = &["currency", "periods", "filters", "rate_basis", "rounding", "lang"];
/// What it takes of the rule `bands`.
const ASKED: &[&str] = &["quantiles_bp", "cell", "most_cells", "target", "scenarios", "movers", "bins", "top", "lang"];

impl<S: Store> Crm<S> {
    /// The question `bands`: what the deals that a forecast counts will bring.
    ///
    /// ```json
    /// {"periods": {"unit": "quarter", "from": "2026-10-01", "to": "2027-01-01"}, "currency": "EUR", "undated": false,
    ///  "filters": {"owners": ["anne"], "reports": true}, "target": "50000.00", "movers": 3, "lang": "fr"}
    /// ```
    ///
    /// Deals count, are valued and are excluded as by the question `forecast`, whose `as_of`, `known_seq`, `zone`, `where`, `tree`,
    /// `currency`, `periods`, `filters`, `rate_basis` and `rounding` it has; of a split deal the parts of those that the
    /// filter lets pass. `undated` adds open deals without a close date. The other keys and the answer are those of the
    /// rule [`bands`](crate::rules::bands), with the window and the deals that are `excluded`.
    pub(super) fn bands_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        const KEYS: &[&str] = &[
            "as_of",
            "known_seq",
            "tree",
            "zone",
            "where",
            "week_start",
            "currency",
            "periods",
            "filters",
            "rate_basis",
            "rounding",
            "undated",
            "quantiles_bp",
            "cell",
            "most_cells",
            "target",
            "scenarios",
            "movers",
            "bins",
            "top",
            "lang",
        ];
        permit(ctx, Verb::Read, "bands")?;
        let whole = Json::Object(body.clone());
        let o = Object::new(&whole, KEYS)?;
        let with_undated = o.flag("undated", false)?;
        let read = self.reading(ctx)?;
        let Footing { book, told, zone, past, resolved, mut asked } = self.footing(ctx, &*read, &o, body)?;
        let of = |keys: &[&str]| {
            let named = body.iter().filter(|(key, _)| keys.contains(&key.as_str()));
            named.map(|(key, value)| (key.clone(), value.clone())).collect::<Map<_, _>>()
        };
        asked.extend(of(COUNTED));
        let question = Question::from_json(self.rules.forecast(), &Json::Object(asked))?;
        let plan = question.plan();
        let (digits, scale) = (question.currency.minor_digits(), plan.valuation.scale());

        let (mut deals, mut excluded) = (Vec::new(), Vec::new());
        for deal in book.deals.iter().filter(|deal| !deal.row.archived) {
            let line = deal.line();
            let codes = (line.pipeline, line.stage);
            let own = deal.own_bp.and_then(|bp| Probability::from_bp(bp).ok());
            let stands = Standing::of(question.pipelines.as_ref(), codes, Some(line.state));
            let placed = match stands.and_then(|stands| stands.probability_of(own)).and_then(|_| plan.place(&line)) {
                Ok(placed) => placed,
                Err(_) if question.keeps_out(line.owner) => continue,
                Err(exclusion) => {
                    excluded.push(question.excluded(line.id, line.owner, line.amount, &exclusion));
                    continue;
                }
            };
            let Placed::In { slot, category, value } = placed else { continue };
            let counts = slot != Slot::Undated || (with_undated && line.state == StageKind::Open);
            if !counts || category == Category::Omitted {
                continue;
            }
            let Ok(parts) = line.parts(value) else { continue };
            let passing = parts.iter().filter(|part| question.filter.owner(part.owner));
            let value = passing.fold(0i128, |sum, part| sum.saturating_add(part.value));
            let amount = number::plain(rounded(value, scale), digits);
            deals.push(serde_json::json!({
                "id": line.id,
                "amount": amount,
                "probability_bp": line.weight().bp(),
                "category": category.code(),
            }));
        }
        let mut input = of(ASKED);
        input.insert("currency".into(), question.currency.code().into());
        input.insert("deals".into(), deals.into());
        let mut answer = self.rules.eval("bands", &Json::Object(input))?;
        name_deals(&*read, &past, &mut answer)?;
        let Json::Object(map) = &mut answer else {
            return Err(Problem::Corrupt { detail: "bands gave no object".into() }.into());
        };
        let window = question.periods.window();
        map.insert("excluded".into(), excluded.into());
        map.insert("window".into(), window.map_or(Json::Null, |(from, to)| {
            serde_json::json!({"from": from.to_string(), "to": to.to_string(), "undated": with_undated})
        }));
        map.extend(resolved);
        map.insert("moment".into(), told);
        map.insert("zone".into(), zone.name().into());
        Ok(answer)
    }
}
