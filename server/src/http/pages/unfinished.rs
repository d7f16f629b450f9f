//! The guard of the pages between the first proof and the end of a sign-in.

use app::plain::wait_in_words;
use app::ssr::RequestContext;
use axum::extract::{Extension, FromRequestParts};
use axum::response::{IntoResponse, Redirect, Response};
use domain::sessions::NewSession;
use domain::sign_in::{Progress, Step, StepRefusal, Unfinished, unfinished};
use domain::{Context, Error};
use http::StatusCode;
use http::request::Parts;

use super::answer::{Refused, failure, home, sign_in_finished};
use crate::http::AppState;
use crate::http::return_to::safe_return_to;

/// Where one begins anew, with a word about why.
pub const START_AGAIN: &str = "/login?start_again=1";

/// The page of a step.
pub fn step_page(step: Step) -> &'static str {
    match step {
        Step::SecondFactor => "/login/second-factor",
        Step::NewPassword => "/login/new-password",
        Step::SetUpSecondFactor => "/login/set-up-second-factor",
        Step::DeviceLimit => "/login/device-limit",
    }
}

/// The browser's unfinished sign-in. Without one, whoever is signed in is led on, and everybody else
/// begins anew.
pub struct Waiting {
    pub sign_in: Unfinished,
    pub token: String,
    request: RequestContext,
}

impl Waiting {
    pub fn context(&self) -> Context {
        self.request.context()
    }

    /// The session that the browser still holds.
    pub fn previous(&self) -> Option<&str> {
        self.request.token()
    }

    /// To the step's own page, when this page is another's.
    pub fn elsewhere(&self, step: Step) -> Option<Response> {
        (self.sign_in.step != step).then(|| Redirect::to(step_page(self.sign_in.step)).into_response())
    }

    /// To the next step, or in.
    pub async fn go_on(&self, state: &AppState, progress: Progress) -> Response {
        match progress {
            Progress::Next(step) => Redirect::to(step_page(step)).into_response(),
            Progress::Done(session) => finished(state, &session, self.sign_in.return_to.as_deref()).await,
        }
    }
}

/// Where a finished sign-in leads.
pub async fn finished(state: &AppState, session: &NewSession, return_to: Option<&str>) -> Response {
    match return_to.and_then(safe_return_to) {
        Some(page) => sign_in_finished(state, session, page),
        None => {
            let holder = domain::authority::authenticate(&state.roster, session.token.expose()).await;
            sign_in_finished(state, session, home(holder.is_ok_and(|holder| holder.is_staff())))
        }
    }
}

/// Why the step's form comes back; or the answer that leads elsewhere.
#[expect(clippy::result_large_err, reason = "the answer itself, made once a request")]
pub fn refused(refusal: StepRefusal, field: &str) -> Result<Refused, Response> {
    match refusal {
        StepRefusal::StartAgain => Err(Redirect::to(START_AGAIN).into_response()),
        StepRefusal::OtherStep(step) => Err(Redirect::to(step_page(step)).into_response()),
        StepRefusal::WrongCode { left } => {
            let left = if left == 1 { "1 attempt is left".to_owned() } else { format!("{left} attempts are left") };
            let what = match field {
                "passkey" => "That passkey was not accepted.",
                _ => "That code is wrong, or was used already.",
            };
            let why = format!("{what} {left}.");
            Ok(Refused::at_field(StatusCode::UNAUTHORIZED, field, why))
        }
        StepRefusal::TooManyAttempts { wait_seconds } => Ok(Refused::new(
            StatusCode::TOO_MANY_REQUESTS,
            format!("Too many attempts. Try again in {}.", wait_in_words(wait_seconds)),
            u32::try_from(wait_seconds.max(1)).ok(),
        )),
        StepRefusal::Error(error) => Ok(Refused::of(error)),
    }
}

impl FromRequestParts<AppState> for Waiting {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let Extension(request) =
            Extension::<RequestContext>::from_request_parts(parts, state).await.map_err(IntoResponse::into_response)?;
        let token = state.sign_in_cookie.read(&parts.headers).unwrap_or_default().to_owned();
        match unfinished(&request.context(), &token).await {
            Ok(Some(sign_in)) => Ok(Self { sign_in, token, request }),
            Ok(None) => Err(match request.holder().await {
                Ok(holder) => Redirect::to(home(holder.is_staff())).into_response(),
                Err(Error::SignIn) => Redirect::to(START_AGAIN).into_response(),
                Err(error) => failure(state, error),
            }),
            Err(error) => Err(failure(state, error)),
        }
    }
}
