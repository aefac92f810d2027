//! A TCP line between a client and a server that can be cut, held up and slowed down. It knows nothing of what passes.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

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
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port is free");
        let address = listener.local_addr().expect("a listener has an address");
        let line = Arc::new(Line::default());
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
    let (from, to, shared) = (server.clone(), client.clone(), line.clone());
    let answers = thread::spawn(move || pump(&from, &to, &shared));
    pump(client, &server, line);
    let _ended = answers.join();
    Ok(())
}

fn pump(mut from: &TcpStream, mut to: &TcpStream, line: &Line) {
    let mut piece = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut piece) {
        thread::sleep(line.open());
        if to.write_all(&piece[..length]).is_err() {
            break;
        }
    }
    line.open();
    let _closed = to.shutdown(Shutdown::Write);
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
