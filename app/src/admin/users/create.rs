//! **Add user** (A1).

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::accounts::{AccountForm, GroupRow};
use types::attributes::AttributeDefinition;
use types::bulk::{BulkAction, Parameters, Selection};
use types::{AccountId, Permission, StoreId};

use super::api::{attribute_definitions, create_user};
use super::fields::{TypedFields, focus};
use super::group_picker::{GroupPicker, Offer};
use crate::ApiError;
use crate::admin::frame::use_viewer;
use crate::admin::jobs::api::start_bulk;
use crate::ui::{Dialog, Toasts, sign_in_again, use_toasts};

/// The first part of the inputs' ids.
const FORM: &str = "add-user";

/// The dialog that adds an account.
#[component]
pub fn AddUserDialog(
    open: RwSignal<bool>,
    /// Where the account is added; `None`: the default store.
    #[prop(optional, into)]
    store: Signal<Option<StoreId>>,
    /// Told of each account that was added, so that a list can show it.
    #[prop(optional)]
    on_created: Option<Callback<AccountId>>,
) -> impl IntoView {
    let viewer = use_viewer();
    let may = May::new();
    Effect::new(move || {
        viewer.with(|viewer| {
            if let Some(Ok(viewer)) = viewer {
                may.choose_groups.set(viewer.may_everywhere(Permission::ManageMemberships));
                may.send.set(viewer.may_everywhere(Permission::SendMails));
                may.mail_arrives.set(viewer.mail_arrives);
                may.see_mails.set(viewer.may_everywhere(Permission::ViewMail));
            }
        });
    });
    // Asked each time it opens: attributes come and go.
    let definitions = RwSignal::new(Vec::<AttributeDefinition>::new());
    Effect::new(move || {
        if open.get() {
            let store = store.get_untracked();
            spawn_local(async move {
                if let Ok(found) = attribute_definitions(store).await {
                    let _ = definitions.try_set(found);
                }
            });
        }
    });
    // Esc closes the dialog, and loses nothing: what was typed is there when it opens again.
    let (fields, groups) = (TypedFields::new(), RwSignal::new(Vec::<GroupRow>::new()));
    view! {
        <Dialog open id="add-user-dialog" title="Add user" keeps_input=true wide=true>
            {add_user_form(open, store, definitions, may, (fields, groups), on_created)}
        </Dialog>
    }
}

/// What the reader may do beside adding; nothing until it is known who reads.
#[derive(Clone, Copy)]
struct May {
    choose_groups: RwSignal<bool>,
    send: RwSignal<bool>,
    see_mails: RwSignal<bool>,
    /// Without a mail server it waits in the log.
    mail_arrives: RwSignal<bool>,
}

impl May {
    fn new() -> Self {
        Self {
            choose_groups: RwSignal::new(false),
            send: RwSignal::new(false),
            see_mails: RwSignal::new(false),
            mail_arrives: RwSignal::new(true),
        }
    }
}

fn add_user_form(
    open: RwSignal<bool>,
    store: Signal<Option<StoreId>>,
    definitions: RwSignal<Vec<AttributeDefinition>>,
    may: May,
    (fields, groups): (TypedFields, RwSignal<Vec<GroupRow>>),
    on_created: Option<Callback<AccountId>>,
) -> AnyView {
    Effect::new(move || {
        // What cannot be filled in has nothing to show of somebody who is not there yet.
        let shown: Vec<_> = definitions.get().into_iter().filter(|one| one.console_editable).collect();
        fields.define(&shown);
    });
    let another = RwSignal::new(false);
    let send_mail = RwSignal::new(true);
    let pending = RwSignal::new(false);
    let problem = RwSignal::new(None::<String>);
    let toasts = use_toasts();

    let add = move || {
        if pending.get_untracked() || !fields.check(FORM) {
            return;
        }
        let form = fields.get_untracked();
        let into = groups.with_untracked(|groups| groups.iter().map(|group| group.id).collect());
        pending.set(true);
        problem.set(None);
        spawn_local(async move {
            let created = create_user(store.get_untracked(), form.clone(), into).await;
            match created {
                Ok(id) => {
                    if send_mail.try_get_untracked() == Some(true) && may.send.try_get_untracked() == Some(true) {
                        send_activation(id, may, toasts).await;
                    }
                    let href = format!("/admin/users/{id}/attributes");
                    toasts.with_link(format!("{} was added.", name_of(&form)), "Open profile", href);
                    if let Some(on_created) = on_created {
                        on_created.try_run(id);
                    }
                    fields.set(&AccountForm::default());
                    if another.try_get_untracked() == Some(true) {
                        // The next one mostly goes into the same groups.
                        focus(FORM, "email");
                    } else {
                        let _ = groups.try_set(Vec::new());
                        let _ = open.try_set(false);
                    }
                }
                Err(error) if sign_in_again(&error) => {}
                Err(ApiError::Invalid { errors }) => {
                    let _ = problem.try_set(fields.refuse(FORM, errors));
                }
                Err(error) => {
                    let _ = problem.try_set(Some(error.to_string()));
                }
            }
            let _ = pending.try_set(false);
        });
    };

    let cancel = move |_| {
        fields.set(&AccountForm::default());
        groups.set(Vec::new());
        open.set(false);
    };
    view! {
        <form
            class="form"
            novalidate
            on:submit=move |event| {
                event.prevent_default();
                add();
            }
        >
            {fields.inputs(FORM, true)}
            {move || {
                may.choose_groups.get().then(|| view! { <GroupPicker id="add-user-groups" offer=Offer::All(store.get()) chosen=groups /> })
            }}
            {move || problem.get().map(|problem| view! { <p class="form-error" role="alert">{problem}</p> })}
            {move || {
                may.send
                    .get()
                    .then(|| {
                        view! {
                            <label class="check-label">
                                <input
                                    type="checkbox"
                                    class="checkbox checkbox-sm"
                                    autocomplete="off"
                                    prop:checked=send_mail
                                    on:change=move |event| send_mail.set(event_target_checked(&event))
                                />
                                "Send activation mail"
                            </label>
                        }
                    })
            }}
            <div class="dialog-actions">
                <label class="check-label add-another">
                    <input
                        type="checkbox"
                        class="checkbox checkbox-sm"
                        autocomplete="off"
                        prop:checked=another
                        on:change=move |event| another.set(event_target_checked(&event))
                    />
                    "Add another"
                </label>
                <button type="button" class="btn btn-sm" on:click=cancel>
                    "Cancel"
                </button>
                <button
                    type="submit"
                    class="btn btn-sm btn-primary"
                    disabled=pending
                    aria-busy=move || pending.get().then_some("true")
                >
                    "Add user"
                </button>
            </div>
        </form>
    }
    .into_any()
}

/// The account is there already: that its mail could not be queued, or goes nowhere, is said beside it.
async fn send_activation(id: AccountId, may: May, toasts: Toasts) {
    let selection = Selection::Accounts(vec![id]);
    match start_bulk(BulkAction::SendActivation, selection, Parameters::None).await {
        Ok(_) if may.mail_arrives.try_get_untracked() != Some(false) => {}
        Ok(_) => {
            let text = "No mail server is set up: the activation mail waits in the mail log.";
            match may.see_mails.try_get_untracked() {
                Some(true) => toasts.with_link(text, "Show mail log", "/admin/mail"),
                _ => toasts.success(text),
            }
        }
        Err(error) if sign_in_again(&error) => {}
        Err(error) => toasts.error(format!("The activation mail was not sent. {error}")),
    }
}

fn name_of(form: &AccountForm) -> String {
    let username = Some(form.username.trim()).filter(|username| !username.is_empty());
    types::person_name::display_name(form.first_name.trim(), form.last_name.trim(), username, form.email.trim())
}
