//! What happened, to whom, by whom (G1). The words on the wire and in the database.

use serde::{Deserialize, Serialize};

use crate::{AccountId, EventId, SessionId, Timestamp};

macro_rules! event_kinds {
    ($($name:ident = $key:literal, $label:literal;)+) => {
        /// Every kind of event that is written.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum EventKind { $(#[serde(rename = $key)] $name,)+ }

        impl EventKind {
            pub const ALL: &'static [EventKind] = &[$(EventKind::$name,)+];

            /// How the database spells it: subject, dot, verb.
            pub fn key(self) -> &'static str {
                match self { $(EventKind::$name => $key,)+ }
            }

            pub fn label(self) -> &'static str {
                match self { $(EventKind::$name => $label,)+ }
            }

            pub fn from_key(key: &str) -> Option<Self> {
                match key { $($key => Some(EventKind::$name),)+ _ => None }
            }
        }
    };
}

event_kinds! {
    OwnerSetUp = "owner.set_up", "Owner set up";
    SignedIn = "session.signed_in", "Signed in";
    SignInFailed = "session.sign_in_failed", "Sign-in failed";
    SignedOut = "session.signed_out", "Signed out";
    SessionEnded = "session.ended", "Session ended";
    DeviceAdded = "device.added", "Device registered";
    DeviceRemoved = "device.removed", "Device removed";
    DeviceLimitSet = "device.limit_set", "Device limit set";
    ImpersonationStarted = "impersonation.started", "Impersonation started";
    ImpersonationEnded = "impersonation.ended", "Impersonation ended";
    AccountLocked = "account.locked", "Locked";
    AccountUnlocked = "account.unlocked", "Unlocked";
    AccountCreated = "account.created", "Added";
    AccountEdited = "account.edited", "Edited";
    AccountDisabled = "account.disabled", "Disabled";
    AccountEnabled = "account.enabled", "Enabled";
    AccountDeleted = "account.deleted", "Deleted";
    AccountRestored = "account.restored", "Restored";
    AccountPurged = "account.purged", "Deleted permanently";
    PasswordSet = "password.set", "Password set";
    PasswordChanged = "password.changed", "Password changed";
    PasswordChangeFailed = "password.change_failed", "Password change failed";
    PasswordResetRequested = "password.reset_requested", "Password reset requested";
    PasswordReset = "password.reset", "Password reset";
    PasswordExpirySet = "password.expiry_set", "Password expiry set";
    ActivationSent = "activation.sent", "Activation mail sent";
    ActivationLinkCopied = "activation.link_copied", "Activation link copied";
    AccountActivated = "account.activated", "Activated";
    WelcomeSent = "welcome.sent", "Welcome mail sent";
    EmailChangeRequested = "email.change_requested", "Email change requested";
    EmailChangeWithdrawn = "email.change_withdrawn", "Email change withdrawn";
    EmailChanged = "email.changed", "Email changed";
    MailRead = "mail.read", "Mail read by staff";
    MailRetried = "mail.retried", "Mail sent again";
    SettingsChanged = "settings.changed", "Settings changed";
    SecondFactorFailed = "second_factor.failed", "Second factor failed";
    AuthenticatorAdded = "authenticator.added", "Second factor added";
    AuthenticatorRenamed = "authenticator.renamed", "Second factor renamed";
    AuthenticatorRemoved = "authenticator.removed", "Second factor removed";
    PasskeyRefused = "passkey.refused", "Copied passkey refused";
    DefaultFactorChanged = "second_factor.default_changed", "Default second factor changed";
    SecondFactorReset = "second_factor.reset", "Second factors reset";
    EventDisowned = "account.event_disowned", "Reported as not theirs";
    IdentityRemoved = "identity.removed", "User identity removed";
    SecurityCodesMade = "security_codes.made", "Security codes made";
    SecurityCodesRemoved = "security_codes.removed", "Security codes removed";
    SecurityCodeUsed = "security_codes.used", "Security code used";
    BackupCodeMade = "backup_code.made", "Backup code generated";
    BackupCodeRemoved = "backup_code.removed", "Backup code removed";
    CodeSent = "code.sent", "Code sent";
    CodeFailed = "code.failed", "Wrong code";
    CodeAddressAdded = "code_address.added", "Address for codes added";
    CodeAddressRemoved = "code_address.removed", "Address for codes removed";
    PhoneChanged = "phone.changed", "Phone changed";
    AlternateEmailSet = "alternate_email.set", "Alternate email set";
    AlternateEmailRemoved = "alternate_email.removed", "Alternate email removed";
    QuestionsSet = "security_questions.set", "Security questions set";
    QuestionsRemoved = "security_questions.removed", "Security questions removed";
    RecoveryChosen = "recovery.chosen", "Way of “Forgot my phone” chosen";
    RecoveryFailed = "recovery.failed", "“Forgot my phone” failed";
    Recovered = "recovery.used", "Signed in without the phone";
    ProofFailed = "proof.failed", "Confirmation failed";
    GroupAdded = "group.added", "Added to group";
    GroupRemoved = "group.removed", "Removed from group";
    RoleAssigned = "role.assigned", "Role assigned";
    RoleRemoved = "role.removed", "Role removed";
    OrganizationAdded = "organization.added", "Added to organization";
    OrganizationRemoved = "organization.removed", "Removed from organization";
    GroupCreated = "group.created", "Group created";
    GroupEdited = "group.edited", "Group changed";
    GroupDeleted = "group.deleted", "Group deleted";
    OrganizationCreated = "organization.created", "Organization created";
    OrganizationEdited = "organization.edited", "Organization changed";
    OrganizationDeleted = "organization.deleted", "Organization deleted";
    RoleCreated = "role.created", "Role created";
    RoleEdited = "role.edited", "Role changed";
    RoleDeleted = "role.deleted", "Role deleted";
    AccountDownloaded = "account.downloaded", "Account information downloaded";
    StoreCreated = "store.created", "Identity store added";
    StoreRenamed = "store.renamed", "Identity store renamed";
    StoreDeleted = "store.deleted", "Identity store deleted";
    AttributeAdded = "attribute.added", "Attribute added";
    AttributeChanged = "attribute.changed", "Attribute changed";
    AttributesOrdered = "attribute.ordered", "Attributes put in order";
    AttributeRemoved = "attribute.removed", "Attribute removed";
    UsersExported = "users.exported", "Users exported";
    SavedViewShared = "saved_view.shared", "View shared";
    SavedViewDeleted = "saved_view.deleted", "Shared view deleted";
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Done,
    Refused,
}

impl Outcome {
    pub const ALL: [Self; 2] = [Self::Done, Self::Refused];

    pub fn key(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Done => "Done",
            Self::Refused => "Refused",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.key() == key)
    }
}

/// One field of a change. Never holds a secret: a password change has no fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    pub field: String,
    pub old: Option<String>,
    pub new: Option<String>,
}

impl FieldChange {
    pub fn new(field: &str, old: Option<&str>, new: Option<&str>) -> Self {
        Self { field: field.to_owned(), old: old.map(str::to_owned), new: new.map(str::to_owned) }
    }
}

/// A line of **Activity** (P7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRow {
    pub id: EventId,
    pub at: Timestamp,
    pub kind: EventKind,
    pub outcome: Outcome,
    /// `None`: the system, or somebody who was not signed in.
    pub actor: Option<EventActor>,
    /// In whose place the actor was.
    pub on_behalf_of: Option<EventActor>,
    pub ip: Option<String>,
    /// `Zürich, Switzerland`; none where it is unknown.
    pub place: Option<String>,
    pub browser: Option<String>,
    /// The sign-in that it was done in; no secret.
    pub session: Option<SessionId>,
    pub changes: Vec<FieldChange>,
    pub note: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventActor {
    pub id: AccountId,
    pub name: String,
}

/// What a holder can say of an event of their own account (E5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disowning {
    /// It is theirs, staff's, or too long ago.
    No,
    /// **This wasn't me** helps.
    Yes,
    /// A mail could reach the wrong person: only staff can help.
    AskStaff,
}

/// A line of one's own **Activity** (E5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnEvent {
    pub event: EventRow,
    pub disowning: Disowning,
}

/// A page of them, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnActivity {
    pub events: Vec<OwnEvent>,
    pub older: Option<String>,
}

/// A page of events, newest first; `older` asks for the next one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventPage {
    pub events: Vec<EventRow>,
    pub older: Option<String>,
}
