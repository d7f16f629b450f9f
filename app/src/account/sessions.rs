//! **Sessions** (E3): where one is signed in, and ending that.

use leptos::prelude::*;
use types::devices::DeviceRow;
use types::sessions::SessionRow;

use super::devices::devices_section;
use super::frame::{AccountPage, FrameView, account_document};
use crate::plain::{Heading, Notice, Problem, ProblemSummary, Site};
use crate::ui::{Badge, Glyph, Icon, Moment, Tone};

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct SessionsView {
    pub sessions: Vec<SessionRow>,
    pub devices: Vec<DeviceRow>,
    pub notice: Option<String>,
    pub problem: Problem,
}

pub fn sessions_page(site: &Site, frame: FrameView, view: SessionsView) -> String {
    let heading = Heading::failed_if("Sessions", !view.problem.is_none());
    account_document(site, frame, AccountPage::Sessions, heading, || content(view))
}

fn content(view: SessionsView) -> impl IntoView {
    let SessionsView { sessions, devices, notice, problem } = view;
    let has_others = sessions.iter().any(|session| !session.current);
    view! {
        <h1 class="account-title">"Sessions"</h1>
        <Notice text=notice />
        <ProblemSummary problem />
        <section class="account-section" aria-labelledby="sessions-heading">
            <h2 id="sessions-heading">"Where you are signed in"</h2>
            <p class="account-lead">"End what you do not recognise, and then change your password. Times are in UTC."</p>
            <ul class="session-list">
                {sessions.into_iter().enumerate().map(|(number, session)| view! { <Session number session /> }).collect_view()}
            </ul>
            {if has_others {
                view! {
                    <form method="get" action="/account/sessions/end-others">
                        <button type="submit" class="btn plain-button">
                            "Sign out everywhere else"
                        </button>
                    </form>
                }
                    .into_any()
            } else {
                view! { <p class="account-lead">"You are signed in nowhere else."</p> }.into_any()
            }}
        </section>
        {devices_section(devices)}
    }
}

#[component]
fn Session(number: usize, session: SessionRow) -> impl IntoView {
    let SessionRow { id, browser, ip, place, method, started_at, last_seen_at, current, is_impersonation } = session;
    let name_id = format!("session-{number}");
    let browser = match browser.as_str() {
        _ if is_impersonation => "An administrator in your place".to_owned(),
        "" => "Unknown browser".to_owned(),
        _ => browser,
    };
    let end = (!current).then(|| {
        view! {
            <form method="post" action="/account/sessions">
                <input type="hidden" name="session" value=id.to_string() />
                <button type="submit" class="btn plain-button" aria-describedby=name_id.clone()>
                    "End"
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
                    <bdi>{browser}</bdi>
                    {current.then(|| view! { <Badge tone=Tone::Good glyph=Glyph::Check text="This session" /> })}
                </p>
                <dl class="session-facts">
                    {(!is_impersonation).then(|| view! { <Origin ip place /> })}
                    {(!is_impersonation)
                        .then(|| {
                            view! {
                                <div>
                                    <dt>"Method"</dt>
                                    <dd>{method}</dd>
                                </div>
                            }
                        })}
                    <div>
                        <dt>"Started"</dt>
                        <dd>
                            <Moment at=started_at />
                        </dd>
                    </div>
                    <div>
                        <dt>"Last seen"</dt>
                        <dd>
                            <Moment at=last_seen_at />
                        </dd>
                    </div>
                </dl>
            </div>
            {end}
        </li>
    }
}

/// The address and where it is, among other facts.
#[component]
pub fn Origin(ip: String, place: String) -> impl IntoView {
    let known = |text: String| if text.is_empty() { "Unknown".to_owned() } else { text };
    view! {
        <div>
            <dt>"IP address"</dt>
            <dd>{known(ip)}</dd>
        </div>
        <div>
            <dt>"Place"</dt>
            <dd>{known(place)}</dd>
        </div>
    }
}

/// Asks before ending all the others; `others`: how many there are.
pub fn end_others_page(site: &Site, frame: FrameView, others: usize) -> String {
    let heading = Heading::new("Sign out everywhere else");
    account_document(site, frame, AccountPage::Sessions, heading, || {
        let what = match others {
            1 => "One other session ends at once. You stay signed in here.".to_owned(),
            others => format!("{others} other sessions end at once. You stay signed in here."),
        };
        view! {
            <h1 class="account-title">"Sign out everywhere else?"</h1>
            <section class="account-section">
                <p class="account-lead">{what}</p>
                <form method="post" action="/account/sessions/end-others" class="plain-row">
                    <button type="submit" class="btn btn-primary plain-button">
                        "Sign out everywhere else"
                    </button>
                    <a class="btn plain-button" href="/account/sessions">
                        "Cancel"
                    </a>
                </form>
            </section>
        }
    })
}
