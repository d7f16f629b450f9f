//! **Devices** (E3): the browsers that one has signed in with, and removing one.

use leptos::prelude::*;
use types::devices::DeviceRow;

use super::frame::{AccountPage, FrameView, account_document};
use super::sessions::Origin;
use crate::plain::{Heading, Site};
use crate::ui::{Badge, Glyph, Icon, Moment, Tone};

/// Below the sessions.
pub fn devices_section(devices: Vec<DeviceRow>) -> impl IntoView {
    view! {
        <section class="account-section" aria-labelledby="devices-heading">
            <h2 id="devices-heading">"Devices"</h2>
            <p class="account-lead">
                "Browsers that you have signed in with. A private window counts as a new one each time. Removing one signs it out."
            </p>
            {if devices.is_empty() {
                view! { <p class="account-lead">"None are registered yet: the next sign-in does it."</p> }.into_any()
            } else {
                let rows = devices
                    .into_iter()
                    .enumerate()
                    .map(|(number, device)| view! { <Device number device /> })
                    .collect_view();
                view! { <ul class="session-list">{rows}</ul> }.into_any()
            }}
        </section>
    }
}

#[component]
fn Device(number: usize, device: DeviceRow) -> impl IntoView {
    let name_id = format!("device-{number}");
    let remove = (!device.current).then(|| {
        view! {
            <form method="get" action="/account/sessions/remove-device">
                <input type="hidden" name="device" value=device.id.to_string() />
                <button type="submit" class="btn plain-button" aria-describedby=name_id.clone()>
                    "Remove"
                </button>
            </form>
        }
    });
    view! {
        <li class="session">
            <span class="session-glyph">
                <Icon glyph=Glyph::Monitor />
            </span>
            <div class="session-text">
                <p class="session-name" id=name_id>
                    <bdi>{device.name().to_owned()}</bdi>
                    {device
                        .current
                        .then(|| view! { <Badge tone=Tone::Good glyph=Glyph::Check text="This device" /> })}
                </p>
                <DeviceFacts device />
            </div>
            {remove}
        </li>
    }
}

/// Where and when it was used.
#[component]
pub fn DeviceFacts(device: DeviceRow) -> impl IntoView {
    view! {
        <dl class="session-facts">
            <Origin ip=device.ip place=device.place />
            <div>
                <dt>"Registered"</dt>
                <dd>
                    <Moment at=device.registered_at />
                </dd>
            </div>
            <div>
                <dt>"Last used"</dt>
                <dd>
                    <Moment at=device.last_seen_at />
                </dd>
            </div>
        </dl>
    }
}

/// Asks before one is removed.
pub fn remove_device_page(site: &Site, frame: FrameView, device: DeviceRow) -> String {
    account_document(site, frame, AccountPage::Sessions, Heading::new("Remove device"), || {
        let what = match device.sessions {
            0 => "Nobody is signed in with it. It counts as new when it is used again.".to_owned(),
            1 => "1 session ends at once. It counts as new when it is used again.".to_owned(),
            many => format!("{many} sessions end at once. It counts as new when it is used again."),
        };
        view! {
            <h1 class="account-title">"Remove this device?"</h1>
            <section class="account-section">
                <p class="session-name">
                    <bdi>{device.name().to_owned()}</bdi>
                </p>
                <p class="account-lead">{what}</p>
                <form method="post" action="/account/sessions/remove-device" class="plain-row">
                    <input type="hidden" name="device" value=device.id.to_string() />
                    <button type="submit" class="btn btn-primary plain-button">
                        "Remove"
                    </button>
                    <a class="btn plain-button" href="/account/sessions">
                        "Cancel"
                    </a>
                </form>
            </section>
        }
    })
}
