//! Short codes in the query string, such as `?saved=1` after a redirect.

use url::form_urlencoded;

/// The first value of that name; a query that makes no sense has none.
pub fn value(query: Option<&str>, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query?.as_bytes());
    pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
}

/// The same as a number, for notices: anything else is no notice.
pub fn number(query: Option<&str>, name: &str) -> Option<u32> {
    value(query, name)?.parse().ok()
}

/// Whether there is such a value.
pub fn has(query: Option<&str>, name: &str) -> bool {
    value(query, name).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_first_and_forgives_the_rest() {
        let query = Some("a=1&&a=2&b=%3Cb%3E&c&%FF=x&ended=-1");
        assert_eq!(value(query, "a").as_deref(), Some("1"));
        assert_eq!(value(query, "b").as_deref(), Some("<b>"));
        assert!(has(query, "c") && !has(query, "d") && !has(None, "a"));
        assert_eq!((number(query, "a"), number(query, "b"), number(query, "ended")), (Some(1), None, None));
    }
}
