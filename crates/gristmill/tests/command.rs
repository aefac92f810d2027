//! The binary as a shell sees it: exit codes, what stands on which stream, and refusals that name the next step.

use std::process::{Command, Output};

/// The binary with nothing of ours in its environment, in an empty folder.
fn gristmill(folder: &tempfile::TempDir, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gristmill"));
    command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", folder.path()).current_dir(folder.path());
    command.args(args).output().expect("the binary starts")
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn help_and_version_end_with_0_on_standard_output() {
    for args in [["--help"], ["--version"]] {
        let ended = gristmill(&folder(), &args);
        assert_eq!(ended.status.code(), Some(0));
        assert!(text(&ended.stdout).contains("gristmill") && ended.stderr.is_empty());
    }
}

#[test]
fn a_wrong_command_line_ends_with_64_and_never_with_2() {
    for args in [&["grind"][..], &["run"], &["run", "a.png", "--pipline", "image"]] {
        assert_eq!(gristmill(&folder(), args).status.code(), Some(64), "{args:?}");
    }
}

#[test]
fn a_missing_input_is_told_with_its_name_and_the_next_step() {
    let ended = gristmill(&folder(), &["run", "absent.png", "--pipeline", "image"]);
    let said = text(&ended.stderr);
    assert_eq!(ended.status.code(), Some(64));
    assert!(said.starts_with("error: absent.png cannot be read") && said.contains("\nnext: "), "{said}");
}

#[test]
fn an_unknown_key_in_the_usual_file_is_refused_with_the_nearest() {
    let folder = folder();
    std::fs::write(folder.path().join("gristmill.toml"), "[limits]\nmax_uplod_bytes = 1\n").expect("written");
    let said = text(&gristmill(&folder, &["config"]).stderr);
    assert!(said.contains("`limits.max_uplod_bytes` (file gristmill.toml); did you mean `limits.max_upload_bytes`?"), "{said}");
}

#[test]
fn config_tells_programs_where_each_value_came_from() {
    let folder = folder();
    std::fs::write(folder.path().join("gristmill.toml"), "listen = \"127.0.0.1:9\"\n").expect("written");
    let config: serde_json::Value = serde_json::from_slice(&gristmill(&folder, &["config", "--json"]).stdout).expect("JSON");
    let listen = config["items"].as_array().and_then(|all| all.iter().find(|i| i["key"] == "listen")).expect("listen");
    assert_eq!((listen["value"].as_str(), listen["source"].as_str()), (Some("127.0.0.1:9"), Some("file gristmill.toml")));
}

#[test]
fn a_refused_pipeline_ends_with_1_and_its_line() {
    let folder = folder();
    std::fs::write(folder.path().join("mine.toml"), "name = \"mine\"\naccepts = [\"image\"]\n[[step]]\nid = \"a\"\nop = \"file.chek\"\n")
        .expect("written");
    let ended = gristmill(&folder, &["pipelines", "check", "mine.toml"]);
    assert_eq!(ended.status.code(), Some(1));
    assert!(text(&ended.stdout).starts_with("mine.toml:5: "), "{}", text(&ended.stdout));
}

#[test]
fn a_built_in_pipeline_copied_to_a_file_is_accepted() {
    let folder = folder();
    let shown = gristmill(&folder, &["pipelines", "show", "image"]);
    std::fs::write(folder.path().join("mine.toml"), shown.stdout).expect("written");
    assert_eq!(gristmill(&folder, &["pipelines", "check", "mine.toml"]).status.code(), Some(0));
}

#[test]
fn an_open_address_is_refused_before_anything_is_made() {
    let folder = folder();
    let ended = gristmill(&folder, &["serve", "--listen", "0.0.0.0:0", "--data", "data"]);
    assert_eq!(ended.status.code(), Some(64));
    assert!(text(&ended.stderr).contains("no keys") && !folder.path().join("data").exists());
}

#[test]
fn a_server_that_is_not_there_is_told_with_the_next_step() {
    let ended = gristmill(&folder(), &["jobs", "list", "--server", "http://127.0.0.1:1"]);
    assert_eq!(ended.status.code(), Some(1));
    assert!(text(&ended.stderr).contains("start one with `gristmill serve`"), "{}", text(&ended.stderr));
}
