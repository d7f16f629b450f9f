//! The chosen filters as chips, each a link to the list without it (U6).

use leptos::prelude::*;
use types::user_list::{Filter, FilterNames, FilterPart, ListState};

use super::address;
use crate::ui::{Glyph, Icon};

/// The chips of the list that is shown; nothing when nothing narrows it.
pub fn chips(state: &ListState, names: &FilterNames) -> Option<AnyView> {
    let parts = state.filter.parts(names);
    if parts.is_empty() {
        return None;
    }
    let all = (parts.len() > 1).then(|| {
        let href = address::href_with(state, |state| {
            state.filter = Filter { store: state.filter.store, q: state.filter.q.clone(), ..Filter::default() };
        });
        view! {
            <li>
                <a class="btn btn-sm btn-ghost" href=href data-noscroll>
                    "Clear filters"
                </a>
            </li>
        }
    });
    let chips = parts.into_iter().map(|part| chip(state, part)).collect_view();
    Some(view! { <ul class="chips" aria-label="Filters">{chips} {all}</ul> }.into_any())
}

fn chip(state: &ListState, part: FilterPart) -> AnyView {
    let href = address::href_with(state, |state| state.filter.remove(&part.what));
    let broken = part.value.is_none();
    let value = part.value.unwrap_or_else(|| "no longer there".into());
    let title = value.clone();
    let remove = format!("Remove filter {}: {value}", part.label);
    view! {
        <li class=if broken { "chip chip-broken" } else { "chip" }>
            {broken.then(|| view! { <Icon glyph=Glyph::Alert /> })}
            <span class="chip-text" title=title>
                <span class="chip-label">{part.label}": "</span>
                {value}
            </span>
            <a class="chip-remove" href=href data-noscroll>
                <Icon glyph=Glyph::Close />
                <span class="sr-only">{remove}</span>
            </a>
        </li>
    }
    .into_any()
}
