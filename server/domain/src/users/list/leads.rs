//! What leads to the accounts of a filter: the indexes that can name them, and the tests that a row
//! must pass.
//!
//! A filter has several parts. Each can be asked of a row; most can also lead, since some index
//! names the accounts that fulfil them. The smallest lead is followed, the other parts are tested.

use db::entities::{accounts, authenticators, group_memberships, organization_memberships, role_assignments};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement, SimpleExpr};
use sea_orm::{ColumnTrait, DbBackend, EntityTrait};
use types::attributes::AttributeDefinition;
use types::user_list::{Filter, Period, SEARCHABLE, SecondFactorFilter, SortKey, StateFilter, StatusFilter};
use types::{StoreId, Timestamp};

use super::super::search::{Needle, condition};
use crate::Scope;
use crate::attributes::search;

/// Attributes that are searched at once.
const FIELDS_MOST: usize = 20;

/// An index's answer, each account once.
#[derive(Clone)]
pub(in crate::users) struct Lead {
    pub ids: SelectStatement,
    /// On SQLite the full-text index names rows by their numbers.
    pub by_row: bool,
}

impl Lead {
    fn ids(ids: SelectStatement) -> Self {
        Self { ids, by_row: false }
    }

    /// What of an account the lead names.
    pub fn named(&self) -> SimpleExpr {
        if self.by_row {
            Expr::cust("accounts.row_number")
        } else {
            Expr::col((accounts::Entity, accounts::Column::Id))
        }
    }
}

/// One part of a filter that leads by an index of its own.
pub(in crate::users) struct Part {
    pub lead: Lead,
    /// Whether the row passes; what the lead names has still to pass it when `exact` is false.
    pub test: SimpleExpr,
    pub exact: bool,
    /// What it names can be met in the order of any sort: they are memberships, which carry what the
    /// list is sorted by.
    pub in_order: bool,
}

/// The parts of a filter.
pub(super) struct Parts {
    /// Those that lead elsewhere than through the accounts' own indexes.
    pub leading: Vec<Part>,
    /// Status and state.
    pub kept: Vec<SimpleExpr>,
    /// The same, asked of an account that is met on the way through a sort's index, without its row where
    /// that can be: locked, and the states, have an index of their own under each sort.
    pub met: Vec<SimpleExpr>,
    /// The status, where a walk asks it of no more than so many whom it passes: most have the other one, or may.
    pub passed: Option<SimpleExpr>,
    /// Verification, dates and the like, with the sort whose index they are a range of.
    pub own: Vec<(Option<SortKey>, SimpleExpr)>,
    /// What was left aside, and why.
    pub notices: Vec<String>,
}

impl Parts {
    /// The part along which the list can be walked.
    pub(super) fn in_order(&self) -> Option<&Part> {
        self.leading.iter().find(|part| part.in_order)
    }
}

/// `attributes`: those of the store's own that the filter searches.
pub(super) fn parts(
    filter: &Filter,
    scope: &Scope,
    store: StoreId,
    attributes: &[AttributeDefinition],
    backend: DbBackend,
    now: Timestamp,
) -> Parts {
    let mut parts = Parts {
        leading: Vec::new(),
        kept: kept(filter, now),
        met: met(filter, now, backend),
        passed: None,
        own: own(filter, now),
        notices: Vec::new(),
    };
    if let Some(needle) = Needle::new(&filter.q, store, backend) {
        parts.leading.push(needle.anywhere());
    }
    for (key, text) in filter.fields.iter().take(FIELDS_MOST) {
        let Some(needle) = Needle::new(text, store, backend) else { continue };
        match field(key) {
            None => of_store(&mut parts, attributes, key, text, backend),
            Some((label, column)) => match needle.in_field(column) {
                Some(part) => parts.leading.push(part),
                None => parts.notices.push(format!("“{label}” is searched from three characters on.")),
            },
        }
    }
    if let Some(group) = filter.group {
        use group_memberships::{Column, Entity};
        let ids = named(Entity, Column::AccountId, Column::GroupId.eq(group));
        let one = ids.clone().and_where(of_account(Expr::col((Entity, Column::AccountId)))).to_owned();
        parts.leading.push(Part { lead: Lead::ids(ids), test: Expr::exists(one), exact: true, in_order: true });
    }
    if filter.organization.is_some_and(|organization| !scope.reaches(organization)) {
        // Who of theirs is in another organization too is not the reader's to know.
        parts.own.push((None, Expr::cust("1 = 0")));
    } else if let Some(organization) = filter.organization {
        use organization_memberships::{Column, Entity};
        let ids = named(Entity, Column::AccountId, Column::OrganizationId.eq(organization));
        let one = ids.clone().and_where(of_account(Expr::col((Entity, Column::AccountId)))).to_owned();
        parts.leading.push(Part { lead: Lead::ids(ids), test: Expr::exists(one), exact: true, in_order: true });
    }
    if let Some(role) = filter.role {
        use role_assignments::{Column, Entity};
        let ids = named(Entity, Column::AccountId, Column::RoleId.eq(role));
        let one = ids.clone().and_where(of_account(Expr::col((Entity, Column::AccountId)))).to_owned();
        // The same role may be held in several places.
        let once = ids.clone().distinct().to_owned();
        parts.leading.push(Part { lead: Lead::ids(once), test: Expr::exists(one), exact: true, in_order: false });
    }
    if let Some(SecondFactorFilter::Kind(kind)) = filter.second_factor {
        use authenticators::{Column, Entity};
        let ids = named(Entity, Column::AccountId, Column::Kind.eq(kind.key()));
        let one = ids.clone().and_where(of_account(Expr::col((Entity, Column::AccountId)))).to_owned();
        // Somebody may have several of a kind.
        let once = ids.clone().distinct().to_owned();
        parts.leading.push(Part { lead: Lead::ids(once), test: Expr::exists(one), exact: true, in_order: false });
    }
    if let Some((members, is_member)) = scope.members() {
        let in_order = scope.is_one_organization();
        parts.leading.push(Part { lead: Lead::ids(members), test: is_member, exact: true, in_order });
    }
    parts
}

/// Searches an attribute of the store's own.
fn of_store(parts: &mut Parts, attributes: &[AttributeDefinition], key: &str, text: &str, backend: DbBackend) {
    let Some(definition) = attributes.iter().find(|one| one.key == key) else {
        // One that was removed, or that is not the reader's to see, is found nowhere.
        return parts.own.push((None, Expr::cust("1 = 0")));
    };
    let Some(needle) = search::Needle::new(definition, text, backend) else { return };
    let lead = Lead::ids(needle.ids());
    parts.leading.push(Part { lead, test: needle.matches(), exact: needle.is_exact(), in_order: false });
    if !definition.ready {
        parts.notices.push(format!("“{}” is being prepared for searching: some may be missing.", definition.label));
    }
}

fn named<E: EntityTrait>(rows: E, account: E::Column, which: SimpleExpr) -> SelectStatement {
    Query::select().expr_as(Expr::col((rows, account)), Alias::new("id")).from(rows).and_where(which).to_owned()
}

/// An attribute that every account has: how it is called, and where it stands folded.
fn field(key: &str) -> Option<(&'static str, &'static str)> {
    let label = SEARCHABLE.into_iter().find(|it| it.0 == key)?.1;
    let column = match key {
        "name" => "accounts.name_key",
        // The folded name is made of both; folding keeps the length of all but ligatures.
        "first_name" => "substr(accounts.name_key, 1, length(accounts.first_name))",
        "last_name" => "substr(accounts.name_key, length(accounts.name_key) - length(accounts.last_name) + 1)",
        "email" => "accounts.email_key",
        "username" => "accounts.username",
        "phone" => "accounts.phone",
        _ => return None,
    };
    Some((label, column))
}

fn of_account(column: Expr) -> SimpleExpr {
    column.eq(Expr::col((accounts::Entity, accounts::Column::Id)))
}

impl Parts {
    /// The status is asked of whoever is passed, instead of being part of the walk. On SQLite it is asked of what
    /// [`lead_name`] names, by its columns `store` and `account`.
    pub(super) fn pass_by_status(&mut self, filter: &Filter, backend: DbBackend, now: Timestamp) {
        self.met = kept(&Filter { status: None, ..filter.clone() }, now);
        self.passed = match (backend, filter.status) {
            (DbBackend::Sqlite, Some(status)) => among(status, "lead.store", "lead.account"),
            _ => kept(&Filter { state: None, ..filter.clone() }, now).pop(),
        };
    }
}

fn kept(filter: &Filter, now: Timestamp) -> Vec<SimpleExpr> {
    use accounts::Column::*;
    let status = match filter.status {
        None => None,
        Some(StatusFilter::Enabled) => Some(DisabledAt.is_null()),
        Some(StatusFilter::Disabled) => Some(DisabledAt.is_not_null()),
        Some(StatusFilter::Locked) => Some(LockedUntil.gt(now)),
        // It leads by an index of its own.
        Some(StatusFilter::PasswordExpired) => None,
    };
    let state = match filter.state {
        None => vec![],
        Some(StateFilter::Onboarded) => vec![OnboardedAt.is_not_null()],
        Some(StateFilter::PendingActivation) => vec![OnboardedAt.is_null(), ActivationSentAt.is_not_null()],
        Some(StateFilter::NotRegistered) => vec![OnboardedAt.is_null(), ActivationSentAt.is_null()],
    };
    status.into_iter().chain(state).collect()
}

fn met(filter: &Filter, now: Timestamp, backend: DbBackend) -> Vec<SimpleExpr> {
    let among = filter.status.and_then(|status| among(status, "accounts.store_id", "accounts.id"));
    // PostgreSQL reads the row of whoever it meets anyway, to see whether it is there.
    let Some(status) = among.filter(|_| backend == DbBackend::Sqlite) else { return kept(filter, now) };
    let state = kept(&Filter { status: None, ..filter.clone() }, now);
    std::iter::once(status).chain(state).collect()
}

/// Whether somebody has one of the two statuses whose index SQLite is asked, instead of the row.
fn among(status: StatusFilter, store: &str, account: &str) -> Option<SimpleExpr> {
    let is_disabled = Expr::cust(format!(
        "EXISTS (SELECT 1 FROM accounts AS d INDEXED BY accounts_disabled WHERE d.store_id = {store} \
         AND d.id = {account} AND d.deleted_at IS NULL AND d.disabled_at IS NOT NULL)"
    ));
    match status {
        StatusFilter::Disabled => Some(is_disabled),
        StatusFilter::Enabled => Some(is_disabled.not()),
        StatusFilter::Locked | StatusFilter::PasswordExpired => None,
    }
}

fn own(filter: &Filter, now: Timestamp) -> Vec<(Option<SortKey>, SimpleExpr)> {
    use accounts::Column::*;
    let mut own = Vec::new();
    match filter.email_verified {
        None => {}
        Some(true) => own.push((None, EmailVerifiedAt.is_not_null())),
        Some(false) => own.push((None, EmailVerifiedAt.is_null())),
    }
    let days =
        [(SortKey::Created, CreatedAt, filter.created), (SortKey::LastSignIn, LastSignInAt, filter.last_sign_in)];
    for (sort, column, Period { after, before }) in days {
        own.extend(after.map(|at| (Some(sort), column.gte(at))));
        own.extend(before.map(|at| (Some(sort), column.lt(at))));
    }
    match filter.second_factor {
        Some(SecondFactorFilter::Any) => own.push((None, SecondFactor.is_not_null())),
        Some(SecondFactorFilter::None) => own.push((None, SecondFactor.is_null())),
        Some(SecondFactorFilter::Kind(_)) | None => {}
    }
    if filter.status == Some(StatusFilter::PasswordExpired) {
        own.push((None, PasswordExpiresAt.lte(now)));
    }
    if let Some(days) = filter.password_expires_within {
        let until = now.plus_seconds(i64::from(days) * 24 * 60 * 60);
        own.push((None, PasswordExpiresAt.gt(now).and(PasswordExpiresAt.lte(until))));
    }
    // Nobody has one so far.
    if filter.external_identity == Some(true) {
        own.push((None, Expr::cust("1 = 0")));
    }
    let signed_in = |test| (Some(SortKey::LastSignIn), test);
    if filter.never_signed_in {
        own.push(signed_in(LastSignInAt.eq(Timestamp(0))));
    } else if filter.last_sign_in.before.is_some() && filter.last_sign_in.after.is_none() {
        // Who never signed in has not done so before some day either.
        own.push(signed_in(LastSignInAt.gt(Timestamp(0))));
    }
    own
}

/// The store's condition. Where the rows are `named` already, SQLite's planner must be kept from
/// walking the store in some order: it takes a store to have ten accounts. The `+` hides the column.
pub(super) fn in_store(store: StoreId, backend: DbBackend, named: bool) -> SimpleExpr {
    if named && backend == DbBackend::Sqlite {
        condition(backend, "+accounts.store_id = ?", vec![store.into()])
    } else {
        accounts::Column::StoreId.eq(store)
    }
}

/// How the lead is called beside the accounts.
pub(super) fn lead_name() -> Alias {
    Alias::new("lead")
}
