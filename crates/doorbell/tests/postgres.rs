//! What is true of the doorbell of PostgreSQL alone, against a real server.

use std::time::Duration;

use gristmill_doorbell::{Bell, Doorbell, Ear, Remote, postgres};
use gristmill_servers::Postgres as Server;
use gristmill_servers::postgres::sql;
use tokio::time::timeout;

/// Longer than a server takes to be back and heard again on a loaded machine.
const SOON: Duration = Duration::from_secs(20);
/// Long enough that a wrong wake would have come.
const QUIET: Duration = Duration::from_millis(200);

async fn doorbell(url: &str) -> Remote {
    postgres::connect(url).await.expect("the server takes a doorbell")
}

async fn alone() -> Remote {
    doorbell(&Server::shared().database()).await
}

async fn wakes(ear: &mut Ear) -> bool {
    timeout(SOON, ear.wait()).await.is_ok()
}

async fn sleeps(ear: &mut Ear) -> bool {
    timeout(QUIET, ear.wait()).await.is_err()
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
