//! Asking who it is once more, before something that matters (S12).

use app::account::second_factor_pages::confirm_page;
use app::plain::Problem;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::authenticators::passkey;
use domain::recent_proof;
use http::StatusCode;
use serde::Deserialize;
use url::form_urlencoded;

use super::answer::{Refused, html};
use super::form::PlainForm;
use super::query;
use super::signed_in::SignedIn;
use crate::http::AppState;
use crate::http::return_to::safe_return_to;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ConfirmForm {
    password: String,
    /// Of a passkey, in the place of the password.
    sealed: String,
    response: String,
    return_to: String,
}

/// The way to this page, and back to `page` afterwards.
pub fn ask_for_proof(page: &str) -> Response {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("return_to", page).finish();
    Redirect::to(&format!("/account/confirm?{query}")).into_response()
}

pub async fn page(State(state): State<AppState>, signed_in: SignedIn, RawQuery(query): RawQuery) -> Response {
    let return_to = query::value(query.as_deref(), "return_to").unwrap_or_default();
    html(StatusCode::OK, view(&state, &signed_in, &return_to, Problem::default()).await)
}

pub async fn submit(
    State(state): State<AppState>,
    signed_in: SignedIn,
    PlainForm(form): PlainForm<ConfirmForm>,
) -> Response {
    let (context, holder) = (signed_in.context(), &signed_in.holder);
    let confirmed = if form.sealed.is_empty() {
        recent_proof::confirm(&context, holder, &form.password).await
    } else {
        recent_proof::confirm_with_passkey(&context, holder, &form.sealed, &form.response).await
    };
    match confirmed {
        Ok(renewed) => {
            signed_in.renew(renewed);
            Redirect::to(safe(&form.return_to)).into_response()
        }
        Err(error) => {
            let refused = Refused::of(error);
            refused.answer(view(&state, &signed_in, &form.return_to, refused.problem.clone()).await)
        }
    }
}

async fn view(state: &AppState, signed_in: &SignedIn, return_to: &str, problem: Problem) -> String {
    let email = signed_in.holder.email.clone();
    // Without an answer the password is still there.
    let has_passkey = passkey::has_some(&state.roster, &signed_in.holder).await.unwrap_or_default();
    confirm_page(&state.site, signed_in.frame(), email, safe(return_to).to_owned(), has_passkey, problem)
}

fn safe(return_to: &str) -> &str {
    safe_return_to(return_to).unwrap_or("/account/security")
}
