//! **Activity** (E5): what happened to one's own account, and **This wasn't me**.

use leptos::prelude::*;
use types::events::{Disowning, EventActor, EventKind, EventRow, FieldChange, Outcome, OwnActivity, OwnEvent};
use types::{AccountId, EventId, Timestamp};

use super::frame::{AccountPage, FrameView, account_document};
use crate::admin::audit::event::label_of;
use crate::plain::{Heading, Problem, ProblemSummary, Site};
use crate::ui::{Badge, EmptyState, Glyph, Icon, Moment, Tone};

/// What the page shows.
#[derive(Clone, Debug)]
pub struct ActivityView {
    pub holder: AccountId,
    pub activity: OwnActivity,
    /// Whether it is not the newest page.
    pub is_older: bool,
    pub problem: Problem,
}

pub fn activity_page(site: &Site, frame: FrameView, view: ActivityView) -> String {
    let heading = Heading::failed_if("Activity", !view.problem.is_none());
    account_document(site, frame, AccountPage::Activity, heading, || content(view))
}

fn content(view: ActivityView) -> impl IntoView {
    let ActivityView { holder, activity, is_older, problem } = view;
    let OwnActivity { events, older } = activity;
    let body = if events.is_empty() {
        let text = "What happens with your account appears here.";
        view! { <EmptyState glyph=Glyph::History title="Nothing more" text /> }.into_any()
    } else {
        let rows = events
            .into_iter()
            .enumerate()
            .map(|(number, event)| view! { <Happened number event holder /> })
            .collect_view();
        view! { <ul class="session-list">{rows}</ul> }.into_any()
    };
    view! {
        <h1 class="account-title">"Activity"</h1>
        <ProblemSummary problem />
        <section class="account-section" aria-labelledby="activity-heading">
            <h2 id="activity-heading">"What happened"</h2>
            <p class="account-lead">"The newest first. Times are in UTC."</p>
            {body}
            <nav class="plain-row" aria-label="Pages of activity">
                {is_older
                    .then(|| {
                        view! {
                            <a class="btn plain-button" href="/account/activity">
                                "Newest"
                            </a>
                        }
                    })}
                {older
                    .map(|cursor| {
                        view! {
                            <a class="btn plain-button" href=format!("/account/activity?older={cursor}")>
                                "Older"
                            </a>
                        }
                    })}
            </nav>
        </section>
    }
}

#[component]
fn Happened(number: usize, event: OwnEvent, holder: AccountId) -> impl IntoView {
    let OwnEvent { event, disowning } = event;
    let EventRow { id, at, kind, outcome, actor, ip, place, browser, changes, .. } = event;
    let name_id = format!("event-{number}");
    let way = match disowning {
        Disowning::No => ().into_any(),
        Disowning::AskStaff => {
            view! { <p class="plain-hint">"If this wasn't you, ask an administrator now."</p> }.into_any()
        }
        Disowning::Yes => view! {
            <form method="get" action="/account/activity/not-me">
                <input type="hidden" name="id" value=id.to_string() />
                <button type="submit" class="btn plain-button" aria-describedby=name_id.clone()>
                    "This wasn't me"
                </button>
            </form>
        }
        .into_any(),
    };
    let fact = |label: &'static str, value: String| {
        view! {
            <div>
                <dt>{label}</dt>
                <dd>{value}</dd>
            </div>
        }
    };
    let changes = changes.into_iter().map(change).collect_view();
    view! {
        <li class="session">
            <span class="session-glyph">
                <Icon glyph=Glyph::History />
            </span>
            <div class="session-text">
                <p class="session-name" id=name_id>
                    {kind.label()}
                    {(outcome == Outcome::Refused)
                        .then(|| view! { <Badge tone=Tone::Bad glyph=Glyph::Ban text="Refused" /> })}
                </p>
                <dl class="session-facts">
                    <div>
                        <dt>"When"</dt>
                        <dd>
                            <Moment at />
                        </dd>
                    </div>
                    {who(actor, holder).map(|who| fact("By", who))}
                    {ip.map(|ip| fact("IP address", ip))}
                    {place.map(|place| fact("Place", place))}
                    {browser.map(|browser| fact("Browser", browser))}
                    {changes}
                </dl>
            </div>
            {way}
        </li>
    }
}

fn who(actor: Option<EventActor>, holder: AccountId) -> Option<String> {
    actor.map(|actor| if actor.id == holder { "You".to_owned() } else { actor.name })
}

fn change(change: FieldChange) -> impl IntoView {
    let value = match (change.old, change.new) {
        (Some(old), Some(new)) if old != new => format!("{old} → {new}"),
        (None, None) => "Changed".to_owned(),
        (old, new) => new.or(old).unwrap_or_default(),
    };
    view! {
        <div>
            <dt>{label_of(&change.field)}</dt>
            <dd>
                <bdi>{value}</bdi>
            </dd>
        </div>
    }
}

/// Asks before everything ends.
pub fn not_me_page(site: &Site, frame: FrameView, id: EventId, kind: EventKind, at: Timestamp) -> String {
    account_document(site, frame, AccountPage::Activity, Heading::new("This wasn't me"), || {
        view! {
            <h1 class="account-title">"This wasn't me"</h1>
            <section class="account-section">
                <p class="account-lead">
                    "“"{kind.label()}"”, "<Moment at />" (UTC). If you did not do this, somebody else has been in your account. \
                     To put them out:"
                </p>
                <ul class="plain-list">
                    <li>"All your sessions are signed out, this one too."</li>
                    <li>"Second factors and security codes that were set up since then are removed."</li>
                    <li>
                        "Your security questions, and addresses to recover with, are removed: set them up anew afterwards."
                    </li>
                    <li>
                        "Your password stops working. We mail you a link to choose a new one; you need it to sign in again."
                    </li>
                </ul>
                <form method="post" action="/account/activity/not-me" class="plain-row">
                    <input type="hidden" name="id" value=id.to_string() />
                    <button type="submit" class="btn btn-error plain-button">
                        "Secure my account"
                    </button>
                    <a class="btn plain-button" href="/account/activity">
                        "Cancel"
                    </a>
                </form>
            </section>
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(disowning: Disowning) -> String {
        let id = EventId(Default::default());
        let event = EventRow {
            id,
            at: Timestamp(0),
            kind: EventKind::SignedIn,
            outcome: Outcome::Done,
            actor: None,
            on_behalf_of: None,
            ip: Some("192.0.2.1".into()),
            place: None,
            browser: Some("<b>Chrome".into()),
            session: None,
            changes: vec![FieldChange::new("first_name", Some("Ada"), Some("<i>Eve"))],
            note: None,
        };
        let activity = OwnActivity { events: vec![OwnEvent { event, disowning }], older: Some("1.x".into()) };
        let view = ActivityView {
            holder: AccountId(Default::default()),
            activity,
            is_older: false,
            problem: Problem::default(),
        };
        let frame = FrameView { name: "Ada".into(), is_staff: false, acting: None };
        activity_page(&Site { stylesheet: "/pkg/roster.css".into() }, frame, view)
    }

    #[test]
    fn what_is_strange_can_be_disowned_and_nothing_is_markup() {
        let html = page(Disowning::Yes);
        assert!(html.contains("This wasn't me</button>") && html.contains("First name"), "{html}");
        assert!(html.contains("href=\"/account/activity?older=1.x\""), "{html}");
        assert!(!html.contains("<b>Chrome") && !html.contains("<i>Eve") && !html.contains("<script"), "{html}");
        assert!(!page(Disowning::No).contains("This wasn't me"));
        assert!(page(Disowning::AskStaff).contains("ask an administrator"));
    }
}
