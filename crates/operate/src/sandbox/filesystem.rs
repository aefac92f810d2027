//! The Landlock ruleset of one child: which files it may see, and no network but one port if it is given one. Prepared before fork, applied after it.

use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, NetPort, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreated, RulesetCreatedAttr, Scope,
};

use super::Grants;
use super::tool::Tool;

/// What any program needs to start: its libraries, fonts, and the harmless devices. Absent ones are passed over.
/// Nothing of `/proc` is here: a path such as `/proc/self` would be resolved for the server and show its environment.
const SYSTEM: [&str; 14] = [
    "/usr",
    "/bin",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/fonts",
    "/var/cache/fontconfig",
    "/etc/ssl/openssl.cnf",
    "/etc/libreoffice",
    "/var/lib/libreoffice",
    "/var/spool/libreoffice",
    "/sys/devices/system/cpu",
];

/// Devices that hold nothing.
const DEVICES: [&str; 3] = ["/dev/null", "/dev/zero", "/dev/urandom"];

/// Builds the ruleset for `tool` under Landlock ABI `abi`; `None` when that is 0.
///
/// # Errors
/// A path of the tool's own that cannot be opened. A right the ABI does not know is left out, as Landlock advises.
pub(super) fn ruleset(tool: &Tool, program: &Path, abi: u32, grants: Grants) -> io::Result<Option<OwnedFd>> {
    let abi = ABI::from(i32::try_from(abi).unwrap_or(i32::MAX));
    if abi == ABI::Unsupported {
        return Ok(None);
    }
    let read = AccessFs::from_read(abi);
    let mut rules = empty(abi)?;
    for path in SYSTEM.iter().filter(|p| Path::new(p).exists()) {
        rules = allow(rules, Path::new(path), read)?;
    }
    for path in DEVICES.iter().filter(|p| Path::new(p).exists()) {
        rules = allow(rules, Path::new(path), AccessFs::ReadFile | AccessFs::WriteFile)?;
    }
    rules = allow(rules, program, AccessFs::ReadFile | AccessFs::Execute)?;
    for path in &tool.readable {
        rules = allow(rules, path, AccessFs::ReadFile | AccessFs::ReadDir)?;
    }
    if let Some(port) = tool.connect.filter(|_| !AccessNet::from_all(abi).is_empty()) {
        rules = rules.add_rule(NetPort::new(port, AccessNet::ConnectTcp)).map_err(io::Error::other)?;
    }
    if let Some(folder) = &tool.writable {
        rules = allow(rules, folder, in_scratch(abi, grants))?;
    }
    Ok(rules.into())
}

fn empty(abi: ABI) -> io::Result<RulesetCreated> {
    let mut rules = Ruleset::default().set_compatibility(CompatLevel::BestEffort);
    rules = rules.handle_access(AccessFs::from_all(abi)).map_err(io::Error::other)?;
    // Every TCP bind and connect without a rule for its port is denied; older ABIs know neither of these.
    if !AccessNet::from_all(abi).is_empty() {
        rules = rules.handle_access(AccessNet::from_all(abi)).map_err(io::Error::other)?;
    }
    if !Scope::from_all(abi).is_empty() {
        rules = rules.scope(Scope::from_all(abi)).map_err(io::Error::other)?;
    }
    rules.create().map_err(io::Error::other)
}

/// Everything but running what was written there, and making devices and sockets.
fn in_scratch(abi: ABI, grants: Grants) -> BitFlags<AccessFs> {
    let usual = AccessFs::from_all(abi) & !(AccessFs::Execute | AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::MakeSock);
    if grants.own_socket { usual | AccessFs::MakeSock } else { usual }
}

fn allow(rules: RulesetCreated, path: &Path, access: impl Into<BitFlags<AccessFs>>) -> io::Result<RulesetCreated> {
    let folder = std::fs::metadata(path)?.is_dir();
    let file_rights = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::Execute | AccessFs::Truncate | AccessFs::IoctlDev;
    let access = if folder { access.into() } else { access.into() & file_rights };
    let opened = PathFd::new(path).map_err(io::Error::other)?;
    rules.add_rule(PathBeneath::new(opened, access)).map_err(io::Error::other)
}

/// Where a bare program name is looked for; also the child's `PATH`.
pub(super) const SEARCH: [&str; 3] = ["/usr/bin", "/bin", "/usr/local/bin"];

/// Where a tool's program lies on this machine, if it does.
pub(crate) fn found(program: &str) -> Option<PathBuf> {
    resolve(Path::new(program)).ok()
}

/// The full path of a tool's program.
///
/// # Errors
/// `NotFound` when it is in none of [`SEARCH`], or the absolute path is not a file.
pub(super) fn resolve(program: &Path) -> io::Result<PathBuf> {
    let found = if program.is_absolute() {
        Some(program.to_owned())
    } else {
        SEARCH.iter().map(|folder| Path::new(folder).join(program)).find(|p| p.is_file())
    };
    found.filter(|p| p.is_file()).ok_or_else(|| io::ErrorKind::NotFound.into())
}
