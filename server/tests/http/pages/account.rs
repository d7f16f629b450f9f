//! `/account` (E1).

use domain::testing;
use http::StatusCode;

use super::{is_wrong_at, value_of};
use crate::support::TestServer;

#[tokio::test]
async fn the_names_are_saved_and_shown() {
    let (server, owner) = TestServer::with_owner().await;
    let person = testing::onboarded(&server.context, &owner, "person").await;
    let session = server.session_of(person).await;
    let fields = [("first_name", " Ada"), ("last_name", "O'Brien <script>")];
    let answer = server.submit("/account", Some(&session), &fields).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/account?saved=1"));
    let page = server.get_as(&session, "/account?saved=1").await;
    assert!(page.text().contains("Saved.") && page.text().contains("person@example.com"), "{}", page.text());
    assert_eq!(value_of(&page, "first_name"), Some("Ada"));
    assert!(!page.text().contains("<script") && page.text().contains("O'Brien &lt;script&gt;"), "{}", page.text());
    assert_eq!(testing::account(&server.context, person).await.last_name, "O'Brien <script>");
}

#[tokio::test]
async fn wrong_names_come_back_as_typed_and_nothing_is_saved() {
    let (server, owner) = TestServer::with_owner().await;
    let person = testing::onboarded(&server.context, &owner, "person").await;
    let session = server.session_of(person).await;
    let long = "x".repeat(101);
    let page = server.submit("/account", Some(&session), &[("first_name", &long), ("last_name", "L\u{202E}")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(is_wrong_at(&page, "first_name") && is_wrong_at(&page, "last_name"));
    assert_eq!(value_of(&page, "first_name"), Some(&*long));
    let account = testing::account(&server.context, person).await;
    assert_eq!((&*account.first_name, &*account.last_name), ("person", ""));
}

#[tokio::test]
async fn only_staff_see_the_way_to_the_console() {
    let (server, owner) = TestServer::with_owner().await;
    let person = testing::onboarded(&server.context, &owner, "person").await;
    for (account, expected) in [(owner.account, true), (person, false)] {
        let session = server.session_of(account).await;
        let page = server.get_as(&session, "/account").await;
        assert_eq!(page.text().contains("Admin console"), expected);
    }
}

#[tokio::test]
async fn every_page_and_form_needs_a_session() {
    let server = TestServer::start().await;
    for path in ["/account", "/account/security", "/account/sessions", "/account/sessions/end-others"] {
        let to_login = format!("/login?return_to={}", path.replace('/', "%2F"));
        assert_eq!(server.get(path).await.location(), to_login);
        let answer = server.submit(path, None, &[("first_name", "x"), ("session", "y")]).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, &*to_login));
    }
    assert_eq!(server.get("/account?saved=1").await.location(), "/login?return_to=%2Faccount%3Fsaved%3D1");
}

#[tokio::test]
async fn attributes_follow_the_holders_flags() {
    use types::attributes::{AttributeForm, AttributeKind};
    let (server, owner) = TestServer::with_owner().await;
    let context = &server.context;
    let holders = |form: &mut AttributeForm| (form.holder_visible, form.holder_editable) = (true, true);
    testing::attribute(context, &owner, "motto", AttributeKind::Text, |form| {
        holders(form);
        form.required = true;
    })
    .await;
    testing::attribute(context, &owner, "tongues", AttributeKind::MultipleChoice, |form| {
        holders(form);
        form.choices = "German\nFrench\nItalian".into();
    })
    .await;
    testing::attribute(context, &owner, "grade", AttributeKind::Text, |form| form.holder_visible = true).await;
    testing::attribute(context, &owner, "remark", AttributeKind::Text, |_| {}).await;
    let values = [("motto", "R&D"), ("grade", "G7"), ("remark", "R-one")];
    let person = domain::users::create(context, &owner, &testing::form_with("person", &values), &[]).await.unwrap();
    let session = server.session_of(person).await;
    let page = server.get_as(&session, "/account").await;
    assert_eq!(value_of(&page, "motto"), Some("R&amp;D"), "{}", page.text());
    assert!(page.text().contains("G7") && !page.text().contains("R-one") && !page.text().contains("REMARK"));

    let empty = [("motto", " "), ("tongues", ""), ("tongues", "French"), ("grade", "G9"), ("version", "1")];
    let page = server.submit("/account", Some(&session), &empty).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(is_wrong_at(&page, "motto") && page.text().contains("MOTTO: Please fill in"), "{}", page.text());

    let fine = [("motto", "Go"), ("tongues", ""), ("tongues", "Italian"), ("tongues", "French"), ("version", "1")];
    assert_eq!(server.submit("/account", Some(&session), &fine).await.location(), "/account?saved=1");
    let stored = domain::attributes::values_of(context.database.read(), &[person]).await.unwrap().remove(&person);
    let wanted = [("motto", "Go"), ("tongues", "French\nItalian"), ("grade", "G7"), ("remark", "R-one")];
    assert_eq!(stored, Some(testing::form_with("", &wanted).attributes));
    // What began before that is told, and nothing is overwritten.
    let late = [("motto", "Late"), ("version", "1")];
    assert_eq!(server.submit("/account", Some(&session), &late).await.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn everything_known_is_downloaded_as_a_document_and_as_json() {
    let (server, owner) = TestServer::with_owner().await;
    let person = testing::onboarded(&server.context, &owner, "person").await;
    testing::group(&server.context, "<Poets>", &[person]).await;
    let session = server.session_of(person).await;
    let owners = server.session_of(owner.account).await;
    let staffs = format!("/admin/users/{person}/download");
    for (session, path) in [(&session, "/account/download"), (&owners, staffs.as_str())] {
        let page = server.get_as(session, path).await;
        let text = page.text();
        assert_eq!(page.status, StatusCode::OK);
        assert!(text.starts_with("<!DOCTYPE html>") && text.ends_with("</html>\n"), "{text}");
        assert!(text.contains("&lt;Poets&gt;") && text.contains("person@example.com") && !text.contains("<script"));
        let json = server.get_as(session, &format!("{path}?format=json")).await.json::<serde_json::Value>();
        assert_eq!(json["account"]["email"], "person@example.com");
        assert_eq!(json["groups"][0]["name"], "<Poets>");
        assert_eq!(json["events"].as_array().unwrap().last().unwrap()["kind"], "account.created");
    }
    for nobody in ["nonsense".to_owned(), server.context.id().to_string()] {
        let page = server.get_as(&owners, &format!("/admin/users/{nobody}/download")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
    }
}
