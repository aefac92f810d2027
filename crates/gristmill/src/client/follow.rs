//! Follows a job on a server: its event stream says when to look, and resumes where it broke off.

use std::time::Duration;

use futures::StreamExt as _;
use reqwest::Method;

use super::sse::{Event, Parser};
use super::{Client, escaped};
use crate::failure::failed;
use crate::progress::{Display, Seen};

/// How often a broken stream is taken up again before giving up, and the wait before each.
const TRIES: u32 = 10;
const WAIT: Duration = Duration::from_secs(1);
/// The shortest time between two looks at the job.
const LOOK: Duration = Duration::from_millis(200);

/// Shows the job until it ends, and answers how it ended.
pub async fn to_the_end(client: &Client, id: &str, mut display: Display) -> anyhow::Result<Seen> {
    let path = format!("/api/v1/jobs/{}", escaped(id));
    let mut seen: Seen = client.get(&path).await?;
    let mut looked = tokio::time::Instant::now();
    display.show(&seen);
    if !seen.ended() {
        events(client, id, 0, async |event| {
            if event.kind != "job.ended" && looked.elapsed() < LOOK {
                return Ok(());
            }
            seen = client.get(&path).await?;
            looked = tokio::time::Instant::now();
            display.show(&seen);
            Ok(())
        })
        .await?;
        seen = client.get(&path).await?;
    }
    display.show(&seen);
    display.finish();
    Ok(seen)
}

/// Hands every event after `after` to `each`, until the stream says that the job has ended.
pub async fn events(client: &Client, id: &str, after: i64, mut each: impl AsyncFnMut(Event) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut last = after.to_string();
    let mut tries = 0;
    while tries < TRIES {
        let request = client.request(Method::GET, &format!("/api/v1/jobs/{}/events", escaped(id)));
        let request = request.header("accept", "text/event-stream").header("last-event-id", &last);
        // A problem in the server's own words is final; a connection that breaks is not.
        let mut pieces = client.send(request).await?.bytes_stream();
        let mut parser = Parser::default();
        while let Some(Ok(piece)) = pieces.next().await {
            for event in parser.push(&piece) {
                tries = 0;
                if !event.id.is_empty() {
                    last.clone_from(&event.id);
                }
                let ended = event.kind == "job.ended";
                each(event).await?;
                if ended {
                    return Ok(());
                }
            }
        }
        if client.get::<Seen>(&format!("/api/v1/jobs/{}", escaped(id))).await?.ended() {
            return Ok(());
        }
        tries += 1;
        tokio::time::sleep(WAIT).await;
    }
    Err(failed("the stream of events keeps breaking off", format!("`gristmill jobs show {id}` tells where the job stands")))
}
