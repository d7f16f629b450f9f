//! What answers over HTTP and is not a server function, and what stands before all of it.

mod apart;
pub mod api;
pub mod audit_export;
pub mod body_limit;
pub mod browser_label;
pub mod client_address;
pub mod console;
pub mod cross_origin;
pub mod device_cookie;
pub mod downloads;
pub mod error_answer;
pub mod export;
pub mod health;
pub mod home;
pub mod impersonation;
pub mod impersonation_cookie;
pub mod observe;
pub mod pages;
pub mod panics;
pub mod request_context;
pub mod return_to;
pub mod security_headers;
pub mod session_cookie;
pub mod sign_in_cookie;
pub mod state;
pub mod static_files;

pub use state::AppState;
