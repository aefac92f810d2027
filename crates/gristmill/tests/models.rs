//! `gristmill models` as a shell sees it: what there is, and that nothing is taken which is not what it should be. None of these asks a
//! registry, and none sees the models of this machine.

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

/// The wheel in which the models of the set `ocr` are published.
const WHEEL: &str = "rapidocr-3.10.0-py3-none-any.whl";

struct World {
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    /// The binary with a folder of models of its own, which is not there yet.
    fn gristmill(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gristmill"));
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", self.folder.path()).current_dir(self.folder.path());
        command.env("GRISTMILL_MODELS__DIR", self.models()).args(args).output().expect("the binary starts")
    }

    fn models(&self) -> PathBuf {
        self.folder.path().join("models")
    }

    /// A folder with this file in it.
    fn wheels(&self, name: &str, content: &[u8]) -> String {
        let folder = self.folder.path().join("wheels");
        std::fs::create_dir_all(&folder).expect("made");
        std::fs::write(folder.join(name), content).expect("written");
        folder.to_str().expect("a path in UTF-8").to_owned()
    }

    fn listed(&self) -> Vec<Value> {
        let ended = self.gristmill(&["models", "list", "--json"]);
        assert_eq!(ended.status.code(), Some(0), "{}", text(&ended.stderr));
        let told: Value = serde_json::from_slice(&ended.stdout).expect("JSON");
        told["items"].as_array().expect("items").clone()
    }

    /// Nothing was left in the folder of models, not even a half file.
    fn is_untouched(&self) -> bool {
        !self.models().exists()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn programs_are_told_which_models_there_are_where_they_lie_and_under_what_licence() {
    let world = World::new();
    let items = world.listed();
    assert!(items.len() >= 2 && items.iter().all(|m| m["set"] == "ocr"), "{items:?}");
    for model in &items {
        let file = model["file"].as_str().expect("a name");
        assert_eq!(model["path"].as_str(), world.models().join("ocr").join(file).to_str());
        assert_eq!((model["package"].as_str(), model["version"].as_str()), (Some("rapidocr"), Some("3.10.0")));
        assert_eq!(model["installed"], false);
        let sha256 = model["sha256"].as_str().expect("a hash");
        assert!(sha256.len() == 64 && sha256.bytes().all(|b| b.is_ascii_hexdigit()), "{model}");
        assert!(model["bytes"].as_u64().is_some_and(|b| b > 1_000_000) && model["licence"].as_str().is_some_and(|l| !l.is_empty()));
    }
    let table = text(&world.gristmill(&["models", "list"]).stdout);
    assert!(table.starts_with("SET") && table.contains("missing") && !table.contains("installed"), "{table}");
    assert!(world.is_untouched(), "asking makes nothing");
}

#[test]
fn a_model_that_was_cut_off_is_missing_and_one_of_the_right_size_is_there() {
    let world = World::new();
    let first = world.listed().remove(0);
    let path = PathBuf::from(first["path"].as_str().expect("a path"));
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    let whole = first["bytes"].as_u64().expect("a size");
    for (bytes, installed) in [(whole - 1, false), (whole, true)] {
        std::fs::File::create(&path).expect("made").set_len(bytes).expect("as long as that");
        assert_eq!(world.listed()[0]["installed"], installed, "with {bytes} of {whole} bytes");
    }
}

#[test]
fn a_folder_without_the_wheel_is_misuse_and_is_told_with_what_belongs_there() {
    let world = World::new();
    let other = world.wheels("rapidocr-3.9.0-py3-none-any.whl", b"another version");
    for from in [other.as_str(), "absent"] {
        let ended = world.gristmill(&["models", "fetch", "ocr", "--from", from]);
        let said = text(&ended.stderr);
        assert_eq!(ended.status.code(), Some(64), "{said}");
        assert!(said.contains(&format!("error: {from} has no wheel of rapidocr 3.10.0\nnext: put it there")), "{said}");
        assert!(world.is_untouched());
    }
}

#[test]
fn a_wheel_of_the_right_name_and_another_content_is_refused_and_nothing_of_it_is_kept() {
    let world = World::new();
    let wheels = world.wheels(WHEEL, b"PK\x03\x04 not what was published");
    let ended = world.gristmill(&["models", "fetch", "ocr", "--from", &wheels]);
    let said = text(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains(WHEEL) && said.contains("is not what it should be: its SHA-256 is "), "{said}");
    assert!(said.contains("\nnext: fetch it again, from a source you trust"), "{said}");
    assert!(world.is_untouched() && ended.stdout.is_empty());
}

#[test]
fn a_set_that_is_not_known_is_misuse_and_the_known_ones_are_named() {
    let world = World::new();
    let ended = world.gristmill(&["models", "fetch", "orc"]);
    assert_eq!(ended.status.code(), Some(64));
    assert!(text(&ended.stderr).contains("error: there are no models `orc`\nnext: there are ocr"), "{}", text(&ended.stderr));
    assert!(world.is_untouched());
}
