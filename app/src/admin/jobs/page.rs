//! `/admin/jobs`: the latest bulk work, with its progress while it runs (U13).

use std::time::Duration;

use crate::ui::page_title::PageTitle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use types::JobId;
use types::bulk::{BulkReport, JobState};
use types::user_list::grouped;

use super::api::{cancel_job, list_jobs, undo_job};
use crate::ApiError;
use crate::admin::proof::{Proof, use_proof};
use crate::resource::{Resource, resource};
use crate::ui::ready::mark_ready;
use crate::ui::{
    Badge, EmptyState, Glyph, Icon, Moment, PageError, Progress, SkeletonLines, Toasts, Tone, deferred, sign_in_again,
    use_toasts,
};

/// How often a page with running jobs asks again.
const POLL: Duration = Duration::from_secs(1);

type Jobs = Resource<Result<Vec<BulkReport>, ApiError>>;

/// `/admin/jobs`.
pub fn page() -> AnyView {
    let jobs: Jobs = resource(|| (), |()| list_jobs());
    poll_while_running(jobs);
    mark_ready();
    let (toasts, proof) = (use_toasts(), use_proof());
    let retry = Callback::new(move |()| jobs.refetch());
    view! {
        <PageTitle text="Jobs – Roster" />
        <div class="page-head">
            <h1 class="page-title">"Jobs"</h1>
        </div>
        {deferred(
            || view! { <SkeletonLines lines=6 /> }.into_any(),
            move || async move {
                match jobs.await {
                    Err(error) => view! { <PageError error retry /> }.into_any(),
                    Ok(reports) if reports.is_empty() => no_jobs(),
                    Ok(reports) => table(jobs, toasts, proof, reports),
                }
            },
        )}
    }
    .into_any()
}

fn no_jobs() -> AnyView {
    view! {
        <EmptyState
            glyph=Glyph::Jobs
            title="No jobs yet"
            text="Select users and apply an action, or import a file: it appears here with what came of it."
        >
            <a class="btn btn-sm" href="/admin/users">
                "Go to users"
            </a>
        </EmptyState>
    }
    .into_any()
}

fn poll_while_running(jobs: Jobs) {
    Effect::new(move || {
        let running = jobs.with(|jobs| match jobs {
            Some(Ok(jobs)) => jobs.iter().any(|job| !job.state.is_over()),
            // A server that is back in a moment.
            Some(Err(error)) => matches!(error, ApiError::Offline | ApiError::Unavailable | ApiError::Busy { .. }),
            None => false,
        });
        if running && let Ok(timer) = set_timeout_with_handle(move || jobs.refetch(), POLL) {
            on_cleanup(move || timer.clear());
        }
    });
}

fn table(jobs: Jobs, toasts: Toasts, proof: Proof, reports: Vec<BulkReport>) -> AnyView {
    view! {
        <div class="table-frame">
            <table class="table jobs-table">
                <caption class="sr-only">"Jobs, newest first"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Action"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Progress"</th>
                        <th scope="col" class="number">"Done"</th>
                        <th scope="col" class="number">"Skipped"</th>
                        <th scope="col" class="number">"Failed"</th>
                        <th scope="col">"Started by"</th>
                        <th scope="col">"Started"</th>
                        <th scope="col">
                            <span class="sr-only">"Actions"</span>
                        </th>
                    </tr>
                </thead>
                <tbody>{reports.into_iter().map(|report| row(jobs, toasts, proof, report)).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(jobs: Jobs, toasts: Toasts, proof: Proof, report: BulkReport) -> AnyView {
    let (tone, glyph, state) = match report.state {
        JobState::Waiting => (Tone::Neutral, Glyph::Clock, "Waiting"),
        JobState::Running => (Tone::Neutral, Glyph::Jobs, "Running"),
        JobState::Done if report.failed > 0 => (Tone::Warning, Glyph::Alert, "Done"),
        JobState::Done => (Tone::Good, Glyph::Check, "Done"),
        JobState::Cancelled => (Tone::Warning, Glyph::Ban, "Cancelled"),
    };
    let job = report.job;
    let things = match (report.kind.is_import(), report.total) {
        (true, 1) => "row",
        (true, _) => "rows",
        (false, 1) => "user",
        (false, _) => "users",
    };
    let action = format!("{} ({} {things})", report.title(), grouped(report.total));
    let reasons = (!report.reasons.is_empty()).then(|| {
        let lines =
            report.reasons.iter().map(|(reason, count)| view! { <li>{format!("{}: {reason}", grouped(*count))}</li> });
        view! { <ul class="job-reasons">{lines.collect_view()}</ul> }
    });
    let results = (report.state.is_over() && (!report.kind.is_import() || report.failed > 0)).then(|| {
        let name = if report.kind.is_import() { "Rejected rows" } else { "Results" };
        view! {
            <a
                class="btn btn-sm"
                href=format!("/admin/jobs/{job}/result.csv")
                download
                rel="external"
                aria-label=format!("{name} as CSV: {action}")
            >
                {name}
            </a>
        }
    });
    let cancel = (!report.state.is_over()).then(|| {
        view! {
            <button
                type="button"
                class="btn btn-sm"
                aria-label=format!("Cancel: {action}")
                on:click=move |_| cancel(jobs, toasts, job)
            >
                "Cancel"
            </button>
        }
    });
    let take_back = report.undo.map(|_| {
        view! {
            <button
                type="button"
                class="btn btn-sm"
                aria-label=format!("Undo: {action}")
                on:click=move |_| undo(jobs, toasts, proof, job)
            >
                <Icon glyph=Glyph::Undo />
                "Undo"
            </button>
        }
    });
    view! {
        <tr>
            <td>{action.clone()} {reasons}</td>
            <td>
                <Badge tone glyph text=state />
            </td>
            <td class="cell-progress">
                <Progress label=format!("Progress of: {action}") value=report.handled() most=report.total />
            </td>
            <td class="number" data-label="Done">
                {grouped(report.done)}
            </td>
            <td class="number" data-label="Skipped">
                {grouped(report.skipped)}
            </td>
            <td class="number" data-label="Failed">
                {grouped(report.failed)}
            </td>
            <td data-label="Started by">{report.started_by}</td>
            <td data-label="Started">
                <Moment at=report.created_at />
            </td>
            <td class="cell-actions">
                <div class="cell-buttons">{cancel} {take_back} {results}</div>
            </td>
        </tr>
    }
    .into_any()
}

/// The work that takes it back is a job of its own, at the top of the list.
fn undo(jobs: Jobs, toasts: Toasts, proof: Proof, job: JobId) {
    spawn_local(async move {
        match proof.around(|| undo_job(job)).await {
            Ok(report) => toasts.success(format!("{} has begun.", report.title())),
            Err(error) if sign_in_again(&error) => {}
            Err(error) => toasts.error(error.to_string()),
        }
        jobs.refetch();
    });
}

fn cancel(jobs: Jobs, toasts: Toasts, job: JobId) {
    spawn_local(async move {
        match cancel_job(job).await {
            Ok(report) => toasts.success(format!("Cancelled. {}.", report.summary())),
            Err(error) if sign_in_again(&error) => {}
            Err(error) => toasts.error(error.to_string()),
        }
        jobs.refetch();
    });
}
