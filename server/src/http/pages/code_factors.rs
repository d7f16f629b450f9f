//! **Email code** and **SMS code** in one's own account (E2).

use app::account::code_factor::code_factor_page;
use app::plain::Problem;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use domain::authenticators::code_factor;
use http::StatusCode;
use types::authenticators::FactorKind;
use types::messages::Channel;

use super::address_proof::{self, AddressForm, AddressStep, view};
use super::answer::{failure, html};
use super::confirm::ask_for_proof;
use super::form::PlainForm;
use super::query;
use super::signed_in::SignedIn;
use crate::http::AppState;

/// The kind that the address names; codes by mail for any that has none.
pub fn kind_of(asked: Option<&str>) -> (FactorKind, Channel) {
    let named = query::value(asked, "kind").and_then(|key| FactorKind::from_key(&key));
    match named.and_then(FactorKind::channel) {
        Some(Channel::Sms) => (FactorKind::SmsCode, Channel::Sms),
        _ => (FactorKind::EmailCode, Channel::Mail),
    }
}

fn here(kind: FactorKind) -> String {
    format!("/account/security/codes-by?kind={}", kind.key())
}

pub async fn page(State(state): State<AppState>, signed_in: SignedIn, RawQuery(query): RawQuery) -> Response {
    let (kind, _) = kind_of(query.as_deref());
    if signed_in.holder.require_recent_proof(state.roster.now()).is_err() {
        return ask_for_proof(&here(kind));
    }
    match shown(&state, &signed_in, query.as_deref(), None).await {
        Ok(page) => html(StatusCode::OK, page),
        Err(error) => failure(&state, error),
    }
}

async fn shown(
    state: &AppState,
    signed_in: &SignedIn,
    query: Option<&str>,
    came_back: Option<(AddressForm, Problem)>,
) -> domain::Result<String> {
    let (kind, channel) = kind_of(query);
    let begun = code_factor::look(&signed_in.context(), &signed_in.holder, kind).await?;
    let title = if channel == Channel::Sms { "Add SMS codes" } else { "Add email codes" };
    let view = view(channel, here(kind), begun.sent, begun.suggested, query, came_back);
    Ok(code_factor_page(&state.site, signed_in.frame(), title, begun.is_possible, view))
}

pub async fn submit(
    State(state): State<AppState>,
    signed_in: SignedIn,
    RawQuery(query): RawQuery,
    PlainForm(form): PlainForm<AddressForm>,
) -> Response {
    let (kind, channel) = kind_of(query.as_deref());
    let (context, holder, here) = (signed_in.context(), &signed_in.holder, here(kind));
    let done = match form.step(channel) {
        AddressStep::Send(address) => {
            code_factor::send_own(&context, holder, kind, Some(&address)).await.map(|()| here.as_str())
        }
        AddressStep::Again => code_factor::send_own(&context, holder, kind, None).await.map(|()| here.as_str()),
        AddressStep::Confirm => code_factor::confirm_own(&context, holder, kind, &form.code)
            .await
            .map(|()| "/account/security?codes_added=1"),
    };
    let again = |problem| shown(&state, &signed_in, query.as_deref(), Some((form, problem)));
    address_proof::answer(&state, done, &here, again).await
}
