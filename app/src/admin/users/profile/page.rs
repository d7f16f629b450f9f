//! What the parts of a profile share.

use std::sync::Arc;

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use serde::{Deserialize, Serialize};
use types::AccountId;
use types::accounts::{GroupRow, Profile, RoleAssignmentRow};
use types::authenticators::Authenticators;
use types::devices::UserDevices;
use types::events::EventPage;
use types::sessions::UserSession;

use super::address::{Address, Asked, ProfileTab};
use super::authenticators::AuthenticatorsTab;
use super::devices::DevicesTab;
use super::groups::GroupsTab;
use super::question::Question;
use super::roles::RolesTab;
use super::sessions::SessionsTab;
use crate::ApiError;
use crate::admin::users::activation_link::Whose;
use crate::admin::users::api::{
    user_activity, user_authenticators, user_devices, user_groups, user_profile, user_roles, user_sessions,
};
use crate::admin::users::bulk::Request;
use crate::admin::users::edit::Edit;
use crate::admin::users::second_factor;
use crate::resource::Resource;
use crate::ui::{Toasts, sign_in_again, use_toasts};

pub type Loaded<T> = Resource<Result<T, ApiError>>;

/// What a tab shows beside the profile itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Content {
    Attributes,
    Groups(Vec<GroupRow>),
    Roles(Vec<RoleAssignmentRow>),
    Sessions(Vec<UserSession>),
    Devices(UserDevices),
    Authenticators(Authenticators),
    Activity(EventPage),
}

pub async fn load_profile(id: Result<AccountId, &'static str>) -> Result<Profile, ApiError> {
    user_profile(id.map_err(ApiError::not_found)?).await
}

pub async fn load_content(asked: Asked) -> Result<Content, ApiError> {
    let Address { id, tab, activity } = asked.map_err(ApiError::not_found)?;
    Ok(match tab {
        ProfileTab::Attributes => Content::Attributes,
        ProfileTab::Groups => Content::Groups(user_groups(id).await?),
        ProfileTab::Roles => Content::Roles(user_roles(id).await?),
        ProfileTab::Sessions => Content::Sessions(user_sessions(id).await?),
        ProfileTab::Devices => Content::Devices(user_devices(id).await?),
        ProfileTab::Authenticators => Content::Authenticators(user_authenticators(id).await?),
        ProfileTab::Activity => Content::Activity(user_activity(id, activity, None).await?),
    })
}

/// Goes to another address of the console; works after the page has gone, too.
pub type Navigate = Arc<dyn Fn(&str) + Send + Sync>;

/// The state of one profile page. It outlives each loading of the profile and its tabs.
#[derive(Clone, Copy)]
pub struct Page {
    pub address: Memo<Asked>,
    pub profile: Loaded<Profile>,
    pub content: Loaded<Content>,
    /// The profile as it was loaded last, for the dialogs.
    pub shown: RwSignal<Option<Profile>>,
    pub edit: Edit,
    pub request: RwSignal<Option<Request>>,
    pub activation_link: Whose,
    /// Whose default second factor is changed.
    pub second_factor: second_factor::Whose,
    pub end_sessions: Question,
    pub set_password: Question,
    pub delete: Question,
    pub unlocking: RwSignal<bool>,
    pub groups: GroupsTab,
    pub roles: RolesTab,
    pub sessions: SessionsTab,
    pub devices: DevicesTab,
    pub authenticators: AuthenticatorsTab,
    pub toasts: Toasts,
    navigate: StoredValue<Navigate>,
}

impl Page {
    pub fn new(address: Memo<Asked>, profile: Loaded<Profile>, content: Loaded<Content>) -> Self {
        let go = use_navigate();
        let navigate: Navigate = Arc::new(move |address: &str| {
            go(address, NavigateOptions { scroll: false, ..Default::default() });
        });
        let on_saved = Callback::new(move |()| {
            profile.refetch();
            content.refetch();
        });
        Self {
            address,
            profile,
            content,
            shown: RwSignal::new(None),
            edit: Edit::new(on_saved),
            request: RwSignal::new(None),
            activation_link: RwSignal::new(None),
            second_factor: RwSignal::new(None),
            end_sessions: Question::new(),
            set_password: Question::new(),
            delete: Question::new(),
            unlocking: RwSignal::new(false),
            groups: GroupsTab::new(),
            roles: RolesTab::new(),
            sessions: SessionsTab::new(),
            devices: DevicesTab::new(),
            authenticators: AuthenticatorsTab::new(),
            toasts: use_toasts(),
            navigate: StoredValue::new(navigate),
        }
    }

    /// Takes over a profile that has just been loaded.
    pub fn show(self, profile: &Profile) {
        let before = self.shown.with_untracked(|shown| shown.as_ref().map(|shown| shown.id));
        if before != Some(profile.id) {
            self.groups.selected.set(Vec::new());
        }
        self.edit.load(profile);
        self.shown.set(Some(profile.clone()));
    }

    /// Whether nobody has gone on to another page.
    pub fn is_there(self) -> bool {
        self.shown.try_get_untracked().is_some()
    }

    /// Loads the profile and the tab again; nothing when the page has gone.
    pub fn refresh(self) {
        if self.is_there() {
            self.profile.refetch();
            self.content.refetch();
        }
    }

    pub fn navigate(self) -> Navigate {
        self.navigate.get_value()
    }

    /// Says what went wrong with something that has no dialog to say it in.
    pub fn failed(self, error: &ApiError) {
        if !sign_in_again(error) {
            self.toasts.error(error.to_string());
        }
    }

    /// The account on the screen.
    pub fn id(self) -> Option<AccountId> {
        self.shown.with_untracked(|shown| shown.as_ref().map(|shown| shown.id))
    }

    /// Its name, for the dialogs' words.
    pub fn name(self) -> String {
        self.shown.with(|shown| shown.as_ref().map(|shown| shown.name.clone()).unwrap_or_default())
    }

    /// A text with the name in it.
    pub fn text(self, text: fn(String) -> String) -> Signal<String> {
        Signal::derive(move || text(self.name()))
    }
}
