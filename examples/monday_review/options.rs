//! The command line.

use std::path::{Path, PathBuf};

use crate::texts;
use chrono::{DateTime, Utc};
use crm_core::kernel::time::parse_instant;
use crm_core::kernel::zone::Zone;
use crm_core::rules::Rules;
use crm_core::{Id, Instant, Lang};
use crm_csv::{DateOrder, DecimalMark, Encoding, Override};

/// A Monday: the day of the bundled samples' review.
const SAMPLE_DAY: &str = "2026-11-23T08:00:00Z";
const SAMPLES: [(&str, &[u8]); 2] = [
    ("leads_sample.csv", include_bytes!("../data/leads_sample.csv")),
    ("prospects_exemple.csv", include_bytes!("../data/prospects_exemple.csv")),
];
/// The bundled samples' team: that of a real export is not ours to guess.
const SAMPLE_ROUTING: &[u8] = include_bytes!("../data/routing_sample.json");

pub(crate) enum Wanted {
    Review(Box<Options>),
    Help(Lang),
}

pub(crate) struct Options {
    pub(crate) files: Vec<File>,
    pub(crate) lang: Lang,
    pub(crate) at: Instant,
    pub(crate) top: usize,
    pub(crate) update: bool,
    /// The routing configuration, if there is a team.
    routing: Option<Routing>,
    database: Option<PathBuf>,
    given: crm_csv::Options,
}

/// Where the routing rules come from.
enum Routing {
    Sample,
    Path(PathBuf),
}

/// What is reviewed.
pub(crate) enum File {
    Sample(&'static str, &'static [u8]),
    Path(PathBuf),
}

impl File {
    pub(crate) fn name(&self) -> String {
        match self {
            File::Sample(name, _) => (*name).to_owned(),
            File::Path(path) => path.display().to_string(),
        }
    }

    pub(crate) fn bytes(&self) -> std::io::Result<Vec<u8>> {
        match self {
            File::Sample(_, bytes) => Ok(bytes.to_vec()),
            File::Path(path) => std::fs::read(path),
        }
    }

    /// How the file is read: as the options say; a bundled sample as it was written.
    pub(crate) fn reading(&self, options: &Options) -> crm_csv::Options {
        let mut reading = options.given.clone();
        match self {
            // A host's choice, which the report tells: the library itself reads no time without a zone.
            File::Path(_) => reading.zone = reading.zone.or(Some(Zone::UTC)),
            File::Sample("leads_sample.csv", _) => {
                reading.zone = "America/New_York".parse().ok();
                reading.currency = "EUR".parse().ok();
            }
            File::Sample(..) => {
                reading.zone = "Europe/Paris".parse().ok();
                reading.currency = "EUR".parse().ok();
                reading.decimal = DecimalMark::Comma;
                reading.date_order = Some(DateOrder::DayFirst);
            }
        }
        reading
    }
}

impl Options {
    /// Whether it is known who works the leads.
    pub(crate) const fn has_team(&self) -> bool {
        self.routing.is_some()
    }

    /// The standard rules, with the team's routing if there is a team.
    pub(crate) fn rules(&self) -> Result<Rules, String> {
        let (name, bytes) = match &self.routing {
            None => return Ok(Rules::default()),
            Some(Routing::Sample) => (String::new(), SAMPLE_ROUTING.to_vec()),
            Some(Routing::Path(path)) => {
                let name = path.display().to_string();
                (name.clone(), std::fs::read(path).map_err(|e| format!("{name}: {e}"))?)
            }
        };
        let told = |e: crm_core::Error| texts::told(self.lang, &name, &e);
        let routing = crm_core::kernel::json::parse(&bytes).map_err(told)?;
        Rules::from_json(&serde_json::json!({"routing": routing})).map_err(told)
    }

    /// Whether times without a zone are read as UTC because nobody chose.
    pub(crate) fn zone_by_default(&self) -> bool {
        self.given.zone.is_none() && matches!(self.files.as_slice(), [File::Path(_)])
    }

    /// Whether the order of dates was not told.
    pub(crate) fn date_order_by_evidence(&self) -> bool {
        self.given.date_order.is_none() && matches!(self.files.as_slice(), [File::Path(_)])
    }

    /// Where the records are kept: as the options say, else `monday_review/<file>-<folder's mark>.db` under this
    /// folder, so that exports of one name from two folders do not meet.
    pub(crate) fn database(&self) -> PathBuf {
        let name = match self.files.as_slice() {
            [File::Path(path)] => {
                let stem = path.file_stem().map_or("leads".into(), |s| s.to_string_lossy().into_owned());
                let whole = path.canonicalize().unwrap_or_else(|_| path.clone());
                let folder = whole.parent().map_or_else(String::new, |p| p.display().to_string());
                let mark: String = Id::from_text(&folder).to_string().chars().take(4).collect();
                format!("{stem}-{mark}.db")
            }
            _ => "sample.db".into(),
        };
        self.database.clone().unwrap_or_else(|| Path::new("monday_review").join(name))
    }

    /// Where the ranked leads go.
    pub(crate) fn result(&self, database: &Path) -> PathBuf {
        with_suffix(database, "scored.csv")
    }

    /// Where the page of the day goes.
    pub(crate) fn page(&self, database: &Path) -> PathBuf {
        with_suffix(database, "html")
    }

    /// Where days begin: as the options say, else as the bundled samples were written, else UTC.
    pub(crate) fn zone(&self) -> Zone {
        let last = self.files.last().and_then(|file| file.reading(self).zone);
        self.given.zone.clone().or(last).unwrap_or(Zone::UTC)
    }

    /// Where the refused rows of a file go.
    pub(crate) fn refused(&self, database: &Path, source: &str, sources: usize) -> PathBuf {
        match sources {
            1 => with_suffix(database, "refused.csv"),
            _ => with_suffix(&database.with_file_name(source), "refused.csv"),
        }
    }

    /// Refuses to write over the file that is reviewed, or results over the database.
    pub(crate) fn refuse_overwriting(&self, database: &Path) -> Result<(), String> {
        let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let result = self.result(database);
        for file in &self.files {
            let File::Path(input) = file else { continue };
            let written =
                [database.to_path_buf(), result.clone(), self.refused(database, &file.name(), 1), self.page(database)];
            if let Some(path) = written.iter().find(|p| whole(p) == whole(input)) {
                return Err(texts::would_overwrite(self.lang, path));
            }
        }
        Ok(())
    }
}

/// The path with another ending, always a path of its own.
fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    path.with_file_name(format!("{stem}.{suffix}"))
}

pub(crate) fn read(mut args: impl Iterator<Item = String>) -> Result<Wanted, String> {
    let french = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|v| std::env::var(v).ok().filter(|t| !t.is_empty()));
    let mut lang = if french.is_some_and(|l| l.starts_with("fr")) { Lang::French } else { Lang::English };
    let mut given = crm_csv::Options::default();
    let mut routing = None;
    let (mut files, mut at, mut top, mut update, mut help, mut database) = (Vec::new(), None, 15, false, false, None);
    while let Some(arg) = args.next() {
        let (name, inline) = match arg.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name.to_owned(), Some(value.to_owned())),
            _ => (arg.clone(), None),
        };
        let mut value = || inline.clone().or_else(|| args.next()).ok_or_else(|| format!("{name} needs a value"));
        let wrong = |e: crm_core::Error| format!("{name}: {e}");
        match name.as_str() {
            "-h" | "--help" => help = true,
            "--update" => update = true,
            "--lang" => lang = value()?.parse().map_err(wrong)?,
            "--at" => at = Some(parse_instant(&value()?).map_err(wrong)?),
            "--top" => top = value()?.parse().map_err(|_| format!("{name}: expected a whole number"))?,
            "--routing" => routing = Some(Routing::Path(PathBuf::from(value()?))),
            "--db" => database = Some(PathBuf::from(value()?)),
            "--map" => given.overrides.push(value()?.parse::<Override>().map_err(wrong)?),
            "--source" => given.source = Some(value()?),
            "--currency" => given.currency = Some(value()?.parse().map_err(wrong)?),
            "--zone" => given.zone = Some(value()?.parse().map_err(wrong)?),
            "--decimal" => {
                given.decimal =
                    one_of(&name, &value()?, &[("point", DecimalMark::Point), ("comma", DecimalMark::Comma)])?
            }
            "--date-order" => {
                let orders = [("day-first", DateOrder::DayFirst), ("month-first", DateOrder::MonthFirst)];
                given.date_order = Some(one_of(&name, &value()?, &orders)?);
            }
            "--encoding" => {
                let encodings = [("utf-8", Encoding::Utf8), ("windows-1252", Encoding::Windows1252)];
                given.encoding = one_of(&name, &value()?, &encodings)?;
            }
            "--delimiter" => {
                let text = value()?;
                let mut chars = text.chars();
                let (Some(c), None) = (chars.next(), chars.next()) else {
                    return Err(format!("{name}: expected one character"));
                };
                given.delimiter = Some(c);
            }
            _ if arg.starts_with("--") => return Err(format!("unknown option `{arg}`; --help lists the options")),
            _ => files.push(File::Path(PathBuf::from(arg))),
        }
    }
    if help {
        return Ok(Wanted::Help(lang));
    }
    if files.len() > 1 {
        return Err("one file at a time: each export has its own columns".into());
    }
    let sample = files.is_empty();
    if sample {
        files.extend(SAMPLES.map(|(name, bytes)| File::Sample(name, bytes)));
        routing = routing.or(Some(Routing::Sample));
    }
    let at = match at {
        Some(at) => at,
        None if sample => parse_instant(SAMPLE_DAY).map_err(|e| e.to_string())?,
        None => now(),
    };
    Ok(Wanted::Review(Box::new(Options { files, lang, at, top, update, routing, database, given })))
}

fn one_of<T: Copy>(name: &str, text: &str, choices: &[(&str, T)]) -> Result<T, String> {
    let names: Vec<&str> = choices.iter().map(|(n, _)| *n).collect();
    let found = choices.iter().find(|(n, _)| *n == text).map(|(_, value)| *value);
    found.ok_or_else(|| format!("{name}: unknown value `{text}`: expected {}", names.join(" or ")))
}

/// The library reads no clock; its host does.
#[allow(clippy::disallowed_methods, reason = "a program may read the clock and hands the instant in")]
fn now() -> Instant {
    DateTime::<Utc>::from(std::time::SystemTime::now())
}
