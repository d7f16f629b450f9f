//! Memberships carry what the list is sorted by, so that the members of a group or of an organization
//! are met in the list's order without their accounts. The database keeps it up itself.

use sea_orm::{ConnectionTrait, DbBackend};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let sqlite = manager.get_database_backend() == DbBackend::Sqlite;
        let key = if sqlite { "TEXT" } else { "TEXT COLLATE \"C\"" };
        for (table, unit) in TABLES {
            for (column, kind) in
                [("name_key", key), ("email_key", key), ("account_created_at", "BIGINT"), ("last_sign_in_at", "BIGINT")]
            {
                let default = if kind == "BIGINT" { "0" } else { "''" };
                let add = format!("ALTER TABLE {table} ADD COLUMN {column} {kind} NOT NULL DEFAULT {default}");
                connection.execute_unprepared(&add).await?;
            }
            connection
                .execute_unprepared(&format!(
                    "UPDATE {table} SET name_key = a.name_key, email_key = a.email_key, \
                     account_created_at = a.created_at, last_sign_in_at = a.last_sign_in_at \
                     FROM accounts AS a WHERE a.id = {table}.account_id"
                ))
                .await?;
            for (sort, column) in SORTS {
                let index = format!("CREATE INDEX {table}_by_{sort} ON {table} ({unit}, {column}, account_id)");
                connection.execute_unprepared(&index).await?;
            }
        }
        for statement in if sqlite { sqlite_triggers() } else { postgres_triggers() } {
            connection.execute_unprepared(&statement).await?;
        }
        Ok(())
    }
}

const TABLES: [(&str, &str); 2] = [("group_memberships", "group_id"), ("organization_memberships", "organization_id")];

const SORTS: [(&str, &str); 4] = [
    ("name", "name_key"),
    ("email", "email_key"),
    ("created", "account_created_at"),
    ("last_sign_in", "last_sign_in_at"),
];

/// An account always has an address: a membership without one has not been filled yet.
const IS_NEW: &str = "new.email_key = ''";
const HAS_CHANGED: &str = "old.name_key <> new.name_key OR old.email_key <> new.email_key \
    OR old.last_sign_in_at <> new.last_sign_in_at";

fn follow(table: &str) -> String {
    format!(
        "UPDATE {table} SET name_key = new.name_key, email_key = new.email_key, \
         last_sign_in_at = new.last_sign_in_at WHERE account_id = new.id;"
    )
}

fn sqlite_triggers() -> Vec<String> {
    let mut triggers: Vec<_> = TABLES
        .map(|(table, unit)| {
            format!(
                "CREATE TRIGGER {table}_order AFTER INSERT ON {table} WHEN {IS_NEW} BEGIN \
                 UPDATE {table} SET (name_key, email_key, account_created_at, last_sign_in_at) = \
                 (SELECT name_key, email_key, created_at, last_sign_in_at FROM accounts WHERE id = new.account_id) \
                 WHERE {unit} = new.{unit} AND account_id = new.account_id; END"
            )
        })
        .into();
    let [groups, organizations] = TABLES.map(|(table, _)| follow(table));
    triggers.push(format!(
        "CREATE TRIGGER accounts_membership_order AFTER UPDATE OF name_key, email_key, last_sign_in_at ON accounts \
         WHEN {HAS_CHANGED} BEGIN {groups} {organizations} END"
    ));
    triggers
}

fn postgres_triggers() -> Vec<String> {
    let [groups, organizations] = TABLES.map(|(table, _)| follow(table));
    let mut triggers = vec![
        // The lock makes whoever changes the account meanwhile wait, and find this membership.
        "CREATE FUNCTION membership_order() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN \
         SELECT name_key, email_key, created_at, last_sign_in_at \
         INTO new.name_key, new.email_key, new.account_created_at, new.last_sign_in_at \
         FROM accounts WHERE id = new.account_id FOR SHARE; \
         new.name_key := COALESCE(new.name_key, ''); new.email_key := COALESCE(new.email_key, ''); \
         new.account_created_at := COALESCE(new.account_created_at, 0); \
         new.last_sign_in_at := COALESCE(new.last_sign_in_at, 0); \
         RETURN new; END $$"
            .into(),
        format!(
            "CREATE FUNCTION accounts_membership_order() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN \
             {groups} {organizations} RETURN NULL; END $$"
        ),
        format!(
            "CREATE TRIGGER accounts_membership_order AFTER UPDATE OF name_key, email_key, last_sign_in_at ON accounts \
             FOR EACH ROW WHEN ({HAS_CHANGED}) EXECUTE FUNCTION accounts_membership_order()"
        ),
    ];
    triggers.extend(TABLES.map(|(table, _)| {
        format!(
            "CREATE TRIGGER {table}_order BEFORE INSERT ON {table} FOR EACH ROW WHEN ({IS_NEW}) \
             EXECUTE FUNCTION membership_order()"
        )
    }));
    triggers
}
