//! The server functions of the question who it is (S12).

use leptos::prelude::*;
use server_fn::codec::Json;

use crate::ApiError;

/// How the caller can prove who they are. Any staff.
#[server(endpoint = "admin/proof/ways", input = Json)]
pub async fn proof_ways() -> Result<types::authenticators::ProofWays, ApiError> {
    let staff = crate::ssr::staff().await?;
    let passkey = domain::authenticators::passkey::has_some(&crate::ssr::roster()?, &staff).await?;
    Ok(types::authenticators::ProofWays { email: staff.email.clone(), passkey })
}

/// Proves with the password that the session is in its holder's hands; the answer carries its new token. Any
/// staff.
#[server(endpoint = "admin/proof/confirm", input = Json)]
pub async fn confirm_identity(password: String) -> Result<(), ApiError> {
    let request = crate::ssr::request()?;
    let staff = request.staff().await?;
    request.renew(domain::recent_proof::confirm(&request.context(), &staff, &password).await?);
    Ok(())
}
