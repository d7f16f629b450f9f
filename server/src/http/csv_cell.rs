//! Cells of CSV files that no spreadsheet takes for a formula (OWASP, "CSV Injection").

use std::borrow::Cow;

use types::text::FORMULA_SIGNS;

/// What may end a cell before its end: a spreadsheet of another language divides at semicolons, one
/// that is told so at tabs, and quotes protect from neither.
const ENDS: [char; 4] = [';', '\t', '\n', '\r'];

/// The cell with an apostrophe before everything that would run.
pub fn inert(cell: &str) -> Cow<'_, str> {
    let may_run = |sign: char| FORMULA_SIGNS.contains(&sign) || sign.is_whitespace();
    // Most cells are known by their first sign and their bytes.
    if !cell.starts_with(may_run) && !cell.bytes().any(|byte| ENDS.contains(&char::from(byte))) {
        return cell.into();
    }
    let mut begins = true;
    let mut places = Vec::new();
    for (at, sign) in cell.char_indices() {
        if begins && FORMULA_SIGNS.contains(&sign) {
            places.push(at);
        }
        begins = ENDS.contains(&sign) || (begins && sign.is_whitespace());
    }
    // A sign that a spreadsheet skips before it looks.
    if cell.starts_with(['\t', '\r']) && places.first() != Some(&0) {
        places.insert(0, 0);
    }
    if places.is_empty() {
        return cell.into();
    }
    let mut text = String::with_capacity(cell.len() + places.len());
    let mut from = 0;
    for at in places {
        text += cell.get(from..at).unwrap_or_default();
        text.push('\'');
        from = at;
    }
    (text + cell.get(from..).unwrap_or_default()).into()
}

#[cfg(test)]
mod tests {
    use super::inert;

    #[test]
    fn formulas_are_text_wherever_a_spreadsheet_may_divide() {
        for (cell, expected) in [
            ("=1+1", "'=1+1"),
            ("+41", "'+41"),
            ("@SUM(A1,2)", "'@SUM(A1,2)"),
            ("\tx", "'\tx"),
            (" =1", " '=1"),
            ("Ada;=HYPERLINK(1)", "Ada;'=HYPERLINK(1)"),
            ("a; -1;\t@b", "a; '-1;\t'@b"),
            ("two\n=lines", "two\n'=lines"),
            ("＝1", "'＝1"),
        ] {
            assert_eq!(inert(cell), expected);
        }
        for cell in ["plain", "a=b", "a; b", "1-2", "x@y.z", ""] {
            assert_eq!(inert(cell), cell);
        }
    }
}
