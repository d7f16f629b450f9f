//! A forced step of signing in: a password of one's own.

use app::auth::new_password::{NewPasswordView, new_password_page};
use app::plain::Problem;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::sign_in::{Step, choose_password};
use http::StatusCode;
use serde::Deserialize;

use super::answer::html;
use super::form::PlainForm;
use super::unfinished::{START_AGAIN, Waiting, refused};
use crate::http::AppState;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct PasswordForm {
    sign_in: String,
    new_password: String,
}

pub async fn page(State(state): State<AppState>, waiting: Waiting) -> Response {
    match waiting.elsewhere(Step::NewPassword) {
        Some(elsewhere) => elsewhere,
        None => html(StatusCode::OK, new_password_page(&state.site, view(&waiting, Problem::default()))),
    }
}

pub async fn submit(
    State(state): State<AppState>,
    waiting: Waiting,
    PlainForm(form): PlainForm<PasswordForm>,
) -> Response {
    let Ok(id) = form.sign_in.parse() else { return Redirect::to(START_AGAIN).into_response() };
    let context = waiting.context();
    match choose_password(&context, &waiting.token, id, &form.new_password, waiting.previous()).await {
        Ok(progress) => waiting.go_on(&state, progress).await,
        Err(refusal) => match refused(refusal, "new_password") {
            Ok(refused) => refused.answer(new_password_page(&state.site, view(&waiting, refused.problem.clone()))),
            Err(elsewhere) => elsewhere,
        },
    }
}

fn view(waiting: &Waiting, problem: Problem) -> NewPasswordView {
    NewPasswordView {
        sign_in: waiting.sign_in.id.to_string(),
        email: waiting.sign_in.email.clone(),
        has_second_factor: waiting.sign_in.has_second_factor,
        problem,
    }
}
