//! Cells of CSV files that no spreadsheet takes for a formula (OWASP, "CSV Injection"), and what they were.

use std::borrow::Cow;

use types::text::FORMULA_SIGNS;

/// What may end a cell before its end: a spreadsheet of another language divides at semicolons, one
/// that is told so at tabs, and quotes protect from neither.
const ENDS: [char; 4] = [';', '\t', '\n', '\r'];

/// The cell with an apostrophe before everything that would run. What has some there already gets one more, so
/// that [`as_written`] knows which to take away.
pub fn inert(cell: &str) -> Cow<'_, str> {
    rewritten(cell, |text, sign| {
        text.push('\'');
        text.push(sign);
    })
}

/// The cell that [`inert`] was given.
pub fn as_written(cell: &str) -> Cow<'_, str> {
    rewritten(cell, |text, sign| {
        if sign != '\'' {
            text.push(sign);
        }
    })
}

/// The cell with `place` done to the first sign of everything that would run or is kept from it.
fn rewritten(cell: &str, place: impl Fn(&mut String, char)) -> Cow<'_, str> {
    // Most cells are known by their first sign and their bytes.
    let may_run = |sign: char| FORMULA_SIGNS.contains(&sign) || sign == '\'' || sign.is_whitespace();
    if !cell.starts_with(may_run) && !cell.bytes().any(|byte| ENDS.contains(&char::from(byte))) {
        return cell.into();
    }
    let mut text = String::with_capacity(cell.len() + 4);
    let mut begins = true;
    for (at, sign) in cell.char_indices() {
        let runs = || {
            let rest = cell.get(at..).unwrap_or_default().trim_start_matches('\'');
            // At the very beginning a spreadsheet skips these before it looks.
            rest.starts_with(FORMULA_SIGNS) || (at == 0 && rest.starts_with(['\t', '\r']))
        };
        // Looked ahead only where something begins: a long cell of apostrophes is read once.
        let is_first = begins && runs();
        if is_first {
            place(&mut text, sign);
        } else {
            text.push(sign);
        }
        begins = ENDS.contains(&sign) || (begins && !is_first && sign.is_whitespace());
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("'=1", "''=1"),
        ] {
            assert_eq!(inert(cell), expected);
        }
        for cell in ["plain", "a=b", "a; b", "1-2", "x@y.z", "", "'s Gravenmoer"] {
            assert_eq!(inert(cell), cell);
        }
    }

    #[test]
    fn what_was_written_comes_back() {
        let signs = ['\'', '=', '-', ';', ' ', '\t', '\n', '\r', 'a'];
        let mut cells = vec![String::new()];
        for _ in 0..5 {
            let longer = cells.iter().flat_map(|cell| signs.map(|sign| format!("{cell}{sign}")));
            cells = longer.collect();
            for cell in &cells {
                let guarded = inert(cell);
                assert_eq!(as_written(&guarded), *cell, "{guarded:?}");
                let parts = guarded.split(ENDS).map(str::trim_start);
                assert!(parts.clone().all(|part| !part.starts_with(FORMULA_SIGNS)), "{cell:?} {guarded:?}");
                assert!(!guarded.starts_with(['\t', '\r']), "{cell:?}");
            }
        }
    }
}
