//! The switcher between identity stores (U1, D7): another one is another population.

use leptos::prelude::*;
use types::StoreId;

use super::api::list_stores;
use crate::resource::resource;
use crate::ui::{Choice, SelectField, deferred, nothing};

/// An address that is about one identity store; `None`: the default one.
pub fn of_store(address: &str, store: Option<StoreId>) -> String {
    let Some(store) = store else { return address.to_owned() };
    format!("{address}{}store={store}", if address.contains('?') { '&' } else { '?' })
}

/// Nothing while there is only one store. `chosen`, and what `on_change` is told: `None` for the default store.
pub fn store_switcher(
    form: &'static str,
    chosen: Signal<Option<StoreId>>,
    on_change: Callback<Option<StoreId>>,
) -> AnyView {
    let stores = resource(|| (), |()| list_stores());
    let default = RwSignal::new(None::<StoreId>);
    let value = Signal::derive(move || chosen.get().or(default.get()).map(|id| id.to_string()).unwrap_or_default());
    let on_change = Callback::new(move |chosen: String| {
        on_change.run(chosen.parse().ok().filter(|id| Some(*id) != default.get_untracked()));
    });
    let content = move || async move {
        let Ok(stores) = stores.await else { return nothing() };
        if stores.len() < 2 {
            return nothing();
        }
        default.set(stores.iter().find(|store| store.is_default).map(|store| store.id));
        let choices: Vec<_> = stores.iter().map(|store| Choice::new(store.id.to_string(), &store.name)).collect();
        view! { <SelectField form name="store" label="Identity store" bare=true value choices on_change /> }.into_any()
    };
    view! { <div class="store-switcher">{deferred(nothing, content)}</div> }.into_any()
}
