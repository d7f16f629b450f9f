//! **Assign groups** (A3): the groups that the account is not in, found by name.

use leptos::prelude::*;
use types::accounts::GroupRow;

use super::page::Page;
use super::question::Question;
use crate::admin::users::api::assign_groups;
use crate::admin::users::group_picker::{GroupPicker, Offer};
use crate::ui::Dialog;

pub fn dialog(page: Page) -> AnyView {
    view! {
        <Dialog
            open=page.groups.assigning
            id="assign-groups"
            title=page.text(|name| format!("Assign groups to {name}"))
            keeps_input=true
        >
            {page.id().map(|id| form(page, id))}
        </Dialog>
    }
    .into_any()
}

fn form(page: Page, id: types::AccountId) -> AnyView {
    let chosen = RwSignal::new(Vec::<GroupRow>::new());
    let question = Question { open: page.groups.assigning, ..Question::new() };
    let idle = move || chosen.with(Vec::is_empty) || question.pending.get();
    let assign = move || {
        if idle() {
            return;
        }
        let groups: Vec<_> = chosen.with_untracked(|chosen| chosen.iter().map(|group| group.id).collect());
        let count = groups.len();
        question.answer(assign_groups(id, groups), move |()| {
            page.toasts.success(if count == 1 {
                "Assigned to 1 group.".to_owned()
            } else {
                format!("Assigned to {count} groups.")
            });
            page.refresh();
        });
    };
    view! {
        <form
            class="form"
            on:submit=move |event| {
                event.prevent_default();
                assign();
            }
        >
            <GroupPicker id="assign-groups-picker" offer=Offer::NotYet(id) chosen autofocus=true />
            {move || question.error.get().map(|error| view! { <p class="form-error" role="alert">{error}</p> })}
            <div class="dialog-actions">
                <button type="button" class="btn btn-sm" on:click=move |_| question.open.set(false)>
                    "Cancel"
                </button>
                <button
                    type="submit"
                    class="btn btn-sm btn-primary"
                    disabled=idle
                    aria-busy=move || question.pending.get().then_some("true")
                >
                    "Assign to user"
                </button>
            </div>
        </form>
    }
    .into_any()
}
