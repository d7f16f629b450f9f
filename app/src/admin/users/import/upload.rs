//! Choosing or dropping a file, and sending it with a progress bar.

use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::wasm_bindgen::closure::Closure;
use types::import::MOST_BYTES;
use types::{ImportId, StoreId};
use web_sys::{DragEvent, File, ProgressEvent, XmlHttpRequest};

use crate::ApiError;
use crate::admin::stores::switcher::of_store;
use crate::ui::{Glyph, Icon, Progress, sign_in_again};

/// Where the file goes.
const PATH: &str = "/admin/users/import/upload";

/// A file on its way; made at the page's level.
#[derive(Clone, Copy)]
pub struct Upload {
    /// Name, bytes sent, bytes in all.
    sending: RwSignal<Option<(String, i64, i64)>>,
    problem: RwSignal<Option<String>>,
    /// Something is dragged over the zone.
    over: RwSignal<bool>,
    /// Told the import's id.
    on_uploaded: Callback<ImportId>,
}

impl Upload {
    pub fn new(on_uploaded: Callback<ImportId>) -> Self {
        Self { sending: RwSignal::new(None), problem: RwSignal::new(None), over: RwSignal::new(false), on_uploaded }
    }
}

/// The first step.
pub fn step(upload: Upload, store: Option<StoreId>) -> AnyView {
    let Upload { sending, problem, over, on_uploaded } = upload;
    let template = of_store("/admin/users/import/template.csv", store);
    let input = NodeRef::<html::Input>::new();
    let send = move |file: File| {
        if sending.with_untracked(Option::is_some) {
            return;
        }
        problem.set(None);
        if file.size() > MOST_BYTES as f64 {
            problem.set(Some("The file is larger than 200 MB. Divide it, and import the parts.".into()));
            return;
        }
        sending.set(Some((file.name(), 0, file.size() as i64)));
        let on_progress = move |sent: i64| {
            let _ = sending.try_update(|sending| {
                if let Some(sending) = sending {
                    sending.1 = sent;
                }
            });
        };
        let on_end = move |answer: Result<ImportId, ApiError>| {
            let _ = sending.try_set(None);
            match answer {
                Ok(id) => {
                    let _ = on_uploaded.try_run(id);
                }
                Err(error) if sign_in_again(&error) => {}
                Err(error) => {
                    let _ = problem.try_set(Some(error.to_string()));
                }
            }
        };
        if !post(&file, on_progress, on_end) {
            sending.set(None);
            problem.set(Some("This browser cannot send the file.".into()));
        }
    };
    let chosen = move |_| {
        let Some(input) = input.get_untracked() else { return };
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            send(file);
        }
        // The same file, corrected, can be chosen again.
        input.set_value("");
    };
    let dropped = move |event: DragEvent| {
        event.prevent_default();
        over.set(false);
        if let Some(file) = event.data_transfer().and_then(|data| data.files()).and_then(|files| files.get(0)) {
            send(file);
        }
    };
    let progress = move || {
        sending.get().map(|(name, sent, size)| {
            view! {
                <div class="import-sending">
                    <p role="status">{format!("Uploading {name}")}</p>
                    <Progress label=format!("Upload of {name}") value=sent most=size />
                </div>
            }
        })
    };
    view! {
        <div
            class="drop-zone"
            class:drop-zone-over=over
            on:dragover=move |event: DragEvent| {
                event.prevent_default();
                over.set(true);
            }
            on:dragleave=move |_| over.set(false)
            on:drop=dropped
        >
            <Icon glyph=Glyph::Upload />
            <p class="drop-zone-text">
                <label class="link" for="import-file">
                    "Choose a CSV file"
                </label>
                " or drop it here"
            </p>
            <input
                id="import-file"
                class="sr-only"
                type="file"
                accept=".csv,.tsv,.txt,text/csv,text/plain,text/tab-separated-values"
                node_ref=input
                on:change=chosen
            />
            <p class="muted">
                "Up to 200 MB; UTF-8 or Windows-1252; separated by comma, semicolon or tab. Exports of Okta, Google Workspace, Entra ID and Keycloak are understood."
            </p>
            <a class="link" href=template download="template.csv" rel="external">
                "Download a template"
            </a>
            {progress}
            {move || problem.get().map(|problem| view! { <p class="form-error" role="alert">{problem}</p> })}
        </div>
    }
    .into_any()
}

/// Sends the file as the body, read from the disk by the browser as it goes. `fetch` tells no
/// progress of an upload.
fn post(
    file: &File,
    on_progress: impl Fn(i64) + 'static,
    on_end: impl Fn(Result<ImportId, ApiError>) + 'static,
) -> bool {
    let Ok(request) = XmlHttpRequest::new() else { return false };
    let name = String::from(web_sys::js_sys::encode_uri_component(&file.name()));
    if request.open_with_async("POST", &format!("{PATH}?name={name}"), true).is_err() {
        return false;
    }
    let progress =
        Closure::<dyn Fn(ProgressEvent)>::new(move |event: ProgressEvent| on_progress(event.loaded() as i64));
    let sender = request.clone();
    let end = Closure::<dyn Fn()>::new(move || on_end(read_answer(&sender)));
    if let Ok(upload) = request.upload() {
        upload.set_onprogress(Some(progress.as_ref().unchecked_ref()));
    }
    request.set_onloadend(Some(end.as_ref().unchecked_ref()));
    // They live as long as the page: one of each per upload.
    progress.forget();
    end.forget();
    request.send_with_opt_blob(Some(AsRef::<web_sys::Blob>::as_ref(file))).is_ok()
}

fn read_answer(request: &XmlHttpRequest) -> Result<ImportId, ApiError> {
    let text = request.response_text().ok().flatten().unwrap_or_default();
    match request.status() {
        Ok(200) => serde_json::from_str(&text).map_err(|_| ApiError::Unavailable),
        Ok(0) | Err(_) => Err(ApiError::Offline),
        Ok(_) => Err(serde_json::from_str(&text).unwrap_or(ApiError::Unavailable)),
    }
}
