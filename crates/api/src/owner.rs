//! Who asks. Every route but the few open ones lies behind [`enter`], so a new one cannot forget to ask; every route that touches a
//! job asks for an [`Owner`], so isolation is this one place.

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use gristmill_model::KeyId;
use gristmill_store::Role;

use crate::problem::Problem;
use crate::state::Door;
use crate::ticket;

/// The owner of everything that is asked without a key: whoever reaches the loopback address.
const LOCAL: &str = "local";

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// For whom.
    pub owner: String,
    /// What may be done.
    pub role: Role,
    /// By which key, if there was one.
    pub key: Option<KeyId>,
}

impl Caller {
    /// Refuses whoever may do less.
    fn at_least(self, role: Role) -> Result<Self, Problem> {
        if self.role >= role {
            return Ok(self);
        }
        let detail = format!("this needs a key with the role `{}`; the one that was sent has `{}`", role.as_str(), self.role.as_str());
        Err(Problem::new(StatusCode::FORBIDDEN, "role_required", detail))
    }

    /// Whose credits are meant: one's own; for admins those of `asked`.
    pub(crate) fn purse(self, asked: Option<String>) -> Result<String, Problem> {
        match asked.filter(|o| !o.is_empty() && *o != self.owner) {
            Some(other) => self.at_least(Role::Admin).map(|_| other),
            None => Ok(self.owner),
        }
    }

    /// Whose things a list shows: one's own; for operators those of `asked`, or of all.
    pub(crate) fn scope(&self, asked: Option<String>) -> Result<Option<String>, Problem> {
        let asked = asked.filter(|o| !o.is_empty());
        match self.role {
            Role::Owner if asked.as_ref().is_some_and(|o| *o != self.owner) => self.clone().at_least(Role::Operator).map(|_| asked),
            Role::Owner => Ok(Some(self.owner.clone())),
            Role::Operator | Role::Admin => Ok(asked),
        }
    }
}

/// Lets a request in as its [`Caller`], or refuses it.
pub(crate) async fn enter(State(door): State<Door>, mut request: Request, next: Next) -> Response {
    match caller(&door, request.method(), request.headers()).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

async fn caller(door: &Door, method: &Method, headers: &HeaderMap) -> Result<Caller, Problem> {
    match presented(headers) {
        Some(key) => door.keyring.caller(&door.engine, key).await,
        None if door.settings.open() => Ok(Caller { owner: LOCAL.to_owned(), role: Role::Admin, key: None }),
        None => {
            // A ticket reads and changes nothing, so that no page elsewhere can do anything with it.
            if let Some(ticket) = ticket::sent(headers).filter(|_| *method == Method::GET || *method == Method::HEAD)
                && let Some(caller) = door.keyring.bearer_of(&door.engine, ticket).await?
            {
                return Ok(caller);
            }
            let detail = "this server asks for a key: send `Authorization: Bearer gm_…`; `gristmill keys create` makes one";
            Err(Problem::new(StatusCode::UNAUTHORIZED, "key_required", detail))
        }
    }
}

/// The key of a request. Other kinds of authorization belong to whatever stands before this server.
fn presented(headers: &HeaderMap) -> Option<&str> {
    // What is not even text is a key that cannot be right.
    let text = |value: &'static str| headers.get(value).map(|v| v.to_str().unwrap_or("-"));
    let bearer =
        text(header::AUTHORIZATION.as_str()).and_then(|v| v.split_once(' ')).filter(|(kind, _)| kind.eq_ignore_ascii_case("bearer"));
    bearer.map(|(_, key)| key.trim()).or(text("x-api-key").map(str::trim))
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // Only a route that was not put behind `enter` has none.
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::internal)
    }
}

/// Whose things are meant. The engine shows each owner only what is theirs.
#[derive(Debug, Clone)]
pub(crate) struct Owner(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Owner {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Caller::from_request_parts(parts, state).await.map(|c| Self(c.owner))
    }
}

/// Who runs the service.
#[derive(Debug, Clone)]
pub(crate) struct Operator(pub Caller);

impl<S: Send + Sync> FromRequestParts<S> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Caller::from_request_parts(parts, state).await?.at_least(Role::Operator).map(Self)
    }
}

/// Who decides about keys and credits.
#[derive(Debug, Clone)]
pub(crate) struct Admin(pub Caller);

impl<S: Send + Sync> FromRequestParts<S> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Caller::from_request_parts(parts, state).await?.at_least(Role::Admin).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(role: Role) -> Caller {
        Caller { owner: "anna".into(), role, key: None }
    }

    #[test]
    fn a_role_may_do_what_lesser_ones_may() {
        assert!(of(Role::Admin).at_least(Role::Operator).is_ok() && of(Role::Operator).at_least(Role::Owner).is_ok());
        let refused = of(Role::Operator).at_least(Role::Admin).unwrap_err();
        assert_eq!((refused.status, refused.code.as_str()), (403, "role_required"));
    }

    #[test]
    fn an_owner_sees_only_their_own_and_an_operator_all() {
        assert_eq!(of(Role::Owner).scope(None).unwrap().as_deref(), Some("anna"));
        assert_eq!(of(Role::Owner).scope(Some("anna".into())).unwrap().as_deref(), Some("anna"));
        assert_eq!(of(Role::Owner).scope(Some("ben".into())).unwrap_err().code, "role_required");
        assert_eq!(of(Role::Operator).scope(None).unwrap(), None);
        assert_eq!(of(Role::Operator).scope(Some("ben".into())).unwrap().as_deref(), Some("ben"));
    }

    #[test]
    fn only_an_admin_sees_the_credits_of_others() {
        assert_eq!(of(Role::Owner).purse(None).unwrap(), "anna");
        assert_eq!(of(Role::Admin).purse(Some("ben".into())).unwrap(), "ben");
        assert_eq!(of(Role::Operator).purse(Some("ben".into())).unwrap_err().code, "role_required");
    }

    #[test]
    fn a_key_is_found_in_either_header_and_other_authorization_is_not_ours() {
        let key = |name: &'static str, value: &str| {
            let headers: HeaderMap = [(header::HeaderName::from_static(name), value.parse().unwrap())].into_iter().collect();
            presented(&headers).map(str::to_owned)
        };
        assert_eq!(key("authorization", "bearer  gm_x ").as_deref(), Some("gm_x"));
        assert_eq!(key("x-api-key", "gm_x").as_deref(), Some("gm_x"));
        assert_eq!(key("authorization", "Basic abc"), None);
        assert_eq!(key("authorization", "gm_x"), None);
    }
}
