//! The guard of pages that need a session.

use app::account::{ActingView, FrameView};
use app::ssr::RequestContext;
use axum::extract::{Extension, FromRequestParts};
use axum::response::{IntoResponse, Redirect, Response};
use domain::recent_proof::Renewed;
use domain::{Context, Error, Holder};
use http::Method;
use http::request::Parts;

use super::answer::failure;
use crate::http::AppState;
use crate::http::impersonation::IMPERSONATION_PAGE;
use crate::http::return_to::login_path;

/// Where somebody goes whose password staff have set, whatever they asked for.
pub const CHANGE_PASSWORD_PAGE: &str = "/account/security";

/// Who asks; without a session that works the answer is the way to the sign-in page, and back.
pub struct SignedIn {
    pub holder: Holder,
    request: RequestContext,
}

impl SignedIn {
    pub fn context(&self) -> Context {
        self.request.context()
    }

    /// See [`RequestContext::renew`].
    pub fn renew(&self, renewed: Option<Renewed>) {
        self.request.renew(renewed);
    }

    pub fn frame(&self) -> FrameView {
        let acting = self.holder.acting.as_ref();
        FrameView {
            name: self.holder.name.clone(),
            is_staff: self.holder.is_staff(),
            acting: acting.map(|acting| ActingView { by: acting.name.clone(), until: acting.until }),
        }
    }
}

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let Extension(request) =
            Extension::<RequestContext>::from_request_parts(parts, state).await.map_err(IntoResponse::into_response)?;
        match request.holder().await {
            Ok(holder) if holder.must_change_password && parts.uri.path() != CHANGE_PASSWORD_PAGE => {
                Err(Redirect::to(CHANGE_PASSWORD_PAGE).into_response())
            }
            Ok(holder) => Ok(Self { holder, request }),
            Err(Error::SignIn) if request.is_impersonation() => Err(Redirect::to(IMPERSONATION_PAGE).into_response()),
            Err(Error::SignIn) => Err(Redirect::to(&login_path(page_of(parts))).into_response()),
            Err(error) => Err(failure(state, error)),
        }
    }
}

/// The page that this is, or that its form is on: here both have the same path.
fn page_of(parts: &Parts) -> &str {
    match parts.method {
        Method::GET => parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str),
        _ => parts.uri.path(),
    }
}
