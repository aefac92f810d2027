//! `worker`: only claims and runs tasks. Beside a server it needs a store that serves several processes.

use std::time::{Duration, Instant};

use gristmill_engine::worker::Settings;
use gristmill_model::operation::Class;
use gristmill_model::queue::Queue;
use gristmill_operate::Registry;
use gristmill_store::StoreError;

use crate::config::Config;
use crate::exit::Exit;
use crate::failure::{failed, misused};
use crate::operator::args::WorkerArgs;
use crate::progress::say;
use crate::signals::Signals;
use crate::wiring::{self, Mill};

/// How often `--once` looks whether there is anything left.
const LOOK: Duration = Duration::from_millis(200);

/// Works until a signal, or until nothing is ready.
pub async fn worker(args: WorkerArgs, config: &Config) -> anyhow::Result<Exit> {
    let mut signals = Signals::new()?;
    let settings = settings(&args, config)?;
    let mut mill = Mill::open(config, Registry::standard()).await.map_err(shared)?;
    mill.work(settings);
    if mill.is_alone() {
        // Nobody else can do the duties of a store that serves one process; what its last process left running is rescued first.
        mill.attend();
    }
    say(&format!("working as {}; a signal ends it", mill.id()));
    if args.once {
        tokio::select! {
            done = idle(&mill, config.poll) => done?,
            () = signals.next() => {}
        }
    } else {
        signals.next().await;
    }
    tokio::select! {
        () = mill.drain(config.grace) => Ok(Exit::Done),
        () = signals.next() => Ok(Exit::Failed),
    }
}

/// The configured settings with what was said over them.
fn settings(args: &WorkerArgs, config: &Config) -> anyhow::Result<Settings> {
    let mut settings = wiring::settings(config);
    let known = || Class::ALL.map(Class::as_str).join(", ");
    let unknown = |name: &String| misused(format!("there is no class `{name}`"), format!("the classes are {}", known()));
    let wanted = args.classes.iter().map(|name| Class::parse(name).ok_or_else(|| unknown(name))).collect::<anyhow::Result<Vec<_>>>()?;
    settings.slots.retain(|(class, _)| wanted.is_empty() || wanted.contains(class));
    if let Some(slots) = args.slots {
        settings.slots.iter_mut().for_each(|(_, n)| *n = slots);
    }
    Ok(settings)
}

/// A database in a file serves one process; whoever wants another worker beside a server is told what to do.
fn shared(error: anyhow::Error) -> anyhow::Error {
    match error.downcast_ref() {
        Some(StoreError::InUse { .. }) => failed(
            error.to_string(),
            "a server works by itself; for workers beside it, give all of them store.url = postgres://… (and one place for blobs)",
        ),
        _ => error,
    }
}

/// Returns when nothing is ready, or when for a while none of it was for this worker.
async fn idle(mill: &Mill, poll: Duration) -> anyhow::Result<()> {
    let patience = poll * 2 + Duration::from_secs(1);
    let (mut busy, mut empty) = (Instant::now(), 0);
    while empty < 2 && busy.elapsed() < patience {
        tokio::time::sleep(LOOK).await;
        let queues = mill.engine.store().queues().await?;
        let held = match mill.is_alone() {
            true => queues.iter().any(|q| q.running > 0),
            false => !mill.engine.store().leases(mill.id()).await?.is_empty(),
        };
        let ready = queues.iter().any(|q| q.queue != Queue::Notifications && q.paused_at.is_none() && q.ready > 0);
        if held {
            busy = Instant::now();
        }
        // Twice, because between the two questions a step may end and the next become ready.
        empty = if held || ready { 0 } else { empty + 1 };
    }
    Ok(())
}
