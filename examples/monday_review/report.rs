//! What the review says: what came in, the ranked leads with their reasons, what the lead desk makes of
//! them, what was refused, and where it all is.

use std::fmt::Write as _;
use std::path::Path;

use crm_core::command::{Ctx, Imported};
use crm_core::kernel::time::format_instant;
use crm_core::model::{Kind, Lead, Row};
use crm_core::rules::lead_score::Score;
use crm_core::{Crm, Error, FieldType, Lang, Money, Problem, Result, lang};
use crm_csv::DateOrder;
use crm_csv::writer::{Cell, write_record};
use crm_sqlite::SqliteStore;

use crate::Source;
use crate::options::Options;
use crate::texts::{self, Text};

/// Reasons shown with a lead, and refused rows shown of a file; the files have all of them.
const REASONS: usize = 3;
const REFUSED: usize = 10;

pub(crate) struct Report<'a> {
    pub(crate) crm: &'a Crm<SqliteStore>,
    pub(crate) ctx: &'a Ctx,
    pub(crate) options: &'a Options,
    pub(crate) sources: &'a [Source],
    pub(crate) imported: &'a [Imported],
    pub(crate) leads: &'a [Row<Lead>],
    pub(crate) database: &'a Path,
}

impl Report<'_> {
    /// The report as text, after its files are written.
    pub(crate) fn make(&self) -> Result<String> {
        let (lang, mut out) = (self.options.lang, String::new());
        line!(out, "{}\n", texts::title(lang, self.options.at));
        for (source, imported) in self.sources.iter().zip(self.imported) {
            self.show_source(&mut out, source, imported);
        }
        self.show_bands(&mut out)?;
        self.show_leads(&mut out)?;
        self.show_duplicates(&mut out)?;
        self.show_routing(&mut out)?;
        self.show_conversion(&mut out)?;
        for (source, imported) in self.sources.iter().zip(self.imported) {
            self.show_refused(&mut out, source, imported);
        }
        self.write_files(&mut out)?;
        Ok(out)
    }

    fn show_source(&self, out: &mut String, source: &Source, imported: &Imported) {
        let (lang, import) = (self.options.lang, &source.import);
        line!(out, "{}", texts::read(lang, &source.name, &import.source, import.records, import.delimiter));
        let refused = import.rejects.len() + imported.rejected.len();
        let counts = [
            (Text::Created, imported.created),
            (Text::Updated, imported.updated),
            (Text::Known, imported.skipped),
            (Text::Twice, count(import.duplicates.len())),
            (Text::Repaired, count(import.repaired.len())),
            (Text::Refused, count(refused)),
        ];
        for (text, n) in counts.into_iter().filter(|(text, n)| *n > 0 || *text == Text::Created) {
            line!(out, "  {}", texts::counted(lang, text, n));
        }
        if let Some(order) = import.date_order.filter(|_| self.options.date_order_by_evidence()) {
            line!(out, "  {}", texts::date_order(lang, order == DateOrder::DayFirst));
        }
        let times = Kind::Lead.fields().iter().filter(|f| f.kind == FieldType::Instant);
        let has_times = times.into_iter().any(|f| import.mapping.columns.iter().any(|m| m.field == f.name));
        if self.options.zone_by_default() && has_times {
            line!(out, "  {}", texts::zone(lang));
        }
        let empty = import.placeholders.iter().fold(0u64, |n, p| n.saturating_add(p.cells));
        if empty > 0 {
            line!(out, "  {}", texts::placeholders(lang, empty));
        }
        if !import.mapping.ignored.is_empty() {
            line!(out, "  {}", texts::ignored(lang, &import.mapping.ignored));
        }
        for (header, field) in &import.mapping.outranked {
            line!(out, "  {}", texts::outranked(lang, header, field));
        }
        line!(out, "");
    }

    fn show_bands(&self, out: &mut String) -> Result<()> {
        if self.leads.is_empty() {
            return Ok(());
        }
        // Leads come with the highest score first, so bands come with the highest first, too.
        let mut bands: Vec<(&Row<Lead>, u64)> = Vec::new();
        for lead in self.leads {
            match bands.iter_mut().find(|(first, _)| first.body.band == lead.body.band) {
                Some((_, n)) => *n = n.saturating_add(1),
                None => bands.push((lead, 1)),
            }
        }
        let mut list = Vec::new();
        for (lead, n) in bands {
            list.push(format!("{} {n}", self.band(&self.explain(lead)?)));
        }
        line!(out, "{}\n", texts::scored(self.options.lang, count(self.leads.len()), &list.join(" · ")));
        Ok(())
    }

    fn show_leads(&self, out: &mut String) -> Result<()> {
        let lang = self.options.lang;
        if self.leads.is_empty() {
            return Ok(());
        }
        let head = texts::columns(lang);
        line!(
            out,
            "{:>4}  {:>5}  {:<6}  {:<6}  {}  {}  {}",
            "#",
            head[0],
            head[1],
            head[2],
            fit(head[3], 32),
            right(head[4], 14),
            head[5]
        );
        for (i, lead) in self.leads.iter().take(self.options.top).enumerate() {
            let score = self.explain(lead)?;
            let value = lead.body.value.map_or_else(String::new, |m| amount(m, lang));
            line!(
                out,
                "{:>4}  {:>5}  {:<6}  {:<6}  {}  {}  {}",
                i + 1,
                score.score(),
                fit(&self.band(&score), 6),
                score.grade().unwrap_or_default(),
                fit(&name(&lead.body), 32),
                right(&value, 14),
                lead.body.owner,
            );
            line!(out, "{:13}{}", "", texts::reasons(lang, &top(&score, lang), score.known_bp()));
        }
        if self.leads.len() > self.options.top {
            line!(out, "{:>4}  {}", "…", texts::more(lang, count(self.leads.len() - self.options.top)));
        }
        line!(out, "");
        Ok(())
    }

    fn show_refused(&self, out: &mut String, source: &Source, imported: &Imported) {
        let lang = self.options.lang;
        let refused = refused(source, imported, lang);
        let rows = |reasons: &[(String, u64)]| {
            reasons.iter().fold(0u64, |n, (_, more)| n.saturating_add(*more).saturating_add(1))
        };
        if refused.is_empty() {
            return;
        }
        line!(out, "{}", texts::refused(lang, &source.name, rows(&refused)));
        for (first, others) in refused.iter().take(REFUSED) {
            line!(out, "  {}", texts::alike(lang, first, *others));
        }
        if let Some(rest) = refused.get(REFUSED..).filter(|rest| !rest.is_empty()) {
            line!(out, "  … {}", texts::more(lang, rows(rest)));
        }
        let hints = source.import.hints();
        if !hints.is_empty() {
            line!(out, "  {}", texts::hint(lang, &hints));
        }
        line!(out, "");
    }

    fn write_files(&self, out: &mut String) -> Result<()> {
        let lang = self.options.lang;
        line!(out, "{}", texts::database(lang, self.database));
        let result = self.options.result(self.database);
        write(&result, &self.result_csv()?)?;
        line!(out, "{}", texts::result(lang, &result));
        for source in self.sources.iter().filter(|s| !s.import.rejects.is_empty()) {
            let path = self.options.refused(self.database, &source.name, self.sources.len());
            write(&path, &source.import.reject_csv(lang))?;
            line!(out, "{}", texts::refused_file(lang, &path, self.database));
        }
        let page = self.options.page(self.database);
        write(&page, &self.page()?)?;
        line!(out, "{}", texts::page(lang, &page));
        Ok(())
    }

    /// The day as one HTML file: what to do today comes first.
    fn page(&self) -> Result<String> {
        let zone = self.options.zone();
        let actor = serde_json::json!({"name": self.ctx.actor.name(), "role": self.ctx.actor.role().name()});
        let document = serde_json::json!({
            "workspace": self.ctx.workspace.name(),
            "actor": actor,
            "at": format_instant(self.ctx.at),
            "page": {"lang": self.options.lang.code(), "zone": zone.name()},
        });
        let answer = self.crm.query_json(document.to_string().as_bytes())?;
        Ok(answer.get("html").and_then(|html| html.as_str()).unwrap_or_default().to_owned())
    }

    fn result_csv(&self) -> Result<String> {
        let (lang, mut out) = (self.options.lang, String::from('\u{feff}'));
        let delimiter = texts::delimiter(lang);
        let header: Vec<Cell<'_>> = texts::result_columns(lang).iter().map(|t| Cell::Text(t)).collect();
        write_record(&mut out, delimiter, &header);
        for (i, lead) in self.leads.iter().enumerate() {
            let score = self.explain(lead)?;
            let (rank, points) = ((i + 1).to_string(), score.score().to_string());
            let value = lead.body.value.map(Money::amount_text).unwrap_or_default();
            let value = if lang == Lang::French { value.replace('.', ",") } else { value };
            let currency = lead.body.value.map_or("", |m| m.currency().code());
            let reasons: Vec<String> = score.reasons().iter().map(|r| lang::reason(r, lang)).collect();
            let (band, grade, reasons) = (self.band(&score), score.grade().unwrap_or_default(), reasons.join(" · "));
            let body = &lead.body;
            let texts = [&body.company, &body.first_name, &body.last_name, &body.email, &body.phone, &body.owner];
            let mut cells = vec![Cell::Number(&rank), Cell::Number(&points), Cell::Text(&band), Cell::Text(&grade)];
            cells.extend(texts.map(|t| Cell::Text(t)));
            cells.extend([Cell::Number(&value), Cell::Text(currency), Cell::Text(&body.source), Cell::Text(&reasons)]);
            write_record(&mut out, delimiter, &cells);
        }
        Ok(out)
    }

    fn explain(&self, lead: &Row<Lead>) -> Result<Score> {
        self.crm.explain_score(self.ctx, lead.id)
    }

    fn band(&self, score: &Score) -> String {
        score.band_text(self.options.lang).unwrap_or_default().to_owned()
    }
}

pub(crate) fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

fn write(path: &Path, text: &str) -> Result<()> {
    let failed =
        |e: std::io::Error| Error::from(Problem::Storage { detail: e.to_string() }).at(&path.display().to_string());
    std::fs::write(path, text).map_err(failed)
}

/// The company, or else the person.
pub(crate) fn name(lead: &Lead) -> String {
    let person = format!("{} {}", lead.first_name, lead.last_name);
    [lead.company.as_str(), person.trim(), &lead.email, &lead.phone, &lead.external_id]
        .into_iter()
        .find(|t| !t.is_empty())
        .unwrap_or_default()
        .to_owned()
}

/// The reasons that weigh most.
fn top(score: &Score, lang: Lang) -> Vec<String> {
    score.reasons().iter().take(REASONS).map(|r| lang::reason(r, lang)).collect()
}

/// What was refused of a file, by its reader and then by the import: a text, and how many rows more are like it.
fn refused(source: &Source, imported: &Imported, lang: Lang) -> Vec<(String, u64)> {
    let mut reasons = source.import.reasons(lang);
    let stored = imported.rejected.iter().map(|r| {
        let message = r.error.get("message").and_then(|m| m.get(lang.code())).and_then(|t| t.as_str());
        (texts::line(lang, r.line, message.unwrap_or_default()), 0)
    });
    reasons.extend(stored);
    reasons
}

/// Cut or filled to a width in characters.
fn fit(text: &str, width: usize) -> String {
    let long = text.chars().count() > width;
    let cut: String = text.chars().take(if long { width.saturating_sub(1) } else { width }).collect();
    format!("{:<width$}", if long { cut + "…" } else { cut })
}

fn right(text: &str, width: usize) -> String {
    format!("{:>width$}", text.trim(), width = width)
}

/// `12,500.00 EUR` or, in French, `12 500,00 €`.
pub(crate) fn amount(money: Money, lang: Lang) -> String {
    let text = money.amount_text();
    let (whole, cents) = text.split_once('.').unwrap_or((&text, ""));
    let (group, mark) = if lang == Lang::French { ("\u{202f}", ",") } else { (",", ".") };
    let digits: Vec<char> = whole.chars().collect();
    let mut grouped = String::new();
    for (i, c) in digits.iter().enumerate() {
        if i > 0 && *c != '-' && (digits.len() - i).is_multiple_of(3) && digits.get(i - 1) != Some(&'-') {
            grouped.push_str(group);
        }
        grouped.push(*c);
    }
    let cents = if cents.chars().all(|c| c == '0') { String::new() } else { format!("{mark}{cents}") };
    match (money.currency().code(), lang) {
        ("EUR", Lang::French) => format!("{grouped}{cents}\u{a0}€"),
        (code, _) => format!("{grouped}{cents}\u{a0}{code}"),
    }
}
