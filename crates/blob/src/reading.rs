//! How remote objects are read.

use std::time::Duration;

/// Bounds of reading. Memory for one reader is at most `chunk` × (`window` + 1), whatever the size of the object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Bytes asked for at once; requests are aligned to it. At least one.
    pub chunk: u64,
    /// How many requests run at the same time. At least one.
    pub window: usize,
    /// How long no byte may come before a request is given up and made anew.
    pub stall: Duration,
    /// How many failures in a row are one too many. Some progress between two begins a new row.
    pub tries: u32,
    /// Whether a part that is slow beside the others is asked for a second time.
    pub hedge: bool,
}

impl Reading {
    /// How long a server may think about a copy that it makes by itself: it says nothing while it does.
    #[cfg(feature = "s3")]
    pub(crate) fn copy(&self) -> Duration {
        self.stall.max(Duration::from_secs(300))
    }
}

impl Default for Reading {
    /// What Amazon advises for S3: 8 to 16 MiB a request, one for each 85 to 90 MB/s.
    fn default() -> Self {
        Self { chunk: 8 << 20, window: 6, stall: Duration::from_secs(10), tries: 6, hedge: true }
    }
}
