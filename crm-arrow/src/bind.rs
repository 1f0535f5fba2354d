//! Which column feeds which field of the lead: decided once for a table, from its schema.

use arrow_schema::{DataType, Schema as Columns};
use crm_core::kernel::field::nearest;
use crm_core::model::{Kind, META_FIELDS};
use crm_core::{Error, Field, FieldType, Problem, Result, Schema, Value};

use crate::import::refused;
use crate::options::Reading;

/// The columns of a table, as a rule sees them.
#[derive(Clone, Debug)]
pub(crate) struct Binding {
    /// The fields that the rule reads and the table has, in the rule's order.
    pub(crate) sources: Vec<Source>,
    /// Every field's place in facts.
    pub(crate) fields: usize,
    /// What becomes of every column, for the caller: (column, field it feeds).
    pub(crate) read: Vec<(String, String)>,
    /// Columns that no rule reads.
    pub(crate) ignored: Vec<String>,
}

/// Where one field's facts come from.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// The field's index in the schema.
    pub(crate) field: usize,
    /// Its name.
    pub(crate) name: String,
    /// Its type.
    pub(crate) kind: FieldType,
    /// The column.
    pub(crate) column: usize,
    /// The column of its currencies.
    pub(crate) currency: Option<usize>,
    /// Whether the record's own field takes only some texts, such as `consent`.
    pub(crate) choosy: bool,
}

impl Binding {
    /// The columns of a table that feed the fields which a rule reads, by their places in the schema of leads.
    pub(crate) fn new(columns: &Columns, schema: &Schema, fields: &[usize], reading: Reading<'_>) -> Result<Self> {
        let targets = targets(columns, schema, reading)?;
        let column_of = |name: &str| targets.iter().position(|t| t.as_deref() == Some(name));
        if targets.iter().all(Option::is_none) {
            return Err(unmapped(columns, schema, fields));
        }
        let mut used = vec![false; targets.len()];
        let mut sources = Vec::new();
        for &index in fields {
            let Some(field) = schema.field(index) else { continue };
            let Some(column) = column_of(&field.name) else { continue };
            let currency =
                if field.kind == FieldType::Money { column_of(&format!("{}_currency", field.name)) } else { None };
            let types = (columns.field(column).data_type(), currency.map(|c| columns.field(c).data_type()));
            check(field, types, columns.field(column).name(), reading).map_err(|e| e.at(&field.name))?;
            for place in [Some(column), currency].into_iter().flatten() {
                if let Some(used) = used.get_mut(place) {
                    *used = true;
                }
            }
            let (name, kind) = (field.name.to_string(), field.kind);
            let choosy = schema.name() == Kind::Lead.name() && is_choosy(index, field);
            sources.push(Source { field: index, name, kind, column, currency, choosy });
        }
        let (mut read, mut ignored) = (Vec::new(), Vec::new());
        for ((column, target), used) in columns.fields().iter().zip(&targets).zip(used) {
            match target {
                Some(target) if used => read.push((column.name().clone(), target.clone())),
                _ => ignored.push(column.name().clone()),
            }
        }
        Ok(Self { sources, fields: schema.fields().len(), read, ignored })
    }

    /// The same over a table of the read columns alone, and their places in this one.
    pub(crate) fn narrowed(&self) -> (Self, Vec<usize>) {
        let mut columns: Vec<usize> =
            self.sources.iter().flat_map(|s| [Some(s.column), s.currency]).flatten().collect();
        columns.sort_unstable();
        columns.dedup();
        let mut narrow = self.clone();
        for source in &mut narrow.sources {
            source.column = columns.partition_point(|c| *c < source.column);
            source.currency = source.currency.map(|own| columns.partition_point(|c| *c < own));
        }
        (narrow, columns)
    }
}

/// That no column feeds any field: what was found, what the rule reads, and which names are alike.
pub(crate) fn unmapped(columns: &Columns, schema: &Schema, fields: &[usize]) -> Error {
    let found: Vec<String> = columns.fields().iter().map(|c| c.name().clone()).collect();
    let fields = fields.iter().filter_map(|place| schema.field(*place));
    let fields: Vec<String> = fields.map(|f| f.name.to_string()).collect();
    let alike = |column: &String| {
        let near = nearest(column, fields.iter().map(String::as_str));
        near.or_else(|| nearest(column, schema.fields().iter().map(|f| f.name.as_ref())))
    };
    let nearest = found.iter().filter_map(|c| Some((c.clone(), alike(c)?.to_owned()))).collect();
    Problem::NoMappedColumn { found, fields, nearest }.into()
}

/// The field, or the currency of a field, that every column is for, by the caller's map or by its own name.
fn targets(columns: &Columns, schema: &Schema, reading: Reading<'_>) -> Result<Vec<Option<String>>> {
    let names: Vec<&str> = columns.fields().iter().map(|c| c.name().as_str()).collect();
    let mut targets: Vec<Option<String>> = vec![None; names.len()];
    for (column, field) in reading.map {
        let Some(place) = names.iter().position(|n| n == column) else {
            let found = names.iter().map(|n| (*n).to_owned()).collect();
            let nearest = nearest(column, names.iter().copied()).map(str::to_owned);
            return Err(Error::from(Problem::MissingColumn { name: column.clone(), found, nearest }).at("map"));
        };
        if !is_target(schema, field) {
            schema.resolve(field).map_err(|e| e.at(column).at("map"))?;
        }
        if let Some(first) = reading.map.iter().find(|(c, f)| *f == field && *c != column).map(|(c, _)| c) {
            let (first, second) = (first.min(column).clone(), first.max(column).clone());
            return Err(Error::from(Problem::ColumnMappedTwice { field: field.clone(), first, second }).at("map"));
        }
        if let Some(target) = targets.get_mut(place) {
            *target = Some(field.clone());
        }
    }
    for (place, name) in names.iter().enumerate() {
        let known = is_target(schema, name) && !reading.map.values().any(|f| f == name);
        if !known || reading.map.contains_key(*name) {
            continue;
        }
        if names.iter().filter(|n| *n == name).count() > 1 {
            return Err(refused(format!("more than one column is called `{name}`")));
        }
        if let Some(target) = targets.get_mut(place) {
            *target = Some((*name).to_owned());
        }
    }
    Ok(targets)
}

fn is_target(schema: &Schema, name: &str) -> bool {
    let money = |n: &str| schema.resolve(n).is_ok_and(|(_, f)| f.kind == FieldType::Money);
    schema.position(name).is_some() || name.strip_suffix("_currency").is_some_and(money)
}

/// Whether some texts do not fit the record's own field.
fn is_choosy(index: usize, field: &Field) -> bool {
    let own = index.checked_sub(META_FIELDS.len()).filter(|own| *own < Kind::Lead.fields().len());
    let any = Value::Text("any text".to_owned());
    field.kind == FieldType::Text && own.is_some_and(|own| Kind::Lead.empty().set(own, any).is_err())
}

/// Whether a column's type can feed a field, and whether what it leaves open was decided.
fn check(
    field: &Field,
    (column, currency): (&DataType, Option<&DataType>),
    name: &str,
    reading: Reading<'_>,
) -> Result<()> {
    let plain = plain(column);
    let wider = match field.kind {
        FieldType::Text => plain.is_integer(),
        FieldType::Date => matches!(plain, DataType::Timestamp(..)),
        _ => false,
    };
    if !(accepts(field.kind, plain) || reading.lenient && wider) {
        return Err(Problem::ArrowType { found: column.to_string() }.into());
    }
    let naive = matches!(plain, DataType::Timestamp(_, None));
    if field.kind == FieldType::Instant && naive && reading.context.zone.is_none() {
        return Err(Problem::MissingZone { found: name.to_owned() }.into());
    }
    if field.kind == FieldType::Money && *plain != DataType::Null {
        match currency {
            None if reading.context.currency.is_none() => {
                return Err(Problem::MissingCurrency { found: name.to_owned() }.into());
            }
            Some(kind) if !is_text(self::plain(kind)) => {
                return Err(Problem::ArrowType { found: kind.to_string() }.into());
            }
            _ => {}
        }
    }
    Ok(())
}

/// The type of the values, whether or not they stand in a dictionary.
pub(crate) fn plain(kind: &DataType) -> &DataType {
    match kind {
        DataType::Dictionary(_, values) => values,
        other => other,
    }
}

pub(crate) fn is_text(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null)
}

/// The types of column from which a field is read without guessing.
fn accepts(field: FieldType, column: &DataType) -> bool {
    let decimal = column.is_decimal();
    let float = matches!(column, DataType::Float32 | DataType::Float64);
    let own = match field {
        FieldType::Text | FieldType::Reference => false,
        FieldType::Integer | FieldType::Number => column.is_integer() || decimal || float,
        FieldType::Money => column.is_integer() || decimal,
        FieldType::Boolean => *column == DataType::Boolean,
        FieldType::Date => matches!(column, DataType::Date32 | DataType::Date64),
        FieldType::Instant => matches!(column, DataType::Timestamp(..)),
        FieldType::Texts => {
            return match column {
                DataType::List(item) | DataType::LargeList(item) => is_text(plain(item.data_type())),
                other => *other == DataType::Null,
            };
        }
    };
    own || is_text(column)
}
