//! The holder changes their own names, and the attributes that are theirs to change (E1).

use db::entities::accounts;
use sea_orm::{EntityTrait, QuerySelect};
use types::FieldErrors;
use types::attributes::Values;
use types::events::EventKind;
use types::person_name::MOST_CHARACTERS;
use types::text::optional_line;

use crate::attributes::{self, Attributes, Editor};
use crate::database::TO_CHANGE;
use crate::events::{self, Event};
use crate::users::columns;
use crate::{Context, Error, Holder, Result};

/// What the holder typed.
#[derive(Clone, Debug, Default)]
pub struct OwnEdit {
    pub first_name: String,
    pub last_name: String,
    /// Attributes by key; those that are not there stay as they are.
    pub attributes: Values,
    /// What the form began from.
    pub version: Option<i64>,
}

/// # Errors
/// Every wrong field at once; [`Error::Conflict`] when somebody has changed the account since the form
/// was shown.
pub async fn edit(context: &Context, holder: &Holder, form: &OwnEdit) -> Result<()> {
    holder.require_in_person()?;
    let mut errors = FieldErrors::default();
    let first_name = errors.keep("first_name", optional_line(&form.first_name, MOST_CHARACTERS));
    let last_name = errors.keep("last_name", optional_line(&form.last_name, MOST_CHARACTERS));
    let transaction = context.database.begin().await?;
    let account =
        accounts::Entity::find_by_id(holder.account).lock(TO_CHANGE).one(&transaction).await?.ok_or(Error::SignIn)?;
    let attributes = Attributes::locked(&transaction, account.store_id).await?;
    let old = attributes::read(account.attribute_values.as_deref());
    let new = attributes.check(Editor::Holder, &old, &form.attributes, false, &mut errors);
    attributes.refuse_taken(&transaction, Some(account.id), &old, &new, &mut errors).await?;
    let (Some(first_name), Some(last_name)) = (first_name, last_name) else {
        return Err(errors.into());
    };
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let mut fields = columns::fields_of(&account)?;
    fields.first_name = first_name.unwrap_or_default();
    fields.last_name = last_name.unwrap_or_default();
    let mut changes = columns::differences(&account, &fields);
    changes.extend(attributes.differences(&old, &new));
    if changes.is_empty() {
        return Ok(());
    }
    if form.version.is_some_and(|version| version != account.version) {
        let message = "Somebody has changed your profile meanwhile. Please look at it and save again.";
        return Err(Error::Conflict(message.into()));
    }
    columns::update(&transaction, context, &account, &fields).await?;
    attributes.store(&transaction, account.id, &old, &new).await?;
    let event = Event::new(EventKind::AccountEdited).by(holder).on(holder.account).changes(changes);
    events::write(&transaction, context, event).await?;
    transaction.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use types::attributes::AttributeKind;

    use super::*;
    use crate::testing::{self, form_with, wrong_fields};
    use crate::{Staff, users};

    fn names(first_name: &str, last_name: &str) -> OwnEdit {
        OwnEdit { first_name: first_name.into(), last_name: last_name.into(), ..OwnEdit::default() }
    }

    fn with(values: &[(&str, &str)]) -> OwnEdit {
        OwnEdit { attributes: form_with("", values).attributes, ..names("Ada", "") }
    }

    #[tokio::test]
    async fn the_holder_changes_their_names_and_nothing_else() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            let holder = testing::holder(&context, ada).await;
            edit(&context, &holder, &names(" Ada ", "Lovelace")).await.unwrap();
            edit(&context, &holder, &names("Ada", "Lovelace")).await.unwrap();
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
            let wrong = edit(&context, &owner, &names("a\u{0}b", &"x".repeat(101))).await.unwrap_err();
            assert_eq!(wrong_fields(wrong), ["first_name", "last_name"]);
        })
        .await;
    }

    async fn four(context: &Context, owner: &Staff) {
        for (key, visible, editable) in
            [("both", true, true), ("seen", true, false), ("unseen", false, false), ("strict", true, true)]
        {
            testing::attribute(context, owner, key, AttributeKind::Text, |form| {
                (form.holder_visible, form.holder_editable) = (visible, editable);
                form.pattern = if key == "strict" { "[0-9]+".into() } else { String::new() };
            })
            .await;
        }
    }

    #[tokio::test]
    async fn the_flags_say_what_the_holder_sees_and_changes() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            four(&context, &owner).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            let form = form_with("ada", &[("both", "1"), ("seen", "2"), ("unseen", "3")]);
            users::edit(&context, &owner, ada, &form, 1).await.unwrap();
            let holder = testing::holder(&context, ada).await;
            let view = crate::account::view(&context.database, &holder).await.unwrap();
            assert_eq!(
                view.attributes.iter().map(|one| one.key.as_str()).collect::<Vec<_>>(),
                ["both", "seen", "strict"]
            );
            assert_eq!(view.values, form_with("", &[("both", "1"), ("seen", "2")]).attributes);
            let wrong = with(&[("both", "x"), ("seen", "x"), ("unseen", "x"), ("strict", "x")]);
            let wrong = edit(&context, &holder, &wrong).await.unwrap_err();
            assert_eq!(wrong_fields(wrong), ["seen", "strict", "unseen"]);
            edit(&context, &holder, &with(&[("both", "new"), ("strict", "5")])).await.unwrap();
            let stored = attributes::read(testing::account(&context, ada).await.attribute_values.as_deref());
            let all = [("both", "new"), ("seen", "2"), ("strict", "5"), ("unseen", "3")];
            assert_eq!(stored, form_with("", &all).attributes);
        })
        .await;
    }

    #[tokio::test]
    async fn what_staff_changed_meanwhile_is_not_overwritten() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            four(&context, &owner).await;
            let ada = testing::onboarded(&context, &owner, "ada").await;
            let holder = testing::holder(&context, ada).await;
            let begun = OwnEdit { version: Some(1), ..with(&[("both", "mine")]) };
            users::edit(&context, &owner, ada, &form_with("ada", &[("both", "theirs")]), 1).await.unwrap();
            assert!(matches!(edit(&context, &holder, &begun).await, Err(Error::Conflict(_))));
            edit(&context, &holder, &OwnEdit { version: Some(2), ..begun }).await.unwrap();
            assert_eq!(testing::account(&context, ada).await.version, 3);
        })
        .await;
    }
}
