//! **Security** (E2): one's own password, and what else one signs in with.

use app::account::security::{SecurityView, security_page};
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::{authenticators, passwords};
use http::StatusCode;
use serde::Deserialize;

use super::answer::{Refused, failure, html};
use super::form::PlainForm;
use super::query;
use super::signed_in::SignedIn;
use crate::http::AppState;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct PasswordForm {
    current_password: String,
    new_password: String,
}

pub async fn page(State(state): State<AppState>, signed_in: SignedIn, RawQuery(query): RawQuery) -> Response {
    let query = query.as_deref();
    let notice = if signed_in.holder.must_change_password {
        Some("Your password was set by an administrator. Choose one of your own to go on.".to_owned())
    } else {
        let done = NOTICES.iter().find(|(name, _)| query::has(query, name)).map(|(_, text)| (*text).to_owned());
        done.or_else(|| query::number(query, "changed").map(changed))
    };
    answer(&state, &signed_in, notice, None).await
}

const NOTICES: [(&str, &str); 12] = [
    ("added", "The authenticator app is set up. You are asked for its code when you sign in."),
    ("passkey", "The passkey is added. You can sign in with it, without a password too."),
    ("renamed", "Renamed."),
    ("default", "This is what you are asked for first now."),
    ("removed", "Removed. All your other sessions were signed out."),
    ("codes_added", "Codes are set up. You can get one when you sign in."),
    (
        "recovered",
        "You are signed in without your second factor. Add a new one now, and remove the one that you have lost.",
    ),
    ("questions", "Your security questions are kept."),
    ("alternate", "Your alternate email address is verified."),
    ("recovery_removed", "Removed."),
    ("method", "This is your way of “Forgot my phone” now."),
    ("reset", "All second factors and security codes are forgotten. All your other sessions were signed out."),
];

pub async fn submit(
    State(state): State<AppState>,
    signed_in: SignedIn,
    PlainForm(form): PlainForm<PasswordForm>,
) -> Response {
    let context = signed_in.context();
    match passwords::change(&context, &signed_in.holder, &form.current_password, &form.new_password).await {
        Ok((ended, renewed)) => {
            signed_in.renew(renewed);
            Redirect::to(&format!("/account/security?changed={ended}")).into_response()
        }
        Err(error) => answer(&state, &signed_in, None, Some(Refused::of(error))).await,
    }
}

/// The page, with what was done or what is wrong.
pub async fn answer(
    state: &AppState,
    signed_in: &SignedIn,
    notice: Option<String>,
    refused: Option<Refused>,
) -> Response {
    let authenticators = match authenticators::of_account(&state.roster, &signed_in.holder).await {
        Ok(authenticators) => authenticators,
        Err(error) => return failure(state, error),
    };
    let problem = refused.as_ref().map(|refused| refused.problem.clone()).unwrap_or_default();
    let (email, offers_passkeys) = (signed_in.holder.email.clone(), state.roster.passkeys.are_available());
    let view = SecurityView { email, authenticators, offers_passkeys, notice, problem };
    let page = security_page(&state.site, signed_in.frame(), view);
    match refused {
        Some(refused) => refused.answer(page),
        None => html(StatusCode::OK, page),
    }
}

fn changed(ended: u32) -> String {
    match ended {
        0 => "Password changed.".to_owned(),
        1 => "Password changed. 1 other session was signed out.".to_owned(),
        ended => format!("Password changed. {ended} other sessions were signed out."),
    }
}
