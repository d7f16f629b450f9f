//! Pages whose code comes when somebody goes to them.

/// A page of the console as a route: `lazy_page!(MailPage, mail_page())`, where `mail_page` makes
/// the resources and the view.
///
/// `LazyRoute::data` could begin to load before the code has come. It would keep the types of every
/// page, and what reads them from JSON, in the part that everybody downloads: a third of it. And
/// it runs before the route knows its own address.
macro_rules! lazy_page {
    ($(#[$doc:meta])* $name:ident, $view:expr) => {
        $(#[$doc])*
        pub struct $name;

        #[leptos_router::lazy_route]
        impl leptos_router::LazyRoute for $name {
            fn data() -> Self {
                Self
            }

            fn view(_this: Self) -> AnyView {
                $view
            }
        }
    };
}
pub(crate) use lazy_page;
