//! The brokers of the tests, used as any program would use them.

pub mod rabbitmq;
mod redis;
mod sqs;

/// A broker that is nobody else's.
pub trait Broker: Sized + Send + Sync {
    async fn own() -> Self;
    /// As an intake wants it.
    fn url(&self) -> String;
    /// Puts a message where requests are put.
    async fn put(&self, id: Option<&str>, owner: Option<&str>, body: &str);
    /// The dead letters, each with its reason.
    async fn dead(&self) -> Vec<(String, String)>;
    /// Messages that are not forgotten yet.
    async fn waiting(&self) -> usize;
    /// What somebody had who died looks as if they had been silent for long enough.
    async fn time_passes(&self);
    fn kill(&mut self);
    async fn again(&mut self);
}
