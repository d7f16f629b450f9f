//! Building blocks without business words: state in, events out.
//!
//! Colours and sizes are classes of `style/main.css`; no view here sets a `style` attribute, since
//! the content security policy forbids it.

pub mod avatar;
pub mod badge;
pub mod bulk_bar;
pub mod chart;
pub mod confirm_dialog;
pub mod deferred;
pub mod dialog;
pub mod empty_state;
pub mod icon;
pub mod leave;
pub mod marked;
pub mod menu;
pub mod moment;
pub mod ordered_choices;
pub mod page_error;
pub mod page_title;
pub mod pager;
pub mod progress;
pub mod ready;
pub mod search_box;
pub mod select_field;
pub mod selection;
pub mod skeleton;
pub mod sort_header;
pub mod tabs;
pub mod text_field;
pub mod toast;

pub use avatar::Avatar;
pub use badge::{Badge, StatusBadge, Tone};
pub use bulk_bar::BulkBar;
pub use chart::{BarChart, Point};
pub use confirm_dialog::ConfirmDialog;
pub use deferred::{deferred, nothing, on_demand};
pub use dialog::Dialog;
pub use empty_state::EmptyState;
pub use icon::{Glyph, Icon};
pub use leave::LeaveGuard;
pub use marked::Marked;
pub use menu::{Menu, MenuItem};
pub use moment::{Day, Moment};
pub use ordered_choices::OrderedChoices;
pub use page_error::{PageError, sign_in_again};
pub use pager::{PageLinks, Pager};
pub use progress::Progress;
pub use search_box::SearchBox;
pub use select_field::{Choice, SelectField};
pub use skeleton::{SkeletonLines, SkeletonRows};
pub use sort_header::SortHeader;
pub use tabs::{Tab, Tabs};
pub use text_field::TextField;
pub use toast::{ToastRegion, Toasts, provide_toasts, use_toasts};
