//! One's own account (E1–E3): plain pages in a frame of their own.

mod attributes;
pub mod frame;
pub mod privacy;
pub mod profile;
pub mod security;
pub mod sessions;

pub use frame::FrameView;
