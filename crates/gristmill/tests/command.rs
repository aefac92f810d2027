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
fn an_open_address_without_keys_is_refused_before_anything_is_made() {
    let folder = folder();
    let ended = gristmill(&folder, &["serve", "--listen", "0.0.0.0:0", "--data", "data"]);
    assert_eq!(ended.status.code(), Some(64));
    let said = text(&ended.stderr);
    assert!(said.contains("no keys") && said.contains("gristmill keys create") && !folder.path().join("data").exists(), "{said}");
}

#[test]
fn a_server_that_is_not_there_is_told_with_the_next_step() {
    let ended = gristmill(&folder(), &["jobs", "list", "--server", "http://127.0.0.1:1"]);
    assert_eq!(ended.status.code(), Some(1));
    assert!(text(&ended.stderr).contains("start one with `gristmill serve`"), "{}", text(&ended.stderr));
}

#[test]
fn keys_are_made_listed_and_revoked_in_the_store_itself_while_no_server_runs() {
    let folder = folder();
    let made = gristmill(&folder, &["keys", "create", "--owner", "anna", "--role", "operator", "--data", "data"]);
    let key = text(&made.stdout);
    assert!(key.starts_with("gm_") && key.trim_end().len() == 79, "only the key is on standard output: {key}");
    let listed = || {
        serde_json::from_slice::<serde_json::Value>(&gristmill(&folder, &["keys", "list", "--data", "data", "--json"]).stdout)
            .expect("JSON")
    };
    let row = listed()["items"][0].clone();
    assert_eq!((row["owner"].as_str(), row["role"].as_str(), row["revoked_at"].is_null()), (Some("anna"), Some("operator"), true));
    assert!(!row.to_string().contains(key.trim_end().rsplit('_').next().expect("its secret")), "a secret is never listed");
    let revoked = gristmill(&folder, &["keys", "revoke", row["id"].as_str().expect("an id"), "--data", "data"]);
    assert_eq!(revoked.status.code(), Some(0), "{}", text(&revoked.stderr));
    assert!(listed()["items"][0]["revoked_at"].is_string());
}

#[test]
fn a_data_folder_whose_keys_are_all_revoked_serves_no_open_address() {
    let folder = folder();
    let made = gristmill(&folder, &["keys", "create", "--data", "data", "--json"]);
    let made: serde_json::Value = serde_json::from_slice(&made.stdout).expect("JSON");
    gristmill(&folder, &["keys", "revoke", made["id"].as_str().expect("an id"), "--data", "data"]);
    let ended = gristmill(&folder, &["serve", "--listen", "0.0.0.0:0", "--data", "data"]);
    assert_eq!(ended.status.code(), Some(64));
    assert!(text(&ended.stderr).contains("there are no keys"), "{}", text(&ended.stderr));
}

#[test]
fn a_key_of_a_client_is_never_printed() {
    let folder = folder();
    let mut command = Command::new(env!("CARGO_BIN_EXE_gristmill"));
    command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", folder.path()).current_dir(folder.path());
    let said = text(&command.env("GRISTMILL_API_KEY", "gm_secret").arg("config").output().expect("the binary starts").stdout);
    assert!(said.contains("variable GRISTMILL_API_KEY") && said.contains("***") && !said.contains("gm_secret"), "{said}");
}

#[test]
fn migrate_says_which_schema_there_is() {
    let folder = folder();
    let ended = gristmill(&folder, &["migrate"]);
    assert_eq!(ended.status.code(), Some(0), "{}", text(&ended.stderr));
    assert!(text(&ended.stdout).contains("has schema "), "{}", text(&ended.stdout));
}

#[test]
fn a_worker_that_is_to_work_once_ends_when_nothing_is_ready() {
    let folder = folder();
    let ended = gristmill(&folder, &["worker", "--once", "--slots", "1", "--classes", "io", "--data", "data"]);
    assert_eq!(ended.status.code(), Some(0), "{}", text(&ended.stderr));
    assert_eq!(gristmill(&folder, &["worker", "--once", "--classes", "gpu"]).status.code(), Some(64));
}

#[test]
fn a_purge_that_does_not_say_which_is_refused() {
    let ended = gristmill(&folder(), &["dead", "purge", "--server", "http://127.0.0.1:1"]);
    assert_eq!(ended.status.code(), Some(64));
    assert!(text(&ended.stderr).contains("--all"));
}
