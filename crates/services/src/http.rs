//! Posts and bounded answers. Redirects are not followed, and nothing is taken from the environment.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

use crate::error::ServiceError;
use crate::failure::{failure, wait};

/// How long a connection is waited for.
const CONNECT: Duration = Duration::from_secs(10);

/// A client of one service.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    client: Client,
    /// As errors name it.
    pub(crate) service: &'static str,
    /// How long a request may take, answer included.
    pub(crate) limit: Duration,
}

/// An answer of any status.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    /// How long the service wants us to wait.
    pub(crate) after: Option<Duration>,
}

impl Http {
    pub(crate) fn new(service: &'static str, limit: Duration) -> Result<Self, ServiceError> {
        if limit.is_zero() {
            return Err(ServiceError::Settings { service, why: "its time limit is nothing" });
        }
        gristmill_guard::provide_tls();
        let client = Client::builder().http1_only().no_proxy().referer(false).redirect(Policy::none()).connect_timeout(CONNECT);
        let client = client.timeout(limit).tcp_nodelay(true).user_agent(concat!("gristmill/", env!("CARGO_PKG_VERSION"))).build();
        let client =
            client.map_err(|_| ServiceError::Settings { service, why: "the trusted certificates of this machine cannot be used" })?;
        Ok(Self { client, service, limit })
    }

    /// Sends a body and takes at most `most` bytes of an answer of any status.
    pub(crate) async fn post(&self, url: &Url, headers: HeaderMap, body: Bytes, most: usize) -> Result<Answer, ServiceError> {
        let request = self.client.post(url.clone()).headers(headers).body(body);
        let mut answer = request.send().await.map_err(|e| self.broken(&e))?;
        let (status, after) = (answer.status().as_u16(), wait(answer.headers(), SystemTime::now()));
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(|e| self.broken(&e))? {
            if body.len() + piece.len() > most {
                return Err(self.senseless("it is larger than any that is expected"));
            }
            body.extend_from_slice(&piece);
        }
        Ok(Answer { status, body, after })
    }

    /// The body of an answer, if it is a success.
    pub(crate) fn success(&self, answer: Answer) -> Result<Vec<u8>, ServiceError> {
        if (200..300).contains(&answer.status) { Ok(answer.body) } else { Err(self.failure(&answer)) }
    }

    pub(crate) fn failure(&self, answer: &Answer) -> ServiceError {
        failure(self.service, answer.status, &answer.body, answer.after)
    }

    pub(crate) fn senseless(&self, why: &'static str) -> ServiceError {
        ServiceError::Answer { service: self.service, why }
    }

    pub(crate) fn too_slow(&self) -> ServiceError {
        ServiceError::TooSlow { service: self.service, limit: self.limit }
    }

    /// What a request without an answer means. The error's own text has the address.
    fn broken(&self, error: &reqwest::Error) -> ServiceError {
        match error {
            e if e.is_timeout() && !e.is_connect() => self.too_slow(),
            e if e.is_connect() => ServiceError::Unreachable { service: self.service, why: "no connection could be made" },
            _ => ServiceError::Unreachable { service: self.service, why: "the connection broke" },
        }
    }
}

/// The address that `path` has at a server: `given` may be the server's, with or without a path that goes before, or the whole address.
pub(crate) fn endpoint(service: &'static str, given: &str, path: &str) -> Result<Url, ServiceError> {
    let wrong = |why| Err(ServiceError::Settings { service, why });
    let Ok(mut url) = given.trim().parse::<Url>() else { return wrong("its address is not a URL") };
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return wrong("its address is not one of http:// or https://");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("its address holds a user name or password; give the key as such");
    }
    let base = url.path().trim_end_matches('/').to_owned();
    let last = path.rsplit('/').next().unwrap_or(path);
    if base.rsplit('/').next() != Some(last) {
        url.set_path(&format!("{base}/{path}"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_that_of_a_server_of_a_path_at_it_or_the_whole() {
        let of = |given: &str| endpoint("x", given, "chat/completions").unwrap().to_string();
        assert_eq!(of("http://127.0.0.1:8080"), "http://127.0.0.1:8080/chat/completions");
        assert_eq!(of("https://a.example/openai/v1/"), "https://a.example/openai/v1/chat/completions");
        assert_eq!(of("https://a.example/v1/chat/completions"), "https://a.example/v1/chat/completions");
        assert_eq!(of("https://a.example/v1?api-version=1"), "https://a.example/v1/chat/completions?api-version=1");
        let annotate = endpoint("x", "https://eu-vision.googleapis.com/v1/images:annotate", "v1/images:annotate").unwrap();
        assert_eq!(annotate.path(), "/v1/images:annotate");
        for wrong in ["", "a.example", "ftp://a.example", "https://me:s3cr3t@a.example"] {
            let error = endpoint("x", wrong, "y").unwrap_err();
            assert!(matches!(error, ServiceError::Settings { .. }) && !error.to_string().contains("s3cr3t"), "{error}");
        }
    }
}
