//! **Security codes** (S9): made anew, shown once.

use app::account::second_factor_pages::{ask_for_codes_page, codes_page};
use app::plain::Problem;
use axum::extract::State;
use axum::response::Response;
use domain::Error;
use domain::authenticators::{self, security_codes};
use http::StatusCode;

use super::answer::{Refused, failure, html};
use super::confirm::ask_for_proof;
use super::signed_in::SignedIn;
use crate::http::AppState;

const HERE: &str = "/account/security/codes";

pub async fn ask(State(state): State<AppState>, signed_in: SignedIn) -> Response {
    if signed_in.holder.require_recent_proof(state.roster.now()).is_err() {
        return ask_for_proof(HERE);
    }
    match view(&state, &signed_in, Problem::default()).await {
        Ok(page) => html(StatusCode::OK, page),
        Err(error) => failure(&state, error),
    }
}

/// The answer to the form itself, since the codes are nowhere afterwards.
pub async fn make(State(state): State<AppState>, signed_in: SignedIn) -> Response {
    match security_codes::make(&signed_in.context(), &signed_in.holder).await {
        Ok(codes) => {
            let email = signed_in.holder.email.clone();
            html(StatusCode::OK, codes_page(&state.site, signed_in.frame(), email, codes))
        }
        Err(Error::ProofNeeded) => ask_for_proof(HERE),
        Err(error) => {
            let refused = Refused::of(error);
            match view(&state, &signed_in, refused.problem.clone()).await {
                Ok(page) => refused.answer(page),
                Err(error) => failure(&state, error),
            }
        }
    }
}

async fn view(state: &AppState, signed_in: &SignedIn, problem: Problem) -> domain::Result<String> {
    let stored = authenticators::of_account(&state.roster, &signed_in.holder).await?;
    let (enabled, has_codes) = (stored.static_codes_enabled, stored.codes.is_some());
    Ok(ask_for_codes_page(&state.site, signed_in.frame(), enabled, has_codes, problem))
}
