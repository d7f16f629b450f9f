//! The icon set: 24-unit outlines after Lucide (ISC licence), drawn inline.

use leptos::prelude::*;

macro_rules! glyphs {
    ($($name:ident = $paths:literal;)+) => {
        /// Which icon.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Glyph { $($name,)+ }

        impl Glyph {
            fn paths(self) -> &'static str {
                match self { $(Self::$name => $paths,)+ }
            }
        }
    };
}

glyphs! {
    Alert = r#"<path d="M12 3 2 20h20Z"/><path d="M12 10v4m0 3h.01"/>"#;
    ArrowDown = r#"<path d="M12 5v14m-6-6 6 6 6-6"/>"#;
    ArrowUp = r#"<path d="M12 19V5m-6 6 6-6 6 6"/>"#;
    Ban = r#"<circle cx="12" cy="12" r="9"/><path d="m5.6 5.6 12.8 12.8"/>"#;
    Building = r#"<path d="M5 21V3h14v18M3 21h18M9 7h2m2 0h2M9 11h2m2 0h2M9 15h2m2 0h2"/>"#;
    Chart = r#"<path d="M4 20V4m0 16h16M9 16v-5m4 5V7m4 9v-3"/>"#;
    Check = r#"<path d="m5 12 5 5L20 7"/>"#;
    ChevronDown = r#"<path d="m6 9 6 6 6-6"/>"#;
    ChevronFirst = r#"<path d="m17 18-6-6 6-6M7 6v12"/>"#;
    ChevronLast = r#"<path d="m7 18 6-6-6-6m10 0v12"/>"#;
    ChevronLeft = r#"<path d="m15 18-6-6 6-6"/>"#;
    ChevronRight = r#"<path d="m9 18 6-6-6-6"/>"#;
    Clock = r#"<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3 2"/>"#;
    Close = r#"<path d="M6 6l12 12M18 6 6 18"/>"#;
    Copy = r#"<rect x="9" y="9" width="12" height="12" rx="2"/><path d="M5 15H4a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1h10a1 1 0 0 1 1 1v1"/>"#;
    Database = r#"<ellipse cx="12" cy="5" rx="8" ry="3"/><path d="M4 5v14c0 1.7 3.6 3 8 3s8-1.3 8-3V5M4 12c0 1.7 3.6 3 8 3s8-1.3 8-3"/>"#;
    Dots = r#"<path d="M12 5h.01M12 12h.01M12 19h.01" stroke-width="3"/>"#;
    Download = r#"<path d="M12 4v11m-5-5 5 5 5-5M4 20h16"/>"#;
    Edit = r#"<path d="M12 20h9M16.5 3.5a2.1 2.1 0 0 1 3 3L7 19l-4 1 1-4Z"/>"#;
    Group = r#"<rect x="4" y="4" width="7" height="7" rx="1"/><rect x="13" y="13" width="7" height="7" rx="1"/><path d="M11 7.5h5.5V13"/>"#;
    History = r#"<path d="M3 4v5h5M3.5 9a9 9 0 1 1-.4 4M12 7v5l3 2"/>"#;
    Jobs = r#"<path d="M4 6h10M4 12h10M4 18h6m5-2 3 3 4-5"/>"#;
    Key = r#"<circle cx="8" cy="15" r="5"/><path d="m12 11 8-8m-4 4 3 3"/>"#;
    Lock = r#"<rect x="5" y="11" width="14" height="10" rx="2"/><path d="M8 11V7a4 4 0 0 1 8 0v4"/>"#;
    Mail = r#"<rect x="3" y="5" width="18" height="14" rx="2"/><path d="m3 7 9 6 9-6"/>"#;
    Menu = r#"<path d="M4 6h16M4 12h16M4 18h16"/>"#;
    Minus = r#"<path d="M5 12h14"/>"#;
    Monitor = r#"<rect x="3" y="4" width="18" height="12" rx="2"/><path d="M8 20h8m-4-4v4"/>"#;
    Plus = r#"<path d="M12 5v14M5 12h14"/>"#;
    Search = r#"<circle cx="11" cy="11" r="7"/><path d="m20 20-4-4"/>"#;
    Shield = r#"<path d="M12 21c5-2 8-5 8-10V5l-8-3-8 3v6c0 5 3 8 8 10Z"/>"#;
    SignOut = r#"<path d="M9 21H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2h4m7 14 5-5-5-5m5 5H9"/>"#;
    Sort = r#"<path d="m7 9 5-5 5 5M7 15l5 5 5-5"/>"#;
    Trash = r#"<path d="M3 6h18M8 6V4a1 1 0 0 1 1-1h6a1 1 0 0 1 1 1v2m3 0-1 14a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1L5 6m5 5v6m4-6v6"/>"#;
    Undo = r#"<path d="M3 7v6h6M3.5 13A9 9 0 1 0 6 6.5L3 9"/>"#;
    Unlock = r#"<rect x="5" y="11" width="14" height="10" rx="2"/><path d="M8 11V7a4 4 0 0 1 7.5-2"/>"#;
    User = r#"<circle cx="12" cy="8" r="4"/><path d="M4 21a8 8 0 0 1 16 0"/>"#;
    Users = r#"<circle cx="9" cy="8" r="4"/><path d="M2 21a7 7 0 0 1 14 0M16 4a4 4 0 0 1 0 8m3 9a7 7 0 0 0-3-6"/>"#;
}

/// An icon of the text's colour and 1.15 times its size. Screen readers skip it: the words beside
/// it, or the button's `aria-label`, say what it means.
#[component]
pub fn Icon(glyph: Glyph) -> impl IntoView {
    view! {
        // How it is drawn is said in style/main.css.
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" inner_html=glyph.paths()></svg>
    }
    .into_any()
}
