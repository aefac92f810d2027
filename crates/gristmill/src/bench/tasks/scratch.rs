//! Databases on a given server that are made for a measurement and dropped after it.

use std::sync::Mutex;

use anyhow::Context as _;
use serde_json::{Map, Value, json};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

/// A server.
pub struct Scratch {
    client: Client,
    url: String,
    made: Mutex<Vec<String>>,
}

impl Scratch {
    /// Connects to the server that a URL names; its user must be allowed to make databases.
    pub async fn new(url: &str) -> anyhow::Result<Self> {
        Ok(Self { client: connect(url).await?, url: url.to_owned(), made: Mutex::default() })
    }

    /// The URL of a new, empty database.
    pub async fn database(&self) -> anyhow::Result<String> {
        let name = format!("gristmill_bench_{}", Uuid::now_v7().simple());
        self.client.batch_execute(&format!("CREATE DATABASE {name}")).await.context("a scratch database cannot be made")?;
        self.made.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(name.clone());
        let (server, _) = self.url.rsplit_once('/').context("the URL names no database")?;
        Ok(format!("{server}/{name}"))
    }

    /// How the server keeps what it has acknowledged.
    pub async fn durability(&self) -> anyhow::Result<Map<String, Value>> {
        let mut found = Map::from_iter([("store".to_owned(), json!("postgres"))]);
        for setting in ["server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers"] {
            let row = self.client.query_one("SELECT current_setting($1)", &[&setting]).await?;
            found.insert(setting.to_owned(), json!(row.get::<_, String>(0)));
        }
        Ok(found)
    }

    /// Drops all that was made.
    pub async fn clear(&self) -> anyhow::Result<()> {
        let made = std::mem::take(&mut *self.made.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        for name in made {
            self.client.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await?;
        }
        Ok(())
    }
}

/// A connection that lives as long as its client.
pub async fn connect(url: &str) -> anyhow::Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.context("the PostgreSQL server cannot be reached")?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::error!(%error, "bench.connection lost");
        }
    });
    Ok(client)
}
