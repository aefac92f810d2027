//! `with-servers DOORBELL STORE COMMAND…` runs a command while the servers are there that its tests are to use, and says so in its
//! environment. DOORBELL is memory, postgres, redis, rabbitmq, sqs, hostile, or given (by GRISTMILL_DOORBELL__URL); STORE is sqlite or
//! postgres.

use std::any::Any;
use std::process::{Command, ExitCode};

use gristmill_servers::{Moto, Postgres, RabbitMq, Redis};

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let mut word = || words.next().and_then(|word| word.into_string().ok()).expect("with-servers DOORBELL STORE COMMAND…");
    let (doorbell, store, program) = (word(), word(), word());
    assert!(["sqlite", "postgres"].contains(&store.as_str()), "`{store}` is no store that tests know");
    let mut command = Command::new(program);
    command.args(words).env("GRISTMILL_TEST_STORE", &store);
    let mut servers: Vec<Box<dyn Any>> = Vec::new();
    if store == "postgres" {
        let server = Postgres::start();
        command.env("GRISTMILL_TEST_POSTGRES", server.url().trim_end_matches("/postgres"));
        servers.push(Box::new(server));
    }
    if doorbell != "given" {
        command.env("GRISTMILL_DOORBELL__URL", url(&doorbell, &store, &mut servers));
    }
    let ended = command.status().expect("the command can be executed");
    ExitCode::from(ended.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

/// The address of a doorbell, whose server is started if it has one.
fn url(doorbell: &str, store: &str, servers: &mut Vec<Box<dyn Any>>) -> String {
    match (doorbell, store) {
        ("memory", _) => "memory:".to_owned(),
        ("hostile", _) => "hostile:7:auto:".to_owned(),
        ("postgres", "postgres") => "auto:".to_owned(),
        ("postgres", _) => held(Postgres::start(), Postgres::database, servers),
        ("redis", _) => held(Redis::start(), Redis::url, servers),
        ("rabbitmq", _) => held(RabbitMq::start(), RabbitMq::url, servers),
        ("sqs", _) => held(Moto::start(), |moto| moto.queue("mill"), servers),
        _ => panic!("`{doorbell}` is no doorbell that tests know"),
    }
}

fn held<T: Any>(server: T, url: impl Fn(&T) -> String, servers: &mut Vec<Box<dyn Any>>) -> String {
    let url = url(&server);
    servers.push(Box::new(server));
    url
}
