//! **Impersonate user** and **End impersonation** (A11).

use app::account::impersonation::{AskView, ask_page, impersonation_page};
use app::plain::Problem;
use app::ssr::RequestContext;
use axum::extract::{Extension, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::{Error, Staff, impersonation};
use http::StatusCode;
use http::header::SET_COOKIE;
use serde::Deserialize;
use types::AccountId;
use types::impersonation::ImpersonationForm;

use super::CHANGE_PASSWORD_PAGE;
use super::answer::{Refused, failure, html, with_cookie};
use super::confirm::ask_for_proof;
use super::form::PlainForm;
use crate::http::AppState;
use crate::http::return_to::login_path;

/// A box that is not ticked is not sent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct AskForm {
    reason: String,
    notify: String,
}

fn address(id: AccountId) -> String {
    format!("/admin/users/{id}/impersonate")
}

/// The staff member and whom they ask for; or the answer that leads elsewhere.
async fn staff_and_subject(
    state: &AppState,
    request: &RequestContext,
    id: &str,
) -> Result<(Staff, AccountId), Response> {
    match request.holder().await {
        Ok(holder) if holder.must_change_password => Err(Redirect::to(CHANGE_PASSWORD_PAGE).into_response()),
        Ok(holder) => {
            let staff = holder.into_staff().map_err(|error| failure(state, error))?;
            let id = id.parse().map_err(|_| failure(state, Error::NotFound("user")))?;
            Ok((staff, id))
        }
        Err(Error::SignIn) => Err(Redirect::to(&login_path("/admin/users")).into_response()),
        Err(error) => Err(failure(state, error)),
    }
}

pub async fn ask(
    State(state): State<AppState>,
    Extension(request): Extension<RequestContext>,
    Path(id): Path<String>,
) -> Response {
    let (staff, id) = match staff_and_subject(&state, &request, &id).await {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    match impersonation::look(&request.context(), &staff, id).await {
        Ok(name) => {
            let view = AskView { id, name, form: ImpersonationForm::default(), problem: Problem::default() };
            html(StatusCode::OK, ask_page(&state.site, view))
        }
        Err(Error::ProofNeeded) => ask_for_proof(&address(id)),
        Err(error) => failure(&state, error),
    }
}

pub async fn begin(
    State(state): State<AppState>,
    Extension(request): Extension<RequestContext>,
    Path(id): Path<String>,
    PlainForm(form): PlainForm<AskForm>,
) -> Response {
    let (staff, id) = match staff_and_subject(&state, &request, &id).await {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    let context = request.context();
    let form = ImpersonationForm { reason: form.reason, notify: !form.notify.is_empty() };
    match impersonation::begin(&context, &staff, id, &form).await {
        Ok(begun) => match state.impersonation_cookie.set(&begun) {
            Ok(cookie) => with_cookie("/account", cookie),
            Err(error) => failure(&state, Error::Internal(format!("the impersonation cookie: {error}"))),
        },
        Err(Error::ProofNeeded) => ask_for_proof(&address(id)),
        Err(error @ Error::Invalid(_)) => match impersonation::look(&context, &staff, id).await {
            Ok(name) => {
                let refused = Refused::of(error);
                refused.answer(ask_page(&state.site, AskView { id, name, form, problem: refused.problem.clone() }))
            }
            Err(error) => failure(&state, error),
        },
        Err(error) => failure(&state, error),
    }
}

/// Whether it goes on, and the button that ends it.
pub async fn page(State(state): State<AppState>, Extension(request): Extension<RequestContext>) -> Response {
    match request.holder().await {
        Ok(holder) if holder.acting.is_some() => {
            html(StatusCode::OK, impersonation_page(&state.site, Some(holder.name)))
        }
        Err(Error::SignIn) if request.is_impersonation() => html(StatusCode::OK, impersonation_page(&state.site, None)),
        Ok(_) => Redirect::to("/account").into_response(),
        Err(Error::SignIn) => Redirect::to(&login_path("/account")).into_response(),
        Err(error) => failure(&state, error),
    }
}

/// Ends it, if it goes on, and leads back to one's own session: it was there all the while.
pub async fn end(State(state): State<AppState>, Extension(request): Extension<RequestContext>) -> Response {
    let ended = match request.holder().await {
        Ok(holder) => impersonation::end(&request.context(), &holder).await,
        Err(error) => Err(error),
    };
    let to = match ended {
        Ok(id) => format!("/admin/users/{id}/attributes"),
        Err(Error::NotFound(_) | Error::SignIn) => "/admin".to_owned(),
        Err(error) => return failure(&state, error),
    };
    let mut response = Redirect::to(&to).into_response();
    response.headers_mut().insert(SET_COOKIE, state.impersonation_cookie.clear());
    response
}
