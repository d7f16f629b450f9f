//! **Profile** (E1).

use app::account::profile::{ProfileView, profile_page};
use app::plain::Problem;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::account::{self, OwnEdit};
use http::StatusCode;
use types::attributes::Values;

use super::answer::{Refused, failure, html};
use super::form::PlainForm;
use super::query;
use super::signed_in::SignedIn;
use crate::http::AppState;

pub async fn page(State(state): State<AppState>, signed_in: SignedIn, RawQuery(query): RawQuery) -> Response {
    match view(&signed_in).await {
        Ok(mut view) => {
            let query = query.as_deref();
            view.notice = if query::has(query, "email_change") {
                Some("We have mailed a link to the new address. Follow it within a day to change yours.".to_owned())
            } else if query::has(query, "email_change_withdrawn") {
                Some("Your address stays as it is; the link that we mailed stopped working.".to_owned())
            } else if query::has(query, "mobile_changed") {
                Some("Your number is changed and verified.".to_owned())
            } else {
                query::has(query, "saved").then(|| "Saved.".to_owned())
            };
            html(StatusCode::OK, profile_page(&state.site, signed_in.frame(), view))
        }
        Err(error) => failure(&state, error),
    }
}

pub async fn submit(
    State(state): State<AppState>,
    signed_in: SignedIn,
    PlainForm(pairs): PlainForm<Vec<(String, String)>>,
) -> Response {
    let form = typed(pairs);
    let saved = account::edit(&signed_in.context(), &signed_in.holder, &form).await;
    let Err(error) = saved else {
        return Redirect::to("/account?saved=1").into_response();
    };
    match view(&signed_in).await {
        Ok(stored) => {
            let refused = Refused::of(error);
            let mut values = stored.values.clone();
            values.extend(form.attributes);
            let view = ProfileView {
                values,
                first_name: form.first_name,
                last_name: form.last_name,
                problem: refused.problem.clone(),
                ..stored
            };
            refused.answer(profile_page(&state.site, signed_in.frame(), view))
        }
        Err(error) => failure(&state, error),
    }
}

/// Whatever is no field of every account is an attribute; one that comes several times has several
/// values.
fn typed(pairs: Vec<(String, String)>) -> OwnEdit {
    let mut form = OwnEdit::default();
    let mut attributes = Values::new();
    for (name, value) in pairs {
        match name.as_str() {
            "first_name" => form.first_name = value,
            "last_name" => form.last_name = value,
            "version" => form.version = value.parse().ok(),
            _ => match attributes.get_mut(&name) {
                Some(before) if before.is_empty() => *before = value,
                Some(before) => {
                    before.push('\n');
                    before.push_str(&value);
                }
                None => {
                    attributes.insert(name, value);
                }
            },
        }
    }
    OwnEdit { attributes, ..form }
}

async fn view(signed_in: &SignedIn) -> domain::Result<ProfileView> {
    let context = signed_in.context();
    let account = account::view(&context.database, &signed_in.holder).await?;
    Ok(ProfileView {
        email: account.email,
        pending_email: account::pending_email(&context, &signed_in.holder).await?,
        username: account.username,
        phone: account.phone,
        phone_is_verified: account.phone_is_verified,
        can_change_phone: account::mobile(&context, &signed_in.holder).await?.is_possible,
        first_name: account.first_name,
        last_name: account.last_name,
        attributes: account.attributes,
        values: account.values,
        version: account.version,
        notice: None,
        problem: Problem::default(),
    })
}
