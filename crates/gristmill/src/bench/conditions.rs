//! The machine and build a figure was measured on.

use serde_json::{Map, Value, json};

use crate::wiring::cores;

/// What every figure is printed with.
pub fn conditions() -> Map<String, Value> {
    let mut found = Map::new();
    found.insert("cores".into(), json!(cores()));
    found.insert("cpu".into(), json!(cpu()));
    found.insert("build".into(), json!(build()));
    found.insert("version".into(), json!(env!("CARGO_PKG_VERSION")));
    found
}

/// Debug builds measure the compiler, not the program.
pub fn build() -> &'static str {
    if cfg!(debug_assertions) { "debug" } else { "release" }
}

fn cpu() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|l| l.strip_prefix("model name")?.split_once(':'));
    model.map_or_else(|| "unknown".to_owned(), |(_, name)| name.trim().to_owned())
}

/// The largest resident memory this process ever had, in bytes; its children are not counted.
pub fn peak_bytes() -> Option<u64> {
    peak_bytes_of("self")
}

/// The same of the process with this id, while it runs.
pub fn peak_bytes_of(process: &str) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    #[test]
    fn this_process_has_used_some_memory() {
        assert!(super::peak_bytes().is_some_and(|b| b > 1 << 20));
    }
}
