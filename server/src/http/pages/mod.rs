//! Pages of plain HTML: sign-in, set-up, one's own account, errors. No JavaScript, no WebAssembly;
//! every change is a form that answers with a redirect, or with the form and what is wrong in it.

mod account;
mod activate;
mod answer;
mod change_email;
mod error_page;
mod form;
mod login;
mod logout;
mod query;
mod recover;
mod security;
mod sessions;
mod setup;
mod signed_in;

use axum::Router;
use axum::routing::{get, post};

pub use error_page::error_page;
pub use signed_in::CHANGE_PASSWORD_PAGE;

use super::AppState;

pub fn router() -> Router<AppState> {
    Router::new()
        .route("/login", get(login::page).post(login::submit))
        .route("/logout", get(logout::page).post(logout::submit))
        .route("/activate", get(activate::page).post(activate::submit))
        .route("/activate/again", post(activate::again))
        .route("/forgot-password", get(recover::ask_page).post(recover::ask))
        .route("/reset-password", get(recover::page).post(recover::submit))
        .route("/confirm-email", get(change_email::confirm_page).post(change_email::confirm))
        .route("/setup", get(setup::page).post(setup::submit))
        .route("/account", get(account::page).post(account::submit))
        .route("/account/email", get(change_email::page).post(change_email::submit))
        .route("/account/security", get(security::page).post(security::submit))
        .route("/account/sessions", get(sessions::page).post(sessions::end_one))
        .route("/account/sessions/end-others", get(sessions::ask_to_end_others).post(sessions::end_others))
}
