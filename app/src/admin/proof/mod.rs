//! Asks staff once more who they are (S12), when the server wants to know; what was refused for it then
//! goes on, with nothing lost.
//!
//! The answer gives the session a new token, and the old one is refused from then on (S11). What the console
//! sent meanwhile, such as how far a job is, may still carry the old one: that is no end of the session.

pub mod api;
mod dialog;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::channel::oneshot;
use leptos::prelude::*;

use crate::ApiError;
use crate::ui::on_demand;

/// Whether the session may be getting another token just now. Of the browser's one page: a server asks nobody.
static RENEWING: AtomicBool = AtomicBool::new(false);
/// By then what was sent with the old token is answered.
const ANSWERED: Duration = Duration::from_secs(5);

/// Whether a session that seems to have ended may only have another token by now.
pub fn is_renewing() -> bool {
    RENEWING.load(Ordering::Relaxed)
}

/// Before the proof is sent; for so long at most.
fn begin_renewing(most: Duration) {
    RENEWING.store(true, Ordering::Relaxed);
    set_timeout(|| RENEWING.store(false, Ordering::Relaxed), most);
}

/// The console's one question, and those who wait for its answer.
#[derive(Clone, Copy)]
pub struct Proof {
    open: RwSignal<bool>,
    waiting: StoredValue<Vec<oneshot::Sender<bool>>>,
}

/// Makes the context for [`use_proof`]; the frame calls this before its pages.
pub fn provide_proof() -> Proof {
    let proof = Proof { open: RwSignal::new(false), waiting: StoredValue::new(Vec::new()) };
    provide_context(proof);
    proof
}

/// For pages and dialogs, when they are made; handlers of events have no context.
pub fn use_proof() -> Proof {
    use_context().unwrap_or_else(provide_proof)
}

impl Proof {
    /// Does the `work`; when it needs a recent proof, asks for one and does it again.
    ///
    /// # Errors
    /// [`ApiError::ProofNeeded`] when none was given; what the work gives.
    pub async fn around<T, F>(self, work: impl Fn() -> F) -> Result<T, ApiError>
    where
        F: Future<Output = Result<T, ApiError>>,
    {
        match work().await {
            Err(ApiError::ProofNeeded) if self.ask().await => work().await,
            outcome => outcome,
        }
    }

    async fn ask(self) -> bool {
        let (sender, answer) = oneshot::channel();
        if self.waiting.try_update_value(|waiting| waiting.push(sender)).is_none() {
            return false;
        }
        self.open.set(true);
        answer.await.unwrap_or_default()
    }

    fn answer(self, proven: bool) {
        for waiting in self.waiting.try_update_value(std::mem::take).unwrap_or_default() {
            let _ = waiting.send(proven);
        }
        let _ = self.open.try_set(false);
    }
}

/// Where the question appears; its code comes with the first one.
#[component]
pub fn ProofRegion(proof: Proof) -> impl IntoView {
    // However the dialog was closed, nobody waits for ever.
    Effect::new(move |was_open: Option<bool>| {
        let open = proof.open.get();
        if was_open == Some(true) && !open {
            proof.answer(false);
        }
        open
    });
    on_demand(move || proof.open.get(), move || proof_dialog(proof))
}

#[lazy]
fn proof_dialog(proof: Proof) -> AnyView {
    dialog::dialog(proof)
}
