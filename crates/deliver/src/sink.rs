//! Messages in memory, in the order in which they came: for tests, here and elsewhere.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::{Deliver, DeliverError, Message};

/// Keeps every message it is given, repeats too. Clones share what they keep.
#[derive(Debug, Clone, Default)]
pub struct Sink {
    kept: Arc<Mutex<Kept>>,
}

/// How a sink fails when it is told to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The message may be delivered later.
    ForNow,
    /// The message is refused for good.
    ForGood,
}

#[derive(Debug, Default)]
struct Kept {
    messages: Vec<Message>,
    failures: VecDeque<Failure>,
}

impl Sink {
    /// An empty one that works.
    pub fn new() -> Self {
        Self::default()
    }

    /// What was delivered so far, oldest first.
    pub fn messages(&self) -> Vec<Message> {
        self.kept().messages.clone()
    }

    /// Lets the next `times` deliveries fail, after those that were told to fail before. What fails is not kept.
    pub fn fail_next(&self, times: usize, how: Failure) {
        self.kept().failures.extend(std::iter::repeat_n(how, times));
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Failure {
    fn error(self) -> DeliverError {
        match self {
            Self::ForNow => DeliverError::Unavailable("the sink was told to fail".into()),
            Self::ForGood => DeliverError::Refused("the sink was told to refuse".into()),
        }
    }
}

#[async_trait]
impl Deliver for Sink {
    async fn deliver(&self, message: &Message) -> Result<(), DeliverError> {
        message.body.check()?;
        let mut kept = self.kept();
        if let Some(failure) = kept.failures.pop_front() {
            return Err(failure.error());
        }
        kept.messages.push(message.clone());
        Ok(())
    }

    /// Answers as the next delivery would.
    async fn probe(&self) -> Result<(), DeliverError> {
        self.kept().failures.front().map_or(Ok(()), |failure| Err(failure.error()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Body;
    use crate::contract::{self, message};

    macro_rules! promises {
        ($($name:ident),+ $(,)?) => {
            $(#[tokio::test]
            async fn $name() {
                let sink = Sink::new();
                let seen = async || sink.messages().into_iter().map(|m| (m.id.to_string(), m.body)).collect();
                contract::$name(&sink, seen).await;
            })+
        };
    }

    promises!(
        a_mail_arrives_whole,
        a_mail_of_text_and_html_arrives_whole,
        a_webhook_arrives_whole,
        an_announcement_arrives_whole,
        a_repeat_carries_the_same_id,
        a_bad_address_is_refused_for_good,
        a_subject_that_would_begin_another_header_is_refused_for_good,
        a_probe_of_what_works_succeeds_and_tells_nobody,
    );

    fn hook(no: u128) -> Message {
        message(no, Body::Webhook { url: "https://example.org".into(), payload: json!(no) })
    }

    #[tokio::test]
    async fn messages_are_kept_in_order_with_their_repeats_and_seen_by_clones() {
        let sink = Sink::new();
        for no in [2, 1, 2] {
            sink.clone().deliver(&hook(no)).await.unwrap();
        }
        assert_eq!(sink.messages(), [hook(2), hook(1), hook(2)]);
    }

    #[tokio::test]
    async fn it_fails_as_often_and_as_long_as_it_was_told_and_then_works() {
        let sink = Sink::new();
        sink.fail_next(2, Failure::ForNow);
        sink.fail_next(1, Failure::ForGood);
        assert!(sink.probe().await.is_err());
        for retry in [true, true, false] {
            assert_eq!(sink.deliver(&hook(1)).await.unwrap_err().retry(), retry);
        }
        assert!(sink.messages().is_empty());
        sink.deliver(&hook(1)).await.unwrap();
        assert_eq!(sink.messages(), [hook(1)]);
    }
}
