//! `/admin`: how the installation is, each number a link to the list behind it (D7).

use crate::ui::page_title::PageTitle;
use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_query_map};
use types::StoreId;
use types::Timestamp;
use types::bulk::BulkReport;
use types::dashboard::{DAYS, DORMANT_DAYS, Dashboard, DayCount, Funnel};
use types::events::EventKind;
use types::user_list::{MatchCount, grouped};

use super::api::dashboard;
use crate::ApiError;
use crate::admin::stores::switcher::{of_store, store_switcher};
use crate::resource::{Resource, resource};
use crate::ui::chart::table_behind;
use crate::ui::ready::mark_ready;
use crate::ui::{BarChart, PageError, Point, Progress, SkeletonLines, deferred};

/// `/admin`.
pub fn page() -> AnyView {
    let query = use_query_map();
    let store = Memo::new(move |_| query.with(|query| query.get("store")?.parse().ok()));
    let seen: Resource<Result<Dashboard, ApiError>> = resource(move || store.get(), dashboard);
    mark_ready();
    let retry = Callback::new(move |()| seen.refetch());
    let content = move || async move {
        match seen.await {
            Err(error) => view! { <PageError error retry /> }.into_any(),
            Ok(seen) => panels(seen, store.get_untracked()),
        }
    };
    let navigate = use_navigate();
    let choose_store = Callback::new(move |store| navigate(&of_store("/admin", store), Default::default()));
    view! {
        <PageTitle text="Dashboard – Roster" />
        <div class="page-head">
            {store_switcher("dashboard", store.into(), choose_store)}
            <h1 class="page-title">"Dashboard"</h1>
        </div>
        {deferred(|| view! { <SkeletonLines lines=10 /> }.into_any(), content)}
    }
    .into_any()
}

fn panels(seen: Dashboard, store: Option<StoreId>) -> AnyView {
    let dormant = seen.dormant.map(|count| dormant(count, seen.dormant_since, seen.funnel, store));
    view! {
        <div class="dashboard">
            {seen.funnel.map(|it| funnel(it, store))} {seen.funnel.map(|it| second_factors(it, store))}
            {seen.sign_ins.map(|days| chart("Sign-ins", EventKind::SignedIn, days, false))}
            {seen.failed_sign_ins.map(|days| chart("Failed sign-ins", EventKind::SignInFailed, days, true))} {dormant}
            {jobs(seen.jobs)}
        </div>
    }
    .into_any()
}

fn panel(title: &'static str, content: AnyView) -> AnyView {
    let id = title.to_lowercase().replace(' ', "-");
    let labelled_by = id.clone();
    view! {
        <section class="panel" aria-labelledby=labelled_by>
            <h2 id=id class="panel-title">
                {title}
            </h2>
            {content}
        </section>
    }
    .into_any()
}

fn chart(title: &'static str, kind: EventKind, days: Vec<DayCount>, bad: bool) -> AnyView {
    let total: i64 = days.iter().map(|day| day.count).sum();
    let points = days
        .into_iter()
        .map(|day| {
            let date = day.day.date();
            let href = format!("/admin/audit?kind={}&from={date}&until={date}", kind.key());
            Point { label: date, value: day.count, href }
        })
        .collect();
    let content = view! {
        <p>
            <strong>{grouped(total)}</strong>
            <span class="muted">{format!(" in the last {DAYS} days")}</span>
        </p>
        <BarChart title head="Day" unit=title points bad />
    };
    panel(title, content.into_any())
}

fn funnel(funnel: Funnel, store: Option<StoreId>) -> AnyView {
    let steps = [
        ("All users", funnel.all, "/admin/users"),
        ("Not registered", funnel.not_registered, "/admin/users?state=not_registered"),
        ("Pending activation", funnel.pending_activation, "/admin/users?state=pending_activation"),
        ("Onboarded", funnel.onboarded, "/admin/users?state=onboarded"),
    ];
    let steps = steps.map(|(label, count, href)| Step {
        label,
        number: grouped(count),
        percent: share(count, funnel.all),
        href: of_store(href, store),
    });
    panel("Onboarding", drawn("Onboarding", "State", steps.into()))
}

/// How many of those who can sign in have a second factor.
fn second_factors(funnel: Funnel, store: Option<StoreId>) -> AnyView {
    let (with, all) = (funnel.with_second_factor, funnel.onboarded);
    let steps = [
        ("With a second factor", with, "/admin/users?state=onboarded&second_factor=any"),
        ("Without", all - with, "/admin/users?state=onboarded&second_factor=none"),
    ];
    let steps = steps.map(|(label, count, href)| {
        let number = format!("{} ({} %)", grouped(count), share_text(count, all));
        Step { label, number, percent: share(count, all), href: of_store(href, store) }
    });
    let content = view! {
        <p class="muted">"Of the users who are onboarded."</p>
        {drawn("Second factors", "Second factor", steps.into())}
    };
    panel("Second factors", content.into_any())
}

/// Who has not come back for long; drawn against everybody who can sign in, where the reader may know that.
fn dormant(count: MatchCount, since: Timestamp, funnel: Option<Funnel>, store: Option<StoreId>) -> AnyView {
    let (MatchCount::Exactly(at_least) | MatchCount::MoreThan(at_least)) = count;
    let mut steps = vec![Step {
        label: "Dormant",
        number: count.to_string(),
        percent: funnel.map_or(100, |funnel| share(at_least, funnel.onboarded).min(100)),
        href: of_store(&format!("/admin/users?signed_in_before={}&sort=last_sign_in", since.date()), store),
    }];
    steps.extend(funnel.map(|funnel| Step {
        label: "Onboarded",
        number: grouped(funnel.onboarded),
        percent: share(funnel.onboarded, funnel.onboarded),
        href: of_store("/admin/users?state=onboarded", store),
    }));
    let content = view! {
        <p class="muted">{format!("Signed in once, but not in the last {DORMANT_DAYS} days.")}</p>
        {drawn("Dormant accounts", "Accounts", steps)}
    };
    panel("Dormant accounts", content.into_any())
}

/// A number, drawn as a share of the whole.
struct Step {
    label: &'static str,
    number: String,
    percent: i64,
    href: String,
}

fn drawn(title: &'static str, head: &'static str, steps: Vec<Step>) -> AnyView {
    let rows =
        steps.iter().map(|step| (step.label.to_owned(), step.number.clone(), step.href.clone())).collect::<Vec<_>>();
    view! {
        <ul class="funnel">{steps.into_iter().map(step).collect_view()}</ul>
        {table_behind(title, head, "Users", rows)}
    }
    .into_any()
}

/// In per cent.
fn share(count: i64, all: i64) -> i64 {
    count * 100 / all.max(1)
}

/// The same in words: a few are not nobody.
fn share_text(count: i64, all: i64) -> String {
    match share(count, all) {
        0 if count > 0 => "<1".to_owned(),
        percent => percent.to_string(),
    }
}

fn step(Step { label, number, percent, href }: Step) -> AnyView {
    view! {
        <li class="funnel-step">
            <a class="funnel-link" href=href>
                <span>{label}</span>
                <strong>{number}</strong>
            </a>
            <svg class="funnel-drawing" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
                <rect class="chart-none" width="100" height="4"></rect>
                <rect class="chart-bar" width=percent height="4"></rect>
            </svg>
        </li>
    }
    .into_any()
}

fn jobs(jobs: Vec<BulkReport>) -> AnyView {
    let content = if jobs.is_empty() {
        view! {
            <p class="muted">
                "None runs now. " <a class="link" href="/admin/jobs">
                    "Earlier jobs"
                </a>
            </p>
        }
        .into_any()
    } else {
        let rows = jobs
            .into_iter()
            .map(|job| {
                let what = job.title();
                view! {
                    <li class="funnel-step">
                        <a class="funnel-link" href="/admin/jobs">
                            <span>{what.clone()}</span>
                            <strong>{format!("{} of {}", grouped(job.handled()), grouped(job.total))}</strong>
                        </a>
                        <Progress label=format!("Progress of: {what}") value=job.handled() most=job.total />
                    </li>
                }
            })
            .collect_view();
        view! { <ul class="funnel">{rows}</ul> }.into_any()
    };
    panel("Jobs in progress", content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_are_not_nobody() {
        assert_eq!(
            [(0, 500), (1, 500), (5, 500), (0, 0)].map(|(count, all)| share_text(count, all)),
            ["0", "<1", "1", "0"]
        );
    }
}
