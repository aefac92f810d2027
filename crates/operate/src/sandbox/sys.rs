//! The system calls the sandbox needs that have no safe wrapper, one small function each. Policy is in the neighbours.
//!
//! Every function that [`super::confine`] calls between fork and exec only makes system calls: it takes no lock and
//! touches no heap, because the other threads of the server do not exist in the child.
#![expect(unsafe_code, reason = "raw system calls and the hook between fork and exec; nothing else in this crate is unsafe here")]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Duration;

use tokio::io::unix::AsyncFd;

/// `_LINUX_CAPABILITY_VERSION_3`.
const CAPABILITY_VERSION_3: u32 = 0x2008_0522;

/// What the kernel tells when a child has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ended {
    /// Exit code, if it exited by itself.
    pub(super) code: Option<i32>,
    /// Signal that ended it.
    pub(super) signal: Option<i32>,
    /// Processor time of the child and the children it waited for.
    pub(super) cpu: Duration,
    /// Peak resident memory, in bytes.
    pub(super) peak_bytes: u64,
}

/// Runs `hook` in the child between fork and exec. It must only make system calls.
pub(super) fn before_exec(command: &mut Command, hook: impl FnMut() -> io::Result<()> + Send + Sync + 'static) {
    // SAFETY: the only caller passes `Confinement::apply`, which makes system calls and nothing else.
    unsafe { command.pre_exec(hook) };
}

/// Collects the child `pid`; `None` when it has not ended and `block` is false. Never call it twice for an ended child.
pub(super) fn wait(pid: i32, block: bool) -> io::Result<Option<Ended>> {
    let mut status = 0;
    // SAFETY: an all-zero rusage is a valid one, and both pointers are to live locals of the right type.
    let (got, usage) = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        let got = libc::wait4(pid, &raw mut status, if block { 0 } else { libc::WNOHANG }, &raw mut usage);
        (got, usage)
    };
    match got {
        -1 => Err(io::Error::last_os_error()),
        0 => Ok(None),
        _ => Ok(Some(ended(status, &usage))),
    }
}

/// Registers a descriptor with the running Tokio reactor.
pub(super) fn watched(descriptor: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an `OwnedFd` always answers the same number and keeps it open as long as it lives.
    unsafe { AsyncFd::register(descriptor) }.map_err(Into::into)
}

fn ended(status: i32, usage: &libc::rusage) -> Ended {
    Ended {
        code: libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status)),
        signal: libc::WIFSIGNALED(status).then(|| libc::WTERMSIG(status)),
        cpu: span(usage.ru_utime) + span(usage.ru_stime),
        peak_bytes: u64::try_from(usage.ru_maxrss).unwrap_or(0) * 1024,
    }
}

fn span(time: libc::timeval) -> Duration {
    let micros = u64::try_from(time.tv_usec).unwrap_or(0);
    Duration::from_secs(u64::try_from(time.tv_sec).unwrap_or(0)) + Duration::from_micros(micros)
}

/// The Landlock ABI this kernel offers this process; 0 when it has none, or a container's filter hides it.
pub(super) fn landlock_abi() -> u32 {
    const VERSION: libc::c_ulong = 1;
    // SAFETY: with this flag the call takes no pointer and only answers a number.
    let abi = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, std::ptr::null::<u8>(), 0_usize, VERSION) };
    u32::try_from(abi).unwrap_or(0)
}

/// Whether the kernel offers filters that answer system calls with an error.
pub(super) fn seccomp_available() -> bool {
    let action: u32 = libc::SECCOMP_RET_ERRNO;
    // SAFETY: the pointer is to a live u32, which is what this operation reads.
    let answer = unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_GET_ACTION_AVAIL, 0, &raw const action) };
    answer == 0
}

/// Whether this process may drop capabilities it holds, that is, whether it holds any worth dropping.
pub(super) fn is_privileged() -> bool {
    // SAFETY: takes nothing, cannot fail.
    unsafe { libc::geteuid() == 0 }
}

/// Confines the calling thread to a Landlock ruleset.
pub(super) fn landlock_restrict(ruleset: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: takes a descriptor and a number.
    checked(unsafe { libc::syscall(libc::SYS_landlock_restrict_self, ruleset.as_raw_fd(), 0) })
}

/// `prctl` with one number.
pub(super) fn prctl(option: i32, value: libc::c_ulong) -> io::Result<()> {
    // SAFETY: the options used here take numbers only.
    checked(unsafe { libc::prctl(option, value, 0, 0, 0) }.into())
}

/// `prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability)`.
pub(super) fn raise_ambient(capability: u32) -> io::Result<()> {
    // SAFETY: takes numbers only.
    checked(unsafe { libc::prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_RAISE, libc::c_ulong::from(capability), 0, 0) }.into())
}

/// The capabilities (of the first 32) this thread is permitted.
pub(super) fn permitted_capabilities() -> io::Result<u32> {
    let mut header: [u32; 2] = [CAPABILITY_VERSION_3, 0];
    let mut data = [0_u32; 6];
    // SAFETY: version 3 reads (and may write) one header of two words and writes two records of three words, which live here.
    checked(unsafe { libc::syscall(libc::SYS_capget, header.as_mut_ptr(), data.as_mut_ptr()) })?;
    let [_effective, permitted, ..] = data;
    Ok(permitted)
}

/// Keeps only the capabilities in `mask` (of the first 32), as permitted, effective and inheritable.
pub(super) fn keep_capabilities(mask: u32) -> io::Result<()> {
    let header: [u32; 2] = [CAPABILITY_VERSION_3, 0];
    let data: [u32; 6] = [mask, mask, mask, 0, 0, 0];
    // SAFETY: version 3 reads one header of two words and two records of three words, which live here.
    checked(unsafe { libc::syscall(libc::SYS_capset, header.as_ptr(), data.as_ptr()) })
}

/// Sets one resource limit.
pub(super) fn limit(resource: Resource, soft: u64, hard: u64) -> io::Result<()> {
    let value = libc::rlimit { rlim_cur: soft, rlim_max: hard };
    // SAFETY: the pointer is to a live rlimit.
    checked(unsafe { libc::setrlimit(resource, &raw const value) }.into())
}

/// The C type of a resource's number, which differs between C libraries.
#[cfg(target_env = "gnu")]
pub(super) type Resource = libc::__rlimit_resource_t;
/// The C type of a resource's number, which differs between C libraries.
#[cfg(not(target_env = "gnu"))]
pub(super) type Resource = libc::c_int;

/// Starts a session, so that the child and all it starts can be killed together.
pub(super) fn new_session() -> io::Result<()> {
    // SAFETY: takes nothing.
    checked(unsafe { libc::setsid() }.into())
}

/// Makes `from` known as descriptor `to`, kept over exec.
pub(super) fn duplicate(from: BorrowedFd<'_>, to: RawFd) -> io::Result<()> {
    // SAFETY: called in the child, where no Rust object owns `to`.
    checked(unsafe { libc::dup2(from.as_raw_fd(), to) }.into())
}

/// Closes every descriptor from `first` on at exec, whoever forgot to ask for it.
pub(super) fn close_from(first: u32) -> io::Result<()> {
    // SAFETY: only marks descriptors; nothing is closed before exec.
    checked(unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, libc::CLOSE_RANGE_CLOEXEC) })
}

/// The process that started this one.
pub(super) fn parent() -> i32 {
    // SAFETY: takes nothing, cannot fail.
    unsafe { libc::getppid() }
}

/// Asks the kernel to take this process first when memory runs out, so that it takes the tool and not the server.
pub(super) fn volunteer_for_oom() {
    // SAFETY: a C string literal, a live buffer and its length; a failure is of no consequence.
    unsafe {
        let file = libc::open(c"/proc/self/oom_score_adj".as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC);
        if file >= 0 {
            libc::write(file, b"500".as_ptr().cast(), 3);
            libc::close(file);
        }
    }
}

fn checked(answer: libc::c_long) -> io::Result<()> {
    if answer == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
