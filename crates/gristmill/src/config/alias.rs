//! Names from the systems that gristmill unites. They are accepted, so that an old deployment starts unchanged: some set a key of
//! ours, of the others it is said plainly that they do nothing here.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::keys;
use super::source::{Said, Source};

/// Names that set a key.
const SETTING: &[(&str, &str)] = &[
    ("MAX_CONCURRENT_JOBS", "worker.max_jobs"),
    ("QUEUE_CHECK_INTERVAL", "worker.poll_seconds"),
    ("JOB_TIMEOUT", "limits.job_seconds"),
    ("MEMORY_THRESHOLD_PERCENT", "worker.memory_percent"),
    ("STREAMING_CHUNK_SIZE_MB", "streaming.chunk_mb"),
    ("CHUNKED_FILE_SIZE_THRESHOLD_MB", "streaming.threshold_mb"),
    ("GRISTMILL_API_KEY", "server.key"),
    ("REDIS_URL", "doorbell.url"),
    ("GOOGLE_CLOUD_VISION_CREDENTIALS_JSON", "ocr.google_credentials"),
    ("GROQ_API_KEY", "extract.key"),
];

/// What `mail.url` and `mail.from` are made of, under the names that people use.
const SMTP: &[(&str, &[&str])] = &[
    ("host", &["SMTP_HOST", "SMTP_SERVER"]),
    ("port", &["SMTP_PORT"]),
    ("user", &["SMTP_USER", "SMTP_USERNAME"]),
    ("secret", &["SMTP_PASSWORD", "SMTP_PASS"]),
    ("from", &["SMTP_FROM", "SMTP_FROM_EMAIL"]),
];

/// What a key of Groq's stands for besides: where it is used and, unless another is named, for which model.
const GROQ: [(&str, &str); 2] = [("extract.url", "https://api.groq.com/openai/v1"), ("extract.model", "llama-3.3-70b-versatile")];

/// The keys that older names set: key, value, name. What a key cannot be is refused by its older name too.
pub fn settings(environment: &[(String, String)]) -> Vec<(&'static str, Said)> {
    let of = |name: &str| environment.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
    let said = |value: String, name: &str| Said { value, source: Source::Variable(name.to_owned()) };
    let mut found: Vec<_> = SETTING.iter().filter_map(|(name, key)| of(name).map(|v| (*key, said(v, name)))).collect();
    let off = |name: &str| of(name).is_some_and(|v| matches!(v.to_lowercase().as_str(), "0" | "false" | "no" | "off"));
    if off("ENABLE_MEMORY_MONITORING") {
        found.push(("worker.memory_percent", said("100".into(), "ENABLE_MEMORY_MONITORING")));
    }
    if off("ENABLE_STREAMING_PROCESSING") {
        found.push(("streaming.enabled", said("false".into(), "ENABLE_STREAMING_PROCESSING")));
    }
    if of("GROQ_API_KEY").is_some_and(|key| !key.is_empty()) {
        found.extend(GROQ.map(|(key, value)| (key, said(value.to_owned(), "GROQ_API_KEY"))));
    }
    found.extend(smtp(&of));
    found.retain(|(key, _)| keys::find(key).is_some());
    found
}

/// `mail.url` and `mail.from` in pieces.
fn smtp(of: &impl Fn(&str) -> Option<String>) -> Vec<(&'static str, Said)> {
    let piece = |what: &str| {
        let (_, names) = SMTP.iter().find(|(piece, _)| *piece == what)?;
        names.iter().find_map(|name| of(name).filter(|value| !value.is_empty()).map(|value| (value, *name)))
    };
    let said = |value: String, name: &str| Said { value, source: Source::Variable(name.to_owned()) };
    let from = piece("from").map(|(from, name)| ("mail.from", said(from, name)));
    let url = piece("host").map(|(host, name)| {
        let escaped = |what| piece(what).map(|(text, _)| utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string());
        let login = escaped("user").map(|user| format!("{user}{}@", escaped("secret").map_or(String::new(), |s| format!(":{s}"))));
        let port = piece("port").map_or_else(|| "587".to_owned(), |(port, _)| port);
        let scheme = if port == "465" { "smtps" } else { "smtp" };
        ("mail.url", said(format!("{scheme}://{}{host}:{port}", login.unwrap_or_default()), name))
    });
    url.into_iter().chain(from).collect()
}

/// One line for each older name that is set and has no effect.
pub fn notices(environment: &[(String, String)]) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, _) in environment {
        if name.starts_with("SMTP_") && !SMTP.iter().any(|(_, names)| names.contains(&name.as_str())) {
            lines.push(format!("note: {name} has no effect: mail.url = smtp://user:secret@host:587 says all there is to say"));
        }
    }
    lines.sort();
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn an_older_name_without_a_meaning_here_is_accepted_and_said_to_do_nothing() {
        let notices = notices(&set(&[("SMTP_TLS", "1"), ("PATH", "/bin"), ("JOB_TIMEOUT", "60")]));
        insta::assert_snapshot!(notices.join("\n"), @"
        note: SMTP_TLS has no effect: mail.url = smtp://user:secret@host:587 says all there is to say
        ");
    }

    #[test]
    fn an_older_name_sets_the_key_it_stands_for() {
        let found = settings(&set(&[("MAX_CONCURRENT_JOBS", "7"), ("JOB_TIMEOUT", "60"), ("ENABLE_MEMORY_MONITORING", "false")]));
        let found: Vec<(&str, &str)> = found.iter().map(|(key, said)| (*key, said.value.as_str())).collect();
        assert_eq!(found, [("worker.max_jobs", "7"), ("limits.job_seconds", "60"), ("worker.memory_percent", "100")]);
    }

    #[test]
    fn the_pieces_of_a_mail_server_are_one_address() {
        let names = [("SMTP_HOST", "mx.test"), ("SMTP_USER", "a@b"), ("SMTP_PASSWORD", "x/y"), ("SMTP_FROM", "m@b.example")];
        let found = settings(&set(&names));
        let found: Vec<(&str, &str)> = found.iter().map(|(key, said)| (*key, said.value.as_str())).collect();
        assert_eq!(found, [("mail.url", "smtp://a%40b:x%2Fy@mx.test:587"), ("mail.from", "m@b.example")]);
        let found = settings(&set(&[("SMTP_SERVER", "mx.test"), ("SMTP_PORT", "465")]));
        assert_eq!(found[0].1.value, "smtps://mx.test:465");
        assert!(settings(&set(&[("SMTP_USER", "a")])).is_empty() && notices(&set(&names)).is_empty());
    }

    #[test]
    fn the_names_of_streaming_have_their_effect() {
        let names = [("ENABLE_STREAMING_PROCESSING", "False"), ("STREAMING_CHUNK_SIZE_MB", "4"), ("CHUNKED_FILE_SIZE_THRESHOLD_MB", "100")];
        let found = settings(&set(&names));
        let found: Vec<(&str, &str)> = found.iter().map(|(key, said)| (*key, said.value.as_str())).collect();
        assert_eq!(found, [("streaming.chunk_mb", "4"), ("streaming.threshold_mb", "100"), ("streaming.enabled", "false")]);
        assert!(settings(&set(&[("ENABLE_STREAMING_PROCESSING", "true")])).is_empty() && notices(&set(&names)).is_empty());
    }
}
