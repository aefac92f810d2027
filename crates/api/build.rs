//! Compiles the built dashboard in: every file of `dashboard/dist` becomes a row (path, media type, bytes) of a table.
//! Without a built dashboard the table is empty and the door serves a page that says how to build it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let dist = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../../dashboard/dist");
    // Cargo can only watch a folder that exists: watching a missing one would rebuild this crate every time.
    if fs::create_dir_all(&dist).is_ok() {
        println!("cargo::rerun-if-changed={}", dist.display());
    }
    println!("cargo::rerun-if-changed=build.rs");
    let mut files = Vec::new();
    walk(&dist, &mut files)?;
    files.sort();
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("dashboard.rs");
    fs::write(out, table(&dist, &files))
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() { walk(&path, files)? } else { files.push(fs::canonicalize(path)?) }
    }
    Ok(())
}

fn table(dist: &Path, files: &[PathBuf]) -> String {
    let root = fs::canonicalize(dist).unwrap_or_default();
    let mut text = String::from("pub(super) static FILES: &[(&str, &str, &[u8])] = &[\n");
    for file in files {
        let name = file.strip_prefix(&root).unwrap_or(file).to_string_lossy().replace('\\', "/");
        let _ = writeln!(text, "    ({name:?}, {:?}, include_bytes!({:?})),", media_type(file), file.to_string_lossy());
    }
    text.push_str("];\n");
    text
}

fn media_type(file: &Path) -> &'static str {
    match file.extension().and_then(|e| e.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
