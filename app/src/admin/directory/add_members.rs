//! **Add members**: people found as one types, ticked, added at once.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::AccountId;
use types::directory::{Candidate, MEMBERS_MOST, Unit};

use super::api::{add_members, member_candidates};
use super::members::Members;
use super::unit::report;
use crate::admin::users::profile::question::Question;
use crate::ui::{Dialog, Glyph, Icon, SkeletonLines, sign_in_again};

/// How long typing must pause before the server is asked.
const PAUSE: Duration = Duration::from_millis(200);

pub fn dialog(list: Members) -> AnyView {
    view! {
        <Dialog
            open=list.adding
            id="add-members"
            title=Signal::derive(move || format!("Add members to {}", list.name()))
            keeps_input=true
        >
            {list.unit().map(|unit| form(list, unit))}
        </Dialog>
    }
    .into_any()
}

/// What is on offer now. A letter typed meanwhile makes an answer stale.
#[derive(Clone, Copy)]
struct Offered {
    unit: Unit,
    q: RwSignal<String>,
    rows: RwSignal<Option<Result<Vec<Candidate>, String>>>,
    chosen: RwSignal<Vec<Candidate>>,
}

impl Offered {
    fn load(self) {
        let Some(q) = self.q.try_get_untracked() else { return };
        spawn_local(async move {
            let found = member_candidates(self.unit, q.clone()).await;
            if self.q.try_get_untracked() != Some(q) {
                return;
            }
            let _ = self.rows.try_set(match found {
                Ok(found) => Some(Ok(self.with_chosen(found))),
                Err(error) if sign_in_again(&error) => None,
                Err(error) => Some(Err(error.to_string())),
            });
        });
    }

    /// Who is chosen stays in sight, first.
    fn with_chosen(self, found: Vec<Candidate>) -> Vec<Candidate> {
        let mut rows = self.chosen.try_get_untracked().unwrap_or_default();
        rows.retain(|chosen| found.iter().all(|row| row.id != chosen.id));
        rows.extend(found);
        rows
    }

    fn toggle(self, row: &Candidate) {
        self.chosen.update(|chosen| match chosen.iter().position(|one| one.id == row.id) {
            Some(at) => {
                chosen.remove(at);
            }
            None => chosen.push(row.clone()),
        });
    }
}

fn form(list: Members, unit: Unit) -> AnyView {
    let offered =
        Offered { unit, q: RwSignal::new(String::new()), rows: RwSignal::new(None), chosen: RwSignal::new(Vec::new()) };
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    let stop_waiting = move || {
        if let Some(timer) = waiting.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    };
    Effect::new(move || offered.load());
    on_cleanup(stop_waiting);
    let typed = move |event| {
        offered.q.set(event_target_value(&event));
        stop_waiting();
        waiting.set_value(set_timeout_with_handle(move || offered.load(), PAUSE).ok());
    };
    let question = Question { open: list.adding, ..Question::new() };
    let idle = move || {
        offered.chosen.with(|chosen| chosen.is_empty() || chosen.len() > MEMBERS_MOST) || question.pending.get()
    };
    let add = move || {
        if idle() {
            return;
        }
        let ids: Vec<AccountId> =
            offered.chosen.with_untracked(|chosen| chosen.iter().map(|person| person.id).collect());
        question.answer(add_members(unit, ids), move |done| {
            report(list.toasts, done, "added");
            list.refresh.run(());
        });
    };
    view! {
        <form
            class="form"
            on:submit=move |event| {
                event.prevent_default();
                add();
            }
        >
            <fieldset class="picker">
                <legend class="field-label">"People"</legend>
                <label class="search-box" for="add-members-search">
                    <span class="sr-only">"Search people"</span>
                    <Icon glyph=Glyph::Search />
                    <input
                        id="add-members-search"
                        type="search"
                        class="input input-sm"
                        placeholder="Search by name, e-mail, username or phone"
                        autocomplete="off"
                        spellcheck="false"
                        maxlength="200"
                        autofocus=true
                        prop:value=offered.q
                        on:input=typed
                        on:keydown=move |event| {
                            // Enter would send the form around this.
                            if event.key() == "Enter" {
                                event.prevent_default();
                            }
                        }
                    />
                </label>
                <div class="picker-rows">
                    {move || match offered.rows.get() {
                        None => view! { <SkeletonLines lines=5 /> }.into_any(),
                        Some(Err(error)) => view! { <p class="form-error" role="alert">{error}</p> }.into_any(),
                        Some(Ok(rows)) if rows.is_empty() => {
                            view! { <p class="muted picker-nothing">"Nobody matches."</p> }.into_any()
                        }
                        Some(Ok(rows)) => rows.into_iter().map(|row| choice(offered, row)).collect_view().into_any(),
                    }}
                </div>
                <p class="field-hint" role="status">
                    {move || match offered.chosen.with(Vec::len) {
                        0 => String::new(),
                        1 => "1 person chosen".to_owned(),
                        count => format!("{count} people chosen"),
                    }}
                </p>
            </fieldset>
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
                    "Add"
                </button>
            </div>
        </form>
    }
    .into_any()
}

fn choice(offered: Offered, row: Candidate) -> AnyView {
    let (id, is_member) = (row.id, row.is_member);
    let (name, email) = (row.name.clone(), row.email.clone());
    let store = row.store.as_ref().map(|store| format!(" · {store}"));
    view! {
        <label class="picker-row">
            <input
                type="checkbox"
                class="checkbox checkbox-sm"
                autocomplete="off"
                disabled=is_member
                prop:checked=move || is_member || offered.chosen.with(|chosen| chosen.iter().any(|one| one.id == id))
                on:change=move |_| offered.toggle(&row)
            />
            <span class="picker-text">
                {name} <span class="muted">{email} {store} {is_member.then_some(" · already a member")}</span>
            </span>
        </label>
    }
    .into_any()
}
