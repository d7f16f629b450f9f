//! What an action asks for in its dialog: a reason, a group, a role and where it holds (U12).
//!
//! A new kind of parameter is a new arm in [`fields`].

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::accounts::{AssignableRoles, GroupRow};
use types::bulk::{Asks, BulkAction, Parameters};
use types::{StoreId, Timestamp};

use super::super::api::assignable_roles;
use super::super::group_picker::{GroupPicker, Offer};
use crate::ui::{Choice, SelectField, SkeletonLines, TextField, sign_in_again};

/// What was chosen so far; `None` while something is missing.
pub type Chosen = RwSignal<Option<Parameters>>;

/// What is chosen before anything was touched.
pub fn at_first(action: BulkAction) -> Option<Parameters> {
    Parameters::None.suit(action).then_some(Parameters::None)
}

/// The fields of the action; `store` is the one that the selection is in.
pub fn fields(action: BulkAction, store: Option<StoreId>, chosen: Chosen) -> AnyView {
    match action.asks() {
        Asks::Nothing => ().into_any(),
        Asks::Reason => reason(chosen),
        Asks::Group => group(store, chosen),
        Asks::Role => role(chosen),
        Asks::Expiry => expiry(chosen),
    }
}

fn reason(chosen: Chosen) -> AnyView {
    let text = RwSignal::new(String::new());
    Effect::new(move || {
        let text = text.with(|text| text.trim().to_owned());
        chosen.set(Some(if text.is_empty() { Parameters::None } else { Parameters::Reason(text) }));
    });
    view! {
        <TextField
            form="bulk"
            name="reason"
            label="Reason (optional)"
            hint="Kept with the account and shown to staff."
            value=text
            autocomplete="off"
        />
    }
    .into_any()
}

/// A date, which begins at midnight UTC; or none, by a tick.
fn expiry(chosen: Chosen) -> AnyView {
    let date = RwSignal::new(String::new());
    let clear = RwSignal::new(false);
    Effect::new(move || {
        let at = date.with(|date| Timestamp::parse_date(date));
        chosen.set(if clear.get() {
            Some(Parameters::Expiry(None))
        } else {
            at.map(|at| Parameters::Expiry(Some(at)))
        });
    });
    view! {
        <TextField
            form="bulk"
            name="expiry"
            kind="date"
            label="Expires on"
            hint="From the beginning of that day, UTC."
            value=date
            disabled=clear
            autocomplete="off"
        />
        <label class="check-label">
            <input
                type="checkbox"
                class="checkbox checkbox-sm"
                autocomplete="off"
                prop:checked=clear
                on:change=move |event| clear.set(event_target_checked(&event))
            />
            "No expiry: take the date away"
        </label>
    }
    .into_any()
}

fn group(store: Option<StoreId>, chosen: Chosen) -> AnyView {
    let groups = RwSignal::new(Vec::<GroupRow>::new());
    Effect::new(move || chosen.set(groups.with(|groups| groups.first().map(|group| Parameters::Group(group.id)))));
    view! { <GroupPicker id="bulk-group" offer=Offer::One(store) chosen=groups autofocus=true /> }.into_any()
}

fn role(chosen: Chosen) -> AnyView {
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
        None => view! { <SkeletonLines lines=3 /> }.into_any(),
        Some(Err(error)) => view! { <p class="form-error" role="alert">{error}</p> }.into_any(),
        Some(Ok(offer)) if offer.roles.is_empty() || (!offer.everywhere && offer.organizations.is_empty()) => {
            view! { <p class="muted">"There is no role that you may assign."</p> }.into_any()
        }
        Some(Ok(offer)) => role_fields(offer, chosen),
    };
    content.into_any()
}

/// The value of **Everywhere** in the list of organizations.
const EVERYWHERE: &str = "everywhere";

fn role_fields(offer: AssignableRoles, chosen: Chosen) -> AnyView {
    let mut roles = vec![Choice::new("", "Choose a role")];
    roles.extend(offer.roles.into_iter().map(|role| Choice::new(role.id.to_string(), role.name)));
    let mut places = Vec::new();
    if offer.everywhere {
        places.push(Choice::new(EVERYWHERE, "Everywhere"));
    }
    places.extend(offer.organizations.into_iter().map(|place| Choice::new(place.id.to_string(), place.name)));
    let role = RwSignal::new(String::new());
    let place = RwSignal::new(places.first().map(|place| place.value.clone()).unwrap_or_default());
    Effect::new(move || {
        let organization = place.with(|place| if place == EVERYWHERE { Ok(None) } else { place.parse().map(Some) });
        let parsed = role.with(|role| role.parse());
        chosen.set(match (parsed, organization) {
            (Ok(role), Ok(organization)) => Some(Parameters::Role { role, organization }),
            _ => None,
        });
    });
    view! {
        <SelectField
            form="bulk"
            name="role"
            label="Role"
            value=role
            choices=roles
            on_change=Callback::new(move |value| role.set(value))
        />
        <SelectField
            form="bulk"
            name="where"
            label="Where"
            value=place
            choices=places
            on_change=Callback::new(move |value| place.set(value))
        />
    }
    .into_any()
}
