//! `/admin/mail` (N1, N2).

use crate::ui::page_title::PageTitle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_query_map;
use types::MessageId;
use types::messages::{Channel, MessagePage, MessageRow, MessageState, MessageText};

use super::api::{list_mail, read_mail, retry_mail};
use crate::ApiError;
use crate::resource::{Resource, resource};
use crate::ui::ready::mark_ready;
use crate::ui::{
    Badge, Dialog, EmptyState, Glyph, Icon, Moment, PageError, SkeletonLines, Tab, Tabs, Toasts, Tone, deferred,
    sign_in_again, use_toasts,
};

/// The state that is shown, and where the page begins.
type Asked = (Option<MessageState>, Option<String>);
type Loaded = Resource<Result<MessagePage, ApiError>>;

fn href(state: Option<MessageState>, older: Option<&str>) -> String {
    let mut pairs = Vec::new();
    pairs.extend(state.map(|state| format!("state={}", state.key())));
    pairs.extend(older.map(|older| format!("older={older}")));
    if pairs.is_empty() { "/admin/mail".to_owned() } else { format!("/admin/mail?{}", pairs.join("&")) }
}

/// What the page's parts share; it outlives each loading.
#[derive(Clone, Copy)]
struct Page {
    loaded: Loaded,
    /// The mail that is being read.
    text: RwSignal<Option<MessageText>>,
    reading: RwSignal<bool>,
    toasts: Toasts,
}

/// `/admin/mail`.
pub fn page() -> AnyView {
    let query = use_query_map();
    let asked: Memo<Asked> = Memo::new(move |_| {
        query.with(|query| (query.get("state").and_then(|key| MessageState::from_key(&key)), query.get("older")))
    });
    let loaded: Loaded = resource(move || asked.get(), |(state, older)| list_mail(state, older));
    mark_ready();
    let page = Page { loaded, text: RwSignal::new(None), reading: RwSignal::new(false), toasts: use_toasts() };
    let retry = Callback::new(move |()| loaded.refetch());
    let tabs = Signal::derive(move || {
        let (current, _) = asked.get();
        let tab = |label, state| Tab { label, href: href(state, None), current: current == state };
        let states = MessageState::ALL.map(|state| tab(state.label(), Some(state)));
        std::iter::once(tab("All", None)).chain(states).collect::<Vec<_>>()
    });
    view! {
        <PageTitle text="Mail log – Roster" />
        <div class="page-head">
            <h1 class="page-title">"Mail log"</h1>
            <button type="button" class="btn btn-sm page-action" on:click=move |_| loaded.refetch()>
                "Refresh"
            </button>
        </div>
        <div class="settings">
            <Tabs label="Mail log" tabs />
            {deferred(
                || view! { <SkeletonLines lines=8 /> }.into_any(),
                move || async move {
                    match loaded.await {
                        Err(error) => view! { <PageError error retry /> }.into_any(),
                        Ok(mails) => content(page, asked, mails),
                    }
                },
            )}
        </div>
        {reader(page)}
    }
    .into_any()
}

fn content(page: Page, asked: Memo<Asked>, mails: MessagePage) -> AnyView {
    let (state, older) = asked.get_untracked();
    let notice = (!mails.delivers).then(|| {
        let text = if mails.may_read {
            "No mail server is set up (ROSTER_SMTP_URL), so no mail leaves this machine. You can read what would have been sent, and follow the links."
        } else {
            "No mail server is set up (ROSTER_SMTP_URL), so no mail leaves this machine. An Owner can read what would have been sent."
        };
        view! {
            <div class="notice">
                <Icon glyph=Glyph::Alert />
                <p class="notice-text">{text}</p>
            </div>
        }
    });
    let table = if mails.rows.is_empty() {
        let text = match state {
            None => "Mails appear here as soon as somebody is invited, resets a password, or is told of a change.",
            Some(MessageState::Queued) => "Nothing waits to be sent.",
            Some(MessageState::Sent) => "Nothing was sent yet.",
            Some(MessageState::Failed) => "No mail has failed.",
        };
        view! { <EmptyState glyph=Glyph::Mail title="No mails" text /> }.into_any()
    } else {
        let rows = mails.rows.into_iter().map(|row| mail_row(page, row)).collect_view();
        view! {
            <div class="table-frame">
                <table class="table mail-table">
                    <caption class="sr-only">"Mails, newest first"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Mail"</th>
                            <th scope="col">"To"</th>
                            <th scope="col">"State"</th>
                            <th scope="col">"Queued at"</th>
                            <th scope="col">"Sent at"</th>
                            <th scope="col">
                                <span class="sr-only">"Actions"</span>
                            </th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    let newest = older.is_some().then(|| view! { <a class="btn btn-sm" href=href(state, None)>"Newest"</a> });
    let next =
        mails.older.map(|older| view! { <a class="btn btn-sm" href=href(state, Some(&older)) rel="next">"Older"</a> });
    view! {
        {notice}
        {table}
        <nav class="settings-actions" aria-label="Pages">
            {newest}
            {next}
        </nav>
    }
    .into_any()
}

fn mail_row(page: Page, row: MessageRow) -> AnyView {
    let (tone, glyph) = match row.state {
        MessageState::Queued => (Tone::Neutral, Glyph::Clock),
        MessageState::Sent => (Tone::Good, Glyph::Check),
        MessageState::Failed => (Tone::Bad, Glyph::Alert),
    };
    let id = row.id;
    let about = format!("{} to {}", row.kind.label(), row.recipient);
    let problem = row.problem.filter(|_| row.state != MessageState::Sent).map(|problem| {
        let next = row.next_attempt_at.map(|at| view! { " Next attempt: " <Moment at=at /> "." });
        view! { <p class="mail-problem">{format!("Attempt {}: {problem}", row.attempts)} {next}</p> }
    });
    let read = row.may_read.then(|| {
        let label = format!("Read: {about}");
        view! {
            <button type="button" class="btn btn-sm" aria-label=label on:click=move |_| read(page, id)>
                "Read"
            </button>
        }
    });
    let retry = row.may_retry.then(|| {
        let label = format!("Retry: {about}");
        view! {
            <button type="button" class="btn btn-sm" aria-label=label on:click=move |_| retry(page, id)>
                "Retry"
            </button>
        }
    });
    // Most are mails: only the others say by which way they go.
    let kind = match row.channel {
        Channel::Mail => row.kind.label().to_owned(),
        Channel::Sms => format!("{} ({})", row.kind.label(), row.channel.label()),
    };
    let to = match row.account {
        Some(account) => {
            view! { <a class="link" href=format!("/admin/users/{account}/attributes")>{row.recipient}</a> }.into_any()
        }
        None => row.recipient.into_any(),
    };
    view! {
        <tr>
            <td>{kind}</td>
            <td class="mail-to">{to}</td>
            <td>
                <Badge tone glyph text=row.state.label() />
                {problem}
            </td>
            <td data-label="Queued">
                <Moment at=row.created_at />
            </td>
            <td data-label="Sent">
                <Moment at=row.sent_at />
            </td>
            <td class="cell-actions">
                <div class="mail-actions">{read} {retry}</div>
            </td>
        </tr>
    }
    .into_any()
}

fn read(page: Page, id: MessageId) {
    spawn_local(async move {
        match read_mail(id).await {
            Ok(text) => {
                let _ = page.text.try_set(Some(text));
                let _ = page.reading.try_set(true);
            }
            Err(error) if sign_in_again(&error) => {}
            Err(error) => page.toasts.error(error.to_string()),
        }
    });
}

fn retry(page: Page, id: MessageId) {
    spawn_local(async move {
        match retry_mail(id).await {
            Ok(()) => page.toasts.success("It is on its way again."),
            Err(error) if sign_in_again(&error) => {}
            Err(error) => page.toasts.error(error.to_string()),
        }
        if page.reading.try_get_untracked().is_some() {
            page.loaded.refetch();
        }
    });
}

/// What a mail says: its text, with links that can be followed.
fn reader(page: Page) -> AnyView {
    let title = Signal::derive(move || {
        page.text.with(|text| text.as_ref().map(|text| text.subject.clone()).unwrap_or_default())
    });
    view! {
        <Dialog open=page.reading id="mail-text" title wide=true>
            <pre class="mail-text">{move || page.text.get().map(|text| linked(&text.text))}</pre>
            <div class="dialog-actions">
                <button type="button" class="btn btn-sm" on:click=move |_| page.reading.set(false)>
                    "Close"
                </button>
            </div>
        </Dialog>
    }
    .into_any()
}

/// The text, line by line; a line that is an address is a link.
fn linked(text: &str) -> AnyView {
    text.lines()
        .map(|line| {
            let is_link = (line.starts_with("https://") || line.starts_with("http://")) && !line.contains(' ');
            let (line, href) = (line.to_owned(), line.to_owned());
            if is_link {
                view! {
                    <a class="link" href=href rel="external">
                        {line}
                    </a>
                    "\n"
                }
                .into_any()
            } else {
                format!("{line}\n").into_any()
            }
        })
        .collect_view()
        .into_any()
}
