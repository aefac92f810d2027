//! The seccomp filters of a child: a list of calls that no decoder needs, answered with "not permitted".
//!
//! It is a deny list on purpose: tools and C libraries change which harmless calls they make, and Landlock, limits and dropped
//! capabilities stand behind it. What it must stop is reaching the network, other processes, and the kernel's rarely
//! walked corners (bpf, io_uring, userfaultfd, keyrings, namespaces, mounts), where most escapes of recent years began.

use std::collections::BTreeMap;
use std::io;

use libc::c_long;
use seccompiler::{BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch};

use super::Grants;

/// `fchmodat2`, which has this number on every architecture; not every libc target names it.
const FCHMODAT2: c_long = 452;

/// Calls denied to every child, on every architecture.
const DENIED: &[c_long] = &[
    // Other processes.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_kcmp,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    // Signals to others. `tgkill` stays, for abort() and raise() use it; from Landlock ABI 6 on it reaches the child alone.
    libc::SYS_kill,
    libc::SYS_tkill,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    // What Landlock does not look at (or, for truncate, only from ABI 3 on): modes, owners, attributes and times of files anywhere.
    // Safe to deny: ffmpeg, ffprobe and heif-convert only create, write and rename; ftruncate and open with O_TRUNC stay.
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    FCHMODAT2,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    libc::SYS_utimensat,
    libc::SYS_truncate,
    // Leaving the session by which the child and all it starts are killed.
    libc::SYS_setsid,
    libc::SYS_setpgid,
    // Namespaces, mounts and roots.
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_quotactl,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    // Corners of the kernel.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_fanotify_init,
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    libc::SYS_personality,
    libc::SYS_vhangup,
    libc::SYS_acct,
    libc::SYS_syslog,
    libc::SYS_lookup_dcookie,
    libc::SYS_nfsservctl,
    // The machine.
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_reboot,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    // Another user.
    libc::SYS_setuid,
    libc::SYS_setgid,
    libc::SYS_setreuid,
    libc::SYS_setregid,
    libc::SYS_setresuid,
    libc::SYS_setresgid,
    libc::SYS_setgroups,
    libc::SYS_setfsuid,
    libc::SYS_setfsgid,
    libc::SYS_capset,
];

/// Calls that make a connection: denied unless the tool is given a port. Which port is Landlock's affair. Connected descriptors that were
/// handed over work without them.
const CONNECTING: &[c_long] = &[libc::SYS_socket, libc::SYS_connect];

/// Calls that wait for connections: denied unless the tool may offer a socket of its own. Where its name may lie is Landlock's affair.
const LISTENING: &[c_long] = &[libc::SYS_bind, libc::SYS_listen, libc::SYS_accept, libc::SYS_accept4];

/// Old calls that only this architecture has.
#[cfg(target_arch = "x86_64")]
const DENIED_HERE: &[c_long] = &[
    libc::SYS_iopl,
    libc::SYS_ioperm,
    libc::SYS_modify_ldt,
    libc::SYS_uselib,
    libc::SYS__sysctl,
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
];
/// Old calls that only this architecture has.
#[cfg(not(target_arch = "x86_64"))]
const DENIED_HERE: &[c_long] = &[];

/// Calls that start a process and nothing else.
#[cfg(target_arch = "x86_64")]
const FORKS: &[c_long] = &[libc::SYS_fork, libc::SYS_vfork];
/// Calls that start a process and nothing else.
#[cfg(not(target_arch = "x86_64"))]
const FORKS: &[c_long] = &[];

/// On x86-64 the same calls answer to a second set of numbers (x32), which a filter by number must name too.
#[cfg(target_arch = "x86_64")]
const SECOND_NUMBERS: Option<c_long> = Some(0x4000_0000);
/// On x86-64 the same calls answer to a second set of numbers (x32), which a filter by number must name too.
#[cfg(not(target_arch = "x86_64"))]
const SECOND_NUMBERS: Option<c_long> = None;

/// The filters of a child; `connects` says whether it may make TCP connections. Threads are always allowed.
///
/// # Errors
/// When this architecture is not supported, or the list does not make a filter (a mistake in this file).
pub(super) fn filters(grants: Grants, connects: bool) -> io::Result<Vec<BpfProgram>> {
    let mut denied: Rules = DENIED.iter().chain(DENIED_HERE).map(|call| (*call, Vec::new())).collect();
    denied.insert(libc::SYS_prlimit64, vec![of_another_process()?]);
    match (connects, grants.own_socket) {
        (true, _) => denied.extend(all_but_tcp()?),
        (false, true) => denied.extend([(libc::SYS_connect, Vec::new()), (libc::SYS_socket, all_but_streams_of(libc::AF_UNIX)?)]),
        (false, false) => denied.extend(CONNECTING.iter().map(|call| (*call, Vec::new()))),
    }
    if grants.own_socket {
        denied.extend(may_write()?);
    }
    if connects || !grants.own_socket {
        denied.extend(LISTENING.iter().map(|call| (*call, Vec::new())));
    }
    let mut absent = Rules::new();
    if !grants.processes {
        denied.extend(FORKS.iter().map(|call| (*call, Vec::new())));
        denied.insert(libc::SYS_clone, vec![without_thread_flag()?]);
        // The flags of clone3 lie in memory, where a filter cannot look. "No such call" makes the C library use clone.
        absent.insert(libc::SYS_clone3, Vec::new());
    }
    let mut programs = vec![program(denied, libc::EPERM)?];
    if !absent.is_empty() {
        programs.push(program(absent, libc::ENOSYS)?);
    }
    Ok(programs)
}

type Rules = BTreeMap<c_long, Vec<SeccompRule>>;

fn without_thread_flag() -> io::Result<SeccompRule> {
    let thread = u64::from(libc::CLONE_THREAD.unsigned_abs());
    let condition = SeccompCondition::new(0, SeccompCmpArgLen::Qword, SeccompCmpOp::MaskedEq(thread), 0).map_err(io::Error::other)?;
    SeccompRule::new(vec![condition]).map_err(io::Error::other)
}

/// Every socket but one of TCP over IPv4, and the call that connects while it sends, at which Landlock does not look.
fn all_but_tcp() -> io::Result<Rules> {
    let mut sockets = all_but_streams_of(libc::AF_INET)?;
    // 0 is TCP too; there are others such as MPTCP, of which Landlock knows nothing.
    let tcp = libc::IPPROTO_TCP.unsigned_abs();
    sockets.push(rule(&[(2, SeccompCmpOp::Ne, 0), (2, SeccompCmpOp::Ne, tcp)])?);
    let mut rules = Rules::from([(libc::SYS_socket, sockets)]);
    let fast = libc::MSG_FASTOPEN.unsigned_abs();
    for (call, flags) in [(libc::SYS_sendto, 3), (libc::SYS_sendmsg, 2), (libc::SYS_sendmmsg, 3)] {
        rules.insert(call, vec![rule(&[(flags, SeccompCmpOp::MaskedEq(fast.into()), fast)])?]);
    }
    Ok(rules)
}

/// The question whether a path may be written to. LibreOffice puts its socket into /tmp when the answer is yes, whatever Landlock says
/// then; after a no it takes the folder that it is told.
fn may_write() -> io::Result<Rules> {
    let asked = |argument| Ok::<_, io::Error>(vec![rule(&[(argument, SeccompCmpOp::Eq, libc::W_OK.unsigned_abs())])?]);
    let mut rules = Rules::from([(libc::SYS_faccessat, asked(2)?), (libc::SYS_faccessat2, asked(2)?)]);
    #[cfg(target_arch = "x86_64")]
    rules.insert(libc::SYS_access, asked(1)?);
    Ok(rules)
}

/// Every socket but streams of one family.
fn all_but_streams_of(family: i32) -> io::Result<Vec<SeccompRule>> {
    let stream = libc::SOCK_STREAM.unsigned_abs();
    let mut sockets = vec![rule(&[(0, SeccompCmpOp::Ne, family.unsigned_abs())])?];
    // The type is in the lower four bits of its argument, and flags are above them.
    for bit in [1, 2, 4, 8] {
        sockets.push(rule(&[(1, SeccompCmpOp::MaskedEq(bit.into()), !stream & bit)])?);
    }
    Ok(sockets)
}

/// All of these hold: argument, comparison, value.
fn rule(conditions: &[(u8, SeccompCmpOp, u32)]) -> io::Result<SeccompRule> {
    let condition = |(argument, op, value): &(u8, SeccompCmpOp, u32)| {
        SeccompCondition::new(*argument, SeccompCmpArgLen::Dword, op.clone(), u64::from(*value)).map_err(io::Error::other)
    };
    SeccompRule::new(conditions.iter().map(condition).collect::<io::Result<_>>()?).map_err(io::Error::other)
}

/// The first argument is a process, and 0 means the caller, as getrlimit() and setrlimit() have it.
fn of_another_process() -> io::Result<SeccompRule> {
    let condition = SeccompCondition::new(0, SeccompCmpArgLen::Qword, SeccompCmpOp::Ne, 0).map_err(io::Error::other)?;
    SeccompRule::new(vec![condition]).map_err(io::Error::other)
}

fn program(mut rules: Rules, errno: i32) -> io::Result<BpfProgram> {
    if let Some(bit) = SECOND_NUMBERS {
        let twins: Rules = rules.iter().map(|(call, rule)| (call | bit, rule.clone())).collect();
        rules.extend(twins);
    }
    let answer = SeccompAction::Errno(errno.unsigned_abs());
    let arch = TargetArch::try_from(std::env::consts::ARCH).map_err(io::Error::other)?;
    SeccompFilter::new(rules, SeccompAction::Allow, answer, arch).map_err(io::Error::other)?.try_into().map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::{Grants, filters};

    #[test]
    fn the_lists_make_filters_whatever_is_granted() {
        for (connects, own_socket) in [(false, false), (true, false), (false, true), (true, true)] {
            for processes in [true, false] {
                let programs = filters(Grants { processes, own_socket }, connects).unwrap();
                assert_eq!(programs.len(), if processes { 1 } else { 2 });
            }
        }
    }
}
