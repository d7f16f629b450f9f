//! A forced step of signing in: one device too many (S10), and the way out.

use leptos::prelude::*;
use types::devices::DeviceRow;

use crate::account::devices::DeviceFacts;
use crate::plain::{Card, Heading, Problem, ProblemSummary, Site, document};

/// What the page shows. Without a proven second factor there are no devices in it.
#[derive(Clone, Debug)]
pub struct DeviceLimitView {
    /// Which sign-in the form belongs to.
    pub sign_in: String,
    pub devices: Vec<DeviceRow>,
    pub problem: Problem,
}

pub fn device_limit_page(site: &Site, view: DeviceLimitView) -> String {
    let heading = Heading::failed_if("Too many devices", !view.problem.is_none());
    document(site, heading, || {
        let DeviceLimitView { sign_in, devices, problem } = view;
        view! {
            <Card title="Too many devices">
                <ProblemSummary problem />
                {if devices.is_empty() { ask_staff() } else { choose(&sign_in, devices) }}
                <p class="plain-aside">
                    <a class="plain-way" href="/login">
                        "Back to sign-in"
                    </a>
                </p>
            </Card>
        }
    })
}

fn ask_staff() -> AnyView {
    view! {
        <p class="card-text">
            "Your account is registered with as many devices as it may have, and this browser is not one of them. You are not signed in."
        </p>
        <p class="card-text">
            "Sign in with a device that is registered, and remove another one there under “Sessions”. Or ask an administrator to remove one."
        </p>
    }
    .into_any()
}

fn choose(sign_in: &str, devices: Vec<DeviceRow>) -> AnyView {
    let rows = devices
        .into_iter()
        .enumerate()
        .map(|(number, device)| {
            let name_id = format!("device-{number}");
            view! {
                <li class="session">
                    <div class="session-text">
                        <p class="session-name" id=name_id.clone()>
                            <bdi>{device.name().to_owned()}</bdi>
                        </p>
                        <DeviceFacts device=device.clone() />
                    </div>
                    <button
                        type="submit"
                        class="btn plain-button"
                        name="device"
                        value=device.id.to_string()
                        aria-describedby=name_id
                    >
                        "Remove"
                    </button>
                </li>
            }
        })
        .collect_view();
    view! {
        <p class="card-text">
            "Your account is registered with as many devices as it may have. Remove one that you do not use any more: it is signed out, and this browser takes its place."
        </p>
        <form method="post" action="/login/device-limit">
            <input type="hidden" name="sign_in" value=sign_in.to_owned() />
            <ul class="session-list">{rows}</ul>
        </form>
    }
    .into_any()
}
