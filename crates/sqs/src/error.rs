//! Why a call to SQS failed, and whether trying again can help. Never a key, a signature or the text of the server, which may repeat them.

/// Why a call to SQS failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SqsError {
    /// The address of the queue cannot be used: a fault of the settings.
    #[error("the address of the queue is wrong: {0}")]
    Address(&'static str),
    /// There is no such queue, or there is none any more.
    #[error("SQS has no such queue: make it, or correct the name or the region")]
    NoQueue,
    /// SQS does not let us: a fault of the keys, or of what they permit.
    #[error("SQS refused {action} ({code}): check the keys, what they permit, and the region")]
    Refused {
        /// What was asked for, such as `ReceiveMessage`.
        action: &'static str,
        /// The server's code, such as `AccessDenied`.
        code: String,
    },
    /// The server could not be reached, did not answer in time, or has too much to do.
    #[error("SQS could not be asked for {action}: {why}; try again later")]
    Unavailable {
        /// What was asked for.
        action: &'static str,
        /// What happened.
        why: String,
    },
    /// The answer makes no sense, or the request made none to the server: a fault of one of the two.
    #[error("SQS answered {action} with something unexpected: {why}")]
    Unexpected {
        /// What was asked for.
        action: &'static str,
        /// What it answered.
        why: String,
    },
}

impl SqsError {
    /// Whether the same call may succeed later.
    pub fn retry(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }

    /// What an answer that is no success means. Its text names the kind of the error behind a `#`.
    pub(crate) fn answered(action: &'static str, status: u16, kind: &str) -> Self {
        let code = kind.rsplit(['#', '.']).next().unwrap_or_default();
        let code = if code.len() < 64 && code.chars().all(|c| c.is_ascii_alphanumeric()) { code } else { "" };
        match (code, status) {
            ("QueueDoesNotExist" | "NonExistentQueue", _) => Self::NoQueue,
            // A name that was just freed may be taken again after a minute.
            ("QueueDeletedRecently" | "RequestThrottled" | "ThrottlingException" | "Throttling" | "KmsThrottled", _) => {
                Self::Unavailable { action, why: format!("it answered {code}") }
            }
            (_, 429 | 500..) => Self::Unavailable { action, why: format!("it answered {status} {code}").trim_end().to_owned() },
            (_, 401 | 403) => Self::Refused { action, code: format!("{status} {code}").trim_end().to_owned() },
            ("AccessDenied" | "AccessDeniedException" | "InvalidClientTokenId" | "UnrecognizedClientException", _) => {
                Self::Refused { action, code: code.to_owned() }
            }
            ("ExpiredToken" | "ExpiredTokenException" | "SignatureDoesNotMatch" | "InvalidSignatureException", _) => {
                Self::Refused { action, code: code.to_owned() }
            }
            _ => Self::Unexpected { action, why: format!("{status} {code}").trim_end().to_owned() },
        }
    }

    /// What a request without an answer means. The error's own text has the address.
    pub(crate) fn broken(action: &'static str, error: &reqwest::Error) -> Self {
        let why = match error {
            e if e.is_timeout() => "no answer came in time",
            e if e.is_connect() => "no connection could be made",
            _ => "the connection broke",
        };
        Self::Unavailable { action, why: why.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(status: u16, kind: &str) -> SqsError {
        SqsError::answered("SendMessage", status, kind)
    }

    #[test]
    fn each_answer_tells_whose_fault_it_is() {
        assert!(matches!(told(400, "com.amazonaws.sqs#QueueDoesNotExist"), SqsError::NoQueue));
        assert!(matches!(told(400, "AWS.SimpleQueueService.NonExistentQueue"), SqsError::NoQueue));
        assert!(matches!(told(403, "com.amazon.coral.service#AccessDeniedException"), SqsError::Refused { .. }));
        assert!(matches!(told(400, "com.amazonaws.sqs#ExpiredToken"), SqsError::Refused { .. }));
        assert!(told(503, "").retry() && told(400, "com.amazonaws.sqs#RequestThrottled").retry());
        assert!(!told(400, "com.amazonaws.sqs#InvalidMessageContents").retry());
    }

    #[test]
    fn what_a_server_writes_where_a_code_belongs_is_not_repeated() {
        assert!(!told(400, "x#the key AKIA/secret").to_string().contains("AKIA"));
    }
}
