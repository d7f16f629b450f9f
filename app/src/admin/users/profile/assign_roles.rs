//! **+ Assign role** (P5): one or more roles, everywhere or for some organizations. Offers only what
//! the reader may grant (D6).

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::accounts::AssignableRoles;
use types::{AccountId, OrganizationId, RoleId};

use super::page::Page;
use super::question::Question;
use crate::admin::users::api::{assign_roles, assignable_roles};
use crate::ui::{Dialog, Glyph, Icon, SkeletonLines, sign_in_again};

/// More organizations than this can be searched.
const FEW: usize = 8;
/// So many are listed at once.
const LISTED: usize = 100;

pub fn dialog(page: Page) -> AnyView {
    view! {
        <Dialog
            open=page.roles.assigning
            id="assign-role"
            title=page.text(|name| format!("Assign role to {name}"))
            keeps_input=true
        >
            {page.id().map(|id| loading(page, id))}
        </Dialog>
    }
    .into_any()
}

fn loading(page: Page, id: AccountId) -> AnyView {
    let offer = RwSignal::new(None::<Result<AssignableRoles, String>>);
    spawn_local(async move {
        let loaded = match assignable_roles().await {
            Ok(loaded) => Ok(loaded),
            Err(error) if sign_in_again(&error) => return,
            Err(error) => Err(error.to_string()),
        };
        let _ = offer.try_set(Some(loaded));
    });
    let content = move || match offer.get() {
        None => view! { <SkeletonLines lines=5 /> }.into_any(),
        Some(Err(error)) => view! { <p class="form-error" role="alert">{error}</p> }.into_any(),
        Some(Ok(offer)) if offer.roles.is_empty() || (!offer.everywhere && offer.organizations.is_empty()) => {
            view! { <p class="muted">"There is no role that you may assign."</p> }.into_any()
        }
        Some(Ok(offer)) => form(page, id, offer),
    };
    content.into_any()
}

/// What is ticked.
#[derive(Clone, Copy)]
struct Choice {
    roles: RwSignal<Vec<RoleId>>,
    everywhere: RwSignal<bool>,
    organizations: RwSignal<Vec<OrganizationId>>,
}

impl Choice {
    fn is_complete(self) -> bool {
        !self.roles.with(Vec::is_empty) && (self.everywhere.get() || !self.organizations.with(Vec::is_empty))
    }
}

fn form(page: Page, id: AccountId, offer: AssignableRoles) -> AnyView {
    let choice = Choice {
        roles: RwSignal::new(Vec::new()),
        everywhere: RwSignal::new(offer.everywhere),
        organizations: RwSignal::new(Vec::new()),
    };
    let question = Question { open: page.roles.assigning, ..Question::new() };
    let idle = move || question.pending.get() || !choice.is_complete();
    let assign = move || {
        if idle() {
            return;
        }
        // An empty list means everywhere to the server: never send one that was not meant so.
        let places = if choice.everywhere.get_untracked() { Vec::new() } else { choice.organizations.get_untracked() };
        let roles = choice.roles.get_untracked();
        let work = move || assign_roles(id, roles.clone(), places.clone());
        question.answer_proven(work, move |()| {
            page.toasts.success("Assigned.");
            page.refresh();
        });
    };
    let roles = offer
        .roles
        .iter()
        .map(|role| tick(choice.roles, role.id, role.name.clone(), role.description.clone()))
        .collect_view();
    view! {
        <form
            class="form"
            on:submit=move |event| {
                event.prevent_default();
                assign();
            }
        >
            <fieldset class="picker">
                <legend class="field-label">"Roles"</legend>
                <div class="picker-rows">{roles}</div>
            </fieldset>
            {places(choice, offer)}
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
                    "Assign"
                </button>
            </div>
        </form>
    }
    .into_any()
}

fn places(choice: Choice, offer: AssignableRoles) -> AnyView {
    let (everywhere, some) = (offer.everywhere, !offer.organizations.is_empty());
    let way = move |everywhere: bool, label: &'static str| {
        view! {
            <label class="check-label">
                <input
                    type="radio"
                    class="radio radio-sm"
                    name="assign-role-where"
                    autocomplete="off"
                    prop:checked=move || choice.everywhere.get() == everywhere
                    on:change=move |_| choice.everywhere.set(everywhere)
                />
                {label}
            </label>
        }
        .into_any()
    };
    let ways = everywhere.then(|| {
        view! {
            <div class="check-row">
                {way(true, "Everywhere")} {some.then(|| way(false, "For some organizations"))}
            </div>
        }
    });
    let offer = StoredValue::new(offer);
    view! {
        <fieldset class="picker">
            <legend class="field-label">"Where"</legend>
            {ways}
            {move || (!choice.everywhere.get()).then(|| organizations(choice, offer))}
        </fieldset>
    }
    .into_any()
}

fn organizations(choice: Choice, offer: StoredValue<AssignableRoles>) -> AnyView {
    let q = RwSignal::new(String::new());
    let many = offer.with_value(|offer| offer.organizations.len() > FEW);
    let search = many.then(|| {
        view! {
            <label class="search-box" for="assign-role-search">
                <span class="sr-only">"Search organizations"</span>
                <Icon glyph=Glyph::Search />
                <input
                    id="assign-role-search"
                    type="search"
                    class="input input-sm"
                    placeholder="Search organizations"
                    autocomplete="off"
                    spellcheck="false"
                    prop:value=q
                    on:input=move |event| q.set(event_target_value(&event))
                    on:keydown=move |event| {
                        // Enter would send the form around this.
                        if event.key() == "Enter" {
                            event.prevent_default();
                        }
                    }
                />
            </label>
        }
    });
    let rows = move || {
        let wanted = q.get().trim().to_lowercase();
        let found: Vec<_> = offer.with_value(|offer| {
            let matches = |name: &str| name.to_lowercase().contains(&wanted);
            offer.organizations.iter().filter(|one| matches(&one.name)).take(LISTED + 1).cloned().collect()
        });
        if found.is_empty() {
            return view! { <p class="muted picker-nothing">"No organizations match."</p> }.into_any();
        }
        let more = (found.len() > LISTED)
            .then(|| view! { <p class="muted picker-nothing">"There are more: search for them."</p> });
        let rows = found
            .into_iter()
            .take(LISTED)
            .map(|one| tick(choice.organizations, one.id, one.name, String::new()))
            .collect_view();
        view! {
            {rows}
            {more}
        }
        .into_any()
    };
    let chosen = move || match choice.organizations.with(Vec::len) {
        0 => String::new(),
        1 => "1 organization chosen".to_owned(),
        count => format!("{count} organizations chosen"),
    };
    view! {
        {search}
        <div class="picker-rows" role="group" aria-label="Organizations">
            {rows}
        </div>
        <p class="field-hint" role="status">
            {chosen}
        </p>
    }
    .into_any()
}

fn tick<Id>(ticked: RwSignal<Vec<Id>>, id: Id, name: String, description: String) -> AnyView
where
    Id: Copy + PartialEq + Send + Sync + 'static,
{
    let toggle = move |_| {
        ticked.update(|ticked| match ticked.iter().position(|one| *one == id) {
            Some(at) => {
                ticked.remove(at);
            }
            None => ticked.push(id),
        });
    };
    view! {
        <label class="picker-row">
            <input
                type="checkbox"
                class="checkbox checkbox-sm"
                autocomplete="off"
                prop:checked=move || ticked.with(|ticked| ticked.contains(&id))
                on:change=toggle
            />
            <span class="picker-text">
                {name}
                {(!description.is_empty()).then(|| view! { <span class="muted">{description}</span> })}
            </span>
        </label>
    }
    .into_any()
}
