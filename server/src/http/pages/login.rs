//! Signing in (S1).

use app::auth::login::{LoginView, login_page};
use app::auth::recover::password_expired_page;
use app::plain::wait_in_words;
use app::ssr::RequestContext;
use axum::extract::{Extension, RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::sign_in::{Refusal, SignIn, Whence, sign_in};
use http::StatusCode;
use serde::Deserialize;

use super::answer::{Refused, home, html, sign_in_begun};
use super::form::PlainForm;
use super::query;
use super::unfinished::{finished, step_page};
use crate::http::AppState;
use crate::http::return_to::safe_return_to;

/// One sentence for every reason.
const NOT_MATCHING: &str = "That email or username and password do not match.";

/// Longer than any e-mail address or username: not worth looking up.
const MOST_CHARACTERS: usize = 254;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct LoginForm {
    identifier: String,
    password: String,
    return_to: String,
}

pub async fn page(
    State(state): State<AppState>,
    Extension(request): Extension<RequestContext>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.as_deref();
    let return_to = query::value(query, "return_to").filter(|text| safe_return_to(text).is_some());
    if let Ok(holder) = request.holder().await {
        let onward = return_to.as_deref().unwrap_or_else(|| home(holder.is_staff()));
        return Redirect::to(onward).into_response();
    }
    let notice = if query::has(query, "signed_out") {
        Some("You are signed out.")
    } else if query::has(query, "reset") {
        Some("Your password is changed. Sign in with the new one.")
    } else if query::has(query, "secured") {
        Some(
            "Every session is signed out, and your password does not work any more. Follow the link in the mail that is \
             on its way to you.",
        )
    } else if query::has(query, "set_up") {
        Some("Roster is set up already. Sign in.")
    } else if query::has(query, "start_again") {
        Some("That took too long, was tried too often, or went on in another tab. Sign in again.")
    } else {
        None
    };
    let passkeys = state.roster.passkeys.address();
    let view = LoginView { return_to, notice: notice.map(str::to_owned), passkeys, ..LoginView::default() };
    html(StatusCode::OK, login_page(&state.site, view))
}

pub async fn submit(
    State(state): State<AppState>,
    Extension(request): Extension<RequestContext>,
    PlainForm(form): PlainForm<LoginForm>,
) -> Response {
    let LoginForm { identifier, password, return_to } = form;
    let context = request.context();
    let whence = Whence { previous: request.token(), return_to: safe_return_to(&return_to) };
    match sign_in(&context, known_spelling(&identifier), &password, whence).await {
        Ok(SignIn::Done(session)) => finished(&state, &session, whence.return_to).await,
        Ok(SignIn::Unfinished(begun)) => sign_in_begun(&state, &begun, step_page(begun.step)),
        Err(Refusal::PasswordExpired) => html(StatusCode::FORBIDDEN, password_expired_page(&state.site, identifier)),
        Err(refusal) => {
            let fields_are_wrong = matches!(refusal, Refusal::NotMatching);
            refused_page(&state, identifier, safe_return_to(&return_to), &refused(refusal), fields_are_wrong)
        }
    }
}

/// The page again, with why nobody is signed in.
pub fn refused_page(
    state: &AppState,
    identifier: String,
    return_to: Option<&str>,
    refused: &Refused,
    fields_are_wrong: bool,
) -> Response {
    let view = LoginView {
        identifier,
        return_to: return_to.map(str::to_owned),
        notice: None,
        problem: refused.problem.message.clone(),
        fields_are_wrong,
        passkeys: state.roster.passkeys.address(),
    };
    refused.answer(login_page(&state.site, view))
}

/// What nobody can be called is not looked up as such, but answered like any other wrong name.
fn known_spelling(identifier: &str) -> &str {
    let is_possible = identifier.trim().len() <= MOST_CHARACTERS && !identifier.contains(char::is_control);
    if is_possible { identifier } else { "" }
}

fn refused(refusal: Refusal) -> Refused {
    match refusal {
        // Answered before with a page of its own.
        Refusal::NotMatching | Refusal::PasswordExpired => Refused::new(StatusCode::UNAUTHORIZED, NOT_MATCHING, None),
        Refusal::TooManyAttempts { wait_seconds } => Refused::new(
            StatusCode::TOO_MANY_REQUESTS,
            format!("Too many attempts. Try again in {}.", wait_in_words(wait_seconds)),
            u32::try_from(wait_seconds.max(1)).ok(),
        ),
        Refusal::Error(error) => Refused::of(error),
    }
}
