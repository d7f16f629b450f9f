//! **Change second factor** (A4): which of the kinds that are set up is asked for first. A kind that is not
//! says so. The same dialog from a row's menu and from the profile.

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::AccountId;
use types::authenticators::FactorKind;

use super::api::{change_second_factor, user_authenticators};
use super::profile::question::Question;
use crate::ui::{Choice, Dialog, SelectField, sign_in_again, use_toasts};

/// Whose second factor: id and name.
pub type Whose = RwSignal<Option<(AccountId, String)>>;

#[component]
pub fn SecondFactorDialog(whose: Whose, on_done: Callback<()>) -> impl IntoView {
    let change = Question::new();
    // `None` until they are loaded.
    let kinds = RwSignal::new(None::<Vec<FactorKind>>);
    let chosen = RwSignal::new(String::new());
    let toasts = use_toasts();
    Effect::new(move || {
        if let Some((id, _)) = whose.get() {
            kinds.set(None);
            change.ask();
            spawn_local(async move {
                match user_authenticators(id).await {
                    Ok(stored) => {
                        let _ = chosen.try_set(stored.default.map(FactorKind::key).unwrap_or_default().to_owned());
                        let _ = kinds.try_set(Some(stored.factors.iter().map(|row| row.kind).collect()));
                    }
                    Err(error) if sign_in_again(&error) => {}
                    Err(error) => _ = change.error.try_set(Some(error.to_string())),
                }
            });
        }
    });
    Effect::new(move |was: Option<bool>| {
        let now = change.open.get();
        if was == Some(true) && !now {
            whose.set(None);
        }
        now
    });
    // The name stays while the dialog closes.
    let name = Memo::new(move |before: Option<&String>| {
        whose.with(|whose| whose.as_ref().map(|(_, name)| name.clone())).or_else(|| before.cloned()).unwrap_or_default()
    });
    let is_set_up = move |kind| kinds.with(|kinds| kinds.as_ref().is_some_and(|kinds| kinds.contains(&kind)));
    let choices = Signal::derive(move || {
        let choice = |kind: FactorKind| {
            let note = if is_set_up(kind) { "" } else { " (needs to be set up by the holder first)" };
            Choice::new(kind.key(), format!("{}{note}", kind.label()))
        };
        FactorKind::ALL.into_iter().map(choice).collect::<Vec<_>>()
    });
    let needs_set_up = move || !FactorKind::from_key(&chosen.get()).is_some_and(is_set_up);
    let save = move |_| {
        let whose = whose.get_untracked();
        let (Some((id, _)), Some(kind)) = (whose, FactorKind::from_key(&chosen.get_untracked())) else { return };
        change.answer_proven(
            move || change_second_factor(id, kind),
            move |()| {
                toasts.success(format!("{} is asked for first.", kind.label()));
                on_done.try_run(());
            },
        );
    };
    view! {
        <Dialog
            open=change.open
            id="change-second-factor"
            title=Signal::derive(move || format!("Change second factor of {}", name.get()))
            keeps_input=true
        >
            <div class="form">
                <SelectField
                    form="change-second-factor"
                    name="kind"
                    label="Default second factor"
                    value=chosen
                    choices
                    on_change=Callback::new(move |value| chosen.set(value))
                    error=change.error
                    disabled=Signal::derive(move || kinds.with(Option::is_none))
                />
                {move || {
                    (kinds.with(Option::is_some) && needs_set_up())
                        .then(|| {
                            view! {
                                <p class="muted">
                                    "This one needs to be set up first: by its holder, under “Security” in their account."
                                </p>
                            }
                        })
                }}
                <div class="dialog-actions">
                    <button type="button" class="btn btn-sm" on:click=move |_| change.open.set(false)>
                        "Cancel"
                    </button>
                    <button
                        type="button"
                        class="btn btn-sm btn-primary"
                        disabled=move || change.pending.get() || needs_set_up()
                        on:click=save
                    >
                        "Save"
                    </button>
                </div>
            </div>
        </Dialog>
    }
    .into_any()
}
