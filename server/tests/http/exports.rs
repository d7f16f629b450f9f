//! `/admin/exports/{id}`: the file of who asked for it, once.

use app::admin::users::api::{GetExportProgress, StartExport};
use domain::testing;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use types::accounts::AccountForm;
use types::bulk::Selection;
use types::export::{ExportColumn, ExportFormat, ExportRequest, ExportState};
use types::permissions::BuiltInRole;
use types::user_list::Filter;

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
