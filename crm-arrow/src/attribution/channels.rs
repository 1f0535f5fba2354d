//! Where the touches of a table came from: found out once for each combination of texts.

use std::collections::HashMap;

use arrow_array::RecordBatch;
use crm_core::Result;
use crm_core::rules::attribution::{AttributionSettings, ChannelGroup, Touch};
use serde_json::{Map, Value as Json};

use crate::column::Column;
use crate::refused::Refused;
use crate::revenue::labels::{Labels, NOTHING, Names, ODD, label};

/// What tells where a touch came from.
pub(super) const TOLD: &[&str] =
    &["channel", "kind", "source", "medium", "campaign", "term", "content", "referrer", "landing_page", "click_id"];

/// The channel of a combination.
pub(super) struct Known {
    /// What it is called in paths.
    pub(super) label: String,
    pub(super) group: ChannelGroup,
}

/// The channels of a table, each once.
pub(super) struct Channels {
    /// The place in [`TOLD`] and the column of what the table has.
    columns: Vec<(usize, usize)>,
    labels: Vec<Labels>,
    places: HashMap<Box<[u32]>, u32>,
    /// The channels of the only column's numbers, as far as they can be told.
    single: Vec<Option<u32>>,
    found: Vec<Result<Known, Refused>>,
}

/// The channel of a row that has a problem.
pub(super) const NO_CHANNEL: u32 = u32::MAX;

impl Channels {
    pub(super) fn new(columns: Vec<(usize, usize)>) -> Self {
        let labels = columns.iter().map(|_| Labels::default()).collect();
        Self { columns, labels, places: HashMap::new(), single: Vec::new(), found: Vec::new() }
    }

    /// Whether the table names channels and says nothing else of them.
    pub(super) fn are_named(&self) -> bool {
        matches!(self.columns.as_slice(), [(0, _)])
    }

    pub(super) fn known(&self, channel: u32) -> Option<&Known> {
        self.found.get(usize::try_from(channel).ok()?)?.as_ref().ok()
    }

    /// Adds the channel of every row of a batch; those that cannot be told are refused by their place in it.
    pub(super) fn read(
        &mut self,
        batch: &RecordBatch,
        settings: &AttributionSettings,
        refused: &mut Vec<(usize, Refused)>,
        channels: &mut Vec<u32>,
    ) -> Result<()> {
        let rows = batch.num_rows();
        if let [(_, column)] = self.columns.as_slice() {
            return self.read_only(batch, *column, settings, refused, channels);
        }
        let mut numbers: Vec<Vec<u32>> = Vec::with_capacity(self.columns.len());
        for ((_, column), labels) in self.columns.iter().zip(&mut self.labels) {
            let names = Names::of(batch.column(*column).as_ref(), labels)?;
            let mut out = vec![NOTHING; rows];
            names.fill(0, &mut out, labels);
            numbers.push(out);
        }
        let mut key = vec![NOTHING; numbers.len()];
        for row in 0..rows {
            for (key, numbers) in key.iter_mut().zip(&numbers) {
                *key = numbers.get(row).copied().unwrap_or(NOTHING);
            }
            channels.push(self.channel(batch, row, &key, settings, refused)?);
        }
        Ok(())
    }

    /// The same of the only column: its numbers become channels where they stand.
    fn read_only(
        &mut self,
        batch: &RecordBatch,
        column: usize,
        settings: &AttributionSettings,
        refused: &mut Vec<(usize, Refused)>,
        channels: &mut Vec<u32>,
    ) -> Result<()> {
        let first = channels.len();
        channels.resize(first.saturating_add(batch.num_rows()), NOTHING);
        let out = channels.get_mut(first..).unwrap_or_default();
        if let Some(labels) = self.labels.first_mut() {
            Names::of(batch.column(column).as_ref(), labels)?.fill(0, out, labels);
        }
        for (row, own) in out.iter_mut().enumerate() {
            let number = usize::try_from(*own).unwrap_or(usize::MAX);
            *own = match self.single.get(number) {
                Some(Some(channel)) => *channel,
                _ => self.channel(batch, row, &[*own], settings, refused)?,
            };
        }
        Ok(())
    }

    /// The channel of a row by the numbers of its texts; one that cannot be told is refused.
    fn channel(
        &mut self,
        batch: &RecordBatch,
        row: usize,
        key: &[u32],
        settings: &AttributionSettings,
        refused: &mut Vec<(usize, Refused)>,
    ) -> Result<u32> {
        let channel = if key.contains(&ODD) { None } else { Some(self.place(key, settings)) };
        let why = match channel.map(|channel| (channel, self.found.get(channel as usize))) {
            Some((channel, Some(Ok(_)))) => {
                if let [number] = key {
                    let number = usize::try_from(*number).unwrap_or(0);
                    if self.single.len() <= number {
                        self.single.resize(number.saturating_add(1), None);
                    }
                    if let Some(single) = self.single.get_mut(number) {
                        *single = Some(channel);
                    }
                }
                return Ok(channel);
            }
            Some((_, Some(Err(why)))) => why.clone(),
            _ => self.odd(batch, row, key)?,
        };
        refused.push((row, why));
        Ok(NO_CHANNEL)
    }

    /// The place of a combination among what was found.
    fn place(&mut self, key: &[u32], settings: &AttributionSettings) -> u32 {
        if let Some(place) = self.places.get(key) {
            return *place;
        }
        let place = self.find(key, settings);
        self.places.insert(key.into(), place);
        place
    }

    fn find(&mut self, key: &[u32], settings: &AttributionSettings) -> u32 {
        let told = self.columns.iter().zip(&self.labels).zip(key).filter(|(_, number)| **number != NOTHING);
        let told = told.filter_map(|(((name, _), labels), number)| {
            let text = labels.name(*number);
            Some(match *TOLD.get(*name)? {
                "click_id" => ("click_ids".to_owned(), Json::from(vec![text])),
                name => (name.to_owned(), text.into()),
            })
        });
        let touch = Touch::from_json(&Json::Object(told.collect::<Map<_, _>>()), settings);
        let known = touch.map(|touch| Known { label: touch.label, group: touch.channel.group });
        self.found.push(known.map_err(|error| Refused::new("unreadable_channel", error)));
        u32::try_from(self.found.len().saturating_sub(1)).unwrap_or(NO_CHANNEL)
    }

    /// What is wrong with the first cell of a row that cannot be read.
    fn odd(&self, batch: &RecordBatch, row: usize, key: &[u32]) -> Result<Refused> {
        for ((name, column), _) in self.columns.iter().zip(key).filter(|(_, number)| **number == ODD) {
            let column = Column::new(batch.column(*column).as_ref())?;
            if let Err(error) = column.cell(row).and_then(|cell| label(cell).map(|_| ())) {
                return Ok(Refused::new("unreadable_channel", error.at(TOLD.get(*name).copied().unwrap_or("channel"))));
            }
        }
        Ok(Refused::missing("unreadable_channel", "channel"))
    }
}
