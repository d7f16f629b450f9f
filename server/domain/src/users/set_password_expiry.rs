//! **Set password expiry** (A7): from a date on the password does not sign in; or no such date.

use db::entities::accounts;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use types::Timestamp;
use types::events::{EventKind, FieldChange};

use crate::events::{self, Event};
use crate::{Context, Result, Staff, password_expiry};

/// Sets or clears the date. The mails about it go out by themselves, beginning now when it is near.
pub(crate) async fn set_password_expiry(
    connection: &impl ConnectionTrait,
    context: &Context,
    staff: &Staff,
    chosen: &[accounts::Model],
    at: Option<Timestamp>,
) -> Result<()> {
    let notice = at.map(|at| password_expiry::first_notice(at, context.now()));
    accounts::Entity::update_many()
        .col_expr(accounts::Column::PasswordExpiresAt, Expr::val(at))
        .col_expr(accounts::Column::PasswordNoticeAt, Expr::val(notice))
        .filter(accounts::Column::Id.is_in(chosen.iter().map(|account| account.id)))
        .exec(connection)
        .await?;
    let text = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let written = chosen.iter().map(|account| {
        let (old, new) = (text(account.password_expires_at), text(at));
        let change = FieldChange { field: "password_expires_at".into(), old, new };
        Event::new(EventKind::PasswordExpirySet).by(staff).on(account.id).changes(vec![change])
    });
    events::write_all(connection, context, written.collect()).await
}
