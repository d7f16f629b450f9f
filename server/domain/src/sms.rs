//! Text messages leave by an HTTP gateway (N2): the store's own, or the operator's.

use std::fmt::Write as _;

use sea_orm::ConnectionTrait;
use types::StoreId;
use types::settings::sms_gateway::{TEXT, TO};
use types::settings::{SmsFormat, SmsGateway};

use crate::{Context, Error, Result, Roster, settings};

/// Where and how a text message is handed over. Not `Debug`: its headers are secrets.
#[derive(Clone)]
pub struct Gateway {
    pub url: String,
    pub headers: Vec<(String, String)>,
    format: SmsFormat,
    template: String,
}

impl Gateway {
    pub fn content_type(&self) -> &'static str {
        self.format.content_type()
    }

    /// The body for one message. What is put in is escaped, once: it can neither end the value that it
    /// stands in nor be taken for a place itself.
    pub fn body(&self, number: &str, text: &str) -> String {
        let mut body = String::with_capacity(self.template.len() + text.len());
        let mut rest = self.template.as_str();
        while let Some(at) = rest.find('{') {
            let (before, place) = rest.split_at(at);
            body.push_str(before);
            rest = if let Some(after) = place.strip_prefix(TO) {
                escape(self.format, number, &mut body);
                after
            } else if let Some(after) = place.strip_prefix(TEXT) {
                escape(self.format, text, &mut body);
                after
            } else {
                body.push('{');
                &place[1..]
            };
        }
        body.push_str(rest);
        body
    }
}

fn escape(format: SmsFormat, value: &str, into: &mut String) {
    match format {
        SmsFormat::Json => {
            let quoted = serde_json::Value::from(value).to_string();
            into.push_str(quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default());
        }
        SmsFormat::Form => {
            for byte in value.bytes() {
                if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                    into.push(char::from(byte));
                } else {
                    let _ = write!(into, "%{byte:02X}");
                }
            }
        }
    }
}

/// # Errors
/// Field error `body`: what it would send is no JSON.
pub(crate) fn check(gateway: &SmsGateway) -> Result<()> {
    let body = of(gateway, &gateway.url, Vec::new()).body("+1", "1");
    let is_fine = gateway.format == SmsFormat::Form || serde_json::from_str::<serde_json::Value>(&body).is_ok();
    if is_fine { Ok(()) } else { Err(Error::field("body", "This is no JSON once the number and the text are in it.")) }
}

fn of(settings: &SmsGateway, url: &str, headers: Vec<(String, String)>) -> Gateway {
    Gateway { url: url.to_owned(), headers, format: settings.format, template: settings.body.clone() }
}

/// Whether text messages can be sent to people of the store.
pub(crate) async fn is_set_up(connection: &impl ConnectionTrait, roster: &Roster, store: StoreId) -> Result<bool> {
    let settings = settings::read::<SmsGateway>(connection, store).await?;
    Ok(!settings.url.is_empty() || roster.mailing.sms_gateway().is_some())
}

/// The gateway of the store; `None`: there is none.
pub(crate) async fn gateway(
    connection: &impl ConnectionTrait,
    context: &Context,
    store: StoreId,
) -> Result<Option<Gateway>> {
    let (kept, headers) = settings::sms_gateway(connection, context, store).await?;
    if !kept.url.is_empty() {
        return Ok(Some(of(&kept, &kept.url, headers)));
    }
    // The operator's takes the format and the body that are set here, and no secrets of other servers.
    Ok(context.mailing.sms_gateway().map(|url| of(&kept, url, Vec::new())))
}

#[cfg(test)]
mod tests {
    use sea_orm::EntityTrait;
    use types::events::EventKind;
    use types::permissions::BuiltInRole;
    use types::settings::{Section, SectionName, Settings};

    use super::*;
    use crate::{stores, testing};

    fn with(format: SmsFormat, body: &str) -> Gateway {
        of(&SmsGateway { format, body: body.into(), ..SmsGateway::default() }, "https://sms.example", Vec::new())
    }

    #[test]
    fn what_is_put_in_stays_a_value() {
        let json = with(SmsFormat::Json, r#"{"to": "{to}", "text": "{text}", "from": "{from}"}"#);
        for evil in ["x\", \"to\": \"+1", "a\\", "line\r\nX-Evil: 1", "{to}{text}", "\u{2028}é"] {
            let body: serde_json::Value = serde_json::from_str(&json.body("+41", evil)).unwrap();
            assert_eq!(body, serde_json::json!({ "to": "+41", "text": evil, "from": "{from}" }));
        }
        let form = with(SmsFormat::Form, "to={to}&text={text}");
        assert_eq!(form.body("+41", "a&to=+1 é\r\n{to}"), "to=%2B41&text=a%26to%3D%2B1%20%C3%A9%0D%0A%7Bto%7D");
    }

    #[test]
    fn a_body_that_becomes_no_json_is_refused() {
        for (body, good) in
            [(r#"{"a":"{to}{text}"}"#, true), ("{to}{text}", false), (r#"{"a":{to},"b":"{text}"}"#, false)]
        {
            let settings = SmsGateway { body: body.into(), ..SmsGateway::default() };
            assert_eq!(check(&settings).is_ok(), good, "{body}");
            assert!(check(&SmsGateway { format: SmsFormat::Form, ..settings }).is_ok());
        }
    }

    #[tokio::test]
    async fn secrets_are_sealed_and_told_nowhere() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let store = stores::default_store(context.database.read()).await.unwrap();
            let page = async || match settings::section(&context.database, &owner, None, SectionName::SmsGateway).await
            {
                Ok(page) => page.section,
                Err(error) => panic!("{error}"),
            };
            let typed = SmsGateway {
                url: "https://sms.example/send?key=swordfish".into(),
                body: r#"{"to": "{to}", "text": "{text}", "key": "opensesame"}"#.into(),
                new_headers: Some("Authorization: Bearer hunter2".into()),
                ..SmsGateway::default()
            };
            settings::save(&context, &owner, store, &page().await, &typed.clone().into_section()).await.unwrap();
            let gateway = async || gateway(context.database.read(), &context, store).await.unwrap();
            assert_eq!(gateway().await.unwrap().headers, [("Authorization".into(), "Bearer hunter2".into())]);
            let shown = page().await;
            let told = [testing::dump(&context).await, vec![serde_json::to_string(&shown).unwrap()]].concat();
            for secret in ["hunter2", "swordfish", "opensesame"] {
                assert!(told.iter().all(|row| !row.contains(secret)), "{secret}");
            }
            assert_eq!(gateway().await.unwrap().url, typed.url);
            assert!(gateway().await.unwrap().body("+41", "Hi").contains("opensesame"));
            // The same again without typing them: they stay. Another server: they go.
            let Section::SmsGateway(kept) = shown.clone() else { panic!("{shown:?}") };
            assert_eq!(kept.header_names, ["Authorization"]);
            let moved = SmsGateway { url: "https://sms.example/v2".into(), ..kept.clone() };
            settings::save(&context, &owner, store, &shown, &moved.clone().into_section()).await.unwrap();
            assert_eq!(gateway().await.unwrap().headers.len(), 1);
            assert!(gateway().await.unwrap().body("+41", "Hi").contains("opensesame"));
            // A body is typed anew for another server.
            let before = page().await;
            let stolen = SmsGateway { url: "https://evil.example/".into(), ..moved.clone() };
            let refused = settings::save(&context, &owner, store, &before, &stolen.clone().into_section()).await;
            assert_eq!(testing::wrong_fields(refused.unwrap_err()), ["body"]);
            let stolen = SmsGateway { body: SmsGateway::default().body, ..stolen };
            settings::save(&context, &owner, store, &before, &stolen.into_section()).await.unwrap();
            assert!(gateway().await.unwrap().headers.is_empty());
            assert!(!gateway().await.unwrap().body("+41", "Hi").contains("opensesame"));
            // Typing the same names with other values is a change that the log tells.
            let before = page().await;
            settings::save(&context, &owner, store, &before, &typed.clone().into_section()).await.unwrap();
            let Section::SmsGateway(again) = page().await else { panic!("another section") };
            let rotated = SmsGateway { new_headers: Some("Authorization: Bearer other".into()), ..again.clone() };
            settings::save(&context, &owner, store, &again.into_section(), &rotated.into_section()).await.unwrap();
            assert_eq!(testing::events_by(&context, EventKind::SettingsChanged).await, 5);
            assert_eq!(gateway().await.unwrap().headers[0].1, "Bearer other");
            let told = testing::dump(&context).await;
            assert!(told.iter().all(|row| !row.contains("swordfish") && !row.contains("opensesame")));
            assert!(told.iter().any(|row| row.contains(r#""old":"https://evil.example","new":"https://sms.example""#)));
        })
        .await;
    }

    #[tokio::test]
    async fn what_was_stored_in_clear_is_not_shown_and_sealed_with_the_next_change() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let store = stores::default_store(context.database.read()).await.unwrap();
            let before = Section::default_of(SectionName::SmsGateway);
            let plain = SmsGateway { url: "https://sms.example".into(), ..SmsGateway::default() };
            settings::save(&context, &owner, store, &before, &plain.into_section()).await.unwrap();
            let transaction = context.database.begin().await.unwrap();
            let stored = SmsGateway { url: "https://sms.example/?key=swordfish".into(), ..SmsGateway::default() };
            db::entities::settings::Entity::update_many()
                .col_expr(db::entities::settings::Column::Value, serde_json::to_string(&stored).unwrap().into())
                .exec(&transaction)
                .await
                .unwrap();
            transaction.commit().await.unwrap();
            let shown = settings::section(&context.database, &owner, None, SectionName::SmsGateway).await.unwrap();
            let Section::SmsGateway(shown) = shown.section else { panic!("another section") };
            assert_eq!(shown.url, "https://sms.example/…");
            let url = async || gateway(context.database.read(), &context, store).await.unwrap().unwrap().url;
            assert_eq!(url().await, stored.url);
            let changed = SmsGateway { format: SmsFormat::Form, ..shown.clone() };
            settings::save(&context, &owner, store, &shown.into_section(), &changed.into_section()).await.unwrap();
            assert_eq!(url().await, stored.url);
            assert!(testing::dump(&context).await.iter().all(|row| !row.contains("swordfish")));
        })
        .await;
    }

    #[tokio::test]
    async fn only_owners_say_where_messages_go() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let admin = testing::staff_with(&context, &owner, "admin", BuiltInRole::Administrator, None).await;
            let store = stores::default_store(context.database.read()).await.unwrap();
            let before = Section::default_of(SectionName::SmsGateway);
            let now = SmsGateway { url: "http://10.0.0.1/".into(), ..SmsGateway::default() }.into_section();
            assert!(settings::save(&context, &admin, store, &before, &now).await.is_err());
            assert!(settings::section(&context.database, &admin, None, SectionName::SmsGateway).await.is_err());
            settings::save(&context, &owner, store, &before, &now).await.unwrap();
            let session = testing::session(&context, owner.account).await;
            context.clock.advance_seconds(crate::recent_proof::RECENT_SECONDS);
            let long_ago = crate::authority::authenticate(&context, &session).await.unwrap().into_staff().unwrap();
            let late = settings::save(&context, &long_ago, store, &now, &before).await;
            assert!(matches!(late, Err(Error::ProofNeeded)));
        })
        .await;
    }

    #[tokio::test]
    async fn the_operators_gateway_serves_stores_without_their_own() {
        testing::on_both(|mut context| async move {
            testing::owner(&context).await;
            let store = stores::default_store(context.database.read()).await.unwrap();
            assert!(!is_set_up(context.database.read(), &context, store).await.unwrap());
            context.roster.mailing = context.mailing.clone().with_sms_gateway(Some("http://127.0.0.1:9/sms"));
            assert!(is_set_up(context.database.read(), &context, store).await.unwrap());
            let gateway = gateway(context.database.read(), &context, store).await.unwrap().unwrap();
            assert_eq!(gateway.url, "http://127.0.0.1:9/sms");
            assert_eq!(gateway.body("+41", "Hi"), r#"{"to": "+41", "text": "Hi"}"#);
        })
        .await;
    }
}
