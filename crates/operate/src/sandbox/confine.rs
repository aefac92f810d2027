//! What a child goes through between fork and exec, prepared as far as possible in the parent.
//!
//! Order matters: the session and descriptors first, then limits, then privileges, then Landlock, then the death signal (a change
//! of credentials clears it), and the seccomp filters last because they deny some of the calls made here.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use seccompiler::BpfProgram;

use super::layers::Layers;
use super::limits::Limits;
use super::tool::Tool;
use super::{Grants, filesystem, sys, syscalls};

/// Where a child finds [`Tool::socket`].
const SOCKET: i32 = 3;

/// Capabilities a child of a privileged server keeps: to read and write files of other owners. Landlock says which files.
const KEPT: [u32; 2] = [1, 2];

/// `CAP_SETPCAP`, without which the secure bits cannot be set.
const SETPCAP: u32 = 8;

/// `SECBIT_NOROOT` and `SECBIT_NO_SETUID_FIXUP` with their locks: user 0 is nobody special, and stays so.
const NO_ROOT: libc::c_ulong = 0b1111;

/// Everything one child is confined by; made before fork.
#[derive(Debug)]
pub(super) struct Confinement {
    limits: Vec<(sys::Resource, u64, u64)>,
    landlock: Option<OwnedFd>,
    filters: Vec<BpfProgram>,
    socket: Option<OwnedFd>,
    /// The capabilities the server holds, when it is privileged.
    held: Option<u32>,
    parent: i32,
}

impl Confinement {
    /// Prepares the confinement of `tool`, found at `program`, with every layer in `layers`.
    pub(super) fn new(tool: &Tool, program: &Path, limits: &Limits, layers: Layers, grants: Grants) -> io::Result<Self> {
        Ok(Self {
            limits: limits.resources(),
            landlock: filesystem::ruleset(tool, program, layers.landlock, grants)?,
            filters: if layers.seccomp { syscalls::filters(grants, tool.connect.is_some())? } else { Vec::new() },
            socket: tool.socket.as_ref().map(out_of_the_way).transpose()?,
            held: layers.capabilities.then(sys::permitted_capabilities).transpose()?,
            parent: i32::try_from(std::process::id()).unwrap_or(0),
        })
    }

    /// Confines the calling process. Only system calls happen here; see [`sys`].
    pub(super) fn apply(&self) -> io::Result<()> {
        sys::new_session()?;
        self.inherit_one_descriptor()?;
        sys::volunteer_for_oom();
        for (resource, soft, hard) in &self.limits {
            sys::limit(*resource, *soft, *hard)?;
        }
        sys::prctl(libc::PR_SET_NO_NEW_PRIVS, 1)?;
        if let Some(held) = self.held {
            drop_privileges(held)?;
        }
        if let Some(ruleset) = &self.landlock {
            sys::landlock_restrict(ruleset.as_fd())?;
        }
        self.die_with_parent()?;
        for filter in &self.filters {
            seccompiler::apply_filter(filter).map_err(|_| io::Error::from_raw_os_error(libc::EPERM))?;
        }
        Ok(())
    }

    fn inherit_one_descriptor(&self) -> io::Result<()> {
        match &self.socket {
            None => sys::close_from(3),
            Some(socket) => sys::close_from(4).and_then(|()| sys::duplicate(socket.as_fd(), SOCKET)),
        }
    }

    /// The signal is lost when the parent died before it was asked for, so look again afterwards.
    fn die_with_parent(&self) -> io::Result<()> {
        sys::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL.unsigned_abs().into())?;
        if sys::parent() == self.parent { Ok(()) } else { Err(io::Error::from_raw_os_error(libc::ESRCH)) }
    }
}

/// Keeps what is [`KEPT`] of `held`. A container may lack the capability to set the secure bits; then no-new-privileges alone stops
/// an exec as user 0 from gaining capabilities.
fn drop_privileges(held: u32) -> io::Result<()> {
    if has(held, SETPCAP) {
        sys::prctl(libc::PR_SET_SECUREBITS, NO_ROOT)?;
    }
    sys::keep_capabilities(kept(held).fold(0, |mask, capability| mask | 1 << capability))?;
    kept(held).try_for_each(sys::raise_ambient)
}

/// Asking for a capability that is not held would fail the child.
fn kept(held: u32) -> impl Iterator<Item = u32> {
    KEPT.into_iter().filter(move |capability| has(held, *capability))
}

fn has(held: u32, capability: u32) -> bool {
    held & (1 << capability) != 0
}

/// A copy that is not in the way of number 3.
fn out_of_the_way(socket: &OwnedFd) -> io::Result<OwnedFd> {
    Ok(rustix::io::fcntl_dupfd_cloexec(socket, 10)?)
}

#[cfg(test)]
mod tests {
    use super::kept;

    #[test]
    fn only_capabilities_that_are_held_are_kept() {
        assert_eq!(kept(u32::MAX).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(kept(0xa804_25fb).collect::<Vec<_>>(), [1], "a container's default set");
        assert_eq!(kept(0).count(), 0);
    }
}
