//! `/admin/users/import`: which step one is at is in the address, so that a reload goes on there.

use crate::ui::page_title::PageTitle;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use types::import::ImportFile;
use types::sessions::Viewer;
use types::{ImportId, JobId, Permission, StoreId};

use super::api::import_file;
use super::{plan, progress, upload};
use crate::ApiError;
use crate::admin::frame::use_viewer;
use crate::resource::{Resource, resource};
use crate::ui::ready::mark_ready;
use crate::ui::{Glyph, Icon, PageError, SkeletonLines, deferred};

/// What the address says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    pub import: Option<ImportId>,
    /// Into which store; `None`: the default one.
    pub store: Option<StoreId>,
    pub job: Option<JobId>,
}

/// `None`: nothing was uploaded yet.
type File = Resource<Result<Option<ImportFile>, ApiError>>;

/// Goes to another step.
#[derive(Clone, Copy)]
pub struct Steps(Callback<String>);

impl Steps {
    pub fn columns(self, import: ImportId, store: Option<StoreId>) {
        let store = store.map(|store| format!("&store={store}")).unwrap_or_default();
        self.0.run(format!("/admin/users/import?import={import}{store}"));
    }

    pub fn job(self, import: Option<ImportId>, store: Option<StoreId>, job: JobId) {
        let import = import.map(|import| format!("import={import}&")).unwrap_or_default();
        let store = store.map(|store| format!("store={store}&")).unwrap_or_default();
        self.0.run(format!("/admin/users/import?{import}{store}job={job}"));
    }
}

/// `/admin/users/import`.
pub fn page() -> AnyView {
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| Asked {
            import: query.get("import").and_then(|id| id.parse().ok()),
            store: query.get("store").and_then(|id| id.parse().ok()),
            job: query.get("job").and_then(|id| id.parse().ok()),
        })
    });
    let file: File = resource(
        move || {
            let asked = asked.get();
            (asked.import, asked.store)
        },
        |(import, store)| async move {
            match import {
                Some(id) => import_file(id, store).await.map(Some),
                None => Ok(None),
            }
        },
    );
    mark_ready();
    let navigate = use_navigate();
    let steps = Steps(Callback::new(move |address: String| navigate(&address, NavigateOptions::default())));
    let form = plan::Form::new();
    let viewer = use_viewer();
    let upload =
        upload::Upload::new(Callback::new(move |id| steps.columns(id, asked.with_untracked(|asked| asked.store))));
    let followed = progress::Followed::new(steps, asked);
    let content = move || {
        let asked = asked.get();
        async move { step(viewer.await, asked, file, upload, form, followed, steps).await }
    };
    view! {
        <PageTitle text="Import users – Roster" />
        <nav class="crumbs" aria-label="Breadcrumb">
            <a class="crumb" href="/admin/users">
                <Icon glyph=Glyph::ChevronLeft />
                "Users"
            </a>
        </nav>
        <div class="page-head">
            <h1 class="page-title">"Import users"</h1>
        </div>
        {step_list(asked)}
        {deferred(|| view! { <SkeletonLines lines=6 /> }.into_any(), content)}
    }
    .into_any()
}

/// The step that the address says.
async fn step(
    viewer: Result<Viewer, ApiError>,
    asked: Asked,
    file: File,
    upload: upload::Upload,
    form: plan::Form,
    followed: progress::Followed,
    steps: Steps,
) -> AnyView {
    let viewer = match viewer {
        Ok(viewer) if viewer.may_everywhere(Permission::CreateUsers) => viewer,
        Ok(_) => {
            let error = ApiError::not_allowed("Your roles do not include “Add users”.");
            return view! { <PageError error /> }.into_any();
        }
        Err(error) => return view! { <PageError error /> }.into_any(),
    };
    if asked.job.is_some() {
        return progress::step(followed);
    }
    match file.await {
        Ok(None) => upload::step(upload, asked.store),
        Ok(Some(file)) => plan::step(form, steps, &viewer, file),
        Err(ApiError::NotFound { .. }) => view! {
            <div class="notice" role="alert">
                <p class="notice-text">
                    "This file is not there any more: uploaded files are kept for two days. Upload it again."
                </p>
            </div>
            {upload::step(upload, asked.store)}
        }
        .into_any(),
        Err(error) => view! { <PageError error /> }.into_any(),
    }
}

fn step_list(asked: Memo<Asked>) -> AnyView {
    let at = move || match asked.get() {
        Asked { job: Some(_), .. } => 2,
        Asked { import: Some(_), .. } => 1,
        _ => 0,
    };
    let steps = ["Choose a file", "Match the columns", "Check and import"].into_iter().enumerate().map(|(number, name)| {
        view! {
            <li class="step" class:step-done=move || number < at() aria-current=move || (number == at()).then_some("step")>
                {name}
            </li>
        }
    });
    view! { <ol class="steps-line" aria-label="Steps">{steps.collect_view()}</ol> }.into_any()
}
