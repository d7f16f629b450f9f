//! The members of a group or organization: a page of them, and taking some out.

use std::sync::Arc;

use leptos::prelude::*;
use types::AccountId;
use types::directory::{MEMBERS_MOST, MemberPage, Unit, UnitView};
use types::user_list::{MatchCount, UserRow};

use super::address;
use super::api::remove_members;
use super::unit::report;
use crate::admin::users::profile::question::Question;
use crate::ui::{ConfirmDialog, EmptyState, Glyph, Icon, Marked, PageLinks, StatusBadge, Toasts};

/// What the members' part of the page remembers while rows are loaded anew.
#[derive(Clone, Copy)]
pub struct Members {
    pub shown: RwSignal<Option<UnitView>>,
    pub adding: RwSignal<bool>,
    pub refresh: Callback<()>,
    pub toasts: Toasts,
    /// Ticked, on this page and on others.
    selected: RwSignal<Vec<AccountId>>,
    removing: Question,
    of: StoredValue<Option<Unit>>,
}

impl Members {
    pub fn new(shown: RwSignal<Option<UnitView>>, refresh: Callback<()>, toasts: Toasts) -> Self {
        Self {
            shown,
            adding: RwSignal::new(false),
            refresh,
            toasts,
            selected: RwSignal::new(Vec::new()),
            removing: Question::new(),
            of: StoredValue::new(None),
        }
    }

    /// Forgets what was ticked of another one.
    pub fn keep_only(self, unit: &UnitView) {
        if self.of.get_value() != Some(unit.unit) {
            self.of.set_value(Some(unit.unit));
            self.selected.set(Vec::new());
        }
    }

    pub fn unit(self) -> Option<Unit> {
        self.shown.with_untracked(|unit| unit.as_ref().map(|unit| unit.unit))
    }

    pub fn name(self) -> String {
        self.shown.with(|unit| unit.as_ref().map(|unit| unit.form.name.clone()).unwrap_or_default())
    }

    fn toggle(self, id: AccountId) {
        self.selected.update(|selected| match selected.iter().position(|one| *one == id) {
            Some(at) => {
                selected.remove(at);
            }
            None => selected.push(id),
        });
    }
}

pub fn actions(list: Members, unit: &UnitView) -> AnyView {
    if !unit.may_change_members {
        return ().into_any();
    }
    view! {
        <div class="tab-actions">
            <button
                type="button"
                class="btn btn-sm"
                disabled=move || list.selected.with(|selected| selected.is_empty() || selected.len() > MEMBERS_MOST)
                on:click=move |_| list.removing.ask()
            >
                {move || match list.selected.with(Vec::len) {
                    0 => "Remove".to_owned(),
                    count => format!("Remove {count}"),
                }}
            </button>
            <button type="button" class="btn btn-sm btn-primary" on:click=move |_| list.adding.set(true)>
                <Icon glyph=Glyph::Plus />
                "Add members"
            </button>
        </div>
    }
    .into_any()
}

pub fn table(list: Members, unit: &UnitView, q: &str, page: MemberPage) -> AnyView {
    if page.rows.is_empty() {
        let (title, text) = if q.is_empty() {
            ("No members", "People appear here once they are added.")
        } else {
            ("No members match", "Try fewer letters.")
        };
        return view! { <EmptyState glyph=Glyph::Users title text /> }.into_any();
    }
    let may_change = unit.may_change_members;
    let ids: Arc<[AccountId]> = page.rows.iter().map(|row| row.id).collect();
    let count = ids.len();
    let ticked = {
        let ids = Arc::clone(&ids);
        move || list.selected.with(|selected| ids.iter().filter(|id| selected.contains(id)).count())
    };
    let (all_ticked, some_ticked) = (ticked.clone(), ticked.clone());
    let select_page = move |_| {
        let release = untrack(&ticked) == count;
        list.selected.update(|selected| {
            selected.retain(|id| !ids.contains(id));
            if !release {
                selected.extend(ids.iter().copied());
            }
        });
    };
    let head = may_change.then(|| {
        view! {
            <th scope="col" class="cell-select">
                <input
                    type="checkbox"
                    class="checkbox checkbox-sm"
                    aria-label="Select all on this page"
                    autocomplete="off"
                    prop:checked=move || all_ticked() == count
                    prop:indeterminate=move || (1..count).contains(&some_ticked())
                    on:change=select_page
                />
            </th>
        }
    });
    let total = match page.count {
        MatchCount::Exactly(total) => total as usize > count,
        MatchCount::MoreThan(_) => true,
    };
    let text = format!("{count} of {}", page.count);
    let links = address::links(&unit.unit.path(), q, page.before.as_ref(), page.after.as_ref());
    let pager = if total {
        view! { <PageLinks links text /> }.into_any()
    } else {
        view! { <p class="muted">{super::unit::members_text(page.count)}</p> }.into_any()
    };
    let rows = page.rows.into_iter().map(|row| table_row(list, row, q, may_change)).collect_view();
    view! {
        <div class="table-frame">
            <table class="table">
                <caption class="sr-only">"Members"</caption>
                <thead>
                    <tr>
                        {head}
                        <th scope="col">"Name"</th>
                        <th scope="col" class="wide-only">
                            "Email"
                        </th>
                        <th scope="col" class="wide-only">
                            "Status"
                        </th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        {pager}
    }
    .into_any()
}

fn table_row(list: Members, row: UserRow, q: &str, may_change: bool) -> AnyView {
    let id = row.id;
    let select = may_change.then(|| {
        view! {
            <td class="cell-select">
                <input
                    type="checkbox"
                    class="checkbox checkbox-sm"
                    aria-label=format!("Select {}", row.name)
                    autocomplete="off"
                    prop:checked=move || list.selected.with(|selected| selected.contains(&id))
                    on:change=move |_| list.toggle(id)
                />
            </td>
        }
    });
    let labels = row.labels.iter().map(|label| view! { <StatusBadge label=*label /> }).collect_view();
    view! {
        <tr>
            {select}
            <td class="cell-text">
                <a class="row-link" href=format!("/admin/users/{id}/attributes")>
                    <Marked text=row.name query=q />
                </a>
                <span class="row-below narrow-only">{row.email.clone()}</span>
            </td>
            <td class="cell-text wide-only">
                <Marked text=row.email query=q />
            </td>
            <td class="wide-only">
                <span class="overview-labels">{labels}</span>
            </td>
        </tr>
    }
    .into_any()
}

pub fn remove_dialog(list: Members) -> AnyView {
    let question = list.removing;
    let people = move || match list.selected.with(Vec::len) {
        1 => "1 person".to_owned(),
        count => format!("{count} people"),
    };
    let on_confirm = Callback::new(move |()| {
        let Some(unit) = list.unit() else { return };
        question.answer(remove_members(unit, list.selected.get_untracked()), move |done| {
            let _ = list.selected.try_set(Vec::new());
            report(list.toasts, done, "removed");
            list.refresh.run(());
        });
    });
    view! {
        <ConfirmDialog
            open=question.open
            id="remove-members"
            title=Signal::derive(move || format!("Remove {}?", people()))
            message=Signal::derive(move || {
                format!("They leave “{}”. Applications that it opens may be closed to them.", list.name())
            })
            confirm="Remove"
            danger=true
            pending=question.pending
            error=question.error
            on_confirm
        />
    }
    .into_any()
}
