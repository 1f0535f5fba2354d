//! The tables, made from the declared fields: one table for each kind of record, and the trail.

use std::fmt::Write as _;
use std::sync::LazyLock;

use crm_core::kernel::field::{Field, FieldType};
use crm_core::model::Kind;
use crm_core::{Problem, Result};

/// One column of a record's table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// Type and constraint, in a form that `ALTER TABLE ADD COLUMN` takes, too.
    pub(crate) declaration: &'static str,
    /// For the folded form of an indexed text: the column it is folded from.
    pub(crate) folded_from: Option<&'static str>,
}

/// A record's table with the statements that never change.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) kind: Kind,
    /// The name, ready to stand in SQL.
    pub(crate) name: String,
    /// The columns of the declared fields, in their order.
    pub(crate) columns: Vec<Column>,
    /// What `row::read` expects.
    pub(crate) select: String,
    pub(crate) insert: String,
    pub(crate) update: String,
    pub(crate) get: String,
    pub(crate) version: String,
}

/// The columns of every row, in the order in which `row::bind` binds them.
const ROW_COLUMNS: &[&str] =
    &["workspace", "id", "version", "created_at", "updated_at", "archived_at", "clocks", "custom"];

const TRAIL: &str = "
CREATE TABLE log (
  workspace TEXT NOT NULL,
  seq INTEGER NOT NULL,
  command_id TEXT NOT NULL,
  previous BLOB NOT NULL,
  hash BLOB NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (workspace, seq),
  UNIQUE (workspace, command_id)
) STRICT;
CREATE TABLE log_rows (
  workspace TEXT NOT NULL,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (workspace, kind, id, version, seq)
) STRICT, WITHOUT ROWID;
";

static TABLES: LazyLock<Vec<Table>> = LazyLock::new(|| Kind::ALL.iter().map(|kind| Table::new(*kind)).collect());

/// Every record's table.
pub(crate) fn tables() -> &'static [Table] {
    &TABLES
}

/// A record's table.
pub(crate) fn table(kind: Kind) -> Result<&'static Table> {
    let found = TABLES.iter().find(|t| t.kind == kind);
    Ok(found.ok_or_else(|| Problem::Storage { detail: format!("no table keeps `{}`", kind.name()) })?)
}

/// The SQL that makes the trail's tables.
pub(crate) const fn trail() -> &'static str {
    TRAIL
}

/// A name in SQL.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Whether a field's folded text is kept in a column of its own.
pub(crate) fn keeps_folded(field: &Field) -> bool {
    field.indexed && field.kind == FieldType::Text
}

/// The name of a column beside a field's own.
pub(crate) fn beside(field: &Field, what: &str) -> String {
    format!("{}_{what}", field.name)
}

fn plural(name: &str) -> String {
    match name.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ if name.ends_with(['s', 'x']) || name.ends_with("ch") => format!("{name}es"),
        _ => format!("{name}s"),
    }
}

fn columns(kind: Kind) -> Vec<Column> {
    let mut out = Vec::new();
    for field in kind.fields() {
        let mut add = |name: String, declaration: &'static str, folded_from: Option<&'static str>| {
            out.push(Column { name, declaration, folded_from });
        };
        let declaration = match field.kind {
            FieldType::Text | FieldType::Date | FieldType::Reference => "TEXT",
            FieldType::Texts => "TEXT",
            FieldType::Integer | FieldType::Number | FieldType::Money | FieldType::Boolean | FieldType::Instant => {
                "INTEGER"
            }
        };
        add(field.name.to_string(), declaration, None);
        if field.kind == FieldType::Money {
            add(beside(field, "currency"), "TEXT", None);
        }
        if keeps_folded(field) {
            let from = match &field.name {
                std::borrow::Cow::Borrowed(name) => Some(*name),
                std::borrow::Cow::Owned(_) => None,
            };
            add(beside(field, "folded"), "TEXT", from);
        }
    }
    out
}

impl Table {
    fn new(kind: Kind) -> Self {
        let name = quoted(&plural(kind.name()));
        let columns = columns(kind);
        let own: Vec<String> = columns.iter().map(|c| quoted(&c.name)).collect();
        let read: Vec<&str> =
            own.iter().zip(&columns).filter(|(_, c)| c.folded_from.is_none()).map(|(q, _)| q.as_str()).collect();
        let select =
            format!("{}, {}", ROW_COLUMNS.iter().skip(1).copied().collect::<Vec<_>>().join(", "), read.join(", "));
        let all: Vec<&str> = ROW_COLUMNS.iter().copied().chain(own.iter().map(String::as_str)).collect();
        let places: Vec<String> = (1..=all.len()).map(|i| format!("?{i}")).collect();
        let sets: Vec<String> =
            all.iter().zip(&places).skip(2).map(|(column, place)| format!("{column} = {place}")).collect();
        let insert = format!("INSERT INTO {name} ({}) VALUES ({})", all.join(", "), places.join(", "));
        let update = format!(
            "UPDATE {name} SET {} WHERE workspace = ?1 AND id = ?2 AND version = ?{}",
            sets.join(", "),
            all.len().saturating_add(1)
        );
        let get = format!("SELECT {select} FROM {name} WHERE workspace = ?1 AND id = ?2");
        let version = format!("SELECT version FROM {name} WHERE workspace = ?1 AND id = ?2");
        Table { kind, name, columns, select, insert, update, get, version }
    }

    /// The place of the parameter that holds the replaced version in `update`.
    pub(crate) fn replaced_place(&self) -> usize {
        ROW_COLUMNS.len().saturating_add(self.columns.len()).saturating_add(1)
    }

    /// The SQL that makes the table.
    pub(crate) fn create(&self) -> String {
        let mut sql = format!(
            "CREATE TABLE {} (\n  workspace TEXT NOT NULL,\n  id TEXT NOT NULL,\n  version INTEGER NOT NULL,\n  \
             created_at INTEGER NOT NULL,\n  updated_at INTEGER NOT NULL,\n  archived_at INTEGER,\n  clocks TEXT,\n  \
             custom TEXT,\n",
            self.name
        );
        for column in &self.columns {
            let _ = writeln!(sql, "  {} {},", quoted(&column.name), column.declaration);
        }
        sql.push_str("  PRIMARY KEY (workspace, id)\n) STRICT;\n");
        sql
    }

    /// The SQL that makes the indexes that are not there yet.
    ///
    /// An index of texts leaves out rows without one: most leads have no campaign, and a comparison never finds
    /// those. An index of numbers keeps them, because lists are sorted by numbers. All end in (created_at, id), as
    /// every order does: a page of the rows with one value is read from its index alone and never sorted, and SQLite
    /// has no reason to walk the whole workspace by age instead.
    pub(crate) fn indexes(&self) -> String {
        let plain = self.name.replace('"', "");
        let mut sql = format!(
            "CREATE INDEX IF NOT EXISTS {} ON {} (workspace, created_at, id);\n",
            quoted(&format!("{plain}_by_created_at")),
            self.name
        );
        for field in self.kind.fields().iter().filter(|f| f.indexed && f.kind != FieldType::Texts) {
            let column = if keeps_folded(field) { beside(field, "folded") } else { field.name.to_string() };
            let column = quoted(&column);
            let index = quoted(&format!("{plain}_by_{}", field.name));
            let partial = match field.kind {
                FieldType::Text | FieldType::Reference => format!(" WHERE {column} IS NOT NULL"),
                _ => String::new(),
            };
            let _ = writeln!(
                sql,
                "CREATE INDEX IF NOT EXISTS {index} ON {} (workspace, {column}, created_at, id){partial};",
                self.name
            );
        }
        sql
    }
}
