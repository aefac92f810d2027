//! `pipelines`: list, show, check. Reads declarations only; needs no server and no data folder.

use std::path::{Path, PathBuf};

use gristmill_engine::Pipelines;
use gristmill_model::pipeline::{Pipeline, Refusal};
use gristmill_operate::Registry;
use serde_json::{Value, json};

use crate::cli::{PipelinesAction, PipelinesArgs};
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::misused;
use crate::print::{line, out, out_json};
use crate::table::table;
use crate::wiring;

/// Does what was asked.
pub fn pipelines(args: PipelinesArgs, config: &Config) -> anyhow::Result<Exit> {
    let operations = Registry::standard();
    match args.action {
        PipelinesAction::List => list(&wiring::pipelines(config, &operations)?, args.json),
        PipelinesAction::Show { name } => show(&wiring::pipelines(config, &operations)?, &name, &config.pipelines, args.json),
        PipelinesAction::Check { files } => check(&files, &operations, args.json),
    }
}

fn list(all: &Pipelines, as_json: bool) -> anyhow::Result<Exit> {
    if as_json {
        out_json(&json!({"items": all.all().collect::<Vec<_>>()}));
        return Ok(Exit::Done);
    }
    let rows: Vec<[String; 4]> = all.all().map(|p| [p.name.clone(), accepted(p), p.steps.len().to_string(), p.about.clone()]).collect();
    out(&table(["NAME", "ACCEPTS", "STEPS", "ABOUT"], &rows));
    Ok(Exit::Done)
}

fn accepted(pipeline: &Pipeline) -> String {
    pipeline.accepts.iter().map(|k| k.as_str()).collect::<Vec<_>>().join(", ")
}

/// The declaration itself, comments included, so that it can be copied and changed.
fn show(all: &Pipelines, name: &str, own: &Path, as_json: bool) -> anyhow::Result<Exit> {
    let pipeline = all.get(name).ok_or_else(|| {
        let known: Vec<&str> = all.all().map(|p| p.name.as_str()).collect();
        misused(format!("there is no pipeline `{name}`"), format!("there are {}", known.join(", ")))
    })?;
    if as_json {
        out_json(&json!(pipeline));
    } else if let Some(text) = declared(own, name).or_else(|| Pipelines::source(name).map(str::to_owned)) {
        out(&text);
    } else {
        out(&toml::to_string_pretty(pipeline)?);
    }
    Ok(Exit::Done)
}

/// The user's own declaration, when the file has the pipeline's name.
fn declared(own: &Path, name: &str) -> Option<String> {
    ["toml", "json"].iter().find_map(|ending| std::fs::read_to_string(own.join(format!("{name}.{ending}"))).ok())
}

fn check(files: &[PathBuf], operations: &Registry, as_json: bool) -> anyhow::Result<Exit> {
    let mut verdicts = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file)
            .map_err(|e| misused(format!("{} cannot be read: {e}", file.display()), "name a declaration that exists"))?;
        verdicts.push((file, Pipelines::check(&text, wiring::format_of(file), operations)));
    }
    if as_json {
        out_json(&json!({"items": verdicts.iter().map(|(file, v)| verdict(file, v)).collect::<Vec<_>>()}));
    } else {
        verdicts.iter().flat_map(|(file, v)| lines(file, v)).for_each(|l| line(&l));
    }
    Ok(if verdicts.iter().all(|(_, v)| v.is_ok()) { Exit::Done } else { Exit::Failed })
}

fn lines(file: &Path, verdict: &Result<Pipeline, Vec<Refusal>>) -> Vec<String> {
    let place = |r: &Refusal| r.line.map_or_else(|| file.display().to_string(), |l| format!("{}:{l}", file.display()));
    match verdict {
        Ok(pipeline) => vec![format!("{}: accepted as `{}`, version {}", file.display(), pipeline.name, pipeline.version)],
        Err(refusals) => refusals.iter().map(|r| format!("{}: {}", place(r), r.reason.trim_end())).collect(),
    }
}

fn verdict(file: &Path, verdict: &Result<Pipeline, Vec<Refusal>>) -> Value {
    let refusals = verdict.as_ref().err().map_or(&[][..], Vec::as_slice);
    let refusals: Vec<Value> = refusals.iter().map(|r| json!({"line": r.line, "reason": r.reason})).collect();
    json!({"file": file, "accepted": verdict.is_ok(), "refusals": refusals})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_printed_with_its_file_and_line() {
        let text = "name = \"mine\"\naccepts = [\"image\"]\n[[step]]\nid = \"a\"\nop = \"file.chek\"\n";
        let refused = Pipelines::check(text, gristmill_model::pipeline::Format::Toml, &Registry::standard());
        let lines = lines(Path::new("mine.toml"), &refused);
        assert!(lines[0].starts_with("mine.toml:5: step `a` names `file.chek`"), "{lines:?}");
    }
}
