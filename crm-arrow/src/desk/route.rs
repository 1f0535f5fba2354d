//! Who gets which lead, for a whole table.

use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, BooleanArray, RecordBatch, TimestampMicrosecondArray, UInt32Array};
use arrow_schema::{DataType, Field, SchemaRef, TimeUnit};
use crm_core::kernel::error::RulesProblem;
use crm_core::kernel::json;
use crm_core::kernel::reason::Reason;
use crm_core::kernel::time::truncate;
use crm_core::model::Kind;
use crm_core::rules::Rules;
use crm_core::rules::routing::{Counts, Decision, Outcome, Request, State};
use crm_core::{Error, Instant, Lang, Problem, Result, lang};
use serde_json::{Value as Json, json};

use super::matching::{Matching, RowFacts};
use super::options::TableOptions;
use super::reader::{Diagnostics, Reader};
use super::{Evaluated, check, read};
use crate::cell::Cell;
use crate::column::Column;
use crate::import::Incoming;
use crate::kept::place;
use crate::options::{Given, misshapen};

/// A column of what was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RouteColumn {
    /// Where the lead goes: `user`, `queue`, `kept`, `owned`, `dropped`, `closed` or `nobody`.
    Outcome,
    /// Who gets or keeps it.
    User,
    /// Into which queue.
    Queue,
    /// The id of the rule that decided.
    Rule,
    /// How the user was picked.
    Strategy,
    /// Whether the fallback decided.
    Fallback,
    /// By when the user has to accept.
    AcceptBy,
    /// The codes of what led to it, a list of texts.
    ReasonCodes,
    /// The same as sentences, then who was passed over and why; a list of texts.
    Reasons,
    /// The first rule that applies, whether or not it finds somebody: its place in the list that the schema's metadata
    /// hold as `crmkit.rules`. This column alone needs no decision and no state.
    MatchedRule,
    /// The cells of the row that could not be read, a list of texts.
    Diagnostics,
}

impl RouteColumn {
    /// Every column's name.
    pub const NAMES: &'static [&'static str] = &[
        "outcome",
        "user",
        "queue",
        "rule",
        "strategy",
        "fallback",
        "accept_by",
        "reason_codes",
        "reasons",
        "matched_rule",
        "diagnostics",
    ];
    const ALL: &'static [RouteColumn] = {
        use RouteColumn as C;
        &[
            C::Outcome,
            C::User,
            C::Queue,
            C::Rule,
            C::Strategy,
            C::Fallback,
            C::AcceptBy,
            C::ReasonCodes,
            C::Reasons,
            C::MatchedRule,
            C::Diagnostics,
        ]
    };

    /// The column's name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().zip(Self::NAMES).find(|(column, _)| **column == self).map_or("", |(_, name)| name)
    }

    /// The columns that come out where the caller chose none: the sentences only with a language.
    pub fn default_of(lang: Option<Lang>) -> Vec<RouteColumn> {
        let left_out = |c: &RouteColumn| *c == Self::MatchedRule || *c == Self::Reasons && lang.is_none();
        Self::ALL.iter().copied().filter(|column| !left_out(column)).collect()
    }

    fn parse(name: &Json) -> Result<Self> {
        let found = Self::ALL.iter().zip(Self::NAMES).find(|(_, known)| name.as_str() == Some(known));
        found.map_or_else(|| Err(json::not_one_of(name, Self::NAMES)), |(column, _)| Ok(*column))
    }

    fn field(self) -> Field {
        let texts = DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, false)));
        let (kind, nullable) = match self {
            Self::Outcome => (DataType::Utf8, false),
            Self::User | Self::Queue | Self::Rule | Self::Strategy => (DataType::Utf8, true),
            Self::Fallback => (DataType::Boolean, false),
            Self::AcceptBy => (DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), true),
            Self::ReasonCodes | Self::Reasons | Self::Diagnostics => (texts, false),
            Self::MatchedRule => (DataType::UInt32, true),
        };
        Field::new(self.name(), kind, nullable)
    }

    /// Whether it needs no decision.
    fn is_matched(self) -> bool {
        matches!(self, Self::MatchedRule | Self::Diagnostics)
    }
}

/// When and with what state a table is routed, and what comes out.
#[derive(Clone, Debug)]
pub struct RouteOptions {
    /// How the table is read, and what of it stays.
    pub table: TableOptions,
    /// The instant at which leads are handed out.
    pub at: Instant,
    /// What routing remembers: turns, open leads, recent assignments.
    pub state: State,
    /// Whether leads that have an owner are routed all the same.
    pub force: bool,
    /// The column of the owners of the accounts that leads belong to.
    pub account_owner: Option<String>,
    /// The columns of the result, in this order; without it [`RouteColumn::default_of`].
    pub columns: Option<Vec<RouteColumn>>,
}

impl RouteOptions {
    /// Nothing remembered, over a table as it stands.
    pub fn new(at: Instant) -> Self {
        let (table, state) = (TableOptions::default(), State::default());
        Self { table, at, state, force: false, account_owner: None, columns: None }
    }

    /// Reads the JSON form; only `at` is required:
    ///
    /// ```
    /// let options = serde_json::json!({
    ///     "at": "2026-11-23T09:00:00Z", "state": {"open": {"marie": 12}}, "account_owner": "owner_of_account",
    ///     "columns": ["user", "queue", "reasons"], "lang": "fr",
    /// });
    /// assert_eq!(crm_arrow::RouteOptions::from_json(&options)?.state.open("marie"), 12);
    /// # Ok::<(), crm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// Unknown options and values that do not fit, with their path.
    pub fn from_json(options: &Json) -> Result<Self> {
        const KEYS: &[&str] =
            &["account_owner", "at", "columns", "currency", "force", "keep", "lang", "map", "state", "threads", "zone"];
        let given = Given::new(options, KEYS)?;
        let mut read = Self::new(given.at()?);
        read.table = TableOptions::read(&given)?;
        if let Some(state) = given.value("state") {
            read.state = State::from_json(state).map_err(|e| e.at("state"))?;
        }
        if let Some(force) = given.value("force") {
            read.force = force.as_bool().ok_or_else(|| not_a_boolean(force).at("force"))?;
        }
        read.account_owner = given.text("account_owner")?.map(str::to_owned);
        if let Some(columns) = given.value("columns") {
            read.columns = Some(read_columns(columns).map_err(|e| e.at("columns"))?);
        }
        Ok(read)
    }
}

fn not_a_boolean(found: &Json) -> Error {
    Problem::NotABoolean { found: json::shown(found) }.into()
}

fn read_columns(columns: &Json) -> Result<Vec<RouteColumn>> {
    let list = columns.as_array().ok_or_else(|| misshapen("a list of columns of the result", columns))?;
    let mut read = Vec::new();
    for (i, name) in list.iter().enumerate() {
        let column = RouteColumn::parse(name).map_err(|e| e.at_index(i))?;
        if read.contains(&column) {
            return Err(Error::from(RulesProblem::DuplicateId { id: column.name().into() }).at_index(i));
        }
        read.push(column);
    }
    Ok(read)
}

/// Routes batches that are in the process already: row after row, exactly as if each lead came alone. The answer has
/// `counts`, and the `state` to give with the next call; neither where only `matched_rule` was asked for.
///
/// # Errors
/// Batches of another schema than `schema`, no column that feeds a field which routing reads, a column of a type that
/// its field is not read from, and a choice that is missing (the currency of amounts, the zone of times).
pub fn route_batches(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    rules: &Rules,
    options: &RouteOptions,
) -> Result<Evaluated> {
    check(schema, batches)?;
    let (leads, table, at) = (rules.schema(Kind::Lead), rules.routing(), truncate(options.at));
    let columns = options.columns.clone().unwrap_or_else(|| RouteColumn::default_of(options.table.lang));
    let result = columns.iter().map(|column| column.field()).collect();
    let ids: Json = table.rules().collect::<Vec<_>>().into();
    let reader = Reader::new(schema, &leads, &table.fields(), &options.table, result)?.note("crmkit.rules", &ids);
    let sources = super::matching::sources(reader.binding());
    let owner = options.account_owner.as_deref().map(|name| place(schema, name)).transpose();
    let owner = owner.map_err(|e| e.at("account_owner"))?;
    let matching = || Matching::new(table, at, &leads, &sources);
    let mut out = Vec::new();
    if columns.iter().all(|column| column.is_matched()) {
        let pool = std::sync::Mutex::new(Vec::new());
        for batch in batches {
            let parts = reader.parts(batch, |batch, rows| {
                let taken = pool.lock().map(|mut pool| pool.pop()).unwrap_or_default();
                let mut matching = taken.unwrap_or_else(matching);
                let mut grown = Grown::new(&columns, options.table.text_lang());
                let layouts = matching.layouts(batch)?;
                let mut sets = Vec::new();
                for row in rows {
                    let facts = RowFacts { batch, sources: &sources, row };
                    matching.sets(&layouts, &facts, &mut sets);
                    grown.push(matching.router.first_rule(&sets, &facts, 0), None, &facts);
                }
                if let Ok(mut pool) = pool.lock() {
                    pool.push(matching);
                }
                Ok(grown.finish())
            })?;
            for (rows, arrays) in parts {
                out.push(reader.attach(batch, rows, arrays)?);
            }
        }
        return Ok(Evaluated { schema: reader.schema, batches: out, answer: json!({}) });
    }
    let (mut state, mut counts, mut matching) = (options.state.clone(), Counts::default(), matching());
    let mut sets = Vec::new();
    for input in batches {
        let owners = owner.map(|place| Column::new(input.column(place).as_ref())).transpose()?;
        // One after the other: every decision reads what those before it left.
        for (rows, arrays) in reader.parts_in_order(input, |batch, rows| {
            let mut grown = Grown::new(&columns, options.table.text_lang());
            let layouts = matching.layouts(batch)?;
            for row in rows {
                let facts = RowFacts { batch, sources: &sources, row };
                matching.sets(&layouts, &facts, &mut sets);
                let account_owner = match owners.as_ref().map(|column| column.cell(row)).transpose()? {
                    Some(Cell::Text(owner)) if !owner.is_empty() => Some(owner),
                    _ => None,
                };
                let request = Request { account_owner, force: options.force, ..Request::new(&facts) };
                let decision = matching.router.decide_with(&mut state, &request, &sets);
                counts.add(&decision);
                let first = matching.router.first_rule(&sets, &facts, 0);
                grown.push(first, Some(&decision), &facts);
            }
            Ok(grown.finish())
        })? {
            out.push(reader.attach(input, rows, arrays)?);
        }
    }
    let answer = json!({"counts": counts.to_json(), "state": state.to_json(at)});
    Ok(Evaluated { schema: reader.schema, batches: out, answer })
}

/// Reads a C stream to its end and routes its rows: all of it or, on any error, nothing.
///
/// # Errors
/// As [`route_batches`], and [`crm_core::Problem::Arrow`] for a stream that fails or cannot be trusted. The stream is released in
/// any case.
pub fn route_table(input: impl Into<Incoming>, rules: &Rules, options: &RouteOptions) -> Result<Evaluated> {
    let (schema, batches) = read(input)?;
    route_batches(&schema, &batches, rules, options)
}

/// The columns of the result while they grow.
struct Grown<'c> {
    columns: &'c [RouteColumn],
    lang: Lang,
    grown: Vec<Growing>,
}

enum Growing {
    Texts(StringBuilder),
    Lists(ListBuilder<StringBuilder>),
    Flags(Vec<bool>),
    Instants(Vec<Option<i64>>),
    Places(Vec<Option<u32>>),
    Diagnostics(Diagnostics),
}

impl<'c> Grown<'c> {
    fn new(columns: &'c [RouteColumn], lang: Lang) -> Self {
        use RouteColumn as C;
        let grown = columns.iter().map(|column| match column {
            C::Outcome | C::User | C::Queue | C::Rule | C::Strategy => Growing::Texts(StringBuilder::new()),
            C::ReasonCodes | C::Reasons => Growing::Lists(texts()),
            C::Fallback => Growing::Flags(Vec::new()),
            C::AcceptBy => Growing::Instants(Vec::new()),
            C::MatchedRule => Growing::Places(Vec::new()),
            C::Diagnostics => Growing::Diagnostics(Diagnostics::new(lang)),
        });
        Self { columns, lang, grown: grown.collect() }
    }

    fn push(&mut self, first: Option<usize>, decision: Option<&Decision>, facts: &RowFacts<'_, '_>) {
        for (column, grown) in self.columns.iter().zip(&mut self.grown) {
            match grown {
                Growing::Texts(texts) => texts.append_option(decision.and_then(|d| text(*column, d))),
                Growing::Lists(lists) => {
                    decision.into_iter().for_each(|d| list(*column, d, self.lang, lists.values()));
                    lists.append(true);
                }
                Growing::Flags(flags) => flags.push(decision.is_some_and(|d| d.fallback)),
                Growing::Instants(all) => all.push(decision.and_then(|d| d.accept_by).map(|t| t.timestamp_micros())),
                Growing::Places(all) => all.push(first.and_then(|place| u32::try_from(place).ok())),
                Growing::Diagnostics(all) => all.push(&facts.batch.problems(facts.row)),
            }
        }
    }

    fn finish(self) -> Vec<ArrayRef> {
        let array = |grown| -> ArrayRef {
            match grown {
                Growing::Texts(mut texts) => Arc::new(texts.finish()),
                Growing::Lists(mut lists) => Arc::new(lists.finish()),
                Growing::Flags(flags) => Arc::new(BooleanArray::from(flags)),
                Growing::Instants(all) => Arc::new(TimestampMicrosecondArray::from(all).with_timezone("UTC")),
                Growing::Places(all) => Arc::new(UInt32Array::from(all)),
                Growing::Diagnostics(all) => all.finish(),
            }
        };
        self.grown.into_iter().map(array).collect()
    }
}

fn texts() -> ListBuilder<StringBuilder> {
    let item = Field::new_list_field(DataType::Utf8, false);
    ListBuilder::new(StringBuilder::new()).with_field(Arc::new(item))
}

/// What a decision says in a column of texts.
fn text(column: RouteColumn, decision: &Decision) -> Option<&str> {
    match (column, &decision.outcome) {
        (RouteColumn::Outcome, outcome) => Some(outcome.name()),
        (RouteColumn::User, Outcome::User(user) | Outcome::Kept(user) | Outcome::Owned(user)) => Some(user),
        (RouteColumn::Queue, Outcome::Queue(queue)) => Some(queue),
        (RouteColumn::Rule, _) => decision.rule.as_deref(),
        (RouteColumn::Strategy, _) => decision.strategy,
        _ => None,
    }
}

/// What led to a decision, as codes or as sentences.
fn list(column: RouteColumn, decision: &Decision, to: Lang, texts: &mut StringBuilder) {
    let all = decision.reasons.iter().chain(&decision.skipped);
    if column == RouteColumn::ReasonCodes {
        all.for_each(|reason| texts.append_value(reason.code()));
    } else {
        all.for_each(|reason| texts.append_value(lang::reason(&Reason::Routing(reason.clone()), to)));
    }
}
