//! One index of the enabled and one of the disabled, instead of four each: disabling many wrote eight
//! indexes for every account, most of them far apart.
//!
//! The list under these filters walks the indexes of all accounts. SQLite asks the index of the disabled which
//! of them to show; where few have the status, they are gathered from their index.

use sea_orm::ConnectionTrait;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for (status, condition) in [("enabled", "disabled_at IS NULL"), ("disabled", "disabled_at IS NOT NULL")] {
            for sort in ["name", "email", "created", "last_sign_in"] {
                connection.execute_unprepared(&format!("DROP INDEX accounts_{status}_by_{sort}")).await?;
            }
            let index = format!(
                "CREATE INDEX accounts_{status} ON accounts (store_id, id) WHERE deleted_at IS NULL AND {condition}"
            );
            connection.execute_unprepared(&index).await?;
        }
        Ok(())
    }
}
