//! What a broker must be able to do for an intake.

use std::error::Error;
use std::time::Duration;

use crate::Message;

/// Why a line to a broker could not be made, or ended.
pub(crate) type Lost = Box<dyn Error + Send + Sync>;

/// A message on its way, and what the broker knows it by.
#[derive(Debug)]
pub(crate) struct Delivery<R> {
    /// What the broker is told about it with.
    pub receipt: R,
    /// Itself.
    pub message: Message,
}

/// A line to a broker that brings messages. One that was brought and neither accepted nor refused comes again, here or elsewhere, at the
/// latest when the line has been lost for a while.
pub(crate) trait Queue: Sized + Send + Sync + 'static {
    /// What the broker is called.
    const SERVER: &'static str;
    /// Where it is.
    type Address: Send + Sync + 'static;
    /// What the broker knows a message by.
    type Receipt: Send + Sync + 'static;

    /// Connects, and makes what is missing there. Brings nothing yet.
    fn open(address: &Self::Address) -> impl Future<Output = Result<Self, Lost>> + Send;

    /// The next messages, at most so many. Waits for some time when there are none, at most [`LONGEST_WAIT`], and then answers none;
    /// a broker that does not answer any more is an error.
    fn receive(&self, most: usize) -> impl Future<Output = Result<Vec<Delivery<Self::Receipt>>, Lost>> + Send;

    /// The broker may forget it.
    fn accept(&self, receipt: &Self::Receipt) -> impl Future<Output = Result<(), Lost>> + Send;

    /// Puts it among the dead letters with the reason, then lets the broker forget it.
    fn refuse(&self, receipt: &Self::Receipt, message: &Message, reason: &str) -> impl Future<Output = Result<(), Lost>> + Send;

    /// Gives it back, to come again after about this long.
    fn release(&self, receipt: &Self::Receipt, after: Duration) -> impl Future<Output = Result<(), Lost>> + Send;

    /// Says that it is still being handled, so that nobody else gets it.
    fn hold(&self, receipt: &Self::Receipt) -> impl Future<Output = Result<(), Lost>> + Send;
}

/// The longest [`Queue::receive`] may wait for a message.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(20);
