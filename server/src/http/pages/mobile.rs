//! **Change mobile** (E1).

use app::account::change_mobile::change_mobile_page;
use app::plain::Problem;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use domain::account;
use http::StatusCode;
use types::messages::Channel;

use super::address_proof::{self, AddressForm, AddressStep, view};
use super::answer::{failure, html};
use super::confirm::ask_for_proof;
use super::form::PlainForm;
use super::signed_in::SignedIn;
use crate::http::AppState;

const HERE: &str = "/account/mobile";

pub async fn page(State(state): State<AppState>, signed_in: SignedIn, RawQuery(query): RawQuery) -> Response {
    if signed_in.holder.require_recent_proof(state.roster.now()).is_err() {
        return ask_for_proof(HERE);
    }
    match shown(&state, &signed_in, query.as_deref(), None).await {
        Ok(page) => html(StatusCode::OK, page),
        Err(error) => failure(&state, error),
    }
}

async fn shown(
    state: &AppState,
    signed_in: &SignedIn,
    query: Option<&str>,
    came_back: Option<(AddressForm, Problem)>,
) -> domain::Result<String> {
    let mobile = account::mobile(&signed_in.context(), &signed_in.holder).await?;
    let suggested = mobile.current.clone().filter(|_| !mobile.is_verified);
    let view = view(Channel::Sms, HERE.to_owned(), mobile.sent, suggested, query, came_back);
    Ok(change_mobile_page(&state.site, signed_in.frame(), mobile.current, mobile.is_possible, view))
}

pub async fn submit(
    State(state): State<AppState>,
    signed_in: SignedIn,
    RawQuery(query): RawQuery,
    PlainForm(form): PlainForm<AddressForm>,
) -> Response {
    let (context, holder) = (signed_in.context(), &signed_in.holder);
    let done = match form.step(Channel::Sms) {
        AddressStep::Send(number) => account::send_mobile_code(&context, holder, Some(&number)).await.map(|()| HERE),
        AddressStep::Again => account::send_mobile_code(&context, holder, None).await.map(|()| HERE),
        AddressStep::Confirm => {
            account::confirm_mobile(&context, holder, &form.code).await.map(|()| "/account?mobile_changed=1")
        }
    };
    let again = |problem| shown(&state, &signed_in, query.as_deref(), Some((form, problem)));
    address_proof::answer(&state, done, HERE, again).await
}
