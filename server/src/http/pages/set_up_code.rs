//! A step of signing in: codes by mail or SMS, where a second factor is required (S4) or offered (O1).

use app::auth::set_up_code::{address_of, sign_in_set_up_code_page};
use app::plain::Problem;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::sign_in::{Step, look_set_up_code, send_set_up_code, set_up_code};
use http::StatusCode;

use super::address_proof::{AddressForm, AddressStep, view};
use super::answer::{failure, html};
use super::code_factors::kind_of;
use super::form::PlainForm;
use super::unfinished::{START_AGAIN, Waiting, refused};
use crate::http::AppState;

pub async fn page(State(state): State<AppState>, waiting: Waiting, RawQuery(query): RawQuery) -> Response {
    if let Some(elsewhere) = waiting.elsewhere(Step::SetUpSecondFactor) {
        return elsewhere;
    }
    if !waiting.sign_in.code_kinds.contains(&kind_of(query.as_deref()).0) {
        return Redirect::to("/login/set-up-second-factor").into_response();
    }
    match shown(&state, &waiting, query.as_deref(), None).await {
        Ok(page) => html(StatusCode::OK, page),
        Err(error) => failure(&state, error),
    }
}

async fn shown(
    state: &AppState,
    waiting: &Waiting,
    query: Option<&str>,
    came_back: Option<(AddressForm, Problem)>,
) -> domain::Result<String> {
    let (kind, channel) = kind_of(query);
    let begun = look_set_up_code(&waiting.context(), &waiting.sign_in, kind).await?;
    let mut view = view(channel, address_of(kind), begun.sent, begun.suggested, query, came_back);
    view.sign_in = waiting.sign_in.id.to_string();
    Ok(sign_in_set_up_code_page(&state.site, waiting.sign_in.may_skip_set_up, view))
}

pub async fn submit(
    State(state): State<AppState>,
    waiting: Waiting,
    RawQuery(query): RawQuery,
    PlainForm(form): PlainForm<AddressForm>,
) -> Response {
    let Ok(sign_in) = form.sign_in.parse() else { return Redirect::to(START_AGAIN).into_response() };
    let (kind, channel) = kind_of(query.as_deref());
    let (context, token) = (waiting.context(), waiting.token.as_str());
    let done = match form.step(channel) {
        AddressStep::Send(address) => send_set_up_code(&context, token, sign_in, kind, Some(&address)).await,
        AddressStep::Again => send_set_up_code(&context, token, sign_in, kind, None).await,
        AddressStep::Confirm => {
            match set_up_code(&context, token, sign_in, kind, &form.code, waiting.previous()).await {
                Ok(progress) => return waiting.go_on(&state, progress).await,
                Err(refusal) => Err(refusal),
            }
        }
    };
    let refused = match done {
        Ok(()) => return Redirect::to(&address_of(kind)).into_response(),
        Err(refusal) => match refused(refusal, "code") {
            Ok(refused) => refused,
            Err(elsewhere) => return elsewhere,
        },
    };
    match shown(&state, &waiting, query.as_deref(), Some((form, refused.problem.clone()))).await {
        Ok(page) => refused.answer(page),
        Err(error) => failure(&state, error),
    }
}
