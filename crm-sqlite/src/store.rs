//! The store: one connection that writes, a few that read, and what is set on each.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use crm_core::model::{Key, Row};
use crm_core::store::{Commit, Entry, LogQuery, Page, Query, Read, Store, Workspace};
use crm_core::{Code, Error, Problem, Result};
use rusqlite::backup::Backup;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::apply;
use crate::error::error;
use crate::functions::register;
use crate::limits::LIMITS;
use crate::migrations;
use crate::query::View;

/// The oldest SQLite that is taken: before it, two connections that checkpoint could corrupt the file.
const OLDEST_SQLITE: i32 = 3_051_003;
/// The most connections that are kept for reading; more are opened where more read at once.
const MOST_READERS: usize = 8;

/// What survives when the power fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Everything that was acknowledged.
    #[default]
    Full,
    /// The file is whole, but the last commits may be missing. A crash of the process alone loses nothing.
    Normal,
}

/// How a file is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How long a commit waits for another process that writes, in milliseconds, before it is
    /// [`Problem::Busy`].
    pub busy_timeout_ms: u32,
    /// What survives when the power fails.
    pub durability: Durability,
    /// The most memory that a connection keeps pages in, in kibibytes.
    pub cache_kib: u32,
    /// The most bytes that the file may have; a commit beyond is [`Problem::StorageFull`].
    pub most_bytes: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Options { busy_timeout_ms: 5000, durability: Durability::Full, cache_kib: 16 * 1024, most_bytes: None }
    }
}

/// Records and trail in one SQLite file, or in memory.
///
/// Commits are made one after the other; snapshots neither wait for them nor hold them up. Several stores, in one
/// process or many, may open the same file.
#[derive(Debug)]
pub struct SqliteStore {
    place: Place,
    /// The process that opened it: SQLite's connections do not survive a fork.
    process: u32,
}

#[derive(Debug)]
enum Place {
    File(File),
    Memory(Mutex<Memory>),
}

#[derive(Debug)]
struct File {
    path: PathBuf,
    options: Options,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
}

/// One connection, and the snapshots that have to be given a copy before it changes.
#[derive(Debug)]
struct Memory {
    connection: Connection,
    snapshots: Vec<Weak<Copied>>,
}

type Copied = OnceLock<Arc<Mutex<Connection>>>;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic while it was held rolled its transaction back: what it protects is whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl SqliteStore {
    /// Opens a file, which is made where it does not exist and extended where an older release wrote it.
    ///
    /// # Errors
    /// [`Problem::NewerSchema`], [`Problem::ForeignFile`] (in both cases the file is left as it was),
    /// [`Problem::Busy`], [`Problem::Storage`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::open_with(path, Options::default())
    }

    /// As [`SqliteStore::open`], with options.
    ///
    /// # Errors
    /// As [`SqliteStore::open`].
    pub fn open_with(path: impl AsRef<Path>, options: Options) -> Result<Self> {
        refuse_old_sqlite()?;
        let path = path.as_ref();
        if path.as_os_str().is_empty() || path.as_os_str() == ":memory:" {
            let detail = "a path is needed; `SqliteStore::in_memory` keeps a store in memory";
            return Err(Problem::Storage { detail: detail.into() }.into());
        }
        let path = std::path::absolute(path).map_err(|e| Problem::Storage { detail: e.to_string() })?;
        // SQLite takes a file of one byte for an empty one and would write over it.
        if std::fs::metadata(&path).is_ok_and(|m| m.len() == 1) {
            return Err(Problem::ForeignFile.into());
        }
        let writer = open_file(&path, &options, OpenFlags::SQLITE_OPEN_CREATE).map_err(no_database)?;
        // Until it is known whose file it is, not even closing may write to it.
        set(&writer, DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        migrations::state(&writer).map_err(no_database)?;
        set(&writer, DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        write_ahead(&writer, &options)?;
        migrations::migrate_file(&writer)?;
        limit_pages(&writer, &options)?;
        let (writer, readers) = (Mutex::new(writer), Mutex::default());
        Ok(Self::at(Place::File(File { path, options, writer, readers })))
    }

    /// An empty store in memory, for tests and notebooks.
    ///
    /// # Errors
    /// [`Problem::Storage`].
    pub fn in_memory() -> Result<Self> {
        refuse_old_sqlite()?;
        let connection = Connection::open_in_memory().map_err(error)?;
        configure(&connection, &Options::default())?;
        migrations::migrate_file(&connection)?;
        Ok(Self::at(Place::Memory(Mutex::new(Memory { connection, snapshots: Vec::new() }))))
    }

    fn at(place: Place) -> Self {
        SqliteStore { place, process: std::process::id() }
    }

    fn check_process(&self) -> Result<()> {
        if std::process::id() == self.process {
            return Ok(());
        }
        let detail = "the store was opened before this process was forked; open it again here";
        Err(Problem::Storage { detail: detail.into() }.into())
    }
}

fn refuse_old_sqlite() -> Result<()> {
    if rusqlite::version_number() >= OLDEST_SQLITE {
        return Ok(());
    }
    let detail = format!("SQLite {} can corrupt files; 3.51.3 or newer is needed", rusqlite::version());
    Err(Problem::Storage { detail }.into())
}

/// A file that is no database at all is somebody else's.
fn no_database(e: Error) -> Error {
    match e.problem() {
        Problem::Corrupt { detail } if detail.contains("not a database") => Problem::ForeignFile.into(),
        _ => e,
    }
}

fn set(connection: &Connection, option: DbConfig, to: bool) -> Result<()> {
    connection.set_db_config(option, to).map(|_| ()).map_err(error)
}

/// Runs a pragma, whatever it answers.
fn pragma(connection: &Connection, sql: &str) -> Result<()> {
    let mut statement = connection.prepare(sql).map_err(error)?;
    let mut rows = statement.raw_query();
    while rows.next().map_err(error)?.is_some() {}
    Ok(())
}

/// Switches the file to a write-ahead log, which stays so.
///
/// Where two connections switch a new file at once, SQLite tells one of them at once that it is busy, so that they do
/// not wait for each other; it is tried again here.
fn write_ahead(connection: &Connection, options: &Options) -> Result<()> {
    const STEP_MS: u32 = 5;
    let wait = |ms: u32| connection.busy_timeout(Duration::from_millis(ms.into())).map_err(error);
    wait(0)?;
    let mut left = options.busy_timeout_ms;
    let switched = loop {
        match pragma(connection, "PRAGMA journal_mode = WAL") {
            Err(e) if e.code() == Code::Busy && left > 0 => {
                std::thread::sleep(Duration::from_millis(STEP_MS.into()));
                left = left.saturating_sub(STEP_MS);
            }
            done => break done,
        }
    };
    wait(options.busy_timeout_ms)?;
    switched
}

fn open_file(path: &Path, options: &Options, more: OpenFlags) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | more;
    let connection = Connection::open_with_flags(path, flags).map_err(error)?;
    configure(&connection, options)?;
    Ok(connection)
}

fn configure(connection: &Connection, options: &Options) -> Result<()> {
    connection.busy_timeout(Duration::from_millis(options.busy_timeout_ms.into())).map_err(error)?;
    connection.set_prepared_statement_cache_capacity(128);
    set(connection, DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, true)?;
    set(connection, DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    for (limit, most) in LIMITS {
        connection.set_limit(*limit, *most).map_err(error)?;
    }
    pragma(connection, "PRAGMA trusted_schema = OFF")?;
    pragma(connection, "PRAGMA mmap_size = 0")?;
    pragma(connection, &format!("PRAGMA cache_size = -{}", options.cache_kib.max(64)))?;
    pragma(
        connection,
        match options.durability {
            Durability::Full => "PRAGMA synchronous = FULL",
            Durability::Normal => "PRAGMA synchronous = NORMAL",
        },
    )
}

/// SQLite counts a file in pages.
fn limit_pages(connection: &Connection, options: &Options) -> Result<()> {
    let Some(bytes) = options.most_bytes else { return Ok(()) };
    let page = migrations::number(connection, "PRAGMA page_size")?;
    let pages = u64::try_from(page).ok().and_then(|page| bytes.checked_div(page)).unwrap_or(bytes).max(1);
    pragma(connection, &format!("PRAGMA max_page_count = {pages}"))
}

impl Store for SqliteStore {
    fn snapshot(&self, workspace: &Workspace) -> Result<Box<dyn Read + '_>> {
        self.check_process()?;
        Ok(match &self.place {
            Place::File(file) => Box::new(file.snapshot(workspace)?),
            Place::Memory(memory) => {
                let copied = Arc::new(Copied::new());
                lock(memory).snapshots.push(Arc::downgrade(&copied));
                Box::new(MemorySnapshot { memory, copied, workspace: workspace.clone() })
            }
        })
    }

    fn commit(&self, workspace: &Workspace, commit: &Commit) -> Result<Entry> {
        self.check_process()?;
        match &self.place {
            Place::File(file) => transact(&lock(&file.writer), workspace, commit),
            Place::Memory(memory) => {
                let mut memory = lock(memory);
                memory.copy()?;
                transact(&memory.connection, workspace, commit)
            }
        }
    }
}

fn transact(connection: &Connection, workspace: &Workspace, commit: &Commit) -> Result<Entry> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate).map_err(error)?;
    // A newer release may have extended the file since it was opened.
    migrations::known(&transaction)?;
    let entry = apply::write(&transaction, workspace, commit)?;
    transaction.commit().map_err(error)?;
    Ok(entry)
}

impl File {
    fn snapshot(&self, workspace: &Workspace) -> Result<FileSnapshot<'_>> {
        let kept = lock(&self.readers).pop();
        let connection = match kept {
            Some(connection) => connection,
            None => {
                let connection = open_file(&self.path, &self.options, OpenFlags::empty())?;
                pragma(&connection, "PRAGMA query_only = ON")?;
                register(&connection)?;
                connection
            }
        };
        let snapshot = FileSnapshot { file: self, connection: Some(connection), workspace: workspace.clone() };
        snapshot.ask(|view| {
            view.connection.execute_batch("BEGIN DEFERRED").map_err(error)?;
            // The view is fixed by the first look at the file.
            migrations::known(view.connection).map(|_| ())
        })?;
        Ok(snapshot)
    }
}

/// A read transaction on a connection of its own.
struct FileSnapshot<'s> {
    file: &'s File,
    connection: Option<Connection>,
    workspace: Workspace,
}

impl FileSnapshot<'_> {
    fn ask<T>(&self, question: impl FnOnce(&View<'_>) -> Result<T>) -> Result<T> {
        match &self.connection {
            Some(connection) => question(&View { connection, workspace: &self.workspace }),
            None => Err(Problem::Storage { detail: "the snapshot is closed".into() }.into()),
        }
    }
}

impl Drop for FileSnapshot<'_> {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        // A connection whose transaction does not end is closed, not kept.
        let ended = connection.is_autocommit() || connection.execute_batch("ROLLBACK").is_ok();
        let mut readers = lock(&self.file.readers);
        if ended && readers.len() < MOST_READERS {
            readers.push(connection);
        }
    }
}

impl Memory {
    /// Gives every open snapshot one copy of how things are now.
    fn copy(&mut self) -> Result<()> {
        self.snapshots.retain(|s| s.strong_count() > 0);
        let waiting: Vec<Arc<Copied>> =
            self.snapshots.iter().filter_map(Weak::upgrade).filter(|s| s.get().is_none()).collect();
        if waiting.is_empty() {
            return Ok(());
        }
        let mut copy = Connection::open_in_memory().map_err(error)?;
        Backup::new(&self.connection, &mut copy).and_then(|b| b.step(-1)).map_err(error)?;
        configure(&copy, &Options::default())?;
        register(&copy)?;
        let copy = Arc::new(Mutex::new(copy));
        for snapshot in waiting {
            // Only this writes it, and only where it was empty.
            let _ = snapshot.set(Arc::clone(&copy));
        }
        Ok(())
    }
}

/// A view of the one connection until it changes, then of a copy.
struct MemorySnapshot<'s> {
    memory: &'s Mutex<Memory>,
    copied: Arc<Copied>,
    workspace: Workspace,
}

impl MemorySnapshot<'_> {
    fn ask<T>(&self, question: impl FnOnce(&View<'_>) -> Result<T>) -> Result<T> {
        let memory = lock(self.memory);
        match self.copied.get() {
            Some(copy) => {
                drop(memory);
                question(&View { connection: &lock(copy), workspace: &self.workspace })
            }
            None => question(&View { connection: &memory.connection, workspace: &self.workspace }),
        }
    }
}

macro_rules! read_by_asking {
    ($($snapshot:ident),*) => { $(
        impl Read for $snapshot<'_> {
            fn get(&self, key: Key) -> Result<Option<Row>> {
                self.ask(|view| view.get(key))
            }
            fn find(&self, query: &Query) -> Result<Page> {
                self.ask(|view| view.find(query))
            }
            fn count(&self, query: &Query) -> Result<u64> {
                self.ask(|view| view.count(query))
            }
            fn log(&self, query: &LogQuery) -> Result<Vec<Entry>> {
                self.ask(|view| view.log(query))
            }
            fn check(&self) -> Result<()> {
                self.ask(|view| view.check())
            }
        }
    )* };
}

read_by_asking!(FileSnapshot, MemorySnapshot);
