//! Who may call what: every server function and every route, by everybody who might try.
//!
//! A function or route that is missing here fails the test: nobody adds one without deciding this
//! (after oxidecomputer/omicron's `unauthorized_coverage`).

use std::collections::BTreeSet;
use std::path::Path;

use app::admin::api::GetViewer;
use app::admin::audit::api::SearchAudit;
use app::admin::dashboard::api::GetDashboard;
use app::admin::directory::api::{
    AddMembers, CreateRole, CreateUnit, DeleteRole, DeleteUnit, EditRole, EditUnit, GrantablePermissions, GroupOptions,
    ListRoles, ListUnits, MemberCandidates, RemoveMembers, RoleHolders, UnitMembers, ViewRole, ViewUnit,
};
use app::admin::jobs::api::{CancelJob, CountSelection, JobProgress, ListJobs, StartBulk};
use app::admin::users::api::{
    AssignGroups, AssignRoles, AssignableGroups, CreateUser, EditUser, EndUserSession, EndUserSessions,
    GetAssignableRoles, GroupChoices, ListUsers, RecycleBin, RememberPageSize, RemoveGroups, RemoveRole,
    SetUserPassword, UnlockUser, UserActivity, UserGroups, UserProfile, UserRoles, UserSessions,
};
use app::admin::users::import::api::{ConfirmImport, DryRunImport, GetImportFile, ImportProblems};
use db::entities::{organization_memberships, role_assignments};
use domain::testing::{self, PASSWORD};
use domain::{Context, Staff};
use http::StatusCode;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::Value;
use server_fn::ServerFn;
use server_fn::axum::server_fn_paths;
use types::accounts::AccountForm;
use types::audit::AuditFilter;
use types::bulk::{BulkAction, BulkReport, Parameters, Selection};
use types::directory::{MemberReport, RoleForm, Unit, UnitForm, UnitKind};
use types::import::ImportPlan;
use types::permissions::BuiltInRole;
use types::user_list::{Filter, ListState, MatchCount, PageSize, Position, UserPage};
use types::{AccountId, GroupId, JobId, OrganizationId, Permission, RoleAssignmentId, RoleId, SessionId};

use crate::support::{Answer, TestServer};

/// Who tries, and on whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Case {
    Anonymous,
    /// Signed in, without any role.
    Account,
    Auditor,
    HelpDesk,
    /// A help desk of organization A, on a person of A.
    HelpDeskWithin,
    /// The same on a person of B: as if there were no such person.
    HelpDeskBeyond,
    Administrator,
    /// An administrator on an Owner, who holds more (D6).
    AdministratorOnOwner,
    Owner,
}

const CASES: [Case; 9] = [
    Case::Anonymous,
    Case::Account,
    Case::Auditor,
    Case::HelpDesk,
    Case::HelpDeskWithin,
    Case::HelpDeskBeyond,
    Case::Administrator,
    Case::AdministratorOnOwner,
    Case::Owner,
];

/// The statuses, in the order of [`CASES`].
type Row = (&'static str, [u16; 9]);

const TABLE: [Row; 51] = [
    // Any staff; what they see is their scope's.
    (GetViewer::PATH, [401, 403, 200, 200, 200, 200, 200, 200, 200]),
    (ListUsers::PATH, [401, 403, 200, 200, 200, 200, 200, 200, 200]),
    (RememberPageSize::PATH, [401, 403, 200, 200, 200, 200, 200, 200, 200]),
    (ListJobs::PATH, [401, 403, 200, 200, 200, 200, 200, 200, 200]),
    (SearchAudit::PATH, [401, 403, 200, 200, 200, 200, 200, 200, 200]),
    (GetDashboard::PATH, [401, 403, 200, 200, 200, 200, 200, 200, 200]),
    // Whoever may look at the person.
    (UserProfile::PATH, [401, 403, 200, 200, 200, 404, 200, 200, 200]),
    (UserGroups::PATH, [401, 403, 200, 200, 200, 404, 200, 200, 200]),
    (UserRoles::PATH, [401, 403, 200, 200, 200, 404, 200, 200, 200]),
    (UserActivity::PATH, [401, 403, 200, 200, 200, 404, 200, 200, 200]),
    (UserSessions::PATH, [401, 403, 200, 200, 200, 404, 200, 200, 200]),
    (AssignableGroups::PATH, [401, 403, 403, 200, 200, 404, 200, 200, 200]),
    (GroupChoices::PATH, [401, 403, 403, 200, 200, 200, 200, 200, 200]),
    // Whoever may change the person, who must not hold more.
    (EditUser::PATH, [401, 403, 403, 200, 200, 404, 200, 403, 200]),
    (UnlockUser::PATH, [401, 403, 403, 200, 200, 404, 200, 403, 200]),
    (EndUserSession::PATH, [401, 403, 403, 200, 200, 404, 200, 403, 200]),
    (EndUserSessions::PATH, [401, 403, 403, 200, 200, 404, 200, 403, 200]),
    (AssignGroups::PATH, [401, 403, 403, 200, 200, 404, 200, 403, 200]),
    (RemoveGroups::PATH, [401, 403, 403, 200, 200, 404, 200, 403, 200]),
    // Administrators.
    (SetUserPassword::PATH, [401, 403, 403, 403, 403, 403, 200, 403, 200]),
    (CreateUser::PATH, [401, 403, 403, 403, 403, 403, 200, 200, 200]),
    (GetAssignableRoles::PATH, [401, 403, 403, 403, 403, 403, 200, 200, 200]),
    (AssignRoles::PATH, [401, 403, 403, 403, 403, 403, 200, 403, 200]),
    (RemoveRole::PATH, [401, 403, 403, 403, 403, 403, 200, 403, 200]),
    // Whoever sees users: the deleted ones of their scope.
    (RecycleBin::PATH, [401, 403, 200, 200, 200, 200, 200, 200, 200]),
    // Of a file that the Owner has uploaded: nobody else's.
    (GetImportFile::PATH, [401, 403, 403, 403, 403, 403, 404, 404, 200]),
    (DryRunImport::PATH, [401, 403, 403, 403, 403, 403, 404, 404, 200]),
    (ConfirmImport::PATH, [401, 403, 404, 404, 404, 404, 404, 404, 200]),
    (ImportProblems::PATH, [401, 403, 404, 404, 404, 404, 404, 404, 200]),
    // Bulk work: out of reach is nobody; who holds more is skipped, which `bulk_work_…` looks at.
    (CountSelection::PATH, [401, 403, 403, 200, 200, 200, 200, 200, 200]),
    (StartBulk::PATH, [401, 403, 403, 200, 200, 409, 200, 200, 200]),
    // Of a job that an Owner started.
    (JobProgress::PATH, [401, 403, 200, 200, 404, 404, 200, 200, 200]),
    (CancelJob::PATH, [401, 403, 403, 403, 404, 404, 200, 200, 200]),
    // What stands around accounts; of the organizations, one confined sees their own.
    (ListUnits::PATH, [401, 403, 200, 200, 200, 200, 200, 200, 200]),
    (GroupOptions::PATH, [401, 403, 200, 200, 200, 200, 200, 200, 200]),
    (ListRoles::PATH, [401, 403, 200, 200, 200, 200, 200, 200, 200]),
    (ViewRole::PATH, [401, 403, 200, 200, 200, 200, 200, 200, 200]),
    (RoleHolders::PATH, [401, 403, 200, 200, 200, 200, 200, 200, 200]),
    // The organization of the person tried on.
    (ViewUnit::PATH, [401, 403, 200, 200, 200, 404, 200, 200, 200]),
    (UnitMembers::PATH, [401, 403, 200, 200, 200, 404, 200, 200, 200]),
    (EditUnit::PATH, [401, 403, 403, 403, 403, 404, 200, 200, 200]),
    (MemberCandidates::PATH, [401, 403, 403, 403, 403, 404, 200, 200, 200]),
    (AddMembers::PATH, [401, 403, 403, 403, 403, 404, 200, 200, 200]),
    (RemoveMembers::PATH, [401, 403, 403, 403, 403, 404, 200, 200, 200]),
    (CreateUnit::PATH, [401, 403, 403, 403, 403, 403, 200, 200, 200]),
    // A new group for every try.
    (DeleteUnit::PATH, [401, 403, 403, 403, 403, 403, 200, 200, 200]),
    (GrantablePermissions::PATH, [401, 403, 403, 403, 403, 403, 200, 200, 200]),
    (CreateRole::PATH, [401, 403, 403, 403, 403, 403, 200, 200, 200]),
    (EditRole::PATH, [401, 403, 403, 403, 403, 403, 200, 200, 200]),
    (DeleteRole::PATH, [401, 403, 403, 403, 403, 403, 200, 200, 200]),
    ("/api/{*unknown}", [404; 9]),
];

/// A server with somebody in each role, and two organizations.
struct World {
    server: TestServer,
    owner: Staff,
    organization_a: OrganizationId,
    organization_b: OrganizationId,
    group: GroupId,
    auditor_role: RoleId,
    job: JobId,
    plan: ImportPlan,
    dry_run: JobId,
    account: String,
    auditor: String,
    help_desk: String,
    help_desk_of_a: String,
    administrator: String,
}

impl World {
    async fn new() -> Self {
        let (server, owner) = TestServer::with_owner().await;
        let context = server.context.clone();
        let organization_a = testing::organization(&context, "A", &[]).await;
        let organization_b = testing::organization(&context, "B", &[]).await;
        let group = testing::group(&context, "Everybody", &[]).await;
        let account = testing::onboarded(&context, &owner, "plain").await;
        let first = testing::user(&context, &owner, "first").await;
        let job = testing::bulk(&context, &owner, BulkAction::Disable, &[first]).await.job;
        let mut upload = domain::imports::Upload::begin(&context, &owner, "people.csv").await.unwrap();
        upload.push(b"email\nimported@example.com\n").await.unwrap();
        let import = upload.finish().await.unwrap();
        let columns = vec![Some("email".to_owned())];
        let (group_for_all, role, organization) = (None, None, None);
        let existing = types::import::Existing::Reject;
        let plan = ImportPlan { import, columns, existing, group: group_for_all, role, organization };
        let dry_run = domain::imports::start(&context, &owner, &plan, true).await.unwrap().job;
        let staff = async |name: &str, role, place| {
            let staff = testing::staff_with(&context, &owner, name, role, place).await;
            server.session_of(staff.account).await
        };
        let auditor_role = auditor_role(&context).await;
        Self {
            auditor: staff("auditor", BuiltInRole::Auditor, None).await,
            help_desk: staff("help.desk", BuiltInRole::HelpDesk, None).await,
            help_desk_of_a: staff("help.desk.of.a", BuiltInRole::HelpDesk, Some(organization_a)).await,
            administrator: staff("administrator", BuiltInRole::Administrator, None).await,
            account: server.session_of(account).await,
            server,
            owner,
            organization_a,
            organization_b,
            group,
            auditor_role,
            job,
            plan,
            dry_run,
        }
    }

    async fn session(&self, case: Case) -> Option<String> {
        let session = match case {
            Case::Anonymous => return None,
            Case::Account => &self.account,
            Case::Auditor => &self.auditor,
            Case::HelpDesk => &self.help_desk,
            Case::HelpDeskWithin | Case::HelpDeskBeyond => &self.help_desk_of_a,
            Case::Administrator | Case::AdministratorOnOwner => &self.administrator,
            Case::Owner => return Some(self.server.session_of(self.owner.account).await),
        };
        Some(session.clone())
    }

    /// Somebody new for every try, so that none depends on another.
    async fn target(&self, case: Case, name: &str) -> AccountId {
        if case == Case::AdministratorOnOwner {
            return self.owner.account;
        }
        let context = &self.server.context;
        let id = testing::onboarded(context, &self.owner, name).await;
        let place = if case == Case::HelpDeskBeyond { self.organization_b } else { self.organization_a };
        join(context, place, id).await;
        id
    }

    async fn call(&self, case: Case, path: &str, target: AccountId) -> Answer {
        let body = self.body(case, path, target).await;
        self.server.post_json(self.session(case).await.as_deref(), path, &body).await
    }

    /// Arguments that would work for somebody who may.
    async fn body(&self, case: Case, path: &str, id: AccountId) -> Value {
        let context = &self.server.context;
        let selection = || Selection::Accounts(vec![id]);
        let (groups, version) = (vec![self.group], testing::account(context, id).await.version);
        match path {
            path if path == GetViewer::PATH => json(&GetViewer {}),
            path if path == ListUsers::PATH => json(&ListUsers { state: Default::default() }),
            path if path == RememberPageSize::PATH => json(&RememberPageSize { size: PageSize::default() }),
            path if path == ListJobs::PATH => json(&ListJobs {}),
            path if path == UserProfile::PATH => json(&UserProfile { id }),
            path if path == UserGroups::PATH => json(&UserGroups { id }),
            path if path == UserRoles::PATH => json(&UserRoles { id }),
            path if path == UserActivity::PATH => {
                json(&UserActivity { id, filter: AuditFilter::default(), older: None })
            }
            path if path == UserSessions::PATH => json(&UserSessions { id }),
            path if path == EndUserSession::PATH => {
                json(&EndUserSession { id, session: self.session_row_of(id).await })
            }
            path if path == SearchAudit::PATH => json(&SearchAudit { filter: AuditFilter::default(), older: None }),
            path if path == GetDashboard::PATH => json(&GetDashboard {}),
            path if path == AssignableGroups::PATH => json(&AssignableGroups { id, q: String::new() }),
            path if path == EditUser::PATH => json(&EditUser { id, form: self.form_of(id).await, version }),
            path if path == UnlockUser::PATH => json(&UnlockUser { id }),
            path if path == EndUserSessions::PATH => json(&EndUserSessions { id }),
            path if path == AssignGroups::PATH => json(&AssignGroups { id, groups }),
            path if path == RemoveGroups::PATH => json(&RemoveGroups { id, groups }),
            path if path == SetUserPassword::PATH => {
                json(&SetUserPassword { id, password: PASSWORD.into(), must_change: true })
            }
            path if path == CreateUser::PATH => json(&CreateUser { form: testing::form(&format!("new.{id}")), groups }),
            path if path == GroupChoices::PATH => json(&GroupChoices { store: None, q: String::new() }),
            path if path == GetAssignableRoles::PATH => json(&GetAssignableRoles {}),
            path if path == AssignRoles::PATH => {
                json(&AssignRoles { id, roles: vec![self.auditor_role], organizations: vec![] })
            }
            path if path == RemoveRole::PATH => json(&RemoveRole { id, assignment: self.assignment_of(id).await }),
            path if path == CountSelection::PATH => {
                json(&CountSelection { action: BulkAction::Disable, selection: selection() })
            }
            path if path == StartBulk::PATH => {
                json(&StartBulk { action: BulkAction::Disable, selection: selection(), parameters: Parameters::None })
            }
            path if path == JobProgress::PATH => json(&JobProgress { job: self.job }),
            path if path == RecycleBin::PATH => json(&RecycleBin { store: None, older: None }),
            path if path == GetImportFile::PATH => json(&GetImportFile { id: self.plan.import }),
            path if path == DryRunImport::PATH => json(&DryRunImport { plan: self.plan.clone() }),
            path if path == ConfirmImport::PATH => json(&ConfirmImport { dry_run: self.dry_run }),
            path if path == ImportProblems::PATH => json(&ImportProblems { job: self.dry_run }),
            path if path == CancelJob::PATH => json(&CancelJob { job: self.job }),
            path if path.starts_with("/api/admin/directory/") => self.directory_body(case, path, id).await,
            path if path.starts_with("/api/admin/roles/") => self.roles_body(path).await,
            _ => Value::Null,
        }
    }

    async fn directory_body(&self, case: Case, path: &str, id: AccountId) -> Value {
        let (kind, position) = (UnitKind::Group, Position::First);
        let context = &self.server.context;
        let place = if case == Case::HelpDeskBeyond { self.organization_b } else { self.organization_a };
        let (unit, accounts) = (Unit::Organization(place), vec![id]);
        let seen = domain::directory::view(&context.database, &self.owner, unit).await.unwrap();
        let new = UnitForm { name: context.id().to_string(), ..UnitForm::default() };
        match path {
            path if path == ListUnits::PATH => json(&ListUnits { kind, q: String::new(), position }),
            path if path == GroupOptions::PATH => json(&GroupOptions {}),
            path if path == ViewUnit::PATH => json(&ViewUnit { unit }),
            path if path == UnitMembers::PATH => json(&UnitMembers { unit, q: String::new(), position }),
            path if path == EditUnit::PATH => json(&EditUnit { unit, form: seen.form, version: seen.version }),
            path if path == MemberCandidates::PATH => json(&MemberCandidates { unit, q: String::new() }),
            path if path == AddMembers::PATH => json(&AddMembers { unit, accounts }),
            path if path == RemoveMembers::PATH => json(&RemoveMembers { unit, accounts }),
            path if path == CreateUnit::PATH => json(&CreateUnit { kind, form: new }),
            path if path == DeleteUnit::PATH => {
                let unit = domain::directory::create(context, &self.owner, kind, &new).await.unwrap();
                json(&DeleteUnit { unit })
            }
            _ => Value::Null,
        }
    }

    async fn roles_body(&self, path: &str) -> Value {
        let context = &self.server.context;
        let (name, permissions) = (context.id().to_string(), vec![Permission::ViewUsers]);
        let form = RoleForm { name, description: String::new(), permissions };
        let custom = async || domain::directory::roles::create(context, &self.owner, &form).await.unwrap();
        match path {
            path if path == ListRoles::PATH => json(&ListRoles {}),
            path if path == ViewRole::PATH => json(&ViewRole { id: self.auditor_role }),
            path if path == RoleHolders::PATH => {
                json(&RoleHolders { id: self.auditor_role, position: Position::First })
            }
            path if path == GrantablePermissions::PATH => json(&GrantablePermissions {}),
            path if path == CreateRole::PATH => json(&CreateRole { form }),
            path if path == EditRole::PATH => json(&EditRole { id: custom().await, form, version: 1 }),
            path if path == DeleteRole::PATH => json(&DeleteRole { id: custom().await }),
            _ => Value::Null,
        }
    }

    async fn form_of(&self, id: AccountId) -> AccountForm {
        let email = testing::account(&self.server.context, id).await.email;
        AccountForm { email, first_name: "Edited".into(), ..AccountForm::default() }
    }

    async fn session_row_of(&self, id: AccountId) -> SessionId {
        let context = &self.server.context;
        testing::session(context, id).await;
        domain::sessions::of_user(context, &self.owner, id).await.unwrap()[0].id
    }

    /// An assignment that the person holds: the Owner theirs, everybody else a new one.
    async fn assignment_of(&self, id: AccountId) -> RoleAssignmentId {
        let context = &self.server.context;
        if id != self.owner.account {
            testing::give_role(context, id, BuiltInRole::Auditor, None).await;
        }
        let found = role_assignments::Entity::find()
            .filter(role_assignments::Column::AccountId.eq(id))
            .one(context.database.read())
            .await;
        found.unwrap().unwrap().id
    }
}

fn json(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}

async fn auditor_role(context: &Context) -> RoleId {
    domain::stores::built_in_role(context.database.read(), BuiltInRole::Auditor).await.unwrap()
}

async fn join(context: &Context, organization: OrganizationId, account: AccountId) {
    let row = organization_memberships::ActiveModel {
        organization_id: Set(organization),
        account_id: Set(account),
        added_at: Set(context.now()),
    };
    let transaction = context.database.begin().await.unwrap();
    organization_memberships::Entity::insert(row).exec_without_returning(&transaction).await.unwrap();
    transaction.commit().await.unwrap();
}

#[test]
fn every_server_function_is_in_the_table() {
    let registered: BTreeSet<_> = server_fn_paths().map(|(path, _)| path).collect();
    let decided: BTreeSet<_> = TABLE.iter().map(|(path, _)| *path).filter(|path| !path.contains('{')).collect();
    assert!(!registered.is_empty());
    assert_eq!(registered, decided, "add the function to TABLE: who may call it?");
}

#[tokio::test]
async fn everybody_gets_the_answer_that_is_theirs() {
    let world = World::new().await;
    let mut wrong = Vec::new();
    for (at, (path, expected)) in TABLE.iter().enumerate() {
        for (case, expected) in CASES.into_iter().zip(expected) {
            let target = world.target(case, &format!("target.{at}.{case:?}").to_lowercase()).await;
            let path = path.replace("{*unknown}", "nowhere");
            let answer = world.call(case, &path, target).await;
            if answer.status.as_u16() != *expected {
                wrong.push(format!("{case:?} {path}: {} instead of {expected}: {}", answer.status, answer.text()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_list_shows_nobody_out_of_reach() {
    let world = World::new().await;
    let within = world.target(Case::HelpDeskWithin, "within").await;
    let beyond = world.target(Case::HelpDeskBeyond, "beyond").await;
    let answer = world.call(Case::HelpDeskWithin, ListUsers::PATH, within).await;
    let shown: Vec<_> = answer.json::<UserPage>().rows.iter().map(|row| row.id).collect();
    assert_eq!(shown, [within]);
    assert!(!answer.text().contains("beyond"));
    // The answer for somebody out of reach is, to the letter, the one for nobody.
    let theirs = world.call(Case::HelpDeskBeyond, UserProfile::PATH, beyond).await;
    let nobodys = serde_json::json!({ "id": "0190a000-0000-7000-8000-000000000000" });
    let session = world.session(Case::HelpDeskBeyond).await;
    let nobodys = world.server.post_json(session.as_deref(), UserProfile::PATH, &nobodys).await;
    assert_eq!((theirs.status, theirs.text()), (nobodys.status, nobodys.text()));
}

#[tokio::test]
async fn bulk_work_skips_who_holds_more() {
    let world = World::new().await;
    let answer = world.call(Case::AdministratorOnOwner, StartBulk::PATH, world.owner.account).await;
    let report: BulkReport = answer.json();
    assert_eq!((report.done, report.skipped), (0, 1));
    assert_eq!(testing::account(&world.server.context, world.owner.account).await.disabled_at, None);
}

/// Who a page is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reader {
    Anybody,
    SignedIn,
    Staff,
    /// A file, or where one goes: refused by status, nobody is sent to sign in.
    Download,
}

/// Every route that is not a server function.
const ROUTES: [(&str, Reader); 43] = [
    ("/", Reader::Anybody),
    ("/healthz", Reader::Anybody),
    ("/readyz", Reader::Anybody),
    ("/{}/{{*file}}", Reader::Anybody),
    ("/api/{*unknown}", Reader::Anybody),
    ("/login", Reader::Anybody),
    ("/logout", Reader::Anybody),
    ("/setup", Reader::Anybody),
    ("/account", Reader::SignedIn),
    ("/account/security", Reader::SignedIn),
    ("/account/sessions", Reader::SignedIn),
    ("/account/sessions/end-others", Reader::SignedIn),
    ("/admin", Reader::Staff),
    ("/admin/", Reader::Staff),
    ("/admin/users", Reader::Staff),
    ("/admin/users/{id}", Reader::Staff),
    ("/admin/users/{id}/{tab}", Reader::Staff),
    ("/admin/jobs", Reader::Staff),
    ("/admin/{*any}", Reader::Staff),
    ("/admin/users/", Reader::Staff),
    ("/admin/jobs/", Reader::Staff),
    ("/admin/audit", Reader::Staff),
    ("/admin/audit/", Reader::Staff),
    ("/admin/audit/export", Reader::Staff),
    ("/admin/groups", Reader::Staff),
    ("/admin/groups/", Reader::Staff),
    ("/admin/groups/{id}", Reader::Staff),
    ("/admin/groups/{id}/", Reader::Staff),
    ("/admin/organizations", Reader::Staff),
    ("/admin/organizations/", Reader::Staff),
    ("/admin/organizations/{id}", Reader::Staff),
    ("/admin/organizations/{id}/", Reader::Staff),
    ("/admin/roles", Reader::Staff),
    ("/admin/roles/", Reader::Staff),
    ("/admin/roles/{id}", Reader::Staff),
    ("/admin/roles/{id}/", Reader::Staff),
    ("/admin/users/import", Reader::Staff),
    ("/admin/users/import/", Reader::Staff),
    ("/admin/users/recycle-bin", Reader::Staff),
    ("/admin/users/recycle-bin/", Reader::Staff),
    // Not pages: see `downloads_…`.
    ("/admin/users/import/template.csv", Reader::Download),
    ("/admin/users/import/upload", Reader::Download),
    ("/admin/jobs/{id}/result.csv", Reader::Download),
];

#[test]
fn every_route_is_in_the_table() {
    let decided: BTreeSet<_> = ROUTES.iter().map(|(path, _)| (*path).to_owned()).collect();
    let mut mounted: BTreeSet<_> =
        server::http::console::routes().iter().map(|route| route.path().to_owned()).collect();
    assert!(mounted.iter().all(|path| path.starts_with("/admin")), "{mounted:?}");
    collect_routes(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut mounted);
    let missing: Vec<_> = mounted.difference(&decided).collect();
    assert!(missing.is_empty(), "add to ROUTES, with who may see it: {missing:?}");
}

/// The paths in `.route("…` of the sources: axum does not list them.
fn collect_routes(folder: &Path, into: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            collect_routes(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = std::fs::read_to_string(&path).unwrap();
            for start in [".route(\"", ".route(&format!(\""] {
                into.extend(source.split(start).skip(1).filter_map(|rest| Some(rest.split('"').next()?.to_owned())));
            }
        }
    }
}

#[tokio::test]
async fn every_page_is_for_its_readers_only() {
    let world = World::new().await;
    let target = world.target(Case::HelpDeskWithin, "within").await.to_string();
    for (route, reader) in ROUTES {
        let path = route
            .replace("/{}/{{*file}}", "/pkg/roster.css")
            .replace("{id}", &target)
            .replace("{tab}", "attributes")
            .replace("{*any}", "nowhere")
            .replace("{*unknown}", "nowhere");
        let anonymous = world.server.get(&path).await;
        let sent_away = anonymous.status == StatusCode::SEE_OTHER && anonymous.location().starts_with("/login");
        // A trailing slash first leads to the page itself.
        let moved = anonymous.status == StatusCode::PERMANENT_REDIRECT;
        if reader == Reader::Download {
            continue;
        }
        let open = path == "/" || reader == Reader::Anybody;
        assert!(open || sent_away || moved, "{path} for anybody: {}", anonymous.status);
        let account = world.server.get_as(&world.account, &path).await;
        match reader {
            Reader::Staff => {
                assert!(account.status == StatusCode::FORBIDDEN || moved, "{path} for an account: {}", account.status)
            }
            Reader::SignedIn => assert!(account.status.is_success(), "{path} for an account: {}", account.status),
            Reader::Anybody | Reader::Download => {}
        }
    }
}

#[tokio::test]
async fn the_console_shows_a_help_desk_only_its_own_people() {
    let world = World::new().await;
    let within = world.target(Case::HelpDeskWithin, "within").await;
    let beyond = world.target(Case::HelpDeskBeyond, "beyond").await;
    for tab in ["attributes", "groups", "roles", "sessions", "activity"] {
        let page = world.server.get_as(&world.help_desk_of_a, &format!("/admin/users/{within}/{tab}")).await;
        assert_eq!(page.status, StatusCode::OK, "{tab}");
        let page = world.server.get_as(&world.help_desk_of_a, &format!("/admin/users/{beyond}/{tab}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{tab}");
        assert!(!page.text().contains("beyond"), "{tab}");
    }
    let list = world.server.get_as(&world.help_desk_of_a, "/admin/users").await;
    assert!(list.text().contains("within@example.com") && !list.text().contains("beyond@example.com"));
}

/// D5 as an attack: every function, with the id of somebody beyond and with nobody's, answers the
/// same to the letter, and never with anything of theirs.
#[tokio::test]
async fn somebody_beyond_and_nobody_are_answered_alike() {
    let world = World::new().await;
    let session = world.session(Case::HelpDeskBeyond).await;
    let context = &world.server.context;
    let mut wrong = Vec::new();
    for (at, (path, _)) in TABLE.iter().filter(|(path, _)| !path.contains('{')).enumerate() {
        let beyond = world.target(Case::HelpDeskBeyond, &format!("zebulon.{at}")).await;
        let nobody = AccountId(context.id());
        let theirs = world.body(Case::HelpDeskBeyond, path, beyond).await;
        let nobodys = theirs.to_string().replace(&beyond.to_string(), &nobody.to_string());
        let nobodys: Value = serde_json::from_str(&nobodys).unwrap();
        let named = theirs != nobodys;
        let theirs = world.server.post_json(session.as_deref(), path, &theirs).await;
        let nobodys = world.server.post_json(session.as_deref(), path, &nobodys).await;
        if named && (theirs.status, theirs.text()) != (nobodys.status, nobodys.text()) {
            wrong.push(format!("{path}: {} instead of {}", theirs.text(), nobodys.text()));
        }
        if theirs.text().contains("zebulon") {
            wrong.push(format!("{path} tells: {}", theirs.text()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// D5 once more, by what can be guessed and searched: names, addresses, groups shared with others,
/// roles, the log, its export, and the pages' addresses.
#[tokio::test]
async fn searching_and_guessing_find_nobody_beyond() {
    let world = World::new().await;
    let context = &world.server.context;
    let session = world.session(Case::HelpDeskBeyond).await.unwrap();
    let within = world.target(Case::HelpDeskWithin, "within").await;
    let beyond = world.target(Case::HelpDeskBeyond, "zebulon").await;
    testing::give_role(context, beyond, BuiltInRole::Auditor, Some(world.organization_b)).await;
    let shared = Unit::Group(testing::group(context, "Shared", &[within, beyond]).await);
    let beyond_form = AccountForm { phone: "+41446681800".into(), ..testing::form("zebulon") };
    let version = testing::account(context, beyond).await.version;
    domain::users::edit(context, &world.owner, beyond, &beyond_form, version).await.unwrap();
    let filter = |q: &str| Filter { q: q.into(), ..Filter::default() };
    let position = || Position::First;
    let searches =
        ["zebulon", "zeb", "ze", "zebulon@example.com", "+41446681800", &beyond.to_string()].map(str::to_owned);
    for q in searches {
        let state = ListState { filter: filter(&q), ..ListState::default() };
        let (_, page) = world.server.call(Some(&session), &ListUsers { state }).await;
        let page = page.unwrap();
        assert_eq!((page.rows.len(), page.count), (0, MatchCount::Exactly(0)), "{q}");
        let selection = Selection::Matching(filter(&q));
        let count = CountSelection { action: BulkAction::Disable, selection };
        assert_eq!(world.server.call(Some(&session), &count).await.1.unwrap(), 0, "{q}");
        let members = UnitMembers { unit: shared, q: q.clone(), position: position() };
        let page = world.server.call(Some(&session), &members).await.1.unwrap();
        assert_eq!((page.rows.len(), page.count), (0, MatchCount::Exactly(0)), "{q}");
        let nobody = if q.contains('@') { "nobody@example.com".to_owned() } else { context.id().to_string() };
        for answers in [
            [
                AuditFilter { subject: q.clone(), ..Default::default() },
                AuditFilter { subject: nobody.clone(), ..Default::default() },
            ],
            [
                AuditFilter { actor: q.clone(), ..Default::default() },
                AuditFilter { actor: nobody.clone(), ..Default::default() },
            ],
        ] {
            let [theirs, nobodys] = answers;
            let theirs =
                world.server.call(Some(&session), &SearchAudit { filter: theirs, older: None }).await.1.unwrap();
            let nobodys =
                world.server.call(Some(&session), &SearchAudit { filter: nobodys, older: None }).await.1.unwrap();
            assert_eq!((theirs.rows.len(), theirs.notices.len()), (nobodys.rows.len(), nobodys.notices.len()), "{q}");
        }
    }
    let members = MemberReportBy { world: &world, session: &session };
    assert_eq!(members.add(shared, beyond).await, members.add(shared, AccountId(context.id())).await);
    assert_eq!(members.remove(shared, beyond).await, members.remove(shared, AccountId(context.id())).await);
    let nobody = AccountId(context.id());
    for page in [
        format!("/admin/users/{beyond}"),
        format!("/admin/users/{beyond}/sessions"),
        shared.path(),
        format!("/admin/organizations/{}", world.organization_b),
        format!("/admin/roles/{}", world.auditor_role),
        "/admin/organizations".to_owned(),
        "/admin/audit".to_owned(),
        format!("/admin/audit?subject={beyond}"),
        "/admin/audit/export".to_owned(),
        format!("/admin/audit/export?format=json&subject={beyond}"),
        "/admin".to_owned(),
    ] {
        let theirs = world.server.get_as(&session, &page).await;
        assert!(!theirs.text().contains("zebulon"), "{page}");
        let nobodys = world.server.get_as(&session, &page.replace(&beyond.to_string(), &nobody.to_string())).await;
        assert_eq!(theirs.status, nobodys.status, "{page}");
    }
    assert_eq!(testing::account(context, beyond).await.disabled_at, None);
}

/// Adds and removes members as somebody.
struct MemberReportBy<'a> {
    world: &'a World,
    session: &'a str,
}

impl MemberReportBy<'_> {
    async fn add(&self, unit: Unit, account: AccountId) -> MemberReport {
        let input = AddMembers { unit, accounts: vec![account] };
        self.world.server.call(Some(self.session), &input).await.1.unwrap()
    }

    async fn remove(&self, unit: Unit, account: AccountId) -> MemberReport {
        let input = RemoveMembers { unit, accounts: vec![account] };
        self.world.server.call(Some(self.session), &input).await.1.unwrap()
    }
}

/// The export streams what the search finds, and is for those who may search.
#[tokio::test]
async fn the_log_is_exported_as_it_is_searched() {
    let world = World::new().await;
    let owner = world.session(Case::Owner).await.unwrap();
    let csv = world.server.get_as(&owner, "/admin/audit/export?kind=account.created").await;
    assert_eq!((csv.status, csv.header("content-type")), (StatusCode::OK, "text/csv; charset=utf-8"));
    assert!(csv.header("content-disposition").contains("audit-log.csv"));
    let lines: Vec<_> = csv.text().lines().collect();
    assert!(lines[0].starts_with("time,event,outcome,actor_id,actor") && lines.len() > 3);
    assert!(lines[1..].iter().all(|line| line.contains(",account.created,done,")));
    let json = world.server.get_as(&owner, "/admin/audit/export?format=json&kind=account.created").await;
    let rows: Vec<Value> = json.json();
    assert_eq!(rows.len(), lines.len() - 1);
    let none: Vec<Value> = world.server.get_as(&owner, "/admin/audit/export?format=json&ip=203.0.113.9").await.json();
    assert!(none.is_empty());
}
#[tokio::test]
async fn downloads_and_uploads_are_for_whoever_may() {
    let world = World::new().await;
    // The statuses, in the order of `CASES`.
    let table: [(String, [u16; 9]); 3] = [
        (format!("/admin/jobs/{}/result.csv", world.job), [401, 403, 200, 200, 404, 404, 200, 200, 200]),
        (format!("/admin/jobs/{}/result.csv", world.dry_run), [401, 403, 404, 404, 404, 404, 404, 404, 200]),
        ("/admin/users/import/template.csv".into(), [401, 403, 200, 200, 200, 200, 200, 200, 200]),
    ];
    for (path, expected) in table {
        for (case, expected) in CASES.into_iter().zip(expected) {
            let answer = match world.session(case).await {
                Some(session) => world.server.get_as(&session, &path).await,
                None => world.server.get(&path).await,
            };
            assert_eq!(answer.status.as_u16(), expected, "{case:?} {path}: {}", answer.text());
        }
    }
    let statuses = [401, 403, 403, 403, 403, 403, 200, 200, 200];
    for (case, expected) in CASES.into_iter().zip(statuses) {
        let session = world.session(case).await;
        let path = "/admin/users/import/upload?name=people.csv";
        let answer = world.server.post_bytes(session.as_deref(), path, b"email\nada@example.com\n".to_vec()).await;
        assert_eq!(answer.status.as_u16(), expected, "{case:?} {path}: {}", answer.text());
    }
}
