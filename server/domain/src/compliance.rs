//! Which rules of the standards a store's settings meet (S8); the rules are in `types::compliance`.

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
    };
    Ok(Compliance { store, store_name, stores, rules: rules(&chosen) })
}

#[cfg(test)]
mod tests {
    use types::authenticators::SecondFactorPolicy;
    use types::permissions::BuiltInRole;
    use types::settings::SignIn;

    use super::*;
    use crate::{Error, testing};

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
