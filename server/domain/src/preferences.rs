//! What an administrator has chosen for themselves.

use db::entities::{accounts, staff_preferences};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use types::attributes::{AttributeKind, is_key};
use types::user_list::{ListColumn, PageSize, SEARCHABLE, SearchField};
use types::{Permission, StoreId};

use crate::database::TO_CHANGE;
use crate::{Context, Database, Error, Result, Staff, attributes, stores};

const PAGE_SIZE: &str = "users.page_size";

const COLUMNS: &str = "users.columns";
const PINS: &str = "users.pins";

/// How somebody has set their user list up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListPreferences {
    pub size: PageSize,
    pub columns: Vec<ListColumn>,
}

/// The page size that they chose last, and the columns.
pub async fn of_list(database: &Database, staff: &Staff) -> Result<ListPreferences> {
    let rows = staff_preferences::Entity::find()
        .filter(staff_preferences::Column::AccountId.eq(staff.account))
        .filter(staff_preferences::Column::Key.is_in([PAGE_SIZE, COLUMNS]))
        .all(database.read())
        .await?;
    let of = |key: &str| rows.iter().find(|row| row.key == key).map(|row| row.value.as_str());
    Ok(ListPreferences {
        size: of(PAGE_SIZE).and_then(|value| value.parse::<u32>().ok()?.try_into().ok()).unwrap_or_default(),
        columns: of(COLUMNS).and_then(ListColumn::read).unwrap_or_else(|| ListColumn::DEFAULT.to_vec()),
    })
}

/// The fields of the **Search** panel, those pinned first: what every account has, and what the store
/// (`None`: the default one) lets search. Any staff; attributes for those with **View users**.
pub async fn search_fields(database: &Database, staff: &Staff, store: Option<StoreId>) -> Result<Vec<SearchField>> {
    let connection = database.read();
    let pins = stored(connection, staff, PINS).await?.unwrap_or_default();
    let own = match staff.require(Permission::ViewUsers) {
        Ok(_) => attributes::definitions(database, staff, store).await?,
        Err(_) => Vec::new(),
    };
    let new = |key: String, label: String| SearchField {
        pinned: pins.split(',').any(|pin| pin == key),
        key,
        label,
        place: 0,
        choices: Vec::new(),
        is_date: false,
    };
    let built_in = SEARCHABLE.into_iter().map(|(key, label)| new(key.to_owned(), label.to_owned()));
    let own = own.into_iter().filter(|one| one.searchable).map(|one| SearchField {
        is_date: one.kind == AttributeKind::Date,
        choices: match one.kind {
            AttributeKind::YesNo => ["Yes", "No"].map(str::to_owned).to_vec(),
            _ => one.choices,
        },
        ..new(one.key, one.label)
    });
    let mut fields: Vec<_> =
        (0..).zip(built_in.chain(own)).map(|(place, field)| SearchField { place, ..field }).collect();
    fields.sort_by_key(|field| (!field.pinned, field.place));
    Ok(fields)
}

/// Pins that are kept.
const PINS_MOST: usize = 1_000;

/// Pins a field, or lets it go; those of other stores stay as they are. What can be no field is left
/// out. Any staff, for themselves.
pub async fn remember_pin(context: &Context, staff: &Staff, key: &str, pinned: bool) -> Result<()> {
    if !is_key(key) {
        return Ok(());
    }
    let transaction = begin(context, staff).await?;
    let stored = stored(&transaction, staff, PINS).await?.unwrap_or_default();
    let mut pins: Vec<_> = stored.split(',').filter(|pin| !pin.is_empty() && *pin != key).collect();
    if pinned && pins.len() < PINS_MOST {
        pins.push(key);
    }
    keep(&transaction, staff, PINS, pins.join(",")).await?;
    transaction.commit().await?;
    Ok(())
}

/// Keeps the page size. Any staff, for themselves.
pub async fn remember_page_size(context: &Context, staff: &Staff, size: PageSize) -> Result<()> {
    let transaction = context.database.begin().await?;
    keep(&transaction, staff, PAGE_SIZE, size.rows().to_string()).await?;
    transaction.commit().await?;
    Ok(())
}

/// Keeps the columns that the list of a store (`None`: the default one) shows, and their order; `None`:
/// back to the default. Those of other stores' attributes stay, after them. Any staff, for themselves.
///
/// # Errors
/// At `columns`, when the name is not among them: it leads to the profile.
pub async fn remember_columns(
    context: &Context,
    staff: &Staff,
    store: Option<StoreId>,
    columns: Option<&[ListColumn]>,
) -> Result<()> {
    let mut columns = columns.unwrap_or(&ListColumn::DEFAULT).to_vec();
    if ListColumn::read(&ListColumn::write(&columns)).as_ref() != Some(&columns) {
        return Err(Error::field("columns", "Choose each column once, and the name among them."));
    }
    let transaction = begin(context, staff).await?;
    let before = stored(&transaction, staff, COLUMNS).await?;
    let before = before.as_deref().and_then(ListColumn::read).unwrap_or_default();
    if before.iter().any(|column| matches!(column, ListColumn::Attribute(_))) {
        let store = stores::named_or_default(&transaction, store).await?;
        let elsewhere = attributes::keys_of_others(&transaction, store).await?;
        let is_kept = |column: &ListColumn| match column {
            ListColumn::Attribute(key) => elsewhere.contains(key) && !columns.contains(column),
            _ => false,
        };
        let kept: Vec<_> = before.into_iter().filter(is_kept).collect();
        columns.extend(kept);
    }
    if columns == ListColumn::DEFAULT {
        staff_preferences::Entity::delete_by_id((staff.account, COLUMNS.to_owned())).exec(&transaction).await?;
    } else {
        keep(&transaction, staff, COLUMNS, ListColumn::write(&columns)).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// A transaction that others of the same person wait for: what is kept follows from what was.
async fn begin(context: &Context, staff: &Staff) -> Result<DatabaseTransaction> {
    let transaction = context.database.begin().await?;
    accounts::Entity::find_by_id(staff.account).lock(TO_CHANGE).one(&transaction).await?;
    Ok(transaction)
}

async fn stored(connection: &impl ConnectionTrait, staff: &Staff, key: &str) -> Result<Option<String>> {
    let row = staff_preferences::Entity::find_by_id((staff.account, key.to_owned())).one(connection).await?;
    Ok(row.map(|row| row.value))
}

async fn keep(connection: &impl ConnectionTrait, staff: &Staff, key: &str, value: String) -> Result<()> {
    let row =
        staff_preferences::ActiveModel { account_id: Set(staff.account), key: Set(key.into()), value: Set(value) };
    let again = OnConflict::columns([staff_preferences::Column::AccountId, staff_preferences::Column::Key])
        .update_column(staff_preferences::Column::Value)
        .to_owned();
    staff_preferences::Entity::insert(row).on_conflict(again).exec_without_returning(connection).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    async fn page_size(database: &Database, staff: &Staff) -> Result<PageSize> {
        Ok(of_list(database, staff).await?.size)
    }

    #[tokio::test]
    async fn what_is_pinned_comes_first_for_this_person() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let keys = async || {
                let fields = search_fields(&context.database, &owner, None).await.unwrap();
                fields.into_iter().map(|field| field.key).collect::<Vec<_>>()
            };
            assert_eq!(keys().await[..2], ["name", "first_name"]);
            for pin in ["phone", "email", "shoe_size", "", "no key", "a,b"] {
                remember_pin(&context, &owner, pin, true).await.unwrap();
            }
            assert_eq!(keys().await[..3], ["email", "phone", "name"]);
            remember_pin(&context, &owner, "email", false).await.unwrap();
            assert_eq!(keys().await[..2], ["phone", "name"]);
            let kept = stored(context.database.read(), &owner, PINS).await.unwrap();
            assert_eq!(kept.as_deref(), Some("phone,shoe_size"), "that of another store stays");
        })
        .await;
    }

    #[tokio::test]
    async fn another_stores_columns_stay_while_this_ones_are_chosen() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let customers = testing::another_store(&context).await;
            testing::attribute(&context, &owner, "team", AttributeKind::Text, |_| ()).await;
            let form =
                types::attributes::AttributeForm { key: "tariff".into(), label: "Tariff".into(), ..Default::default() };
            attributes::add(&context, &owner, customers, &form).await.unwrap();
            let attribute = |key: &str| ListColumn::Attribute(key.into());
            let stored = async || of_list(&context.database, &owner).await.unwrap().columns;
            let of_people = [ListColumn::Name, attribute("team")];
            remember_columns(&context, &owner, None, Some(&of_people)).await.unwrap();
            let of_customers = [attribute("tariff"), ListColumn::Name];
            remember_columns(&context, &owner, Some(customers), Some(&of_customers)).await.unwrap();
            assert_eq!(stored().await, [attribute("tariff"), ListColumn::Name, attribute("team")]);
            remember_columns(&context, &owner, None, Some(&[ListColumn::Name])).await.unwrap();
            assert_eq!(stored().await, [ListColumn::Name, attribute("tariff")], "one's own is let go");
            remember_columns(&context, &owner, Some(customers), None).await.unwrap();
            assert_eq!(stored().await, ListColumn::DEFAULT);
        })
        .await;
    }

    #[tokio::test]
    async fn columns_are_kept_in_their_order_until_they_are_reset() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let columns = async || of_list(&context.database, &owner).await.unwrap().columns;
            assert_eq!(columns().await, ListColumn::DEFAULT);
            let chosen = [ListColumn::Phone, ListColumn::Name];
            remember_columns(&context, &owner, None, Some(&chosen)).await.unwrap();
            assert_eq!(columns().await, chosen);
            for wrong in [&[ListColumn::Email][..], &[], &[ListColumn::Name, ListColumn::Name]] {
                let refused = remember_columns(&context, &owner, None, Some(wrong)).await.unwrap_err();
                assert_eq!(testing::wrong_fields(refused), ["columns"]);
            }
            assert_eq!(columns().await, chosen);
            remember_columns(&context, &owner, None, None).await.unwrap();
            assert_eq!(columns().await, ListColumn::DEFAULT);
        })
        .await;
    }

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
