//! A menu of actions that a button opens. One menu serves all rows of a table: it says which
//! button opened it, and its items are made when it opens.

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::{Glyph, Icon};

/// One action.
#[derive(Clone)]
pub struct MenuItem {
    pub label: String,
    pub glyph: Glyph,
    /// Shown in red.
    pub danger: bool,
    pub on_choose: Callback<()>,
}

impl MenuItem {
    pub fn new(label: impl Into<String>, glyph: Glyph, on_choose: impl Fn() + Send + Sync + 'static) -> Self {
        Self { label: label.into(), glyph, danger: false, on_choose: Callback::new(move |()| on_choose()) }
    }

    pub fn danger(mut self) -> Self {
        self.danger = true;
        self
    }
}

/// The menu. Its opener is a button like
///
/// ```text
/// <button type="button" id="more" aria-label="More actions" aria-haspopup="menu"
///     on:click=move |_| toggle_menu(anchor, "more")>
/// ```
///
/// It is a popover, so nothing clips it, a click elsewhere or Esc closes it, and focus goes back
/// to the opener. Arrow keys, Home and End move; Enter and space choose; Tab closes.
#[component]
pub fn Menu(
    /// The id of the button that it belongs to now; `None` is closed.
    anchor: RwSignal<Option<String>>,
    /// Unique on the page.
    id: &'static str,
    #[prop(into)] label: Signal<String>,
    /// Asked each time the menu opens.
    items: Callback<(), Vec<MenuItem>>,
) -> impl IntoView {
    let panel = NodeRef::<html::Div>::new();

    Effect::new(move || {
        if anchor.with(Option::is_none)
            && let Some(panel) = panel.get_untracked()
        {
            let _ = panel.hide_popover();
        }
    });
    let show = move || {
        let (Some(panel), Some(opener)) = (panel.get_untracked(), anchor.get_untracked()) else { return };
        // Fails when it is open already, which is what we want.
        let _ = panel.show_popover();
        place(&panel, &opener);
        expanded(&opener, true);
        focus_item(&panel, 0);
    };

    let close = move || {
        if let Some(opener) = anchor.get_untracked() {
            expanded(&opener, false);
            if let Some(panel) = panel.get_untracked() {
                let _ = panel.hide_popover();
            }
            anchor.set(None);
            if let Some(opener) = by_id(&opener) {
                let _ = opener.focus();
            }
        }
    };

    let on_toggle = move |_| {
        let Some(panel) = panel.get_untracked() else { return };
        if !panel.matches(":popover-open").unwrap_or(false)
            && let Some(opener) = anchor.get_untracked()
        {
            expanded(&opener, false);
            anchor.set(None);
        }
    };

    let on_keydown = move |event: KeyboardEvent| {
        let Some(panel) = panel.get_untracked() else { return };
        let items = item_elements(&panel);
        let here = document()
            .active_element()
            .and_then(|active| items.iter().position(|item| item.is_same_node(Some(active.as_ref()))))
            .unwrap_or(0);
        let last = items.len().saturating_sub(1);
        let next = match event.key().as_str() {
            "ArrowDown" => {
                if here == last {
                    0
                } else {
                    here + 1
                }
            }
            "ArrowUp" => {
                if here == 0 {
                    last
                } else {
                    here - 1
                }
            }
            "Home" => 0,
            "End" => last,
            "Escape" | "Tab" => {
                event.prevent_default();
                event.stop_propagation();
                return close();
            }
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        focus_item(&panel, next);
    };

    view! {
        <div
            node_ref=panel
            id=id
            class="menu-panel"
            popover="auto"
            role="menu"
            aria-label=label
            on:toggle=on_toggle
            on:keydown=on_keydown
        >
            {move || {
                anchor
                    .with(Option::is_some)
                    .then(|| {
                        // Runs once the items are in the document.
                        Effect::new(show);
                        items
                            .run(())
                            .into_iter()
                            .map(|item| {
                                view! {
                                    <button
                                        type="button"
                                        role="menuitem"
                                        tabindex="-1"
                                        class=if item.danger { "menu-item menu-item-danger" } else { "menu-item" }
                                        on:click=move |_| {
                                            close();
                                            item.on_choose.run(());
                                        }
                                    >
                                        <Icon glyph=item.glyph />
                                        {item.label}
                                    </button>
                                }
                            })
                            .collect_view()
                    })
            }}
        </div>
    }
    .into_any()
}

/// Opens the menu at the button with this id, or closes it when it is open there.
pub fn toggle_menu(anchor: RwSignal<Option<String>>, opener: &str) {
    anchor.update(|anchor| {
        *anchor = match anchor.as_deref() {
            Some(open) if open == opener => None,
            _ => Some(opener.to_owned()),
        };
    });
}

fn by_id(id: &str) -> Option<HtmlElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

fn expanded(opener: &str, open: bool) {
    if let Some(opener) = by_id(opener) {
        let _ = opener.set_attribute("aria-expanded", if open { "true" } else { "false" });
    }
}

fn item_elements(panel: &HtmlElement) -> Vec<HtmlElement> {
    let children = panel.children();
    (0..children.length()).filter_map(|at| children.item(at)?.dyn_into().ok()).collect()
}

fn focus_item(panel: &HtmlElement, at: usize) {
    if let Some(item) = item_elements(panel).get(at) {
        let _ = item.focus();
    }
}

/// Below the opener, aligned to its right edge; above when there is no room below, and where it fits when
/// there is none above either. In document coordinates, so that it moves with the page.
fn place(panel: &HtmlElement, opener: &str) {
    const GAP: f64 = 4.0;
    let Some(opener) = by_id(opener) else { return };
    let button = opener.get_bounding_client_rect();
    let own = panel.get_bounding_client_rect();
    let window = window();
    let number = |value: Result<wasm_bindgen::JsValue, _>| value.ok().and_then(|value| value.as_f64()).unwrap_or(0.0);
    let height = number(window.inner_height());
    let fits_below = button.bottom() + GAP + own.height() <= height;
    let top = if fits_below {
        button.bottom() + GAP
    } else if button.top() < own.height() + GAP {
        (height - GAP - own.height()).max(GAP)
    } else {
        button.top() - GAP - own.height()
    };
    let left = (button.right() - own.width()).max(GAP);
    let style = panel.style();
    let _ = style.set_property("top", &format!("{}px", (top + window.scroll_y().unwrap_or(0.0)) as i32));
    let _ = style.set_property("left", &format!("{}px", (left + window.scroll_x().unwrap_or(0.0)) as i32));
}
