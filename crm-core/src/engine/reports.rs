//! Questions of reports: run one, at any instant; list those that were saved.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::door::lang_of;
use super::gather::portfolio;
use super::reader::Days;
use super::tally_items::{Tallying, rests_on};
use super::today::Day;
use super::{Crm, Find, permit};
use crate::command::{Ctx, Past, Verb};
use crate::kernel::csv::{CsvFormat, Sheet};
use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::predicate::{Operator, Predicate};
use crate::kernel::time::Instant;
use crate::lang::Lang;
use crate::model::{AnyRecord, Key, Kind, Record as _, Row, SavedReport, Snapshot};
use crate::rules::filter::Resolved;
use crate::rules::pipeline::Pipelines;
use crate::rules::read::{instant, text};
use crate::rules::report::tally::{Item, TallyRun, TallySpec};
use crate::rules::report::{Report, ReportRun, ReportSpec, ResolvedWindow, run};
use crate::store::{LogQuery, Read, Store};
use crate::view::{DashboardSpec, Portfolio, dashboard_json};

/// How an answer is given.
pub(super) enum Form {
    /// As JSON.
    Json,
    /// As the text of a CSV file.
    Csv(CsvFormat),
}

impl Form {
    /// Reads `"format": "json"` or `"format": "csv"` with `"csv": {...}` ([`CsvFormat::from_json`]).
    pub(super) fn read(body: &Map<String, Json>) -> Result<Self> {
        const FORMATS: &[&str] = &["json", "csv"];
        let format = match body.get("format").map(|v| (v.as_str(), v)) {
            None | Some((Some("json"), _)) => Form::Json,
            Some((Some("csv"), _)) => Form::Csv(CsvFormat::default()),
            Some((_, other)) => return Err(json::not_one_of(other, FORMATS).at("format")),
        };
        let options = body.get("csv").filter(|v| !v.is_null());
        match (options.map(CsvFormat::from_json).transpose().map_err(|e| e.at("csv"))?, format) {
            (Some(options), Form::Csv(_)) => Ok(Form::Csv(options)),
            (_, format) => Ok(format),
        }
    }

    /// The file's text with the number of its records and what it was made of.
    pub(super) fn exported(format: &CsvFormat, sheet: &Sheet<'_>, spec_hash: String) -> Map<String, Json> {
        let mut map = Map::new();
        map.insert("csv".into(), sheet.to_csv(format).into());
        map.insert("rows".into(), json::length(sheet.rows().len()).into());
        map.insert("spec_hash".into(), spec_hash.into());
        map
    }
}

/// The keys of the question `report`.
const REPORT_KEYS: &[&str] = &["report", "id", "as_of", "known_seq", "restated_since", "lang", "format", "csv"];

/// When, and up to which place in the trail.
#[derive(Clone, Copy)]
struct Moment {
    as_of: Instant,
    known_seq: Option<u64>,
}

impl<S: Store> Crm<S> {
    /// The question `report`: `{"report": {...}}` with a spec ([`ReportSpec::from_json`]) or `{"id": "..."}` of a saved
    /// one, and `as_of` (an instant; `at` where it is absent), `known_seq` (changes count up to that place in the
    /// trail), `lang`, and `"format": "csv"` with `csv` options.
    ///
    /// The answer tells under `as_of` and `data_version` what to ask for to have the same bytes again.
    pub(super) fn report_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "report")?;
        json::only_keys(body, REPORT_KEYS)?;
        let (lang, form) = (lang_of(body)?, Form::read(body)?);
        let read = self.reading(ctx)?;
        let report = match (body.get("report"), body.get("id")) {
            (Some(spec), None) => Report::from_json(spec).map_err(|e| e.at("report"))?,
            (None, Some(id)) => self.saved_spec(&*read, Id::from_json(id).map_err(|e| e.at("id"))?)?,
            _ => {
                let found = json::shown(&Json::Object(body.clone()));
                return Err(Problem::WrongShape { expected: "either `report` or `id`", found }.into());
            }
        };
        let moment = moment(ctx, body)?;
        let since = json::count_of(body, "restated_since")?;
        match report {
            Report::Snapshot(spec) => self.snapshot_report(ctx, &*read, (spec, &moment), &form, lang),
            Report::Tally(spec) => self.tally_report(ctx, &*read, (spec, &moment), &form, (lang, since)),
        }
    }

    fn snapshot_report(
        &self,
        ctx: &Ctx,
        read: &dyn Read,
        (spec, moment): (ReportSpec, &Moment),
        form: &Form,
        lang: Option<Lang>,
    ) -> Result<Json> {
        let asked = spec.filter.clone();
        let (mut run, portfolio, resolved) =
            self.run_report(ctx, read, spec, moment, ("filter", None)).map_err(|e| e.at("report"))?;
        // The report is what was asked for; what its filter came to is told beside it.
        run.spec.filter = asked;
        let mut answer = match form {
            Form::Json => run.to_json(&portfolio.pipelines, lang),
            Form::Csv(format) => {
                exported(&run.sheet()?, format, &run.spec.hash(), (run.as_of, run.data_version, &run.window))
            }
        };
        if let (Some(map), Some(resolved)) = (answer.as_object_mut(), resolved) {
            map.extend(resolved.told(lang));
        }
        Ok(answer)
    }

    /// The question `reports`: the saved reports that the reader sees, `{"limit": 100, "after": "..."}`.
    pub(super) fn reports_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        json::only_keys(body, &["limit", "after"])?;
        let mut find = body.clone();
        find.insert("record".into(), SavedReport::NAME.into());
        find.insert("order".into(), json!([{"field": "name"}]));
        let page = self.query(ctx, &Find::from_json(&find)?)?;
        let shown = page.rows.iter().map(saved_json);
        Ok(json!({"reports": shown.collect::<Vec<_>>(), "next": page.next.map(|c| c.to_text())}))
    }

    /// The question `dashboard`: the figures of deals, each with the question that finds the records behind it. See
    /// [`DashboardSpec::from_json`]; `as_of` and `known_seq` as for a report; with `user` only what that person is
    /// responsible for.
    ///
    /// Of now it also has what waits for an OK (`approvals`), `outreach` of the window, overdue and due `tasks`, `tickets`
    /// by their promises, `renewals` of the next 30, 60 and 90 days with the next one, `leads` without an owner,
    /// unanswered `conversations`, and what was won, lost and put off `since_yesterday`.
    pub(super) fn dashboard_json(&self, ctx: &Ctx, body: &Map<String, Json>) -> Result<Json> {
        permit(ctx, Verb::Read, "dashboard")?;
        self.dashboard_of(ctx, &*self.reading(ctx)?, body, None)
    }

    /// The same from a snapshot; with all deals of now where they are gathered already.
    pub(super) fn dashboard_of(
        &self,
        ctx: &Ctx,
        read: &dyn Read,
        body: &Map<String, Json>,
        gathered: Option<&Portfolio>,
    ) -> Result<Json> {
        let (moment, lang) = (moment(ctx, body)?, lang_of(body)?);
        let mut spec = body.clone();
        spec.retain(|key, _| key != "as_of" && key != "known_seq" && key != "user");
        let user = body.get("user").filter(|v| !v.is_null()).map(text).transpose().map_err(|e| e.at("user"))?;
        if let (Some(currency), false) = (self.rules.forecast().currency, spec.contains_key("currency")) {
            spec.insert("currency".into(), currency.code().into());
        }
        let mut spec = DashboardSpec::from_json(&spec)?.0;
        if let Some(user) = &user {
            let own = Predicate::test("owner", Operator::Equal, user.as_str());
            spec.filter = Some(Predicate::All(spec.filter.into_iter().chain([own]).collect()));
        }
        let gathered = gathered.filter(|_| moment.as_of == ctx.at && moment.known_seq.is_none());
        let (run, portfolio, resolved) = self.run_report(ctx, read, spec, &moment, ("where", gathered))?;
        let deals = portfolio.deals(&run.window.zone, moment.as_of);
        let mut answer = dashboard_json(&run, &portfolio.pipelines, &deals, lang);
        if let (Some(map), Some(resolved)) = (answer.as_object_mut(), resolved) {
            map.extend(resolved.told(lang));
        }
        // Drafts are counted as they are now; of a past day nobody is asked any more.
        if let (Some(map), true) = (answer.as_object_mut(), moment.as_of == ctx.at && moment.known_seq.is_none()) {
            map.insert("approvals".into(), self.approvals_json(ctx, read)?);
            let zone = &run.window.zone;
            let day = Day { at: ctx.at, zone, window: &run.window, user: user.as_deref() };
            map.extend(self.day_figures(read, &day)?);
        }
        Ok(answer)
    }

    /// Runs a report with its filter, which stands under a key of the question, as it is for the reader at the moment. Where
    /// all deals of the moment are gathered already, a report without a filter is one of these.
    fn run_report<'p>(
        &self,
        ctx: &Ctx,
        read: &dyn Read,
        mut spec: ReportSpec,
        moment: &Moment,
        (key, gathered): (&'static str, Option<&'p Portfolio>),
    ) -> Result<(ReportRun, Cow<'p, Portfolio>, Option<Resolved>)> {
        spec.window.window = spec.window.window.since_snapshot(|id| since(read, id)).map_err(|e| e.at("window"))?;
        let past = Past::new(read, &self.rules, moment.as_of, moment.known_seq)?;
        let days = Days { zone: Some(&spec.window.zone), week_start: Some(spec.window.week_start) };
        let plain = spec.filter.as_ref().map(|filter| self.plain_then(ctx, (read, &past), Kind::Deal, filter, days));
        let resolved = plain.transpose().map_err(|e| e.at(key))?;
        spec.filter = resolved.as_ref().map(|resolved| resolved.predicate.clone());
        let portfolio = match gathered.filter(|_| spec.filter.is_none()) {
            Some(gathered) => Cow::Borrowed(gathered),
            None => {
                let portfolio = portfolio(&past, spec.filter.as_ref()).map_err(|e| e.at(key))?;
                Cow::Owned(self.with_risks(read, &past, portfolio)?)
            }
        };
        let last = || Ok::<_, Error>(read.log(&LogQuery::Last)?.first().map_or(0, |entry| entry.seq));
        let data_version = moment.known_seq.map_or_else(last, Ok)?;
        let (deals, excluded) = portfolio.counted(&spec.window.zone, moment.as_of);
        let (pipelines, rates): (&Pipelines, _) = (&portfolio.pipelines, &portfolio.rates);
        let run = run(spec, moment.as_of, pipelines, rates, (&deals, excluded), Some(data_version))?;
        Ok((run, portfolio, resolved))
    }

    fn tally_report(
        &self,
        ctx: &Ctx,
        read: &dyn Read,
        (spec, moment): (TallySpec, &Moment),
        form: &Form,
        (lang, since): (Option<Lang>, Option<u64>),
    ) -> Result<Json> {
        let (run, items, resolved) = self.run_tally(ctx, read, &spec, moment).map_err(|e| e.at("report"))?;
        let mut answer = match form {
            Form::Json => run.to_json(lang),
            Form::Csv(format) => {
                let hash = crate::rules::report::spec_hash(&run.spec.to_json());
                exported(&run.sheet()?, format, &hash, (run.as_of, run.data_version, &run.window))
            }
        };
        let Some(map) = answer.as_object_mut() else { return Ok(answer) };
        if let Some(resolved) = resolved {
            map.extend(resolved.told(lang));
        }
        if let Some(seq) = since {
            let then = Moment { as_of: moment.as_of, known_seq: Some(seq) };
            let (before, known, _) = self.run_tally(ctx, read, &spec, &then).map_err(|e| e.at("report"))?;
            let past = Past::new(read, &self.rules, moment.as_of, Some(seq))?;
            let changed = before.rows != run.rows || before.total != run.total || before.excluded != run.excluded;
            let late = past.restated_of(rests_on(spec.kind));
            let late = late.iter().filter(|late| moment.known_seq.is_none_or(|known| late.seq <= known));
            map.insert(
                "restated".into(),
                json!({
                    "since": seq,
                    "changed": changed,
                    "records": differing(spec.kind.record(), &known, &items),
                    "entries": late.map(|late| late.to_json()).collect::<Json>(),
                }),
            );
        }
        Ok(answer)
    }

    /// Runs a report that counts, as it is for the reader at the moment.
    fn run_tally(
        &self,
        ctx: &Ctx,
        read: &dyn Read,
        spec: &TallySpec,
        moment: &Moment,
    ) -> Result<(TallyRun, Vec<Item>, Option<Resolved>)> {
        let mut spec = spec.clone();
        spec.window.window = spec.window.window.since_snapshot(|id| since(read, id)).map_err(|e| e.at("window"))?;
        let window = spec.window.resolve(moment.as_of).map_err(|e| e.at("window"))?;
        let past = Past::new(read, &self.rules, moment.as_of, moment.known_seq)?;
        let days = Days { zone: Some(&spec.window.zone), week_start: Some(spec.window.week_start) };
        let record = spec.kind.record();
        let plain = spec.filter.as_ref().map(|filter| self.plain_then(ctx, (read, &past), record, filter, days));
        let resolved = plain.transpose().map_err(|e| e.at("filter"))?;
        let filter = resolved.as_ref().map(|resolved| &resolved.predicate);
        let tallying = Tallying::new(&past, &spec, &window, filter).map_err(|e| e.at("filter"))?;
        let (items, excluded) = tallying.items(self)?;
        let last = || Ok::<_, Error>(read.log(&LogQuery::Last)?.first().map_or(0, |entry| entry.seq));
        let data_version = moment.known_seq.map_or_else(last, Ok)?;
        let run = TallyRun::new(spec.clone(), moment.as_of, &items, excluded, Some(data_version))?;
        Ok((run, items, resolved))
    }

    fn saved_spec(&self, read: &dyn Read, id: Id) -> Result<Report> {
        let row = self.saved(read, Key { kind: Kind::SavedReport, id })?;
        let AnyRecord::SavedReport(report) = &row.body else { return Err(missing(Kind::SavedReport, id)) };
        let definition = json::parse(report.definition.as_bytes()).map_err(|e| e.at("definition"))?;
        let report = Report::from_json(&definition).map_err(|e| e.at("definition"))?;
        // A field that is no more is an error that names it, never a wider report.
        report.check(&self.rules.schema(report.kind().record())).map_err(|e| e.at("definition"))?;
        Ok(report)
    }

    /// A saved view or report that the reader sees; one that is somebody else's is as if it were not there.
    pub(super) fn saved(&self, read: &dyn Read, key: Key) -> Result<Row> {
        let row = read.get(key)?.filter(|row| row.archived_at.is_none());
        let row = row.ok_or_else(|| missing(key.kind, key.id))?;
        Ok(row)
    }
}

fn missing(kind: Kind, id: Id) -> Error {
    Problem::NotFound { record: kind.name().into(), id: id.to_string() }.into()
}

/// A saved row with its definition as JSON.
pub(super) fn saved_json(row: &Row) -> Json {
    let mut json = row.to_json();
    if let Some(map) = json.as_object_mut() {
        let definition = map.get("definition").and_then(Json::as_str).and_then(|t| json::parse(t.as_bytes()).ok());
        map.insert("definition".into(), definition.into());
    }
    json
}

fn moment(ctx: &Ctx, body: &Map<String, Json>) -> Result<Moment> {
    let as_of = match body.get("as_of").filter(|v| !v.is_null()) {
        Some(value) => instant(value).map_err(|e| e.at("as_of"))?,
        None => ctx.at,
    };
    Ok(Moment { as_of, known_seq: json::count_of(body, "known_seq")? })
}

/// The records whose part of a report is another one than it was.
fn differing(kind: Kind, before: &[Item], after: &[Item]) -> Json {
    let sorted = |items: &[Item]| {
        let mut parts: BTreeMap<String, Vec<Item>> = BTreeMap::new();
        for item in items {
            parts.entry(item.id.clone()).or_default().push(item.clone());
        }
        parts
    };
    let (before, after) = (sorted(before), sorted(after));
    let ids: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let other = ids.into_iter().filter(|id| before.get(*id) != after.get(*id));
    other.map(|id| json!({"record": kind.name(), "id": id})).collect()
}

/// The instant of a snapshot.
fn since(read: &dyn Read, id: Id) -> Result<Instant> {
    let row = read.get(Key { kind: Kind::Snapshot, id })?.and_then(|row| row.typed::<Snapshot>());
    row.and_then(|row| row.body.as_of).ok_or_else(|| missing(Kind::Snapshot, id).at("snapshot").at("since"))
}

fn exported(
    sheet: &Sheet<'_>,
    format: &CsvFormat,
    spec_hash: &str,
    (as_of, data_version, window): (Instant, Option<u64>, &ResolvedWindow),
) -> Json {
    let mut map = Form::exported(format, sheet, spec_hash.to_owned());
    map.insert("as_of".into(), crate::kernel::time::format_instant(as_of).into());
    map.insert("data_version".into(), data_version.into());
    map.insert("window".into(), window.to_json());
    Json::Object(map)
}
