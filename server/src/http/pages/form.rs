//! The body of a form.

use axum::extract::{FromRequest, Request};
use axum::response::Response;
use serde::de::DeserializeOwned;

use crate::http::AppState;
use crate::http::error_answer::Asker;

/// The fields of a form, or a page that says why they could not be read.
pub struct PlainForm<T>(pub T);

impl<T: DeserializeOwned> FromRequest<AppState> for PlainForm<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Response> {
        match axum::Form::<T>::from_request(request, state).await {
            Ok(axum::Form(fields)) => Ok(Self(fields)),
            Err(rejection) => {
                let text = "The form could not be read, so nothing was done. Go back, reload the page and try again.";
                Err(Asker::Browser.refuse(state, rejection.status(), text))
            }
        }
    }
}
