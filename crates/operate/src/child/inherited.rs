//! Takes over the one descriptor that the starting process left open for us.
#![expect(unsafe_code, reason = "a descriptor inherited over exec has only a number; no safe call turns a number into an owner")]

use std::os::fd::{FromRawFd, IntoRawFd, OwnedFd};

use rustix::net::SocketType;
use rustix::net::sockopt::socket_type;

/// Descriptor 3 by agreement with [`crate::sandbox::Tool::socket`].
const NUMBER: i32 = 3;

/// The socket to the worker; none when this process was started by hand.
pub(super) fn socket() -> Option<OwnedFd> {
    // SAFETY: `child_main` is the only thing this process does and calls this once, so nothing else owns the number; a number
    // that is not open makes the next call fail, and then it is forgotten, not closed.
    let socket = unsafe { OwnedFd::from_raw_fd(NUMBER) };
    match socket_type(&socket) {
        Ok(SocketType::SEQPACKET) => Some(socket),
        _ => {
            let _ = socket.into_raw_fd();
            None
        }
    }
}
