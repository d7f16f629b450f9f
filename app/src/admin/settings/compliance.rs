//! `/admin/settings/compliance` (S8): which rules of the standards the settings meet.

use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_query_map};
use types::StoreId;
use types::compliance::{Compliance, Rule};

use super::api::get_compliance;
use super::page::{href, store_choice, tabs};
use crate::ApiError;
use crate::resource::{Resource, resource};
use crate::ui::page_title::PageTitle;
use crate::ui::ready::mark_ready;
use crate::ui::{Badge, Glyph, PageError, SkeletonLines, Tabs, Tone, deferred};

/// `/admin/settings/compliance`.
pub fn page() -> AnyView {
    let query = use_query_map();
    let store: Memo<Option<StoreId>> = Memo::new(move |_| query.with(|query| query.get("store")?.parse().ok()));
    let loaded: Resource<Result<Compliance, ApiError>> = resource(move || store.get(), get_compliance);
    mark_ready();
    let navigate = use_navigate();
    let choose = Callback::new(move |id: String| {
        navigate(&href("compliance", id.parse().ok()), Default::default());
    });
    let retry = Callback::new(move |()| loaded.refetch());
    let tabs = Signal::derive(move || tabs(store.get(), "compliance"));
    view! {
        <PageTitle text="Compliance – Roster" />
        <div class="page-head">
            <h1 class="page-title">"Compliance"</h1>
        </div>
        <div class="settings">
            <Tabs label="Settings" tabs />
            {deferred(
                || view! { <SkeletonLines lines=8 /> }.into_any(),
                move || async move {
                    match loaded.await {
                        Ok(compliance) => content(compliance, choose),
                        Err(error) => view! { <PageError error retry /> }.into_any(),
                    }
                },
            )}
        </div>
    }
    .into_any()
}

fn content(compliance: Compliance, choose: Callback<String>) -> AnyView {
    let Compliance { store, store_name, stores, rules } = compliance;
    let (chosen, built_in): (Vec<_>, Vec<_>) = rules.into_iter().partition(|rule| rule.section.is_some());
    let met = chosen.iter().filter(|rule| rule.is_met).count();
    let summary = format!("{met} of {} rules that settings touch are met.", chosen.len());
    let rows = move |rules: Vec<Rule>| rules.into_iter().map(|rule| row(rule, store)).collect_view();
    view! {
        {store_choice(store, &store_name, stores, false.into(), choose)}
        <p class="settings-lead">
            "The rules of NIST SP 800-63B-4 and of OWASP ASVS 5.0 (V6 and V7) that concern signing in. "
            {summary}
        </p>
        <section class="rules-part" aria-labelledby="rules-chosen">
            <h2 class="panel-title" id="rules-chosen">
                "By your settings"
            </h2>
            <ul class="rules">{rows(chosen)}</ul>
        </section>
        <section class="rules-part" aria-labelledby="rules-built-in">
            <h2 class="panel-title" id="rules-built-in">
                "Built in"
            </h2>
            <ul class="rules">{rows(built_in)}</ul>
        </section>
    }
    .into_any()
}

fn row(rule: Rule, store: StoreId) -> AnyView {
    let (label, tone, glyph) =
        if rule.is_met { ("Met", Tone::Good, Glyph::Check) } else { ("Not met", Tone::Warning, Glyph::Alert) };
    let change = rule.section.map(|section| {
        let address = href(section.key(), Some(store));
        view! { <a class="link" href=address>{format!("Change in {}", section.label())}</a> }
    });
    view! {
        <li class="rule">
            <Badge text=label tone glyph />
            <div>
                <p class="rule-demand">{rule.demand}</p>
                <p>{rule.finding}</p>
                <p class="rule-clause">{rule.clause} " " {change}</p>
            </div>
        </li>
    }
    .into_any()
}
