//! A QR code, drawn on the server as one path: no script, no image to load.

use leptos::prelude::*;
use qrcodegen::{QrCode as Code, QrCodeEcc};

/// The quiet zone that scanners need (ISO/IEC 18004), in modules.
const QUIET: i32 = 4;

/// Black on white in the dark look too: scanners want it so. Nothing when the text is too long.
#[component]
pub fn QrCode(
    text: String,
    /// What it is, for screen readers.
    label: &'static str,
) -> impl IntoView {
    Code::encode_text(&text, QrCodeEcc::Medium).ok().map(|code| {
        let side = code.size() + 2 * QUIET;
        let view_box = format!("0 0 {side} {side}");
        // The name as a `title`: fields whose label has the word “code” are not confused with it.
        let drawing = format!(
            "<title>{label}</title><path class=\"qr-code-paper\" d=\"M0 0h{side}v{side}H0z\"/>\
             <path class=\"qr-code-ink\" d=\"{}\"/>",
            path_of(&code)
        );
        view! { <svg class="qr-code" viewBox=view_box role="img" shape-rendering="crispEdges" inner_html=drawing></svg> }
    })
}

/// One rectangle for each run of dark modules in a row.
fn path_of(code: &Code) -> String {
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let length = (x..code.size()).take_while(|at| code.get_module(*at, y)).count() as i32;
            if length > 0 {
                path += &format!("M{} {}h{length}v1h-{length}z", x + QUIET, y + QUIET);
            }
            x += length.max(1);
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dark_module_is_drawn_once() {
        let code =
            Code::encode_text("otpauth://totp/Roster:ada?secret=GEZDGNBV&issuer=Roster", QrCodeEcc::Medium).unwrap();
        let dark = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y)));
        let dark = dark.filter(|(x, y)| code.get_module(*x, *y)).count();
        let path = path_of(&code);
        let drawn: usize =
            path.split('h').skip(1).filter_map(|rest| rest.split('v').next()?.parse::<usize>().ok()).sum();
        assert_eq!(drawn, dark);
        assert!(path.starts_with("M4 4h7v1h-7z"), "the corner's frame: {path}");
    }
}
