//! The list's state as an address and back (U8). Decoded here rather than by the router, so that
//! server and browser read the same bytes the same way.

use types::user_list::{ListState, Position};

use crate::ui::page_error::percent_encode;

/// The page of the list.
pub const PATH: &str = "/admin/users";

/// The state that a query string (without `?`) describes, and what was ignored.
pub fn read(search: &str) -> (ListState, Vec<String>) {
    let pairs: Vec<(String, String)> = search
        .trim_start_matches('?')
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect();
    ListState::from_pairs(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

/// The state that an address made by [`href`] stands for.
pub fn state_of(address: &str) -> ListState {
    address.split_once('?').map(|(_, search)| read(search).0).unwrap_or_default()
}

/// The address of a state.
pub fn href(state: &ListState) -> String {
    let mut address = PATH.to_owned();
    for (at, (name, value)) in state.to_pairs().into_iter().enumerate() {
        address.push(if at == 0 { '?' } else { '&' });
        address.push_str(&name);
        address.push('=');
        address.push_str(&percent_encode(&value));
    }
    address
}

/// The address of `state` changed by `change`, from its first page on.
pub fn href_with(state: &ListState, change: impl FnOnce(&mut ListState)) -> String {
    let mut state = ListState { position: Position::First, ..state.clone() };
    change(&mut state);
    href(&state)
}

/// `application/x-www-form-urlencoded`, by the WHATWG URL standard.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%')
            .then(|| bytes.get(at + 1..at + 3))
            .flatten()
            // `from_str_radix` would take a sign for a digit.
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        match (escaped, bytes[at]) {
            (Some(byte), _) => {
                decoded.push(byte);
                at += 2;
            }
            (None, b'+') => decoded.push(b' '),
            (None, byte) => decoded.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use types::user_list::{Filter, StatusFilter};

    use super::*;

    #[test]
    fn an_address_gives_its_state_back() {
        let state = ListState {
            filter: Filter { q: "o'br & 100% é+".into(), status: Some(StatusFilter::Locked), ..Default::default() },
            position: Position::After("a/b==".into()),
            ..Default::default()
        };
        let address = href(&state);
        assert_eq!(state_of(&address), state);
        assert_eq!(href(&ListState::default()), PATH);
    }

    #[test]
    fn reads_what_a_plain_form_sends() {
        assert_eq!(read("q=ada+l&status=").0.filter.q, "ada l");
        assert_eq!(read("?q=50%").0.filter.q, "50%");
        assert_eq!(read("q=%e9&&x").0.filter.q, "\u{FFFD}");
        assert_eq!(read("q=%+1%-2").0.filter.q, "% 1%-2");
    }
}
