//! The job whose progress this browser tab shows: a reload takes it up again (U13).

use types::JobId;

const KEY: &str = "roster.job";

pub(super) fn remember(job: JobId) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(KEY, &job.to_string());
    }
}

pub(super) fn forget() {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(KEY);
    }
}

/// The job that was shown when the page went, if there is one.
pub fn remembered() -> Option<JobId> {
    storage()?.get_item(KEY).ok().flatten()?.parse().ok()
}

fn storage() -> Option<web_sys::Storage> {
    if cfg!(target_arch = "wasm32") { leptos::prelude::window().session_storage().ok().flatten() } else { None }
}
