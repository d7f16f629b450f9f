//! Groups to choose from, found by the server as one types: for **Assign groups**, **Add user** and
//! **Add to group**.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::accounts::GroupRow;
use types::{AccountId, StoreId};

use super::api::{assignable_groups, group_choices};
use crate::ui::{Glyph, Icon, SkeletonLines, sign_in_again};

/// How long typing must pause before the server is asked.
const PAUSE: Duration = Duration::from_millis(200);

/// Which groups are offered.
#[derive(Clone, Copy, PartialEq)]
pub enum Offer {
    /// All of a store's (`None`: the default one).
    All(Option<StoreId>),
    /// One of a store's (`None`: the default one).
    One(Option<StoreId>),
    /// Those that the account is not in.
    NotYet(AccountId),
}

/// What is on offer now. A letter typed meanwhile makes an answer stale.
#[derive(Clone, Copy)]
struct Offered {
    offer: Offer,
    q: RwSignal<String>,
    rows: RwSignal<Option<Result<Vec<GroupRow>, String>>>,
    chosen: RwSignal<Vec<GroupRow>>,
}

impl Offered {
    fn load(self) {
        let q = self.q.get_untracked();
        spawn_local(async move {
            let found = match self.offer {
                Offer::All(store) | Offer::One(store) => group_choices(store, q.clone()).await,
                Offer::NotYet(id) => assignable_groups(id, q.clone()).await,
            };
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

    /// What is chosen stays in sight, first.
    fn with_chosen(self, found: Vec<GroupRow>) -> Vec<GroupRow> {
        let mut rows = self.chosen.try_get_untracked().unwrap_or_default();
        rows.retain(|chosen| found.iter().all(|row| row.id != chosen.id));
        rows.extend(found);
        rows
    }
}

/// Ticks a group, or takes the tick away.
pub fn toggle(ticked: RwSignal<Vec<GroupRow>>, row: &GroupRow) {
    ticked.update(|ticked| match ticked.iter().position(|one| one.id == row.id) {
        Some(at) => {
            ticked.remove(at);
        }
        None => ticked.push(row.clone()),
    });
}

/// A search box and checkboxes. What is chosen survives another search.
#[component]
pub fn GroupPicker(
    /// Unique on the page.
    id: &'static str,
    offer: Offer,
    chosen: RwSignal<Vec<GroupRow>>,
    #[prop(optional)] autofocus: bool,
) -> impl IntoView {
    let offered = Offered { offer, q: RwSignal::new(String::new()), rows: RwSignal::new(None), chosen };
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
    let search_id = format!("{id}-search");
    let label_for = search_id.clone();

    view! {
        <fieldset class="picker">
            <legend class="field-label">"Groups"</legend>
            <label class="search-box" for=label_for>
                <span class="sr-only">"Search groups"</span>
                <Icon glyph=Glyph::Search />
                <input
                    id=search_id
                    type="search"
                    class="input input-sm"
                    placeholder="Search groups"
                    autocomplete="off"
                    spellcheck="false"
                    maxlength="200"
                    autofocus=autofocus
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
                    None => view! { <SkeletonLines lines=4 /> }.into_any(),
                    Some(Err(error)) => view! { <p class="form-error" role="alert">{error}</p> }.into_any(),
                    Some(Ok(rows)) if rows.is_empty() => nothing(offered),
                    Some(Ok(rows)) => rows.into_iter().map(|row| choice(offered, row)).collect_view().into_any(),
                }}
            </div>
            <p class="field-hint" role="status">
                {move || match offered.chosen.with(Vec::len) {
                    0 => String::new(),
                    1 => "1 group chosen".to_owned(),
                    count => format!("{count} groups chosen"),
                }}
            </p>
        </fieldset>
    }
    .into_any()
}

fn nothing(offered: Offered) -> AnyView {
    let searched = offered.q.with_untracked(|q| !q.trim().is_empty());
    let text = match (searched, offered.offer) {
        (true, _) => "No groups match.",
        (false, Offer::All(_) | Offer::One(_)) => "There are no groups yet.",
        (false, Offer::NotYet(_)) => "There is no other group in this identity store.",
    };
    view! { <p class="muted picker-nothing">{text}</p> }.into_any()
}

fn choice(offered: Offered, row: GroupRow) -> AnyView {
    let id = row.id;
    let (name, description) = (row.name.clone(), row.description.clone());
    let one = matches!(offered.offer, Offer::One(_));
    let choose = move |_| {
        if one {
            offered.chosen.set(vec![row.clone()]);
        } else {
            toggle(offered.chosen, &row);
        }
    };
    view! {
        <label class="picker-row">
            <input
                type=if one { "radio" } else { "checkbox" }
                class=if one { "radio radio-sm" } else { "checkbox checkbox-sm" }
                name=one.then_some("group")
                autocomplete="off"
                prop:checked=move || offered.chosen.with(|chosen| chosen.iter().any(|one| one.id == id))
                on:change=choose
            />
            <span class="picker-text">
                {name}
                {(!description.is_empty()).then(|| view! { <span class="muted">{description}</span> })}
            </span>
        </label>
    }
    .into_any()
}
