//! Names from the systems that gristmill unites. They are accepted, so that an old deployment starts unchanged, and it is
//! said plainly that they do nothing yet.

/// What a name of an older system stands for, and why it has no effect here.
const ALIASES: &[(&str, &str)] = &[
    ("MAX_CONCURRENT_JOBS", "set worker.slots_cpu_large and worker.slots_cpu_small instead"),
    ("QUEUE_CHECK_INTERVAL", "work starts at once; there is no interval"),
    ("JOB_TIMEOUT", "set `timeout` of a step in its pipeline instead"),
    ("ENABLE_STREAMING_PROCESSING", "files are always streamed"),
    ("STREAMING_CHUNK_SIZE_MB", "the size of a piece is fixed"),
    ("CHUNKED_FILE_SIZE_THRESHOLD_MB", "files of any size are streamed"),
    ("ENABLE_MEMORY_MONITORING", "memory is limited per tool, not watched"),
    ("MEMORY_THRESHOLD_PERCENT", "memory is limited per tool, not watched"),
    ("REDIS_URL", "this build supports doorbell.url = memory:"),
    ("GROQ_API_KEY", "no step of this build calls that service"),
    ("GOOGLE_CLOUD_VISION_CREDENTIALS_JSON", "no step of this build calls that service"),
];

/// One line for each alias that is set.
pub fn notices(environment: &[(String, String)]) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, _) in environment {
        if let Some((_, why)) = ALIASES.iter().find(|(alias, _)| alias == name) {
            lines.push(format!("note: {name} has no effect yet: {why}"));
        } else if name.starts_with("SMTP_") {
            lines.push(format!("note: {name} has no effect yet: this build writes mail to files (mail.url = file:…)"));
        }
    }
    lines.sort();
    lines
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_older_name_is_accepted_and_said_to_do_nothing() {
        let set = [("SMTP_HOST".to_owned(), "x".to_owned()), ("JOB_TIMEOUT".into(), "1".into()), ("PATH".into(), "/bin".into())];
        insta::assert_snapshot!(super::notices(&set).join("\n"), @"
        note: JOB_TIMEOUT has no effect yet: set `timeout` of a step in its pipeline instead
        note: SMTP_HOST has no effect yet: this build writes mail to files (mail.url = file:…)
        ");
    }
}
