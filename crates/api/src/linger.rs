//! A body whose reader gives up is read on for a moment. If the connection were closed with bytes unread, the kernel would reset it, and
//! the caller would often see that instead of the answer.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use futures::{Stream, StreamExt};

/// How much of a refused upload is still read, and for how long.
pub(crate) const LINGER: (u64, Duration) = (64 << 20, Duration::from_secs(3));

/// The bytes of a body. Dropping it in their midst reads on in the background, while the answer is on its way.
pub(crate) struct Lingering {
    /// None once it has ended.
    body: Option<BodyDataStream>,
    /// A caller who waits to be asked for the body (`Expect: 100-continue`) is not asked for nothing.
    begun: bool,
}

impl From<Body> for Lingering {
    fn from(body: Body) -> Self {
        Self { body: Some(body.into_data_stream()), begun: false }
    }
}

impl Stream for Lingering {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.begun = true;
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let next = body.poll_next_unpin(context);
        if let Poll::Ready(None | Some(Err(_))) = &next {
            self.body = None;
        }
        next
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        let left = self.body.take().filter(|_| self.begun);
        // Outside of a runtime nobody is there to read.
        if let (Some(body), Ok(runtime)) = (left, tokio::runtime::Handle::try_current()) {
            runtime.spawn(tokio::time::timeout(LINGER.1, drain(body)));
        }
    }
}

async fn drain(mut body: BodyDataStream) {
    let mut left = LINGER.0;
    while let Some(Ok(piece)) = body.next().await {
        left = left.saturating_sub(piece.len() as u64);
        if left == 0 {
            return;
        }
    }
}
