//! **Change mobile** (E1): the new number, then the code that went to it.

use leptos::prelude::*;

use super::frame::{AccountPage, FrameView, account_document};
use crate::plain::address_proof::labels_of;
use crate::plain::{AddressProof, AddressProofView, FixedField, Heading, ProblemSummary, Site};

/// `is_possible`: whether text messages can be sent here.
pub fn change_mobile_page(
    site: &Site,
    frame: FrameView,
    current: Option<String>,
    is_possible: bool,
    view: AddressProofView,
) -> String {
    let heading = Heading::failed_if("Change mobile", !view.problem.is_none());
    account_document(site, frame, AccountPage::Profile, heading, || {
        let (problem, labels) = (view.problem.clone(), labels_of(view.channel));
        let content = if is_possible {
            view! {
                <p class="account-lead">"We send a code to the new number. Your number changes when you type it here."</p>
                <dl class="fixed-fields">
                    <FixedField label="Number now" value=current />
                </dl>
                <AddressProof view submit="Change mobile" />
            }
            .into_any()
        } else {
            view! {
                <p class="account-lead">
                    "No text messages can be sent here. Ask an administrator when your number has to change."
                </p>
            }
            .into_any()
        };
        view! {
            <h1 class="account-title">"Change mobile"</h1>
            <ProblemSummary problem labels />
            <section class="account-section">
                {content} <div class="plain-row">
                    <a class="btn plain-button" href="/account">
                        "Cancel"
                    </a>
                </div>
            </section>
        }
    })
}
