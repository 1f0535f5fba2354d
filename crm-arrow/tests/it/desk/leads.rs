//! Random tables of leads: columns in any layout, cut up anywhere, with things under every null.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use serde_json::{Map, Value as Json};

use crate::equal::cells::Raw;
use crate::equal::draw::Draw;
use crate::equal::encode::encode;

/// Few values for each column, so that rows share them; some are no values of their field.
const COLUMNS: &[(&str, &[&str])] = &[
    (
        "email",
        &[
            "j.doe+x@gmail.com",
            " JDOE@googlemail.com ",
            "marie@renov-ouest.fr",
            "paul@acme.co.uk",
            "nobody",
            "a@b@c",
            "é@müller-bau.de",
        ],
    ),
    ("phone", &["06 12 34 56 78", "+33612345678", "0033 6 12 34 56 78", "030 12345678", "call me", "+1 212 555 0100"]),
    ("mobile", &["+33 6 12 34 56 78", "07 11 22 33 44", "123"]),
    ("country", &["France", "DE", "Allemagne", "US", "Atlantis"]),
    ("company", &["SARL Rénov'Ouest", "Renov Ouest", "ACME Ltd.", "Müller GmbH & Co. KG", "sarl", "..."]),
    ("first_name", &["Marie", "Paul", "Élodie"]),
    ("last_name", &["Le Goff", "Marie", "Paul"]),
    ("website", &["https://www.renov-ouest.fr/contact", "acme.co.uk", "gmail.com", "?"]),
    ("registration_number", &["732 829 320", "73282932000074", "356 000 000", "732 829 321"]),
    ("vat_number", &["FR44732829320", "DE123456789", "XX"]),
    ("source", &["web", "WEB ", "event", "Référence", "phone"]),
    ("campaign", &["spring", "autumn", "2026-11"]),
    ("landing_page", &["/devis/toit", "/devis", "/blog/a-b", "/Devis/mur?x=1", "/"]),
    ("email_domain", &["acme.co.uk", "renov-ouest.fr", "partner.example"]),
    ("segment", &["smb", "mid", "ent"]),
    ("owner", &["marie", "somebody"]),
    ("account_owner", &["paul", "Marie", "somebody"]),
];
const LAYOUTS: usize = 6;

/// A table, and every row as JSON.
#[derive(Debug)]
pub(crate) struct Leads {
    pub(crate) schema: SchemaRef,
    pub(crate) batches: Vec<RecordBatch>,
    pub(crate) rows: Vec<Map<String, Json>>,
}

impl Leads {
    /// So many rows with these columns and `size`.
    pub(crate) fn draw(seed: u64, rows: usize, names: &[&str]) -> Self {
        let draw = Draw::new(seed);
        let mut fields = Vec::new();
        let mut columns: Vec<(DataType, Vec<Raw>)> = Vec::new();
        let mut leads = vec![Map::new(); rows];
        for (place, (name, values)) in COLUMNS.iter().enumerate().filter(|(_, (name, _))| names.contains(name)) {
            let mut draw = draw.part("column", place);
            let (layout, unknown) = (layout(draw.below(LAYOUTS)), draw.below(60));
            let cells: Vec<Raw> = leads
                .iter_mut()
                .map(|lead| {
                    if draw.chance(unknown) {
                        return if draw.chance(80) { Raw::Null } else { Raw::Text(String::new()) };
                    }
                    let text = draw.one(values);
                    lead.insert((*name).to_owned(), text.into());
                    Raw::Text(text.to_owned())
                })
                .collect();
            fields.push(Field::new(*name, layout.clone(), true));
            columns.push((layout, cells));
        }
        let mut sizes = draw.part("size", 0);
        let sizes = leads.iter_mut().map(|lead| {
            let size = sizes.below(40);
            lead.insert("size".to_owned(), size.into());
            Raw::Whole(size as i128)
        });
        columns.push((DataType::Int32, sizes.collect()));
        fields.push(Field::new("size", DataType::Int32, true));
        let schema = Arc::new(Schema::new(fields));
        let (mut batches, mut from, mut cuts) = (Vec::new(), 0, draw.part("cuts", 0));
        while from < rows {
            let to = (from + 1 + cuts.below(rows)).min(rows);
            let arrays = columns.iter().enumerate().map(|(place, (layout, cells))| -> ArrayRef {
                let cells: Vec<&Raw> = cells[from..to].iter().collect();
                encode(layout, &cells, &mut cuts.part("cells", place))
            });
            batches.push(RecordBatch::try_new(Arc::clone(&schema), arrays.collect()).unwrap());
            from = to;
        }
        Self { schema, batches, rows: leads }
    }
}

fn layout(place: usize) -> DataType {
    let dictionary = |keys, values| DataType::Dictionary(Box::new(keys), Box::new(values));
    match place {
        0 => DataType::Utf8,
        1 => DataType::LargeUtf8,
        2 => DataType::Utf8View,
        3 => dictionary(DataType::Int8, DataType::Utf8),
        4 => dictionary(DataType::UInt32, DataType::Utf8View),
        _ => dictionary(DataType::Int64, DataType::LargeUtf8),
    }
}
