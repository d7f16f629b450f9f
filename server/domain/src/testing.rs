//! What tests stand on: a fresh SQLite file and a fresh PostgreSQL database for each, a clock that
//! is moved by hand, randomness that repeats, and people made through the public verbs.
//!
//! The PostgreSQL cluster is thrown away: made on first use in a temporary folder, reached by a
//! socket there, and ended when this process ends, however it ends.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use db::entities::{
    accounts, events, group_memberships, groups, identity_stores, messages as message_rows, one_time_codes,
    organization_memberships, organizations, role_assignments, roles, security_questions, sessions as session_rows,
    setting_secrets, settings as setting_rows,
};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    Statement,
};
use types::accounts::AccountForm;
use types::attributes::{AttributeForm, AttributeKind};
use types::audit::AuditFilter;
use types::authenticators::Method;
use types::bulk::{Asks, BulkAction, BulkReport, Parameters, Selection};
use types::events::{EventKind, EventPage};
use types::permissions::BuiltInRole;
use types::settings::Settings;
use types::{
    AccountId, AttributeId, GroupId, OrganizationId, Permission, RoleAssignmentId, RoleId, StoreId, Timestamp,
};

use crate::authenticators::passkey::{self, Passkeys, software::Device};
use crate::authenticators::{self, authenticator_app};
use crate::authority::authenticate;
use crate::clock::Clock;
use crate::messages::{Alert, Content, Mailing};
use crate::passwords::Hasher;
use crate::random::Random;
use crate::sealing::Sealer;
use crate::sessions::NewSession;
use crate::{Context, Database, Error, Holder, Origin, Roster, Staff, jobs, sessions, settings, setup, stores, users};

/// 2026-11-22T04:16:39Z: when every test begins.
pub const START: Timestamp = Timestamp(1_795_320_999_000);

/// A password that the rules take.
pub const PASSWORD: &str = "correct horse battery staple";

static DATABASES: AtomicU64 = AtomicU64::new(0);

/// Runs the test on a fresh SQLite database and then on a fresh PostgreSQL one.
pub async fn on_both<F: Future<Output = ()>>(test: impl Fn(Context) -> F) {
    let sqlite = sqlite().await;
    test(sqlite.context.clone()).await;
    test(postgres().await).await;
}

/// A migrated SQLite database in a folder that goes with the value.
pub struct Sqlite {
    pub context: Context,
    folder: PathBuf,
}

impl Sqlite {
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn number() -> u64 {
    DATABASES.fetch_add(1, Ordering::SeqCst)
}

pub async fn sqlite() -> Sqlite {
    let folder = std::env::temp_dir().join(format!("roster-test-{}-{}", std::process::id(), number()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    let url = format!("sqlite:{}/roster.db", folder.display());
    let context = context(Database::open(&url).await.expect("a SQLite file"));
    context.migrate().await.expect("migrations on SQLite");
    Sqlite { context, folder }
}

pub async fn postgres() -> Context {
    let url = cluster().new_database().await;
    let context = context(Database::open(&url).await.expect("PostgreSQL"));
    context.migrate().await.expect("migrations on PostgreSQL");
    context
}

/// The address of a fresh, empty PostgreSQL database.
pub async fn postgres_url() -> String {
    cluster().new_database().await
}

fn context(database: Database) -> Context {
    let roster = Roster {
        database,
        clock: Clock::fixed(START),
        random: Random::seeded(number()),
        hasher: Hasher::quick(),
        mailing: Mailing::new("https://id.example.com", true),
        sealer: Sealer::new(&[7; 32]),
        default_store: std::sync::Arc::default(),
        passkeys: Passkeys::new("https://id.example.com"),
    };
    let origin = Origin {
        ip: Some("192.0.2.1".into()),
        browser: Some("Chrome on Linux".into()),
        place: Some("Zürich, Switzerland".into()),
        country: Some("CH".into()),
        device: None,
    };
    Context { roster, origin }
}

struct Cluster {
    folder: PathBuf,
    _keeper: Child,
}

fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(Cluster::start)
}

/// Makes the cluster, starts it, and ends it when its standard input closes: when the tests end.
const KEEPER: &str = r#"
    set -e
    "$1/initdb" --pgdata="$2/data" --auth=trust --username=postgres --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$2/log" 2>&1
    "$1/pg_ctl" --pgdata="$2/data" --log="$2/log" --wait start --options="-c listen_addresses='' \
        -c unix_socket_directories='$2' -c fsync=off -c max_connections=500 -c shared_buffers=64MB" >>"$2/log" 2>&1
    echo ready
    cat >/dev/null || true
    "$1/pg_ctl" --pgdata="$2/data" --mode=immediate stop >/dev/null 2>&1 || true
    rm -rf "$2"
"#;

impl Cluster {
    fn start() -> Self {
        let programs = programs().expect("PostgreSQL's server programs are missing: run `make setup`");
        let folder = std::env::temp_dir().join(format!("roster-postgres-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        // PostgreSQL refuses to run as root; its Debian package makes this user.
        let as_root = std::fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0);
        let mut command = if as_root {
            std::os::unix::fs::chown(&folder, Some(user_id("postgres")), None).expect("the user postgres");
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--", "sh", "-c", KEEPER, "keeper"]);
            command
        } else {
            let mut command = Command::new("sh");
            command.args(["-c", KEEPER, "keeper"]);
            command
        };
        let mut keeper = command
            .arg(&programs)
            .arg(&folder)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut ready = String::new();
        let stdout = keeper.stdout.take().expect("its output");
        std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut ready).expect("its output");
        assert_eq!(
            ready.trim(),
            "ready",
            "PostgreSQL did not start: {}",
            std::fs::read_to_string(folder.join("log")).unwrap_or_default()
        );
        Self { folder, _keeper: keeper }
    }

    async fn new_database(&self) -> String {
        let name = format!("test_{}", number());
        let admin = sea_orm::Database::connect(self.url("postgres")).await.expect("PostgreSQL");
        admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a database");
        admin.close().await.expect("closing");
        self.url(&name)
    }

    fn url(&self, database: &str) -> String {
        let host = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://postgres@{host}/{database}")
    }
}

fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    folders.into_iter().find(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists())
}

fn user_id(name: &str) -> u32 {
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let line = users.lines().find(|line| line.starts_with(&format!("{name}:")));
    line.and_then(|line| line.split(':').nth(2)?.parse().ok()).expect("the user postgres: run `make setup`")
}

/// A form with an address made of the name.
pub fn form(name: &str) -> AccountForm {
    AccountForm { email: format!("{name}@example.com"), first_name: name.into(), ..AccountForm::default() }
}

/// The first Owner, signed in. Every test's staff is made by them.
pub async fn owner(context: &Context) -> Staff {
    let id = setup::create_owner(context, &form("owner"), PASSWORD).await.expect("an owner");
    staff(context, id).await
}

/// An account of the list, added by the Owner.
pub async fn user(context: &Context, owner: &Staff, name: &str) -> AccountId {
    users::create(context, owner, &form(name), &[]).await.expect("an account")
}

/// An account that can sign in with [`PASSWORD`].
pub async fn onboarded(context: &Context, owner: &Staff, name: &str) -> AccountId {
    let id = user(context, owner, name).await;
    let hash = context.hasher.hash(&context.random, PASSWORD).await.expect("a hash");
    let transaction = context.database.begin().await.expect("a transaction");
    crate::passwords::store(&transaction, id, hash, false, context.now()).await.expect("a password");
    accounts::Entity::update_many()
        .col_expr(accounts::Column::OnboardedAt, context.now().into())
        .filter(accounts::Column::Id.eq(id))
        .exec(&transaction)
        .await
        .expect("an onboarded account");
    transaction.commit().await.expect("a commit");
    id
}

/// Gives a built-in role for an organization, or everywhere.
pub async fn give_role(context: &Context, id: AccountId, role: BuiltInRole, place: Option<OrganizationId>) {
    let transaction = context.database.begin().await.expect("a transaction");
    let role = stores::built_in_role(&transaction, role).await.expect("a built-in role");
    give(context, &transaction, id, role, place).await;
    transaction.commit().await.expect("a commit");
}

/// Gives a new role with just these permissions.
pub async fn give_permissions(
    context: &Context,
    id: AccountId,
    permissions: &[Permission],
    place: Option<OrganizationId>,
) {
    let transaction = context.database.begin().await.expect("a transaction");
    let keys: BTreeSet<_> = permissions.iter().map(|permission| permission.key()).collect();
    let role = RoleId(context.id());
    let row = roles::ActiveModel {
        id: Set(role),
        built_in: Set(None),
        name: Set(format!("Role {}", number())),
        description: Set(String::new()),
        permissions: Set(keys.into_iter().collect::<Vec<_>>().join(" ")),
        created_at: Set(context.now()),
    };
    roles::Entity::insert(row).exec_without_returning(&transaction).await.expect("a role");
    give(context, &transaction, id, role, place).await;
    transaction.commit().await.expect("a commit");
}

async fn give(
    context: &Context,
    connection: &impl ConnectionTrait,
    id: AccountId,
    role: RoleId,
    place: Option<OrganizationId>,
) {
    let assignment = role_assignments::ActiveModel {
        id: Set(RoleAssignmentId(context.id())),
        account_id: Set(id),
        role_id: Set(role),
        organization_id: Set(place),
        assigned_by: Set(None),
        assigned_at: Set(context.now()),
    };
    role_assignments::Entity::insert(assignment).exec_without_returning(connection).await.expect("an assignment");
}

/// A signed-in staff member with a built-in role.
pub async fn staff_with(
    context: &Context,
    owner: &Staff,
    name: &str,
    role: BuiltInRole,
    place: Option<OrganizationId>,
) -> Staff {
    let id = onboarded(context, owner, name).await;
    give_role(context, id, role, place).await;
    staff(context, id).await
}

/// Enrols an authenticator app; gives its key, for [`app_code`]. The code that did it is used up.
pub async fn app(context: &Context, id: AccountId) -> String {
    let holder = holder(context, id).await;
    let set_up = authenticator_app::begin(context, id, &holder.email).expect("a key");
    let code = app_code(context, &set_up.key);
    authenticators::add_app(context, &holder, &set_up.sealed, &code, "").await.expect("an app");
    set_up.key
}

/// Adds a passkey that a new device keeps.
pub async fn passkey(context: &Context, id: AccountId, name: &str) -> Device {
    let holder = holder(context, id).await;
    let mut device = Device::new("https://id.example.com");
    let question = passkey::begin_set_up(context, &holder).await.expect("a question");
    let response = device.create(&question.options);
    passkey::add(context, &holder, &question.sealed, &response, name).await.expect("a passkey");
    device
}

/// What an app with this key shows now.
pub fn app_code(context: &Context, key: &str) -> String {
    authenticator_app::testing::code(context, key)
}

/// Changes a section of the default store's settings.
pub async fn set<S: Settings>(context: &Context, owner: &Staff, change: impl FnOnce(&mut S)) {
    let store = stores::default_store(context.database.read()).await.expect("the default store");
    let before: S = settings::read(context.database.read(), store).await.expect("settings");
    let mut now = before.clone();
    change(&mut now);
    let saved = settings::save(context, owner, store, &before.into_section(), &now.into_section()).await;
    saved.expect("saved settings");
}

/// The account as signed-in staff, who have always just proven who they are.
pub async fn staff(context: &Context, id: AccountId) -> Staff {
    let mut holder = holder(context, id).await;
    holder.proved_at = Timestamp(i64::MAX);
    holder.into_staff().expect("staff")
}

/// The account, signed in.
pub async fn holder(context: &Context, id: AccountId) -> Holder {
    let token = session(context, id).await;
    authenticate(context, &token).await.expect("a session")
}

/// A session's token, as the cookie would hold it.
pub async fn session(context: &Context, id: AccountId) -> String {
    session_with_device(context, id).await.token.expose().to_owned()
}

/// The same with the cookie of its device: a new one, unless the context names it.
pub async fn session_with_device(context: &Context, id: AccountId) -> NewSession {
    let transaction = context.database.begin().await.expect("a transaction");
    let session = sessions::begin(&transaction, context, id, &[Method::Password]).await.expect("a session");
    transaction.commit().await.expect("a commit");
    session
}

pub async fn organization(context: &Context, name: &str, members: &[AccountId]) -> OrganizationId {
    let id = OrganizationId(context.id());
    let transaction = context.database.begin().await.expect("a transaction");
    let row = organizations::ActiveModel {
        id: Set(id),
        name: Set(name.into()),
        name_key: Set(types::fold::fold(name)),
        member_count: Set(members.len() as i64),
        created_at: Set(context.now()),
    };
    organizations::Entity::insert(row).exec_without_returning(&transaction).await.expect("an organization");
    for account in members {
        let membership = organization_memberships::ActiveModel {
            organization_id: Set(id),
            account_id: Set(*account),
            added_at: Set(context.now()),
            ..Default::default()
        };
        organization_memberships::Entity::insert(membership)
            .exec_without_returning(&transaction)
            .await
            .expect("a membership");
    }
    transaction.commit().await.expect("a commit");
    id
}

pub async fn group(context: &Context, name: &str, members: &[AccountId]) -> GroupId {
    let id = GroupId(context.id());
    let transaction = context.database.begin().await.expect("a transaction");
    let row = groups::ActiveModel {
        id: Set(id),
        store_id: Set(stores::default_store(&transaction).await.expect("the default store")),
        name: Set(name.into()),
        name_key: Set(types::fold::fold(name)),
        description: Set(String::new()),
        created_at: Set(context.now()),
    };
    groups::Entity::insert(row).exec_without_returning(&transaction).await.expect("a group");
    for account in members {
        let membership = group_memberships::ActiveModel {
            group_id: Set(id),
            account_id: Set(*account),
            added_at: Set(context.now()),
            ..Default::default()
        };
        group_memberships::Entity::insert(membership).exec_without_returning(&transaction).await.expect("a membership");
    }
    transaction.commit().await.expect("a commit");
    id
}

/// A second identity store: empty, and not the default one.
pub async fn another_store(context: &Context) -> StoreId {
    let id = StoreId(context.id());
    let transaction = context.database.begin().await.expect("a transaction");
    let row = identity_stores::ActiveModel {
        id: Set(id),
        name: Set("Customers".into()),
        is_default: Set(false),
        created_at: Set(context.now()),
    };
    identity_stores::Entity::insert(row).exec_without_returning(&transaction).await.expect("a store");
    transaction.commit().await.expect("a commit");
    id
}

/// Puts the account into another store.
pub async fn move_to_store(context: &Context, id: AccountId, store: StoreId) {
    let transaction = context.database.begin().await.expect("a transaction");
    let update = accounts::Entity::update_many().col_expr(accounts::Column::StoreId, store.into());
    update.filter(accounts::Column::Id.eq(id)).exec(&transaction).await.expect("a move");
    transaction.commit().await.expect("a commit");
}

/// Some thousand accounts that have a role: enough for a planner to look for an index.
pub async fn many_with_roles(context: &Context) -> Vec<AccountId> {
    let ids = many(context, 3_000, |at| form(&format!("holder{at}"))).await;
    let transaction = context.database.begin().await.expect("a transaction");
    let give = "INSERT INTO role_assignments (id, account_id, role_id, assigned_at) \
        SELECT accounts.id, accounts.id, roles.id, 0 FROM accounts CROSS JOIN roles WHERE roles.built_in = 'auditor'";
    transaction.execute_unprepared(give).await.expect("roles");
    transaction.commit().await.expect("a commit");
    if !context.database.is_sqlite() {
        context.database.read().execute_unprepared("ANALYZE").await.expect("statistics");
    }
    ids
}

/// How the database would answer the question.
pub async fn explain(context: &Context, statement: Statement) -> String {
    let (explain, column) = match context.database.backend() {
        DbBackend::Sqlite => ("EXPLAIN QUERY PLAN", "detail"),
        _ => ("EXPLAIN", "QUERY PLAN"),
    };
    let text = Statement::from_string(context.database.backend(), format!("{explain} {statement}"));
    let rows = context.database.search().query_all_raw(text).await.expect("a plan");
    rows.iter().map(|row| row.try_get::<String>("", column).expect("a line")).collect::<Vec<_>>().join("\n")
}

/// An attribute of the default store, of this kind and key; `form` changes what it likes.
pub async fn attribute(
    context: &Context,
    owner: &Staff,
    key: &str,
    kind: AttributeKind,
    form: impl FnOnce(&mut AttributeForm),
) -> AttributeId {
    let store = stores::default_store(context.database.read()).await.expect("the default store");
    let mut wanted = AttributeForm { key: key.into(), label: key.to_uppercase(), kind, ..AttributeForm::default() };
    form(&mut wanted);
    crate::attributes::add(context, owner, store, &wanted).await.expect("an attribute")
}

/// [`form`] with these custom attributes.
pub fn form_with(name: &str, values: &[(&str, &str)]) -> AccountForm {
    let attributes = values.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    AccountForm { attributes, ..form(name) }
}

/// Does a bulk action to named accounts.
pub async fn bulk(context: &Context, staff: &Staff, action: BulkAction, ids: &[AccountId]) -> BulkReport {
    jobs::start(context, staff, action, &Selection::Accounts(ids.to_vec()), &Parameters::None)
        .await
        .expect("a bulk action")
}

/// Parameters that the action takes.
pub fn parameters(action: BulkAction, group: GroupId, role: RoleId) -> Parameters {
    match action.asks() {
        Asks::Nothing | Asks::Reason => Parameters::None,
        Asks::Group => Parameters::Group(group),
        Asks::Role => Parameters::Role { role, organization: None },
        Asks::Expiry => Parameters::Expiry(Some(START)),
    }
}

/// Whoever holds the role is asked for a second factor from now on, or not any more.
pub async fn require_second_factor(context: &Context, owner: &Staff, role: RoleId, required: bool) {
    let seen = crate::directory::roles::view(&context.database, owner, role).await.expect("a role");
    let form = types::directory::RoleForm { requires_second_factor: required, ..seen.form };
    crate::directory::roles::edit(context, owner, role, &form, seen.version).await.expect("a changed role");
}

/// The id of a built-in role.
pub async fn role(context: &Context, role: BuiltInRole) -> RoleId {
    stores::built_in_role(context.database.read(), role).await.expect("a built-in role")
}

/// The row as it is stored.
pub async fn account(context: &Context, id: AccountId) -> accounts::Model {
    let found = accounts::Entity::find_by_id(id).one(context.database.read()).await;
    found.expect("a query").expect("an account")
}

/// What staff see of an account's activity.
pub async fn activity(
    database: &Database,
    staff: &Staff,
    id: AccountId,
    kind: Option<EventKind>,
    older: Option<&str>,
) -> crate::Result<EventPage> {
    crate::audit::of_user(database, staff, id, &AuditFilter { kind, ..AuditFilter::default() }, older).await
}

/// How many events of the kind are about the account.
pub async fn events_of(context: &Context, id: AccountId, kind: EventKind) -> u64 {
    events::Entity::find()
        .filter(events::Column::SubjectId.eq(id))
        .filter(events::Column::Kind.eq(kind.key()))
        .count(context.database.read())
        .await
        .expect("a count")
}

/// A password that has stopped working a moment ago.
pub async fn expire_password(context: &Context, id: AccountId) {
    let transaction = context.database.begin().await.expect("a transaction");
    accounts::Entity::update_many()
        .col_expr(accounts::Column::PasswordExpiresAt, context.now().into())
        .filter(accounts::Column::Id.eq(id))
        .exec(&transaction)
        .await
        .expect("an expired password");
    transaction.commit().await.expect("a commit");
}

/// All messages, in the order in which they were queued.
pub async fn messages(context: &Context) -> Vec<message_rows::Model> {
    let rows = message_rows::Entity::find()
        .order_by_asc(message_rows::Column::CreatedAt)
        .order_by_asc(message_rows::Column::Id)
        .all(context.database.read())
        .await;
    rows.expect("messages")
}

/// What the messages to an address say, in the order in which they were queued.
pub async fn mailed(context: &Context, email: &str) -> Vec<Content> {
    let rows = messages(context).await.into_iter().filter(|row| row.recipient == email);
    let opened = |row: message_rows::Model| {
        let content: Content = serde_json::from_str(&row.content?).ok()?;
        content.opened(context, row.account_id).ok()
    };
    rows.filter_map(opened).collect()
}

/// How many events of the kind there are.
pub async fn events_by(context: &Context, kind: EventKind) -> u64 {
    let events = events::Entity::find().filter(events::Column::Kind.eq(kind.key()));
    events.count(context.database.read()).await.expect("a count")
}

/// The texts that the database keeps of messages, events, settings and codes: what must hold no secret.
pub async fn dump(context: &Context) -> Vec<String> {
    let connection = context.database.read();
    let mut texts = Vec::new();
    let messages = message_rows::Entity::find().all(connection).await.expect("messages");
    texts.extend(messages.into_iter().flat_map(|row| [row.recipient, row.content.unwrap_or_default()]));
    let events = events::Entity::find().all(connection).await.expect("events");
    texts.extend(events.into_iter().flat_map(|row| [row.changes.unwrap_or_default(), row.note.unwrap_or_default()]));
    let settings = setting_rows::Entity::find().all(connection).await.expect("settings");
    texts.extend(settings.into_iter().map(|row| row.value));
    let secrets = setting_secrets::Entity::find().all(connection).await.expect("secrets");
    texts.extend(secrets.into_iter().map(|row| row.sealed));
    let codes = one_time_codes::Entity::find().all(connection).await.expect("codes");
    texts.extend(codes.into_iter().flat_map(|row| [row.fingerprint, row.address, row.bound_to]));
    let answers = security_questions::Entity::find().all(connection).await.expect("questions");
    texts.extend(answers.into_iter().map(|row| row.answer_hash));
    texts
}

/// Takes the account's row, as every verb that changes it does first.
pub async fn lock(connection: &impl ConnectionTrait, id: AccountId) {
    let locked = accounts::Entity::find_by_id(id).lock(crate::database::TO_CHANGE).one(connection).await;
    locked.expect("a query").expect("an account");
}

/// The code that went to an address and waits in the queue, the last one.
pub async fn code_sent_to(context: &Context, address: &str) -> String {
    crate::codes::testing::sent_to(context, address).await
}

/// Enrols codes by mail to the account's address, with a code that has waited out the pause.
pub async fn email_codes(context: &Context, id: AccountId) -> String {
    let holder = holder(context, id).await;
    let email = holder.email.clone();
    let kind = types::authenticators::FactorKind::EmailCode;
    authenticators::code_factor::send_own(context, &holder, kind, Some(&email)).await.expect("a code");
    let code = code_sent_to(context, &email).await;
    authenticators::code_factor::confirm_own(context, &holder, kind, &code).await.expect("a factor");
    email
}

/// Text messages can be sent; nobody takes them.
pub fn sms_gateway(context: &mut Context) {
    context.roster.mailing = context.mailing.clone().with_sms_gateway(Some("http://127.0.0.1:9/"));
}

/// Sets up what **Forgot my phone** asks: questions and an alternate address.
pub async fn recovery(
    context: &Context,
    holder: &Holder,
    answers: &[(types::recovery::Question, &str)],
    alternate: &str,
) {
    let answers: Vec<_> = answers.iter().map(|(question, answer)| (Some(*question), (*answer).to_owned())).collect();
    crate::recovery::set_questions(context, holder, &answers).await.expect("questions");
    crate::recovery::send_alternate_email_code(context, holder, Some(alternate)).await.expect("a code");
    let code = code_sent_to(context, alternate).await;
    crate::recovery::confirm_alternate_email(context, holder, &code).await.expect("an alternate address");
}

/// The alerts that went to an address, in their order.
pub async fn alerted(context: &Context, email: &str) -> Vec<Alert> {
    let mails = mailed(context, email).await.into_iter();
    mails.filter_map(|mail| if let Content::Alert { alert, .. } = mail { Some(alert) } else { None }).collect()
}

/// How many sessions of the account have not ended.
pub async fn open_sessions(context: &Context, id: AccountId) -> u64 {
    session_rows::Entity::find()
        .filter(session_rows::Column::AccountId.eq(id))
        .filter(session_rows::Column::EndedAt.is_null())
        .count(context.database.read())
        .await
        .expect("a count")
}

/// The fields that an error names; panics on an error of another kind.
pub fn wrong_fields(error: Error) -> Vec<String> {
    match error {
        Error::Invalid(errors) => errors.0.into_keys().collect(),
        other => panic!("not about fields: {other}"),
    }
}

/// Adds many accounts to the default store at once, without events.
pub async fn many(context: &Context, count: usize, form: impl Fn(usize) -> AccountForm) -> Vec<AccountId> {
    let transaction = context.database.begin().await.expect("a transaction");
    let store = stores::default_store(&transaction).await.expect("the default store");
    let ids: Vec<_> = (0..count).map(|_| AccountId(context.id())).collect();
    let rows = ids.iter().enumerate().map(|(at, id)| {
        let fields = form(at).parse().expect("a form that can be stored");
        users::columns::new_row(*id, store, &fields, context.now())
    });
    let rows: Vec<_> = rows.collect();
    for batch in rows.chunks(500) {
        accounts::Entity::insert_many(batch.to_vec()).exec_without_returning(&transaction).await.expect("accounts");
    }
    transaction.commit().await.expect("a commit");
    ids
}
