//! Says on the document that the page answers to clicks: for tests, and for whoever scripts it.

use leptos::prelude::*;

/// Whether it has been said already: the page was come to from another one of the console.
pub fn is_ready() -> bool {
    cfg!(target_arch = "wasm32") && document().document_element().is_some_and(|root| root.has_attribute("data-ready"))
}

/// Sets `data-ready="true"` on `<html>` once the browser has taken the page over.
pub fn mark_ready() {
    Effect::new(|| {
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-ready", "true");
        }
    });
}
