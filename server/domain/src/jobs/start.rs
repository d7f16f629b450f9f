//! Starting a bulk action: the count that was confirmed is the count that is done.

use db::entities::{accounts, jobs};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
    QueryTrait, Select, Statement,
};
use serde::Serialize;
use types::bulk::{BulkAction, BulkReport, INLINE_MOST, JobKind, JobState, NAMED_MOST, Parameters, Selection};
use types::text::optional_line;
use types::{AccountId, JobId, Permission, Timestamp};

use super::report::report_of;
use super::run::{lease_until, work};
use super::undo;
use crate::users::ListQuery;
use crate::{Context, Error, Result, Roster, Scope, Staff, groups, roles};

/// The longest reason of a disabling, in characters.
const REASON_MOST: usize = 500;

/// How many accounts the selection holds right now, within the caller's reach.
pub async fn count(roster: &Roster, staff: &Staff, action: BulkAction, selection: &Selection) -> Result<i64> {
    let scope = scope_of(staff, action, selection)?;
    match selection {
        Selection::Matching(filter) => ListQuery::matching(roster, scope, filter).await?.count_exactly(roster).await,
        Selection::Accounts(ids) => {
            let found = named(&scope, action, bounded(ids)?).count(roster.database.read()).await?;
            Ok(i64::try_from(found).unwrap_or(i64::MAX))
        }
    }
}

/// Who chooses by a filter learns who matches it, so that they have to be allowed to see them too.
fn scope_of(staff: &Staff, action: BulkAction, selection: &Selection) -> Result<Scope> {
    let scope = staff.require(action.permission())?;
    match selection {
        Selection::Matching(_) => scope.narrowed(staff.require(Permission::ViewUsers)?),
        Selection::Accounts(_) => Ok(scope),
    }
}

/// Fixes the selection and does the action: up to [`INLINE_MOST`] accounts at once, more by the job
/// runner. Needs the action's permission; everybody out of its reach is left out.
///
/// # Errors
/// Parameters that are not the action's, cannot be stored, or name what is not there; an empty
/// selection.
pub async fn start(
    context: &Context,
    staff: &Staff,
    action: BulkAction,
    selection: &Selection,
    parameters: &Parameters,
) -> Result<BulkReport> {
    let scope = scope_of(staff, action, selection)?;
    if action.needs_proof() {
        staff.require_recent_proof(context.now())?;
    }
    let parameters = checked(action, parameters)?;
    let query = match selection {
        Selection::Accounts(ids) => named(&scope, action, bounded(ids)?),
        Selection::Matching(_) if action.is_for_deleted() => {
            return Err(Error::not_allowed("Deleted users are chosen one by one."));
        }
        Selection::Matching(filter) => ListQuery::matching(context, scope, filter).await?.accounts(),
    };
    begin(context, staff, action, &parameters, query, None).await
}

/// The same for accounts that a query gives, which is within the caller's scope; as the **Undo** of a job.
pub(super) async fn begin(
    context: &Context,
    staff: &Staff,
    action: BulkAction,
    parameters: &Parameters,
    query: Select<accounts::Entity>,
    undoes: Option<JobId>,
) -> Result<BulkReport> {
    let transaction = context.database.begin().await?;
    if let Some(job) = undoes {
        undo::note(&transaction, context, job).await?;
    }
    let detail = detail_of(&transaction, staff, parameters).await?;
    let id = insert(&transaction, context, staff, JobKind::Bulk(action), parameters, detail).await?;
    let total = fix_selection(&transaction, id, query).await?;
    if total == 0 {
        return Err(Error::Conflict("Nobody matches any more; nothing was changed.".into()));
    }
    let now_or_later = if total <= INLINE_MOST { lease_until(context) } else { Timestamp(0) };
    jobs::Entity::update_many()
        .col_expr(jobs::Column::Total, total.into())
        .col_expr(jobs::Column::LeasedUntil, now_or_later.into())
        .filter(jobs::Column::Id.eq(id))
        .exec(&transaction)
        .await?;
    transaction.commit().await?;
    if total <= INLINE_MOST {
        work(context, id).await?;
    }
    report_of(&context.database, id).await
}

/// The last second that a date can name.
const LATEST: Timestamp = Timestamp(253_402_300_799_000);

/// The parameters as they are stored.
fn checked(action: BulkAction, parameters: &Parameters) -> Result<Parameters> {
    if !parameters.suit(action) {
        return Err(Error::field("parameters", "Choose what this action needs."));
    }
    match parameters {
        Parameters::Reason(reason) => {
            let reason = optional_line(reason, REASON_MOST).map_err(|why| Error::field("reason", why))?;
            Ok(reason.map_or(Parameters::None, Parameters::Reason))
        }
        Parameters::Expiry(Some(at)) if !(0..=LATEST.0).contains(&at.0) => {
            Err(Error::field("expiry", "A date before the year 10000, please."))
        }
        others => Ok(others.clone()),
    }
}

/// What the parameters name, which must be there and the caller's to give.
async fn detail_of(
    connection: &impl ConnectionTrait,
    staff: &Staff,
    parameters: &Parameters,
) -> Result<Option<String>> {
    Ok(match parameters {
        Parameters::Group(group) => Some(groups::name_for_members(connection, *group).await?),
        Parameters::Role { role, organization } => {
            Some(roles::name_for_grant(connection, staff, (*role, *organization)).await?)
        }
        _ => None,
    })
}

fn bounded(ids: &[AccountId]) -> Result<&[AccountId]> {
    if ids.len() > NAMED_MOST {
        return Err(Error::not_allowed(format!(
            "At most {NAMED_MOST} users can be named; select all that match instead."
        )));
    }
    Ok(ids)
}

/// The named accounts within reach. Those out of it are left out without a word: that they exist
/// is not the caller's to know.
fn named(scope: &Scope, action: BulkAction, ids: &[AccountId]) -> Select<accounts::Entity> {
    let select = if action.is_for_deleted() { scope.accounts_and_deleted() } else { scope.accounts() };
    select.filter(accounts::Column::Id.is_in(ids.iter().copied()))
}

/// A new job, waiting, with nothing in it.
pub(crate) async fn insert(
    transaction: &DatabaseTransaction,
    context: &Context,
    staff: &Staff,
    kind: JobKind,
    parameters: &impl Serialize,
    detail: Option<String>,
) -> Result<JobId> {
    let id = JobId(context.id());
    let job = jobs::ActiveModel {
        id: Set(id),
        action: Set(kind.key().into()),
        parameters: Set(serde_json::to_string(parameters).map_err(|error| Error::Internal(error.to_string()))?),
        detail: Set(detail),
        state: Set(JobState::Waiting.key().into()),
        total: Set(0),
        done: Set(0),
        skipped: Set(0),
        failed: Set(0),
        handled_to: Set(0),
        resume: Set(None),
        started_by: Set(Some(staff.account)),
        session_id: Set(Some(staff.session)),
        ip: Set(context.origin.ip.clone()),
        browser: Set(context.origin.browser.clone()),
        place: Set(context.origin.place.clone()),
        created_at: Set(context.now()),
        finished_at: Set(None),
        cancel_requested_at: Set(None),
        undone_at: Set(None),
        leased_until: Set(Timestamp(0)),
    };
    jobs::Entity::insert(job).exec_without_returning(transaction).await?;
    Ok(id)
}

/// Writes the selected ids into the job's items, inside the database; gives how many.
async fn fix_selection(transaction: &DatabaseTransaction, job: JobId, query: Select<accounts::Entity>) -> Result<i64> {
    let backend = transaction.get_database_backend();
    let inner = query.select_only().column(accounts::Column::Id).build(backend);
    let mut values = inner.values.map(|values| values.0).unwrap_or_default();
    values.push(job.into());
    let place = if backend == sea_orm::DbBackend::Sqlite { "?".to_owned() } else { format!("${}", values.len()) };
    let sql = format!(
        "INSERT INTO job_items (position, account_id, job_id) \
         SELECT ROW_NUMBER() OVER (), chosen.id, {place} FROM ({}) AS chosen",
        inner.sql
    );
    // SQLite counts its `?` from the left: the job's id stands before the inner query's values.
    if backend == sea_orm::DbBackend::Sqlite {
        values.rotate_right(1);
    }
    let inserted = transaction.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    Ok(i64::try_from(inserted.rows_affected()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use types::Permission;
    use types::permissions::BuiltInRole;
    use types::user_list::{Filter, StatusFilter};

    use super::*;
    use crate::testing;

    fn filter(q: &str, status: Option<StatusFilter>) -> Selection {
        Selection::Matching(Filter { q: q.into(), status, ..Filter::default() })
    }

    #[tokio::test]
    async fn who_may_not_see_people_does_not_find_them_by_an_action_either() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            let inside = testing::user(&context, &owner, "inside").await;
            let acme = testing::organization(&context, "Acme", &[inside]).await;
            testing::give_permissions(&context, ada, &[Permission::EndSessions], None).await;
            let blind = testing::staff(&context, ada).await;
            let refused = count(&context, &blind, BulkAction::EndSessions, &filter("owner", None)).await;
            assert!(matches!(refused, Err(Error::NotAllowed(_))), "{refused:?}");
            let none = Parameters::None;
            let refused = start(&context, &blind, BulkAction::EndSessions, &filter("owner", None), &none).await;
            assert!(matches!(refused, Err(Error::NotAllowed(_))), "{refused:?}");
            // Whom they may see and whom they may act on are not the same people.
            testing::give_permissions(&context, ada, &[Permission::ViewUsers], Some(acme)).await;
            let desk = testing::staff(&context, ada).await;
            let counted = count(&context, &desk, BulkAction::EndSessions, &filter("", None)).await;
            assert_eq!(counted.unwrap(), 1);
        })
        .await;
    }

    #[tokio::test]
    async fn ids_out_of_reach_are_left_out_without_a_word() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let inside = testing::user(&context, &owner, "inside").await;
            let outside = testing::user(&context, &owner, "outside").await;
            let acme = testing::organization(&context, "Acme", &[inside]).await;
            let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, Some(acme)).await;
            let ids = vec![inside, outside, AccountId(context.id()), inside];
            let selection = Selection::Accounts(ids);
            assert_eq!(count(&context, &desk, BulkAction::Disable, &selection).await.unwrap(), 1);
            let report = start(&context, &desk, BulkAction::Disable, &selection, &Parameters::None).await.unwrap();
            assert_eq!((report.total, report.done, report.skipped), (1, 1, 0));
            assert!(testing::account(&context, outside).await.disabled_at.is_none());
            let out = Selection::Accounts(vec![outside]);
            let nobody = start(&context, &desk, BulkAction::Disable, &out, &Parameters::None).await;
            assert!(matches!(nobody, Err(Error::Conflict(_))));
        })
        .await;
    }

    #[tokio::test]
    async fn a_filter_selects_what_the_list_shows() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ids = testing::many(&context, 30, |at| testing::form(&format!("person{at:02}"))).await;
            testing::bulk(&context, &owner, BulkAction::Disable, &ids[..12]).await;
            for (q, status, expected) in [
                ("person1", None, 10),
                ("person1", Some(StatusFilter::Disabled), 2),
                ("p", Some(StatusFilter::Enabled), 18),
                ("", Some(StatusFilter::Disabled), 12),
            ] {
                let selection = filter(q, status);
                let known = count(&context, &owner, BulkAction::Enable, &selection).await.unwrap();
                assert_eq!(known, expected, "{q} {status:?}");
            }
            let report =
                start(&context, &owner, BulkAction::Delete, &filter("person1", None), &Parameters::None).await.unwrap();
            assert_eq!((report.total, report.done), (10, 10));
            let left = count(&context, &owner, BulkAction::Delete, &filter("person", None)).await.unwrap();
            assert_eq!(left, 20);
        })
        .await;
    }

    #[tokio::test]
    async fn an_organizations_staff_select_all_of_theirs_only() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ids = testing::many(&context, 8, |at| testing::form(&format!("person{at}"))).await;
            let acme = testing::organization(&context, "Acme", &ids[..3]).await;
            let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, Some(acme)).await;
            for q in ["", "person", "p"] {
                assert_eq!(count(&context, &desk, BulkAction::Disable, &filter(q, None)).await.unwrap(), 3, "{q}");
            }
            let report =
                start(&context, &desk, BulkAction::Disable, &filter("person", None), &Parameters::None).await.unwrap();
            assert_eq!(report.done, 3);
        })
        .await;
    }

    #[tokio::test]
    async fn what_cannot_be_done_leaves_no_job() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = Selection::Accounts(vec![testing::user(&context, &owner, "ada").await]);
            let auditor = testing::staff_with(&context, &owner, "audit", BuiltInRole::Auditor, None).await;
            use BulkAction::*;
            let refused = start(&context, &auditor, Disable, &ada, &Parameters::None).await;
            assert!(matches!(refused, Err(Error::NotAllowed(_))));
            let refused = count(&context, &auditor, Disable, &ada).await;
            assert!(matches!(refused, Err(Error::NotAllowed(_))));
            for reason in ["x".repeat(501), "a\u{0}b".into()] {
                let wrong = start(&context, &owner, Disable, &ada, &Parameters::Reason(reason)).await.unwrap_err();
                assert_eq!(testing::wrong_fields(wrong), ["reason"]);
            }
            for nobody in [Selection::Accounts(Vec::new()), filter("nobody", None)] {
                let conflict = start(&context, &owner, Delete, &nobody, &Parameters::None).await;
                assert!(matches!(conflict, Err(Error::Conflict(_))));
            }
            let too_many = Selection::Accounts(vec![owner.account; NAMED_MOST + 1]);
            assert!(matches!(
                start(&context, &owner, Enable, &too_many, &Parameters::None).await,
                Err(Error::NotAllowed(_))
            ));
            let all = filter("", None);
            assert!(matches!(
                start(&context, &owner, Restore, &all, &Parameters::None).await,
                Err(Error::NotAllowed(_))
            ));
            assert_eq!(jobs::Entity::find().count(context.database.read()).await.unwrap(), 0);
        })
        .await;
    }

    #[tokio::test]
    async fn a_store_that_is_gone_is_not_taken_for_the_default_one() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let filter = Filter { store: Some(types::StoreId(context.id())), ..Filter::default() };
            let selection = Selection::Matching(filter);
            let counted = count(&context, &owner, BulkAction::Disable, &selection).await;
            assert!(matches!(counted, Err(Error::Conflict(_))));
            let started = start(&context, &owner, BulkAction::Disable, &selection, &Parameters::None).await;
            assert!(matches!(started, Err(Error::Conflict(_))));
        })
        .await;
    }

    #[tokio::test]
    async fn as_many_as_may_be_named_are_done() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let mut ids = vec![testing::user(&context, &owner, "ada").await];
            ids.resize_with(NAMED_MOST, || AccountId(context.id()));
            let report = start(&context, &owner, BulkAction::Disable, &Selection::Accounts(ids), &Parameters::None)
                .await
                .unwrap();
            assert_eq!((report.total, report.done), (1, 1));
        })
        .await;
    }

    #[tokio::test]
    async fn each_action_asks_for_its_permission() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = Selection::Accounts(vec![testing::user(&context, &owner, "ada").await]);
            let id = testing::onboarded(&context, &owner, "narrow").await;
            testing::give_permissions(&context, id, &[Permission::DisableUsers], None).await;
            let staff = testing::staff(&context, id).await;
            let group = testing::group(&context, "Engineering", &[]).await;
            let role = testing::role(&context, BuiltInRole::Auditor).await;
            for action in BulkAction::ALL.iter().copied() {
                let parameters = testing::parameters(action, group, role);
                let allowed = start(&context, &staff, action, &ada, &parameters).await.is_ok();
                assert_eq!(allowed, action.permission() == Permission::DisableUsers, "{action:?}");
            }
        })
        .await;
    }
}
