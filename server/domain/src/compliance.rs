//! Which rules of the standards a store's settings meet (S8); the rules are in `types::compliance`.

use sea_orm::{ConnectionTrait, Statement};
use types::authenticators::FactorKind;
use types::compliance::{Chosen, Compliance, rules};
use types::{Permission, StoreId};

use crate::{Database, Result, Staff, settings};

/// A store's rules; `None`: the default store's. Needs **Change settings** everywhere.
///
/// # Errors
/// A store that is not there.
pub async fn of_store(database: &Database, staff: &Staff, store: Option<StoreId>) -> Result<Compliance> {
    staff.require_everywhere(Permission::ManageSettings)?;
    let connection = database.read();
    let stores = settings::stores_to_choose(connection).await?;
    let (store, store_name) = settings::chosen(&stores, store)?;
    let chosen = Chosen {
        onboarding: settings::read(connection, store).await?,
        sign_in: settings::read(connection, store).await?,
        alternate_login: settings::read(connection, store).await?,
        notifications: settings::read(connection, store).await?,
        has_email_codes: has_email_codes(connection, store).await?,
    };
    Ok(Compliance { store, store_name, stores, rules: rules(&chosen) })
}

async fn has_email_codes(connection: &impl ConnectionTrait, store: StoreId) -> Result<bool> {
    let found = Statement::from_sql_and_values(
        connection.get_database_backend(),
        "SELECT 1 FROM authenticators f JOIN accounts a ON a.id = f.account_id \
         WHERE f.kind = $1 AND a.store_id = $2 AND a.deleted_at IS NULL LIMIT 1",
        [FactorKind::EmailCode.key().into(), store.into()],
    );
    Ok(connection.query_one_raw(found).await?.is_some())
}

#[cfg(test)]
mod tests {
    use types::authenticators::SecondFactorPolicy;
    use types::permissions::BuiltInRole;
    use types::settings::SignIn;

    use super::*;
    use crate::{Error, testing};

    #[tokio::test]
    async fn codes_by_mail_that_somebody_still_has_count() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            testing::set(&context, &owner, |it: &mut SignIn| it.email_codes = false).await;
            let is_met = async |store| {
                let found = of_store(&context.database, &owner, store).await.unwrap();
                found.rules.into_iter().find(|rule| rule.clause.contains("6.3.6")).unwrap().is_met
            };
            assert!(is_met(None).await);
            testing::set(&context, &owner, |it: &mut SignIn| it.email_codes = true).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            testing::email_codes(&context, ada).await;
            testing::set(&context, &owner, |it: &mut SignIn| it.email_codes = false).await;
            assert!(!is_met(None).await);
            // Whoever is in the recycle bin signs in with nothing.
            testing::bulk(&context, &owner, types::bulk::BulkAction::Delete, &[ada]).await;
            assert!(is_met(None).await);
        })
        .await;
    }

    #[tokio::test]
    async fn a_saved_setting_shows_in_its_rule_and_other_staff_see_none() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let multi_factor = async || {
                let found = of_store(&context.database, &owner, None).await.unwrap();
                found.rules.into_iter().find(|rule| rule.clause.contains("6.3.3")).unwrap().is_met
            };
            assert!(!multi_factor().await);
            testing::set(&context, &owner, |it: &mut SignIn| it.second_factor = SecondFactorPolicy::Required).await;
            assert!(multi_factor().await);
            let help_desk = testing::staff_with(&context, &owner, "help", BuiltInRole::HelpDesk, None).await;
            let refused = of_store(&context.database, &help_desk, None).await;
            assert!(matches!(refused, Err(Error::NotAllowed(_))));
        })
        .await;
    }
}
