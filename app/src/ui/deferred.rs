//! Views that wait for data.

use std::pin::Pin;

use leptos::prelude::*;

type Content = Pin<Box<dyn Future<Output = AnyView> + Send>>;

/// What `content` gives, once the resources that it awaits have come; until then, the first time
/// only, `fallback`. When they load anew, the view stays until the next one is there.
///
/// The same as a `<Transition>` around a `Suspend`, compiled once instead of once per use: that is
/// a tenth of a page's WebAssembly.
pub fn deferred<F>(fallback: fn() -> AnyView, content: impl Fn() -> F + Send + Sync + 'static) -> AnyView
where
    F: Future<Output = AnyView> + Send + 'static,
{
    erased(fallback, Box::new(move || Box::pin(content())))
}

/// A `fallback` for what may be missing for a moment.
pub fn nothing() -> AnyView {
    ().into_any()
}

fn erased(fallback: fn() -> AnyView, content: Box<dyn Fn() -> Content + Send + Sync>) -> AnyView {
    view! { <Transition fallback=fallback>{move || Suspend::new(content())}</Transition> }.into_any()
}

/// A view whose code comes only when `wanted` becomes true for the first time; it then stays.
pub fn on_demand<F>(
    wanted: impl Fn() -> bool + Send + Sync + 'static,
    view: impl Fn() -> F + Send + Sync + 'static,
) -> AnyView
where
    F: Future<Output = AnyView> + Send + 'static,
{
    let wanted = Memo::new(move |before: Option<&bool>| before.copied().unwrap_or_default() || wanted());
    erased_on_demand(wanted, Box::new(move || Box::pin(view())))
}

fn erased_on_demand(wanted: Memo<bool>, view: Box<dyn Fn() -> Content + Send + Sync>) -> AnyView {
    (move || wanted.get().then(|| Suspend::new(view()))).into_any()
}
