//! One's own account (E1–E3): plain pages in a frame of their own.

pub mod activity;
mod attributes;
pub mod change_email;
pub mod change_mobile;
pub mod code_factor;
pub mod devices;
pub mod frame;
pub mod impersonation;
pub mod privacy;
pub mod profile;
pub mod recovery;
pub mod second_factor_pages;
mod second_factors;
pub mod security;
pub mod sessions;

pub use frame::{ActingView, FrameView};
