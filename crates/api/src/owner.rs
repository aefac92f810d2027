//! Whose request it is. Every route that touches a job asks for an [`Owner`], so isolation is this one place.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

/// The owner of everything as long as there are no keys: whoever reaches the loopback address.
const LOCAL: &str = "local";

/// Who asks. The engine shows each owner only what is theirs.
#[derive(Debug, Clone)]
pub(crate) struct Owner(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Owner {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(LOCAL.to_owned()))
    }
}
