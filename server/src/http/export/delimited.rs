//! CSV after RFC 4180, harmless in a spreadsheet.

use domain::Result;
use domain::users::export::{Cells, NamedColumn};

use super::internal;
use domain::csv_cell::inert;

pub fn head(columns: &[NamedColumn]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns.iter().map(|column| inert(&column.label).into_owned())).map_err(internal)?;
    writer.into_inner().map_err(internal)
}

pub fn rows(rows: &[Cells]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::with_capacity(rows.len() * 128));
    for row in rows {
        for cell in row {
            writer.write_field(inert(cell.as_deref().unwrap_or_default()).as_bytes()).map_err(internal)?;
        }
        writer.write_record(None::<&[u8]>).map_err(internal)?;
    }
    writer.into_inner().map_err(internal)
}

#[cfg(test)]
mod tests {
    use types::export::ExportColumn;

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
        let column = |column: ExportColumn, label: &str| NamedColumn { column, label: label.into() };
        let columns = [column(ExportColumn::Email, "Email"), column(ExportColumn::Attribute("x".into()), "=x")];
        assert_eq!(head(&columns).unwrap(), b"Email,'=x\n");
    }
}
