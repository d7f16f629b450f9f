//! The program `roster`: command line, settings, router, middleware, job runner.

pub mod command_line;
mod connections;
mod every_second;
pub mod http;
mod job_runner;
mod logging;
mod mailer;
pub mod places;
mod router;
pub mod seed;
mod serve;
pub mod settings;
mod sms;

pub use router::router;
