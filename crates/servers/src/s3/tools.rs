//! Where the servers and clients of `scripts/tools.txt` are installed.

use std::env::var_os;
use std::path::PathBuf;

/// The path of an installed program such as `weed`, `moto_server`, `aws` or `python`.
///
/// # Panics
/// When it is not installed.
pub fn tool(name: &str) -> PathBuf {
    let set = |variable| var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache"))).expect("HOME is set");
    let path = cache.join("gristmill/tools/bin").join(name);
    assert!(path.is_file(), "{name} is not installed: run scripts/setup test");
    path
}
