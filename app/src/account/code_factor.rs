//! **Email code** and **SMS code** in one's own account (E2): the address, then its code.

use leptos::prelude::*;

use super::frame::{AccountPage, FrameView, account_document};
use crate::plain::address_proof::labels_of;
use crate::plain::{AddressProof, AddressProofView, Heading, ProblemSummary, Site};

/// `is_possible`: whether codes of this kind can be sent here.
pub fn code_factor_page(
    site: &Site,
    frame: FrameView,
    title: &'static str,
    is_possible: bool,
    view: AddressProofView,
) -> String {
    let heading = Heading::failed_if(title, !view.problem.is_none());
    account_document(site, frame, AccountPage::Security, heading, || {
        let (problem, labels) = (view.problem.clone(), labels_of(view.channel));
        let content = if is_possible {
            view! {
                <p class="account-lead">
                    "When you sign in, we send a code there. Whoever reads your messages can use it: an authenticator app \
                     is safer."
                </p>
                <AddressProof view submit="Verify and add" />
            }
            .into_any()
        } else {
            view! { <p class="account-lead">"These codes cannot be sent here."</p> }.into_any()
        };
        view! {
            <h1 class="account-title">{title}</h1>
            <ProblemSummary problem labels />
            <section class="account-section">
                {content} <div class="plain-row">
                    <a class="btn plain-button" href="/account/security">
                        "Cancel"
                    </a>
                </div>
            </section>
        }
    })
}
