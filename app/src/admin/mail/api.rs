//! The server functions of the mail log.

use leptos::prelude::*;
use server_fn::codec::Json;
use types::MessageId;
use types::messages::{MessagePage, MessageState, MessageText};

use crate::ApiError;

/// A page of the log, newest first. Needs **View the mail log** everywhere.
#[server(endpoint = "admin/mail/list", input = Json)]
pub async fn list_mail(state: Option<MessageState>, older: Option<String>) -> Result<MessagePage, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::messages::list(&crate::ssr::roster()?, &staff, state, older.as_deref()).await?)
}

/// What a mail says, while there is no mail server. Needs **Own this installation**.
#[server(endpoint = "admin/mail/read", input = Json)]
pub async fn read_mail(id: MessageId) -> Result<MessageText, ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::messages::read(&crate::ssr::context()?, &staff, id).await?)
}

/// Sends a mail that failed, or waits for its next attempt, now. Needs **Send … mails** everywhere.
#[server(endpoint = "admin/mail/retry", input = Json)]
pub async fn retry_mail(id: MessageId) -> Result<(), ApiError> {
    let staff = crate::ssr::staff().await?;
    Ok(domain::messages::retry(&crate::ssr::context()?, &staff, id).await?)
}
