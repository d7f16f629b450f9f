//! One file a table.

pub mod account_counts;
pub mod accounts;
pub mod events;
pub mod exports;
pub mod group_memberships;
pub mod groups;
pub mod identity_stores;
pub mod job_items;
pub mod jobs;
pub mod organization_memberships;
pub mod organizations;
pub mod password_credentials;
pub mod role_assignments;
pub mod roles;
pub mod saved_views;
pub mod sessions;
pub mod setup_links;
pub mod sign_in_throttles;
pub mod staff_preferences;
