//! The switcher on the left (U1): another identity store is another population.

use leptos::prelude::*;
use types::StoreId;
use types::user_list::Filter;

use super::List;
use crate::admin::stores::api::list_stores;
use crate::resource::resource;
use crate::ui::selection::Selection;
use crate::ui::{Choice, SelectField, deferred, nothing};

/// Nothing while there is only one store. Another store has other groups and attributes, so only the
/// order and the size of the pages stay.
pub fn store_switcher(list: List) -> AnyView {
    let stores = resource(|| (), |()| list_stores());
    let default = RwSignal::new(None::<StoreId>);
    let value = Signal::derive(move || {
        let chosen = list.state.with(|state| state.filter.store).or(default.get());
        chosen.map(|id| id.to_string()).unwrap_or_default()
    });
    let on_change = Callback::new(move |chosen: String| {
        let chosen = chosen.parse().ok().filter(|id| Some(*id) != default.get_untracked());
        list.selection.update(Selection::clear);
        list.show(false, |state| state.filter = Filter { store: chosen, ..Filter::default() });
    });
    let content = move || async move {
        let Ok(stores) = stores.await else { return nothing() };
        if stores.len() < 2 {
            return nothing();
        }
        default.set(stores.iter().find(|store| store.is_default).map(|store| store.id));
        let choices: Vec<_> = stores.iter().map(|store| Choice::new(store.id.to_string(), &store.name)).collect();
        view! {
            <SelectField form="list" name="store" label="Identity store" bare=true value choices on_change />
        }
        .into_any()
    };
    view! { <div class="store-switcher">{deferred(nothing, content)}</div> }.into_any()
}
