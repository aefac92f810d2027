//! Signed addresses: every request of ours to a bucket, and those that are handed out, are made of one.

use std::fmt;
use std::mem::take;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder, AwsAuthorizer};
use object_store::client::{ClientOptions, HttpClient, HttpConnector, HttpRequest, HttpRequestBody};
use object_store::path::Path;
use object_store::signer::{SignedUrlOptions, Signer as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, Url};

use crate::{BlobError, Result, answer};

/// How long an address of our own requests is good: they are sent at once, but clocks differ.
const OWN: Duration = Duration::from_secs(900);

/// Signs for one bucket. The library asks for new keys when temporary ones run out.
#[derive(Clone)]
pub(crate) struct Signer {
    store: Arc<AmazonS3>,
    bucket: Arc<str>,
    region: Arc<str>,
}

impl Signer {
    /// Everything goes over one client, so that all share its connections.
    pub(super) fn new(builder: AmazonS3Builder, bucket: &str, region: &str, client: &Client) -> Result<Self> {
        let store = builder.with_http_connector(Shared(client.clone())).build();
        let store = store.map_err(|e| BlobError::Settings(e.to_string()))?;
        Ok(Self { store: Arc::new(store), bucket: bucket.into(), region: region.into() })
    }

    /// The bucket's name.
    pub(crate) fn bucket(&self) -> &str {
        &self.bucket
    }

    pub(super) fn store(&self) -> &AmazonS3 {
        &self.store
    }

    /// The address for one request of ours.
    pub(crate) async fn sign(&self, method: Method, path: &Path, query: &[(&str, &str)]) -> Result<Url> {
        self.sign_for(method, path, query, OWN).await
    }

    /// The address and all headers of a request whose headers count: an address that is signed by itself allows no `x-amz-` header. The
    /// body is not signed; what must not change on the way has a checksum among the headers.
    pub(super) async fn sign_headers(
        &self,
        method: Method,
        path: &Path,
        query: &[(&str, &str)],
        headers: HeaderMap,
    ) -> Result<(Url, HeaderMap)> {
        let wrong = || BlobError::unexpected(path.as_ref(), "the request cannot be made");
        let mut url = self.sign(method.clone(), path, &[]).await?;
        url.query_pairs_mut().clear().extend_pairs(query);
        let mut request = HttpRequest::new(HttpRequestBody::empty());
        *request.method_mut() = method;
        *request.uri_mut() = url.as_str().parse().map_err(|_| wrong())?;
        *request.headers_mut() = headers;
        let keys = self.store.credentials().get_credential().await.map_err(|e| failed(e, path.as_ref()))?;
        let authorizer = AwsAuthorizer::new(&keys, "s3", &self.region).with_sign_payload(false);
        authorizer.try_authorize(&mut request, None).map_err(|e| failed(e, path.as_ref()))?;
        Ok((url, take(request.headers_mut())))
    }

    /// How a request that copies names where from.
    pub(super) fn source(&self, path: &Path) -> String {
        const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');
        format!("/{}/{}", self.bucket, utf8_percent_encode(path.as_ref(), PLAIN))
    }

    /// The address for a request of somebody else, who may use it for so long.
    pub(super) async fn sign_for(&self, method: Method, path: &Path, query: &[(&str, &str)], time: Duration) -> Result<Url> {
        let options = SignedUrlOptions::new().with_query(query.iter().copied());
        self.store.signed_url_opts(method, path, time, &options).await.map_err(|e| failed(e, path.as_ref()))
    }
}

impl fmt::Debug for Signer {
    /// Without the keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Signer").field(&self.bucket).finish()
    }
}

#[derive(Debug)]
struct Shared(Client);

impl HttpConnector for Shared {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.0.clone()))
    }
}

/// What an error of the library means. Its own text may have an address in it, and has the status and the body that it came from.
pub(super) fn failed(error: object_store::Error, name: &str) -> BlobError {
    use object_store::Error;
    let text = error.to_string();
    let status = text.split_once("status code: ").and_then(|(_, rest)| rest.get(..3)?.parse().ok());
    match error {
        _ if text.contains("NoSuchBucket") => BlobError::NoBucket(name.to_owned()),
        _ if status.is_some() => answer::refused(name, status.unwrap_or_default(), &text),
        Error::NotFound { .. } => BlobError::NotFound(name.to_owned()),
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => answer::refused(name, 403, &text),
        Error::NotSupported { .. } | Error::NotImplemented { .. } | Error::InvalidPath { .. } => {
            BlobError::unexpected(name, "the request cannot be made")
        }
        _ => BlobError::unavailable(name, "the server failed or could not be reached"),
    }
}
