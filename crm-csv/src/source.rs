//! A file's bytes as they come, and the records in them.

use crm_core::kernel::text::shortened;
use crm_core::{Error, Problem, Result};

use crate::encoding::Decoder;
use crate::import::Options;
use crate::reader::{Record, Step};
use crate::table::{Table, allowed};

/// Bytes in, records out. What is wrong with the bytes is said in its turn, after the records before it.
#[derive(Debug)]
pub(crate) struct Source {
    decoder: Decoder,
    table: Table,
    broken: Option<Error>,
}

impl Source {
    pub(crate) fn new(options: &Options) -> Result<Self> {
        let delimiter = options.delimiter.map(given_delimiter).transpose()?;
        Ok(Self { decoder: Decoder::new(options.encoding), table: Table::new(delimiter), broken: None })
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        if self.broken.is_none() {
            self.broken = self.decoder.push(bytes, self.table.text()).err();
        }
    }

    pub(crate) fn finish(&mut self) {
        if self.broken.is_none() {
            self.broken = self.decoder.finish(self.table.text()).err();
        }
        if self.broken.is_none() {
            self.table.finish();
        }
    }

    /// Reads the header; `false` where more bytes are needed.
    pub(crate) fn open(&mut self) -> Result<bool> {
        let open = self.table.open()?;
        if open { Ok(true) } else { self.more().map(|()| false) }
    }

    /// Reads the next record.
    pub(crate) fn read(&mut self) -> Result<Step> {
        let step = self.table.read()?;
        if step == Step::More {
            self.more()?;
        }
        Ok(step)
    }

    pub(crate) const fn record(&mut self) -> &mut Record {
        self.table.record()
    }

    pub(crate) const fn unread(&self) -> usize {
        self.table.unread()
    }

    pub(crate) fn headers(&self) -> &[String] {
        self.table.headers().unwrap_or_default()
    }

    pub(crate) fn delimiter(&self) -> u8 {
        self.table.delimiter().unwrap_or(b',')
    }

    /// More bytes can only be asked for where the last ones were good.
    fn more(&self) -> Result<()> {
        self.broken.clone().map_or(Ok(()), Err)
    }
}

fn given_delimiter(delimiter: char) -> Result<u8> {
    let known = u8::try_from(delimiter).ok().filter(|b| allowed(*b));
    known.ok_or_else(|| {
        let found = shortened(&delimiter.escape_default().to_string(), 20);
        Problem::NotOneOf { found, expected: &[",", ";", "\\t", "|"] }.into()
    })
}
