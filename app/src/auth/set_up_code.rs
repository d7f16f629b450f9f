//! Setting up codes by mail or SMS at a sign-in that asks for a second factor (S4), or offers one (O1).

use leptos::prelude::*;
use types::authenticators::FactorKind;

use super::set_up_app::{lead, skip};
use crate::plain::address_proof::labels_of;
use crate::plain::{AddressProof, AddressProofView, Card, Heading, ProblemSummary, Site, document};

pub fn address_of(kind: FactorKind) -> String {
    format!("/login/set-up-code?kind={}", kind.key())
}

/// `may_skip`: whether it goes on without.
pub fn sign_in_set_up_code_page(site: &Site, may_skip: bool, view: AddressProofView) -> String {
    let heading = Heading::failed_if("Set up a second factor", !view.problem.is_none());
    document(site, heading, || {
        let (problem, labels) = (view.problem.clone(), labels_of(view.channel));
        let sign_in = view.sign_in.clone();
        view! {
            <Card title="Set up a second factor" lead=lead("a code that we send you", may_skip)>
                <ProblemSummary problem labels />
                <AddressProof view submit="Verify and go on" />
                <ul class="plain-ways">
                    <li>
                        <a class="plain-way" href="/login/set-up-second-factor">
                            "Use an authenticator app instead"
                        </a>
                    </li>
                </ul>
                {may_skip.then(|| skip(sign_in))}
            </Card>
        }
    })
}
