//! Initials in a tinted circle, for lists and profiles.

use leptos::prelude::*;

/// The tint follows from `seed` (an id), so a person keeps it under another name. Decoration: the
/// name stands beside it.
#[component]
pub fn Avatar(
    name: String,
    /// What stays the same about this person, such as the low half of the id.
    seed: u128,
    #[prop(optional)] large: bool,
) -> impl IntoView {
    const TINTS: [&str; 6] = [
        "avatar-mark tint-1",
        "avatar-mark tint-2",
        "avatar-mark tint-3",
        "avatar-mark tint-4",
        "avatar-mark tint-5",
        "avatar-mark tint-6",
    ];
    let class = TINTS[(seed % TINTS.len() as u128) as usize];
    let class = if large { format!("{class} avatar-large") } else { class.to_owned() };
    view! {
        <span class=class aria-hidden="true">
            {types::person_name::initials(&name)}
        </span>
    }
    .into_any()
}
