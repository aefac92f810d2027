//! Other clients of the same bucket: boto3 and `aws s3 cp` of a Python environment, and curl as the bare copy.

use std::path::{Path, PathBuf};

use anyhow::ensure;
use tokio::process::Command;

use super::place::Place;
use super::process::{Took, run};
use crate::failure::misused;

/// Prints its seconds: the start of Python and of the library is not among them.
const BOTO3: &str = "
import sys, time, boto3
_, verb, endpoint, bucket, key, path = sys.argv
client = boto3.client('s3', endpoint_url=endpoint or None)
began = time.monotonic()
client.upload_file(path, bucket, key) if verb == 'send' else client.download_file(bucket, key, path)
print(time.monotonic() - began)
";

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From a file to an object.
    Send,
    /// From an object to a file.
    Fetch,
}

/// A folder with `python` and `aws`.
pub struct Peers<'a> {
    folder: &'a Path,
    place: &'a Place,
    /// What they call themselves.
    pub versions: String,
}

impl<'a> Peers<'a> {
    /// Asks both who they are.
    pub async fn new(folder: &'a Path, place: &'a Place) -> anyhow::Result<Self> {
        let said = async |program: &str, args: &[&str]| {
            let output = Command::new(folder.join(program)).args(args).kill_on_drop(true).output().await?;
            ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
            Ok(String::from_utf8_lossy(&output.stdout).split_whitespace().next().unwrap_or_default().to_owned())
        };
        let missing = |e: anyhow::Error| {
            let next = "name the bin folder of a Python environment with boto3 and awscli; `scripts/setup s3` makes one";
            misused(format!("the clients in {} cannot be used: {e}", folder.display()), next)
        };
        let boto3 = said("python", &["-c", "import boto3; print(boto3.__version__)"]).await.map_err(missing)?;
        let aws = said("aws", &["--version"]).await.map_err(missing)?;
        Ok(Self { folder, place, versions: format!("boto3/{boto3}, {aws}") })
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.folder.join(program));
        let region = self.place.settings.region.as_deref().unwrap_or("us-east-1");
        // Ours knows no proxies.
        command.env("AWS_DEFAULT_REGION", region).env("NO_PROXY", "*");
        command
    }

    fn endpoint(&self) -> &str {
        self.place.settings.endpoint.as_deref().unwrap_or_default()
    }

    /// By boto3's transfer manager.
    pub async fn boto3(&self, way: Way, name: &str, file: &Path) -> anyhow::Result<Took> {
        let mut command = self.command("python");
        let verb = if way == Way::Send { "send" } else { "fetch" };
        command.args(["-c", BOTO3, verb, self.endpoint(), &self.place.settings.bucket, &self.place.key_in_bucket(name)]).arg(file);
        run(command, "").await
    }

    /// By `aws s3 cp`.
    pub async fn aws(&self, way: Way, name: &str, file: &Path) -> anyhow::Result<Took> {
        let mut command = self.command("aws");
        if !self.endpoint().is_empty() {
            command.args(["--endpoint-url", self.endpoint()]);
        }
        let object = PathBuf::from(format!("s3://{}/{}", self.place.settings.bucket, self.place.key_in_bucket(name)));
        command.args(["s3", "cp", "--quiet"]);
        match way {
            Way::Send => command.arg(file).arg(object),
            Way::Fetch => command.arg(object).arg(file),
        };
        run(command, "").await
    }
}

/// One connection and nothing done with what comes. The address is told on standard input: whoever has it can read the object.
pub async fn curl(url: &str, to: &Path) -> anyhow::Result<Took> {
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--fail", "--noproxy", "*", "--config", "-", "--output"]).arg(to);
    run(command, &format!("url = \"{url}\"\n")).await
}
