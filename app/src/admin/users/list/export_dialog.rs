//! **Export**: format, columns and whom, then the download with its progress (U10).

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use types::ExportId;
use types::bulk::Selection;
use types::export::{ExportColumn, ExportFormat, ExportProgress, ExportRequest, ExportState};
use types::user_list::{Filter, grouped};
use web_sys::HtmlElement;

use crate::admin::users::api::{attribute_definitions, export_progress, start_export};
use crate::admin::users::last_list::{UserSelection, whom};
use crate::ui::ordered_choices::{in_order, ticked};
use crate::ui::{
    Choice, Dialog, OrderedChoices, Progress, SelectField, SkeletonLines, Toasts, sign_in_again, use_toasts,
};

/// How often a running export is asked how far it is.
const POLL: Duration = Duration::from_millis(400);

/// A download that the browser has not begun after so many questions is not coming.
const BEGINS_WITHIN: u32 = 50;

/// The dialog. It begins with the selected rows, when there are any.
#[component]
pub fn ExportDialog(open: RwSignal<bool>, filter: Signal<Filter>, selection: RwSignal<UserSelection>) -> impl IntoView {
    let running = RwSignal::new(None::<ExportProgress>);
    let toasts = use_toasts();
    let offered = RwSignal::new(None::<Columns>);
    Effect::new(move || {
        if !open.get() {
            return;
        }
        offered.set(None);
        let store = match chosen(selection) {
            Some((Selection::Matching(chosen), _)) => chosen.store,
            _ => filter.with_untracked(|filter| filter.store),
        };
        spawn_local(async move {
            let own = match attribute_definitions(store).await {
                Err(error) if sign_in_again(&error) => return,
                // The file is whole without them.
                Err(error) => {
                    toasts.error(error.to_string());
                    Vec::new()
                }
                Ok(own) => own,
            };
            let built_in = ExportColumn::BUILT_IN.iter().map(|one| (one.clone(), one.label().to_owned()));
            let own = own.into_iter().map(|one| (ExportColumn::Attribute(one.key), one.label));
            let _ = offered.try_set(Some(built_in.chain(own).collect()));
        });
    });
    let content = move || match offered.get() {
        None => view! { <SkeletonLines lines=9 /> }.into_any(),
        Some(columns) => form(open, columns, filter, chosen(selection), running, toasts),
    };
    view! {
        <Dialog open id="export-dialog" title="Export users" keeps_input=true>
            {content}
        </Dialog>
    }
}

/// Who is selected, and how many that is.
fn chosen(selection: RwSignal<UserSelection>) -> Option<(Selection, i64)> {
    selection.with_untracked(|selection| (!selection.is_empty()).then(|| (whom(selection), selection.count())))
}

/// Every column there is, with what it is called.
type Columns = Vec<(ExportColumn, String)>;

fn form(
    open: RwSignal<bool>,
    columns: Columns,
    filter: Signal<Filter>,
    chosen: Option<(Selection, i64)>,
    running: RwSignal<Option<ExportProgress>>,
    toasts: Toasts,
) -> AnyView {
    let format = RwSignal::new(ExportFormat::Csv.key().to_owned());
    let place = |wanted: ExportColumn| columns.iter().position(|(column, _)| *column == wanted);
    let rows = RwSignal::new(in_order(ExportColumn::DEFAULT.into_iter().filter_map(place), columns.len()));
    let labels = columns.iter().map(|(_, label)| label.clone()).collect();
    let columns = StoredValue::new(columns);
    let only_selected = RwSignal::new(chosen.is_some());
    let (chosen, selected) = chosen.unzip();
    let chosen = StoredValue::new(chosen);
    let problem = RwSignal::new(None::<String>);
    let pending = RwSignal::new(false);

    let begin = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let wanted = rows.with_untracked(ticked);
        let shown = filter.get_untracked();
        let selection = chosen.get_value().filter(|_| only_selected.get_untracked());
        let selection = selection.unwrap_or_else(|| Selection::Matching(shown.clone()));
        let request = ExportRequest {
            format: format_of(&format.get_untracked()),
            store: match &selection {
                Selection::Matching(filter) => filter.store,
                Selection::Accounts(_) => shown.store,
            },
            columns: columns
                .with_value(|columns| wanted.into_iter().filter_map(|at| Some(columns.get(at)?.0.clone())).collect()),
            selection,
        };
        if request.columns.is_empty() {
            return problem.set(Some("Choose at least one column.".into()));
        }
        problem.set(None);
        pending.set(true);
        spawn_local(async move {
            let started = start_export(request).await;
            let _ = pending.try_set(false);
            match started {
                Ok(export) => {
                    download(export);
                    watch(export, running, open, toasts, 0);
                }
                Err(error) if sign_in_again(&error) => {}
                Err(error) => drop(problem.try_set(Some(error.to_string()))),
            }
        });
    };
    let formats: Vec<_> = ExportFormat::ALL.map(|format| Choice::new(format.key(), format.label())).to_vec();
    let busy = move || pending.get() || running.with(Option::is_some);
    view! {
        <form class="form" on:submit=begin>
            <SelectField
                form="export"
                name="format"
                label="Format"
                value=format
                choices=formats
                on_change=Callback::new(move |key| format.set(key))
            />
            <p class="field-hint" role="status">
                {move || format.with(|key| format_of(key).hint())}
            </p>
            <fieldset class="radio-rows">
                <legend class="field-label">"Users"</legend>
                {selected
                    .map(|selected| {
                        let text = format!("Selected rows ({})", grouped(selected));
                        radio(text, Signal::derive(move || only_selected.get()), move || only_selected.set(true))
                    })}
                {radio(
                    "All that match".to_owned(),
                    Signal::derive(move || !only_selected.get()),
                    move || only_selected.set(false),
                )}
            </fieldset>
            <fieldset class="export-columns">
                <legend class="field-label">"Columns"</legend>
                <OrderedChoices id="export-column" label="Columns" labels rows />
            </fieldset>
            <p class="field-hint">"Times are UTC in ISO 8601. A cell that a spreadsheet would run as a formula begins with an apostrophe in CSV."</p>
            {move || problem.get().map(|problem| view! { <p class="form-error" role="alert">{problem}</p> })}
            {move || {
                running
                    .with(Option::is_some)
                    .then(|| {
                        let now = move || running.get().unwrap_or(ExportProgress { state: ExportState::Waiting, done: 0, total: 1 });
                        view! {
                            <div class="export-progress">
                                <Progress
                                    label="Export"
                                    value=Signal::derive(move || now().done)
                                    most=Signal::derive(move || now().total)
                                />
                                <p role="status">
                                    {move || format!("{} of {}", grouped(now().done), grouped(now().total))}
                                </p>
                            </div>
                        }
                    })
            }}
            <div class="dialog-actions">
                <button type="button" class="btn btn-sm" on:click=move |_| open.set(false)>
                    {move || if busy() { "Close" } else { "Cancel" }}
                </button>
                <button type="submit" class="btn btn-sm btn-primary" disabled=busy>
                    "Export"
                </button>
            </div>
        </form>
    }
    .into_any()
}

fn format_of(key: &str) -> ExportFormat {
    ExportFormat::ALL.into_iter().find(|format| format.key() == key).unwrap_or_default()
}

fn radio(text: String, checked: Signal<bool>, choose: impl Fn() + Send + Sync + 'static) -> AnyView {
    view! {
        <label class="check-label">
            <input
                type="radio"
                class="radio radio-sm"
                name="export-users"
                autocomplete="off"
                prop:checked=checked
                on:change=move |_| choose()
            />
            {text}
        </label>
    }
    .into_any()
}

/// A link that nobody sees, clicked: the browser saves what comes, and the page stays.
fn download(export: ExportId) {
    let Some(link) = document().create_element("a").ok().and_then(|link| link.dyn_into::<HtmlElement>().ok()) else {
        return;
    };
    let _ = link.set_attribute("href", &format!("/admin/exports/{export}"));
    let _ = link.set_attribute("download", "");
    link.click();
}

/// Asks how far it is until it is over.
fn watch(
    export: ExportId,
    running: RwSignal<Option<ExportProgress>>,
    open: RwSignal<bool>,
    toasts: Toasts,
    asked_before: u32,
) {
    spawn_local(async move {
        let asked = export_progress(export).await;
        let over = match &asked {
            Ok(progress) if progress.state == ExportState::Waiting => asked_before > BEGINS_WITHIN,
            Ok(progress) => matches!(progress.state, ExportState::Done | ExportState::Failed),
            Err(_) => true,
        };
        if over {
            let _ = running.try_set(None);
            let _ = open.try_set(false);
        }
        match asked {
            Ok(progress) if progress.state == ExportState::Done => {
                let users = if progress.done == 1 { "user was" } else { "users were" };
                toasts.success(format!("{} {users} exported.", grouped(progress.done)));
            }
            Ok(_) if over => toasts.error("The export was broken off. The file is not whole."),
            Ok(progress) => {
                // Another page has been opened: the browser goes on saving the file by itself.
                if running.try_set(Some(progress)).is_none() {
                    set_timeout(move || watch(export, running, open, toasts, asked_before + 1), POLL);
                }
            }
            Err(error) if sign_in_again(&error) => {}
            Err(error) => toasts.error(error.to_string()),
        }
    });
}
