//! What those who run a service, and those who pay, may say on the command line.

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::ServerArgs;

/// Options of `dead`.
#[derive(Debug, Args)]
pub struct DeadArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: DeadAction,
    #[command(flatten)]
    /// Where the server is.
    pub server: ServerArgs,
    /// Print JSON.
    #[arg(long, global = true)]
    pub json: bool,
}

/// What to do with dead letters.
#[derive(Debug, Subcommand)]
pub enum DeadAction {
    /// Newest first, and what they died of.
    List {
        #[command(flatten)]
        /// Which.
        filter: DeadFilter,
        /// How many at most.
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// One of them with its reason.
    Show {
        /// `task_…`
        task: String,
    },
    /// Run them again.
    Redrive(DeadChoice),
    /// Forget them; their jobs stay as they are.
    Purge(DeadChoice),
}

/// Which dead letters.
#[derive(Debug, Clone, Default, Args)]
pub struct DeadFilter {
    /// Only with this error code.
    #[arg(long)]
    pub code: Option<String>,
    /// Only of this queue.
    #[arg(long)]
    pub queue: Option<String>,
    /// Only of this pipeline.
    #[arg(long)]
    pub pipeline: Option<String>,
    /// Only of this owner.
    #[arg(long)]
    pub owner: Option<String>,
}

/// Some by name, or what a filter finds, or all.
#[derive(Debug, Clone, Default, Args)]
pub struct DeadChoice {
    /// `task_…`
    pub tasks: Vec<String>,
    #[command(flatten)]
    /// Or these.
    pub filter: DeadFilter,
    /// Or all of them.
    #[arg(long)]
    pub all: bool,
}

/// Options of `queues`.
#[derive(Debug, Args)]
pub struct QueuesArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: QueuesAction,
    #[command(flatten)]
    /// Where the server is.
    pub server: ServerArgs,
    /// Print JSON.
    #[arg(long, global = true)]
    pub json: bool,
}

/// What to do with queues.
#[derive(Debug, Subcommand)]
pub enum QueuesAction {
    /// How each stands.
    List,
    /// Let nothing more of it be claimed.
    Pause {
        /// `upload.batch`
        name: String,
    },
    /// Let it be claimed again.
    Resume {
        /// `upload.batch`
        name: String,
    },
}

/// Options of `credits`.
#[derive(Debug, Args)]
pub struct CreditsArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: CreditsAction,
    #[command(flatten)]
    /// Where the server is.
    pub server: ServerArgs,
    /// Print JSON.
    #[arg(long, global = true)]
    pub json: bool,
}

/// What to do with credits.
#[derive(Debug, Subcommand)]
pub enum CreditsAction {
    /// Give an owner credits; works on the store itself while no server runs.
    Grant {
        /// To whom.
        owner: String,
        /// How many, such as 100 or 12.5.
        amount: String,
        /// Why.
        #[arg(long)]
        note: Option<String>,
    },
    /// What an owner has.
    Balance {
        /// Someone else than the key's own owner.
        #[arg(long)]
        owner: Option<String>,
    },
    /// What moved, newest first.
    Ledger {
        /// Someone else than the key's own owner.
        #[arg(long)]
        owner: Option<String>,
        /// How many at most.
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// What a file would cost.
    Quote {
        /// The pipeline it would go through.
        #[arg(short, long)]
        pipeline: String,
        /// How many such files.
        #[arg(long, default_value_t = 1)]
        files: usize,
        /// Millions of pixels of each.
        #[arg(long, default_value_t = 0.0)]
        megapixels: f64,
        /// Seconds of sound or video of each.
        #[arg(long, default_value_t = 0.0)]
        seconds: f64,
        /// Pages of each.
        #[arg(long, default_value_t = 0)]
        pages: u32,
    },
}

/// Options of `keys`.
#[derive(Debug, Args)]
pub struct KeysArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: KeysAction,
    #[command(flatten)]
    /// Where the server is.
    pub server: ServerArgs,
    /// Folder of the store, when no server runs.
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<std::path::PathBuf>,
    /// Print JSON.
    #[arg(long, global = true)]
    pub json: bool,
}

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub enum KeysAction {
    /// Make one, and print it this once.
    Create {
        /// For whom it speaks.
        #[arg(long, default_value = "local")]
        owner: String,
        /// What people call it; the owner's name unless said.
        #[arg(long)]
        name: Option<String>,
        /// What it may do.
        #[arg(long, value_enum, default_value_t = KeyRole::Owner)]
        role: KeyRole,
    },
    /// All of them, revoked ones too.
    List,
    /// Refuse one from now on.
    Revoke {
        /// `key_…`
        id: String,
    },
}

/// What a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KeyRole {
    /// One's own jobs and credits.
    Owner,
    /// Besides, queues, workers and dead letters of all.
    Operator,
    /// Besides, keys and credits of all.
    Admin,
}

/// Options of `webhooks`.
#[derive(Debug, Args)]
pub struct WebhooksArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: WebhooksAction,
    #[command(flatten)]
    /// Where the server is.
    pub server: ServerArgs,
    /// Print JSON.
    #[arg(long, global = true)]
    pub json: bool,
}

/// What to do with webhook endpoints.
#[derive(Debug, Subcommand)]
pub enum WebhooksAction {
    /// One's own endpoints; operators see those of all.
    List,
    /// Be told of all jobs from now on, and print the secret this once.
    Create {
        /// Where messages go: `https://…`
        url: String,
        /// What it is told of: job.started, job.finished, job.failed, job.refunded, group.ended; the ends unless said.
        #[arg(long, value_delimiter = ',', value_name = "EVENT")]
        events: Vec<String>,
        /// Sign with an ed25519 key instead of a shared secret.
        #[arg(long)]
        ed25519: bool,
    },
    /// Be told no more.
    Remove {
        /// `endpoint_…`
        id: String,
    },
    /// Replace the secret, and print the new one this once.
    Rotate {
        /// `endpoint_…`
        id: String,
        /// Seconds for which the old one signs too; 0 when it has leaked.
        #[arg(long, default_value_t = 86_400)]
        overlap: u64,
    },
    /// Be told again after an endpoint was disabled because it answered 410.
    Enable {
        /// `endpoint_…`
        id: String,
    },
    /// What became of messages to an endpoint, newest first.
    Deliveries {
        /// `endpoint_…`
        id: String,
        /// Tries at most.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Send a message again, or all that an endpoint has lost.
    Replay {
        /// `effect_…`: the `webhook-id` of a message.
        message: Option<String>,
        /// All messages to this endpoint that were given up.
        #[arg(long, value_name = "ENDPOINT", conflicts_with = "message")]
        endpoint: Option<String>,
        /// Only those tried in the last so many seconds; a week unless said.
        #[arg(long, requires = "endpoint")]
        since: Option<u64>,
    },
}

/// Options of `workers`.
#[derive(Debug, Args)]
pub struct WorkersArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: WorkersAction,
    #[command(flatten)]
    /// Where the server is.
    pub server: ServerArgs,
    /// Print JSON.
    #[arg(long, global = true)]
    pub json: bool,
}

/// What to do with workers.
#[derive(Debug, Subcommand)]
pub enum WorkersAction {
    /// Those that were heard of lately.
    List,
}

/// Options of `worker`.
#[derive(Debug, Args)]
pub struct WorkerArgs {
    /// End when nothing is ready.
    #[arg(long)]
    pub once: bool,
    /// Tasks at once of each class.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub slots: Option<u32>,
    /// Only these classes: io, cpu-small, cpu-large.
    #[arg(long, value_delimiter = ',', value_name = "CLASS")]
    pub classes: Vec<String>,
    /// Folder for everything that is kept.
    #[arg(long, value_name = "DIR")]
    pub data: Option<std::path::PathBuf>,
}
