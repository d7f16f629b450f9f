//! **Add** a phone number or an e-mail address for codes (P6): the holder still has to verify it.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use types::authenticators::{CodeAddress, FactorKind};
use types::messages::Channel;

use super::page::Page;
use crate::admin::users::api::{add_code_address, remove_code_address};
use crate::admin::users::attribute_inputs::country_select;
use crate::ui::{Badge, Choice, Dialog, Glyph, Icon, Moment, SelectField, TextField, Tone};

/// The button that opens the dialog; nothing where no codes can be sent.
pub fn add_button(page: Page, kinds: Vec<FactorKind>) -> Option<AnyView> {
    let first = *kinds.first()?;
    let open = move |_| {
        page.authenticators.code_kinds.set(kinds.clone());
        page.authenticators.code_kind.set(first);
        page.authenticators.add.ask();
    };
    Some(
        view! {
            <button type="button" class="btn btn-sm" on:click=open>
                <Icon glyph=Glyph::Plus />
                "Add"
            </button>
        }
        .into_any(),
    )
}

/// What was added and waits for the holder.
pub fn waiting(page: Page, unverified: &[CodeAddress], may_manage: bool) -> Option<AnyView> {
    if unverified.is_empty() {
        return None;
    }
    let rows = unverified.iter().cloned().map(|one| row(page, one, may_manage)).collect_view();
    Some(
        view! {
            <h3 class="sub-title">"Waiting to be verified by the holder"</h3>
            <ul class="code-addresses">{rows}</ul>
        }
        .into_any(),
    )
}

fn row(page: Page, one: CodeAddress, may_manage: bool) -> AnyView {
    let CodeAddress { kind, address, added_at } = one;
    let remove = may_manage.then(|| {
        let label = format!("Remove {address}");
        view! {
            <button type="button" class="btn btn-sm" aria-label=label on:click=move |_| remove(page, kind)>
                "Remove"
            </button>
        }
    });
    view! {
        <li class="callout">
            <Icon glyph=Glyph::Clock />
            <p>
                <bdi>{address}</bdi> " " <Badge tone=Tone::Warning glyph=Glyph::Clock text="Not verified yet" /> " "
                <span class="muted">{kind.label()} ", added " <Moment at=added_at /></span>
            </p>
            {remove}
        </li>
    }
    .into_any()
}

fn remove(page: Page, kind: FactorKind) {
    let Some(id) = page.id() else { return };
    leptos::task::spawn_local(async move {
        let proof = page.authenticators.add.proof();
        match proof.around(|| remove_code_address(id, kind)).await {
            Ok(()) => page.toasts.success("Removed."),
            Err(error) => page.failed(&error),
        }
        page.refresh();
    });
}

pub fn dialog(page: Page) -> AnyView {
    view! {
        <Dialog
            open=page.authenticators.add.open
            id="add-code-address"
            title=page.text(|name| format!("Add an address for codes of {name}"))
            keeps_input=true
        >
            {move || form(page)}
        </Dialog>
    }
    .into_any()
}

fn form(page: Page) -> AnyView {
    let (question, kind, kinds) =
        (page.authenticators.add, page.authenticators.code_kind, page.authenticators.code_kinds);
    let address = RwSignal::new(String::new());
    let choices = Signal::derive(move || {
        let label =
            |kind: FactorKind| if is_sms(kind) { "Phone number (SMS code)" } else { "E-mail address (Email code)" };
        kinds.get().into_iter().map(|kind| Choice::new(kind.key(), label(kind))).collect::<Vec<_>>()
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(id) = page.id() else { return };
        let (chosen, typed) = (kind.get_untracked(), address.get_untracked());
        question.answer_proven(
            move || add_code_address(id, chosen, typed.clone()),
            move |()| {
                page.toasts.success("Added. The holder was told, and has to verify it.");
                page.refresh();
            },
        );
    };
    view! {
        <form class="form" on:submit=submit novalidate=true>
            <SelectField
                form="add-code-address"
                name="kind"
                label="Kind"
                value=Signal::derive(move || kind.get().key().to_owned())
                choices
                on_change=Callback::new(move |key: String| kind.set(FactorKind::from_key(&key).unwrap_or(kind.get_untracked())))
            />
            {move || {
                is_sms(kind.get())
                    .then(|| country_select("Country".to_owned(), move || address.get(), move |number| address.set(number)))
            }}
            <TextField
                form="add-code-address"
                name="address"
                label="Address or number"
                value=address
                hint="Nothing is sent there before the holder has verified it under “Security” in their account."
                error=question.error
                autocomplete="off"
                autofocus=true
            />
            <div class="dialog-actions">
                <button type="button" class="btn btn-sm" on:click=move |_| question.open.set(false)>
                    "Cancel"
                </button>
                <button type="submit" class="btn btn-sm btn-primary" disabled=question.pending>
                    "Add"
                </button>
            </div>
        </form>
    }
    .into_any()
}

fn is_sms(kind: FactorKind) -> bool {
    kind.channel() == Some(Channel::Sms)
}
