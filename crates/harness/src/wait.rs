//! Waiting on conditions.

use std::time::{Duration, Instant};

/// Asks again and again until `ask` answers, at most for `most`; panics with `what` after that.
pub async fn until<T>(what: &str, most: Duration, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(start.elapsed() < most, "waited {most:?} for {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
