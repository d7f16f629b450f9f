//! Removing a device of one's own (E3), from the page of sessions.

use app::account::devices::remove_device_page;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::{Error, devices};
use http::StatusCode;
use serde::Deserialize;
use types::DeviceId;

use super::answer::{Refused, failure, html, signed_out};
use super::form::PlainForm;
use super::query;
use super::sessions;
use super::signed_in::SignedIn;
use crate::http::AppState;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct DeviceForm {
    device: String,
}

/// Without the id of one's own device it is the page that lists them.
pub async fn ask_to_remove(State(state): State<AppState>, signed_in: SignedIn, RawQuery(query): RawQuery) -> Response {
    let id = query::value(query.as_deref(), "device").and_then(|id| id.parse::<DeviceId>().ok());
    match devices::of_holder(&state.roster, &signed_in.holder).await {
        Ok(own) => match own.into_iter().find(|device| Some(device.id) == id) {
            Some(device) => html(StatusCode::OK, remove_device_page(&state.site, signed_in.frame(), device)),
            None => sessions::answer(&state, &signed_in, None, None).await,
        },
        Err(error) => failure(&state, error),
    }
}

pub async fn remove(
    State(state): State<AppState>,
    signed_in: SignedIn,
    PlainForm(form): PlainForm<DeviceForm>,
) -> Response {
    let removed = match form.device.parse() {
        Ok(device) => devices::remove_own(&signed_in.context(), &signed_in.holder, device).await,
        Err(_) => Err(Error::NotFound("device")),
    };
    let refused = match removed {
        Ok(()) => return done(&state, &signed_in).await,
        Err(Error::NotFound(_)) => Refused::new(StatusCode::NOT_FOUND, "That device is removed already.", None),
        Err(error) => Refused::of(error),
    };
    sessions::answer(&state, &signed_in, None, Some(refused)).await
}

/// With one's own device one's own session has ended.
async fn done(state: &AppState, signed_in: &SignedIn) -> Response {
    match domain::sessions::is_open(&state.roster, signed_in.holder.session).await {
        Ok(true) => Redirect::to("/account/sessions?removed=1").into_response(),
        Ok(false) => signed_out(state, "/login?signed_out=1"),
        Err(error) => failure(state, error),
    }
}
