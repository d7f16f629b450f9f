//! **Sessions** (E3): one's own, ended one by one or all but this.

use app::account::sessions::{SessionsView, end_others_page, sessions_page};
use app::plain::Problem;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::{Error, devices, sessions};
use http::StatusCode;
use serde::Deserialize;
use types::SessionId;

use super::answer::{Refused, failure, html, signed_out};
use super::form::PlainForm;
use super::query;
use super::signed_in::SignedIn;
use crate::http::AppState;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct EndForm {
    session: String,
}

pub async fn page(State(state): State<AppState>, signed_in: SignedIn, RawQuery(query): RawQuery) -> Response {
    let query = query.as_deref();
    let notice = if query::has(query, "ended") {
        Some("The session was ended.".to_owned())
    } else if query::has(query, "removed") {
        Some("The device was removed.".to_owned())
    } else {
        query::number(query, "others").map(others_ended)
    };
    answer(&state, &signed_in, notice, None).await
}

/// The page, with what was done or what is wrong.
pub async fn answer(
    state: &AppState,
    signed_in: &SignedIn,
    notice: Option<String>,
    refused: Option<Refused>,
) -> Response {
    let problem = refused.as_ref().map(|refused| refused.problem.clone()).unwrap_or_default();
    let page = match view(signed_in).await {
        Ok(view) => sessions_page(&state.site, signed_in.frame(), SessionsView { notice, problem, ..view }),
        Err(error) => return failure(state, error),
    };
    match refused {
        Some(refused) => refused.answer(page),
        None => html(StatusCode::OK, page),
    }
}

pub async fn end_one(
    State(state): State<AppState>,
    signed_in: SignedIn,
    PlainForm(form): PlainForm<EndForm>,
) -> Response {
    let ended = match form.session.parse::<SessionId>() {
        Ok(session) => sessions::end_one(&signed_in.context(), &signed_in.holder, session).await.map(|()| session),
        Err(_) => Err(Error::NotFound("session")),
    };
    let refused = match ended {
        Ok(session) if session == signed_in.holder.session => return signed_out(&state, "/login?signed_out=1"),
        Ok(_) => return Redirect::to("/account/sessions?ended=1").into_response(),
        Err(Error::NotFound(_)) => Refused::new(StatusCode::NOT_FOUND, "That session has ended already.", None),
        Err(error) => Refused::of(error),
    };
    answer(&state, &signed_in, None, Some(refused)).await
}

pub async fn ask_to_end_others(State(state): State<AppState>, signed_in: SignedIn) -> Response {
    match view(&signed_in).await {
        Ok(view) => {
            let others = view.sessions.iter().filter(|session| !session.current).count();
            html(StatusCode::OK, end_others_page(&state.site, signed_in.frame(), others))
        }
        Err(error) => failure(&state, error),
    }
}

pub async fn end_others(State(state): State<AppState>, signed_in: SignedIn) -> Response {
    match sessions::end_every_other(&signed_in.context(), &signed_in.holder).await {
        Ok(ended) => Redirect::to(&format!("/account/sessions?others={ended}")).into_response(),
        Err(error) => failure(&state, error),
    }
}

async fn view(signed_in: &SignedIn) -> domain::Result<SessionsView> {
    let sessions = sessions::of_holder(&signed_in.context(), &signed_in.holder).await?;
    let devices = devices::of_holder(&signed_in.context(), &signed_in.holder).await?;
    Ok(SessionsView { sessions, devices, notice: None, problem: Problem::default() })
}

fn others_ended(ended: u32) -> String {
    match ended {
        0 => "You were signed in nowhere else.".to_owned(),
        1 => "1 other session was signed out.".to_owned(),
        ended => format!("{ended} other sessions were signed out."),
    }
}
