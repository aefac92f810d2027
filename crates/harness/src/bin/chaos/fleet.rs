//! The processes: on SQLite one server that does everything; on PostgreSQL a door, two workers with duties, and the database.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use gristmill_harness::until;
use gristmill_servers::{Options, Postgres, free_port};
use gristmill_store::postgres::Postgres as PostgresStore;
use gristmill_store::sqlite::{Durability, Sqlite};
use gristmill_store::{JobFilter, Store};

use super::Dice;
use super::load::Answered;

/// Pictures are checked and made small; what is no picture is skipped and refunded.
const PIPELINE: &str = r#"
name = "chaos"
accepts = ["image"]
[[step]]
id = "check"
op = "file.check"
[[step]]
id = "first"
op = "noop"
after = ["check"]
[[step]]
id = "second"
op = "image.thumbnail"
after = ["check"]
[[step]]
id = "last"
op = "noop"
after = ["first", "second"]
"#;

/// What the owner has to spend, in thousandths of a credit.
const CREDITS: i64 = 1_000_000_000;

/// Longer than the lease (3 s) and the time until the rescuer looks (5 s).
const ASLEEP: Duration = Duration::from_secs(9);

/// What was given to the owner, in thousandths of a credit.
pub fn granted() -> i64 {
    CREDITS
}

/// The processes and where they keep things.
pub struct Fleet {
    binary: PathBuf,
    data: PathBuf,
    port: u16,
    postgres: Option<(Postgres, String)>,
    door: Option<Child>,
    workers: Vec<Option<Child>>,
}

impl Fleet {
    /// Makes the store, gives the owner credits, and starts everything.
    pub async fn start(binary: &Path, folder: &Path, postgres: bool) -> Result<Self> {
        let data = folder.join("data");
        std::fs::create_dir_all(data.join("pipelines"))?;
        std::fs::write(data.join("pipelines/chaos.toml"), PIPELINE)?;
        let postgres = postgres.then(|| {
            let server = Options { durable: true, ..Options::default() }.start();
            let url = server.database();
            (server, url)
        });
        let workers = if postgres.is_some() { 2 } else { 0 };
        let mut fleet = Self {
            binary: binary.to_owned(),
            data,
            port: free_port(),
            postgres,
            door: None,
            workers: (0..workers).map(|_| None).collect(),
        };
        let amount = gristmill_model::credits::Credits(CREDITS);
        fleet.store().await?.grant("local".into(), amount, Some("for chaos".into())).await?;
        fleet.raise().await?;
        Ok(fleet)
    }

    /// Where the door is, at every start.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The store itself, while no process of SQLite has it.
    async fn store(&self) -> Result<Arc<dyn Store>> {
        Ok(match &self.postgres {
            Some((_, url)) => Arc::new(PostgresStore::open(url).await?),
            None => Arc::new(Sqlite::open(&self.data.join("gristmill.db"), Durability::Full)?),
        })
    }

    fn spawn(&self, roles: &str, name: &str) -> Result<Child> {
        let log = std::fs::File::options().create(true).append(true).open(self.data.join(format!("{name}.log")))?;
        let mut command = Command::new(&self.binary);
        command.args(["serve", "--roles", roles, "--listen", &format!("127.0.0.1:{}", self.port), "--data"]).arg(&self.data);
        command.env("GRISTMILL_CREDITS__PER_FILE", "1").env("GRISTMILL_WORKER__LEASE_SECONDS", "3");
        command.env("GRISTMILL_WORKER__MAX_JOBS", "20").env("GRISTMILL_MAIL__ADMIN", "admin@example.org");
        if let Some((_, url)) = &self.postgres {
            command.env("GRISTMILL_STORE__URL", url);
        }
        Ok(command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?)
    }

    /// Starts whatever does not run.
    async fn raise(&mut self) -> Result<()> {
        if self.door.is_none() {
            let roles = if self.postgres.is_some() { "api" } else { "api,worker,duties" };
            self.door = Some(self.spawn(roles, "door")?);
        }
        for n in 0..self.workers.len() {
            if self.workers[n].is_none() {
                self.workers[n] = Some(self.spawn("worker,duties", &format!("worker-{n}"))?);
            }
        }
        Ok(())
    }

    /// Kills one of them as a power cut would, and starts it again. Answers which.
    pub async fn kill_one(&mut self, dice: &mut Dice) -> Result<&'static str> {
        self.mourn()?;
        let sides = if self.postgres.is_some() { 5 } else { 1 };
        let which = match dice.roll(sides) {
            4 => {
                self.put_to_sleep(dice)?;
                "asleep"
            }
            0 => {
                end(self.door.take())?;
                "door"
            }
            3 => {
                let (server, _) = self.postgres.as_mut().context("a server")?;
                server.kill_9();
                server.restart();
                "postgres"
            }
            n => {
                end(self.workers[n as usize - 1].take())?;
                "worker"
            }
        };
        self.raise().await?;
        Ok(which)
    }

    /// Stops a worker for longer than its lease and the rescuer's turn together; when it wakes its tasks are others'.
    fn put_to_sleep(&mut self, dice: &mut Dice) -> Result<()> {
        let place = dice.roll(self.workers.len() as u64) as usize;
        let Some(pid) = self.workers[place].as_ref().map(Child::id) else { return Ok(()) };
        signal("-STOP", pid)?;
        std::thread::spawn(move || {
            std::thread::sleep(ASLEEP);
            // It may have been killed in its sleep.
            let _ = signal("-CONT", pid);
        });
        Ok(())
    }

    /// Processes that ended by themselves count as started anew: a worker may give up when its database is gone at its start.
    fn mourn(&mut self) -> Result<()> {
        for child in self.workers.iter_mut().chain([&mut self.door]) {
            if let Some(running) = child
                && running.try_wait()?.is_some()
            {
                *child = None;
            }
        }
        Ok(())
    }

    /// Waits until every job has ended and every effect is done, ends the processes politely, and gives the store.
    pub async fn quiet(mut self, ledger: &[Answered]) -> Result<Arc<dyn Store>> {
        self.mourn()?;
        self.raise().await?;
        let client = reqwest::Client::new();
        let url = format!("{}/api/v1/queue/status", self.address());
        until("all jobs to end", Duration::from_secs(600), async || {
            let status: serde_json::Value = client.get(&url).send().await.ok()?.json().await.ok()?;
            let open = status["pending_jobs"].as_u64()? + status["processing_jobs"].as_u64()?;
            (open == 0 && status["total_jobs"].as_u64()? >= ledger.len() as u64).then_some(())
        })
        .await;
        // The outbox and the sweeper look every two and thirty seconds; they are given the time that they need, not more.
        self.settle_down().await?;
        let store = self.store().await?;
        // The server of the database lives on with the store.
        std::mem::forget(self.postgres.take());
        Ok(store)
    }

    async fn settle_down(&mut self) -> Result<()> {
        for _ in 0..60 {
            tokio::time::sleep(Duration::from_secs(2)).await;
            for child in self.workers.iter_mut().chain([&mut self.door]).filter_map(Option::as_mut) {
                terminate(child)?;
            }
            self.workers.iter_mut().for_each(|w| *w = None);
            self.door = None;
            let store = self.store().await?;
            let open = store.queues().await?.iter().any(|q| q.ready + q.delayed + q.running > 0);
            if !open && store.unswept(1).await?.is_empty() {
                return Ok(());
            }
            drop(store);
            self.raise().await?;
            tokio::time::sleep(Duration::from_secs(8)).await;
        }
        let rest = self.store().await?.jobs(JobFilter { limit: 10, ..JobFilter::default() }).await?;
        anyhow::bail!("effects or blobs were still open after ten minutes; the last jobs: {rest:?}")
    }
}

fn end(child: Option<Child>) -> Result<()> {
    if let Some(mut child) = child {
        child.kill()?;
        child.wait()?;
    }
    Ok(())
}

fn signal(name: &str, pid: u32) -> Result<()> {
    Command::new("kill").args([name, &pid.to_string()]).stderr(Stdio::null()).status()?;
    Ok(())
}

fn terminate(child: &mut Child) -> Result<()> {
    signal("-CONT", child.id())?;
    signal("-TERM", child.id())?;
    child.wait()?;
    Ok(())
}

impl Drop for Fleet {
    fn drop(&mut self) {
        for child in self.workers.iter_mut().chain([&mut self.door]) {
            // It may have ended by itself; then there is nothing to kill.
            let _ = end(child.take());
        }
    }
}
