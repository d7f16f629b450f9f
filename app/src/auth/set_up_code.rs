//! Setting up codes by mail or SMS at a sign-in whose policy asks for a second factor (S4).

use leptos::prelude::*;
use types::authenticators::FactorKind;

use crate::plain::address_proof::labels_of;
use crate::plain::{AddressProof, AddressProofView, Card, Heading, ProblemSummary, Site, document};

pub fn address_of(kind: FactorKind) -> String {
    format!("/login/set-up-code?kind={}", kind.key())
}

pub fn forced_set_up_code_page(site: &Site, view: AddressProofView) -> String {
    let heading = Heading::failed_if("Set up a second factor", !view.problem.is_none());
    document(site, heading, || {
        let (problem, labels) = (view.problem.clone(), labels_of(view.channel));
        let lead = "Signing in here needs a second factor beside the password: a code that we send you.";
        view! {
            <Card title="Set up a second factor" lead=lead.to_owned()>
                <ProblemSummary problem labels />
                <AddressProof view submit="Verify and go on" />
                <ul class="plain-ways">
                    <li>
                        <a class="plain-way" href="/login/set-up-second-factor">
                            "Use an authenticator app instead"
                        </a>
                    </li>
                </ul>
            </Card>
        }
    })
}
