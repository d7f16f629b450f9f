//! Input that makes no sense: a readable answer, never a 500.

use app::ApiError;
use app::admin::users::api::ListUsers;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, COOKIE};
use http::{Request, StatusCode};
use server::http::{observe, panics};
use server_fn::ServerFn;
use tower::ServiceExt;

use crate::support::{TestServer, post};

const TOO_MUCH: usize = 1024 * 1024 + 1;

#[tokio::test]
async fn more_than_a_megabyte_is_refused_in_words() {
    let server = TestServer::start().await;
    let answer = server.send(too_large("/login", Body::from(vec![b'x'; TOO_MUCH]))).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.header("content-type").starts_with("text/html"));
    assert!(answer.text().contains("larger than 1 MB"), "{}", answer.text());

    let answer = server.send(too_large(ListUsers::PATH, Body::from(vec![b'x'; TOO_MUCH]))).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(matches!(answer.json(), ApiError::BadRequest { message } if message.contains("1 MB")));
}

#[tokio::test]
async fn a_body_that_does_not_say_its_size_is_measured() {
    let server = TestServer::start().await;
    let pieces = (0..17).map(|_| Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; 64 * 1024])));
    let answer = server.send(too_large("/login", Body::from_stream(futures::stream::iter(pieces)))).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_request_held_back_halfway_acts_with_the_session_as_it_is_when_the_rest_comes() {
    let (server, owner) = TestServer::with_owner().await;
    let session = server.session_of(owner.account).await;
    let (rest, pieces) = futures::channel::mpsc::unbounded::<Result<Bytes, std::io::Error>>();
    let request = post(ListUsers::PATH).header(CONTENT_TYPE, "application/json").header(COOKIE, &session);
    let request = request.header("sec-fetch-site", "same-origin").body(Body::from_stream(pieces)).unwrap();
    let ends = async {
        rest.unbounded_send(Ok(Bytes::from_static(b"{\"state\":"))).unwrap();
        tokio::task::yield_now().await;
        server.submit("/logout", Some(&session), &[]).await;
        rest.unbounded_send(Ok(Bytes::from_static(b"{}}"))).unwrap();
        drop(rest);
    };
    let (answer, ()) = tokio::join!(server.send(request), ends);
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.text());
}

#[tokio::test]
async fn server_functions_take_nothing_that_a_form_can_send() {
    let (server, owner) = TestServer::with_owner().await;
    let session = server.session_of(owner.account).await;
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/csv"] {
        let request = post(ListUsers::PATH).header(CONTENT_TYPE, kind).header(COOKIE, &session);
        let answer = server.send(request.body(Body::from("{\"state\":{}}")).unwrap()).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind}");
    }
}

#[tokio::test]
async fn an_id_that_is_none_is_nowhere() {
    let (server, owner) = TestServer::with_owner().await;
    let session = server.session_of(owner.account).await;
    for odd in ["x", "%00", "%0D%0AX:%20y", "%E2%80%AE", "..%2F..%2Fetc%2Fpasswd", "0", "%F0%9F%92%A9"] {
        for path in [format!("/admin/users/{odd}"), format!("/admin/users/{odd}/activity"), format!("/admin/{odd}")] {
            let answer = server.get_as(&session, &path).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
}

fn too_large(path: &str, body: Body) -> Request<Body> {
    post(path).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body).unwrap()
}

#[tokio::test]
async fn arguments_that_cannot_be_read_are_the_senders_fault() {
    let (server, owner) = TestServer::with_owner().await;
    let session = server.session_of(owner.account).await;
    for body in ["", "{", "[]", "{\"state\": 7}", "null", "\u{0}"] {
        let request = post(ListUsers::PATH).header(CONTENT_TYPE, "application/json").header(COOKIE, &session);
        let answer = server.send(request.header(CONTENT_LENGTH, body.len()).body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body:?}: {}", answer.text());
        assert!(matches!(answer.json(), ApiError::BadRequest { .. }), "{body:?}");
    }
}

#[tokio::test]
async fn what_is_nowhere_is_not_found() {
    let (server, owner) = TestServer::with_owner().await;
    let session = server.session_of(owner.account).await;
    for path in ["/nowhere", "/pkg/nowhere.js", "/accounts", "/favicon.png", "/login/x", "/.git/config"] {
        let page = server.get(path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(page.header("content-type").starts_with("text/html"), "{path}");
    }
    for path in [
        "/admin/nowhere",
        "/admin/users/not-an-id/attributes",
        "/admin/users/0190a000-0000-7000-8000-000000000000/attributes",
    ] {
        let page = server.get_as(&session, path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(page.text().contains("<html"), "{path}");
    }
    let answer = server.post_json(Some(&session), "/api/nowhere", &serde_json::json!({})).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(matches!(answer.json(), ApiError::NotFound { .. }));
}

#[tokio::test]
async fn a_bug_in_one_request_is_an_answer_without_details() {
    let server = TestServer::start().await;
    let catch = from_fn_with_state(server.state.clone(), panics::catch);
    let router = Router::new().route("/{*any}", get(buggy)).layer(catch).layer(from_fn(observe::observe));
    for (path, kind) in [("/page", "text/html"), ("/api/function", "application/json")] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR, "{path}");
        assert!(response.headers()[CONTENT_TYPE].to_str().unwrap().starts_with(kind), "{path}");
        let reference = response.headers()["x-request-id"].to_str().unwrap().to_owned();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let text = std::str::from_utf8(&body).unwrap();
        assert!(text.contains(&reference) && !text.contains("hunter2"), "{text}");
    }
}

async fn buggy() {
    panic!("with the password hunter2");
}

#[tokio::test]
async fn a_trailing_slash_leads_to_the_page() {
    let server = TestServer::start().await;
    let answer = server.get("/account/?x=1").await;
    assert_eq!((answer.status, answer.location()), (StatusCode::PERMANENT_REDIRECT, "/account?x=1"));
    assert_eq!(server.get("//evil.example/").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn filters_and_cursors_without_sense_are_no_error() {
    let (server, owner) = TestServer::with_owner().await;
    let session = server.session_of(owner.account).await;
    for query in [
        "after=%00",
        "after=zzz&before=yyy",
        "size=-1",
        "sort=;DROP",
        "status=x",
        "q=%25%27%22",
        "q=%FF",
        "store=x",
        "dir=up",
    ] {
        let page = server.get_as(&session, &format!("/admin/users?{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{query}");
    }
}
