//! The **Groups** tab (A3): which groups, and taking the account out of some.

use leptos::prelude::*;
use types::Permission;
use types::accounts::{GroupRow, Profile};

use super::page::Page;
use super::question::Question;
use crate::admin::users::api::remove_groups;
use crate::admin::users::fields::focus_id;
use crate::admin::users::group_picker::toggle;
use crate::ui::{ConfirmDialog, EmptyState, Glyph, Icon, Moment};

/// What the tab remembers while its rows are loaded anew.
#[derive(Clone, Copy)]
pub struct GroupsTab {
    pub selected: RwSignal<Vec<GroupRow>>,
    pub remove: Question,
    pub assigning: RwSignal<bool>,
}

impl GroupsTab {
    pub fn new() -> Self {
        Self { selected: RwSignal::new(Vec::new()), remove: Question::new(), assigning: RwSignal::new(false) }
    }
}

pub fn view(page: Page, profile: &Profile, rows: Vec<GroupRow>) -> AnyView {
    let tab = page.groups;
    let may_change = profile.may(Permission::ManageMemberships);
    // What somebody else has removed meanwhile is not selected any more.
    if tab.selected.with_untracked(|selected| selected.iter().any(|one| rows.iter().all(|row| row.id != one.id))) {
        tab.selected.update(|selected| selected.retain(|one| rows.iter().any(|row| row.id == one.id)));
    }
    let assign = may_change.then(|| {
        view! {
            <button type="button" class="btn btn-sm btn-primary" on:click=move |_| tab.assigning.set(true)>
                <Icon glyph=Glyph::Plus />
                "Assign groups"
            </button>
        }
    });
    let remove = (may_change && !rows.is_empty()).then(|| {
        view! {
            <button
                type="button"
                class="btn btn-sm"
                disabled=move || tab.selected.with(Vec::is_empty)
                on:click=move |_| tab.remove.ask()
            >
                "Remove"
            </button>
        }
    });
    let body = if rows.is_empty() {
        let text = if may_change { "Assign groups to put this user into some." } else { "This user is in no group." };
        view! { <EmptyState glyph=Glyph::Users title="No groups" text /> }.into_any()
    } else {
        table(page, rows, may_change)
    };
    view! {
        <section class="tab" aria-labelledby="tab-title">
            <div class="tab-head">
                <h2 id="tab-title" class="panel-title" tabindex="-1">
                    "Groups"
                </h2>
                <div class="tab-actions">{remove} {assign}</div>
            </div>
            {body}
        </section>
    }
    .into_any()
}

fn table(page: Page, rows: Vec<GroupRow>, may_change: bool) -> AnyView {
    let selected = page.groups.selected;
    let count = rows.len();
    let all = rows.clone();
    let select_all = move |_| {
        selected.update(|selected| {
            *selected = if selected.len() == all.len() { Vec::new() } else { all.clone() };
        });
    };
    let head = may_change.then(|| {
        view! {
            <th scope="col" class="cell-select">
                <input
                    type="checkbox"
                    class="checkbox checkbox-sm"
                    aria-label="Select all groups"
                    autocomplete="off"
                    prop:checked=move || selected.with(|selected| selected.len() == count)
                    prop:indeterminate=move || selected.with(|selected| (1..count).contains(&selected.len()))
                    on:change=select_all
                />
            </th>
        }
    });
    let rows = rows.into_iter().map(|row| table_row(selected, row, may_change)).collect_view();
    view! {
        <div class="table-frame">
            <table class="table">
                <caption class="sr-only">"Groups"</caption>
                <thead>
                    <tr>
                        {head}
                        <th scope="col">"Name"</th>
                        <th scope="col" class="wide-only">
                            "Description"
                        </th>
                        <th scope="col">"Since"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn table_row(selected: RwSignal<Vec<GroupRow>>, row: GroupRow, may_change: bool) -> AnyView {
    let id = row.id;
    let (name, description, since) = (row.name.clone(), row.description.clone(), row.since);
    let checkbox = may_change.then(|| {
        view! {
            <td class="cell-select">
                <input
                    type="checkbox"
                    class="checkbox checkbox-sm"
                    aria-label=format!("Select {name}")
                    autocomplete="off"
                    prop:checked=move || selected.with(|selected| selected.iter().any(|one| one.id == id))
                    on:change=move |_| toggle(selected, &row)
                />
            </td>
        }
    });
    view! {
        <tr>
            {checkbox}
            <td class="cell-text">{name}</td>
            <td class="cell-text muted wide-only">{description}</td>
            <td>
                <Moment at=since />
            </td>
        </tr>
    }
    .into_any()
}

pub fn remove_dialog(page: Page) -> AnyView {
    let GroupsTab { selected, remove, .. } = page.groups;
    let message = Signal::derive(move || {
        let names =
            selected.with(|selected| selected.iter().map(|group| group.name.clone()).collect::<Vec<_>>().join(", "));
        format!("{} is taken out of: {names}.", page.name())
    });
    let on_confirm = Callback::new(move |()| {
        let Some(id) = page.id() else { return };
        let groups: Vec<_> = selected.with_untracked(|selected| selected.iter().map(|group| group.id).collect());
        let count = groups.len();
        remove.answer(remove_groups(id, groups), move |()| {
            page.toasts.success(if count == 1 {
                "Removed from 1 group.".to_owned()
            } else {
                format!("Removed from {count} groups.")
            });
            let _ = selected.try_set(Vec::new());
            page.refresh();
            focus_id("tab-title");
        });
    });
    let title = Signal::derive(move || match selected.with(Vec::len) {
        1 => "Remove from 1 group?".to_owned(),
        count => format!("Remove from {count} groups?"),
    });
    view! {
        <ConfirmDialog
            open=remove.open
            id="remove-groups"
            title
            message
            confirm="Remove"
            danger=true
            pending=remove.pending
            error=remove.error
            on_confirm
        />
    }
    .into_any()
}
