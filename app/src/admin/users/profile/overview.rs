//! The overview panel (P1): who this is, in which state, and what can be done at once.

use crate::ui::page_title::PageTitle;
use leptos::prelude::*;
use types::Permission;
use types::accounts::{OrganizationChoice, Profile, SharedAddress, StatusLabel};
use types::bulk::{BulkAction, Selection};
use types::directory::Unit;

use super::page::Page;
use super::unlock;
use crate::admin::users::bulk::Request;
use crate::ui::{Avatar, Glyph, Icon, Moment, StatusBadge};

pub fn view(page: Page, profile: &Profile) -> AnyView {
    let name = profile.name.clone();
    let email = profile.form.email.clone();
    let labels = profile.labels.iter().map(|label| view! { <StatusBadge label=*label /> }).collect_view();
    let reason = profile.disabled_reason.clone().filter(|_| profile.disabled);
    view! {
        <PageTitle text=format!("{name} – Roster") />
        <section class="overview panel" aria-label="Overview">
            <div class="overview-head">
                <Avatar name=name.clone() seed=profile.id.0.as_u128() large=true />
                <div class="overview-who">
                    <h1 class="page-title">{name.clone()}</h1>
                    <p class="muted">{email}</p>
                </div>
            </div>
            <p class="overview-labels">{labels}</p>
            {reason
                .map(|reason| {
                    view! {
                        <p class="overview-reason">
                            <strong>"Reason: "</strong>
                            {reason}
                        </p>
                    }
                })}
            {shared_address(profile)}
            <dl class="details-list">
                <dt>"ID"</dt>
                <dd>{id_with_copy(page, profile.id.to_string())}</dd>
                <dt>"Store"</dt>
                <dd>{profile.store_name.clone()}</dd>
                {organizations(profile)}
                <dt>"Created"</dt>
                <dd>
                    <Moment at=profile.created_at />
                </dd>
                <dt>"Last sign-in"</dt>
                <dd>
                    <Moment at=profile.last_sign_in_at />
                </dd>
            </dl>
            {download(profile)}
            {actions(page, profile)}
        </section>
    }
    .into_any()
}

fn organizations(profile: &Profile) -> Option<AnyView> {
    let may_open = profile.may(Permission::ViewDirectory);
    let one = |place: &OrganizationChoice| {
        let name = place.name.clone();
        if may_open {
            let href = Unit::Organization(place.id).path();
            view! { <a class="link" href=href>{name}</a> }.into_any()
        } else {
            view! { <span>{name}</span> }.into_any()
        }
    };
    let places: Vec<_> = profile.organizations.iter().map(|place| view! { <li>{one(place)}</li> }).collect();
    (!places.is_empty()).then(|| {
        view! {
            <dt>"Organizations"</dt>
            <dd>
                <ul>{places}</ul>
            </dd>
        }
        .into_any()
    })
}

/// Accounts of several identity stores may have an address; one of them signs in by it.
fn shared_address(profile: &Profile) -> Option<AnyView> {
    let text = match profile.shared_address? {
        SharedAddress::IsItsOwn => {
            "An account of another identity store has this e-mail address too. Only this one signs in by it."
        }
        SharedAddress::IsAnothers => {
            "An account of another identity store has this e-mail address and signs in by it; this one does not."
        }
    };
    Some(view! { <p class="overview-note">{text}</p> }.into_any())
}

/// **Download account information** (P3): not a page of the console, so the browser fetches it.
fn download(profile: &Profile) -> AnyView {
    let link = |format: &str, label: &'static str| {
        let href = format!("/admin/users/{}/download?format={format}", profile.id);
        view! {
            <a class="menu-item" href=href rel="external" download>
                {label}
            </a>
        }
    };
    view! {
        <div class="overview-download">
            <button type="button" class="btn btn-sm" popovertarget="download-menu">
                <Icon glyph=Glyph::Download />
                "Download account information"
            </button>
            <div id="download-menu" class="download-menu" popover="auto">
                {link("html", "Document (HTML)")} {link("json", "For programs (JSON)")}
            </div>
        </div>
    }
    .into_any()
}

fn id_with_copy(page: Page, id: String) -> AnyView {
    let shown = id.clone();
    view! {
        <span class="overview-id">
            <code>{shown}</code>
            <button
                type="button"
                class="btn btn-ghost btn-square btn-xs"
                aria-label="Copy ID"
                on:click=move |_| copy(page, &id)
            >
                <Icon glyph=Glyph::Copy />
            </button>
        </span>
    }
    .into_any()
}

/// A bulk action on this one account.
pub fn request_for(profile: &Profile, action: BulkAction) -> Request {
    let name = profile.name.clone();
    Request {
        action,
        store: Some(profile.store_id),
        selection: Selection::Accounts(vec![profile.id]),
        count: 1,
        names: vec![name.clone()],
        whom: Some(name),
    }
}

pub fn copy(page: Page, text: &str) {
    let clipboard = window().navigator().clipboard();
    // Browsers give it to pages of HTTPS and localhost only.
    if clipboard.is_undefined() {
        page.toasts.error("This browser does not let the page copy. Select the text and copy it yourself.");
    } else {
        let _ = clipboard.write_text(text);
        page.toasts.success("Copied.");
    }
}

fn actions(page: Page, profile: &Profile) -> Option<AnyView> {
    let may = |permission| profile.may(permission);
    let disable = (may(Permission::DisableUsers) && (profile.disabled || !profile.is_self)).then(|| {
        let action = if profile.disabled { BulkAction::Enable } else { BulkAction::Disable };
        let glyph = if profile.disabled { Glyph::Check } else { Glyph::Ban };
        asking(page, profile, action, action.label(), glyph)
    });
    let onboarded = profile.labels.contains(&StatusLabel::Onboarded);
    let mails = (may(Permission::SendMails) && !profile.disabled && !profile.is_self).then(|| {
        if onboarded {
            let reset = asking(page, profile, BulkAction::SendPasswordReset, "Password reset", Glyph::Key);
            let welcome = asking(page, profile, BulkAction::SendWelcome, "Send welcome mail", Glyph::Mail);
            (reset, welcome).into_any()
        } else {
            asking(page, profile, BulkAction::SendActivation, "Send activation mail", Glyph::Mail)
        }
    });
    let link = (may(Permission::CopyActivationLinks) && !onboarded && !profile.disabled).then(|| {
        let (id, name) = (profile.id, profile.name.clone());
        button("Copy activation link", Glyph::Copy, false, move || page.activation_link.set(Some((id, name.clone()))))
    });
    let expiry = (may(Permission::SetPasswords) && onboarded && !profile.is_self)
        .then(|| asking(page, profile, BulkAction::SetPasswordExpiry, "Set password expiry", Glyph::Clock));
    let unlock = (profile.locked && may(Permission::UnlockUsers)).then(|| unlock::button(page, profile.id));
    let end_sessions = may(Permission::EndSessions)
        .then(|| button("End sessions", Glyph::SignOut, false, move || page.end_sessions.ask()));
    let set_password = (may(Permission::SetPasswords) && !profile.is_self)
        .then(|| button("Set password", Glyph::Key, false, move || page.set_password.ask()));
    let impersonate = (may(Permission::ImpersonateUsers) && onboarded && !profile.disabled && !profile.is_self)
        .then(|| impersonate_link(profile));
    let delete = (may(Permission::DeleteUsers) && !profile.is_self)
        .then(|| button("Delete", Glyph::Trash, true, move || page.delete.ask()));
    let any = mails.is_some()
        || link.is_some()
        || expiry.is_some()
        || disable.is_some()
        || unlock.is_some()
        || end_sessions.is_some()
        || set_password.is_some()
        || impersonate.is_some()
        || delete.is_some();
    any.then(|| {
        view! {
            <div class="overview-actions" role="group" aria-label="Actions">
                {unlock}
                {disable}
                {end_sessions}
                {set_password}
                {expiry}
                {mails}
                {link}
                {impersonate}
                {delete}
            </div>
        }
        .into_any()
    })
}

/// **Impersonate user** (A11): a page that is not the console's asks for the reason.
fn impersonate_link(profile: &Profile) -> AnyView {
    view! {
        <a class="btn btn-sm" href=format!("/admin/users/{}/impersonate", profile.id) rel="external">
            <Icon glyph=Glyph::User />
            "Impersonate user"
        </a>
    }
    .into_any()
}

/// A button that asks before it does the action to this account.
fn asking(page: Page, profile: &Profile, action: BulkAction, label: &'static str, glyph: Glyph) -> AnyView {
    let request = request_for(profile, action);
    button(label, glyph, false, move || page.request.set(Some(request.clone())))
}

fn button(label: &'static str, glyph: Glyph, danger: bool, on_click: impl Fn() + Send + Sync + 'static) -> AnyView {
    view! {
        <button
            type="button"
            class=if danger { "btn btn-sm overview-danger" } else { "btn btn-sm" }
            on:click=move |_| on_click()
        >
            <Icon glyph />
            {label}
        </button>
    }
    .into_any()
}
