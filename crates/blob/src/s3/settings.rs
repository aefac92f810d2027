//! Where a bucket is and how to get in.

use std::fmt;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use reqwest::Url;

use crate::{BlobError, Key, Reading, Result};

/// What is known of a bucket. What is not given is taken from the variables that all clients of S3 know.
#[derive(Clone)]
pub struct Settings {
    /// Its name.
    pub bucket: String,
    /// What all keys begin with, without a slash at its ends; may be empty.
    pub prefix: String,
    /// The server, such as `https://s3.example.org`; `None` is Amazon's. Unencrypted only when it begins with `http://`.
    pub endpoint: Option<String>,
    /// The region; `us-east-1` when nobody says.
    pub region: Option<String>,
    /// Whether the bucket stands in the path rather than in the host name; by default so at every server but Amazon's.
    pub path_style: Option<bool>,
    /// The access key. Without one, Amazon's chain of sources is asked: variables, web identity, container, machine.
    pub access_key: Option<String>,
    /// The secret of the key.
    pub secret_key: Option<String>,
    /// The token of a temporary key.
    pub session_token: Option<String>,
    /// How blobs are read.
    pub reading: Reading,
    /// Bytes of a part of an upload, at least 5 MiB; more when the file would have over 10,000 of them. What is not larger goes in one
    /// request.
    pub part: u64,
    /// How many bytes copies on this node may take together.
    pub cache: u64,
    /// How long a copy on this node stays unused.
    pub cache_age: Duration,
}

impl Settings {
    /// Those of `s3://bucket/prefix`.
    ///
    /// # Errors
    /// [`BlobError::Settings`] when it is something else.
    pub fn from_url(url: &str) -> Result<Self> {
        let wrong = || BlobError::Settings("the URL is not like s3://bucket/prefix".to_owned());
        let place = url.strip_prefix("s3://").ok_or_else(wrong)?.trim_end_matches('/');
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        if bucket.is_empty() || !bucket.chars().all(named) || !(prefix.is_empty() || prefix.parse::<Key>().is_ok()) {
            return Err(wrong());
        }
        Ok(Self {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            endpoint: None,
            region: None,
            path_style: None,
            access_key: None,
            secret_key: None,
            session_token: None,
            reading: Reading::default(),
            part: 8 << 20,
            cache: 10 << 30,
            cache_age: Duration::from_secs(86_400),
        })
    }

    /// Takes what is not given from the variables `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, `AWS_REGION`, `AWS_DEFAULT_REGION`,
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`. The three of the key belong together: they are taken only
    /// if none was given.
    #[must_use]
    pub fn or_from(mut self, variable: impl Fn(&str) -> Option<String>) -> Self {
        let variable = |name| variable(name).filter(|value| !value.is_empty());
        self.endpoint = self.endpoint.or_else(|| variable("AWS_ENDPOINT_URL_S3")).or_else(|| variable("AWS_ENDPOINT_URL"));
        self.region = self.region.or_else(|| variable("AWS_REGION")).or_else(|| variable("AWS_DEFAULT_REGION"));
        if self.access_key.is_none() && self.secret_key.is_none() {
            self.access_key = variable("AWS_ACCESS_KEY_ID");
            self.secret_key = variable("AWS_SECRET_ACCESS_KEY");
            self.session_token = variable("AWS_SESSION_TOKEN");
        }
        self
    }

    /// Whether a bucket can be opened with them; nothing is asked of it.
    ///
    /// # Errors
    /// [`BlobError::Settings`] tells what is wrong.
    pub fn check(&self) -> Result<()> {
        self.builder().map(|_| ())
    }

    pub(super) fn region(&self) -> &str {
        self.region.as_deref().unwrap_or("us-east-1")
    }

    /// The same for the library that signs and lists.
    pub(super) fn builder(&self) -> Result<AmazonS3Builder> {
        let mut builder = match (&self.access_key, &self.secret_key) {
            (Some(key), Some(secret)) => AmazonS3Builder::new().with_access_key_id(key).with_secret_access_key(secret),
            (None, None) => AmazonS3Builder::from_env(),
            _ => return Err(BlobError::Settings("an access key and its secret go together: give both or neither".to_owned())),
        };
        if let Some(token) = &self.session_token {
            builder = builder.with_token(token);
        }
        if let Some((endpoint, hosted)) = self.server()? {
            builder = builder.with_endpoint(endpoint).with_virtual_hosted_style_request(hosted);
        } else {
            builder = builder.with_virtual_hosted_style_request(!self.path_style.unwrap_or(false));
        }
        Ok(builder.with_bucket_name(&self.bucket).with_region(self.region()))
    }

    /// The server of the bucket, and whether its host name has the bucket's in it.
    fn server(&self) -> Result<Option<(String, bool)>> {
        let Some(endpoint) = &self.endpoint else { return Ok(None) };
        let wrong = |why: &str| BlobError::Settings(format!("the endpoint {why}; write for example https://s3.example.org"));
        let url: Url = endpoint.parse().map_err(|_| wrong("is not a URL"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("is neither https:// nor http://"));
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
            return Err(wrong("has more than a host, a port and a path"));
        }
        let hosted = !self.path_style.unwrap_or(true);
        let endpoint = endpoint.trim_end_matches('/');
        let (scheme, rest) = endpoint.split_once("://").ok_or_else(|| wrong("is not a URL"))?;
        Ok(Some((if hosted { format!("{scheme}://{}.{rest}", self.bucket) } else { endpoint.to_owned() }, hosted)))
    }
}

impl fmt::Debug for Settings {
    /// Without the keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all = f.debug_struct("Settings");
        all.field("bucket", &self.bucket).field("prefix", &self.prefix).field("endpoint", &self.endpoint).field("region", &self.region);
        all.field("path_style", &self.path_style).field("reading", &self.reading).field("part", &self.part);
        all.field("cache", &self.cache).field("cache_age", &self.cache_age).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_bucket_and_prefix() {
        let settings = Settings::from_url("s3://mill/a/b/").unwrap();
        assert_eq!((settings.bucket.as_str(), settings.prefix.as_str()), ("mill", "a/b"));
        for wrong in ["mill", "s3://", "s3:///a", "https://mill/a", "s3://mill/../a", "s3://mill/a//b", "s3://mi ll"] {
            assert!(Settings::from_url(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_given_key_is_not_mixed_with_the_environments() {
        let settings = Settings { access_key: Some("a".into()), secret_key: Some("s".into()), ..Settings::from_url("s3://b").unwrap() };
        let settings = settings.or_from(|name| Some(name.to_owned()));
        assert_eq!((settings.access_key.as_deref(), settings.session_token), (Some("a"), None));
        assert_eq!((settings.endpoint.as_deref(), settings.region.as_deref()), (Some("AWS_ENDPOINT_URL_S3"), Some("AWS_REGION")));
    }

    #[test]
    fn a_bucket_stands_in_the_path_or_in_the_host() {
        let mut settings = Settings { endpoint: Some("https://s3.example.org/".into()), ..Settings::from_url("s3://mill").unwrap() };
        assert_eq!(settings.server().unwrap(), Some(("https://s3.example.org".into(), false)));
        settings.path_style = Some(false);
        assert_eq!(settings.server().unwrap(), Some(("https://mill.s3.example.org".into(), true)));
        for wrong in ["s3.example.org", "ftp://s3.example.org", "https://me:pass@s3.example.org"] {
            settings.endpoint = Some(wrong.into());
            assert!(settings.server().is_err(), "{wrong}");
        }
    }

    #[test]
    fn no_secret_is_printed() {
        let settings = Settings::from_url("s3://b").unwrap().or_from(|name| Some(format!("<{name}>")));
        let printed = format!("{settings:?}");
        assert!(!printed.contains("SECRET") && !printed.contains("TOKEN") && !printed.contains("ACCESS_KEY"), "{printed}");
    }
}
