//! XLSX: written row by row into a temporary file, then sent. Every cell is a string, so that no
//! spreadsheet takes one for a formula.

use std::fs::File;
use std::io::{Read, Seek};
use std::time::Duration;

use axum::body::Bytes;
use domain::Result;
use domain::users::export::{Cells, Exporter, NamedColumn};
use rust_xlsxwriter::{Workbook, Worksheet, XlsxError};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::{Sender, internal};

/// A sheet takes 1,048,576 rows; the next million goes onto another one.
const ROWS_MOST: u32 = 1_000_000;
/// The most characters of a cell.
const CHARACTERS_MOST: usize = 32_767;
/// What is sent at once.
const CHUNK: usize = 64 * 1024;
/// So long may its reader rest.
const READ_WITHIN: Duration = Duration::from_secs(60);

/// `false`: nobody reads it any more.
pub async fn send(exporter: &mut Exporter, sender: &Sender) -> Result<bool> {
    let (batches, received) = mpsc::channel(2);
    let columns = exporter.columns.clone();
    let writing = tokio::task::spawn_blocking(move || file(&columns, received));
    while let Some(rows) = exporter.next().await? {
        if sender.is_closed() {
            return Ok(false);
        }
        // Its own error tells why nobody receives.
        if batches.send(rows).await.is_err() {
            break;
        }
    }
    drop(batches);
    let mut file = writing.await.map_err(internal)?.map_err(internal)?;
    let (sender, runtime) = (sender.clone(), Handle::current());
    let sending = tokio::task::spawn_blocking(move || {
        let mut chunk = vec![0; CHUNK];
        loop {
            match file.read(&mut chunk)? {
                0 => return Ok(true),
                read => {
                    let bytes = Bytes::copy_from_slice(chunk.get(..read).unwrap_or_default());
                    // A reader who stops reading does not keep the thread.
                    let sent = runtime.block_on(timeout(READ_WITHIN, sender.send(Ok(bytes))));
                    if !matches!(sent, Ok(Ok(()))) {
                        return Ok::<_, std::io::Error>(false);
                    }
                }
            }
        }
    });
    sending.await.map_err(internal)?.map_err(internal)
}

fn file(columns: &[NamedColumn], mut batches: mpsc::Receiver<Vec<Cells>>) -> Result<File, XlsxError> {
    let mut book = Workbook::new();
    let mut row = 0;
    let mut sheet = new_sheet(&mut book, columns)?;
    while let Some(batch) = batches.blocking_recv() {
        for cells in batch {
            if row == ROWS_MOST {
                sheet = new_sheet(&mut book, columns)?;
                row = 0;
            }
            row += 1;
            write(sheet, row, cells.iter().map(Option::as_deref))?;
        }
    }
    let mut file = tempfile::tempfile().map_err(XlsxError::IoError)?;
    book.save_to_writer(&mut file)?;
    file.rewind().map_err(XlsxError::IoError)?;
    Ok(file)
}

fn new_sheet<'a>(book: &'a mut Workbook, columns: &[NamedColumn]) -> Result<&'a mut Worksheet, XlsxError> {
    let sheet = book.add_worksheet_with_constant_memory()?;
    write(sheet, 0, columns.iter().map(|column| Some(column.label.as_str())))?;
    Ok(sheet)
}

fn write<'a>(sheet: &mut Worksheet, row: u32, cells: impl Iterator<Item = Option<&'a str>>) -> Result<(), XlsxError> {
    for (column, cell) in cells.enumerate() {
        if let Some(cell) = cell {
            let text: String = cell.chars().take(CHARACTERS_MOST).collect();
            sheet.write_string(row, u16::try_from(column).unwrap_or(u16::MAX), text)?;
        }
    }
    Ok(())
}
