//! The doorbell of PostgreSQL against a real server.

use std::time::{Duration, Instant};

use gristmill_doorbell::{Bell, Doorbell, DoorbellError, Ear, Postgres, contract};
use gristmill_servers::Postgres as Server;
use gristmill_servers::postgres::sql;
use tokio::time::timeout;

/// Longer than a server takes to be back and heard again on a loaded machine.
const SOON: Duration = Duration::from_secs(20);
/// Long enough that a wrong wake would have come.
const QUIET: Duration = Duration::from_millis(200);

async fn doorbell(url: &str) -> Postgres {
    Postgres::connect(url).await.expect("the server takes a doorbell")
}

async fn alone() -> Postgres {
    doorbell(&Server::shared().database()).await
}

async fn wakes(ear: &mut Ear) -> bool {
    timeout(SOON, ear.wait()).await.is_ok()
}

async fn sleeps(ear: &mut Ear) -> bool {
    timeout(QUIET, ear.wait()).await.is_err()
}

#[tokio::test]
async fn a_ring_wakes_every_listener() {
    contract::a_ring_wakes_every_listener(&alone().await).await;
}

#[tokio::test]
async fn a_ring_before_the_wait_is_not_missed() {
    contract::a_ring_before_the_wait_is_not_missed(&alone().await).await;
}

#[tokio::test]
async fn many_rings_wake_once() {
    contract::many_rings_while_nobody_waits_wake_once(&alone().await).await;
}

#[tokio::test]
async fn another_bell_does_not_wake() {
    contract::another_bell_does_not_wake(&alone().await).await;
}

#[tokio::test]
async fn a_ring_wakes_other_processes_on_the_same_bell() {
    let url = Server::shared().database();
    let (here, there) = (doorbell(&url).await, doorbell(&url).await);
    for (bell, other) in [(Bell::Tasks, Bell::Events), (Bell::Events, Bell::Tasks)] {
        let (mut ear, mut deaf) = (there.listen(bell), there.listen(other));
        here.ring(bell).await;
        assert!(wakes(&mut ear).await);
        assert!(sleeps(&mut deaf).await);
    }
}

#[tokio::test]
async fn another_database_hears_nothing() {
    let (here, elsewhere) = (alone().await, alone().await);
    let mut ear = elsewhere.listen(Bell::Tasks);
    here.ring(Bell::Tasks).await;
    assert!(sleeps(&mut ear).await);
}

#[tokio::test]
async fn a_statement_of_another_program_rings_too() {
    let url = Server::shared().database();
    let doorbell = doorbell(&url).await;
    let mut ear = doorbell.listen(Bell::Tasks);
    sql(&url, "notify gristmill_tasks").unwrap();
    assert!(wakes(&mut ear).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn rings_in_quick_succession_are_told_together() {
    let url = Server::shared().database();
    let (here, there) = (doorbell(&url).await, doorbell(&url).await);
    let mut ear = there.listen(Bell::Tasks);
    let began = Instant::now();
    let ringing = tokio::spawn(async move {
        while began.elapsed() < QUIET * 2 {
            here.ring(Bell::Tasks).await;
            tokio::task::yield_now().await;
        }
        began.elapsed()
    });
    let mut woken = 0;
    while !sleeps(&mut ear).await {
        woken += 1;
    }
    let most = 2 + ringing.await.unwrap().as_millis() / 20;
    assert!((1..=most).contains(&woken), "woken {woken} times");
}

#[tokio::test]
async fn a_lost_server_neither_holds_up_nor_silences_this_process() {
    let mut server = Server::start();
    let doorbell = doorbell(&server.url()).await;
    let mut ear = doorbell.listen(Bell::Tasks);
    server.kill_9();
    timeout(QUIET, doorbell.ring(Bell::Tasks)).await.expect("a ring waits for nobody");
    assert!(wakes(&mut ear).await);
}

#[tokio::test]
async fn a_ring_gets_through_again_after_the_server_was_killed() {
    let mut server = Server::start();
    let (here, there) = (doorbell(&server.url()).await, doorbell(&server.url()).await);
    let mut ears = [here.listen(Bell::Events), there.listen(Bell::Events)];
    server.kill_9();
    server.restart();
    for ear in &mut ears {
        assert!(wakes(ear).await, "connected again, it rings because rings may have been missed");
    }
    let mut ear = there.listen(Bell::Tasks);
    here.ring(Bell::Tasks).await;
    assert!(wakes(&mut ear).await);
}

#[tokio::test]
async fn a_dropped_doorbell_gives_its_connection_back() {
    let url = Server::shared().database();
    let count = || {
        sql(&url, "select count(*) from pg_stat_activity where application_name = 'gristmill doorbell' and datname = current_database()")
    };
    let doorbell = doorbell(&url).await;
    assert_eq!(count().unwrap(), "1");
    drop(doorbell);
    timeout(SOON, async {
        while count().unwrap() != "0" {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("the connection ends");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_at_once() {
    let url = format!("postgres://postgres@127.0.0.1:{}/postgres", gristmill_servers::free_port());
    let refused = Postgres::connect(&url).await.unwrap_err();
    assert!(matches!(refused, DoorbellError::Connect(_)) && refused.retry());
}
