//! What a test may rely on when it starts a PostgreSQL server.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use gristmill_servers::postgres::sql;
use gristmill_servers::{Options, Postgres, is_running};

/// Set for the process that [`a_server_ends_when_the_test_is_killed`] starts.
const TO_BE_KILLED: &str = "GRISTMILL_SERVERS_TO_BE_KILLED";

#[track_caller]
fn until(what: &str, mut is: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !is() {
        assert!(Instant::now() < end, "not in time: {what}");
        sleep(Duration::from_millis(5));
    }
}

/// Writes one row and commits it.
fn write(url: &str) {
    sql(url, "create table kept as select 42 as answer").expect("a table is made");
}

fn read(url: &str) -> String {
    sql(url, "select answer from kept").expect("the table is there")
}

#[test]
fn a_server_starts_and_answers() {
    let server = Postgres::start();
    assert_eq!(sql(&server.url(), "select 1 + 1, current_user").unwrap(), "2|postgres");
}

#[test]
fn two_servers_run_at_once() {
    let (one, two) = (Postgres::start(), Postgres::start());
    assert_ne!(one.port(), two.port());
    assert_eq!(sql(&one.url(), "show port").unwrap(), one.port().to_string());
    assert_eq!(sql(&two.url(), "show port").unwrap(), two.port().to_string());
}

#[test]
fn a_database_is_fresh_each_time() {
    let server = Postgres::start();
    let (one, two) = (server.database(), server.database());
    write(&one);
    write(&two);
    assert_eq!(read(&one), "42");
}

#[test]
fn a_durable_server_writes_as_in_production() {
    let durability =
        "select string_agg(setting, ' ' order by name) from pg_settings where name in ('fsync', 'full_page_writes', 'synchronous_commit')";
    assert_eq!(sql(&Postgres::start_durable().url(), durability).unwrap(), "on on on");
    assert_eq!(sql(&Postgres::start().url(), durability).unwrap(), "off off on");
}

#[test]
fn settings_of_the_test_win() {
    let settings = vec![("max_connections".to_owned(), "7".to_owned())];
    let server = Options { settings, ..Options::default() }.start();
    assert_eq!(sql(&server.url(), "show max_connections").unwrap(), "7");
}

#[test]
fn what_is_committed_survives_a_kill() {
    for mut server in [Postgres::start_durable(), Postgres::start()] {
        let url = server.database();
        write(&url);
        server.kill_9();
        assert!(sql(&url, "select 1").is_err());
        server.restart();
        assert_eq!(read(&url), "42");
    }
}

#[test]
fn a_server_can_be_killed_many_times_while_it_works() {
    let mut server = Postgres::start();
    let url = server.database();
    write(&url);
    for _ in 0..5 {
        let busy = std::thread::spawn({
            let url = url.clone();
            move || sql(&url, "select pg_sleep(60)")
        });
        until("the server works", || sql(&url, "select count(*) from pg_stat_activity where wait_event = 'PgSleep'").unwrap() == "1");
        server.kill_9();
        assert!(busy.join().unwrap().is_err());
        server.restart();
    }
    assert_eq!(read(&url), "42");
}

#[test]
fn a_stopped_server_goes_on_where_it_was() {
    let mut server = Postgres::start();
    write(&server.url());
    server.stop();
    assert!(server.pid().is_none() && TcpStream::connect(("127.0.0.1", server.port())).is_err());
    server.restart();
    assert_eq!(read(&server.url()), "42");
}

#[test]
fn a_server_ends_with_its_handle_and_leaves_nothing() {
    let server = Postgres::start();
    let pid = server.pid().unwrap();
    let data = sql(&server.url(), "show data_directory").unwrap();
    drop(server);
    assert!(!is_running(pid) && !Path::new(&data).parent().unwrap().exists());
}

#[test]
fn a_folder_of_the_test_stays_and_is_used_again() {
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    let folder = tempfile::Builder::new().permissions(open).tempdir().unwrap();
    let options = Options { folder: Some(folder.path().join("server")), ..Options::default() };
    let first = options.clone().start();
    write(&first.url());
    drop(first);
    assert_eq!(read(&options.start().url()), "42");
}

#[test]
fn the_shared_server_is_one() {
    let (one, two) = (Postgres::shared().database(), Postgres::shared().database());
    assert_ne!(one, two);
    assert_eq!(sql(&one, "select 1").unwrap(), sql(&two, "select 1").unwrap());
}

#[test]
fn a_server_ends_when_the_test_is_killed() {
    let me = std::env::current_exe().unwrap();
    let mut test = Command::new(me);
    test.args(["--ignored", "--exact", "--nocapture", "the_test_that_is_killed"]).env(TO_BE_KILLED, "1").stdout(Stdio::piped());
    let mut test = test.spawn().unwrap();
    let mut lines = BufReader::new(test.stdout.take().unwrap()).lines().map_while(Result::ok);
    let told = lines.find_map(|line| line.split_once("server ").map(|(_, told)| told.to_owned())).unwrap();
    let (pid, data) = told.split_once(' ').unwrap();
    test.kill().unwrap();
    test.wait().unwrap();
    until("the server ended", || !is_running(pid.parse().unwrap()));
    until("its folder is gone", || !Path::new(data).parent().unwrap().exists());
}

#[test]
#[ignore = "started and killed by `a_server_ends_when_the_test_is_killed`"]
fn the_test_that_is_killed() {
    if std::env::var_os(TO_BE_KILLED).is_some() {
        let server = Postgres::start();
        println!("server {} {}", server.pid().unwrap(), sql(&server.url(), "show data_directory").unwrap());
        sleep(Duration::from_secs(60));
    }
}

#[test]
#[ignore = "a measurement"]
fn how_long_it_takes() {
    for _ in 0..5 {
        let began = Instant::now();
        let mut server = Postgres::start();
        let start = began.elapsed();
        server.database();
        let database = began.elapsed() - start;
        server.kill_9();
        let kill = began.elapsed() - start - database;
        server.restart();
        let restart = began.elapsed() - start - database - kill;
        let dropping = Instant::now();
        drop(server);
        println!("start {start:?}, database {database:?}, kill {kill:?}, restart {restart:?}, drop {:?}", dropping.elapsed());
    }
}
