//! The section **SMS gateway** (N2): the HTTP request that a text message leaves by.

use leptos::prelude::*;
use types::settings::{SmsFormat, SmsGateway};

use super::draft::{Draft, Words};

const FORMATS: &[(&str, &str, &str)] = &[
    ("json", "JSON", "The number and the text are escaped as parts of a JSON string."),
    ("form", "Form", "They are written as the fields of a web form are."),
];

pub fn form(draft: Draft<SmsGateway>) -> AnyView {
    let kept = move || {
        let names = draft.read(|value| value.header_names.join(", "));
        if names.is_empty() {
            "No headers are kept.".to_owned()
        } else {
            format!("Kept: {names}. Their values are not shown.")
        }
    };
    let kept_body = move || {
        let is_kept = draft.read(|value| value.body.is_empty());
        is_kept.then_some("A body is kept. It is not shown: what is typed here takes its place.")
    };
    view! {
        <p class="settings-lead">
            "Codes by SMS leave by an HTTP request to your provider. Without an address here, the operator’s gateway (ROSTER_SMS_WEBHOOK_URL) is used, if there is one."
        </p>
        {draft
            .text(
                Words {
                    name: "url",
                    label: "Address",
                    hint: "POST goes there, and no further: redirects are not followed. Choose a server that you trust with codes. Of an address that is kept only the server is shown; to change it, type the whole.",
                },
                false,
                |value| value.url.clone(),
                |value, text| value.url = text.trim().to_owned(),
            )}
        {draft
            .choice(
                Words { name: "format", label: "Format", hint: "" },
                FORMATS,
                |value| value.format.key(),
                |value, key| {
                    value.format = SmsFormat::ALL.into_iter().find(|format| format.key() == key).unwrap_or_default();
                },
            )}
        {draft
            .text(
                Words {
                    name: "body",
                    label: "Body",
                    hint: "{to} stands for the number, {text} for the message. It is sealed, and not shown again.",
                },
                true,
                |value| value.body.clone(),
                |value, text| value.body = text,
            )}
        <p class="field-hint" aria-live="polite">
            {kept_body}
        </p>
        <p class="field-hint" aria-live="polite">
            {kept}
        </p>
        {draft
            .text(
                Words {
                    name: "new_headers",
                    label: "New headers",
                    hint: "Name: value, a line each, such as “Authorization: Bearer …”. They take the place of all that are kept, are sealed, and not shown again. When the address moves to another server, headers are forgotten.",
                },
                true,
                |value| value.new_headers.clone().unwrap_or_default(),
                |value, text| value.new_headers = (!text.is_empty()).then_some(text),
            )}
        {draft
            .warning(move || {
                draft
                    .read(|value| value.url.starts_with("http://"))
                    .then_some("Codes and headers travel unencrypted to an address with http://.")
            })}
    }
    .into_any()
}
