//! A question before something is done, and the doing: what every confirmation of the profile has.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::ApiError;
use crate::admin::proof::{Proof, use_proof};
use crate::ui::sign_in_again;

/// The state of one `ConfirmDialog`.
#[derive(Clone, Copy)]
pub struct Question {
    pub open: RwSignal<bool>,
    pub pending: RwSignal<bool>,
    pub error: RwSignal<Option<String>>,
    pub proof: Proof,
}

impl Question {
    pub fn new() -> Self {
        Self {
            open: RwSignal::new(false),
            pending: RwSignal::new(false),
            error: RwSignal::new(None),
            proof: use_proof(),
        }
    }

    /// For work that is not done by an answer.
    pub fn proof(self) -> Proof {
        self.proof
    }

    pub fn ask(self) {
        self.error.set(None);
        self.open.set(true);
    }

    /// The same with work that may need a recent proof: it is asked for, and the work done again.
    pub fn answer_proven<T: 'static, F>(self, work: impl Fn() -> F + 'static, then: impl FnOnce(T) + 'static)
    where
        F: Future<Output = Result<T, ApiError>> + 'static,
    {
        self.answer(async move { self.proof.around(work).await }, then);
    }

    /// Does the `work`, then closes; or stays open and says what went wrong.
    pub fn answer<T: 'static>(
        self,
        work: impl Future<Output = Result<T, ApiError>> + 'static,
        then: impl FnOnce(T) + 'static,
    ) {
        self.pending.set(true);
        self.error.set(None);
        spawn_local(async move {
            let outcome = work.await;
            let _ = self.pending.try_set(false);
            match outcome {
                Ok(value) => {
                    let _ = self.open.try_set(false);
                    then(value);
                }
                Err(error) if sign_in_again(&error) => {}
                Err(error) => {
                    let _ = self.error.try_set(Some(error.to_string()));
                }
            }
        });
    }
}
