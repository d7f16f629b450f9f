//! A forced step of signing in: one device too many (S10).

use app::auth::device_limit::{DeviceLimitView, device_limit_page};
use app::plain::Problem;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::Error;
use domain::sign_in::{Step, StepRefusal, remove_device};
use http::StatusCode;
use serde::Deserialize;

use super::answer::html;
use super::form::PlainForm;
use super::unfinished::{START_AGAIN, Waiting, refused};
use crate::http::AppState;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct DeviceForm {
    sign_in: String,
    device: String,
}

pub async fn page(State(state): State<AppState>, waiting: Waiting) -> Response {
    match waiting.elsewhere(Step::DeviceLimit) {
        Some(elsewhere) => elsewhere,
        None => html(StatusCode::FORBIDDEN, device_limit_page(&state.site, view(&waiting, Problem::default()))),
    }
}

pub async fn submit(
    State(state): State<AppState>,
    waiting: Waiting,
    PlainForm(form): PlainForm<DeviceForm>,
) -> Response {
    let Ok(id) = form.sign_in.parse() else { return Redirect::to(START_AGAIN).into_response() };
    let context = waiting.context();
    let removed = match form.device.parse() {
        Ok(device) => remove_device(&context, &waiting.token, id, device, waiting.previous()).await,
        Err(_) => Err(StepRefusal::Error(Error::NotFound("device"))),
    };
    match removed {
        Ok(progress) => waiting.go_on(&state, progress).await,
        Err(refusal) => match refused(refusal, "device") {
            Ok(refused) => refused.answer(device_limit_page(&state.site, view(&waiting, refused.problem.clone()))),
            Err(elsewhere) => elsewhere,
        },
    }
}

fn view(waiting: &Waiting, problem: Problem) -> DeviceLimitView {
    let (sign_in, devices) = (waiting.sign_in.id.to_string(), waiting.sign_in.devices.clone());
    DeviceLimitView { sign_in, devices, problem }
}
