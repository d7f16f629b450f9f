//! One file a table.

pub mod account_counts;
pub mod accounts;
pub mod events;
pub mod group_memberships;
pub mod groups;
pub mod identity_stores;
pub mod import_chunks;
pub mod import_problems;
pub mod imports;
pub mod job_items;
pub mod jobs;
pub mod organization_memberships;
pub mod organizations;
pub mod password_credentials;
pub mod role_assignments;
pub mod roles;
pub mod sessions;
pub mod setup_links;
pub mod sign_in_throttles;
pub mod staff_preferences;
