//! Small labels. Each has its own mark besides its colour, so that colour is never the only sign.

use leptos::prelude::*;
use types::accounts::StatusLabel;

use super::{Glyph, Icon};

/// How a badge feels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Neutral,
    Good,
    Warning,
    Bad,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Self::Neutral => "tag",
            Self::Good => "tag tag-good",
            Self::Warning => "tag tag-warning",
            Self::Bad => "tag tag-bad",
        }
    }
}

/// A badge with an icon.
#[component]
pub fn Badge(tone: Tone, glyph: Glyph, #[prop(into)] text: String) -> impl IntoView {
    view! {
        <span class=tone.class()>
            <Icon glyph />
            {text}
        </span>
    }
    .into_any()
}

/// What is true of an account now.
#[component]
pub fn StatusBadge(label: StatusLabel) -> impl IntoView {
    let (tone, glyph) = match label {
        StatusLabel::Enabled | StatusLabel::Onboarded => (Tone::Good, Glyph::Check),
        StatusLabel::VerifiedEmail => (Tone::Neutral, Glyph::Mail),
        StatusLabel::UnverifiedEmail => (Tone::Warning, Glyph::Mail),
        StatusLabel::NotRegistered => (Tone::Neutral, Glyph::Clock),
        StatusLabel::PendingActivation => (Tone::Neutral, Glyph::Mail),
        StatusLabel::ActivationExpired | StatusLabel::PasswordExpired => (Tone::Warning, Glyph::Clock),
        StatusLabel::Locked => (Tone::Warning, Glyph::Lock),
        StatusLabel::Disabled => (Tone::Bad, Glyph::Ban),
    };
    view! { <Badge tone glyph text=label.text() /> }
}
