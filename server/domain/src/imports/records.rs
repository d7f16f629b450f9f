//! Rows of a CSV from bytes that come piece by piece, in memory that does not grow with the file.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use types::import::{Delimiter, Encoding, MOST_COLUMNS, MOST_ROW_BYTES};

/// Room for a row at first; it grows up to [`MOST_ROW_BYTES`].
const ROW_BYTES: usize = 16 * 1024;

/// Reads rows; empty lines are none.
pub(crate) struct Records {
    reader: Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
    used: usize,
    columns: usize,
    is_whole: bool,
}

/// What came of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A row is there: see [`Records::fields`].
    Row,
    /// All bytes are read; the row goes on with the next ones.
    More,
    End,
}

impl Records {
    pub(crate) fn new(delimiter: Delimiter) -> Self {
        Self {
            reader: ReaderBuilder::new().delimiter(delimiter.byte()).build(),
            text: vec![0; ROW_BYTES],
            ends: vec![0; MOST_COLUMNS],
            used: 0,
            columns: 0,
            is_whole: false,
        }
    }

    /// Reads on in `input`, and takes away what it has read. Empty input is the end of the file.
    ///
    /// # Errors
    /// A sentence, when the row is longer than a row can be.
    pub(crate) fn step(&mut self, input: &mut &[u8]) -> Result<Step, String> {
        if std::mem::take(&mut self.is_whole) {
            (self.used, self.columns) = (0, 0);
        }
        loop {
            let (text, ends) = (&mut self.text[self.used..], &mut self.ends[self.columns..]);
            let (result, read, written, ended) = self.reader.read_record(input, text, ends);
            *input = input.get(read..).unwrap_or_default();
            self.used += written;
            self.columns += ended;
            match result {
                ReadRecordResult::InputEmpty => return Ok(Step::More),
                ReadRecordResult::Record => {
                    self.is_whole = true;
                    return Ok(Step::Row);
                }
                ReadRecordResult::End => return Ok(Step::End),
                ReadRecordResult::OutputEndsFull => {
                    return Err(format!("has more than {MOST_COLUMNS} columns"));
                }
                ReadRecordResult::OutputFull if self.text.len() >= MOST_ROW_BYTES => {
                    return Err("is longer than 1 MB: a quotation mark may be missing".into());
                }
                ReadRecordResult::OutputFull => self.text.resize(self.text.len() * 2, 0),
            }
        }
    }

    /// The cells of the row that was just read, as they are in the file.
    pub(crate) fn cells(&self) -> impl Iterator<Item = &[u8]> {
        let ends = self.ends.get(..self.columns).unwrap_or_default();
        let begins = std::iter::once(&0).chain(ends);
        begins.zip(ends).map(|(from, to)| self.text.get(*from..*to).unwrap_or_default())
    }

    /// The same as text.
    pub(crate) fn fields(&self, encoding: Encoding) -> Vec<String> {
        self.cells().map(|cell| decode(cell, encoding)).collect()
    }
}

pub(crate) fn decode(cell: &[u8], encoding: Encoding) -> String {
    match encoding {
        Encoding::Utf8 => String::from_utf8_lossy(cell).into_owned(),
        Encoding::Windows1252 => encoding_rs::WINDOWS_1252.decode_without_bom_handling(cell).0.into_owned(),
    }
}

/// Whether bytes that come piece by piece are UTF-8.
#[derive(Default)]
pub(crate) struct Utf8Check {
    /// The beginning of a character that the next piece ends.
    rest: Vec<u8>,
    is_broken: bool,
}

impl Utf8Check {
    pub(crate) fn push(&mut self, piece: &[u8]) {
        if self.is_broken {
            return;
        }
        let mut piece = piece;
        while !self.rest.is_empty() && !piece.is_empty() {
            self.rest.push(piece[0]);
            piece = &piece[1..];
            match std::str::from_utf8(&self.rest) {
                Ok(_) => self.rest.clear(),
                Err(error) if error.error_len().is_some() || self.rest.len() >= 4 => {
                    self.is_broken = true;
                    return;
                }
                Err(_) => {}
            }
        }
        if let Err(error) = std::str::from_utf8(piece) {
            self.is_broken = error.error_len().is_some();
            self.rest = piece.get(error.valid_up_to()..).unwrap_or_default().to_vec();
        }
    }

    pub(crate) fn is_utf8(&self) -> bool {
        !self.is_broken && self.rest.is_empty()
    }
}

/// What separates the cells of the first line: whichever it has most of, outside of quotes.
pub(crate) fn guess_delimiter(beginning: &[u8]) -> Delimiter {
    let mut quoted = false;
    let mut counts = [0_usize; 3];
    for byte in beginning {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted && counts.iter().any(|count| *count > 0) => break,
            _ if quoted => {}
            _ => {
                if let Some(at) = Delimiter::ALL.iter().position(|one| one.byte() == *byte) {
                    counts[at] += 1;
                }
            }
        }
    }
    let best = (0..3).rev().max_by_key(|at| counts[*at]).unwrap_or_default();
    Delimiter::ALL[best]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(bytes: &[u8], delimiter: Delimiter, piece: usize, encoding: Encoding) -> Vec<Vec<String>> {
        let mut records = Records::new(delimiter);
        let mut rows = Vec::new();
        for mut piece in bytes.chunks(piece).chain([&[][..]]) {
            let is_end = piece.is_empty();
            while records.step(&mut piece).unwrap() == Step::Row {
                rows.push(records.fields(encoding));
                if piece.is_empty() && !is_end {
                    break;
                }
            }
        }
        rows
    }

    #[test]
    fn cells_are_the_same_however_the_bytes_are_cut() {
        let text = "a,b,c\r\n1,\"two\nlines, \"\"quoted\"\"\",=3\r\n\r\nü,,\n";
        let expected = vec![vec!["a", "b", "c"], vec!["1", "two\nlines, \"quoted\"", "=3"], vec!["ü", "", ""]];
        for piece in [1, 2, 3, 7, 1000] {
            assert_eq!(rows(text.as_bytes(), Delimiter::Comma, piece, Encoding::Utf8), expected, "{piece}");
        }
        assert_eq!(rows(b"M\xfcller\t1\n", Delimiter::Tab, 4, Encoding::Windows1252), [["Müller", "1"]]);
    }

    #[test]
    fn a_row_is_bounded() {
        let mut records = Records::new(Delimiter::Comma);
        let mut long = vec![b'x'; MOST_ROW_BYTES + 1];
        assert!(records.step(&mut long.as_slice()).unwrap_err().contains("1 MB"));
        let mut records = Records::new(Delimiter::Comma);
        long = vec![b','; 10_000];
        assert!(records.step(&mut long.as_slice()).unwrap_err().contains("columns"));
    }

    #[test]
    fn the_encoding_is_told_however_the_bytes_are_cut() {
        for (bytes, is) in [("aü€😀".as_bytes(), true), (b"M\xfcller", false), (b"\xe2\x82", false), (b"", true)] {
            for piece in 1..6 {
                let mut check = Utf8Check::default();
                bytes.chunks(piece).for_each(|piece| check.push(piece));
                assert_eq!(check.is_utf8(), is, "{bytes:?} {piece}");
            }
        }
    }

    #[test]
    fn the_delimiter_is_what_the_header_has_most_of() {
        assert_eq!(guess_delimiter(b"email;first, last;phone\n1,2,3,4,5"), Delimiter::Semicolon);
        assert_eq!(guess_delimiter(b"\"a;b;c\",d\n"), Delimiter::Comma);
        assert_eq!(guess_delimiter(b"a\tb"), Delimiter::Tab);
        assert_eq!(guess_delimiter(b"email"), Delimiter::Comma);
    }
}
