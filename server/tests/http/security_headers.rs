//! What browsers are told with every answer.

use crate::support::{HASHED_FILE, TestServer};

const ALWAYS: [(&str, &str); 5] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

#[tokio::test]
async fn every_answer_has_them() {
    let (server, owner) = TestServer::with_owner().await;
    let session = server.session_of(owner.account).await;
    let paths = [
        "/",
        "/login",
        "/account",
        "/admin/users",
        "/admin/nowhere",
        "/nowhere",
        "/healthz",
        "/favicon.svg",
        HASHED_FILE,
        "/api/admin/viewer",
        "/api/nowhere",
        "/admin/users/not-an-id/attributes",
    ];
    for path in paths {
        let answer = server.get_as(&session, path).await;
        for (name, value) in ALWAYS {
            assert_eq!(answer.header(name), value, "{name} of {path}");
        }
        assert!(answer.header("permissions-policy").contains("camera=()"), "{path}");
        assert!(answer.header("content-security-policy").contains("default-src 'none'"), "{path}");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert!(!answer.header("x-request-id").is_empty(), "{path}");
        assert_eq!(answer.header("strict-transport-security"), "", "{path}: not without https");
    }
}

#[tokio::test]
async fn scripts_of_a_page_need_its_own_nonce() {
    let (server, owner) = TestServer::with_owner().await;
    let session = server.session_of(owner.account).await;
    let mut nonces = Vec::new();
    for _ in 0..2 {
        let page = server.get_as(&session, "/admin/users").await;
        let policy = page.header("content-security-policy");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
        let nonce =
            policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce").to_owned();
        assert!(page.text().contains("<script"), "{}", page.text());
        for script in page.text().split("<script").skip(1) {
            let attributes = script.split('>').next().expect("attributes");
            assert!(attributes.contains(&format!("nonce=\"{nonce}\"")), "<script{attributes}>");
        }
        nonces.push(nonce);
    }
    assert_ne!(nonces[0], nonces[1]);
}

#[tokio::test]
async fn with_https_browsers_stay_with_it() {
    let server = TestServer::start_at("https://roster.test").await;
    let answer = server.get("/login").await;
    assert!(answer.header("strict-transport-security").starts_with("max-age=63072000"));
}

#[tokio::test]
async fn nothing_personal_is_kept_in_caches() {
    let (server, owner) = TestServer::with_owner().await;
    let session = server.session_of(owner.account).await;
    for path in
        ["/", "/login", "/account", "/admin/users", "/admin/nowhere", "/nowhere", "/pkg/nowhere.js", "/api/nowhere"]
    {
        assert_eq!(server.get_as(&session, path).await.header("cache-control"), "no-store", "{path}");
    }
}
