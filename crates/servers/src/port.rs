//! Ports for servers that are told theirs on the command line.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Below what the kernel gives to outgoing connections (from 32768), so that a server that was killed finds its port still free when
/// it is started again.
const FIRST: u16 = 15_000;
const COUNT: u16 = 17_000;

/// A loopback port nobody listens on. Another process may take it before the caller does: a server that fails to bind is started
/// again on another.
///
/// # Panics
/// When all ports are taken.
pub fn free_port() -> u16 {
    let start = unlike_others() % u64::from(COUNT);
    (0..COUNT)
        .map(|step| FIRST + u16::try_from((start + u64::from(step)) % u64::from(COUNT)).unwrap_or(0))
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .expect("a loopback port is free")
}

/// A number that differs between calls and between processes that call at the same time.
pub(crate) fn unlike_others() -> u64 {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seed = u64::from(now.subsec_nanos()) ^ now.as_secs().rotate_left(32) ^ u64::from(std::process::id()).rotate_left(20);
    (seed ^ CALLS.fetch_add(1, Ordering::Relaxed).rotate_left(48)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_port_can_be_listened_on() {
        assert!(TcpListener::bind(("127.0.0.1", free_port())).is_ok());
    }

    #[test]
    fn two_callers_get_two_ports() {
        assert_ne!(free_port(), free_port());
    }
}
