//! Two ways to people in one: mails go the one, webhooks the other.

use std::sync::Arc;

use async_trait::async_trait;

use crate::{Body, Deliver, DeliverError, Message};

/// Chooses the way by the kind of message.
#[derive(Clone)]
pub struct Routes {
    /// The way of mails.
    pub mails: Arc<dyn Deliver>,
    /// The way of webhooks.
    pub webhooks: Arc<dyn Deliver>,
}

#[async_trait]
impl Deliver for Routes {
    async fn deliver(&self, message: &Message) -> Result<(), DeliverError> {
        match message.body {
            Body::Mail { .. } => self.mails.deliver(message).await,
            Body::Webhook { .. } => self.webhooks.deliver(message).await,
        }
    }

    /// Both ways work.
    async fn probe(&self) -> Result<(), DeliverError> {
        self.mails.probe().await?;
        self.webhooks.probe().await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::contract::message;
    use crate::{Failure, Sink};

    #[tokio::test]
    async fn each_message_goes_its_own_way_and_both_are_asked_whether_they_work() {
        let (mails, webhooks) = (Sink::new(), Sink::new());
        let routes = Routes { mails: Arc::new(mails.clone()), webhooks: Arc::new(webhooks.clone()) };
        let mail = message(1, Body::Mail { to: "a@b.example".into(), subject: "x".into(), text: "y".into(), html: None });
        let hook = message(2, Body::Webhook { url: "https://b.example".into(), payload: json!(1) });
        for sent in [&mail, &hook] {
            routes.deliver(sent).await.unwrap();
        }
        assert_eq!((mails.messages(), webhooks.messages()), (vec![mail], vec![hook]));
        assert!(routes.probe().await.is_ok());
        for way in [&mails, &webhooks] {
            way.fail_next(1, Failure::ForNow);
            assert!(routes.probe().await.is_err());
            way.deliver(&message(3, Body::Webhook { url: "https://b.example".into(), payload: json!(1) })).await.unwrap_err();
        }
    }
}
