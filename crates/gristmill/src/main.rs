//! The binary: reads the command line and the configuration, runs one command, and turns its end into an exit code.

mod announce;
mod bench;
mod cli;
mod client;
mod config;
mod doctor;
mod exit;
mod failure;
mod intake;
mod jobs;
mod mail;
mod migrate;
mod models;
mod operator;
mod pipelines;
mod print;
mod progress;
mod run;
mod serve;
mod signals;
mod submit;
mod table;
mod units;
mod wiring;
mod worker;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};
use cli::{Cli, Command};
use config::Config;
use exit::Exit;

fn main() -> ExitCode {
    // Before any runtime or thread: a child is confined already and does nothing else.
    if let Some(code) = std::env::args_os().nth(1).and_then(|argument| wiring::child(&argument)) {
        std::process::exit(code);
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return misunderstood(&error),
    };
    match begin(cli) {
        Ok(exit) => exit.into(),
        Err(error) => {
            let (text, exit) = failure::tell(&error);
            progress::say(&text);
            exit.into()
        }
    }
}

/// Help and version are no errors. For all else clap would exit with 2, which here means that files were refused.
fn misunderstood(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() }
}

fn begin(cli: Cli) -> anyhow::Result<Exit> {
    let given = cli.given();
    let config = Config::load(&given)?;
    if matches!(cli.command, Command::Run(_) | Command::Serve(_) | Command::Worker(_) | Command::Config(_)) {
        config::alias::notices(&given.environment).iter().for_each(|line| progress::say(line));
    }
    logging();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ended = runtime.block_on(command(cli.command, config));
    // A blocking call that hangs must not keep a finished command alive.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    ended
}

async fn command(command: Command, config: Config) -> anyhow::Result<Exit> {
    match command {
        Command::Run(args) => run::run(args, &config).await,
        Command::Serve(args) => serve::serve(args, &config).await,
        Command::Submit(args) => submit::submit(args, &config).await,
        Command::Jobs(args) => jobs::jobs(args, &config).await,
        Command::Worker(args) => worker::worker(args, &config).await,
        Command::Dead(args) => operator::dead(args, &config).await,
        Command::Queues(args) => operator::queues(args, &config).await,
        Command::Workers(args) => operator::workers(args, &config).await,
        Command::Credits(args) => operator::credits(args, &config).await,
        Command::Keys(args) => operator::keys(args, &config).await,
        Command::Webhooks(args) => operator::webhooks(args, &config).await,
        Command::Migrate(args) => migrate::migrate(args.json, &config).await,
        Command::Pipelines(args) => pipelines::pipelines(args, &config),
        Command::Models(args) => models::models(args, &config),
        Command::Mail(args) => mail::mail(&args.action, &config),
        Command::Doctor(args) => doctor::doctor(args.json, &config).await,
        Command::Config(args) => Ok(print_config(args.json, &config)),
        Command::Openapi => wiring::openapi().map(|text| print::line(&text)).map(|()| Exit::Done),
        Command::Bench(args) => bench::bench(args, &config).await,
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "gristmill", &mut std::io::stdout());
            Ok(Exit::Done)
        }
        Command::ImageChild | Command::DocumentChild => Ok(Exit::Usage),
    }
}

fn print_config(json: bool, config: &Config) -> Exit {
    if json {
        print::out_json(&config::show::json(config));
    } else {
        print::out(&config::show::text(config));
    }
    Exit::Done
}

/// The log goes to standard error: warnings, or what GRISTMILL_LOG asks for.
fn logging() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("GRISTMILL_LOG").unwrap_or_else(|_| "warn".into());
    let ansi = std::io::IsTerminal::is_terminal(&std::io::stderr());
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(ansi).with_writer(std::io::stderr).init();
}
