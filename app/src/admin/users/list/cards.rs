//! The cards above the list: how many there are of each kind, each a link to them (U3).

use leptos::prelude::*;
use types::user_list::{Filter, ListState, StateFilter, StatusFilter, UserCounts, grouped};

use super::address;

/// The cards, beside each other. The one whose people are shown is marked.
pub fn cards(state: Memo<ListState>, counts: UserCounts) -> AnyView {
    let by_state = |state| Filter { state: Some(state), ..Filter::default() };
    let by_status = |status| Filter { status: Some(status), ..Filter::default() };
    let cards = [
        ("All users", counts.all, Filter::default()),
        ("Onboarded users", counts.onboarded, by_state(StateFilter::Onboarded)),
        ("Not registered users", counts.not_registered, by_state(StateFilter::NotRegistered)),
        ("Pending activation", counts.pending_activation, by_state(StateFilter::PendingActivation)),
        ("Disabled", counts.disabled, by_status(StatusFilter::Disabled)),
        ("Locked", counts.locked, by_status(StatusFilter::Locked)),
    ];
    let cards = cards.map(|(label, count, filter)| card(state, label, count, filter)).collect_view();
    view! {
        <nav aria-label="Users by state">
            <ul class="cards">{cards}</ul>
        </nav>
    }
    .into_any()
}

fn card(state: Memo<ListState>, label: &'static str, count: i64, filter: Filter) -> AnyView {
    let here = filter.clone();
    let in_store = move |store| Filter { store, ..filter.clone() };
    let href =
        move || state.with(|state| address::href_with(state, |state| state.filter = in_store(state.filter.store)));
    let current = move || {
        state.with(|state| (state.filter == Filter { store: state.filter.store, ..here.clone() }).then_some("true"))
    };
    view! {
        <li>
            <a class="card-link" href=href aria-current=current data-noscroll>
                <span class="card-label">{label}</span>
                <span class="card-count">{grouped(count)}</span>
            </a>
        </li>
    }
    .into_any()
}

/// The cards' place while they are counted, so that nothing jumps.
pub fn skeleton() -> AnyView {
    let card = || view! { <li class="card-link"><span class="skeleton skeleton-line"></span></li> };
    view! { <ul class="cards" aria-hidden="true">{[(); 6].map(|()| card()).collect_view()}</ul> }.into_any()
}
