//! **Profile** (E1).

use app::account::profile::{ProfileView, profile_page};
use app::plain::Problem;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::account;
use http::StatusCode;
use serde::Deserialize;

use super::answer::{Refused, failure, html};
use super::form::PlainForm;
use super::query;
use super::signed_in::SignedIn;
use crate::http::AppState;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct NamesForm {
    first_name: String,
    last_name: String,
}

pub async fn page(State(state): State<AppState>, signed_in: SignedIn, RawQuery(query): RawQuery) -> Response {
    match view(&signed_in).await {
        Ok(mut view) => {
            let query = query.as_deref();
            view.notice = if query::has(query, "email_change") {
                Some("We have mailed a link to the new address. Follow it within a day to change yours.".to_owned())
            } else {
                query::has(query, "saved").then(|| "Saved.".to_owned())
            };
            html(StatusCode::OK, profile_page(&state.site, signed_in.frame(), view))
        }
        Err(error) => failure(&state, error),
    }
}

pub async fn submit(
    State(state): State<AppState>,
    signed_in: SignedIn,
    PlainForm(form): PlainForm<NamesForm>,
) -> Response {
    let saved = account::edit_names(&signed_in.context(), &signed_in.holder, &form.first_name, &form.last_name).await;
    let Err(error) = saved else {
        return Redirect::to("/account?saved=1").into_response();
    };
    match view(&signed_in).await {
        Ok(stored) => {
            let refused = Refused::of(error);
            let view = ProfileView {
                first_name: form.first_name,
                last_name: form.last_name,
                problem: refused.problem.clone(),
                ..stored
            };
            refused.answer(profile_page(&state.site, signed_in.frame(), view))
        }
        Err(error) => failure(&state, error),
    }
}

async fn view(signed_in: &SignedIn) -> domain::Result<ProfileView> {
    let account = account::view(&signed_in.context().database, &signed_in.holder).await?;
    Ok(ProfileView {
        email: account.email,
        username: account.username,
        phone: account.phone,
        first_name: account.first_name,
        last_name: account.last_name,
        notice: None,
        problem: Problem::default(),
    })
}
