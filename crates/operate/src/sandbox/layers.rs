//! Which layers of confinement this kernel and user allow, asked of the kernel itself.

use std::fmt;

use super::sys;

/// Which layers this kernel and user allow. `doctor` prints them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Layers {
    /// Landlock ABI version; 0 when the kernel has none. From 4 on it also denies TCP, from 6 on it scopes signals.
    pub landlock: u32,
    /// Whether seccomp filters can be installed.
    pub seccomp: bool,
    /// Resource limits and no-new-privileges; always there on Linux.
    pub limits: bool,
    /// Whether the server is privileged, so that its children are stripped of what makes it so.
    pub capabilities: bool,
}

impl Layers {
    /// Asks the kernel. A container's own filter that hides a call counts as a missing layer.
    pub fn probe() -> Self {
        Self { landlock: sys::landlock_abi(), seccomp: sys::seccomp_available(), limits: true, capabilities: sys::is_privileged() }
    }

    /// Whether a tool can be let connect to one port and to no other.
    pub fn confines_connections(&self) -> bool {
        self.landlock >= 4 && self.seccomp
    }

    /// Whether nothing a current kernel offers is missing.
    pub fn complete(&self) -> bool {
        self.missing().is_empty()
    }

    /// What is missing and what that means, one sentence each; for the log at start and for `doctor`.
    pub fn missing(&self) -> Vec<&'static str> {
        let mut missing = Vec::new();
        if self.landlock == 0 {
            missing.push("Landlock is off: a subverted decoder could read any file this user can read. Linux 5.13 or later with landlock in the `lsm=` list has it.");
        } else if self.landlock < 4 {
            missing.push("Landlock is older than ABI 4: it neither denies TCP by itself nor lets a tool connect to one port alone, so files in a bucket are copied instead of read through the gateway. Linux 6.7 or later does both.");
        }
        if !self.seccomp {
            missing.push(
                "seccomp filters are refused: a subverted decoder could open sockets. Containers need a profile that permits seccomp().",
            );
        }
        missing
    }
}

impl fmt::Display for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |on: bool| if on { "on" } else { "OFF" };
        match self.landlock {
            0 => write!(f, "landlock OFF")?,
            abi => write!(f, "landlock ABI {abi}")?,
        }
        write!(f, ", seccomp {}, limits {}", word(self.seccomp), word(self.limits))?;
        if self.capabilities { write!(f, ", capabilities dropped") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::Layers;

    #[test]
    fn a_missing_layer_is_named_and_a_full_set_is_not() {
        let full = Layers { landlock: 7, seccomp: true, limits: true, capabilities: false };
        assert!(full.complete());
        assert_eq!(full.to_string(), "landlock ABI 7, seccomp on, limits on");
        let none = Layers { landlock: 0, seccomp: false, ..full };
        assert_eq!(none.missing().len(), 2);
        assert_eq!(none.to_string(), "landlock OFF, seccomp OFF, limits on");
        assert!(!Layers { landlock: 3, ..full }.complete(), "ABI 3 lets TCP through");
    }
}
