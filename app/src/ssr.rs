//! The one place that reaches from a server function to the domain: who is calling, may they.
//!
//! The server's middleware puts a [`RequestContext`] into every request; server functions find it
//! here, whether the browser called them or a page is being rendered.

use std::sync::{Arc, LazyLock, OnceLock};

use domain::random::Random;
use domain::recent_proof::Renewed;
use domain::{Context, Database, Error, Holder, Origin, Roster, Staff};
use leptos::prelude::with_context;

use crate::ApiError;

/// Works the origin out when it is first asked for: most requests only read, and need none.
pub type OriginOnDemand = Box<dyn FnOnce() -> Origin + Send + Sync>;

/// What is known of the request at hand. Cheap to clone; all clones share one look-up of the session.
#[derive(Clone)]
pub struct RequestContext(Arc<Inner>);

struct Inner {
    roster: Roster,
    origin: LazyLock<Origin, OriginOnDemand>,
    token: Option<String>,
    is_impersonation: bool,
    reference: Arc<str>,
    holder: OnceLock<Holder>,
    renewed: OnceLock<Renewed>,
}

impl RequestContext {
    /// `token`: the session cookie as the browser sent it, not looked at yet. `reference`: what finds
    /// this request in the log.
    /// `is_impersonation`: it is the one of staff in somebody's place.
    pub fn new(
        roster: Roster,
        origin: OriginOnDemand,
        token: Option<String>,
        is_impersonation: bool,
        reference: Arc<str>,
    ) -> Self {
        let (origin, holder, renewed) = (LazyLock::new(origin), OnceLock::new(), OnceLock::new());
        Self(Arc::new(Inner { roster, origin, token, is_impersonation, reference, holder, renewed }))
    }

    /// For changes: with where the request came from.
    pub fn context(&self) -> Context {
        self.0.roster.asked_from(self.0.origin.clone())
    }

    pub fn database(&self) -> &Database {
        &self.0.roster.database
    }

    /// The session cookie, whether it is worth something or not.
    pub fn token(&self) -> Option<&str> {
        self.0.token.as_deref()
    }

    /// Whether the request comes from staff in somebody's place, or says so.
    pub fn is_impersonation(&self) -> bool {
        self.0.is_impersonation
    }

    /// Who is signed in. The session is read once in a request, however many ask.
    ///
    /// # Errors
    /// [`Error::SignIn`] without a session that works; database errors.
    pub async fn holder(&self) -> domain::Result<Holder> {
        if let Some(holder) = self.0.holder.get() {
            return Ok(holder.clone());
        }
        let token = self.token().ok_or(Error::SignIn)?;
        let holder = domain::authority::authenticate(&self.0.roster, token).await?;
        Ok(self.0.holder.get_or_init(|| holder).clone())
    }

    /// Who is signed in, when they may use the console.
    ///
    /// # Errors
    /// As [`Self::holder`], and [`Error::NotAllowed`] for an account without any role.
    pub async fn staff(&self) -> domain::Result<Staff> {
        self.holder().await?.into_staff()
    }

    /// The session goes on under another token (S11): the answer to this request carries it.
    pub fn renew(&self, renewed: Option<Renewed>) {
        if let Some(renewed) = renewed {
            let _ = self.0.renewed.set(renewed);
        }
    }

    /// The token that the answer to this request carries.
    pub fn renewed(&self) -> Option<&Renewed> {
        self.0.renewed.get()
    }

    /// What finds this request in the log.
    pub fn reference(&self) -> &str {
        &self.0.reference
    }
}

/// The request that this server function answers.
///
/// # Errors
/// [`ApiError::Internal`] outside a request.
pub fn request() -> Result<RequestContext, ApiError> {
    find_request().ok_or_else(|| Error::Internal("a server function ran outside a request".into()).into())
}

fn find_request() -> Option<RequestContext> {
    with_context::<http::request::Parts, _>(|parts| parts.extensions.get::<RequestContext>().cloned()).flatten()
}

/// See [`RequestContext::staff`].
///
/// # Errors
/// [`ApiError::SignIn`], [`ApiError::NotAllowed`], [`ApiError::Unavailable`].
pub async fn staff() -> Result<Staff, ApiError> {
    Ok(request()?.staff().await?)
}

/// See [`RequestContext::holder`].
///
/// # Errors
/// [`ApiError::SignIn`], [`ApiError::Unavailable`].
pub async fn holder() -> Result<Holder, ApiError> {
    Ok(request()?.holder().await?)
}

/// For queries.
///
/// # Errors
/// [`ApiError::Internal`] outside a request.
pub fn database() -> Result<Database, ApiError> {
    Ok(request()?.database().clone())
}

/// For queries that ask what time it is.
///
/// # Errors
/// [`ApiError::Internal`] outside a request.
pub fn roster() -> Result<Roster, ApiError> {
    Ok(request()?.0.roster.clone())
}

/// For changes.
///
/// # Errors
/// [`ApiError::Internal`] outside a request.
pub fn context() -> Result<Context, ApiError> {
    Ok(request()?.context())
}

/// What the person is told. The cause of what is our fault goes to the log, here and only here.
impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        if error.is_database_away() {
            tracing::warn!(%error, "the database is away");
            return Self::Unavailable;
        }
        match error {
            Error::SignIn => Self::SignIn,
            Error::NotAllowed(message) => Self::NotAllowed { message },
            Error::NotFound(what) => Self::not_found(what),
            Error::Invalid(errors) => Self::Invalid { errors },
            Error::Conflict(message) => Self::Conflict { message },
            Error::Busy { retry_after_seconds } => Self::Busy { retry_after_seconds },
            Error::ProofNeeded => Self::ProofNeeded,
            Error::Database(_) | Error::NewerDatabase(_) | Error::OtherKey | Error::Internal(_) => {
                let reference = find_request().map_or_else(new_reference, |request| request.reference().to_owned());
                tracing::error!(%error, reference, "a request failed");
                Self::Internal { reference }
            }
        }
    }
}

/// Ten characters: short enough to be read out on the telephone.
pub fn new_reference() -> String {
    Random::System.bytes::<5>().iter().map(|byte| format!("{byte:02x}")).collect()
}
