//! First run (R6): no default password. The log prints a one-time link; its page makes the Owner.

use db::entities::{accounts, role_assignments, setup_links};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use types::accounts::{AccountFields, AccountForm};
use types::authenticators::Method;
use types::events::EventKind;
use types::permissions::BuiltInRole;
use types::{AccountId, FieldErrors, RoleAssignmentId};

use crate::authority::lock_ownership;
use crate::events::{self, Event};
use crate::sessions::NewSession;
use crate::tokens::{self, Token};
use crate::{Context, Error, Result, passwords, sign_in, stores, users};

/// A set-up link works for a day; starting again makes a new one.
const LINK_SECONDS: i64 = 24 * 60 * 60;

/// Whether there is an Owner: then set-up is over for good.
pub async fn is_done(connection: &impl ConnectionTrait) -> Result<bool> {
    let owner = stores::built_in_role(connection, BuiltInRole::Owner).await?;
    let found = role_assignments::Entity::find()
        .filter(role_assignments::Column::RoleId.eq(owner))
        .filter(role_assignments::Column::OrganizationId.is_null())
        .count(connection)
        .await?;
    Ok(found > 0)
}

/// A new link's token, when there is no Owner yet. Earlier links stop working.
pub async fn new_link(context: &Context) -> Result<Option<Token>> {
    let transaction = context.database.begin().await?;
    lock_ownership(&transaction).await?;
    if is_done(&transaction).await? {
        return Ok(None);
    }
    let token = Token::new(&context.random);
    let link =
        setup_links::ActiveModel { token_hash: Set(token.hash()), created_at: Set(context.now()), used_at: Set(None) };
    setup_links::Entity::delete_many().exec(&transaction).await?;
    setup_links::Entity::insert(link).exec_without_returning(&transaction).await?;
    transaction.commit().await?;
    Ok(Some(token))
}

/// Whether the link would work now.
pub async fn is_valid(context: &Context, token: &str) -> Result<bool> {
    let connection = context.database.read();
    Ok(find_link(connection, context, token).await?.is_some() && !is_done(connection).await?)
}

async fn find_link(
    connection: &impl ConnectionTrait,
    context: &Context,
    token: &str,
) -> Result<Option<setup_links::Model>> {
    Ok(setup_links::Entity::find_by_id(tokens::hash(token))
        .filter(setup_links::Column::UsedAt.is_null())
        .filter(setup_links::Column::CreatedAt.gt(context.now().plus_seconds(-LINK_SECONDS)))
        .one(connection)
        .await?)
}

/// Makes the Owner with the link, and signs them in. The link works once.
///
/// # Errors
/// [`Error::NotFound`] for a link that does not work (any more); field errors otherwise.
pub async fn complete(context: &Context, token: &str, form: &AccountForm, password: &str) -> Result<NewSession> {
    if !is_valid(context, token).await? {
        return Err(Error::NotFound("set-up link"));
    }
    let fields = parse(form, password)?;
    let hash = context.hasher.hash(&context.random, password).await?;
    let transaction = context.database.begin().await?;
    // Asked again and used up inside the transaction: of two at once, one wins.
    if !use_up(&transaction, context, token).await? || is_done(&transaction).await? {
        return Err(Error::NotFound("set-up link"));
    }
    let owner = insert_owner(&transaction, context, fields, hash).await?;
    let owner = accounts::Entity::find_by_id(owner).one(&transaction).await?;
    let owner = owner.ok_or_else(|| Error::Internal("an Owner who was just added is gone".into()))?;
    let session = sign_in::session(&transaction, context, &owner, &[Method::Password], None).await?;
    transaction.commit().await?;
    Ok(session)
}

/// Marks a link that works as used; gives whether it did.
async fn use_up(connection: &impl ConnectionTrait, context: &Context, token: &str) -> Result<bool> {
    let used = setup_links::Entity::update_many()
        .col_expr(setup_links::Column::UsedAt, context.now().into())
        .filter(setup_links::Column::TokenHash.eq(tokens::hash(token)))
        .filter(setup_links::Column::UsedAt.is_null())
        .filter(setup_links::Column::CreatedAt.gt(context.now().plus_seconds(-LINK_SECONDS)))
        .exec(connection)
        .await?;
    Ok(used.rows_affected > 0)
}

/// `roster admin create`: another way to an Owner, for whoever holds the machine.
///
/// # Errors
/// Field errors `email`, `username`, `password`.
pub async fn create_owner(context: &Context, form: &AccountForm, password: &str) -> Result<AccountId> {
    let fields = parse(form, password)?;
    let hash = context.hasher.hash(&context.random, password).await?;
    let transaction = context.database.begin().await?;
    let owner = insert_owner(&transaction, context, fields, hash).await?;
    transaction.commit().await?;
    Ok(owner)
}

fn parse(form: &AccountForm, password: &str) -> Result<AccountFields> {
    let words = [&form.email, &form.username, &form.first_name, &form.last_name].map(String::as_str);
    let mut errors = FieldErrors::default();
    errors.keep("password", passwords::check(password, &words));
    match form.parse() {
        Ok(fields) if errors.is_empty() => Ok(fields),
        Ok(_) => Err(errors.into()),
        Err(mut wrong) => {
            wrong.0.extend(errors.0);
            Err(wrong.into())
        }
    }
}

async fn insert_owner(
    connection: &impl ConnectionTrait,
    context: &Context,
    fields: AccountFields,
    hash: String,
) -> Result<AccountId> {
    let now = context.now();
    let store = stores::default_store(connection).await?;
    let id = users::insert(connection, context, store, fields).await?;
    accounts::Entity::update_many()
        .col_expr(accounts::Column::OnboardedAt, now.into())
        .filter(accounts::Column::Id.eq(id))
        .exec(connection)
        .await?;
    passwords::store(connection, id, hash, false, now).await?;
    let assignment = role_assignments::ActiveModel {
        id: Set(RoleAssignmentId(context.id())),
        account_id: Set(id),
        role_id: Set(stores::built_in_role(connection, BuiltInRole::Owner).await?),
        organization_id: Set(None),
        assigned_by: Set(None),
        assigned_at: Set(now),
    };
    role_assignments::Entity::insert(assignment).exec_without_returning(connection).await?;
    events::write(connection, context, Event::new(EventKind::OwnerSetUp).by_account(id).on(id)).await?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::authenticate;
    use crate::testing::{self, PASSWORD};

    async fn link(context: &Context) -> String {
        new_link(context).await.unwrap().unwrap().expose().to_owned()
    }

    async fn people(context: &Context) -> u64 {
        accounts::Entity::find().count(context.database.read()).await.unwrap()
    }

    #[tokio::test]
    async fn the_link_makes_a_signed_in_owner_once() {
        testing::on_both(|context| async move {
            let token = link(&context).await;
            assert!(is_valid(&context, &token).await.unwrap());
            let session = complete(&context, &token, &testing::form("ada"), PASSWORD).await.unwrap();
            let holder = authenticate(&context, session.token.expose()).await.unwrap();
            let owner = holder.into_staff().unwrap();
            assert!(owner.require_everywhere(types::Permission::OwnEverything).is_ok());
            assert_eq!(testing::events_of(&context, owner.account, EventKind::OwnerSetUp).await, 1);
            assert!(!is_valid(&context, &token).await.unwrap());
            let again = complete(&context, &token, &testing::form("eve"), PASSWORD).await;
            assert!(matches!(again, Err(Error::NotFound(_))));
            assert_eq!(people(&context).await, 1);
        })
        .await;
    }

    #[tokio::test]
    async fn of_two_at_once_one_wins() {
        testing::on_both(|context| async move {
            let token = link(&context).await;
            let (ada, eve) = (testing::form("ada"), testing::form("eve"));
            let (one, other) =
                tokio::join!(complete(&context, &token, &ada, PASSWORD), complete(&context, &token, &eve, PASSWORD));
            assert_eq!([one.is_ok(), other.is_ok()].iter().filter(|won| **won).count(), 1);
            assert!([one.err(), other.err()].into_iter().flatten().all(|lost| matches!(lost, Error::NotFound(_))));
            assert_eq!(people(&context).await, 1);
        })
        .await;
    }

    #[tokio::test]
    async fn a_new_link_voids_the_old_one() {
        testing::on_both(|context| async move {
            let (old, new) = (link(&context).await, link(&context).await);
            assert!(!is_valid(&context, &old).await.unwrap());
            assert!(complete(&context, &old, &testing::form("eve"), PASSWORD).await.is_err());
            assert!(is_valid(&context, &new).await.unwrap());
        })
        .await;
    }

    #[tokio::test]
    async fn of_links_made_at_once_one_works() {
        testing::on_both(|context| async move {
            let links = futures::future::join_all((0..4).map(|_| new_link(&context))).await;
            let mut valid = 0;
            for link in links {
                valid += i32::from(is_valid(&context, link.unwrap().unwrap().expose()).await.unwrap());
            }
            assert_eq!(valid, 1);
        })
        .await;
    }

    #[tokio::test]
    async fn a_link_works_for_a_day() {
        testing::on_both(|context| async move {
            let token = link(&context).await;
            context.clock.advance_seconds(LINK_SECONDS - 1);
            assert!(is_valid(&context, &token).await.unwrap());
            context.clock.advance_seconds(1);
            assert!(!is_valid(&context, &token).await.unwrap());
            assert!(complete(&context, &token, &testing::form("ada"), PASSWORD).await.is_err());
        })
        .await;
    }

    #[tokio::test]
    async fn a_link_that_expires_while_the_password_is_hashed_makes_nobody() {
        testing::on_both(|context| async move {
            let token = link(&context).await;
            context.clock.advance_seconds(LINK_SECONDS);
            let transaction = context.database.begin().await.unwrap();
            assert!(!use_up(&transaction, &context, &token).await.unwrap());
        })
        .await;
    }

    #[tokio::test]
    async fn where_there_is_an_owner_there_is_no_link() {
        testing::on_both(|context| async move {
            let token = link(&context).await;
            create_owner(&context, &testing::form("ada"), PASSWORD).await.unwrap();
            assert!(new_link(&context).await.unwrap().is_none());
            assert!(!is_valid(&context, &token).await.unwrap());
            let late = complete(&context, &token, &testing::form("eve"), PASSWORD).await;
            assert!(matches!(late, Err(Error::NotFound(_))));
        })
        .await;
    }

    #[tokio::test]
    async fn all_wrong_fields_are_named_and_nothing_is_stored() {
        testing::on_both(|context| async move {
            let token = link(&context).await;
            let form = AccountForm { email: "x".into(), phone: "12".into(), ..testing::form("ada") };
            let wrong = complete(&context, &token, &form, "short").await.err().unwrap();
            assert_eq!(testing::wrong_fields(wrong), ["email", "password", "phone"]);
            let weak = complete(&context, &token, &testing::form("ada"), "short").await.err().unwrap();
            assert_eq!(testing::wrong_fields(weak), ["password"]);
            assert_eq!(people(&context).await, 0);
            assert!(complete(&context, &token, &testing::form("ada"), PASSWORD).await.is_ok());
        })
        .await;
    }

    #[tokio::test]
    async fn an_address_that_is_taken_uses_nothing_up() {
        testing::on_both(|context| async move {
            create_owner(&context, &testing::form("ada"), PASSWORD).await.unwrap();
            let taken = create_owner(&context, &testing::form("ADA"), PASSWORD).await.unwrap_err();
            assert_eq!(testing::wrong_fields(taken), ["email"]);
            assert_eq!(people(&context).await, 1);
        })
        .await;
    }
}
