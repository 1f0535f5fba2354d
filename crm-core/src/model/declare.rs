//! How a record is declared: the `record!` and `records!` macros and the types that a field may have.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::Value as Json;

use crate::kernel::error::{Error, Problem, Result};
use crate::kernel::fact::Fact;
use crate::kernel::field::{Field, FieldType};
use crate::kernel::id::Id;
use crate::kernel::json;
use crate::kernel::money::Money;
use crate::kernel::number::Number;
use crate::kernel::time::Instant;
use crate::kernel::value::Value;

/// A record type: fields by index, in the order of their declaration.
pub trait Record: Clone + Default + PartialEq + Send + Sync + std::fmt::Debug + 'static {
    /// The kind's name in JSON and in commands, for example `lead`.
    const NAME: &'static str;
    /// The declared fields.
    const FIELDS: &'static [Field];
    /// The fact of a field.
    fn fact(&self, index: usize) -> Fact<'_>;
    /// Sets a field; the value has the field's type or is null.
    ///
    /// # Errors
    /// The field's own check.
    fn set(&mut self, index: usize, value: Value) -> Result<()>;
    /// Host-defined fields.
    fn custom(&self) -> &Custom;
    /// Host-defined fields, to change.
    fn custom_mut(&mut self) -> &mut Custom;
    /// Wraps the record for the engine.
    fn into_any(self) -> super::AnyRecord;
    /// Takes the record back, if it is of this type.
    fn from_any(any: &super::AnyRecord) -> Option<&Self>;
}

/// A type that a declared field may have.
pub trait FieldValue: Sized {
    /// The field type in columns and predicates.
    const KIND: FieldType;
    /// The value as a fact.
    fn fact(&self) -> Fact<'_>;
    /// Takes a value of this type, or null.
    ///
    /// # Errors
    /// A value that this field does not take.
    fn set(&mut self, value: Value) -> Result<()>;
}

fn wrong<T: FieldValue>(value: &Value) -> Error {
    Problem::WrongType { expected: T::KIND, found: json::shown(&value.to_json()) }.into()
}

/// Empty text is text that nobody knows.
impl FieldValue for String {
    const KIND: FieldType = FieldType::Text;
    fn fact(&self) -> Fact<'_> {
        if self.is_empty() { Fact::Unknown } else { Fact::Text(self) }
    }
    fn set(&mut self, value: Value) -> Result<()> {
        *self = match value {
            Value::Null => String::new(),
            Value::Text(t) => t,
            other => return Err(wrong::<Self>(&other)),
        };
        Ok(())
    }
}

impl FieldValue for Vec<String> {
    const KIND: FieldType = FieldType::Texts;
    fn fact(&self) -> Fact<'_> {
        Fact::Texts(self)
    }
    fn set(&mut self, value: Value) -> Result<()> {
        *self = match value {
            Value::Null => Vec::new(),
            Value::Texts(t) => t,
            other => return Err(wrong::<Self>(&other)),
        };
        Ok(())
    }
}

macro_rules! optional_values {
    ($($type:ty => $variant:ident;)*) => { $(
        impl FieldValue for Option<$type> {
            const KIND: FieldType = FieldType::$variant;
            fn fact(&self) -> Fact<'_> {
                self.map_or(Fact::Unknown, Fact::$variant)
            }
            fn set(&mut self, value: Value) -> Result<()> {
                *self = match value {
                    Value::Null => None,
                    Value::$variant(v) => Some(v),
                    other => return Err(wrong::<Self>(&other)),
                };
                Ok(())
            }
        }
    )* };
}

optional_values! {
    i64 => Integer;
    Number => Number;
    Money => Money;
    bool => Boolean;
    NaiveDate => Date;
    Instant => Instant;
    Id => Reference;
}

/// Whether a person agreed to be written to, from the most to the least restrictive. Kept as text. Imports move a
/// known one only to the left, agents never move it to the right; a person may do either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Consent {
    /// The person refused.
    OptedOut,
    /// Nobody knows.
    #[default]
    Unknown,
    /// A customer who may hear about similar products.
    Soft,
    /// The person agreed.
    OptedIn,
}

impl Consent {
    const NAMES: &'static [&'static str] = &["opted_out", "soft", "opted_in"];

    /// The more restrictive of two.
    #[must_use]
    pub fn strictest(self, other: Self) -> Self {
        self.min(other)
    }
}

/// The field under which every record keeps its consent.
pub(crate) const CONSENT: &str = "consent";
/// The field that says whether somebody asked not to be called.
pub(crate) const DO_NOT_CALL: &str = "do_not_call";

/// The consent of a record; records without the field have none.
pub(crate) fn consent_of(record: &super::AnyRecord) -> Consent {
    let mut consent = Consent::Unknown;
    if let Some(place) = record.kind().place(CONSENT) {
        // The field's own values always fit.
        let _ = consent.set(record.fact(place).to_value());
    }
    consent
}

impl FieldValue for Consent {
    const KIND: FieldType = FieldType::Text;
    fn fact(&self) -> Fact<'_> {
        match self {
            Consent::OptedOut => Fact::Text("opted_out"),
            Consent::Unknown => Fact::Unknown,
            Consent::Soft => Fact::Text("soft"),
            Consent::OptedIn => Fact::Text("opted_in"),
        }
    }
    fn set(&mut self, value: Value) -> Result<()> {
        *self = match &value {
            Value::Null => Consent::Unknown,
            Value::Text(t) => match t.as_str() {
                "opted_out" => Consent::OptedOut,
                "soft" => Consent::Soft,
                "opted_in" => Consent::OptedIn,
                _ => {
                    let found = crate::kernel::text::shortened(t, 60);
                    return Err(Problem::NotOneOf { found, expected: Consent::NAMES }.into());
                }
            },
            other => return Err(wrong::<Self>(other)),
        };
        Ok(())
    }
}

/// Host-defined fields by name; their types are declared in the rules ([`crate::rules::CustomField`]).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Custom(BTreeMap<String, Value>);

impl Custom {
    /// The value of a field, null if it has none.
    pub fn get(&self, name: &str) -> &Value {
        self.0.get(name).unwrap_or(&Value::Null)
    }

    /// Sets or, with null, clears a field.
    pub fn set(&mut self, name: &str, value: Value) {
        match value {
            value if !value.as_fact().is_known() => self.0.remove(name),
            value => self.0.insert(name.to_owned(), value),
        };
    }

    /// All known values, in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(k, v)| (k.as_str(), v))
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The values as a JSON object.
    pub fn to_json(&self) -> Json {
        Json::Object(self.0.iter().map(|(k, v)| (k.clone(), v.to_json())).collect())
    }
}

/// Declares a record: a struct whose fields are listed once, with `indexed` behind those that stores look up by and
/// `computed` behind those that only commands of the library set.
macro_rules! record {
    (
        $(#[$doc:meta])*
        $name:ident = $text:literal {
            $($(#[$field_doc:meta])* $field:ident: $type:ty $(, $($flag:ident)+)?;)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
            /// Host-defined fields.
            pub custom: $crate::model::Custom,
        }

        const _: () = {
            // The fields' places, so that `match` can name them.
            #[allow(non_camel_case_types, reason = "one variant for each field, by the field's own name")]
            enum Place { $($field,)* }
            struct At;
            #[allow(non_upper_case_globals, reason = "one constant for each field, by the field's own name")]
            #[allow(clippy::as_conversions, reason = "the discriminant of a fieldless enum")]
            impl At { $(const $field: usize = Place::$field as usize;)* }

            impl $crate::model::Record for $name {
                const NAME: &'static str = $text;
                const FIELDS: &'static [$crate::kernel::field::Field] = &[
                    $($crate::kernel::field::Field::new(
                        stringify!($field),
                        <$type as $crate::model::FieldValue>::KIND,
                    )$($(.$flag())+)?,)*
                ];

                fn fact(&self, index: usize) -> $crate::kernel::fact::Fact<'_> {
                    use $crate::model::FieldValue as _;
                    match index {
                        $(At::$field => self.$field.fact(),)*
                        _ => $crate::kernel::fact::Fact::Unknown,
                    }
                }

                fn set(&mut self, index: usize, value: $crate::kernel::value::Value) -> $crate::kernel::error::Result<()> {
                    use $crate::model::FieldValue as _;
                    match index {
                        $(At::$field => self.$field.set(value).map_err(|e| e.at(stringify!($field))),)*
                        _ => Ok(()),
                    }
                }

                fn custom(&self) -> &$crate::model::Custom {
                    &self.custom
                }
                fn custom_mut(&mut self) -> &mut $crate::model::Custom {
                    &mut self.custom
                }
                fn into_any(self) -> $crate::model::AnyRecord {
                    $crate::model::AnyRecord::from(self)
                }
                fn from_any(any: &$crate::model::AnyRecord) -> Option<&Self> {
                    match any {
                        $crate::model::AnyRecord::$name(record) => Some(record),
                        _ => None,
                    }
                }
            }
        };
    };
}
pub(super) use record;

/// The list of all records: the kinds, the erased record, and what the engine and the stores dispatch on.
macro_rules! records {
    ($($name:ident: $type:ident,)*) => {
        /// The kind of a record.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Kind {
            $(#[doc = concat!("A [`", stringify!($type), "`].")] $type,)*
        }

        impl Kind {
            /// Every kind, in order of name.
            pub const ALL: &[Kind] = &[$(Kind::$type,)*];
            /// Every kind's name.
            pub const NAMES: &'static [&'static str] = &[$(<$type as Record>::NAME,)*];

            /// The name in JSON and in stores.
            pub const fn name(self) -> &'static str {
                match self { $(Kind::$type => <$type as Record>::NAME,)* }
            }

            /// The declared fields, without those of the row and the host's own.
            pub const fn fields(self) -> &'static [crate::kernel::field::Field] {
                match self { $(Kind::$type => <$type as Record>::FIELDS,)* }
            }

            /// The place of a declared field among [`Kind::fields`].
            pub fn place(self, name: &str) -> Option<usize> {
                self.fields().iter().position(|f| f.name == name)
            }

            /// An empty record of this kind.
            pub fn empty(self) -> AnyRecord {
                match self { $(Kind::$type => AnyRecord::from(<$type>::default()),)* }
            }
        }

        /// A record of any kind.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        #[allow(missing_docs, reason = "one variant for each record, by the record's own name")]
        pub enum AnyRecord {
            $($type(Box<$type>),)*
        }

        impl AnyRecord {
            /// The kind.
            pub const fn kind(&self) -> Kind {
                match self { $(AnyRecord::$type(_) => Kind::$type,)* }
            }

            /// The fact of a declared field.
            pub fn fact(&self, index: usize) -> crate::kernel::fact::Fact<'_> {
                match self { $(AnyRecord::$type(r) => r.fact(index),)* }
            }

            /// Sets a declared field.
            ///
            /// # Errors
            /// The field's own check.
            pub fn set(&mut self, index: usize, value: crate::kernel::value::Value) -> crate::kernel::error::Result<()> {
                match self { $(AnyRecord::$type(r) => r.set(index, value),)* }
            }

            /// Host-defined fields.
            pub fn custom(&self) -> &Custom {
                match self { $(AnyRecord::$type(r) => r.custom(),)* }
            }

            /// Host-defined fields, to change.
            pub fn custom_mut(&mut self) -> &mut Custom {
                match self { $(AnyRecord::$type(r) => r.custom_mut(),)* }
            }
        }

        $(impl From<$type> for AnyRecord {
            fn from(record: $type) -> Self {
                AnyRecord::$type(Box::new(record))
            }
        })*
    };
}
pub(super) use records;
