//! **Activity** (E5): what happened to one's own account.

use std::collections::HashSet;

use db::entities::{accounts, events as rows};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use types::EventId;
use types::events::{Disowning, OwnActivity, OwnEvent};

use super::disown::disowning;
use crate::account_data::{BUILT_IN, for_holder};
use crate::attributes::{Attributes, Editor};
use crate::{Error, Holder, Result, Roster, events};

/// A page of it, newest first. `older`: the cursor of the page before.
pub async fn activity(roster: &Roster, holder: &Holder, older: Option<&str>) -> Result<OwnActivity> {
    let connection = roster.database.read();
    let account = accounts::Entity::find_by_id(holder.account).one(connection).await?.ok_or(Error::SignIn)?;
    let attributes = Attributes::of_store(connection, account.store_id).await?;
    let seen: HashSet<_> = attributes.shown_to(Editor::Holder).into_iter().map(|one| one.key).collect();
    let page = events::page_of(&roster.database, None, holder.account, older).await?;
    let here: Vec<EventId> = rows::Entity::find()
        .select_only()
        .column(rows::Column::Id)
        .filter(rows::Column::Id.is_in(page.events.iter().map(|event| event.id)))
        .filter(rows::Column::SessionId.eq(holder.session))
        .into_tuple()
        .all(connection)
        .await?;
    let now = roster.now();
    let shown = page.events.into_iter().map(|mut event| {
        events::hide(&mut event, |field| !BUILT_IN.contains(&field) && !seen.contains(field));
        let by = event.actor.as_ref().map(|actor| actor.id);
        // Whoever says so did what this session did.
        let disowning = if here.contains(&event.id) {
            Disowning::No
        } else {
            disowning(event.kind, by, holder.account, event.at, now)
        };
        for_holder(&mut event, holder.account);
        OwnEvent { event, disowning }
    });
    Ok(OwnActivity { events: shown.collect(), older: page.older })
}
