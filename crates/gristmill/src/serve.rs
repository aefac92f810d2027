//! `serve`: opens everything, says where it listens, runs until a signal, and drains.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use gristmill_operate::Registry;
use gristmill_store::Store;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::cli::{Role, ServeArgs};
use crate::config::{Config, StoreUrl};
use crate::exit::Exit;
use crate::failure::{failed, misused};
use crate::print::line;
use crate::progress::say;
use crate::signals::Signals;
use crate::wiring::{self, Mill};

/// How long open connections (event streams never end by themselves) may live after the work has drained.
const LINGER: Duration = Duration::from_secs(1);

/// Runs the service.
pub async fn serve(args: ServeArgs, config: &Config) -> anyhow::Result<Exit> {
    let mut signals = Signals::new()?;
    let has = |role| args.roles.contains(&role);
    // The address first: a wrong one must not leave a half-opened store.
    let listener = if has(Role::Api) { Some(listen(&config.listen).await?) } else { None };
    if let Some(listener) = &listener {
        guarded_at_first(config, listener.local_addr()?)?;
    }
    let mut mill = Mill::open(config, Registry::standard()).await?;
    let stop = CancellationToken::new();
    let door = match listener {
        Some(listener) => Some(open_door(listener, &mut mill, config, stop.clone()).await?),
        None => None,
    };
    if has(Role::Duties) {
        mill.attend();
    }
    if has(Role::Worker) {
        mill.work(wiring::settings(config));
    }
    signals.next().await;
    say(&format!("stopping: no new work; running work has {} s, a second signal ends it at once", config.grace.as_secs()));
    stop.cancel();
    tokio::select! {
        () = drained(mill, door, config.grace) => Ok(Exit::Done),
        () = signals.next() => Ok(Exit::Failed),
    }
}

async fn drained(mill: Mill, door: Option<tokio::task::JoinHandle<()>>, grace: Duration) {
    mill.drain(grace).await;
    if let Some(door) = door {
        let _ = tokio::time::timeout(LINGER, door).await;
    }
}

/// Serves in the background until `stop`.
async fn open_door(
    listener: TcpListener,
    mill: &mut Mill,
    config: &Config,
    stop: CancellationToken,
) -> anyhow::Result<tokio::task::JoinHandle<()>> {
    let address = listener.local_addr()?;
    guarded(mill.engine.store(), config, address).await?;
    mill.take_messages(config).await?;
    let router = wiring::router(mill, config, address.ip().is_loopback(), stop.clone());
    line(&format!("gristmill is listening on http://{address}"));
    Ok(tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await {
            tracing::error!(%error, "the door is closed");
        }
    }))
}

/// Refuses an address that others reach as long as nobody has a key: then anyone could submit jobs and read results.
async fn guarded(store: &dyn Store, config: &Config, address: SocketAddr) -> anyhow::Result<()> {
    if address.ip().is_loopback() && !config.keys_required {
        return Ok(());
    }
    let keys = store.keys().await?;
    if keys.iter().any(|k| k.revoked_at.is_none()) { Ok(()) } else { Err(no_keys(address)) }
}

/// A database that is not there has no keys; told before anything is made.
fn guarded_at_first(config: &Config, address: SocketAddr) -> anyhow::Result<()> {
    let guarded = !address.ip().is_loopback() || config.keys_required;
    match &config.store {
        StoreUrl::Sqlite(path) if guarded && !path.exists() => Err(no_keys(address)),
        _ => Ok(()),
    }
}

fn no_keys(address: SocketAddr) -> anyhow::Error {
    misused(
        format!("refusing to serve on {address}: there are no keys, so nobody could be told from anybody else"),
        "make one first: `gristmill keys create --role admin`; or listen on 127.0.0.1",
    )
}

/// Binds an address.
pub async fn listen(address: &str) -> anyhow::Result<TcpListener> {
    let found: Vec<SocketAddr> =
        tokio::net::lookup_host(address).await.with_context(|| format!("{address} is no address of this machine"))?.collect();
    TcpListener::bind(found.as_slice()).await.map_err(|e| {
        failed(
            format!("cannot listen on {address}: {e}"),
            "stop what uses the port, or choose another: --listen 127.0.0.1:0 takes any free one",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::listen;

    #[tokio::test]
    async fn port_0_takes_any_free_port() {
        assert_ne!(listen("127.0.0.1:0").await.unwrap().local_addr().unwrap().port(), 0);
    }
}
