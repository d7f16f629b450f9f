//! How text is compared: without case and accents, so that `jose` finds `José`.

/// Lower case, without accents, compatibility forms made plain (NFKD).
pub fn fold(text: &str) -> String {
    text.chars().flat_map(fold_character).collect()
}

fn fold_character(c: char) -> Vec<char> {
    decompose(c).into_iter().filter(|c| !is_mark(*c)).flat_map(char::to_lowercase).collect()
}

// The browser has the Unicode tables already; bringing our own would cost the page a third.
#[cfg(target_arch = "wasm32")]
fn decompose(c: char) -> Vec<char> {
    if c.is_ascii() {
        return vec![c];
    }
    String::from(js_sys::JsString::from(c.to_string()).normalize("NFKD")).chars().collect()
}

#[cfg(not(target_arch = "wasm32"))]
fn decompose(c: char) -> Vec<char> {
    use unicode_normalization::UnicodeNormalization;
    std::iter::once(c).nfkd().collect()
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}')
}

/// `text` cut into pieces, each with whether it is part of a match of `query`.
pub fn mark_matches(text: &str, query: &str) -> Vec<(String, bool)> {
    let needle: Vec<char> = fold(query.trim()).chars().collect();
    let original: Vec<char> = text.chars().collect();
    let mut folded = Vec::new();
    let mut origin = Vec::new();
    for (at, c) in original.iter().enumerate() {
        for f in fold_character(*c) {
            folded.push(f);
            origin.push(at);
        }
    }
    let mut pieces = Vec::new();
    let mut done = 0;
    if !needle.is_empty() {
        let mut at = 0;
        while at + needle.len() <= folded.len() {
            if folded[at..at + needle.len()] == needle[..] && origin[at] >= done {
                let (start, end) = (origin[at], origin[at + needle.len() - 1] + 1);
                if start > done {
                    pieces.push((original[done..start].iter().collect(), false));
                }
                pieces.push((original[start..end].iter().collect(), true));
                done = end;
                at += needle.len();
            } else {
                at += 1;
            }
        }
    }
    if done < original.len() {
        pieces.push((original[done..].iter().collect(), false));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_case_and_accents() {
        assert_eq!(fold("José ÅNGSTRÖM"), "jose angstrom");
        assert_eq!(fold("ﬁne"), "fine");
        assert_eq!(fold("Straße"), "straße");
    }

    #[test]
    fn marks_each_match_in_the_original_spelling() {
        assert_eq!(mark_matches("José Jos", "jos"), [("Jos".into(), true), ("é ".into(), false), ("Jos".into(), true)]);
        assert_eq!(mark_matches("a%b", "%"), [("a".into(), false), ("%".into(), true), ("b".into(), false)]);
        assert_eq!(mark_matches("abc", ""), [("abc".into(), false)]);
        assert!(mark_matches("", "x").is_empty());
    }
}
