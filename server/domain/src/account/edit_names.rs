//! The holder changes their own first and last name.

use db::entities::accounts;
use sea_orm::{EntityTrait, QuerySelect};
use types::FieldErrors;
use types::events::EventKind;
use types::person_name::MOST_CHARACTERS;
use types::text::optional_line;

use crate::database::TO_CHANGE;
use crate::events::{self, Event};
use crate::users::columns;
use crate::{Context, Error, Holder, Result};

/// # Errors
/// Field errors `first_name` and `last_name`.
pub async fn edit_names(context: &Context, holder: &Holder, first_name: &str, last_name: &str) -> Result<()> {
    let mut errors = FieldErrors::default();
    let first_name = errors.keep("first_name", optional_line(first_name, MOST_CHARACTERS));
    let last_name = errors.keep("last_name", optional_line(last_name, MOST_CHARACTERS));
    let (Some(first_name), Some(last_name)) = (first_name, last_name) else {
        return Err(errors.into());
    };
    let transaction = context.database.begin().await?;
    let account =
        accounts::Entity::find_by_id(holder.account).lock(TO_CHANGE).one(&transaction).await?.ok_or(Error::SignIn)?;
    let mut fields = columns::fields_of(&account)?;
    fields.first_name = first_name.unwrap_or_default();
    fields.last_name = last_name.unwrap_or_default();
    let changes = columns::differences(&account, &fields);
    if !changes.is_empty() {
        columns::update(&transaction, context, &account, &fields).await?;
        let event = Event::new(EventKind::AccountEdited).by(holder).on(holder.account).changes(changes);
        events::write(&transaction, context, event).await?;
    }
    transaction.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[tokio::test]
    async fn the_holder_changes_their_names_and_nothing_else() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            let holder = testing::holder(&context, ada).await;
            edit_names(&context, &holder, " Ada ", "Lovelace").await.unwrap();
            edit_names(&context, &holder, "Ada", "Lovelace").await.unwrap();
            let row = testing::account(&context, ada).await;
            assert_eq!((row.name.as_str(), row.name_key.as_str(), row.version), ("Ada Lovelace", "ada lovelace", 2));
            assert!(row.search_text.contains("lovelace"));
            assert_eq!(testing::events_of(&context, ada, EventKind::AccountEdited).await, 1);
            let seen = crate::account::view(&context.database, &holder).await.unwrap();
            assert_eq!((seen.last_name.as_str(), seen.email.as_str()), ("Lovelace", "ada@example.com"));
        })
        .await;
    }

    #[tokio::test]
    async fn both_wrong_names_are_named() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let wrong = edit_names(&context, &owner, "a\u{0}b", &"x".repeat(101)).await.unwrap_err();
            assert_eq!(testing::wrong_fields(wrong), ["first_name", "last_name"]);
        })
        .await;
    }
}
