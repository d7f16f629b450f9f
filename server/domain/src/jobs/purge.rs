//! Jobs that ended long ago, with what became of each of their rows.

use db::entities::{import_problems, job_items, jobs};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::{Context, Result};

/// How long a job's report can be looked at, and the rejected rows of an import be fetched.
const KEPT_SECONDS: i64 = 30 * 24 * 60 * 60;
/// Rows that are deleted at a time, so that others can write in between.
const ROWS: i64 = 5_000;

/// Deletes them, one job after the other.
pub async fn purge(context: &Context) -> Result<()> {
    let before = context.now().plus_seconds(-KEPT_SECONDS);
    loop {
        let old = jobs::Entity::find()
            .filter(jobs::Column::FinishedAt.lt(before))
            .order_by_asc(jobs::Column::FinishedAt)
            .one(context.database.read())
            .await?;
        match old {
            Some(job) => remove(context, &job).await?,
            None => return Ok(()),
        }
    }
}

/// Positions go from 1 to the total; those of an import count the header too.
async fn remove(context: &Context, job: &jobs::Model) -> Result<()> {
    for from in (0..=job.total + 1).step_by(ROWS as usize) {
        let transaction = context.database.begin().await?;
        job_items::Entity::delete_many()
            .filter(job_items::Column::JobId.eq(job.id))
            .filter(job_items::Column::Position.between(from, from + ROWS - 1))
            .exec(&transaction)
            .await?;
        import_problems::Entity::delete_many()
            .filter(import_problems::Column::JobId.eq(job.id))
            .filter(import_problems::Column::Position.between(from, from + ROWS - 1))
            .exec(&transaction)
            .await?;
        transaction.commit().await?;
        tokio::task::yield_now().await;
    }
    let transaction = context.database.begin().await?;
    jobs::Entity::delete_by_id(job.id).exec(&transaction).await?;
    transaction.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use sea_orm::PaginatorTrait;
    use types::bulk::{BulkAction, Parameters, Selection};

    use super::*;
    use crate::jobs::{report, run_open, start};
    use crate::{Error, testing};

    #[tokio::test]
    async fn a_job_goes_with_its_rows_a_month_after_its_end_and_no_earlier() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ids = testing::many(&context, 5_600, |at| testing::form(&format!("u{at}"))).await;
            let some = Selection::Accounts(ids[..600].to_vec());
            let job = start(&context, &owner, BulkAction::Disable, &some, &Parameters::None).await.unwrap().job;
            let waiting = testing::bulk(&context, &owner, BulkAction::Disable, &ids[..3]).await.job;
            let all = Selection::Matching(types::user_list::Filter::default());
            let open = start(&context, &owner, BulkAction::Enable, &all, &Parameters::None).await.unwrap().job;
            let transaction = context.database.begin().await.unwrap();
            let unfinished = jobs::Entity::update_many().filter(jobs::Column::Id.eq(open));
            let unfinished = unfinished.col_expr(jobs::Column::LeasedUntil, i64::MAX.into());
            unfinished.exec(&transaction).await.unwrap();
            transaction.commit().await.unwrap();
            while run_open(&context).await.unwrap() {}
            let items = async || job_items::Entity::find().count(context.database.read()).await.unwrap();
            assert_eq!(items().await, 600 + 3 + 5_601);
            context.clock.advance_seconds(KEPT_SECONDS);
            purge(&context).await.unwrap();
            assert_eq!(items().await, 600 + 3 + 5_601);
            context.clock.advance_seconds(1);
            purge(&context).await.unwrap();
            for gone in [job, waiting] {
                assert!(matches!(report(&context.database, &owner, gone).await, Err(Error::NotFound("job"))));
            }
            assert_eq!(items().await, 5_601, "what is not over stays");
        })
        .await;
    }
}
