//! The real binary, served on a free port, to talk to and to kill.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::{backends, until};

/// A `gristmill serve` process. Dropping it kills it.
#[derive(Debug)]
pub struct Served {
    child: Child,
    /// Where it listens: `http://127.0.0.1:PORT`.
    pub url: String,
    /// The key that its requests carry.
    pub key: Option<String>,
    client: reqwest::Client,
}

impl Served {
    /// Starts `binary` on `data`, and returns once it answers.
    pub async fn start(binary: &Path, data: &Path) -> Result<Self> {
        Self::start_with(binary, data, &[]).await
    }

    /// The same with configuration from the environment.
    pub async fn start_with(binary: &Path, data: &Path, environment: &[(&str, &str)]) -> Result<Self> {
        Self::start_at(binary, data, "127.0.0.1:0", environment).await
    }

    /// The same at an address; a wild one is reached on loopback.
    pub async fn start_at(binary: &Path, data: &Path, address: &str, environment: &[(&str, &str)]) -> Result<Self> {
        let log = std::fs::File::options().create(true).append(true).open(data.join("serve.log"))?;
        let mut child = Command::new(binary)
            .args(["serve", "--listen", address, "--data"])
            .arg(data)
            .envs(backends::environment(data))
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .stderr(log)
            .stdin(Stdio::null())
            .spawn()?;
        let output = BufReader::new(child.stdout.take().context("its output")?);
        let url = tokio::task::spawn_blocking(move || first_url(output))
            .await?
            .context("serve printed no address; see serve.log")?
            .replace("0.0.0.0", "127.0.0.1");
        gristmill_blob::provide_tls();
        let served = Self { child, url, key: None, client: reqwest::Client::new() };
        until("serve to be ready", Duration::from_secs(20), async || served.get("/health/ready").await.ok()).await;
        Ok(served)
    }

    /// Kills it as a power cut would.
    pub fn kill_9(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("gone");
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A GET that must succeed, as JSON.
    pub async fn get(&self, path: &str) -> Result<Value> {
        let answer = self.request(reqwest::Method::GET, path).send().await?.error_for_status()?;
        Ok(answer.json().await?)
    }

    /// Any request to this server.
    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.url));
        match &self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }

    /// Submits files by multipart and answers the job's id.
    pub async fn submit(&self, request: Value, files: &[PathBuf]) -> Result<String> {
        let answer = self.request(reqwest::Method::POST, "/api/v1/jobs").multipart(form(&request, files).await?).send().await?;
        anyhow::ensure!(answer.status() == 202, "{}: {}", answer.status(), answer.text().await?);
        let body: Value = answer.json().await?;
        Ok(body["id"].as_str().context("an id")?.to_owned())
    }

    /// Waits for a job's end and answers it.
    pub async fn ended(&self, job: &str, most: Duration) -> Value {
        until("the job to end", most, async || {
            let job = self.get(&format!("/api/v1/jobs/{job}")).await.ok()?;
            let open = ["pending", "processing"].contains(&job["status"].as_str()?);
            (!open).then_some(job)
        })
        .await
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A multipart body with the request first and then the files.
async fn form(request: &Value, files: &[PathBuf]) -> Result<reqwest::multipart::Form> {
    let mut form = reqwest::multipart::Form::new().text("request", request.to_string());
    for file in files {
        let name = file.file_name().context("a file name")?.to_string_lossy().into_owned();
        let part = reqwest::multipart::Part::bytes(tokio::fs::read(file).await?).file_name(name);
        form = form.part("file", part);
    }
    Ok(form)
}

fn first_url(output: impl BufRead + Send + 'static) -> Option<String> {
    let mut lines = output.lines().map_while(Result::ok);
    let url = lines.find_map(|l| l.find("http://").map(|at| l[at..].split_whitespace().next().unwrap_or_default().to_owned()));
    // Keep reading in the background, or the server would block on a full pipe.
    std::thread::spawn(move || lines.for_each(drop));
    url
}
