//! What an administrator has chosen for themselves.

use db::entities::staff_preferences;
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use sea_orm::sea_query::OnConflict;
use types::user_list::PageSize;

use crate::{Context, Database, Result, Staff};

const PAGE_SIZE: &str = "users.page_size";

/// The page size of the user list that they chose last.
pub async fn page_size(database: &Database, staff: &Staff) -> Result<PageSize> {
    let row = staff_preferences::Entity::find_by_id((staff.account, PAGE_SIZE.to_owned())).one(database.read()).await?;
    Ok(row.and_then(|row| row.value.parse::<u32>().ok()?.try_into().ok()).unwrap_or_default())
}

/// Keeps it. Any staff, for themselves.
pub async fn remember_page_size(context: &Context, staff: &Staff, size: PageSize) -> Result<()> {
    let row = staff_preferences::ActiveModel {
        account_id: Set(staff.account),
        key: Set(PAGE_SIZE.into()),
        value: Set(size.rows().to_string()),
    };
    let again = OnConflict::columns([staff_preferences::Column::AccountId, staff_preferences::Column::Key])
        .update_column(staff_preferences::Column::Value)
        .to_owned();
    let transaction = context.database.begin().await?;
    staff_preferences::Entity::insert(row).on_conflict(again).exec_without_returning(&transaction).await?;
    transaction.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[tokio::test]
    async fn the_page_size_chosen_last_is_kept_for_each_person() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            assert_eq!(page_size(&context.database, &owner).await.unwrap().rows(), 50);
            for rows in [100, 25] {
                remember_page_size(&context, &owner, rows.try_into().unwrap()).await.unwrap();
                assert_eq!(page_size(&context.database, &owner).await.unwrap().rows(), rows);
            }
            let role = types::permissions::BuiltInRole::Auditor;
            let other = testing::staff_with(&context, &owner, "other", role, None).await;
            assert_eq!(page_size(&context.database, &other).await.unwrap().rows(), 50);
        })
        .await;
    }
}
