//! The profile of one account: overview panel and tabs.

use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

/// `/admin/users/{id}/{tab}`.
pub struct ProfilePage;

#[lazy_route]
impl LazyRoute for ProfilePage {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <h1 class="page-title">"Profile"</h1> }.into_any()
    }
}
