//! Devices at the sign-in and in one's own account (S10, E3), and where sign-ins are from.

use domain::testing::{self, PASSWORD};
use http::StatusCode;
use types::settings::Devices;

use super::{cookie_of, sign_in, sign_in_cookie_of, value_of, works};
use crate::support::{Answer, HOST_NAME, TestServer};

const LIMIT: &str = "/login/device-limit";

fn device_cookie_of(answer: &Answer) -> String {
    let cookies = answer.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
    let cookie = cookies.into_iter().find(|cookie| cookie.starts_with("roster_device=")).expect("a device cookie");
    assert!(cookie.ends_with("; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax"), "{cookie}");
    cookie.split(';').next().unwrap().to_owned()
}

async fn submit_login(server: &TestServer, cookie: Option<&str>) -> Answer {
    server.submit("/login", cookie, &[("identifier", "ada@example.com"), ("password", PASSWORD)]).await
}

#[tokio::test]
async fn a_third_browser_is_shown_the_way_out_after_the_second_factor() {
    let (server, owner) = TestServer::with_owner().await;
    let context = &server.context;
    let ada = testing::onboarded(context, &owner, "ada").await;
    testing::set(context, &owner, |settings: &mut Devices| settings.device_limit = 2).await;
    let first = submit_login(&server, None).await;
    let (first_session, first_device) = (cookie_of(&first), device_cookie_of(&first));
    context.clock.advance_seconds(60);
    submit_login(&server, None).await;
    // Without a second factor: staff help.
    let begun = submit_login(&server, None).await;
    assert_eq!((begun.status, begun.location()), (StatusCode::SEE_OTHER, LIMIT));
    let waiting = sign_in_cookie_of(&begun);
    let page = server.get_as(&waiting, LIMIT).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.text().contains("ask an administrator") && !page.text().contains("192.0.2.1"), "{}", page.text());
    assert!(!works(&server, &waiting).await);
    // The first browser is known.
    let known = submit_login(&server, Some(&first_device)).await;
    assert_eq!((known.location(), device_cookie_of(&known)), ("/account", first_device.clone()));
    assert!(works(&server, &first_session).await);

    let key = testing::app(context, ada).await;
    let owner_sees = async || domain::devices::of_user(context, &owner, ada).await.unwrap().devices;
    // The fixture's own sessions are devices too.
    for device in
        owner_sees().await.into_iter().filter(|device| device.sessions == 0 || device.browser == "Chrome on Linux")
    {
        if owner_sees().await.len() > 2 {
            domain::devices::remove_of_user(context, &owner, ada, device.id).await.unwrap();
        }
    }
    context.clock.advance_seconds(60);
    let begun = submit_login(&server, None).await;
    assert_eq!(begun.location(), "/login/second-factor");
    let waiting = sign_in_cookie_of(&begun);
    let page = server.get_as(&waiting, begun.location()).await;
    let id = value_of(&page, "sign_in").unwrap().to_owned();
    let fields = [("sign_in", &*id), ("code", &testing::app_code(context, &key))];
    let next = server.submit("/login/second-factor", Some(&waiting), &fields).await;
    assert_eq!(next.location(), LIMIT);
    let page = server.get_as(&waiting, LIMIT).await;
    assert_eq!(page.text().matches("name=\"device\"").count(), 2, "{}", page.text());
    assert!(page.text().contains("Zürich, Switzerland"), "{}", page.text());
    let device = page.text().split("name=\"device\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    for (sign_in, device, status) in [
        (&*id, "nonsense", StatusCode::NOT_FOUND),
        (&*id, "0190a000-0000-7000-8000-000000000000", StatusCode::NOT_FOUND),
        ("nonsense", device, StatusCode::SEE_OTHER),
    ] {
        let refused = server.submit(LIMIT, Some(&waiting), &[("sign_in", sign_in), ("device", device)]).await;
        assert_eq!(refused.status, status);
    }
    let done = server.submit(LIMIT, Some(&waiting), &[("sign_in", &id), ("device", device)]).await;
    assert_eq!(done.location(), "/account");
    assert!(works(&server, &cookie_of(&done)).await);
    assert_eq!(owner_sees().await.len(), 2);
}

#[tokio::test]
async fn one_s_own_are_shown_and_removed_with_their_sessions() {
    let (server, owner) = TestServer::with_owner().await;
    testing::onboarded(&server.context, &owner, "ada").await;
    let (here, elsewhere) = (sign_in(&server, "ada@example.com").await, sign_in(&server, "ada@example.com").await);
    let page = server.get_as(&here, "/account/sessions").await;
    assert_eq!(page.text().matches("This device").count(), 1, "{}", page.text());
    assert!(page.text().contains("Zürich, Switzerland") && page.text().contains(">Password<"), "{}", page.text());
    let device = value_of(&page, "device").unwrap().to_owned();
    let ask = server.get_as(&here, &format!("/account/sessions/remove-device?device={device}")).await;
    assert!(ask.text().contains("1 session ends at once"), "{}", ask.text());
    let stranger = sign_in(&server, "owner@example.com").await;
    let path = "/account/sessions/remove-device";
    assert_eq!(server.submit(path, Some(&stranger), &[("device", &device)]).await.status, StatusCode::NOT_FOUND);
    let removed = server.submit(path, Some(&here), &[("device", &device)]).await;
    assert_eq!(removed.location(), "/account/sessions?removed=1");
    assert!(works(&server, &here).await && !works(&server, &elsewhere).await);
    let again = server.submit(path, Some(&here), &[("device", &device)]).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    // One's own: that is signing out.
    let page = server.get_as(&here, "/account/sessions").await;
    assert_eq!(value_of(&page, "device"), None);
    let mine = server.get_as(&here, path).await;
    assert_eq!(mine.status, StatusCode::OK);
    let context = &server.context;
    let token = here.trim_start_matches("roster_session=");
    let holder = domain::authority::authenticate(context, token).await.unwrap();
    let own = domain::devices::of_holder(context, &holder).await.unwrap()[0].id.to_string();
    let removed = server.submit(path, Some(&here), &[("device", &own)]).await;
    assert_eq!(removed.location(), "/login?signed_out=1");
    assert!(!works(&server, &here).await);
}

#[tokio::test]
async fn with_https_the_cookies_are_protected_and_a_plain_one_names_nothing() {
    let server = TestServer::start_at(&format!("https://{HOST_NAME}")).await;
    let owner = testing::owner(&server.context).await;
    testing::onboarded(&server.context, &owner, "ada").await;
    let answer = submit_login(&server, None).await;
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
    let device = cookies.iter().find(|cookie| cookie.starts_with("__Host-roster_device=")).unwrap();
    assert!(device.ends_with("; HttpOnly; SameSite=Lax; Secure"), "{device}");
    let value = device.split(['=', ';']).nth(1).unwrap();
    let again = submit_login(&server, Some(&format!("roster_device={value}"))).await;
    assert!(!again.headers.get_all("set-cookie").iter().any(|cookie| cookie.to_str().unwrap().contains(value)));
}

/// The address behind our own proxy counts, for the place too.
#[tokio::test]
async fn the_place_is_that_of_the_address_behind_the_proxy() {
    let (server, owner) = TestServer::with_owner().await;
    let ada = testing::onboarded(&server.context, &owner, "ada").await;
    for (peer, forwarded, place) in [
        ([10, 0, 0, 7], "198.51.100.7", "Germany"),
        ([192, 0, 2, 7], "198.51.100.7", "Zürich, Switzerland"),
        ([10, 0, 0, 7], "", "Private network"),
        ([127, 0, 0, 1], "", "This machine"),
        ([8, 8, 8, 8], "", ""),
    ] {
        server.context.clock.advance_seconds(60);
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("identifier", "ada@example.com"), ("password", PASSWORD)])
            .finish();
        let request = http::Request::post("/login")
            .header("host", HOST_NAME)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .header("x-forwarded-for", forwarded)
            .extension(axum::extract::ConnectInfo(std::net::SocketAddr::from((peer, 4711))))
            .body(axum::body::Body::from(body))
            .unwrap();
        let answer = server.send(request).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        let sessions = domain::sessions::of_user(&server.context, &owner, ada).await.unwrap();
        assert_eq!(sessions[0].place, place, "{peer:?} {forwarded}");
    }
}
