//! Who sees what as SQL: the query's sight, with everything bound.

use crm_core::Result;
use crm_core::kernel::predicate::sql::{Bound, Dialect, Sql};
use crm_core::kernel::text;
use crm_core::model::{Kind, Sight};

use crate::schema;

/// Adds a sight to a condition on the rows of `table`, an alias or a name in SQL. `workspace` is its placeholder.
pub(crate) struct Seen<'a> {
    pub(crate) dialect: &'a dyn Dialect,
    pub(crate) workspace: &'a str,
    /// Counts the aliases.
    pub(crate) aliases: usize,
}

impl Seen<'_> {
    pub(crate) fn add(&mut self, sight: &Sight, kind: Kind, table: &str, sql: &mut Sql) -> Result<()> {
        match sight {
            Sight::Any(all) => self.join(all, ("0", " OR "), kind, table, sql),
            Sight::All(all) => self.join(all, ("1", " AND "), kind, table, sql),
            Sight::OneOf { field, texts } => {
                let Some(declared) = kind.fields().get(*field) else {
                    sql.text.push('0');
                    return Ok(());
                };
                let one_of = |column: String, texts: Vec<String>, sql: &mut Sql| {
                    let list = sql.bind(self.dialect, Bound::Text(serde_json::Value::from(texts).to_string()));
                    sql.text.push_str(&format!("{table}.{column} IN (SELECT value FROM json_each({list}))"));
                };
                sql.text.push('(');
                if schema::keeps_folded(declared) {
                    // What the index has; the letters decide afterwards.
                    let folded = texts.iter().map(|t| text::fold(t).into_owned()).collect();
                    one_of(schema::quoted(&schema::beside(declared, "folded")), folded, sql);
                    sql.text.push_str(" AND ");
                }
                one_of(schema::quoted(&declared.name), texts.iter().cloned().collect(), sql);
                sql.text.push(')');
                Ok(())
            }
            Sight::Unknown { field } => {
                let column = column(kind, *field);
                sql.text.push_str(&format!("{table}.{column} IS NULL"));
                Ok(())
            }
            Sight::Through { field, kind: other, sight } => {
                let here = format!("{table}.{}", column(kind, *field));
                self.exists("EXISTS", (*other, "id"), &here, sql, |seen, alias, sql| {
                    sql.text.push_str(" AND ");
                    seen.add(sight, *other, alias, sql)
                })
            }
            Sight::PointedAt { kind: other, field, sight } => {
                let link = column(*other, *field);
                self.exists("EXISTS", (*other, &link), &format!("{table}.id"), sql, |seen, alias, sql| {
                    sql.text.push_str(&format!(" AND {alias}.archived_at IS NULL AND "));
                    seen.add(sight, *other, alias, sql)
                })
            }
            Sight::Unpointed { kind: other, field } => {
                let link = column(*other, *field);
                self.exists("NOT EXISTS", (*other, &link), &format!("{table}.id"), sql, |_, alias, sql| {
                    sql.text.push_str(&format!(" AND {alias}.archived_at IS NULL"));
                    Ok(())
                })
            }
        }
    }

    fn join(
        &mut self,
        all: &[Sight],
        (none, between): (&str, &str),
        kind: Kind,
        table: &str,
        sql: &mut Sql,
    ) -> Result<()> {
        if all.is_empty() {
            sql.text.push_str(none);
            return Ok(());
        }
        sql.text.push('(');
        for (place, sight) in all.iter().enumerate() {
            if place > 0 {
                sql.text.push_str(between);
            }
            self.add(sight, kind, table, sql)?;
        }
        sql.text.push(')');
        Ok(())
    }

    fn exists(
        &mut self,
        exists: &str,
        (other, column): (Kind, &str),
        here: &str,
        sql: &mut Sql,
        rest: impl FnOnce(&mut Self, &str, &mut Sql) -> Result<()>,
    ) -> Result<()> {
        self.aliases = self.aliases.saturating_add(1);
        let (alias, name, workspace) = (format!("seen{}", self.aliases), &schema::table(other)?.name, self.workspace);
        sql.text.push_str(&format!(
            "{exists} (SELECT 1 FROM {name} AS {alias} WHERE {alias}.workspace = {workspace} AND {alias}.{column} = {here}"
        ));
        rest(self, &alias, sql)?;
        sql.text.push(')');
        Ok(())
    }
}

fn column(kind: Kind, field: usize) -> String {
    kind.fields().get(field).map_or_else(|| "NULL".into(), |f| schema::quoted(&f.name))
}
