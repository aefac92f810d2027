//! A plain client of HTTP, as tools are.

use anyhow::Context as _;
use axum::http::header::RANGE;

/// Reads all, or a length from a place on as ffmpeg does: an open range that is left when enough was read.
pub async fn read(url: &str, stretch: Option<(u64, u64)>) -> anyhow::Result<()> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let request = stretch.iter().fold(client.get(url), |request, (from, _)| request.header(RANGE, format!("bytes={from}-")));
    let mut answer = request.send().await?.error_for_status()?;
    let told = answer.content_length();
    let mut left = stretch.map(|(_, length)| length).or(told).context("the gateway tells no length")?;
    while left > 0 {
        let chunk = answer.chunk().await?.context("the answer broke off")?;
        left = left.saturating_sub(chunk.len() as u64);
    }
    Ok(())
}
