//! Dividing a deal among several owners.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{Command, Cx, Verb};
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::kernel::predicate::{Operator, Predicate};
use crate::model::{DealSplit, Key, Kind, Row};
use crate::rules::Rules;
use crate::rules::read::Object;
use crate::rules::waterfall::{check_shares, shares};
use crate::store::{Archived, Query};

/// Says who shares in a deal; what was said before is replaced. No shares at all give the deal back to its owner alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitDeal {
    /// The deal.
    pub deal: Id,
    /// Who shares, each with basis points from 1 to 10,000; together they are 10,000.
    pub shares: Vec<(String, i64)>,
}

/// A deal that was divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// The deal.
    pub deal: Id,
    /// How many share in it.
    pub shares: u64,
}

impl Command for SplitDeal {
    type Output = Split;
    const VERB: Verb = Verb::Split;

    fn name() -> Cow<'static, str> {
        "deal.split".into()
    }

    fn to_json(&self) -> Json {
        let share = |(owner, share_bp): &(String, i64)| serde_json::json!({"owner": owner, "share_bp": share_bp});
        let shares: Vec<Json> = self.shares.iter().map(share).collect();
        serde_json::json!({"deal": self.deal.to_string(), "shares": shares})
    }

    fn from_json(body: &Json, _rules: &Rules) -> Result<Self> {
        let o = Object::new(body, &["deal", "shares"])?;
        Ok(Self {
            deal: Id::from_json(o.required("deal")?).map_err(|e| e.at("deal"))?,
            shares: shares(o.required("shares")?).map_err(|e| e.at("shares"))?,
        })
    }

    fn decide(&self, cx: &mut Cx<'_>) -> Result<Split> {
        check_shares(&self.shares).map_err(|e| e.at("shares"))?;
        cx.active(Key { kind: Kind::Deal, id: self.deal }).map_err(|e| e.at("deal"))?;
        // Whose shares they are is the deal's to say: who only sees it does not divide it.
        cx.reached(Key { kind: Kind::Deal, id: self.deal }).map_err(|e| e.at("deal"))?;
        let mut wanted: BTreeMap<Id, &(String, i64)> =
            self.shares.iter().map(|share| (DealSplit::id_of(self.deal, &share.0), share)).collect();
        for row in former(cx, self.deal)? {
            let mut row = row;
            row.archived_at = match wanted.remove(&row.id) {
                Some((owner, share_bp)) => {
                    row.body = split(self.deal, owner, *share_bp).into();
                    None
                }
                None => row.archived_at.or(Some(cx.at())),
            };
            cx.update(row)?;
        }
        for (id, (owner, share_bp)) in wanted {
            cx.insert(id, split(self.deal, owner, *share_bp).into())?;
        }
        Ok(Split { deal: self.deal, shares: crate::kernel::json::length(self.shares.len()) })
    }
}

fn split(deal: Id, owner: &str, share_bp: i64) -> DealSplit {
    DealSplit { deal: Some(deal), owner: owner.to_owned(), share_bp: Some(share_bp), ..DealSplit::default() }
}

/// What was said of a deal before, also what was replaced since.
fn former(cx: &mut Cx<'_>, deal: Id) -> Result<Vec<Row>> {
    let schema = cx.rules().schema(Kind::DealSplit);
    let of = Predicate::test("deal", Operator::Equal, deal.to_string());
    let mut query = Query::all(Kind::DealSplit, schema.clone(), cx.at());
    query.filter = Some(of.compile(&schema)?);
    query.archived = Archived::Include;
    let mut rows = Vec::new();
    cx.each_page(query, |page| {
        rows.extend(page);
        Ok(())
    })?;
    Ok(rows)
}
