//! Second factors on **Security** (E2): what is set up, and what can be done with it.

use leptos::prelude::*;
use types::authenticators::{AuthenticatorRow, Authenticators, CodeAddress, FactorKind, SecondFactorPolicy};
use types::messages::Channel;

use crate::ui::{Badge, Glyph, Icon, Moment, Tone};

/// The section of the page.
#[component]
pub fn SecondFactors(authenticators: Authenticators, offers_passkeys: bool) -> impl IntoView {
    let Authenticators { factors, default, policy, unverified, code_kinds, .. } = authenticators;
    let has_some = !factors.is_empty();
    let has_kinds = factors.iter().any(|row| Some(row.kind) != default);
    let state = match (policy, has_some) {
        (SecondFactorPolicy::Off, _) => "Second factors are switched off here: nobody is asked for one.",
        (_, true) => "You are asked for a second factor when you sign in.",
        (SecondFactorPolicy::Required, false) => "You have none. You will set one up at your next sign-in, or now.",
        (SecondFactorPolicy::Optional, false) => {
            "You have none. With one, a stolen password is not enough to get into your account."
        }
    };
    let rows = factors
        .into_iter()
        .enumerate()
        .map(|(number, row)| {
            let is_default = has_kinds && Some(row.kind) == default;
            view! { <Factor number row is_default offers_default=has_kinds && !is_default /> }
        })
        .collect_view();
    let waiting =
        unverified.into_iter().filter(|one| code_kinds.contains(&one.kind)).map(unverified_address).collect_view();
    let add_codes = code_kinds
        .into_iter()
        .map(|kind| {
            let (address, label) = (code_factor_address(kind), add_label(kind));
            view! {
                <a class="btn plain-button" href=address>
                    <Icon glyph=Glyph::Plus />
                    {label}
                </a>
            }
        })
        .collect_view();
    view! {
        <section class="account-section" aria-labelledby="second-factor-heading">
            <h2 id="second-factor-heading">"Two-factor authentication"</h2>
            <p class="account-lead">{state}</p>
            {has_some.then(|| view! { <ul class="session-list">{rows}</ul> })}
            {waiting}
            <div class="plain-row">
                <a class="btn btn-primary plain-button" href="/account/security/authenticator-app">
                    <Icon glyph=Glyph::Plus />
                    "Add authenticator app"
                </a>
                {add_codes}
                {offers_passkeys
                    .then(|| {
                        view! {
                            <a class="btn plain-button" href="/account/security/passkey">
                                <Icon glyph=Glyph::Plus />
                                "Add security key or passkey"
                            </a>
                        }
                    })}
                {has_some
                    .then(|| {
                        view! {
                            <a class="btn plain-button" href="/account/security/reset-two-factor">
                                "Reset two-factor authentication"
                            </a>
                        }
                    })}
            </div>
        </section>
    }
}

/// The page that sets up codes of a kind.
pub fn code_factor_address(kind: FactorKind) -> String {
    format!("/account/security/codes-by?kind={}", kind.key())
}

/// What leads there.
fn add_label(kind: FactorKind) -> &'static str {
    match kind.channel() {
        Some(Channel::Sms) => "Add SMS codes",
        _ => "Add email codes",
    }
}

/// Added by staff: worth nothing before it is verified.
fn unverified_address(one: CodeAddress) -> AnyView {
    let CodeAddress { kind, address, .. } = one;
    view! {
        <p class="account-lead">
            "An administrator has added " <bdi>{address}</bdi> ". Nothing is sent there before you "
            <a class="link" href=code_factor_address(kind)>
                "verify it"
            </a> "."
        </p>
    }
    .into_any()
}

#[component]
fn Factor(number: usize, row: AuthenticatorRow, is_default: bool, offers_default: bool) -> impl IntoView {
    let AuthenticatorRow { id, kind, name, created_at, last_used_at } = row;
    let name_id = format!("factor-{number}");
    let rename_id = format!("rename-{number}");
    let make_default = offers_default.then(|| {
        view! {
            <form method="post" action="/account/security/default">
                <input type="hidden" name="kind" value=kind.key() />
                <button type="submit" class="btn plain-button" aria-describedby=name_id.clone()>
                    "Make default"
                </button>
            </form>
        }
    });
    view! {
        <li class="session factor">
            <span class="session-glyph">
                <Icon glyph=Glyph::Key />
            </span>
            <div class="session-text">
                <p class="session-name" id=name_id.clone()>
                    <bdi>{name.clone()}</bdi>
                    {is_default.then(|| view! { <Badge tone=Tone::Good glyph=Glyph::Check text="Default" /> })}
                </p>
                <dl class="session-facts">
                    <div>
                        <dt>"Kind"</dt>
                        <dd>{kind.label()}</dd>
                    </div>
                    <div>
                        <dt>"Added"</dt>
                        <dd>
                            <Moment at=created_at />
                        </dd>
                    </div>
                    <div>
                        <dt>"Last used"</dt>
                        <dd>
                            <Moment at=last_used_at />
                        </dd>
                    </div>
                </dl>
                <details class="plain-details">
                    <summary>"Rename"</summary>
                    <form method="post" action="/account/security/rename" class="plain-row plain-row-fields">
                        <input type="hidden" name="id" value=id.to_string() />
                        <label class="plain-label" for=rename_id.clone()>
                            "New name"
                        </label>
                        <input
                            id=rename_id
                            name="name"
                            type="text"
                            class="input plain-input"
                            value=name
                            autocomplete="off"
                            maxlength="60"
                            required=true
                        />
                        <button type="submit" class="btn plain-button">
                            "Save"
                        </button>
                    </form>
                </details>
            </div>
            <div class="factor-actions">
                {make_default}
                <form method="get" action="/account/security/remove">
                    <input type="hidden" name="id" value=id.to_string() />
                    <button type="submit" class="btn plain-button" aria-describedby=name_id>
                        "Remove"
                    </button>
                </form>
            </div>
        </li>
    }
}

/// **Security codes** (S9): how many are left, and new ones.
#[component]
pub fn SecurityCodes(authenticators: Authenticators) -> impl IntoView {
    let Authenticators { factors, codes, static_codes_enabled, .. } = authenticators;
    let has_factor = !factors.is_empty();
    static_codes_enabled.then(|| {
        let state = match codes {
            Some(codes) => {
                let left = if codes.left == 1 { "1 code".to_owned() } else { format!("{} codes", codes.left) };
                view! {
                    <p class="account-lead">
                        {left} " left of those made " <Moment at=codes.created_at /> "."
                    </p>
                }
                .into_any()
            }
            None if has_factor => view! {
                <p class="account-lead">"You have none. Keep some on paper, for the day when your phone is lost."</p>
            }
            .into_any(),
            None => view! {
                <p class="account-lead">"Add a second factor first: security codes stand in for it."</p>
            }
            .into_any(),
        };
        let label = if codes.is_some() { "Make new security codes" } else { "Make security codes" };
        view! {
            <section class="account-section" aria-labelledby="codes-heading">
                <h2 id="codes-heading">"Security codes"</h2>
                {state}
                {has_factor
                    .then(|| {
                        view! {
                            <a class="btn plain-button" href="/account/security/codes">
                                {label}
                            </a>
                        }
                    })}
            </section>
        }
    })
}
