//! Why a form came back, summed up above it.

use leptos::prelude::*;
use types::FieldErrors;

use crate::ui::{Glyph, Icon};

/// The id of the summary, for fields that it concerns.
pub const PROBLEM_ID: &str = "problem";

/// Why a form came back: errors of its fields, or a sentence about the whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    pub fields: FieldErrors,
    pub message: Option<String>,
}

impl Problem {
    pub fn of_fields(fields: FieldErrors) -> Self {
        Self { fields, message: None }
    }

    pub fn of_all(message: impl Into<String>) -> Self {
        Self { fields: FieldErrors::default(), message: Some(message.into()) }
    }

    pub fn is_none(&self) -> bool {
        self.fields.is_empty() && self.message.is_none()
    }

    /// The error of one field.
    pub fn at(&self, field: &str) -> Option<String> {
        self.fields.get(field).map(str::to_owned)
    }
}

/// The problem as an alert with a link to each field, in the form's order; nothing when there is
/// none. It takes the focus, so that the keyboard and screen readers begin there.
#[component]
pub fn ProblemSummary(
    problem: Problem,
    /// The form's fields: name and label.
    #[prop(optional)]
    labels: &'static [(&'static str, &'static str)],
    /// Fields that are known at run time only, after the others.
    #[prop(optional)]
    more_labels: Vec<(String, String)>,
    /// Left off where a field takes the focus instead.
    #[prop(default = true)]
    takes_focus: bool,
) -> impl IntoView {
    (!problem.is_none()).then(move || {
        let links: Vec<_> = labels
            .iter()
            .map(|(name, label)| ((*name).to_owned(), (*label).to_owned()))
            .chain(more_labels)
            .filter_map(|(name, label)| problem.at(&name).map(|error| (format!("#field-{name}"), label, error)))
            .collect();
        let message = problem.message.or_else(|| (!links.is_empty()).then(|| "Please correct this:".to_owned()));
        view! {
            <div
                class="plain-problem"
                id=PROBLEM_ID
                role="alert"
                tabindex=takes_focus.then_some("-1")
                autofocus=takes_focus
            >
                <Icon glyph=Glyph::Alert />
                <div>
                    {message.map(|message| view! { <p>{message}</p> })}
                    {(!links.is_empty())
                        .then(|| {
                            let items = links
                                .into_iter()
                                .map(|(address, label, error)| {
                                    view! {
                                        <li>
                                            <a href=address>{format!("{label}: {error}")}</a>
                                        </li>
                                    }
                                })
                                .collect_view();
                            view! { <ul>{items}</ul> }
                        })}
                </div>
            </div>
        }
    })
}
