//! SQS by moto, which forgets its queues when it is killed.

use gristmill_servers::Moto;
use gristmill_sqs::{Address, Client, SqsError};

use super::Broker;

const NAME: &str = "requests";

fn client(server: &Moto) -> Client {
    Client::new(&Address::from_url(&server.queue(NAME)).unwrap()).unwrap()
}

impl Broker for Moto {
    async fn own() -> Self {
        gristmill_blob::provide_tls();
        let server = Self::start();
        client(&server).create_queue(NAME, &[]).await.unwrap();
        server
    }

    fn url(&self) -> String {
        self.queue(NAME)
    }

    async fn put(&self, id: Option<&str>, owner: Option<&str>, body: &str) {
        let beside = [("id", id), ("owner", owner)];
        let beside: Vec<(&str, &str)> = beside.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let client = client(self);
        client.send(&client.queue_url(NAME).await.unwrap(), body, &beside).await.unwrap();
    }

    async fn dead(&self) -> Vec<(String, String)> {
        let client = client(self);
        let url = match client.queue_url("requests-dlq").await {
            Err(SqsError::NoQueue) => return Vec::new(),
            found => found.unwrap(),
        };
        let received = client.receive(&url, 10, 0, 0).await.unwrap();
        received.into_iter().map(|mut letter| (letter.body, letter.attributes.remove("reason").unwrap())).collect()
    }

    async fn waiting(&self) -> usize {
        let client = client(self);
        let told = client.attributes(&client.queue_url(NAME).await.unwrap()).await.unwrap();
        ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
            .map(|name| told[name].parse::<usize>().unwrap())
            .iter()
            .sum()
    }

    async fn time_passes(&self) {
        unreachable!("a message at SQS is hidden by the receipt of who died with it");
    }

    fn kill(&mut self) {
        self.kill_9();
    }

    async fn again(&mut self) {
        self.restart();
        client(self).create_queue(NAME, &[]).await.unwrap();
    }
}
