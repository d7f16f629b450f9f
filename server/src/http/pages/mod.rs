//! Pages of plain HTML: sign-in, set-up, one's own account, errors. No JavaScript, no WebAssembly;
//! every change is a form that answers with a redirect, or with the form and what is wrong in it.

mod account;
mod account_document;
mod answer;
mod download;
mod error_page;
mod form;
mod login;
mod logout;
mod privacy;
mod query;
mod security;
mod sessions;
mod setup;
mod signed_in;

use axum::Router;
use axum::routing::get;

pub use error_page::error_page;
pub use signed_in::CHANGE_PASSWORD_PAGE;

use super::AppState;

pub fn router() -> Router<AppState> {
    Router::new()
        .route("/login", get(login::page).post(login::submit))
        .route("/logout", get(logout::page).post(logout::submit))
        .route("/setup", get(setup::page).post(setup::submit))
        .route("/account", get(account::page).post(account::submit))
        .route("/account/privacy", get(privacy::page))
        .route("/account/download", get(download::of_holder))
        .route("/admin/users/{id}/download", get(download::of_user))
        .route("/account/security", get(security::page).post(security::submit))
        .route("/account/sessions", get(sessions::page).post(sessions::end_one))
        .route("/account/sessions/end-others", get(sessions::ask_to_end_others).post(sessions::end_others))
}
