//! Staff in somebody's place (A11): how it begins, what every page says meanwhile, how it ends.

use leptos::prelude::*;
use types::AccountId;
use types::impersonation::ImpersonationForm;

use super::frame::{ActingView, FrameView};
use crate::plain::{Card, Heading, Problem, ProblemSummary, Site, document};
use crate::ui::{Glyph, Icon};

/// Above every page of the account, in sight however far one scrolls.
pub(super) fn banner(frame: &FrameView) -> Option<AnyView> {
    let ActingView { by, until } = frame.acting.clone()?;
    let until = until.minute();
    let (_, until) = until.split_once(' ')?;
    Some(
        view! {
            <aside class="impersonation" aria-label="Impersonation">
                <p>
                    <Icon glyph=Glyph::Alert />
                    <span>
                        "You are seeing the account of " <strong>
                            <bdi>{frame.name.clone()}</bdi>
                        </strong> " as " <bdi>{by}</bdi> {format!(". Nothing can be changed. It ends at {until} UTC.")}
                    </span>
                </p>
                {end_form()}
            </aside>
        }
        .into_any(),
    )
}

fn end_form() -> AnyView {
    view! {
        <form method="post" action="/account/impersonation">
            <button type="submit" class="btn plain-button">
                "End impersonation"
            </button>
        </form>
    }
    .into_any()
}

/// What is asked before it begins.
#[derive(Clone, Debug)]
pub struct AskView {
    pub id: AccountId,
    pub name: String,
    pub form: ImpersonationForm,
    pub problem: Problem,
}

pub fn ask_page(site: &Site, view: AskView) -> String {
    document(site, Heading::failed_if("Impersonate user", !view.problem.is_none()), || {
        let AskView { id, name, form, problem } = view;
        let first_time = problem.is_none();
        let error = problem.at("reason");
        let described_by = if error.is_some() { "field-reason-error field-reason-hint" } else { "field-reason-hint" };
        view! {
            <Card title="Impersonate user">
                <ProblemSummary problem labels=&[("reason", "Reason")] />
                <p class="card-text">
                    "You open the account of " <strong>
                        <bdi>{name}</bdi>
                    </strong>
                    " as they see it, for at most 30 minutes. You can look at it and change nothing. It is written to both your logs."
                </p>
                <form method="post" action=format!("/admin/users/{id}/impersonate") class="plain-form" novalidate=true>
                    <div class="plain-field">
                        <label class="plain-label" for="field-reason">
                            "Reason"
                        </label>
                        <p class="plain-hint" id="field-reason-hint">
                            "For the log, such as the number of a ticket."
                        </p>
                        {error
                            .clone()
                            .map(|error| view! { <p class="plain-error" id="field-reason-error">{error}</p> })}
                        <input
                            id="field-reason"
                            name="reason"
                            class="input plain-input"
                            value=form.reason
                            autocomplete="off"
                            required=true
                            autofocus=first_time
                            aria-invalid=error.is_some().then_some("true")
                            aria-describedby=described_by
                        />
                    </div>
                    <label class="plain-check">
                        <input type="checkbox" class="checkbox" name="notify" value="true" checked=form.notify />
                        "Notify the account holder"
                    </label>
                    <div class="plain-row">
                        <button type="submit" class="btn btn-primary plain-button">
                            "Impersonate"
                        </button>
                        <a class="btn plain-button" href=format!("/admin/users/{id}/attributes")>
                            "Cancel"
                        </a>
                    </div>
                </form>
            </Card>
        }
    })
}

/// Where it is ended, or has ended by itself.
pub fn impersonation_page(site: &Site, whose: Option<String>) -> String {
    document(site, Heading::new("Impersonation"), || match whose {
        Some(name) => view! {
            <Card title="Impersonation">
                <p class="card-text">
                    "You are seeing the account of " <strong>
                        <bdi>{name}</bdi>
                    </strong> "."
                </p>
                <div class="plain-row">
                    {end_form()}
                    <a class="btn plain-button" href="/account">
                        "Back to the account"
                    </a>
                </div>
            </Card>
        }
        .into_any(),
        None => view! {
            <Card title="Impersonation">
                <p class="card-text">"The impersonation is over. You go on with your own session."</p>
                <form method="post" action="/account/impersonation">
                    <button type="submit" class="btn btn-primary plain-button">
                        "Back to the console"
                    </button>
                </form>
            </Card>
        }
        .into_any(),
    })
}

/// What cannot be done or seen in somebody's place.
pub fn confined_page(site: &Site) -> String {
    document(site, Heading::new("Not while you impersonate"), || {
        view! {
            <Card title="Not while you impersonate">
                <p class="card-text">
                    "In somebody's place you can look at the pages of their account, and change nothing. To do anything else, end the impersonation first."
                </p>
                <div class="plain-row">
                    {end_form()}
                    <a class="btn plain-button" href="/account">
                        "Back to the account"
                    </a>
                </div>
            </Card>
        }
    })
}
