//! `submit`: sends files to a server in one streamed request, with bars, and waits for the end if asked to.

use std::path::PathBuf;

use anyhow::Context as _;
use futures::TryStreamExt as _;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use reqwest::multipart::{Form, Part};
use reqwest::{Body, Method};
use serde_json::{Map, Value, json};
use tokio_util::io::ReaderStream;

use crate::cli::{Priority, SubmitArgs};
use crate::client::{Client, follow};
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::misused;
use crate::print::{line, out_json};
use crate::progress::{Display, Seen, say};
use crate::run::{set, spool};

/// How much of a file is read at once.
const PIECE: usize = 256 * 1024;

/// Submits one job with all files.
pub async fn submit(args: SubmitArgs, config: &Config) -> anyhow::Result<Exit> {
    let files = local_files(&args.files)?;
    let mut request = request(&args)?;
    let passwords = spool::passwords(args.passwords.as_deref())?;
    if !passwords.is_empty() {
        request["passwords"] = json!(passwords);
    }
    let client = Client::of(config)?;
    let form = form(&request, &files).await?;
    let answer = client.send(client.request(Method::POST, "/api/v1/jobs").multipart(form)).await?;
    let received: Value = answer.json().await.context("the server's answer could not be read")?;
    let id = received["id"].as_str().unwrap_or_default().to_owned();
    if !args.wait {
        if args.json {
            out_json(&received)
        } else {
            line(&id)
        }
        return Ok(Exit::Done);
    }
    say(&format!("submitted {id}"));
    let seen = follow::to_the_end(&client, &id, Display::new(args.json)).await?;
    report(&client, &seen, args.json).await
}

async fn report(client: &Client, seen: &Seen, as_json: bool) -> anyhow::Result<Exit> {
    if as_json {
        out_json(&client.get::<Value>(&format!("/api/v1/jobs/{}", seen.id)).await?);
    } else {
        line(&crate::jobs::described(seen));
    }
    Ok(crate::jobs::exit_of(seen))
}

fn local_files(files: &[String]) -> anyhow::Result<Vec<PathBuf>> {
    if let Some(url) = files.iter().find(|f| f.contains("://")) {
        return Err(misused(format!("`{url}` is a URL, and this build only takes files"), "download it first, then submit the file"));
    }
    let files: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
    spool::check(&files)?;
    Ok(files)
}

/// The `request` part.
fn request(args: &SubmitArgs) -> anyhow::Result<Value> {
    let mut request = Map::new();
    request.insert("pipeline".into(), json!(args.pipeline));
    request.insert("options".into(), Value::Object(set::overrides(&args.set)?));
    if let Some(priority) = args.priority {
        request.insert(
            "priority".into(),
            json!(match priority {
                Priority::High => "high",
                Priority::Normal => "normal",
                Priority::Low => "low",
            }),
        );
    }
    if let Some(group) = &args.group {
        request.insert("group".into(), json!(group));
    }
    let mut notify = Map::new();
    if let Some(to) = &args.email {
        notify.insert("email".into(), json!({"to": to, "on": ["started", "finished", "failed"]}));
    }
    if !args.webhook.is_empty() {
        notify.insert("webhooks".into(), json!(args.webhook));
    }
    if !notify.is_empty() {
        request.insert("notify".into(), Value::Object(notify));
    }
    Ok(Value::Object(request))
}

/// `request` first, then the files, each streamed from the disk.
async fn form(request: &Value, files: &[PathBuf]) -> anyhow::Result<Form> {
    let mut form = Form::new().part("request", Part::text(request.to_string()).mime_str("application/json")?);
    let mut sizes = Vec::with_capacity(files.len());
    for file in files {
        sizes.push(tokio::fs::metadata(file).await?.len());
    }
    let bar = upload_bar(sizes.iter().sum());
    for (file, size) in files.iter().zip(sizes) {
        let opened = tokio::fs::File::open(file).await.with_context(|| format!("{} cannot be read", file.display()))?;
        let bar = bar.clone();
        // Exactly the announced length, even if the file grows meanwhile.
        let pieces = ReaderStream::with_capacity(tokio::io::AsyncReadExt::take(opened, size), PIECE);
        let counted = pieces.inspect_ok(move |piece| bar.inc(piece.len() as u64));
        let part = Part::stream_with_length(Body::wrap_stream(counted), size).file_name(spool::name_of(file));
        form = form.part("file", part.mime_str("application/octet-stream")?);
    }
    Ok(form)
}

/// Drawn on a terminal only; indicatif sees to that.
fn upload_bar(bytes: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("upload {bar:30.cyan} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left");
    let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr());
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    fn args(line: &str) -> SubmitArgs {
        match crate::cli::Cli::try_parse_from(line.split(' ')).unwrap().command {
            crate::cli::Command::Submit(args) => args,
            _ => panic!("another command"),
        }
    }

    #[test]
    fn a_request_says_what_the_flags_say() {
        let args = args("gristmill submit a.png --pipeline image --priority high --email me@example.org --set resize.quality=80");
        let expected = json!({"pipeline": "image", "options": {"resize": {"quality": 80}}, "priority": "high",
            "notify": {"email": {"to": "me@example.org", "on": ["started", "finished", "failed"]}}});
        assert_eq!(request(&args).unwrap(), expected);
    }

    #[test]
    fn a_url_is_refused_plainly() {
        let error = local_files(&["s3://bucket/key".to_owned()]).expect_err("only files");
        assert!(error.to_string().contains("only takes files"));
    }
}
