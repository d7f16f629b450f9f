//! The dry run and the import: how far they are, what came of them, what is wrong with which row.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::JobId;
use types::bulk::{BulkReport, JobKind, JobState};
use types::import::{ImportProblem, SHARED_ADDRESS};
use types::user_list::grouped;

use super::api::{confirm_import, import_problems};
use super::page::{Asked, Steps};
use crate::ApiError;
use crate::admin::jobs::api::{cancel_job, job_progress};
use crate::admin::proof::{Proof, use_proof};
use crate::ui::{PageError, Progress, SkeletonLines, sign_in_again};

/// How often it is asked how far it is.
const POLL: Duration = Duration::from_millis(500);

/// The job in the address; made at the page's level, since the step is drawn anew for each job.
#[derive(Clone, Copy)]
pub struct Followed {
    steps: Steps,
    asked: Memo<Asked>,
    report: RwSignal<Option<Result<BulkReport, ApiError>>>,
    problems: RwSignal<Vec<ImportProblem>>,
    pending: RwSignal<bool>,
    error: RwSignal<Option<String>>,
    proof: Proof,
    is_there: Memo<bool>,
    is_over: Memo<bool>,
}

impl Followed {
    pub fn new(steps: Steps, asked: Memo<Asked>) -> Self {
        let report = RwSignal::new(None::<Result<BulkReport, ApiError>>);
        let followed = Self {
            steps,
            asked,
            report,
            problems: RwSignal::new(Vec::new()),
            pending: RwSignal::new(false),
            error: RwSignal::new(None),
            proof: use_proof(),
            is_there: Memo::new(move |_| report.with(Option::is_some)),
            is_over: Memo::new(move |_| {
                report.with(|report| matches!(report, Some(Ok(report)) if report.state.is_over()))
            }),
        };
        Effect::new(move || {
            if let Some(job) = asked.get().job {
                report.set(None);
                followed.problems.set(Vec::new());
                followed.error.set(None);
                followed.ask(job);
            }
        });
        followed
    }

    /// Whether the page is there and still about this job.
    fn is_about(self, job: JobId) -> bool {
        self.asked.try_get_untracked().is_some_and(|asked| asked.job == Some(job))
    }

    fn ask(self, job: JobId) {
        spawn_local(async move {
            let answer = job_progress(job).await;
            let problems = match &answer {
                Ok(report) if report.state.is_over() => import_problems(job).await.unwrap_or_default(),
                _ => Vec::new(),
            };
            if !self.is_about(job) {
                return;
            }
            match answer {
                Ok(report) => {
                    if !report.state.is_over() {
                        set_timeout(move || self.ask(job), POLL);
                    }
                    self.problems.set(problems);
                    self.report.set(Some(Ok(report)));
                }
                Err(error) if sign_in_again(&error) => {}
                // A moment without the server does not stop the job.
                Err(ApiError::Offline | ApiError::Unavailable) => set_timeout(move || self.ask(job), POLL * 4),
                Err(error) => self.report.set(Some(Err(error))),
            }
        });
    }

    fn number(self, number: fn(&BulkReport) -> i64) -> Signal<i64> {
        Signal::derive(move || {
            self.report.with(|report| match report {
                Some(Ok(report)) => number(report),
                _ => 0,
            })
        })
    }

    fn confirm(self) {
        let Asked { import, store, job: Some(job) } = self.asked.get_untracked() else { return };
        self.pending.set(true);
        self.error.set(None);
        spawn_local(async move {
            let started = self.proof.around(|| confirm_import(job)).await;
            let _ = self.pending.try_set(false);
            match started {
                Ok(report) => self.steps.job(import, store, report.job),
                Err(error) if sign_in_again(&error) => {}
                Err(error) => {
                    let _ = self.error.try_set(Some(error.to_string()));
                }
            }
        });
    }

    fn cancel(self) {
        let Some(job) = self.asked.get_untracked().job else { return };
        self.pending.set(true);
        spawn_local(async move {
            if let Err(error) = cancel_job(job).await
                && !sign_in_again(&error)
            {
                let _ = self.error.try_set(Some(error.to_string()));
            }
            let _ = self.pending.try_set(false);
        });
    }
}

/// The third step.
pub fn step(followed: Followed) -> AnyView {
    let content = move || {
        if !followed.is_there.get() {
            return view! { <SkeletonLines lines=4 /> }.into_any();
        }
        // Read, not only tracked: a memo that nobody has read tells of no change.
        let is_over = followed.is_over.get();
        match followed.report.get_untracked() {
            Some(Ok(report)) if is_over => over(followed, &report),
            Some(Ok(report)) => running(followed, &report),
            Some(Err(error)) => view! { <PageError error /> }.into_any(),
            None => ().into_any(),
        }
    };
    content.into_any()
}

fn is_dry(report: &BulkReport) -> bool {
    report.kind == JobKind::ImportDryRun
}

fn running(followed: Followed, report: &BulkReport) -> AnyView {
    let text = if is_dry(report) { "Checking the rows; nothing is written." } else { "Importing." };
    let handled = followed.number(BulkReport::handled);
    let total = followed.number(|report| report.total);
    view! {
        <section class="import-running" aria-label="Progress">
            <p>{text}</p>
            <Progress label=text.to_owned() value=handled most=total />
            <p role="status">{move || format!("{} of {} rows", grouped(handled.get()), grouped(total.get()))}</p>
            <p class="muted">"You may leave this page: it goes on, and can be found under "<a class="link" href="/admin/jobs">"Jobs"</a>"."</p>
            <button type="button" class="btn btn-sm" disabled=followed.pending on:click=move |_| followed.cancel()>
                "Cancel"
            </button>
        </section>
    }
    .into_any()
}

/// `1,200 created`, in the words of the kind.
fn counts(report: &BulkReport) -> Vec<(&'static str, i64)> {
    let part = |name: &str| report.reasons.iter().find(|(reason, _)| reason == name).map_or(0, |(_, count)| *count);
    let (created, updated) = (part("created"), part("updated"));
    if is_dry(report) {
        vec![
            ("would be created", created),
            ("would be updated", updated),
            ("as they are already", report.skipped),
            ("would be rejected", report.failed),
        ]
    } else {
        vec![("created", created), ("updated", updated), ("unchanged", report.skipped), ("rejected", report.failed)]
    }
}

fn over(followed: Followed, report: &BulkReport) -> AnyView {
    let dry = is_dry(report);
    let cancelled = report.state == JobState::Cancelled;
    let title = match (dry, cancelled) {
        (true, false) => "Dry run: nothing was written",
        (true, true) => "The dry run was cancelled",
        (false, false) => "The import is done",
        (false, true) => "The import was cancelled; what is done stays",
    };
    let numbers = counts(report)
        .into_iter()
        .map(|(name, count)| {
            view! {
                <div class="import-count">
                    <dt>{name}</dt>
                    <dd>{grouped(count)}</dd>
                </div>
            }
        })
        .collect_view();
    let shared = report.reasons.iter().find(|(reason, _)| reason == SHARED_ADDRESS).map(|(reason, count)| {
        let text = format!("{} {reason}: only one of the two signs in by it.", grouped(*count));
        view! { <p>{text}</p> }
    });
    let good = report.done > 0;
    let failed = report.failed;
    let actions = if dry {
        let Asked { import, store, .. } = followed.asked.get_untracked();
        view! {
            {import
                .map(|import| {
                    view! {
                        <button type="button" class="btn btn-sm" on:click=move |_| followed.steps.columns(import, store)>
                            "Change the columns"
                        </button>
                    }
                })}
            <button
                type="button"
                class="btn btn-sm btn-primary"
                disabled=move || followed.pending.get() || !good || cancelled
                aria-busy=move || followed.pending.get().then_some("true")
                on:click=move |_| followed.confirm()
            >
                {format!("Import {} {}", grouped(report.done), if report.done == 1 { "user" } else { "users" })}
            </button>
        }
        .into_any()
    } else {
        view! {
            <a class="btn btn-sm" href="/admin/users/import">
                "Import another file"
            </a>
            <a class="btn btn-sm btn-primary" href="/admin/users?sort=created&dir=desc">
                "Show the users"
            </a>
        }
        .into_any()
    };
    let rejected = (!dry && failed > 0).then(|| {
        let href = format!("/admin/jobs/{}/result.csv", report.job);
        view! {
            <p>
                <a class="link" href=href download rel="external">
                    "Download the rejected rows"
                </a>
                " with a column that says why; correct them, and import that file."
            </p>
        }
    });
    view! {
        <section class="import-over" aria-label="Result">
            <div role="status">
                <h2 class="section-title">{title}</h2>
            </div>
            <dl class="import-counts">{numbers}</dl>
            {shared}
            {rejected}
            {problems(followed, failed)}
            {move || followed.error.get().map(|error| view! { <p class="form-error" role="alert">{error}</p> })}
            <div class="dialog-actions">{actions}</div>
        </section>
    }
    .into_any()
}

fn problems(followed: Followed, failed: i64) -> AnyView {
    let table = move || {
        let problems = followed.problems.get();
        if problems.is_empty() {
            return ().into_any();
        }
        let rows_shown = problems.iter().map(|problem| problem.row).collect::<std::collections::HashSet<_>>().len();
        let more = failed - rows_shown as i64;
        let rows = problems
            .into_iter()
            .map(|problem| {
                view! {
                    <tr>
                        <td class="number">{grouped(problem.row)}</td>
                        <td>{problem.column.unwrap_or_else(|| "The whole row".into())}</td>
                        <td>{problem.message}</td>
                    </tr>
                }
            })
            .collect_view();
        view! {
            <div class="table-frame">
                <table class="table">
                    <caption class="sr-only">"Problems by row and column"</caption>
                    <thead>
                        <tr>
                            <th scope="col" class="number">
                                "Row"
                            </th>
                            <th scope="col">"Column"</th>
                            <th scope="col">"Problem"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {(more > 0).then(|| view! { <p class="muted">{format!("And {} more rows.", grouped(more))}</p> })}
        }
        .into_any()
    };
    table.into_any()
}
