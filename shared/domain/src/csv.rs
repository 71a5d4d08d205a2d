//! Reading CSV files as people have them (RFC 4180 and what spreadsheets make of it), a record at a time.
//!
//! The reader looks at a window of the file and says which record begins it and how long that is, so a file may come in
//! parts, be read with little memory and be taken up again at any record. A record that cannot be one does not take what
//! follows with it: it is refused by its own line, and the next line is a record again.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

/// The longest record in bytes.
pub const RECORD_BYTES_MAX: usize = 64 * 1024;
/// The most columns.
pub const COLUMNS_MAX: usize = 200;
/// What may stand between two columns, the usual one first.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];
/// What some programs begin a file in UTF-8 with.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Why a record cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// Longer than [`RECORD_BYTES_MAX`]: most likely a quotation mark that is never closed.
    TooLong,
    /// More columns than [`COLUMNS_MAX`].
    TooManyColumns,
    /// A quotation mark is open at the end of the file.
    QuoteNotClosed,
    /// It is not UTF-8.
    NotUtf8,
    /// It has a NUL in it.
    Nul,
}

/// What begins a window.
#[derive(Clone, PartialEq, Eq)]
pub enum Found {
    /// A record: its fields, and how many bytes it takes with its end of line.
    Record(Vec<String>, usize),
    /// Something that is none, and how many bytes to pass over.
    Unreadable(Unreadable, usize),
    /// The window ends within a record: more of the file is needed.
    Incomplete,
    /// Nothing: the file has ended.
    End,
}

/// Without the fields: they tell of people.
impl std::fmt::Debug for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Record(fields, used) => write!(f, "Record({} fields, {used} bytes)", fields.len()),
            Self::Unreadable(why, used) => write!(f, "Unreadable({why:?}, {used} bytes)"),
            Self::Incomplete => f.write_str("Incomplete"),
            Self::End => f.write_str("End"),
        }
    }
}

/// The length of the mark that a file may begin with.
pub fn mark(window: &[u8]) -> usize {
    if window.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 }
}

/// What stands between the columns of a file that begins so: whatever is most frequent in its first line.
pub fn delimiter(window: &[u8]) -> u8 {
    let line = window.split(|byte| matches!(byte, b'\n' | b'\r')).find(|line| !line.is_empty());
    let mut quoted = false;
    let mut counts = [0_usize; DELIMITERS.len()];
    for byte in line.unwrap_or_default() {
        quoted ^= *byte == b'"';
        for (count, delimiter) in counts.iter_mut().zip(DELIMITERS) {
            *count += usize::from(!quoted && *byte == delimiter);
        }
    }
    let pairs = counts.into_iter().zip(DELIMITERS).rev();
    pairs.max_by_key(|(count, _)| *count).map_or(b',', |(_, delimiter)| delimiter)
}

/// Reads records.
pub struct Csv {
    reader: Reader,
    output: Vec<u8>,
    ends: Vec<usize>,
}

impl Csv {
    /// A reader of files with this between their columns.
    pub fn new(delimiter: u8) -> Self {
        let reader = ReaderBuilder::new().delimiter(delimiter).build();
        Self { reader, output: vec![0; RECORD_BYTES_MAX], ends: vec![0; COLUMNS_MAX] }
    }

    /// What the window begins with. `last`: the window ends where the file does.
    pub fn next(&mut self, window: &[u8], last: bool) -> Found {
        self.reader.reset();
        let (mut used, mut written, mut fields) = (0, 0, 0);
        loop {
            let input = window.get(used..).unwrap_or_default();
            if input.is_empty() && !last {
                return incomplete(window);
            }
            let output = self.output.get_mut(written..).unwrap_or_default();
            let ends = self.ends.get_mut(fields..).unwrap_or_default();
            let (result, taken, wrote, ended) = self.reader.read_record(input, output, ends);
            (used, written, fields) = (used + taken, written + wrote, fields + ended);
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => return refused(window, Unreadable::TooLong),
                ReadRecordResult::OutputEndsFull => return refused(window, Unreadable::TooManyColumns),
                ReadRecordResult::End => return Found::End,
                ReadRecordResult::Record => break,
            }
            if used > RECORD_BYTES_MAX {
                return refused(window, Unreadable::TooLong);
            }
        }
        let raw = window.get(..used).unwrap_or_default();
        let quotes = memchr::memchr_iter(b'"', raw).count();
        if last && used == window.len() && quotes % 2 == 1 && opens_a_field(raw) {
            return refused(window, Unreadable::QuoteNotClosed);
        }
        self.fields(written, fields, used)
    }

    fn fields(&self, written: usize, fields: usize, used: usize) -> Found {
        let text = match std::str::from_utf8(self.output.get(..written).unwrap_or_default()) {
            Ok(text) if text.contains('\0') => return Found::Unreadable(Unreadable::Nul, used),
            Ok(text) => text,
            Err(_) => return Found::Unreadable(Unreadable::NotUtf8, used),
        };
        let mut from = 0;
        let mut all = Vec::with_capacity(fields);
        for end in self.ends.get(..fields).unwrap_or_default() {
            // Two fields that are no UTF-8 by themselves may be so together.
            let Some(field) = text.get(from..*end) else {
                return Found::Unreadable(Unreadable::NotUtf8, used);
            };
            all.push(field.to_owned());
            from = *end;
        }
        Found::Record(all, used)
    }
}

/// The window is all of a record's beginning: what is too long will not become shorter.
fn incomplete(window: &[u8]) -> Found {
    if window.len() > RECORD_BYTES_MAX { refused(window, Unreadable::TooLong) } else { Found::Incomplete }
}

/// Whether a field begins with a quotation mark whose record goes over a line's end: one within a word opens nothing.
fn opens_a_field(raw: &[u8]) -> bool {
    let first = raw.first() == Some(&b'"');
    first || raw.windows(2).any(|pair| matches!(pair, [b',' | b';' | b'\t' | b'\n' | b'\r', b'"']))
}

/// The first line of the window is no record; blank lines before it go with it.
fn refused(window: &[u8], why: Unreadable) -> Found {
    let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let begins = window.iter().position(|byte| !is_end(byte)).unwrap_or(window.len());
    let rest = window.get(begins..).unwrap_or_default();
    let line = rest.iter().position(is_end).map_or(window.len(), |end| begins + end + 1);
    Found::Unreadable(why, line)
}

#[cfg(test)]
#[path = "csv_tests.rs"]
mod tests;
