//! `/admin/**`: the console's pages, rendered by Leptos for staff only.

use app::ssr::RequestContext;
use app::{App, shell};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Router};
use domain::Error;
use leptos::nonce::Nonce;
use leptos::prelude::{provide_context, with_context};
use leptos_axum::{AxumRouteListing, LeptosRoutes, generate_route_list, render_route_with_context};

use super::AppState;
use super::apart::rendered_apart;
use super::error_answer::Asker;
use super::pages::CHANGE_PASSWORD_PAGE;
use super::return_to::login_path;

/// Every route of the app. All of them are below `/admin`.
pub fn routes() -> Vec<AxumRouteListing> {
    generate_route_list(App)
}

/// The routes, behind the guard.
pub fn router(state: &AppState) -> Router<AppState> {
    let routes = routes();
    let options = state.leptos.clone();
    let render =
        render_route_with_context::<AppState, _>(routes.clone(), provide_nonce, move || shell(options.clone()));
    let pages = Router::new().leptos_routes_with_handler(routes, render);
    guarded(state, pages.route_layer(from_fn_with_state(state.pages.clone(), rendered_apart)))
}

/// Routes for staff only, such as downloads of the console.
pub fn guarded(state: &AppState, routes: Router<AppState>) -> Router<AppState> {
    routes.route_layer(from_fn_with_state(state.clone(), guard))
}

/// The nonce that the policy in the header names, in place of one that Leptos makes up.
fn provide_nonce() {
    let nonce = with_context::<http::request::Parts, _>(|parts| parts.extensions.get::<Nonce>().cloned());
    if let Some(nonce) = nonce.flatten() {
        provide_context(nonce);
    }
}

/// Staff pass. Without a session one is sent to sign in and then back; other accounts are told no.
async fn guard(
    State(state): State<AppState>,
    Extension(context): Extension<RequestContext>,
    request: Request,
    next: Next,
) -> Response {
    match context
        .holder()
        .await
        .and_then(|holder| if holder.must_change_password { Ok(None) } else { holder.into_staff().map(Some) })
    {
        Ok(None) => Redirect::to(CHANGE_PASSWORD_PAGE).into_response(),
        Ok(Some(_)) => next.run(request).await,
        Err(Error::SignIn) => {
            let here = request.uri().path_and_query().map_or("/admin", http::uri::PathAndQuery::as_str);
            Redirect::to(&login_path(here)).into_response()
        }
        Err(error) => Asker::Browser.answer(&state, &error.into()),
    }
}
