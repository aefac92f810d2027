//! Queues: made, found, looked at, labelled, deleted. SQS may show a change to a list of queues only after a while.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use crate::client::Nothing;
use crate::{Client, Result};

/// The most queues of one page of a list.
const PAGE: u32 = 1000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    queue_url: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    #[serde(default)]
    queue_urls: Vec<String>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attributes {
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tags {
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

impl Client {
    /// Makes a queue, and answers its URL, which all other calls want. One that is there already with the same attributes counts as made.
    ///
    /// # Errors
    /// [`SqsError`](crate::SqsError).
    pub async fn create_queue(&self, name: &str, attributes: &[(&str, &str)]) -> Result<String> {
        self.create_tagged_queue(name, attributes, &[]).await
    }

    /// The same with tags from the beginning.
    ///
    /// # Errors
    /// [`SqsError`](crate::SqsError).
    pub async fn create_tagged_queue(&self, name: &str, attributes: &[(&str, &str)], tags: &[(&str, &str)]) -> Result<String> {
        let asked = json!({"QueueName": name, "Attributes": map(attributes), "tags": map(tags)});
        Ok(self.ask::<Named>("CreateQueue", asked).await?.queue_url)
    }

    /// The URL of a queue.
    ///
    /// # Errors
    /// [`NoQueue`](crate::SqsError::NoQueue) when there is none, and others.
    pub async fn queue_url(&self, name: &str) -> Result<String> {
        Ok(self.ask::<Named>("GetQueueUrl", json!({"QueueName": name})).await?.queue_url)
    }

    /// The URLs of all queues whose names begin so.
    ///
    /// # Errors
    /// [`SqsError`](crate::SqsError).
    pub async fn list_queues(&self, prefix: &str) -> Result<Vec<String>> {
        let mut found = Vec::new();
        let mut asked = json!({"QueueNamePrefix": prefix, "MaxResults": PAGE});
        loop {
            let page: Page = self.ask("ListQueues", asked.clone()).await?;
            found.extend(page.queue_urls);
            match page.next_token.filter(|token| !token.is_empty()) {
                Some(token) => asked["NextToken"] = token.into(),
                None => return Ok(found),
            }
        }
    }

    /// All attributes of a queue, among them `QueueArn` and, about right, `ApproximateNumberOfMessages`,
    /// `ApproximateNumberOfMessagesNotVisible` (received and not deleted) and `ApproximateNumberOfMessagesDelayed`.
    ///
    /// # Errors
    /// [`SqsError`](crate::SqsError).
    pub async fn attributes(&self, queue: &str) -> Result<BTreeMap<String, String>> {
        let asked = json!({"QueueUrl": queue, "AttributeNames": ["All"]});
        Ok(self.ask::<Attributes>("GetQueueAttributes", asked).await?.attributes)
    }

    /// Deletes a queue and what is in it.
    ///
    /// # Errors
    /// [`SqsError`](crate::SqsError).
    pub async fn delete_queue(&self, queue: &str) -> Result<()> {
        self.ask::<Nothing>("DeleteQueue", json!({"QueueUrl": queue})).await.map(drop)
    }

    /// Sets tags of a queue; others stay.
    ///
    /// # Errors
    /// [`SqsError`](crate::SqsError).
    pub async fn tag_queue(&self, queue: &str, tags: &[(&str, &str)]) -> Result<()> {
        self.ask::<Nothing>("TagQueue", json!({"QueueUrl": queue, "Tags": map(tags)})).await.map(drop)
    }

    /// The tags of a queue.
    ///
    /// # Errors
    /// [`SqsError`](crate::SqsError).
    pub async fn queue_tags(&self, queue: &str) -> Result<BTreeMap<String, String>> {
        Ok(self.ask::<Tags>("ListQueueTags", json!({"QueueUrl": queue})).await?.tags)
    }
}

fn map<'a>(pairs: &[(&'a str, &'a str)]) -> BTreeMap<&'a str, &'a str> {
    pairs.iter().copied().collect()
}
