//! **Activity** (E5): one's own, and **This wasn't me**.

use app::account::activity::{ActivityView, activity_page, not_me_page};
use app::plain::Problem;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use domain::{Error, account};
use http::StatusCode;
use serde::Deserialize;
use types::EventId;

use super::answer::{Refused, failure, html, signed_out};
use super::confirm::ask_for_proof;
use super::form::PlainForm;
use super::query;
use super::signed_in::SignedIn;
use crate::http::AppState;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct EventForm {
    id: String,
}

pub async fn page(State(state): State<AppState>, signed_in: SignedIn, RawQuery(query): RawQuery) -> Response {
    answer(&state, &signed_in, query::value(query.as_deref(), "older"), None).await
}

/// Without the id of one's own event it is the page that lists them.
pub async fn ask(State(state): State<AppState>, signed_in: SignedIn, RawQuery(query): RawQuery) -> Response {
    let id = query::value(query.as_deref(), "id").and_then(|id| id.parse::<EventId>().ok());
    let Some(id) = id else { return answer(&state, &signed_in, None, None).await };
    let (kind, at) = match account::may_be_disowned(&state.roster, &signed_in.holder, id).await {
        Ok(found) => found,
        Err(error) => return answer(&state, &signed_in, None, Some(Refused::of(error))).await,
    };
    if signed_in.holder.require_recent_proof(state.roster.now()).is_err() {
        return ask_for_proof(&format!("/account/activity/not-me?id={id}"));
    }
    html(StatusCode::OK, not_me_page(&state.site, signed_in.frame(), id, kind, at))
}

pub async fn disown(
    State(state): State<AppState>,
    signed_in: SignedIn,
    PlainForm(form): PlainForm<EventForm>,
) -> Response {
    let done = match form.id.parse() {
        Ok(id) => account::disown(&signed_in.context(), &signed_in.holder, id).await,
        Err(_) => Err(Error::NotFound("event")),
    };
    match done {
        Ok(()) => signed_out(&state, "/login?secured=1"),
        Err(Error::ProofNeeded) => ask_for_proof(&format!("/account/activity/not-me?id={}", form.id)),
        Err(error) => answer(&state, &signed_in, None, Some(Refused::of(error))).await,
    }
}

async fn answer(state: &AppState, signed_in: &SignedIn, older: Option<String>, refused: Option<Refused>) -> Response {
    let activity = match account::activity(&state.roster, &signed_in.holder, older.as_deref()).await {
        Ok(activity) => activity,
        Err(error) => return failure(state, error),
    };
    let problem = refused.as_ref().map_or_else(Problem::default, |refused| refused.problem.clone());
    let view = ActivityView { holder: signed_in.holder.account, activity, is_older: older.is_some(), problem };
    let page = activity_page(&state.site, signed_in.frame(), view);
    match refused {
        Some(refused) => refused.answer(page),
        None => html(StatusCode::OK, page),
    }
}
