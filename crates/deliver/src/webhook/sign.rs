//! Signatures of webhooks by the Standard Webhooks specification: over `id.timestamp.body`, one for each key, so that a receiver may
//! change keys without missing a message.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{Ed25519KeyPair, KeyPair};
use ring::{error::Unspecified, hmac};

use crate::DeliverError;

/// How long the secret of an HMAC may be, in bytes.
const SECRET: std::ops::RangeInclusive<usize> = 24..=64;
/// How long the seed of an ed25519 key is (RFC 8032 §5.1.5), in bytes, and that of a secret we make.
const SEED: usize = 32;

/// Base64 as people paste it, with padding or without; ours has it.
const BASE64: GeneralPurpose =
    GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent));

/// A key that signs. It is never printed.
pub struct Key(Scheme);

enum Scheme {
    Hmac(hmac::Key),
    Ed25519(Ed25519KeyPair),
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Scheme::Hmac(_) => "Key(whsec_…)",
            Scheme::Ed25519(_) => "Key(whsk_…)",
        })
    }
}

impl FromStr for Key {
    type Err = DeliverError;

    /// Reads `whsec_` and the base64 of 24 to 64 bytes, which signs with HMAC-SHA256, or `whsk_` and that of an ed25519 seed, alone or
    /// with its public key behind it.
    ///
    /// # Errors
    /// [`DeliverError::Settings`], which does not repeat the key.
    fn from_str(text: &str) -> Result<Self, DeliverError> {
        let wrong = |why: &str| DeliverError::Settings(format!("a key of webhooks is wrong: {why}"));
        let decoded = |text| BASE64.decode(text).map_err(|_| wrong("what stands behind its prefix is not base64"));
        if let Some(secret) = text.strip_prefix("whsec_") {
            let secret = decoded(secret)?;
            let fits = SECRET.contains(&secret.len());
            return fits
                .then(|| Self(Scheme::Hmac(hmac::Key::new(hmac::HMAC_SHA256, &secret))))
                .ok_or_else(|| wrong(&format!("a secret has {} to {} bytes, this one {}", SECRET.start(), SECRET.end(), secret.len())));
        }
        let Some(pair) = text.strip_prefix("whsk_") else { return Err(wrong("it begins with neither whsec_ nor whsk_")) };
        let pair = decoded(pair)?;
        let (seed, public) = pair.split_at(pair.len().min(SEED));
        let read = match public {
            [] => Ed25519KeyPair::from_seed_unchecked(seed),
            _ => Ed25519KeyPair::from_seed_and_public_key(seed, public),
        };
        read.map(|pair| Self(Scheme::Ed25519(pair))).map_err(|_| wrong("it is no ed25519 key"))
    }
}

impl Key {
    /// What a receiver of ed25519 signatures is given: `whpk_…`. A secret of HMAC has no public half.
    pub fn public(&self) -> Option<String> {
        match &self.0 {
            Scheme::Hmac(_) => None,
            Scheme::Ed25519(pair) => Some(format!("whpk_{}", BASE64.encode(pair.public_key()))),
        }
    }

    fn sign(&self, content: &[u8]) -> String {
        match &self.0 {
            Scheme::Hmac(key) => format!("v1,{}", BASE64.encode(hmac::sign(key, content))),
            Scheme::Ed25519(pair) => format!("v1a,{}", BASE64.encode(pair.sign(content))),
        }
    }
}

/// A new random secret for HMAC, `whsec_…` of 32 bytes. The error is that of a machine without random numbers.
pub fn new_secret() -> Result<String, DeliverError> {
    Ok(format!("whsec_{}", BASE64.encode(random()?)))
}

/// A new random ed25519 key, `whsk_…`; its other half is its [`Key::public`]. The error is as that of [`new_secret`].
pub fn new_key() -> Result<String, DeliverError> {
    Ok(format!("whsk_{}", BASE64.encode(random()?)))
}

fn random() -> Result<[u8; SEED], DeliverError> {
    let mut bytes = [0; SEED];
    let none = |_: Unspecified| DeliverError::later("this machine gives no random numbers".into());
    SystemRandom::new().fill(&mut bytes).map_err(none)?;
    Ok(bytes)
}

/// The `webhook-signature` of a message: one signature a key, space between them. `seconds` is the time of this attempt since 1970. The id
/// has no dots.
pub fn signatures(keys: &[Key], id: &str, seconds: u64, body: &[u8]) -> String {
    let content = [format!("{id}.{seconds}.").as_bytes(), body].concat();
    keys.iter().map(|key| key.sign(&content)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};
    use std::time::SystemTime;

    use gristmill_servers::s3::tool;
    use proptest::prelude::*;

    use super::*;

    fn key(text: &str) -> Key {
        text.parse().unwrap()
    }

    /// The example of the specification's own library: id, timestamp and body of its tests.
    #[test]
    fn the_published_example_is_signed_as_published() {
        let key = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let signed = signatures(&[key], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    /// RFC 8032 §7.1, test 1: the public key of a seed.
    #[test]
    fn a_seed_has_the_public_key_of_the_standard() {
        let seed = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
        assert_eq!(key(&format!("whsk_{seed}")).public().unwrap(), "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
        let (mut both, public) = (BASE64.decode(seed).unwrap(), BASE64.decode("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=").unwrap());
        both.extend(public);
        assert!(key(&format!("whsk_{}", BASE64.encode(both))).public().is_some());
    }

    #[test]
    fn a_key_that_is_none_is_refused_and_never_repeated() {
        let of = |bytes: usize| BASE64.encode(vec![7; bytes]);
        for bad in [
            String::new(),
            of(32),
            "whsec_".into(),
            "whsec_not base64".into(),
            format!("whsec_{}", of(23)),
            format!("whsec_{}", of(65)),
            format!("whsk_{}", of(31)),
            format!("whsk_{}", of(33)),
            format!("whsk_{}", of(64)),
            format!("whpk_{}", of(32)),
        ] {
            let error = bad.parse::<Key>().unwrap_err();
            assert!(!error.retry() && !error.to_string().contains(&of(20)[..20]), "{bad}: {error}");
        }
        assert!(!format!("{:?}", key(&format!("whsec_{}", of(24)))).contains(&of(24)));
    }

    #[test]
    fn new_keys_are_keys_and_differ() {
        let (one, other) = (new_secret().unwrap(), new_secret().unwrap());
        assert!(one != other && one.parse::<Key>().is_ok());
        assert!(key(&new_key().unwrap()).public().unwrap().starts_with("whpk_"));
    }

    /// The library that the specification's authors publish, and a library of cryptography, in Python.
    const JUDGE: &str = r#"
import base64, json, sys
from standardwebhooks import Webhook
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
said = json.load(sys.stdin)
headers, body = said["headers"], said["body"]
for secret in said["secrets"]:
    Webhook(secret).verify(body, headers)
content = f'{headers["webhook-id"]}.{headers["webhook-timestamp"]}.{body}'.encode()
signatures = [s[4:] for s in headers["webhook-signature"].split(" ") if s.startswith("v1a,")]
assert len(signatures) == len(said["public"])
for public, signature in zip(said["public"], signatures):
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public.removeprefix("whpk_")))
    key.verify(base64.b64decode(signature), content)
"#;

    /// Whether every one of these keys is found to have signed.
    fn judged(secrets: &[String], public: &[String], signatures: &str, seconds: u64, body: &str) -> bool {
        let headers = serde_json::json!({
            "webhook-id": "effect_1", "webhook-timestamp": seconds.to_string(), "webhook-signature": signatures,
        });
        let said = serde_json::json!({"headers": headers, "body": body, "secrets": secrets, "public": public});
        let mut python = Command::new(tool("python"));
        let mut python = python.args(["-c", JUDGE]).stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        python.stdin.take().unwrap().write_all(said.to_string().as_bytes()).unwrap();
        python.wait().unwrap().success()
    }

    #[test]
    fn the_published_library_accepts_what_each_of_several_keys_signed_and_nothing_else() {
        let secrets = [new_secret().unwrap(), new_secret().unwrap(), format!("whsec_{}", BASE64.encode([9; 64]))];
        let pairs = [new_key().unwrap(), new_key().unwrap()];
        let keys: Vec<Key> = secrets.iter().chain(&pairs).map(|text| key(text)).collect();
        let public: Vec<String> = keys.iter().filter_map(Key::public).collect();
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let body = r#"{"type":"job.finished","name":"Mühle 🌾"}"#;
        let signed = signatures(&keys, "effect_1", now, body.as_bytes());
        assert_eq!(signed.split(' ').count(), 5);
        assert!(judged(&secrets, &public, &signed, now, body));
        assert!(!judged(&[new_secret().unwrap()], &public, &signed, now, body), "a stranger's secret");
        assert!(!judged(&secrets, &public, &signed, now + 1, body), "another time");
        assert!(!judged(&[], &public, &signed, now, "{}"), "another body");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_as_a_key_or_refused(text in "\\PC{0,100}", prefix in "(whsec_|whsk_|whpk_)?") {
            let _read = format!("{prefix}{text}").parse::<Key>();
        }
    }
}
