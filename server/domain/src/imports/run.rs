//! One batch of an import: its rows read, checked against each other and the database in a few
//! statements, and written; or, in a dry run, only checked.

use std::collections::{HashMap, HashSet};

use db::entities::{account_attributes, accounts, import_chunks, import_problems, imports, jobs};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, TryIntoModel,
};
use serde::{Deserialize, Serialize};
use types::accounts::{AccountFields, AccountForm};
use types::attributes::{AttributeDefinition, Values};
use types::events::{EventKind, FieldChange};
use types::import::{Delimiter, Encoding, Existing, ImportPlan, PROBLEMS_KEPT};
use types::{AccountId, AttributeId, EmailAddress, FieldErrors, ImportId, Permission, StoreId};

use super::plan::{delimiter_of, encoding_of};
use super::records::{Records, Step};
use super::upload::PIECE;
use crate::attributes::{self, Attributes, Editor};
use crate::authority::holding_more;
use crate::csv_cell::as_written;
use crate::database::TO_CHANGE;
use crate::events::Event;
use crate::jobs::Progress;
use crate::users::bulk::ItemOutcome;
use crate::users::new_addresses::{NewAddresses, after_change};
use crate::users::send_activation::send_activation;
use crate::users::{columns, create};
use crate::{Context, Error, Result, Staff, events, groups, roles, stores};

/// Rows in one INSERT: SQLite numbers its values up to 32,766.
const ROWS_AT_ONCE: usize = 1_000;
/// A batch ends after so much of the file, however few rows that is.
const BATCH_BYTES: u64 = 4 * 1024 * 1024;

/// Where the job goes on, and what it has done in detail.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Resume {
    /// The byte of the file at which the next row begins; 0: the header.
    byte: u64,
    pub(crate) created: i64,
    pub(crate) updated: i64,
    /// Of those created: how many have the address of somebody of another store.
    #[serde(default)]
    pub(crate) shared: i64,
}

/// What a dry run remembers between batches: nothing of it is in the database.
#[derive(Default)]
pub(crate) struct Memory {
    seen: HashSet<u64>,
    /// Of the batch at hand; kept when it is committed.
    new: Vec<u64>,
}

impl Memory {
    pub(crate) fn keep(&mut self) {
        self.seen.extend(self.new.drain(..));
    }

    fn has(&mut self, column: &str, key: &str) -> bool {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        (column, key).hash(&mut hasher);
        let hash = hasher.finish();
        let has = self.seen.contains(&hash);
        self.new.push(hash);
        has
    }
}

/// A row of the file.
struct Row {
    /// As a spreadsheet counts.
    number: i64,
    cells: Vec<String>,
    /// Where the next one begins.
    end: u64,
    /// Field and message.
    problems: Vec<(Option<String>, String)>,
}

impl Row {
    fn refuse(&mut self, field: Option<&str>, message: impl Into<String>) {
        self.problems.push((field.map(str::to_owned), message.into()));
    }
}

/// What is to be done for a row.
enum Verdict {
    Create(AccountFields, Values),
    Update(Box<accounts::Model>, AccountFields, Values),
    /// In a dry run: updates whom an earlier row would have created.
    UpdateNew,
    Reject,
}

/// Does the next rows. `give_up`: rejects them unseen, since the database would not take them.
///
/// # Errors
/// [`Error::NotAllowed`] when whoever started it may not any more.
pub(crate) async fn batch(
    transaction: &DatabaseTransaction,
    context: &Context,
    staff: &Staff,
    job: &jobs::Model,
    (size, give_up): (u64, bool),
    is_dry: bool,
    memory: &mut Memory,
) -> Result<Progress> {
    memory.new.clear();
    let wrong = |error| Error::Internal(format!("the job {} cannot be read: {error}", job.id));
    let plan: ImportPlan = serde_json::from_str(&job.parameters).map_err(wrong)?;
    let mut resume: Resume = match &job.resume {
        Some(resume) => serde_json::from_str(resume).map_err(wrong)?,
        None => Resume::default(),
    };
    require(staff, &plan)?;
    let file = imports::Entity::find_by_id(plan.import).one(transaction).await?.ok_or(Error::NotFound("import"))?;
    let mut rows = read_rows(transaction, &file, resume.byte, job.handled_to, size).await?;
    let mut progress = Progress { handled_to: job.total, ..Progress::default() };
    if rows.is_empty() {
        return Ok(progress);
    }
    let obstacle = match stores::named_or_default(transaction, plan.store).await {
        _ if give_up => Err("The database did not take this row: the log tells why."),
        Err(Error::NotFound(_)) => Err("The identity store is not there any more."),
        store => {
            let store = store?;
            what_is_gone(transaction, staff, &plan, store).await?.map_or(Ok(store), Err)
        }
    };
    let (created, updated, unchanged) = match obstacle {
        Ok(store) => {
            let attributes = Attributes::default();
            let mut import = Import { transaction, context, staff, plan: &plan, store, attributes };
            let verdicts = import.judge(&mut rows, is_dry, memory).await?;
            resume.shared += import.shared(&verdicts).await?;
            if is_dry { import.would_do(&verdicts) } else { import.write(verdicts).await? }
        }
        Err(why) => {
            rows.iter_mut().for_each(|row| row.refuse(None, why));
            (0, 0, 0)
        }
    };
    let rejected = rows.iter().filter(|row| !row.problems.is_empty()).count();
    keep_problems(transaction, job, &plan, &file, &rows, is_dry).await?;
    let last = rows.last().map_or((resume.byte, 0), |row| (row.end, row.number));
    resume.byte = last.0;
    resume.created += created;
    resume.updated += updated;
    progress.done = created + updated;
    progress.skipped = unchanged;
    progress.failed = i64::try_from(rejected).unwrap_or_default();
    progress.handled_to = job.handled_to + i64::try_from(rows.len()).unwrap_or_default();
    progress.resume = serde_json::to_string(&resume).ok();
    Ok(progress)
}

/// What an import needs, everywhere: **Add users**, and what its options do.
pub(super) fn require(staff: &Staff, plan: &ImportPlan) -> Result<()> {
    staff.require_everywhere(Permission::CreateUsers)?;
    if plan.existing != Existing::Reject {
        staff.require_everywhere(Permission::EditUsers)?;
    }
    if plan.group.is_some() {
        staff.require_everywhere(Permission::ManageMemberships)?;
    }
    if plan.role.is_some() {
        staff.require_everywhere(Permission::AssignRoles)?;
    }
    if plan.activation_mail {
        staff.require_everywhere(Permission::SendMails)?;
    }
    Ok(())
}

/// Why no row can be imported: the group or role is not there any more.
///
/// # Errors
/// [`Error::NotAllowed`] when the role holds what whoever started it lacks by now. Nothing is written yet.
async fn what_is_gone(
    transaction: &DatabaseTransaction,
    staff: &Staff,
    plan: &ImportPlan,
    store: StoreId,
) -> Result<Option<&'static str>> {
    if let Some(group) = plan.group
        && matches!(groups::of_store(transaction, store, &[group]).await, Err(Error::NotFound(_)))
    {
        return Ok(Some("The group is not there any more."));
    }
    if let Some(role) = plan.role {
        return match roles::name_for_grant(transaction, staff, (role, plan.organization)).await {
            Err(Error::NotFound(_)) => Ok(Some("The role or organization is not there any more.")),
            named => named.map(|_| None),
        };
    }
    Ok(None)
}

/// The first rows, for the samples of the columns.
pub(super) async fn first_rows(
    connection: &impl ConnectionTrait,
    file: &imports::Model,
    count: u64,
) -> Result<Vec<Vec<String>>> {
    let rows = read_rows(connection, file, 0, 0, count).await?;
    Ok(rows.into_iter().map(|row| row.cells).collect())
}

async fn read_rows(
    connection: &impl ConnectionTrait,
    file: &imports::Model,
    byte: u64,
    before: i64,
    count: u64,
) -> Result<Vec<Row>> {
    let (encoding, delimiter): (Encoding, Delimiter) = (encoding_of(file), delimiter_of(file));
    let mut records = Records::new(delimiter);
    let mut rows = Vec::new();
    let mut is_header = byte == 0;
    let mut at = byte;
    let mut number = before + 1;
    loop {
        let piece = piece(connection, file.id, at / PIECE as u64).await?;
        let from = usize::try_from(at % PIECE as u64).unwrap_or_default();
        let mut input = piece.get(from..).unwrap_or_default();
        let is_end = input.is_empty();
        loop {
            let left = input.len();
            let step = records.step(&mut input).map_err(Error::Internal)?;
            at += (left - input.len()) as u64;
            match step {
                Step::Row if is_header => is_header = false,
                Step::Row => {
                    number += 1;
                    rows.push(Row { number, cells: records.fields(encoding), end: at, problems: Vec::new() });
                    if rows.len() as u64 >= count || at - byte > BATCH_BYTES {
                        return Ok(rows);
                    }
                }
                Step::End => return Ok(rows),
                Step::More if is_end => return Ok(rows),
                Step::More => break,
            }
            if input.is_empty() && !is_end {
                break;
            }
        }
    }
}

async fn piece(connection: &impl ConnectionTrait, import: ImportId, position: u64) -> Result<Vec<u8>> {
    let key = (import, i64::try_from(position).unwrap_or(i64::MAX));
    let row = import_chunks::Entity::find_by_id(key).one(connection).await?;
    Ok(row.map(|row| row.content).unwrap_or_default())
}

/// The form of a row: what `base` has, with what the row's cells say, without the apostrophes that our own exports
/// put there. An empty cell says nothing.
fn form_of(plan: &ImportPlan, row: &Row, base: AccountForm) -> AccountForm {
    let mut form = base;
    for (target, cell) in plan.columns.iter().zip(&row.cells) {
        let (Some(target), cell) = (target, as_written(cell.trim())) else { continue };
        let cell = cell.as_ref();
        if cell.is_empty() {
            continue;
        }
        match target.as_str() {
            "email" => form.email = cell.into(),
            "username" => form.username = cell.into(),
            "first_name" => form.first_name = cell.into(),
            "last_name" => form.last_name = cell.into(),
            "phone" => form.phone = cell.into(),
            "full_name" => {
                let (first, last) = cell.rsplit_once(char::is_whitespace).unwrap_or((cell, ""));
                (form.first_name, form.last_name) = (first.trim().into(), last.into());
            }
            attribute => {
                form.attributes.insert(attribute.to_owned(), cell.into());
            }
        }
    }
    // Others use the address as the name to sign in with; here it works without.
    if form.username.eq_ignore_ascii_case(&form.email) {
        form.username = String::new();
    }
    form
}

/// Who is there already, by what makes accounts the same.
struct There {
    by_email: HashMap<String, accounts::Model>,
    by_username: HashMap<String, accounts::Model>,
}

impl There {
    async fn find(
        connection: &impl ConnectionTrait,
        store: StoreId,
        emails: Vec<String>,
        usernames: Vec<String>,
    ) -> Result<Self> {
        let of_store = || accounts::Entity::find().filter(accounts::Column::StoreId.eq(store));
        let mut by_email = HashMap::new();
        let mut by_username = HashMap::new();
        let mut note = |row: accounts::Model| {
            if let Some(username) = row.username.clone() {
                by_username.insert(username, row.clone());
            }
            by_email.insert(row.email_key.clone(), row);
        };
        if !emails.is_empty() {
            let query = of_store().filter(accounts::Column::EmailKey.is_in(emails));
            let rows = query.order_by_asc(accounts::Column::Id).lock(TO_CHANGE).all(connection).await?;
            rows.into_iter().for_each(&mut note);
        }
        if !usernames.is_empty() {
            let query = of_store().filter(accounts::Column::Username.is_in(usernames));
            let rows = query.order_by_asc(accounts::Column::Id).lock(TO_CHANGE).all(connection).await?;
            rows.into_iter().for_each(&mut note);
        }
        Ok(Self { by_email, by_username })
    }

    /// Refuses an address and a username that somebody other than `matched` has.
    fn refuse_taken(
        &self,
        row: &mut Row,
        matched: Option<&accounts::Model>,
        email: Option<&str>,
        username: Option<&str>,
    ) {
        let taken = [
            ("email", email.and_then(|key| self.by_email.get(key)), TAKEN_EMAIL),
            ("username", username.and_then(|key| self.by_username.get(key)), TAKEN_USERNAME),
        ];
        for (field, holder, message) in taken {
            let others = holder.filter(|holder| matched.is_none_or(|matched| matched.id != holder.id));
            if let Some(holder) = others {
                row.refuse(Some(field), if holder.deleted_at.is_some() { DELETED } else { message });
            }
        }
    }
}

const TAKEN_EMAIL: &str = "Somebody has this e-mail address already.";
const TAKEN_USERNAME: &str = "Somebody has this username already.";
const DELETED: &str = "Whoever has this is in the recycle bin: restore them, or delete them permanently.";
const TWICE: &str = "This is in the file twice.";
const TAKEN_VALUE: &str = "Somebody has this value already, or had it and was deleted.";

/// A batch of an import into a store.
struct Import<'a> {
    transaction: &'a DatabaseTransaction,
    context: &'a Context,
    staff: &'a Staff,
    plan: &'a ImportPlan,
    store: StoreId,
    /// The store's own; read after the accounts are locked.
    attributes: Attributes,
}

/// Who has a unique value already.
type Holders = HashMap<(AttributeId, String), AccountId>;

/// What an earlier row of the batch has: column and key.
type Earlier = HashSet<(String, String)>;

impl Import<'_> {
    /// What is to be done for each row. Rows from the first on that needs an earlier one to be written
    /// are left for the next batch.
    async fn judge(&mut self, rows: &mut Vec<Row>, is_dry: bool, memory: &mut Memory) -> Result<Vec<Verdict>> {
        let Self { transaction, plan, store, .. } = *self;
        let forms: Vec<_> = rows.iter().map(|row| form_of(plan, row, AccountForm::default())).collect();
        let emails = forms.iter().filter_map(|form| Some(EmailAddress::parse(&form.email).ok()?.key())).collect();
        let usernames = forms.iter().filter_map(|form| types::username::parse(&form.username).ok()?).collect();
        let there = There::find(transaction, store, emails, usernames).await?;
        let ids: HashSet<_> = there.by_email.values().map(|row| row.id).collect();
        let more = holding_more(transaction, self.staff, &ids.into_iter().collect::<Vec<_>>()).await?;
        self.attributes = if is_dry {
            Attributes::of_store(transaction, store).await?
        } else {
            Attributes::locked(transaction, store).await?
        };
        let holders = self.holders(&forms).await?;
        let mut verdicts = Vec::with_capacity(rows.len());
        let mut earlier = Earlier::new();
        for (at, form) in forms.into_iter().enumerate() {
            let Some(row) = rows.get_mut(at) else { break };
            if row.cells.len() > plan.columns.len() {
                row.refuse(
                    None,
                    format!("{} cells in this row, {} in the header.", row.cells.len(), plan.columns.len()),
                );
            }
            let email = EmailAddress::parse(&form.email).ok().map(|email| email.key());
            let username = types::username::parse(&form.username).ok().flatten();
            let keys = [("email", email.clone()), ("username", username.clone())];
            let is_again = keys.iter().any(|(column, key)| {
                key.as_ref().is_some_and(|key| earlier.contains(&((*column).to_owned(), key.clone())))
            });
            if is_again && plan.existing != Existing::Reject && !is_dry {
                rows.truncate(at);
                break;
            }
            let mut seen = false;
            for (column, key) in keys {
                let Some(key) = key else { continue };
                let before = !earlier.insert((column.to_owned(), key.clone())) || (is_dry && memory.has(column, &key));
                seen |= before;
                if before && plan.existing == Existing::Reject {
                    row.refuse(Some(column), TWICE);
                }
            }
            let matched = match plan.existing {
                Existing::Reject => None,
                Existing::UpdateByEmail => email.as_ref().and_then(|key| there.by_email.get(key)),
                Existing::UpdateByUsername => username.as_ref().and_then(|key| there.by_username.get(key)),
            };
            let base = matched.map(columns::form_of).unwrap_or_default();
            let stored_phone = matched.and_then(|account| account.phone.as_deref());
            let (fields, errors) = create::parsed(&form_of(plan, row, base), stored_phone);
            errors.0.into_iter().for_each(|(field, message)| row.refuse(Some(&field), message));
            match matched {
                Some(account) if account.deleted_at.is_some() => row.refuse(None, DELETED),
                Some(account) if more.contains(&account.id) => {
                    row.refuse(None, "Not allowed: this person holds permissions that you do not have.");
                }
                _ => {}
            }
            self.refuse_taking_a_factor(row, matched, fields.as_ref()).await?;
            let updates_new = is_dry && seen && plan.existing != Existing::Reject;
            if !updates_new {
                there.refuse_taken(row, matched, email.as_deref(), username.as_deref());
            }
            let stored = matched.map(stored_values).unwrap_or_default();
            let values = self.checked(row, &form.attributes, &stored, matched.is_none() && !updates_new);
            for (key, attribute, value) in self.unique_of(&stored, &values) {
                let before = !earlier.insert((key.clone(), value.clone())) || (is_dry && memory.has(&key, &value));
                let taken = holders.get(&(attribute, value));
                if before && !updates_new {
                    row.refuse(Some(&key), TWICE);
                } else if taken.is_some_and(|holder| matched.is_none_or(|matched| matched.id != *holder)) {
                    row.refuse(Some(&key), TAKEN_VALUE);
                }
            }
            verdicts.push(match (fields, matched) {
                (Some(fields), Some(account)) if row.problems.is_empty() => {
                    Verdict::Update(Box::new(account.clone()), fields, values)
                }
                (Some(_), None) if row.problems.is_empty() && updates_new => Verdict::UpdateNew,
                (Some(fields), None) if row.problems.is_empty() => Verdict::Create(fields, values),
                _ => Verdict::Reject,
            });
        }
        Ok(verdicts)
    }

    /// A second factor that ends with an address is removed no less than by its button.
    async fn refuse_taking_a_factor(
        &self,
        row: &mut Row,
        matched: Option<&accounts::Model>,
        fields: Option<&AccountFields>,
    ) -> Result<()> {
        let Some((account, fields)) = matched.zip(fields) else { return Ok(()) };
        if !self.staff.holds(Permission::ManageAuthenticators, None)
            && columns::takes_a_factor(self.transaction, self.context, account, fields).await?
        {
            row.refuse(None, "Not allowed: a second factor would end with the address that its codes go to.");
        }
        Ok(())
    }

    /// Whoever has one of the rows' values of an attribute that nobody else may have.
    async fn holders(&self, forms: &[AccountForm]) -> Result<Holders> {
        let mut holders = Holders::new();
        for one in self.attributes.definitions().iter().filter(|one| one.unique) {
            let typed = forms.iter().filter_map(|form| form.attributes.get(&one.key));
            let values = typed.filter_map(|text| one.parse(text).ok().flatten());
            let keys: Vec<_> = values.flat_map(|value| one.value_keys(&value)).collect();
            let found = attributes::holders(self.transaction, one.id, keys).await?;
            holders.extend(found.into_iter().map(|(key, account)| ((one.id, key), account)));
        }
        Ok(holders)
    }

    /// The attributes as they would be stored; what is wrong with them goes to the row.
    fn checked(&self, row: &mut Row, typed: &Values, stored: &Values, is_new: bool) -> Values {
        let mut errors = FieldErrors::default();
        let values = self.attributes.check(Editor::Console, stored, typed, is_new, &mut errors);
        for (key, message) in errors.0 {
            let has_column = self.plan.columns.iter().any(|target| target.as_deref() == Some(key.as_str()));
            let label = self.attributes.definitions().iter().find(|one| one.key == key).map(|one| &one.label);
            match label.filter(|_| !has_column) {
                Some(label) => row.refuse(None, format!("{label}: {message}")),
                None => row.refuse(Some(&key), message),
            }
        }
        values
    }

    /// The values that nobody else may have, of those that change.
    fn unique_of(&self, stored: &Values, values: &Values) -> Vec<(String, AttributeId, String)> {
        let changed = |one: &&AttributeDefinition| one.unique && stored.get(&one.key) != values.get(&one.key);
        let unique = self.attributes.definitions().iter().filter(changed);
        let keys = |one: &AttributeDefinition| values.get(&one.key).map(|value| one.value_keys(value));
        unique
            .flat_map(|one| keys(one).unwrap_or_default().into_iter().map(|key| (one.key.clone(), one.id, key)))
            .collect()
    }

    /// What storing would change of an account.
    fn changes(&self, account: &accounts::Model, fields: &AccountFields, values: &Values) -> Vec<FieldChange> {
        let mut changes = columns::differences(account, fields);
        changes.extend(self.attributes.differences(&stored_values(account), values));
        changes
    }

    /// How many of those to be created have the e-mail address of somebody of another store: only one of
    /// the two will sign in by it.
    async fn shared(&self, verdicts: &[Verdict]) -> Result<i64> {
        let created = verdicts.iter().filter_map(|verdict| match verdict {
            Verdict::Create(fields, _) => Some(fields.email.key()),
            _ => None,
        });
        let created: Vec<_> = created.collect();
        if created.is_empty() {
            return Ok(0);
        }
        let others = accounts::Entity::find()
            .select_only()
            .column(accounts::Column::EmailKey)
            .distinct()
            .filter(accounts::Column::EmailKey.is_in(created))
            .filter(accounts::Column::StoreId.ne(self.store))
            .filter(accounts::Column::DeletedAt.is_null());
        Ok(i64::try_from(others.count(self.transaction).await?).unwrap_or_default())
    }

    /// Created, updated, unchanged: how many it would be.
    fn would_do(&self, verdicts: &[Verdict]) -> (i64, i64, i64) {
        let mut counts = (0, 0, 0);
        for verdict in verdicts {
            match verdict {
                Verdict::Create(..) => counts.0 += 1,
                Verdict::Update(account, fields, values) if self.changes(account, fields, values).is_empty() => {
                    counts.2 += 1;
                }
                Verdict::Update(..) | Verdict::UpdateNew => counts.1 += 1,
                Verdict::Reject => {}
            }
        }
        counts
    }

    /// Creates and updates; gives how many were created, updated, and as they should be already.
    async fn write(&self, verdicts: Vec<Verdict>) -> Result<(i64, i64, i64)> {
        let Self { transaction, context, staff, plan, store, .. } = *self;
        let attributes = &self.attributes;
        let mut written = Vec::new();
        let mut rows = Vec::new();
        let mut index = Vec::new();
        let mut accounts_here = Vec::new();
        let mut new: Vec<accounts::Model> = Vec::new();
        let mut changed: HashSet<AccountId> = HashSet::new();
        let mut moved = Vec::new();
        for verdict in verdicts {
            match verdict {
                Verdict::Reject | Verdict::UpdateNew => {}
                Verdict::Create(fields, values) => {
                    let id = AccountId(context.id());
                    let mut changes = create::as_changes(&fields);
                    changes.extend(attributes.differences(&Values::new(), &values));
                    written.push(Event::new(EventKind::AccountCreated).by(staff).on(id).changes(changes));
                    let mut row = columns::new_row(id, store, &fields, context.now());
                    row.attribute_values = Set(attributes::write(&values));
                    index.extend(attributes.index_rows(id, &values));
                    new.push(row.clone().try_into_model()?);
                    rows.push(row);
                }
                Verdict::Update(account, fields, values) => {
                    let changes = self.changes(&account, &fields, &values);
                    if !changes.is_empty() {
                        let factor_ended = columns::update(transaction, context, &account, &fields).await?;
                        attributes.store(transaction, account.id, &stored_values(&account), &values).await?;
                        moved.push(NewAddresses::of((*account).clone(), &fields, factor_ended));
                        written.push(Event::new(EventKind::AccountEdited).by(staff).on(account.id).changes(changes));
                        changed.insert(account.id);
                    }
                    accounts_here.push(*account);
                }
            }
        }
        for some in rows.chunks(ROWS_AT_ONCE) {
            accounts::Entity::insert_many(some.to_vec()).exec_without_returning(transaction).await?;
        }
        for some in index.chunks(ROWS_AT_ONCE) {
            account_attributes::Entity::insert_many(some.to_vec()).exec_without_returning(transaction).await?;
        }
        after_change(transaction, context, staff, &moved).await?;
        events::write_all(transaction, context, written).await?;
        if plan.activation_mail && !new.is_empty() {
            send_activation(transaction, context, Some(staff), &new, None).await?;
        }
        let created = new.len();
        accounts_here.extend(new.iter().cloned());
        changed.extend(self.give(&accounts_here).await?);
        for account in &new {
            changed.remove(&account.id);
        }
        let number = |count: usize| i64::try_from(count).unwrap_or_default();
        Ok((number(created), number(changed.len()), number(accounts_here.len() - created - changed.len())))
    }

    /// Group and role for everybody of the batch; gives who did not have them.
    async fn give(&self, accounts: &[accounts::Model]) -> Result<Vec<AccountId>> {
        let Self { transaction, context, staff, plan, .. } = *self;
        let mut given = Vec::new();
        if let (Some(group), false) = (plan.group, accounts.is_empty()) {
            given.push(groups::add_all(transaction, context, staff, group, accounts).await?);
        }
        if let (Some(role), false) = (plan.role, accounts.is_empty()) {
            let what = (role, plan.organization);
            given.push(roles::assign_all(transaction, context, staff, what, accounts).await?);
        }
        let done = given.into_iter().flatten().filter(|(_, outcome)| *outcome == ItemOutcome::Done);
        Ok(done.map(|(id, _)| id).collect())
    }
}

fn stored_values(account: &accounts::Model) -> Values {
    attributes::read(account.attribute_values.as_deref())
}

async fn keep_problems(
    transaction: &DatabaseTransaction,
    job: &jobs::Model,
    plan: &ImportPlan,
    file: &imports::Model,
    rows: &[Row],
    is_dry: bool,
) -> Result<()> {
    let header: Vec<String> = serde_json::from_str(&file.header).unwrap_or_default();
    let column_of = |field: &str| {
        let named = |key: &str| plan.columns.iter().position(|target| target.as_deref() == Some(key));
        let at = named(field).or_else(|| field.ends_with("_name").then(|| named("full_name")).flatten())?;
        header.get(at).cloned()
    };
    let room = if is_dry { usize::try_from(PROBLEMS_KEPT - job.failed).unwrap_or_default() } else { usize::MAX };
    let problems = rows.iter().filter(|row| !row.problems.is_empty()).take(room).map(|row| {
        let named: Vec<(Option<String>, &str)> = row
            .problems
            .iter()
            .map(|(field, message)| (field.as_deref().and_then(column_of), message.as_str()))
            .collect();
        import_problems::ActiveModel {
            job_id: Set(job.id),
            position: Set(row.number),
            problems: Set(serde_json::to_string(&named).unwrap_or_default()),
            record: Set(serde_json::to_string(&row.cells).unwrap_or_default()),
        }
    });
    let problems: Vec<_> = problems.collect();
    for some in problems.chunks(ROWS_AT_ONCE) {
        import_problems::Entity::insert_many(some.to_vec()).exec_without_returning(transaction).await?;
    }
    Ok(())
}
