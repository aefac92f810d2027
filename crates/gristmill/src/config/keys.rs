//! Every key there is: its default, what it may be, and what it is for.

/// What a value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text that names a folder; `~` is not expanded.
    Folder,
    /// A URL with one of these schemes; the second list is what other builds support.
    Url(&'static [&'static str], &'static [&'static str]),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A whole number in this range, or `auto` where the flag is set.
    Number(u64, u64, bool),
    /// An address and a port.
    Address,
    /// Any text.
    Text,
    /// Text that is never printed.
    Secret,
    /// An amount of credits.
    Credits,
}

/// A key.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its full name: `store.url`.
    pub name: &'static str,
    /// What it is when nobody says otherwise. `DATA` stands for the value of `data`.
    pub default: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// One sentence.
    pub about: &'static str,
}

const fn key(name: &'static str, default: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { name, default, kind, about }
}

/// The largest upload that is accepted unless configured: 20 GiB.
const MOST_UPLOAD: &str = "21474836480";

/// All keys, in the order they are printed.
pub const KEYS: &[Key] = &[
    key("data", "", Kind::Folder, "Folder for everything gristmill keeps."),
    key("listen", "127.0.0.1:8080", Kind::Address, "Where `serve` listens; port 0 takes any free port."),
    key(
        "auth.required",
        "false",
        Kind::Word(&["true", "false"]),
        "Whether a key is asked for on a loopback address too; on any other it always is.",
    ),
    key("store.url", "sqlite:DATA/gristmill.db", Kind::Url(&["sqlite", "postgres", "postgresql"], &[]), "Durable truth."),
    key(
        "store.synchronous",
        "full",
        Kind::Word(&["full", "normal"]),
        "How often SQLite waits for the disk: `full` survives a power cut at any moment; `normal` may lose the last moments.",
    ),
    key("blobs.url", "file:DATA/blobs", Kind::Url(&["file", "s3"], &[]), "Uploads and results: a folder, or s3://bucket/prefix."),
    key(
        "blobs.endpoint",
        "",
        Kind::Text,
        "The S3 server, such as https://s3.example.org; empty is AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, or Amazon's.",
    ),
    key("blobs.region", "", Kind::Text, "Its region; empty is AWS_REGION, AWS_DEFAULT_REGION, or us-east-1."),
    key(
        "blobs.path_style",
        "auto",
        Kind::Word(&["auto", "true", "false"]),
        "Whether the bucket stands in the path rather than in the host name; auto is everywhere but at Amazon's.",
    ),
    key("blobs.cache_bytes", "10737418240", Kind::Number(0, 1 << 50, false), "How much copies of objects may take on this node."),
    key(
        "sources.buckets",
        "",
        Kind::Text,
        "Buckets that jobs may read `s3://` files from, on the server of the blobs: bucket/prefix, …; {owner} is whoever asks.",
    ),
    key(
        "sources.web",
        "public",
        Kind::Word(&["public", "loopback", "off"]),
        "Whether jobs may read `https://` files: at public addresses; on this machine and unencrypted too; or not at all.",
    ),
    key(
        "sources.drops",
        "",
        Kind::Text,
        "Drop-folders: bucket/prefix=pipeline, …; a job is made of each object that POST /api/v1/events/s3 tells of there.",
    ),
    key(
        "sources.look_seconds",
        "30",
        Kind::Number(1, 86_400, false),
        "First wait between looks for a file that is not there yet; it grows.",
    ),
    key(
        "doorbell.url",
        "auto:",
        Kind::Url(&["auto", "memory", "postgres", "postgresql", "redis", "amqp", "sqs", "hostile"], &["rediss", "amqps"]),
        "Who tells workers to look; auto is the store's own notifications when it is PostgreSQL, else memory:; hostile:SEED:URL is for tests.",
    ),
    key(
        "intake.url",
        "",
        Kind::Text,
        "Where requests come by message: redis://…, amqp://…, sqs://QUEUE, or `same` as doorbell.url; empty is nowhere.",
    ),
    key(
        "intake.owner",
        "local",
        Kind::Text,
        "Whose jobs they are when a message names no owner. Who may write to the queue submits for any owner.",
    ),
    key(
        "mail.url",
        "file:DATA/mail",
        Kind::Url(&["file", "smtp", "smtps"], &[]),
        "Where mail goes: a folder, one .eml a message, or smtp://user:secret@host:587 and smtps://….",
    ),
    key("mail.from", "Gristmill <gristmill@localhost>", Kind::Text, "Who sends mail."),
    key("mail.templates", "", Kind::Text, "Folder of your own words for mails, such as finished.txt and finished.html; empty is ours."),
    key("mail.unsubscribe", "", Kind::Text, "Where people say that they want no more mails: https://… or mailto:…, {to} is theirs."),
    key(
        "webhooks.url",
        "post:",
        Kind::Url(&["post", "file"], &[]),
        "Where webhooks go: post: to their addresses, or a folder, one .json a message.",
    ),
    key(
        "webhooks.reach",
        "public",
        Kind::Word(&["public", "private"]),
        "Which addresses webhooks may be posted to: public ones by https, or those of private networks and this machine too.",
    ),
    key("webhooks.secrets", "", Kind::Secret, "What webhooks are signed with: whsec_… or whsk_…, several during a change, by spaces."),
    key(
        "announce.url",
        "",
        Kind::Text,
        "RabbitMQ that is told what happens to jobs: amqp://user:secret@host:5672/vhost, or same for the doorbell's; empty is none.",
    ),
    key("mail.admin", "", Kind::Text, "Who is mailed when a job cannot go on; empty is nobody."),
    key("public.url", "", Kind::Text, "Where people reach the dashboard, for links in mails."),
    key("fleet.kind", "in-process", Kind::Word(&["in-process"]), "Where workers run."),
    key("models.dir", "CACHE/models", Kind::Folder, "Folder of models; a missing model skips its step."),
    key(
        "ocr.google_credentials",
        "",
        Kind::Secret,
        "Google Cloud Vision, for steps that name it: a key, or the JSON of a service account; empty is nobody.",
    ),
    key("ocr.google_url", "https://vision.googleapis.com", Kind::Text, "Where that service is; regions have their own."),
    key(
        "extract.url",
        "",
        Kind::Text,
        "An OpenAI-compatible endpoint for steps that ask a model: http://127.0.0.1:11434/v1; empty is none.",
    ),
    key("extract.key", "", Kind::Secret, "The key it asks for; servers of one's own often ask for none."),
    key("extract.model", "", Kind::Text, "The model, as that server names it."),
    key("extract.budget_tokens", "100000", Kind::Number(1, 1 << 40, false), "Tokens that one document may cost."),
    key("pipelines.dir", "DATA/pipelines", Kind::Folder, "Folder of your own pipelines, *.toml and *.json; each is checked at the start."),
    key("worker.slots_io", "auto", Kind::Number(1, 1024, true), "Checks, probes and copies at once."),
    key("worker.slots_cpu_small", "auto", Kind::Number(1, 1024, true), "Images at once; auto is one a core."),
    key("worker.slots_cpu_large", "auto", Kind::Number(1, 256, true), "Videos at once; each uses all cores itself."),
    key("worker.grace_seconds", "10", Kind::Number(0, 3600, false), "How long running work may go on after a request to stop."),
    key("worker.max_jobs", "3", Kind::Number(1, 1_000_000, true), "Jobs a worker runs at once; auto follows cores and memory."),
    key("worker.memory_percent", "85", Kind::Number(1, 100, false), "No new task while more of the memory is in use; 100 does not ask."),
    key("worker.poll_seconds", "1", Kind::Number(1, 3600, false), "How long a lost ring can delay a task."),
    key("worker.lease_seconds", "30", Kind::Number(2, 3600, false), "How long a worker that says nothing counts as alive."),
    key(
        "streaming.enabled",
        "true",
        Kind::Word(&["true", "false"]),
        "Whether large files in a bucket are read through the gateway; else every file is copied to this machine first.",
    ),
    key("streaming.chunk_mb", "8", Kind::Number(1, 1024, false), "The most that is fetched of a file in one request, in MiB."),
    key("streaming.threshold_mb", "64", Kind::Number(0, 1_000_000, false), "Files in a bucket below so many MiB are copied first."),
    key(
        "scratch.max_bytes",
        "68719476736",
        Kind::Number(0, 1 << 50, false),
        "The most bytes one step may write before they are stored; 0 is as many as fit.",
    ),
    key("limits.open_files", "5", Kind::Number(0, 10_000, false), "Files of a job worked on at once; 0 is all."),
    key("limits.job_seconds", "3600", Kind::Number(1, 31_536_000, false), "How long a job may run, unless it asks for more."),
    key("credits.per_file", "0", Kind::Credits, "What a file costs."),
    key("credits.per_megapixel", "0", Kind::Credits, "What a million pixels of a picture cost."),
    key("credits.per_media_minute", "0", Kind::Credits, "What a minute of sound or video costs."),
    key("credits.per_page", "0", Kind::Credits, "What a page of a document costs."),
    key(
        "limits.max_upload_bytes",
        MOST_UPLOAD,
        Kind::Number(1, 1 << 50, false),
        "The largest request that is accepted, all its files together.",
    ),
    key("uploads.kept_seconds", "86400", Kind::Number(1, 31_536_000, false), "When an upload to which nothing comes is forgotten."),
    key("uploads.most", "1000", Kind::Number(1, 1_000_000, false), "Uploads an owner may have on its way at once."),
    key(
        "uploads.most_bytes",
        "1099511627776",
        Kind::Number(1, 1 << 60, false),
        "Bytes that all uploads of an owner may announce together.",
    ),
    key("server.url", "http://127.0.0.1:8080", Kind::Text, "The server that `submit`, `jobs` and other clients talk to."),
    key("server.key", "", Kind::Secret, "The key that clients send; best said as GRISTMILL_API_KEY."),
];

/// The key of that name.
pub fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|k| k.name == name)
}

/// The name of a key that looks most like `name`, if any looks alike at all.
pub fn nearest(name: &str) -> Option<&'static str> {
    let scored = KEYS.iter().map(|k| (strsim::jaro_winkler(name, k.name), k.name));
    scored.filter(|(score, _)| *score > 0.7).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, n)| n)
}

impl Key {
    /// The variable that sets it: `GRISTMILL_STORE__URL`.
    pub fn variable(&self) -> String {
        format!("GRISTMILL_{}", self.name.replace('.', "__").to_uppercase())
    }

    /// Whether `value` may stand here; the error says what is allowed.
    pub fn check(&self, value: &str) -> Result<(), String> {
        let ok = match self.kind {
            Kind::Folder => !value.is_empty(),
            Kind::Text | Kind::Secret => true,
            Kind::Credits => value.parse::<gristmill_model::credits::Credits>().is_ok_and(|c| c.0 >= 0),
            Kind::Word(words) => words.contains(&value),
            Kind::Number(least, most, auto) => (auto && value == "auto") || value.parse::<u64>().is_ok_and(|n| (least..=most).contains(&n)),
            Kind::Address => value.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok()),
            Kind::Url(here, elsewhere) => return scheme(value, here, elsewhere),
        };
        if ok { Ok(()) } else { Err(format!("allowed is {}", self.allowed())) }
    }

    fn allowed(&self) -> String {
        match self.kind {
            Kind::Folder => "the path of a folder".into(),
            Kind::Text | Kind::Secret => "any text".into(),
            Kind::Credits => "an amount of credits such as 12 or 0.5".into(),
            Kind::Word(words) => words.join(" or "),
            Kind::Number(least, most, auto) => format!("a whole number from {least} to {most}{}", if auto { ", or auto" } else { "" }),
            Kind::Address => "an address and a port, such as 127.0.0.1:8080".into(),
            Kind::Url(here, _) => here.iter().map(|s| format!("{s}:…")).collect::<Vec<_>>().join(" or "),
        }
    }
}

fn scheme(value: &str, here: &[&str], elsewhere: &[&str]) -> Result<(), String> {
    let given = value.split_once(':').map_or("", |(s, _)| s);
    let supported = here.iter().map(|s| format!("{s}:")).collect::<Vec<_>>().join(", ");
    if here.contains(&given) {
        Ok(())
    } else if elsewhere.contains(&given) {
        Err(format!("{given}: is not supported by this build, which supports {supported}"))
    } else {
        Err(format!("allowed is a URL that begins with {supported}"))
    }
}
