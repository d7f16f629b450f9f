//! The values of one account: checked against the definitions, compared for the log, and kept in the
//! index that finds accounts by them.

use std::collections::HashMap;

use db::entities::{account_attributes, accounts};
use regex::{Regex, RegexBuilder};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, SqlErr};
use types::attributes::{AttributeDefinition, AttributeKind, Values};
use types::events::FieldChange;
use types::{AccountId, AttributeId, FieldErrors, StoreId};

use crate::{Error, Result, phones};

const TAKEN: &str = "Somebody has this value already, or had it and was deleted.";

/// Who types the values: the flags of an attribute differ for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Editor {
    Console,
    Holder,
}

impl Editor {
    pub fn sees(self, definition: &AttributeDefinition) -> bool {
        match self {
            Self::Console => definition.console_visible,
            Self::Holder => definition.holder_visible,
        }
    }

    pub fn may_edit(self, definition: &AttributeDefinition) -> bool {
        match self {
            Self::Console => definition.console_editable,
            Self::Holder => definition.holder_editable,
        }
    }
}

/// What an account's row holds: key and value of each.
pub fn read(json: Option<&str>) -> Values {
    json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
}

/// The same, as it is stored.
pub fn write(values: &Values) -> Option<String> {
    (!values.is_empty()).then(|| serde_json::to_string(values).unwrap_or_default())
}

/// A validation pattern, which must match the whole text. It is found in time that grows only with
/// the text, whatever the pattern is; its size is bounded.
///
/// # Errors
/// A sentence for the field.
pub(super) fn compile(pattern: &str) -> Result<Regex, String> {
    let build =
        |pattern: &str| RegexBuilder::new(pattern).size_limit(1 << 20).dfa_size_limit(1 << 20).nest_limit(30).build();
    // Alone first: a bracket too many would end the group that makes it match the whole.
    build(pattern).and_then(|_| build(&format!(r"\A(?:{pattern})\z"))).map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "This pattern is too large.".to_owned(),
        _ => "This is not a regular expression that can be used. Look-around and back-references are not.".into(),
    })
}

/// All attributes of one store, ready to check values: made once for a request or a batch.
#[derive(Clone, Debug, Default)]
pub struct Attributes {
    definitions: Vec<AttributeDefinition>,
    patterns: HashMap<AttributeId, Regex>,
}

impl Attributes {
    /// For reading.
    pub async fn of_store(connection: &impl ConnectionTrait, store: StoreId) -> Result<Self> {
        Ok(Self::new(super::rows_of(connection, store, None).await?))
    }

    /// For a transaction that stores values: until it ends, no definition changes. Whoever locks
    /// accounts as well locks them first.
    pub async fn locked(connection: &impl ConnectionTrait, store: StoreId) -> Result<Self> {
        Ok(Self::new(super::rows_of(connection, store, Some(LockType::Share)).await?))
    }

    fn new(rows: Vec<db::entities::attributes::Model>) -> Self {
        let definitions: Vec<_> = rows.into_iter().filter_map(super::definition).collect();
        let pattern = |one: &AttributeDefinition| Some((one.id, compile(one.pattern.as_deref()?).ok()?));
        let patterns = definitions.iter().filter_map(pattern).collect();
        Self { definitions, patterns }
    }

    /// In the order of the store.
    pub fn definitions(&self) -> &[AttributeDefinition] {
        &self.definitions
    }

    pub fn shown_to(&self, editor: Editor) -> Vec<AttributeDefinition> {
        self.definitions.iter().filter(|one| editor.sees(one)).cloned().collect()
    }

    /// The values that the editor may see.
    pub fn values_for(&self, editor: Editor, values: &Values) -> Values {
        let shown = self.definitions.iter().filter(|one| editor.sees(one));
        shown.filter_map(|one| Some((one.key.clone(), values.get(&one.key)?.clone()))).collect()
    }

    /// What would be stored when `typed` is put over `stored`. Keys that are not typed stay; for a
    /// new account the required ones must be among them. Errors go to the fields' keys.
    pub fn check(
        &self,
        editor: Editor,
        stored: &Values,
        typed: &Values,
        is_new: bool,
        errors: &mut FieldErrors,
    ) -> Values {
        let mut values = stored.clone();
        for (key, text) in typed {
            let Some(definition) = self.definitions.iter().find(|one| one.key == *key && editor.sees(one)) else {
                if !text.trim().is_empty() {
                    errors.add(key, "There is no such attribute any more.");
                }
                continue;
            };
            // As it is stored, even when the definition has become stricter since.
            let unchanged = text.trim() == stored.get(key).map_or("", String::as_str);
            let missing = definition.required && editor.may_edit(definition) && text.trim().is_empty();
            if unchanged && !missing {
                continue;
            }
            if !editor.may_edit(definition) {
                errors.add(key, "This cannot be changed here.");
                continue;
            }
            match self.value(definition, text) {
                Ok(Some(value)) => {
                    values.insert(key.clone(), value);
                }
                Ok(None) if definition.required => errors.add(key, "Please fill in this field."),
                Ok(None) => {
                    values.remove(key);
                }
                Err(message) => errors.add(key, message),
            }
        }
        if is_new {
            let missing =
                |one: &&AttributeDefinition| one.required && editor.may_edit(one) && !typed.contains_key(&one.key);
            self.definitions.iter().filter(missing).for_each(|one| errors.add(&one.key, "Please fill in this field."));
        }
        values
    }

    fn value(&self, definition: &AttributeDefinition, text: &str) -> Result<Option<String>, String> {
        let value = definition.parse(text)?;
        if let (Some(value), Some(pattern)) = (&value, self.patterns.get(&definition.id))
            && !pattern.is_match(value)
        {
            return Err(match definition.hint.as_str() {
                "" => format!("This does not have the form that is asked for: {}", pattern_of(definition)),
                hint => format!("This does not have the form that is asked for. {hint}"),
            });
        }
        match (&value, definition.kind) {
            (Some(value), AttributeKind::Phone) => phones::check(value).map(Some),
            _ => Ok(value),
        }
    }

    /// What storing `new` over `old` changes. Values that the console does not show are not told.
    pub fn differences(&self, old: &Values, new: &Values) -> Vec<FieldChange> {
        let changed = self.definitions.iter().filter(|one| old.get(&one.key) != new.get(&one.key));
        changed
            .map(|one| {
                let told = |values: &Values| {
                    values.get(&one.key).filter(|_| one.console_visible).map(|value| one.shown(value))
                };
                FieldChange { field: one.key.clone(), old: told(old), new: told(new) }
            })
            .collect()
    }

    /// The rows of the index for one account's values: of a batch, insert those of all accounts at
    /// once.
    pub fn index_rows(&self, account: AccountId, values: &Values) -> Vec<account_attributes::ActiveModel> {
        let indexed = self.definitions.iter().filter(|one| one.is_indexed());
        indexed.flat_map(|one| rows(one, account, values.get(&one.key).map(String::as_str))).collect()
    }

    /// Adds an error for each unique value that another account of the store has.
    pub async fn refuse_taken(
        &self,
        connection: &impl ConnectionTrait,
        account: Option<AccountId>,
        old: &Values,
        new: &Values,
        errors: &mut FieldErrors,
    ) -> Result<()> {
        let changed = self.definitions.iter().filter(|one| one.unique && old.get(&one.key) != new.get(&one.key));
        for one in changed {
            let keys = new.get(&one.key).map(|value| one.value_keys(value)).unwrap_or_default();
            let mut query = account_attributes::Entity::find()
                .filter(account_attributes::Column::AttributeId.eq(one.id))
                .filter(account_attributes::Column::ValueKey.is_in(keys));
            if let Some(account) = account {
                query = query.filter(account_attributes::Column::AccountId.ne(account));
            }
            if query.one(connection).await?.is_some() {
                errors.add(&one.key, TAKEN);
            }
        }
        Ok(())
    }

    /// Stores the new values of an account that is there, and its index.
    ///
    /// # Errors
    /// As [`Self::keep_index`].
    pub(crate) async fn store(
        &self,
        connection: &impl ConnectionTrait,
        account: AccountId,
        old: &Values,
        new: &Values,
    ) -> Result<()> {
        if old == new {
            return Ok(());
        }
        accounts::Entity::update_many()
            .col_expr(accounts::Column::AttributeValues, Expr::val(write(new)))
            .filter(accounts::Column::Id.eq(account))
            .exec(connection)
            .await?;
        self.keep_index(connection, account, old, new).await
    }

    /// Brings the index up to the new values, in the transaction that stores them.
    ///
    /// # Errors
    /// At its field when somebody has just taken a unique value.
    pub(crate) async fn keep_index(
        &self,
        connection: &impl ConnectionTrait,
        account: AccountId,
        old: &Values,
        new: &Values,
    ) -> Result<()> {
        for one in self.definitions.iter().filter(|one| old.get(&one.key) != new.get(&one.key)) {
            if old.contains_key(&one.key) {
                account_attributes::Entity::delete_many()
                    .filter(account_attributes::Column::AccountId.eq(account))
                    .filter(account_attributes::Column::AttributeId.eq(one.id))
                    .exec(connection)
                    .await?;
            }
            let rows = rows(one, account, new.get(&one.key).map(String::as_str));
            if !one.is_indexed() || rows.is_empty() {
                continue;
            }
            let inserted = account_attributes::Entity::insert_many(rows).exec_without_returning(connection).await;
            inserted.map_err(|error| match error.sql_err() {
                Some(SqlErr::UniqueConstraintViolation(_)) => Error::field(&one.key, TAKEN),
                _ => error.into(),
            })?;
        }
        Ok(())
    }
}

/// Which of these values of a unique attribute somebody has, and who.
pub(crate) async fn holders(
    connection: &impl ConnectionTrait,
    attribute: AttributeId,
    keys: Vec<String>,
) -> Result<HashMap<String, AccountId>> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(String, AccountId)> = account_attributes::Entity::find()
        .select_only()
        .columns([account_attributes::Column::ValueKey, account_attributes::Column::AccountId])
        .filter(account_attributes::Column::AttributeId.eq(attribute))
        .filter(account_attributes::Column::ValueKey.is_in(keys))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(rows.into_iter().collect())
}

fn pattern_of(definition: &AttributeDefinition) -> &str {
    definition.pattern.as_deref().unwrap_or_default()
}

/// One row for each part of the value.
pub(super) fn rows(
    definition: &AttributeDefinition,
    account: AccountId,
    value: Option<&str>,
) -> Vec<account_attributes::ActiveModel> {
    let mut keys = value.map(|value| definition.value_keys(value)).unwrap_or_default();
    keys.sort_unstable();
    keys.dedup();
    keys.into_iter()
        .map(|key| account_attributes::ActiveModel {
            account_id: Set(account),
            attribute_id: Set(definition.id),
            value_key: Set(key),
            is_unique: Set(definition.unique),
            is_text: Set(definition.kind.is_text()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use db::entities::account_attributes;
    use sea_orm::{EntityTrait, PaginatorTrait};
    use types::accounts::EditOutcome;
    use types::attributes::AttributeKind;
    use types::events::EventKind;

    use super::*;
    use crate::testing::{self, form_with, wrong_fields};
    use crate::{Context, users};

    async fn indexed(context: &Context) -> Vec<(String, bool)> {
        let rows = account_attributes::Entity::find().all(context.database.read()).await.unwrap();
        let mut keys: Vec<_> = rows.into_iter().map(|row| (row.value_key, row.is_unique)).collect();
        keys.sort();
        keys
    }

    #[tokio::test]
    async fn values_are_stored_shown_logged_and_indexed() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            testing::attribute(&context, &owner, "number", AttributeKind::Text, |form| {
                (form.unique, form.pattern) = (true, "[A-Z][0-9]{3}".into());
            })
            .await;
            testing::attribute(&context, &owner, "tongues", AttributeKind::MultipleChoice, |form| {
                (form.choices, form.searchable) = ("German\nFrench\nItalian".into(), true);
            })
            .await;
            testing::attribute(&context, &owner, "hired", AttributeKind::Date, |_| {}).await;
            let typed = [("number", "E123"), ("tongues", "french;german"), ("hired", "2020-1-2")];
            let ada = users::create(&context, &owner, &form_with("ada", &typed), &[]).await.unwrap();
            let profile = users::profile(&context, &owner, ada).await.unwrap();
            let stored =
                form_with("ada", &[("number", "E123"), ("tongues", "German\nFrench"), ("hired", "2020-01-02")]);
            assert_eq!(profile.form, stored);
            assert_eq!(profile.attributes.len(), 3);
            let row = |key: &str, unique| (key.to_owned(), unique);
            assert_eq!(indexed(&context).await, [row("e123", true), row("french", false), row("german", false)]);

            let form = form_with("ada", &[("number", ""), ("tongues", "Italian")]);
            let saved = users::edit(&context, &owner, ada, &form, 1).await.unwrap();
            assert_eq!(saved, EditOutcome::Saved { version: 2 });
            assert_eq!(indexed(&context).await, [row("italian", false)]);
            let values = super::super::values_of(context.database.read(), &[ada]).await.unwrap().remove(&ada).unwrap();
            assert_eq!(values, form_with("", &[("tongues", "Italian"), ("hired", "2020-01-02")]).attributes);
            let kind = Some(EventKind::AccountEdited);
            let page = testing::activity(&context.database, &owner, ada, kind, None).await.unwrap();
            let number = FieldChange::new("number", Some("E123"), None);
            let tongues = FieldChange::new("tongues", Some("German; French"), Some("Italian"));
            assert_eq!(page.events[0].changes, [number, tongues]);
            // Nothing new is nothing to save.
            let again = users::edit(&context, &owner, ada, &form, 2).await.unwrap();
            assert_eq!(again, EditOutcome::Saved { version: 2 });
        })
        .await;
    }

    #[tokio::test]
    async fn every_wrong_value_is_named_beside_the_built_in_ones() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let kind = AttributeKind::Text;
            testing::attribute(&context, &owner, "code", kind, |form| form.pattern = "a|b+".into()).await;
            testing::attribute(&context, &owner, "must", kind, |form| form.required = true).await;
            testing::attribute(&context, &owner, "mobile", AttributeKind::Phone, |_| {}).await;
            testing::attribute(&context, &owner, "theirs", kind, |form| {
                (form.console_editable, form.holder_visible, form.holder_editable) = (false, true, true);
                form.required = true;
            })
            .await;
            testing::attribute(&context, &owner, "hidden", kind, |form| form.console_visible = false).await;
            let typed = [
                ("code", "xa"),
                ("mobile", "+999123456"),
                ("theirs", "x"),
                ("hidden", "x"),
                ("gone", "x"),
                ("none", ""),
            ];
            let mut form = form_with("owner", &typed);
            let refused = users::create(&context, &owner, &form, &[]).await.unwrap_err();
            let wrong = ["code", "email", "gone", "hidden", "mobile", "must", "theirs"];
            assert_eq!(wrong_fields(refused), wrong);
            form = form_with("ada", &[("code", "bbb"), ("must", "x")]);
            let ada = users::create(&context, &owner, &form, &[]).await.unwrap();
            // Whoever says nothing of a required one leaves it; nobody empties it.
            users::edit(&context, &owner, ada, &form_with("ada", &[("code", "a")]), 1).await.unwrap();
            let emptied = users::edit(&context, &owner, ada, &form_with("ada", &[("must", " ")]), 2).await;
            assert_eq!(wrong_fields(emptied.unwrap_err()), ["must"]);
        })
        .await;
    }

    #[tokio::test]
    async fn of_two_at_once_with_one_value_one_is_added() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let kind = AttributeKind::Text;
            testing::attribute(&context, &owner, "badge", kind, |form| form.unique = true).await;
            let (one, two) = (form_with("ada", &[("badge", "É1")]), form_with("eve", &[("badge", "e\u{301}1")]));
            let (one, two) =
                tokio::join!(users::create(&context, &owner, &one, &[]), users::create(&context, &owner, &two, &[]));
            let lost: Vec<_> = [one, two].into_iter().filter_map(Result::err).map(wrong_fields).collect();
            assert_eq!(lost, [["badge"]]);
            assert_eq!(account_attributes::Entity::find().count(context.database.read()).await.unwrap(), 1);
        })
        .await;
    }

    #[tokio::test]
    async fn what_the_console_does_not_show_is_not_told() {
        testing::on_both(|context| async move {
            let owner = testing::owner(&context).await;
            let kind = AttributeKind::Text;
            testing::attribute(&context, &owner, "secret", kind, |form| {
                (form.console_visible, form.holder_visible, form.holder_editable) = (false, true, true);
            })
            .await;
            let attributes = Attributes::of_store(
                context.database.read(),
                crate::stores::default_store(context.database.read()).await.unwrap(),
            )
            .await
            .unwrap();
            let new = form_with("", &[("secret", "xyzzy")]).attributes;
            assert_eq!(attributes.differences(&Values::new(), &new), [FieldChange::new("secret", None, None)]);
            assert!(attributes.shown_to(Editor::Console).is_empty());
            assert!(attributes.values_for(Editor::Console, &new).is_empty());
            assert_eq!(attributes.values_for(Editor::Holder, &new), new);
        })
        .await;
    }

    #[test]
    fn a_pattern_matches_the_whole_text_in_bounded_time() {
        assert!(!compile("a|b").unwrap().is_match("xb"));
        for bad in ["a)|(b", "(?=a)", r"(a)\1", "[", &"(".repeat(100), "(((x{200}){200}){200})", "(?x)a #"] {
            assert!(compile(bad).is_err(), "{bad}");
        }
        let nasty = compile("(a+)+$").unwrap();
        assert!(!nasty.is_match(&format!("{}!", "a".repeat(500))));
    }
}
