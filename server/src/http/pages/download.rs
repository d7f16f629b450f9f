//! **Download account information** (P3) and **Download my data** (E6): a document that can be read
//! offline, or JSON; sent while it is being read.

use app::ssr::RequestContext;
use axum::body::Body;
use axum::extract::{Extension, Path, RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::account_data::{self, AccountData};
use domain::{Error, Roster};
use futures::stream;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use types::AccountId;

use super::CHANGE_PASSWORD_PAGE;
use super::account_document::Format;
use super::answer::failure;
use super::query;
use super::signed_in::SignedIn;
use crate::http::AppState;
use crate::http::return_to::login_path;

/// Of somebody, for staff.
pub async fn of_user(
    State(state): State<AppState>,
    Extension(request): Extension<RequestContext>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let found = async {
        let holder = request.holder().await?;
        if holder.must_change_password {
            return Ok(None);
        }
        let staff = holder.into_staff()?;
        let id = id.parse::<AccountId>().map_err(|_| Error::NotFound("user"))?;
        account_data::of_user(&request.context(), &staff, id).await.map(Some)
    };
    match found.await {
        Ok(Some(data)) => send(&state, data, format_of(query.as_deref())),
        Ok(None) => Redirect::to(CHANGE_PASSWORD_PAGE).into_response(),
        Err(Error::SignIn) => Redirect::to(&login_path("/admin/users")).into_response(),
        Err(error) => failure(&state, error),
    }
}

/// Of oneself.
pub async fn of_holder(State(state): State<AppState>, signed_in: SignedIn, RawQuery(query): RawQuery) -> Response {
    match account_data::of_holder(&signed_in.context(), &signed_in.holder).await {
        Ok(data) => send(&state, data, format_of(query.as_deref())),
        Err(error) => failure(&state, error),
    }
}

fn format_of(query: Option<&str>) -> Format {
    if query::value(query, "format").as_deref() == Some("json") { Format::Json } else { Format::Html }
}

/// What has been sent so far.
enum Part {
    Beginning,
    Events { older: Option<String>, first: bool },
    Over,
}

fn send(state: &AppState, data: AccountData, format: Format) -> Response {
    let name = format!("attachment; filename=\"account-{}.{}\"", data.id, format.extension());
    let roster = state.roster.clone();
    let parts = stream::try_unfold((Part::Beginning, data), move |(part, data)| {
        let roster = roster.clone();
        async move { next(&roster, part, data, format).await }
    });
    let mut response = Body::from_stream(parts).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(CONTENT_DISPOSITION, name);
    }
    response
}

async fn next(
    roster: &Roster,
    part: Part,
    data: AccountData,
    format: Format,
) -> Result<Option<(String, (Part, AccountData))>, Error> {
    match part {
        Part::Beginning => {
            let text = format.beginning(&data);
            Ok(Some((text, (Part::Events { older: None, first: true }, data))))
        }
        Part::Events { older, first } => {
            let page = data.events(roster, older.as_deref()).await?;
            let mut text = format.events(&page.events, first);
            let then = match page.older {
                Some(older) => Part::Events { older: Some(older), first: first && page.events.is_empty() },
                None => {
                    text += format.end();
                    Part::Over
                }
            };
            Ok(Some((text, (then, data))))
        }
        Part::Over => Ok(None),
    }
}
