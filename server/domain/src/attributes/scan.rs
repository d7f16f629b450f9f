//! What a changed definition would do to the values that accounts have. Reads every account that has
//! one, without holding anybody up; nothing is counted beyond what is told.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use db::entities::accounts;
use futures::TryStreamExt;
use sea_orm::sea_query::LikeExpr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use types::attributes::{AttributeDefinition, AttributeKind, AttributeLoss, LOSS_COUNTED};

use super::read;
use crate::{Database, Result};

/// Values shown as examples.
const SAMPLES: usize = 3;

/// What was found among the values.
#[derive(Debug, Default)]
pub struct Scan {
    pub loss: AttributeLoss,
    /// A value that two accounts have, when it must be unique.
    pub twice: Option<String>,
}

/// What the value becomes under a definition; `None`: it is lost.
pub fn converted(definition: &AttributeDefinition, value: &str) -> Option<String> {
    let value = match definition.kind {
        AttributeKind::MultipleChoice => value.to_owned(),
        _ => value.replace('\n', "; "),
    };
    definition.parse(&value).ok().flatten()
}

/// Looks at every value under the new definition; `None`: it is being removed.
pub async fn scan(database: &Database, old: &AttributeDefinition, new: Option<&AttributeDefinition>) -> Result<Scan> {
    let mut found = Scan::default();
    let mut seen = HashSet::new();
    let holding = LikeExpr::new(format!("%\"{}\":%", old.key.replace('_', "\\_"))).escape('\\');
    let mut rows = accounts::Entity::find()
        .select_only()
        .column(accounts::Column::AttributeValues)
        .filter(accounts::Column::StoreId.eq(old.store))
        .filter(accounts::Column::AttributeValues.like(holding))
        .into_tuple::<Option<String>>()
        .stream(database.read())
        .await?;
    while let Some(json) = rows.try_next().await? {
        let Some(value) = read(json.as_deref()).remove(&old.key) else { continue };
        found.loss.having = (found.loss.having + 1).min(LOSS_COUNTED);
        match new.and_then(|new| Some((new, converted(new, &value)?))) {
            None => {
                found.loss.lost = (found.loss.lost + 1).min(LOSS_COUNTED);
                let shown = old.shown(&value);
                if found.loss.samples.len() < SAMPLES && !found.loss.samples.contains(&shown) {
                    found.loss.samples.push(shown);
                }
            }
            Some((new, value)) if new.unique && found.twice.is_none() => {
                let mut hasher = DefaultHasher::new();
                new.value_keys(&value).hash(&mut hasher);
                if !seen.insert(hasher.finish()) {
                    found.twice = Some(value);
                }
            }
            Some(_) => {}
        }
        let counted_all = found.loss.having >= LOSS_COUNTED && (found.loss.lost >= LOSS_COUNTED || new.is_none());
        if counted_all && (found.twice.is_some() || new.is_none_or(|new| !new.unique)) {
            break;
        }
    }
    Ok(found)
}
