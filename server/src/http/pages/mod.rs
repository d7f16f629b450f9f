//! Pages of plain HTML: sign-in, set-up, one's own account, errors. No JavaScript, no WebAssembly;
//! every change is a form that answers with a redirect, or with the form and what is wrong in it.

mod account;
mod account_document;
mod activate;
mod activity;
mod address_proof;
mod answer;
mod change_email;
mod code_factors;
mod confirm;
mod device_limit;
mod devices;
mod download;
mod error_page;
mod forgot_phone;
mod form;
mod impersonation;
mod login;
mod logout;
mod mobile;
mod new_password;
mod passkey;
mod password_strength;
mod privacy;
mod query;
mod recover;
mod recovery;
mod second_factor;
mod second_factors;
mod security;
mod security_codes;
mod sessions;
mod set_up_app;
mod set_up_code;
mod setup;
mod signed_in;
mod unfinished;

use axum::Router;
use axum::routing::{get, post};

pub use error_page::error_page;
pub use signed_in::CHANGE_PASSWORD_PAGE;

use super::AppState;

pub fn router() -> Router<AppState> {
    Router::new()
        .route("/login", get(login::page).post(login::submit))
        .route("/login/passkey", get(passkey::to_login).post(passkey::sign_in))
        .route("/login/passkey/question", get(passkey::sign_in_question))
        .route("/login/second-factor/question", get(passkey::second_factor_question))
        .route("/login/second-factor", get(second_factor::page).post(second_factor::submit))
        .route("/login/second-factor/send", get(second_factor::page).post(second_factor::send))
        .route("/login/forgot-phone", get(forgot_phone::page).post(forgot_phone::submit))
        .route("/login/set-up-code", get(set_up_code::page).post(set_up_code::submit))
        .route("/login/new-password", get(new_password::page).post(new_password::submit))
        .route("/login/set-up-second-factor", get(set_up_app::page).post(set_up_app::submit))
        .route("/login/set-up-second-factor/skip", get(set_up_app::page).post(set_up_app::skip))
        .route("/login/set-up-passkey", get(set_up_app::page).post(set_up_app::passkey))
        .route("/login/set-up-passkey/question", get(set_up_app::passkey_question))
        .route("/login/device-limit", get(device_limit::page).post(device_limit::submit))
        .route("/password-strength", post(password_strength::estimate))
        .route("/logout", get(logout::page).post(logout::submit))
        .route("/activate", get(activate::page).post(activate::submit))
        .route("/activate/again", post(activate::again))
        .route("/forgot-password", get(recover::ask_page).post(recover::ask))
        .route("/reset-password", get(recover::page).post(recover::submit))
        .route("/confirm-email", get(change_email::confirm_page).post(change_email::confirm))
        .route("/setup", get(setup::page).post(setup::submit))
        .route("/account", get(account::page).post(account::submit))
        .route("/account/privacy", get(privacy::page))
        .route("/account/download", get(download::of_holder))
        .route("/admin/users/{id}/download", get(download::of_user))
        .route("/admin/users/{id}/impersonate", get(impersonation::ask).post(impersonation::begin))
        .route("/account/impersonation", get(impersonation::page).post(impersonation::end))
        .route("/account/email", get(change_email::page).post(change_email::submit))
        .route("/account/email/withdraw", get(change_email::page).post(change_email::withdraw))
        .route("/account/mobile", get(mobile::page).post(mobile::submit))
        .route("/account/security/codes-by", get(code_factors::page).post(code_factors::submit))
        .route("/account/security/questions", get(recovery::questions).post(recovery::set_questions))
        .route("/account/security/questions/remove", get(recovery::questions).post(recovery::remove_questions))
        .route("/account/security/alternate-email", get(recovery::alternate_email).post(recovery::set_alternate_email))
        .route(
            "/account/security/alternate-email/remove",
            get(recovery::alternate_email).post(recovery::remove_alternate_email),
        )
        .route("/account/security/forgot-phone", get(security::page).post(recovery::choose_method))
        .route("/account/security", get(security::page).post(security::submit))
        .route("/account/security/authenticator-app", get(second_factors::add_page).post(second_factors::add))
        .route("/account/security/passkey", get(passkey::add_page).post(passkey::add))
        .route("/account/security/passkey/question", get(passkey::set_up_question))
        .route("/account/security/rename", get(security::page).post(second_factors::rename))
        .route("/account/security/default", get(security::page).post(second_factors::make_default))
        .route("/account/security/remove", get(second_factors::ask_to_remove).post(second_factors::remove))
        .route("/account/security/reset-two-factor", get(second_factors::ask_to_reset).post(second_factors::reset))
        .route("/account/security/codes", get(security_codes::ask).post(security_codes::make))
        .route("/account/confirm/question", get(passkey::confirmation_question))
        .route("/account/confirm", get(confirm::page).post(confirm::submit))
        .route("/account/activity", get(activity::page))
        .route("/account/activity/not-me", get(activity::ask).post(activity::disown))
        .route("/account/sessions", get(sessions::page).post(sessions::end_one))
        .route("/account/sessions/remove-device", get(devices::ask_to_remove).post(devices::remove))
        .route("/account/sessions/end-others", get(sessions::ask_to_end_others).post(sessions::end_others))
}
