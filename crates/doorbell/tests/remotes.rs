//! What doorbells over a server promise beyond the others: that of other processes, and of servers that die. Against real servers.

use std::time::{Duration, Instant};

use gristmill_doorbell::{Bell, Doorbell, DoorbellError, Ear, Remote, contract, postgres, rabbitmq, redis, sqs};
use gristmill_servers::{Moto, Postgres, Proxy, RabbitMq, Redis};
use tokio::time::timeout;

/// Longer than a server takes to be back and heard again on a loaded machine.
const SOON: Duration = Duration::from_secs(30);
/// Long enough that a wrong wake would have come.
const QUIET: Duration = Duration::from_millis(200);

/// A server with a doorbell.
trait Server: Send + Sized + 'static {
    /// Whether doorbells must have heard of each other before the first ring gets through.
    const GREETS: bool = false;

    /// A new one that is nobody else's: rings are heard by all who are at the same.
    fn own() -> Self;
    fn url(&self) -> String;
    fn kill(&mut self);
    fn again(&mut self);
    fn connect(url: &str) -> impl Future<Output = Result<Remote, DoorbellError>> + Send;
}

macro_rules! server {
    ($server:ty, $module:ident) => {
        impl Server for $server {
            fn own() -> Self {
                <$server>::start()
            }
            fn url(&self) -> String {
                <$server>::url(self)
            }
            fn kill(&mut self) {
                self.kill_9();
            }
            fn again(&mut self) {
                self.restart();
            }
            fn connect(url: &str) -> impl Future<Output = Result<Remote, DoorbellError>> + Send {
                $module::connect(url)
            }
        }
    };
}

server!(Postgres, postgres);
server!(Redis, redis);
server!(RabbitMq, rabbitmq);

impl Server for Moto {
    const GREETS: bool = true;

    fn own() -> Self {
        Self::start()
    }
    fn url(&self) -> String {
        self.queue("mill")
    }
    fn kill(&mut self) {
        self.kill_9();
    }
    fn again(&mut self) {
        self.restart();
    }
    fn connect(url: &str) -> impl Future<Output = Result<Remote, DoorbellError>> + Send {
        sqs::connect(url)
    }
}

async fn wakes(ear: &mut Ear) -> bool {
    timeout(SOON, ear.wait()).await.is_ok()
}

/// Whether a ring wakes the ear of another doorbell, the first one if need be.
async fn gets_through<S: Server>(from: &Remote, bell: Bell, ear: &mut Ear) -> bool {
    from.ring(bell).await;
    if !S::GREETS {
        return wakes(ear).await;
    }
    let until_heard = async {
        while timeout(QUIET * 5, ear.wait()).await.is_err() {
            from.ring(bell).await;
        }
    };
    timeout(SOON, until_heard).await.is_ok()
}

async fn sleeps(ear: &mut Ear) -> bool {
    timeout(QUIET, ear.wait()).await.is_err()
}

async fn up<S: Server>(url: &str) -> Remote {
    S::connect(url).await.expect("the server takes a doorbell")
}

async fn a_ring_wakes_every_listener<S: Server>() {
    let server = S::own();
    contract::a_ring_wakes_every_listener(&up::<S>(&server.url()).await).await;
}

async fn a_ring_before_the_wait_is_not_missed<S: Server>() {
    let server = S::own();
    contract::a_ring_before_the_wait_is_not_missed(&up::<S>(&server.url()).await).await;
}

async fn many_rings_wake_once<S: Server>() {
    let server = S::own();
    contract::many_rings_while_nobody_waits_wake_once(&up::<S>(&server.url()).await).await;
}

async fn another_bell_does_not_wake<S: Server>() {
    let server = S::own();
    contract::another_bell_does_not_wake(&up::<S>(&server.url()).await).await;
}

async fn a_ring_wakes_other_processes_on_the_same_bell<S: Server>() {
    let server = S::own();
    let (here, there) = (up::<S>(&server.url()).await, up::<S>(&server.url()).await);
    for (bell, other) in [(Bell::Tasks, Bell::Events), (Bell::Events, Bell::Tasks)] {
        let (mut ear, mut deaf) = (there.listen(bell), there.listen(other));
        assert!(gets_through::<S>(&here, bell, &mut ear).await);
        assert!(sleeps(&mut deaf).await);
    }
}

async fn rings_in_quick_succession_are_told_together<S: Server>() {
    let server = S::own();
    let (here, there) = (up::<S>(&server.url()).await, up::<S>(&server.url()).await);
    let mut ear = there.listen(Bell::Tasks);
    assert!(gets_through::<S>(&here, Bell::Tasks, &mut ear).await);
    let began = Instant::now();
    let ringing = tokio::spawn(async move {
        while began.elapsed() < QUIET * 2 {
            here.ring(Bell::Tasks).await;
            tokio::task::yield_now().await;
        }
        began.elapsed()
    });
    let mut woken = 1;
    while !sleeps(&mut ear).await {
        woken += 1;
    }
    let most = 3 + ringing.await.unwrap().as_millis() / 20;
    assert!((1..=most).contains(&woken), "woken {woken} times");
}

async fn a_lost_server_neither_holds_up_nor_silences_this_process_and_is_told<S: Server>() {
    let mut server = S::own();
    let doorbell = up::<S>(&server.url()).await;
    assert_eq!(doorbell.state().lost, None);
    let mut ear = doorbell.listen(Bell::Tasks);
    server.kill();
    timeout(QUIET, doorbell.ring(Bell::Tasks)).await.expect("a ring waits for nobody");
    assert!(wakes(&mut ear).await);
    timeout(SOON, async {
        while doorbell.state().lost.is_none() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("it says that it is not up");
}

async fn a_ring_gets_through_again_after_the_server_was_killed<S: Server>() {
    let mut server = S::own();
    let (here, there) = (up::<S>(&server.url()).await, up::<S>(&server.url()).await);
    let mut ears = [here.listen(Bell::Events), there.listen(Bell::Events)];
    server.kill();
    server.again();
    for ear in &mut ears {
        assert!(wakes(ear).await, "connected again, it rings because rings may have been missed");
    }
    assert_eq!((here.state().lost, there.state().lost), (None, None));
    let mut ear = there.listen(Bell::Tasks);
    assert!(gets_through::<S>(&here, Bell::Tasks, &mut ear).await);
}

async fn a_server_that_comes_late_is_told_and_found<S: Server>() {
    let mut server = S::own();
    let url = server.url();
    server.kill();
    let doorbell = timeout(SOON, up::<S>(&url)).await.expect("it does not wait for the server");
    assert!(doorbell.state().lost.is_some());
    let mut ear = doorbell.listen(Bell::Tasks);
    doorbell.ring(Bell::Tasks).await;
    assert!(wakes(&mut ear).await, "this process hears itself");
    server.again();
    assert!(wakes(&mut ear).await, "it rings once it is there");
    assert_eq!(doorbell.state().lost, None);
}

/// Longer than an echo is missed: it is sent every 15 s and waited for 10.
const MISSED: Duration = Duration::from_secs(70);

/// Nothing passes any more and nobody is told, as when a cable is pulled.
async fn a_server_that_goes_silent_is_told_and_found_again<S: Server>() {
    let server = S::own();
    let url = server.url();
    let address = url.rsplit_once("127.0.0.1:").unwrap().1.split('/').next().unwrap();
    let proxy = Proxy::to(format!("127.0.0.1:{address}").parse().unwrap());
    let doorbell = up::<S>(&url.replace(&format!("127.0.0.1:{address}"), &proxy.address().to_string())).await;
    let lost = async |is: bool| {
        let wait = async {
            while doorbell.state().lost.is_some() != is {
                tokio::time::sleep(QUIET).await;
            }
        };
        timeout(MISSED, wait).await.is_ok()
    };
    assert!(lost(false).await, "it is there");
    proxy.black_hole(true);
    assert!(lost(true).await, "an echo is missed");
    proxy.black_hole(false);
    assert!(lost(false).await, "it is found again");
}

/// Each waits for most of its time, so all do it at once.
#[tokio::test(flavor = "multi_thread")]
async fn servers_that_go_silent_are_told_and_found_again() {
    let all = [
        tokio::spawn(a_server_that_goes_silent_is_told_and_found_again::<Postgres>()),
        tokio::spawn(a_server_that_goes_silent_is_told_and_found_again::<Redis>()),
        tokio::spawn(a_server_that_goes_silent_is_told_and_found_again::<RabbitMq>()),
        tokio::spawn(a_server_that_goes_silent_is_told_and_found_again::<Moto>()),
    ];
    for each in all {
        each.await.unwrap();
    }
}

macro_rules! promises {
    ($server:ty, $module:ident, $($name:ident),+ $(,)?) => {
        mod $module {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name::<$server>().await;
            })+
        }
    };
    ($($server:ty, $module:ident;)+) => {
        $(promises!(
            $server,
            $module,
            a_ring_wakes_every_listener,
            a_ring_before_the_wait_is_not_missed,
            many_rings_wake_once,
            another_bell_does_not_wake,
            a_ring_wakes_other_processes_on_the_same_bell,
            rings_in_quick_succession_are_told_together,
            a_lost_server_neither_holds_up_nor_silences_this_process_and_is_told,
            a_ring_gets_through_again_after_the_server_was_killed,
            a_server_that_comes_late_is_told_and_found,
        );)+
    };
}

promises!(
    gristmill_servers::Postgres, over_postgres;
    gristmill_servers::Redis, over_redis;
    gristmill_servers::RabbitMq, over_rabbitmq;
    gristmill_servers::Moto, over_sqs;
);
