//! Server functions by raw requests.

use app::ApiError;
use app::admin::api::GetViewer;
use app::admin::users::api::UserProfile;
use axum::body::Body;
use http::header::{ACCEPT, CONTENT_TYPE, REFERER};
use http::{Method, StatusCode};
use server_fn::ServerFn;
use server_fn::axum::server_fn_paths;
use types::AccountId;

use crate::support::{TestServer, get, post};

#[tokio::test]
async fn none_can_be_called_by_a_link() {
    let (server, owner) = TestServer::with_owner().await;
    let session = server.session_of(owner.account).await;
    for (path, method) in server_fn_paths() {
        assert_eq!(method, Method::POST, "{path} would not be mounted");
        let answer = server.get_as(&session, &format!("{path}?id=1")).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        let head = get(path).method(Method::HEAD).body(Body::empty()).unwrap();
        assert_eq!(server.send(head).await.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
    }
}

#[tokio::test]
async fn errors_answer_with_their_own_status() {
    let (server, owner) = TestServer::with_owner().await;
    let session = server.session_of(owner.account).await;
    let nobody: AccountId = "0190a000-0000-7000-8000-000000000000".parse().unwrap();
    let (status, result) = server.call(Some(&session), &UserProfile { id: nobody }).await;
    assert_eq!((status, result.unwrap_err()), (StatusCode::NOT_FOUND, ApiError::not_found("user")));
    let (status, result) = server.call(None, &GetViewer {}).await;
    assert_eq!((status, result.unwrap_err()), (StatusCode::UNAUTHORIZED, ApiError::SignIn));
}

/// What leptos would do for plain forms: send the browser to the referrer, with the error in the address.
#[tokio::test]
async fn nobody_is_redirected_to_the_referrer() {
    let server = TestServer::start().await;
    let request = post(GetViewer::PATH)
        .header(CONTENT_TYPE, "application/json")
        .header(ACCEPT, "text/html")
        .header(REFERER, "https://evil.example/");
    let answer = server.send(request.body(Body::from("{}")).unwrap()).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::UNAUTHORIZED, ""));
}
