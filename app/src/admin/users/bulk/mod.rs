//! One or many accounts at once: the question, the progress, the outcome, and taking it back (U12,
//! U13, A13, A14).

mod parameters;
pub mod running;

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::bulk::{BulkAction, BulkReport, JobKind, Parameters, Selection};
use types::user_list::{Filter, FilterNames, grouped};
use types::{JobId, StoreId};

use crate::ApiError;
use crate::admin::jobs::api::{cancel_job, job_progress, start_bulk, undo_job};
use crate::admin::proof::{Proof, use_proof};
use crate::admin::users::api::recycle_bin;
use crate::ui::{ConfirmDialog, Dialog, Progress, Toasts, sign_in_again, use_toasts};

/// How often a running job is asked how far it is.
const POLL: Duration = Duration::from_millis(500);
/// How long an answer may take before it is said that none comes, and when it is asked again.
const PATIENCE: Duration = Duration::from_secs(5);
const RETRY: Duration = Duration::from_secs(2);

/// More are not disabled by a slip: their count is typed.
const DISABLED_WITHOUT_COUNT: i64 = 1_000;

/// Something to ask about and then do.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub action: BulkAction,
    /// The identity store that they are in; `None`: the default one.
    pub store: Option<StoreId>,
    pub selection: Selection,
    /// How many accounts that is.
    pub count: i64,
    /// Some of their names, to recognise them by.
    pub names: Vec<String>,
    /// The one person, when a row's or a profile's own action was chosen; `None` for a selection.
    pub whom: Option<String>,
}

impl Request {
    fn title(&self) -> String {
        let whom = match &self.whom {
            Some(name) => name.clone(),
            None if self.count == 1 => "1 user".to_owned(),
            None => format!("{} users", grouped(self.count)),
        };
        let action = self.action.label();
        match self.action {
            BulkAction::SendActivation | BulkAction::SendWelcome | BulkAction::SendPasswordReset => {
                format!("{action} to {whom}?")
            }
            BulkAction::SetPasswordExpiry => format!("{action} of {whom}?"),
            BulkAction::EndSessions => format!("End the sessions of {whom}?"),
            BulkAction::ResetMfa => format!("Reset MFA of {whom}?"),
            BulkAction::RemoveIdentity => format!("Remove the identity of {whom}?"),
            BulkAction::AddToGroup => format!("Add {whom} to a group?"),
            BulkAction::RemoveFromGroup => format!("Remove {whom} from a group?"),
            BulkAction::AssignRole => format!("Assign a role to {whom}?"),
            BulkAction::RemoveRole => format!("Remove a role from {whom}?"),
            BulkAction::Purge => format!("Delete {whom} permanently?"),
            BulkAction::Enable | BulkAction::Disable | BulkAction::Delete | BulkAction::Restore => {
                format!("{action} {whom}?")
            }
        }
    }

    /// The count to type before it goes ahead, when that is asked.
    fn confirmation(&self) -> Option<String> {
        let of_many = self.action == BulkAction::Disable && self.count > DISABLED_WITHOUT_COUNT;
        ((self.action.is_destructive() || of_many) && self.whom.is_none()).then(|| grouped(self.count))
    }

    /// `wait`: how many days a deleted account waits, when that is known already.
    fn message(&self, wait: Option<i64>) -> String {
        let whom = match (&self.selection, &self.whom) {
            (_, Some(_)) => String::new(),
            (Selection::Matching(filter), _) => {
                format!("This concerns all {} users that match {}. ", grouped(self.count), described(filter))
            }
            (Selection::Accounts(_), _) => named(&self.names, self.count),
        };
        let then = match self.action {
            BulkAction::Enable => "Whoever is enabled can sign in again.",
            BulkAction::Disable => "Whoever is disabled cannot sign in, and all their sessions end at once.",
            BulkAction::Delete => return format!("{whom}{}", what_deleting_means(wait)),
            BulkAction::Restore => "Whoever is restored can sign in again.",
            BulkAction::AddToGroup => "Whoever is in the group already is skipped.",
            BulkAction::RemoveFromGroup => "They may lose access to applications that the group opens.",
            BulkAction::AssignRole => "They get every permission of the role.",
            BulkAction::RemoveRole => "They lose the permissions of the role, and their sessions end.",
            BulkAction::SendActivation => {
                "They get a mail with a link to choose a password. Links of earlier mails stop working. Whoever is onboarded already is skipped."
            }
            BulkAction::SendWelcome => {
                "They get a mail that says where to sign in. Whoever is not onboarded is skipped."
            }
            BulkAction::SendPasswordReset => {
                "They get a mail with a link to choose a new password. Their password works until then. Whoever is not onboarded is skipped."
            }
            BulkAction::SetPasswordExpiry => {
                "From the date on their passwords do not work. They are mailed two weeks before, three days before, and on the day."
            }
            BulkAction::Purge => "Nothing is left of them, and it cannot be taken back.",
            BulkAction::EndSessions => "They are signed out on every device and have to sign in again.",
            BulkAction::ResetMfa => {
                "All second factors and security codes are forgotten, and all sessions end. Where a second factor is \
                 required, a new one is set up at the next sign-in."
            }
            BulkAction::RemoveIdentity => {
                "Second factors and password are removed, all sessions end, and the account is not registered any more."
            }
        };
        format!("{whom}{then}")
    }
}

/// What happens to somebody deleted.
pub fn what_deleting_means(wait: Option<i64>) -> String {
    let then = match wait {
        None => "They wait in the recycle bin.".to_owned(),
        Some(0) => {
            "Nothing is left of them, and it cannot be taken back: here deleted users wait for no time.".to_owned()
        }
        Some(1) => "They wait in the recycle bin for a day.".to_owned(),
        Some(days) => format!("They wait in the recycle bin for {days} days."),
    };
    format!("Whoever is deleted cannot sign in, and all their sessions end at once. {then}")
}

/// How many days deleted accounts of a store wait, once it is known; asked when `wanted` says so.
pub fn wait_days(wanted: impl Fn() -> Option<Option<StoreId>> + Send + Sync + 'static) -> RwSignal<Option<i64>> {
    let days = RwSignal::new(None);
    Effect::new(move || {
        let Some(store) = wanted() else { return };
        days.set(None);
        spawn_local(async move {
            if let Ok(bin) = recycle_bin(store, None).await {
                let _ = days.try_set(Some(bin.wait_days));
            }
        });
    });
    days
}

/// `Ada, Bob and 7 more. `
fn named(names: &[String], count: i64) -> String {
    let more = count - names.len() as i64;
    match (names.is_empty(), more) {
        (true, _) => String::new(),
        (false, 1..) => format!("{} and {} more. ", names.join(", "), grouped(more)),
        (false, _) => format!("{}. ", names.join(", ")),
    }
}

/// The filter in words.
fn described(filter: &Filter) -> String {
    let mut words: Vec<_> = filter.parts(&FilterNames::default()).into_iter().map(|part| part.in_words()).collect();
    if !filter.q.trim().is_empty() {
        words.insert(0, format!("the search “{}”", filter.q.trim()));
    }
    match words.pop() {
        None => "no filter: everybody you may see".to_owned(),
        Some(last) if words.is_empty() => last,
        Some(last) => format!("{} and {last}", words.join(", ")),
    }
}

/// Work in progress, free of the page that began it: it goes on when one leaves the page.
#[derive(Clone, Copy)]
struct Work {
    running: RwSignal<Option<BulkReport>>,
    dialog: RwSignal<bool>,
    /// The server does not answer just now.
    silent: RwSignal<bool>,
    toasts: Toasts,
    proof: Proof,
    on_done: Callback<Request>,
}

impl Work {
    /// Shows what has just been begun: what came of it, or how far it is.
    fn begun(self, request: Request, report: BulkReport) {
        if report.state.is_over() {
            return self.finish(request, &report);
        }
        let job = report.job;
        running::remember(job);
        let _ = self.running.try_set(Some(report));
        let _ = self.dialog.try_set(true);
        self.follow(request, job, POLL);
    }

    /// Tells the outcome, and offers to take it back.
    fn finish(self, request: Request, report: &BulkReport) {
        running::forget();
        let _ = self.running.try_set(None);
        let _ = self.dialog.try_set(false);
        let reasons = report.reasons.iter().map(|(reason, count)| format!("{}: {reason}", grouped(*count)));
        // Of one person the sentence says it all.
        let (text, details) = match &request.whom {
            Some(name) => (report.about(name), Vec::new()),
            None => (report.summary(), reasons.collect()),
        };
        let job = report.job;
        let undo = report.undo.map(|action| {
            let request = Request { action, ..request.clone() };
            ("Undo".to_owned(), Callback::new(move |()| self.undo(job, request.clone())))
        });
        let nothing_done = report.done == 0 && report.handled() > 0;
        let is_for_many = request.whom.is_none();
        let results = is_for_many.then(|| ("Download results".to_owned(), format!("/admin/jobs/{job}/result.csv")));
        self.toasts.outcome(report.failed > 0 || nothing_done, text, details, results, undo);
        let _ = self.on_done.try_run(request);
    }

    /// Shows a job that ran when the page was loaded anew: how far it is, or what came of it meanwhile.
    fn take_up(self, job: JobId) {
        spawn_local(async move {
            match job_progress(job).await {
                Ok(report) => {
                    let JobKind::Bulk(action) = report.kind else { return running::forget() };
                    let selection = Selection::Accounts(Vec::new());
                    let (count, names) = (report.total, Vec::new());
                    let request = Request { action, store: None, selection, count, names, whom: None };
                    self.begun(request, report);
                }
                Err(error) if is_lost(&error) => running::forget(),
                Err(error) if sign_in_again(&error) => {}
                Err(_) => set_timeout(move || self.take_up(job), RETRY),
            }
        });
    }

    fn undo(self, job: JobId, request: Request) {
        spawn_local(async move {
            match self.proof.around(|| undo_job(job)).await {
                Ok(report) => self.begun(request, report),
                Err(error) if sign_in_again(&error) => {}
                Err(error) => self.toasts.error(error.to_string()),
            }
        });
    }

    /// Asks how far the job is, again and again. A server that does not answer does not stop the job:
    /// that is said, and it is asked on.
    fn follow(self, request: Request, job: JobId, pause: Duration) {
        let ask = move || {
            spawn_local(async move {
                let nothing_came = move || {
                    let _ = self.silent.try_set(true);
                };
                let patience = set_timeout_with_handle(nothing_came, PATIENCE);
                let answer = job_progress(job).await;
                if let Ok(patience) = patience {
                    patience.clear();
                }
                let _ = self.silent.try_set(answer.is_err());
                match answer {
                    Ok(report) if report.state.is_over() => self.finish(request, &report),
                    Ok(report) => {
                        let _ = self.running.try_set(Some(report));
                        self.follow(request, job, POLL);
                    }
                    Err(error) if is_lost(&error) => {
                        running::forget();
                        let _ = self.running.try_set(None);
                        let _ = self.dialog.try_set(false);
                        self.toasts.error(error.to_string());
                    }
                    Err(error) if sign_in_again(&error) => {}
                    Err(_) => self.follow(request, job, RETRY),
                }
            });
        };
        set_timeout(ask, pause);
    }
}

/// Whether asking again would not help.
fn is_lost(error: &ApiError) -> bool {
    matches!(error, ApiError::NotFound { .. } | ApiError::NotAllowed { .. })
}

/// The question about `request`, then the progress. Becomes `None` when that is over.
#[component]
pub fn BulkDialogs(
    request: RwSignal<Option<Request>>,
    /// Told when something was done (or taken back), also by a job that went on behind.
    on_done: Callback<Request>,
) -> impl IntoView {
    let asking = RwSignal::new(false);
    let pending = RwSignal::new(false);
    let error = RwSignal::new(None::<String>);
    let chosen = RwSignal::new(None::<Parameters>);
    let work = Work {
        running: RwSignal::new(None),
        dialog: RwSignal::new(false),
        silent: RwSignal::new(false),
        toasts: use_toasts(),
        proof: use_proof(),
        on_done,
    };

    Effect::new(move || {
        if let Some(action) = request.with(|request| request.as_ref().map(|request| request.action)) {
            error.set(None);
            chosen.set(parameters::at_first(action));
            asking.set(true);
        }
    });
    Effect::new(move |was_asking: Option<bool>| {
        let asking = asking.get();
        if was_asking == Some(true) && !asking {
            request.set(None);
        }
        asking
    });

    Effect::new(move || {
        if let Some(job) = running::remembered() {
            work.take_up(job);
        }
    });

    let on_confirm = Callback::new(move |()| {
        let (Some(request), Some(parameters)) = (request.get_untracked(), chosen.get_untracked()) else { return };
        pending.set(true);
        error.set(None);
        spawn_local(async move {
            let start = || start_bulk(request.action, request.selection.clone(), parameters.clone());
            let started = work.proof.around(start).await;
            let _ = pending.try_set(false);
            match started {
                Ok(report) => {
                    let _ = asking.try_set(false);
                    work.begun(request, report);
                }
                Err(problem) if sign_in_again(&problem) => {}
                Err(problem) => {
                    let _ = error.try_set(Some(problem.to_string()));
                }
            }
        });
    });

    // The words stay while the dialog closes.
    let shown = Memo::new(move |before: Option<&Option<Request>>| request.get().or_else(|| before.cloned().flatten()));
    let text = move |part: fn(&Request) -> String| {
        Signal::derive(move || shown.with(|request| request.as_ref().map(part).unwrap_or_default()))
    };
    let wait = wait_days(move || {
        request.with(|request| request.as_ref().filter(|it| it.action == BulkAction::Delete).map(|it| it.store))
    });
    let message = Signal::derive(move || {
        shown.with(|request| request.as_ref().map(|it| it.message(wait.get())).unwrap_or_default())
    });
    let action = move || shown.with(|request| request.as_ref().map(|request| request.action));
    let danger =
        Signal::derive(move || action().is_some_and(|action| action.is_destructive() || action == BulkAction::Disable));
    let incomplete = Signal::derive(move || chosen.with(Option::is_none));
    let type_to_confirm =
        Signal::derive(move || shown.with(|request| request.as_ref().and_then(Request::confirmation)));

    let fields = move || {
        let asked = shown.get()?;
        Some(parameters::fields(asked.action, asked.store, chosen))
    };

    view! {
        <ConfirmDialog
            open=asking
            id="bulk-confirm"
            title=text(Request::title)
            message
            confirm=text(|request| request.action.label().to_owned())
            danger
            type_to_confirm
            incomplete
            pending
            error
            on_confirm
        >
            {fields}
        </ConfirmDialog>
        <ProgressDialog work />
    }
}

/// How far the job is. Closing it leaves the job running.
#[component]
fn ProgressDialog(work: Work) -> impl IntoView {
    let cancelling = RwSignal::new(false);
    let numbers = move |number: fn(&BulkReport) -> i64| {
        Signal::derive(move || work.running.with(|report| report.as_ref().map(number).unwrap_or_default()))
    };
    let handled = numbers(BulkReport::handled);
    let total = numbers(|report| report.total);
    let title = Signal::derive(move || {
        work.running.with(|report| {
            report
                .as_ref()
                .map(|report| format!("{} ({} users)", report.title(), grouped(report.total)))
                .unwrap_or_default()
        })
    });

    // Closed while it runs: say where it can be found.
    Effect::new(move |was_open: Option<bool>| {
        let open = work.dialog.get();
        if was_open == Some(true) && !open && work.running.with_untracked(Option::is_some) {
            running::forget();
            work.toasts.with_link("The job goes on.", "Show jobs", "/admin/jobs");
        }
        if open {
            cancelling.set(false);
        }
        open
    });

    let cancel = move |_| {
        let Some(job) = work.running.with_untracked(|report| report.as_ref().map(|report| report.job)) else { return };
        cancelling.set(true);
        spawn_local(async move {
            // What was done until then is told by the next answer about its progress.
            if let Err(error) = cancel_job(job).await
                && !sign_in_again(&error)
            {
                let _ = cancelling.try_set(false);
                work.toasts.error(error.to_string());
            }
        });
    };

    view! {
        <Dialog open=work.dialog id="bulk-progress" title>
            <Progress label=title value=handled most=total />
            <p class="dialog-message" role="status">
                {move || format!("{} of {}", grouped(handled.get()), grouped(total.get()))}
            </p>
            {move || work.silent.get().then(no_answer)}
            <div class="dialog-actions">
                <button type="button" class="btn btn-sm" disabled=cancelling on:click=cancel>
                    "Cancel"
                </button>
                <button type="button" class="btn btn-sm btn-primary" on:click=move |_| work.dialog.set(false)>
                    "Go on in the background"
                </button>
            </div>
        </Dialog>
    }
}

fn no_answer() -> AnyView {
    view! {
        <p class="form-error" role="alert">
            "The server does not answer. The job is not lost: this page goes on asking."
        </p>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use types::user_list::StatusFilter;

    use super::*;

    #[test]
    fn says_whom_it_concerns() {
        let mut request = Request {
            action: BulkAction::Disable,
            store: None,
            selection: Selection::Accounts(Vec::new()),
            count: 9,
            names: vec!["Ada".into(), "Bob".into()],
            whom: None,
        };
        assert_eq!(request.title(), "Disable 9 users?");
        assert!(request.message(None).starts_with("Ada, Bob and 7 more. "));
        request.selection =
            Selection::Matching(Filter { q: "x".into(), status: Some(StatusFilter::Locked), ..Default::default() });
        request.count = 12_345;
        let message = request.message(None);
        assert!(message.starts_with("This concerns all 12,345 users that match the search “x” and the status Locked."));
        request.action = BulkAction::Delete;
        assert!(request.message(Some(7)).ends_with("They wait in the recycle bin for 7 days."));
        assert!(request.message(Some(0)).contains("cannot be taken back"));
        request.action = BulkAction::Disable;
        assert_eq!(request.confirmation().as_deref(), Some("12,345"));
        request.count = 1_000;
        assert_eq!(request.confirmation(), None);
        request.action = BulkAction::AddToGroup;
        assert_eq!(request.title(), "Add 1,000 users to a group?");
        request.whom = Some("Ada".into());
        request.action = BulkAction::ResetMfa;
        assert_eq!(request.title(), "Reset MFA of Ada?");
        request.action = BulkAction::Delete;
        assert_eq!(request.title(), "Delete Ada?");
        assert_eq!(request.confirmation(), None);
    }
}
