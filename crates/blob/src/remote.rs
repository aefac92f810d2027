//! One request for a range of something behind HTTP, and what its answer must say: the version that was opened, the range that was
//! asked for, and all of its bytes. Who tries again, and when, is decided by `object`.

use std::ops::Range;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderMap, IF_MATCH, LAST_MODIFIED, RANGE};
use reqwest::{Client, Method, Response, StatusCode, Url};
use tokio::time::timeout;

use crate::{BlobError, Result, answer};

/// Where it is.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// In a bucket: each request is signed anew.
    #[cfg(feature = "s3")]
    Bucket(crate::s3::Signer, object_store::path::Path),
    /// At an address of its own.
    Web(Url),
}

impl Place {
    /// Tells it from every other place; may hold a secret.
    pub(crate) fn unlike_others(&self) -> String {
        match self {
            #[cfg(feature = "s3")]
            Self::Bucket(signer, path) => format!("{}\n{path}", signer.bucket()),
            Self::Web(url) => url.to_string(),
        }
    }

    async fn url(&self, method: Method) -> Result<Url> {
        match self {
            #[cfg(feature = "s3")]
            Self::Bucket(signer, path) => signer.sign(method, path, &[]).await,
            Self::Web(url) => {
                let _same_for_all = method;
                Ok(url.clone())
            }
        }
    }
}

/// Something behind HTTP as it was when it was opened.
#[derive(Debug)]
pub(crate) struct Remote {
    pub(crate) client: Client,
    pub(crate) place: Place,
    pub(crate) name: String,
    pub(crate) size: u64,
    /// What tells this version from others, if the server says anything.
    pub(crate) tag: Option<String>,
    /// Whether the server answers ranges.
    pub(crate) ranges: bool,
}

/// What has come of a range.
#[derive(Debug, Default)]
pub(crate) struct Got {
    pub(crate) bytes: u64,
    pieces: Vec<Bytes>,
    one: Option<BytesMut>,
}

impl Got {
    /// Moves what comes into one piece of so many bytes. As it comes it would hold the buffers of its connection, and a second copy
    /// would be there while it is joined.
    pub(crate) fn in_one(bytes: u64) -> Self {
        let capacity = usize::try_from(bytes).unwrap_or_default();
        Self { one: Some(BytesMut::with_capacity(capacity)), ..Self::default() }
    }

    fn push(&mut self, piece: Bytes) {
        self.bytes += piece.len() as u64;
        match &mut self.one {
            Some(one) => one.extend_from_slice(&piece),
            None => self.pieces.push(piece),
        }
    }

    /// All that has come.
    pub(crate) fn pieces(self) -> Vec<Bytes> {
        self.one.map_or(self.pieces, |one| vec![one.freeze()])
    }
}

impl Remote {
    /// Asks for one byte: its answer has the size and the version, and an error has its reason, which that to a HEAD has not.
    pub(crate) async fn open(client: Client, place: Place, name: String, stall: Duration) -> Result<Self> {
        let url = place.url(Method::GET).await?;
        let request = client.get(url).header(RANGE, "bytes=0-0").header(ACCEPT_ENCODING, "identity");
        let answer = sent(request, &name, stall).await?;
        let (size, tag) = match answer.status() {
            StatusCode::PARTIAL_CONTENT => (content_range(answer.headers()).map(|(_, size)| size), tag(answer.headers())),
            StatusCode::OK => (length(answer.headers()), tag(answer.headers())),
            // Nothing has no first byte.
            StatusCode::RANGE_NOT_SATISFIABLE => return Self::empty(client, place, name, stall).await,
            _ => return Err(refused(answer, &name, stall).await),
        };
        let ranges = answer.status() == StatusCode::PARTIAL_CONTENT;
        let size = size.ok_or_else(|| BlobError::unexpected(&name, "it does not tell its size"))?;
        Ok(Self { client, place, name, size, tag, ranges })
    }

    async fn empty(client: Client, place: Place, name: String, stall: Duration) -> Result<Self> {
        let url = place.url(Method::HEAD).await?;
        let answer = sent(client.head(url).header(ACCEPT_ENCODING, "identity"), &name, stall).await?;
        match (answer.status(), length(answer.headers())) {
            (StatusCode::OK, Some(0)) => {
                let tag = tag(answer.headers());
                Ok(Self { client, place, name, size: 0, tag, ranges: true })
            }
            (StatusCode::OK, _) => Err(BlobError::unexpected(&name, "it has no first byte and yet is not empty")),
            _ => Err(refused(answer, &name, stall).await),
        }
    }

    /// Asks once for a range, which must lie within the object and have a byte, and appends what comes to `got`. After an error `got`
    /// holds what came before it.
    pub(crate) async fn range(&self, range: Range<u64>, got: &mut Got, stall: Duration) -> Result<()> {
        let until = got.bytes + (range.end - range.start);
        let mut answer = self.ask(Some(&range), stall).await?;
        match content_range(answer.headers()) {
            Some((of, size)) if of == range && size == self.size => {}
            Some((_, size)) if size != self.size => return Err(BlobError::Changed(self.name.clone())),
            _ => return Err(BlobError::unavailable(&self.name, "another range was answered than was asked for")),
        }
        while got.bytes < until {
            let Some(piece) = self.piece(&mut answer, stall).await? else {
                return Err(BlobError::unavailable(&self.name, "the answer was shorter than was asked for"));
            };
            let wanted = piece.len().min(usize::try_from(until - got.bytes).unwrap_or(usize::MAX));
            got.push(piece.slice(..wanted));
        }
        Ok(())
    }

    /// Asks for all of it.
    pub(crate) async fn whole(&self, stall: Duration) -> Result<Response> {
        let answer = self.ask(None, stall).await?;
        match length(answer.headers()) {
            Some(length) if length != self.size => Err(BlobError::Changed(self.name.clone())),
            _ => Ok(answer),
        }
    }

    /// The next piece of an answer; `None` at its end.
    pub(crate) async fn piece(&self, answer: &mut Response, stall: Duration) -> Result<Option<Bytes>> {
        match timeout(stall, answer.chunk()).await {
            Ok(piece) => piece.map_err(|e| answer::broken(&self.name, &e)),
            Err(_) => Err(silent(&self.name, stall)),
        }
    }

    async fn ask(&self, range: Option<&Range<u64>>, stall: Duration) -> Result<Response> {
        let mut request = self.client.get(self.place.url(Method::GET).await?).header(ACCEPT_ENCODING, "identity");
        if let Some(range) = range {
            request = request.header(RANGE, format!("bytes={}-{}", range.start, range.end - 1));
        }
        // Weak tags never match (RFC 9110); they are compared below.
        if let Some(strong) = self.tag.as_deref().filter(|tag| tag.starts_with('"')) {
            request = request.header(IF_MATCH, strong);
        }
        let answer = sent(request, &self.name, stall).await?;
        let expected = if range.is_some() { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
        if answer.status() != expected {
            return Err(match answer.status() {
                // It has become shorter than it was.
                StatusCode::RANGE_NOT_SATISFIABLE => BlobError::Changed(self.name.clone()),
                status if status.is_success() => BlobError::unavailable(&self.name, "the server answers ranges no more"),
                _ => refused(answer, &self.name, stall).await,
            });
        }
        if tag(answer.headers()) != self.tag {
            return Err(BlobError::Changed(self.name.clone()));
        }
        Ok(answer)
    }
}

/// Sends a request, and waits for the head of its answer.
pub(crate) async fn sent(request: reqwest::RequestBuilder, name: &str, patience: Duration) -> Result<Response> {
    match timeout(patience, request.send()).await {
        Ok(answer) => answer.map_err(|e| answer::broken(name, &e)),
        Err(_) => Err(silent(name, patience)),
    }
}

/// The error that an answer stands for.
pub(crate) async fn refused(answer: Response, name: &str, patience: Duration) -> BlobError {
    let status = answer.status().as_u16();
    // Errors of S3 are short; a long page of some other server is not read.
    let short = length(answer.headers()).is_none_or(|length| length < 64 * 1024);
    let body = if short { timeout(patience, answer.text()).await.ok().and_then(|text| text.ok()) } else { None };
    answer::refused(name, status, &body.unwrap_or_default())
}

fn silent(name: &str, patience: Duration) -> BlobError {
    BlobError::unavailable(name, format!("no byte came for {} s", patience.as_secs_f32()))
}

/// The version: the entity tag, or when there is none the time of the last change.
fn tag(headers: &HeaderMap) -> Option<String> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    text(ETAG).or_else(|| text(LAST_MODIFIED))
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Range and size of `bytes 0-0/5`.
fn content_range(headers: &HeaderMap) -> Option<(Range<u64>, u64)> {
    let (range, size) = headers.get(CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let last: u64 = last.parse().ok()?;
    Some((first.parse().ok()?..last.checked_add(1)?, size.parse().ok()?))
}
