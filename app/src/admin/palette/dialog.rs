//! The palette itself: a box, and below it what the letters find.

use std::time::Duration;

use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use types::sessions::Viewer;
use types::settings::SectionName;
use types::user_list::{Filter, ListState, PageSize};
use types::{Permission, StoreId};

use super::PageCommands;
use crate::admin::frame::use_viewer;
use crate::admin::users::api::list_users;
use crate::ui::{Dialog, Glyph, Icon};

/// How long typing must pause before people are looked for.
const PAUSE: Duration = Duration::from_millis(150);
/// People shown.
const PEOPLE: usize = 8;

type IsTheirs = fn(&Viewer) -> bool;

/// What the navigation does not name, where it is, and whose it is. `?do=` is a dialog there.
const OTHERS: [(Glyph, &str, &str, IsTheirs); 5] = [
    (Glyph::Plus, "Add user", "?do=add-user", |viewer| viewer.may_everywhere(Permission::CreateUsers)),
    (Glyph::Mail, "Invite user", "?do=invite-user", Viewer::may_invite),
    (Glyph::Download, "Export users", "?do=export", |viewer| viewer.may(Permission::ExportUsers)),
    (Glyph::Upload, "Import users", "/admin/users/import", |viewer| viewer.may_everywhere(Permission::CreateUsers)),
    (Glyph::Trash, "Recycle bin", "/admin/users/recycle-bin", |viewer| viewer.may(Permission::ViewUsers)),
];

/// One line of the list.
#[derive(Clone)]
struct Entry {
    glyph: Glyph,
    label: String,
    detail: String,
    act: Act,
}

/// What choosing it does.
#[derive(Clone)]
enum Act {
    Go(String),
    /// A page that is not of the console.
    Outside(&'static str),
    /// The key of a choice of the page's bar.
    Command(String),
    SignOut,
}

#[component]
pub fn PaletteDialog(open: RwSignal<bool>, commands: PageCommands) -> impl IntoView {
    view! {
        <Dialog open id="palette" title="Commands">
            {content(open, commands)}
        </Dialog>
    }
}

fn content(open: RwSignal<bool>, commands: PageCommands) -> AnyView {
    let viewer = use_viewer();
    let choose = Callback::new(move |act: Act| {
        open.set(false);
        match act {
            Act::Go(address) => follow(&address, false),
            Act::Outside(address) => follow(address, true),
            Act::Command(key) => commands.run(key),
            Act::SignOut => press("form[action='/logout'] button"),
        }
    });
    let q = RwSignal::new(String::new());
    let people = RwSignal::new(Vec::<Entry>::new());
    let at = RwSignal::new(0_usize);
    let offered = StoredValue::new(commands.now());
    let navigation = StoredValue::new(navigation_links());
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    let stop_waiting = move || {
        if let Some(timer) = waiting.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    };
    on_cleanup(stop_waiting);
    let entries = Signal::derive(move || {
        let wanted = q.with(|q| q.trim().to_lowercase());
        let matches = |label: &str| label.to_lowercase().contains(&wanted);
        let mut entries: Vec<_> = offered.with_value(|commands| {
            let found = commands.iter().filter(|command| matches(&command.label));
            found
                .map(|command| Entry {
                    glyph: Glyph::Check,
                    label: command.label.clone(),
                    detail: "on the selection".to_owned(),
                    act: Act::Command(command.value.clone()),
                })
                .collect()
        });
        let page = |label: &str, address: &str| Entry {
            glyph: Glyph::ChevronRight,
            label: label.to_owned(),
            detail: "page".to_owned(),
            act: Act::Go(address.to_owned()),
        };
        navigation.with_value(|links| {
            let found = links.iter().filter(|(label, _)| matches(label));
            entries.extend(found.map(|(label, address)| page(label, address)));
        });
        let others = viewer.with(|viewer| match viewer {
            Some(Ok(viewer)) => others_for(viewer),
            _ => Vec::new(),
        });
        entries.extend(others.into_iter().filter(|entry| matches(&entry.label)));
        entries.extend(people.get());
        entries
    });
    let look = move || {
        let text = q.get_untracked();
        if text.trim().is_empty() {
            return people.set(Vec::new());
        }
        spawn_local(async move {
            let filter = Filter { q: text.clone(), store: store_on_screen(), ..Filter::default() };
            let state = ListState { filter, size: PageSize::try_from(25).ok(), ..ListState::default() };
            let Ok(page) = list_users(state).await else { return };
            // A letter typed meanwhile makes the answer stale.
            if q.try_get_untracked() != Some(text) {
                return;
            }
            let found = page.rows.into_iter().take(PEOPLE).map(|row| {
                let act = Act::Go(format!("/admin/users/{}/attributes", row.id));
                Entry { glyph: Glyph::User, label: row.name, detail: row.email, act }
            });
            let _ = people.try_set(found.collect());
        });
    };
    let typed = move |event| {
        q.set(event_target_value(&event));
        at.set(0);
        stop_waiting();
        waiting.set_value(set_timeout_with_handle(look, PAUSE).ok());
    };
    let list = NodeRef::<html::Div>::new();
    let pressed = move |event: ev::KeyboardEvent| {
        let count = entries.with_untracked(Vec::len);
        match event.key().as_str() {
            "ArrowDown" if count > 0 => at.update(|at| *at = (*at + 1) % count),
            "ArrowUp" if count > 0 => at.update(|at| *at = (*at + count - 1) % count),
            "Enter" => {
                if let Some(entry) = entries.with_untracked(|entries| entries.get(at.get_untracked()).cloned()) {
                    choose.run(entry.act);
                }
            }
            _ => return,
        }
        event.prevent_default();
        if let Some(option) = list
            .get_untracked()
            .and_then(|list| list.query_selector(&format!("#palette-option-{}", at.get_untracked())).ok().flatten())
        {
            option.scroll_into_view_with_bool(false);
        }
    };
    let nothing = move || {
        let text = "Nothing found. What can be done to users is offered once some are selected in their list.";
        entries.with(Vec::is_empty).then(|| view! { <p class="muted picker-nothing">{text}</p> })
    };
    let options = move || {
        let found = entries.get().into_iter().enumerate();
        found.map(|(number, entry)| option(number, at, choose, entry)).collect_view()
    };
    view! {
        <label class="search-box" for="palette-search">
            <span class="sr-only">"Search pages, people and commands"</span>
            <Icon glyph=Glyph::Search />
            <input
                id="palette-search"
                type="search"
                class="input input-sm"
                placeholder="Search pages, people and commands"
                role="combobox"
                aria-expanded="true"
                aria-controls="palette-list"
                aria-autocomplete="list"
                aria-activedescendant=move || format!("palette-option-{}", at.get())
                autocomplete="off"
                spellcheck="false"
                maxlength="200"
                autofocus=true
                prop:value=q
                on:input=typed
                on:keydown=pressed
            />
        </label>
        <div id="palette-list" class="palette-list" role="listbox" aria-label="Found" node_ref=list>
            {options}
        </div>
        {nothing}
    }
    .into_any()
}

fn option(number: usize, at: RwSignal<usize>, choose: Callback<Act>, entry: Entry) -> AnyView {
    let act = entry.act;
    view! {
        <div
            id=format!("palette-option-{number}")
            class="palette-option"
            role="option"
            aria-selected=move || if at.get() == number { "true" } else { "false" }
            on:click=move |_| choose.run(act.clone())
            on:mousemove=move |_| {
                if at.get_untracked() != number {
                    at.set(number);
                }
            }
        >
            <Icon glyph=entry.glyph />
            {entry.label}
            <span class="muted">{entry.detail}</span>
        </div>
    }
    .into_any()
}

/// What the navigation does not name, as the pages themselves offer it to this reader.
fn others_for(viewer: &Viewer) -> Vec<Entry> {
    let entry = |glyph, label: &str, detail: &str, act| Entry {
        glyph,
        label: label.to_owned(),
        detail: detail.to_owned(),
        act,
    };
    let others = OTHERS.iter().filter(|(.., may)| may(viewer));
    let mut entries: Vec<_> = others
        .map(|(glyph, label, address, _)| {
            let (detail, address) = match address.strip_prefix('?') {
                Some(wanted) => ("command", in_list(wanted)),
                None => ("page", (*address).to_owned()),
            };
            entry(*glyph, label, detail, Act::Go(address))
        })
        .collect();
    let setting = |key: &str, label: &str| {
        let act = Act::Go(format!("/admin/settings/{key}"));
        entry(Glyph::Settings, &format!("Settings: {label}"), "page", act)
    };
    let sections = SectionName::ALL.iter().filter(|name| viewer.may_everywhere(name.permission()));
    entries.extend(sections.map(|name| setting(name.key(), name.label())));
    if viewer.may_everywhere(Permission::ManageSettings) {
        entries.push(setting("compliance", "Compliance"));
    }
    entries.push(entry(Glyph::User, "Your account", "page", Act::Outside("/account")));
    entries.push(entry(Glyph::SignOut, "Sign out", "command", Act::SignOut));
    entries
}

/// The identity store that the page is about; people are looked for there.
fn store_on_screen() -> Option<StoreId> {
    let search = window().location().search().ok()?;
    search.trim_start_matches('?').split('&').find_map(|pair| pair.strip_prefix("store="))?.parse().ok()
}

/// The user list with a dialog open, as it is on the screen if it is there.
fn in_list(wanted: &str) -> String {
    let location = window().location();
    let here = location.pathname().is_ok_and(|path| path == "/admin/users");
    let search = location.search().ok().filter(|search| here && !search.is_empty());
    format!("/admin/users{}{wanted}", search.map_or_else(|| "?".to_owned(), |search| search + "&"))
}

/// Goes there as a click on a link does: what is not saved is asked about first.
fn follow(address: &str, outside: bool) {
    let Ok(link) = document().create_element("a") else { return };
    let _ = link.set_attribute("href", address);
    if outside {
        let _ = link.set_attribute("rel", "external");
    }
    if let Some(body) = document().body()
        && let Some(link) = link.dyn_ref::<web_sys::HtmlElement>()
        && body.append_child(link).is_ok()
    {
        link.click();
        link.remove();
    }
}

fn press(selector: &str) {
    let button = document().query_selector(selector).ok().flatten();
    if let Some(button) = button.and_then(|button| button.dyn_into::<web_sys::HtmlElement>().ok()) {
        button.click();
    }
}

/// The pages that the navigation offers to this reader: label and address.
fn navigation_links() -> Vec<(String, String)> {
    let links = document().get_elements_by_class_name("nav-link");
    (0..links.length())
        .filter_map(|at| {
            let link = links.item(at)?;
            Some((link.text_content()?.trim().to_owned(), link.get_attribute("href")?))
        })
        .collect()
}
