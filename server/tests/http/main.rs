//! The server as browsers and programs meet it: the real router on a fresh database, and the real
//! program. One binary; the path of a test mirrors what it asks.

mod authorization_matrix;
mod client_address;
mod cross_origin;
mod errors;
mod exports;
mod files;
mod health;
mod impersonation;
mod logged;
mod pages;
mod program;
mod security_headers;
mod server_functions;
mod sessions;
mod support;
