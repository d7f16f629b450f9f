//! The **Activity** tab (P7): every event of the account and every action on it, newest first.

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::audit::AuditFilter;
use types::events::{EventKind, EventPage, EventRow};
use types::{AccountId, Timestamp};

use super::address::activity_href;
use super::page::Page;
use crate::admin::audit::event::event;
use crate::admin::audit::page::export_links;
use crate::admin::users::api::user_activity;
use crate::admin::users::fields::focus_id;
use crate::ui::{Choice, EmptyState, Glyph, SelectField};

const LIST_ID: &str = "activity-events";

pub fn view(page: Page, id: AccountId, events: EventPage) -> AnyView {
    let filter = Signal::derive(move || page.address.get().map(|address| address.activity).unwrap_or_default());
    let mut choices = vec![Choice::new("", "All kinds")];
    choices.extend(EventKind::ALL.iter().map(|kind| Choice::new(kind.key(), kind.label())));
    let value =
        Signal::derive(move || filter.with(|filter| filter.kind.map(EventKind::key).unwrap_or_default().to_owned()));
    let show = move |change: &dyn Fn(&mut AuditFilter)| {
        let mut filter = filter.get_untracked();
        change(&mut filter);
        page.navigate()(&activity_href(id, &filter));
    };
    let on_change = Callback::new(move |kind: String| show(&|filter| filter.kind = EventKind::from_key(&kind)));
    let from = move |event| show(&|filter| filter.from = Timestamp::parse_date(&event_target_value(&event)));
    let until = move |event| show(&|filter| filter.until = Timestamp::parse_date(&event_target_value(&event)));
    let day =
        move |which: fn(&AuditFilter) -> Option<Timestamp>| filter.with(which).map(Timestamp::date).unwrap_or_default();
    let body = if events.events.is_empty() {
        let (title, text) = if filter.with_untracked(|filter| *filter == AuditFilter::default()) {
            ("Nothing yet", "What happens with this account appears here.")
        } else {
            ("Nothing like this", "Choose another kind or other days.")
        };
        view! { <EmptyState glyph=Glyph::History title text /> }.into_any()
    } else {
        timeline(page, id, events)
    };
    let export = move || {
        let of_account = filter.with(|filter| AuditFilter { subject: id.to_string(), ..filter.clone() });
        export_links(&of_account)
    };
    view! {
        <section class="tab" aria-labelledby="tab-title">
            <div class="tab-head">
                <h2 id="tab-title" class="panel-title">
                    "Activity"
                </h2>
                <div class="tab-actions activity-filter">
                    <SelectField form="activity" name="kind" label="Kind" bare=true value choices on_change />
                    <label class="day-field">
                        <span class="muted">"From"</span>
                        <input
                            type="date"
                            class="input input-sm"
                            autocomplete="off"
                            prop:value=move || day(|filter| filter.from)
                            on:change=from
                        />
                    </label>
                    <label class="day-field">
                        <span class="muted">"Until"</span>
                        <input
                            type="date"
                            class="input input-sm"
                            autocomplete="off"
                            prop:value=move || day(|filter| filter.until)
                            on:change=until
                        />
                    </label>
                    {export}
                </div>
            </div>
            {body}
        </section>
    }
    .into_any()
}

fn timeline(page: Page, id: AccountId, events: EventPage) -> AnyView {
    let newest = events.events.into_iter().map(|row| event(row, None)).collect_view();
    let further = RwSignal::new(Vec::<EventRow>::new());
    let older = RwSignal::new(events.older);
    let pending = RwSignal::new(false);
    let load = move |_| {
        let Some(cursor) = older.get_untracked() else { return };
        let filter = page.address.get_untracked().map(|address| address.activity).unwrap_or_default();
        pending.set(true);
        spawn_local(async move {
            let loaded = user_activity(id, filter, Some(cursor)).await;
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
                {event(row, None)}
            </For>
        </ol>
        <div class="timeline-more">{more}</div>
    }
    .into_any()
}
