//! **Security** (E2): changing one's own password.

use app::account::security::{SecurityView, security_page};
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::passwords;
use http::StatusCode;
use serde::Deserialize;

use super::answer::{Refused, html};
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
    let notice = if signed_in.holder.must_change_password {
        Some("Your password was set by an administrator. Choose one of your own to go on.".to_owned())
    } else {
        query::number(query.as_deref(), "changed").map(changed)
    };
    let view = SecurityView { email: signed_in.holder.email.clone(), notice, ..SecurityView::default() };
    html(StatusCode::OK, security_page(&state.site, signed_in.frame(), view))
}

pub async fn submit(
    State(state): State<AppState>,
    signed_in: SignedIn,
    PlainForm(form): PlainForm<PasswordForm>,
) -> Response {
    let context = signed_in.context();
    match passwords::change(&context, &signed_in.holder, &form.current_password, &form.new_password).await {
        Ok(ended) => Redirect::to(&format!("/account/security?changed={ended}")).into_response(),
        Err(error) => {
            let refused = Refused::of(error);
            let view =
                SecurityView { email: signed_in.holder.email.clone(), notice: None, problem: refused.problem.clone() };
            refused.answer(security_page(&state.site, signed_in.frame(), view))
        }
    }
}

fn changed(ended: u32) -> String {
    match ended {
        0 => "Password changed.".to_owned(),
        1 => "Password changed. 1 other session was signed out.".to_owned(),
        ended => format!("Password changed. {ended} other sessions were signed out."),
    }
}
