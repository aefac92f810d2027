//! Messages of a stream of Redis, or a server that speaks like it: `gristmill:intake`, read by the group `gristmill`. An entry is deleted
//! once it is accepted, and those of readers that are gone are taken over.

use std::collections::HashMap;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, Value};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::depth::since;
use crate::queue::{Delivery, Lost, Queue};
use crate::{Depth, Message};

/// Where requests are put.
const STREAM: &str = "gristmill:intake";
/// Where those lie that were refused.
const DEAD: &str = "gristmill:intake.dlq";
/// Dead letters that are kept; older ones go.
const MOST_DEAD: usize = 100_000;
/// All mills at a server share the work.
const GROUP: &str = "gristmill";
/// How long a read waits for an entry.
const BLOCK: Duration = Duration::from_secs(5);
/// An entry of which nobody was heard for so long is taken over.
const ORPHANED: Duration = Duration::from_secs(60);
/// How often orphans are looked for while there are none.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A reader without entries that was not heard of for so long is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(86_400);

type Fields = HashMap<Vec<u8>, Vec<u8>>;
/// Its id, and what it has; nothing if it was deleted while somebody had it.
type Entry = (String, Option<Fields>);

/// One connection that waits for entries, one that tells of them.
pub(crate) struct Stream {
    reader: MultiplexedConnection,
    writer: MultiplexedConnection,
    /// Who we are to the group.
    consumer: String,
    orphans: Mutex<Orphans>,
}

/// The walk through the entries that somebody has.
struct Orphans {
    cursor: String,
    due: Instant,
}

impl Queue for Stream {
    const SERVER: &'static str = "Redis";
    type Address = Client;
    type Receipt = String;

    async fn open(client: &Client) -> Result<Self, Lost> {
        let waits = AsyncConnectionConfig::new().set_response_timeout(Some(BLOCK * 2));
        let reader = client.get_multiplexed_async_connection_with_config(&waits).await?;
        let writer = client.get_multiplexed_async_connection_with_config(&waits).await?;
        let number: u64 = redis::cmd("CLIENT").arg("ID").query_async(&mut writer.clone()).await?;
        let consumer = format!("{}-{number}", std::process::id());
        let stream = Self { reader, writer, consumer, orphans: Mutex::new(Orphans { cursor: "0-0".into(), due: Instant::now() }) };
        stream.join().await?;
        stream.forget().await?;
        Ok(stream)
    }

    async fn receive(&self, most: usize) -> Result<Vec<Delivery<String>>, Lost> {
        let mut entries = self.orphans(most.div_ceil(2)).await?;
        if entries.len() < most {
            entries.extend(self.fresh(most - entries.len(), entries.is_empty()).await?);
        }
        Ok(entries.into_iter().filter_map(delivery).collect())
    }

    async fn accept(&self, id: &String) -> Result<(), Lost> {
        let mut both = redis::pipe();
        both.atomic().cmd("XACK").arg(STREAM).arg(GROUP).arg(id).ignore().cmd("XDEL").arg(STREAM).arg(id).ignore();
        Ok(both.query_async(&mut self.writer.clone()).await?)
    }

    async fn refuse(&self, id: &String, message: &Message, reason: &str) -> Result<(), Lost> {
        let mut all = redis::pipe();
        all.atomic().cmd("XADD").arg(DEAD).arg("MAXLEN").arg("~").arg(MOST_DEAD).arg("*");
        all.arg("request").arg(&message.body).arg("reason").arg(reason).arg("id").arg(message.id.as_ref().unwrap_or(id));
        if let Some(owner) = &message.owner {
            all.arg("owner").arg(owner);
        }
        all.ignore().cmd("XACK").arg(STREAM).arg(GROUP).arg(id).ignore().cmd("XDEL").arg(STREAM).arg(id).ignore();
        Ok(all.query_async(&mut self.writer.clone()).await?)
    }

    /// It stays ours, and looks as if nobody had been heard of it for most of the time after which it is taken over.
    async fn release(&self, id: &String, after: Duration) -> Result<(), Lost> {
        self.claim(id, ORPHANED.saturating_sub(after)).await
    }

    async fn hold(&self, id: &String) -> Result<(), Lost> {
        self.claim(id, Duration::ZERO).await
    }
}

impl Stream {
    /// The stream and its group, made if they are not there.
    async fn join(&self) -> Result<(), Lost> {
        let mut create = redis::cmd("XGROUP");
        create.arg("CREATE").arg(STREAM).arg(GROUP).arg("0").arg("MKSTREAM");
        match create.exec_async(&mut self.writer.clone()).await {
            Err(error) if error.code() != Some("BUSYGROUP") => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Readers that are gone are forgotten once others have taken over what they had.
    async fn forget(&self) -> Result<(), Lost> {
        let mut ask = redis::cmd("XINFO");
        let readers: Vec<HashMap<String, Value>> =
            ask.arg("CONSUMERS").arg(STREAM).arg(GROUP).query_async(&mut self.writer.clone()).await?;
        for reader in readers {
            let number = |name: &str| reader.get(name).and_then(|v| redis::from_redis_value_ref::<u128>(v).ok()).unwrap_or_default();
            let name: Option<String> = reader.get("name").and_then(|v| redis::from_redis_value_ref(v).ok());
            if let Some(name) = name.filter(|_| number("pending") == 0 && number("idle") > FORGOTTEN.as_millis()) {
                let mut forget = redis::cmd("XGROUP");
                forget.arg("DELCONSUMER").arg(STREAM).arg(GROUP).arg(name).exec_async(&mut self.writer.clone()).await?;
            }
        }
        Ok(())
    }

    /// Entries that nobody had.
    async fn fresh(&self, most: usize, wait: bool) -> Result<Vec<Entry>, Lost> {
        let mut read = redis::cmd("XREADGROUP");
        read.arg("GROUP").arg(GROUP).arg(&self.consumer).arg("COUNT").arg(most);
        if wait {
            read.arg("BLOCK").arg(milliseconds(BLOCK));
        }
        let found: Option<Vec<(String, Vec<Entry>)>> =
            read.arg("STREAMS").arg(STREAM).arg(">").query_async(&mut self.reader.clone()).await?;
        Ok(found.unwrap_or_default().into_iter().flat_map(|(_, entries)| entries).collect())
    }

    /// Entries of which nobody was heard for long. As long as there are some they are asked for at every turn.
    async fn orphans(&self, most: usize) -> Result<Vec<Entry>, Lost> {
        let mut walk = self.orphans.lock().await;
        if walk.due > Instant::now() {
            return Ok(Vec::new());
        }
        let mut claim = redis::cmd("XAUTOCLAIM");
        claim.arg(STREAM).arg(GROUP).arg(&self.consumer).arg(milliseconds(ORPHANED)).arg(&walk.cursor).arg("COUNT").arg(most);
        // The third part, which older servers do not have, names entries that are no more.
        let (cursor, entries) = claimed(claim, &mut self.writer.clone()).await?;
        if cursor == "0-0" && entries.is_empty() {
            walk.due = Instant::now() + LOOK_EVERY;
        }
        walk.cursor = cursor;
        Ok(entries)
    }

    async fn claim(&self, id: &str, idle: Duration) -> Result<(), Lost> {
        let mut claim = redis::cmd("XCLAIM");
        claim.arg(STREAM).arg(GROUP).arg(&self.consumer).arg(0).arg(id).arg("IDLE").arg(milliseconds(idle)).arg("JUSTID");
        Ok(claim.exec_async(&mut self.writer.clone()).await?)
    }
}

/// How much lies in the stream of requests and in that of the refused ones. An entry's id begins with when it was put there.
pub(crate) async fn depths(client: &Client) -> Result<Vec<Depth>, Lost> {
    let mut line = client.get_multiplexed_async_connection().await?;
    let mut depths = Vec::new();
    for stream in [STREAM, DEAD] {
        let messages: u64 = redis::cmd("XLEN").arg(stream).query_async(&mut line).await?;
        let mut first = redis::cmd("XRANGE");
        let first: Vec<Entry> = first.arg(stream).arg("-").arg("+").arg("COUNT").arg(1).query_async(&mut line).await?;
        let put = first.first().and_then(|(id, _)| id.split('-').next()?.parse().ok());
        depths.push(Depth { queue: stream.to_owned(), messages, oldest: put.and_then(since) });
    }
    Ok(depths)
}

async fn claimed(claim: Cmd, line: &mut MultiplexedConnection) -> Result<(String, Vec<Entry>), Lost> {
    let mut parts: Vec<Value> = claim.query_async(line).await?;
    parts.truncate(2);
    Ok(redis::from_redis_value(Value::Array(parts))?)
}

/// One that was deleted meanwhile is no message.
fn delivery((receipt, fields): Entry) -> Option<Delivery<String>> {
    let mut fields = fields?;
    let mut text = |name: &str| fields.remove(name.as_bytes()).filter(|v| !v.is_empty());
    let id = text("id").map(|v| String::from_utf8_lossy(&v).into_owned()).unwrap_or_else(|| receipt.clone());
    let owner = text("owner").map(|v| String::from_utf8_lossy(&v).into_owned());
    let message = Message { id: Some(id), owner, ..Message::new(text("request").unwrap_or_default()) };
    Some(Delivery { receipt, message })
}

fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
