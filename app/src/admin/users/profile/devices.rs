//! The **Devices** tab (P2) and **Update device limit** (A9): the browsers that the account has signed
//! in with, how many it may have, and removing one.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use types::Permission;
use types::accounts::Profile;
use types::devices::{DeviceRow, UserDevices, parse_limit};

use super::page::Page;
use super::question::Question;
use crate::admin::users::api::{remove_user_device, set_device_limit};
use crate::admin::users::fields::focus_id;
use crate::ui::{Badge, ConfirmDialog, Dialog, EmptyState, Glyph, Icon, Moment, TextField, Tone};

/// What the tab remembers while its rows are loaded anew.
#[derive(Clone, Copy)]
pub struct DevicesTab {
    /// As they were loaded last, for the dialog.
    shown: RwSignal<Option<UserDevices>>,
    removing: RwSignal<Option<DeviceRow>>,
    remove: Question,
    pub limit: Question,
}

impl DevicesTab {
    pub fn new() -> Self {
        Self {
            shown: RwSignal::new(None),
            removing: RwSignal::new(None),
            remove: Question::new(),
            limit: Question::new(),
        }
    }

    pub fn is_loaded(self) -> bool {
        self.shown.with(Option::is_some)
    }

    fn ask_to_remove(self, device: &DeviceRow) {
        self.removing.set(Some(device.clone()));
        self.remove.ask();
    }
}

/// `2 of 5 devices, the default limit`.
fn in_words(stored: &UserDevices) -> String {
    let count = stored.devices.len();
    let devices = |count: usize| if count == 1 { "device" } else { "devices" };
    match (stored.limit, stored.default_limit) {
        (Some(limit), _) => format!("{count} of {limit} {}, a limit of this account", devices(limit as usize)),
        (None, Some(limit)) => format!("{count} of {limit} {}, the default limit", devices(limit as usize)),
        (None, None) => format!("{count} {}, no limit", devices(count)),
    }
}

pub fn view(page: Page, profile: &Profile, stored: UserDevices) -> AnyView {
    let may_manage = profile.may(Permission::ManageDevices);
    page.devices.shown.set(Some(stored.clone()));
    let limit = may_manage.then(|| {
        view! {
            <button type="button" class="btn btn-sm" on:click=move |_| page.devices.limit.ask()>
                <Icon glyph=Glyph::Edit />
                "Update device limit"
            </button>
        }
    });
    let words = in_words(&stored);
    let body = if stored.devices.is_empty() {
        let text = "Each browser that this user signs in with becomes one.";
        view! { <EmptyState glyph=Glyph::Monitor title="No devices" text /> }.into_any()
    } else {
        table(page, stored.devices, may_manage)
    };
    view! {
        <section class="tab" aria-labelledby="tab-title">
            <div class="tab-head">
                <h2 id="tab-title" class="panel-title" tabindex="-1">
                    "Devices"
                </h2>
                <div class="tab-actions">{limit}</div>
            </div>
            <p class="muted">{words}</p>
            {body}
        </section>
    }
    .into_any()
}

fn table(page: Page, rows: Vec<DeviceRow>, may_manage: bool) -> AnyView {
    let head = may_manage.then(|| {
        view! {
            <th scope="col" class="cell-actions">
                <span class="sr-only">"Actions"</span>
            </th>
        }
    });
    let rows = rows.into_iter().map(|row| table_row(page, row, may_manage)).collect_view();
    view! {
        <div class="table-frame">
            <table class="table">
                <caption class="sr-only">"Devices"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Browser and system"</th>
                        <th scope="col" class="wide-only">
                            "IP address"
                        </th>
                        <th scope="col" class="wide-only">
                            "Place"
                        </th>
                        <th scope="col" class="wide-only">
                            "Sessions"
                        </th>
                        <th scope="col" class="wide-only">
                            "Registered"
                        </th>
                        <th scope="col">"Last used"</th>
                        {head}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn remove_button(page: Page, row: &DeviceRow) -> AnyView {
    let row = row.clone();
    let label = format!("Remove {}", row.name());
    view! {
        <button
            type="button"
            class="btn btn-sm btn-ghost"
            aria-label=label
            on:click=move |_| page.devices.ask_to_remove(&row)
        >
            "Remove"
        </button>
    }
    .into_any()
}

fn known(text: &str) -> AnyView {
    if text.is_empty() { view! { <span class="muted">"Unknown"</span> }.into_any() } else { text.to_owned().into_any() }
}

fn table_row(page: Page, row: DeviceRow, may_manage: bool) -> AnyView {
    let remove = may_manage.then(|| view! { <td class="cell-actions">{remove_button(page, &row)}</td> });
    let current = row.current.then(|| view! { <Badge tone=Tone::Good glyph=Glyph::Check text="This one" /> });
    view! {
        <tr>
            <td class="cell-text">{row.name().to_owned()} " " {current}</td>
            <td class="cell-text wide-only">{known(&row.ip)}</td>
            <td class="cell-text wide-only">{known(&row.place)}</td>
            <td class="wide-only">{row.sessions.to_string()}</td>
            <td class="wide-only">
                <Moment at=row.registered_at />
            </td>
            <td>
                <Moment at=row.last_seen_at />
            </td>
            {remove}
        </tr>
    }
    .into_any()
}

pub fn dialogs(page: Page) -> AnyView {
    view! {
        {limit_dialog(page)}
        {remove_dialog(page)}
    }
    .into_any()
}

fn remove_dialog(page: Page) -> AnyView {
    let DevicesTab { removing, remove, .. } = page.devices;
    let message = Signal::derive(move || {
        removing.with(|device| {
            let Some(device) = device else { return String::new() };
            let whose = if device.current { "You are signed out here." } else { "Its sessions end at once." };
            format!("{}. {whose} It counts as new when it is used again.", device.name())
        })
    });
    let on_confirm = Callback::new(move |()| {
        let (Some(id), Some(device)) = (page.id(), removing.get_untracked()) else { return };
        remove.answer(remove_user_device(id, device.id), move |()| {
            page.toasts.success(format!("{} removed.", device.name()));
            page.refresh();
            focus_id("tab-title");
        });
    });
    view! {
        <ConfirmDialog
            open=remove.open
            id="remove-device"
            title="Remove this device?"
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

fn limit_dialog(page: Page) -> AnyView {
    view! {
        <Dialog
            open=page.devices.limit.open
            id="device-limit"
            title=page.text(|name| format!("Update device limit of {name}"))
            keeps_input=true
        >
            {move || limit_form(page)}
        </Dialog>
    }
    .into_any()
}

fn limit_form(page: Page) -> AnyView {
    let DevicesTab { shown, limit: question, .. } = page.devices;
    let in_force = shown.with_untracked(|stored| stored.as_ref().and_then(UserDevices::in_force));
    let typed = RwSignal::new(in_force.map(|limit| limit.to_string()).unwrap_or_default());
    let save = move |limit: Option<u32>| {
        let Some(id) = page.id() else { return };
        question.answer(set_device_limit(id, limit), move |()| {
            page.toasts.success(match limit {
                Some(limit) => format!("Device limit set to {limit}."),
                None => "Device limit reset to default.".to_owned(),
            });
            page.refresh();
        });
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        match parse_limit(&typed.get_untracked()) {
            Ok(limit) => save(Some(limit)),
            Err(wrong) => question.error.set(wrong.get("limit").map(str::to_owned)),
        }
    };
    let is_default = move || shown.with(|stored| stored.as_ref().is_some_and(|stored| stored.limit.is_none()));
    let default_in_words = move || match shown.with(|stored| stored.as_ref().and_then(|stored| stored.default_limit)) {
        Some(limit) => format!("The default in the settings is {limit}."),
        None => "The settings set no limit.".to_owned(),
    };
    view! {
        <form class="form" on:submit=submit novalidate=true>
            <TextField
                form="device-limit"
                name="limit"
                label="Device limit"
                value=typed
                error=question.error
                autocomplete="off"
                autofocus=true
            />
            <p class="muted">{default_in_words}</p>
            <h3 class="sub-title">"Registered devices"</h3>
            {move || registered(page)}
            <div class="dialog-actions">
                <button type="button" class="btn btn-sm" on:click=move |_| question.open.set(false)>
                    "Cancel"
                </button>
                <button
                    type="button"
                    class="btn btn-sm"
                    disabled=move || question.pending.get() || is_default()
                    on:click=move |_| save(None)
                >
                    "Reset to default"
                </button>
                <button type="submit" class="btn btn-sm btn-primary" disabled=question.pending>
                    "Save"
                </button>
            </div>
        </form>
    }
    .into_any()
}

fn registered(page: Page) -> AnyView {
    let devices = page.devices.shown.with(|stored| stored.as_ref().map(|stored| stored.devices.clone()));
    let Some(devices) = devices.filter(|devices| !devices.is_empty()) else {
        return view! { <p class="muted">"None."</p> }.into_any();
    };
    let rows = devices
        .into_iter()
        .map(|row| {
            view! {
                <li class="device">
                    <span>
                        {row.name().to_owned()} <span class="muted">" · last used " <Moment at=row.last_seen_at /></span>
                    </span>
                    {remove_button(page, &row)}
                </li>
            }
        })
        .collect_view();
    view! { <ul class="device-list">{rows}</ul> }.into_any()
}
