//! The **Sessions** tab (A15): where the account is signed in, and ending one or all.

use leptos::prelude::*;
use types::Permission;
use types::accounts::Profile;
use types::sessions::UserSession;

use super::page::Page;
use super::question::Question;
use crate::admin::users::api::end_user_session;
use crate::admin::users::fields::focus_id;
use crate::ui::{Badge, ConfirmDialog, EmptyState, Glyph, Moment, Tone};

/// What the tab remembers while its rows are loaded anew.
#[derive(Clone, Copy)]
pub struct SessionsTab {
    ending: RwSignal<Option<UserSession>>,
    end: Question,
}

impl SessionsTab {
    pub fn new() -> Self {
        Self { ending: RwSignal::new(None), end: Question::new() }
    }
}

/// `Chrome, Linux`.
fn described(session: &UserSession) -> String {
    match (session.browser.as_str(), session.system.as_str()) {
        ("", "") => "an unknown browser".to_owned(),
        (browser, "") => browser.to_owned(),
        (browser, system) => format!("{browser} on {system}"),
    }
}

pub fn view(page: Page, profile: &Profile, rows: Vec<UserSession>) -> AnyView {
    let may_end = profile.may(Permission::EndSessions);
    let end_all = (may_end && !rows.is_empty()).then(|| {
        view! {
            <button type="button" class="btn btn-sm" on:click=move |_| page.end_sessions.ask()>
                "End all sessions"
            </button>
        }
    });
    let body = if rows.is_empty() {
        let (title, text) = ("No active sessions", "This user is signed in nowhere.");
        view! { <EmptyState glyph=Glyph::Monitor title text /> }.into_any()
    } else {
        table(page, rows, may_end)
    };
    view! {
        <section class="tab" aria-labelledby="tab-title">
            <div class="tab-head">
                <h2 id="tab-title" class="panel-title" tabindex="-1">
                    "All active sessions"
                </h2>
                <div class="tab-actions">{end_all}</div>
            </div>
            {body}
        </section>
    }
    .into_any()
}

fn table(page: Page, rows: Vec<UserSession>, may_end: bool) -> AnyView {
    let head = may_end.then(|| {
        view! {
            <th scope="col" class="cell-actions">
                <span class="sr-only">"Actions"</span>
            </th>
        }
    });
    let rows = rows.into_iter().map(|row| table_row(page, row, may_end)).collect_view();
    view! {
        <div class="table-frame">
            <table class="table">
                <caption class="sr-only">"Active sessions"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Browser and system"</th>
                        <th scope="col" class="wide-only">
                            "Device"
                        </th>
                        <th scope="col">"IP address"</th>
                        <th scope="col" class="wide-only">
                            "Place"
                        </th>
                        <th scope="col" class="wide-only">
                            "Method"
                        </th>
                        <th scope="col" class="wide-only">
                            "Started"
                        </th>
                        <th scope="col">"Last seen"</th>
                        {head}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn table_row(page: Page, row: UserSession, may_end: bool) -> AnyView {
    let what = described(&row);
    let mut title = what.clone();
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let current = row.current.then(|| view! { <Badge tone=Tone::Good glyph=Glyph::Check text="This one" /> });
    let (ip, method, device) = (row.ip.clone(), row.method.clone(), row.device());
    let (started_at, last_seen_at) = (row.started_at, row.last_seen_at);
    let ip = if ip.is_empty() { "–".to_owned() } else { ip };
    let place = if row.place.is_empty() {
        view! { <span class="muted">"Unknown"</span> }.into_any()
    } else {
        row.place.clone().into_any()
    };
    let end = may_end.then(|| {
        let label = format!("End the session in {what}, {ip}");
        view! {
            <td class="cell-actions">
                <button
                    type="button"
                    class="btn btn-sm btn-ghost"
                    aria-label=label
                    on:click=move |_| {
                        page.sessions.ending.set(Some(row.clone()));
                        page.sessions.end.ask();
                    }
                >
                    "End"
                </button>
            </td>
        }
    });
    view! {
        <tr>
            <td class="cell-text">{title} " " {current}</td>
            <td class="wide-only">{device}</td>
            <td class="cell-text">{ip.clone()}</td>
            <td class="cell-text wide-only">{place}</td>
            <td class="wide-only">{method}</td>
            <td class="wide-only">
                <Moment at=started_at />
            </td>
            <td>
                <Moment at=last_seen_at />
            </td>
            {end}
        </tr>
    }
    .into_any()
}

pub fn end_dialog(page: Page) -> AnyView {
    let SessionsTab { ending, end } = page.sessions;
    let message = Signal::derive(move || {
        ending.with(|session| {
            let Some(session) = session else { return String::new() };
            let whose = if session.current { "You are signed out here." } else { "It stops working at once." };
            format!("{}, {}. {whose}", described(session), session.ip)
        })
    });
    let on_confirm = Callback::new(move |()| {
        let (Some(id), Some(session)) = (page.id(), ending.get_untracked()) else { return };
        end.answer(end_user_session(id, session.id), move |()| {
            page.toasts.success("1 session ended.");
            page.refresh();
            focus_id("tab-title");
        });
    });
    view! {
        <ConfirmDialog
            open=end.open
            id="end-session"
            title="End this session?"
            message
            confirm="End"
            danger=true
            pending=end.pending
            error=end.error
            on_confirm
        />
    }
    .into_any()
}
