//! `/admin/exports/{id}`: the file of who asked for it, once.

use app::admin::users::api::{GetExportProgress, StartExport};
use domain::{Context, Staff, testing};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use types::StoreId;
use types::accounts::AccountForm;
use types::bulk::{BulkReport, Selection};
use types::export::{ExportColumn, ExportFormat, ExportRequest, ExportState};
use types::import::{Existing, ImportPlan};
use types::permissions::BuiltInRole;
use types::user_list::{Filter, ListState};

use crate::support::TestServer;

fn request(format: ExportFormat) -> StartExport {
    let columns = vec![ExportColumn::Email, ExportColumn::FirstName, ExportColumn::Phone, ExportColumn::CreatedAt];
    let selection = Selection::Matching(Filter::default());
    StartExport { request: ExportRequest { format, store: None, columns, selection } }
}

#[tokio::test]
async fn is_streamed_in_the_columns_of_the_dialog_with_formulas_made_text() {
    let (server, owner) = TestServer::with_owner().await;
    let session = server.session_of(owner.account).await;
    let form = AccountForm {
        email: "eve@example.com".into(),
        first_name: "=cmd|' /C calc'!A0".into(),
        phone: "+41446681800".into(),
        ..AccountForm::default()
    };
    domain::users::create(&server.context, &owner, &form, &[]).await.unwrap();
    let id = server.call(Some(&session), &request(ExportFormat::Csv)).await.1.unwrap();
    let file = server.get_as(&session, &format!("/admin/exports/{id}")).await;
    assert_eq!(file.status, StatusCode::OK);
    assert_eq!(file.headers[CONTENT_TYPE], "text/csv; charset=utf-8");
    assert_eq!(file.headers[CONTENT_DISPOSITION], "attachment; filename=\"users-2026-11-22.csv\"");
    assert_eq!(file.headers[CACHE_CONTROL], "no-store");
    let text = file.text();
    let (head, mut rows): (_, Vec<_>) = (text.lines().next(), text.lines().skip(1).collect());
    rows.sort_unstable();
    assert_eq!(head, Some("Email,First name,Phone,Created"));
    assert_eq!(
        rows,
        [
            "eve@example.com,'=cmd|' /C calc'!A0,'+41446681800,2026-11-22T04:16:39Z",
            "owner@example.com,owner,,2026-11-22T04:16:39Z",
        ]
    );
    // Noted by the task that sent it, perhaps a moment later.
    for _ in 0..200 {
        let progress = server.call(Some(&session), &GetExportProgress { export: id }).await.1.unwrap();
        assert_eq!(progress.total, 2);
        if progress.state == ExportState::Done {
            break;
        }
        tokio::task::yield_now().await;
    }
    let again = server.get_as(&session, &format!("/admin/exports/{id}")).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    let id = server.call(Some(&session), &request(ExportFormat::JsonLines)).await.1.unwrap();
    let file = server.get_as(&session, &format!("/admin/exports/{id}")).await;
    assert!(file.text().contains("\"first_name\":\"=cmd|' /C calc'!A0\""));
    let id = server.call(Some(&session), &request(ExportFormat::Xlsx)).await.1.unwrap();
    let file = server.get_as(&session, &format!("/admin/exports/{id}")).await;
    assert!(file.body.starts_with(b"PK") && file.body.len() > 1_000);
}

/// Imports a file as it is guessed to be meant: its header, and what came of it.
async fn imported(context: &Context, owner: &Staff, store: Option<StoreId>, file: &[u8]) -> (Vec<String>, BulkReport) {
    let mut upload = domain::imports::Upload::begin(context, owner, "people.csv").await.unwrap();
    upload.push(file).await.unwrap();
    let import = upload.finish().await.unwrap();
    let seen = domain::imports::file(&context.database, owner, import, store).await.unwrap();
    let (headers, columns) = seen.columns.into_iter().map(|column| (column.header, column.guess)).unzip();
    let plan = ImportPlan {
        import,
        store,
        columns,
        existing: Existing::Reject,
        group: None,
        role: None,
        organization: None,
        activation_mail: false,
    };
    let job = domain::imports::start(context, owner, &plan, false).await.unwrap().job;
    while domain::jobs::run_open(context).await.unwrap() {}
    (headers, domain::jobs::report(&context.database, owner, job).await.unwrap())
}

#[tokio::test]
async fn what_is_exported_can_be_imported_as_it_is() {
    let (server, owner) = TestServer::with_owner().await;
    let (session, context) = (server.session_of(owner.account).await, &server.context);
    let form = AccountForm {
        email: "eve@example.com".into(),
        username: "eve".into(),
        first_name: "=cmd|' /C calc'!A0".into(),
        last_name: "-Smith, \"the first\"".into(),
        phone: "+41446681800".into(),
        ..AccountForm::default()
    };
    let eve = domain::users::create(context, &owner, &form, &[]).await.unwrap();
    let columns = [ExportColumn::Email, ExportColumn::Username, ExportColumn::FirstName, ExportColumn::LastName];
    let columns = columns.into_iter().chain([ExportColumn::Phone]).collect();
    let selection = Selection::Accounts(vec![eve]);
    let asked = ExportRequest { format: ExportFormat::Csv, store: None, columns, selection };
    let id = server.call(Some(&session), &StartExport { request: asked }).await.1.unwrap();
    let file = server.get_as(&session, &format!("/admin/exports/{id}")).await;
    let store = domain::stores::create(context, &owner, "Second").await.unwrap();
    let (_, report) = imported(context, &owner, Some(store), &file.body).await;
    let problems = domain::imports::problems(&context.database, &owner, report.job).await.unwrap();
    assert_eq!((report.done, report.failed), (1, 0), "{problems:?}");
    let state = ListState { filter: Filter { store: Some(store), ..Filter::default() }, ..ListState::default() };
    let copy = domain::users::list(context, &owner, &state).await.unwrap().rows.remove(0).id;
    let copy = domain::users::profile(context, &owner, copy).await.unwrap();
    assert_eq!(copy.form, form);
}

#[tokio::test]
async fn what_an_import_rejected_runs_in_no_spreadsheet_and_is_imported_as_it_is() {
    let (server, owner) = TestServer::with_owner().await;
    let (session, context) = (server.session_of(owner.account).await, &server.context);
    let import = async |file: &str| imported(context, &owner, None, file.as_bytes()).await;
    let attack =
        "Email,First name,Mobile phone,=cmd|calc\nnobody,\"=HYPERLINK(\"\"http://evil\"\")\",+41446681800,@SUM(1)\n";
    let (headers, report) = import(attack).await;
    assert_eq!((headers[3].as_str(), report.done, report.failed), ("=cmd|calc", 0, 1));
    let rejected = server.get_as(&session, &format!("/admin/jobs/{}/result.csv", report.job)).await;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(rejected.text().as_bytes());
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 2);
    for cell in rows.iter().flatten() {
        assert!(!cell.starts_with(types::text::FORMULA_SIGNS), "{cell}");
    }
    let (headers, report) = import(&rejected.text().replace("nobody", "eve@example.com")).await;
    assert_eq!((headers[3].as_str(), headers[4].as_str(), report.done), ("=cmd|calc", "Reason", 1));
    let found = domain::users::list(context, &owner, &ListState::default()).await.unwrap().rows;
    let eve = found.iter().find(|row| row.email == "eve@example.com").unwrap().id;
    let eve = domain::users::profile(context, &owner, eve).await.unwrap().form;
    assert_eq!((eve.first_name.as_str(), eve.phone.as_str()), ("=HYPERLINK(\"http://evil\")", "+41446681800"));
}

#[tokio::test]
async fn anothers_and_no_export_are_the_same_nothing() {
    let (server, owner) = TestServer::with_owner().await;
    let admin = testing::staff_with(&server.context, &owner, "admin", BuiltInRole::Administrator, None).await;
    let (session, other) = (server.session_of(owner.account).await, server.session_of(admin.account).await);
    let id = server.call(Some(&session), &request(ExportFormat::Csv)).await.1.unwrap().to_string();
    for id in [id.as_str(), "0190a000-0000-7000-8000-000000000000", "nonsense", "..%2f.."] {
        let answer = server.get_as(&other, &format!("/admin/exports/{id}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{id}");
        assert!(!answer.text().contains("owner@example.com"));
    }
    assert_eq!(server.get(&format!("/admin/exports/{id}")).await.status, StatusCode::SEE_OTHER);
}
