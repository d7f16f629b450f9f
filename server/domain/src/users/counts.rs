//! How many accounts there are, known without counting: triggers keep a number for each kind of
//! account, in the transaction of the change, whichever verb makes it.

use std::collections::BTreeMap;

use db::entities::{account_counts, accounts};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, Select, Statement};
use types::user_list::{StateFilter, StatusFilter, UserCounts};
use types::{Permission, StoreId};

use crate::database::count_up_to;
use crate::{Result, Roster, Scope, Staff, stores};

/// What stands in the kinds of disabled accounts, and of those with a second factor.
const DISABLED: &str = "disabled";
const SECOND_FACTOR: &str = "second_factor";

/// The kind of an account, as the triggers write it.
const KIND: &str = "CASE WHEN onboarded_at IS NOT NULL THEN 'onboarded' \
    WHEN activation_sent_at IS NOT NULL THEN 'pending_activation' ELSE 'not_registered' END \
    || CASE WHEN disabled_at IS NULL THEN '' ELSE '.disabled' END \
    || CASE WHEN second_factor IS NULL THEN '' ELSE '.second_factor' END";

fn state_of(kind: &str) -> &str {
    kind.split('.').next().unwrap_or_default()
}

fn has(kind: &str, word: &str) -> bool {
    kind.split('.').skip(1).any(|one| one == word)
}

/// Accounts that are not deleted, by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<String, i64>);

impl Counts {
    fn sum(&self, test: impl Fn(&str) -> bool) -> i64 {
        self.0.iter().filter(|(kind, _)| test(kind)).map(|(_, count)| count).sum()
    }

    /// All that are not deleted.
    pub fn live(&self) -> i64 {
        self.sum(|_| true)
    }

    pub fn disabled(&self) -> i64 {
        self.sum(|kind| has(kind, DISABLED))
    }

    /// Those in a state, enabled and disabled.
    pub fn of(&self, state: StateFilter) -> i64 {
        self.sum(|kind| state_of(kind) == state.key())
    }

    /// Those of them who have a second factor.
    pub fn with_second_factor(&self, state: StateFilter) -> i64 {
        self.sum(|kind| state_of(kind) == state.key() && has(kind, SECOND_FACTOR))
    }

    /// Those that both filters let pass; `None` for lockouts, which end by themselves and so are
    /// not counted.
    pub fn matching(&self, status: Option<StatusFilter>, state: Option<StateFilter>) -> Option<i64> {
        let disabled = match status {
            None => None,
            Some(StatusFilter::Enabled) => Some(false),
            Some(StatusFilter::Disabled) => Some(true),
            Some(StatusFilter::Locked | StatusFilter::PasswordExpired) => return None,
        };
        Some(self.sum(|kind| {
            disabled.is_none_or(|disabled| has(kind, DISABLED) == disabled)
                && state.is_none_or(|state| state_of(kind) == state.key())
        }))
    }
}

/// The counts of a store.
pub async fn read(connection: &impl ConnectionTrait, store: StoreId) -> Result<Counts> {
    let rows = account_counts::Entity::find().filter(account_counts::Column::StoreId.eq(store)).all(connection).await?;
    Ok(Counts(rows.into_iter().map(|row| (row.kind, row.count)).collect()))
}

/// The cards above the list (U3). Needs **View users**; counts whom the caller's scope reaches.
pub async fn cards(roster: &Roster, staff: &Staff, store: Option<StoreId>) -> Result<UserCounts> {
    let scope = staff.require(Permission::ViewUsers)?;
    let connection = roster.database.read();
    let store = stores::or_default(roster, store).await?;
    let counts =
        if scope.is_everywhere() { read(connection, store).await? } else { within(connection, &scope, store).await? };
    let locked = scope
        .accounts()
        .filter(accounts::Column::StoreId.eq(store))
        .filter(accounts::Column::LockedUntil.gt(roster.now()));
    Ok(UserCounts {
        all: counts.live(),
        onboarded: counts.of(StateFilter::Onboarded),
        with_second_factor: counts.with_second_factor(StateFilter::Onboarded),
        not_registered: counts.of(StateFilter::NotRegistered),
        pending_activation: counts.of(StateFilter::PendingActivation),
        disabled: counts.disabled(),
        locked: count_up_to(connection, locked, i64::MAX).await?,
    })
}

#[derive(FromQueryResult)]
struct Kind {
    kind: String,
    count: i64,
}

/// The organizations of a reach may overlap, so their members are looked at.
async fn within(connection: &impl ConnectionTrait, scope: &Scope, store: StoreId) -> Result<Counts> {
    use sea_orm::QuerySelect;
    use sea_orm::sea_query::Expr;
    let query: Select<accounts::Entity> = scope.accounts_by_membership().filter(accounts::Column::StoreId.eq(store));
    let rows = query
        .select_only()
        .column_as(Expr::cust(KIND), "kind")
        .column_as(Expr::cust("COUNT(*)"), "count")
        .group_by(Expr::cust(KIND))
        .into_model::<Kind>()
        .all(connection)
        .await?;
    Ok(Counts(rows.into_iter().map(|row| (row.kind, row.count)).collect()))
}

/// A counter that does not say what is true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub store: StoreId,
    pub kind: String,
    pub counter: i64,
    pub counted: i64,
}

#[derive(FromQueryResult)]
struct Counted {
    store_id: StoreId,
    kind: String,
    count: i64,
}

/// Counts all accounts of all stores, and gives where the counters differ: for `roster doctor`.
pub async fn differences(connection: &impl ConnectionTrait) -> Result<Vec<Difference>> {
    let sql = format!(
        "SELECT store_id, {KIND} AS kind, COUNT(*) AS count FROM accounts WHERE deleted_at IS NULL GROUP BY 1, 2"
    );
    let backend = connection.get_database_backend();
    let counted = Counted::find_by_statement(Statement::from_string(backend, sql)).all(connection).await?;
    let mut both: BTreeMap<(StoreId, String), (i64, i64)> = BTreeMap::new();
    for row in account_counts::Entity::find().all(connection).await? {
        both.entry((row.store_id, row.kind)).or_default().0 = row.count;
    }
    for row in counted {
        both.entry((row.store_id, row.kind)).or_default().1 = row.count;
    }
    Ok(both
        .into_iter()
        .filter(|(_, (counter, counted))| counter != counted)
        .map(|((store, kind), (counter, counted))| Difference { store, kind, counter, counted })
        .collect())
}

/// Sets every counter right: after rows were written around the triggers.
pub async fn recount(connection: &impl ConnectionTrait) -> Result<()> {
    account_counts::Entity::delete_many().exec(connection).await?;
    let sql = format!(
        "INSERT INTO account_counts (store_id, kind, count) SELECT store_id, {KIND}, COUNT(*) FROM accounts \
         WHERE deleted_at IS NULL GROUP BY 1, 2"
    );
    connection.execute_unprepared(&sql).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use sea_orm::ActiveValue::Set;
    use types::AccountId;
    use types::bulk::{BulkAction, Parameters, Selection};
    use types::permissions::BuiltInRole;

    use super::*;
    use crate::random::Random;
    use crate::{Context, jobs, testing};

    async fn change(context: &Context, id: AccountId, row: accounts::ActiveModel) {
        let transaction = context.database.begin().await.unwrap();
        let query = accounts::Entity::update_many().set(row).filter(accounts::Column::Id.eq(id));
        query.exec(&transaction).await.unwrap();
        transaction.commit().await.unwrap();
    }

    #[tokio::test]
    async fn are_right_after_a_thousand_changes() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let random = Random::seeded(7);
            let mut ids: Vec<AccountId> = testing::many(&context, 12, |at| testing::form(&format!("m{at}"))).await;
            for round in 0..1_000 {
                let [what, whom, more] = random.bytes::<3>().map(usize::from);
                let moment = Set((more % 2 == 0).then(|| context.now()));
                let id = ids[whom % ids.len()];
                match what % 9 {
                    0 => ids.push(testing::user(&context, &owner, &format!("user{round}")).await),
                    1 => {
                        change(&context, id, accounts::ActiveModel { onboarded_at: moment, ..Default::default() })
                            .await;
                    }
                    2 => {
                        let row = accounts::ActiveModel { activation_sent_at: moment, ..Default::default() };
                        change(&context, id, row).await;
                    }
                    3 if ids.len() > 12 => {
                        // As a purge does.
                        let gone = ids.swap_remove(whom % ids.len());
                        let transaction = context.database.begin().await.unwrap();
                        accounts::Entity::delete_by_id(gone).exec(&transaction).await.unwrap();
                        transaction.commit().await.unwrap();
                    }
                    8 => {
                        let row = accounts::ActiveModel {
                            second_factor: Set((more % 2 == 0).then(|| "authenticator_app".to_owned())),
                            ..Default::default()
                        };
                        change(&context, id, row).await;
                    }
                    action => {
                        let chosen = Selection::Accounts(vec![id, ids[more % ids.len()]]);
                        let action = [BulkAction::Enable, BulkAction::Disable, BulkAction::Delete, BulkAction::Restore]
                            [action % 4];
                        match jobs::start(&context, &owner, action, &chosen, &Parameters::None).await {
                            // Both are deleted already.
                            Ok(_) | Err(crate::Error::Conflict(_)) => {}
                            Err(error) => panic!("{error}"),
                        }
                    }
                }
                if round % 50 == 49 {
                    assert_eq!(differences(context.database.read()).await.unwrap(), [], "round {round}");
                }
            }
            // A change that is taken back takes its count with it.
            let store = stores::default_store(context.database.read()).await.unwrap();
            let before = read(context.database.read(), store).await.unwrap();
            let transaction = context.database.begin().await.unwrap();
            transaction.execute_unprepared("UPDATE accounts SET disabled_at = 1").await.unwrap();
            transaction.rollback().await.unwrap();
            assert_eq!(read(context.database.read(), store).await.unwrap(), before);
        })
        .await;
    }

    #[tokio::test]
    async fn the_doctor_finds_a_wrong_counter_and_sets_it_right() {
        testing::on_both(|context| async move {
            testing::owner(&context).await;
            let transaction = context.database.begin().await.unwrap();
            transaction
                .execute_unprepared("UPDATE account_counts SET count = count + 3 WHERE kind = 'onboarded'")
                .await
                .unwrap();
            let wrong = differences(&transaction).await.unwrap();
            assert_eq!(wrong.iter().map(|it| (it.counter, it.counted)).collect::<Vec<_>>(), [(4, 1)]);
            recount(&transaction).await.unwrap();
            assert_eq!(differences(&transaction).await.unwrap(), []);
            transaction.commit().await.unwrap();
        })
        .await;
    }

    #[tokio::test]
    async fn cards_count_whom_the_reader_may_see() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ids = testing::many(&context, 6, |at| testing::form(&format!("m{at}"))).await;
            let now = context.now();
            let row = accounts::ActiveModel {
                onboarded_at: Set(Some(now)),
                second_factor: Set(Some("authenticator_app".into())),
                ..Default::default()
            };
            change(&context, ids[0], row).await;
            // Of those who are not onboarded nobody asks.
            let row =
                accounts::ActiveModel { second_factor: Set(Some("authenticator_app".into())), ..Default::default() };
            change(&context, ids[2], row).await;
            let row = accounts::ActiveModel { activation_sent_at: Set(Some(now)), ..Default::default() };
            change(&context, ids[1], row).await;
            let later = Set(Some(now.plus_seconds(60)));
            change(&context, ids[2], accounts::ActiveModel { locked_until: later, ..Default::default() }).await;
            testing::bulk(&context, &owner, BulkAction::Disable, &[ids[1], ids[3]]).await;
            testing::bulk(&context, &owner, BulkAction::Delete, &[ids[4]]).await;
            let all = cards(&context, &owner, None).await.unwrap();
            let expected = UserCounts {
                all: 6,
                onboarded: 2,
                with_second_factor: 1,
                not_registered: 3,
                pending_activation: 1,
                disabled: 2,
                locked: 1,
            };
            assert_eq!(all, expected);
            let acme = testing::organization(&context, "Acme", &[ids[0], ids[1], ids[4]]).await;
            let both = testing::organization(&context, "Both", &[ids[1], ids[2]]).await;
            let desk = testing::staff_with(&context, &owner, "desk", BuiltInRole::HelpDesk, Some(acme)).await;
            let seen = cards(&context, &desk, None).await.unwrap();
            let expected = UserCounts {
                all: 2,
                onboarded: 1,
                with_second_factor: 1,
                not_registered: 0,
                pending_activation: 1,
                disabled: 1,
                locked: 0,
            };
            assert_eq!(seen, expected);
            testing::give_role(&context, desk.account, BuiltInRole::Auditor, Some(both)).await;
            let desk = testing::staff(&context, desk.account).await;
            let seen = cards(&context, &desk, None).await.unwrap();
            assert_eq!((seen.all, seen.locked, seen.pending_activation), (3, 1, 1));
        })
        .await;
    }
}
