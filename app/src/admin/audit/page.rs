//! `/admin/audit`: who did what to whom, when, from where (G2).

use std::time::Duration;

use crate::ui::page_title::PageTitle;
use leptos::html;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use types::audit::{AuditFilter, AuditPage};
use types::events::{EventKind, Outcome};

use super::api::search_audit;
use super::event::event;
use crate::resource::resource;
use crate::ui::page_error::percent_encode;
use crate::ui::ready::mark_ready;
use crate::ui::{EmptyState, Glyph, Icon, PageError, SkeletonLines, deferred};

const PATH: &str = "/admin/audit";
/// How often a page with **Live** on asks again.
const POLL: Duration = Duration::from_secs(3);

type Asked = (AuditFilter, Option<String>);

fn address(path: &str, filter: &AuditFilter, more: &[(&str, &str)]) -> String {
    let of_filter = filter.to_pairs().into_iter().map(|(name, value)| format!("{name}={}", percent_encode(&value)));
    let pairs: Vec<_> =
        of_filter.chain(more.iter().map(|(name, value)| format!("{name}={}", percent_encode(value)))).collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

/// Links that download what the filter finds.
pub fn export_links(filter: &AuditFilter) -> AnyView {
    let link = |format: &'static str, label: &'static str| {
        let href = address("/admin/audit/export", filter, &[("format", format)]);
        view! {
            <a class="btn btn-sm" href=href download rel="external">
                <Icon glyph=Glyph::Download />
                {label}
            </a>
        }
    };
    view! {
        {link("csv", "Export CSV")}
        {link("json", "Export JSON")}
    }
    .into_any()
}

/// `/admin/audit`.
pub fn page() -> AnyView {
    let query = use_query_map();
    let asked: Memo<Asked> = Memo::new(move |_| {
        query.with(|query| {
            let names = ["actor", "subject", "kind", "outcome", "ip", "from", "until"];
            let pairs: Vec<_> =
                names.into_iter().filter_map(|name| query.get(name).map(|value| (name, value))).collect();
            let filter = AuditFilter::from_pairs(pairs.iter().map(|(name, value)| (*name, value.as_str())));
            (filter, query.get("after").filter(|cursor| !cursor.is_empty()))
        })
    });
    let found = resource(move || asked.get(), |(filter, older)| search_audit(filter, older));
    mark_ready();
    let live = RwSignal::new(false);
    let newest = Memo::new(move |_| asked.with(|(_, older)| older.is_none()));
    Effect::new(move || {
        if live.get()
            && newest.get()
            && let Ok(timer) = set_interval_with_handle(move || found.refetch(), POLL)
        {
            on_cleanup(move || timer.clear());
        }
    });
    let go = use_navigate();
    let show = Callback::new(move |filter: AuditFilter| {
        go(&address(PATH, &filter, &[]), NavigateOptions { scroll: false, ..Default::default() });
    });
    let retry = Callback::new(move |()| found.refetch());
    let content = move || async move {
        match found.await {
            Err(error) => view! { <PageError error retry /> }.into_any(),
            Ok(page) => list(asked, page),
        }
    };
    let exports = move || export_links(&asked.get().0);
    view! {
        <PageTitle text="Audit log – Roster" />
        <div class="page-head">
            <h1 class="page-title">"Audit log"</h1>
            <div class="tab-actions page-action">
                <label class="check-label">
                    <input
                        type="checkbox"
                        class="toggle toggle-sm"
                        autocomplete="off"
                        disabled=move || !newest.get()
                        prop:checked=live
                        on:change=move |event| live.set(event_target_checked(&event))
                    />
                    "Live"
                </label>
                {exports}
            </div>
        </div>
        {filter_form(asked, show)}
        <div class="list">{deferred(|| view! { <SkeletonLines lines=10 /> }.into_any(), content)}</div>
    }
    .into_any()
}

fn filter_form(asked: Memo<Asked>, show: Callback<AuditFilter>) -> AnyView {
    let form = NodeRef::<html::Form>::new();
    let text = move |name: &'static str, label: &'static str, kind: &'static str, hint: &'static str| {
        let value = move || {
            asked.with(|(filter, _)| {
                filter.to_pairs().into_iter().find(|(key, _)| *key == name).map(|(_, value)| value).unwrap_or_default()
            })
        };
        let id = format!("audit-{name}");
        view! {
            <div class="field">
                <label class="field-label" for=id.clone()>
                    {label}
                </label>
                <input
                    id=id
                    name=name
                    type=kind
                    class="input input-sm"
                    placeholder=hint
                    autocomplete="off"
                    spellcheck="false"
                    maxlength="200"
                    value=Signal::derive(value).get_untracked()
                    prop:value=value
                />
            </div>
        }
        .into_any()
    };
    let choice = move |name: &'static str, label: &'static str, choices: Vec<(&'static str, &'static str)>| {
        let chosen = move || {
            asked.with(|(filter, _)| {
                filter.to_pairs().into_iter().find(|(key, _)| *key == name).map(|(_, value)| value).unwrap_or_default()
            })
        };
        let id = format!("audit-{name}");
        let options = choices
            .into_iter()
            .map(|(key, label)| view! { <option value=key selected=move || chosen() == key>{label}</option> })
            .collect_view();
        view! {
            <div class="field">
                <label class="field-label" for=id.clone()>
                    {label}
                </label>
                <select id=id name=name class="select select-sm" prop:value=chosen>
                    {options}
                </select>
            </div>
        }
        .into_any()
    };
    let kinds = std::iter::once(("", "All kinds")).chain(EventKind::ALL.iter().map(|kind| (kind.key(), kind.label())));
    let outcomes =
        std::iter::once(("", "All outcomes")).chain(Outcome::ALL.into_iter().map(|one| (one.key(), one.label())));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(form) = form.get_untracked() else { return };
        let names = ["actor", "subject", "kind", "outcome", "ip", "from", "until"];
        let pairs: Vec<_> = names.into_iter().filter_map(|name| Some((name, value_of(&form, name)?))).collect();
        show.run(AuditFilter::from_pairs(pairs.iter().map(|(name, value)| (*name, value.as_str()))));
    };
    let is_set = move || asked.with(|(filter, _)| *filter != AuditFilter::default());
    view! {
        <form class="audit-filter" role="search" method="get" action=PATH node_ref=form on:submit=submit>
            {text("actor", "Actor", "text", "E-mail, username or id")}
            {text("subject", "Subject", "text", "E-mail, username or id")}
            {choice("kind", "Kind", kinds.collect())}
            {choice("outcome", "Outcome", outcomes.collect())}
            {text("ip", "IP address", "text", "192.0.2.1")}
            {text("from", "From", "date", "")}
            {text("until", "Until", "date", "")}
            <div class="audit-filter-actions">
                <button type="submit" class="btn btn-sm btn-primary">
                    "Search"
                </button>
                {move || {
                    is_set().then(|| view! { <a class="btn btn-sm btn-ghost" href=PATH>"Clear"</a> })
                }}
            </div>
        </form>
    }
    .into_any()
}

fn value_of(form: &web_sys::HtmlFormElement, name: &str) -> Option<String> {
    use leptos::wasm_bindgen::JsCast;
    let field = form.query_selector(&format!("[name='{name}']")).ok()??;
    match field.dyn_into::<web_sys::HtmlInputElement>() {
        Ok(input) => Some(input.value()),
        Err(field) => Some(field.dyn_into::<web_sys::HtmlSelectElement>().ok()?.value()),
    }
}

fn list(asked: Memo<Asked>, page: AuditPage) -> AnyView {
    let (filter, cursor) = asked.get_untracked();
    let older = page.older.as_ref().map(|older| {
        let href = address(PATH, &filter, &[("after", older)]);
        let label = if page.searched_to.is_some() { "Search further back" } else { "Older" };
        view! { <a class="btn btn-sm" href=href>{label}</a> }
    });
    let newest = cursor.is_some().then(|| {
        let href = address(PATH, &filter, &[]);
        view! { <a class="btn btn-sm" href=href>"Newest"</a> }
    });
    let searched = page.searched_to.map(|at| {
        view! { <p class="muted" role="status">{format!("Searched back to {} UTC so far.", at.minute())}</p> }
    });
    let notices = page
        .notices
        .iter()
        .map(|notice| view! { <p class="form-error" role="alert">{notice.clone()}</p> })
        .collect_view();
    let body = if !page.rows.is_empty() {
        let rows = page.rows.into_iter().map(|row| event(row.event, row.subject)).collect_view();
        view! {
            <ol class="timeline" aria-label="Events, newest first">
                {rows}
            </ol>
        }
        .into_any()
    } else if page.notices.is_empty() && page.searched_to.is_none() {
        let (title, text) = if filter == AuditFilter::default() {
            ("Nothing yet", "Sign-ins, changes and failures appear here.")
        } else {
            ("Nothing like this", "Try fewer conditions, or other days.")
        };
        view! { <EmptyState glyph=Glyph::History title text /> }.into_any()
    } else {
        ().into_any()
    };
    view! {
        {notices}
        {body}
        {searched}
        <nav class="timeline-more" aria-label="Pages">
            {newest}
            {older}
        </nav>
    }
    .into_any()
}
