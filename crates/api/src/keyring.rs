//! API keys: their text, and whom one speaks for. `gm_`, the public half in hexadecimal, `_`, the secret half in base64url. Of the
//! secret only its SHA-256 is stored; this process remembers for a moment which keys it has seen to be good.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use gristmill_engine::Engine;
use gristmill_model::{KeyId, Timestamp};
use gristmill_store::{ApiKey, Role};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::owner::Caller;
use crate::problem::Problem;
use crate::ticket;

/// What every key begins with, so that scanners of source code find a leaked one.
const PREFIX: &str = "gm_";
/// Length of a secret half: 32 bytes in base64url.
const SECRET: usize = 43;
/// For how long a key that was good counts as good. A revoked one is refused everywhere after this.
const FRESH: Duration = Duration::from_secs(3);
/// Keys remembered at most.
const MOST: usize = 10_000;

/// Makes a key: the row to store, and its text, which is shown once and can never be had again.
///
/// # Errors
/// When the system has no randomness.
pub fn new_key(id: Option<KeyId>, name: &str, owner: &str, role: Role) -> io::Result<(ApiKey, String)> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    let secret = BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let id = id.unwrap_or_else(|| KeyId::from_uuid(Uuid::now_v7()));
    let text = format!("{PREFIX}{}_{secret}", id.uuid().simple());
    let (name, owner, hash) = (name.to_owned(), owner.to_owned(), hex(&secret));
    Ok((ApiKey { id, name, owner, role, hash, created_at: Timestamp(0), revoked_at: None, used_at: None }, text))
}

/// The public half, and the hash of the secret one.
fn read(text: &str) -> Option<(KeyId, String)> {
    let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
    let fits = secret.len() == SECRET && secret.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let id = format!("key_{id}").parse().ok()?;
    fits.then(|| (id, hex(secret)))
}

fn hex(secret: &str) -> String {
    Sha256::digest(secret).iter().map(|b| format!("{b:02x}")).collect()
}

/// Whether two hashes are the same, in a time that does not tell where they differ.
pub(crate) fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

/// By the hash of a whole key: whom it spoke for, and when that was looked up.
type Seen = HashMap<[u8; 32], (Caller, Instant)>;

/// Keys that were seen lately.
#[derive(Debug, Clone, Default)]
pub(crate) struct Keyring {
    seen: Arc<Mutex<Seen>>,
}

impl Keyring {
    /// Whom this key speaks for.
    pub(crate) async fn caller(&self, engine: &Engine, text: &str) -> Result<Caller, Problem> {
        let digest: [u8; 32] = Sha256::digest(text).into();
        if let Some(caller) = self.remembered(&digest) {
            return Ok(caller);
        }
        let (id, hash) = read(text).ok_or_else(invalid)?;
        let row = engine.store().key(id).await?;
        let good = row.filter(|k| same(&k.hash, &hash) && k.revoked_at.is_none()).ok_or_else(invalid)?;
        let caller = Caller { key: Some(good.id), owner: good.owner, role: good.role };
        self.remember(digest, caller.clone());
        Ok(caller)
    }

    /// Whose jobs this ticket lets read; nobody's when it is none of ours, or its key was revoked.
    pub(crate) async fn bearer_of(&self, engine: &Engine, sent: &str) -> Result<Option<Caller>, Problem> {
        let Some(id) = ticket::key_of(sent) else { return Ok(None) };
        let digest: [u8; 32] = Sha256::digest(sent).into();
        if let Some(caller) = self.remembered(&digest) {
            return Ok(Some(caller));
        }
        let row = engine.store().key(id).await?.filter(|k| k.revoked_at.is_none() && ticket::is_of(sent, k));
        let caller = row.map(|k| Caller { key: Some(k.id), owner: k.owner, role: Role::Owner });
        caller.iter().for_each(|c| self.remember(digest, c.clone()));
        Ok(caller)
    }

    fn remembered(&self, digest: &[u8; 32]) -> Option<Caller> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(digest).filter(|(_, at)| at.elapsed() < FRESH).map(|(caller, _)| caller.clone())
    }

    fn remember(&self, digest: [u8; 32], caller: Caller) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MOST {
            seen.retain(|_, (_, at)| at.elapsed() < FRESH);
        }
        if seen.len() < MOST {
            seen.insert(digest, (caller, Instant::now()));
        }
    }
}

/// The same words whatever is wrong, so that nothing can be learned about keys there are.
fn invalid() -> Problem {
    let detail = "this key is not valid: it was never made here, was mistyped, or was revoked; `gristmill keys create` makes one";
    Problem::new(StatusCode::UNAUTHORIZED, "key_invalid", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_key_leads_back_to_its_row_and_holds_what_the_row_does_not() {
        let (row, text) = new_key(None, "ci", "anna", Role::Owner).unwrap();
        assert_eq!(text.len(), "gm_".len() + 32 + 1 + SECRET);
        assert_eq!(read(&text), Some((row.id, row.hash.clone())));
        assert!(!text.contains(&row.hash) && row.hash.len() == 64);
        assert_ne!(new_key(None, "ci", "anna", Role::Owner).unwrap().1, text);
    }

    #[test]
    fn what_is_no_key_is_not_looked_for() {
        let (_, text) = new_key(None, "ci", "anna", Role::Owner).unwrap();
        for bad in ["", "gm_", "gm__", "gm_x_y", &text[1..], &text[..text.len() - 1], &format!("{text}a"), &text.replace("gm_", "sk_")] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn hashes_are_the_same_only_when_every_letter_is() {
        assert!(same("abc", "abc") && !same("abc", "abd") && !same("abc", "ab") && !same("", "a"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_harm(text in "\\PC*|gm_[0-9a-f]{32}_[A-Za-z0-9_-]{43}") {
            let _ = read(&text);
        }
    }
}
