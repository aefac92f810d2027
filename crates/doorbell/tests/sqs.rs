//! What is true of the doorbell over SQS alone: its queues. Against a real server of another author.

use std::time::Duration;

use gristmill_doorbell::{Bell, Doorbell, sqs};
use gristmill_servers::Moto;
use gristmill_sqs::{Address, Client};
use tokio::time::{sleep, timeout};

/// Longer than anything here takes on a loaded machine.
const SOON: Duration = Duration::from_secs(30);

fn client(url: &str) -> Client {
    Client::new(&Address::from_url(url).unwrap()).unwrap()
}

async fn until(mut done: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !done().await {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(SOON, waiting).await.expect("it happens");
}

#[tokio::test]
async fn a_queue_is_there_while_its_doorbell_is_and_deleted_when_that_is_closed() {
    let url = Moto::shared().queue("orderly");
    let client = client(&url);
    let (staying, leaving) = (sqs::connect(&url).await.unwrap(), sqs::connect(&url).await.unwrap());
    assert_eq!(client.list_queues("orderly-bell-").await.unwrap().len(), 2);
    leaving.close().await;
    let left = client.list_queues("orderly-bell-").await.unwrap();
    assert_eq!((left.len(), staying.state().lost), (1, None));
    assert_eq!(client.queue_tags(&left[0]).await.unwrap()["gristmill"], "doorbell");
}

#[tokio::test]
async fn queues_that_nobody_has_seen_for_long_are_deleted_and_no_others() {
    let url = Moto::shared().queue("tidy");
    let client = client(&url);
    let made = async |name: &str, tags: &[(&str, &str)]| client.create_tagged_queue(name, &[], tags).await.unwrap();
    let gone = made("tidy-bell-gone", &[("gristmill", "doorbell"), ("seen", "1700000000")]).await;
    let foreign = made("tidy-bell-foreign", &[("seen", "1700000000")]).await;
    let new = made("tidy-bell-new", &[("gristmill", "doorbell"), ("seen", "99999999999")]).await;
    let _doorbell = sqs::connect(&url).await.unwrap();
    until(async || !client.list_queues("tidy-bell-").await.unwrap().contains(&gone)).await;
    let left = client.list_queues("tidy-bell-").await.unwrap();
    assert!(left.contains(&foreign) && left.contains(&new));
}

#[tokio::test]
async fn a_queue_that_was_deleted_is_made_again_and_rung() {
    let url = Moto::shared().queue("again");
    let client = client(&url);
    let (here, there) = (sqs::connect(&url).await.unwrap(), sqs::connect(&url).await.unwrap());
    let before = client.list_queues("again-bell-").await.unwrap();
    for queue in &before {
        client.delete_queue(queue).await.unwrap();
    }
    until(async || client.list_queues("again-bell-").await.unwrap().len() == 2).await;
    let mut ear = there.listen(Bell::Events);
    until(async || {
        here.ring(Bell::Events).await;
        timeout(Duration::from_millis(500), ear.wait()).await.is_ok()
    })
    .await;
    assert_eq!((here.state().lost, there.state().lost), (None, None));
}
