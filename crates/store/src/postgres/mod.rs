//! The store in a PostgreSQL server, shared by any number of processes. Time is the server's clock.
//!
//! Connections come from a pool; statements are prepared once a connection. A transaction sends what does not depend on each
//! other in one go, so that a batch of any size costs a handful of round trips.

mod migrate;
mod pool;
mod sql;
mod tx;
mod value;

use async_trait::async_trait;
use gristmill_model::Timestamp;

use crate::Result;
use crate::sql::{Backend, Work};
use pool::Pool;
use tx::PostgresTx;

/// A store in a server.
#[derive(Debug)]
pub struct Postgres {
    pool: Pool,
}

impl Postgres {
    /// Connects to the database of this URL, and migrates it; several processes may do so at once.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`](crate::StoreError::Unreachable) when no connection can be had,
    /// [`StoreError::Newer`](crate::StoreError::Newer) when a newer gristmill migrated it and older ones may not write.
    pub async fn open(url: &str) -> Result<Self> {
        let pool = Pool::new(url)?;
        migrate::migrate(&mut pool.get().await?).await?;
        Ok(Self { pool })
    }
}

#[async_trait]
impl Backend for Postgres {
    async fn write<T: Send + 'static>(&self, work: Work<T>) -> Result<T> {
        let mut tx = PostgresTx::new(self.pool.get().await?, false);
        match work(&mut tx).await {
            Ok(answer) => tx.commit().await.map(|()| answer),
            Err(error) => {
                tx.roll_back().await;
                Err(error)
            }
        }
    }

    async fn clock(&self) -> Result<Timestamp> {
        tx::clock(&self.pool.get().await?).await
    }

    async fn read<T: Send + 'static>(&self, work: Work<T>) -> Result<T> {
        let mut tx = PostgresTx::new(self.pool.get().await?, true);
        let answer = work(&mut tx).await;
        tx.roll_back().await;
        answer
    }
}

#[cfg(test)]
mod tests;
