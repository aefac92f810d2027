//! One signed request and its answer. Redirects are not followed and nothing is taken from the environment but keys.

use std::mem::take;
use std::sync::Arc;
use std::time::Duration;

use object_store::RetryConfig;
use object_store::aws::{AmazonS3Builder, AwsAuthorizer, AwsCredential, AwsCredentialProvider};
use object_store::client::{ClientOptions, HttpClient, HttpConnector, HttpRequest, HttpRequestBody};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Address, Result, SqsError};

/// How long a connection, and the sources of keys, are waited for.
const CONNECT: Duration = Duration::from_secs(5);

/// How long an answer is waited for, beyond what the server was asked to wait itself.
const ANSWER: Duration = Duration::from_secs(10);

/// The protocol that SQS speaks since 2023.
const JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.0");

/// Signs and sends.
#[derive(Debug, Clone)]
pub(crate) struct Transport {
    client: Client,
    server: Url,
    region: String,
    keys: AwsCredentialProvider,
}

/// What an answer that is no success says.
#[derive(Deserialize)]
struct Failure {
    #[serde(rename = "__type", default)]
    kind: String,
}

impl Transport {
    pub(crate) fn new(address: &Address) -> Result<Self> {
        gristmill_guard::provide_tls();
        let client = Client::builder().http1_only().no_proxy().referer(false).redirect(Policy::none()).connect_timeout(CONNECT);
        let client = client.tcp_nodelay(true).user_agent(concat!("gristmill/", env!("CARGO_PKG_VERSION"))).build();
        let client = client.map_err(|_| SqsError::Address("no HTTP client can be made"))?;
        Ok(Self { server: address.server()?, region: address.region().to_owned(), keys: keys(address, &client)?, client })
    }

    /// Asks the server for something. It may take `wait` before it begins to answer.
    pub(crate) async fn call<T: DeserializeOwned>(&self, action: &'static str, body: &Value, wait: Duration) -> Result<T> {
        let body = body.to_string();
        let headers = self.sign(action, body.clone()).await?;
        let request = self.client.post(self.server.clone()).headers(headers).body(body).timeout(ANSWER + wait);
        let answer = request.send().await.map_err(|e| SqsError::broken(action, &e))?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(|e| SqsError::broken(action, &e))?;
        if !status.is_success() {
            let kind = serde_json::from_slice::<Failure>(&body).map(|failure| failure.kind).unwrap_or_default();
            return Err(SqsError::answered(action, status.as_u16(), &kind));
        }
        let body = if body.is_empty() { b"{}" } else { &body[..] };
        serde_json::from_slice(body).map_err(|_| SqsError::Unexpected { action, why: "an answer of another form".to_owned() })
    }

    async fn sign(&self, action: &'static str, body: String) -> Result<HeaderMap> {
        let wrong = || SqsError::Unexpected { action, why: "the request cannot be made".to_owned() };
        let mut request = HttpRequest::new(HttpRequestBody::from(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.server.as_str().parse().map_err(|_| wrong())?;
        request.headers_mut().insert(CONTENT_TYPE, JSON);
        let target = HeaderValue::from_str(&format!("AmazonSQS.{action}")).map_err(|_| wrong())?;
        request.headers_mut().insert("x-amz-target", target);
        let keys = self.credential(action).await?;
        AwsAuthorizer::new(&keys, "sqs", &self.region).try_authorize(&mut request, None).map_err(|_| wrong())?;
        Ok(take(request.headers_mut()))
    }

    async fn credential(&self, action: &'static str) -> Result<Arc<AwsCredential>> {
        let none =
            || SqsError::Unavailable { action, why: "no keys were found: set AWS_ACCESS_KEY_ID, or give this machine a role".into() };
        let asked = tokio::time::timeout(ANSWER, self.keys.get_credential()).await;
        asked.map_err(|_| none())?.map_err(|_| none())
    }
}

/// Where keys come from. The library offers its chain of sources as part of a bucket, so one is named that nobody asks.
fn keys(address: &Address, client: &Client) -> Result<AwsCredentialProvider> {
    let builder = match &address.keys {
        Some((key, secret)) => AmazonS3Builder::new().with_access_key_id(key).with_secret_access_key(secret),
        None => AmazonS3Builder::from_env(),
    };
    let retry = RetryConfig { max_retries: 2, retry_timeout: CONNECT, ..RetryConfig::default() };
    let builder = builder.with_bucket_name("none").with_region(address.region()).with_retry(retry);
    let bucket = builder.with_http_connector(Shared(client.clone())).build();
    let bucket = bucket.map_err(|_| SqsError::Address("the AWS_ variables of the environment contradict each other"))?;
    Ok(bucket.credentials().clone())
}

#[derive(Debug)]
struct Shared(Client);

impl HttpConnector for Shared {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.0.clone()))
    }
}
