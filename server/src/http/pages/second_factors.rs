//! Second factors of one's own (E2): added, named, removed, reset.

use app::account::second_factor_pages::{add_app_page, remove_factor_page, reset_page};
use app::auth::set_up_app::SetUpView;
use app::plain::Problem;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::authenticators::{self, authenticator_app};
use domain::{Context, Error};
use http::StatusCode;
use serde::Deserialize;
use types::AuthenticatorId;
use types::authenticators::FactorKind;

use super::answer::{Refused, failure, html};
use super::confirm::ask_for_proof;
use super::form::PlainForm;
use super::set_up_app::SetUpForm;
use super::signed_in::SignedIn;
use super::{query, security, set_up_app};
use crate::http::AppState;

const SECURITY: &str = "/account/security";
const ADD: &str = "/account/security/authenticator-app";

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct FactorForm {
    id: String,
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct KindForm {
    kind: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ResetForm {
    password: String,
}

pub async fn add_page(State(state): State<AppState>, signed_in: SignedIn) -> Response {
    let context = signed_in.context();
    if signed_in.holder.require_recent_proof(context.now()).is_err() {
        return ask_for_proof(ADD);
    }
    match authenticator_app::begin(&context, signed_in.holder.account, &signed_in.holder.email) {
        Ok(set_up) => html(StatusCode::OK, add_app_page(&state.site, signed_in.frame(), set_up_app::view(set_up))),
        Err(error) => failure(&state, error),
    }
}

pub async fn add(
    State(state): State<AppState>,
    signed_in: SignedIn,
    PlainForm(form): PlainForm<SetUpForm>,
) -> Response {
    let SetUpForm { sealed, code, name, .. } = form;
    let context = signed_in.context();
    match authenticators::add_app(&context, &signed_in.holder, &sealed, &code, &name).await {
        Ok(()) => Redirect::to("/account/security?added=1").into_response(),
        Err(Error::ProofNeeded) => ask_for_proof(ADD),
        Err(error) => add_again(&state, &signed_in, &context, &sealed, name, Refused::of(error)),
    }
}

fn add_again(
    state: &AppState,
    signed_in: &SignedIn,
    context: &Context,
    sealed: &str,
    name: String,
    refused: Refused,
) -> Response {
    let (account, email) = (signed_in.holder.account, &signed_in.holder.email);
    // The same key again: the app has it already.
    let set_up = authenticator_app::again(context, account, email, sealed);
    match set_up.map_or_else(|| authenticator_app::begin(context, account, email), Ok) {
        Ok(set_up) => {
            let view = SetUpView { name, problem: refused.problem.clone(), ..set_up_app::view(set_up) };
            refused.answer(add_app_page(&state.site, signed_in.frame(), view))
        }
        Err(error) => failure(state, error),
    }
}

pub async fn rename(
    State(state): State<AppState>,
    signed_in: SignedIn,
    PlainForm(form): PlainForm<FactorForm>,
) -> Response {
    let renamed = match form.id.parse() {
        Ok(id) => authenticators::rename(&signed_in.context(), &signed_in.holder, id, &form.name).await,
        Err(_) => Err(Error::NotFound("second factor")),
    };
    answer(&state, &signed_in, renamed, "/account/security?renamed=1", SECURITY).await
}

pub async fn make_default(
    State(state): State<AppState>,
    signed_in: SignedIn,
    PlainForm(form): PlainForm<KindForm>,
) -> Response {
    let changed = match FactorKind::from_key(&form.kind) {
        Some(kind) => authenticators::make_default(&signed_in.context(), &signed_in.holder, kind).await,
        None => Err(Error::NotFound("second factor")),
    };
    answer(&state, &signed_in, changed, "/account/security?default=1", SECURITY).await
}

/// Without the id of one's own second factor it is the page that lists them.
pub async fn ask_to_remove(State(state): State<AppState>, signed_in: SignedIn, RawQuery(query): RawQuery) -> Response {
    let id = query::value(query.as_deref(), "id").and_then(|id| id.parse::<AuthenticatorId>().ok());
    let stored = match authenticators::of_account(&state.roster, &signed_in.holder).await {
        Ok(stored) => stored,
        Err(error) => return failure(&state, error),
    };
    let is_last = stored.factors.len() == 1;
    let Some(row) = stored.factors.into_iter().find(|row| Some(row.id) == id) else {
        return security::answer(&state, &signed_in, None, None).await;
    };
    if signed_in.holder.require_recent_proof(state.roster.now()).is_err() {
        return ask_for_proof(&format!("/account/security/remove?id={}", row.id));
    }
    html(StatusCode::OK, remove_factor_page(&state.site, signed_in.frame(), row, is_last))
}

pub async fn remove(
    State(state): State<AppState>,
    signed_in: SignedIn,
    PlainForm(form): PlainForm<FactorForm>,
) -> Response {
    let removed = match form.id.parse() {
        Ok(id) => authenticators::remove(&signed_in.context(), &signed_in.holder, id).await,
        Err(_) => Err(Error::NotFound("second factor")),
    };
    let again = format!("/account/security/remove?id={}", form.id);
    answer(&state, &signed_in, removed, "/account/security?removed=1", &again).await
}

pub async fn ask_to_reset(State(state): State<AppState>, signed_in: SignedIn) -> Response {
    let email = signed_in.holder.email.clone();
    html(StatusCode::OK, reset_page(&state.site, signed_in.frame(), email, Problem::default()))
}

pub async fn reset(
    State(state): State<AppState>,
    signed_in: SignedIn,
    PlainForm(form): PlainForm<ResetForm>,
) -> Response {
    match authenticators::reset_own(&signed_in.context(), &signed_in.holder, &form.password).await {
        Ok(renewed) => {
            signed_in.renew(renewed);
            Redirect::to("/account/security?reset=1").into_response()
        }
        Err(error) => {
            let (refused, email) = (Refused::of(error), signed_in.holder.email.clone());
            refused.answer(reset_page(&state.site, signed_in.frame(), email, refused.problem.clone()))
        }
    }
}

/// On to `done`, to a proof and then to `again`, or the page with what is wrong.
async fn answer(
    state: &AppState,
    signed_in: &SignedIn,
    result: domain::Result<()>,
    done: &str,
    again: &str,
) -> Response {
    match result {
        Ok(()) => Redirect::to(done).into_response(),
        Err(Error::ProofNeeded) => ask_for_proof(again),
        Err(error) => security::answer(state, signed_in, None, Some(Refused::of(error))).await,
    }
}
