//! `bench tasks`: how many no-op tasks the engine carries a second, how soon an idle engine starts, and what a claim costs, on each store.

mod claims;
mod doorbells;
mod flow;
mod pickup;
mod rescue;
mod running;
mod scratch;
mod written;

use serde_json::{Map, Value, json};

use super::figures::Figures;
use super::rig::Rows;
use crate::bench::args::TasksArgs;
use crate::config::{Config, Synchronous};
use scratch::Scratch;

pub use flow::input;

/// What one run measures on.
pub struct Ground<'a> {
    /// Configuration of everything else.
    pub config: &'a Config,
    /// Where figures go.
    pub figures: &'a Figures,
    /// How much.
    pub args: &'a TasksArgs,
    /// The server with scratch databases, if this is about PostgreSQL.
    pub server: Option<&'a Scratch>,
    /// How often SQLite waits for the disk.
    pub synchronous: Synchronous,
    /// What each figure says of its durability.
    pub durability: Map<String, Value>,
}

impl Ground<'_> {
    /// A fresh store.
    pub async fn rows(&self) -> anyhow::Result<Rows> {
        match self.server {
            Some(server) => Ok(Rows::Postgres(server.database().await?)),
            None => Ok(Rows::Sqlite(self.synchronous)),
        }
    }

    /// Prints a figure with the store's durability and conditions of its own.
    pub fn print(&self, case: &str, value: f64, unit: &str, own: Value) {
        let mut all = self.durability.clone();
        if let Value::Object(own) = own {
            all.extend(own);
        }
        self.figures.print("tasks", case, value, unit, Value::Object(all));
    }

    /// Whether a case is asked for.
    fn wants(&self, case: &str) -> bool {
        self.args.only.is_empty() || self.args.only.iter().any(|o| o == case)
    }
}

/// All cases on SQLite, with both settings of `synchronous`; or on a PostgreSQL server.
pub async fn bench(config: &Config, figures: &Figures, args: &TasksArgs) -> anyhow::Result<()> {
    if let Some(url) = &args.postgres {
        let server = Scratch::new(url).await?;
        let durability = server.durability().await?;
        let ground = Ground { config, figures, args, server: Some(&server), synchronous: Synchronous::Full, durability };
        let done = cases(&ground).await;
        server.clear().await?;
        return done;
    }
    for (synchronous, name) in [(Synchronous::Full, "full"), (Synchronous::Normal, "normal")] {
        let durability = Map::from_iter([("store".into(), json!("sqlite")), ("synchronous".into(), json!(name))]);
        cases(&Ground { config, figures, args, server: None, synchronous, durability }).await?;
    }
    Ok(())
}

async fn cases(ground: &Ground<'_>) -> anyhow::Result<()> {
    if let Some(url) = &ground.args.doorbell {
        return doorbells::bench(ground, url).await;
    }
    if ground.wants("flow") {
        flow::bench(ground).await?;
    }
    if ground.wants("single") {
        flow::singles(ground).await?;
    }
    if ground.wants("pickup") {
        pickup::bench(ground).await?;
    }
    if ground.wants("claim") {
        claims::bench(ground).await?;
    }
    if ground.wants("running") {
        running::bench(ground).await?;
    }
    if ground.wants("rescue") {
        rescue::bench(ground).await?;
    }
    Ok(())
}
