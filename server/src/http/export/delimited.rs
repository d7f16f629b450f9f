//! CSV after RFC 4180, harmless in a spreadsheet.

use std::borrow::Cow;

use domain::Result;
use domain::users::export::Cells;
use types::export::ExportColumn;

use super::internal;

pub fn head(columns: &[ExportColumn]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns.iter().map(|column| column.label())).map_err(internal)?;
    writer.into_inner().map_err(internal)
}

pub fn rows(rows: &[Cells]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::with_capacity(rows.len() * 128));
    for row in rows {
        for cell in row {
            writer.write_field(neutral(cell.as_deref().unwrap_or_default()).as_bytes()).map_err(internal)?;
        }
        writer.write_record(None::<&[u8]>).map_err(internal)?;
    }
    writer.into_inner().map_err(internal)
}

/// What a spreadsheet would run as a formula begins with an apostrophe instead, as OWASP advises
/// ("CSV Injection").
fn neutral(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}").into() } else { cell.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_formulas_are_text() {
        let cell = |text: &str| Some(text.to_owned());
        let made = rows(&[
            vec![cell("a,b"), cell("say \"hi\""), None],
            vec![cell("=HYPERLINK(\"x\")"), cell("+41"), cell("-1")],
            vec![cell("@SUM(A1)"), cell("\tx"), cell("two\nlines")],
        ]);
        let expected =
            "\"a,b\",\"say \"\"hi\"\"\",\n\"'=HYPERLINK(\"\"x\"\")\",'+41,'-1\n'@SUM(A1),'\tx,\"two\nlines\"\n";
        assert_eq!(String::from_utf8(made.unwrap()).unwrap(), expected);
        assert_eq!(head(&[ExportColumn::FirstName, ExportColumn::Email]).unwrap(), b"First name,Email\n");
    }
}
