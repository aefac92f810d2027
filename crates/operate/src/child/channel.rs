//! One message with its descriptors over a Unix sequenced-packet socket, both sides.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};

use super::MOST_MESSAGE_BYTES;

/// Room for the input and every output.
const MOST_DESCRIPTORS: usize = 64;

/// A connected pair; neither end survives an exec by itself.
pub(super) fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    Ok(socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?)
}

/// Sends a message with descriptors. It either goes whole or not at all.
pub(super) fn send(socket: impl AsFd, message: &[u8], descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_DESCRIPTORS))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !descriptors.is_empty() && !control.push(SendAncillaryMessage::ScmRights(descriptors)) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    sendmsg(socket, &[IoSlice::new(message)], &mut control, SendFlags::NOSIGNAL)?;
    Ok(())
}

/// Receives a message with its descriptors; none when the other side has closed. Waits only on a blocking socket.
pub(super) fn receive(socket: impl AsFd) -> io::Result<Option<(Vec<u8>, Vec<OwnedFd>)>> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_DESCRIPTORS))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut message = vec![0; MOST_MESSAGE_BYTES];
    let got = recvmsg(socket, &mut [IoSliceMut::new(&mut message)], &mut control, RecvFlags::CMSG_CLOEXEC)?;
    let rights = control.drain().filter_map(|m| match m {
        RecvAncillaryMessage::ScmRights(fds) => Some(fds),
        _ => None,
    });
    let descriptors: Vec<OwnedFd> = rights.flatten().collect();
    if got.flags.intersects(ReturnFlags::TRUNC | ReturnFlags::CTRUNC) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    message.truncate(got.bytes);
    Ok((got.bytes > 0).then_some((message, descriptors)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Seek, Write};

    #[test]
    fn a_message_brings_its_descriptors() {
        let (ours, theirs) = pair().unwrap();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"pixels").unwrap();
        file.rewind().unwrap();
        send(&ours, b"{}", &[file.as_fd()]).unwrap();
        let (message, descriptors) = receive(&theirs).unwrap().unwrap();
        let mut read = String::new();
        std::fs::File::from(descriptors.into_iter().next().unwrap()).read_to_string(&mut read).unwrap();
        assert_eq!((message.as_slice(), read.as_str()), (&b"{}"[..], "pixels"));
    }

    #[test]
    fn a_closed_other_side_is_no_message() {
        let (ours, theirs) = pair().unwrap();
        drop(ours);
        assert!(receive(&theirs).unwrap().is_none());
    }
}
