//! What administrators choose for an identity store, section by section.
//!
//! A new section is a struct in a file of its own, with its defaults and its `check`, a line in the
//! list below, and a form in `app/src/admin/settings/`. The server reads it with
//! `domain::settings::read::<Section>(…)`.

mod alternate_login;
mod audit_log;
mod devices;
mod notifications;
mod onboarding;
mod recycle_bin;
mod sign_in;
pub mod sms_gateway;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{FieldErrors, Permission, StoreId};

pub use alternate_login::{AlternateLogin, SecurityCodeKinds};
pub use audit_log::AuditLog;
pub use devices::Devices;
pub use notifications::Notifications;
pub use onboarding::Onboarding;
pub use recycle_bin::RecycleBin;
pub use sign_in::SignIn;
pub use sms_gateway::{SmsFormat, SmsGateway};

/// A section: `Default` is how it is until somebody chooses otherwise. Fields that a newer version
/// adds must have a default too (`#[serde(default)]` on the struct).
pub trait Settings: Clone + Default + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static {
    const NAME: SectionName;

    fn of(section: &Section) -> Option<&Self>;
    fn of_mut(section: &mut Section) -> Option<&mut Self>;
    fn into_section(self) -> Section;
}

macro_rules! sections {
    ($($name:ident = $key:literal, $label:literal;)+) => {
        /// Which section; the key is in its page's address.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum SectionName { $(#[serde(rename = $key)] $name,)+ }

        impl SectionName {
            /// In the order of the page's navigation.
            pub const ALL: &'static [SectionName] = &[$(Self::$name,)+];

            pub fn key(self) -> &'static str {
                match self { $(Self::$name => $key,)+ }
            }

            pub fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)+ }
            }

            pub fn from_key(key: &str) -> Option<Self> {
                match key { $($key => Some(Self::$name),)+ _ => None }
            }
        }

        /// A section's values.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "section", content = "value")]
        pub enum Section { $(#[serde(rename = $key)] $name($name),)+ }

        impl Section {
            pub fn name(&self) -> SectionName {
                match self { $(Self::$name(_) => SectionName::$name,)+ }
            }

            /// How it is until somebody chooses otherwise.
            pub fn default_of(name: SectionName) -> Self {
                match name { $(SectionName::$name => Self::$name($name::default()),)+ }
            }

            /// # Errors
            /// Every field that cannot be, with what to do about it.
            pub fn check(&self) -> Result<(), FieldErrors> {
                match self { $(Self::$name(value) => value.check(),)+ }
            }
        }

        $(impl Settings for $name {
            const NAME: SectionName = SectionName::$name;

            fn of(section: &Section) -> Option<&Self> {
                if let Section::$name(value) = section { Some(value) } else { None }
            }

            fn of_mut(section: &mut Section) -> Option<&mut Self> {
                if let Section::$name(value) = section { Some(value) } else { None }
            }

            fn into_section(self) -> Section {
                Section::$name(self)
            }
        })+
    };
}

sections! {
    Onboarding = "onboarding", "Onboarding";
    SignIn = "sign-in", "Sign-in";
    AlternateLogin = "alternate-2fa-login-methods", "Alternate 2FA login methods";
    Devices = "devices", "Devices";
    Notifications = "notifications", "Notifications";
    SmsGateway = "sms-gateway", "SMS gateway";
    RecycleBin = "recycle-bin", "Recycle bin";
    AuditLog = "audit-log", "Audit log";
}

impl SectionName {
    /// Who sees and changes it. What the server sends to which address is the Owners' to say: from
    /// there it reaches machines that nobody else does.
    pub fn permission(self) -> Permission {
        match self {
            Self::SmsGateway => Permission::OwnEverything,
            _ => Permission::ManageSettings,
        }
    }
}

impl Section {
    /// What is kept of it in the place of `before`: without what is typed once and never shown again.
    #[must_use]
    pub fn as_saved(self, before: &Self) -> Self {
        match (self, before) {
            (Self::SmsGateway(now), Self::SmsGateway(before)) => Self::SmsGateway(now.as_saved(before)),
            (now, _) => now,
        }
    }
}

impl Section {
    /// What a section tells that was stored before secrets were kept elsewhere.
    #[must_use]
    pub fn without_secrets(self) -> Self {
        match self {
            Self::SmsGateway(stored) => Self::SmsGateway(stored.without_secrets()),
            stored => stored,
        }
    }
}

/// A section as the page shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoreSettings {
    pub store: StoreId,
    pub store_name: String,
    /// Every store, for the page's choice of one.
    pub stores: Vec<(StoreId, String)>,
    pub section: Section,
}

/// The error of a number that is out of its bounds.
fn within(errors: &mut FieldErrors, field: &str, value: u32, least: u32, most: u32) {
    if !(least..=most).contains(&value) {
        errors.add(field, format!("A number from {least} to {most}, please."));
    }
}

fn all_or(errors: FieldErrors) -> Result<(), FieldErrors> {
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_comes_with_values_that_may_be_saved() {
        for name in SectionName::ALL {
            let section = Section::default_of(*name);
            assert_eq!(section.check(), Ok(()), "{name:?}");
            assert_eq!(SectionName::from_key(name.key()), Some(*name));
            let json = serde_json::to_string(&section).unwrap();
            assert_eq!(serde_json::from_str::<Section>(&json).unwrap(), section);
        }
    }

    #[test]
    fn a_field_that_was_not_there_yet_is_as_it_comes() {
        assert_eq!(serde_json::from_str::<Onboarding>("{}").unwrap(), Onboarding::default());
    }

    #[test]
    fn bounds_are_kept() {
        for (link_hours, allowed) in [(0, false), (1, true), (720, true), (721, false)] {
            assert_eq!(Onboarding { link_hours, ..Onboarding::default() }.check().is_ok(), allowed, "{link_hours}");
        }
    }
}
