//! `/admin/settings/{section}`.

use crate::ui::page_title::PageTitle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::{use_navigate, use_params_map, use_query_map};
use types::StoreId;
use types::settings::{Section, SectionName, StoreSettings};

use super::api::{get_settings, save_settings};
use super::draft::{Draft, Typed};
use super::{alternate_login, audit_log, devices, notifications, onboarding, recycle_bin, sign_in, sms_gateway};
use crate::ApiError;
use crate::admin::frame::use_viewer;
use crate::admin::proof::{Proof, use_proof};
use crate::admin::stores::switcher::of_store;
use crate::resource::{Resource, resource};
use crate::ui::ready::mark_ready;
use crate::ui::{
    Choice, LeaveGuard, PageError, SelectField, SkeletonLines, Tab, Tabs, Toasts, deferred, sign_in_again, use_toasts,
};

/// The section's inputs.
fn form_of(section: &Section, typed: Typed) -> AnyView {
    match section {
        Section::Onboarding(_) => onboarding::form(Draft::new(typed)),
        Section::SignIn(_) => sign_in::form(Draft::new(typed)),
        Section::Devices(_) => devices::form(Draft::new(typed)),
        Section::AlternateLogin(_) => alternate_login::form(Draft::new(typed)),
        Section::Notifications(_) => notifications::form(Draft::new(typed)),
        Section::SmsGateway(_) => sms_gateway::form(Draft::new(typed)),
        Section::RecycleBin(_) => recycle_bin::form(Draft::new(typed)),
        Section::AuditLog(_) => audit_log::form(Draft::new(typed)),
    }
}

/// Which section of which store; `None` for a section that there is none of.
type Asked = Option<(SectionName, Option<StoreId>)>;
type Loaded = Resource<Result<StoreSettings, ApiError>>;

async fn load(asked: Asked) -> Result<StoreSettings, ApiError> {
    let (section, store) = asked.ok_or_else(|| ApiError::not_found("page"))?;
    get_settings(store, section).await
}

/// The address of a section, or of another page of the settings, for a store.
pub(super) fn href(key: &str, store: Option<StoreId>) -> String {
    of_store(&format!("/admin/settings/{key}"), store)
}

/// The tabs above every page of the settings.
pub(super) fn tabs(store: Option<StoreId>, current: &str) -> Vec<Tab> {
    let tab = |key: &str, label| Tab { label, href: href(key, store), current: key == current };
    let mut tabs: Vec<_> = SectionName::ALL.iter().map(|name| tab(name.key(), name.label())).collect();
    tabs.push(tab("compliance", "Compliance"));
    tabs
}

/// The sections that the reader may not open. The server's rendering and the browser's first one know of
/// none: afterwards it is known who reads.
fn out_of_reach() -> RwSignal<Vec<&'static str>> {
    let hidden = RwSignal::new(Vec::new());
    let viewer = use_viewer();
    Effect::new(move || {
        viewer.with(|viewer| {
            if let Some(Ok(viewer)) = viewer {
                let names = SectionName::ALL.iter().filter(|name| !viewer.may(name.permission()));
                hidden.set(names.map(|name| name.label()).collect());
            }
        });
    });
    hidden
}

/// What the page's parts share; it outlives each loading.
#[derive(Clone, Copy)]
struct Page {
    asked: Memo<Asked>,
    typed: Typed,
    pending: RwSignal<bool>,
    problem: RwSignal<Option<String>>,
    proof: Proof,
    toasts: Toasts,
}

/// `/admin/settings/{section}`.
pub fn page() -> AnyView {
    let (params, query) = (use_params_map(), use_query_map());
    let asked: Memo<Asked> = Memo::new(move |_| {
        let section = params.with(|params| SectionName::from_key(&params.get("section")?))?;
        Some((section, query.with(|query| query.get("store")?.parse().ok())))
    });
    let loaded: Loaded = resource(move || asked.get(), load);
    mark_ready();
    let page = Page {
        asked,
        typed: Typed::new(),
        pending: RwSignal::new(false),
        problem: RwSignal::new(None),
        proof: use_proof(),
        toasts: use_toasts(),
    };
    let navigate = use_navigate();
    let choose_store = Callback::new(move |id: String| {
        if let Some((section, _)) = asked.get_untracked() {
            navigate(&href(section.key(), id.parse().ok()), Default::default());
        }
    });
    let retry = Callback::new(move |()| loaded.refetch());
    let hidden = out_of_reach();
    let tabs = Signal::derive(move || {
        let asked = asked.get();
        let tabs = tabs(asked.and_then(|(_, store)| store), asked.map_or("", |(section, _)| section.key()));
        hidden.with(|hidden| tabs.into_iter().filter(|tab| !hidden.contains(&tab.label)).collect::<Vec<_>>())
    });
    view! {
        <PageTitle text="Settings – Roster" />
        <div class="page-head">
            <h1 class="page-title">"Settings"</h1>
        </div>
        <div class="settings">
            <Tabs label="Settings" tabs />
            {deferred(
                || view! { <SkeletonLines lines=6 /> }.into_any(),
                move || async move {
                    match loaded.await {
                        Ok(settings) => section_view(page, settings, choose_store),
                        Err(error) => view! { <PageError error retry /> }.into_any(),
                    }
                },
            )}
        </div>
        <LeaveGuard
            unsaved=Signal::derive(move || page.typed.is_changed())
            message="What you have changed in these settings is not saved yet."
            discard=Callback::new(move |()| page.typed.discard())
        />
    }
    .into_any()
}

fn section_view(page: Page, settings: StoreSettings, choose_store: Callback<String>) -> AnyView {
    let StoreSettings { store, store_name, stores, section } = settings;
    page.typed.load(&section);
    page.problem.set(None);
    // Another store's settings would take the place of what is typed.
    let fixed = Signal::derive(move || page.typed.is_changed());
    let which = store_choice(store, &store_name, stores, fixed, choose_store);
    view! {
        <form
            class="form settings-form"
            novalidate
            on:submit=move |event| {
                event.prevent_default();
                save(page, store);
            }
        >
            <h2 class="panel-title">{section.name().label()}</h2>
            {which}
            {form_of(&section, page.typed)}
            {move || page.problem.get().map(|problem| view! { <p class="form-error" role="alert">{problem}</p> })}
            <div class="settings-actions">
                <button
                    type="submit"
                    class="btn btn-sm btn-primary"
                    disabled=move || page.pending.get() || !page.typed.is_changed()
                    aria-busy=move || page.pending.get().then_some("true")
                >
                    "Save"
                </button>
                {move || page.typed.is_changed().then(|| view! { <span class="muted">"Not saved yet."</span> })}
            </div>
        </form>
    }
    .into_any()
}

/// Whose settings these are, and the choice of another store where there are several.
pub(super) fn store_choice(
    store: StoreId,
    name: &str,
    stores: Vec<(StoreId, String)>,
    fixed: Signal<bool>,
    choose: Callback<String>,
) -> AnyView {
    if stores.len() < 2 {
        let text = format!("For everybody in the identity store {name}.");
        return view! { <p class="settings-lead">{text}</p> }.into_any();
    }
    let choices: Vec<_> = stores.into_iter().map(|(id, name)| Choice::new(id.to_string(), name)).collect();
    view! {
        <SelectField
            form="settings"
            name="store"
            label="Identity store"
            value=store.to_string()
            choices
            disabled=fixed
            on_change=choose
        />
    }
    .into_any()
}

fn save(page: Page, store: StoreId) {
    let Typed { saved, section, errors } = page.typed;
    let (Some(before), Some(now)) = (saved.get_untracked(), section.get_untracked()) else { return };
    if page.pending.get_untracked() {
        return;
    }
    if let Err(wrong) = now.check() {
        return errors.set(wrong);
    }
    // A number that could not be read is not in the section.
    if errors.with_untracked(|errors| !errors.is_empty()) {
        return;
    }
    page.pending.set(true);
    page.problem.set(None);
    spawn_local(async move {
        let outcome = page.proof.around(|| save_settings(store, before.clone(), now.clone())).await;
        let _ = page.pending.try_set(false);
        match outcome {
            Ok(()) => {
                let still_there = page.asked.try_get_untracked().flatten().is_some_and(|(name, _)| name == now.name());
                if still_there {
                    // What is typed once and never shown again goes from the form.
                    let kept = now.clone().as_saved(&before);
                    if kept != now {
                        let _ = section.try_set(Some(kept.clone()));
                    }
                    let _ = saved.try_set(Some(kept));
                    let _ = errors.try_set(Default::default());
                }
                page.toasts.success("Saved.");
            }
            Err(error) if sign_in_again(&error) => {}
            Err(ApiError::Invalid { errors: wrong }) => _ = errors.try_set(wrong),
            Err(error) => _ = page.problem.try_set(Some(error.to_string())),
        }
    });
}
