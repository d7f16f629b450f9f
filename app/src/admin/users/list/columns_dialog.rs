//! **Customize columns**: which the list shows, and in what order; kept for this person (U9).

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::StoreId;
use types::user_list::{Filter, ListColumn};

use crate::admin::users::api::{attribute_definitions, remember_columns};
use crate::ui::ordered_choices::{Ordered, in_order, ticked};
use crate::ui::{Dialog, OrderedChoices, SkeletonLines, sign_in_again};

/// Every column there is, with what it is called.
type Columns = Vec<(ListColumn, String)>;

/// The dialog. `shown`: the list's columns now; `on_saved` hears the choice, `None` for the default.
#[component]
pub fn ColumnsDialog(
    open: RwSignal<bool>,
    filter: Signal<Filter>,
    shown: StoredValue<Vec<ListColumn>>,
    on_saved: Callback<Option<Vec<ListColumn>>>,
) -> impl IntoView {
    let offered = RwSignal::new(None::<Result<Columns, String>>);
    Effect::new(move || {
        if !open.get() {
            return;
        }
        offered.set(None);
        let store = filter.with_untracked(|filter| filter.store);
        spawn_local(async move {
            let loaded = match attribute_definitions(store).await {
                Err(error) if sign_in_again(&error) => return,
                Err(error) => Err(error.to_string()),
                Ok(own) => {
                    let built_in = ListColumn::BUILT_IN.into_iter().map(|one| (one.clone(), one.label().to_owned()));
                    let own = own.into_iter().map(|one| (ListColumn::Attribute(one.key), one.label));
                    Ok(built_in.chain(own).collect())
                }
            };
            let _ = offered.try_set(Some(loaded));
        });
    });
    let content = move || match offered.get() {
        None => view! { <SkeletonLines lines=9 /> }.into_any(),
        Some(Err(error)) => view! { <p class="form-error" role="alert">{error}</p> }.into_any(),
        Some(Ok(columns)) => {
            let store = filter.with_untracked(|filter| filter.store);
            form(open, store, columns, &shown.get_value(), on_saved)
        }
    };
    view! {
        <Dialog open id="columns-dialog" title="Customize columns" keeps_input=true>
            {content}
        </Dialog>
    }
}

fn ordered(columns: &Columns, shown: &[ListColumn]) -> Ordered {
    let place = |wanted: &ListColumn| columns.iter().position(|(column, _)| column == wanted);
    in_order(shown.iter().filter_map(place), columns.len())
}

fn form(
    open: RwSignal<bool>,
    store: Option<StoreId>,
    columns: Columns,
    shown: &[ListColumn],
    on_saved: Callback<Option<Vec<ListColumn>>>,
) -> AnyView {
    let rows = RwSignal::new(ordered(&columns, shown));
    let pending = RwSignal::new(false);
    let problem = RwSignal::new(None::<String>);
    let labels = columns.iter().map(|(_, label)| label.clone()).collect();
    // The name leads to the profile.
    let always = columns.iter().position(|(column, _)| *column == ListColumn::Name).unwrap_or_default();
    let columns = StoredValue::new(columns);
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let chosen: Vec<ListColumn> = columns.with_value(|columns| {
            let chosen = rows.with_untracked(ticked).into_iter();
            chosen.filter_map(|at| Some(columns.get(at)?.0.clone())).collect()
        });
        let chosen = (chosen != ListColumn::DEFAULT).then_some(chosen);
        pending.set(true);
        spawn_local(async move {
            let saved = remember_columns(store, chosen.clone()).await;
            let _ = pending.try_set(false);
            match saved {
                Ok(()) => {
                    on_saved.try_run(chosen);
                    let _ = open.try_set(false);
                }
                Err(error) if sign_in_again(&error) => {}
                Err(error) => drop(problem.try_set(Some(error.to_string()))),
            }
        });
    };
    let reset = move |_| rows.set(columns.with_value(|columns| ordered(columns, &ListColumn::DEFAULT)));
    view! {
        <form class="form" on:submit=save>
            <div class="export-columns">
                <OrderedChoices id="column" label="Columns" labels rows always />
            </div>
            {move || problem.get().map(|problem| view! { <p class="form-error" role="alert">{problem}</p> })}
            <div class="dialog-actions">
                <button type="button" class="btn btn-sm btn-ghost" on:click=reset>
                    "Reset to default"
                </button>
                <button type="button" class="btn btn-sm" on:click=move |_| open.set(false)>
                    "Cancel"
                </button>
                <button type="submit" class="btn btn-sm btn-primary" disabled=pending>
                    "Save"
                </button>
            </div>
        </form>
    }
    .into_any()
}
