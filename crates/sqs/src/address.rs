//! Where a queue is: `sqs://mill?region=eu-central-1`.

use std::fmt;

use percent_encoding::percent_decode_str;
use reqwest::Url;

use crate::{Result, SqsError};

/// The longest name of a queue.
const LONGEST_NAME: usize = 80;

/// A queue's name and the server that has it, or will.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// The name of the queue.
    pub name: String,
    /// The region; `us-east-1` when nobody says.
    pub region: Option<String>,
    /// The server, such as `http://127.0.0.1:5000`; `None` is that of Amazon in the region.
    pub endpoint: Option<String>,
    /// The access key and its secret. Without them Amazon's chain of sources is asked: variables, web identity, container, machine.
    pub keys: Option<(String, String)>,
}

impl Address {
    /// That of `sqs://NAME?region=…&endpoint=…`. A key may stand before the name, as `KEY:SECRET@` with every `/` and `+` of the secret
    /// escaped (`%2F`, `%2B`); the variables of [`or_from`](Self::or_from) are the better place.
    ///
    /// # Errors
    /// [`SqsError::Address`] tells what is wrong, and repeats nothing.
    pub fn from_url(url: &str) -> Result<Self> {
        let parsed: Url = url.parse().map_err(|_| SqsError::Address("it is not like sqs://name?region=eu-central-1"))?;
        if parsed.scheme() != "sqs" || !matches!(parsed.path(), "" | "/") || parsed.port().is_some() {
            return Err(SqsError::Address("it is not like sqs://name?region=eu-central-1"));
        }
        let name = parsed.host_str().unwrap_or_default().to_owned();
        let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if name.is_empty() || name.len() > LONGEST_NAME || !name.strip_suffix(".fifo").unwrap_or(&name).chars().all(named) {
            return Err(SqsError::Address("the name of a queue has 1 to 80 letters, digits, hyphens and underscores"));
        }
        let mut address = Self { name, region: None, endpoint: None, keys: keys(&parsed)? };
        for (key, value) in parsed.query_pairs() {
            match &*key {
                "region" => address.region = Some(value.into_owned()),
                "endpoint" => address.endpoint = Some(value.into_owned()),
                _ => return Err(SqsError::Address("behind the question mark it takes region= and endpoint=, and nothing else")),
            }
        }
        address.server().map(|_| address)
    }

    /// Takes what is not given from `AWS_ENDPOINT_URL_SQS`, `AWS_ENDPOINT_URL`, `AWS_REGION` and `AWS_DEFAULT_REGION`. Keys that are not
    /// given are looked for by the client, in `AWS_ACCESS_KEY_ID` and its like.
    #[must_use]
    pub fn or_from(mut self, variable: impl Fn(&str) -> Option<String>) -> Self {
        let variable = |name| variable(name).filter(|value| !value.is_empty());
        self.endpoint = self.endpoint.or_else(|| variable("AWS_ENDPOINT_URL_SQS")).or_else(|| variable("AWS_ENDPOINT_URL"));
        self.region = self.region.or_else(|| variable("AWS_REGION")).or_else(|| variable("AWS_DEFAULT_REGION"));
        self
    }

    pub(crate) fn region(&self) -> &str {
        self.region.as_deref().unwrap_or("us-east-1")
    }

    /// The server.
    pub(crate) fn server(&self) -> Result<Url> {
        let region = self.region();
        if region.is_empty() || !region.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Err(SqsError::Address("the region is not one like eu-central-1"));
        }
        let ending = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let endpoint = self.endpoint.clone().unwrap_or_else(|| format!("https://sqs.{region}.{ending}"));
        let wrong = SqsError::Address("the endpoint is not one like https://sqs.example.org or http://127.0.0.1:5000");
        let Ok(url) = endpoint.parse::<Url>() else { return Err(wrong) };
        let plain = matches!(url.path(), "" | "/") && url.query().is_none() && url.username().is_empty() && url.password().is_none();
        if matches!(url.scheme(), "http" | "https") && url.has_host() && plain { Ok(url) } else { Err(wrong) }
    }
}

fn keys(url: &Url) -> Result<Option<(String, String)>> {
    let wrong = SqsError::Address("before the @ stand a key and its secret, KEY:SECRET, or nothing");
    let text = |given: &str| percent_decode_str(given).decode_utf8().ok().map(|text| text.into_owned()).filter(|text| !text.is_empty());
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        (key, Some(secret)) => text(key).zip(text(secret)).map(Some).ok_or(wrong),
        _ => Err(wrong),
    }
}

impl fmt::Debug for Address {
    /// Without the keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all = f.debug_struct("Address");
        all.field("name", &self.name).field("region", &self.region).field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_queue_region_and_endpoint() {
        let address = Address::from_url("sqs://Mill_1-x?region=eu-central-1&endpoint=http://127.0.0.1:5000").unwrap();
        assert_eq!((address.name.as_str(), address.region()), ("Mill_1-x", "eu-central-1"));
        assert_eq!(address.server().unwrap().as_str(), "http://127.0.0.1:5000/");
        for wrong in ["mill", "sqs://", "sqs:///a", "sqs://mi%20ll", "sqs://a/b", "sqs://a.b", "sqs://a:1", "s3://a", "sqs://a?size=1"] {
            assert!(Address::from_url(wrong).is_err(), "{wrong}");
        }
        for wrong in ["ftp://a", "127.0.0.1:5000", "http://me:pass@a", "http://a/b", "http://a?b"] {
            assert!(Address::from_url(&format!("sqs://a?endpoint={wrong}")).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_region_names_the_server_of_amazon_and_nothing_else_can() {
        let server = |region: &str| Address::from_url(&format!("sqs://a?region={region}")).and_then(|a| a.server());
        assert_eq!(server("eu-west-1").unwrap().as_str(), "https://sqs.eu-west-1.amazonaws.com/");
        assert_eq!(server("cn-north-1").unwrap().as_str(), "https://sqs.cn-north-1.amazonaws.com.cn/");
        assert!(server("evil.org%23").is_err());
    }

    #[test]
    fn what_is_given_goes_before_what_the_environment_says() {
        let address = Address::from_url("sqs://a?region=eu-west-1").unwrap().or_from(|name| Some(name.to_owned()));
        assert_eq!((address.region(), address.endpoint.as_deref()), ("eu-west-1", Some("AWS_ENDPOINT_URL_SQS")));
    }

    #[test]
    fn keys_are_read_and_never_printed() {
        let address = Address::from_url("sqs://AKIA:a%2Fb@mill").unwrap();
        assert_eq!(address.keys, Some(("AKIA".into(), "a/b".into())));
        assert!(!format!("{address:?}").contains("a/b"));
        assert!(Address::from_url("sqs://AKIA@mill").is_err());
    }
}
