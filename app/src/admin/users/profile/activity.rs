//! The **Activity** tab (P7): every event of the account and every action on it, newest first.

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::AccountId;
use types::events::{EventKind, EventPage, EventRow, FieldChange, Outcome};

use super::address::{ProfileTab, activity_href, href};
use super::page::Page;
use crate::admin::users::api::user_activity;
use crate::admin::users::fields::{FIELDS, focus_id};
use crate::ui::{Badge, Choice, EmptyState, Glyph, Moment, SelectField, Tone};

const LIST_ID: &str = "activity-events";

pub fn view(page: Page, id: AccountId, events: EventPage) -> AnyView {
    let kind = move || page.address.get().ok().and_then(|address| address.kind);
    let mut choices = vec![Choice::new("", "All kinds")];
    choices.extend(EventKind::ALL.iter().map(|kind| Choice::new(kind.key(), kind.label())));
    let value = Signal::derive(move || kind().map(EventKind::key).unwrap_or_default().to_owned());
    let on_change = Callback::new(move |kind: String| page.navigate()(&activity_href(id, &kind)));
    let body = if events.events.is_empty() {
        let (title, text) = match kind() {
            Some(_) => ("Nothing of this kind", "Choose another kind, or all of them."),
            None => ("Nothing yet", "What happens with this account appears here."),
        };
        view! { <EmptyState glyph=Glyph::History title text /> }.into_any()
    } else {
        timeline(page, id, events)
    };
    view! {
        <section class="tab" aria-labelledby="tab-title">
            <div class="tab-head">
                <h2 id="tab-title" class="panel-title">
                    "Activity"
                </h2>
                <div class="tab-actions">
                    <SelectField form="activity" name="kind" label="Kind" bare=true value choices on_change />
                </div>
            </div>
            {body}
        </section>
    }
    .into_any()
}

fn timeline(page: Page, id: AccountId, events: EventPage) -> AnyView {
    let newest = events.events.into_iter().map(event).collect_view();
    let further = RwSignal::new(Vec::<EventRow>::new());
    let older = RwSignal::new(events.older);
    let pending = RwSignal::new(false);
    let load = move |_| {
        let Some(cursor) = older.get_untracked() else { return };
        let kind = page.address.get_untracked().ok().and_then(|address| address.kind);
        pending.set(true);
        spawn_local(async move {
            let loaded = user_activity(id, kind, Some(cursor)).await;
            let _ = pending.try_set(false);
            match loaded {
                Ok(loaded) => {
                    if loaded.older.is_none() {
                        // The button goes, and with it the focus.
                        focus_id(LIST_ID);
                    }
                    let _ = further.try_update(|further| further.extend(loaded.events));
                    let _ = older.try_set(loaded.older);
                }
                Err(error) => page.failed(&error),
            }
        });
    };
    let more = move || {
        older.with(Option::is_some).then(|| {
            view! {
                <button
                    type="button"
                    class="btn btn-sm"
                    disabled=pending
                    aria-busy=move || pending.get().then_some("true")
                    on:click=load
                >
                    "Load older"
                </button>
            }
        })
    };
    view! {
        <ol id=LIST_ID class="timeline" aria-label="Events, newest first" tabindex="-1">
            {newest}
            <For each=move || further.get() key=|event| event.id let:row>
                {event(row)}
            </For>
        </ol>
        <div class="timeline-more">{more}</div>
    }
    .into_any()
}

fn event(event: EventRow) -> AnyView {
    let outcome = match event.outcome {
        Outcome::Done => view! { <Badge tone=Tone::Good glyph=Glyph::Check text="Done" /> },
        Outcome::Refused => view! { <Badge tone=Tone::Bad glyph=Glyph::Ban text="Refused" /> },
    };
    let who = match event.actor {
        Some(actor) => view! {
            <a class="link" href=href(actor.id, ProfileTab::Attributes)>
                {actor.name}
            </a>
        }
        .into_any(),
        None => "Nobody signed in".into_any(),
    };
    let origin: Vec<_> = event.ip.into_iter().chain(event.browser).collect();
    let origin = (!origin.is_empty()).then(|| format!(" · {}", origin.join(" · ")));
    let changes = (!event.changes.is_empty()).then(|| {
        let arrows = event.kind == EventKind::AccountEdited;
        let changes = event.changes.into_iter().map(|one| change(one, arrows)).collect_view();
        view! { <ul class="event-changes">{changes}</ul> }
    });
    view! {
        <li class="event">
            <Moment at=event.at />
            <div class="event-body">
                <p class="event-what">
                    <strong>{event.kind.label()}</strong>
                    {outcome}
                </p>
                <p class="event-who">{who} <span class="muted">{origin}</span></p>
                {changes}
                {event.note.map(|note| view! { <p class="event-note">{note}</p> })}
            </div>
        </li>
    }
    .into_any()
}

/// An edit shows old and new also where one of them is empty; elsewhere one of them says it all.
fn change(change: FieldChange, arrows: bool) -> AnyView {
    let label = match change.field.as_str() {
        "group" => "Group".to_owned(),
        "role" => "Role".to_owned(),
        name => FIELDS.iter().find(|field| field.name == name).map_or_else(|| name.to_owned(), |f| f.label.to_owned()),
    };
    let empty = || "(empty)".to_owned();
    let value = match (change.old, change.new) {
        (None, Some(only)) | (Some(only), None) if !arrows => only.into_any(),
        (old, new) => view! {
            <del>{old.unwrap_or_else(empty)}</del>
            <span aria-hidden="true">" → "</span>
            <span class="sr-only">" changed to "</span>
            <ins>{new.unwrap_or_else(empty)}</ins>
        }
        .into_any(),
    };
    view! {
        <li>
            <span class="muted">{format!("{label}: ")}</span>
            {value}
        </li>
    }
    .into_any()
}
