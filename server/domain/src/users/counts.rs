//! How many accounts there are, known without counting: kept by the transactions that change it.

use db::entities::account_counts;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use types::StoreId;

use crate::Result;

/// Accounts that are not deleted.
pub const LIVE: &str = "live";
/// Those of them that are disabled.
pub const DISABLED: &str = "disabled";

/// What a transaction adds to each count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    pub live: i64,
    pub disabled: i64,
}

/// Begins the counts of a new store; those that are there stay.
pub(crate) async fn begin(connection: &impl ConnectionTrait, store: StoreId) -> Result<()> {
    for kind in [LIVE, DISABLED] {
        let count = account_counts::ActiveModel { store_id: Set(store), kind: Set(kind.into()), count: Set(0) };
        account_counts::Entity::insert(count).on_conflict_do_nothing().exec_without_returning(connection).await?;
    }
    Ok(())
}

/// Adds the change, in the transaction that makes it true.
pub async fn apply(connection: &impl ConnectionTrait, store: StoreId, change: Change) -> Result<()> {
    for (kind, by) in [(LIVE, change.live), (DISABLED, change.disabled)] {
        if by != 0 {
            account_counts::Entity::update_many()
                .col_expr(account_counts::Column::Count, Expr::col(account_counts::Column::Count).add(by))
                .filter(account_counts::Column::StoreId.eq(store))
                .filter(account_counts::Column::Kind.eq(kind))
                .exec(connection)
                .await?;
        }
    }
    Ok(())
}

/// The counts of a store: (live, disabled).
pub async fn read(connection: &impl ConnectionTrait, store: StoreId) -> Result<Change> {
    let rows = account_counts::Entity::find().filter(account_counts::Column::StoreId.eq(store)).all(connection).await?;
    let of = |kind| rows.iter().find(|row| row.kind == kind).map_or(0, |row| row.count);
    Ok(Change { live: of(LIVE), disabled: of(DISABLED) })
}

#[cfg(test)]
mod tests {
    use db::entities::accounts;
    use sea_orm::PaginatorTrait;
    use types::AccountId;
    use types::bulk::{BulkAction, Parameters, Selection};

    use super::*;
    use crate::random::Random;
    use crate::{jobs, stores, testing};

    async fn counted(connection: &impl ConnectionTrait) -> Change {
        let live = accounts::Entity::find().filter(accounts::Column::DeletedAt.is_null());
        let disabled = live.clone().filter(accounts::Column::DisabledAt.is_not_null());
        let count = async |query: sea_orm::Select<accounts::Entity>| query.count(connection).await.unwrap() as i64;
        Change { live: count(live).await, disabled: count(disabled).await }
    }

    #[tokio::test]
    async fn are_right_after_any_changes() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let random = Random::seeded(7);
            let store = stores::default_store(context.database.read()).await.unwrap();
            let mut ids: Vec<AccountId> = testing::many(&context, 12, |at| testing::form(&format!("m{at}"))).await;
            for round in 0..300 {
                let [what, whom, more] = random.bytes::<3>().map(usize::from);
                match what % 5 {
                    0 => ids.push(testing::user(&context, &owner, &format!("user{round}")).await),
                    action => {
                        let chosen = [ids[whom % ids.len()], ids[more % ids.len()]];
                        let chosen = Selection::Accounts(chosen.to_vec());
                        match jobs::start(&context, &owner, BulkAction::ALL[action - 1], &chosen, &Parameters::None)
                            .await
                        {
                            // Both are deleted already.
                            Ok(_) | Err(crate::Error::Conflict(_)) => {}
                            Err(error) => panic!("{error}"),
                        }
                    }
                }
                if round % 20 == 19 {
                    let connection = context.database.read();
                    assert_eq!(read(connection, store).await.unwrap(), counted(connection).await, "round {round}");
                }
            }
        })
        .await;
    }
}
