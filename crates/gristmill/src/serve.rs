//! `serve`: opens everything, says where it listens, runs until a signal, and drains.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use gristmill_operate::Registry;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::cli::{Role, ServeArgs};
use crate::config::Config;
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
    let mut mill = Mill::open(config, Registry::standard()).await?;
    let stop = CancellationToken::new();
    let door = match listener {
        Some(listener) => Some(open_door(listener, wiring::router(&mill, config, stop.clone()), stop.clone())?),
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
fn open_door(listener: TcpListener, router: axum::Router, stop: CancellationToken) -> anyhow::Result<tokio::task::JoinHandle<()>> {
    line(&format!("gristmill is listening on http://{}", listener.local_addr()?));
    Ok(tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await {
            tracing::error!(%error, "the door is closed");
        }
    }))
}

/// Binds an address that only this machine reaches.
pub async fn listen(address: &str) -> anyhow::Result<TcpListener> {
    let found: Vec<SocketAddr> =
        tokio::net::lookup_host(address).await.with_context(|| format!("{address} is no address of this machine"))?.collect();
    if let Some(open) = found.iter().find(|a| !a.ip().is_loopback()) {
        return Err(misused(
            format!(
                "refusing to listen on {open}: anyone who reaches it could submit jobs and read results, because this build has no keys"
            ),
            "listen on 127.0.0.1 and put a reverse proxy with authentication before it",
        ));
    }
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
    async fn an_address_that_others_reach_is_refused() {
        let error = listen("0.0.0.0:0").await.expect_err("this build has no keys");
        assert!(error.to_string().contains("no keys"), "{error}");
    }

    #[tokio::test]
    async fn port_0_takes_any_free_port() {
        assert_ne!(listen("127.0.0.1:0").await.unwrap().local_addr().unwrap().port(), 0);
    }
}
