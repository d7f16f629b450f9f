//! Says on the document that the page answers to clicks: for tests, and for whoever scripts it.

use leptos::prelude::*;

/// Sets `data-ready="true"` on `<html>` once the browser has taken the page over.
pub fn mark_ready() {
    Effect::new(|| {
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-ready", "true");
        }
    });
}
