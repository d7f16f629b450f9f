//! `/healthz` and `/readyz`, and what people see while the database is away.

use app::ApiError;
use app::admin::users::api::ListUsers;
use http::StatusCode;

use crate::support::TestServer;

#[tokio::test]
async fn a_healthy_server_says_so_to_anybody() {
    let server = TestServer::start().await;
    for path in ["/healthz", "/readyz"] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn without_its_database_it_lives_but_is_not_ready() {
    let (server, owner) = TestServer::with_owner().await;
    let session = server.session_of(owner.account).await;
    server.context.database.clone().close().await;

    assert_eq!(server.get("/healthz").await.status, StatusCode::OK);
    assert_eq!(server.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);

    for path in ["/", "/admin/users", "/account"] {
        let page = server.get_as(&session, path).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(page.header("retry-after"), "5", "{path}");
        assert!(page.header("content-type").starts_with("text/html"), "{path}");
        assert!(page.text().contains("database"), "{path}");
    }

    let (status, result) = server.call(Some(&session), &ListUsers { state: Default::default() }).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(result.unwrap_err(), ApiError::Unavailable);
}
