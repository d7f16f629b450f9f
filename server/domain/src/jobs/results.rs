//! What came of each account of a job, one after the other: for its CSV (U13).

use std::collections::HashMap;

use db::entities::{accounts, job_items, jobs};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::bulk::JobState;
use types::{AccountId, JobId, Permission};

use super::report::{NOT_REACHED, visible};
use crate::{Database, Result, Staff};

/// Rows in one piece.
const PIECE: u64 = 1_000;

/// One account of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemResult {
    pub account: AccountId,
    /// Empty when it is gone, or out of the reader's reach by now.
    pub name: String,
    pub email: String,
    /// `done`, `skipped`, `failed`; `waiting` before its turn.
    pub outcome: String,
    pub reason: String,
}

/// A piece of the results after a position (0: from the beginning), and the position to go on from.
/// Whoever may see the job; names are shown of those whom **View users** reaches.
pub async fn results(
    database: &Database,
    staff: &Staff,
    id: JobId,
    after: i64,
) -> Result<(Vec<ItemResult>, Option<i64>)> {
    let job = visible(database, staff, id).await?;
    let connection = database.read();
    let items = job_items::Entity::find()
        .filter(job_items::Column::JobId.eq(id))
        .filter(job_items::Column::Position.gt(after))
        .order_by_asc(job_items::Column::Position)
        .limit(PIECE)
        .all(connection)
        .await?;
    let next = items.last().filter(|_| items.len() as u64 == PIECE).map(|item| item.position);
    let named: Vec<(AccountId, String, String)> = match staff.require(Permission::ViewUsers) {
        Ok(scope) => {
            scope
                .accounts_and_deleted()
                .select_only()
                .columns([accounts::Column::Id, accounts::Column::Name, accounts::Column::Email])
                .filter(accounts::Column::Id.is_in(items.iter().map(|item| item.account_id)))
                .into_tuple()
                .all(connection)
                .await?
        }
        Err(_) => Vec::new(),
    };
    let mut named: HashMap<_, _> = named.into_iter().map(|(id, name, email)| (id, (name, email))).collect();
    let rows = items.into_iter().map(|item| {
        let (outcome, reason) = outcome_of(&job, &item);
        let (name, email) = named.remove(&item.account_id).unwrap_or_default();
        ItemResult { account: item.account_id, name, email, outcome, reason }
    });
    Ok((rows.collect(), next))
}

fn outcome_of(job: &jobs::Model, item: &job_items::Model) -> (String, String) {
    match &item.outcome {
        Some(outcome) => (outcome.clone(), item.reason.clone().unwrap_or_default()),
        None if item.position <= job.handled_to => ("done".into(), String::new()),
        None if job.state == JobState::Cancelled.key() => ("skipped".into(), NOT_REACHED.into()),
        None => ("waiting".into(), String::new()),
    }
}

#[cfg(test)]
mod tests {
    use types::bulk::{BulkAction, Parameters, Selection};
    use types::permissions::BuiltInRole;

    use super::*;
    use crate::{Error, testing};

    #[tokio::test]
    async fn tell_of_every_account_once_what_came_of_it() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ids = testing::many(&context, 1_100, |at| testing::form(&format!("u{at}"))).await;
            testing::bulk(&context, &owner, BulkAction::Disable, &ids[..2]).await;
            let all = Selection::Accounts(ids.clone());
            let job = crate::jobs::start(&context, &owner, BulkAction::Disable, &all, &Parameters::None).await.unwrap();
            let (rows, _) = results(&context.database, &owner, job.job, 0).await.unwrap();
            assert!(rows.iter().all(|row| row.outcome == "waiting" && row.email.ends_with("@example.com")));
            while crate::jobs::run_open(&context).await.unwrap() {}
            let (mut rows, next) = results(&context.database, &owner, job.job, 0).await.unwrap();
            assert_eq!(rows.len(), 1_000);
            let (more, next) = results(&context.database, &owner, job.job, next.unwrap()).await.unwrap();
            rows.extend(more);
            assert_eq!((rows.len(), next), (1_100, None));
            let skipped: Vec<_> = rows.iter().filter(|row| row.outcome == "skipped").collect();
            assert_eq!((skipped.len(), skipped[0].reason.as_str()), (2, "already disabled"));
            assert_eq!(rows.iter().filter(|row| row.outcome == "done").count(), 1_098);
        })
        .await;
    }

    #[tokio::test]
    async fn are_for_whoever_may_see_the_job_and_name_nobody_out_of_reach() {
        testing::on_both(|context| async move {
            use sea_orm::ConnectionTrait;
            let owner = testing::owner(&context).await;
            let ada = testing::user(&context, &owner, "ada").await;
            let acme = testing::organization(&context, "Acme", &[ada]).await;
            let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, Some(acme)).await;
            let owners = testing::bulk(&context, &owner, BulkAction::Disable, &[ada]).await.job;
            let hidden = results(&context.database, &desk, owners, 0).await;
            assert!(matches!(hidden, Err(Error::NotFound("job"))));
            let theirs = testing::bulk(&context, &desk, BulkAction::Enable, &[ada]).await.job;
            let (rows, _) = results(&context.database, &desk, theirs, 0).await.unwrap();
            assert_eq!((rows[0].email.as_str(), rows[0].outcome.as_str()), ("ada@example.com", "done"));
            let transaction = context.database.begin().await.unwrap();
            transaction.execute_unprepared("DELETE FROM organization_memberships").await.unwrap();
            transaction.commit().await.unwrap();
            let (rows, _) = results(&context.database, &desk, theirs, 0).await.unwrap();
            assert_eq!((rows[0].name.as_str(), rows[0].email.as_str()), ("", ""));
        })
        .await;
    }
}
