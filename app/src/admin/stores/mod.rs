//! Identity stores and their attributes (D1).

pub mod api;
mod attribute_dialog;
mod attribute_fields;
mod dialogs;
pub mod list;
pub mod page;
pub mod switcher;
