//! `chaos --kills N --store sqlite|postgres --binary PATH`: real processes under load, killed at random, and an audit against a
//! ledger that is kept outside the database. Ends with 0 only when nothing was lost, doubled or left unpaid.
//!
//! The load is jobs over HTTP with small pictures and with files that do not qualify, each under an idempotency key and repeated
//! until it is answered. What was answered is written to the ledger, and must be found at the end.

mod audit;
mod fleet;
mod load;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use fleet::Fleet;
use load::Load;

/// What is to be done.
struct Arguments {
    kills: usize,
    postgres: bool,
    binary: PathBuf,
    seed: u64,
}

impl Arguments {
    fn read() -> Result<Self> {
        let usage = "usage: chaos --kills N --store sqlite|postgres --binary PATH [--seed N]";
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_nanos() as u64;
        let mut all = Self { kills: 0, postgres: false, binary: PathBuf::new(), seed: now };
        let mut given = std::env::args().skip(1);
        while let Some(name) = given.next() {
            let value = given.next().context(usage)?;
            match (name.as_str(), value.as_str()) {
                ("--kills", n) => all.kills = n.parse().context(usage)?,
                ("--store", "sqlite") => all.postgres = false,
                ("--store", "postgres") => all.postgres = true,
                ("--binary", path) => all.binary = path.into(),
                ("--seed", n) => all.seed = n.parse().context(usage)?,
                _ => bail!(usage),
            }
        }
        anyhow::ensure!(all.kills > 0 && all.binary.exists(), usage);
        Ok(all)
    }
}

/// Small, seedable, good enough to choose with (the constants are Knuth's MMIX generator).
pub struct Dice(u64);

impl Dice {
    /// A number below `sides`.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

#[expect(clippy::print_stdout, reason = "this program's output")]
#[tokio::main]
async fn main() -> Result<()> {
    gristmill_blob::provide_tls();
    let arguments = Arguments::read()?;
    let mut dice = Dice(arguments.seed);
    println!("seed {}", arguments.seed);
    let folder = tempfile::tempdir()?;
    let mut fleet = Fleet::start(&arguments.binary, folder.path(), arguments.postgres).await?;
    let load = Load::start(folder.path(), fleet.address())?;
    let begun = Instant::now();
    let mut kills = std::collections::BTreeMap::<&str, usize>::new();
    for n in 0..arguments.kills {
        // Between two kills something was answered, so that every kill meets running work.
        let seen = load.answered.load(Ordering::SeqCst);
        gristmill_harness::until("a job to be answered between two kills", Duration::from_secs(120), async || {
            (load.answered.load(Ordering::SeqCst) > seen).then_some(())
        })
        .await;
        tokio::time::sleep(Duration::from_millis(dice.roll(400))).await;
        *kills.entry(fleet.kill_one(&mut dice).await?).or_default() += 1;
        if (n + 1) % 25 == 0 {
            println!("{} kills, {} jobs answered, {} s", n + 1, load.answered.load(Ordering::SeqCst), begun.elapsed().as_secs());
        }
    }
    let ledger = Arc::new(load.stop().await?);
    println!("{} jobs were answered; waiting for their ends", ledger.len());
    let store = fleet.quiet(&ledger).await?;
    let found = audit::audit(&*store, &ledger, folder.path()).await?;
    println!("kills: {kills:?}; {} jobs, {} files; seconds: {}", ledger.len(), found.files, begun.elapsed().as_secs());
    println!(
        "succeeded {}, skipped {}, failed {}; attempts lost with their workers: {}",
        found.succeeded, found.skipped, found.failed, found.lost
    );
    if found.wrong.is_empty() {
        println!("nothing was lost, doubled or left unpaid");
        return Ok(());
    }
    found.wrong.iter().take(40).for_each(|line| println!("WRONG: {line}"));
    bail!("{} things are wrong (seed {})", found.wrong.len(), arguments.seed)
}
