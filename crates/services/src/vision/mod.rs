//! Google Cloud Vision: a picture goes there, lines come back.

mod account;
mod annotation;
mod languages;

use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use gristmill_layout::Line;
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::json;

pub use languages::hint;

use crate::error::ServiceError;
use crate::http::{Answer, Http, endpoint};
use crate::secret::Secret;
use account::Account;

/// The address of Cloud Vision. There are others that keep what they are given within a region: `https://eu-vision.googleapis.com`.
pub const VISION: &str = "https://vision.googleapis.com";

/// As errors name it.
const NAME: &str = "Google Cloud Vision";

/// The largest picture that Cloud Vision is given, in bytes: a request has 10 MB at most, and a picture grows by a third on its way into JSON.
pub const LARGEST_PICTURE: usize = 7_400_000;

/// The largest answer that is read, in bytes. A dense page of a newspaper has ten thousand symbols of three hundred bytes each.
const MOST: usize = 32 << 20;

/// Without what is not read: the text as a whole, and the same words once more in the form of an older interface.
const FIELDS: &str = "prettyPrint=false&fields=responses(error,fullTextAnnotation/pages)";

/// How we are known to Google.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// A key of the project. It goes into a header, not into the address.
    ApiKey(Secret),
    /// The JSON of a service account's key file: the text, not its path.
    ServiceAccount(Secret),
}

/// How Cloud Vision is reached.
#[derive(Clone)]
pub struct VisionSettings {
    /// Who asks.
    pub credentials: Credentials,
    /// [`VISION`], that of a region, or a whole address that ends in `images:annotate`.
    pub url: String,
    /// How long one page may take, answer included; and as long again for a token.
    pub timeout: Duration,
}

impl fmt::Debug for VisionSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VisionSettings").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

/// A client of Cloud Vision. One for a process: it keeps connections and the token.
pub struct Vision {
    http: Http,
    url: Url,
    entry: Entry,
}

impl fmt::Debug for Vision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vision").field("host", &self.url.host_str()).finish_non_exhaustive()
    }
}

enum Entry {
    Key(HeaderValue),
    Account(Box<Account>),
}

impl Vision {
    /// With settings that are looked at now, not when they are first needed. Nothing is sent.
    ///
    /// # Errors
    /// [`ServiceError::Settings`] tells which of them is wrong.
    pub fn new(settings: &VisionSettings) -> Result<Self, ServiceError> {
        let mut url = endpoint(NAME, &settings.url, "v1/images:annotate")?;
        url.set_query(Some(FIELDS));
        let entry = match &settings.credentials {
            Credentials::ApiKey(key) => {
                let header = key.header("").ok_or(ServiceError::Settings { service: NAME, why: "its key is empty or no key" })?;
                Entry::Key(header)
            }
            Credentials::ServiceAccount(file) => Entry::Account(Box::new(Account::open(NAME, file)?)),
        };
        Ok(Self { http: Http::new(NAME, settings.timeout)?, url, entry })
    }

    /// Reads a picture: a PNG, a JPEG or a WebP, upright. `languages` are named as Tesseract names them and are hints; those without a
    /// [`hint`] are not told. The lines come in any order, with boxes in pixels of the picture; none of a picture without text.
    ///
    /// # Errors
    /// Whatever [`ServiceError`] says, but for those of language models.
    pub async fn read(&self, picture: &[u8], languages: &[String]) -> Result<Vec<Line>, ServiceError> {
        if picture.len() > LARGEST_PICTURE {
            let why = format!("the picture has {} bytes and may have {LARGEST_PICTURE}", picture.len());
            return Err(ServiceError::TooLarge { service: NAME, why });
        }
        let body = request(picture, languages);
        let mut token = self.entry(None).await?;
        let mut answer = self.ask(&token, &body).await?;
        if answer.status == 401 && matches!(self.entry, Entry::Account(_)) {
            // Google may take a token back before its time.
            token = self.entry(Some(&token.1)).await?;
            answer = self.ask(&token, &body).await?;
        }
        annotation::lines(NAME, &self.http.success(answer)?)
    }

    async fn ask(&self, (name, value): &(HeaderName, HeaderValue), body: &Bytes) -> Result<Answer, ServiceError> {
        let json = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let headers = HeaderMap::from_iter([json, (name.clone(), value.clone())]);
        self.http.post(&self.url, headers, body.clone(), MOST).await
    }

    /// The header that lets us in; another one than `stale`, if there can be another.
    async fn entry(&self, stale: Option<&HeaderValue>) -> Result<(HeaderName, HeaderValue), ServiceError> {
        match &self.entry {
            Entry::Key(key) => Ok((HeaderName::from_static("x-goog-api-key"), key.clone())),
            Entry::Account(account) => Ok((AUTHORIZATION, account.bearer(&self.http, stale).await?)),
        }
    }
}

fn request(picture: &[u8], languages: &[String]) -> Bytes {
    let mut hints: Vec<&str> = Vec::new();
    for hint in languages.iter().filter_map(|l| hint(l)) {
        if !hints.contains(&hint) {
            hints.push(hint);
        }
    }
    let feature = json!({"type": "DOCUMENT_TEXT_DETECTION"});
    let mut one = json!({"image": {"content": STANDARD.encode(picture)}, "features": [feature]});
    if !hints.is_empty() {
        one["imageContext"] = json!({"languageHints": hints});
    }
    json!({"requests": [one]}).to_string().into()
}
