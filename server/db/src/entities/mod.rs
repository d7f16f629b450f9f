//! One file a table.

pub mod account_counts;
pub mod account_links;
pub mod accounts;
pub mod authenticators;
pub mod events;
pub mod group_memberships;
pub mod groups;
pub mod identity_stores;
pub mod job_items;
pub mod jobs;
pub mod key_checks;
pub mod messages;
pub mod organization_memberships;
pub mod organizations;
pub mod password_credentials;
pub mod password_reset_requests;
pub mod pre_sessions;
pub mod role_assignments;
pub mod roles;
pub mod security_codes;
pub mod sessions;
pub mod settings;
pub mod setup_links;
pub mod sign_in_throttles;
pub mod staff_preferences;
