//! S3 servers of a test: SeaweedFS, which keeps what it acknowledged over a kill, and moto, a second opinion that keeps it in memory.

mod curl;
pub(crate) mod daemon;
mod moto;
mod seaweedfs;
mod tools;

pub use moto::Moto;
pub use seaweedfs::SeaweedFs;
pub use tools::tool;

/// The access key of every server here.
pub const ACCESS_KEY: &str = "gristmill";

/// The secret that belongs to [`ACCESS_KEY`]. SeaweedFS refuses any other; moto looks at none.
pub const SECRET_KEY: &str = "gristmill-secret";

/// The region of every server here.
pub const REGION: &str = "us-east-1";
