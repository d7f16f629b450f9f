//! `/admin/users`: find, filter, sort, page, select, act (U1–U12, U16).

mod address;
mod cards;
mod chips;
mod columns;
mod columns_dialog;
mod dialogs;
mod export_dialog;
mod filter_dialog;
mod keyboard;
mod matching;
mod search_panel;
mod shortcuts;
mod table;
mod toolbar;
mod unlock;
mod views_dialog;

use crate::ui::page_title::PageTitle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_url};
use types::bulk::{self, BulkAction};
use types::sessions::Viewer;
use types::user_list::{Filter, ListColumn, ListState, MatchCount, PageSize, UserCounts, UserPage, UserRow, grouped};
use types::{AccountId, Permission, StoreId};

use self::dialogs::{RareDialog, dialog};
use super::activation_link;
use super::api::{list_users, remember_page_size, user_counts};
use super::bulk::{Request, running};
use super::last_list::{self, UserSelection, whom};
use super::second_factor;
use crate::ApiError;
use crate::admin::frame::use_viewer;
use crate::admin::jobs::api::count_selection;
use crate::admin::palette::PageCommands;
use crate::admin::stores::switcher::{of_store, store_switcher};
use crate::resource::{Resource, resource};
use crate::ui::pager::PagerLinks;
use crate::ui::ready::mark_ready;
use crate::ui::selection::Selection;
use crate::ui::{
    BulkBar, Choice, EmptyState, Glyph, Icon, PageError, Pager, SkeletonRows, Toasts, deferred, nothing, on_demand,
    sign_in_again, use_toasts,
};

/// A page, with the address of the list that it is of.
type UserPages = Resource<(String, Result<UserPage, ApiError>)>;

/// What every part of the list shares.
#[derive(Clone, Copy)]
struct List {
    /// From the address.
    state: Memo<ListState>,
    pages: UserPages,
    counted: matching::Counted,
    /// The rows on the screen; they lag behind `state` while the next ones load.
    rows: StoredValue<Vec<UserRow>>,
    selection: RwSignal<UserSelection>,
    request: RwSignal<Option<Request>>,
    /// The id of the row button whose menu is open.
    menu: RwSignal<Option<String>>,
    adding: RwSignal<bool>,
    counts: Resource<Result<UserCounts, ApiError>>,
    /// The columns on the screen.
    columns: StoredValue<Vec<ListColumn>>,
    dialogs: Dialogs,
    inviting: RwSignal<bool>,
    /// Whose activation link is asked for.
    activation_link: activation_link::Whose,
    /// Whose default second factor is changed.
    second_factor: second_factor::Whose,
    /// Who is unlocked.
    unlocking: RwSignal<Option<(AccountId, String)>>,
    toasts: Toasts,
    navigate: Callback<(String, bool)>,
}

/// Which of the rarer dialogs are open.
#[derive(Clone, Copy)]
struct Dialogs {
    filter: RwSignal<bool>,
    columns: RwSignal<bool>,
    views: RwSignal<bool>,
    export: RwSignal<bool>,
    panel: RwSignal<bool>,
}

impl List {
    fn new(state: Memo<ListState>) -> Self {
        let navigate = use_navigate();
        Self {
            state,
            pages: resource(
                move || state.with(address::href),
                |address| async move {
                    let page = list_users(address::state_of(&address)).await;
                    (address, page)
                },
            ),
            counted: RwSignal::new(None),
            rows: StoredValue::new(Vec::new()),
            selection: last_list::selection(),
            request: RwSignal::new(None),
            menu: RwSignal::new(None),
            adding: RwSignal::new(false),
            counts: resource(move || state.with(|state| state.filter.store), user_counts),
            columns: StoredValue::new(ListColumn::DEFAULT.to_vec()),
            dialogs: Dialogs {
                filter: RwSignal::new(false),
                columns: RwSignal::new(false),
                views: RwSignal::new(false),
                export: RwSignal::new(false),
                panel: RwSignal::new(false),
            },
            inviting: RwSignal::new(false),
            activation_link: RwSignal::new(None),
            second_factor: RwSignal::new(None),
            unlocking: RwSignal::new(None),
            toasts: use_toasts(),
            navigate: Callback::new(move |(address, replace): (String, bool)| {
                // Another state of the list keeps its place; another page begins at its top.
                let scroll = address.starts_with(&format!("{}/", address::PATH));
                navigate(&address, NavigateOptions { replace, scroll, ..Default::default() });
            }),
        }
    }

    /// Loads the page and the cards anew.
    fn refresh(self) {
        self.counted.set(None);
        self.pages.refetch();
        self.counts.refetch();
    }

    /// Goes to an address of the console; `replace` leaves no entry in the browser's history.
    fn go(self, address: String, replace: bool) {
        self.navigate.run((address, replace));
    }

    /// Shows the list from its first page with some of its state changed.
    fn show(self, replace: bool, change: impl FnOnce(&mut ListState)) {
        self.go(self.state.with_untracked(|state| address::href_with(state, change)), replace);
    }

    fn open_profile(self, id: AccountId) {
        self.go(profile_address(id), false);
    }

    fn row_ids(self) -> Vec<AccountId> {
        self.rows.with_value(|rows| rows.iter().map(|row| row.id).collect())
    }

    /// One row's checkbox, with or without the shift key.
    fn toggle(self, id: AccountId, range: bool) {
        let page = self.row_ids();
        let filter = self.state.with_untracked(|state| state.filter.clone());
        self.selection.update(|selection| {
            if range {
                selection.toggle_range(id, &page, &filter);
            } else {
                selection.toggle(id, &page, &filter);
            }
        });
    }
}

fn profile_address(id: AccountId) -> String {
    format!("{}/{id}/attributes", address::PATH)
}

/// `/admin/users`.
#[component]
pub fn UsersPage() -> impl IntoView {
    // This route's own address: it does not change when another page is on its way.
    let url = use_url();
    let read = Memo::new(move |_| url.with(|url| address::read(url.search())));
    let state = Memo::new(move |_| read.with(|(state, _)| state.clone()));
    let list = List::new(state);
    let shortcuts = RwSignal::new(false);
    keyboard::listen(list, shortcuts);
    mark_ready();
    let asked = Memo::new(move |_| url.with(|url| url.search_params().get("do")));
    open_asked(list, asked);
    Effect::new(move || last_list::remember(&address::href(&state.get())));

    // The page on the screen stays, dimmed, while the next one loads.
    let busy = RwSignal::new(false);
    Effect::new(move || {
        let wanted = state.with(address::href);
        busy.set(list.pages.with(|page| page.is_some_and(|(loaded, _)| *loaded != wanted)));
    });

    let viewer = use_viewer();
    let content = move || async move {
        let viewer = viewer.await;
        let (address, page) = list.pages.await;
        match (viewer, page) {
            (Ok(viewer), Ok(page)) => loaded(list, &viewer, &address::state_of(&address), page),
            (Err(error), _) | (_, Err(error)) => {
                let retry = Callback::new(move |()| list.pages.refetch());
                view! { <PageError error retry /> }.into_any()
            }
        }
    };
    matching::watch(list);
    let count = move || async move {
        let (address, page) = list.pages.await;
        page.map_or_else(|_| nothing(), |page| heading_count(list, &address, page.count))
    };
    let add = move || async move {
        match viewer.await {
            Ok(viewer) => page_actions(list, &viewer),
            Err(_) => nothing(),
        }
    };
    let actions = move || async move {
        match viewer.await {
            Ok(viewer) => (bulk_bar(list, &viewer), table::row_menu(list, &viewer)).into_any(),
            Err(_) => nothing(),
        }
    };
    let cards =
        move || async move { list.counts.await.map_or_else(|_| nothing(), |counts| cards::cards(state, counts)) };
    let filter = Signal::derive(move || state.with(|state| state.filter.clone()));
    let on_field = Callback::new(move |(key, text): (String, String)| {
        list.show(true, |state| {
            if text.trim().is_empty() {
                state.filter.fields.remove(&key);
            } else {
                state.filter.fields.insert(key, text);
            }
        });
    });

    view! {
        <PageTitle text="Users – Roster" />
        <div class="page-head">
            {switcher(list)}
            <h1 class="page-title">"Users"</h1>
            <span class="count" role="status">
                {deferred(nothing, count)}
            </span>
            <span class="page-actions">{deferred(nothing, add)}</span>
        </div>
        {deferred(cards::skeleton, cards)}
        <toolbar::Toolbar list />
        <Notices read />
        <div class="list-layout">
            {on_demand(
                move || list.dialogs.panel.get(),
                move || search_panel(list.dialogs.panel, filter, on_field),
            )}
            <div class="list" aria-busy=move || busy.get().then_some("true")>
                {deferred(skeleton, content)}
                {deferred(nothing, actions)}
            </div>
        </div>
        {dialogs(list, filter, shortcuts)}
    }
}

/// The command palette leads here, to the dialog that it names.
fn open_asked(list: List, asked: Memo<Option<String>>) {
    let viewer = use_viewer();
    Effect::new(move || {
        let Some(asked) = asked.get() else { return };
        let may = |may: fn(&Viewer) -> bool| viewer.with(|viewer| viewer.as_ref()?.as_ref().ok().map(may));
        let (dialog, may) = match asked.as_str() {
            "invite-user" => (list.inviting, may(Viewer::may_invite)),
            "export" => (list.dialogs.export, may(|viewer| viewer.may(Permission::ExportUsers))),
            "add-user" => (list.adding, may(|viewer| viewer.may_everywhere(Permission::CreateUsers))),
            _ => return,
        };
        let Some(may) = may else { return };
        if may {
            dialog.set(true);
        }
        // Neither Back nor a reload opens it again.
        list.go(list.state.with_untracked(address::href), true);
    });
}

/// What opens over the page, each when it is asked for first.
fn dialogs(list: List, filter: Signal<Filter>, shortcuts: RwSignal<bool>) -> AnyView {
    let on_done = Callback::new(move |request: Request| {
        match (&request.whom, request.action, &request.selection) {
            (Some(_), BulkAction::Delete, bulk::Selection::Accounts(ids)) => {
                list.selection.update(|selection| ids.iter().for_each(|id| selection.release(*id)));
            }
            (Some(_), ..) => {}
            (None, ..) => list.selection.update(Selection::clear),
        }
        list.refresh();
    });
    let on_filter = Callback::new(move |filter| list.show(false, |state| state.filter = filter));
    let on_columns = Callback::new(move |columns: Option<Vec<ListColumn>>| {
        list.show(true, |state| state.columns = columns);
        list.pages.refetch();
    });
    // A job that ran when the page was loaded anew; known only once the browser has taken over.
    let reloaded = RwSignal::new(false);
    Effect::new(move || reloaded.set(running::remembered().is_some()));
    let asked = move || list.request.with(Option::is_some) || reloaded.get();
    let refetch = Callback::new(move |()| list.pages.refetch());
    view! {
        {on_demand(asked, move || dialog(RareDialog::Bulk(list.request, on_done)))}
        {on_demand(
            move || list.activation_link.with(Option::is_some),
            move || dialog(RareDialog::ActivationLink(list.activation_link, refetch)),
        )}
        {on_demand(
            move || list.second_factor.with(Option::is_some),
            move || dialog(RareDialog::SecondFactor(list.second_factor, refetch)),
        )}
        {on_demand(
            move || list.unlocking.with(Option::is_some),
            move || dialog(RareDialog::Unlock(list.unlocking, refetch)),
        )}
        {on_demand(move || shortcuts.get(), move || dialog(RareDialog::Shortcuts(shortcuts)))}
        {on_demand(move || list.dialogs.filter.get(), move || dialog(RareDialog::Filter(list.dialogs.filter, filter, on_filter)))}
        {on_demand(
            move || list.dialogs.columns.get(),
            move || dialog(RareDialog::Columns(list.dialogs.columns, filter, list.columns, on_columns)),
        )}
        {on_demand(move || list.dialogs.views.get(), move || dialog(RareDialog::Views(list.dialogs.views, list.state)))}
        {on_demand(
            move || list.dialogs.export.get(),
            move || dialog(RareDialog::Export(list.dialogs.export, filter, list.selection)),
        )}
    }
    .into_any()
}

#[lazy]
fn search_panel(open: RwSignal<bool>, filter: Signal<Filter>, on_search: Callback<(String, String)>) -> AnyView {
    view! { <search_panel::SearchPanel open filter on_search /> }.into_any()
}

/// Exact numbers alone, so that the words do not repeat the heading.
fn heading_count(list: List, address: &str, known: Option<MatchCount>) -> AnyView {
    let count = matching::count(list, address::state_of(address).filter, known);
    let text = move || count.get().map_or_else(String::new, |count| count.to_string());
    let words = move || match count.get() {
        None => "",
        Some(MatchCount::Exactly(1)) => " user",
        Some(_) => " users",
    };
    view! {
        {text}
        <span class="sr-only">{words}</span>
    }
    .into_any()
}

fn page_actions(list: List, viewer: &Viewer) -> AnyView {
    let bin = viewer.may(Permission::DeleteUsers).then(|| {
        let bin = move || in_store(list, "/admin/users/recycle-bin");
        view! {
            <a class="btn btn-sm btn-ghost" href=bin>
                <Icon glyph=Glyph::Trash />
                "Recycle bin"
            </a>
        }
    });
    let export = viewer.may(Permission::ExportUsers).then(|| export_button(list));
    let invite = viewer.may_invite().then(|| invite_user(list));
    let add = viewer.may_everywhere(Permission::CreateUsers).then(|| add_user(list));
    (bin, export, invite, add).into_any()
}

/// Another store has other groups and attributes, so only the order and the size of the pages stay.
fn switcher(list: List) -> AnyView {
    let on_change = Callback::new(move |store| {
        list.selection.update(Selection::clear);
        list.show(false, |state| state.filter = Filter { store, ..Filter::default() });
    });
    store_switcher("list", store_of(list), on_change)
}

/// The identity store on the screen; `None`: the default one.
fn store_of(list: List) -> Signal<Option<StoreId>> {
    Signal::derive(move || list.state.with(|state| state.filter.store))
}

/// A page for the list's identity store.
fn in_store(list: List, path: &str) -> String {
    of_store(path, list.state.with(|state| state.filter.store))
}

fn export_button(list: List) -> AnyView {
    view! {
        <button type="button" class="btn btn-sm" on:click=move |_| list.dialogs.export.set(true)>
            <Icon glyph=Glyph::Download />
            "Export"
        </button>
    }
    .into_any()
}

fn invite_user(list: List) -> AnyView {
    let on_invited = Callback::new(move |()| list.refresh());
    let store = store_of(list);
    view! {
        <button type="button" class="btn btn-sm" on:click=move |_| list.inviting.set(true)>
            <Icon glyph=Glyph::Mail />
            "Invite user"
        </button>
        {on_demand(move || list.inviting.get(), move || dialog(RareDialog::InviteUser(list.inviting, store, on_invited)))}
    }
    .into_any()
}

fn add_user(list: List) -> AnyView {
    let on_created = Callback::new(move |_| list.refresh());
    let store = store_of(list);
    let import = move || in_store(list, "/admin/users/import");
    view! {
        <a class="btn btn-sm" href=import>
            <Icon glyph=Glyph::Upload />
            "Import"
        </a>
        <button type="button" class="btn btn-sm btn-primary" on:click=move |_| list.adding.set(true)>
            <Icon glyph=Glyph::Plus />
            "Add user"
        </button>
        {on_demand(move || list.adding.get(), move || dialog(RareDialog::AddUser(list.adding, store, on_created)))}
    }
    .into_any()
}

fn skeleton() -> AnyView {
    view! {
        <p class="sr-only" role="status">
            "Loading"
        </p>
        <div class="table-frame">
            <table class="table" aria-hidden="true">
                <tbody>
                    <SkeletonRows rows=12 columns=7 />
                </tbody>
            </table>
        </div>
    }
    .into_any()
}

/// What the address said that made no sense.
#[component]
fn Notices(read: Memo<(ListState, Vec<String>)>) -> impl IntoView {
    let dismissed = RwSignal::new(Vec::<String>::new());
    move || {
        let notices = read.with(|(_, notices)| notices.clone());
        (!notices.is_empty() && dismissed.with(|dismissed| *dismissed != notices)).then(|| notice(notices, dismissed))
    }
}

fn notice(notices: Vec<String>, dismissed: RwSignal<Vec<String>>) -> AnyView {
    let lines = notices.iter().map(|notice| view! { <p>{notice.clone()}</p> }).collect_view();
    view! {
        <div class="notice" role="alert">
            <Icon glyph=Glyph::Alert />
            <div class="notice-text">{lines}</div>
            <button
                type="button"
                class="btn btn-ghost btn-square btn-sm"
                aria-label="Dismiss"
                on:click=move |_| dismissed.set(notices.clone())
            >
                <Icon glyph=Glyph::Close />
            </button>
        </div>
    }
    .into_any()
}

/// One page of the list, or why there is nothing.
fn loaded(list: List, viewer: &Viewer, state: &ListState, page: UserPage) -> AnyView {
    let notices: Vec<_> = page.notices.clone();
    let dismissed = RwSignal::new(Vec::new());
    let notices =
        move || (!notices.is_empty() && dismissed.with(Vec::is_empty)).then(|| notice(notices.clone(), dismissed));
    let chips = chips::chips(state, &page.names);
    list.columns.set_value(page.columns.clone());
    let columns = (page.columns.clone(), page.labels.clone());
    if page.rows.is_empty() {
        list.rows.set_value(Vec::new());
        return view! {
            {notices}
            {chips}
            {nobody(list, viewer, state)}
        }
        .into_any();
    }
    let shown = page.rows.len() as i64;
    let total = matching::count(list, state.filter.clone(), page.count);
    let text = Signal::derive(move || match total.get() {
        Some(total) => format!("{} of {total}", grouped(shown)),
        None => grouped(shown),
    });
    let links = pager_links(state, &page);
    let size = page.size;
    list.rows.set_value(page.rows.clone());
    view! {
        {notices}
        {chips}
        {select_all_banner(list, viewer, state.filter.clone(), page.rows.iter().map(|row| row.id).collect(), total)}
        {table::table(list, state, &columns, page.rows)}
        <Pager
            links
            text
            size=size.rows()
            sizes=PageSize::ALL.map(PageSize::rows).to_vec()
            on_size=Callback::new(move |rows| choose_size(list, rows))
        />
    }
    .into_any()
}

fn nobody(list: List, viewer: &Viewer, state: &ListState) -> AnyView {
    if state.filter == (Filter { store: state.filter.store, ..Filter::default() }) {
        let add = viewer.may_everywhere(Permission::CreateUsers).then(|| {
            view! {
                <button type="button" class="btn btn-sm btn-primary" on:click=move |_| list.adding.set(true)>
                    "Add the first user"
                </button>
            }
        });
        return view! {
            <EmptyState glyph=Glyph::Users title="No users yet" text="People appear here once they have an account.">
                {add}
            </EmptyState>
        }
        .into_any();
    }
    let everybody = address::href_with(state, |state| {
        state.filter = Filter { store: state.filter.store, ..Filter::default() };
    });
    view! {
        <EmptyState glyph=Glyph::Search title="No users match" text="Try fewer letters, or take a filter away.">
            <a class="btn btn-sm" href=everybody>
                "Clear search and filters"
            </a>
        </EmptyState>
    }
    .into_any()
}

fn pager_links(state: &ListState, page: &UserPage) -> PagerLinks {
    use types::user_list::Position;
    let at = |position: Position| address::href(&ListState { position, ..state.clone() });
    PagerLinks {
        first: page.before.as_ref().map(|_| at(Position::First)),
        previous: page.before.as_ref().map(|cursor| at(Position::Before(cursor.clone()))),
        next: page.after.as_ref().map(|cursor| at(Position::After(cursor.clone()))),
        last: page.after.as_ref().map(|_| at(Position::Last)),
    }
}

fn choose_size(list: List, rows: u32) {
    let Ok(size) = PageSize::try_from(rows) else { return };
    list.show(false, |state| state.size = Some(size));
    spawn_local(async move {
        // The list shows the size already; that it is remembered next time is a nicety.
        if let Err(error) = remember_page_size(size).await {
            sign_in_again(&error);
        }
    });
}

/// What the viewer may do to many at once, in the order of the bar.
fn bulk_actions(viewer: &Viewer) -> Vec<BulkAction> {
    let offered = BulkAction::ALL.iter().copied();
    offered.filter(|action| !action.is_for_deleted() && viewer.may(action.permission())).collect()
}

/// Offers everything that matches once the whole page is selected.
fn select_all_banner(
    list: List,
    viewer: &Viewer,
    filter: Filter,
    page: Vec<AccountId>,
    total: Signal<Option<MatchCount>>,
) -> Option<AnyView> {
    use crate::ui::selection::PageState;
    let action = *bulk_actions(viewer).first()?;
    let pending = RwSignal::new(false);
    let rows = page.len();
    let shown = filter.clone();
    let more = move || !matches!(total.get(), Some(MatchCount::Exactly(count)) if count <= rows as i64);
    let offered = Memo::new(move |_| {
        more()
            && list.selection.with(|selection| {
                selection.matching().is_none() && selection.page_state(&page, &shown) == PageState::All
            })
    });
    let select = move |filter: Filter| {
        pending.set(true);
        spawn_local(async move {
            let counted = count_selection(action, bulk::Selection::Matching(filter.clone())).await;
            let _ = pending.try_set(false);
            match counted {
                Ok(count) => {
                    let _ = list.selection.try_update(|selection| selection.select_matching(filter, count));
                }
                Err(error) if sign_in_again(&error) => {}
                Err(error) => list.toasts.error(error.to_string()),
            }
        });
    };
    let banner = move || {
        let filter = filter.clone();
        offered.get().then(|| {
            view! {
                <div class="select-all">
                    <span>{format!("All {rows} on this page are selected.")}</span>
                    <button
                        type="button"
                        class="btn btn-sm btn-ghost"
                        disabled=pending
                        on:click=move |_| select(filter.clone())
                    >
                        {move || match total.get() {
                            Some(total) => format!("Select all {total} matching"),
                            None => "Select all matching".to_owned(),
                        }}
                    </button>
                </div>
            }
        })
    };
    Some(banner.into_any())
}

/// Among the actions on the selection: it changes nobody, and has a dialog of its own.
const EXPORT: &str = "export";

fn bulk_bar(list: List, viewer: &Viewer) -> Option<AnyView> {
    let actions = bulk_actions(viewer);
    let mut choices: Vec<_> = actions.iter().map(|action| Choice::new(action.key(), action.label())).collect();
    if viewer.may(Permission::ExportUsers) {
        choices.push(Choice::new(EXPORT, "Export"));
    }
    if choices.is_empty() {
        return None;
    }
    let any = Memo::new(move |_| list.selection.with(|selection| !selection.is_empty()));
    let text = Signal::derive(move || {
        list.selection.with(|selection| match selection.matching() {
            Some(filter) if list.state.with(|state| state.filter == *filter) => {
                format!("All {} matching selected", grouped(selection.count()))
            }
            Some(_) => format!("All {} matching an earlier search selected", grouped(selection.count())),
            None => format!("{} selected", grouped(selection.count())),
        })
    });
    let on_apply = Callback::new(move |key: String| {
        if key == EXPORT {
            list.dialogs.export.set(true);
        } else if let Some(action) = BulkAction::from_key(&key) {
            ask(list, action);
        }
    });
    let on_clear = Callback::new(move |()| list.selection.update(Selection::clear));
    PageCommands::offer(choices.clone(), any, on_apply);
    let bar = move || {
        let choices = choices.clone();
        any.get().then(|| view! { <BulkBar text choices on_apply on_clear /> })
    };
    Some(bar.into_any())
}

/// Opens the question for an action on the selection, which is counted anew first: somebody may have
/// gone since.
fn ask(list: List, action: BulkAction) {
    let (selection, count) = list.selection.with_untracked(|selection| (whom(selection), selection.count()));
    let names: Vec<String> = match &selection {
        bulk::Selection::Accounts(ids) => list.rows.with_value(|rows| {
            rows.iter().filter(|row| ids.contains(&row.id)).take(3).map(|row| row.name.clone()).collect()
        }),
        bulk::Selection::Matching(_) => Vec::new(),
    };
    let store = list.state.with_untracked(|state| state.filter.store);
    let request = Request { action, store, selection, count, names, whom: None };
    spawn_local(async move {
        match count_selection(action, request.selection.clone()).await {
            Ok(0) => {
                list.toasts.error("Nobody of those selected is there any more.");
                let _ = list.selection.try_update(Selection::clear);
            }
            Ok(count) => {
                let _ = list.request.try_set(Some(Request { count, ..request }));
            }
            Err(error) if sign_in_again(&error) => {}
            Err(error) => list.toasts.error(error.to_string()),
        }
    });
}
