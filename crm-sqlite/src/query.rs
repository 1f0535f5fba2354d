//! Questions as SQL: the dialect, the pages by place, and the answers.

use crm_core::kernel::field::{FieldType, Schema};
use crm_core::kernel::predicate::Operator;
use crm_core::kernel::predicate::sql::{Bound, Column, Dialect, Sql};
use crm_core::model::{Key, META_FIELDS, Row};
use crm_core::store::{Archived, Cursor, Entry, Head, LogQuery, Page, Query, Read, Term, Workspace};
use crm_core::{Id, Result};
use rusqlite::{Connection, Statement};

use crate::check;
use crate::error::{corrupt, error};
use crate::row::{self, Binder, Part, integer_of, text_of};
use crate::schema::{self, Table};
use crate::sight::Seen;

/// The most texts of one call of `crm_has_word` or `crm_has_part`: older versions of SQLite take 127 arguments.
const MOST_TEXTS: usize = 100;

/// Where SQLite keeps the fields of one kind.
struct Sqlite<'a> {
    table: &'a Table,
    schema: &'a Schema,
}

impl Dialect for Sqlite<'_> {
    fn column(&self, field: usize) -> Column {
        let same = |value: String| Column { folded: value.clone(), value, currency: None };
        let Some(own) = field.checked_sub(META_FIELDS.len()) else {
            return same(META_FIELDS.get(field).map_or_else(|| "NULL".into(), |f| f.name.to_string()));
        };
        if let Some(field) = self.table.kind.fields().get(own) {
            let value = schema::quoted(&field.name);
            let folded = match field.kind {
                FieldType::Text if schema::keeps_folded(field) => schema::quoted(&schema::beside(field, "folded")),
                FieldType::Text => format!("crm_fold({value})"),
                _ => value.clone(),
            };
            let currency = (field.kind == FieldType::Money).then(|| schema::quoted(&schema::beside(field, "currency")));
            return Column { value, folded, currency };
        }
        let Some(field) = self.schema.field(field) else { return same("NULL".into()) };
        let name = field.name.strip_prefix("custom.").unwrap_or(&field.name).replace('\'', "''");
        let part = |part: Part| format!("crm_custom(custom, '{name}', '{}')", part.name());
        let value = part(Part::Value(field.kind));
        Column {
            folded: if field.kind == FieldType::Text { part(Part::Folded) } else { value.clone() },
            currency: (field.kind == FieldType::Money).then(|| part(Part::Currency)),
            value,
        }
    }

    fn placeholder(&self, index: usize) -> String {
        format!("?{index}")
    }

    fn contains(&self, text: &str, part: &str) -> String {
        format!("(instr({text}, {part}) > 0)")
    }

    fn any_part(&self, operator: Operator, text: &str, parts: &[String]) -> Option<String> {
        // SQLite takes seconds to prepare thousands of comparisons.
        let name = operator.name();
        let calls = parts.chunks(MOST_TEXTS).map(|p| format!("crm_has_part('{name}', {text}, {})", p.join(", ")));
        Some(format!("({})", calls.collect::<Vec<_>>().join(" OR ")))
    }

    fn has_word(&self, text: &str, parts: &[String]) -> String {
        let calls = parts.chunks(MOST_TEXTS).map(|p| format!("crm_has_word({text}, {})", p.join(", ")));
        format!("({})", calls.collect::<Vec<_>>().join(" OR "))
    }

    fn has(&self, column: &str, wanted: &[String]) -> String {
        let wanted = wanted.join(", ");
        format!(
            "(CASE WHEN {column} IS NOT NULL THEN \
             EXISTS (SELECT 1 FROM json_each({column}) AS one WHERE crm_fold(one.value) IN ({wanted})) END)"
        )
    }
}

impl Sqlite<'_> {
    fn term(&self, term: Term) -> String {
        match term {
            Term::Value(field) => self.column(field).folded,
            Term::Currency(field) => self.column(field).currency.unwrap_or_else(|| "NULL".into()),
        }
    }

    /// Which rows a query sees, the page aside.
    fn filter(&self, workspace: &Workspace, query: &Query, sql: &mut Sql) -> Result<()> {
        let place = sql.bind(self, Bound::Text(workspace.name().to_owned()));
        sql.text.push_str(&format!(" FROM {} WHERE workspace = {place}", self.table.name));
        sql.text.push_str(match query.archived {
            Archived::Exclude => " AND archived_at IS NULL",
            Archived::Include => "",
            Archived::Only => " AND archived_at IS NOT NULL",
        });
        if let Some(filter) = &query.filter {
            sql.text.push_str(" AND ");
            filter.to_sql(self, query.at, sql);
        }
        if let Some(sight) = &query.sight {
            sql.text.push_str(" AND ");
            let mut seen = Seen { dialect: self, workspace: &place, aliases: 0 };
            seen.add(sight, query.kind, &self.table.name, sql)?;
        }
        Ok(())
    }

    /// Only rows after a place: the first step that differs decides, and unknown comes last.
    fn after(&self, query: &Query, cursor: &Cursor, sql: &mut Sql) {
        sql.text.push_str(" AND ");
        let mut open = 0usize;
        for ((term, descending), value) in query.terms().into_iter().zip(&cursor.values) {
            let term = self.term(term);
            match value {
                Some(value) => {
                    let place = sql.bind(self, value.clone());
                    let beyond = if descending { '<' } else { '>' };
                    sql.text.push_str(&format!("({term} {beyond} {place} OR {term} IS NULL OR ({term} = {place} AND "));
                    open = open.saturating_add(2);
                }
                None => {
                    sql.text.push_str(&format!("({term} IS NULL AND "));
                    open = open.saturating_add(1);
                }
            }
        }
        let created = sql.bind(self, Bound::Integer(cursor.created_at_micros));
        let id = sql.bind(self, Bound::Text(cursor.id.to_string()));
        sql.text.push_str(&format!("(created_at, id) > ({created}, {id})"));
        sql.text.push_str(&")".repeat(open));
    }

    fn order(&self, query: &Query, sql: &mut Sql) {
        sql.text.push_str(" ORDER BY ");
        for (term, descending) in query.terms() {
            let direction = if descending { "DESC" } else { "ASC" };
            // Nothing is left to put last, and an index over the values of a list serves the order only without.
            let nulls = if is_known(query, term) { "" } else { " NULLS LAST" };
            sql.text.push_str(&format!("{} {direction}{nulls}, ", self.term(term)));
        }
        sql.text.push_str("created_at, id");
    }
}

/// Whether every row that a query finds has a value for a step of its order.
fn is_known(query: &Query, term: Term) -> bool {
    let (Term::Value(field) | Term::Currency(field)) = term;
    // A row has an id and the instants of its making and last change.
    field < 3 || query.filter.as_ref().is_some_and(|filter| filter.knows(field))
}

fn bind(statement: &mut Statement<'_>, sql: &Sql) -> Result<()> {
    let mut to = Binder::new(statement);
    for parameter in &sql.parameters {
        match parameter {
            Bound::Text(t) => to.put(t.as_str())?,
            Bound::Integer(n) => to.put(*n)?,
        }
    }
    Ok(())
}

/// The SQL of a page, for [`View::find`] and the tests of its plan.
pub(crate) fn page_sql(workspace: &Workspace, query: &Query) -> Result<Sql> {
    let dialect = Sqlite { table: schema::table(query.kind)?, schema: &query.schema };
    let mut sql = Sql { text: format!("SELECT {}", dialect.table.select), parameters: Vec::new() };
    dialect.filter(workspace, query, &mut sql)?;
    if let Some(cursor) = &query.after {
        dialect.after(query, cursor, &mut sql);
    }
    dialect.order(query, &mut sql);
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX).saturating_add(1);
    let limit = sql.bind(&dialect, Bound::Integer(limit));
    sql.text.push_str(&format!(" LIMIT {limit}"));
    Ok(sql)
}

/// One workspace as a connection sees it.
pub(crate) struct View<'c> {
    pub(crate) connection: &'c Connection,
    pub(crate) workspace: &'c Workspace,
}

impl View<'_> {
    fn integer(&self, what: &str, query: &Query, tail: &str) -> Result<i64> {
        let dialect = Sqlite { table: schema::table(query.kind)?, schema: &query.schema };
        let mut sql = Sql { text: format!("SELECT {what}"), parameters: Vec::new() };
        dialect.filter(self.workspace, query, &mut sql)?;
        sql.text.push_str(tail);
        let mut statement = self.connection.prepare_cached(&sql.text).map_err(error)?;
        bind(&mut statement, &sql)?;
        let mut rows = statement.raw_query();
        match rows.next().map_err(error)? {
            Some(row) => Ok(integer_of(row.get_ref(0).map_err(error)?)?.unwrap_or(0)),
            None => Ok(0),
        }
    }

    /// Whether a query finds nothing.
    pub(crate) fn is_empty(&self, query: &Query) -> Result<bool> {
        Ok(self.integer("1", query, " LIMIT 1")? == 0)
    }

    /// The version of a row, 0 where there is none.
    pub(crate) fn version(&self, key: Key) -> Result<u64> {
        let mut statement = self.connection.prepare_cached(&schema::table(key.kind)?.version).map_err(error)?;
        let mut to = Binder::new(&mut statement);
        to.put(self.workspace.name())?;
        to.id(key.id)?;
        let mut rows = statement.raw_query();
        match rows.next().map_err(error)? {
            Some(row) => unsigned(integer_of(row.get_ref(0).map_err(error)?)?),
            None => Ok(0),
        }
    }

    /// The end of the trail.
    pub(crate) fn head(&self) -> Result<Head> {
        const SQL: &str = "SELECT seq, hash FROM log WHERE workspace = ?1 ORDER BY seq DESC LIMIT 1";
        let mut statement = self.connection.prepare_cached(SQL).map_err(error)?;
        Binder::new(&mut statement).put(self.workspace.name())?;
        let mut rows = statement.raw_query();
        match rows.next().map_err(error)? {
            Some(row) => Ok(Head {
                seq: unsigned(integer_of(row.get_ref(0).map_err(error)?)?)?,
                hash: hash(row.get_ref(1).map_err(error)?)?,
            }),
            None => Ok(Head::default()),
        }
    }

    /// Whether a command is in the trail.
    pub(crate) fn has_command(&self, id: Id) -> Result<bool> {
        const SQL: &str = "SELECT 1 FROM log WHERE workspace = ?1 AND command_id = ?2";
        let mut statement = self.connection.prepare_cached(SQL).map_err(error)?;
        let mut to = Binder::new(&mut statement);
        to.put(self.workspace.name())?;
        to.id(id)?;
        let mut rows = statement.raw_query();
        Ok(rows.next().map_err(error)?.is_some())
    }

    fn entries(&self, tail: &str, bind: impl FnOnce(&mut Binder<'_, '_>) -> Result<()>) -> Result<Vec<Entry>> {
        let sql = format!("SELECT log.seq, command_id, previous, hash, content FROM log {tail}");
        let mut statement = self.connection.prepare_cached(&sql).map_err(error)?;
        let mut to = Binder::new(&mut statement);
        to.put(self.workspace.name())?;
        bind(&mut to)?;
        let mut rows = statement.raw_query();
        let mut out = Vec::new();
        while let Some(row) = rows.next().map_err(error)? {
            let get = |place| row.get_ref(place).map_err(error);
            out.push(Entry {
                seq: unsigned(integer_of(get(0)?)?)?,
                command_id: text_of(get(1)?)?.unwrap_or_default().parse()?,
                previous: hash(get(2)?)?,
                hash: hash(get(3)?)?,
                content: text_of(get(4)?)?.unwrap_or_default().to_owned(),
            });
        }
        Ok(out)
    }
}

fn unsigned(n: Option<i64>) -> Result<u64> {
    n.and_then(|n| u64::try_from(n).ok()).ok_or_else(|| corrupt("a count is below zero"))
}

fn hash(value: rusqlite::types::ValueRef<'_>) -> Result<[u8; 32]> {
    let bytes = value.as_blob().unwrap_or_default();
    bytes.try_into().map_err(|_| corrupt(format!("a hash has {} bytes", bytes.len())))
}

fn clamped(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

impl Read for View<'_> {
    fn get(&self, key: Key) -> Result<Option<Row>> {
        let mut statement = self.connection.prepare_cached(&schema::table(key.kind)?.get).map_err(error)?;
        let mut to = Binder::new(&mut statement);
        to.put(self.workspace.name())?;
        to.id(key.id)?;
        let mut rows = statement.raw_query();
        rows.next().map_err(error)?.map(|r| row::read(key.kind, r)).transpose()
    }

    fn find(&self, query: &Query) -> Result<Page> {
        query.check()?;
        let sql = page_sql(self.workspace, query)?;
        let mut statement = self.connection.prepare_cached(&sql.text).map_err(error)?;
        bind(&mut statement, &sql)?;
        let mut rows = statement.raw_query();
        let mut found = Vec::with_capacity(query.limit.min(64));
        while let Some(r) = rows.next().map_err(error)? {
            found.push(row::read(query.kind, r)?);
        }
        Ok(Page::cut(found, query))
    }

    fn count(&self, query: &Query) -> Result<u64> {
        unsigned(Some(self.integer("count(*)", query, "")?))
    }

    fn check(&self) -> Result<()> {
        check::check(self)
    }

    fn log(&self, query: &LogQuery) -> Result<Vec<Entry>> {
        match query {
            LogQuery::Command(id) => self.entries("WHERE workspace = ?1 AND command_id = ?2", |to| to.id(*id)),
            LogQuery::After { seq, limit } => {
                self.entries("WHERE workspace = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3", |to| {
                    to.put(clamped(*seq))?;
                    to.put(i64::try_from(*limit).unwrap_or(i64::MAX))
                })
            }
            LogQuery::Record { key, after_version } => {
                const TAIL: &str = "JOIN log_rows USING (workspace, seq) WHERE workspace = ?1 AND kind = ?2 \
                                    AND id = ?3 AND version > ?4 ORDER BY log.seq, version";
                self.entries(TAIL, |to| {
                    to.put(key.kind.name())?;
                    to.id(key.id)?;
                    to.put(clamped(*after_version))
                })
            }
            LogQuery::Last => self.entries("WHERE workspace = ?1 ORDER BY seq DESC LIMIT 1", |_| Ok(())),
        }
    }
}

#[cfg(test)]
mod plans;
