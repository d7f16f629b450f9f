//! Who may call what: every server function and every route, by everybody who might try.
//!
//! A function or route that is missing here fails the test: nobody adds one without deciding this
//! (after oxidecomputer/omicron's `unauthorized_coverage`).

use app::admin::api::GetViewer;
use app::admin::audit::api::SearchAudit;
use app::admin::dashboard::api::GetDashboard;
use app::admin::directory::api::{
    AddMembers, CreateRole, CreateUnit, DeleteRole, DeleteUnit, EditRole, EditUnit, GrantablePermissions, GroupOptions,
    ListRoles, ListUnits, MemberCandidates, RemoveMembers, RoleHolders, UnitMembers, ViewRole, ViewUnit,
};
use app::admin::jobs::api::{CancelJob, CountSelection, JobProgress, ListJobs, StartBulk, UndoJob};
use app::admin::mail::api::{ListMail, ReadMail, RetryMail};
use app::admin::proof::api::{ConfirmIdentity, ProofWays};
use app::admin::settings::api::{GetCompliance, GetSettings, SaveSettings};
use app::admin::stores::api::{
    AddAttribute, ChangeAttribute, CreateStore, DeleteStore, GetAttributeLoss, GetStore, ListStores, OrderAttributes,
    RemoveAttribute, RenameStore,
};
use app::admin::users::api::{
    AddCodeAddress, AssignGroups, AssignRoles, AssignableGroups, AttributeDefinitions, ChangeSecondFactor, ChangeView,
    CopyActivationLink, CountMatching, CountUsers, CreateUser, DeleteView, EditUser, EndUserSession, EndUserSessions,
    GenerateBackupCode, GetAssignableRoles, GetExportProgress, GetFilterChoices, GroupChoices, InviteUser,
    ListSavedViews, ListSearchFields, ListUserDevices, ListUsers, RecycleBin, RememberColumns, RememberPageSize,
    RememberPin, RemoveAuthenticator, RemoveCodeAddress, RemoveGroups, RemoveRole, RemoveStandIn, RemoveUserDevice,
    SaveView, SetDeviceLimit, SetUserPassword, StartExport, UnlockUser, UserActivity, UserAuthenticators, UserGroups,
    UserProfile, UserRoles, UserSessions,
};
use app::admin::users::import::api::{ConfirmImport, DryRunImport, GetImportFile, ImportProblems};
use db::entities::{accounts, organization_memberships, role_assignments};
use domain::testing::{self, PASSWORD};
use domain::{Context, Staff};
use http::StatusCode;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::Value;
use server_fn::ServerFn;
use server_fn::axum::server_fn_paths;
use std::collections::BTreeSet;
use std::path::Path;
use types::accounts::{AccountForm, InviteForm};
use types::attributes::AttributeForm;
use types::audit::AuditFilter;
use types::authenticators::{FactorKind, StandIn};
use types::bulk::{BulkAction, BulkReport, Parameters, Selection};
use types::directory::{MemberReport, RoleForm, Unit, UnitForm, UnitKind};
use types::export::{ExportColumn, ExportFormat, ExportRequest};
use types::import::ImportPlan;
use types::permissions::BuiltInRole;
use types::saved_views::SavedViewForm;
use types::settings::{AlternateLogin, Section, SectionName};
use types::user_list::{Filter, ListState, MatchCount, PageSize, Position, UserPage};
use types::{
    AccountId, AttributeId, AuthenticatorId, DeviceId, GroupId, JobId, MessageId, OrganizationId, Permission,
    RoleAssignmentId, RoleId, SessionId, StoreId,
};

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

const TABLE: &[Row] = &[
    // Any staff; what they see is their scope's.
    (GetViewer::PATH, [401, 403, 200, 200, 200, 200, 200, 200, 200]),
    (ProofWays::PATH, [401, 403, 200, 200, 200, 200, 200, 200, 200]),
    (ConfirmIdentity::PATH, [401, 403, 200, 200, 200, 200, 200, 200, 200]),
    (ListUsers::PATH, [401, 403, 200, 200, 200, 200, 200, 200, 200]),
    (CountMatching::PATH, [401, 403, 200, 200, 200, 200, 200, 200, 200]),
    (CountUsers::PATH, [401, 403, 200, 200, 200, 200, 200, 200, 200]),
    (GetFilterChoices::PATH, [401, 403, 200, 200, 200, 200, 200, 200, 200]),
    (RememberColumns::PATH, [401, 403, 200, 200, 200, 200, 200, 200, 200]),
    (ListSearchFields::PATH, [401, 403, 200, 200, 200, 200, 200, 200, 200]),
    (RememberPin::PATH, [401, 403, 200, 200, 200, 200, 200, 200, 200]),
    (ListSavedViews::PATH, [401, 403, 200, 200, 200, 200, 200, 200, 200]),
    (SaveView::PATH, [401, 403, 200, 200, 200, 200, 200, 200, 200]),
    // Of a shared view of an Owner's; the same for everybody who sees it.
    (ChangeView::PATH, [401, 403, 403, 403, 403, 403, 200, 200, 200]),
    (DeleteView::PATH, [401, 403, 403, 403, 403, 403, 200, 200, 200]),
    // Their own export; administrators have the permission.
    (StartExport::PATH, [401, 403, 403, 403, 403, 403, 200, 200, 200]),
    (GetExportProgress::PATH, [401, 403, 403, 403, 403, 403, 404, 404, 200]),
    (RememberPageSize::PATH, [401, 403, 200, 200, 200, 200, 200, 200, 200]),
    (ListJobs::PATH, [401, 403, 200, 200, 200, 200, 200, 200, 200]),
    (SearchAudit::PATH, [401, 403, 200, 200, 200, 200, 200, 200, 200]),
    (GetDashboard::PATH, [401, 403, 200, 200, 200, 200, 200, 200, 200]),
    // Whoever may look at the person.
    (UserProfile::PATH, [401, 403, 200, 200, 200, 404, 200, 200, 200]),
    (UserGroups::PATH, [401, 403, 200, 200, 200, 404, 200, 200, 200]),
    (UserRoles::PATH, [401, 403, 200, 200, 200, 404, 200, 200, 200]),
    (UserAuthenticators::PATH, [401, 403, 200, 200, 200, 404, 200, 200, 200]),
    (UserActivity::PATH, [401, 403, 200, 200, 200, 404, 200, 200, 200]),
    (UserSessions::PATH, [401, 403, 200, 200, 200, 404, 200, 200, 200]),
    (ListUserDevices::PATH, [401, 403, 200, 200, 200, 404, 200, 200, 200]),
    (AssignableGroups::PATH, [401, 403, 403, 200, 200, 404, 200, 200, 200]),
    (GroupChoices::PATH, [401, 403, 403, 200, 200, 200, 200, 200, 200]),
    // Whoever may change the person, who must not hold more.
    (EditUser::PATH, [401, 403, 403, 200, 200, 404, 200, 403, 200]),
    (UnlockUser::PATH, [401, 403, 403, 200, 200, 404, 200, 403, 200]),
    (EndUserSession::PATH, [401, 403, 403, 200, 200, 404, 200, 403, 200]),
    (EndUserSessions::PATH, [401, 403, 403, 200, 200, 404, 200, 403, 200]),
    (RemoveUserDevice::PATH, [401, 403, 403, 200, 200, 404, 200, 403, 200]),
    (SetDeviceLimit::PATH, [401, 403, 403, 200, 200, 404, 200, 403, 200]),
    (RemoveAuthenticator::PATH, [401, 403, 403, 200, 200, 404, 200, 403, 200]),
    (ChangeSecondFactor::PATH, [401, 403, 403, 200, 200, 404, 200, 403, 200]),
    (AddCodeAddress::PATH, [401, 403, 403, 200, 200, 404, 200, 403, 200]),
    (RemoveCodeAddress::PATH, [401, 403, 403, 200, 200, 404, 200, 403, 200]),
    (RemoveStandIn::PATH, [401, 403, 403, 200, 200, 404, 200, 403, 200]),
    (GenerateBackupCode::PATH, [401, 403, 403, 200, 200, 404, 200, 403, 200]),
    (AssignGroups::PATH, [401, 403, 403, 200, 200, 404, 200, 403, 200]),
    (RemoveGroups::PATH, [401, 403, 403, 200, 200, 404, 200, 403, 200]),
    // Administrators.
    (SetUserPassword::PATH, [401, 403, 403, 403, 403, 403, 200, 403, 200]),
    (CreateUser::PATH, [401, 403, 403, 403, 403, 403, 200, 200, 200]),
    (GetAssignableRoles::PATH, [401, 403, 403, 403, 403, 403, 200, 200, 200]),
    (AssignRoles::PATH, [401, 403, 403, 403, 403, 403, 200, 403, 200]),
    (RemoveRole::PATH, [401, 403, 403, 403, 403, 403, 200, 403, 200]),
    // Identity stores: everybody who sees users knows their attributes.
    (ListStores::PATH, [401, 403, 200, 200, 200, 200, 200, 200, 200]),
    (AttributeDefinitions::PATH, [401, 403, 200, 200, 200, 200, 200, 200, 200]),
    (GetStore::PATH, [401, 403, 200, 200, 403, 403, 200, 200, 200]),
    (CreateStore::PATH, [401, 403, 403, 403, 403, 403, 200, 200, 200]),
    (RenameStore::PATH, [401, 403, 403, 403, 403, 403, 200, 200, 200]),
    (DeleteStore::PATH, [401, 403, 403, 403, 403, 403, 200, 200, 200]),
    (AddAttribute::PATH, [401, 403, 403, 403, 403, 403, 200, 200, 200]),
    (ChangeAttribute::PATH, [401, 403, 403, 403, 403, 403, 200, 200, 200]),
    (GetAttributeLoss::PATH, [401, 403, 403, 403, 403, 403, 200, 200, 200]),
    (RemoveAttribute::PATH, [401, 403, 403, 403, 403, 403, 200, 200, 200]),
    (OrderAttributes::PATH, [401, 403, 403, 403, 403, 403, 200, 200, 200]),
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
    (UndoJob::PATH, [401, 403, 403, 403, 404, 404, 403, 403, 200]),
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
    (InviteUser::PATH, [401, 403, 403, 403, 403, 403, 200, 200, 200]),
    (CopyActivationLink::PATH, [401, 403, 403, 403, 403, 403, 200, 403, 200]),
    // Mail: the tests' installation has a mail server, so that nobody reads what is in it.
    (ListMail::PATH, [401, 403, 200, 200, 403, 403, 200, 200, 200]),
    (ReadMail::PATH, [401, 403, 403, 403, 403, 403, 403, 403, 403]),
    (RetryMail::PATH, [401, 403, 403, 200, 403, 403, 200, 200, 200]),
    // The installation's.
    (GetCompliance::PATH, [401, 403, 403, 403, 403, 403, 200, 200, 200]),
    (GetSettings::PATH, [401, 403, 403, 403, 403, 403, 200, 200, 200]),
    (SaveSettings::PATH, [401, 403, 403, 403, 403, 403, 200, 200, 200]),
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
        let plan = ImportPlan {
            import,
            store: None,
            columns,
            existing: types::import::Existing::Reject,
            group: None,
            role: None,
            organization: None,
            activation_mail: false,
        };
        let dry_run = domain::imports::start(&context, &owner, &plan, true).await.unwrap().job;
        let staff = async |name: &str, role, place| {
            let staff = testing::staff_with(&context, &owner, name, role, place).await;
            server.session_of(staff.account).await
        };
        testing::set(&context, &owner, |settings: &mut AlternateLogin| settings.security_codes_enabled = true).await;
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
        let mut session = self.session(case).await;
        if let Some(shared) = session.as_mut().filter(|_| path == ConfirmIdentity::PATH) {
            // A proof gives the session another token, so it has one of its own.
            let token = shared.trim_start_matches("roster_session=");
            let holder = domain::authority::authenticate(&self.server.context, token).await.unwrap();
            *shared = self.server.session_of(holder.account).await;
        }
        self.server.post_json(session.as_deref(), path, &body).await
    }

    /// Arguments that would work for somebody who may.
    async fn body(&self, case: Case, path: &str, id: AccountId) -> Value {
        let context = &self.server.context;
        let selection = || Selection::Accounts(vec![id]);
        let (groups, version) = (vec![self.group], testing::account(context, id).await.version);
        match path {
            path if path == GetViewer::PATH => json(&GetViewer {}),
            path if path == ProofWays::PATH => json(&ProofWays {}),
            path if path == ConfirmIdentity::PATH => json(&ConfirmIdentity { password: PASSWORD.into() }),
            path if path == ListUsers::PATH => json(&ListUsers { state: Default::default() }),
            path if path == CountMatching::PATH => json(&CountMatching { filter: Filter::default() }),
            path if path == CountUsers::PATH => json(&CountUsers { store: None }),
            path if path == GetFilterChoices::PATH => json(&GetFilterChoices { store: None }),
            path if path == RememberColumns::PATH => json(&RememberColumns { store: None, columns: None }),
            path if path == ListSearchFields::PATH => json(&ListSearchFields { store: None }),
            path if path == RememberPin::PATH => json(&RememberPin { key: "email".into(), pinned: true }),
            path if path == ListSavedViews::PATH => json(&ListSavedViews {}),
            path if path == SaveView::PATH => json(&SaveView { form: view_form(&id.to_string()) }),
            path if path == ChangeView::PATH || path == DeleteView::PATH => {
                let (form, version) = (view_form(&format!("{id} {path}")), 1);
                let view = domain::users::views::save(context, &self.owner, &form).await.unwrap();
                if path == ChangeView::PATH {
                    json(&ChangeView { id: view, form, version })
                } else {
                    json(&DeleteView { id: view, version })
                }
            }
            path if path == StartExport::PATH => json(&StartExport { request: export_of(selection()) }),
            path if path == GetExportProgress::PATH => {
                let request = export_of(selection());
                let export = domain::users::export::start(context, &self.owner, &request).await.unwrap();
                json(&GetExportProgress { export })
            }
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
            path if path == ListUserDevices::PATH => json(&ListUserDevices { id }),
            path if path == RemoveUserDevice::PATH => json(&RemoveUserDevice { id, device: self.device_of(id).await }),
            path if path == SetDeviceLimit::PATH => json(&SetDeviceLimit { id, limit: Some(3) }),
            path if path == SearchAudit::PATH => json(&SearchAudit { filter: AuditFilter::default(), older: None }),
            path if path == GetDashboard::PATH => json(&GetDashboard { store: None }),
            path if path == AssignableGroups::PATH => json(&AssignableGroups { id, q: String::new() }),
            path if path == EditUser::PATH => json(&EditUser { id, form: self.form_of(id).await, version }),
            path if path == UnlockUser::PATH => json(&UnlockUser { id }),
            path if path == EndUserSessions::PATH => json(&EndUserSessions { id }),
            path if path == UserAuthenticators::PATH => json(&UserAuthenticators { id }),
            path if path == RemoveAuthenticator::PATH => {
                json(&RemoveAuthenticator { id, authenticator: self.authenticator_of(id).await })
            }
            path if path == ChangeSecondFactor::PATH => {
                self.authenticator_of(id).await;
                json(&ChangeSecondFactor { id, kind: FactorKind::AuthenticatorApp })
            }
            path if path == AddCodeAddress::PATH => {
                json(&AddCodeAddress { id, kind: FactorKind::EmailCode, address: "codes@example.com".into() })
            }
            path if path == RemoveCodeAddress::PATH => {
                let kind = FactorKind::EmailCode;
                if id != self.owner.account {
                    domain::users::add_code_address(context, &self.owner, id, kind, "a@example.com").await.unwrap();
                }
                json(&RemoveCodeAddress { id, kind })
            }
            path if path == RemoveStandIn::PATH => {
                // A backup code has nothing to be made of before there is a second factor.
                if id != self.owner.account {
                    self.authenticator_of(id).await;
                    domain::authenticators::backup_code::generate(context, &self.owner, id).await.unwrap();
                }
                json(&RemoveStandIn { id, what: StandIn::BackupCode })
            }
            path if path == GenerateBackupCode::PATH => {
                self.authenticator_of(id).await;
                json(&GenerateBackupCode { id })
            }
            path if path == AssignGroups::PATH => json(&AssignGroups { id, groups }),
            path if path == RemoveGroups::PATH => json(&RemoveGroups { id, groups }),
            path if path == SetUserPassword::PATH => {
                json(&SetUserPassword { id, password: PASSWORD.into(), must_change: true })
            }
            path if path == CreateUser::PATH => {
                json(&CreateUser { store: None, form: testing::form(&format!("new.{id}")), groups })
            }
            path if path == ListStores::PATH => json(&ListStores {}),
            path if path == AttributeDefinitions::PATH => json(&AttributeDefinitions { store: None }),
            path if path == GetStore::PATH => json(&GetStore { id: self.new_store().await.0 }),
            path if path == CreateStore::PATH => json(&CreateStore { name: format!("Other {}", context.id()) }),
            path if path == RenameStore::PATH => {
                let (store, before) = self.new_store().await;
                let name = format!("Renamed {before}");
                json(&RenameStore { id: store, before, name })
            }
            path if path == DeleteStore::PATH => json(&DeleteStore { id: self.new_store().await.0 }),
            path if path == AddAttribute::PATH => {
                json(&AddAttribute { store: self.new_store().await.0, form: attribute_form() })
            }
            path if path == ChangeAttribute::PATH => {
                let (_, id) = self.new_attribute().await;
                let form = AttributeForm { label: "Changed".into(), ..attribute_form() };
                json(&ChangeAttribute { id, form, version: 1, agreed: true })
            }
            path if path == GetAttributeLoss::PATH => json(&GetAttributeLoss { id: self.new_attribute().await.1 }),
            path if path == RemoveAttribute::PATH => {
                json(&RemoveAttribute { id: self.new_attribute().await.1, version: 1 })
            }
            path if path == OrderAttributes::PATH => {
                let (store, attribute) = self.new_attribute().await;
                json(&OrderAttributes { store, attributes: vec![attribute] })
            }
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
            path if path == GetImportFile::PATH => json(&GetImportFile { id: self.plan.import, store: None }),
            path if path == DryRunImport::PATH => json(&DryRunImport { plan: self.plan.clone() }),
            path if path == ConfirmImport::PATH => json(&ConfirmImport { dry_run: self.dry_run }),
            path if path == ImportProblems::PATH => json(&ImportProblems { job: self.dry_run }),
            path if path == CancelJob::PATH => json(&CancelJob { job: self.job }),
            path if path == UndoJob::PATH => json(&UndoJob { job: self.job }),
            path if path.starts_with("/api/admin/directory/") => self.directory_body(case, path, id).await,
            path if path.starts_with("/api/admin/roles/") => self.roles_body(path).await,
            path if path == InviteUser::PATH => json(&InviteUser {
                form: InviteForm { email: format!("new.{}@example.com", context.id()), ..InviteForm::default() },
            }),
            path if path == CopyActivationLink::PATH => {
                self.not_onboarded(id).await;
                json(&CopyActivationLink { id })
            }
            path if path == ListMail::PATH => json(&ListMail { state: None, older: None }),
            path if path == ReadMail::PATH => json(&ReadMail { id: self.mail().await }),
            path if path == RetryMail::PATH => json(&RetryMail { id: self.mail().await }),
            path if path == GetCompliance::PATH => json(&GetCompliance { store: None }),
            path if path == GetSettings::PATH => json(&GetSettings { store: None, section: SectionName::Onboarding }),
            path if path == SaveSettings::PATH => {
                let store = domain::stores::default_store(context.database.read()).await.unwrap();
                let section = Section::default_of(SectionName::Onboarding);
                json(&SaveSettings { store, before: section.clone(), now: section })
            }
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
        let form = RoleForm { name, permissions, ..RoleForm::default() };
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

    /// An empty store, and its name.
    async fn new_store(&self) -> (StoreId, String) {
        let context = &self.server.context;
        let name = format!("Store {}", context.id());
        (domain::stores::create(context, &self.owner, &name).await.unwrap(), name)
    }

    async fn new_attribute(&self) -> (StoreId, AttributeId) {
        let (store, _) = self.new_store().await;
        (store, domain::attributes::add(&self.server.context, &self.owner, store, &attribute_form()).await.unwrap())
    }

    /// Takes the way in from everybody but Owners, who are asked about as they are.
    async fn not_onboarded(&self, id: AccountId) {
        if id == self.owner.account {
            return;
        }
        let transaction = self.server.context.database.begin().await.unwrap();
        let row = accounts::ActiveModel { onboarded_at: Set(None), ..Default::default() };
        accounts::Entity::update_many().set(row).filter(accounts::Column::Id.eq(id)).exec(&transaction).await.unwrap();
        transaction.commit().await.unwrap();
    }

    /// A mail that waits to be sent.
    async fn mail(&self) -> MessageId {
        let context = &self.server.context;
        let person = testing::onboarded(context, &self.owner, &context.id().to_string()).await;
        testing::bulk(context, &self.owner, BulkAction::SendWelcome, &[person]).await;
        testing::messages(context).await.into_iter().rfind(|row| row.state == "queued").unwrap().id
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

    async fn device_of(&self, id: AccountId) -> DeviceId {
        let context = &self.server.context;
        testing::session(context, id).await;
        domain::devices::of_user(context, &self.owner, id).await.unwrap().devices[0].id
    }

    /// A second factor that the person has.
    async fn authenticator_of(&self, id: AccountId) -> AuthenticatorId {
        let context = &self.server.context;
        testing::app(context, id).await;
        let holder = testing::holder(context, id).await;
        domain::authenticators::of_account(context, &holder).await.unwrap().factors[0].id
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

fn attribute_form() -> AttributeForm {
    AttributeForm { key: "team".into(), label: "Team".into(), ..AttributeForm::default() }
}

fn view_form(name: &str) -> SavedViewForm {
    SavedViewForm { name: name.into(), state: Default::default(), is_shared: true }
}

fn export_of(selection: Selection) -> ExportRequest {
    ExportRequest { format: ExportFormat::Csv, store: None, columns: vec![ExportColumn::Email], selection }
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
        ..Default::default()
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
const ROUTES: &[(&str, Reader)] = &[
    ("/", Reader::Anybody),
    ("/healthz", Reader::Anybody),
    ("/readyz", Reader::Anybody),
    ("/{}/{{*file}}", Reader::Anybody),
    ("/api/{*unknown}", Reader::Anybody),
    ("/login", Reader::Anybody),
    // Without a sign-in that waits for them, they lead to where one begins.
    ("/login/passkey", Reader::Anybody),
    ("/login/passkey/question", Reader::Anybody),
    ("/login/second-factor", Reader::Anybody),
    ("/login/second-factor/question", Reader::Anybody),
    ("/login/new-password", Reader::Anybody),
    ("/login/set-up-second-factor", Reader::Anybody),
    ("/login/set-up-second-factor/skip", Reader::Anybody),
    ("/login/set-up-passkey", Reader::Anybody),
    ("/login/set-up-passkey/question", Reader::Anybody),
    ("/login/second-factor/send", Reader::Anybody),
    ("/login/set-up-code", Reader::Anybody),
    ("/login/forgot-phone", Reader::Anybody),
    ("/login/device-limit", Reader::Anybody),
    ("/password-strength", Reader::Anybody),
    ("/logout", Reader::Anybody),
    ("/setup", Reader::Anybody),
    ("/activate", Reader::Anybody),
    ("/activate/again", Reader::Anybody),
    ("/forgot-password", Reader::Anybody),
    ("/reset-password", Reader::Anybody),
    ("/confirm-email", Reader::Anybody),
    ("/account", Reader::SignedIn),
    ("/account/email", Reader::SignedIn),
    ("/account/email/withdraw", Reader::SignedIn),
    ("/account/security", Reader::SignedIn),
    ("/account/privacy", Reader::SignedIn),
    ("/account/download", Reader::SignedIn),
    ("/account/security/authenticator-app", Reader::SignedIn),
    ("/account/security/passkey", Reader::SignedIn),
    ("/account/security/passkey/question", Reader::SignedIn),
    ("/account/security/rename", Reader::SignedIn),
    ("/account/security/default", Reader::SignedIn),
    ("/account/security/remove", Reader::SignedIn),
    ("/account/security/reset-two-factor", Reader::SignedIn),
    ("/account/security/codes", Reader::SignedIn),
    ("/account/security/codes-by", Reader::SignedIn),
    ("/account/security/questions", Reader::SignedIn),
    ("/account/security/questions/remove", Reader::SignedIn),
    ("/account/security/alternate-email", Reader::SignedIn),
    ("/account/security/alternate-email/remove", Reader::SignedIn),
    ("/account/security/forgot-phone", Reader::SignedIn),
    ("/account/mobile", Reader::SignedIn),
    ("/account/confirm/question", Reader::SignedIn),
    ("/account/confirm", Reader::SignedIn),
    ("/account/activity", Reader::SignedIn),
    ("/account/activity/not-me", Reader::SignedIn),
    ("/account/sessions", Reader::SignedIn),
    ("/account/sessions/end-others", Reader::SignedIn),
    ("/account/sessions/remove-device", Reader::SignedIn),
    // Where there is none, it leads to one's own account.
    ("/account/impersonation", Reader::Anybody),
    ("/admin", Reader::Staff),
    ("/admin/", Reader::Staff),
    ("/admin/exports/{id}", Reader::Staff),
    ("/admin/users", Reader::Staff),
    ("/admin/users/{id}", Reader::Staff),
    ("/admin/users/{id}/{tab}", Reader::Staff),
    ("/admin/users/{id}/download", Reader::Staff),
    ("/admin/users/{id}/impersonate", Reader::Staff),
    ("/admin/jobs", Reader::Staff),
    ("/admin/stores", Reader::Staff),
    ("/admin/stores/{id}", Reader::Staff),
    ("/admin/mail", Reader::Staff),
    ("/admin/mail/", Reader::Staff),
    ("/admin/settings", Reader::Staff),
    ("/admin/settings/", Reader::Staff),
    ("/admin/settings/{section}", Reader::Staff),
    ("/admin/settings/compliance", Reader::Staff),
    ("/admin/settings/onboarding", Reader::Staff),
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
    for &(route, reader) in ROUTES {
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
    for tab in ["attributes", "groups", "roles", "authenticators", "sessions", "devices", "activity"] {
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
        // Answers with the id of what it has made.
        let named = named && *path != SaveView::PATH;
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
        assert_eq!((page.rows.len(), page.count), (0, Some(MatchCount::Exactly(0))), "{q}");
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
    assert!(lines[0].starts_with("id,time,event,outcome,actor_id,actor") && lines.len() > 3);
    assert!(lines[0].ends_with(",browser,session,changes,note"));
    assert!(lines[1..].iter().all(|line| line.contains(",account.created,done,")));
    let json = world.server.get_as(&owner, "/admin/audit/export?format=json&kind=account.created").await;
    let rows: Vec<Value> = json.json();
    assert_eq!(rows.len(), lines.len() - 1);
    for row in &rows {
        let (id, session) = (row["id"].as_str().unwrap(), row["session"].as_str().unwrap_or_default());
        let line = lines.iter().find(|line| line.starts_with(&format!("{id},"))).unwrap();
        assert!(line.contains(&format!(",{session},")), "{line}");
    }
    assert!(rows.iter().any(|row| row["session"].is_string()));
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

/// A11: in somebody's place every function and route is closed but reading the pages of their account
/// and ending it. Whoever adds one finds it closed here.
#[tokio::test]
async fn in_somebodys_place_one_reads_their_account_and_nothing_else() {
    const OPEN: [&str; 6] = [
        "/account",
        "/account/security",
        "/account/sessions",
        "/account/activity",
        "/account/privacy",
        "/account/impersonation",
    ];
    let world = World::new().await;
    let context = &world.server.context;
    // An administrator, so that nothing is refused for want of authority in their own account.
    let ada = testing::staff_with(context, &world.owner, "ada", BuiltInRole::Administrator, None).await.account;
    testing::app(context, ada).await;
    let form = types::impersonation::ImpersonationForm { reason: "Test".into(), notify: false };
    let begun = domain::impersonation::begin(context, &world.owner, ada, &form).await.unwrap();
    let cookie = format!("roster_impersonation={}", begun.token.expose());
    // With and without the staff member's own session beside it: it is no way round.
    let own = world.session(Case::Owner).await.unwrap();
    let mut wrong = Vec::new();
    for cookie in [cookie.clone(), format!("{own}; {cookie}")] {
        for (at, (path, _)) in TABLE.iter().filter(|(path, _)| !path.contains('{')).enumerate() {
            let target = world.target(Case::Owner, &format!("in.place.{at}.{}", cookie.len())).await;
            let body = world.body(Case::Owner, path, target).await;
            let answer = world.server.post_json(Some(&cookie), path, &body).await;
            if answer.status != StatusCode::FORBIDDEN {
                wrong.push(format!("POST {path}: {}", answer.status));
            }
        }
        for &(route, _) in ROUTES {
            let path = route
                .replace("/{}/{{*file}}", "/pkg/roster.css")
                .replace("{id}", &ada.to_string())
                .replace("{tab}", "attributes")
                .replace("{*any}", "nowhere")
                .replace("{*unknown}", "nowhere");
            let page = world.server.get_as(&cookie, &path).await;
            let is_open = OPEN.contains(&path.as_str()) || matches!(&*path, "/healthz" | "/readyz" | "/pkg/roster.css");
            let expected = if is_open { StatusCode::OK } else { StatusCode::FORBIDDEN };
            if page.status != expected {
                wrong.push(format!("GET {path}: {}", page.status));
            }
            if path.starts_with("/account") && is_open && !page.text().contains("End impersonation") {
                wrong.push(format!("GET {path} without the banner"));
            }
            if path != "/account/impersonation" {
                let posted =
                    world.server.submit(&path, Some(&cookie), &[("reason", "x"), ("password", PASSWORD)]).await;
                if posted.status != StatusCode::FORBIDDEN {
                    wrong.push(format!("POST {path}: {}", posted.status));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Nothing of it has changed anything: it still goes on, and the account is as it was.
    assert!(domain::authority::authenticate(context, begun.token.expose()).await.is_ok());
    assert!(testing::account(context, ada).await.second_factor.is_some());
    let ended = world.server.submit("/account/impersonation", Some(&cookie), &[]).await;
    assert_eq!(ended.location(), format!("/admin/users/{ada}/attributes"));
    assert!(domain::authority::authenticate(context, begun.token.expose()).await.is_err());
}
