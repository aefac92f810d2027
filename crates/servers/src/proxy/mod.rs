//! A TCP line between a client and a server that can be cut, held up and slowed down, and counts what passes. For HTTP it can also let
//! single requests fail.

mod fault;
mod request;

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use fault::{Answer, Plan, Verdict};
use request::{Piece, Requests};

pub use fault::Fault;

/// Forwards connections to a target. Dropping it ends them and refuses new ones.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    line: Arc<Line>,
    listening: Option<JoinHandle<()>>,
}

impl Proxy {
    /// A good line to `target`, from a loopback port of its own.
    ///
    /// # Panics
    /// When no port is free.
    pub fn to(target: SocketAddr) -> Self {
        Self::new(target, false)
    }

    /// A good line to a server of HTTP/1.1 without TLS, on which [`fault`](Self::fault) works.
    ///
    /// # Panics
    /// As [`to`](Self::to).
    pub fn http(target: SocketAddr) -> Self {
        Self::new(target, true)
    }

    fn new(target: SocketAddr, http: bool) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port is free");
        let address = listener.local_addr().expect("a listener has an address");
        let line = Arc::new(Line { http, ..Line::default() });
        let shared = line.clone();
        let listening = thread::spawn(move || accept(&listener, target, &shared));
        Self { address, line, listening: Some(listening) }
    }

    /// Where to connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends all connections, as when a router restarts. New ones are taken at once.
    pub fn cut(&self) {
        for end in self.line.ends().drain(..).filter_map(|end| end.upgrade()) {
            let _ended = end.shutdown(Shutdown::Both);
        }
        self.line.changed.notify_all();
    }

    /// While on, nothing passes and nobody is told, as when a cable is pulled. What was sent meanwhile passes when it is off again.
    pub fn black_hole(&self, on: bool) {
        self.line.state().holding = on;
        self.line.changed.notify_all();
    }

    /// Everything takes this much longer, each way. Zero is a good line.
    pub fn delay(&self, latency: Duration) {
        self.line.state().latency = latency;
    }

    /// From now on every `every`th request suffers this, counted over all connections; `None` ends it. Only with [`http`](Self::http).
    pub fn fault(&self, every: u64, fault: impl Into<Option<Fault>>) {
        self.line.plan.set(every, fault.into());
    }

    /// How many bytes clients have sent to the target since the proxy was made, and how many it has answered.
    pub fn passed(&self) -> (u64, u64) {
        (self.line.sent.load(Ordering::Relaxed), self.line.answered.load(Ordering::Relaxed))
    }

    /// How many requests have been seen. Only with [`http`](Self::http).
    pub fn requests(&self) -> u64 {
        self.line.requests.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.line.state().closed = true;
        self.line.changed.notify_all();
        // Wakes the listener, which then sees that it is closed.
        let _woken = TcpStream::connect(self.address);
        let _ended = self.listening.take().map(JoinHandle::join);
        self.cut();
    }
}

#[derive(Debug, Default)]
struct State {
    holding: bool,
    closed: bool,
    latency: Duration,
}

/// What the threads of a proxy share.
#[derive(Debug, Default)]
struct Line {
    state: Mutex<State>,
    changed: Condvar,
    http: bool,
    plan: Plan,
    requests: AtomicU64,
    sent: AtomicU64,
    answered: AtomicU64,
    ends: Mutex<Vec<Weak<TcpStream>>>,
}

impl Line {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ends(&self) -> MutexGuard<'_, Vec<Weak<TcpStream>>> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes an end known to [`Proxy::cut`].
    fn add(&self, end: TcpStream) -> Arc<TcpStream> {
        let end = Arc::new(end);
        let mut ends = self.ends();
        ends.retain(|end| end.strong_count() > 0);
        ends.push(Arc::downgrade(&end));
        end
    }

    /// Waits until something may pass, and answers how long that takes on top.
    fn open(&self) -> Duration {
        let held = |state: &mut State| state.holding && !state.closed;
        self.changed.wait_while(self.state(), held).unwrap_or_else(PoisonError::into_inner).latency
    }
}

fn accept(listener: &TcpListener, target: SocketAddr, line: &Arc<Line>) {
    for client in listener.incoming().flatten() {
        if line.state().closed {
            return;
        }
        let (client, line) = (line.add(client), line.clone());
        // A thread each: the target may take its time to accept.
        thread::spawn(move || join(&client, target, &line));
    }
}

/// Passes bytes both ways until both ends have closed.
fn join(client: &Arc<TcpStream>, target: SocketAddr, line: &Arc<Line>) -> io::Result<()> {
    thread::sleep(line.open());
    let server = line.add(TcpStream::connect(target)?);
    let answer = Arc::new(Answer::default());
    let (from, to, shared, suffers) = (server.clone(), client.clone(), line.clone(), answer.clone());
    let answers = thread::spawn(move || pump_answers(&from, &to, &shared, &suffers));
    pump_requests(client, &server, line, &answer);
    let _ended = answers.join();
    Ok(())
}

fn pump_requests(mut client: &TcpStream, mut server: &TcpStream, line: &Line, answer: &Answer) {
    let mut piece = vec![0; 64 * 1024];
    let (mut requests, mut refusing) = (Requests::default(), None);
    while let Ok(length @ 1..) = client.read(&mut piece) {
        thread::sleep(line.open());
        line.sent.fetch_add(length as u64, Ordering::Relaxed);
        let passed = if line.http {
            pass_requests(&piece[..length], (client, server), &mut requests, &mut refusing, (line, answer))
        } else {
            server.write_all(&piece[..length])
        };
        if passed.is_err() {
            break;
        }
    }
    line.open();
    let _closed = server.shutdown(Shutdown::Write);
}

/// Passes what is not refused. A refusal is said when the whole request was read, as a server in good order does.
fn pass_requests(
    mut bytes: &[u8],
    (mut client, mut server): (&TcpStream, &TcpStream),
    requests: &mut Requests,
    refusing: &mut Option<u16>,
    (line, answer): (&Line, &Answer),
) -> io::Result<()> {
    while let Some(piece) = requests.next(&mut bytes) {
        let bytes = match &piece {
            Piece::Head(head) => {
                line.requests.fetch_add(1, Ordering::Relaxed);
                let fault = line.plan.next();
                *refusing = if let Some(Fault::Status(status)) = fault { Some(status) } else { None };
                answer.begin(fault);
                head
            }
            Piece::Body(body) => *body,
        };
        match *refusing {
            None => server.write_all(bytes)?,
            Some(status) if requests.at_end() => write!(client, "HTTP/1.1 {status} Fault\r\nContent-Length: 0\r\n\r\n")?,
            Some(_) => {}
        }
    }
    Ok(())
}

fn pump_answers(mut server: &TcpStream, mut client: &TcpStream, line: &Line, answer: &Answer) {
    let mut piece = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = server.read(&mut piece) {
        thread::sleep(line.open());
        let (pass, verdict) = match answer.judge(length) {
            Verdict::Pass(delay) => {
                thread::sleep(delay);
                (length, None)
            }
            Verdict::Reset(pass) => (pass, Some(Verdict::Reset(pass))),
            Verdict::Hang(pass) => (pass, Some(Verdict::Hang(pass))),
        };
        line.answered.fetch_add(pass as u64, Ordering::Relaxed);
        let written = client.write_all(&piece[..pass]);
        match verdict {
            _ if written.is_err() => break,
            None => {}
            Some(Verdict::Reset(_)) => {
                // With nothing to linger for, closing is a reset; the other thread holds the socket, so it is shut as well.
                let _set = rustix::net::sockopt::set_socket_linger(client, Some(Duration::ZERO));
                let _shut = client.shutdown(Shutdown::Both);
                let _shut = server.shutdown(Shutdown::Both);
                return;
            }
            // Nothing more is read from the server until the client gives up.
            Some(_) => return,
        }
    }
    line.open();
    let _closed = client.shutdown(Shutdown::Write);
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    const LATENCY: Duration = Duration::from_millis(50);

    /// Answers what it is told, until the other side closes.
    fn echo() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || io::copy(&mut &stream, &mut &stream));
            }
        });
        address
    }

    fn connected(proxy: &Proxy) -> TcpStream {
        let stream = TcpStream::connect(proxy.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
    }

    fn ask(mut stream: &TcpStream) -> io::Result<[u8; 4]> {
        let mut answer = [0; 4];
        stream.write_all(b"ping")?;
        stream.read_exact(&mut answer)?;
        Ok(answer)
    }

    #[test]
    fn what_is_said_is_answered() {
        let proxy = Proxy::to(echo());
        assert_eq!(&ask(&connected(&proxy)).unwrap(), b"ping");
    }

    #[test]
    fn a_cut_ends_connections_and_the_next_one_is_good() {
        let proxy = Proxy::to(echo());
        let stream = connected(&proxy);
        ask(&stream).unwrap();
        proxy.cut();
        assert!(ask(&stream).is_err());
        assert!(ask(&connected(&proxy)).is_ok());
    }

    #[test]
    fn a_black_hole_holds_everything_until_it_is_off() {
        let proxy = Proxy::to(echo());
        let mut stream = connected(&proxy);
        ask(&stream).unwrap();
        proxy.black_hole(true);
        stream.write_all(b"late").unwrap();
        stream.set_read_timeout(Some(LATENCY)).unwrap();
        let mut answer = [0; 4];
        assert_eq!(stream.read(&mut answer).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        stream.set_read_timeout(None).unwrap();
        proxy.black_hole(false);
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"late");
    }

    #[test]
    fn a_delay_is_felt_each_way() {
        let proxy = Proxy::to(echo());
        let stream = connected(&proxy);
        ask(&stream).unwrap();
        proxy.delay(LATENCY);
        let asked = Instant::now();
        ask(&stream).unwrap();
        assert!(asked.elapsed() >= LATENCY * 2);
    }

    #[test]
    fn a_closed_target_ends_the_connection() {
        let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert!(ask(&connected(&Proxy::to(gone))).is_err());
    }

    #[test]
    fn a_dropped_proxy_takes_no_connection() {
        let proxy = Proxy::to(echo());
        let address = proxy.address();
        drop(proxy);
        assert!(TcpStream::connect(address).is_err());
    }
}
