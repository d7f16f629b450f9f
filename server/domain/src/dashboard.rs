//! **Dashboard** (D7): numbers from counters and from bounded ranges of indexes, never from a scan.

use std::collections::BTreeMap;

use db::entities::accounts;
use sea_orm::{ColumnTrait, ConnectionTrait, FromQueryResult, QueryFilter, QuerySelect, Statement};
use types::dashboard::{DAYS, DORMANT_DAYS, Dashboard, DayCount, Funnel};
use types::events::EventKind;
use types::user_list::MatchCount;
use types::{Permission, StoreId, Timestamp};

use crate::database::count_up_to;
use crate::{Context, Result, Roster, Staff, jobs, stores};

const DAY: i64 = 24 * 60 * 60 * 1000;
/// Rows that share the count of a day, so that two sign-ins at once rarely wait for each other.
const SLOTS: u8 = 16;
const COUNT_MOST: i64 = 10_000;

fn is_counted(kind: EventKind) -> bool {
    matches!(kind, EventKind::SignedIn | EventKind::SignInFailed)
}

/// Adds what is counted by day, in the transaction that writes the events.
pub(crate) async fn count(
    connection: &impl ConnectionTrait,
    context: &Context,
    kinds: impl Iterator<Item = EventKind>,
) -> Result<()> {
    let mut counts = BTreeMap::new();
    for kind in kinds.filter(|kind| is_counted(*kind)) {
        *counts.entry(kind.key()).or_insert(0_i64) += 1;
    }
    let day = context.now().0.div_euclid(DAY);
    for (kind, count) in counts {
        let slot = i64::from(context.random.bytes::<1>()[0] % SLOTS);
        let add = Statement::from_sql_and_values(
            connection.get_database_backend(),
            "INSERT INTO daily_counts (day, kind, slot, count) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (day, kind, slot) DO UPDATE SET count = daily_counts.count + excluded.count",
            [day.into(), kind.into(), slot.into(), count.into()],
        );
        connection.execute_raw(add).await?;
    }
    Ok(())
}

/// Counts everything anew from the log: for events that were stored without [`count`].
pub async fn recount(connection: &impl ConnectionTrait) -> Result<()> {
    connection.execute_unprepared("DELETE FROM daily_counts").await?;
    let keys = EventKind::ALL.iter().filter(|kind| is_counted(**kind)).map(|kind| format!("'{}'", kind.key()));
    let sql = format!(
        "INSERT INTO daily_counts (day, kind, slot, count) SELECT at / {DAY}, kind, 0, COUNT(*) FROM events \
         WHERE kind IN ({}) GROUP BY at / {DAY}, kind",
        keys.collect::<Vec<_>>().join(", ")
    );
    connection.execute_unprepared(&sql).await?;
    Ok(())
}

/// As far as the caller may see it: people within reach, the installation's sign-ins for who reaches
/// everybody. `store`: `None`, and one that is not there, are the default one.
pub async fn dashboard(roster: &Roster, staff: &Staff, store: Option<StoreId>) -> Result<Dashboard> {
    let now = roster.now();
    let midnight = Timestamp(now.0.div_euclid(DAY) * DAY);
    let dormant_since = Timestamp(midnight.0 - DORMANT_DAYS * DAY);
    let sees_all_events = staff.require_everywhere(Permission::ViewEvents).is_ok();
    let by_day = async |kind| if sees_all_events { days(roster, kind).await.map(Some) } else { Ok(None) };
    let jobs = jobs::list(roster, staff).await?;
    Ok(Dashboard {
        funnel: funnel(roster, staff, store).await?,
        sign_ins: by_day(EventKind::SignedIn).await?,
        failed_sign_ins: by_day(EventKind::SignInFailed).await?,
        dormant: dormant(roster, staff, store, dormant_since).await?,
        dormant_since,
        jobs: jobs.into_iter().filter(|job| !job.state.is_over()).collect(),
    })
}

async fn days(roster: &Roster, kind: EventKind) -> Result<Vec<DayCount>> {
    #[derive(FromQueryResult)]
    struct Row {
        day: i64,
        total: i64,
    }
    let today = roster.now().0.div_euclid(DAY);
    let first = today - DAYS + 1;
    let statement = Statement::from_sql_and_values(
        roster.database.backend(),
        "SELECT day, CAST(SUM(count) AS BIGINT) AS total FROM daily_counts WHERE day >= $1 AND kind = $2 GROUP BY day",
        [first.into(), kind.key().into()],
    );
    let rows = Row::find_by_statement(statement).all(roster.database.read()).await?;
    let of = |day| rows.iter().find(|row| row.day == day).map_or(0, |row| row.total);
    Ok((first..=today).map(|day| DayCount { day: Timestamp(day * DAY), count: of(day) }).collect())
}

async fn dormant(
    roster: &Roster,
    staff: &Staff,
    store: Option<StoreId>,
    since: Timestamp,
) -> Result<Option<MatchCount>> {
    let Ok(scope) = staff.require(Permission::ViewUsers) else { return Ok(None) };
    let store = stores::or_default(roster, store).await?;
    let query = scope
        .accounts()
        .filter(accounts::Column::StoreId.eq(store))
        .filter(accounts::Column::LastSignInAt.gt(0))
        .filter(accounts::Column::LastSignInAt.lt(since))
        .select_only()
        .column(accounts::Column::Id);
    let found = count_up_to(roster.database.read(), query, COUNT_MOST + 1).await?;
    Ok(Some(if found > COUNT_MOST { MatchCount::MoreThan(COUNT_MOST) } else { MatchCount::Exactly(found) }))
}

/// From the counters of the store, as the cards above the user list.
async fn funnel(roster: &Roster, staff: &Staff, store: Option<StoreId>) -> Result<Option<Funnel>> {
    if staff.require(Permission::ViewUsers).is_err() {
        return Ok(None);
    }
    let counts = crate::users::counts::cards(roster, staff, store).await?;
    Ok(Some(Funnel {
        all: counts.all,
        not_registered: counts.not_registered,
        pending_activation: counts.pending_activation,
        onboarded: counts.onboarded,
        with_second_factor: counts.with_second_factor,
    }))
}

#[cfg(test)]
mod tests {
    use types::permissions::BuiltInRole;

    use super::*;
    use crate::events::{Event, write_all};
    use crate::testing;

    async fn write(context: &Context, kind: EventKind, count: usize) {
        let transaction = context.database.begin().await.unwrap();
        write_all(&transaction, context, (0..count).map(|_| Event::new(kind)).collect()).await.unwrap();
        transaction.commit().await.unwrap();
    }

    #[tokio::test]
    async fn counts_by_day_in_the_transaction_of_the_event() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            write(&context, EventKind::SignedIn, 3).await;
            context.clock.advance_seconds(2 * DAY / 1000);
            for _ in 0..4 {
                write(&context, EventKind::SignedIn, 1).await;
            }
            write(&context, EventKind::SignInFailed, 2).await;
            write(&context, EventKind::SignedOut, 2).await;
            let transaction = context.database.begin().await.unwrap();
            write_all(&transaction, &context, vec![Event::new(EventKind::SignedIn)]).await.unwrap();
            transaction.rollback().await.unwrap();
            let check = async || {
                let seen = dashboard(&context, &owner, None).await.unwrap();
                let sign_ins: Vec<_> = seen.sign_ins.unwrap().iter().map(|day| day.count).collect();
                assert_eq!((sign_ins.len(), &sign_ins[DAYS as usize - 3..]), (DAYS as usize, &[3, 0, 4][..]));
                let failed = seen.failed_sign_ins.unwrap();
                assert_eq!(failed.iter().map(|day| day.count).sum::<i64>(), 2);
                assert_eq!(failed.last().unwrap().day.date(), context.now().date());
            };
            check().await;
            let transaction = context.database.begin().await.unwrap();
            recount(&transaction).await.unwrap();
            transaction.commit().await.unwrap();
            check().await;
        })
        .await;
    }

    #[tokio::test]
    async fn who_is_confined_sees_numbers_of_their_own_people_only() {
        testing::on_both(|context| async move {
            use db::entities::accounts;
            use sea_orm::EntityTrait;
            let owner = testing::owner(&context).await;
            let ids = testing::many(&context, 5, |at| testing::form(&format!("person{at}"))).await;
            let acme = testing::organization(&context, "Acme", &ids[..2]).await;
            let long_ago = context.now().plus_seconds(-(DORMANT_DAYS + 2) * DAY / 1000);
            let transaction = context.database.begin().await.unwrap();
            accounts::Entity::update_many()
                .col_expr(accounts::Column::LastSignInAt, long_ago.into())
                .filter(accounts::Column::Id.is_in(ids[1..].iter().copied()))
                .exec(&transaction)
                .await
                .unwrap();
            transaction.commit().await.unwrap();
            let seen = dashboard(&context, &owner, None).await.unwrap();
            assert_eq!(seen.dormant, Some(MatchCount::Exactly(4)));
            let second = testing::another_store(&context).await;
            testing::move_to_store(&context, ids[4], second).await;
            let there = dashboard(&context, &owner, Some(second)).await.unwrap();
            assert_eq!((there.funnel.map(|it| it.all), there.dormant), (Some(1), Some(MatchCount::Exactly(1))));
            let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, Some(acme)).await;
            let seen = dashboard(&context, &desk, None).await.unwrap();
            assert_eq!(seen.funnel.map(|funnel| (funnel.all, funnel.not_registered)), Some((2, 2)));
            assert_eq!((seen.dormant, seen.sign_ins, seen.failed_sign_ins), (Some(MatchCount::Exactly(1)), None, None));
        })
        .await;
    }
}
