//! How much memory is in use: of the control group this process runs in when that has a limit, else of the machine.

/// Used memory as a share 0..=1, or `None` where the kernel does not tell.
pub fn used() -> Option<f64> {
    let read = |path: &str| std::fs::read_to_string(path).ok();
    let group = group(read("/sys/fs/cgroup/memory.max").as_deref(), read("/sys/fs/cgroup/memory.current").as_deref());
    group.or_else(|| machine(&read("/proc/meminfo")?))
}

/// Memory this process may use, in bytes.
pub fn total() -> Option<u64> {
    let limit = std::fs::read_to_string("/sys/fs/cgroup/memory.max").ok().and_then(|t| t.trim().parse().ok());
    let machine = || kilobytes(&std::fs::read_to_string("/proc/meminfo").ok()?, "MemTotal:").map(|kb| (kb * 1024.0) as u64);
    limit.or_else(machine)
}

/// How many jobs at once suit this many cores and bytes: one a core, and 512 MiB for each; at least one.
pub fn recommended_jobs(cores: u32, bytes: Option<u64>) -> u32 {
    let by_memory = bytes.map_or(u32::MAX, |b| u32::try_from(b / (512 << 20)).unwrap_or(u32::MAX));
    cores.min(by_memory).max(1)
}

/// Of a control group with a limit (`max` is none).
fn group(limit: Option<&str>, current: Option<&str>) -> Option<f64> {
    let (limit, current): (f64, f64) = (limit?.trim().parse().ok()?, current?.trim().parse().ok()?);
    (limit > 0.0).then(|| (current / limit).clamp(0.0, 1.0))
}

/// `MemAvailable` is the kernel's own estimate of what can be had without swapping.
fn machine(meminfo: &str) -> Option<f64> {
    let (total, available) = (kilobytes(meminfo, "MemTotal:")?, kilobytes(meminfo, "MemAvailable:")?);
    (total > 0.0).then(|| (1.0 - available / total).clamp(0.0, 1.0))
}

fn kilobytes(meminfo: &str, name: &str) -> Option<f64> {
    meminfo.lines().find_map(|l| l.strip_prefix(name)?.split_whitespace().next()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_in_use_is_what_is_not_available() {
        assert_eq!(machine("MemTotal:  1000 kB\nMemFree: 10 kB\nMemAvailable:  250 kB\n"), Some(0.75));
        assert_eq!(machine("nonsense"), None);
    }

    #[test]
    fn a_control_group_counts_only_when_it_has_a_limit() {
        assert_eq!(group(Some("1000\n"), Some("850\n")), Some(0.85));
        assert_eq!(group(Some("max\n"), Some("850\n")), None);
        assert_eq!(group(None, None), None);
    }

    #[test]
    fn jobs_at_once_follow_cores_and_memory() {
        assert_eq!(recommended_jobs(8, Some(16 << 30)), 8);
        assert_eq!(recommended_jobs(8, Some(1 << 30)), 2);
        assert_eq!(recommended_jobs(8, Some(100 << 20)), 1);
        assert_eq!(recommended_jobs(2, None), 2);
    }
}
