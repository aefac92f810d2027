//! Redis, by its commands.

use std::collections::HashMap;

use gristmill_servers::Redis;
use redis::FromRedisValue;

use super::Broker;

async fn ask<T: FromRedisValue>(server: &Redis, words: &[&str]) -> T {
    let client = redis::Client::open(Redis::url(server)).unwrap();
    let mut line = client.get_multiplexed_async_connection().await.unwrap();
    redis::cmd(words[0]).arg(&words[1..]).query_async(&mut line).await.unwrap()
}

impl Broker for Redis {
    async fn own() -> Self {
        Self::start()
    }

    fn url(&self) -> String {
        Self::url(self)
    }

    async fn put(&self, id: Option<&str>, owner: Option<&str>, body: &str) {
        let mut words = vec!["XADD", "gristmill:intake", "*", "request", body];
        words.extend(id.iter().flat_map(|id| ["id", id]));
        words.extend(owner.iter().flat_map(|owner| ["owner", owner]));
        let _id: String = ask(self, &words).await;
    }

    async fn dead(&self) -> Vec<(String, String)> {
        let entries: Vec<(String, HashMap<String, String>)> = ask(self, &["XRANGE", "gristmill:intake.dlq", "-", "+"]).await;
        entries.into_iter().map(|(_, mut fields)| (fields.remove("request").unwrap(), fields.remove("reason").unwrap())).collect()
    }

    async fn waiting(&self) -> usize {
        ask(self, &["XLEN", "gristmill:intake"]).await
    }

    async fn time_passes(&self) {
        let pending: Vec<(String, String, u64, u64)> = ask(self, &["XPENDING", "gristmill:intake", "gristmill", "-", "+", "100"]).await;
        for (id, consumer, _, _) in pending {
            let words = ["XCLAIM", "gristmill:intake", "gristmill", &consumer, "0", &id, "IDLE", "61000", "JUSTID"];
            let _ids: Vec<String> = ask(self, &words).await;
        }
    }

    fn kill(&mut self) {
        self.kill_9();
    }

    async fn again(&mut self) {
        self.restart();
    }
}
