//! The services outside that a worker may ask, as far as its operator set any up; and what their errors mean to an owner.

use std::sync::Arc;

use gristmill_services::{Blame, Chat, ServiceError, Vision};
use tokio_util::sync::CancellationToken;

use crate::operation::OperationError;

/// What there is. Files of owners leave this machine only when a step says so.
#[derive(Debug, Clone, Default)]
pub struct Services {
    /// Reads pages.
    pub vision: Option<Arc<Vision>>,
    /// Extracts fields.
    pub chat: Option<Arc<Chat>>,
}

/// An answer, or the end of the attempt if that comes first.
pub(crate) async fn answer<T>(
    cancel: &CancellationToken,
    asked: impl Future<Output = Result<T, ServiceError>>,
) -> Result<T, OperationError> {
    tokio::select! {
        () = cancel.cancelled() => Err(OperationError::tool("cancelled", "The attempt was stopped before it ended.")),
        answer = asked => answer.map_err(failed),
    }
}

/// What a service's error is to an owner. What an operator has to do is a fault of the tool: the step is tried again, and ends as dead.
pub(crate) fn failed(error: ServiceError) -> OperationError {
    let message = error.to_string();
    let failed = match (&error, error.blame()) {
        (ServiceError::TooLarge { .. }, _) => OperationError::limit("service_too_large", message),
        (ServiceError::Quota { .. }, _) => OperationError::tool("service_quota", message),
        (_, Blame::Input) => OperationError::input("service_unreadable", message),
        (_, Blame::Settings) => OperationError::tool("service_settings", message),
        (_, Blame::Service) => OperationError::tool("service_failed", message),
    };
    failed.because(error)
}
