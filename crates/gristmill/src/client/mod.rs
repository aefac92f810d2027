//! The HTTP client of commands that talk to a server: addresses, problems told as errors, and following a job.

pub mod follow;
pub mod sse;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::config::Config;
use crate::failure::{failed, misused};

/// A server.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    key: String,
}

impl Client {
    /// The server that is configured, with the key that is.
    pub fn of(config: &Config) -> anyhow::Result<Self> {
        Ok(Self { key: config.key.trim().to_owned(), ..Self::new(&config.server)? })
    }

    /// The server at `url`, asked without a key.
    pub fn new(url: &str) -> anyhow::Result<Self> {
        let base = url.trim_end_matches('/').to_owned();
        if base.starts_with("https://") {
            return Err(misused(
                "this build's client has no TLS, so it cannot reach an https:// server",
                "use an http:// address, for example through an SSH tunnel, or send the request with curl",
            ));
        }
        if !base.starts_with("http://") {
            return Err(misused(format!("`{url}` is not the URL of a server"), "write for example --server http://127.0.0.1:8080"));
        }
        gristmill_blob::provide_tls();
        // No time-out over all: uploads and event streams last as long as they last.
        let http = reqwest::Client::builder().connect_timeout(std::time::Duration::from_secs(10)).no_proxy().build()?;
        Ok(Self { http, base, key: String::new() })
    }

    /// A request to `path`, which begins with a slash.
    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        if self.key.is_empty() { request } else { request.bearer_auth(&self.key) }
    }

    /// Sends it; an answer that is no success becomes an error with the server's own words.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> anyhow::Result<reqwest::Response> {
        let answer = request.send().await.map_err(|e| self.unreachable(&e))?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let status = answer.status();
        let body: Value = answer.json().await.unwrap_or_default();
        let detail = body["detail"].as_str().or(body["title"].as_str()).unwrap_or("the server gave no reason").to_owned();
        let code = body["code"].as_str().map_or(String::new(), |c| format!(" {c}"));
        Err(failed(format!("{detail} ({}{code})", status.as_u16()), advice(status.as_u16())))
    }

    /// Gets JSON.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        let answer = self.send(self.request(reqwest::Method::GET, path)).await?;
        answer.json().await.map_err(|e| {
            failed(
                format!("the answer of {} could not be read: {e}", self.base),
                "is this the address of a gristmill server of this version?",
            )
        })
    }

    /// Posts JSON and gets JSON.
    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        Ok(self.send(self.request(reqwest::Method::POST, path).json(body)).await?.json().await?)
    }

    /// A connection that failed, told with its innermost cause.
    pub fn unreachable(&self, error: &reqwest::Error) -> anyhow::Error {
        let mut cause: &dyn std::error::Error = error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        failed(
            format!("the server {} cannot be reached: {cause}", self.base),
            "start one with `gristmill serve`, or name another with --server URL",
        )
    }
}

fn advice(status: u16) -> &'static str {
    match status {
        401 => "name a key that the server knows in GRISTMILL_API_KEY; `gristmill keys create` on the server's machine makes one",
        402 => "`gristmill credits balance` tells what there is; whoever runs the server grants more",
        403 => "use a key with that role; `gristmill keys create --role …` makes one",
        404 => "look at the list first: `gristmill jobs list`, `dead list`, `queues list`",
        409 => "look at it first: `gristmill jobs show ID` tells where a job stands",
        413 => "send less, or in several jobs, or raise limits.max_upload_bytes on the server",
        500.. => "try again; if it stays so, run `gristmill doctor` on the server",
        _ => "mend the request; `gristmill pipelines list` and `show` tell what there is",
    }
}

/// `text` for one part of a path or a query: everything but unreserved characters (RFC 3986, section 2.3) in percent form.
pub fn escaped(text: &str) -> String {
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    text.bytes().map(|b| if unreserved(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_tls_support_is_refused_plainly() {
        assert!(Client::new("https://example.org").expect_err("no TLS").to_string().contains("no TLS"));
        assert!(Client::new("example.org").is_err());
        assert!(Client::new("http://127.0.0.1:1/").is_ok());
    }

    #[test]
    fn a_hostile_id_cannot_leave_its_place_in_a_path() {
        assert_eq!(escaped("../a?b=é"), "..%2Fa%3Fb%3D%C3%A9");
    }
}
