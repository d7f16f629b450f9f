//! One event as the log and the profile show it: what, by whom, from where, and what it changed.

use leptos::prelude::*;
use types::events::{EventActor, EventKind, EventRow, FieldChange, Outcome};

use crate::admin::users::fields::FIELDS;
use crate::ui::{Badge, Glyph, Moment, Tone};

/// A line of the list. `subject`: whom it concerns, where that is not said by the page.
pub fn event(event: EventRow, subject: Option<EventActor>) -> AnyView {
    let outcome = match event.outcome {
        Outcome::Done => view! { <Badge tone=Tone::Good glyph=Glyph::Check text="Done" /> },
        Outcome::Refused => view! { <Badge tone=Tone::Bad glyph=Glyph::Ban text="Refused" /> },
    };
    let same = subject.as_ref().is_some_and(|subject| event.actor.as_ref() == Some(subject));
    let who = match event.actor {
        Some(actor) => person(actor),
        // What no browser asked for was the command line or a job.
        None if event.ip.is_none() && event.browser.is_none() => "Roster itself".into_any(),
        None => "Somebody not signed in".into_any(),
    };
    let on_behalf_of = event.on_behalf_of.map(|whose| {
        view! {
            <span class="muted">" on behalf of "</span>
            {person(whose)}
        }
    });
    let whom = subject.filter(|_| !same).map(|subject| {
        view! {
            <span class="muted">" → "</span>
            {person(subject)}
        }
    });
    let origin: Vec<_> = event.ip.into_iter().chain(event.place).chain(event.browser).collect();
    let origin = (!origin.is_empty()).then(|| format!(" · {}", origin.join(" · ")));
    // The last letters tell sessions apart; the whole is in the export.
    let session = event.session.map(|session| {
        let id = session.to_string();
        let short = id.get(id.len().saturating_sub(8)..).unwrap_or_default().to_owned();
        view! { <span title=format!("Session {id}")>{format!(" · session {short}")}</span> }
    });
    let changes = (!event.changes.is_empty()).then(|| {
        let arrows = matches!(
            event.kind,
            EventKind::AccountEdited | EventKind::GroupEdited | EventKind::OrganizationEdited | EventKind::RoleEdited
        );
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
                <p class="event-who">{who} {on_behalf_of} {whom} <span class="muted">{origin} {session}</span></p>
                {changes}
                {event.note.map(|note| view! { <p class="event-note">{note}</p> })}
            </div>
        </li>
    }
    .into_any()
}

fn person(person: EventActor) -> AnyView {
    view! {
        <a class="link" href=format!("/admin/users/{}/attributes", person.id)>
            {person.name}
        </a>
    }
    .into_any()
}

/// What people call a changed field.
pub fn label_of(field: &str) -> String {
    let known = FIELDS.iter().find(|known| known.name == field);
    known.map_or_else(|| capitalised(field), |known| known.label.to_owned())
}

/// `parent` as `Parent`, `session_limit` as `Session limit`.
fn capitalised(field: &str) -> String {
    let words = field.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// An edit shows old and new also where one of them is empty; elsewhere one of them says it all.
fn change(change: FieldChange, arrows: bool) -> AnyView {
    let label = label_of(&change.field);
    // A value that the log does not tell, since the console does not show it.
    if change.old.is_none() && change.new.is_none() {
        return view! { <li class="muted">{format!("{label}: changed")}</li> }.into_any();
    }
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
