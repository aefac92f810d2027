//! Tickets: what the dashboard's pictures, players and event streams show, because a browser sends no headers of ours with them. A
//! cookie that page scripts cannot read, made from a key, good for reading that owner's jobs for some hours and for nothing else.
//!
//! A ticket is not stored: it names its key and its end, and is sealed with that key's stored hash. So every process knows it,
//! and it ends with its key.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::{HeaderMap, header};
use gristmill_model::KeyId;
use gristmill_store::ApiKey;
use hmac::digest::Key;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The name of the cookie.
const NAME: &str = "gristmill_ticket";
/// How long one is good.
const LIFE: Duration = Duration::from_secs(12 * 3600);
/// The only addresses that get it.
const PATH: &str = "/api/v1/jobs";

/// The `Set-Cookie` of a ticket for this key.
pub(crate) fn cookie(key: &ApiKey) -> String {
    let until = seconds() + LIFE.as_secs();
    let value = format!("{}.{until}.{}", key.id.uuid().simple(), seal(&key.hash, key.id, until));
    format!("{NAME}={value}; Path={PATH}; Max-Age={}; HttpOnly; SameSite=Strict", LIFE.as_secs())
}

/// The `Set-Cookie` that takes it back.
pub(crate) fn no_cookie() -> String {
    format!("{NAME}=; Path={PATH}; Max-Age=0; HttpOnly; SameSite=Strict")
}

/// The ticket of a request.
pub(crate) fn sent(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    cookies.flat_map(|line| line.split(';')).find_map(|pair| pair.trim().strip_prefix(NAME)?.strip_prefix('='))
}

/// The key a ticket says it was made from, unless its time is over.
pub(crate) fn key_of(ticket: &str) -> Option<KeyId> {
    let (id, until, _) = parts(ticket)?;
    (until > seconds()).then_some(id)
}

/// Whether it was made from this key.
pub(crate) fn is_of(ticket: &str, key: &ApiKey) -> bool {
    parts(ticket).is_some_and(|(id, until, sealed)| id == key.id && super::keyring::same(sealed, &seal(&key.hash, id, until)))
}

fn parts(ticket: &str) -> Option<(KeyId, u64, &str)> {
    let (id, rest) = ticket.split_once('.')?;
    let (until, seal) = rest.split_once('.')?;
    Some((format!("key_{id}").parse().ok()?, until.parse().ok()?, seal))
}

/// HMAC-SHA-256 (RFC 2104) under the key's stored hash, which in hexadecimal fills a block of SHA-256 exactly.
fn seal(hash: &str, id: KeyId, until: u64) -> String {
    let mut block = Key::<Hmac<Sha256>>::default();
    block.iter_mut().zip(hash.bytes()).for_each(|(to, from)| *to = from);
    let sealed = Hmac::<Sha256>::new(&block).chain_update(format!("ticket {id} {until}")).finalize();
    sealed.into_bytes().iter().map(|b| format!("{b:02x}")).collect()
}

fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use gristmill_store::Role;

    use super::*;

    fn key() -> ApiKey {
        super::super::keyring::new_key(None, "a", "anna", Role::Owner).unwrap().0
    }

    fn ticket(cookie: &str) -> String {
        let headers: HeaderMap =
            [(header::COOKIE, format!("other=1; {}", cookie.split(';').next().unwrap()).parse().unwrap())].into_iter().collect();
        sent(&headers).unwrap().to_owned()
    }

    #[test]
    fn a_ticket_leads_back_to_its_key_and_to_no_other() {
        let key = key();
        let ticket = ticket(&cookie(&key));
        assert_eq!(key_of(&ticket), Some(key.id));
        assert!(is_of(&ticket, &key));
        assert!(!is_of(&ticket, &ApiKey { hash: "0".repeat(64), ..key.clone() }));
        assert!(!ticket.contains(&key.hash));
    }

    #[test]
    fn a_ticket_cannot_be_made_to_last() {
        let key = key();
        let made = ticket(&cookie(&key));
        let (id, rest) = made.split_once('.').unwrap();
        let (until, sealed) = rest.split_once('.').unwrap();
        let longer = format!("{id}.{}.{sealed}", until.parse::<u64>().unwrap() + 1);
        assert!(!is_of(&longer, &key));
        assert_eq!(key_of(&format!("{id}.{}.{sealed}", seconds() - 1)), None);
        assert_eq!(key_of("made up"), None);
    }

    #[test]
    fn scripts_and_other_sites_never_see_it() {
        let cookie = cookie(&key());
        for needed in ["HttpOnly", "SameSite=Strict", "Path=/api/v1/jobs"] {
            assert!(cookie.contains(needed), "{cookie}");
        }
    }

    #[test]
    fn the_seal_is_the_standard_one() {
        // HMAC-SHA-256 of "ticket key_000…0 7" under 64 letters `a`, by another implementation.
        let sealed = seal(&"a".repeat(64), KeyId::from_uuid(uuid::Uuid::nil()), 7);
        assert_eq!(sealed, SEALED);
    }

    const SEALED: &str = "3983f11f47c10b2c43fa59c36bab7ad190a411cd4d48b12a026e3dd757f1375a";
}
