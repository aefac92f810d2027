//! The HTTP client below everything remote: HTTP/1.1, so that parallel ranges have connections of their own, and nothing taken from
//! the environment, so that no proxy stands between a checked address and its connection.

use std::sync::Arc;
use std::time::Duration;

use gristmill_guard::{Allow, Resolver, provide_tls};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};

use crate::{BlobError, Result};

const CONNECT: Duration = Duration::from_secs(10);

/// A net below the time-outs of those who read: no answer is waited for longer.
const SILENCE: Duration = Duration::from_secs(120);

/// For a server that our own settings name.
pub(crate) fn own() -> Result<Client> {
    made(basic().redirect(Policy::none()))
}

/// For servers that others name.
pub(crate) fn guarded(allow: Allow) -> Result<Client> {
    made(basic().redirect(allow.redirects()).dns_resolver(Arc::new(Resolver(allow))))
}

fn basic() -> ClientBuilder {
    provide_tls();
    Client::builder().http1_only().no_proxy().referer(false).connect_timeout(CONNECT).read_timeout(SILENCE).tcp_nodelay(true)
}

fn made(builder: ClientBuilder) -> Result<Client> {
    let failed = |e: reqwest::Error| BlobError::Settings(format!("no HTTP client can be made: {e}"));
    builder.user_agent(concat!("gristmill/", env!("CARGO_PKG_VERSION"))).build().map_err(failed)
}
