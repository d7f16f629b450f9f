//! The **Authenticators** tab (P6): what the account proves itself with, and what staff do about it.

use leptos::prelude::*;
use types::Permission;
use types::accounts::{Profile, StatusLabel};
use types::authenticators::{AuthenticatorRow, Authenticators, FactorKind, SecondFactorPolicy, StandIn};
use types::bulk::BulkAction;

use super::page::Page;
use super::question::Question;
use super::{backup_code, code_address, overview, unlock};
use crate::admin::users::api::{remove_authenticator, remove_stand_in};
use crate::ui::{Badge, ConfirmDialog, EmptyState, Glyph, Icon, Moment, Tone};

/// What the tab's dialogs are about.
#[derive(Clone, Copy)]
pub struct AuthenticatorsTab {
    pub remove: Question,
    pub removing: RwSignal<Option<AuthenticatorRow>>,
    /// The kinds of codes that an address can be added for, and the chosen one.
    pub add: Question,
    pub code_kinds: RwSignal<Vec<FactorKind>>,
    pub code_kind: RwSignal<FactorKind>,
    /// What stands in for a second factor.
    pub remove_stand_in: Question,
    pub stand_in: RwSignal<StandIn>,
    pub backup: Question,
    pub backup_code: RwSignal<Option<String>>,
}

impl AuthenticatorsTab {
    pub fn new() -> Self {
        Self {
            remove: Question::new(),
            removing: RwSignal::new(None),
            add: Question::new(),
            code_kinds: RwSignal::new(Vec::new()),
            code_kind: RwSignal::new(FactorKind::EmailCode),
            remove_stand_in: Question::new(),
            stand_in: RwSignal::new(StandIn::SecurityCodes),
            backup: Question::new(),
            backup_code: RwSignal::new(None),
        }
    }
}

pub fn view(page: Page, profile: &Profile, stored: Authenticators) -> AnyView {
    let may_manage = profile.may(Permission::ManageAuthenticators) && !profile.is_self;
    let lockout = stored.locked_until.map(|until| {
        let id = profile.id;
        view! {
            <div class="callout callout-warning">
                <Icon glyph=Glyph::Lock />
                <p>"Locked after failed attempts until " <Moment at=until /> "."</p>
                {profile.may(Permission::UnlockUsers).then(|| unlock::button(page, id))}
            </div>
        }
    });
    view! {
        <section class="tab" aria-labelledby="tab-title">
            <div class="tab-head">
                <h2 id="tab-title" class="panel-title" tabindex="-1">
                    "Authenticators"
                </h2>
                {actions(page, profile, &stored)}
            </div>
            {lockout}
            {password(page, profile, &stored)}
            <h3 class="sub-title">"Second factors"</h3>
            {factors(page, &stored, may_manage)}
            {code_address::waiting(page, &stored.unverified, may_manage)}
            {codes(page, &stored, may_manage)}
            {recovery(page, profile, &stored, may_manage)}
        </section>
    }
    .into_any()
}

fn actions(page: Page, profile: &Profile, stored: &Authenticators) -> AnyView {
    let has_factor = stored.default.is_some();
    let may = |permission| profile.may(permission) && !profile.is_self;
    let backup = (stored.one_time_codes_enabled && has_factor && may(Permission::GenerateBackupCodes))
        .then(|| button("Generate backup code", Glyph::Key, false, move || page.authenticators.backup.ask()));
    let change = profile.may(Permission::ManageAuthenticators).then(|| {
        let (id, name) = (profile.id, profile.name.clone());
        button("Change second factor", Glyph::Shield, false, move || page.second_factor.set(Some((id, name.clone()))))
    });
    let add = may(Permission::ManageAuthenticators)
        .then(|| code_address::add_button(page, stored.code_kinds.clone()))
        .flatten();
    let reset = (has_factor && may(Permission::ManageAuthenticators)).then(|| {
        let request = overview::request_for(profile, BulkAction::ResetMfa);
        button("Reset user MFA", Glyph::Undo, true, move || page.request.set(Some(request.clone())))
    });
    let remove = (stored.password.is_some() && may(Permission::RemoveIdentities)).then(|| {
        let request = overview::request_for(profile, BulkAction::RemoveIdentity);
        button("Remove user identity", Glyph::Trash, true, move || page.request.set(Some(request.clone())))
    });
    view! { <div class="tab-actions">{add} {backup} {change} {reset} {remove}</div> }.into_any()
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

fn password(page: Page, profile: &Profile, stored: &Authenticators) -> AnyView {
    let state = match stored.password {
        None => view! { <span class="muted">"No password"</span> }.into_any(),
        Some(state) => view! {
            "Changed "
            <Moment at=state.changed_at />
            {state
                .must_change
                .then(|| view! { <Badge tone=Tone::Warning glyph=Glyph::Clock text="Must change at next sign-in" /> })}
        }
        .into_any(),
    };
    let set = (profile.may(Permission::SetPasswords) && !profile.is_self)
        .then(|| button("Set password", Glyph::Edit, false, move || page.set_password.ask()));
    let onboarded = profile.labels.contains(&StatusLabel::Onboarded);
    let reset = (profile.may(Permission::SendMails) && onboarded && !profile.disabled && !profile.is_self).then(|| {
        let request = overview::request_for(profile, BulkAction::SendPasswordReset);
        button("Send password reset email", Glyph::Mail, false, move || page.request.set(Some(request.clone())))
    });
    view! {
        <h3 class="sub-title">"Password"</h3>
        <div class="callout">
            <Icon glyph=Glyph::Lock />
            <p>{state}</p>
            {reset}
            {set}
        </div>
    }
    .into_any()
}

fn factors(page: Page, stored: &Authenticators, may_manage: bool) -> AnyView {
    if stored.factors.is_empty() {
        let text = match stored.policy {
            SecondFactorPolicy::Required => "One is set up at the next sign-in.",
            SecondFactorPolicy::Optional => "The holder can add one under “Security” in their account.",
            SecondFactorPolicy::Off => "Second factors are switched off in the settings.",
        };
        return view! { <EmptyState glyph=Glyph::Shield title="No second factor" text /> }.into_any();
    }
    let default = stored.default;
    let rows = stored.factors.iter().cloned().map(|row| table_row(page, row, default, may_manage)).collect_view();
    view! {
        <div class="table-frame">
            <table class="table">
                <caption class="sr-only">"Second factors"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Kind"</th>
                        <th scope="col" class="wide-only">
                            "Created"
                        </th>
                        <th scope="col">"Last used"</th>
                        {may_manage
                            .then(|| {
                                view! {
                                    <th scope="col">
                                        <span class="sr-only">"Actions"</span>
                                    </th>
                                }
                            })}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn table_row(page: Page, row: AuthenticatorRow, default: Option<FactorKind>, may_manage: bool) -> AnyView {
    let (name, kind, created_at, last_used_at) = (row.name.clone(), row.kind, row.created_at, row.last_used_at);
    let remove = may_manage.then(|| {
        let label = format!("Remove {name}");
        view! {
            <td>
                <button
                    type="button"
                    class="btn btn-sm"
                    aria-label=label
                    on:click=move |_| {
                        page.authenticators.removing.set(Some(row.clone()));
                        page.authenticators.remove.ask();
                    }
                >
                    "Remove"
                </button>
            </td>
        }
    });
    view! {
        <tr>
            <td class="cell-text">{name}</td>
            <td>
                {kind.label()} " "
                {(Some(kind) == default).then(|| view! { <Badge tone=Tone::Good glyph=Glyph::Check text="Default" /> })}
            </td>
            <td class="wide-only">
                <Moment at=created_at />
            </td>
            <td>
                <Moment at=last_used_at />
            </td>
            {remove}
        </tr>
    }
    .into_any()
}

fn codes(page: Page, stored: &Authenticators, may_manage: bool) -> Option<AnyView> {
    let codes = stored.codes.map(|codes| {
        let left = match codes.left {
            1 => "One static long-lived code left, made ".to_owned(),
            left => format!("{left} static long-lived codes left, made "),
        };
        let text = view! {
            {left}
            <Moment at=codes.created_at />
            "."
        };
        stand_in(page, Glyph::Key, text.into_any(), may_manage.then_some(StandIn::SecurityCodes))
    });
    let backup = stored.backup_code_until.map(|until| {
        let text = view! {
            "A backup code works until "
            <Moment at=until />
            "."
        };
        stand_in(page, Glyph::Clock, text.into_any(), may_manage.then_some(StandIn::BackupCode))
    });
    (codes.is_some() || backup.is_some()).then(|| {
        view! {
            <h3 class="sub-title">"Security codes"</h3>
            {codes}
            {backup}
        }
        .into_any()
    })
}

/// A line that says what is there, and the button that removes it.
fn stand_in(page: Page, glyph: Glyph, text: AnyView, removable: Option<StandIn>) -> AnyView {
    let remove = removable.map(|what| {
        let ask = move |_| {
            page.authenticators.stand_in.set(what);
            page.authenticators.remove_stand_in.ask();
        };
        view! {
            <button type="button" class="btn btn-sm" aria-label=format!("Remove {}", what.noun()) on:click=ask>
                "Remove"
            </button>
        }
    });
    view! {
        <div class="callout">
            <Icon glyph />
            <p>{text}</p>
            {remove}
        </div>
    }
    .into_any()
}

/// **Forgot my phone**: what of it the holder has set up. Neither questions nor answers.
fn recovery(page: Page, profile: &Profile, stored: &Authenticators, may_manage: bool) -> Option<AnyView> {
    let recovery = &stored.recovery;
    // What was set up while it was switched on stays, and can be removed.
    let questions = (recovery.questions > 0).then(|| {
        let text = format!("{} security questions are answered.", recovery.questions).into_any();
        stand_in(page, Glyph::User, text, may_manage.then_some(StandIn::SecurityQuestions))
    });
    let address = recovery.alternate_email.clone().map(|address| {
        let text = view! {
            "Codes go to "
            <bdi>{address}</bdi>
            "."
        };
        stand_in(page, Glyph::Mail, text.into_any(), may_manage.then_some(StandIn::AlternateEmail))
    });
    let Some(method) = recovery.method else {
        let any = questions.is_some() || address.is_some();
        return any.then(|| {
            view! {
                <h3 class="sub-title">"Forgot my phone"</h3>
                <p>"Switched off in the settings."</p>
                {questions}
                {address}
            }
            .into_any()
        });
    };
    let state = if recovery.is_blocked {
        "Blocked after too many wrong answers."
    } else if recovery.is_ready() {
        "Set up."
    } else {
        "Not set up by the holder yet."
    };
    let unlock =
        (recovery.is_blocked && profile.may(Permission::UnlockUsers)).then(|| unlock::button(page, profile.id));
    Some(
        view! {
            <h3 class="sub-title">"Forgot my phone"</h3>
            <p>{method.label()} ". " {state}</p>
            {unlock}
            {questions}
            {address}
        }
        .into_any(),
    )
}

pub fn dialogs(page: Page) -> AnyView {
    view! {
        {remove_dialog(page)}
        {remove_stand_in_dialog(page)}
        {code_address::dialog(page)}
        {backup_code::dialogs(page)}
    }
    .into_any()
}

fn remove_dialog(page: Page) -> AnyView {
    let AuthenticatorsTab { remove, removing, .. } = page.authenticators;
    let name = move || removing.with(|row| row.as_ref().map(|row| row.name.clone()).unwrap_or_default());
    let on_confirm = Callback::new(move |()| {
        let (Some(id), Some(row)) = (page.id(), removing.get_untracked()) else { return };
        remove.answer_proven(
            move || remove_authenticator(id, row.id),
            move |()| {
                page.toasts.success(format!("{} removed. All sessions of the account ended.", row.name));
                page.refresh();
            },
        );
    });
    view! {
        <ConfirmDialog
            open=remove.open
            id="remove-authenticator"
            title=Signal::derive(move || format!("Remove {}?", name()))
            message=page.text(|who| format!("{who} cannot sign in with it any more, and is signed out everywhere."))
            confirm="Remove"
            danger=true
            pending=remove.pending
            error=remove.error
            on_confirm
        />
    }
    .into_any()
}

fn remove_stand_in_dialog(page: Page) -> AnyView {
    let AuthenticatorsTab { remove_stand_in: question, stand_in, .. } = page.authenticators;
    let on_confirm = Callback::new(move |()| {
        let Some(id) = page.id() else { return };
        let what = stand_in.get_untracked();
        question.answer_proven(
            move || remove_stand_in(id, what),
            move |()| {
                page.toasts.success("Removed. All sessions of the account ended.");
                page.refresh();
            },
        );
    });
    view! {
        <ConfirmDialog
            open=question.open
            id="remove-stand-in"
            title=Signal::derive(move || format!("Remove {}?", stand_in.get().noun()))
            message=page.text(|who| {
                format!(
                    "{who} cannot get in with it any more when the second factor is not at hand, and is signed out \
                     everywhere."
                )
            })
            confirm="Remove"
            danger=true
            pending=question.pending
            error=question.error
            on_confirm
        />
    }
    .into_any()
}
