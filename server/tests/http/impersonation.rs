//! **Impersonate user** as a browser meets it (A11).

use domain::Staff;
use domain::recent_proof::RECENT_SECONDS;
use domain::testing::{self, PASSWORD};
use http::StatusCode;
use types::AccountId;
use types::permissions::BuiltInRole;

use crate::support::{Answer, TestServer};

struct World {
    server: TestServer,
    owner: Staff,
    ada: AccountId,
    /// The owner's own session.
    own: String,
}

impl World {
    async fn new() -> Self {
        let (server, owner) = TestServer::with_owner().await;
        let ada = testing::onboarded(&server.context, &owner, "ada").await;
        let own = server.session_of(owner.account).await;
        Self { server, owner, ada, own }
    }

    fn page(&self) -> String {
        format!("/admin/users/{}/impersonate", self.ada)
    }

    async fn begin(&self) -> Answer {
        let fields = [("reason", "Ticket 4711"), ("notify", "true")];
        self.server.submit(&self.page(), Some(&self.own), &fields).await
    }

    /// Both cookies, as the browser holds them afterwards.
    fn both(&self, begun: &Answer) -> String {
        let cookie = begun.header("set-cookie").split(';').next().unwrap_or_default();
        assert!(cookie.starts_with("roster_impersonation=") && cookie.len() > 50, "{}: {}", begun.status, begun.text());
        format!("{}; {cookie}", self.own)
    }
}

#[tokio::test]
async fn from_the_reason_to_the_end_and_back_in_ones_own_session() {
    let world = World::new().await;
    let ask = world.server.get_as(&world.own, &world.page()).await;
    assert_eq!(ask.status, StatusCode::OK);
    assert!(ask.text().contains("Notify the account holder") && ask.text().contains(">ada<"), "{}", ask.text());
    let empty = world.server.submit(&world.page(), Some(&world.own), &[("reason", " "), ("notify", "true")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.text().contains("aria-invalid=\"true\"") && empty.text().contains(" checked"), "{}", empty.text());
    let begun = world.begin().await;
    assert_eq!((begun.status, begun.location()), (StatusCode::SEE_OTHER, "/account"));
    assert!(begun.header("set-cookie").contains("; HttpOnly; SameSite=Lax"));
    let both = world.both(&begun);
    let account = world.server.get_as(&both, "/account").await;
    assert_eq!(account.status, StatusCode::OK);
    let text = account.text();
    assert!(text.contains("End impersonation") && text.contains("ada@example.com"), "{text}");
    assert!(text.contains("<fieldset disabled class=\"looked-at\">"), "{text}");
    assert!(!text.contains("Sign out") && !text.contains("Admin console"), "{text}");
    let console = world.server.get_as(&both, "/admin/users").await;
    assert_eq!(console.status, StatusCode::FORBIDDEN);
    assert!(console.text().contains("End impersonation"), "{}", console.text());
    // What does not exist yet is closed, until whoever builds it decides.
    assert_eq!(world.server.get_as(&both, "/account/applications").await.status, StatusCode::FORBIDDEN);
    let ended = world.server.submit("/account/impersonation", Some(&both), &[]).await;
    assert_eq!(ended.location(), format!("/admin/users/{}/attributes", world.ada));
    assert!(ended.header("set-cookie").starts_with("roster_impersonation=; Path=/; Max-Age=0"));
    // The token is worth nothing now, and one's own session is as it was.
    let over = world.server.get_as(&both, "/account").await;
    assert_eq!(over.location(), "/account/impersonation");
    let page = world.server.get_as(&both, over.location()).await;
    assert!(page.text().contains("The impersonation is over"), "{}", page.text());
    let again = world.server.submit("/account/impersonation", Some(&both), &[]).await;
    assert_eq!(again.location(), "/admin");
    let mine = world.server.get_as(&world.own, "/account").await;
    assert!(mine.text().contains("owner@example.com") && !mine.text().contains("End impersonation"));
    assert_eq!(world.server.get_as(&world.own, "/account/impersonation").await.location(), "/account");
}

#[tokio::test]
async fn it_ends_after_half_an_hour_and_nobody_is_back_unawares() {
    let world = World::new().await;
    let both = world.both(&world.begin().await);
    world.server.context.clock.advance_seconds(domain::impersonation::MOST_SECONDS);
    let answer = world.server.get_as(&both, "/account/sessions").await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/account/impersonation"));
    assert_eq!(world.server.get_as(&both, "/admin").await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.server.submit("/logout", Some(&both), &[]).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_password_is_asked_again_after_ten_minutes() {
    let mut world = World::new().await;
    world.server.context.clock.advance_seconds(RECENT_SECONDS);
    let ask = world.server.get_as(&world.own, &world.page()).await;
    assert_eq!(ask.location(), format!("/account/confirm?return_to=%2Fadmin%2Fusers%2F{}%2Fimpersonate", world.ada));
    assert_eq!(world.begin().await.location(), ask.location());
    let fields = [("password", PASSWORD), ("return_to", &*world.page())];
    let confirmed = world.server.submit("/account/confirm", Some(&world.own), &fields).await;
    assert_eq!(confirmed.location(), world.page());
    world.own = confirmed.header("set-cookie").split(';').next().unwrap().to_owned();
    assert_eq!(world.begin().await.location(), "/account");
}

#[tokio::test]
async fn others_are_refused_and_other_sites_cannot_begin_it() {
    let world = World::new().await;
    let (context, owner) = (&world.server.context, &world.owner);
    let desk = testing::staff_with(context, owner, "desk", BuiltInRole::HelpDesk, None).await;
    let admin = testing::staff_with(context, owner, "admin", BuiltInRole::Administrator, None).await;
    let (desk, admin) = (world.server.session_of(desk.account).await, world.server.session_of(admin.account).await);
    let plain = world.server.session_of(world.ada).await;
    let of_owner = format!("/admin/users/{}/impersonate", owner.account);
    let nobody = "/admin/users/0190a000-0000-7000-8000-000000000000/impersonate".to_owned();
    for (session, page, status) in [
        (&desk, world.page(), StatusCode::FORBIDDEN),
        (&plain, world.page(), StatusCode::FORBIDDEN),
        (&admin, of_owner.clone(), StatusCode::FORBIDDEN),
        (&world.own, of_owner, StatusCode::FORBIDDEN),
        (&admin, nobody, StatusCode::NOT_FOUND),
        (&admin, "/admin/users/nonsense/impersonate".into(), StatusCode::NOT_FOUND),
    ] {
        for answer in [
            world.server.get_as(session, &page).await,
            world.server.submit(&page, Some(session), &[("reason", "x")]).await,
        ] {
            assert_eq!(answer.status, status, "{page}");
            assert!(answer.headers.get("set-cookie").is_none());
        }
    }
    let stranger = world.server.submit(&world.page(), None, &[("reason", "x")]).await;
    assert_eq!(stranger.location(), "/login?return_to=%2Fadmin%2Fusers");
    let foreign = crate::support::post(&world.page())
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "cross-site")
        .header("cookie", &world.own)
        .body(axum::body::Body::from("reason=x"))
        .unwrap();
    assert_eq!(world.server.send(foreign).await.status, StatusCode::FORBIDDEN);
    // A cookie that is none: nothing opens, and the way out is shown.
    for forged in ["roster_impersonation=x", "roster_impersonation=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let page = world.server.get_as(&format!("{}; {forged}", world.own), "/account").await;
        assert_eq!(page.location(), "/account/impersonation");
    }
}
