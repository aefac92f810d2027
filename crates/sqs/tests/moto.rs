//! The client against a real server of another author.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use gristmill_servers::{Moto, Proxy};
use gristmill_sqs::{Address, Client, SqsError};

fn client(url: &str) -> Client {
    Client::new(&Address::from_url(url).unwrap()).unwrap()
}

fn moto() -> Client {
    client(&Moto::shared().queue("mill"))
}

#[tokio::test]
async fn a_message_is_received_with_what_stands_beside_it_and_gone_when_deleted() {
    let client = moto();
    let queue = client.create_queue("messages", &[("VisibilityTimeout", "30")]).await.unwrap();
    let id = client.send(&queue, "{\"job\":\"ünï\"}", &[("pipeline", "video")]).await.unwrap();
    let received = client.receive(&queue, 10, 5, 30).await.unwrap();
    let [message] = &received[..] else { panic!("{received:?}") };
    assert_eq!((message.id.as_str(), message.body.as_str(), message.receive_count), (id.as_str(), "{\"job\":\"ünï\"}", 1));
    assert_eq!(message.attributes["pipeline"], "video");
    client.delete(&queue, &message.receipt).await.unwrap();
    assert_eq!(client.attributes(&queue).await.unwrap()["ApproximateNumberOfMessagesNotVisible"], "0");
}

#[tokio::test]
async fn a_message_given_back_is_received_again_and_counted() {
    let client = moto();
    let queue = client.create_queue("given-back", &[]).await.unwrap();
    client.send(&queue, "look", &[]).await.unwrap();
    let first = client.receive(&queue, 1, 5, 600).await.unwrap().remove(0);
    assert!(client.receive(&queue, 1, 0, 600).await.unwrap().is_empty(), "nobody else sees it");
    client.change_visibility(&queue, &first.receipt, 0).await.unwrap();
    let again = client.receive(&queue, 1, 5, 600).await.unwrap().remove(0);
    assert_eq!((again.id, again.receive_count), (first.id, 2));
}

#[tokio::test]
async fn several_are_deleted_at_once() {
    let client = moto();
    let queue = client.create_queue("several", &[]).await.unwrap();
    for n in 0..3 {
        client.send(&queue, &n.to_string(), &[]).await.unwrap();
    }
    assert_eq!(client.attributes(&queue).await.unwrap()["ApproximateNumberOfMessages"], "3");
    let received = client.receive(&queue, 10, 5, 600).await.unwrap();
    assert_eq!(received.len(), 3);
    client.delete_all(&queue, &received).await.unwrap();
    assert_eq!(client.attributes(&queue).await.unwrap()["ApproximateNumberOfMessagesNotVisible"], "0");
    client.delete_all(&queue, &[]).await.unwrap();
}

#[tokio::test]
async fn queues_are_found_by_the_beginning_of_their_names_labelled_and_deleted() {
    let client = moto();
    let (one, other) = (client.create_tagged_queue("herd-1", &[], &[("a", "1")]).await.unwrap(), client.create_queue("flock-1", &[]).await);
    let found = client.list_queues("herd-").await.unwrap();
    assert_eq!((found.len(), &found[0], other.is_ok()), (1, &one, true));
    assert_eq!(client.queue_url("herd-1").await.unwrap(), one);
    client.tag_queue(&one, &[("b", "2")]).await.unwrap();
    let tags = client.queue_tags(&one).await.unwrap();
    assert_eq!((tags["a"].as_str(), tags["b"].as_str()), ("1", "2"));
    client.delete_queue(&one).await.unwrap();
    assert!(matches!(client.queue_url("herd-1").await, Err(SqsError::NoQueue)));
    assert!(matches!(client.send(&one, "look", &[]).await, Err(SqsError::NoQueue)));
    assert!(matches!(client.receive(&one, 1, 0, 1).await, Err(SqsError::NoQueue)));
}

#[tokio::test]
async fn a_receiver_waits_for_a_message_and_wakes_with_it() {
    let client = moto();
    let queue = client.create_queue("waits", &[]).await.unwrap();
    let waiting = tokio::spawn({
        let (client, queue) = (client.clone(), queue.clone());
        async move { client.receive(&queue, 1, 20, 30).await.unwrap() }
    });
    tokio::task::yield_now().await;
    let began = Instant::now();
    client.send(&queue, "look", &[]).await.unwrap();
    assert_eq!(waiting.await.unwrap().len(), 1);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_server_that_is_away_or_silent_can_be_tried_again() {
    let away = client("sqs://a:b@mill?endpoint=http://127.0.0.1:9").queue_url("mill").await.unwrap_err();
    assert!(away.retry(), "{away}");
    let proxy = Proxy::to(Moto::shared().address());
    proxy.black_hole(true);
    let silent = client(&format!("sqs://a:b@mill?endpoint=http://{}", proxy.address())).queue_url("mill").await.unwrap_err();
    assert!(silent.retry() && silent.to_string().contains("in time"), "{silent}");
}

#[tokio::test]
async fn a_request_is_signed_for_the_service_and_a_redirect_is_not_followed() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let served = std::thread::spawn(move || {
        let (mut line, _) = listener.accept().unwrap();
        let mut asked = vec![0; 4096];
        let n = line.read(&mut asked).unwrap();
        line.write_all(b"HTTP/1.1 307 x\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
        String::from_utf8_lossy(&asked[..n]).to_lowercase()
    });
    let url = format!("sqs://AKIA:hidden@mill?region=eu-west-1&endpoint=http://{address}");
    let error = client(&url).queue_url("mill").await.unwrap_err();
    assert!(matches!(error, SqsError::Unexpected { .. }) && !format!("{error:?}{error}").to_lowercase().contains("akia"), "{error}");
    let asked = served.join().unwrap();
    assert!(asked.contains("x-amz-target: amazonsqs.getqueueurl") && asked.contains("/eu-west-1/sqs/aws4_request"), "{asked}");
    assert!(asked.contains("content-type;host;x-amz-content-sha256;x-amz-date;x-amz-target") && !asked.contains("hidden"), "{asked}");
}
