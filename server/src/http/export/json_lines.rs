//! JSON lines: an object a line, its keys in the order of the columns.

use domain::Result;
use domain::users::export::{Cells, NamedColumn};

use super::internal;

pub fn rows(columns: &[NamedColumn], rows: &[Cells]) -> Result<Vec<u8>> {
    let mut text = Vec::with_capacity(rows.len() * 256);
    for row in rows {
        for (at, (column, cell)) in columns.iter().zip(row).enumerate() {
            text.push(if at == 0 { b'{' } else { b',' });
            serde_json::to_writer(&mut text, column.column.key()).map_err(internal)?;
            text.push(b':');
            serde_json::to_writer(&mut text, cell).map_err(internal)?;
        }
        text.extend_from_slice(b"}\n");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use types::export::ExportColumn;

    use super::*;

    #[test]
    fn keys_keep_their_order_and_nothing_is_null() {
        let columns = [ExportColumn::Username, ExportColumn::Email]
            .map(|column| NamedColumn { label: column.label().to_owned(), column });
        let made = rows(&columns, &[vec![None, Some("a\"b@example.com".into())]]).unwrap();
        assert_eq!(String::from_utf8(made).unwrap(), "{\"username\":null,\"email\":\"a\\\"b@example.com\"}\n");
    }
}
