//! **Customize columns**: which the list shows, and in what order; kept for this person (U9).

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::user_list::ListColumn;

use crate::admin::users::api::remember_columns;
use crate::ui::ordered_choices::{Ordered, in_order, ticked};
use crate::ui::{Dialog, OrderedChoices, sign_in_again};

/// The dialog. `shown`: the list's columns now; `on_saved` hears the choice, `None` for the default.
#[component]
pub fn ColumnsDialog(
    open: RwSignal<bool>,
    shown: StoredValue<Vec<ListColumn>>,
    on_saved: Callback<Option<Vec<ListColumn>>>,
) -> impl IntoView {
    view! {
        <Dialog open id="columns-dialog" title="Customize columns" keeps_input=true>
            {form(open, &shown.get_value(), on_saved)}
        </Dialog>
    }
}

fn place(column: ListColumn) -> usize {
    ListColumn::ALL.iter().position(|one| *one == column).unwrap_or_default()
}

fn ordered(shown: &[ListColumn]) -> Ordered {
    in_order(shown.iter().copied().map(place), ListColumn::ALL.len())
}

fn form(open: RwSignal<bool>, shown: &[ListColumn], on_saved: Callback<Option<Vec<ListColumn>>>) -> AnyView {
    let rows = RwSignal::new(ordered(shown));
    let pending = RwSignal::new(false);
    let problem = RwSignal::new(None::<String>);
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let chosen = rows.with_untracked(ticked);
        let chosen: Vec<_> = chosen.into_iter().filter_map(|at| ListColumn::ALL.get(at).copied()).collect();
        let chosen = (chosen != ListColumn::DEFAULT).then_some(chosen);
        pending.set(true);
        spawn_local(async move {
            let saved = remember_columns(chosen.clone()).await;
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
    let labels = ListColumn::ALL.iter().map(|column| column.label().to_owned()).collect();
    view! {
        <form class="form" on:submit=save>
            // The name leads to the profile.
            <OrderedChoices id="column" label="Columns" labels rows always=place(ListColumn::Name) />
            {move || problem.get().map(|problem| view! { <p class="form-error" role="alert">{problem}</p> })}
            <div class="dialog-actions">
                <button
                    type="button"
                    class="btn btn-sm btn-ghost"
                    on:click=move |_| rows.set(ordered(&ListColumn::DEFAULT))
                >
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
