//! The second step of signing in (S2).

use app::auth::second_factor::{SecondFactorView, Sent, WayView, other_ways_page, second_factor_page};
use app::plain::Problem;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::sign_in::{Step, Way, prove_code, prove_passkey, send_code};
use http::StatusCode;
use serde::Deserialize;
use types::authenticators::{FactorKind, masked};

use super::answer::html;
use super::form::PlainForm;
use super::query;
use super::unfinished::{START_AGAIN, Waiting, refused};
use crate::http::AppState;

/// Longer than any code: not worth looking at.
const MOST_CHARACTERS: usize = 64;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ProofForm {
    sign_in: String,
    code: String,
    /// Of a passkey.
    sealed: String,
    response: String,
}

pub async fn page(State(state): State<AppState>, waiting: Waiting, RawQuery(query): RawQuery) -> Response {
    if let Some(elsewhere) = waiting.elsewhere(Step::SecondFactor) {
        return elsewhere;
    }
    let ways = ways(&waiting);
    if query::value(query.as_deref(), "way").as_deref() == Some("other") && ways.len() > 1 {
        return html(StatusCode::OK, other_ways_page(&state.site, ways, waiting.sign_in.forgot_phone));
    }
    match view(&waiting, query.as_deref()) {
        Some(view) => html(StatusCode::OK, second_factor_page(&state.site, view)),
        None => Redirect::to(START_AGAIN).into_response(),
    }
}

pub async fn submit(
    State(state): State<AppState>,
    waiting: Waiting,
    RawQuery(query): RawQuery,
    PlainForm(form): PlainForm<ProofForm>,
) -> Response {
    let (Some(view), Ok(id)) = (view(&waiting, query.as_deref()), form.sign_in.parse()) else {
        return Redirect::to(START_AGAIN).into_response();
    };
    let way = match view.way {
        WayView::Factor(kind) => Way::Factor(kind),
        WayView::SecurityCodes => Way::SecurityCodes,
    };
    let code = if form.code.len() > MOST_CHARACTERS { "" } else { &form.code };
    let (context, token, previous) = (waiting.context(), &waiting.token, waiting.previous());
    let (proven, field) = if way == Way::Factor(FactorKind::Passkey) {
        (prove_passkey(&context, token, id, &form.sealed, &form.response, previous).await, "passkey")
    } else {
        (prove_code(&context, token, id, way, code, previous).await, "code")
    };
    match proven {
        Ok(progress) => waiting.go_on(&state, progress).await,
        Err(refusal) => match refused(refusal, field) {
            Ok(refused) => {
                let view = SecondFactorView { problem: refused.problem.clone(), ..view };
                refused.answer(second_factor_page(&state.site, view))
            }
            Err(elsewhere) => elsewhere,
        },
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SendForm {
    sign_in: String,
    way: String,
}

/// **Send code**, and another one.
pub async fn send(State(state): State<AppState>, waiting: Waiting, PlainForm(form): PlainForm<SendForm>) -> Response {
    let query = format!("way={}", WayView::from_key(&form.way).map_or("", WayView::key));
    let (Some(view), Ok(id)) = (view(&waiting, Some(&query)), form.sign_in.parse()) else {
        return Redirect::to(START_AGAIN).into_response();
    };
    // To a way whose codes are not sent leads its own page, which says what is asked for.
    let kind = match view.way {
        WayView::Factor(kind) if kind.channel().is_some() => kind,
        way => return Redirect::to(&format!("/login/second-factor?way={}", way.key())).into_response(),
    };
    match send_code(&waiting.context(), &waiting.token, id, kind).await {
        Ok(()) => Redirect::to(&format!("/login/second-factor?{query}")).into_response(),
        Err(refusal) => match refused(refusal, "code") {
            Ok(refused) => {
                let view = SecondFactorView { problem: refused.problem.clone(), ..view };
                refused.answer(second_factor_page(&state.site, view))
            }
            Err(elsewhere) => elsewhere,
        },
    }
}

fn ways(waiting: &Waiting) -> Vec<WayView> {
    let view = |way: &Way| match way {
        Way::Factor(kind) => WayView::Factor(*kind),
        Way::SecurityCodes => WayView::SecurityCodes,
    };
    waiting.sign_in.ways.iter().map(view).collect()
}

/// The way that the address names, else the default one; `None` when there is none at all.
fn view(waiting: &Waiting, query: Option<&str>) -> Option<SecondFactorView> {
    let ways = ways(waiting);
    let named = query::value(query, "way").and_then(|key| WayView::from_key(&key)).filter(|way| ways.contains(way));
    let way = named.or(ways.first().copied())?;
    let sent = waiting.sign_in.codes.iter().find(|one| way == WayView::Factor(one.kind));
    Some(SecondFactorView {
        sign_in: waiting.sign_in.id.to_string(),
        way,
        ways,
        sent: sent.map(|one| Sent { address: masked(&one.address), is_sent: one.is_sent }),
        forgot_phone: waiting.sign_in.forgot_phone,
        problem: Problem::default(),
    })
}
