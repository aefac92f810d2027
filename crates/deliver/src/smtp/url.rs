//! Where a mail server is: `smtp://user:secret@host:587`, `smtps://…`, with `?tls=` and `?ca=`.

use std::fmt;
use std::net::IpAddr;
use std::path::Path;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, TlsParameters};
use percent_encoding::percent_decode_str;
use reqwest::Url;

use crate::DeliverError;

/// Submission with STARTTLS (RFC 6409 §3.1), and with TLS from the first byte (RFC 8314 §7.3).
const SUBMISSION: u16 = 587;
const SUBMISSIONS: u16 = 465;

/// What is said next to whatever is wrong.
const LIKE: &str = "it is written smtp://user:secret@host:587 or smtps://user:secret@host:465, with ?tls=none or ?ca=FILE if need be";

/// How a connection is encrypted.
pub(super) enum Encryption {
    /// Not at all.
    None,
    /// From the first byte.
    Tls(TlsParameters),
    /// After STARTTLS; without it nothing is said.
    StartTls(TlsParameters),
}

/// A server and how to speak to it. Printed without the secret.
pub(super) struct Place {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) encryption: Encryption,
    pub(super) credentials: Option<Credentials>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl Place {
    /// Reads the URL and the file of certificates that it may name. No error repeats the URL: it holds the secret.
    pub(super) fn read(url: &str) -> Result<Self, DeliverError> {
        let url: Url = url.parse().map_err(|_| wrong("it is not a URL"))?;
        let host = url.host_str().filter(|h| !h.is_empty()).ok_or_else(|| wrong("it names no host"))?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let (port, implicit) = match url.scheme() {
            "smtp" => (SUBMISSION, false),
            "smtps" => (SUBMISSIONS, true),
            other => return Err(wrong(&format!("{other}:// is no way to send mail"))),
        };
        if !matches!(url.path(), "" | "/") {
            return Err(wrong("it has a path"));
        }
        let said = Said::read(&url)?;
        let encryption = match (implicit, said.tls.unwrap_or(!is_loopback(&host))) {
            (true, true) => Encryption::Tls(trusting(&host, said.ca.as_deref())?),
            (true, false) if said.tls.is_none() => Encryption::Tls(trusting(&host, said.ca.as_deref())?),
            (true, false) => return Err(wrong("smtps:// and tls=none contradict each other")),
            (false, true) => Encryption::StartTls(trusting(&host, said.ca.as_deref())?),
            (false, false) => Encryption::None,
        };
        Ok(Self { port: url.port().unwrap_or(port), host, encryption, credentials: credentials(&url)? })
    }
}

/// What stands behind the question mark.
#[derive(Default)]
struct Said {
    tls: Option<bool>,
    ca: Option<String>,
}

impl Said {
    fn read(url: &Url) -> Result<Self, DeliverError> {
        let mut said = Self::default();
        for (key, value) in url.query_pairs() {
            match (&*key, &*value) {
                ("tls", "none") => said.tls = Some(false),
                ("tls", "required") => said.tls = Some(true),
                ("tls", _) => return Err(wrong("tls is `required` or `none`")),
                ("ca", file) => said.ca = Some(file.to_owned()),
                (other, _) => return Err(wrong(&format!("it has a parameter `{other}` that means nothing"))),
            }
        }
        Ok(said)
    }
}

fn credentials(url: &Url) -> Result<Option<Credentials>, DeliverError> {
    let decoded =
        |text: &str| percent_decode_str(text).decode_utf8().map(String::from).map_err(|_| wrong("its user or secret is not UTF-8"));
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) | (_, None) => Err(wrong("a user needs a secret and a secret a user")),
        (user, Some(secret)) => Ok(Some(Credentials::new(decoded(user)?, decoded(secret)?))),
    }
}

/// Trusts what this machine trusts, and the certificates of a file.
fn trusting(host: &str, ca: Option<&str>) -> Result<TlsParameters, DeliverError> {
    let mut parameters = TlsParameters::builder(host.to_owned());
    if let Some(file) = ca {
        let pem = std::fs::read(Path::new(file)).map_err(|e| wrong(&format!("the certificates in `{file}` cannot be read: {e}")))?;
        let certificate = Certificate::from_pem(&pem).map_err(|_| wrong(&format!("`{file}` holds no certificates in PEM")))?;
        parameters = parameters.add_root_certificate(certificate);
    }
    parameters.build().map_err(|e| wrong(&format!("TLS to its host cannot be set up: {e}")))
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.to_canonical().is_loopback())
}

fn wrong(why: &str) -> DeliverError {
    DeliverError::Settings(format!("the URL of the mail server is wrong: {why}; {LIKE}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(url: &str) -> String {
        let place = Place::read(url).unwrap();
        let how = match place.encryption {
            Encryption::None => "plain",
            Encryption::Tls(_) => "tls",
            Encryption::StartTls(_) => "starttls",
        };
        format!("{place} {how}{}", if place.credentials.is_some() { " auth" } else { "" })
    }

    #[test]
    fn a_server_is_encrypted_unless_it_is_this_machine_or_the_operator_says_so() {
        assert_eq!(told("smtp://mail.example.org"), "mail.example.org:587 starttls");
        assert_eq!(told("smtp://anna%40example.org:a%2Fb@mail.example.org:25/"), "mail.example.org:25 starttls auth");
        assert_eq!(told("smtps://a:b@mail.example.org"), "mail.example.org:465 tls auth");
        assert_eq!(told("smtp://10.0.0.1?tls=none"), "10.0.0.1:587 plain");
        for here in ["localhost", "127.0.0.1", "[::1]"] {
            assert!(told(&format!("smtp://{here}:1025")).ends_with(":1025 plain"), "{here}");
            assert!(told(&format!("smtp://{here}?tls=required")).ends_with("starttls"), "{here}");
            assert!(told(&format!("smtps://{here}")).ends_with(":465 tls"), "{here}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_without_the_secret() {
        for bad in [
            "smtp://a:hush@",
            "smtp:hush",
            "http://a:hush@mail.example.org",
            "smtp://a:hush@mail.example.org/path",
            "smtp://a:hush@mail.example.org?tls=maybe",
            "smtp://a:hush@mail.example.org?verify=no",
            "smtp://:hush@mail.example.org",
            "smtp://hush@mail.example.org",
            "smtps://a:hush@mail.example.org?tls=none",
            "smtp://a:hush@mail.example.org?ca=/nowhere/ca.pem",
            "smtp://a:hush%FF@mail.example.org",
            "hush",
        ] {
            let Err(error) = Place::read(bad) else { panic!("{bad} is taken") };
            assert!(!error.retry() && !error.to_string().contains("hush"), "{error}");
        }
    }
}
