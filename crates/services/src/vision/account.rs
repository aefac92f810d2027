//! A service account of Google: a signed claim is given for a token (RFC 7523), and the token kept until shortly before it ends.

use std::fmt;
use std::time::{Duration, Instant, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::error::ServiceError;
use crate::http::{Http, endpoint};
use crate::secret::Secret;

/// The least that lets read pictures.
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-vision";

/// How long a claim holds: the most that Google takes.
const CLAIM: Duration = Duration::from_secs(3600);

/// A token is not used when it ends sooner than this: a request may take that long.
const MARGIN: Duration = Duration::from_secs(60);

/// More than any token has, in bytes.
const MOST: usize = 64 << 10;

/// An account with its newest token.
pub(super) struct Account {
    email: String,
    key_id: Option<String>,
    key: RsaKeyPair,
    token_uri: Url,
    token: Mutex<Option<Token>>,
}

struct Token {
    header: HeaderValue,
    until: Instant,
}

/// The file that Google makes for an account, as far as it is needed.
#[derive(Deserialize)]
struct File {
    client_email: String,
    private_key: String,
    #[serde(default)]
    private_key_id: Option<String>,
    token_uri: String,
}

/// What is answered to a claim.
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default)]
    expires_in: u64,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("email", &self.email).finish_non_exhaustive()
    }
}

impl Account {
    /// Of the JSON of a key file.
    pub(super) fn open(service: &'static str, file: &Secret) -> Result<Self, ServiceError> {
        let wrong = |why| ServiceError::Settings { service, why };
        let file: File = serde_json::from_str(file.text()).map_err(|_| wrong("the file of the service account is not one of Google's"))?;
        let key = PrivatePkcs8KeyDer::from_pem_slice(file.private_key.as_bytes()).map_err(|_| wrong("the account's key is no PEM"))?;
        let key =
            RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).map_err(|_| wrong("the account's key is no RSA key of 2048 bits or more"))?;
        let token_uri = endpoint(service, &file.token_uri, file.token_uri.rsplit('/').next().unwrap_or_default())?;
        Ok(Self { email: file.client_email, key_id: file.private_key_id, key, token_uri, token: Mutex::new(None) })
    }

    /// A header with a token; another one than `stale`, which was refused. Many callers wait for one answer, none longer than the
    /// client's limit.
    pub(super) async fn bearer(&self, http: &Http, stale: Option<&HeaderValue>) -> Result<HeaderValue, ServiceError> {
        timeout(http.limit, self.kept(http, stale)).await.unwrap_or_else(|_| Err(http.too_slow()))
    }

    async fn kept(&self, http: &Http, stale: Option<&HeaderValue>) -> Result<HeaderValue, ServiceError> {
        let mut token = self.token.lock().await;
        match &*token {
            Some(kept) if kept.until > Instant::now() && Some(&kept.header) != stale => Ok(kept.header.clone()),
            _ => Ok(token.insert(self.granted(http).await?).header.clone()),
        }
    }

    async fn granted(&self, http: &Http) -> Result<Token, ServiceError> {
        let asked = Instant::now();
        let claim = self.claim(SystemTime::now()).ok_or_else(|| http.senseless("its claim cannot be signed"))?;
        let body = format!("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={claim}");
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"))]);
        let answer = http.success(http.post(&self.token_uri, headers, body.into(), MOST).await?)?;
        let granted: Granted = serde_json::from_slice(&answer).map_err(|_| http.senseless("it should hold a token and holds none"))?;
        let header = Secret::new(&granted.access_token).header("Bearer ").ok_or_else(|| http.senseless("its token is none"))?;
        let lasts = Duration::from_secs(granted.expires_in).min(CLAIM).saturating_sub(MARGIN);
        Ok(Token { header, until: asked + lasts })
    }

    /// Who we are, what we want and until when, signed (RFC 7515, RS256).
    fn claim(&self, now: SystemTime) -> Option<String> {
        let now = now.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
        let mut head = json!({"alg": "RS256", "typ": "JWT"});
        if let Some(id) = &self.key_id {
            head["kid"] = json!(id);
        }
        let says = json!({"iss": self.email, "scope": SCOPE, "aud": self.token_uri.as_str(), "iat": now, "exp": now + CLAIM.as_secs()});
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&head), part(&says));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).ok()?;
        Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}
