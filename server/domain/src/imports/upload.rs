//! Taking a file in: piece by piece into the database, where every node can read it, in memory that
//! does not grow. What cannot be a CSV is refused with a sentence.

use db::entities::{import_chunks, imports};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, EntityTrait};
use types::import::{Delimiter, Encoding, MOST_BYTES};
use types::text::line;
use types::{ImportId, Permission};

use super::records::{Records, Step, Utf8Check, decode, guess_delimiter};
use crate::csv_cell::as_written;
use crate::{Context, Error, Result, Staff};

/// Bytes in a stored piece. A job finds its place by it: it never changes.
pub(super) const PIECE: usize = 256 * 1024;

/// An upload on its way. Dropped before [`Upload::finish`], what has come is removed with time.
pub struct Upload {
    context: Context,
    id: ImportId,
    waiting: Vec<u8>,
    pieces: i64,
    size: u64,
    utf8: Utf8Check,
    /// Known once the first piece has come.
    reading: Option<Reading>,
}

struct Reading {
    delimiter: Delimiter,
    records: Records,
    header: Option<Vec<Vec<u8>>>,
    rows: i64,
}

fn refused(text: impl Into<String>) -> Error {
    Error::field("file", text)
}

impl Upload {
    /// Needs **Add users** everywhere.
    pub async fn begin(context: &Context, staff: &Staff, file_name: &str) -> Result<Self> {
        staff.require_everywhere(Permission::CreateUsers)?;
        let file_name = line(file_name, 255).unwrap_or_else(|_| "import.csv".into());
        let id = ImportId(context.id());
        let row = imports::ActiveModel {
            id: Set(id),
            file_name: Set(file_name),
            size: Set(0),
            row_count: Set(0),
            encoding: Set(String::new()),
            delimiter: Set(String::new()),
            header: Set(String::new()),
            uploaded_by: Set(staff.account),
            uploaded_at: Set(context.now()),
            is_complete: Set(false),
        };
        let transaction = context.database.begin().await?;
        imports::Entity::insert(row).exec_without_returning(&transaction).await?;
        transaction.commit().await?;
        Ok(Self {
            context: context.clone(),
            id,
            waiting: Vec::with_capacity(PIECE),
            pieces: 0,
            size: 0,
            utf8: Utf8Check::default(),
            reading: None,
        })
    }

    /// Takes the next bytes, however many.
    ///
    /// # Errors
    /// The field `file`: too large, not text, a row that is too long.
    pub async fn push(&mut self, mut bytes: &[u8]) -> Result<()> {
        self.size += bytes.len() as u64;
        if self.size > MOST_BYTES {
            return Err(refused("The file is larger than 200 MB. Divide it, and import the parts."));
        }
        while !bytes.is_empty() {
            let room = PIECE - self.waiting.len();
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.waiting.extend_from_slice(now);
            bytes = later;
            if self.waiting.len() == PIECE {
                self.store().await?;
            }
        }
        Ok(())
    }

    async fn store(&mut self) -> Result<()> {
        let piece = std::mem::replace(&mut self.waiting, Vec::with_capacity(PIECE));
        self.look_at(&piece)?;
        let row =
            import_chunks::ActiveModel { import_id: Set(self.id), position: Set(self.pieces), content: Set(piece) };
        // A transaction of its own: others write while the file comes.
        let transaction = self.context.database.begin().await?;
        import_chunks::Entity::insert(row).exec_without_returning(&transaction).await?;
        transaction.commit().await?;
        self.pieces += 1;
        Ok(())
    }

    fn look_at(&mut self, piece: &[u8]) -> Result<()> {
        if self.pieces == 0 {
            refuse_other_kinds(piece)?;
        }
        if piece.contains(&0) {
            return Err(refused("This is not a CSV file: it has bytes in it that no text has."));
        }
        self.utf8.push(piece);
        let reading = self.reading.get_or_insert_with(|| {
            let delimiter = guess_delimiter(piece);
            Reading { delimiter, records: Records::new(delimiter), header: None, rows: 0 }
        });
        reading.read(piece)
    }

    /// Gives the id of the import.
    ///
    /// # Errors
    /// The field `file`: empty, or without rows.
    pub async fn finish(mut self) -> Result<ImportId> {
        if !self.waiting.is_empty() {
            self.store().await?;
        }
        let Some(mut reading) = self.reading.take() else {
            return Err(refused("The file is empty."));
        };
        reading.read(&[])?;
        let encoding = if self.utf8.is_utf8() { Encoding::Utf8 } else { Encoding::Windows1252 };
        let header = match &reading.header {
            Some(header) => header_cells(header, encoding),
            None => return Err(refused("The file is empty.")),
        };
        if reading.rows == 0 {
            return Err(refused("The file has a header, but no rows below it."));
        }
        let row = imports::ActiveModel {
            id: Set(self.id),
            size: Set(i64::try_from(self.size).unwrap_or(i64::MAX)),
            row_count: Set(reading.rows),
            encoding: Set(encoding.key().into()),
            delimiter: Set(reading.delimiter.label().into()),
            header: Set(serde_json::to_string(&header).map_err(|error| Error::Internal(error.to_string()))?),
            is_complete: Set(true),
            ..Default::default()
        };
        let transaction = self.context.database.begin().await?;
        row.update(&transaction).await?;
        transaction.commit().await?;
        Ok(self.id)
    }
}

impl Reading {
    fn read(&mut self, mut piece: &[u8]) -> Result<()> {
        let is_end = piece.is_empty();
        loop {
            let step = self.records.step(&mut piece).map_err(|problem| {
                let row = self.rows + if self.header.is_some() { 2 } else { 1 };
                refused(format!("Row {row} {problem}."))
            })?;
            match step {
                Step::Row if self.header.is_none() => {
                    self.header = Some(self.records.cells().map(<[u8]>::to_vec).collect())
                }
                Step::Row => self.rows += 1,
                Step::More | Step::End => return Ok(()),
            }
            if piece.is_empty() && !is_end {
                return Ok(());
            }
        }
    }
}

/// What people upload by mistake.
fn refuse_other_kinds(beginning: &[u8]) -> Result<()> {
    let begins = |with: &[u8]| beginning.starts_with(with);
    if begins(b"PK\x03\x04") || begins(b"\xd0\xcf\x11\xe0") {
        return Err(refused("This is a spreadsheet, not a CSV. Save it as “CSV UTF-8”, and upload that."));
    }
    if begins(b"\xff\xfe") || begins(b"\xfe\xff") {
        return Err(refused("This file is in UTF-16. Save it as “CSV UTF-8”, and upload that."));
    }
    if begins(b"%PDF") {
        return Err(refused("This is a PDF, not a CSV."));
    }
    Ok(())
}

/// The header's cells were kept as bytes, since the encoding is known only at the end.
fn header_cells(cells: &[Vec<u8>], encoding: Encoding) -> Vec<String> {
    let cells = cells.iter().map(|cell| decode(cell, encoding));
    cells.map(|cell| as_written(cell.trim_start_matches('\u{feff}').trim()).into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use types::permissions::BuiltInRole;

    use super::*;
    use crate::testing;

    async fn upload(context: &Context, staff: &Staff, bytes: &[u8]) -> Result<ImportId> {
        let mut upload = Upload::begin(context, staff, "people.csv").await?;
        for piece in bytes.chunks(100_000) {
            upload.push(piece).await?;
        }
        upload.finish().await
    }

    #[tokio::test]
    async fn what_is_no_csv_is_refused_with_a_sentence() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let mut cell = b"email,note\na@example.com,\"".to_vec();
            cell.resize(3 * 1024 * 1024, b'x');
            let many = format!("{}\n1\n", "a,".repeat(10_000));
            let cases: [(&[u8], &str); 8] = [
                (b"", "empty"),
                (b"\n\n", "empty"),
                (b"email,name\n", "no rows"),
                (b"PK\x03\x04....", "spreadsheet"),
                (b"\xff\xfee\0m\0", "UTF-16"),
                (b"email\na\0b\n", "not a CSV"),
                (&cell, "Row 2 is longer"),
                (many.as_bytes(), "columns"),
            ];
            for (bytes, expected) in cases {
                match upload(&context, &owner, bytes).await {
                    Err(Error::Invalid(errors)) => {
                        let message = errors.0.get("file").cloned().unwrap_or_default();
                        assert!(message.contains(expected), "{expected}: {message}");
                    }
                    other => panic!("{expected}: {other:?}"),
                }
            }
        })
        .await;
    }

    #[tokio::test]
    async fn encodings_and_delimiters_are_told() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let cases: [(&[u8], &str, &str); 3] = [
                ("\u{feff}email;Größe\r\na;1\r\nb;2".as_bytes(), "utf-8", "semicolon"),
                (b"email\tGr\xf6\xdfe\na\t1\n\nb\t2\n", "windows-1252", "tab"),
                (b"email,Gr\xc3\xb6\xc3\x9fe\na,\"1\n2\"\nb,2\n", "utf-8", "comma"),
            ];
            for (bytes, encoding, delimiter) in cases {
                let id = upload(&context, &owner, bytes).await.unwrap();
                let row = imports::Entity::find_by_id(id).one(context.database.read()).await.unwrap().unwrap();
                assert_eq!((row.encoding.as_str(), row.delimiter.as_str(), row.row_count), (encoding, delimiter, 2));
                assert_eq!(row.header, r#"["email","Größe"]"#);
            }
        })
        .await;
    }

    #[tokio::test]
    async fn only_who_may_add_users_everywhere_uploads() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, None).await;
            assert!(matches!(upload(&context, &desk, b"a\nb\n").await, Err(Error::NotAllowed(_))));
        })
        .await;
    }
}
