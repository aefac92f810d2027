//! Every way to people in one: mails, webhooks and announcements each go their own.

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
    /// The way of announcements; without one they are refused.
    pub announcements: Option<Arc<dyn Deliver>>,
}

/// Why an announcement goes nowhere.
const NOWHERE: &str = "nothing is announced here: set announce.url to the address of a RabbitMQ server";

#[async_trait]
impl Deliver for Routes {
    async fn deliver(&self, message: &Message) -> Result<(), DeliverError> {
        match message.body {
            Body::Mail { .. } => self.mails.deliver(message).await,
            Body::Webhook { .. } => self.webhooks.deliver(message).await,
            Body::Announcement { .. } => match &self.announcements {
                Some(way) => way.deliver(message).await,
                None => Err(DeliverError::Refused(NOWHERE.into())),
            },
        }
    }

    /// Every way there is works.
    async fn probe(&self) -> Result<(), DeliverError> {
        for way in [Some(&self.mails), Some(&self.webhooks), self.announcements.as_ref()].into_iter().flatten() {
            way.probe().await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::contract::message;
    use crate::{Failure, Sink, Topic};

    fn announcement() -> Message {
        message(3, Body::Announcement { topic: Topic::Events, kind: "job.finished".into(), payload: json!(1) })
    }

    #[tokio::test]
    async fn what_has_no_way_is_refused_for_good_and_told_how_to_get_one() {
        let way = Arc::new(Sink::new());
        let routes = Routes { mails: way.clone(), webhooks: way.clone(), announcements: None };
        let refused = routes.deliver(&announcement()).await.unwrap_err();
        assert!(!refused.retry() && refused.to_string().contains("announce.url"));
        assert!(routes.probe().await.is_ok() && way.messages().is_empty());
    }

    #[tokio::test]
    async fn each_message_goes_its_own_way_and_all_are_asked_whether_they_work() {
        let (mails, webhooks, news) = (Sink::new(), Sink::new(), Sink::new());
        let way = |sink: &Sink| Arc::new(sink.clone()) as Arc<dyn Deliver>;
        let routes = Routes { mails: way(&mails), webhooks: way(&webhooks), announcements: Some(way(&news)) };
        let mail = message(1, Body::Mail { to: "a@b.example".into(), subject: "x".into(), text: "y".into(), html: None });
        let hook = message(2, Body::Webhook { url: "https://b.example".into(), payload: json!(1) });
        let told = announcement();
        for sent in [&mail, &hook, &told] {
            routes.deliver(sent).await.unwrap();
        }
        assert_eq!((mails.messages(), webhooks.messages(), news.messages()), (vec![mail], vec![hook], vec![told]));
        assert!(routes.probe().await.is_ok());
        for way in [&mails, &webhooks, &news] {
            way.fail_next(1, Failure::ForNow);
            assert!(routes.probe().await.is_err());
            way.deliver(&message(3, Body::Webhook { url: "https://b.example".into(), payload: json!(1) })).await.unwrap_err();
        }
    }
}
