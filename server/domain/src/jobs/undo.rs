//! **Undo**: the reverse action, for those to whom a job was done and for nobody else.

use db::entities::{accounts, job_items, jobs};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select};
use types::bulk::{BulkAction, BulkReport, JobKind, JobState, Parameters};
use types::{AccountId, JobId, Timestamp};

use super::report::visible;
use super::start::begin;
use crate::{Context, Error, Result, Staff};

/// How long after its end a job can be taken back, in seconds: later others may have decided anew.
const SECONDS: i64 = 60 * 60;

/// Takes back what a job has done, as a job of its own. Whoever started it, with the permission of
/// the reverse action.
///
/// # Errors
/// [`Error::ProofNeeded`]; [`Error::Conflict`] when nothing takes it back, nobody is left, it was too long ago, or it
/// has been taken back already: whoever was decided about since stays as they are.
pub async fn undo(context: &Context, staff: &Staff, id: JobId) -> Result<BulkReport> {
    let job = visible(&context.database, staff, id).await?;
    if job.started_by != Some(staff.account) {
        return Err(Error::not_allowed("Only whoever started a job can take it back."));
    }
    if job.undone_at.is_some() {
        return Err(taken_back());
    }
    let Some(action) = reverse_of(&job) else {
        return Err(Error::Conflict("This cannot be taken back.".into()));
    };
    if !is_recent(&job, context.now()) {
        return Err(Error::Conflict("This was too long ago to be taken back at once.".into()));
    }
    let scope = staff.require(action.permission())?;
    if action.needs_proof() {
        staff.require_recent_proof(context.now())?;
    }
    let before: Parameters = serde_json::from_str(&job.parameters)
        .map_err(|error| Error::Internal(format!("the parameters of the job {id}: {error}")))?;
    let parameters = if before.suit(action) { before } else { Parameters::None };
    let select = if action.is_for_deleted() { scope.accounts_and_deleted() } else { scope.accounts() };
    let done = select.filter(accounts::Column::Id.in_subquery(done_by(&job).into_query()));
    begin(context, staff, action, &parameters, done, Some(id)).await
}

/// Notes it on the job that is taken back. Of two at once, one does it.
pub(super) async fn note(connection: &impl ConnectionTrait, context: &Context, undone: JobId) -> Result<()> {
    let noted = jobs::Entity::update_many()
        .col_expr(jobs::Column::UndoneAt, context.now().into())
        .filter(jobs::Column::Id.eq(undone))
        .filter(jobs::Column::UndoneAt.is_null())
        .exec(connection)
        .await?;
    if noted.rows_affected == 0 { Err(taken_back()) } else { Ok(()) }
}

fn taken_back() -> Error {
    Error::Conflict("This has been taken back already.".into())
}

/// Whether it can be taken back still.
pub(super) fn is_recent(job: &jobs::Model, now: Timestamp) -> bool {
    job.finished_at.is_some_and(|at| at.plus_seconds(SECONDS) >= now)
}

/// What takes the job back.
pub(super) fn reverse_of(job: &jobs::Model) -> Option<BulkAction> {
    let over = JobState::from_key(&job.state).is_some_and(JobState::is_over);
    match JobKind::from_key(&job.action)? {
        JobKind::Bulk(action) if over && job.done > 0 && job.undone_at.is_none() => action.reverse(),
        _ => None,
    }
}

/// Whether the reverse action would find somebody: who was purged at once is not in the recycle bin.
pub(super) async fn finds_somebody(connection: &impl ConnectionTrait, job: &jobs::Model) -> Result<bool> {
    let some: Vec<AccountId> = done_by(job).limit(100).into_tuple().all(connection).await?;
    let found = accounts::Entity::find()
        .select_only()
        .column(accounts::Column::Id)
        .filter(accounts::Column::Id.is_in(some))
        .limit(1)
        .into_tuple::<AccountId>()
        .one(connection)
        .await?;
    Ok(found.is_some())
}

/// An item that the job has come to and that says nothing is done.
fn done_by(job: &jobs::Model) -> Select<job_items::Entity> {
    job_items::Entity::find()
        .select_only()
        .column(job_items::Column::AccountId)
        .filter(job_items::Column::JobId.eq(job.id))
        .filter(job_items::Column::Position.lte(job.handled_to))
        .filter(job_items::Column::Outcome.is_null())
}

#[cfg(test)]
mod tests {
    use types::bulk::Selection;
    use types::permissions::BuiltInRole;

    use super::*;
    use crate::jobs::{report, run_open, start};
    use crate::testing;

    #[tokio::test]
    async fn takes_back_what_was_done_and_leaves_who_was_skipped() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ids = testing::many(&context, 5, |at| testing::form(&format!("u{at}"))).await;
            testing::bulk(&context, &owner, BulkAction::Disable, &ids[..2]).await;
            let all = Selection::Accounts([&ids[..], &[owner.account]].concat());
            let done = start(&context, &owner, BulkAction::Disable, &all, &Parameters::None).await.unwrap();
            assert_eq!((done.done, done.skipped, done.undo), (3, 3, Some(BulkAction::Enable)));
            let back = undo(&context, &owner, done.job).await.unwrap();
            assert_eq!((back.kind, back.done, back.skipped), (JobKind::Bulk(BulkAction::Enable), 3, 0));
            for (at, id) in ids.iter().enumerate() {
                assert_eq!(testing::account(&context, *id).await.disabled_at.is_some(), at < 2, "{at}");
            }
            // Not twice: a colleague may have decided about one of them since.
            assert_eq!(report(&context.database, &owner, done.job).await.unwrap().undo, None);
            testing::bulk(&context, &owner, BulkAction::Disable, &ids[4..]).await;
            let (again, at_once) = tokio::join!(undo(&context, &owner, done.job), undo(&context, &owner, done.job));
            assert!(matches!(again, Err(Error::Conflict(_))) && matches!(at_once, Err(Error::Conflict(_))));
            assert!(testing::account(&context, ids[4]).await.disabled_at.is_some());
        })
        .await;
    }

    #[tokio::test]
    async fn of_two_at_once_one_takes_it_back_and_what_finds_nobody_is_not_noted() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::user(&context, &owner, "ada").await;
            let job = testing::bulk(&context, &owner, BulkAction::Disable, &[ada]).await.job;
            testing::bulk(&context, &owner, BulkAction::Delete, &[ada]).await;
            assert!(matches!(undo(&context, &owner, job).await, Err(Error::Conflict(_))));
            testing::bulk(&context, &owner, BulkAction::Restore, &[ada]).await;
            let (one, other) = tokio::join!(undo(&context, &owner, job), undo(&context, &owner, job));
            assert_eq!([one.is_ok(), other.is_ok()].iter().filter(|done| **done).count(), 1);
            assert!(testing::account(&context, ada).await.disabled_at.is_none());
        })
        .await;
    }

    #[tokio::test]
    async fn takes_the_group_and_the_role_of_the_job_itself() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ids = testing::many(&context, 3, |at| testing::form(&format!("u{at}"))).await;
            let group = testing::group(&context, "Engineering", &ids[..1]).await;
            let role = testing::role(&context, BuiltInRole::Auditor).await;
            for action in [BulkAction::AddToGroup, BulkAction::AssignRole] {
                let what = testing::parameters(action, group, role);
                let whom = Selection::Accounts(ids.clone());
                let done = start(&context, &owner, action, &whom, &what).await.unwrap();
                let back = undo(&context, &owner, done.job).await.unwrap();
                assert_eq!((Some(back.kind), back.done), (action.reverse().map(JobKind::Bulk), done.done));
                assert_eq!(back.detail, done.detail);
            }
            // The one who was in the group before is in it still.
            let left = crate::groups::of_user(&context.database, &owner, ids[0]).await.unwrap();
            assert_eq!(left.len(), 1);
        })
        .await;
    }

    #[tokio::test]
    async fn a_job_of_many_is_taken_back_as_a_job() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ids = testing::many(&context, 600, |at| testing::form(&format!("u{at}"))).await;
            let all = Selection::Accounts(ids);
            let job = start(&context, &owner, BulkAction::Disable, &all, &Parameters::None).await.unwrap().job;
            let early = undo(&context, &owner, job).await;
            assert!(matches!(early, Err(Error::Conflict(_))));
            while run_open(&context).await.unwrap() {}
            let back = undo(&context, &owner, job).await.unwrap();
            assert_eq!((back.total, back.undo), (600, None));
            while run_open(&context).await.unwrap() {}
            assert_eq!(report(&context.database, &owner, back.job).await.unwrap().done, 600);
        })
        .await;
    }

    #[tokio::test]
    async fn is_for_whoever_did_it_soon_and_within_their_reach() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::user(&context, &owner, "ada").await;
            let acme = testing::organization(&context, "Acme", &[ada]).await;
            let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, Some(acme)).await;
            let admin = testing::staff_with(&context, &owner, "admin", BuiltInRole::Administrator, None).await;
            let owners = testing::bulk(&context, &owner, BulkAction::Disable, &[ada]).await.job;
            assert!(matches!(undo(&context, &desk, owners).await, Err(Error::NotFound("job"))));
            assert!(matches!(undo(&context, &admin, owners).await, Err(Error::NotAllowed(_))));
            context.clock.advance_seconds(SECONDS + 1);
            assert!(matches!(undo(&context, &owner, owners).await, Err(Error::Conflict(_))));
            testing::bulk(&context, &owner, BulkAction::Enable, &[ada]).await;
            let theirs = testing::bulk(&context, &desk, BulkAction::Disable, &[ada]).await.job;
            // Ada leaves what the help desk reaches.
            let transaction = context.database.begin().await.unwrap();
            transaction.execute_unprepared("DELETE FROM organization_memberships").await.unwrap();
            transaction.commit().await.unwrap();
            assert!(matches!(undo(&context, &desk, theirs).await, Err(Error::Conflict(_))));
            assert!(testing::account(&context, ada).await.disabled_at.is_some());
            let mails = testing::onboarded(&context, &owner, "bob").await;
            let mails = testing::bulk(&context, &owner, BulkAction::SendWelcome, &[mails]).await;
            assert_eq!(mails.undo, None);
            assert!(matches!(undo(&context, &owner, mails.job).await, Err(Error::Conflict(_))));
        })
        .await;
    }
}
