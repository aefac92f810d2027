//! How much of the machine's memory is in use, for the older `queue/stats` surface.

/// Used memory as a share 0..=1, or `None` where the kernel does not tell (`/proc/meminfo` is Linux).
pub(crate) async fn used() -> Option<f64> {
    share(&tokio::fs::read_to_string("/proc/meminfo").await.ok()?)
}

/// `MemAvailable` is the kernel's own estimate of what can be had without swapping.
fn share(meminfo: &str) -> Option<f64> {
    let of = |name: &str| meminfo.lines().find_map(|l| l.strip_prefix(name)?.split_whitespace().next()?.parse::<f64>().ok());
    let (total, available) = (of("MemTotal:")?, of("MemAvailable:")?);
    (total > 0.0).then(|| (1.0 - available / total).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn the_share_in_use_is_what_is_not_available() {
        assert_eq!(share("MemTotal:  1000 kB\nMemFree: 10 kB\nMemAvailable:  250 kB\n"), Some(0.75));
        assert_eq!(share("nonsense"), None);
    }
}
