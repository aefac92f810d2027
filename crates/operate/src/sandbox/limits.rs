//! What one child may use, and how that is told to the kernel.

use std::time::Duration;

use super::sys::Resource;

/// What one child may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Address space.
    pub memory_bytes: u64,
    /// Processor time over all its threads.
    pub cpu: Duration,
    /// Size of any file it writes.
    pub file_bytes: u64,
    /// Open descriptors.
    pub descriptors: u64,
    /// Wall time of a [`Sandbox::run`](super::Sandbox::run).
    pub wall: Duration,
    /// A [`Sandbox::run`](super::Sandbox::run) that says nothing on its output for this long is stopped as hung.
    pub silence: Duration,
}

impl Limits {
    /// For a short look at a file: 1 GiB, 20 s of processor, 60 s in all, nothing of size to write.
    pub const GLANCE: Self = Self {
        memory_bytes: 1 << 30,
        cpu: Duration::from_secs(20),
        file_bytes: 1 << 20,
        descriptors: 64,
        wall: Duration::from_secs(60),
        silence: Duration::from_secs(60),
    };

    /// (resource, soft, hard). The number of processes is no resource limit here: the kernel counts it over all of the user's
    /// processes, the server's threads included; the seccomp filter denies new processes outright instead.
    pub(super) fn resources(&self) -> Vec<(Resource, u64, u64)> {
        let cpu = self.cpu.as_secs().saturating_add(u64::from(self.cpu.subsec_nanos() > 0));
        vec![
            (libc::RLIMIT_AS, self.memory_bytes, self.memory_bytes),
            // The soft limit is a signal a tool may catch to end tidily; the hard one is not.
            (libc::RLIMIT_CPU, cpu, cpu.saturating_add(2)),
            (libc::RLIMIT_FSIZE, self.file_bytes, self.file_bytes),
            (libc::RLIMIT_NOFILE, self.descriptors, self.descriptors),
            // 1 rather than 0: with 0 a core still goes to a collector that the kernel pipes cores to.
            (libc::RLIMIT_CORE, 1, 1),
        ]
    }
}
